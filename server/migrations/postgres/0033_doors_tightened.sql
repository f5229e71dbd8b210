-- What a review of the doors found, and what is simpler since they look once.

-- Whoever is shut out of the installation enters no more; a key is worth what its maker's membership is worth, and
-- nothing without it, at every statement.
create or replace function app.acting_key() returns table (workspace_id uuid, role workspace_role, scopes api_scope[])
language sql stable security definer set search_path = '' as $$
  select k.workspace_id, least(m.role, k.role), k.scopes
  from public.api_keys k
  join public.users u on u.id = k.created_by and u.is_active
  join public.workspace_members m on m.workspace_id = k.workspace_id and m.user_id = k.created_by
  where k.created_by = auth.uid() and k.id = (auth.jwt() ->> 'api_key_id')::uuid
    and (auth.jwt() ->> 'workspace_id' is null or k.workspace_id = (auth.jwt() ->> 'workspace_id')::uuid)
    and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
$$;
create or replace function app.enter(claims jsonb) returns text
language plpgsql security definer set search_path = '' as $$
declare
  opened uuid;
  opened_as public.workspace_role;
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
    set_config('app.workspace_id', '', true);
  return case when app.is_key() then 'api_client' when opened_as = 'artist' then 'artist_client' else 'authenticated' end;
end
$$;

-- The list from which one is chosen asks for every workspace of a person: no role, so no argument.
create function app.own_workspaces() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
declare
  person uuid = auth.uid();
  narrowed_to uuid = auth.jwt() ->> 'workspace_id';
begin
  if app.is_key() then
    return array(select k.workspace_id from app.acting_key() k);
  end if;
  return array(select m.workspace_id
    from public.workspace_members m join public.users u on u.id = m.user_id and u.is_active
    where m.user_id = person and (narrowed_to is null or m.workspace_id = narrowed_to));
end
$$;
comment on function app.own_workspaces is
  'The workspaces of whoever asks, opened or not; that of the door alone where it names one.';
revoke execute on function app.own_workspaces from public;
grant execute on function app.own_workspaces to authenticated;
alter policy member_select on workspaces using (id = any ((select app.own_workspaces())::uuid[]));
alter policy member_select on workspace_members
  using ((user_id = (select auth.uid()) and workspace_id = any ((select app.own_workspaces())::uuid[]))
    or workspace_id = (select app.opened_to('viewer')));

-- Artists alone see rows for being an artist: not their key while they are more than that, nor who was one before.
create or replace function app.own_artists() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(m.artist_id), '{}') from public.workspace_members m
  where m.workspace_id = app.opened_to('artist') and app.opened_to('viewer') is null
    and m.user_id = auth.uid() and m.artist_id is not null
$$;
create or replace function app.own_posts() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(p.id), '{}')
  from public.workspace_members m
  join public.published_posts p on p.workspace_id = m.workspace_id and p.artist_id = m.artist_id
  where m.workspace_id = app.opened_to('artist') and app.opened_to('viewer') is null and m.user_id = auth.uid()
$$;

-- Of people a valid key sees its maker, and one that is valid no more nobody. No key has preferences.
alter policy key_select on workspace_members
  using (user_id = (select auth.uid()) and (select app.key_may(variadic enum_range(null::api_scope))));
alter policy key_select on users
  using (id = (select auth.uid()) and (select app.key_may(variadic enum_range(null::api_scope))));
alter policy oneself on user_profiles
  using (user_id = (select auth.uid()) and not (select app.is_key()))
  with check (user_id = (select auth.uid()) and not (select app.is_key()));

-- A job has a workspace and a person has one opened, never both: no question is left of who asks.
create or replace function app.may_read(workspace_id uuid, least_role workspace_role) returns boolean
language sql stable set search_path = '' as $$
  select coalesce(may_read.workspace_id = coalesce(app.current_workspace(), app.opened_to(least_role)), false)
$$;
create or replace function app.visible_workspaces(least_role workspace_role) returns uuid[]
language sql stable set search_path = '' as $$
  select array_remove(array[coalesce(app.current_workspace(),
    case when app.key_may('analytics:read') then app.opened_to(least_role) end)], null)
$$;
drop function app.member_workspaces(workspace_role);
drop function app.acting_user();
revoke execute on function app.is_key from workspace_service;

comment on column audit_log.acted_as is 'The database role of the door: authenticated, artist_client, api_client, workspace_service, …';
