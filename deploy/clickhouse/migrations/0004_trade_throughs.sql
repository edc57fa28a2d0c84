-- Better displayed liquidity that an order walked past: judged from what venues showed (oms.quotes below the market position that the
-- decision names) and from the fees in force at its reference position, never from the candidates it stored.
--
-- A decision's takes are its children that cross their own venue's quote. A row is a venue that showed a better price than the worst
-- take: net of a taker's fees (net_better), or before them (gross_better), and more of it than the takes of the same decision took
-- there (untaken_qty). What earlier takes of the firm (any desk) took of the very same quote is beside it (own_earlier_qty, and
-- untaken_after_own_qty without it): a venue's quote does not show what we took until the venue says so.
-- Trade-throughs proper: net_better AND untaken_after_own_qty > 0.
--
-- Left out: orders their desk directed to one venue (what they took counts as taken); venues that were disabled, halted or outside the order's mandate at the decision.
-- Net prices are exact, at scale 14 (oms/core/money.py).
CREATE VIEW oms.decision_quotes AS
WITH
    decisions AS
    (
        SELECT
            partition, offset, event_no, order_id, timestamp_ms,
            JSONExtractString(json, 'algorithm') = 'DIRECT' AS directed,
            JSONExtract(json, 'Tuple(decision_no Int64, market_partition Int32, market_position Int64, reference_position Int64, control_position Int64)') AS d,
            d.decision_no AS decision_no, d.market_partition AS market_partition, d.market_position AS market_position,
            d.reference_position AS reference_position, d.control_position AS control_position
        FROM oms.routing_events
        WHERE event_type = 'RoutingDecision' AND valid
    ),
    venue_terms AS
    (
        SELECT entity_id AS venue_id, version,
               JSONExtract(entity, 'Tuple(taker_fee_ppm Int64, taker_fee_per_unit_e8 Int64, enabled Bool, instruments Array(String))') AS v,
               v.taker_fee_ppm AS fee_ppm, v.taker_fee_per_unit_e8 AS fee_per_unit_e8, v.enabled AS enabled, v.instruments AS instruments
        FROM oms.reference_changes
        WHERE entity_kind = 'Venue' AND valid
    ),
    venue_halts AS
    (
        SELECT scope_id AS venue_id, offset, kind = 'Halt' AS halted
        FROM oms.control_records
        WHERE scope = 'VENUE' AND kind IN ('Halt', 'Resume') AND valid
    ),
    asked AS
    (
        SELECT d.partition AS partition, d.offset AS offset, d.event_no AS event_no, d.order_id AS order_id, d.timestamp_ms AS timestamp_ms, d.directed AS directed,
               d.decision_no AS decision_no, d.market_partition AS market_partition, d.market_position AS market_position,
               d.reference_position AS reference_position, d.control_position AS control_position,
               p.instrument_id AS instrument_id, p.side AS side, if(p.side = 'BUY', 1, -1) AS sign, p.venues AS permitted,
               arrayJoin((SELECT groupUniqArray(venue_id) FROM venue_terms)) AS venue_id
        FROM decisions AS d
        INNER JOIN oms.parents AS p ON p.order_id = d.order_id
    ),
    with_terms AS
    (
        SELECT a.*, t.fee_ppm AS fee_ppm, t.fee_per_unit_e8 AS fee_per_unit_e8,
               t.enabled AND has(t.instruments, a.instrument_id) AND (empty(a.permitted) OR has(a.permitted, a.venue_id)) AS usable
        FROM asked AS a
        ASOF INNER JOIN venue_terms AS t ON t.venue_id = a.venue_id AND a.reference_position > t.version
    ),
    with_halts AS
    (
        SELECT a.*, h.halted AS halted
        FROM with_terms AS a
        ASOF LEFT JOIN venue_halts AS h ON h.venue_id = a.venue_id AND a.control_position > h.offset
    ),
    shown AS
    (
        SELECT venue_id, instrument_id, partition, offset, bid_px, bid_qty, ask_px, ask_qty
        FROM oms.quotes
        WHERE accepted AND last_in_record
    )
