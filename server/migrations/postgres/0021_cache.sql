-- Counters that several servers share where no Redis is configured. What is kept for speed alone is not
-- written to the log of the database: after a crash of the server the table is empty, as a cache may be.

-- Takes on nothing but the functions below: whoever could speak through the cache reads no row of anybody.
do $$
begin
  if not exists (select from pg_roles where rolname = 'cache_service') then
    create role cache_service nologin noinherit;
  end if;
end
$$;
grant cache_service to heliograph_app;
grant usage on schema app to cache_service;

create unlogged table app.cache_counts (
  key text primary key,
  counts jsonb not null,
  expires_at timestamptz not null
);
comment on table app.cache_counts is
  'Live counters and rate limits by cache key. In the schema app, reached through functions only; the key of what belongs to a workspace starts with it.';
create index cache_counts_expiry on app.cache_counts (expires_at);

-- Adds to the counters of a key and returns them. Concurrent calls wait for each other on the row, so that no
-- addition is lost; time is taken after that wait. from_first: the lifetime begins with the first addition,
-- otherwise anew with each.
create function app.add_cache_counts(key text, added jsonb, lifetime_ms double precision, from_first boolean)
returns table (counts jsonb, expires_in_ms double precision)
language plpgsql security definer set search_path = '' as $$
begin
  -- Cleaning goes along with use: what expires is fewer than what these turns delete.
  if random() < 0.01 then perform app.sweep_cache_counts(200); end if;
  return query
    insert into app.cache_counts as kept (key, counts, expires_at)
    values (add_cache_counts.key, add_cache_counts.added,
            clock_timestamp() + add_cache_counts.lifetime_ms * interval '1 millisecond')
    on conflict on constraint cache_counts_pkey do update set (counts, expires_at) = (
      select
        case when kept.expires_at <= present.at then excluded.counts else (
          select jsonb_object_agg(total.name, total.count) from (
            select each.name, sum(each.count::numeric) as count
            from (select * from jsonb_each_text(kept.counts)
                  union all select * from jsonb_each_text(excluded.counts)) as each (name, count)
            group by each.name) total) end,
        case when add_cache_counts.from_first and kept.expires_at > present.at then kept.expires_at
             else present.at + add_cache_counts.lifetime_ms * interval '1 millisecond' end
      from (select clock_timestamp() as at) present)
    returning kept.counts, extract(epoch from kept.expires_at - clock_timestamp())::double precision * 1000;
end
$$;

create function app.find_cache_counts(key text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select kept.counts from app.cache_counts kept
  where kept.key = find_cache_counts.key and kept.expires_at > clock_timestamp()
$$;

-- Deletes what has expired, up to so many, and returns how many. Rows in use by others are left for later.
create function app.sweep_cache_counts(most integer) returns bigint
language sql security definer set search_path = '' as $$
  with gone as (
    delete from app.cache_counts where key = any (array(
      select expired.key from app.cache_counts expired where expired.expires_at <= clock_timestamp()
      order by expired.expires_at limit most for update skip locked))
    returning 1)
  select count(*) from gone
$$;

revoke execute on function app.add_cache_counts, app.find_cache_counts, app.sweep_cache_counts from public;
grant execute on function app.add_cache_counts, app.find_cache_counts to cache_service;
