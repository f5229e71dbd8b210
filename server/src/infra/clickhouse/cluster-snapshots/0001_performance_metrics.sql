CREATE TABLE IF NOT EXISTS performance_metrics_local ON CLUSTER '{cluster}'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', inserted_at)
PARTITION BY toYYYYMM(timestamp)
ORDER BY (workspace_id, metric_name, published_post_id, timestamp, source);

CREATE TABLE IF NOT EXISTS performance_metrics ON CLUSTER '{cluster}' AS performance_metrics_local
ENGINE = Distributed('{cluster}', currentDatabase(), 'performance_metrics_local', cityHash64(workspace_id));

CREATE TABLE IF NOT EXISTS post_metrics_hourly_local ON CLUSTER '{cluster}'
(
    workspace_id      UUID CODEC(ZSTD(1)),
    metric_name       LowCardinality(String),
    published_post_id UUID CODEC(ZSTD(1)),
    hour              DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
    platform          SimpleAggregateFunction(anyLast, LowCardinality(String)),
    social_account_id SimpleAggregateFunction(anyLast, UUID),
    last_value        AggregateFunction(argMax, Float64, Tuple(DateTime64(3, 'UTC'), LowCardinality(String), DateTime64(3, 'UTC')))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace_id, metric_name, published_post_id, hour);

CREATE TABLE IF NOT EXISTS post_metrics_hourly ON CLUSTER '{cluster}' AS post_metrics_hourly_local
ENGINE = Distributed('{cluster}', currentDatabase(), 'post_metrics_hourly_local', cityHash64(workspace_id));

CREATE MATERIALIZED VIEW IF NOT EXISTS post_metrics_hourly_feed ON CLUSTER '{cluster}' TO post_metrics_hourly_local AS
SELECT
    workspace_id,
    metric_name,
    published_post_id,
    toStartOfHour(timestamp) AS hour,
    anyLast(performance_metrics.platform) AS platform,
    anyLast(performance_metrics.social_account_id) AS social_account_id,
    argMaxState(metric_value, (timestamp, source, inserted_at)) AS last_value
FROM performance_metrics_local AS performance_metrics
GROUP BY workspace_id, metric_name, published_post_id, hour;
