CREATE TABLE IF NOT EXISTS events_local ON CLUSTER '{cluster}'
(
    workspace_id UUID CODEC(ZSTD(1)),
    -- Random: nothing compresses it, so nothing tries.
    event_id     UUID CODEC(NONE),
    -- The zero UUID where nobody is known: cheaper than Nullable, and no user and no content ever has it.
    user_id      UUID DEFAULT toUUID('00000000-0000-0000-0000-000000000000') CODEC(ZSTD(1)),
    content_id   UUID DEFAULT toUUID('00000000-0000-0000-0000-000000000000') CODEC(ZSTD(1)),
    event_type   LowCardinality(String),
    platform     LowCardinality(String),
    -- The instant at which it happened, not that of its arrival here.
    timestamp    DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    properties   Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    -- Empty where no session is known.
    session_id   String CODEC(ZSTD(1)),
    -- IPv4 addresses are stored mapped (::ffff:192.0.2.1), `::` is unknown. Address and user agent are
    -- personal and of use only for finding abuse: they are emptied after 90 days, like all raw activity.
    ip_address   IPv6 CODEC(ZSTD(1)) TTL timestamp + INTERVAL 90 DAY,
    user_agent   LowCardinality(String) CODEC(ZSTD(1)) TTL timestamp + INTERVAL 90 DAY,
    inserted_at  DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', inserted_at)
PARTITION BY toYYYYMM(timestamp)
ORDER BY (workspace_id, event_type, content_id, timestamp, event_id)
-- 13 months: the same month of last year can still be asked for by property, session and person.
TTL timestamp + INTERVAL 13 MONTH;

CREATE TABLE IF NOT EXISTS events ON CLUSTER '{cluster}' AS events_local
ENGINE = Distributed('{cluster}', currentDatabase(), 'events_local', cityHash64(workspace_id));

CREATE TABLE IF NOT EXISTS events_hourly_local ON CLUSTER '{cluster}'
(
    workspace_id UUID CODEC(ZSTD(1)),
    event_type   LowCardinality(String),
    content_id   UUID CODEC(ZSTD(1)),
    hour         DateTime('UTC') CODEC(Delta, ZSTD(1)),
    platform     LowCardinality(String),
    events       AggregateFunction(uniqExact, UInt64) CODEC(ZSTD(1)),
    sessions     AggregateFunction(uniqExactIf, UInt64, UInt8) CODEC(ZSTD(1)),
    users        AggregateFunction(uniqExactIf, UInt64, UInt8) CODEC(ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace_id, event_type, content_id, hour, platform)
-- Hours are looked at while content is young; older questions are about days.
TTL hour + INTERVAL 90 DAY;

CREATE TABLE IF NOT EXISTS events_hourly ON CLUSTER '{cluster}' AS events_hourly_local
ENGINE = Distributed('{cluster}', currentDatabase(), 'events_hourly_local', cityHash64(workspace_id));

CREATE MATERIALIZED VIEW IF NOT EXISTS events_hourly_feed ON CLUSTER '{cluster}' TO events_hourly_local AS
SELECT
    workspace_id,
    event_type,
    content_id,
    toStartOfHour(timestamp) AS hour,
    platform,
    uniqExactState(sipHash64(event_id)) AS events,
    uniqExactIfState(sipHash64(session_id), session_id != '') AS sessions,
    uniqExactIfState(sipHash64(user_id), user_id != toUUID('00000000-0000-0000-0000-000000000000')) AS users
FROM events_local AS events
GROUP BY workspace_id, event_type, content_id, hour, platform;

CREATE TABLE IF NOT EXISTS events_daily_local ON CLUSTER '{cluster}'
(
    workspace_id UUID CODEC(ZSTD(1)),
    event_type   LowCardinality(String),
    content_id   UUID CODEC(ZSTD(1)),
    day          Date CODEC(Delta, ZSTD(1)),
    platform     LowCardinality(String),
    events       AggregateFunction(uniqExact, UInt64) CODEC(ZSTD(1)),
    sessions     AggregateFunction(uniqExactIf, UInt64, UInt8) CODEC(ZSTD(1)),
    users        AggregateFunction(uniqExactIf, UInt64, UInt8) CODEC(ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(day)
ORDER BY (workspace_id, event_type, content_id, day, platform)
-- 25 months, as for single snapshots: a state holds up to 24 bytes an event, too much to keep for good.
TTL day + INTERVAL 25 MONTH;

CREATE TABLE IF NOT EXISTS events_daily ON CLUSTER '{cluster}' AS events_daily_local
ENGINE = Distributed('{cluster}', currentDatabase(), 'events_daily_local', cityHash64(workspace_id));

CREATE MATERIALIZED VIEW IF NOT EXISTS events_daily_feed ON CLUSTER '{cluster}' TO events_daily_local AS
SELECT
    workspace_id,
    event_type,
    content_id,
    toDate(timestamp) AS day,
    platform,
    uniqExactState(sipHash64(event_id)) AS events,
    uniqExactIfState(sipHash64(session_id), session_id != '') AS sessions,
    uniqExactIfState(sipHash64(user_id), user_id != toUUID('00000000-0000-0000-0000-000000000000')) AS users
FROM events_local AS events
GROUP BY workspace_id, event_type, content_id, day, platform;
