-- Agents that work for a workspace, their runs, what people thought of them, and what members do in the product.

create type agent_run_status as enum ('pending', 'running', 'completed', 'failed', 'cancelled');
create type analytics.activity_type as enum (
  'page_view', 'agent_run', 'login', 'logout', 'workspace_switch', 'feature_use', 'error', 'api_call', 'export',
  'report_view');

create table agents (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  name text not null check (length(name) between 1 and 200),
  description text,
  model text check (length(model) <= 100),
  config jsonb not null default '{}',
  is_active boolean not null default true,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
comment on table agents is 'A task that is left to a language model, with its instructions.';
create index agents_created_by on agents (created_by);
select app.protect_tenant_table('agents', 'viewer', 'manager');
create policy definer on agents for select to current_user using (true);
grant select, delete, insert (workspace_id, name, description, model, config, is_active, created_by),
      update (name, description, model, config, is_active)
  on agents to authenticated;
grant select on agents to workspace_service;
create trigger touch before update on agents for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on agents for each row execute function app.audit_change();

create table agent_runs (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  agent_id uuid not null,
  user_id uuid references users on delete set null,
  content_id uuid,
  status agent_run_status not null default 'pending',
  model text check (length(model) <= 100),
  input jsonb,
  output jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  runtime_seconds numeric(14, 3) check (runtime_seconds >= 0),
  credits_consumed numeric(20, 6) check (credits_consumed >= 0),
  tokens_used bigint check (tokens_used >= 0),
  error_type text check (length(error_type) <= 100),
  error_message text,
  primary key (workspace_id, id),
  foreign key (workspace_id, agent_id) references agents on delete cascade,
  foreign key (workspace_id, content_id) references content on delete set null (content_id)
);
comment on table agent_runs is 'One time that an agent did its work.';
comment on column agent_runs.user_id is 'Who asked for it; null for a run by the clock.';
comment on column agent_runs.credits_consumed is 'In the installation''s own unit, one per thousandth of a dollar by default.';
create index agent_runs_by_agent on agent_runs (workspace_id, agent_id, started_at desc);
create index agent_runs_by_time on agent_runs (workspace_id, started_at desc);
create index agent_runs_by_status on agent_runs (workspace_id, status) where status in ('pending', 'running');
create index agent_runs_user on agent_runs (user_id);
create index agent_runs_content on agent_runs (workspace_id, content_id);
create index agent_runs_time on agent_runs using brin (started_at);
select app.protect_tenant_table('agent_runs', 'viewer', 'editor');
create policy definer on agent_runs for select to current_user using (true);
grant select, insert (workspace_id, agent_id, user_id, content_id, input), update (status) on agent_runs to authenticated;
grant select, insert, update (status, model, output, started_at, completed_at, runtime_seconds, credits_consumed,
    tokens_used, error_type, error_message)
  on agent_runs to workspace_service;

create table agent_feedback (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  agent_run_id uuid not null,
  user_id uuid not null references users on delete cascade,
  rating smallint not null check (rating between 1 and 5),
  comment text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, agent_run_id, user_id),
  foreign key (workspace_id, agent_run_id) references agent_runs on delete cascade
);
comment on table agent_feedback is 'What a person thought of a run, from 1 to 5.';
create index agent_feedback_user on agent_feedback (user_id);
select app.protect_tenant_table('agent_feedback', 'viewer', 'viewer');
-- Everybody says their own opinion.
drop policy member_insert on agent_feedback;
drop policy member_update on agent_feedback;
drop policy member_delete on agent_feedback;
create policy member_insert on agent_feedback for insert to authenticated
  with check (user_id = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('viewer'))::uuid[]));
create policy member_update on agent_feedback for update to authenticated
  using (user_id = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('viewer'))::uuid[]))
  with check (user_id = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('viewer'))::uuid[]));
create policy member_delete on agent_feedback for delete to authenticated
  using (user_id = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('viewer'))::uuid[]));
create policy definer on agent_feedback for select to current_user using (true);
grant select, delete, insert (workspace_id, agent_run_id, user_id, rating, comment), update (rating, comment)
  on agent_feedback to authenticated;
create trigger touch before update on agent_feedback for each row execute function app.touch_updated_at();

create table analytics.user_activity (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  created_at timestamptz not null default now(),
  user_id uuid not null references users on delete cascade,
  event_type analytics.activity_type not null,
  event_name text check (length(event_name) <= 100),
  page_path text check (length(page_path) <= 2000),
  session_id uuid,
  ip_address inet,
  user_agent text check (length(user_agent) <= 1000),
  referrer text check (length(referrer) <= 2000),
  metadata jsonb not null default '{}',
  primary key (workspace_id, id, created_at)
) partition by range (created_at);
comment on table analytics.user_activity is
  'What members did in the product. The workspace is never absent: signing in counts for the one that opens first.';
create index user_activity_by_user on analytics.user_activity (user_id, created_at desc);
create index user_activity_by_time on analytics.user_activity (workspace_id, created_at desc);
create index user_activity_by_type on analytics.user_activity (workspace_id, event_type, created_at desc);
create index user_activity_session on analytics.user_activity (workspace_id, session_id);
create index user_activity_by_member on analytics.user_activity (workspace_id, user_id, created_at desc);
create index user_activity_metadata on analytics.user_activity using gin (workspace_id, metadata);
create index user_activity_brin on analytics.user_activity using brin (created_at);
insert into app.partitioned_tables (table_name, keep, comment)
  values ('analytics.user_activity', interval '90 days', 'Raw activity is kept for 90 days.');
