-- What lives on the networks, and the cumulative snapshots of its counters.

create type sync_type as enum ('full', 'incremental', 'webhook');
create type sync_status as enum ('started', 'completed', 'failed');
create type snapshot_source as enum ('api', 'webhook', 'csv');

create table published_posts (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  publication_id uuid,
  platform platform not null,
  platform_post_id text not null,
  permalink text not null,
  text text not null,
  published_at timestamptz not null,
  missing_since timestamptz,
  removed_at timestamptz,
  next_sync_at timestamptz,
  last_synced_at timestamptz,
  unchanged_syncs integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, social_account_id, platform_post_id),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade,
  foreign key (workspace_id, publication_id) references publications on delete set null (publication_id)
);
comment on column published_posts.missing_since is
  'When the network first left it out of an answer, while that may still be a slip. Null: it was told last time.';
comment on column published_posts.removed_at is 'When it was found gone from the network for good: missing twice, an hour apart.';
comment on column published_posts.next_sync_at is 'Null: no longer polled.';
comment on column published_posts.unchanged_syncs is 'Syncs in a row that changed no number; polling slows with it.';
create index published_posts_publication on published_posts (workspace_id, publication_id);
create index published_posts_due on published_posts (next_sync_at) where next_sync_at is not null;

create table sync_logs (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  sync_type sync_type not null,
  status sync_status not null default 'started',
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  records_processed integer not null default 0,
  records_failed integer not null default 0,
  error_message text,
  primary key (workspace_id, id),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade
);
create index sync_logs_account on sync_logs (workspace_id, social_account_id, started_at desc);

create table post_snapshots (
  workspace_id uuid not null references workspaces on delete cascade,
  published_post_id uuid not null,
  captured_at timestamptz not null,
  source snapshot_source not null,
  sync_log_id uuid,
  likes bigint,
  comments bigint,
  shares bigint,
  quotes bigint,
  views bigint,
  impressions bigint,
  reach bigint,
  clicks bigint,
  saves bigint,
  raw jsonb,
  primary key (workspace_id, published_post_id, captured_at, source),
  foreign key (workspace_id, published_post_id) references published_posts on delete cascade,
  foreign key (workspace_id, sync_log_id) references sync_logs on delete set null (sync_log_id)
) partition by range (captured_at);
comment on table post_snapshots is
  'Cumulative counters of one post at one instant. A counter that the network did not tell is null, never zero.';
create index post_snapshots_sync_log on post_snapshots (workspace_id, sync_log_id);

-- Makes the monthly partitions from the month of `from_instant` on. Idempotent; called at every migration and
-- daily. A partition is protected like its parent: a direct read of it is refused by missing grants and policies.
create function app.ensure_snapshot_partitions(from_instant timestamptz, months integer) returns void
language plpgsql security definer set search_path = '' as $$
declare
  first_day timestamp = date_trunc('month', from_instant at time zone 'UTC');
  month timestamp;
  partition text;
begin
  for month in select generate_series(first_day, first_day + make_interval(months => months), interval '1 month') loop
    partition = 'post_snapshots_' || to_char(month, 'YYYY_MM');
    if to_regclass('public.' || partition) is null then
      execute format('create table public.%I partition of public.post_snapshots for values from (%L) to (%L)',
        partition, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
      execute format('alter table public.%I enable row level security', partition);
      execute format('alter table public.%I force row level security', partition);
    end if;
  end loop;
end
$$;
revoke execute on function app.ensure_snapshot_partitions from public;
grant execute on function app.ensure_snapshot_partitions to service_role;
select app.ensure_snapshot_partitions(now() - interval '12 months', 15);

select app.protect_tenant_table('published_posts', 'viewer', 'owner');
select app.protect_tenant_table('sync_logs', 'viewer', 'owner');
select app.protect_tenant_table('post_snapshots', 'viewer', 'owner');
grant select on published_posts, sync_logs, post_snapshots to authenticated;
grant select, insert, update on published_posts, sync_logs to workspace_service;
grant select, insert on post_snapshots to workspace_service;
grant select (workspace_id, id, social_account_id, next_sync_at) on published_posts to service_role;

create trigger touch before update on published_posts for each row execute function app.touch_updated_at();
create trigger notify after insert on post_snapshots
  for each row execute function app.notify_change('numbers', 'published_post_id');
