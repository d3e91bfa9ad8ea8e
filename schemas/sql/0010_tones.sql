-- The tone of a report's text, 1 calm to 4 agitated, where the administrator
-- has it derived at the door. No view has this table: it is answered per area
-- and month alone, never under a minimum number (docs/triage.md).
CREATE TABLE IF NOT EXISTS tones
(
    source    LowCardinality(String),
    source_id String,
    version   UInt64,
    tone      UInt8
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, source_id)
SETTINGS non_replicated_deduplication_window = 100000;
