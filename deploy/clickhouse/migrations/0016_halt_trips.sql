-- Automatic halts: one row per trip of a trigger in a partition, the halt that spread it, and the resume that lifted it.
--
-- `figure` is NULL where it could not be evaluated, for what `text` says. Units of `figure` and `threshold` are the trigger's kind's: amounts at
-- 10**-12, messages, parts per million, nanoseconds. `spread_offset`: of the first halt in `oms.control` that names the trip, `rearmed_control_offset`:
-- of the resume; -1 where there is none (yet). `at_ns` is tape time, `wall_ns` the wall time of the trip. A trigger trips once until it is armed again.
CREATE VIEW oms.halt_trips AS
SELECT
    t.partition AS partition, t.offset AS offset, t.event_no AS event_no, t.e.trigger_id AS trigger_id, t.e.trigger_version AS trigger_version,
    t.e.kind AS kind, t.e.scope AS scope, t.e.scope_id AS scope_id, t.e.action AS action, t.e.cancel_open AS cancel_open, t.e.figure AS figure,
    t.e.threshold AS threshold, t.e.text AS text, t.e.at_ns AS at_ns, t.e.wall_ns AS wall_ns, t.timestamp_ms AS timestamp_ms,
    if(h.halts > 0, toInt64(h.first_offset), -1) AS spread_offset, toUInt64(h.halts) AS halts,
    if(r.found, r.control_offset, -1) AS rearmed_control_offset, NOT r.found AS in_effect
FROM
(
    SELECT
        partition, offset, event_no, timestamp_ms,
        JSONExtract(json, 'Tuple(trigger_id String, trigger_version Int64, kind String, scope String, scope_id String, action String, cancel_open Bool, figure Nullable(Int128), threshold Int128, at_ns Int64, wall_ns Int64, text String)') AS e,
        row_number() OVER (PARTITION BY partition, JSONExtractString(json, 'trigger_id') ORDER BY offset, event_no) AS nth
    FROM oms.events
    WHERE topic = 'oms.risk' AND event_type = 'HaltTriggerTripped' AND valid
) AS t
LEFT JOIN
(
    SELECT
        toInt64(JSONExtractInt(json, 'trip', 'partition')) AS of_partition, toInt64(JSONExtractInt(json, 'trip', 'offset')) AS of_offset,
        JSONExtractString(json, 'trip', 'trigger_id') AS of_trigger, min(offset) AS first_offset, count() AS halts
    FROM oms.events
    WHERE topic = 'oms.control' AND event_type = 'Halt' AND JSONHas(json, 'trip', 'trigger_id')
    GROUP BY of_partition, of_offset, of_trigger
) AS h ON toInt64(t.partition) = h.of_partition AND toInt64(t.offset) = h.of_offset AND t.e.trigger_id = h.of_trigger
LEFT JOIN
(
    SELECT
        toInt64(partition) AS of_partition, JSONExtractString(json, 'trigger_id') AS of_trigger, toInt64(JSONExtractInt(json, 'control_offset')) AS control_offset,
        row_number() OVER (PARTITION BY partition, JSONExtractString(json, 'trigger_id') ORDER BY offset, event_no) AS nth, true AS found
    FROM oms.events
    WHERE topic = 'oms.risk' AND event_type = 'HaltTriggerRearmed' AND valid
) AS r ON toInt64(t.partition) = r.of_partition AND t.e.trigger_id = r.of_trigger AND t.nth = r.nth;
