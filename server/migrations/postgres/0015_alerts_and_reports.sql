-- Rules that watch the numbers, the alerts that they raise, and reports with their schedules.

create type alert_severity as enum ('info', 'warning', 'critical');
create type alert_status as enum ('active', 'acknowledged', 'resolved', 'muted');
create type alert_type as enum ('threshold', 'change', 'anomaly');
create type alert_condition as enum (
  'greater_than', 'greater_or_equal', 'less_than', 'less_or_equal', 'equals', 'not_equals');
create type alert_channel as enum ('email', 'slack', 'webhook', 'in_app');
create type notification_status as enum ('pending', 'sent', 'failed');
create type report_status as enum ('scheduled', 'generating', 'completed', 'failed');
create type report_format as enum ('pdf', 'csv', 'json', 'html');
create type delivery_method as enum ('email', 'slack', 'webhook', 'download');

create table analytics.alert_rules (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  name text not null check (length(name) between 1 and 255),
  description text,
  is_active boolean not null default true,
  alert_type alert_type not null default 'threshold',
  metric text not null check (length(metric) between 1 and 100),
  social_account_id uuid,
  condition alert_condition not null,
  threshold_value numeric(20, 6) not null,
  evaluation_window_minutes integer not null default 5 check (evaluation_window_minutes > 0),
  severity alert_severity not null default 'warning',
  notification_channels alert_channel[] not null default '{}',
  notification_recipients jsonb not null default '[]',
  muted_until timestamptz,
  last_evaluated_at timestamptz,
  last_triggered_at timestamptz,
  trigger_count bigint not null default 0,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
);
comment on table analytics.alert_rules is 'When somebody is to be told about a number.';
comment on column analytics.alert_rules.metric is 'A name of the catalogue of metrics.';
comment on column analytics.alert_rules.social_account_id is 'Null: all accounts together.';
comment on column analytics.alert_rules.threshold_value is 'Of a threshold: the value; of a change: per cent; of an anomaly: standard deviations.';
create index alert_rules_active on analytics.alert_rules (workspace_id, last_evaluated_at) where is_active;
create index alert_rules_account on analytics.alert_rules (workspace_id, social_account_id);
create index alert_rules_creator on analytics.alert_rules (created_by);
select app.protect_tenant_table('analytics.alert_rules', 'viewer', 'editor');
grant select, delete,
    insert (workspace_id, name, description, is_active, alert_type, metric, social_account_id, condition,
      threshold_value, evaluation_window_minutes, severity, notification_channels, notification_recipients, created_by),
    update (name, description, is_active, alert_type, metric, social_account_id, condition, threshold_value,
      evaluation_window_minutes, severity, notification_channels, notification_recipients, muted_until)
  on analytics.alert_rules to authenticated;
grant select, update (last_evaluated_at, last_triggered_at, trigger_count) on analytics.alert_rules to workspace_service;
create trigger touch before update on analytics.alert_rules for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on analytics.alert_rules
  for each row execute function app.audit_change('last_evaluated_at', 'last_triggered_at', 'trigger_count');

create table analytics.alert_notifications (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  alert_rule_id uuid not null,
  triggered_at timestamptz not null default now(),
  status alert_status not null default 'active',
  severity alert_severity not null,
  current_value numeric(20, 6),
  threshold_value numeric(20, 6),
  alert_message text not null,
  notifications_sent jsonb not null default '[]',
  notification_status notification_status not null default 'pending',
  acknowledged_by uuid references users on delete set null,
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  notes text,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, alert_rule_id) references analytics.alert_rules on delete cascade,
  check (status <> 'acknowledged' or acknowledged_at is not null),
  check (status <> 'resolved' or resolved_at is not null)
);
comment on table analytics.alert_notifications is 'One time that a rule fired, whom it told, and what became of it.';
comment on column analytics.alert_notifications.notifications_sent is 'By channel and recipient: when, and what came back.';
create index alert_notifications_rule on analytics.alert_notifications (workspace_id, alert_rule_id, triggered_at desc);
create index alert_notifications_latest on analytics.alert_notifications (workspace_id, triggered_at desc);
create index alert_notifications_open on analytics.alert_notifications (workspace_id, severity, triggered_at desc)
  where status = 'active';
