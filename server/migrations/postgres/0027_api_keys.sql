-- An API key as one who asks: bound to its one workspace, to its role and its maker's, and to its scopes.
--
-- A request with a key carries the claims of its maker and `api_key_id`. What the key is, the database reads from
-- api_keys at every statement and takes nobody's word for: revoked or expired, or once its maker is gone,
-- a key sees nothing from then on.

-- The key with which the request comes, as long as it is valid. The claims must name its maker and no other workspace.
create function app.acting_key() returns table (workspace_id uuid, role workspace_role, scopes api_scope[])
language sql stable security definer set search_path = '' as $$
  select k.workspace_id, k.role, k.scopes
  from public.api_keys k join public.users u on u.id = k.created_by and u.is_active
  where k.created_by = auth.uid() and k.id = (auth.jwt() ->> 'api_key_id')::uuid
    and (auth.jwt() ->> 'workspace_id' is null or k.workspace_id = (auth.jwt() ->> 'workspace_id')::uuid)
    and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
$$;

-- Whether whoever asks is a person, or a key with one of these scopes. Asked by every statement, so in the language whose
-- plans stay for the session.
create function app.key_may(variadic wanted api_scope[]) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  if auth.jwt() ->> 'api_key_id' is null then
    return true;
  end if;
  return coalesce((select k.scopes && wanted from app.acting_key() k), false);
end
$$;
comment on function app.key_may is 'A person needs no scope: theirs is the role.';
create function app.is_key() returns boolean language sql stable set search_path = '' as
  $$ select auth.jwt() ->> 'api_key_id' is not null $$;

-- A key has its own role or its maker's, whichever is the weaker. No claim says which: api_key_role is asked no more.
create or replace function app.member_workspaces(least_role workspace_role) returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
declare
  claims jsonb = auth.jwt();
  person uuid = auth.uid();
  narrowed_to uuid = claims ->> 'workspace_id';
begin
  if claims ->> 'api_key_id' is not null then
    return array(select m.workspace_id from public.workspace_members m
      join app.acting_key() k on k.workspace_id = m.workspace_id
      where m.user_id = person and m.role >= least_role and k.role >= least_role);
  end if;
  if narrowed_to is null then
    return array(select m.workspace_id from public.workspace_members m where m.user_id = person and m.role >= least_role);
  end if;
  return array(select m.workspace_id from public.workspace_members m
    where m.user_id = person and m.workspace_id = narrowed_to and m.role >= least_role);
end
$$;
comment on function app.member_workspaces is
  'Narrowed to the claim workspace_id where the request carries one: a door opens one workspace, not all. A key opens its own.';
create or replace function app.role_in(workspace_id uuid) returns workspace_role
language plpgsql stable security definer set search_path = '' as $$
begin
  if auth.jwt() ->> 'api_key_id' is not null then
    return (select least(m.role, k.role) from app.acting_key() k
      join public.workspace_members m on m.workspace_id = k.workspace_id and m.user_id = auth.uid()
      where k.workspace_id = role_in.workspace_id);
  end if;
  if coalesce((auth.jwt() ->> 'workspace_id')::uuid <> role_in.workspace_id, false) then
    return null;
  end if;
  return (select m.role from public.workspace_members m where m.workspace_id = role_in.workspace_id and m.user_id = auth.uid());
end
$$;
revoke execute on function app.acting_key, app.key_may, app.is_key from public;
grant execute on function app.key_may, app.is_key to authenticated, workspace_service;

-- Which scopes a key needs on a table, on top of the role: one of `reads` to select, one of `writes` to change. None
-- named: no key can. Restrictive, so that they only ever take away from what the other policies allow. Written so that
-- the planner expects every row to pass: a bare truth value counts for half of them, and turns plans upside down.
create function app.restrict_keys(tenant_table regclass, reads api_scope[] default '{}', writes api_scope[] default '{}')
returns void language plpgsql set search_path = public, pg_temp as $$
declare
  command text;
  allowed text;
begin
  foreach command in array array['select', 'insert', 'update', 'delete'] loop
    allowed = format('nullif((select app.key_may(variadic %L::public.api_scope[])), false) is not null', case command when 'select' then reads else writes end);
    execute format('drop policy if exists key_%s on %s', command, tenant_table);
    execute format('create policy key_%s on %s as restrictive for %s to authenticated %s', command, tenant_table, command,
      case command when 'insert' then format('with check (%s)', allowed)
        when 'update' then format('using (%s) with check (%s)', allowed, allowed)
        else format('using (%s)', allowed) end);
  end loop;
end
$$;
revoke execute on function app.restrict_keys from public;

