-- What the generator made, it takes away again: marked workspaces, with everything that refers to them, and the people
-- whom it made up, once nothing refers to them any more.

grant delete on workspaces to generator_service;
-- Who of the people that it is about to make up is there already.
grant select (email) on users to generator_service;

-- With a workspace go its audit lines: whoever could read them is gone with it.
create policy generator on audit_log for all to generator_service
  using (workspace_id = (select app.generated_workspace())) with check (false);
grant select (workspace_id), delete on audit_log to generator_service;

-- Beside inserting, the generator does nothing but remove: thousands of rows that vanish with their audit lines are not
-- worth a line each.
create or replace function app.audit_change() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  -- Words for searching repeat the text.
  noise text[] = array['search', 'updated_at'] || tg_argv;
  old_row jsonb;
  new_row jsonb;
  changed text[];
  secret text;
  row_now jsonb;
begin
  if tg_op <> 'INSERT' and current_setting('role', true) = 'generator_service' then
    return null;
  end if;
  old_row = case when tg_op <> 'INSERT' then to_jsonb(old) - noise end;
  new_row = case when tg_op <> 'DELETE' then to_jsonb(new) - noise end;
  row_now = coalesce(new_row, old_row);
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
    tg_table_schema || '.' || tg_table_name, coalesce(row_now ->> 'id', row_now ->> 'user_id', row_now ->> 'content_id'),
    lower(tg_op)::public.audit_operation, old_row, new_row, auth.uid(),
    (auth.jwt() ->> 'api_key_id')::uuid, coalesce(nullif(current_setting('role', true), 'none'), session_user));
  return null;
end
$$;

-- A workspace that goes takes all tables with it at once, and only then what refers from one to the other is looked at:
-- there is nothing left to be cleared, and asking for it row by row took two thirds of the time. Were there something
-- left, its foreign key would refuse the whole.
create or replace function app.clear_references() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if current_setting('role', true) = 'generator_service' then
    return null;
  end if;
  for argument in 0 .. tg_nargs - 1 by 2 loop
    execute format('update %s set %I = null where workspace_id = $1 and %I = $2',
      tg_argv[argument], tg_argv[argument + 1], tg_argv[argument + 1]) using old.workspace_id, old.id;
  end loop;
  return null;
end
$$;

-- The functions below look for a person in every tenant table, with the rights of the owner, who is bound by policies
-- as well.
do $$
declare
  referring regclass;
begin
  for referring in
    select distinct k.conrelid from pg_constraint k
    where k.contype = 'f' and k.confrelid = 'users'::regclass and k.conparentid = 0
      and exists (select from pg_attribute a where a.attrelid = k.conrelid and a.attname = 'workspace_id')
      and not exists (select from pg_policy p where p.polrelid = k.conrelid and p.polcmd in ('*', 'r')
        and current_user::regrole = any (p.polroles))
  loop
    execute format('create policy definer on %s for select to current_user using (true)', referring);
  end loop;
end
$$;
create policy definer_locks on users for update to current_user using (generated_at is not null);
create policy definer_removes on users for delete to current_user using (generated_at is not null);
-- The lines of people and of what they sign in with are of no workspace.
create policy definer_reads on audit_log for select to current_user
  using (workspace_id = '00000000-0000-0000-0000-000000000000');
create policy definer_removes on audit_log for delete to current_user
  using (workspace_id = '00000000-0000-0000-0000-000000000000');

-- Whoever was in a workspace of people and left a trace there stays: with the person would go the trace.
create function app.generated_people_left() returns uuid[]
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
  return people;
end
$$;
comment on function app.generated_people_left is
  'The generated people to whom no row of a workspace refers and no open invitation is addressed, operators left out.';

create function app.remove_generated_people() returns integer
language plpgsql security definer set search_path = '' as $$
declare
  people uuid[] = app.generated_people_left();
begin
  -- Whoever takes one of them into a workspace meanwhile holds a lock on the person; after it they are looked for anew.
  perform from public.users u where u.id = any (people) order by u.id for update;
  people = array(select unnest(people) intersect select unnest(app.generated_people_left()));
  with credentials as (
    select l.row_id from public.audit_log l
    where l.workspace_id = '00000000-0000-0000-0000-000000000000' and l.table_name = 'public.user_credentials'
      and (l.new_values ->> 'user_id')::uuid = any (people))
  delete from public.audit_log l
  where l.workspace_id = '00000000-0000-0000-0000-000000000000'
    and ((l.table_name = 'public.users' and l.row_id = any (people::text[]))
      or (l.table_name = 'public.user_credentials' and l.row_id in (select row_id from credentials)));
  delete from public.users u where u.id = any (people);
  return cardinality(people);
end
$$;
comment on function app.remove_generated_people is
  'Deletes those people, with what they sign in with and their audit lines; returns how many.';

-- What the planner believes of tables that were filled a moment ago can be as old as when they were empty. By that the
-- rows of a post are looked for among all of its workspace: measured, 68,000 snapshots took 23 s to remove, not 0.4 s.
create function app.analyze_changed_tables() returns integer
language plpgsql security definer set search_path = '' as $$
declare
  changed record;
  measured integer = 0;
begin
  for changed in
    select s.relid::regclass as name from pg_catalog.pg_stat_all_tables s
    where s.schemaname in ('public', 'analytics', 'ml_data', 'partitions')
      and s.n_mod_since_analyze > 1000 + 0.1 * s.n_live_tup
  loop
    execute format('analyze %s', changed.name);
    measured = measured + 1;
  end loop;
  return measured;
end
$$;
comment on function app.analyze_changed_tables is
  'Measures for the planner what has changed by more than a tenth since it was measured last; returns how many tables.';

revoke execute on function app.analyze_changed_tables, app.generated_people_left, app.remove_generated_people from public;
grant execute on function app.analyze_changed_tables, app.generated_people_left, app.remove_generated_people to generator_service;
