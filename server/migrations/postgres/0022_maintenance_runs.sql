-- Who runs the installation, what its maintenance did, and the functions that its duties call.
-- Long, because a duty's table, policies and functions are read together.

-- An operator looks after the installation. The flag opens what belongs to the installation and no workspace;
-- an API key never carries it.
create function app.is_operator() returns boolean language sql stable security definer set search_path = '' as $$
  select coalesce(auth.jwt() ->> 'api_key_id', '') = '' and exists (
    select from public.users u where u.id = auth.uid() and u.is_super_admin and u.is_active)
$$;

-- Whoever signs up first on an installation without people is its operator. People are made by
-- identity_service when they sign up; rows that come by another way make nobody an operator. Two who sign up
-- at the same moment wait for each other, and the second sees the first.
create function app.make_first_person_operator() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if current_setting('role', true) is distinct from 'identity_service' or exists (select from public.users) then
    return new;
  end if;
  perform pg_advisory_xact_lock(4841050615);
  if not exists (select from public.users) then
    new.is_super_admin = true;
  end if;
  return new;
end
$$;
revoke execute on function app.is_operator, app.make_first_person_operator from public;
grant execute on function app.is_operator to authenticated;
grant execute on function app.make_first_person_operator to identity_service;
create trigger first_person before insert on users for each row execute function app.make_first_person_operator();

create table app.maintenance_duties (
  name text primary key check (name ~ '^[a-z_]{1,60}$'),
  covered_until timestamptz,
  last_succeeded_at timestamptz
);
comment on table app.maintenance_duties is 'What outlives the history of a duty''s runs; a duty has a row from its first run on.';
comment on column app.maintenance_duties.covered_until is
  'Of a duty that works by period: the end of the last period that is done. Moves in the transaction that did it.';

create table app.maintenance_runs (
  id uuid primary key default app.uuid_v7(),
  duty text not null references app.maintenance_duties on delete cascade,
  cause text not null check (cause in ('clock', 'catch_up', 'person', 'retry')),
  requested_by uuid references users on delete set null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  duration_ms bigint check (duration_ms >= 0),
  result text not null default 'running' check (result in ('running', 'succeeded', 'failed', 'interrupted')),
  summary text,
  details jsonb not null default '[]',
  error_message text,
  remedy text,
  check ((result = 'running') = (finished_at is null)),
  check (result <> 'failed' or error_message is not null)
);
comment on table app.maintenance_runs is 'The latest runs of each duty; older ones are deleted by the next run.';
comment on column app.maintenance_runs.cause is
  'clock: its time had come; catch_up: its time came while no worker ran; person: an operator asked; retry: the run before failed.';
comment on column app.maintenance_runs.result is 'interrupted: its worker was stopped or is gone.';
comment on column app.maintenance_runs.summary is 'What was done, in one sentence.';
comment on column app.maintenance_runs.details is 'Further sentences.';
comment on column app.maintenance_runs.remedy is 'What an operator can do about the error.';
create index maintenance_runs_latest on app.maintenance_runs (duty, started_at desc);
create unique index maintenance_runs_running on app.maintenance_runs (duty) where result = 'running';
create index maintenance_runs_requester on app.maintenance_runs (requested_by);

do $$
declare
  kept text;
begin
  foreach kept in array array['app.maintenance_duties', 'app.maintenance_runs', 'app.partition_archives'] loop
    execute format('alter table %s enable row level security', kept);
    execute format('alter table %s force row level security', kept);
    execute format('create policy dispatch on %s for all to service_role using (true) with check (true)', kept);
    execute format('create policy operator on %s for select to authenticated using ((select app.is_operator()))', kept);
    execute format('grant select on %s to authenticated, service_role', kept);
  end loop;
end
$$;
grant insert, update, delete on app.maintenance_duties, app.maintenance_runs to service_role;
create policy definer on app.partition_archives for all to current_user using (true) with check (true);
create policy operator on analytics.refresh_log for select to authenticated using ((select app.is_operator()));
grant select on analytics.refresh_log to authenticated;

