-- A door opens one workspace, and looks once. Who asks, with which role and by which key, is found out when the
-- transaction begins; the policies compare with what was found. Before, every table of every statement asked again:
-- 10 to 30 µs each, which on the statements of a screen were a third of their time (docs/measured.md).

-- Who comes through the door of an artist, or with an API key, is a role of its own, which may what `authenticated`
-- may: what is for them alone, or against them, then costs nobody else anything.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['artist_client', 'api_client'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin inherit', wanted);
    end if;
  end loop;
end
$$;
grant authenticated to artist_client, api_client;
grant artist_client, api_client to heliograph_app;

-- The opened workspace, for whoever holds at least this role there. Its body is bound to its names when it is made.
create function app.opened_to(least_role workspace_role) returns uuid language sql stable
return case when nullif(current_setting('app.opened_as', true), '')::workspace_role >= least_role
  then nullif(current_setting('app.opened_workspace', true), '')::uuid end;
comment on function app.opened_to is
  'Null where no workspace is open, or not to so weak a role. Set by app.enter for the transaction.';

-- The door of a request: takes the claims, opens the workspace that they name, if whoever asks belongs to it, and tells
-- as which role to go on. A key opens its own workspace, with its role or its maker's, whichever is the weaker.
create function app.enter(claims jsonb) returns text
language plpgsql security definer set search_path = '' as $$
declare
  is_key boolean = claims ->> 'api_key_id' is not null;
  opened uuid;
  opened_as public.workspace_role;
begin
  perform set_config('request.jwt.claims', claims::text, true);
  if is_key then
    select m.workspace_id, least(m.role, k.role) into opened, opened_as
    from app.acting_key() k
    join public.workspace_members m on m.workspace_id = k.workspace_id and m.user_id = auth.uid();
  else
    select m.workspace_id, m.role into opened, opened_as from public.workspace_members m
    where m.workspace_id = (claims ->> 'workspace_id')::uuid and m.user_id = auth.uid();
  end if;
  perform set_config('app.opened_workspace', coalesce(opened::text, ''), true),
    set_config('app.opened_as', coalesce(opened_as::text, ''), true),
    set_config('app.workspace_id', '', true);
  return case when is_key then 'api_client' when opened_as = 'artist' then 'artist_client' else 'authenticated' end;
end
$$;
comment on function app.enter is
  'Binds the transaction to who asks and to the workspace they name; returns the database role to take on.';
revoke execute on function app.enter, app.opened_to from public;
grant usage on schema app to heliograph_app;
grant execute on function app.enter to heliograph_app;
grant execute on function app.opened_to to authenticated, workspace_service;

-- What asks for the workspaces of a person asks for the opened one from now on.
create or replace function app.may_read(workspace_id uuid, least_role workspace_role) returns boolean
language sql stable set search_path = '' as $$
  select coalesce(may_read.workspace_id = case when app.acting_user() is null then app.current_workspace()
    else app.opened_to(least_role) end, false)
$$;
create or replace function app.visible_workspaces(least_role workspace_role) returns uuid[]
language sql stable set search_path = '' as $$
  select array_remove(array[case when app.acting_user() is null then app.current_workspace()
    when app.key_may('analytics:read') then app.opened_to(least_role) end], null)
$$;
create or replace function app.role_in(workspace_id uuid) returns workspace_role
language sql stable
return case when role_in.workspace_id = app.opened_to('artist')
  then nullif(current_setting('app.opened_as', true), '')::workspace_role end;
comment on function app.role_in is 'Null too where the door is narrowed to another workspace.';
create or replace function app.own_artists() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(m.artist_id), '{}') from public.workspace_members m
  where m.workspace_id = app.opened_to('artist') and m.user_id = auth.uid() and m.artist_id is not null
$$;
create or replace function app.own_posts() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(p.id), '{}')
  from public.workspace_members m
  join public.published_posts p on p.workspace_id = m.workspace_id and p.artist_id = m.artist_id
  where m.workspace_id = app.opened_to('artist') and m.user_id = auth.uid()
$$;
-- In the language whose plans stay for the session, for the list of a screen asks it.
create or replace function app.fellow_users() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
begin
  if app.is_key() then
    return '{}';
  end if;
  return array(select m.user_id from public.workspace_members m where m.workspace_id = app.opened_to('viewer'));
