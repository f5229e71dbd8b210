-- One engagement rate for all views, and sums that divide like by like.
--
-- Engagements are likes, comments, shares, quotes and saves: what the sources count as engagement, taken together. Their
-- rate is per hundred people reached; where a network tells no reach, per hundred impressions, and where it tells none
-- of these either, per hundred views. A sum over several rows takes each row's own denominator, and only rows that told
-- both sides: engagements of one post stood over the reach of another.

create function app.engagements(likes bigint, comments bigint, shares bigint, quotes bigint, saves bigint) returns bigint
language sql immutable parallel safe
return case when coalesce(likes, comments, shares, quotes, saves) is not null
  then coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) + coalesce(quotes, 0) + coalesce(saves, 0) end;
comment on function app.engagements is
  'Likes, comments, shares, quotes and saves; clicks have a rate of their own. Null where none of them was told.';
create function app.engagement_rate(engagements numeric, seen numeric) returns numeric language sql immutable parallel safe
return round(100.0 * engagements / nullif(greatest(seen, 0), 0), 6);
comment on function app.engagement_rate is
  'app.engagements per hundred that saw it, which is coalesce(reach, impressions, views) of the same row. Null where nobody is known to have seen it, as after a recount downward.';
revoke execute on function app.engagements, app.engagement_rate from public;
grant execute on function app.engagements, app.engagement_rate to authenticated, workspace_service, analytics_reader;

create or replace view content_performance with (security_invoker = true) as
select s.workspace_id, s.published_post_id, u.content_id, p.social_account_id, p.platform, s.captured_at as recorded_at,
  s.source, s.views, s.likes, s.comments, s.shares, s.quotes, s.clicks, s.saves, s.reach, s.impressions,
  app.engagement_rate(app.engagements(s.likes, s.comments, s.shares, s.quotes, s.saves),
    coalesce(s.reach, s.impressions, s.views)) as engagement_rate,
  round(100.0 * s.clicks / nullif(s.impressions, 0), 6) as ctr
from post_snapshots s
join published_posts p on p.workspace_id = s.workspace_id and p.id = s.published_post_id
left join publications u on u.workspace_id = p.workspace_id and u.id = p.publication_id;
comment on view content_performance is
  'Each snapshot, with its rates in per cent: app.engagement_rate, and clicks per impression. Null where the network told nothing to divide by.';

create or replace view analytics.engagement_summary_by_hour with (security_invoker = true) as
select workspace_id, platform, hour_of_day, count(*) as measurements, sum(engagements) as engagements,
  sum(impressions) as impressions, app.engagement_rate(sum(engagements) filter (where impressions is not null),
    sum(impressions) filter (where engagements is not null)) as engagement_rate,
  avg(engagement_velocity) as avg_engagement_velocity
from analytics.engagement_by_time group by workspace_id, platform, hour_of_day;
create or replace view analytics.engagement_summary_by_day with (security_invoker = true) as
select workspace_id, platform, day_of_week, count(*) as measurements, sum(engagements) as engagements,
  sum(impressions) as impressions, app.engagement_rate(sum(engagements) filter (where impressions is not null),
    sum(impressions) filter (where engagements is not null)) as engagement_rate,
  avg(engagement_velocity) as avg_engagement_velocity
from analytics.engagement_by_time group by workspace_id, platform, day_of_week;
comment on view analytics.engagement_summary_by_hour is
  'The rate is that of all impressions together, not the mean of the hours'' rates, over the hours of which both engagements and impressions are known.';
comment on column analytics.engagement_by_time.engagements is 'As app.engagements counts them.';
comment on column analytics.engagement_by_time.engagement_rate is
  'Engagements per impression of the hour, in per cent: by the hour, impressions are what is kept to divide by.';
comment on column analytics.audience_interests.engagement_rate is 'Of posts on it, as app.engagement_rate has it, in per cent.';
comment on column analytics.benchmark_comparisons.user_engagement_rate is
  'Of the account itself, as app.engagement_rate has it, in per cent.';
comment on column analytics.competitor_metrics.engagement is
  'Mean engagements per post of the last 30 days, as app.engagements counts them.';

-- Growth of thirty days is told by a number that is thirty days old, or some days more where none was taken on the day:
-- any older one told the growth of a year as that of a month.
create or replace view analytics.competitor_benchmark_summary with (security_invoker = true) as
select c.workspace_id, c.id as competitor_profile_id, c.name, c.platform, c.handle, c.is_active, m.recorded_date,
  m.followers, m.followers - before.followers as followers_gained_30d, m.engagement, m.posts_per_week
