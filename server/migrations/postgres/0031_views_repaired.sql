-- Views that told more than was known.
--
-- A rate is null where neither likes, nor comments, nor shares were told: it was zero. The weeks of a year begin with a
-- whole week. And actives of the last 7 and 30 days are null for days whose trailing window reaches into what is no
-- longer there: raw activity is kept for 90 days, and the count grew smaller as it left.

create or replace view content_performance with (security_invoker = true) as
select s.workspace_id, s.published_post_id, u.content_id, p.social_account_id, p.platform, s.captured_at as recorded_at,
  s.source, s.views, s.likes, s.comments, s.shares, s.quotes, s.clicks, s.saves, s.reach, s.impressions,
  case when num_nonnulls(s.likes, s.comments, s.shares, s.quotes, s.saves) > 0 then round(
    100.0 * (coalesce(s.likes, 0) + coalesce(s.comments, 0) + coalesce(s.shares, 0) + coalesce(s.quotes, 0)
      + coalesce(s.saves, 0)) / nullif(coalesce(s.reach, s.impressions, s.views), 0), 6) end as engagement_rate,
  round(100.0 * s.clicks / nullif(s.impressions, 0), 6) as ctr
from post_snapshots s
join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
left join publications u on u.workspace_id = p.workspace_id and u.id = p.publication_id;

-- The reading role owns what it computes; the membership ends with this migration, as in 0016.
grant analytics_reader to current_user;
grant create on schema analytics to analytics_reader;
drop view analytics.active_users, analytics.daily_performance, analytics.weekly_performance;
drop materialized view analytics.mv_active_users, analytics.analytics_aggregated_daily, analytics.analytics_aggregated_weekly;

create materialized view analytics.mv_active_users as
with activity as (
  select a.workspace_id, a.user_id, (a.created_at at time zone w.time_zone)::date as day
  from analytics.user_activity a join public.workspaces w on w.id = a.workspace_id
  where a.created_at >= now() - interval '92 days'
  union
  select r.workspace_id, r.user_id, (r.started_at at time zone w.time_zone)::date
  from public.agent_runs r join public.workspaces w on w.id = r.workspace_id
  where r.started_at >= now() - interval '92 days' and r.user_id is not null
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
  select w.id as workspace_id, d::date as day, (now() at time zone w.time_zone)::date - 90 as forgotten
  from public.workspaces w
  cross join lateral generate_series((now() at time zone w.time_zone)::date - 93, (now() at time zone w.time_zone)::date,
    interval '1 day') d
  where exists (select from activity a where a.workspace_id = w.id)
), counted as (
  select c.workspace_id, c.day, c.forgotten, windows.days,
    sum(coalesce(sum(change), 0)) over (partition by c.workspace_id, windows.days order by c.day) as users
  from calendar c cross join (values (1), (7), (30)) as windows (days)
  left join changes x on x.workspace_id = c.workspace_id and x.day = c.day and x.days = windows.days
  group by c.workspace_id, c.day, c.forgotten, windows.days
)
select day as activity_date, workspace_id,
  (max(users) filter (where days = 1))::bigint as daily_active_users,
  (max(users) filter (where days = 7 and day - 6 > forgotten))::bigint as weekly_active_users,
  (max(users) filter (where days = 30 and day - 29 > forgotten))::bigint as monthly_active_users
from counted where day > forgotten group by workspace_id, day
with no data;
create unique index mv_active_users_key on analytics.mv_active_users (workspace_id, activity_date);

create materialized view analytics.analytics_aggregated_daily as
select d.workspace_id, p.social_account_id, p.platform, (d.from_at at time zone w.time_zone)::date as metric_date,
  count(*) as posts_measured, sum(d.views_delta) as views, sum(d.impressions_delta) as impressions,
  sum(d.reach_delta) as reach, sum(d.likes_delta) as likes, sum(d.comments_delta) as comments,
  sum(d.shares_delta) as shares, sum(d.clicks_delta) as clicks, sum(d.saves_delta) as saves,
  case when num_nonnulls(sum(d.likes_delta), sum(d.comments_delta), sum(d.shares_delta)) > 0 then round(
    100.0 * (coalesce(sum(d.likes_delta), 0) + coalesce(sum(d.comments_delta), 0) + coalesce(sum(d.shares_delta), 0))
    / nullif(coalesce(sum(d.reach_delta), sum(d.impressions_delta), sum(d.views_delta)), 0), 6) end as engagement_rate
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
  case when num_nonnulls(sum(d.likes_delta), sum(d.comments_delta), sum(d.shares_delta)) > 0 then round(
    100.0 * (coalesce(sum(d.likes_delta), 0) + coalesce(sum(d.comments_delta), 0) + coalesce(sum(d.shares_delta), 0))
    / nullif(coalesce(sum(d.reach_delta), sum(d.impressions_delta), sum(d.views_delta)), 0), 6) end as engagement_rate
from public.post_deltas d
join public.workspaces w on w.id = d.workspace_id
join public.published_posts p on p.workspace_id = d.workspace_id and p.id = d.published_post_id
where d.period = 'daily' and d.to_at >= now() - interval '1 year 8 days'
  and d.from_at >= date_trunc('week', (now() at time zone w.time_zone) - interval '1 year') at time zone w.time_zone
group by 1, 2, 3, 4
with no data;
create unique index analytics_aggregated_weekly_key
  on analytics.analytics_aggregated_weekly (workspace_id, social_account_id, week_start);

create view analytics.active_users with (security_barrier = true) as
  select * from analytics.mv_active_users where workspace_id = any ((select app.visible_workspaces('analyst'))::uuid[]);
create view analytics.daily_performance with (security_barrier = true) as
  select * from analytics.analytics_aggregated_daily
  where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
create view analytics.weekly_performance with (security_barrier = true) as
  select * from analytics.analytics_aggregated_weekly
  where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
grant select on analytics.active_users, analytics.daily_performance, analytics.weekly_performance
  to authenticated, workspace_service;
comment on view analytics.active_users is 'mv_active_users of the workspaces of whoever asks.';
comment on view analytics.daily_performance is 'analytics_aggregated_daily of the workspaces of whoever asks.';
comment on view analytics.weekly_performance is 'analytics_aggregated_weekly of the workspaces of whoever asks.';
comment on materialized view analytics.mv_active_users is
  'Distinct people of the trailing 1, 7 and 30 days, for each of the last 90; null where the window is no longer whole.';
comment on materialized view analytics.analytics_aggregated_daily is 'What the posts of an account gained in each of the last 90 days.';
comment on materialized view analytics.analytics_aggregated_weekly is 'What the posts of an account gained in each week of the last year.';

do $$
declare
  handed record;
begin
  for handed in
    select c.relname, case c.relkind when 'm' then 'materialized view' else 'view' end as kind from pg_class c
    where c.relnamespace = 'analytics'::regnamespace and c.relname in ('mv_active_users', 'analytics_aggregated_daily',
      'analytics_aggregated_weekly', 'active_users', 'daily_performance', 'weekly_performance')
  loop
    execute format('alter %s analytics.%I owner to analytics_reader', handed.kind, handed.relname);
    if handed.kind = 'materialized view' then
      execute format('refresh materialized view analytics.%I', handed.relname);
    end if;
  end loop;
end
$$;
revoke create on schema analytics from analytics_reader;
revoke analytics_reader from current_user;
