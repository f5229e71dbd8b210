-- What reads the tables as a whole: views that ask as whoever asks, and materialized views that are computed by a
-- role which can read everything and write nothing.

-- analytics_reader sees all workspaces, because a materialized view holds all of them, and can change nothing.
do $$
declare
  seen text;
begin
  foreach seen in array array['workspaces', 'workspace_members', 'social_accounts', 'campaigns', 'content', 'publications',
      'published_posts', 'post_snapshots', 'post_deltas', 'sync_logs', 'artists', 'agents', 'agent_runs',
      'agent_feedback', 'analytics.user_activity', 'analytics.hourly_metrics', 'analytics.daily_metrics',
      'analytics.agent_performance', 'analytics.user_cohorts', 'analytics.optimal_posting_times',
      'analytics.engagement_by_time', 'analytics.audience_demographics', 'analytics.audience_interests',
      'analytics.audience_growth', 'analytics.competitor_profiles', 'analytics.competitor_metrics',
      'analytics.benchmark_comparisons', 'ml_data.viral_score_predictions', 'ml_data.prediction_accuracy'] loop
    execute format('create policy analytics on %s for select to analytics_reader using (true)', seen);
    if seen not in ('workspaces', 'social_accounts', 'artists', 'analytics.user_activity') then
      execute format('grant select on %s to analytics_reader', seen);
    end if;
  end loop;
end
$$;
grant select (id, name, slug, time_zone, is_active, industry, size, subscription_tier, currency, created_at)
  on workspaces to analytics_reader;
grant select (workspace_id, id, platform, platform_account_id, username, display_name, status, health, followers_count,
    following_count, posts_count, counts_taken_at, created_at)
  on social_accounts to analytics_reader;
grant select (workspace_id, id, name, status, royalty_rate) on artists to analytics_reader;
-- Where somebody came from and with which browser is nothing to be added up.
grant select (workspace_id, id, created_at, user_id, event_type, event_name, session_id) on analytics.user_activity
  to analytics_reader;

-- Every snapshot of what we published, as rates too. With the rights of whoever asks.
create view content_performance with (security_invoker = true) as
select s.workspace_id, s.published_post_id, u.content_id, p.social_account_id, p.platform, s.captured_at as recorded_at,
  s.source, s.views, s.likes, s.comments, s.shares, s.quotes, s.clicks, s.saves, s.reach, s.impressions,
  round(100.0 * (coalesce(s.likes, 0) + coalesce(s.comments, 0) + coalesce(s.shares, 0) + coalesce(s.quotes, 0)
    + coalesce(s.saves, 0)) / nullif(coalesce(s.reach, s.impressions, s.views), 0), 6) as engagement_rate,
  round(100.0 * s.clicks / nullif(s.impressions, 0), 6) as ctr
from post_snapshots s
join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
left join publications u on u.workspace_id = p.workspace_id and u.id = p.publication_id;
comment on view content_performance is 'Rates are in per cent, and null where the network told nothing to divide by.';
grant select on content_performance to authenticated, workspace_service, analytics_reader;

create view analytics.engagement_summary_by_hour with (security_invoker = true) as
select workspace_id, platform, hour_of_day, count(*) as measurements, sum(engagements) as engagements,
  sum(impressions) as impressions, round(100.0 * sum(engagements) / nullif(sum(impressions), 0), 6) as engagement_rate,
  avg(engagement_velocity) as avg_engagement_velocity
from analytics.engagement_by_time group by workspace_id, platform, hour_of_day;
comment on view analytics.engagement_summary_by_hour is
  'The rate is that of all impressions together, not the mean of the hours'' rates.';

create view analytics.engagement_summary_by_day with (security_invoker = true) as
select workspace_id, platform, day_of_week, count(*) as measurements, sum(engagements) as engagements,
  sum(impressions) as impressions, round(100.0 * sum(engagements) / nullif(sum(impressions), 0), 6) as engagement_rate,
  avg(engagement_velocity) as avg_engagement_velocity
from analytics.engagement_by_time group by workspace_id, platform, day_of_week;

