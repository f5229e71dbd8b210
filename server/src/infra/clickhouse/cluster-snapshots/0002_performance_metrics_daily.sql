CREATE TABLE IF NOT EXISTS post_metrics_daily_local ON CLUSTER '{cluster}'
(
    workspace_id      UUID CODEC(ZSTD(1)),
    metric_name       LowCardinality(String),
    published_post_id UUID CODEC(ZSTD(1)),
    day               Date CODEC(DoubleDelta, ZSTD(1)),
    platform          SimpleAggregateFunction(anyLast, LowCardinality(String)),
    social_account_id SimpleAggregateFunction(anyLast, UUID),
    -- The codec leaves 7 of 18 bytes; the hours get it below, too.
    last_value        AggregateFunction(argMax, Float64, Tuple(DateTime64(3, 'UTC'), LowCardinality(String), DateTime64(3, 'UTC')))
                      CODEC(ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(day)
ORDER BY (workspace_id, metric_name, published_post_id, day);

CREATE TABLE IF NOT EXISTS post_metrics_daily ON CLUSTER '{cluster}' AS post_metrics_daily_local
ENGINE = Distributed('{cluster}', currentDatabase(), 'post_metrics_daily_local', cityHash64(workspace_id));

CREATE MATERIALIZED VIEW IF NOT EXISTS post_metrics_daily_feed ON CLUSTER '{cluster}' TO post_metrics_daily_local AS
SELECT
    workspace_id,
    metric_name,
    published_post_id,
    toDate(timestamp) AS day,
    anyLast(performance_metrics.platform) AS platform,
    anyLast(performance_metrics.social_account_id) AS social_account_id,
    argMaxState(metric_value, (timestamp, source, inserted_at)) AS last_value
FROM performance_metrics_local AS performance_metrics
GROUP BY workspace_id, metric_name, published_post_id, day;

INSERT INTO post_metrics_daily (workspace_id, metric_name, published_post_id, day, platform, social_account_id, last_value)
SELECT
    workspace_id,
    metric_name,
    published_post_id,
    toDate(timestamp) AS day,
    anyLast(platform),
    anyLast(social_account_id),
    argMaxState(metric_value, (timestamp, source, inserted_at))
FROM performance_metrics
GROUP BY workspace_id, metric_name, published_post_id, day
SETTINGS optimize_aggregation_in_order = 1;

ALTER TABLE performance_metrics_local ON CLUSTER '{cluster}' MODIFY SETTING ttl_only_drop_parts = 1;

ALTER TABLE performance_metrics_local ON CLUSTER '{cluster}' MODIFY TTL timestamp + INTERVAL 25 MONTH;

ALTER TABLE post_metrics_hourly_local ON CLUSTER '{cluster}' MODIFY SETTING ttl_only_drop_parts = 1;

ALTER TABLE post_metrics_hourly_local ON CLUSTER '{cluster}' MODIFY TTL hour + INTERVAL 13 MONTH;

ALTER TABLE post_metrics_hourly_local ON CLUSTER '{cluster}' MODIFY COLUMN last_value CODEC(ZSTD(1));

ALTER TABLE post_metrics_hourly ON CLUSTER '{cluster}' MODIFY COLUMN last_value CODEC(ZSTD(1));
