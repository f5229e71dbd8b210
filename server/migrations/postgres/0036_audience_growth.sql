-- Followers by day, from the counts that every sync takes anyway.

grant select, insert, update on analytics.audience_growth to analytics_writer;
create policy sums on analytics.audience_growth for all to analytics_writer using (true) with check (true);

-- Keeps the last count of each account as that of the day on which it was taken, by the workspace's clock, with the change
-- since the last day before that has one: over how many days it went stands in the dates. Who came and who left no network
-- tells, and nothing is made up for a day without a count. Done again it changes nothing; returns how many rows it wrote.
create function analytics.record_audience_growth() returns bigint
language sql security definer set search_path = '' as $$
  with counted as (
    select a.workspace_id, a.id, a.followers_count, (a.counts_taken_at at time zone w.time_zone)::date as day
    from public.social_accounts a join public.workspaces w on w.id = a.workspace_id
    where a.followers_count is not null and a.counts_taken_at is not null
  ), written as (
    insert into analytics.audience_growth as g
      (workspace_id, social_account_id, recorded_date, follower_count, follower_change, growth_rate)
    select c.workspace_id, c.id, c.day, c.followers_count, c.followers_count - b.follower_count,
      100.0 * (c.followers_count - b.follower_count) / nullif(b.follower_count, 0)
    from counted c
    left join lateral (
      select e.follower_count from analytics.audience_growth e
      where e.workspace_id = c.workspace_id and e.social_account_id = c.id and e.recorded_date < c.day
        and e.follower_count is not null
      order by e.recorded_date desc limit 1) b on true
    on conflict (workspace_id, social_account_id, recorded_date) do update set follower_count = excluded.follower_count,
      follower_change = excluded.follower_change, growth_rate = excluded.growth_rate
      where (g.follower_count, g.follower_change) is distinct from (excluded.follower_count, excluded.follower_change)
    returning 1
  )
  select count(*) from written
$$;
comment on function analytics.record_audience_growth is
  'Keeps the last count of followers of each account as that of its day; returns how many rows it wrote.';
comment on column analytics.audience_growth.follower_change is 'Since the last day before that has a count; null for the first.';
comment on column analytics.audience_growth.growth_rate is 'That change in per cent of the followers before it.';
revoke execute on function analytics.record_audience_growth from public;
grant execute on function analytics.record_audience_growth to dispatch_service;
grant analytics_writer to current_user;
grant create on schema analytics to analytics_writer;
alter function analytics.record_audience_growth owner to analytics_writer;
revoke create on schema analytics from analytics_writer;
revoke analytics_writer from current_user;
