-- Trading days of orders that live for days (GT orders): a row per order and day, as it stands, or stood at its end. DayOrderQty (FIX 424)
-- and DayCumQty (425) are integers at the instrument's scales, DayAvgPx (426) is in the currency, to 12 decimals. `done`: the day is over
-- for the order. A fill that came to be known only on a later day is in no row here; oms.executions has every fill.
CREATE VIEW oms.order_days AS
SELECT
    d.order_id AS order_id, p.desk_id AS desk_id, p.account_id AS account_id, p.instrument_id AS instrument_id, d.trading_date AS trading_date,
    d.q.day_order_qty AS day_order_qty, d.q.day_cum_qty AS day_cum_qty, d.q.day_notional AS day_notional,
    if(day_cum_qty > 0, divideDecimal(toDecimal256(day_notional, 0), toDecimal256(day_cum_qty, 0) * toDecimal256(intExp10(i.price_scale), 0), 12), NULL) AS day_avg_px,
    d.q.ord_status AS ord_status, d.closed AS done, d.start_ns AS start_ns, d.first_offset AS first_offset, d.last_offset AS last_offset
FROM
(
    SELECT
        order_id, trading_date,
        argMaxIf(JSONExtract(json, 'Tuple(ord_status String, day_order_qty Int64, day_cum_qty Int64, day_notional Int128)'), (offset, event_no), event_type != 'DayChanged') AS q,
        argMaxIf(JSONExtractBool(json, 'closed'), (offset, event_no), event_type = 'DayChanged') AS closed,
        maxIf(JSONExtractInt(json, 'start_ns'), event_type = 'DayChanged') AS start_ns,
        min(offset) AS first_offset, max(offset) AS last_offset
    FROM
    (
        SELECT
            order_id, event_type, json, offset, event_no,
            max(if(event_type = 'DayChanged', JSONExtractInt(json, 'trading_date'), 0)) OVER
                (PARTITION BY order_id ORDER BY offset, event_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS trading_date
        FROM oms.events
        WHERE topic = 'oms.routing' AND event_type IN ('DayChanged', 'ParentTraded', 'TradeSuperseded', 'ParentChanged') AND valid
    )
    WHERE trading_date > 0
    GROUP BY order_id, trading_date
) AS d
LEFT JOIN oms.parents AS p ON p.order_id = d.order_id
LEFT JOIN oms.instruments AS i ON i.instrument_id = p.instrument_id;
