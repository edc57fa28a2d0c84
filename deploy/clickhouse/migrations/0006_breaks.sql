-- Differences between our own state and what venues report (oms.core.reconciliation), and fills that were inferred from them.
--
-- One row per break: its figures as last seen, its age, and how it was closed, by whom and why (CAUSE_GONE: by the system). `our_*` and
-- `venue_*` are the two sides, integers at the instrument's scales; an order or execution that is none of ours has no instrument.
CREATE VIEW oms.breaks AS
SELECT
    b.break_id AS break_id, b.partition AS partition, b.r.cause AS cause, b.r.subject AS subject, b.order_id AS order_id,
    b.r.child_id AS child_id, b.r.venue_id AS venue_id, b.r.session_id AS session_id, b.r.cl_ord_id AS cl_ord_id,
    b.r.venue_order_id AS venue_order_id, b.r.exec_id AS exec_id, b.r.our_qty AS our_qty, b.r.venue_qty AS venue_qty,
    b.r.our_px AS our_px, b.r.venue_px AS venue_px, b.r.text AS text, b.r.seen_count AS seen_count,
    p.desk_id AS desk_id, p.account_id AS account_id, p.instrument_id AS instrument_id,
    b.closings = 0 AS open, b.r.opened_ns AS opened_ns, b.r.seen_ns AS seen_ns,
    if(open, 0, b.c.at_ns) AS resolved_ns, if(open, toUnixTimestamp64Nano(now64(9)), b.c.at_ns) - b.r.opened_ns AS age_ns,
    if(open, '', b.c.kind) AS resolution, if(open, '', b.c.resolved_by) AS resolved_by, if(open, '', b.c.reason) AS reason,
    if(open, -1, b.c.control_offset) AS control_offset, b.first_offset AS first_offset, b.last_offset AS last_offset
FROM
(
    SELECT
        partition, JSONExtractString(json, 'break_id') AS break_id, any(order_id) AS order_id,
        argMaxIf(JSONExtract(json, 'Tuple(cause String, subject String, child_id String, venue_id String, session_id String, cl_ord_id String, venue_order_id String, exec_id String, our_qty Int64, venue_qty Int64, our_px Nullable(Int64), venue_px Nullable(Int64), opened_ns Int64, seen_ns Int64, seen_count Int64, text String)'), (offset, event_no), event_type = 'BreakRaised') AS r,
        argMaxIf(JSONExtract(json, 'Tuple(kind String, control_offset Int64, resolved_by String, reason String, at_ns Int64)'), (offset, event_no), event_type = 'BreakResolved') AS c,
        countIf(event_type = 'BreakResolved') AS closings, min(offset) AS first_offset, max(offset) AS last_offset
    FROM oms.events
    WHERE topic = 'oms.execution' AND event_type IN ('BreakRaised', 'BreakResolved') AND valid
    GROUP BY partition, break_id
) AS b
LEFT JOIN oms.parents AS p ON p.order_id = b.order_id;

-- What persons asked to be done about breaks, and what became of it: `outcome` is BreakResolved, BreakResolutionRefused, or Intent (a
-- cancel left for the venue); empty where execution has not read it yet.
CREATE VIEW oms.break_decisions AS
SELECT
    d.d.break_id AS break_id, d.d.kind AS kind, d.offset AS control_offset, d.d.price AS price, d.d.reason AS reason,
    d.entered_by AS entered_by, d.d.entered_ns AS entered_ns, e.outcome AS outcome, e.text AS text
FROM
(
    SELECT
        offset, JSONExtract(json, 'Tuple(partition Int32, break_id String, kind String, price Nullable(Int64), reason String, entered_ns Int64)') AS d,
        JSONExtractString(json, 'provenance', 'entered_by') AS entered_by, d.partition AS of_partition
    FROM oms.events
    WHERE topic = 'oms.control' AND event_type = 'BreakResolution'
) AS d
LEFT JOIN
(
    SELECT partition, source_offset, argMin(toString(event_type), event_no) AS outcome, argMin(JSONExtractString(json, 'text'), event_no) AS text
    FROM oms.events
    WHERE topic = 'oms.execution' AND source_topic = 'oms.control' AND valid
      AND event_type IN ('BreakResolved', 'BreakResolutionRefused', 'Intent')
    GROUP BY partition, source_offset
) AS e ON e.partition = d.of_partition AND e.source_offset = d.offset;