from analytics.competitor_profiles c
left join lateral (
  select * from analytics.competitor_metrics l
  where l.workspace_id = c.workspace_id and l.competitor_profile_id = c.id order by l.recorded_date desc limit 1) m on true
left join lateral (
  select followers from analytics.competitor_metrics l
  where l.workspace_id = c.workspace_id and l.competitor_profile_id = c.id
    and l.recorded_date between m.recorded_date - 37 and m.recorded_date - 30 and l.followers is not null
  order by l.recorded_date desc limit 1) before on true;
comment on view analytics.competitor_benchmark_summary is
  'Each competitor with the latest numbers and the growth of 30 days: since the number of 30 to 37 days before, null without one.';

-- Who acted on a day is counted by what they did, as in mv_active_users, and not by whether they are still members when
-- the sum is made: a day that is summed again told fewer. Who has left counts as returning, for nobody knows since when
-- they were there; total_users and new_users are of members alone.
grant analytics_writer to current_user;
create or replace function analytics.aggregate_daily_metrics(target_date date, target_workspace_id uuid default null) returns bigint
language sql security definer set search_path = '' as $$
  with bounds as (
    select w.id as workspace_id, target_date::timestamp at time zone w.time_zone as from_at,
      (target_date + 1)::timestamp at time zone w.time_zone as to_at
    from public.workspaces w where target_workspace_id is null or w.id = target_workspace_id
  ), runs as (
    select r.*, b.from_at from bounds b
    join public.agent_runs r on r.workspace_id = b.workspace_id and r.started_at >= b.from_at and r.started_at < b.to_at
  ), activity as (
    select a.* from bounds b
    join analytics.user_activity a on a.workspace_id = b.workspace_id and a.created_at >= b.from_at and a.created_at < b.to_at
  ), present as (
    select workspace_id, user_id from activity union select workspace_id, user_id from runs where user_id is not null
  ), members as (
    select b.workspace_id, m.user_id, m.created_at >= b.from_at as is_new
    from bounds b join public.workspace_members m on m.workspace_id = b.workspace_id and m.created_at < b.to_at
  ), member_sums as (
    select workspace_id, count(*) as total_users, count(*) filter (where is_new) as new_users from members group by 1
  ), people as (
    select p.workspace_id, count(*) as active_users, count(*) filter (where m.is_new is not true) as returning_users
    from present p left join members m using (workspace_id, user_id) group by 1
  ), visits as (
    select workspace_id, session_id, extract(epoch from max(created_at) - min(created_at)) as seconds,
      count(*) = 1 and bool_and(event_type = 'page_view') as bounced
    from activity where session_id is not null group by 1, 2
  ), sessions as (
    select workspace_id, count(*) as total_sessions, avg(seconds) as seconds,
      100.0 * count(*) filter (where bounced) / count(*) as bounce_rate
    from visits group by 1
  ), run_sums as (
    select workspace_id, count(*) as total, count(*) filter (where status = 'completed') as successful,
      count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'cancelled') as cancelled,
      avg(runtime_seconds) as avg_s, percentile_cont(0.5) within group (order by runtime_seconds) as p50,
      percentile_cont(0.95) within group (order by runtime_seconds) as p95,
      percentile_cont(0.99) within group (order by runtime_seconds) as p99,
      coalesce(sum(credits_consumed), 0) as credits, avg(credits_consumed) as avg_credits,
      count(distinct agent_id) as agents
    from runs group by 1
  ), models as (
    select workspace_id, jsonb_object_agg(model, credits) as credits_by_model from (
      select workspace_id, coalesce(model, 'unknown') as model, sum(credits_consumed) as credits
      from runs where credits_consumed is not null group by 1, 2) m group by 1
  ), errors as (
    select workspace_id, jsonb_object_agg(kind, times) as errors_by_type from (
      select workspace_id, coalesce(error_type, 'unknown') as kind, count(*) as times
      from runs where status = 'failed' group by 1, 2) e group by 1
  ), tops as (
    select workspace_id, jsonb_agg(jsonb_build_object('agentId', agent_id, 'runs', times) order by times desc, agent_id) as top_agents
    from (select workspace_id, agent_id, count(*) as times,
        row_number() over (partition by workspace_id order by count(*) desc, agent_id) as place
      from runs group by 1, 2) t where place <= 5 group by 1
  ), written as (
    insert into analytics.daily_metrics as d (workspace_id, metric_date, total_users, active_users, new_users,
      returning_users, total_sessions, avg_session_duration_seconds, bounce_rate, total_runs, successful_runs,
      failed_runs, cancelled_runs, avg_runtime_seconds, median_runtime_seconds, p95_runtime_seconds,
      p99_runtime_seconds, total_credits_consumed, avg_credits_per_run, credits_by_model, unique_agents_run, top_agents,
      total_errors, error_rate, errors_by_type)
    select b.workspace_id, target_date, coalesce(k.total_users, 0), coalesce(p.active_users, 0), coalesce(k.new_users, 0),
      coalesce(p.returning_users, 0),
      coalesce(s.total_sessions, 0), s.seconds, s.bounce_rate, coalesce(r.total, 0), coalesce(r.successful, 0),
      coalesce(r.failed, 0), coalesce(r.cancelled, 0), r.avg_s, r.p50, r.p95, r.p99, coalesce(r.credits, 0),
      r.avg_credits, coalesce(m.credits_by_model, '{}'), coalesce(r.agents, 0), coalesce(t.top_agents, '[]'),
      coalesce(r.failed, 0), 100.0 * r.failed / nullif(r.failed + r.successful, 0), coalesce(e.errors_by_type, '{}')
    from bounds b left join member_sums k using (workspace_id) left join people p using (workspace_id)
    left join sessions s using (workspace_id) left join run_sums r using (workspace_id)
    left join models m using (workspace_id) left join errors e using (workspace_id) left join tops t using (workspace_id)
    on conflict (workspace_id, metric_date) do update set total_users = excluded.total_users,
      active_users = excluded.active_users, new_users = excluded.new_users, returning_users = excluded.returning_users,
      total_sessions = excluded.total_sessions, avg_session_duration_seconds = excluded.avg_session_duration_seconds,
      bounce_rate = excluded.bounce_rate, total_runs = excluded.total_runs, successful_runs = excluded.successful_runs,
      failed_runs = excluded.failed_runs, cancelled_runs = excluded.cancelled_runs,
      avg_runtime_seconds = excluded.avg_runtime_seconds, median_runtime_seconds = excluded.median_runtime_seconds,
      p95_runtime_seconds = excluded.p95_runtime_seconds, p99_runtime_seconds = excluded.p99_runtime_seconds,
      total_credits_consumed = excluded.total_credits_consumed, avg_credits_per_run = excluded.avg_credits_per_run,
      credits_by_model = excluded.credits_by_model, unique_agents_run = excluded.unique_agents_run,
      top_agents = excluded.top_agents, total_errors = excluded.total_errors, error_rate = excluded.error_rate,
      errors_by_type = excluded.errors_by_type
    returning 1)
  select count(*) from written
