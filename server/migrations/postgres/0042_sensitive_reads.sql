-- Who reads what is sensitive leaves a line: the audit log says who changed something, and from now on who looked at the
-- money of artists or at the audit log itself. A database cannot set off a trigger on a select, so it goes the other way
-- round: whoever asks tells the door what they are about to read, the door writes the line, and without it the policies
-- show no row.
--
-- The line belongs to the transaction. One that is taken back leaves none, and has delivered nothing: what was read is
-- handed on once it is committed. The line says that somebody opened the table, not which of its rows they saw.
--
-- Jobs, dispatch, the archive and triggers are not persons: nothing changes for them. To write blindly is no reading: an
-- insert, or a change that names no column, needs no telling, and leaves its own line by trigger.

alter type audit_operation add value 'read';
alter table audit_log alter column row_id drop not null;
comment on table audit_log is
  'Every change of a table that counts, written by trigger in the transaction that made it, and every read of a sensitive one, written by the door. No foreign keys: a line outlives what it speaks of.';
comment on column audit_log.row_id is 'Null of a read, which is told of the table.';
comment on column audit_log.old_values is
  'Of an update: the columns that changed; null of a read. Secrets and noise are left out.';
comment on column audit_log.new_values is 'Of an update: the columns that changed; null of a deletion and of a read.';
update app.partitioned_tables set comment = 'Who changed what, and who read what is sensitive.'
  where table_name = 'public.audit_log';

create table app.sensitive_tables (
  table_name text primary key,
  least_role workspace_role not null,
  artists_read boolean not null,
  key_scopes api_scope[] not null
);
comment on table app.sensitive_tables is
  'Tables that persons and keys read only where their door has told it, and who may read them at all: nobody else fills the audit log.';
comment on column app.sensitive_tables.table_name is 'As a statement names it: of public without its schema.';
comment on column app.sensitive_tables.artists_read is 'Whether artists, too, read rows of theirs.';
comment on column app.sensitive_tables.key_scopes is 'Of which an API key needs one; none: closed to keys.';

create function app.read_told(table_name text) returns boolean language sql stable
return coalesce(read_told.table_name = any (string_to_array(current_setting('app.told_reads', true), ',')), false);
comment on function app.read_told is
  'Whether the door of this transaction has told that the table is read, and has written the line of it.';

create function app.log_reads(
  tenant_table regclass, least_role workspace_role, artists_read boolean default false, key_scopes api_scope[] default '{}'
) returns void language plpgsql set search_path = '' as $$
declare
  named text = (
    select case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = tenant_table);
begin
  insert into app.sensitive_tables values (named, least_role, artists_read, key_scopes);
  execute format('create policy told_select on %s as restrictive for select to authenticated using ((select app.read_told(%L)))',
    tenant_table, named);
end
$$;
comment on function app.log_reads is
  'Makes a table sensitive: read by persons and keys only where the door has told it. The rest says whom its policies let read.';

-- With the rights of app.enter, which alone calls it.
create function app.tell_reads(names text[], leads_to text) returns void language plpgsql set search_path = '' as $$
declare
  opened uuid = app.opened_to('artist');
  wanted text;
  told text[];
begin
  foreach wanted in array names loop
    if not exists (select from app.sensitive_tables t where t.table_name = wanted) then
      raise exception 'no read of % is told: it is no sensitive table', coalesce(wanted, 'null') using errcode = '22023';
    end if;
  end loop;
  told = array(
    select t.table_name from app.sensitive_tables t
    where t.table_name = any (names) and opened is not null and app.key_may(variadic t.key_scopes)
      and (app.opened_to(t.least_role) is not null or (t.artists_read and app.opened_to('viewer') is null)));
  insert into public.audit_log (workspace_id, table_name, operation, user_id, api_key_id, acted_as)
  select opened, case when strpos(name, '.') = 0 then 'public.' else '' end || name, 'read', auth.uid(),
    (auth.jwt() ->> 'api_key_id')::uuid, leads_to
  from unnest(told) name;
  perform set_config('app.told_reads', array_to_string(told, ','), true);
end
$$;
comment on function app.tell_reads is
  'Writes a line for each of these tables that whoever asks may read in the opened workspace, and lets them read it. A name that is no sensitive table is an error.';

create or replace function app.enter(claims jsonb) returns text
language plpgsql security definer set search_path = '' as $$
declare
  opened uuid;
  opened_as public.workspace_role;
  leads_to text;
begin
  perform set_config('request.jwt.claims', claims::text, true);
  if app.is_key() then
    select k.workspace_id, k.role into opened, opened_as from app.acting_key() k;
  else
    select m.workspace_id, m.role into opened, opened_as
    from public.workspace_members m join public.users u on u.id = m.user_id and u.is_active
    where m.workspace_id = (claims ->> 'workspace_id')::uuid and m.user_id = auth.uid();
  end if;
  perform set_config('app.opened_workspace', coalesce(opened::text, ''), true),
    set_config('app.opened_as', coalesce(opened_as::text, ''), true),
    set_config('app.workspace_id', '', true), set_config('app.told_reads', '', true);
  leads_to = case when app.is_key() then 'api_client' when opened_as = 'artist' then 'artist_client' else 'authenticated' end;
  if claims ? 'reads' then
    perform app.tell_reads(array(select jsonb_array_elements_text(claims -> 'reads')), leads_to);
  end if;
  return leads_to;
end
$$;
comment on function app.enter is
  'Binds the transaction to who asks and to the workspace they name, writes down which sensitive tables they read (claim reads), and returns the database role to take on.';

-- An artist's lines were found through the statements, whose own policy would want to be told as well.
create function app.own_statements() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(s.id), '{}') from public.royalty_statements s
  where (select app.read_told('royalty_lines')) and s.workspace_id = (select app.opened_to('artist'))
    and s.status <> 'draft' and s.artist_id = any ((select app.own_artists())::uuid[])
$$;
comment on function app.own_statements is
  'The issued statements of the artists that whoever asks is, where their lines are told to be read.';
alter policy artist_select on royalty_lines using (workspace_id = (select app.opened_to('artist'))
  and royalty_statement_id = any ((select app.own_statements())::uuid[]));

revoke execute on function app.read_told, app.log_reads, app.tell_reads, app.own_statements from public;
grant execute on function app.read_told, app.own_statements to authenticated;

-- Not what networks tell of earnings, nor an artist's rate: every viewer sees these on the screens of posts and artists.
select app.log_reads('audit_log', 'admin');
select app.log_reads('royalty_statements', 'analyst', artists_read => true, key_scopes => '{royalties:read}');
select app.log_reads('royalty_lines', 'analyst', artists_read => true, key_scopes => '{royalties:read}');