-- Executions as they stand: of a fill that was inferred, what the real trade has taken the place of is that trade's row. Sums of
-- quantities are the same before and after; prices are the real ones as far as they are known. `inferred` marks what is not.
CREATE OR REPLACE VIEW oms.executions AS
SELECT
    f.partition AS partition, f.offset AS offset, f.event_no AS event_no, f.order_id AS order_id, p.desk_id AS desk_id,
    p.account_id AS account_id, p.instrument_id AS instrument_id, p.side AS side,
    f.x.child_id AS child_id, f.x.venue_id AS venue_id, f.x.exec_id AS exec_id, f.x.last_qty - s.qty AS last_qty, f.x.last_px AS last_px,
    if(p.side = 'BUY', last_qty, -last_qty) AS signed_qty, f.x.liquidity AS liquidity,
    f.x.cum_qty AS cum_qty, f.x.leaves_qty AS leaves_qty, f.x.notional AS notional, f.x.ord_status AS ord_status,
    f.x.transact_ns AS transact_ns, f.timestamp_ms AS timestamp_ms, f.recorded_ns AS recorded_ns, f.x.inferred AS inferred
FROM
(
    SELECT partition, offset, event_no, order_id, timestamp_ms, recorded_ns,
           JSONExtract(json, 'Tuple(child_id String, venue_id String, exec_id String, last_qty Int64, last_px Int64, liquidity String, cum_qty Int64, leaves_qty Int64, notional Int128, ord_status String, transact_ns Int64, inferred Bool)') AS x
    FROM oms.routing_events
    WHERE event_type IN ('ParentTraded', 'TradeSuperseded') AND valid
) AS f
INNER JOIN oms.parents AS p ON p.order_id = f.order_id
LEFT JOIN
(
    SELECT order_id, JSONExtractString(json, 'inferred_exec_id') AS exec_id, sum(JSONExtractInt(json, 'last_qty')) AS qty
    FROM oms.routing_events
    WHERE event_type = 'TradeSuperseded' AND valid
    GROUP BY order_id, exec_id
) AS s ON s.order_id = f.order_id AND s.exec_id = f.x.exec_id
WHERE last_qty > 0;

CREATE OR REPLACE VIEW oms.child_executions AS
SELECT
    f.partition AS partition, f.offset AS offset, f.event_no AS event_no, f.order_id AS order_id, f.desk_id AS desk_id,
    f.x.child_id AS child_id, f.x.venue_id AS venue_id, f.x.exec_id AS exec_id, f.x.venue_order_id AS venue_order_id,
    f.x.last_qty - s.qty AS last_qty, f.x.last_px AS last_px, f.x.cum_qty AS cum_qty, f.x.leaves_qty AS leaves_qty,
    f.x.liquidity AS liquidity, f.x.ord_status AS ord_status, f.x.transact_ns AS transact_ns, f.timestamp_ms AS timestamp_ms,
    f.recorded_ns AS recorded_ns, f.x.inferred AS inferred
FROM
(
    SELECT
        partition, offset, event_no, order_id, desk_id, timestamp_ms, recorded_ns,
        JSONExtract(json, 'Tuple(child_id String, venue_id String, exec_id String, venue_order_id String, last_qty Int64, last_px Int64, cum_qty Int64, leaves_qty Int64, liquidity String, ord_status String, transact_ns Int64, inferred Bool)') AS x
    FROM oms.events
    WHERE topic = 'oms.execution' AND valid
      AND ((event_type = 'ChildReport' AND JSONExtractString(json, 'exec_type') = 'TRADE') OR event_type = 'FillSuperseded')
) AS f
LEFT JOIN
(
    SELECT order_id, JSONExtractString(json, 'inferred_exec_id') AS exec_id, sum(JSONExtractInt(json, 'last_qty')) AS qty
    FROM oms.events
    WHERE topic = 'oms.execution' AND event_type = 'FillSuperseded' AND valid
    GROUP BY order_id, exec_id
) AS s ON s.order_id = f.order_id AND s.exec_id = f.x.exec_id
WHERE last_qty > 0;

