-- Workspaces that the generator fills: to look around in, and to measure with. They are marked, the role that fills
-- them reaches no other, and nothing that is due in them is ever found, so that no call leaves the machine for them.

do $$
begin
  if not exists (select from pg_roles where rolname = 'generator_service') then
    create role generator_service nologin noinherit;
  end if;
end
$$;
grant generator_service to heliograph_app;
grant usage on schema public, analytics, ml_data, app, auth to generator_service;

alter table workspaces add column generated_at timestamptz;
comment on column workspaces.generated_at is
  'When the generator made it, with everything in it; null for a workspace of people. Never changes.';
create index workspaces_generated on workspaces (id) where generated_at is not null;

create function app.generated_workspaces() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(w.id), '{}') from public.workspaces w where w.generated_at is not null
$$;
-- The workspace to which the transaction is bound, if it is a generated one.
create function app.generated_workspace() returns uuid
language sql stable security definer set search_path = '' as $$
  select w.id from public.workspaces w where w.id = app.current_workspace() and w.generated_at is not null
$$;

create function app.keep_generated_mark() returns trigger language plpgsql as $$
begin
  if new.generated_at is distinct from old.generated_at then
    raise exception 'what is generated stays marked, and nothing else is ever marked' using errcode = 'HG004';
  end if;
  return new;
end
$$;
create trigger keep_generated_mark before update of generated_at on workspaces
  for each row execute function app.keep_generated_mark();

-- Generated people are of nobody: they count for nothing where the first person of an installation is looked for.
alter table users add column generated_at timestamptz;
comment on column users.generated_at is 'When the generator made this person up; null for everybody who signed up. Never changes.';
create trigger keep_generated_mark before update of generated_at on users
  for each row execute function app.keep_generated_mark();
create or replace function app.make_first_person_operator() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if current_setting('role', true) is distinct from 'identity_service'
     or exists (select from public.users u where u.generated_at is null) then
    return new;
  end if;
  perform pg_advisory_xact_lock(4841050615);
  if not exists (select from public.users u where u.generated_at is null) then
    new.is_super_admin = true;
  end if;
  return new;
end
$$;
create policy generator on users for all to generator_service
  using (generated_at is not null) with check (generated_at is not null and not is_super_admin);
grant select (id, generated_at), insert on users to generator_service;
do $$
declare
  personal text;
begin
  foreach personal in array array['user_profiles', 'user_credentials', 'user_sessions'] loop
    execute format('create policy generator on %I for insert to generator_service with check (exists (select from public.users u where u.id = user_id))',
      personal);
    execute format('grant insert on %I to generator_service', personal);
  end loop;
end
$$;

create policy generator on workspaces for all to generator_service
  using (id = (select app.current_workspace()) and generated_at is not null)
  with check (id = (select app.current_workspace()) and generated_at is not null);
grant select, insert on workspaces to generator_service;

-- Lets the generator fill a tenant table: every column, in the generated workspace that its transaction is bound to.
create function app.let_generator_fill(tenant_table regclass) returns void language plpgsql as $$
begin
  execute format('create policy generator on %s for all to generator_service using (workspace_id = (select app.generated_workspace())) with check (workspace_id = (select app.generated_workspace()))',
    tenant_table);
  execute format('grant select, insert on %s to generator_service', tenant_table);
end
$$;

do $$
declare
  filled text;
begin
  foreach filled in array array['workspace_members', 'workspace_invitations', 'api_keys', 'social_accounts',
      'social_account_settings', 'campaigns', 'media', 'content', 'content_media', 'publications', 'publication_attempts',
      'artists', 'published_posts', 'sync_logs', 'post_snapshots', 'post_deltas', 'webhook_events', 'csv_imports',
      'royalty_statements', 'royalty_lines', 'agents', 'agent_runs', 'agent_feedback', 'analytics.user_activity',
      'analytics.user_cohorts', 'analytics.optimal_posting_times', 'analytics.engagement_by_time',
      'analytics.audience_demographics', 'analytics.audience_interests', 'analytics.audience_growth',
      'analytics.competitor_profiles', 'analytics.competitor_metrics', 'analytics.benchmark_comparisons',
      'ml_data.ml_models', 'ml_data.viral_score_predictions', 'ml_data.prediction_accuracy', 'analytics.alert_rules',
      'analytics.alert_notifications', 'custom_reports', 'report_schedules', 'report_executions'] loop
    perform app.let_generator_fill(filled::regclass);
  end loop;
end
$$;

-- What is due is found by this role alone, and in a generated workspace it finds nothing.
do $$
declare
  due text;
begin
  foreach due in array array['social_accounts', 'publications', 'published_posts', 'webhook_events', 'report_schedules'] loop
    execute format('drop policy dispatch on %I', due);
    execute format('create policy dispatch on %I for all to service_role using (workspace_id <> all ((select app.generated_workspaces())::uuid[])) with check (true)',
      due);
  end loop;
end
$$;

-- Nobody connects an account of their own there: what is due for it would never be found.
create function app.refuse_generated_account() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.access_token_encrypted is not null
     and exists (select from public.workspaces w where w.id = new.workspace_id and w.generated_at is not null) then
    raise exception 'a generated workspace connects no accounts' using errcode = 'HG005';
  end if;
  return new;
end
$$;
revoke execute on function app.refuse_generated_account from public;
create trigger refuse_generated_account before insert or update of access_token_encrypted on social_accounts
  for each row when (current_user <> 'generator_service') execute function app.refuse_generated_account();

-- Millions of generated snapshots are no news to anybody: who looks at a new workspace reads it as a whole.
create or replace trigger notify after insert on post_snapshots
  for each row when (current_user <> 'generator_service') execute function app.notify_change('numbers', 'published_post_id');

revoke execute on function app.generated_workspaces, app.generated_workspace, app.keep_generated_mark,
  app.let_generator_fill from public;
grant execute on function app.generated_workspaces to service_role;
grant execute on function app.generated_workspace, app.current_workspace, app.uuid_v7, app.is_json to generator_service;