select app.ensure_partitions(now() - interval '4 months', 7);
select app.protect_tenant_table('analytics.user_activity', 'admin', 'owner');
drop policy member_insert on analytics.user_activity;
create policy member_insert on analytics.user_activity for insert to authenticated
  with check (user_id = (select auth.uid()) and workspace_id = any ((select app.member_workspaces('artist'))::uuid[]));
create policy definer on analytics.user_activity for select to current_user using (true);
grant select, insert (workspace_id, user_id, event_type, event_name, page_path, session_id, ip_address, user_agent,
    referrer, metadata)
  on analytics.user_activity to authenticated;
grant insert on analytics.user_activity to workspace_service;

create table analytics.hourly_metrics (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  metric_hour timestamptz not null,
  active_users bigint not null default 0,
  total_runs bigint not null default 0,
  successful_runs bigint not null default 0,
  failed_runs bigint not null default 0,
  total_credits numeric(20, 6) not null default 0,
  avg_response_time_ms bigint,
  p95_response_time_ms bigint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, metric_hour)
);
comment on table analytics.hourly_metrics is 'Activity and runs of one hour; kept for 30 days.';
create index hourly_metrics_hour on analytics.hourly_metrics (metric_hour desc);

create table analytics.daily_metrics (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  metric_date date not null,
  total_users bigint not null default 0,
  active_users bigint not null default 0,
  new_users bigint not null default 0,
  returning_users bigint not null default 0,
  total_sessions bigint not null default 0,
  avg_session_duration_seconds numeric(14, 3),
  bounce_rate numeric(9, 4),
  total_runs bigint not null default 0,
  successful_runs bigint not null default 0,
  failed_runs bigint not null default 0,
  cancelled_runs bigint not null default 0,
  avg_runtime_seconds numeric(14, 3),
  median_runtime_seconds numeric(14, 3),
  p95_runtime_seconds numeric(14, 3),
  p99_runtime_seconds numeric(14, 3),
  total_credits_consumed numeric(20, 6) not null default 0,
  avg_credits_per_run numeric(20, 6),
  credits_by_model jsonb not null default '{}',
  unique_agents_run bigint not null default 0,
  top_agents jsonb not null default '[]',
  total_errors bigint not null default 0,
  error_rate numeric(9, 4),
  errors_by_type jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, metric_date)
);
comment on table analytics.daily_metrics is 'Activity and runs of one day in the workspace''s time zone; kept forever.';
comment on column analytics.daily_metrics.bounce_rate is 'Per cent of the sessions with one single page view.';
comment on column analytics.daily_metrics.error_rate is 'Per cent of the finished runs that failed.';
create index daily_metrics_date on analytics.daily_metrics (metric_date desc);
create index daily_metrics_brin on analytics.daily_metrics using brin (metric_date);

create table analytics.agent_performance (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  agent_id uuid not null,
  metric_date date not null,
  total_runs bigint not null default 0,
  successful_runs bigint not null default 0,
  failed_runs bigint not null default 0,
  cancelled_runs bigint not null default 0,
  avg_runtime_seconds numeric(14, 3),
  min_runtime_seconds numeric(14, 3),
  max_runtime_seconds numeric(14, 3),
  p50_runtime_seconds numeric(14, 3),
  p75_runtime_seconds numeric(14, 3),
  p95_runtime_seconds numeric(14, 3),
  p99_runtime_seconds numeric(14, 3),
  total_credits numeric(20, 6) not null default 0,
  avg_credits_per_run numeric(20, 6),
  total_tokens_used bigint not null default 0,
  avg_tokens_per_run bigint,
  unique_users bigint not null default 0,
  avg_user_rating numeric(5, 3) check (avg_user_rating between 1 and 5),
  total_feedback_count bigint not null default 0,
  error_types jsonb not null default '{}',
  common_failure_reasons jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, agent_id, metric_date),
  foreign key (workspace_id, agent_id) references agents on delete cascade
);
comment on table analytics.agent_performance is 'How one agent did on one day in the workspace''s time zone.';
create index agent_performance_date on analytics.agent_performance (metric_date desc);
create index agent_performance_by_runs on analytics.agent_performance (workspace_id, metric_date desc, total_runs desc);

create table analytics.user_cohorts (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  cohort_period period not null check (cohort_period in ('daily', 'weekly', 'monthly')),
  cohort_date date not null,
  initial_users bigint not null check (initial_users >= 0),
  retention_data jsonb not null,
  ltv_estimate numeric(20, 6),
  avg_revenue_per_user numeric(20, 6),
  currency char(3) check (currency ~ '^[A-Z]{3}$'),
  churn_rate numeric(9, 4),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, cohort_period, cohort_date),
  check (currency is not null or coalesce(ltv_estimate, avg_revenue_per_user) is null)
);
comment on table analytics.user_cohorts is 'People who began together, and how many of them came back.';
comment on column analytics.user_cohorts.retention_data is 'Per cent still active by distance: {"day_1": 95, "day_7": 80}.';
create index user_cohorts_date on analytics.user_cohorts (cohort_date desc);
create index user_cohorts_by_date on analytics.user_cohorts (workspace_id, cohort_date desc);

-- Derived rows: written by jobs, and by the aggregating functions, which run as the owner.
do $$
declare
  derived text;
begin
  foreach derived in array array['hourly_metrics', 'daily_metrics', 'agent_performance', 'user_cohorts'] loop
    perform app.protect_tenant_table(format('analytics.%I', derived)::regclass, 'analyst', 'owner');
    execute format('create policy definer on analytics.%I for all to current_user using (true) with check (true)', derived);
    execute format('grant select on analytics.%I to authenticated', derived);
    execute format('grant select, insert, update on analytics.%I to workspace_service', derived);
    execute format('create trigger touch before update on analytics.%I for each row execute function app.touch_updated_at()', derived);
  end loop;
end
$$;
