-- Workspaces, members, invitations, and the functions by which a policy asks who may do what.

-- Weakest first, so that `role >= 'editor'` reads as it is meant.
create type workspace_role as enum ('artist', 'viewer', 'analyst', 'editor', 'manager', 'admin', 'owner');

create table workspaces (
  id uuid primary key default app.uuid_v7(),
  name text not null check (length(name) between 1 and 120),
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  time_zone text not null,
  is_active boolean not null default true,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on column workspaces.time_zone is 'IANA name; every wall-clock time and every hour of day is read in it.';

create table workspace_members (
  workspace_id uuid not null references workspaces on delete cascade,
  user_id uuid not null references users on delete cascade,
  role workspace_role not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index workspace_members_user on workspace_members (user_id, workspace_id);

create table workspace_invitations (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  email text not null check (email = lower(email)),
  role workspace_role not null check (role < 'owner'),
  token_hash bytea not null unique,
  invited_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id)
);
comment on column workspace_invitations.token_hash is 'SHA-256 of the secret in the link; the secret is not kept.';
create unique index workspace_invitations_open on workspace_invitations (workspace_id, email)
  where accepted_at is null and revoked_at is null;
create index workspace_invitations_inviter on workspace_invitations (invited_by);

-- The workspaces in which whoever asks holds at least this role. Evaluated once per statement when a policy
-- wraps it in a scalar subquery. Definer, because workspace_members is protected by policies that ask it.
create function app.member_workspaces(least_role workspace_role) returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(m.workspace_id), '{}')
  from public.workspace_members m
  where m.user_id = auth.uid() and m.role >= least_role
    and (auth.jwt() ->> 'workspace_id' is null or m.workspace_id = (auth.jwt() ->> 'workspace_id')::uuid)
$$;
comment on function app.member_workspaces is
  'Narrowed to the claim workspace_id where the request carries one: a door opens one workspace, not all.';

-- The people whom one meets in one's workspaces, or in the one that the door opens.
create function app.fellow_users() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(distinct fellow.user_id), '{}')
  from public.workspace_members fellow
  where fellow.workspace_id = any ((select app.member_workspaces('viewer'))::uuid[])
$$;

-- Forced row-level security in one shape for every tenant table: members read from `read_role` up and write
-- from `write_role` up, a job sees the one workspace to which it is bound, dispatch and maintenance see all.
-- Grants stay with each table: without a grant a policy allows nothing.
create function app.protect_tenant_table(tenant_table regclass, read_role workspace_role, write_role workspace_role)
returns void language plpgsql as $$
declare
  reads text = format('workspace_id = any ((select app.member_workspaces(%L))::uuid[])', read_role);
  writes text = format('workspace_id = any ((select app.member_workspaces(%L))::uuid[])', write_role);
begin
  execute format('alter table %s enable row level security', tenant_table);
  execute format('alter table %s force row level security', tenant_table);
  execute format('create policy member_select on %s for select to authenticated using (%s)', tenant_table, reads);
  execute format('create policy member_insert on %s for insert to authenticated with check (%s)', tenant_table, writes);
  execute format('create policy member_update on %s for update to authenticated using (%s) with check (%s)',
    tenant_table, writes, writes);
  execute format('create policy member_delete on %s for delete to authenticated using (%s)', tenant_table, writes);
  execute format('create policy job on %s for all to workspace_service using (workspace_id = (select app.current_workspace())) with check (workspace_id = (select app.current_workspace()))',
    tenant_table);
  execute format('create policy dispatch on %s for all to service_role using (true) with check (true)', tenant_table);
end
$$;

alter table workspaces enable row level security;
alter table workspaces force row level security;
create policy member_select on workspaces for select to authenticated
  using (id = any ((select app.member_workspaces('artist'))::uuid[]));
create policy member_update on workspaces for update to authenticated
  using (id = any ((select app.member_workspaces('admin'))::uuid[]))
  with check (id = any ((select app.member_workspaces('admin'))::uuid[]));
create policy job on workspaces for select to workspace_service using (id = (select app.current_workspace()));
create policy dispatch on workspaces for all to service_role using (true) with check (true);
create policy definer on workspaces for all to current_user using (true) with check (true);
grant select on workspaces to authenticated, workspace_service, service_role;
grant update (name, time_zone) on workspaces to authenticated;

create policy fellows on users for select to authenticated
  using (id = auth.uid() or id = any ((select app.fellow_users())::uuid[]));
create policy definer on users for select to current_user using (true);
create policy dispatch on users for select to service_role using (true);
grant select (id, name, email, avatar_url) on users to authenticated, service_role;
-- Jobs mail members: somebody is told why a post did not go out. The policy follows workspace_members below.

