/** For each role of the doors, one that has exactly its grants and is bound by no policy. */
import type pg from 'pg'

const boundRoles = ['authenticated', 'dispatch_service']

/** `authenticated` without row-level security is `authenticated_free`. */
export const freeSuffix = '_free'

/** Makes them anew, as superuser. Their grants are their own, for an inherited one takes longer to check. */
export async function createFreeRoles(superuser: pg.Client): Promise<void> {
  for (const role of boundRoles) {
    const free = `${role}${freeSuffix}`
    const { rows } = await superuser.query<{ granted: string }>(grantsOf, [role])
    await superuser.query(`
      do $$ begin
        if exists (select from pg_roles where rolname = '${free}') then
          drop owned by ${free};
          drop role ${free};
        end if;
      end $$;
      create role ${free} nologin bypassrls`)
    for (const { granted } of rows) await superuser.query(`grant ${granted} to ${free}`)
  }
}

const grantsOf = `
  select g.privilege_type || ' on ' || g.object as granted
  from (
    select a.privilege_type, a.grantee, format('schema %I', n.nspname) as object
    from pg_namespace n, aclexplode(n.nspacl) a
    union all
    select a.privilege_type, a.grantee, c.oid::regclass::text
    from pg_class c, aclexplode(c.relacl) a where c.relkind in ('r', 'p', 'v', 'm')
    union all
    select a.privilege_type || format(' (%I)', t.attname), a.grantee, t.attrelid::regclass::text
    from pg_attribute t, aclexplode(t.attacl) a
    union all
    select a.privilege_type, a.grantee, 'function ' || p.oid::regprocedure
    from pg_proc p, aclexplode(p.proacl) a
  ) g
  where g.grantee = $1::regrole`
