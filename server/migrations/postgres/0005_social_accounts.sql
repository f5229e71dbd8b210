-- Connected accounts. Tokens are AES-256-GCM envelopes; members can write them but never read them.

create type platform as enum (
  'facebook', 'instagram', 'threads', 'x', 'linkedin', 'tiktok', 'youtube', 'bluesky', 'mastodon');
create type account_status as enum ('active', 'expired', 'revoked', 'error', 'pending', 'paused', 'disconnected');
create type account_health as enum ('healthy', 'degraded', 'unhealthy', 'unknown');

create table social_accounts (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  platform platform not null,
  platform_account_id text not null check (length(platform_account_id) <= 300),
  username text not null check (length(username) <= 300),
  display_name text,
  avatar_url text check (length(avatar_url) <= 4000),
  service_url text not null check (length(service_url) <= 300),
  status account_status not null default 'active',
  health account_health not null default 'unknown',
  health_reason text,
  access_token_encrypted text,
  refresh_token_encrypted text,
  token_expires_at timestamptz,
  token_version bigint not null default 0,
  token_refresh_until timestamptz,
  metadata jsonb not null default '{}',
  followers_count bigint check (followers_count >= 0),
  following_count bigint check (following_count >= 0),
  posts_count bigint check (posts_count >= 0),
  counts_taken_at timestamptz,
  last_synced_at timestamptz,
  sync_failures integer not null default 0,
  sync_after timestamptz,
  last_posted_at timestamptz,
  connected_by uuid references users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, platform, platform_account_id),
  -- A comparison with null would pass.
  check (status <> 'active' or (coalesce(access_token_encrypted, '') <> '' and coalesce(refresh_token_encrypted, '') <> ''))
);
comment on column social_accounts.platform_account_id is 'The identity on the network that never changes, for example a DID.';
comment on column social_accounts.service_url is 'Origin of the server that holds the account.';
comment on column social_accounts.token_version is 'Grows with every new pair of tokens; a refresh applies to one version only.';
comment on column social_accounts.token_refresh_until is 'Lease of whoever is refreshing the tokens; nobody else does until then.';
comment on column social_accounts.sync_failures is 'Syncs in a row that failed; the pause until the next grows with it.';
comment on column social_accounts.sync_after is 'Not synced by itself before this, because it failed. Null: as its posts are due.';
create index social_accounts_token_expiry on social_accounts (token_expires_at) where status = 'active';
create index social_accounts_connected_by on social_accounts (connected_by);

select app.protect_tenant_table('social_accounts', 'viewer', 'manager');
grant select (workspace_id, id, platform, platform_account_id, username, display_name, avatar_url, service_url,
      status, health, health_reason, token_expires_at, metadata, followers_count, following_count, posts_count,
      counts_taken_at, last_synced_at, last_posted_at, connected_by, created_at, updated_at),
    insert (workspace_id, platform, platform_account_id, username, display_name, avatar_url, service_url, status,
      health, access_token_encrypted, refresh_token_encrypted, token_expires_at, followers_count, following_count,
      posts_count, counts_taken_at, connected_by),
    update (username, display_name, avatar_url, service_url, status, health, health_reason, access_token_encrypted,
      refresh_token_encrypted, token_expires_at, followers_count, following_count, posts_count, counts_taken_at,
      connected_by, sync_failures, sync_after)
  on social_accounts to authenticated;
grant select, update on social_accounts to workspace_service;
grant select (workspace_id, id, platform, status, token_expires_at, sync_after) on social_accounts to service_role;

-- The version grows by itself, so that no writer of tokens can forget it.
create function app.count_token_version() returns trigger language plpgsql as $$
begin
  new.token_version = old.token_version + 1;
  new.token_refresh_until = null;
  return new;
end
$$;
revoke execute on function app.count_token_version from public;
grant execute on function app.count_token_version to authenticated, workspace_service, service_role;
create trigger count_token_version before update of access_token_encrypted on social_accounts
  for each row execute function app.count_token_version();
create trigger touch before update on social_accounts for each row execute function app.touch_updated_at();
create trigger notify after insert or update or delete on social_accounts
  for each row execute function app.notify_change('account', 'id');