end
$$;
comment on function app.fellow_users is 'The people of the opened workspace, for whoever is at least a viewer there.';
comment on function app.own_posts is 'The posts in the opened workspace that are shown as those of whoever asks.';
comment on function app.member_workspaces is
  'Those of whoever asks, from this role up, whether opened or not: for the list from which one is chosen.';

create or replace function app.enqueue_job(
  task text, payload jsonb, run_at timestamptz default null, job_key text default null, queue_name text default null
) returns void language plpgsql security definer set search_path = '' as $$
begin
  -- A person cannot enqueue work for a workspace in which they have nothing to write, nor can a request that names nobody.
  if (auth.uid() is not null or current_setting('role') in ('authenticated', 'artist_client', 'api_client')) and not coalesce(
       (payload ->> 'workspaceId')::uuid = app.opened_to('editor')
         and app.key_may('content:write', 'publications:write', 'accounts:write', 'reports:write', 'events:write'), false) then
    raise exception 'a job of workspace % cannot be enqueued from outside of it', payload ->> 'workspaceId'
      using errcode = '42501';
  end if;
  -- Bodies of one workspace cannot enqueue work for another.
  if app.current_workspace() is not null and payload ->> 'workspaceId' is not null
     and (payload ->> 'workspaceId')::uuid <> app.current_workspace() then
    raise exception 'a job of workspace % cannot be enqueued from workspace %',
      payload ->> 'workspaceId', app.current_workspace() using errcode = '42501';
  end if;
  perform graphile_worker.add_job(
    identifier => enqueue_job.task, payload => enqueue_job.payload::json, run_at => enqueue_job.run_at,
    job_key => enqueue_job.job_key, queue_name => enqueue_job.queue_name);
end
$$;

-- A policy must not change the plan. `workspace_id = (select …)` falls together with the query's own `workspace_id = $1`:
-- the two constants are compared once, before the first row, and the planner expects what it expects without a policy.
create or replace function app.restrict_keys(tenant_table regclass, reads api_scope[] default '{}', writes api_scope[] default '{}')
returns void language plpgsql set search_path = public, pg_temp as $$
declare
  command text;
  allowed text;
begin
  foreach command in array array['select', 'insert', 'update', 'delete'] loop
    allowed = format('(select app.key_may(variadic %L::public.api_scope[]))', case command when 'select' then reads else writes end);
    execute format('drop policy if exists key_%s on %s', command, tenant_table);
    execute format('create policy key_%s on %s as restrictive for %s to api_client %s', command, tenant_table, command,
      case command when 'insert' then format('with check (%s)', allowed)
        when 'update' then format('using (%s) with check (%s)', allowed, allowed)
        else format('using (%s)', allowed) end);
  end loop;
end
$$;
create or replace function app.protect_tenant_table(tenant_table regclass, read_role workspace_role, write_role workspace_role)
returns void language plpgsql set search_path = public, pg_temp as $$
declare
  reads text = format('workspace_id = (select app.opened_to(%L))', read_role);
  writes text = format('workspace_id = (select app.opened_to(%L))', write_role);
begin
  execute format('alter table %s enable row level security', tenant_table);
  execute format('alter table %s force row level security', tenant_table);
  execute format('create policy member_select on %s for select to authenticated using (%s)', tenant_table, reads);
  execute format('create policy member_insert on %s for insert to authenticated with check (%s)', tenant_table, writes);
  execute format('create policy member_update on %s for update to authenticated using (%s) with check (%s)',
    tenant_table, writes, writes);
  execute format('create policy member_delete on %s for delete to authenticated using (%s)', tenant_table, writes);
  execute format('create policy job on %s for all to workspace_service using (workspace_id = (select app.current_workspace())) with check (workspace_id = (select app.current_workspace()))',
    tenant_table);
  execute format('create policy dispatch on %s for all to service_role using (true) with check (true)', tenant_table);
  perform app.restrict_keys(tenant_table);
end
$$;

-- The same for the tables that are there: first what artists see of their own, …
do $$
declare
  own record;
