-- What leaves a table takes a name of its own, so that the name of its month is free at once: a month can be made again,
-- by whoever generates rows of before, while its predecessor is on its way into the archive or lies there. By their old
-- name the second month of it could never be recorded, and the archive stood still for good. Records from before keep
-- the name of the month, and their files.

drop function app.detach_expired_partition(text);
-- Takes a partition that has expired out of its table. Its rows stay where they are, out of everybody's sight. Returns
-- the name by which they go from now on: that of the month and the instant, as old rows without partitions have it.
create function app.detach_expired_partition(partition_name text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  parent text;
  leaving text;
  held bigint;
begin
  select e.table_name into parent from app.expired_partitions() e where e.partition_name = detach_expired_partition.partition_name;
  if parent is null then
    raise exception 'partition % is not expired', partition_name using errcode = 'HG003';
  end if;
  -- A query that runs long must not make every other one wait behind this.
  set local lock_timeout = '5s';
  execute format('alter table %s detach partition partitions.%I', parent, partition_name);
  leaving = partition_name || to_char(clock_timestamp() at time zone 'UTC', '_YYYYMMDD_HH24MISS_US');
  execute format('alter table partitions.%I rename to %I', partition_name, leaving);
  -- The owner is bound by row-level security too, and has no policy here.
  execute format('alter table partitions.%I no force row level security', leaving);
  execute format('select count(*) from partitions.%I', leaving) into held;
  insert into app.partition_archives (partition_name, table_name, row_count) values (leaving, parent, held);
  return leaving;
end
$$;
revoke execute on function app.detach_expired_partition from public;
grant execute on function app.detach_expired_partition to dispatch_service;
comment on function app.detach_expired_partition is
  'Takes one of them out of its table, under a name of its own, which it returns; its rows stay, out of sight.';
comment on column app.partition_archives.partition_name is
  'By which it lies beside the partitions and in the archive: the month, or the table, and when it was taken out.';

-- Whoever acted in a workspace of people left a trace there, although no row refers to them any more: the audit log
-- tells of it, and has no foreign keys. Lines of a workspace that is gone are nobody's to read.
alter policy definer_reads on audit_log using (true);
create or replace function app.generated_people_left() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
declare
  people uuid[] = array(
    select u.id from public.users u
    where u.generated_at is not null and not u.is_super_admin
      and not exists (select from public.workspace_invitations i where i.email = u.email
        and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()));
  reference record;
begin
  for reference in
    select k.conrelid::regclass as referring, a.attname as column_name
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
    where k.contype = 'f' and k.confrelid = 'public.users'::regclass and k.conparentid = 0
      and exists (select from pg_catalog.pg_attribute w where w.attrelid = k.conrelid and w.attname = 'workspace_id')
    order by k.oid
  loop
    exit when people = '{}';
    execute format('select array(select p.id from unnest($1) p (id) where not exists (select from %s r where r.%I = p.id))',
      reference.referring, reference.column_name) into people using people;
  end loop;
  if people <> '{}' then
    -- One pass over the log for all of them: 160 people one by one took 100 s in a million lines, and so a tenth of one.
    people = array(
      select unnest(people) except
      select l.user_id from public.audit_log l
      join public.workspaces w on w.id = l.workspace_id and w.generated_at is null
      where l.user_id = any (people));
  end if;
  return people;
end
$$;
comment on function app.generated_people_left is
  'The generated people to whom no row of a workspace refers, of whom the audit log of no workspace of people tells and to whom no open invitation is addressed, operators left out.';
