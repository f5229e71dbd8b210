-- One row per thing that a person did to content: a click on a tracked link, a view, a reaction that a webhook
-- told. An event never changes: the same event_id is the same event, with the same type, content, platform,
-- time, session and person. It may arrive many times, late and out of order; the row inserted last stays, and
-- readers count uniqExact(event_id) here or read the rollups, so that nothing depends on a merge.
--
-- The order serves the product's questions: one workspace, one type of event, one content, a span of time.
-- event_id comes last: it makes the key unique and stays out of the way of compression.
CREATE TABLE IF NOT EXISTS events
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
ENGINE = ReplacingMergeTree(inserted_at)
PARTITION BY toYYYYMM(timestamp)
ORDER BY (workspace_id, event_type, content_id, timestamp, event_id)
-- 13 months: the same month of last year can still be asked for by property, session and person.
TTL timestamp + INTERVAL 13 MONTH;

-- Distinct events, sessions and people per UTC hour. A set of hashes stays the same however often, late or in
-- whatever order its members arrive, so the counts are exact without FINAL: read them with
-- uniqExactMerge(...) and GROUP BY, over any span and any of the key's columns. uniqExact, because uniq only
-- estimates above 65,536; of 64-bit hashes, because they need half the bytes of the ids, and among ten million
-- events two share one with a probability of three in a million.
CREATE TABLE IF NOT EXISTS events_hourly
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
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace_id, event_type, content_id, hour, platform)
-- Hours are looked at while content is young; older questions are about days.
TTL hour + INTERVAL 90 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS events_hourly_feed TO events_hourly AS
SELECT
    workspace_id,
    event_type,
    content_id,
    toStartOfHour(timestamp) AS hour,
    platform,
    uniqExactState(sipHash64(event_id)) AS events,
    uniqExactIfState(sipHash64(session_id), session_id != '') AS sessions,
    uniqExactIfState(sipHash64(user_id), user_id != toUUID('00000000-0000-0000-0000-000000000000')) AS users
FROM events
GROUP BY workspace_id, event_type, content_id, hour, platform;

-- The same per UTC day.
CREATE TABLE IF NOT EXISTS events_daily
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
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (workspace_id, event_type, content_id, day, platform)
-- 25 months, as for single snapshots: a state holds up to 24 bytes an event, too much to keep for good.
TTL day + INTERVAL 25 MONTH;

CREATE MATERIALIZED VIEW IF NOT EXISTS events_daily_feed TO events_daily AS
SELECT
    workspace_id,
    event_type,
    content_id,
    toDate(timestamp) AS day,
    platform,
    uniqExactState(sipHash64(event_id)) AS events,
    uniqExactIfState(sipHash64(session_id), session_id != '') AS sessions,
    uniqExactIfState(sipHash64(user_id), user_id != toUUID('00000000-0000-0000-0000-000000000000')) AS users
FROM events
GROUP BY workspace_id, event_type, content_id, day, platform;
