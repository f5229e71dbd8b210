-- Snapshots that tell of long ago, when those before them lie in the archive already; and one function that nobody calls.

-- From when on all snapshots are in the table: everything of before the end of the last month that left has gone into the
-- archive, wholly or in part, for a month that has left can be made again. A month that left without a row took nothing.
create function app.snapshots_kept_since() returns timestamptz
language sql stable security definer set search_path = '' as $$
  select coalesce(
    max((to_date(substring(a.partition_name from '^post_snapshots_(\d{4}_\d{2})'), 'YYYY_MM') + interval '1 month') at time zone 'UTC'),
    '-infinity')
  from app.partition_archives a where a.table_name = 'public.post_snapshots' and a.row_count > 0
$$;
revoke execute on function app.snapshots_kept_since from public;
grant execute on function app.snapshots_kept_since to workspace_service;
comment on function app.snapshots_kept_since is
  'The instant from which on no snapshot has gone into the archive; -infinity before the first has.';

-- Deltas outlive their snapshots. Of a post from before that instant nothing is computed of a period that begins before
-- it, and nothing of it is deleted; in the first period after it a counter keeps its delta where only the archive has
-- what it changed from. A post that appeared later has all its snapshots here, and is computed like any other. Deltas of
-- posts without a snapshot in the span are not looked at. The bounds of time are subqueries without a reference
-- outwards, by which partitions are left out.
create or replace function app.rebuild_post_deltas(
  workspace_id uuid, period period, from_at timestamptz, to_at timestamptz default 'infinity'
) returns bigint language sql set search_path = public, pg_temp as $$
  with settings as materialized (
    select w.time_zone as zone, u.unit, u.step, date_trunc(u.unit, rebuild_post_deltas.from_at, w.time_zone) as first_at,
      app.snapshots_kept_since() as kept_since
    from public.workspaces w
    join (values ('hourly', 'hour', interval '1 hour'), ('daily', 'day', interval '1 day'),
      ('weekly', 'week', interval '1 week'), ('monthly', 'month', interval '1 month'),
      ('quarterly', 'quarter', interval '3 months')) as u (period, unit, step)
      on u.period = rebuild_post_deltas.period::text
    where w.id = rebuild_post_deltas.workspace_id
  ), told as (
    select s.published_post_id, s.captured_at, s.source, m.metric, m.currency, m.value,
      date_trunc(settings.unit, s.captured_at, settings.zone) as bucket
    from settings
    join public.post_snapshots s on s.workspace_id = rebuild_post_deltas.workspace_id
      and s.captured_at >= (select first_at from settings) and s.captured_at < rebuild_post_deltas.to_at
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
  ), latest as materialized (
    select distinct on (published_post_id, metric, currency, bucket) * from told
    order by published_post_id, metric, currency, bucket, captured_at desc, source desc
  ), snapshots_before as materialized (
    select b.* from (select distinct published_post_id from latest) t
    cross join lateral (
      select s.* from public.post_snapshots s
      where s.workspace_id = rebuild_post_deltas.workspace_id and s.published_post_id = t.published_post_id
        and s.captured_at < (select first_at from settings)
      order by s.captured_at desc, s.source desc limit 1) b
  ), told_before as (
    select f.published_post_id, f.metric, f.currency, coalesce(m.value, further.value) as value
    from (select distinct published_post_id, metric, currency from latest) f
    join snapshots_before b on b.published_post_id = f.published_post_id
    cross join lateral (select case f.metric
        when 'views' then b.views when 'likes' then b.likes when 'comments' then b.comments when 'shares' then b.shares
        when 'quotes' then b.quotes when 'clicks' then b.clicks when 'saves' then b.saves
        when 'impressions' then b.impressions when 'reach' then b.reach when 'qualified_views' then b.qualified_views
        when 'seconds_viewed' then b.seconds_viewed
        when 'earnings' then case when b.currency = f.currency then b.earnings end end::numeric as value) m
    left join lateral (
      select told_then.value from public.post_snapshots s
      cross join lateral (select case f.metric
        when 'views' then s.views when 'likes' then s.likes when 'comments' then s.comments when 'shares' then s.shares
        when 'quotes' then s.quotes when 'clicks' then s.clicks when 'saves' then s.saves
        when 'impressions' then s.impressions when 'reach' then s.reach when 'qualified_views' then s.qualified_views
        when 'seconds_viewed' then s.seconds_viewed
        when 'earnings' then case when s.currency = f.currency then s.earnings end end::numeric as value) told_then
      where m.value is null and told_then.value is not null
        and s.workspace_id = rebuild_post_deltas.workspace_id and s.published_post_id = f.published_post_id
        and s.captured_at < (select first_at from settings)
      order by s.captured_at desc, s.source desc limit 1) further on true
  ), series as (
    select published_post_id, metric, currency, bucket, captured_at, value from latest
    union all
    -- Comes before every bucket, so that it is what the first of them changed from.
    select published_post_id, metric, currency, '-infinity', null, value from told_before where value is not null
  ), steps as (
    select l.*, p.artist_id, p.published_at, lag(l.value) over course as before,
      l.value - coalesce(lag(l.value) over course, case when p.published_at >= l.bucket then 0 end) as change
    from series l
    join public.published_posts p on p.workspace_id = rebuild_post_deltas.workspace_id and p.id = l.published_post_id
    window course as (partition by l.published_post_id, l.metric, l.currency order by l.bucket)
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
      max(100.0 * change / nullif(before, 0)) filter (where metric = 'views') as growth_rate,
      published_at < kept_since as begins_in_archive
    from steps cross join settings
    where bucket >= first_at and (bucket >= kept_since or published_at >= kept_since)
    group by published_post_id, artist_id, bucket, unit, step, zone, published_at, kept_since
  ), gone as (
    delete from public.post_deltas d
    where d.workspace_id = rebuild_post_deltas.workspace_id and d.period = rebuild_post_deltas.period
      and d.from_at >= (select first_at from settings) and d.from_at < rebuild_post_deltas.to_at
      and d.published_post_id in (select published_post_id from latest)
      and (d.from_at >= (select kept_since from settings) or exists (
        select from public.published_posts p
        where p.workspace_id = rebuild_post_deltas.workspace_id and p.id = d.published_post_id
          and p.published_at >= (select kept_since from settings)))
      -- Hashed however many the planner expects, which of what is computed it cannot know.
      and (d.published_post_id, d.from_at, d.to_at) not in (select published_post_id, starts_at, ends_at from computed)
  ), written as (
    insert into public.post_deltas (workspace_id, published_post_id, period, from_at, to_at, artist_id,
      views_delta, likes_delta, comments_delta, shares_delta, quotes_delta, clicks_delta, saves_delta,
      impressions_delta, reach_delta, qualified_views_delta, seconds_viewed_delta,
      earnings_delta, currency, growth_rate)
    select rebuild_post_deltas.workspace_id, n.published_post_id, rebuild_post_deltas.period, n.starts_at, n.ends_at, n.artist_id,
      coalesce(n.views, k.views_delta), coalesce(n.likes, k.likes_delta), coalesce(n.comments, k.comments_delta),
      coalesce(n.shares, k.shares_delta), coalesce(n.quotes, k.quotes_delta), coalesce(n.clicks, k.clicks_delta),
      coalesce(n.saves, k.saves_delta), coalesce(n.impressions, k.impressions_delta), coalesce(n.reach, k.reach_delta),
      coalesce(n.qualified_views, k.qualified_views_delta), coalesce(n.seconds_viewed, k.seconds_viewed_delta),
      coalesce(n.earnings, case when k.currency = n.currency then k.earnings_delta end), n.currency,
      coalesce(n.growth_rate, case when n.views is null then k.growth_rate end)
    from computed n
    -- The limit keeps it a look by key, of those posts alone whose counters begin in the archive.
    left join lateral (
      select d.* from public.post_deltas d
      where n.begins_in_archive and d.workspace_id = rebuild_post_deltas.workspace_id
        and d.published_post_id = n.published_post_id and d.period = rebuild_post_deltas.period
        and d.from_at = n.starts_at and d.to_at = n.ends_at
      limit 1) k on true
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

-- Its successor goes on by key, and its rows are text.
drop function app.detached_rows(text, bigint, integer);
