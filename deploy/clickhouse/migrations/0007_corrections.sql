-- What venues corrected (TRADE_CORRECT) and cancelled (TRADE_CANCEL: a bust) of what they had executed, and figures that count it.
--
-- One row per correction, as the router applied it to its order: `exec_ref_id` named the execution before it, `exec_id` names it from there
-- on; a bust has new_qty 0. `cum_qty`, `leaves_qty`, `notional` and `ord_status` are the order's after it. Integers at the instrument's scales.
CREATE VIEW oms.corrections AS
SELECT
    f.partition AS partition, f.offset AS offset, f.event_no AS event_no, f.order_id AS order_id, p.desk_id AS desk_id,
    p.account_id AS account_id, p.instrument_id AS instrument_id, p.side AS side,
    f.x.child_id AS child_id, f.x.venue_id AS venue_id, f.x.exec_type AS exec_type, f.x.exec_id AS exec_id, f.x.exec_ref_id AS exec_ref_id,
    f.x.old_qty AS old_qty, f.x.old_px AS old_px, f.x.new_qty AS new_qty, f.x.new_px AS new_px,
    if(p.side = 'BUY', new_qty - old_qty, old_qty - new_qty) AS signed_qty,
    toInt128(new_qty) * new_px - toInt128(old_qty) * old_px AS notional_change, f.x.liquidity AS liquidity,
    f.x.cum_qty AS cum_qty, f.x.leaves_qty AS leaves_qty, f.x.notional AS notional, f.x.ord_status AS ord_status,
    f.x.transact_ns AS transact_ns, f.timestamp_ms AS timestamp_ms, f.recorded_ns AS recorded_ns, f.x.text AS text
FROM
(
    SELECT partition, offset, event_no, order_id, timestamp_ms, recorded_ns,
           JSONExtract(json, 'Tuple(child_id String, venue_id String, exec_type String, exec_id String, exec_ref_id String, old_qty Int64, old_px Int64, new_qty Int64, new_px Int64, liquidity String, cum_qty Int64, leaves_qty Int64, notional Int128, ord_status String, transact_ns Int64, text String)') AS x
    FROM oms.routing_events
    WHERE event_type = 'TradeCorrected' AND valid
) AS f
INNER JOIN oms.parents AS p ON p.order_id = f.order_id;

-- As before (0006), and as corrections leave them: an execution that was corrected is the row of its latest correction, one that was
-- cancelled has none. So every sum over executions (positions, VWAP, turnover) is of what stands.
CREATE OR REPLACE VIEW oms.executions AS
SELECT
    f.partition AS partition, f.offset AS offset, f.event_no AS event_no, f.order_id AS order_id, p.desk_id AS desk_id,
    p.account_id AS account_id, p.instrument_id AS instrument_id, p.side AS side,
    f.x.child_id AS child_id, f.x.venue_id AS venue_id, f.x.exec_id AS exec_id,
    if(f.corrects, f.x.new_qty, f.x.last_qty) - s.qty AS last_qty, if(f.corrects, f.x.new_px, f.x.last_px) AS last_px,
    if(p.side = 'BUY', last_qty, -last_qty) AS signed_qty, f.x.liquidity AS liquidity,
    f.x.cum_qty AS cum_qty, f.x.leaves_qty AS leaves_qty, f.x.notional AS notional, f.x.ord_status AS ord_status,
    f.x.transact_ns AS transact_ns, f.timestamp_ms AS timestamp_ms, f.recorded_ns AS recorded_ns,
    f.x.inferred OR position(f.x.exec_id, '>inferred:') > 0 AS inferred, if(f.corrects, 'TRADE_CORRECT', 'TRADE') AS exec_type,
    f.x.exec_ref_id AS exec_ref_id
FROM
(
    SELECT partition, offset, event_no, order_id, timestamp_ms, recorded_ns, event_type = 'TradeCorrected' AS corrects,
           JSONExtract(json, 'Tuple(child_id String, venue_id String, exec_id String, last_qty Int64, last_px Int64, liquidity String, cum_qty Int64, leaves_qty Int64, notional Int128, ord_status String, transact_ns Int64, inferred Bool, new_qty Int64, new_px Int64, exec_ref_id String)') AS x
    FROM oms.routing_events
    WHERE event_type IN ('ParentTraded', 'TradeSuperseded', 'TradeCorrected') AND valid
) AS f
INNER JOIN oms.parents AS p ON p.order_id = f.order_id
LEFT JOIN
(
    SELECT order_id, JSONExtractString(json, 'inferred_exec_id') AS exec_id, sum(JSONExtractInt(json, 'last_qty')) AS qty
    FROM oms.routing_events
    WHERE event_type = 'TradeSuperseded' AND valid
    GROUP BY order_id, exec_id
) AS s ON s.order_id = f.order_id AND s.exec_id = f.x.exec_id
LEFT JOIN
(
    SELECT order_id, JSONExtractString(json, 'venue_id') AS venue_id, JSONExtractString(json, 'exec_ref_id') AS exec_id, count() AS times
    FROM oms.routing_events
    WHERE event_type = 'TradeCorrected' AND valid
    GROUP BY order_id, venue_id, exec_id
) AS c ON c.order_id = f.order_id AND c.venue_id = f.x.venue_id AND c.exec_id = f.x.exec_id
WHERE last_qty > 0 AND c.times = 0;

