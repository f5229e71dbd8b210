-- What a source allows and our tables refused, and a count of followers that was lost before its day was kept.

-- A sound or a document has no size in pixels; of a picture it is known when it is stored.
alter table media
  alter column width_px drop not null,
  alter column height_px drop not null,
  add check (num_nonnulls(width_px, height_px) in (0, 2)),
  add check (width_px is not null or mime_type not like 'image/%');
comment on column media.width_px is 'Null where the file has no size in pixels, or it is not known.';
comment on column media.height_px is 'As width_px.';

alter table workspaces drop constraint workspaces_name_check, add check (length(name) between 1 and 255);
alter table users drop constraint users_name_check, add check (length(name) between 1 and 255);

-- Not every network gives a refresh token. An access token of Bluesky ends within hours and needs one.
alter table social_accounts
  drop constraint social_accounts_check,
  add check (status <> 'active' or coalesce(access_token_encrypted, '') <> ''),
  add check (status <> 'active' or platform <> 'bluesky' or coalesce(refresh_token_encrypted, '') <> '');

drop function app.advance_sync(uuid, uuid, integer, integer, text);
alter table sync_logs alter column records_processed type bigint, alter column records_failed type bigint;
create function app.advance_sync(workspace_id uuid, sync_log_id uuid, processed bigint, failed bigint, cursor text default null)
returns boolean language sql set search_path = '' as $$
  with advanced as (
    update public.sync_logs l set records_processed = records_processed + processed,
      records_failed = records_failed + failed, next_cursor = cursor
    where l.workspace_id = advance_sync.workspace_id and l.id = sync_log_id and l.status = 'started' returning 1)
  select exists (select from advanced)
$$;
comment on function app.advance_sync is 'Adds to its counts and keeps where the list goes on.';
revoke execute on function app.advance_sync from public;
grant execute on function app.advance_sync to workspace_service;

drop function app.ensure_snapshot_partitions(timestamptz, integer);

grant analytics_writer to current_user;
grant create on schema analytics to analytics_writer;
drop function analytics.record_audience_growth();
-- Keeps a count as that of the day on which it was taken, by the workspace's clock, with the change since the last day
-- before that has one: over how many days it went stands in the dates. Who came and who left no network tells, and
-- nothing is made up for a day without a count. Done again it changes nothing; returns how many rows it wrote.
create function analytics.keep_followers(workspace_id uuid, social_account_id uuid, followers bigint, day date) returns bigint
language sql security definer set search_path = '' as $$
  with written as (
    insert into analytics.audience_growth as g
      (workspace_id, social_account_id, recorded_date, follower_count, follower_change, growth_rate)
    select keep_followers.workspace_id, keep_followers.social_account_id, day, followers, followers - b.follower_count,
      100.0 * (followers - b.follower_count) / nullif(b.follower_count, 0)
    from (select) as told
    left join lateral (
      select e.follower_count from analytics.audience_growth e
      where e.workspace_id = keep_followers.workspace_id and e.social_account_id = keep_followers.social_account_id
        and e.recorded_date < day and e.follower_count is not null
      order by e.recorded_date desc limit 1) b on true
    on conflict (workspace_id, social_account_id, recorded_date) do update set follower_count = excluded.follower_count,
      follower_change = excluded.follower_change, growth_rate = excluded.growth_rate
      where (g.follower_count, g.follower_change) is distinct from (excluded.follower_count, excluded.follower_change)
    returning 1
  )
  select count(*) from written
$$;
comment on function analytics.keep_followers is
  'Keeps a count of followers as that of a day; returns how many rows it wrote.';
create function analytics.record_audience_growth() returns bigint
language sql security definer set search_path = '' as $$
  select coalesce(sum(analytics.keep_followers(
    a.workspace_id, a.id, a.followers_count, (a.counts_taken_at at time zone w.time_zone)::date)), 0)::bigint
  from public.social_accounts a join public.workspaces w on w.id = a.workspace_id
  where a.followers_count is not null and a.counts_taken_at is not null
$$;
comment on function analytics.record_audience_growth is
  'Keeps the last count of followers of each account as that of its day; returns how many rows it wrote.';
-- The duty comes once a day: a count of yesterday that gives way to one of today is kept before it is gone.
create function analytics.keep_replaced_followers() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  zone text := (select w.time_zone from public.workspaces w where w.id = old.workspace_id);
  day date := (old.counts_taken_at at time zone zone)::date;
begin
  if day < (new.counts_taken_at at time zone zone)::date then
    perform analytics.keep_followers(old.workspace_id, old.id, old.followers_count, day);
  end if;
  return null;
end
$$;
comment on function analytics.keep_replaced_followers is
  'Keeps the last count of followers of a day when the first of another takes its place.';
revoke execute on function analytics.keep_followers, analytics.record_audience_growth, analytics.keep_replaced_followers
  from public;
grant execute on function analytics.record_audience_growth to dispatch_service;
create trigger keep_followers after update of counts_taken_at on social_accounts for each row
  when (old.followers_count is not null and old.counts_taken_at < new.counts_taken_at)
  execute function analytics.keep_replaced_followers();
alter function analytics.keep_followers owner to analytics_writer;
alter function analytics.record_audience_growth owner to analytics_writer;
alter function analytics.keep_replaced_followers owner to analytics_writer;
revoke create on schema analytics from analytics_writer;
revoke analytics_writer from current_user;
