-- Better displayed liquidity that an order walked past: judged from what venues showed (oms.quotes below the market position that the
-- decision names), from the fees and lots in force at its reference position, and from the mandate that its children name, as risk
-- gave it; never from the candidates that the router stored.
--
-- A decision's takes are its children that cross their own venue's quote. A row is a venue that showed a better price than the worst
-- take: net of a taker's fees (net_better), or before them (gross_better), and more of it than the takes of the same decision took
-- there (untaken_qty). What earlier takes of the firm (any desk, directed orders too) aimed at of the very same quote is beside it
-- (own_earlier_qty): a venue's quote does not show what we took until the venue says so. untaken_after_own_qty is without it, in whole
-- lots: less than a lot cannot be ordered.
-- Trade-throughs proper: net_better AND untaken_after_own_qty > 0.
--
-- Left out: orders their desk directed to one venue (what they took counts as taken); quotes beyond the order's limit; venues that at
-- the decision were disabled, halted, outside the order's mandate, or had refused a child of it under these terms (of a TWAP: since
-- its decision before). Desks in different partitions do not know of each other's takes of the same millisecond: both take, and
-- neither walks past. Net prices are exact, at scale 14 (oms/core/money.py).
--
-- oms.decision_quotes: one row per decision that made children and venue it could have gone to, with the quote in force there.
CREATE VIEW oms.decision_quotes AS
WITH
    children AS
    (
        SELECT order_id, decision_no, any(decision_offset) AS mandate_offset, groupArray((toString(venue_id), price, order_qty)) AS children
        FROM oms.child_orders
        GROUP BY order_id, decision_no
    ),
    mandates AS
    (
        SELECT
            partition, offset AS mandate_offset, order_id,
            JSONExtract(json, 'mandate', 'Tuple(worst_price Int64, venues Array(String), algorithm String)') AS m,
            JSONExtract(json, if(event_type = 'OrderAccepted', 'order', 'replace'), 'Tuple(price Nullable(Int64))').1 AS price
        FROM oms.events
        WHERE topic = 'oms.risk' AND event_type IN ('OrderAccepted', 'ReplaceAccepted') AND valid
    ),
    decisions AS
    (
        -- clock_ms: the broker's time, never before that of the record before it. forgiven: the moment from which refusals count.
        SELECT
            partition, offset, event_no, order_id, event_type, offset * 1000000 + event_no AS moment,
            max(timestamp_ms) OVER (PARTITION BY partition ORDER BY offset, event_no) AS clock_ms,
            JSONExtract(json, 'Tuple(decision_no Int64, algorithm String, market_partition Int32, market_position Int64, reference_position Int64, control_position Int64)') AS d,
            max(if(if(event_type = 'RoutingDecision', d.algorithm = 'TWAP', JSONExtractBool(json, 'applied')), moment, -1))
                OVER (PARTITION BY order_id ORDER BY offset, event_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS forgiven
        FROM oms.routing_events
        WHERE event_type IN ('RoutingDecision', 'ReplaceApplied') AND valid
    ),
    refusals AS
    (
        SELECT e.order_id AS order_id, groupArray((e.offset * 1000000 + e.event_no, toString(c.venue_id))) AS refusals
        FROM oms.routing_events AS e
        INNER JOIN oms.child_orders AS c ON c.child_id = e.child_id
        WHERE e.event_type = 'ChildClosed' AND e.valid AND e.ord_status = 'REJECTED'
          AND e.reason NOT IN ('NEVER_REACHED_VENUE', 'HALTED_AT_EXECUTION', 'GOOD_UNTIL_PASSED_AT_EXECUTION', 'WITHDRAWN_UNSENT')
        GROUP BY order_id
    ),
    asked AS
    (
        SELECT
            d.partition AS partition, d.offset AS offset, d.event_no AS event_no, d.order_id AS order_id, d.clock_ms AS clock_ms,
            d.d.decision_no AS decision_no, d.d.market_partition AS market_partition, d.d.market_position AS market_position,
            d.d.reference_position AS reference_position, d.d.control_position AS control_position,
            p.instrument_id AS instrument_id, p.side AS side, if(p.side = 'BUY', 1, -1) AS sign, m.m.algorithm = 'DIRECT' AS directed,
            sign * least(sign * ifNull(m.price, m.m.worst_price), sign * m.m.worst_price) AS limit_px,
            arrayJoin(arrayDistinct(arrayConcat(m.m.venues, c.children.1))) AS venue_id,
            arrayFilter(x -> x.1 = venue_id, c.children) AS children,
            has(m.m.venues, venue_id) AND NOT arrayExists(x -> x.2 = venue_id AND x.1 < d.moment AND x.1 > d.forgiven, r.refusals) AS permitted
        FROM (SELECT * FROM decisions WHERE event_type = 'RoutingDecision') AS d
        INNER JOIN children AS c ON c.order_id = d.order_id AND c.decision_no = d.d.decision_no
        INNER JOIN mandates AS m ON m.order_id = d.order_id AND m.partition = d.partition AND m.mandate_offset = c.mandate_offset
        INNER JOIN oms.parents AS p ON p.order_id = d.order_id
        LEFT JOIN refusals AS r ON r.order_id = d.order_id
    ),
    venue_terms AS
    (
        SELECT entity_id AS venue_id, version,
               JSONExtract(entity, 'Tuple(taker_fee_ppm Int64, taker_fee_per_unit_e8 Int64, enabled Bool, instruments Array(String))') AS v
        FROM oms.reference_changes
        WHERE entity_kind = 'Venue' AND valid
    ),
    instrument_terms AS
    (
        SELECT entity_id AS instrument_id, version, JSONExtract(entity, 'Tuple(price_scale Int64, lot_size Int64)') AS i
        FROM oms.reference_changes
        WHERE entity_kind = 'Instrument' AND valid
    ),
    venue_halts AS
    (
        SELECT scope_id AS venue_id, offset, kind = 'Halt' AS halted
        FROM oms.control_records
        WHERE scope = 'VENUE' AND kind IN ('Halt', 'Resume') AND valid
    ),
    in_question AS
    (
        SELECT DISTINCT
            JSONExtractString(p.json, 'instrument_id') AS instrument_id, JSONExtract(d.json, 'market_partition', 'Int32') AS partition,
            JSONExtract(d.json, 'market_position', 'Int64') AS position
        FROM oms.routing_events AS d
        INNER JOIN oms.routing_events AS p ON p.order_id = d.order_id
        WHERE d.event_type = 'RoutingDecision' AND d.valid AND p.event_type = 'ParentOpened' AND p.valid
    ),
    shown AS
    (
        -- Of each venue the last quote below each position in question: what stays in memory does not grow with the market's records.
        SELECT toString(q.venue_id) AS venue_id, toString(q.instrument_id) AS instrument_id, q.partition AS partition, p.position AS position,
               argMax((q.offset, q.bid_px, q.bid_qty, q.ask_px, q.ask_qty), q.offset) AS quote
        FROM (SELECT * FROM oms.quotes WHERE accepted AND last_in_record) AS q
        ASOF INNER JOIN in_question AS p ON p.instrument_id = q.instrument_id AND p.partition = q.partition AND q.offset < p.position
        GROUP BY venue_id, instrument_id, partition, position
    ),
    under_terms AS
    (
        SELECT a.*, t.v AS v, v.enabled AND has(v.instruments, a.instrument_id) AND a.permitted AS listed
        FROM asked AS a
        ASOF INNER JOIN venue_terms AS t ON t.venue_id = a.venue_id AND a.reference_position > t.version
    ),
    in_lots AS
    (
        SELECT a.*, t.i AS i
        FROM under_terms AS a
        ASOF INNER JOIN instrument_terms AS t ON t.instrument_id = a.instrument_id AND a.reference_position > t.version
    ),
    with_halts AS
    (
        SELECT a.*, h.halted AS halted
        FROM in_lots AS a
        ASOF LEFT JOIN venue_halts AS h ON h.venue_id = a.venue_id AND a.control_position > h.offset
    )
SELECT
    a.order_id AS order_id, a.decision_no AS decision_no, a.partition AS partition, a.offset AS offset, a.event_no AS event_no,
    a.clock_ms AS clock_ms, a.market_partition AS market_partition, a.market_position AS market_position,
    a.instrument_id AS instrument_id, a.side AS side, a.sign AS sign, a.venue_id AS venue_id, a.directed AS directed,
    q.quote.1 AS quote_offset, if(a.sign = 1, q.quote.4, q.quote.2) AS touch_px, if(a.sign = 1, q.quote.5, q.quote.3) AS displayed_qty,
    a.limit_px AS limit_px, a.listed AND NOT a.halted AND a.sign * touch_px <= a.sign * a.limit_px AS usable,
    a.i.price_scale AS price_scale, a.i.lot_size AS lot_size, a.v.taker_fee_ppm AS fee_ppm, a.v.taker_fee_per_unit_e8 AS fee_per_unit_e8,
    toInt128(touch_px) * toInt128(intExp10(8 - price_scale)) * (1000000 + sign * fee_ppm) + sign * toInt128(fee_per_unit_e8) * 1000000 AS touch_net,
    arrayFilter(c -> displayed_qty > 0 AND sign * (ifNull(c.2, touch_px) - touch_px) >= 0, a.children) AS takes,
    arraySum(c -> c.3, takes) AS taken_qty,
    sign * arrayMax(c -> sign * ifNull(c.2, touch_px), takes) AS worst_take_px
FROM with_halts AS a
ASOF INNER JOIN shown AS q
    ON q.venue_id = a.venue_id AND q.instrument_id = a.instrument_id AND q.partition = a.market_partition AND a.market_position >= q.position;

CREATE VIEW oms.trade_throughs AS
WITH
    judged AS
    (
        SELECT
            *,
            taken_qty > 0 AS takes_here,
            toInt128(worst_take_px) * toInt128(intExp10(8 - price_scale)) * (1000000 + sign * fee_ppm) + sign * toInt128(fee_per_unit_e8) * 1000000 AS take_net,
            max(takes_here) OVER decision AS takes_something,
            maxIf(sign * worst_take_px, takes_here) OVER decision AS worst_gross,
            maxIf(sign * take_net, takes_here) OVER decision AS worst_net,
            sum(least(taken_qty, displayed_qty)) OVER (PARTITION BY instrument_id, venue_id, sign, market_partition, quote_offset
                ORDER BY clock_ms, partition, offset, event_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS own_earlier_qty
        FROM oms.decision_quotes
        WINDOW decision AS (PARTITION BY order_id, decision_no)
    )
SELECT
    order_id, decision_no, partition, offset, instrument_id, side, venue_id, market_position, quote_offset, touch_px,
    sign * worst_gross AS worst_take_px, touch_net, sign * worst_net AS worst_take_net, displayed_qty, taken_qty,
    displayed_qty - taken_qty AS untaken_qty, own_earlier_qty,
    intDiv(greatest(0, untaken_qty - own_earlier_qty), lot_size) * lot_size AS untaken_after_own_qty,
    sign * touch_net < worst_net AS net_better, sign * touch_px < worst_gross AS gross_better
FROM judged
WHERE takes_something AND NOT directed AND usable AND displayed_qty > taken_qty AND (net_better OR gross_better);
