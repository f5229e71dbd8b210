-- One row per post, metric and snapshot: the cumulative value that a source reported at one instant.
-- The outbox may deliver a row twice; rows with the same sorting key are one fact, and the one inserted last
-- counts. Readers never rely on merges having happened: they use the rollup, or argMax over the key.
CREATE TABLE IF NOT EXISTS performance_metrics
(
    workspace_id      UUID CODEC(ZSTD(1)),
    platform          LowCardinality(String),
    social_account_id UUID CODEC(ZSTD(1)),
    published_post_id UUID CODEC(ZSTD(1)),
    -- The zero UUID for a post that was found on the platform and not written here: cheaper than Nullable,
    -- and no content ever has it.
    content_id        UUID DEFAULT toUUID('00000000-0000-0000-0000-000000000000') CODEC(ZSTD(1)),
    metric_name       LowCardinality(String),
    metric_value      Float64 CODEC(Gorilla, ZSTD(1)),
    -- The instant at which the snapshot was captured, not that of its arrival here.
    timestamp         DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    source            LowCardinality(String),
    dimensions        Map(String, String) CODEC(ZSTD(1)),
    inserted_at       DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(inserted_at)
PARTITION BY toYYYYMM(timestamp)
ORDER BY (workspace_id, metric_name, published_post_id, timestamp, source);

-- The last cumulative value of every workspace, metric, post and UTC hour. The state keeps the value of the
-- latest (timestamp, source), so a duplicate changes nothing, and late or reordered rows end in the same
-- state: read it with argMaxMerge(last_value) and GROUP BY, without FINAL. inserted_at is part of the order
-- so that a row sent again with another value replaces the first here exactly as it does in the raw table.
CREATE TABLE IF NOT EXISTS post_metrics_hourly
(
    workspace_id      UUID CODEC(ZSTD(1)),
    metric_name       LowCardinality(String),
    published_post_id UUID CODEC(ZSTD(1)),
    hour              DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    platform          SimpleAggregateFunction(anyLast, LowCardinality(String)),
    social_account_id SimpleAggregateFunction(anyLast, UUID),
    last_value        AggregateFunction(argMax, Float64, Tuple(DateTime64(3, 'UTC'), LowCardinality(String), DateTime64(3, 'UTC')))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace_id, metric_name, published_post_id, hour);

CREATE MATERIALIZED VIEW IF NOT EXISTS post_metrics_hourly_feed TO post_metrics_hourly AS
SELECT
    workspace_id,
    metric_name,
    published_post_id,
    toStartOfHour(timestamp) AS hour,
    anyLast(performance_metrics.platform) AS platform,
    anyLast(performance_metrics.social_account_id) AS social_account_id,
    argMaxState(metric_value, (timestamp, source, inserted_at)) AS last_value
FROM performance_metrics
GROUP BY workspace_id, metric_name, published_post_id, hour;
