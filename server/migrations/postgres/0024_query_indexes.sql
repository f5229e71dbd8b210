-- What measuring at size asked for: policies that cost little to plan, an order of content that an index serves through
-- the policies, and deltas that read of old snapshots only what they need. `npm run bench -- schema` measures them.

-- The answer is the same; the plans of the body stay for the session. It is asked by every statement of a member.
create or replace function app.member_workspaces(least_role workspace_role) returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
declare
  claims jsonb = auth.jwt();
  person uuid = auth.uid();
  narrowed_to uuid = claims ->> 'workspace_id';
begin
  if coalesce((claims ->> 'api_key_role')::public.workspace_role, 'owner') < least_role then
    return '{}';
  end if;
  if narrowed_to is null then
    return array(select m.workspace_id from public.workspace_members m where m.user_id = person and m.role >= least_role);
  end if;
  return array(select m.workspace_id from public.workspace_members m
    where m.user_id = person and m.workspace_id = narrowed_to and m.role >= least_role);
end
$$;

-- The role of whoever asks in a workspace, null for a stranger: one look at the table, which would otherwise be
-- protected by policies that take the same look first.
create function app.role_in(workspace_id uuid) returns workspace_role
language plpgsql stable security definer set search_path = '' as $$
begin
  if coalesce((auth.jwt() ->> 'workspace_id')::uuid <> role_in.workspace_id, false) then
    return null;
  end if;
  return (select m.role from public.workspace_members m where m.workspace_id = role_in.workspace_id and m.user_id = auth.uid());
end
$$;
comment on function app.role_in is 'Null too where the door is narrowed to another workspace.';
revoke execute on function app.role_in from public;
grant execute on function app.role_in to authenticated;

-- The posts that are shown as those of whoever asks, in the workspaces that the door opens.
create function app.own_posts() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(p.id), '{}')
  from public.workspace_members m
  join public.published_posts p on p.workspace_id = m.workspace_id and p.artist_id = m.artist_id
  where m.user_id = auth.uid() and m.artist_id is not null and m.workspace_id = any (app.member_workspaces('artist'))
$$;
revoke execute on function app.own_posts from public;
grant execute on function app.own_posts to authenticated;

-- A policy must not change the plan. As a condition on workspace_id beside the query's own it counts twice: the planner
-- then expects a tenth of the rows in each table, and of a page of posts it read all publications of the workspace.
-- As a CASE that is not null it is a filter that nearly every row is expected to pass, planned once for all indexes and
-- partitions. Every query therefore names its workspace, as the product's do: the policy alone leads to no index.
create or replace function app.protect_tenant_table(tenant_table regclass, read_role workspace_role, write_role workspace_role)
returns void language plpgsql set search_path = public, pg_temp as $$
declare
  reads text = format('case when workspace_id = any ((select app.member_workspaces(%L))::uuid[]) then true end is not null', read_role);
  writes text = format('workspace_id = any ((select app.member_workspaces(%L))::uuid[])', write_role);
begin
  execute format('alter table %s enable row level security', tenant_table);
  execute format('alter table %s force row level security', tenant_table);
  execute format('create policy member_select on %s for select to authenticated using (%s)', tenant_table, reads);
  execute format('create policy member_insert on %s for insert to authenticated with check (%s)', tenant_table, writes);
  execute format('create policy member_update on %s for update to authenticated using (%s) with check (%s)',
    tenant_table, writes, writes);
  execute format('create policy member_delete on %s for delete to authenticated using (%s)', tenant_table, writes);
  execute format('create policy job on %s for all to workspace_service using (workspace_id = (select app.current_workspace())) with check (workspace_id = (select app.current_workspace()))',
    tenant_table);
  execute format('create policy dispatch on %s for all to service_role using (true) with check (true)', tenant_table);
end
$$;

-- The same for the tables that are there. What artists see of their own is one more arm, asked of them alone; joined by
-- OR, the planner looked for ways through every index of every partition. Ids are compared with their workspace.
do $$
declare
  protected record;
begin
  for protected in
    select p.polrelid::regclass as name, own.condition,
      (regexp_match(pg_get_expr(p.polqual, p.polrelid), 'member_workspaces\(''(\w+)''::'))[1] as read_role
    from pg_policy p
    left join (values
      ('published_posts'::regclass, 'artist_id = any ((select app.own_artists())::uuid[])'),
      ('post_deltas', 'artist_id = any ((select app.own_artists())::uuid[])'),
      ('post_snapshots', 'published_post_id = any ((select app.own_posts())::uuid[])')) as own (name, condition)
      on own.name = p.polrelid
    where p.polname = 'member_select'
      and pg_get_expr(p.polqual, p.polrelid) ~ '^\(workspace_id = ANY \(\( SELECT app\.member_workspaces\(''\w+''::[\w.]+\) AS member_workspaces\)::uuid\[\]\)\)$'
  loop
    execute format('alter policy member_select on %s using (case
        when workspace_id = any ((select app.member_workspaces(%L))::uuid[]) then true %s end is not null)',
      protected.name, protected.read_role, coalesce(
      'when workspace_id = any ((select app.member_workspaces(''artist''))::uuid[]) and ' || protected.condition || ' then true', ''));
    if protected.condition is not null then
      execute format('drop policy artist_select on %s', protected.name);
    end if;
  end loop;
end
$$;

-- Row-level security keeps an expression out of an index condition, even one that reveals nothing: a month of the
-- calendar was found by reading all content of the workspace. A column is compared by operators that may go first.
alter table content add column timeline_at timestamptz not null
  generated always as (coalesce(published_at, scheduled_for, created_at)) stored;
comment on column content.timeline_at is
  'When it went out, else when it is planned, else when it was written: the order of lists and calendars.';
drop trigger audit on content;
create trigger audit after insert or update or delete on content
  for each row execute function app.audit_change('timeline_at');
drop index content_by_time;
create index content_by_time on content (workspace_id, timeline_at desc, id desc);

-- The latest changes of a workspace, whoever made them.
create index audit_log_latest on audit_log (workspace_id, occurred_at desc);

-- Nobody asks these, and nobody could say what for: the foreign key of the one is gone, and that of the other has an
-- index of its own.
drop index app.partition_archives_table;
drop index social_accounts_by_connector;

-- The same deltas from fewer rows. Of what was told before `from_at` only the last value counts: the snapshot right before
-- has it, save where the network left a counter out of that one, and only then is further back looked. The bounds of
-- time are subqueries without a reference outwards, by which partitions are left out.
create or replace function app.rebuild_post_deltas(
  workspace_id uuid, period period, from_at timestamptz, to_at timestamptz default 'infinity'
) returns bigint language sql set search_path = public, pg_temp as $$
  with settings as materialized (
    select w.time_zone as zone, u.unit, u.step, date_trunc(u.unit, rebuild_post_deltas.from_at, w.time_zone) as first_at
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
    select l.*, p.artist_id, lag(l.value) over course as before,
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