-- Members: everybody in a workspace sees them; admins change them, but only an owner touches an owner. Of
-- oneself one sees, and may end, the memberships of the workspaces that the door opens.
alter table workspace_members enable row level security;
alter table workspace_members force row level security;
create policy member_select on workspace_members for select to authenticated
  using ((user_id = auth.uid() and workspace_id = any ((select app.member_workspaces('artist'))::uuid[]))
    or workspace_id = any ((select app.member_workspaces('viewer'))::uuid[]));
create policy member_update on workspace_members for update to authenticated
  using (workspace_id = any ((select app.member_workspaces('owner'))::uuid[])
    or (role < 'owner' and workspace_id = any ((select app.member_workspaces('admin'))::uuid[])))
  with check (workspace_id = any ((select app.member_workspaces('owner'))::uuid[])
    or (role < 'owner' and workspace_id = any ((select app.member_workspaces('admin'))::uuid[])));
create policy member_delete on workspace_members for delete to authenticated
  using ((user_id = auth.uid() and workspace_id = any ((select app.member_workspaces('artist'))::uuid[]))
    or workspace_id = any ((select app.member_workspaces('owner'))::uuid[])
    or (role < 'owner' and workspace_id = any ((select app.member_workspaces('admin'))::uuid[])));
create policy job on workspace_members for select to workspace_service
  using (workspace_id = (select app.current_workspace()));
create policy dispatch on workspace_members for select to service_role using (true);
create policy definer on workspace_members for all to current_user using (true) with check (true);
grant select on workspace_members to authenticated, workspace_service, service_role;
grant update (role), delete on workspace_members to authenticated;

create policy job on users for select to workspace_service
  using (id in (select m.user_id from workspace_members m where m.workspace_id = (select app.current_workspace())));
grant select (id, name, email) on users to workspace_service;

select app.protect_tenant_table('workspace_invitations', 'admin', 'admin');
create policy definer on workspace_invitations for all to current_user using (true) with check (true);
grant select (workspace_id, id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at),
      insert (workspace_id, email, role, token_hash, invited_by, expires_at), update (revoked_at)
  on workspace_invitations to authenticated;

-- A workspace without an owner could not be administered any more. The row lock makes two owners who leave
-- at the same moment wait for each other. When the whole workspace goes, nothing is held back.
create function app.keep_an_owner() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if old.role <> 'owner' or (tg_op = 'UPDATE' and new.role = 'owner') then
    return coalesce(new, old);
  end if;
  perform from public.workspaces where id = old.workspace_id for update;
  if found and not exists (
    select from public.workspace_members
    where workspace_id = old.workspace_id and role = 'owner' and user_id <> old.user_id
  ) then
    raise exception 'the last owner stays' using errcode = 'HG001';
  end if;
  return coalesce(new, old);
end
$$;
create trigger keep_an_owner before update of role or delete on workspace_members
  for each row execute function app.keep_an_owner();

-- Makes a workspace with whoever asks as its owner: nobody could insert the first member under the policies.
create function app.create_workspace(name text, slug text, time_zone text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  created uuid;
begin
  if auth.uid() is null then
    raise exception 'nobody is signed in' using errcode = '42501';
  end if;
  insert into public.workspaces (name, slug, time_zone)
    values (create_workspace.name, create_workspace.slug, create_workspace.time_zone) returning id into created;
  insert into public.workspace_members (workspace_id, user_id, role) values (created, auth.uid(), 'owner');
  return created;
end
$$;

-- Joins whoever asks to the workspace of an open invitation for their own address.
-- Outcome: joined, invalid (unknown, used, revoked or expired) or another_address.
create function app.accept_invitation(token_hash bytea, out outcome text, out workspace_id uuid)
language plpgsql security definer set search_path = '' as $$
declare
  invitation public.workspace_invitations;
begin
  select * into invitation from public.workspace_invitations i
    where i.token_hash = accept_invitation.token_hash for update;
  if invitation.id is null or invitation.accepted_at is not null or invitation.revoked_at is not null
     or invitation.expires_at <= now() then
    outcome = 'invalid';
    return;
  end if;
  if not exists (select from public.users u where u.id = auth.uid() and u.email = invitation.email) then
    outcome = 'another_address';
    return;
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

revoke execute on all functions in schema app from public;
grant execute on function app.member_workspaces, app.fellow_users, app.create_workspace, app.accept_invitation
  to authenticated;
grant execute on function app.current_workspace to authenticated, workspace_service, service_role;
grant execute on function app.uuid_v7 to authenticated, workspace_service, service_role, identity_service;
grant execute on function app.touch_updated_at, app.notify_change, app.keep_an_owner
  to authenticated, workspace_service, service_role, identity_service;

create trigger touch before update on workspaces for each row execute function app.touch_updated_at();
create trigger touch before update on workspace_members for each row execute function app.touch_updated_at();
create trigger notify after insert or update or delete on workspace_members
  for each row execute function app.notify_change('member', 'user_id');
