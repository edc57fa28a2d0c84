-- Every record of every audited topic, exactly once, as the broker holds it, with what it says decoded beside it.
--
-- One insert writes one range of offsets of one topic partition, as one block in one ClickHouse partition (hence PARTITION BY topic),
-- under a token that names the range. The window must be larger than the number of inserts that can be made while an idle connection
-- of a paused auditor stays open: 100,000 is eleven minutes of the fastest auditor, profiles should close idle connections after one.
--
-- validity   the run rule's verdict for journals; `intake` for the other topics; `unreadable` where the bytes say nothing
-- accepted   1 where the record counts: valid (journal), in force (reference change), of the newest feed epoch (market), readable
-- chain      head of the audit chain after this record
-- header     journals: the envelope without its events, as JSON
-- events     one JSON text per event (journals), or the record itself (intakes; market records are in quotes and trades instead)
-- event_time_ns is tape time, recorded_ns the writer's wall clock, timestamp_ms the broker's, ingested_at ClickHouse's
CREATE TABLE oms.records
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    timestamp_ms Int64,
    key Nullable(String),
    headers Array(Tuple(String, String)),
    value String CODEC(ZSTD(1)),
    validity Enum8('claim' = 1, 'valid' = 2, 'void' = 3, 'intake' = 4, 'unreadable' = 5),
    accepted UInt8,
    epoch Int64,
    run_seq Int64,
    source_topic LowCardinality(String),
    source_partition Int32,
    source_offset Int64,
    event_time_ns Int64,
    recorded_ns Int64,
    trace_id String,
    desk_id LowCardinality(String),
    venue_id LowCardinality(String),
    header String CODEC(ZSTD(1)),
    event_types Array(LowCardinality(String)),
    order_ids Array(String),
    events Array(String) CODEC(ZSTD(1)),
    chain FixedString(32),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX order_ids_filter order_ids TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY topic
ORDER BY (offset, partition)
SETTINGS non_replicated_deduplication_window = 100000;

-- What venues showed. A record of oms.market is applied as a whole: only its last quote (last_in_record) was ever in force.
CREATE TABLE oms.quotes
(
    partition Int32,
    offset Int64,
    index_in_record UInt16,
    last_in_record UInt8,
    timestamp_ms Int64,
    venue_id LowCardinality(String),
    instrument_id LowCardinality(String),
    feed_epoch Int64,
    accepted UInt8,
    time_ns Int64 CODEC(Delta, ZSTD(1)),
    bid_px Int64,
    bid_qty Int64,
    ask_px Int64,
    ask_qty Int64
)
ENGINE = MergeTree
ORDER BY (offset, partition, index_in_record)
SETTINGS non_replicated_deduplication_window = 100000;

CREATE TABLE oms.trades
(
    partition Int32,
    offset Int64,
    index_in_record UInt16,
    timestamp_ms Int64,
    venue_id LowCardinality(String),
    instrument_id LowCardinality(String),
    feed_epoch Int64,
    accepted UInt8,
    time_ns Int64 CODEC(Delta, ZSTD(1)),
    price Int64,
    qty Int64,
    trade_id String,
    suspicious UInt8
)
ENGINE = MergeTree
ORDER BY (offset, partition, index_in_record)
SETTINGS non_replicated_deduplication_window = 100000;
