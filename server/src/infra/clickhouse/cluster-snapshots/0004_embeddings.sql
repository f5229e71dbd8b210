CREATE TABLE IF NOT EXISTS content_embeddings_local ON CLUSTER '{cluster}'
(
    workspace_id     UUID CODEC(ZSTD(1)),
    model            LowCardinality(String),
    content_id       UUID CODEC(ZSTD(1)),
    embedding        Array(BFloat16) DEFAULT arrayResize(CAST([], 'Array(BFloat16)'), 1536) CODEC(ZSTD(1)),
    user_id          UUID CODEC(ZSTD(1)),
    content_type     LowCardinality(String),
    platform         LowCardinality(String),
    topics           Array(LowCardinality(String)) CODEC(ZSTD(1)),
    created_at       DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    -- Null until it has been measured or judged.
    engagement_score Nullable(Float32) CODEC(ZSTD(1)),
    quality_score    Nullable(Float32) CODEC(ZSTD(1)),
    -- Grows with every row that a server writes, within a batch too; the clock orders those of two servers.
    version          UInt64 DEFAULT generateSnowflakeID() CODEC(Delta, ZSTD(1)),
    is_deleted       UInt8 DEFAULT 0 CODEC(ZSTD(1)),
    CONSTRAINT embedding_has_1536_dimensions CHECK length(embedding) = 1536
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (workspace_id, model, content_id)
SETTINGS index_granularity = 512;

CREATE TABLE IF NOT EXISTS content_embeddings ON CLUSTER '{cluster}' AS content_embeddings_local
ENGINE = Distributed('{cluster}', currentDatabase(), 'content_embeddings_local', cityHash64(workspace_id));

CREATE TABLE IF NOT EXISTS user_preference_embeddings_local ON CLUSTER '{cluster}'
(
    workspace_id     UUID CODEC(ZSTD(1)),
    model            LowCardinality(String),
    user_id          UUID CODEC(ZSTD(1)),
    preference_type  LowCardinality(String),
    embedding        Array(BFloat16) DEFAULT arrayResize(CAST([], 'Array(BFloat16)'), 1536) CODEC(ZSTD(1)),
    updated_at       DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    confidence_score Nullable(Float32) CODEC(ZSTD(1)),
    version          UInt64 DEFAULT generateSnowflakeID() CODEC(Delta, ZSTD(1)),
    is_deleted       UInt8 DEFAULT 0 CODEC(ZSTD(1)),
    CONSTRAINT embedding_has_1536_dimensions CHECK length(embedding) = 1536
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (workspace_id, model, user_id, preference_type)
SETTINGS index_granularity = 512;

CREATE TABLE IF NOT EXISTS user_preference_embeddings ON CLUSTER '{cluster}' AS user_preference_embeddings_local
ENGINE = Distributed('{cluster}', currentDatabase(), 'user_preference_embeddings_local', cityHash64(workspace_id));
