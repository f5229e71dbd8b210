-- Codecs by measurement, on 3.6 million facts (`npm run bench -- schema` shows bytes per row by column): instants of one post
-- lie in steps of all sizes, which Delta serves better than DoubleDelta; counters that grow are whole numbers to their
-- last byte, which Delta serves better than Gorilla; the instants of writing repeat, and ZSTD alone finds that.
-- Applies to parts that are written or merged from now on.
ALTER TABLE performance_metrics
    MODIFY COLUMN platform LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN metric_value Float64 CODEC(Delta(8), ZSTD(1)),
    MODIFY COLUMN timestamp DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    MODIFY COLUMN inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1));
ALTER TABLE events
    MODIFY COLUMN platform LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN inserted_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1));