create view analytics.audience_demographics_latest with (security_invoker = true) as
select distinct on (workspace_id, social_account_id) *
from analytics.audience_demographics order by workspace_id, social_account_id, captured_at desc;

create view analytics.competitor_benchmark_summary with (security_invoker = true) as
select c.workspace_id, c.id as competitor_profile_id, c.name, c.platform, c.handle, c.is_active, m.recorded_date,
  m.followers, m.followers - before.followers as followers_gained_30d, m.engagement, m.posts_per_week
from analytics.competitor_profiles c
left join lateral (
  select * from analytics.competitor_metrics l
  where l.workspace_id = c.workspace_id and l.competitor_profile_id = c.id order by l.recorded_date desc limit 1) m on true
left join lateral (
  select followers from analytics.competitor_metrics l
  where l.workspace_id = c.workspace_id and l.competitor_profile_id = c.id and l.recorded_date <= m.recorded_date - 30
  order by l.recorded_date desc limit 1) before on true;
grant select on analytics.engagement_summary_by_hour, analytics.engagement_summary_by_day,
  analytics.audience_demographics_latest, analytics.competitor_benchmark_summary
  to authenticated, workspace_service, analytics_reader;

-- Distinct people of the trailing 1, 7 and 30 days, for each of the last 90 days. A person counts on a day if some
-- day of theirs lies within the window: their days stretch to intervals, which begin with +1 and end with -1, so
-- that nobody counts twice however often they came.
create materialized view analytics.mv_active_users as
with activity as (
  select a.workspace_id, a.user_id, (a.created_at at time zone w.time_zone)::date as day
  from analytics.user_activity a join public.workspaces w on w.id = a.workspace_id
  where a.created_at >= now() - interval '121 days'
  union
  select r.workspace_id, r.user_id, (r.started_at at time zone w.time_zone)::date
  from public.agent_runs r join public.workspaces w on w.id = r.workspace_id
  where r.started_at >= now() - interval '121 days' and r.user_id is not null
), steps as (
  select a.workspace_id, a.user_id, a.day, windows.days,
    lag(a.day) over person as day_before, lead(a.day) over person as day_after
  from activity a cross join (values (1), (7), (30)) as windows (days)
  window person as (partition by a.workspace_id, a.user_id, windows.days order by a.day)
), changes as (
  select workspace_id, days, day, 1 as change from steps where day_before is null or day_before + days <= day
  union all
  select workspace_id, days, day + days, -1 from steps where day_after is null or day_after >= day + days
), calendar as (
  select w.id as workspace_id, d::date as day, d::date > (now() at time zone w.time_zone)::date - 90 as shown
  from public.workspaces w
  cross join lateral generate_series((now() at time zone w.time_zone)::date - 121, (now() at time zone w.time_zone)::date,
    interval '1 day') d
  where exists (select from activity a where a.workspace_id = w.id)
), counted as (
  select c.workspace_id, c.day, c.shown, windows.days,
    sum(coalesce(sum(change), 0)) over (partition by c.workspace_id, windows.days order by c.day) as users
  from calendar c cross join (values (1), (7), (30)) as windows (days)
  left join changes x on x.workspace_id = c.workspace_id and x.day = c.day and x.days = windows.days
  group by c.workspace_id, c.day, c.shown, windows.days
)
select day as activity_date, workspace_id,
  (max(users) filter (where days = 1))::bigint as daily_active_users,
  (max(users) filter (where days = 7))::bigint as weekly_active_users,
  (max(users) filter (where days = 30))::bigint as monthly_active_users
from counted where shown group by workspace_id, day
with no data;
create unique index mv_active_users_key on analytics.mv_active_users (workspace_id, activity_date);

