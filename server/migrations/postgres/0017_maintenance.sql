-- How old rows leave: a partition is detached, its archive is written and verified, and only then is it dropped.

create table app.partition_archives (
  partition_name text primary key,
  table_name text not null references app.partitioned_tables on delete restrict,
  row_count bigint not null,
  detached_at timestamptz not null default now(),
  location text,
  archived_rows bigint,
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  archived_at timestamptz,
  verified_at timestamptz,
  dropped_at timestamptz,
  check (verified_at is null or (archived_at is not null and archived_rows = row_count)),
  check (dropped_at is null or verified_at is not null)
);
comment on table app.partition_archives is 'What became of each partition that left its table; the checks forbid dropping what is not verified.';
comment on column app.partition_archives.location is 'Where the archive lies in the storage, with its raw payload compressed.';
create index partition_archives_table on app.partition_archives (table_name);

-- Partitions all of whose rows are older than their table keeps them, oldest first.
create function app.expired_partitions(at timestamptz default now())
returns table (partition_name text, table_name text, ends_at timestamptz)
language sql stable security definer set search_path = '' as $$
  select c.relname::text, t.table_name, bound.ends_at
  from app.partitioned_tables t
  join pg_catalog.pg_inherits i on i.inhparent = t.table_name::regclass
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  cross join lateral (
    select (regexp_match(pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz as ends_at) bound
  where t.keep is not null and bound.ends_at <= at - t.keep
  order by bound.ends_at, c.relname
$$;

-- Takes a partition that has expired out of its table. Its rows stay where they are, out of everybody's sight.
create function app.detach_expired_partition(partition_name text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  parent text;
  held bigint;
begin
  select e.table_name into parent from app.expired_partitions() e where e.partition_name = detach_expired_partition.partition_name;
  if parent is null then
    raise exception 'partition % is not expired', partition_name using errcode = 'HG003';
  end if;
  -- A query that runs long must not make every other one wait behind this.
  set local lock_timeout = '5s';
  execute format('alter table %s detach partition partitions.%I', parent, partition_name);
  -- The owner is bound by row-level security too, and has no policy here.
  execute format('alter table partitions.%I no force row level security', partition_name);
  execute format('select count(*) from partitions.%I', partition_name) into held;
  insert into app.partition_archives (partition_name, table_name, row_count) values (partition_name, parent, held);
end
$$;

-- Hands out the rows of a detached partition for the archive, as one JSON object each, in order of their key.
create function app.detached_rows(partition_name text, after_row bigint, most integer)
returns table (row_number bigint, row_value jsonb)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform from app.partition_archives a where a.partition_name = detached_rows.partition_name and a.dropped_at is null;
  if not found then
    raise exception 'partition % is not detached', partition_name using errcode = 'HG003';
  end if;
  return query execute format(
    'select n, v from (select row_number() over (order by workspace_id, t) as n, to_jsonb(t) as v from partitions.%I t) r
     where n > $1 order by n limit $2', partition_name) using after_row, most;
end
$$;

create function app.record_partition_archive(partition_name text, location text, archived_rows bigint, sha256 text) returns void
language sql security definer set search_path = '' as $$
  update app.partition_archives a set location = record_partition_archive.location,
    archived_rows = record_partition_archive.archived_rows, sha256 = record_partition_archive.sha256,
    archived_at = clock_timestamp(), verified_at = null
  where a.partition_name = record_partition_archive.partition_name and a.dropped_at is null
$$;

-- Called with what was read back from the archive. Returns whether it is what was written.
create function app.verify_partition_archive(partition_name text, rows_read bigint, sha256 text) returns boolean
language sql security definer set search_path = '' as $$
  with verified as (
    update app.partition_archives a set verified_at = clock_timestamp()
    where a.partition_name = verify_partition_archive.partition_name and a.archived_at is not null
      and a.dropped_at is null and a.row_count = rows_read and a.sha256 = verify_partition_archive.sha256 returning 1)
  select exists (select from verified)
$$;

create function app.drop_archived_partition(partition_name text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  held bigint;
  archive app.partition_archives;
begin
  select * into archive from app.partition_archives a
    where a.partition_name = drop_archived_partition.partition_name and a.dropped_at is null for update;
  if archive.verified_at is null then
    raise exception 'the archive of partition % is not verified', partition_name using errcode = 'HG003';
  end if;
  execute format('select count(*) from partitions.%I', partition_name) into held;
  if held <> archive.row_count then
    raise exception 'partition % has % rows, its archive %', partition_name, held, archive.row_count using errcode = 'HG003';
  end if;
  execute format('drop table partitions.%I', partition_name);
  update app.partition_archives a set dropped_at = clock_timestamp()
    where a.partition_name = drop_archived_partition.partition_name;
end
$$;

-- Deletes what is short-lived and not partitioned. Daily metrics are kept forever; raw activity, snapshots, webhooks
-- and the audit log leave by partition. Returns the number of rows by table.
create function analytics.cleanup_old_data() returns table (table_name text, deleted bigint)
language sql security definer set search_path = '' as $$
  with hours as (
    delete from analytics.hourly_metrics where metric_hour < now() - interval '30 days' returning 1),
  refreshes as (
    delete from analytics.refresh_log where started_at < now() - interval '90 days' returning 1)
  select 'analytics.hourly_metrics', count(*) from hours
  union all select 'analytics.refresh_log', count(*) from refreshes
$$;

revoke execute on function app.expired_partitions, app.detach_expired_partition, app.detached_rows,
  app.record_partition_archive, app.verify_partition_archive, app.drop_archived_partition, analytics.cleanup_old_data
  from public;
grant execute on function app.expired_partitions, app.detach_expired_partition, app.detached_rows,
  app.record_partition_archive, app.verify_partition_archive, app.drop_archived_partition, analytics.cleanup_old_data
  to service_role;

-- The tables that change most are vacuumed and measured before a fifth of them has changed.
alter table published_posts set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
alter table social_accounts set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
-- Filled and emptied all the time: its size says nothing about how much of it is dead.
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
alter table published_posts alter column workspace_id set statistics 1000;
alter table post_snapshots alter column workspace_id set statistics 1000;
alter table post_snapshots alter column captured_at set statistics 500;
