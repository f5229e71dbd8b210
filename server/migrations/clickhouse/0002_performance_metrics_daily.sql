-- The last cumulative value of every workspace, metric, post and UTC day, by the same rule as the hourly one:
-- duplicates, late and reordered rows end in the same state, which argMaxMerge reads without FINAL. A day in
-- another time zone is made of the hours, and of the raw rows where the zone is off by a part of an hour.
CREATE TABLE IF NOT EXISTS post_metrics_daily
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
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (workspace_id, metric_name, published_post_id, day);

CREATE MATERIALIZED VIEW IF NOT EXISTS post_metrics_daily_feed TO post_metrics_daily AS
SELECT
    workspace_id,
    metric_name,
    published_post_id,
    toDate(timestamp) AS day,
    anyLast(performance_metrics.platform) AS platform,
    anyLast(performance_metrics.social_account_id) AS social_account_id,
    argMaxState(metric_value, (timestamp, source, inserted_at)) AS last_value
FROM performance_metrics
GROUP BY workspace_id, metric_name, published_post_id, day;

-- The days before this view existed. States of the same rows merge to themselves, so rows that the view has
-- seen already, or a second run, change nothing. Aggregating in the table's order needs little memory.
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

-- How long facts live. PostgreSQL keeps every snapshot, archived after a year, so what expires here can be
-- loaded again. Single snapshots: 25 months, so that any month can be compared with the one two years before.
-- Hours: 13 months, for the same month of last year. Days: for good, one row a day and post. Months expire as
-- whole parts, which costs nothing; a reconciliation leaves expired months out.
ALTER TABLE performance_metrics MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE performance_metrics MODIFY TTL timestamp + INTERVAL 25 MONTH;
ALTER TABLE post_metrics_hourly MODIFY SETTING ttl_only_drop_parts = 1;
ALTER TABLE post_metrics_hourly MODIFY TTL hour + INTERVAL 13 MONTH;
ALTER TABLE post_metrics_hourly MODIFY COLUMN last_value CODEC(ZSTD(1));