CREATE OR REPLACE VIEW oms.child_executions AS
SELECT
    f.partition AS partition, f.offset AS offset, f.event_no AS event_no, f.order_id AS order_id, f.desk_id AS desk_id,
    f.x.child_id AS child_id, f.x.venue_id AS venue_id, f.x.exec_id AS exec_id, f.x.venue_order_id AS venue_order_id,
    if(f.corrects, f.x.new_qty, f.x.last_qty) - s.qty AS last_qty, if(f.corrects, f.x.new_px, f.x.last_px) AS last_px,
    f.x.cum_qty AS cum_qty, f.x.leaves_qty AS leaves_qty,
    f.x.liquidity AS liquidity, f.x.ord_status AS ord_status, f.x.transact_ns AS transact_ns, f.timestamp_ms AS timestamp_ms,
    f.recorded_ns AS recorded_ns, f.x.inferred OR position(f.x.exec_id, '>inferred:') > 0 AS inferred,
    if(f.corrects, 'TRADE_CORRECT', 'TRADE') AS exec_type, f.x.exec_ref_id AS exec_ref_id
FROM
(
    SELECT
        partition, offset, event_no, order_id, desk_id, timestamp_ms, recorded_ns, event_type = 'FillCorrected' AS corrects,
        JSONExtract(json, 'Tuple(child_id String, venue_id String, exec_id String, venue_order_id String, last_qty Int64, last_px Int64, cum_qty Int64, leaves_qty Int64, liquidity String, ord_status String, transact_ns Int64, inferred Bool, new_qty Int64, new_px Int64, exec_ref_id String)') AS x
    FROM oms.events
    WHERE topic = 'oms.execution' AND valid
      AND ((event_type = 'ChildReport' AND JSONExtractString(json, 'exec_type') = 'TRADE') OR event_type IN ('FillSuperseded', 'FillCorrected'))
) AS f
LEFT JOIN
(
    SELECT order_id, JSONExtractString(json, 'inferred_exec_id') AS exec_id, sum(JSONExtractInt(json, 'last_qty')) AS qty
    FROM oms.events
    WHERE topic = 'oms.execution' AND event_type = 'FillSuperseded' AND valid
    GROUP BY order_id, exec_id
) AS s ON s.order_id = f.order_id AND s.exec_id = f.x.exec_id
LEFT JOIN
(
    SELECT order_id, JSONExtractString(json, 'venue_id') AS venue_id, JSONExtractString(json, 'exec_ref_id') AS exec_id, count() AS times
    FROM oms.events
    WHERE topic = 'oms.execution' AND event_type = 'FillCorrected' AND valid
    GROUP BY order_id, venue_id, exec_id
) AS c ON c.order_id = f.order_id AND c.venue_id = f.x.venue_id AND c.exec_id = f.x.exec_id
WHERE last_qty > 0 AND c.times = 0;

-- As before (0006), and a correction or bust is a change of the order's quantities and state.
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
            argMaxIf(JSONExtract(json, 'Tuple(ord_status String, cum_qty Int64, leaves_qty Int64, notional Int128)'), (offset, event_no), event_type IN ('ParentTraded', 'TradeSuperseded', 'TradeCorrected', 'ParentChanged')) AS s,
            argMaxIf(JSONExtract(json, 'Tuple(order_qty Int64, price Nullable(Int64))'), (offset, event_no), event_type IN ('ParentOpened', 'ParentChanged') AND NOT JSONExtractString(json, 'exec_type') LIKE 'PENDING%') AS terms,
            argMaxIf(JSONExtractString(json, 'reason'), (offset, event_no), event_type = 'ParentChanged' AND NOT JSONExtractBool(json, 'cancel_rejected')) AS ended_because,
            countIf(event_type IN ('ParentTraded', 'TradeSuperseded', 'TradeCorrected', 'ParentChanged')) AS changes,
            max(offset) AS last_offset,
            max(event_time_ns) AS last_ns
        FROM oms.events
        WHERE topic = 'oms.routing' AND event_type IN ('ParentOpened', 'ParentTraded', 'TradeSuperseded', 'TradeCorrected', 'ParentChanged') AND valid
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