-- A new table is closed to keys until it names scopes.
create or replace function app.protect_tenant_table(tenant_table regclass, read_role workspace_role, write_role workspace_role)
returns void language plpgsql set search_path = public, pg_temp as $$
declare
  reads text = format('case when workspace_id = any ((select app.member_workspaces(%L))::uuid[]) then true end is not null', read_role);
  writes text = format('workspace_id = any ((select app.member_workspaces(%L))::uuid[])', write_role);
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

-- First every table that a request can reach is closed to keys.
do $$
declare
  reached regclass;
begin
  for reached in
    select distinct p.polrelid::regclass from pg_policy p join pg_class c on c.oid = p.polrelid
    where 'authenticated'::regrole = any (p.polroles) and not c.relispartition
  loop
    perform app.restrict_keys(reached);
  end loop;
end
$$;

-- Then the scopes open what is theirs. Whoever may write may read what they write; an account's name belongs to
-- everything that is published or measured there.
select app.restrict_keys(t.name::regclass, t.reads::api_scope[], t.writes::api_scope[]) from (values
  ('social_accounts', '{accounts:read,accounts:write,content:read,content:write,publications:write,analytics:read}',
    '{accounts:write}'),
  ('social_account_settings', '{accounts:read,accounts:write}', '{accounts:write}'),
  ('sync_logs', '{accounts:read,accounts:write}', '{}'),
  ('webhook_events', '{accounts:read,accounts:write}', '{}'),
  ('campaigns', '{content:read,content:write,publications:write}', '{content:write}'),
  ('media', '{content:read,content:write,publications:write}', '{content:write}'),
  ('content', '{content:read,content:write,publications:write}', '{content:write}'),
  ('content_media', '{content:read,content:write,publications:write}', '{content:write}'),
  ('publications', '{content:read,content:write,publications:write}', '{content:write,publications:write}'),
  ('publication_attempts', '{content:read,content:write,publications:write}', '{}'),
  ('published_posts', '{content:read,content:write,publications:write,analytics:read}', '{content:write}'),
  ('artists', '{royalties:read}', '{}'),
  ('royalty_statements', '{royalties:read}', '{}'),
  ('royalty_lines', '{royalties:read}', '{}'),
  ('post_snapshots', '{analytics:read}', '{}'),
  ('post_deltas', '{analytics:read}', '{}'),
  ('csv_imports', '{analytics:read,events:write}', '{events:write}'),
  ('analytics.user_activity', '{}', '{events:write}'),
  ('analytics.hourly_metrics', '{analytics:read}', '{}'),
  ('analytics.daily_metrics', '{analytics:read}', '{}'),
  ('analytics.agent_performance', '{analytics:read}', '{}'),
  ('analytics.user_cohorts', '{analytics:read}', '{}'),
  ('analytics.optimal_posting_times', '{analytics:read}', '{}'),
  ('analytics.engagement_by_time', '{analytics:read}', '{}'),
  ('analytics.audience_demographics', '{analytics:read}', '{}'),
  ('analytics.audience_interests', '{analytics:read}', '{}'),
  ('analytics.audience_growth', '{analytics:read}', '{}'),
  ('analytics.competitor_profiles', '{analytics:read}', '{}'),
  ('analytics.competitor_metrics', '{analytics:read}', '{}'),
  ('analytics.benchmark_comparisons', '{analytics:read}', '{}'),
  ('ml_data.ml_models', '{analytics:read}', '{}'),
  ('ml_data.viral_score_predictions', '{analytics:read}', '{}'),
  ('ml_data.prediction_accuracy', '{analytics:read}', '{}'),
  ('analytics.alert_rules', '{analytics:read}', '{}'),
  ('analytics.alert_notifications', '{analytics:read}', '{}'),
  ('custom_reports', '{reports:read,reports:write}', '{reports:write}'),
  ('report_schedules', '{reports:read,reports:write}', '{reports:write}'),
  ('report_executions', '{reports:read,reports:write}', '{reports:write}')
) as t (name, reads, writes);

-- Planning a post writes its time and state into content; whoever only plans makes and deletes none.
drop policy key_update on content;
create policy key_update on content as restrictive for update to authenticated
  using ((select app.key_may('content:write', 'publications:write')))
  with check ((select app.key_may('content:write', 'publications:write')));
-- Whoever writes content must see and lock its publications before it changes, yet sends none.
drop policy key_update on publications;
create policy key_update on publications as restrictive for update to authenticated
  using ((select app.key_may('content:write', 'publications:write')))
  with check ((select app.key_may('publications:write')) or (status in ('draft', 'cancelled') and (select app.key_may('content:write'))));
-- Every key sees its workspace, its maker, and its maker's place in the workspace.
drop policy key_select on workspaces;
create policy key_select on workspaces as restrictive for select to authenticated
  using ((select app.key_may(variadic enum_range(null::api_scope))));
