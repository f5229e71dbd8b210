-- People, their credentials and their sessions. Only identity_service touches credentials and sessions.

create table users (
  id uuid primary key default app.uuid_v7(),
  name text not null check (length(name) between 1 and 200),
  email text not null unique check (email = lower(email) and length(email) <= 254),
  email_verified boolean not null default false,
  avatar_url text check (length(avatar_url) <= 4000),
  is_super_admin boolean not null default false,
  is_active boolean not null default true,
  preferences jsonb not null default '{}',
  last_login_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on column users.is_super_admin is 'Operator of this installation, above all workspaces.';

create table user_credentials (
  id uuid primary key default app.uuid_v7(),
  user_id uuid not null references users on delete cascade,
  provider text not null,
  provider_account_id text not null,
  password_hash text,
  access_token text,
  refresh_token text,
  id_token text,
  scope text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider, provider_account_id)
);
comment on column user_credentials.password_hash is 'argon2id in PHC form; null for a foreign provider.';
create index user_credentials_user on user_credentials (user_id);

create table user_sessions (
  id uuid primary key default app.uuid_v7(),
  user_id uuid not null references users on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index user_sessions_user on user_sessions (user_id);
create index user_sessions_expiry on user_sessions (expires_at);

create table user_verifications (
  id uuid primary key default app.uuid_v7(),
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table user_verifications is 'One-time links: password resets.';
create index user_verifications_identifier on user_verifications (identifier);

do $$
declare
  name text;
begin
  foreach name in array array['users', 'user_credentials', 'user_sessions', 'user_verifications'] loop
    execute format('create trigger touch before update on %I for each row execute function app.touch_updated_at()', name);
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy identity on %I for all to identity_service using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to identity_service', name);
  end loop;
end
$$;
