-- What else is known of a connected account, its settings, and the steps of a sync run.

alter table social_accounts
  add column platform_user_id text check (length(platform_user_id) <= 300),
  add column business_account_id text check (length(business_account_id) <= 300),
  add column granted_scopes text check (length(granted_scopes) <= 4000),
  add column cover_image_url text check (length(cover_image_url) <= 4000),
  add column bio text,
  add column webhook_url text check (length(webhook_url) <= 2000),
  add column webhook_secret_encrypted text,
  add column api_quota bigint check (api_quota >= 0),
  add column api_quota_resets_at timestamptz,
  add column access_expires_at timestamptz,
  add column stats jsonb not null default '{}';
comment on table social_accounts is 'One page, channel or profile on a network, connected to a workspace.';
comment on column social_accounts.platform_user_id is 'The person behind the page on the network, where the two differ.';
comment on column social_accounts.granted_scopes is 'What the network allowed when it was connected, in the network''s own words.';
comment on column social_accounts.webhook_secret_encrypted is 'AES-256-GCM envelope; checks that a webhook comes from the network.';
comment on column social_accounts.api_quota is 'Calls left until api_quota_resets_at, as the network last told; null where it tells nothing.';
comment on column social_accounts.access_expires_at is 'When the connection as a whole ends and a person has to renew it.';
comment on column social_accounts.stats is 'Totals of the account as the network sums them up.';
create index social_accounts_by_status on social_accounts (workspace_id, status);
create index social_accounts_by_health on social_accounts (workspace_id, health);
create index social_accounts_by_platform_user on social_accounts (workspace_id, platform, platform_user_id)
  where platform_user_id is not null;
create index social_accounts_by_connector on social_accounts (workspace_id, connected_by, platform);
create index social_accounts_metadata on social_accounts using gin (workspace_id, metadata);
create index social_accounts_access_expiry on social_accounts (access_expires_at) where access_expires_at is not null;
grant select (platform_user_id, business_account_id, granted_scopes, cover_image_url, bio, webhook_url, api_quota,
      api_quota_resets_at, access_expires_at, stats)
  on social_accounts to authenticated;
grant insert (platform_user_id, business_account_id, granted_scopes, cover_image_url, bio, webhook_url,
      webhook_secret_encrypted, access_expires_at),
    update (platform_user_id, business_account_id, granted_scopes, cover_image_url, bio, webhook_url,
      webhook_secret_encrypted, access_expires_at)
  on social_accounts to authenticated;

create type setting_type as enum ('boolean', 'string', 'number', 'json');

-- PostgreSQL 15 has no IS JSON.
create function app.is_json(candidate text) returns boolean
language plpgsql immutable parallel safe set search_path = '' as $$
begin
  return candidate::jsonb is not null;
exception when invalid_text_representation then
  return false;
end
$$;
revoke execute on function app.is_json from public;
grant execute on function app.is_json to authenticated, workspace_service;

create table social_account_settings (
  workspace_id uuid not null references workspaces on delete cascade,
  id uuid not null default app.uuid_v7(),
  social_account_id uuid not null,
  name text not null check (name ~ '^[a-z][a-z0-9_.]{0,99}$'),
  value text not null check (length(value) <= 20000),
  type setting_type not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, social_account_id, name),
  foreign key (workspace_id, social_account_id) references social_accounts on delete cascade,
  check (case type
    when 'boolean' then value in ('true', 'false')
    when 'number' then value ~ '^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$'
    when 'json' then app.is_json(value)
    else true end)
);
comment on table social_account_settings is 'Settings of one account by name; the value is what its type says, or it is refused.';
select app.protect_tenant_table('social_account_settings', 'viewer', 'manager');
grant select, delete, insert (workspace_id, social_account_id, name, value, type), update (value, type)
  on social_account_settings to authenticated;
grant select on social_account_settings to workspace_service;
create trigger touch before update on social_account_settings for each row execute function app.touch_updated_at();
create trigger audit after insert or update or delete on social_account_settings
  for each row execute function app.audit_change();

-- The value of a setting as JSON of its type; null where it is not set.
create function app.account_setting(workspace_id uuid, social_account_id uuid, name text) returns jsonb
language sql stable set search_path = '' as $$
  select case s.type when 'string' then to_jsonb(s.value) else s.value::jsonb end
  from public.social_account_settings s
  where s.workspace_id = account_setting.workspace_id and s.social_account_id = account_setting.social_account_id
    and s.name = account_setting.name
$$;

-- Sets it; the type follows from the value.
create function app.set_account_setting(workspace_id uuid, social_account_id uuid, name text, value jsonb) returns void
language sql set search_path = '' as $$
  insert into public.social_account_settings as s (workspace_id, social_account_id, name, value, type)
  values (set_account_setting.workspace_id, set_account_setting.social_account_id, set_account_setting.name,
    case jsonb_typeof(set_account_setting.value) when 'string' then set_account_setting.value #>> '{}'
      else set_account_setting.value::text end,
    (case jsonb_typeof(set_account_setting.value) when 'boolean' then 'boolean' when 'string' then 'string'
      when 'number' then 'number' else 'json' end)::public.setting_type)
  on conflict on constraint social_account_settings_workspace_id_social_account_id_name_key
    do update set value = excluded.value, type = excluded.type
$$;
revoke execute on function app.account_setting, app.set_account_setting from public;
grant execute on function app.account_setting to authenticated, workspace_service;
grant execute on function app.set_account_setting to authenticated;

alter table sync_logs
  add column error_details jsonb,
  add column next_cursor text;
comment on table sync_logs is 'One run of reading an account from its network.';
comment on column sync_logs.next_cursor is 'Where the network''s list goes on; a run that was cut short continues there.';
create index sync_logs_by_status on sync_logs (workspace_id, social_account_id, status);
create index sync_logs_started on sync_logs (workspace_id, started_at desc);
alter table sync_logs add check (records_processed >= 0), add check (records_failed >= 0);

-- A run ends once: none of these changes one that has ended. Each returns whether it did anything.
create function app.complete_sync(workspace_id uuid, sync_log_id uuid) returns boolean
language sql set search_path = '' as $$
  with ended as (
    update public.sync_logs l set status = 'completed', completed_at = clock_timestamp()
    where l.workspace_id = complete_sync.workspace_id and l.id = sync_log_id and l.status = 'started' returning 1)
  select exists (select from ended)
$$;
create function app.fail_sync(workspace_id uuid, sync_log_id uuid, message text, details jsonb default null)
returns boolean language sql set search_path = '' as $$
  with ended as (
    update public.sync_logs l
    set status = 'failed', completed_at = clock_timestamp(), error_message = message, error_details = details
    where l.workspace_id = fail_sync.workspace_id and l.id = sync_log_id and l.status = 'started' returning 1)
  select exists (select from ended)
$$;
create function app.advance_sync(workspace_id uuid, sync_log_id uuid, processed integer, failed integer, cursor text default null)
returns boolean language sql set search_path = '' as $$
  with advanced as (
    update public.sync_logs l set records_processed = records_processed + processed,
      records_failed = records_failed + failed, next_cursor = cursor
    where l.workspace_id = advance_sync.workspace_id and l.id = sync_log_id and l.status = 'started' returning 1)
  select exists (select from advanced)
$$;
revoke execute on function app.complete_sync, app.fail_sync, app.advance_sync from public;
grant execute on function app.complete_sync, app.fail_sync, app.advance_sync to workspace_service;