drop policy key_select on workspace_members;
create policy key_select on workspace_members as restrictive for select to authenticated
  using (not (select app.is_key()) or user_id = (select auth.uid()));
drop policy key_select on users;
create policy key_select on users as restrictive for select to authenticated
  using (not (select app.is_key()) or id = (select auth.uid()));

-- A key acts for whoever made it, and a revoked one stays revoked.
drop policy member_insert on api_keys;
create policy member_insert on api_keys for insert to authenticated
  with check (created_by = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('admin'))::uuid[]));
drop policy member_update on api_keys;
create policy member_update on api_keys for update to authenticated
  using (revoked_at is null and workspace_id = any ((select app.member_workspaces('admin'))::uuid[]))
  with check (workspace_id = any ((select app.member_workspaces('admin'))::uuid[]));

-- What runs with the rights of its owner goes past the policies above, and asks for the scope itself.
create or replace function app.search_content(workspace_id uuid, words text, most integer default 50)
returns table (id uuid, rank real) language sql stable security definer set search_path = '' as $$
  select c.id, ts_rank(c.search, q.query) as rank
  from (select websearch_to_tsquery('simple', words) as query) q
  join public.content c on c.workspace_id = search_content.workspace_id and c.search @@ q.query
  where (select app.may_read(search_content.workspace_id, 'viewer')
    and app.key_may('content:read', 'content:write', 'publications:write'))
  order by rank desc, c.id desc limit most
$$;
create or replace function app.content_with_hashtag(workspace_id uuid, hashtags text[], most integer default 50)
returns table (id uuid) language sql stable security definer set search_path = '' as $$
  select c.id from public.content c
  where c.workspace_id = content_with_hashtag.workspace_id and c.hashtags @> content_with_hashtag.hashtags
    and (select app.may_read(content_with_hashtag.workspace_id, 'viewer')
      and app.key_may('content:read', 'content:write', 'publications:write'))
  order by c.id desc limit most
$$;
create or replace function app.search_posts(workspace_id uuid, words text, most integer default 50)
returns table (id uuid, rank real) language sql stable security definer set search_path = '' as $$
  select p.id, ts_rank(p.search, q.query) as rank
  from (select websearch_to_tsquery('simple', words) as query) q
  join public.published_posts p on p.workspace_id = search_posts.workspace_id and p.search @@ q.query
  where (select app.may_read(search_posts.workspace_id, 'viewer')
    and app.key_may('content:read', 'content:write', 'publications:write', 'analytics:read'))
  order by rank desc, p.id desc limit most
$$;
create or replace function app.posts_with_hashtag(workspace_id uuid, hashtags text[], most integer default 50)
returns table (id uuid) language sql stable security definer set search_path = '' as $$
  select p.id from public.published_posts p
  where p.workspace_id = posts_with_hashtag.workspace_id and p.hashtags @> posts_with_hashtag.hashtags
    and (select app.may_read(posts_with_hashtag.workspace_id, 'viewer')
      and app.key_may('content:read', 'content:write', 'publications:write', 'analytics:read'))
  order by p.published_at desc limit most
$$;
create or replace function app.artist_notes(workspace_id uuid, artist_id uuid) returns text
language sql stable security definer set search_path = '' as $$
  select a.notes from public.artists a
  where a.workspace_id = artist_notes.workspace_id and a.id = artist_notes.artist_id
    and app.may_read(artist_notes.workspace_id, 'viewer') and app.key_may('royalties:read')
$$;
-- Materialized views are all of them sums over what was measured.
create or replace function app.visible_workspaces(least_role workspace_role) returns uuid[]
language sql stable set search_path = '' as $$
  select case when app.acting_user() is null then array_remove(array[app.current_workspace()], null)
    when app.key_may('analytics:read') then app.member_workspaces(least_role) else '{}' end
$$;
create or replace function app.fellow_users() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(distinct fellow.user_id), '{}')
  from public.workspace_members fellow
  where not app.is_key() and fellow.workspace_id = any ((select app.member_workspaces('viewer'))::uuid[])
$$;

-- A key neither makes a workspace nor joins one, whatever runs with the rights of the owner.
alter policy definer on workspace_members with check (not (select app.is_key()));

-- Also refused: a request that names nobody, and a key that may write nothing to which work belongs.
create or replace function app.enqueue_job(
  task text, payload jsonb, run_at timestamptz default null, job_key text default null, queue_name text default null
) returns void language plpgsql security definer set search_path = '' as $$
begin
  -- A person cannot enqueue work for a workspace in which they have nothing to write.
  if (auth.uid() is not null or current_setting('role') = 'authenticated') and not coalesce(
       (payload ->> 'workspaceId')::uuid = any (app.member_workspaces('editor'))
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
