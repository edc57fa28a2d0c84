-- What compliance, reports and reconciliation ask. Only records that count; quantities and prices are integers at the instrument's scales.

CREATE VIEW oms.parents AS
SELECT * EXCEPT (t)
FROM
(
    SELECT
        order_id, desk_id, partition, offset AS opened_offset, event_time_ns AS opened_ns,
        JSONExtract(json, 'Tuple(account_id String, instrument_id String, cl_ord_id String, trading_date Int32, side String, ord_type String, time_in_force String, algorithm String, order_qty Int64, price Nullable(Int64), venue_id String, worst_price Int64, venues Array(String))') AS t,
        t.account_id AS account_id, t.instrument_id AS instrument_id, t.cl_ord_id AS cl_ord_id, t.trading_date AS trading_date,
        t.side AS side, t.ord_type AS ord_type, t.time_in_force AS time_in_force, t.algorithm AS algorithm,
        t.order_qty AS order_qty, t.price AS price, t.venue_id AS venue_id, t.worst_price AS worst_price, t.venues AS venues
    FROM oms.routing_events
    WHERE event_type = 'ParentOpened' AND valid
);

CREATE VIEW oms.executions AS
SELECT
    f.partition AS partition, f.offset AS offset, f.event_no AS event_no, f.order_id AS order_id, p.desk_id AS desk_id,
    p.account_id AS account_id, p.instrument_id AS instrument_id, p.side AS side,
    f.x.child_id AS child_id, f.x.venue_id AS venue_id, f.x.exec_id AS exec_id, f.x.last_qty AS last_qty, f.x.last_px AS last_px,
    if(p.side = 'BUY', last_qty, -last_qty) AS signed_qty, f.x.liquidity AS liquidity,
    f.x.cum_qty AS cum_qty, f.x.leaves_qty AS leaves_qty, f.x.notional AS notional, f.x.ord_status AS ord_status,
    f.x.transact_ns AS transact_ns, f.timestamp_ms AS timestamp_ms, f.recorded_ns AS recorded_ns
FROM
(
    SELECT partition, offset, event_no, order_id, timestamp_ms, recorded_ns,
           JSONExtract(json, 'Tuple(child_id String, venue_id String, exec_id String, last_qty Int64, last_px Int64, liquidity String, cum_qty Int64, leaves_qty Int64, notional Int128, ord_status String, transact_ns Int64)') AS x
    FROM oms.routing_events
    WHERE event_type = 'ParentTraded' AND valid
) AS f
INNER JOIN oms.parents AS p ON p.order_id = f.order_id;

-- Fills as venues reported them, before the router applied them to parents.
CREATE VIEW oms.child_executions AS
SELECT * EXCEPT (x)
FROM
(
    SELECT
        partition, offset, event_no, order_id, desk_id,
        JSONExtract(json, 'Tuple(child_id String, venue_id String, exec_id String, venue_order_id String, last_qty Int64, last_px Int64, cum_qty Int64, leaves_qty Int64, liquidity String, ord_status String, transact_ns Int64)') AS x,
        x.child_id AS child_id, x.venue_id AS venue_id, x.exec_id AS exec_id, x.venue_order_id AS venue_order_id,
        x.last_qty AS last_qty, x.last_px AS last_px, x.cum_qty AS cum_qty, x.leaves_qty AS leaves_qty, x.liquidity AS liquidity,
        x.ord_status AS ord_status, x.transact_ns AS transact_ns, timestamp_ms, recorded_ns
    FROM oms.events
    WHERE topic = 'oms.execution' AND event_type = 'ChildReport' AND valid AND JSONExtractString(json, 'exec_type') = 'TRADE'
);

CREATE VIEW oms.child_orders AS
SELECT * EXCEPT (c)
FROM
(
    SELECT
        partition, offset, event_no, order_id, desk_id, timestamp_ms, event_time_ns,
        JSONExtract(json, 'Tuple(child_id String, decision_no Int64, decision_offset Int64, account_id String, instrument_id String, venue_id String, side String, ord_type String, time_in_force String, order_qty Int64, price Nullable(Int64))') AS c,
        c.child_id AS child_id, c.decision_no AS decision_no, c.decision_offset AS decision_offset, c.account_id AS account_id,
        c.instrument_id AS instrument_id, c.venue_id AS venue_id, c.side AS side, c.ord_type AS ord_type,
        c.time_in_force AS time_in_force, c.order_qty AS order_qty, c.price AS price
    FROM oms.routing_events
    WHERE event_type = 'ChildNew' AND valid
);

