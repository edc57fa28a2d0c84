-- Lists of orders: what was asked, what risk said of it, and where each order stands with the others.

CREATE VIEW oms.lists AS
SELECT
    a.list_id AS list_id, a.of_desk AS desk_id, a.o.cl_ord_id AS cl_ord_id, a.o.trading_date AS trading_date,
    ifNull(a.o.contingency, '') AS contingency, a.verdict AS verdict, a.reason AS reason, a.at_fault AS order_at_fault,
    a.asked AS orders, b.accepted AS accepted, b.refused AS refused, d.done_ns AS done_ns, a.o.entered_ns AS entered_ns,
    a.of_partition AS partition, a.first_offset AS offset
FROM
(
    SELECT
        JSONExtractString(json, 'list_id') AS list_id,
        any(desk_id) AS of_desk,
        argMin(if(event_type = 'ListAccepted', 'ACCEPTED', 'REJECTED'), offset) AS verdict,
        argMin(JSONExtractString(json, 'reason'), offset) AS reason,
        argMin(JSONExtractString(json, 'order_cl_ord_id'), offset) AS at_fault,
        argMin(length(JSONExtractArrayRaw(json, 'order_list', 'orders')), offset) AS asked,
        argMin(JSONExtract(json, 'order_list', 'Tuple(cl_ord_id String, trading_date Int32, contingency Nullable(String), entered_ns Int64)'), offset) AS o,
        any(partition) AS of_partition,
        min(offset) AS first_offset
    FROM oms.events
    WHERE topic = 'oms.risk' AND event_type IN ('ListAccepted', 'ListRejected') AND valid
    GROUP BY list_id
) AS a
LEFT JOIN
(
    SELECT JSONExtractString(json, 'order', 'list_id') AS list_id,
           countIf(event_type = 'OrderAccepted') AS accepted, countIf(event_type = 'OrderRejected') AS refused
    FROM oms.events
    WHERE topic = 'oms.risk' AND event_type IN ('OrderAccepted', 'OrderRejected') AND valid
      AND JSONExtractString(json, 'order', 'list_id') != ''
    GROUP BY list_id
) AS b ON b.list_id = a.list_id
LEFT JOIN
(
    SELECT JSONExtractString(json, 'list_id') AS list_id, max(event_time_ns) AS done_ns
    FROM oms.events
    WHERE topic = 'oms.routing' AND event_type = 'ListDone' AND valid
    GROUP BY list_id
) AS d ON d.list_id = a.list_id;

-- Every order of a list, with how often it was put aside for another, and where it stood last.
CREATE VIEW oms.list_orders AS
SELECT
    r.list_id AS list_id, r.order_id AS order_id, o.desk_id AS desk_id, o.ord_status AS ord_status, o.order_qty AS order_qty,
    o.cum_qty AS cum_qty, o.reason AS reason, l.leg_state AS leg_state, l.released_qty AS released_qty, l.by_order_id AS by_order_id,
    l.left_for_another AS left_for_another, l.reduced_by AS reduced_by
FROM
(
    SELECT DISTINCT JSONExtractString(json, 'order', 'list_id') AS list_id, order_id
    FROM oms.events
    WHERE topic = 'oms.risk' AND event_type IN ('OrderAccepted', 'OrderRejected') AND valid
      AND JSONExtractString(json, 'order', 'list_id') != ''
) AS r
LEFT JOIN oms.orders AS o ON o.order_id = r.order_id
LEFT JOIN
(
    SELECT
        order_id,
        argMaxIf(JSONExtractString(json, 'leg_state'), (offset, event_no), event_type = 'LegChanged') AS leg_state,
        argMaxIf(JSONExtract(json, 'released_qty', 'Nullable(Int64)'), (offset, event_no), event_type = 'LegChanged') AS released_qty,
        argMaxIf(JSONExtractString(json, 'by_order_id'), (offset, event_no), event_type = 'LegChanged') AS by_order_id,
        countIf(event_type = 'LegChanged' AND JSONExtractString(json, 'leg_state') = 'LEAVING') AS left_for_another,
        sumIf(JSONExtractInt(json, 'executed_qty'), event_type = 'LegReduced') AS reduced_by
    FROM oms.events
    WHERE topic = 'oms.routing' AND event_type IN ('LegChanged', 'LegReduced') AND valid
    GROUP BY order_id
) AS l ON l.order_id = r.order_id;

-- As before (0003), and an order of a list begins with what its list asked of it.
CREATE OR REPLACE VIEW oms.order_biography AS
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
    FROM (SELECT * FROM oms.events WHERE topic = 'oms.orders' AND event_type NOT IN ('MassCancelOrders', 'NewOrderList', 'CancelOrderList') AND valid) AS c
    LEFT JOIN
    (
        SELECT source_partition, source_offset, max(order_id) AS order_id
        FROM oms.events
        WHERE topic = 'oms.risk' AND source_topic = 'oms.orders' AND valid
        GROUP BY source_partition, source_offset
    ) AS d ON d.source_partition = c.partition AND d.source_offset = c.offset
    UNION ALL
    SELECT concat(n.desk_id, '/', toString(JSONExtractInt(n.asked, 'trading_date')), '/', JSONExtractString(n.asked, 'cl_ord_id')) AS order_id,
           1 AS stage, n.timestamp_ms, n.recorded_ns, n.event_time_ns, 'oms.orders', n.partition, n.offset, n.event_no, 'NewOrder',
           '', '', 0, toInt64(0), n.trace_id, n.asked
    FROM
    (
        SELECT desk_id, timestamp_ms, recorded_ns, event_time_ns, partition, offset, event_no, trace_id,
               arrayJoin(JSONExtractArrayRaw(json, 'orders')) AS asked
        FROM oms.events
        WHERE topic = 'oms.orders' AND event_type = 'NewOrderList' AND valid
    ) AS n
)
WHERE order_id != '';