-- Agents that did not run are there with zero runs: the 30 days stand in the join.
create materialized view analytics.mv_top_agents as
select a.workspace_id, a.id as agent_id, a.name as agent_name, count(r.id) as total_runs_30d,
  count(r.id) filter (where r.status = 'completed') as successful_runs_30d,
  round(100.0 * count(r.id) filter (where r.status = 'completed') / nullif(count(r.id), 0), 4) as success_rate,
  avg(r.runtime_seconds) as avg_runtime,
  percentile_cont(0.5) within group (order by r.runtime_seconds) as median_runtime,
  sum(r.credits_consumed) as total_credits_30d, count(distinct r.user_id) as unique_users_30d,
  max(r.started_at) as last_run_at
from public.agents a
left join public.agent_runs r on r.workspace_id = a.workspace_id and r.agent_id = a.id
  and r.started_at >= now() - interval '30 days'
group by a.workspace_id, a.id, a.name
with no data;
create unique index mv_top_agents_key on analytics.mv_top_agents (workspace_id, agent_id);
create index mv_top_agents_by_runs on analytics.mv_top_agents (workspace_id, total_runs_30d desc);

-- Each count by itself: joining members, agents and runs in one go would multiply the sums with one another.
create materialized view analytics.mv_workspace_summary as
select w.id as workspace_id, w.name as workspace_name, coalesce(m.members, 0) as total_members,
  coalesce(a.agents, 0) as total_agents, coalesce(r.runs, 0) as total_runs_30d, r.credits as total_credits_30d,
  r.runtime as avg_runtime_30d, coalesce(r.users, 0) as active_users_30d
from public.workspaces w
left join (select workspace_id, count(*) as members from public.workspace_members group by 1) m on m.workspace_id = w.id
left join (select workspace_id, count(*) as agents from public.agents group by 1) a on a.workspace_id = w.id
left join (
  select workspace_id, count(*) as runs, sum(credits_consumed) as credits, avg(runtime_seconds) as runtime,
    count(distinct user_id) as users
  from public.agent_runs where started_at >= now() - interval '30 days' group by 1) r on r.workspace_id = w.id
with no data;
create unique index mv_workspace_summary_key on analytics.mv_workspace_summary (workspace_id);

-- Days and weeks are those of the deltas, which are cut in the workspace's own time zone.
create materialized view analytics.analytics_aggregated_daily as
select d.workspace_id, p.social_account_id, p.platform, (d.from_at at time zone w.time_zone)::date as metric_date,
  count(*) as posts_measured, sum(d.views_delta) as views, sum(d.impressions_delta) as impressions,
  sum(d.reach_delta) as reach, sum(d.likes_delta) as likes, sum(d.comments_delta) as comments,
  sum(d.shares_delta) as shares, sum(d.clicks_delta) as clicks, sum(d.saves_delta) as saves,
  round(100.0 * (coalesce(sum(d.likes_delta), 0) + coalesce(sum(d.comments_delta), 0) + coalesce(sum(d.shares_delta), 0))
    / nullif(coalesce(sum(d.reach_delta), sum(d.impressions_delta), sum(d.views_delta)), 0), 6) as engagement_rate
from public.post_deltas d
join public.workspaces w on w.id = d.workspace_id
join public.published_posts p on p.workspace_id = d.workspace_id and p.id = d.published_post_id
where d.period = 'daily' and d.to_at >= now() - interval '90 days'
group by 1, 2, 3, 4
with no data;
create unique index analytics_aggregated_daily_key
  on analytics.analytics_aggregated_daily (workspace_id, social_account_id, metric_date);

create materialized view analytics.analytics_aggregated_weekly as
select d.workspace_id, p.social_account_id, p.platform,
  date_trunc('week', d.from_at at time zone w.time_zone)::date as week_start,
  count(distinct d.published_post_id) as posts_measured, sum(d.views_delta) as views,
  sum(d.impressions_delta) as impressions, sum(d.reach_delta) as reach, sum(d.likes_delta) as likes,
  sum(d.comments_delta) as comments, sum(d.shares_delta) as shares, sum(d.clicks_delta) as clicks,
  sum(d.saves_delta) as saves,
  round(100.0 * (coalesce(sum(d.likes_delta), 0) + coalesce(sum(d.comments_delta), 0) + coalesce(sum(d.shares_delta), 0))
    / nullif(coalesce(sum(d.reach_delta), sum(d.impressions_delta), sum(d.views_delta)), 0), 6) as engagement_rate