create index alert_notifications_unsent on analytics.alert_notifications (triggered_at) where notification_status = 'pending';
create index alert_notifications_acknowledger on analytics.alert_notifications (acknowledged_by);
select app.protect_tenant_table('analytics.alert_notifications', 'viewer', 'editor');
grant select, update (status, acknowledged_by, acknowledged_at, resolved_at, notes) on analytics.alert_notifications
  to authenticated;
grant select, insert, update (status, notifications_sent, notification_status, resolved_at)
  on analytics.alert_notifications to workspace_service;
create trigger touch before update on analytics.alert_notifications for each row execute function app.touch_updated_at();

create table custom_reports (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  name text not null check (length(name) between 1 and 255),
  description text,
  report_type text not null check (length(report_type) between 1 and 50),
  query_config jsonb not null default '{}',
  metrics text[] not null default '{}',
  dimensions text[] not null default '{}',
  is_public boolean not null default false,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
comment on table custom_reports is 'A question to the catalogue of metrics that is asked again and again.';
comment on column custom_reports.query_config is 'A query as the catalogue parses it; never SQL.';
comment on column custom_reports.is_public is 'May be opened through a signed link by somebody without an account.';
create index custom_reports_creator on custom_reports (created_by);
create index custom_reports_public on custom_reports (workspace_id, name) where is_public;
select app.protect_tenant_table('custom_reports', 'viewer', 'analyst');
grant select, delete, insert (workspace_id, name, description, report_type, query_config, metrics, dimensions, is_public,
    created_by), update (name, description, report_type, query_config, metrics, dimensions, is_public)
  on custom_reports to authenticated;
grant select on custom_reports to workspace_service;
create trigger touch before update on custom_reports for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on custom_reports for each row execute function app.audit_change();

create table report_schedules (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  custom_report_id uuid not null,
  cron_expression text not null check (length(cron_expression) <= 100),
  time_zone text not null,
  delivery_method delivery_method not null,
  recipients text[] not null default '{}',
  format report_format not null default 'pdf',
  is_active boolean not null default true,
  next_run_at timestamptz,
  last_run_at timestamptz,
  created_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, custom_report_id) references custom_reports on delete cascade
);
comment on table report_schedules is 'When a report is made by itself, and to whom it goes.';
comment on column report_schedules.time_zone is 'IANA name; the cron expression is read in it.';
create index report_schedules_report on report_schedules (workspace_id, custom_report_id);
create index report_schedules_due on report_schedules (next_run_at) where is_active;
create index report_schedules_creator on report_schedules (created_by);
select app.protect_tenant_table('report_schedules', 'viewer', 'analyst');
grant select, delete, insert (workspace_id, custom_report_id, cron_expression, time_zone, delivery_method, recipients,
    format, is_active, next_run_at, created_by),
    update (cron_expression, time_zone, delivery_method, recipients, format, is_active, next_run_at)
  on report_schedules to authenticated;
grant select, update (next_run_at, last_run_at) on report_schedules to workspace_service;
grant select (workspace_id, id, next_run_at, is_active) on report_schedules to service_role;
create trigger touch before update on report_schedules for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on report_schedules
  for each row execute function app.audit_change('next_run_at', 'last_run_at');

create table report_executions (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  custom_report_id uuid not null,
  report_schedule_id uuid,
  status report_status not null default 'scheduled',
  format report_format not null,
  output_url text check (length(output_url) <= 4000),
  duration_ms bigint check (duration_ms >= 0),
  error_message text,
  requested_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  primary key (workspace_id, id),
  foreign key (workspace_id, custom_report_id) references custom_reports on delete cascade,
  foreign key (workspace_id, report_schedule_id) references report_schedules on delete set null (report_schedule_id)
);
comment on table report_executions is 'One time that a report was made.';
comment on column report_executions.output_url is 'Where the file lies; fetched through a route that asks for the workspace.';
create index report_executions_report on report_executions (workspace_id, custom_report_id, created_at desc);
create index report_executions_schedule on report_executions (workspace_id, report_schedule_id);
create index report_executions_requester on report_executions (requested_by);
create index report_executions_open on report_executions (workspace_id, created_at) where status in ('scheduled', 'generating');
create index report_executions_age on report_executions (created_at);
select app.protect_tenant_table('report_executions', 'viewer', 'analyst');
grant select, insert (workspace_id, custom_report_id, format, requested_by) on report_executions to authenticated;
grant select, insert, delete, update (status, output_url, duration_ms, error_message, started_at, completed_at)
  on report_executions to workspace_service;
