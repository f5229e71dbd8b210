ALTER TABLE performance_metrics_local ON CLUSTER '{cluster}'
    MODIFY COLUMN platform LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN metric_value Float64 CODEC(Delta(8), ZSTD(1)),
    MODIFY COLUMN timestamp DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    MODIFY COLUMN inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1));

ALTER TABLE performance_metrics ON CLUSTER '{cluster}'
    MODIFY COLUMN platform LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN metric_value Float64 CODEC(Delta(8), ZSTD(1)),
    MODIFY COLUMN timestamp DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    MODIFY COLUMN inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1));

ALTER TABLE events_local ON CLUSTER '{cluster}'
    MODIFY COLUMN platform LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1));

ALTER TABLE events ON CLUSTER '{cluster}'
    MODIFY COLUMN platform LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1));
