-- The decoded records as tables to ask: one row per event, identified by (topic, partition, offset, event_no).
-- `valid` is 1 where the record counts; completeness does not filter on it, every business view does.
CREATE VIEW oms.events AS
SELECT
    topic, partition, offset, event_no, event_type, order_id, desk_id,
    accepted AS valid, validity, epoch, run_seq, timestamp_ms, event_time_ns, recorded_ns,
    source_topic, source_partition, source_offset, trace_id, event AS json
FROM oms.records
ARRAY JOIN events AS event, event_types AS event_type, order_ids AS order_id, arrayEnumerate(events) AS event_no;

CREATE VIEW oms.commands AS
SELECT * EXCEPT (c, p)
FROM
(
    SELECT
        topic, partition, offset, event_no, event_type AS kind, order_id, desk_id, valid, timestamp_ms, event_time_ns, recorded_ns, trace_id,
        JSONExtract(json, 'Tuple(trading_date Int32, cl_ord_id String, orig_trading_date Int32, orig_cl_ord_id String, account_id String, instrument_id String, side String, ord_type String, time_in_force String, order_qty Int64, price Nullable(Int64), algorithm String, venue_id String, good_until_ns Int64, entered_ns Int64)') AS c,
        JSONExtract(json, 'provenance', 'Tuple(entered_by String, on_behalf_of String, source String, trader String, strategy String)') AS p,
        c.trading_date AS trading_date, c.cl_ord_id AS cl_ord_id, c.orig_trading_date AS orig_trading_date, c.orig_cl_ord_id AS orig_cl_ord_id,
        c.account_id AS account_id, c.instrument_id AS instrument_id, c.side AS side, c.ord_type AS ord_type, c.time_in_force AS time_in_force,
        c.order_qty AS order_qty, c.price AS price, c.algorithm AS algorithm, c.venue_id AS venue_id,
        c.good_until_ns AS good_until_ns, c.entered_ns AS entered_ns,
        p.entered_by AS entered_by, p.on_behalf_of AS on_behalf_of, p.source AS source, p.trader AS trader, p.strategy AS strategy, json
    FROM oms.events
    WHERE topic = 'oms.orders'
);

-- The columns that risk's decisions have in common; the checks run in parallel arrays (evidence).
CREATE VIEW oms.risk_events AS
SELECT * EXCEPT (e)
FROM
(
    SELECT
        topic, partition, offset, event_no, event_type, order_id, desk_id, valid, validity, epoch, run_seq,
        timestamp_ms, event_time_ns, recorded_ns, source_topic, source_partition, source_offset, trace_id,
        JSONExtractString(json, 'reason') AS reason,
        JSONExtractString(json, 'text') AS text,
        JSONExtract(json, 'evidence', 'Tuple(reference_position Int64, control_position Int64, market_partition Int32, market_position Int64, reference_price Nullable(Int64), reference_age_ns Nullable(Int64), checks Array(Int32), limit_versions Array(Int64), thresholds Array(Int128), before Array(Int128), after Array(Int128))') AS e,
        e.reference_position AS reference_position, e.control_position AS control_position,
        e.market_partition AS market_partition, e.market_position AS market_position,
        e.reference_price AS reference_price, e.reference_age_ns AS reference_age_ns,
        e.checks AS checks, e.limit_versions AS limit_versions, e.thresholds AS thresholds, e.before AS before, e.after AS after, json
    FROM oms.events
    WHERE topic = 'oms.risk'
);

CREATE VIEW oms.routing_events AS
SELECT
    topic, partition, offset, event_no, event_type, order_id, desk_id, valid, validity, epoch, run_seq,
    timestamp_ms, event_time_ns, recorded_ns, source_topic, source_partition, source_offset, trace_id,
    JSONExtractString(json, 'child_id') AS child_id,
    JSONExtractString(json, 'ord_status') AS ord_status,
    JSONExtractString(json, 'reason') AS reason,
    json
FROM oms.events
WHERE topic = 'oms.routing';

CREATE VIEW oms.execution_events AS
SELECT
    topic, partition, offset, event_no, event_type, order_id, desk_id, valid, validity, epoch, run_seq,
    timestamp_ms, event_time_ns, recorded_ns, source_topic, source_partition, source_offset, trace_id,
    JSONExtractString(json, 'child_id') AS child_id,
    JSONExtractString(json, 'session_id') AS session_id,
    JSONExtractInt(json, 'msg_seq_num') AS msg_seq_num,
    JSONExtractString(json, 'ord_status') AS ord_status,
    JSONExtractString(json, 'reason') AS reason,
    json
FROM oms.events
WHERE topic = 'oms.execution';

-- `valid` = in force once folded. The version of an entity IS the offset.
CREATE VIEW oms.reference_changes AS
SELECT
    topic, partition, offset, event_no, offset AS version, event_type AS entity_kind,
    JSONExtractRaw(json, 'entity') AS entity,
    JSONExtractString(entity, concat(lower(event_type), '_id')) AS entity_id,
    valid, JSONExtractInt(json, 'replaces_version') AS replaces_version, JSONExtractString(json, 'reason') AS reason,
    JSONExtractString(json, 'provenance', 'entered_by') AS entered_by, timestamp_ms, recorded_ns, json
FROM oms.events
WHERE topic = 'oms.reference';

CREATE VIEW oms.control_records AS
SELECT
    topic, partition, offset, event_no, event_type AS kind, valid,
    JSONExtractString(json, 'scope') AS scope, JSONExtractString(json, 'scope_id') AS scope_id,
    JSONExtractString(json, 'reason') AS reason, JSONExtractString(json, 'provenance', 'entered_by') AS entered_by,
    timestamp_ms, recorded_ns, json
FROM oms.events
WHERE topic = 'oms.control';

-- The entities in force now.
CREATE VIEW oms.instruments AS
SELECT entity_id AS instrument_id, max(version) AS in_force, argMax(entity, version) AS terms,
       JSONExtractInt(terms, 'price_scale') AS price_scale, JSONExtractInt(terms, 'qty_scale') AS qty_scale,
       JSONExtractString(terms, 'currency') AS currency
FROM oms.reference_changes
WHERE entity_kind = 'Instrument' AND valid
GROUP BY entity_id;

CREATE VIEW oms.accounts AS
SELECT entity_id AS account_id, max(version) AS in_force, argMax(entity, version) AS terms,
       JSONExtractString(terms, 'desk_id') AS desk_id, JSONExtractString(terms, 'currency') AS currency,
       JSONExtract(terms, 'opening_positions', 'Array(Tuple(instrument_id String, qty Int64))') AS opening_positions
FROM oms.reference_changes
WHERE entity_kind = 'Account' AND valid
GROUP BY entity_id;