$$;
revoke analytics_writer from current_user;
comment on column analytics.daily_metrics.total_users is 'Members who had joined by the end of the day, as far as they are members still.';
comment on column analytics.daily_metrics.active_users is 'Distinct people who acted on that day, members still or not.';
comment on column analytics.daily_metrics.new_users is 'Members who joined on that day, whether they acted or not.';
comment on column analytics.daily_metrics.returning_users is 'Those of active_users who did not join on that day.';

-- The reading role owns what it computes; the membership ends with this migration, as in 0016.
grant analytics_reader to current_user;
grant create on schema analytics to analytics_reader;
drop view analytics.daily_performance, analytics.weekly_performance, analytics.platform_performance;
drop materialized view analytics.analytics_aggregated_daily, analytics.analytics_aggregated_weekly,
  analytics.platform_performance_summary;

create materialized view analytics.analytics_aggregated_daily as
select d.workspace_id, p.social_account_id, p.platform, (d.from_at at time zone w.time_zone)::date as metric_date,
  count(*) as posts_measured, sum(d.views_delta) as views, sum(d.impressions_delta) as impressions,
  sum(d.reach_delta) as reach, sum(d.likes_delta) as likes, sum(d.comments_delta) as comments,
  sum(d.shares_delta) as shares, sum(d.clicks_delta) as clicks, sum(d.saves_delta) as saves,
  app.engagement_rate(
    sum(app.engagements(d.likes_delta, d.comments_delta, d.shares_delta, d.quotes_delta, d.saves_delta))
      filter (where coalesce(d.reach_delta, d.impressions_delta, d.views_delta) is not null),
    sum(coalesce(d.reach_delta, d.impressions_delta, d.views_delta))
      filter (where coalesce(d.likes_delta, d.comments_delta, d.shares_delta, d.quotes_delta, d.saves_delta) is not null)
  ) as engagement_rate
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
  app.engagement_rate(
    sum(app.engagements(d.likes_delta, d.comments_delta, d.shares_delta, d.quotes_delta, d.saves_delta))
      filter (where coalesce(d.reach_delta, d.impressions_delta, d.views_delta) is not null),
    sum(coalesce(d.reach_delta, d.impressions_delta, d.views_delta))
      filter (where coalesce(d.likes_delta, d.comments_delta, d.shares_delta, d.quotes_delta, d.saves_delta) is not null)
  ) as engagement_rate