from public.post_deltas d
join public.workspaces w on w.id = d.workspace_id
join public.published_posts p on p.workspace_id = d.workspace_id and p.id = d.published_post_id
where d.period = 'daily' and d.to_at >= now() - interval '1 year'
group by 1, 2, 3, 4
with no data;
create unique index analytics_aggregated_weekly_key
  on analytics.analytics_aggregated_weekly (workspace_id, social_account_id, week_start);

create materialized view analytics.platform_performance_summary as
with latest as (
  select p.workspace_id, p.platform, s.views, s.impressions,
    coalesce(s.likes, 0) + coalesce(s.comments, 0) + coalesce(s.shares, 0) as engagements,
    s.likes is not null or s.comments is not null or s.shares is not null as measured
  from public.published_posts p
  left join lateral (
    select * from public.post_snapshots s
    where s.workspace_id = p.workspace_id and s.published_post_id = p.id and s.captured_at >= p.published_at - interval '1 day'
      and s.captured_at >= now() - interval '91 days'
    order by s.captured_at desc limit 1) s on true
  where p.published_at >= now() - interval '90 days'
)
select workspace_id, platform, count(*) as posts, count(*) filter (where measured) as posts_measured,
  avg(engagements) filter (where measured) as avg_engagement,
  percentile_cont(0.25) within group (order by engagements) filter (where measured) as p25_engagement,
  percentile_cont(0.50) within group (order by engagements) filter (where measured) as p50_engagement,
  percentile_cont(0.75) within group (order by engagements) filter (where measured) as p75_engagement,
  percentile_cont(0.90) within group (order by engagements) filter (where measured) as p90_engagement,
  percentile_cont(0.95) within group (order by engagements) filter (where measured) as p95_engagement,
  percentile_cont(0.99) within group (order by engagements) filter (where measured) as p99_engagement,
  sum(views) as views, sum(impressions) as impressions
from latest group by workspace_id, platform
with no data;
create unique index platform_performance_summary_key on analytics.platform_performance_summary (workspace_id, platform);

-- Row-level security does not reach materialized views: nobody is granted one. These let through the workspaces of
-- whoever asks, and being barriers they let no condition of the asker look at other rows first.
create function app.visible_workspaces(least_role workspace_role) returns uuid[] language sql stable set search_path = '' as $$
  select case when auth.uid() is null then array_remove(array[app.current_workspace()], null)
    else app.member_workspaces(least_role) end
$$;
revoke execute on function app.visible_workspaces from public;
grant execute on function app.visible_workspaces to authenticated, workspace_service;
grant execute on function app.member_workspaces to workspace_service;

create view analytics.active_users with (security_barrier = true) as
  select * from analytics.mv_active_users where workspace_id = any ((select app.visible_workspaces('analyst'))::uuid[]);
create view analytics.top_agents with (security_barrier = true) as
  select * from analytics.mv_top_agents where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
create view analytics.workspace_summary with (security_barrier = true) as
  select * from analytics.mv_workspace_summary where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
create view analytics.daily_performance with (security_barrier = true) as
  select * from analytics.analytics_aggregated_daily
  where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
create view analytics.weekly_performance with (security_barrier = true) as
  select * from analytics.analytics_aggregated_weekly
  where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
create view analytics.platform_performance with (security_barrier = true) as
  select * from analytics.platform_performance_summary
  where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
grant select on analytics.active_users, analytics.top_agents, analytics.workspace_summary, analytics.daily_performance,
  analytics.weekly_performance, analytics.platform_performance to authenticated, workspace_service;

create table analytics.refresh_log (
  id uuid primary key default app.uuid_v7(),
  view_name text not null,
  started_at timestamptz not null,
  duration_ms bigint not null,
  error_message text
);
comment on table analytics.refresh_log is 'When each materialized view was computed anew, and how long it took.';
create index refresh_log_latest on analytics.refresh_log (view_name, started_at desc);
alter table analytics.refresh_log enable row level security;
alter table analytics.refresh_log force row level security;
create policy dispatch on analytics.refresh_log for select to service_role using (true);
create policy definer on analytics.refresh_log for all to current_user using (true) with check (true);
grant select on analytics.refresh_log to service_role;

