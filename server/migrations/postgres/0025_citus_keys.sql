-- What keeps a tenant table from being distributed by workspace_id with Citus: unique keys without it, and foreign
-- keys with it whose deletion sets null, even where only another column becomes null.

-- A key or a link is looked up before its workspace is known. The hash leads to it through a table that is small,
-- holds nothing of a tenant, and can lie on every node; unique across all workspaces it stays.
create table app.secret_hashes (
  secret_hash bytea primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  table_name text not null check (table_name in ('api_keys', 'workspace_invitations')),
  id uuid not null
);
comment on table app.secret_hashes is 'Leads from the hash of a presented secret to its row. Kept by trigger.';
comment on column app.secret_hashes.table_name is 'In which table the row with this workspace and id lies.';
create index secret_hashes_workspace on app.secret_hashes (workspace_id);

-- Argument: the column of the hash.
create function app.keep_secret_hash() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if tg_op <> 'INSERT' then
    delete from app.secret_hashes
      where workspace_id = old.workspace_id and table_name = tg_table_name and id = old.id;
  end if;
  if tg_op <> 'DELETE' then
    insert into app.secret_hashes (secret_hash, workspace_id, table_name, id)
      values ((to_jsonb(new) ->> tg_argv[0])::bytea, new.workspace_id, tg_table_name, new.id);
  end if;
  return null;
end
$$;
revoke execute on function app.keep_secret_hash from public;

-- The owner is bound by forced row-level security, too: without this a table full of rows looks empty to it.
alter table api_keys no force row level security;
alter table workspace_invitations no force row level security;
insert into app.secret_hashes (secret_hash, workspace_id, table_name, id)
  select secret_hash, workspace_id, 'api_keys', id from api_keys
  union all select token_hash, workspace_id, 'workspace_invitations', id from workspace_invitations;
alter table api_keys force row level security;
alter table workspace_invitations force row level security;
alter table api_keys drop constraint api_keys_secret_hash_key;
alter table workspace_invitations drop constraint workspace_invitations_token_hash_key;
create trigger keep_secret_hash after insert or update of secret_hash or delete on api_keys
  for each row execute function app.keep_secret_hash('secret_hash');
create trigger keep_secret_hash after insert or update of token_hash or delete on workspace_invitations
  for each row execute function app.keep_secret_hash('token_hash');

create or replace function app.find_api_key(secret_hash bytea)
returns table (workspace_id uuid, id uuid, user_id uuid, role workspace_role, scopes api_scope[], allowed_networks cidr[],
  requests_per_hour bigint)
language sql stable security definer set search_path = '' as $$
  select k.workspace_id, k.id, k.created_by, least(k.role, m.role), k.scopes, k.allowed_networks, k.requests_per_hour
  from app.secret_hashes h
  join public.api_keys k on k.workspace_id = h.workspace_id and k.id = h.id
  join public.workspace_members m on m.workspace_id = k.workspace_id and m.user_id = k.created_by
  join public.users u on u.id = k.created_by and u.is_active
  where h.secret_hash = find_api_key.secret_hash and h.table_name = 'api_keys' and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > now())
$$;

create or replace function app.accept_invitation(token_hash bytea, out outcome text, out workspace_id uuid)
language plpgsql security definer set search_path = '' as $$
declare
  invitation public.workspace_invitations;
begin
  select i.* into invitation from app.secret_hashes h
    join public.workspace_invitations i on i.workspace_id = h.workspace_id and i.id = h.id
    where h.secret_hash = accept_invitation.token_hash and h.table_name = 'workspace_invitations' for update of i;
  if invitation.id is null or invitation.accepted_at is not null or invitation.revoked_at is not null
     or invitation.expires_at <= now() then
    outcome = 'invalid';
    return;
  end if;
  if not exists (select from public.users u where u.id = auth.uid() and u.email = invitation.email) then
    outcome = 'another_address';
    return;
  end if;
  -- Said here and not only by a policy: on a platform the owner of this function may stand above the policies. What
  -- a key is comes with 0027, before anybody can call this.
  if app.is_key() then
    raise exception 'an API key joins no workspace' using errcode = '42501';
  end if;
  insert into public.workspace_members (workspace_id, user_id, role)
    values (invitation.workspace_id, auth.uid(), invitation.role)
    on conflict on constraint workspace_members_pkey do nothing;
  update public.workspace_invitations i set accepted_at = now()
    where i.workspace_id = invitation.workspace_id and i.id = invitation.id;
  outcome = 'joined';
  workspace_id = invitation.workspace_id;
end
$$;

-- Sets null what referred to the row that goes. Arguments: table and column, again and again.
create function app.clear_references() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  for argument in 0 .. tg_nargs - 1 by 2 loop
    execute format('update %s set %I = null where workspace_id = $1 and %I = $2',
      tg_argv[argument], tg_argv[argument + 1], tg_argv[argument + 1]) using old.workspace_id, old.id;
  end loop;
  return null;
end
$$;
revoke execute on function app.clear_references from public;

-- Every foreign key of two columns that set one of them null now refuses the deletion, and a trigger that fires
-- before the refusal sets the column null. Triggers fire in the order of their names; those of foreign keys begin
-- with RI.
do $$
declare
  reference record;
begin
  create temporary table cleared on commit drop as
    select k.conname, format('%I.%I', n.nspname, c.relname) as referring, k.conrelid, a.attname as column_name,
      k.confrelid::regclass as referred
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.confdelsetcols[1]
    where k.contype = 'f' and k.confdeltype = 'n' and k.conparentid = 0 and cardinality(k.conkey) = 2;
  -- A new foreign key is checked against the rows as the owner sees them, and must see them all.
  for reference in select referring as name from cleared union select referred::text from cleared loop
    execute format('alter table %s no force row level security', reference.name);
  end loop;
  for reference in select * from cleared order by referring, column_name loop
    execute format('alter table %s drop constraint %I', reference.referring, reference.conname);
    execute format('alter table %s add constraint %I foreign key (workspace_id, %I) references %s (workspace_id, id) on delete restrict',
      reference.referring, reference.conname, reference.column_name, reference.referred);
  end loop;
  for reference in select referring as name from cleared union select referred::text from cleared loop
    execute format('alter table %s force row level security', reference.name);
  end loop;
  -- The trigger's rights are the owner's, who is bound by policies as well.
  for reference in select distinct referring, conrelid from cleared loop
    if not exists (select from pg_policy p where p.polrelid = reference.conrelid and p.polcmd in ('*', 'r')
        and current_user::regrole = any (p.polroles)) then
      execute format('create policy definer on %s for select to current_user using (true)', reference.referring);
    end if;
    if not exists (select from pg_policy p where p.polrelid = reference.conrelid and p.polcmd in ('*', 'w')
        and current_user::regrole = any (p.polroles)) then
      execute format('create policy definer_clears on %s for update to current_user using (true)', reference.referring);
    end if;
  end loop;
  for reference in
    select referred, string_agg(format('%L, %L', referring, column_name), ', ' order by referring, column_name) as arguments
    from cleared group by referred
  loop
    execute format('create trigger "0_clear_references" after delete on %s for each row execute function app.clear_references(%s)',
      reference.referred, reference.arguments);
  end loop;
  drop table cleared;
end
$$;
