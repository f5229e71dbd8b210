/**
 * A database as Supabase has it before anything of ours is in it, after the public sources of its PostgreSQL image
 * (github.com/supabase/postgres, migrations/db): roles, the schema auth of another owner, extensions in a schema of
 * their own, default privileges that open new tables of public, and a migrating role that is no superuser.
 */
import pg from 'pg'
import { type Login, loginUrl } from '../../src/infra/postgres/pool.ts'

/** What Supabase calls postgres; in an embedded cluster that name is the superuser's. */
export const projectOwner = 'project_owner'
const password = 'the password of the project'

const roles = `
  create role anon nologin;
  create role authenticated nologin;
  create role service_role nologin bypassrls;
  create role authenticator login noinherit password '${password}';
  grant anon, authenticated, service_role to authenticator;
  create role supabase_auth_admin login noinherit createrole;
  create role ${projectOwner} login createdb createrole replication bypassrls password '${password}';
  grant anon, authenticated, service_role to ${projectOwner} with admin option;
  alter role ${projectOwner} set search_path to "$user", public, extensions`

const schemas = `
  create schema extensions;
  create extension "uuid-ossp" with schema extensions;
  create extension pgcrypto with schema extensions;
  grant all on schema extensions to ${projectOwner};
  grant usage on schema extensions, public to anon, authenticated, service_role;
  alter default privileges for role ${projectOwner} in schema public
    grant all on tables to anon, authenticated, service_role;
  alter default privileges for role ${projectOwner} in schema public
    grant all on sequences to anon, authenticated, service_role;
  alter default privileges for role ${projectOwner} in schema public
    grant all on functions to anon, authenticated, service_role;
  create schema auth authorization supabase_auth_admin;
  set role supabase_auth_admin;
  create table auth.users (id uuid primary key, email text unique, encrypted_password text, is_super_admin boolean);
  create function auth.uid() returns uuid language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
      nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
  create function auth.role() returns text language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim.role', true), ''),
      nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role') $$;
  create function auth.jwt() returns jsonb language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim', true), ''),
      nullif(current_setting('request.jwt.claims', true), ''))::jsonb $$;
  grant usage on schema auth to anon, authenticated, service_role, ${projectOwner};
  insert into auth.users values ('00000000-0000-4000-8000-00000000cafe', 'person@example.com', 'hashed', false)`

/** Makes the roles, which belong to the whole cluster, and the database; returns the login that migrates. */
export async function createSupabaseDatabase(superuser: Login, database: string): Promise<Login> {
  await statements(superuser, 'postgres', roles)
  await statements(superuser, 'postgres', `create database ${database} owner ${projectOwner}`)
  await statements(superuser, database, schemas)
  return asProjectOwner(superuser, database)
}

/** Another database of the same migrating role, without what the platform brings. */
export async function createPlainDatabase(superuser: Login, database: string): Promise<Login> {
  await statements(superuser, 'postgres', `create database ${database} owner ${projectOwner}`)
  return asProjectOwner(superuser, database)
}

function asProjectOwner(superuser: Login, database: string): Login {
  const url = new URL(superuser.url)
  url.pathname = `/${database}`
  return { url: url.href, user: projectOwner, password }
}

async function statements(superuser: Login, database: string, sql: string): Promise<void> {
  const url = new URL(loginUrl(superuser))
  url.pathname = `/${database}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
