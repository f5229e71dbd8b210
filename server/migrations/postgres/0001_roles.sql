-- Roles, schemas and the functions that every policy rests on.
--
-- The migrating role owns everything and needs CREATEROLE, never superuser. The application logs in as
-- heliograph_app, which owns nothing and inherits nothing: each transaction takes on exactly one of the
-- roles below. On Supabase, authenticated and service_role exist already and are used as they are.

do $$
declare
  wanted text;
begin
  foreach wanted in array array['authenticated', 'workspace_service', 'service_role', 'identity_service',
                                'analytics_reader', 'heliograph_jobs', 'heliograph_app'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin noinherit', wanted);
    end if;
  end loop;
end
$$;

grant authenticated, workspace_service, service_role, identity_service, analytics_reader, heliograph_jobs
  to heliograph_app;
-- The definer function that adds a job must own the queue's tables by inheritance.
grant heliograph_jobs to current_user;

-- The queue's schema is made and migrated by graphile-worker itself, as heliograph_jobs.
do $$ begin execute format('grant create on database %I to heliograph_jobs', current_database()); end $$;

create schema if not exists app;
create schema if not exists auth;
revoke all on schema public from public;
grant usage on schema public, app, auth
  to authenticated, workspace_service, service_role, identity_service;
grant usage on schema public to analytics_reader;

-- Who asks, in the words of Supabase and PostgREST; made only where a platform has not brought them.
do $$
begin
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb language sql stable as
      $f$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $f$;
  end if;
  if to_regprocedure('auth.uid()') is null then
    create function auth.uid() returns uuid language sql stable as
      $f$ select (auth.jwt() ->> 'sub')::uuid $f$;
  end if;
end
$$;

-- The workspace to which a job is bound; null outside of one.
create function app.current_workspace() returns uuid language sql stable as
  $$ select nullif(current_setting('app.workspace_id', true), '')::uuid $$;

-- UUID version 7 (RFC 9562): the first 48 bits are milliseconds, so that new rows lie together in an index.
create function app.uuid_v7() returns uuid language sql volatile parallel safe as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
      52, 1), 53, 1),
    'hex')::uuid
$$;

create function app.touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end
$$;

-- Tells listening servers what changed: delivered at commit, equal notices of one transaction once.
-- Arguments: the kind of thing, the column that holds its id.
create function app.notify_change() returns trigger language plpgsql as $$
declare
  changed jsonb = to_jsonb(case when tg_op = 'DELETE' then old else new end);
begin
  perform pg_notify('heliograph_changes', json_build_object(
    'workspaceId', changed ->> 'workspace_id', 'type', tg_argv[0], 'id', changed ->> tg_argv[1])::text);
  return null;
end
$$;