from public.post_deltas d
join public.workspaces w on w.id = d.workspace_id
join public.published_posts p on p.workspace_id = d.workspace_id and p.id = d.published_post_id
where d.period = 'daily' and d.to_at >= now() - interval '1 year 8 days'
  and d.from_at >= date_trunc('week', (now() at time zone w.time_zone) - interval '1 year') at time zone w.time_zone
group by 1, 2, 3, 4
with no data;
create unique index analytics_aggregated_weekly_key
  on analytics.analytics_aggregated_weekly (workspace_id, social_account_id, week_start);

-- Posts without engagements are null, which neither means nor percentiles count.
create materialized view analytics.platform_performance_summary as
with latest as (
  select p.workspace_id, p.platform, s.views, s.impressions,
    app.engagements(s.likes, s.comments, s.shares, s.quotes, s.saves) as engagements
  from public.published_posts p
  left join lateral (
    select * from public.post_snapshots s
    where s.workspace_id = p.workspace_id and s.published_post_id = p.id and s.captured_at >= p.published_at - interval '1 day'
      and s.captured_at >= now() - interval '91 days'
    order by s.captured_at desc limit 1) s on true
  where p.published_at >= now() - interval '90 days'
)
select workspace_id, platform, count(*) as posts, count(engagements) as posts_measured, avg(engagements) as avg_engagement,
  percentile_cont(0.25) within group (order by engagements) as p25_engagement,
  percentile_cont(0.50) within group (order by engagements) as p50_engagement,
  percentile_cont(0.75) within group (order by engagements) as p75_engagement,
  percentile_cont(0.90) within group (order by engagements) as p90_engagement,
  percentile_cont(0.95) within group (order by engagements) as p95_engagement,
  percentile_cont(0.99) within group (order by engagements) as p99_engagement,
  sum(views) as views, sum(impressions) as impressions
from latest group by workspace_id, platform
with no data;
create unique index platform_performance_summary_key on analytics.platform_performance_summary (workspace_id, platform);

create view analytics.daily_performance with (security_barrier = true) as
  select * from analytics.analytics_aggregated_daily
  where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
create view analytics.weekly_performance with (security_barrier = true) as
  select * from analytics.analytics_aggregated_weekly
  where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
create view analytics.platform_performance with (security_barrier = true) as
  select * from analytics.platform_performance_summary
  where workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
grant select on analytics.daily_performance, analytics.weekly_performance, analytics.platform_performance
  to authenticated, workspace_service;

-- Agents, their runs and the members of a workspace are closed to every API key, so these are too. No scope is named: a
-- person needs none, and no key has it.
create or replace view analytics.top_agents with (security_barrier = true) as
  select * from analytics.mv_top_agents where (select app.key_may(variadic '{}'::public.api_scope[]))
    and workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);
create or replace view analytics.workspace_summary with (security_barrier = true) as
  select * from analytics.mv_workspace_summary where (select app.key_may(variadic '{}'::public.api_scope[]))
    and workspace_id = any ((select app.visible_workspaces('viewer'))::uuid[]);

comment on view analytics.daily_performance is 'analytics_aggregated_daily of the workspaces of whoever asks.';
comment on view analytics.weekly_performance is 'analytics_aggregated_weekly of the workspaces of whoever asks.';
comment on view analytics.platform_performance is 'platform_performance_summary of the workspaces of whoever asks.';
comment on view analytics.top_agents is 'mv_top_agents of the workspaces of whoever asks; for people and jobs, not for API keys.';
comment on view analytics.workspace_summary is
  'mv_workspace_summary of the workspaces of whoever asks; for people and jobs, not for API keys.';
comment on materialized view analytics.analytics_aggregated_daily is
  'What the posts of an account gained in each of the last 90 days. The rate is app.engagement_rate of the posts that told both sides of it.';
comment on materialized view analytics.analytics_aggregated_weekly is
  'What the posts of an account gained in each week of the last year. The rate is app.engagement_rate of the days that told both sides of it.';
comment on materialized view analytics.platform_performance_summary is
  'Posts of the last 90 days by network, with percentiles of their engagement, which is app.engagements of the last snapshot.';

do $$
declare
  handed record;
begin
  for handed in
    select c.relname, case c.relkind when 'm' then 'materialized view' else 'view' end as kind from pg_class c
    where c.relnamespace = 'analytics'::regnamespace and c.relname in ('analytics_aggregated_daily',
      'analytics_aggregated_weekly', 'platform_performance_summary', 'daily_performance', 'weekly_performance',
      'platform_performance')
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
