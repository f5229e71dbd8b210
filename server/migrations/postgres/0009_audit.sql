-- Monthly partitions for every table that grows with time, and the record of who changed what.

-- Partitions lie in a schema that nobody may use: whoever reads, reads through the parent and its policies.
create schema partitions;
comment on schema partitions is 'Monthly partitions of the tables that app.partitioned_tables names; out of everybody''s reach.';

create table app.partitioned_tables (
  table_name text primary key,
  keep interval,
  comment text not null
);
comment on table app.partitioned_tables is 'Tables partitioned by month, with the retention rule of each.';
comment on column app.partitioned_tables.keep is
  'A partition all of whose rows are older leaves the table once its archive is verified; null: kept forever.';

-- Makes the monthly partitions of all those tables from the month of `from_instant` on. Idempotent, and safe to
-- be called by several servers at once. A partition has no grants and no policies: it refuses a direct read.
create function app.ensure_partitions(from_instant timestamptz, months integer) returns void
language plpgsql security definer set search_path = '' as $$
declare
  parent record;
  month timestamp;
  partition text;
begin
  perform pg_advisory_xact_lock(4841050614);
  for parent in
    select t.table_name, c.relname from app.partitioned_tables t join pg_catalog.pg_class c on c.oid = t.table_name::regclass
  loop
    for month in
      select generate_series(date_trunc('month', from_instant at time zone 'UTC'),
        date_trunc('month', from_instant at time zone 'UTC') + make_interval(months => months), interval '1 month')
    loop
      partition = parent.relname || '_' || to_char(month, 'YYYY_MM');
      if to_regclass(format('partitions.%I', partition)) is null then
        execute format('create table partitions.%I partition of %s for values from (%L) to (%L)', partition,
          parent.table_name, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
        execute format('alter table partitions.%I enable row level security', partition);
        execute format('alter table partitions.%I force row level security', partition);
      end if;
    end loop;
  end loop;
end
$$;
revoke execute on function app.ensure_partitions from public;
grant execute on function app.ensure_partitions to service_role;

-- Under its old name it makes the partitions of all tables, so that whoever calls it daily makes them all.
create or replace function app.ensure_snapshot_partitions(from_instant timestamptz, months integer) returns void
language sql security definer set search_path = '' as $$ select app.ensure_partitions(from_instant, months) $$;

do $$
declare
  partition regclass;
begin
  for partition in select inhrelid from pg_inherits where inhparent = 'public.post_snapshots'::regclass loop
    execute format('alter table %s set schema partitions', partition);
  end loop;
end
$$;
insert into app.partitioned_tables (table_name, keep, comment) values
  ('public.post_snapshots', interval '1 year', 'Snapshots go to the archive after a year.');

create type audit_operation as enum ('insert', 'update', 'delete');

create table audit_log (
  workspace_id uuid not null,
  id uuid not null default app.uuid_v7(),
  occurred_at timestamptz not null default now(),
  table_name text not null,
  row_id text not null,
  operation audit_operation not null,
  old_values jsonb,
  new_values jsonb,
  user_id uuid,
  api_key_id uuid,
  acted_as text not null,
  primary key (workspace_id, id, occurred_at)
) partition by range (occurred_at);
comment on table audit_log is
  'Every change of a sensitive table, written by trigger in the transaction that made it. No foreign keys: a line outlives what it speaks of.';
comment on column audit_log.workspace_id is 'The zero UUID for what belongs to the installation: people and their credentials.';
comment on column audit_log.old_values is 'Of an update: the columns that changed. Secrets and noise are left out.';
comment on column audit_log.user_id is 'Who acted; null for a job or the installation itself.';
comment on column audit_log.acted_as is 'The database role of the door: authenticated, workspace_service, service_role or identity_service.';
create index audit_log_by_row on audit_log (workspace_id, table_name, row_id, occurred_at desc);
create index audit_log_by_user on audit_log (workspace_id, user_id, occurred_at desc);
create index audit_log_time on audit_log using brin (occurred_at);
insert into app.partitioned_tables (table_name, keep, comment) values
  ('public.audit_log', interval '2 years', 'Who changed what.');

select app.protect_tenant_table('audit_log', 'admin', 'owner');
create policy definer on audit_log for insert to current_user with check (true);
grant select on audit_log to authenticated;
select app.ensure_partitions(now() - interval '12 months', 15);

-- Writes the audit line of one changed row. Arguments: columns that are noise, left out and no reason for a line. Columns
-- that are named like a secret never reach the log; a change of one shows as a change to "(secret)".
create function app.audit_change() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  -- Words for searching repeat the text.
  noise text[] = array['search', 'updated_at'] || tg_argv;
  old_row jsonb = case when tg_op <> 'INSERT' then to_jsonb(old) - noise end;
  new_row jsonb = case when tg_op <> 'DELETE' then to_jsonb(new) - noise end;
  changed text[];
  secret text;
  row_now jsonb = coalesce(new_row, old_row);
begin
  if tg_op = 'UPDATE' then
    select coalesce(array_agg(n.key), '{}') into changed
      from jsonb_each(new_row) n where n.value is distinct from old_row -> n.key;
    if changed = '{}' then
      return null;
    end if;
  end if;
  for secret in
    select key from jsonb_object_keys(row_now) key where key ~ '(password|secret|token|_key)(_hash|_encrypted)?$'
  loop
    old_row = case when jsonb_typeof(old_row -> secret) <> 'null' then old_row || jsonb_build_object(secret, '(secret)') else old_row end;
    new_row = case when jsonb_typeof(new_row -> secret) <> 'null' then new_row || jsonb_build_object(secret, '(secret)') else new_row end;
  end loop;
  if tg_op = 'UPDATE' then
    select jsonb_object_agg(key, old_row -> key), jsonb_object_agg(key, new_row -> key) into old_row, new_row
      from unnest(changed) key;
  end if;
  insert into public.audit_log
    (workspace_id, table_name, row_id, operation, old_values, new_values, user_id, api_key_id, acted_as)
  values (
    coalesce((row_now ->> 'workspace_id')::uuid,
      case when tg_table_name = 'workspaces' then (row_now ->> 'id')::uuid end,
      '00000000-0000-0000-0000-000000000000'),
    tg_table_schema || '.' || tg_table_name, coalesce(row_now ->> 'id', row_now ->> 'user_id'),
    lower(tg_op)::public.audit_operation, old_row, new_row, auth.uid(),
    (auth.jwt() ->> 'api_key_id')::uuid, coalesce(nullif(current_setting('role', true), 'none'), session_user));
  return null;
end
$$;
revoke execute on function app.audit_change from public;
grant execute on function app.audit_change to authenticated, workspace_service, service_role, identity_service;

create trigger audit after insert or update or delete on workspaces for each row execute function app.audit_change();
create trigger audit after insert or update or delete on workspace_members for each row execute function app.audit_change();
create trigger audit after insert or update or delete on workspace_invitations for each row execute function app.audit_change();
create trigger audit after insert or update or delete on api_keys for each row execute function app.audit_change('last_used_at');
create trigger audit after insert or update or delete on content for each row execute function app.audit_change();
-- What a sync or a refresh writes again and again is no change of the account.
create trigger audit after insert or update or delete on social_accounts
  for each row execute function app.audit_change('followers_count', 'following_count', 'posts_count', 'counts_taken_at',
    'last_synced_at', 'last_posted_at', 'token_refresh_until', 'token_version', 'token_expires_at', 'stats');
create trigger audit after insert or update or delete on users
  for each row execute function app.audit_change('last_login_at');
create trigger audit after insert or update or delete on user_credentials
  for each row execute function app.audit_change();
