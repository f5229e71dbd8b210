-- The functions that fill the derived tables from what was measured. Each can be called again for the same span.

-- Sums one day of each workspace, or of one, as the workspace's own clock cuts it. Summed again, a day gives the
-- same row again. Returns how many workspaces were summed.
create function analytics.aggregate_daily_metrics(target_date date, target_workspace_id uuid default null) returns bigint
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
  ), people as (
    select b.workspace_id, count(m.user_id) as total_users, count(p.user_id) as active_users,
      count(m.user_id) filter (where m.created_at >= b.from_at) as new_users,
      count(p.user_id) filter (where m.created_at < b.from_at) as returning_users
    from bounds b
    left join public.workspace_members m on m.workspace_id = b.workspace_id and m.created_at < b.to_at
    left join present p on p.workspace_id = m.workspace_id and p.user_id = m.user_id
    group by 1
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
    select b.workspace_id, target_date, p.total_users, p.active_users, p.new_users, p.returning_users,
      coalesce(s.total_sessions, 0), s.seconds, s.bounce_rate, coalesce(r.total, 0), coalesce(r.successful, 0),
      coalesce(r.failed, 0), coalesce(r.cancelled, 0), r.avg_s, r.p50, r.p95, r.p99, coalesce(r.credits, 0),
      r.avg_credits, coalesce(m.credits_by_model, '{}'), coalesce(r.agents, 0), coalesce(t.top_agents, '[]'),
      coalesce(r.failed, 0), 100.0 * r.failed / nullif(r.failed + r.successful, 0), coalesce(e.errors_by_type, '{}')
    from bounds b
    join people p using (workspace_id) left join sessions s using (workspace_id) left join run_sums r using (workspace_id)
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

-- The same for each agent that ran on that day.
create function analytics.aggregate_agent_performance(target_date date, target_workspace_id uuid default null) returns bigint
language sql security definer set search_path = '' as $$
  with runs as (
    select r.* from public.workspaces w
    join public.agent_runs r on r.workspace_id = w.id and r.started_at >= target_date::timestamp at time zone w.time_zone
      and r.started_at < (target_date + 1)::timestamp at time zone w.time_zone
    where target_workspace_id is null or w.id = target_workspace_id
  ), failures as (
    select workspace_id, agent_id, jsonb_object_agg(kind, times) as error_types from (
      select workspace_id, agent_id, coalesce(error_type, 'unknown') as kind, count(*) as times
      from runs where status = 'failed' group by 1, 2, 3) e group by 1, 2
  ), reasons as (
    select workspace_id, agent_id, jsonb_agg(jsonb_build_object('reason', error_message, 'times', times)
      order by times desc, error_message) as common_failure_reasons
    from (select workspace_id, agent_id, error_message, count(*) as times,
        row_number() over (partition by workspace_id, agent_id order by count(*) desc, error_message) as place
      from runs where status = 'failed' and error_message is not null group by 1, 2, 3) f
    where place <= 5 group by 1, 2
  ), opinions as (
    select r.workspace_id, r.agent_id, avg(f.rating) as rating, count(*) as times
    from runs r join public.agent_feedback f on f.workspace_id = r.workspace_id and f.agent_run_id = r.id group by 1, 2
  ), sums as (
    select workspace_id, agent_id, count(*) as total, count(*) filter (where status = 'completed') as successful,
      count(*) filter (where status = 'failed') as failed, count(*) filter (where status = 'cancelled') as cancelled,
      avg(runtime_seconds) as avg_s, min(runtime_seconds) as min_s, max(runtime_seconds) as max_s,
      percentile_cont(array[0.5, 0.75, 0.95, 0.99]) within group (order by runtime_seconds) as percentiles,
      coalesce(sum(credits_consumed), 0) as credits, avg(credits_consumed) as avg_credits,
      coalesce(sum(tokens_used), 0) as tokens, avg(tokens_used)::bigint as avg_tokens, count(distinct user_id) as users
    from runs group by 1, 2
  ), written as (
    insert into analytics.agent_performance (workspace_id, agent_id, metric_date, total_runs, successful_runs, failed_runs,
      cancelled_runs, avg_runtime_seconds, min_runtime_seconds, max_runtime_seconds, p50_runtime_seconds,
      p75_runtime_seconds, p95_runtime_seconds, p99_runtime_seconds, total_credits, avg_credits_per_run,
      total_tokens_used, avg_tokens_per_run, unique_users, avg_user_rating, total_feedback_count, error_types,
      common_failure_reasons)
    select s.workspace_id, s.agent_id, target_date, total, successful, failed, cancelled, avg_s, min_s, max_s,
      percentiles[1], percentiles[2], percentiles[3], percentiles[4], credits, avg_credits, tokens, avg_tokens, users,
      o.rating, coalesce(o.times, 0), coalesce(f.error_types, '{}'), coalesce(n.common_failure_reasons, '[]')
    from sums s left join failures f using (workspace_id, agent_id) left join reasons n using (workspace_id, agent_id)
    left join opinions o using (workspace_id, agent_id)
    on conflict (workspace_id, agent_id, metric_date) do update set total_runs = excluded.total_runs,
      successful_runs = excluded.successful_runs, failed_runs = excluded.failed_runs,
      cancelled_runs = excluded.cancelled_runs, avg_runtime_seconds = excluded.avg_runtime_seconds,
      min_runtime_seconds = excluded.min_runtime_seconds, max_runtime_seconds = excluded.max_runtime_seconds,
      p50_runtime_seconds = excluded.p50_runtime_seconds, p75_runtime_seconds = excluded.p75_runtime_seconds,
      p95_runtime_seconds = excluded.p95_runtime_seconds, p99_runtime_seconds = excluded.p99_runtime_seconds,
      total_credits = excluded.total_credits, avg_credits_per_run = excluded.avg_credits_per_run,
      total_tokens_used = excluded.total_tokens_used, avg_tokens_per_run = excluded.avg_tokens_per_run,
      unique_users = excluded.unique_users, avg_user_rating = excluded.avg_user_rating,
      total_feedback_count = excluded.total_feedback_count, error_types = excluded.error_types,
      common_failure_reasons = excluded.common_failure_reasons
    returning 1)
  select count(*) from written
$$;

-- The same for one hour. An hour without activity makes no row.
create function analytics.aggregate_hourly_metrics(target_hour timestamptz, target_workspace_id uuid default null) returns bigint
language sql security definer set search_path = '' as $$
  with hour as (select date_trunc('hour', target_hour, 'UTC') as from_at),
  activity as (
    select a.workspace_id, a.user_id from hour join analytics.user_activity a
      on a.created_at >= from_at and a.created_at < from_at + interval '1 hour'
    where target_workspace_id is null or a.workspace_id = target_workspace_id
  ), runs as (
    select r.* from hour join public.agent_runs r
      on r.started_at >= from_at and r.started_at < from_at + interval '1 hour'
    where target_workspace_id is null or r.workspace_id = target_workspace_id
  ), people as (
    select workspace_id, count(distinct user_id) as users from (
      select workspace_id, user_id from activity union all select workspace_id, user_id from runs) p group by 1
  ), sums as (
    select workspace_id, count(*) as total, count(*) filter (where status = 'completed') as successful,
      count(*) filter (where status = 'failed') as failed, coalesce(sum(credits_consumed), 0) as credits,
      (avg(runtime_seconds) * 1000)::bigint as avg_ms,
      (percentile_cont(0.95) within group (order by runtime_seconds) * 1000)::bigint as p95_ms
    from runs group by 1
  ), written as (
    insert into analytics.hourly_metrics (workspace_id, metric_hour, active_users, total_runs, successful_runs, failed_runs,
      total_credits, avg_response_time_ms, p95_response_time_ms)
    select p.workspace_id, from_at, p.users, coalesce(total, 0), coalesce(successful, 0), coalesce(failed, 0),
      coalesce(credits, 0), avg_ms, p95_ms
    from hour cross join people p left join sums s using (workspace_id)
    on conflict (workspace_id, metric_hour) do update set active_users = excluded.active_users,
      total_runs = excluded.total_runs, successful_runs = excluded.successful_runs, failed_runs = excluded.failed_runs,
      total_credits = excluded.total_credits, avg_response_time_ms = excluded.avg_response_time_ms,
      p95_response_time_ms = excluded.p95_response_time_ms
    returning 1)
  select count(*) from written
$$;
revoke execute on function analytics.aggregate_daily_metrics, analytics.aggregate_agent_performance,
  analytics.aggregate_hourly_metrics from public;
grant execute on function analytics.aggregate_daily_metrics, analytics.aggregate_agent_performance,
  analytics.aggregate_hourly_metrics to service_role;

-- Computes the deltas of one period anew from the snapshots since `from_at`, for one workspace. The value of a
-- counter at the end of a bucket is the last that was told; its change is counted from the last told in any earlier
-- bucket, from zero if the post appeared within the bucket, and is unknown otherwise. Snapshots that come late,
-- twice or out of order therefore end in the same deltas, if they are computed from the earliest of them on.
-- Returns how many there are.
create function app.rebuild_post_deltas(
  workspace_id uuid, period period, from_at timestamptz, to_at timestamptz default 'infinity'
) returns bigint language sql set search_path = '' as $$
  with settings as (
    select w.time_zone as zone, u.unit, u.step, date_trunc(u.unit, rebuild_post_deltas.from_at, w.time_zone) as first_at
    from public.workspaces w
    join (values ('hourly', 'hour', interval '1 hour'), ('daily', 'day', interval '1 day'),
      ('weekly', 'week', interval '1 week'), ('monthly', 'month', interval '1 month'),
      ('quarterly', 'quarter', interval '3 months')) as u (period, unit, step)
      on u.period = rebuild_post_deltas.period::text
    where w.id = rebuild_post_deltas.workspace_id
  ), touched as (
    select distinct s.published_post_id from public.post_snapshots s cross join settings
    where s.workspace_id = rebuild_post_deltas.workspace_id and s.captured_at >= first_at
      and s.captured_at < rebuild_post_deltas.to_at
  ), told as (
    select s.published_post_id, s.captured_at, s.source, m.metric, m.currency, m.value,
      date_trunc(settings.unit, s.captured_at, settings.zone) as bucket
    from touched t cross join settings
    join public.post_snapshots s on s.workspace_id = rebuild_post_deltas.workspace_id
      and s.published_post_id = t.published_post_id and s.captured_at < rebuild_post_deltas.to_at
    cross join lateral (values
      ('views', null, s.views::numeric),
      ('likes', null, s.likes::numeric),
      ('comments', null, s.comments::numeric),
      ('shares', null, s.shares::numeric),
      ('quotes', null, s.quotes::numeric),
      ('clicks', null, s.clicks::numeric),
      ('saves', null, s.saves::numeric),
      ('impressions', null, s.impressions::numeric),
      ('reach', null, s.reach::numeric),
      ('qualified_views', null, s.qualified_views::numeric),
      ('seconds_viewed', null, s.seconds_viewed::numeric),
      ('earnings', s.currency::text, s.earnings)) as m (metric, currency, value)
    where m.value is not null
  ), latest as (
    select distinct on (published_post_id, metric, currency, bucket) * from told
    order by published_post_id, metric, currency, bucket, captured_at desc, source desc
  ), steps as (
    select l.*, p.artist_id, lag(l.value) over series as before,
      l.value - coalesce(lag(l.value) over series, case when p.published_at >= l.bucket then 0 end) as change
    from latest l
    join public.published_posts p on p.workspace_id = rebuild_post_deltas.workspace_id and p.id = l.published_post_id
    window series as (partition by l.published_post_id, l.metric, l.currency order by l.bucket)
  ), computed as (
    select published_post_id, artist_id, bucket as starts_at,
      case unit when 'hour' then bucket + step else (bucket at time zone zone + step) at time zone zone end as ends_at,
      (max(change) filter (where metric = 'views'))::bigint as views,
      (max(change) filter (where metric = 'likes'))::bigint as likes,
      (max(change) filter (where metric = 'comments'))::bigint as comments,
      (max(change) filter (where metric = 'shares'))::bigint as shares,
      (max(change) filter (where metric = 'quotes'))::bigint as quotes,
      (max(change) filter (where metric = 'clicks'))::bigint as clicks,
      (max(change) filter (where metric = 'saves'))::bigint as saves,
      (max(change) filter (where metric = 'impressions'))::bigint as impressions,
      (max(change) filter (where metric = 'reach'))::bigint as reach,
      (max(change) filter (where metric = 'qualified_views'))::bigint as qualified_views,
      (max(change) filter (where metric = 'seconds_viewed'))::bigint as seconds_viewed,
      (array_agg(change order by captured_at desc, currency) filter (where metric = 'earnings'))[1] as earnings,
      (array_agg(currency order by captured_at desc, currency) filter (where metric = 'earnings'))[1] as currency,
      max(100.0 * change / nullif(before, 0)) filter (where metric = 'views') as growth_rate
    from steps cross join settings where bucket >= first_at
    group by published_post_id, artist_id, bucket, unit, step, zone
  ), gone as (
    delete from public.post_deltas d using settings
    where d.workspace_id = rebuild_post_deltas.workspace_id and d.period = rebuild_post_deltas.period
      and d.from_at >= first_at and d.from_at < rebuild_post_deltas.to_at
      and not exists (select from computed n where n.published_post_id = d.published_post_id and n.starts_at = d.from_at
        and n.ends_at = d.to_at)
  ), written as (
    insert into public.post_deltas (workspace_id, published_post_id, period, from_at, to_at, artist_id,
      views_delta, likes_delta, comments_delta, shares_delta, quotes_delta, clicks_delta, saves_delta,
      impressions_delta, reach_delta, qualified_views_delta, seconds_viewed_delta,
      earnings_delta, currency, growth_rate)
    select rebuild_post_deltas.workspace_id, n.published_post_id, rebuild_post_deltas.period, n.starts_at, n.ends_at, n.artist_id,
      n.views, n.likes, n.comments, n.shares, n.quotes, n.clicks, n.saves, n.impressions, n.reach,
      n.qualified_views, n.seconds_viewed,
      n.earnings, n.currency, n.growth_rate
    from computed n
    on conflict on constraint post_deltas_period_key do update set artist_id = excluded.artist_id,
      views_delta = excluded.views_delta, likes_delta = excluded.likes_delta, comments_delta =
      excluded.comments_delta, shares_delta = excluded.shares_delta, quotes_delta = excluded.quotes_delta,
      clicks_delta = excluded.clicks_delta, saves_delta = excluded.saves_delta, impressions_delta =
      excluded.impressions_delta, reach_delta = excluded.reach_delta, qualified_views_delta =
      excluded.qualified_views_delta, seconds_viewed_delta = excluded.seconds_viewed_delta,
      earnings_delta = excluded.earnings_delta, currency = excluded.currency, growth_rate = excluded.growth_rate,
      computed_at = now()
    returning 1)
  select count(*) from written
$$;
revoke execute on function app.rebuild_post_deltas from public;
grant execute on function app.rebuild_post_deltas to workspace_service;
