-- Dispatch goes on as a role of ours alone.
--
-- It was service_role, which a platform may bring along with BYPASSRLS, as Supabase does: there no policy held it back,
-- and it found what is due in generated workspaces too. Nothing of ours is granted to service_role any more; the role
-- itself stays, for it belongs to the platform or to the other databases of the cluster.

do $$
begin
  if not exists (select from pg_roles where rolname = 'dispatch_service') then
    create role dispatch_service nologin noinherit;
  end if;
end
$$;
grant dispatch_service to heliograph_app;
revoke service_role from heliograph_app;

-- Takes over every grant and every policy, those on what belongs to the reading role too.
grant analytics_reader to current_user;
do $$
declare
  held record;
begin
  for held in
    select a.privilege_type as privilege, a.grantee, format('schema %I', n.nspname) as object,
      n.nspname in ('app', 'analytics', 'ml_data') as is_ours
    from pg_namespace n, aclexplode(n.nspacl) a where n.nspname in ('public', 'auth', 'app', 'analytics', 'ml_data')
    union all
    select a.privilege_type, a.grantee, c.oid::regclass::text, true from pg_class c, aclexplode(c.relacl) a
    where c.relnamespace::regnamespace::text in ('public', 'app', 'analytics', 'ml_data') and c.relkind in ('r', 'p', 'v', 'm')
    union all
    select a.privilege_type || format(' (%I)', t.attname), a.grantee, t.attrelid::regclass::text, true
    from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a
    where c.relnamespace::regnamespace::text in ('public', 'app', 'analytics', 'ml_data')
    union all
    select a.privilege_type, a.grantee, 'function ' || p.oid::regprocedure,
      p.pronamespace <> 'auth'::regnamespace
    from pg_proc p, aclexplode(p.proacl) a
    where p.pronamespace::regnamespace::text in ('public', 'auth', 'app', 'analytics', 'ml_data')
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  loop
    continue when held.grantee <> 'service_role'::regrole;
    execute format('grant %s on %s to dispatch_service', held.privilege, held.object);
    if held.is_ours then
      execute format('revoke %s on %s from service_role', held.privilege, held.object);
    end if;
  end loop;
  for held in
    select p.polname, p.polrelid::regclass as tenant_table from pg_policy p where 'service_role'::regrole = any (p.polroles)
  loop
    execute format('alter policy %I on %s to dispatch_service', held.polname, held.tenant_table);
  end loop;
end
$$;

revoke analytics_reader from current_user;

create or replace function app.protect_tenant_table(tenant_table regclass, read_role workspace_role, write_role workspace_role)
returns void language plpgsql set search_path = public, pg_temp as $$
declare
  reads text = format('workspace_id = (select app.opened_to(%L))', read_role);
  writes text = format('workspace_id = (select app.opened_to(%L))', write_role);
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
  execute format('create policy dispatch on %s for all to dispatch_service using (true) with check (true)', tenant_table);
  perform app.restrict_keys(tenant_table);
end
$$;
