-- What a person and a workspace are beyond signing in, and the keys by which programs act for a workspace.

create type subscription_tier as enum ('free', 'pro', 'enterprise');
create type company_size as enum ('startup', 'small', 'medium', 'large', 'enterprise');
create type api_scope as enum (
  'content:read', 'content:write', 'publications:write', 'accounts:read', 'accounts:write', 'analytics:read',
  'reports:read', 'reports:write', 'events:write', 'royalties:read');

create schema if not exists extensions;
-- Trusted extensions: the owner of a database may install them without being superuser. Where a platform has
-- installed them elsewhere, they stay where they are.
create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists btree_gin with schema extensions;

-- The schemas stand here, so that every later file finds them.
create schema analytics;
create schema ml_data;
comment on schema analytics is 'What is derived and measured; everything in it can be computed again.';
comment on schema ml_data is 'Models, their predictions, and how these turned out.';
grant usage on schema analytics, ml_data to authenticated, workspace_service, service_role, analytics_reader;

alter table users
  add column username text unique check (username ~ '^[a-z0-9][a-z0-9_.-]{1,99}$'),
  add column first_name text check (length(first_name) <= 100),
  add column last_name text check (length(last_name) <= 100);
comment on table users is 'People. What somebody may do is said by their membership of a workspace, not here.';
comment on column users.username is 'In lower case; null for who signs in by address alone.';
comment on column users.preferences is 'How the product looks and behaves for this person.';
create index users_created on users (created_at);
create index users_active on users (id) where is_active;
create index users_preferences on users using gin (preferences);

create table user_profiles (
  id uuid primary key default app.uuid_v7(),
  user_id uuid not null unique references users on delete cascade,
  interests text[] not null default '{}',
  preferred_topics text[] not null default '{}',
  content_preferences jsonb not null default '{}',
  engagement_patterns jsonb not null default '{}',
  behavioral_data jsonb not null default '{}',
  last_activity_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table user_profiles is 'What recommendations know of a person. Seen by that person alone, in no workspace.';
comment on column user_profiles.engagement_patterns is 'What this person reacts to, as the product has learned it.';
create index user_profiles_activity on user_profiles (last_activity_at);
alter table user_profiles enable row level security;
alter table user_profiles force row level security;
create policy identity on user_profiles for all to identity_service using (true) with check (true);
create policy oneself on user_profiles for all to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
grant select, insert, update, delete on user_profiles to identity_service;
grant select, delete, insert (user_id, interests, preferred_topics, content_preferences),
      update (interests, preferred_topics, content_preferences)
  on user_profiles to authenticated;

alter table workspaces
  add column domain text check (length(domain) <= 255),
  add column industry text check (length(industry) <= 100),
  add column size company_size,
  add column brand_guidelines jsonb not null default '{}',
  add column api_limits jsonb not null default '{}',
  add column subscription_tier subscription_tier not null default 'free',
  add column currency char(3) not null default 'USD' check (currency ~ '^[A-Z]{3}$');
comment on table workspaces is 'The tenant: a company, a team or one person, with everything that is theirs.';
comment on column workspaces.api_limits is 'Requests per hour by endpoint, where they differ from the installation''s.';
comment on column workspaces.currency is 'ISO 4217; in which money is shown where a row does not say otherwise.';
comment on column workspaces.brand_guidelines is 'Voice, words to use and to avoid, colours: applied to generated content.';
-- Limits and the tier are set by the installation, not by the workspace itself.
grant update (domain, industry, size, brand_guidelines, currency) on workspaces to authenticated;
create index workspace_members_role on workspace_members (workspace_id, role);

create table api_keys (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  name text not null check (length(name) between 1 and 120),
  shown_prefix text not null check (length(shown_prefix) between 4 and 20),
  secret_hash bytea not null unique,
  role workspace_role not null default 'viewer' check (role < 'owner'),
  scopes api_scope[] not null check (cardinality(scopes) > 0),
  allowed_networks cidr[],
  requests_per_hour bigint check (requests_per_hour > 0),
  created_by uuid not null references users on delete cascade,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id)
);
comment on table api_keys is
  'A program that acts for a person in one workspace: never with more than the person''s own role, and only within the scopes.';
comment on column api_keys.secret_hash is 'SHA-256 of the key; the key itself is shown once and not kept.';
comment on column api_keys.shown_prefix is 'The first characters, by which a person tells keys apart.';
comment on column api_keys.role is 'Upper bound of what the key may do, whatever its person may.';
comment on column api_keys.allowed_networks is 'Null: from anywhere.';
create index api_keys_creator on api_keys (created_by);
select app.protect_tenant_table('api_keys', 'admin', 'admin');
grant select (workspace_id, id, name, shown_prefix, role, scopes, allowed_networks, requests_per_hour, created_by,
      created_at, last_used_at, expires_at, revoked_at),
    insert (workspace_id, name, shown_prefix, secret_hash, role, scopes, allowed_networks, requests_per_hour,
      created_by, expires_at),
    update (name, revoked_at)
  on api_keys to authenticated;

-- Now also narrowed by an API key, which acts as its person with at most its own role.
create or replace function app.member_workspaces(least_role workspace_role) returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(m.workspace_id), '{}')
  from public.workspace_members m
  where m.user_id = auth.uid() and m.role >= least_role
    and coalesce((auth.jwt() ->> 'api_key_role')::public.workspace_role, 'owner') >= least_role
    and (auth.jwt() ->> 'workspace_id' is null or m.workspace_id = (auth.jwt() ->> 'workspace_id')::uuid)
$$;

-- Who an API key is, before any workspace is known: only for whoever signs requests in.
create function app.find_api_key(secret_hash bytea)
returns table (workspace_id uuid, id uuid, user_id uuid, role workspace_role, scopes api_scope[], allowed_networks cidr[],
  requests_per_hour bigint)
language sql stable security definer set search_path = '' as $$
  select k.workspace_id, k.id, k.created_by, least(k.role, m.role), k.scopes, k.allowed_networks, k.requests_per_hour
  from public.api_keys k
  join public.workspace_members m on m.workspace_id = k.workspace_id and m.user_id = k.created_by
  join public.users u on u.id = k.created_by and u.is_active
  where k.secret_hash = find_api_key.secret_hash and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > now())
$$;
comment on function app.find_api_key is 'No row for a key that is unknown, revoked, expired, or whose person has left.';
revoke execute on function app.find_api_key from public;
grant execute on function app.find_api_key to identity_service;
create policy definer on api_keys for select to current_user using (true);

create trigger touch before update on user_profiles for each row execute function app.touch_updated_at();

comment on table user_credentials is 'How a person proves who they are: a password or a foreign provider.';
comment on table user_sessions is 'Browsers in which a person is signed in.';
comment on table workspace_members is 'Who belongs to a workspace, with the role that says what they may do.';
comment on table workspace_invitations is 'Links by which somebody joins a workspace.';