-- The way by which an operator asks for a duty at once. The task looks the name up among the duties that exist:
-- whoever may call this can start nothing else.
create function app.request_duty(duty text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if not app.is_operator() then
    raise exception 'only an operator starts a duty' using errcode = '42501';
  end if;
  perform graphile_worker.add_job(
    identifier => 'request_duty', payload => json_build_object('duty', duty, 'requestedBy', auth.uid()),
    job_key => 'request_duty:' || duty);
end
$$;
revoke execute on function app.request_duty from public;
grant execute on function app.request_duty to authenticated;

-- Rows of tables without partitions that leave by age. What leaves by archive becomes a table of its own beside
-- the detached partitions and takes the same way.
create table app.retained_rows (
  table_name text primary key,
  time_column text not null,
  keep interval not null,
  condition text not null,
  leaves_by text not null check (leaves_by in ('archive', 'deletion')),
  comment text not null
);
comment on table app.retained_rows is 'Tables without partitions whose old rows leave, with the retention rule of each.';
comment on column app.retained_rows.condition is 'SQL: which of the old rows leave. Written by migrations alone.';
insert into app.retained_rows (table_name, time_column, keep, condition, leaves_by, comment) values
  ('analytics.alert_notifications', 'triggered_at', '90 days', $c$status <> 'active'$c$, 'archive',
    'Alerts that are over; one that is still active stays.'),
  ('analytics.engagement_by_time', 'measured_at', '1 year', 'true', 'archive', 'Engagement by hour.'),
  ('public.report_executions', 'created_at', '90 days', $c$status in ('completed', 'failed')$c$, 'deletion',
    'Reports that were made or failed.');
alter table app.retained_rows enable row level security;
alter table app.retained_rows force row level security;
create policy definer on app.retained_rows for select to current_user using (true);
create policy definer on analytics.alert_notifications for all to current_user using (true) with check (true);
create policy definer on analytics.engagement_by_time for all to current_user using (true) with check (true);
create policy definer on report_executions for all to current_user using (true) with check (true);
-- What is archived may come from either list.
alter table app.partition_archives drop constraint partition_archives_table_name_fkey;

-- Moves the rows of a table that have had their time to a table of their own, ready for the archive, all of them
-- or none. Returns its name, or null if no row is old enough.
create function app.detach_old_rows(table_name text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  rule app.retained_rows;
  cutoff timestamptz;
  due boolean;
  batch text;
  moved bigint;
begin
  select * into rule from app.retained_rows r where r.table_name = detach_old_rows.table_name and r.leaves_by = 'archive';
  if rule.table_name is null then
    raise exception 'rows of % are not archived', detach_old_rows.table_name using errcode = 'HG003';
  end if;
  cutoff = now() - rule.keep;
  execute format('select exists (select from %s where %I < $1 and (%s))', rule.table_name::regclass, rule.time_column,
    rule.condition) into due using cutoff;
  if not due then
    return null;
  end if;
  batch = split_part(rule.table_name, '.', 2) || to_char(clock_timestamp() at time zone 'UTC', '_YYYYMMDD_HH24MISS_US');
  execute format('create table partitions.%I (like %s, primary key (workspace_id, id))', batch, rule.table_name::regclass);
  execute format('alter table partitions.%I enable row level security', batch);
  execute format('with gone as (delete from %s where %I < $1 and (%s) returning *) insert into partitions.%I select * from gone',
    rule.table_name::regclass, rule.time_column, rule.condition, batch) using cutoff;
  get diagnostics moved = row_count;
  insert into app.partition_archives (partition_name, table_name, row_count) values (batch, rule.table_name, moved);
  return batch;
end
$$;

-- Deletes the rows of a table that have had their time. Returns how many they were.
create function app.delete_old_rows(table_name text) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  rule app.retained_rows;
  gone bigint;
begin
  select * into rule from app.retained_rows r where r.table_name = delete_old_rows.table_name and r.leaves_by = 'deletion';
  if rule.table_name is null then
    raise exception 'rows of % are not deleted by age', delete_old_rows.table_name using errcode = 'HG003';
  end if;
  execute format('delete from %s where %I < $1 and (%s)', rule.table_name::regclass, rule.time_column, rule.condition)
    using now() - rule.keep;
  get diagnostics gone = row_count;
  return gone;
end
$$;

-- The rows of a detached partition that follow a key, as text of JSON, each with its own key, in the order of the primary
-- key: a page costs as much at the end of a large partition as at its beginning.
create function app.detached_rows_after(partition_name text, after_key jsonb, most integer)
returns table (row_text text, row_key jsonb)
language plpgsql stable security definer set search_path = '' as $$
declare
  columns text;
  bounds text;
begin
  perform from app.partition_archives a where a.partition_name = detached_rows_after.partition_name and a.dropped_at is null;
  if not found then
    raise exception 'partition % is not detached', partition_name using errcode = 'HG003';
  end if;
  select string_agg(format('t.%I', a.attname), ', ' order by k.place),
    string_agg(format('($1 ->> %s)::%s', k.place - 1, format_type(a.atttypid, a.atttypmod)), ', ' order by k.place)
    into columns, bounds
    from pg_catalog.pg_constraint c cross join unnest(c.conkey) with ordinality as k (attnum, place)
    join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum
    where c.conrelid = format('partitions.%I', partition_name)::regclass and c.contype = 'p';
  return query execute format(
    'select to_jsonb(t)::text, jsonb_build_array(%s) from partitions.%I t %s order by %s limit $2', columns, partition_name,
    case when after_key is not null then format('where (%s) > (%s)', columns, bounds) else '' end, columns)
    using after_key, most;
end
$$;

-- Counts a detached partition anew and forgets what was archived of it: rows go when their workspace is deleted,
-- and an archive that still holds them is one too many.
create function app.recount_detached_partition(partition_name text) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  held bigint;
begin
  perform from app.partition_archives a where a.partition_name = recount_detached_partition.partition_name
    and a.dropped_at is null for update;
  if not found then
    raise exception 'partition % is not detached', partition_name using errcode = 'HG003';
  end if;
  execute format('select count(*) from partitions.%I', partition_name) into held;
  update app.partition_archives a set row_count = held, location = null, archived_rows = null, sha256 = null,
      archived_at = null, verified_at = null
    where a.partition_name = recount_detached_partition.partition_name;
  return held;
end
$$;

-- When a snapshot was written down, which may be long after the instant that it tells of: deltas are computed anew
-- from the earliest of what came since they were computed last.
alter table post_snapshots add column recorded_at timestamptz not null default now();
comment on column post_snapshots.recorded_at is 'When the row was written, not what it tells of.';
create index post_snapshots_recorded on post_snapshots using brin (recorded_at);
create function app.workspaces_with_snapshots_since(since timestamptz)
returns table (workspace_id uuid, earliest_at timestamptz) language sql stable security definer set search_path = '' as $$
  select s.workspace_id, min(s.captured_at) from public.post_snapshots s where s.recorded_at >= since group by 1 order by 1
$$;

-- The first instant of which there is anything to be summed; null where nothing ever happened.
create function app.first_activity_at() returns timestamptz language sql stable security definer set search_path = '' as $$
  select least((select min(created_at) from analytics.user_activity), (select min(started_at) from public.agent_runs))
$$;

-- Cohorts of the people who became members within the same day, week or month, and the share of them who did something
-- in the Nth day, week or month after it. A distance is computed once its time is over and while its raw activity is
-- still there, and stays afterwards. Who has left the workspace counts as not having come back. There is no revenue per
-- person, so its columns stay empty. Returns how many cohorts were written.
create function analytics.fill_user_cohorts(at timestamptz default now()) returns bigint
language sql security definer set search_path = '' as $$
  with periods (cohort_period, unit, step, distances) as (values
    ('daily'::public.period, 'day', interval '1 day', array[1, 7, 14, 30, 60]),
    ('weekly', 'week', interval '7 days', array[1, 2, 4, 8, 12]),
    ('monthly', 'month', interval '1 month', array[1, 2, 3, 6, 12])
  ), zones as (
    select w.id as workspace_id, w.time_zone, (at at time zone w.time_zone)::date as today from public.workspaces w
  ), members as (
    select m.workspace_id, m.user_id, p.cohort_period, p.unit, p.step, p.distances, z.today,
      date_trunc(p.unit, m.created_at at time zone z.time_zone)::date as cohort_date
    from public.workspace_members m join zones z using (workspace_id) cross join periods p
    where m.created_at >= at - interval '14 months' and m.created_at <= at
  ), seen as (
    select a.workspace_id, a.user_id, (a.created_at at time zone z.time_zone)::date as day
    from analytics.user_activity a join zones z using (workspace_id)
    where a.created_at >= at - interval '88 days' and a.created_at <= at
    union
    select r.workspace_id, r.user_id, (r.started_at at time zone z.time_zone)::date
    from public.agent_runs r join zones z using (workspace_id)
    where r.started_at >= at - interval '88 days' and r.started_at <= at and r.user_id is not null
  ), cohorts as (
    select m.workspace_id, m.cohort_period, m.cohort_date, m.unit, m.step, m.distances, m.today,
      greatest(count(*), max(k.initial_users)) as users,
      count(*) filter (where exists (select from seen s
        where s.workspace_id = m.workspace_id and s.user_id = m.user_id and s.day > m.today - 30)) as active
    from members m
    left join analytics.user_cohorts k using (workspace_id, cohort_period, cohort_date)
    group by 1, 2, 3, 4, 5, 6, 7
  ), spans as (
    select c.workspace_id, c.cohort_period, c.cohort_date, c.users, c.unit || '_' || n as name,
      (c.cohort_date + n * c.step)::date as from_day, (c.cohort_date + (n + 1) * c.step)::date as to_day
    from cohorts c cross join unnest(c.distances) n
    where (c.cohort_date + (n + 1) * c.step)::date <= c.today and (c.cohort_date + n * c.step)::date >= c.today - 86
  ), returned as (
    select p.workspace_id, p.cohort_period, p.cohort_date, p.name,
      round(100.0 * count(distinct s.user_id) / p.users, 2) as share
    from spans p
    left join members m using (workspace_id, cohort_period, cohort_date)
    left join seen s on s.workspace_id = m.workspace_id and s.user_id = m.user_id and s.day >= p.from_day and s.day < p.to_day
    group by p.workspace_id, p.cohort_period, p.cohort_date, p.name, p.users
  ), written as (
    insert into analytics.user_cohorts as k (workspace_id, cohort_period, cohort_date, initial_users, retention_data, churn_rate)
    select c.workspace_id, c.cohort_period, c.cohort_date, c.users,
      coalesce((select jsonb_object_agg(r.name, r.share) from returned r where r.workspace_id = c.workspace_id
        and r.cohort_period = c.cohort_period and r.cohort_date = c.cohort_date), '{}'),
      case when (c.cohort_date + c.step)::date <= c.today - 30 then round(100.0 * (c.users - c.active) / c.users, 4) end
    from cohorts c
    on conflict (workspace_id, cohort_period, cohort_date) do update set initial_users = excluded.initial_users,
      retention_data = k.retention_data || excluded.retention_data, churn_rate = excluded.churn_rate
    returning 1)
  select count(*) from written
$$;
comment on column analytics.user_cohorts.churn_rate is 'Per cent who did nothing in the last 30 days; null while the cohort is younger.';

-- Measures the partitioned tables as a whole: the database does so by itself for partitions, never for their parents.
create function app.analyze_partitioned_tables() returns integer
language plpgsql security definer set search_path = '' as $$
declare
  parent text;
  measured integer = 0;
begin
  for parent in select t.table_name from app.partitioned_tables t order by 1 loop
    execute format('analyze %s', parent::regclass);
    measured = measured + 1;
  end loop;
  return measured;
end
$$;

-- What an operator looks through once a month, as sentences: the largest tables, tables with much that is dead, indexes
-- that nothing asks, views that are slow to refresh. Sentences name tables and figures, never rows.
create function app.review_performance() returns table (kind text, finding text)
language sql stable security definer set search_path = '' as $$
  with tables as (
    select coalesce(pg_partition_root(s.relid), s.relid)::regclass::text as name,
      sum(pg_total_relation_size(s.relid)) as bytes, sum(s.n_live_tup) as live, sum(s.n_dead_tup) as dead
    from pg_catalog.pg_stat_user_tables s
    where s.schemaname in ('public', 'analytics', 'ml_data', 'app', 'partitions') group by 1
  ), indexes as (
    select i.indexrelname as name, i.relname, pg_relation_size(i.indexrelid) as bytes
    from pg_catalog.pg_stat_user_indexes i join pg_catalog.pg_index x on x.indexrelid = i.indexrelid
    where i.schemaname in ('public', 'analytics', 'ml_data', 'app', 'partitions') and i.idx_scan = 0 and not x.indisunique
  )
  (select 'largest', format('%s takes %s in about %s rows.', name, pg_size_pretty(bytes), live)
    from tables order by bytes desc limit 5)
  union all
  (select 'dead', format('%s holds %s dead rows beside %s live ones: autovacuum is behind.', name, dead, live)
    from tables where dead > 10000 and dead > live * 0.3 order by dead desc limit 10)
  union all
  (select 'unused', format('Index %s of %s takes %s and has answered nothing since the statistics began.', name, relname,
      pg_size_pretty(bytes)) from indexes where bytes > 10000000 order by bytes desc limit 10)
  union all
  (select 'slow', format('%s took up to %s s to refresh in the last 30 days.', view_name, round(max(duration_ms) / 1000.0, 1))
    from analytics.refresh_log where started_at > now() - interval '30 days' group by view_name
    having max(duration_ms) > 30000 order by max(duration_ms) desc)
$$;

revoke execute on function app.detach_old_rows, app.delete_old_rows, app.detached_rows_after, app.recount_detached_partition,
  app.workspaces_with_snapshots_since, app.first_activity_at, analytics.fill_user_cohorts, app.analyze_partitioned_tables,
  app.review_performance from public;
grant execute on function app.detach_old_rows, app.delete_old_rows, app.detached_rows_after, app.recount_detached_partition,
  app.workspaces_with_snapshots_since, app.first_activity_at, analytics.fill_user_cohorts, app.analyze_partitioned_tables,
  app.review_performance to service_role;