-- One row per order: its terms, its last state. notional = sum of price × quantity of its fills, so notional / cum_qty is the average
-- price exactly; avg_px is that figure in the instrument's currency, cut after 12 decimals. An order that risk refused has its reason;
-- a refused duplicate is no order and leaves the original as it is.
CREATE VIEW oms.orders AS
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
            argMaxIf(JSONExtract(json, 'Tuple(ord_status String, cum_qty Int64, leaves_qty Int64, notional Int128)'), (offset, event_no), event_type IN ('ParentTraded', 'ParentChanged')) AS s,
            argMaxIf(JSONExtract(json, 'Tuple(order_qty Int64, price Nullable(Int64))'), (offset, event_no), event_type IN ('ParentOpened', 'ParentChanged') AND NOT JSONExtractString(json, 'exec_type') LIKE 'PENDING%') AS terms,
            argMaxIf(JSONExtractString(json, 'reason'), (offset, event_no), event_type = 'ParentChanged' AND NOT JSONExtractBool(json, 'cancel_rejected')) AS ended_because,
            countIf(event_type IN ('ParentTraded', 'ParentChanged')) AS changes,
            max(offset) AS last_offset,
            max(event_time_ns) AS last_ns
        FROM oms.events
        WHERE topic = 'oms.routing' AND event_type IN ('ParentOpened', 'ParentTraded', 'ParentChanged') AND valid
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

-- Opening positions as in force now, and every execution since.
CREATE VIEW oms.positions AS
SELECT account_id, instrument_id, sum(opening) AS opening_qty, sum(bought) AS bought_qty, sum(sold) AS sold_qty,
       opening_qty + bought_qty - sold_qty AS qty
FROM
(
    SELECT account_id, position.instrument_id AS instrument_id, position.qty AS opening, toInt64(0) AS bought, toInt64(0) AS sold
    FROM oms.accounts
    ARRAY JOIN opening_positions AS position
    UNION ALL
    SELECT account_id, instrument_id, toInt64(0) AS opening,
           if(side = 'BUY', last_qty, toInt64(0)) AS bought, if(side = 'BUY', toInt64(0), last_qty) AS sold
    FROM oms.executions
)
GROUP BY account_id, instrument_id;

-- Every event of an order and its children, and the commands that risk decided on for it. `step` is the order in which they were
-- recorded: the broker's time, within a millisecond the writers' clocks, then the way of an order through the stages.
CREATE VIEW oms.order_biography AS
SELECT
    order_id,
    row_number() OVER (PARTITION BY order_id ORDER BY timestamp_ms, recorded_ns, stage, partition, offset, event_no) AS step,
    timestamp_ms, recorded_ns, event_time_ns, topic, partition, offset, event_no, event_type, child_id,
    JSONExtractString(json, 'venue_id') AS venue_id,
    JSONExtractString(json, 'ord_status') AS ord_status,
    JSONExtractString(json, 'reason') AS reason,
    JSONExtractRaw(json, 'evidence') AS decision_inputs,
    JSONExtractRaw(json, 'candidates') AS market_snapshot,
    source_topic, source_partition, source_offset, trace_id, json
FROM
(
    SELECT arrayJoin(if(order_id = '', JSONExtract(json, 'order_ids', 'Array(String)'), [order_id])) AS order_id,
           indexOf(['oms.orders', 'oms.risk', 'oms.routing', 'oms.execution'], toString(topic)) AS stage,
           timestamp_ms, recorded_ns, event_time_ns, toString(topic) AS topic, partition, offset, event_no, toString(event_type) AS event_type,
           JSONExtractString(json, 'child_id') AS child_id, toString(source_topic) AS source_topic, source_partition, source_offset, trace_id, json
    FROM oms.events
    WHERE topic IN ('oms.risk', 'oms.routing', 'oms.execution') AND valid
    UNION ALL
    SELECT if(d.order_id != '', d.order_id, c.order_id) AS order_id, 1 AS stage,
           c.timestamp_ms, c.recorded_ns, c.event_time_ns, 'oms.orders', c.partition, c.offset, c.event_no, toString(c.event_type),
           '', '', 0, toInt64(0), c.trace_id, c.json
    FROM (SELECT * FROM oms.events WHERE topic = 'oms.orders' AND event_type != 'MassCancelOrders' AND valid) AS c
    LEFT JOIN
    (
        SELECT source_partition, source_offset, max(order_id) AS order_id
        FROM oms.events
        WHERE topic = 'oms.risk' AND source_topic = 'oms.orders' AND valid
        GROUP BY source_partition, source_offset
    ) AS d ON d.source_partition = c.partition AND d.source_offset = c.offset
)
WHERE order_id != '';