SELECT
    a.order_id AS order_id, a.decision_no AS decision_no, a.partition AS partition, a.offset AS offset, a.event_no AS event_no,
    a.timestamp_ms AS timestamp_ms, a.market_partition AS market_partition, a.market_position AS market_position,
    a.instrument_id AS instrument_id, a.side AS side, a.sign AS sign, a.venue_id AS venue_id,
    a.directed AS directed, a.usable AND NOT a.halted AS usable, q.offset AS quote_offset,
    if(a.sign = 1, q.ask_px, q.bid_px) AS touch_px, if(a.sign = 1, q.ask_qty, q.bid_qty) AS displayed_qty,
    i.price_scale AS price_scale, a.fee_ppm AS fee_ppm, a.fee_per_unit_e8 AS fee_per_unit_e8,
    toInt128(touch_px) * toInt128(intExp10(8 - price_scale)) * (1000000 + sign * fee_ppm) + sign * toInt128(fee_per_unit_e8) * 1000000 AS touch_net
FROM with_halts AS a
ASOF INNER JOIN shown AS q
    ON q.venue_id = a.venue_id AND q.instrument_id = a.instrument_id AND q.partition = a.market_partition AND a.market_position > q.offset
INNER JOIN oms.instruments AS i ON i.instrument_id = a.instrument_id;

CREATE VIEW oms.trade_throughs AS
WITH
    takes AS
    (
        SELECT
            c.order_id AS order_id, c.decision_no AS decision_no, c.venue_id AS venue_id,
            sum(c.order_qty) AS taken_qty,
            max(q.sign * ifNull(c.price, q.touch_px)) AS worst_gross,
            max(q.sign * (toInt128(ifNull(c.price, q.touch_px)) * toInt128(intExp10(8 - q.price_scale)) * (1000000 + q.sign * q.fee_ppm) + q.sign * toInt128(q.fee_per_unit_e8) * 1000000)) AS worst_net
        FROM oms.child_orders AS c
        INNER JOIN oms.decision_quotes AS q ON q.order_id = c.order_id AND q.decision_no = c.decision_no AND q.venue_id = c.venue_id
        WHERE q.displayed_qty > 0 AND (c.price IS NULL OR q.sign * (assumeNotNull(c.price) - q.touch_px) >= 0)
        GROUP BY order_id, decision_no, venue_id
    ),
    worst AS
    (
        SELECT order_id, decision_no, max(worst_gross) AS worst_gross, max(worst_net) AS worst_net
        FROM takes
        GROUP BY order_id, decision_no
    ),
    judged AS
    (
        SELECT
            q.order_id AS order_id, q.decision_no AS decision_no, q.partition AS partition, q.offset AS offset, q.venue_id AS venue_id,
            q.instrument_id AS instrument_id, q.side AS side, q.sign AS sign, q.directed AS directed, q.usable AS usable, q.market_position AS market_position,
            q.quote_offset AS quote_offset, q.touch_px AS touch_px, q.touch_net AS touch_net, q.displayed_qty AS displayed_qty,
            w.order_id != '' AS takes_something, w.worst_gross AS worst_gross, w.worst_net AS worst_net, t.taken_qty AS taken_qty,
            sum(t.taken_qty) OVER (PARTITION BY q.instrument_id, q.venue_id, q.sign, q.market_partition, q.quote_offset
                ORDER BY q.timestamp_ms, q.partition, q.offset, q.event_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS own_earlier_qty
        FROM oms.decision_quotes AS q
        LEFT JOIN worst AS w ON w.order_id = q.order_id AND w.decision_no = q.decision_no
        LEFT JOIN takes AS t ON t.order_id = q.order_id AND t.decision_no = q.decision_no AND t.venue_id = q.venue_id
    )
SELECT
    order_id, decision_no, partition, offset, instrument_id, side, venue_id, market_position, quote_offset, touch_px,
    sign * worst_gross AS worst_take_px, touch_net, sign * worst_net AS worst_take_net, displayed_qty, taken_qty,
    displayed_qty - taken_qty AS untaken_qty, own_earlier_qty, greatest(0, untaken_qty - own_earlier_qty) AS untaken_after_own_qty,
    sign * touch_net < worst_net AS net_better, sign * touch_px < worst_gross AS gross_better
FROM judged
WHERE takes_something AND NOT directed AND usable AND displayed_qty > taken_qty AND (net_better OR gross_better);