begin
  for own in
    select * from (values
      ('artists', 'id = any ((select app.own_artists())::uuid[])'),
      ('published_posts', 'artist_id = any ((select app.own_artists())::uuid[])'),
      ('post_deltas', 'artist_id = any ((select app.own_artists())::uuid[])'),
      ('post_snapshots', 'published_post_id = any ((select app.own_posts())::uuid[])'),
      ('royalty_statements', 'status <> ''draft'' and artist_id = any ((select app.own_artists())::uuid[])'),
      ('royalty_lines', 'exists (select from royalty_statements s where s.workspace_id = royalty_lines.workspace_id
        and s.id = royalty_lines.royalty_statement_id and s.artist_id = any ((select app.own_artists())::uuid[]))')
    ) as o (name, condition)
  loop
    execute format('create policy artist_select on %I for select to artist_client, api_client
      using (workspace_id = (select app.opened_to(''artist'')) and %s)', own.name, own.condition);
    execute format('alter policy member_select on %I using (workspace_id = (select app.opened_to(%L)))', own.name,
      case when own.name like 'royalty%' then 'analyst' else 'viewer' end);
  end loop;
end
$$;
-- … then what is above the opened workspace, …
alter policy member_update on workspaces
  using (id = (select app.opened_to('admin'))) with check (id = (select app.opened_to('admin')));
alter policy member_select on workspace_members
  using ((user_id = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('artist'))::uuid[]))
    or workspace_id = (select app.opened_to('viewer')));
alter policy member_update on workspace_members
  using (workspace_id = (select app.opened_to('admin')) and (role < 'owner' or workspace_id = (select app.opened_to('owner'))))
  with check (workspace_id = (select app.opened_to('admin')) and (role < 'owner' or workspace_id = (select app.opened_to('owner'))));
alter policy member_delete on workspace_members
  using (workspace_id = (select app.opened_to('artist')) and (user_id = (select auth.uid())
    or workspace_id = (select app.opened_to('owner')) or (role < 'owner' and workspace_id = (select app.opened_to('admin')))));
-- … and all the others by what they say.
do $$
declare
  asks constant text = 'workspace_id = ANY \(\( SELECT app\.member_workspaces\(''(\w+)''::[\w.]+\) AS member_workspaces\)::uuid\[\]\)';
  opened constant text = 'workspace_id = (select app.opened_to(''\1''))';
  old record;
  using_now text;
  check_now text;
begin
  for old in
    select p.polname, p.polrelid::regclass as tenant_table, pg_get_expr(p.polqual, p.polrelid) as using_then,
      pg_get_expr(p.polwithcheck, p.polrelid) as check_then
    from pg_policy p
    where p.polname like 'member_%' and p.polrelid not in ('workspaces'::regclass, 'workspace_members'::regclass)
  loop
    using_now = regexp_replace(regexp_replace(old.using_then, 'CASE\s+WHEN \((' || asks || ')\) THEN true\s+ELSE NULL::boolean\s+END IS NOT NULL', '\1', 'g'), asks, opened, 'g');
    check_now = regexp_replace(old.check_then, asks, opened, 'g');
    if coalesce(using_now, '') || coalesce(check_now, '') ~ 'member_workspaces|CASE' then
      raise exception 'policy % on % is written otherwise than this migration knows: % %',
        old.polname, old.tenant_table, old.using_then, old.check_then;
    end if;
    if using_now is distinct from old.using_then or check_now is distinct from old.check_then then
      execute format('alter policy %I on %s %s %s', old.polname, old.tenant_table,
        'using (' || using_now || ')', 'with check (' || check_now || ')');
    end if;
  end loop;
end
$$;
-- What is kept from keys is kept from keys alone, and need not look like what every row is expected to pass.
do $$
declare
  old record;
begin
  for old in
    select p.polname, p.polrelid::regclass as tenant_table,
      regexp_replace(pg_get_expr(p.polqual, p.polrelid), 'NULLIF\((\( SELECT app\.key_may\(.*\) AS key_may\)), false\) IS NOT NULL', '\1') as using_now,
      regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), 'NULLIF\((\( SELECT app\.key_may\(.*\) AS key_may\)), false\) IS NOT NULL', '\1') as check_now
    from pg_policy p where p.polname like 'key_%'
  loop
    execute format('alter policy %I on %s to api_client %s %s', old.polname, old.tenant_table,
      'using (' || old.using_now || ')', 'with check (' || old.check_now || ')');
  end loop;
end
$$;