-- The only thing that the reading role may have written on its behalf.
create function app.log_refresh(view_name text, started_at timestamptz, error_message text) returns bigint
language sql security definer set search_path = '' as $$
  insert into analytics.refresh_log (view_name, started_at, duration_ms, error_message)
  values (view_name, started_at, (extract(epoch from clock_timestamp() - started_at) * 1000)::bigint, error_message)
  returning duration_ms
$$;

-- Computes the views of the list anew while they stay readable. One that fails does not hold back the others, and
-- its error stands in the log. Runs as analytics_reader, who owns the views: a view sees what that role may see.
create function app.refresh_views(names text[])
returns table (view_name text, duration_ms bigint, error_message text)
language plpgsql security definer set search_path = '' as $$
declare
  started timestamptz;
begin
  foreach view_name in array names loop
    started = clock_timestamp();
    error_message = null;
    begin
      execute format('refresh materialized view concurrently analytics.%I', view_name);
    exception when others then
      error_message = sqlerrm;
    end;
    duration_ms = app.log_refresh(view_name, started, error_message);
    return next;
  end loop;
end
$$;
create function analytics.refresh_all_materialized_views()
returns table (view_name text, duration_ms bigint, error_message text)
language sql security definer set search_path = '' as $$
  select * from app.refresh_views(array(
    select c.relname::text from pg_catalog.pg_class c
    where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'm' order by 1))
$$;
create function analytics.refresh_analytics_materialized_views()
returns table (view_name text, duration_ms bigint, error_message text)
language sql security definer set search_path = '' as $$
  select * from app.refresh_views(array[
    'analytics_aggregated_daily', 'analytics_aggregated_weekly', 'platform_performance_summary'])
$$;
revoke execute on function app.log_refresh, app.refresh_views, analytics.refresh_all_materialized_views,
  analytics.refresh_analytics_materialized_views from public;
grant execute on function app.log_refresh to analytics_reader;
grant execute on function analytics.refresh_all_materialized_views, analytics.refresh_analytics_materialized_views
  to service_role;

-- Hands over what has to run as the reading role. The membership and the right to create end with this migration.
grant analytics_reader to current_user;
grant create on schema analytics, app to analytics_reader;
grant usage on schema app to analytics_reader;
do $$
declare
  handed record;
begin
  for handed in
    select c.relname, c.relkind from pg_class c where c.relnamespace = 'analytics'::regnamespace
      and (c.relkind = 'm' or c.reloptions @> array['security_barrier=true'])
  loop
    execute format('alter %s analytics.%I owner to analytics_reader',
      case handed.relkind when 'm' then 'materialized view' else 'view' end, handed.relname);
    if handed.relkind = 'm' then
      execute format('refresh materialized view analytics.%I', handed.relname);
    end if;
  end loop;
end
$$;
alter function app.refresh_views owner to analytics_reader;
alter function analytics.refresh_all_materialized_views owner to analytics_reader;
alter function analytics.refresh_analytics_materialized_views owner to analytics_reader;
revoke create on schema analytics, app from analytics_reader;
revoke analytics_reader from current_user;

-- Percentiles of a list, each interpolated between its neighbours; null for an empty list.
create function analytics.calculate_percentiles("values" numeric[], percentiles numeric[]) returns numeric[]
language sql immutable parallel safe set search_path = '' as $$
  select array(
    select (select (percentile_cont(p.fraction::float8) within group (order by v.value))::numeric from unnest("values") as v (value))
    from unnest(percentiles) with ordinality as p (fraction, position) order by p.position)
$$;
revoke execute on function analytics.calculate_percentiles from public;
grant execute on function analytics.calculate_percentiles to authenticated, workspace_service, service_role, analytics_reader;
