-- What networks tell unasked, and how it is worked off.

create type webhook_status as enum ('pending', 'processed', 'failed');

create table webhook_events (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  received_at timestamptz not null default now(),
  social_account_id uuid not null,
  platform platform not null,
  event_type text not null check (length(event_type) <= 200),
  event_data jsonb not null,
  status webhook_status not null default 'pending',
  processed_at timestamptz,
  retry_count integer not null default 0 check (retry_count >= 0),
  next_retry_at timestamptz,
  error_message text,
  primary key (workspace_id, id, received_at),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
) partition by range (received_at);
comment on table webhook_events is 'What networks told us unasked, kept before it is answered and processed after.';
comment on column webhook_events.next_retry_at is 'Of a failed event: when it is tried again; null once it is given up.';
create index webhook_events_account on webhook_events (workspace_id, social_account_id, received_at desc);
create index webhook_events_by_type on webhook_events (workspace_id, platform, event_type);
create index webhook_events_by_status on webhook_events (workspace_id, status, received_at);
create index webhook_events_open on webhook_events (received_at) where status = 'pending';
create index webhook_events_retry on webhook_events (next_retry_at) where status = 'failed' and next_retry_at is not null;
create index webhook_events_time on webhook_events using brin (received_at);
insert into app.partitioned_tables (table_name, keep, comment)
  values ('public.webhook_events', interval '6 months', 'What networks told us unasked.');
select app.ensure_partitions(now() - interval '2 months', 5);
select app.protect_tenant_table('webhook_events', 'manager', 'owner');
grant select on webhook_events to authenticated;
grant select, insert, update (status, processed_at, retry_count, next_retry_at, error_message)
  on webhook_events to workspace_service;
grant select (workspace_id, id, received_at, social_account_id, status, next_retry_at, retry_count) on webhook_events
  to service_role;

create function app.mark_webhook_processed(workspace_id uuid, webhook_event_id uuid) returns boolean
language sql set search_path = '' as $$
  with changed as (
    update public.webhook_events e set status = 'processed', processed_at = clock_timestamp(), error_message = null,
      next_retry_at = null
    where e.workspace_id = mark_webhook_processed.workspace_id and e.id = webhook_event_id and e.status <> 'processed'
    returning 1)
  select exists (select from changed)
$$;
-- Tried again after 1, 2, 4, 8 and 16 minutes, then given up.
create function app.mark_webhook_failed(workspace_id uuid, webhook_event_id uuid, message text) returns boolean
language sql set search_path = '' as $$
  with changed as (
    update public.webhook_events e set status = 'failed', error_message = message, retry_count = e.retry_count + 1,
      next_retry_at = case when e.retry_count < 5 then clock_timestamp() + interval '1 minute' * power(2, e.retry_count) end
    where e.workspace_id = mark_webhook_failed.workspace_id and e.id = webhook_event_id and e.status <> 'processed'
    returning 1)
  select exists (select from changed)
$$;
create function app.should_retry_webhook(workspace_id uuid, webhook_event_id uuid) returns boolean
language sql stable set search_path = '' as $$
  select exists (
    select from public.webhook_events e
    where e.workspace_id = should_retry_webhook.workspace_id and e.id = webhook_event_id and e.status = 'failed'
      and e.next_retry_at is not null)
$$;
create function app.pending_webhook_events(most integer)
returns table (workspace_id uuid, id uuid, received_at timestamptz) language sql stable set search_path = '' as $$
  select e.workspace_id, e.id, e.received_at from public.webhook_events e
  where e.status = 'pending' order by e.received_at limit most
$$;
create function app.retryable_webhook_events(most integer)
returns table (workspace_id uuid, id uuid, received_at timestamptz) language sql stable set search_path = '' as $$
  select e.workspace_id, e.id, e.received_at from public.webhook_events e
  where e.status = 'failed' and e.next_retry_at <= clock_timestamp() order by e.next_retry_at limit most
$$;
revoke execute on function app.mark_webhook_processed, app.mark_webhook_failed, app.should_retry_webhook,
  app.pending_webhook_events, app.retryable_webhook_events from public;
grant execute on function app.mark_webhook_processed, app.mark_webhook_failed, app.should_retry_webhook,
  app.pending_webhook_events, app.retryable_webhook_events to workspace_service;
grant execute on function app.pending_webhook_events, app.retryable_webhook_events to service_role;