-- As before (0003), and a correction of an inferred fill's price is a change of the order's notional.
CREATE OR REPLACE VIEW oms.orders AS
WITH
    asked AS
    (
        SELECT
            order_id,
            any(desk_id) AS desk_id,
            argMin(event_type, offset) AS verdict,
            argMin(JSONExtractString(json, 'reason'), offset) AS reason,
            argMin(JSONExtract(json, 'order', 'Tuple(cl_ord_id String, trading_date Int32, account_id String, instrument_id String, side String, ord_type String, time_in_force String, algorithm String, order_qty Int64, price Nullable(Int64), entered_ns Int64)'), offset) AS o
        FROM oms.events
        WHERE topic = 'oms.risk' AND event_type IN ('OrderAccepted', 'OrderRejected') AND valid
          AND JSONExtractString(json, 'reason') != 'DUPLICATE_CL_ORD_ID'
        GROUP BY order_id
    ),
    worked AS
    (
        SELECT
            order_id,
            argMaxIf(JSONExtract(json, 'Tuple(ord_status String, cum_qty Int64, leaves_qty Int64, notional Int128)'), (offset, event_no), event_type IN ('ParentTraded', 'TradeSuperseded', 'ParentChanged')) AS s,
            argMaxIf(JSONExtract(json, 'Tuple(order_qty Int64, price Nullable(Int64))'), (offset, event_no), event_type IN ('ParentOpened', 'ParentChanged') AND NOT JSONExtractString(json, 'exec_type') LIKE 'PENDING%') AS terms,
            argMaxIf(JSONExtractString(json, 'reason'), (offset, event_no), event_type = 'ParentChanged' AND NOT JSONExtractBool(json, 'cancel_rejected')) AS ended_because,
            countIf(event_type IN ('ParentTraded', 'TradeSuperseded', 'ParentChanged')) AS changes,
            max(offset) AS last_offset,
            max(event_time_ns) AS last_ns
        FROM oms.events
        WHERE topic = 'oms.routing' AND event_type IN ('ParentOpened', 'ParentTraded', 'TradeSuperseded', 'ParentChanged') AND valid
        GROUP BY order_id
    )
SELECT
    a.order_id AS order_id, a.desk_id AS desk_id, a.o.account_id AS account_id, a.o.instrument_id AS instrument_id,
    a.o.cl_ord_id AS cl_ord_id, a.o.trading_date AS trading_date, a.o.side AS side, a.o.ord_type AS ord_type,
    a.o.time_in_force AS time_in_force, a.o.algorithm AS algorithm,
    multiIf(a.verdict = 'OrderRejected', 'REJECTED', w.changes > 0, w.s.ord_status, 'PENDING_NEW') AS ord_status,
    if(w.order_id != '', w.terms.order_qty, a.o.order_qty) AS order_qty,
    if(w.order_id != '', w.terms.price, a.o.price) AS price,
    w.s.cum_qty AS cum_qty,
    multiIf(a.verdict = 'OrderRejected', 0, w.changes > 0, w.s.leaves_qty, order_qty) AS leaves_qty,
    w.s.notional AS notional,
    if(cum_qty > 0, divideDecimal(toDecimal256(notional, 0), toDecimal256(cum_qty, 0) * toDecimal256(intExp10(i.price_scale), 0), 12), NULL) AS avg_px,
    if(a.verdict = 'OrderRejected', a.reason, w.ended_because) AS reason,
    a.o.entered_ns AS entered_ns, w.last_offset AS last_offset, w.last_ns AS last_event_ns
FROM asked AS a
LEFT JOIN worked AS w ON w.order_id = a.order_id
LEFT JOIN oms.instruments AS i ON i.instrument_id = a.o.instrument_id;
