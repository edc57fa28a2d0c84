-- Alerts of the monitors, out of the journals of risk and execution: one row per event, raised or cleared, and the same alert joined up.
--
-- `value` is NULL where the figure could not be measured, for what `text` says. Units of `value` and `threshold` are the limit's: integers at
-- the instrument's scale, amounts at 10**-12. `at_ns` is tape time, `recorded_ns` the wall time of the decision, `told_ms` when the broker had it.
CREATE VIEW oms.alert_events AS
SELECT
    topic, partition, offset, event_no, event_type = 'AlertRaised' AS raised, a.alert_id AS alert_id, a.kind AS kind, a.scope AS scope,
    a.scope_id AS scope_id, a.subject AS subject, a.value AS value, a.threshold AS threshold, a.limit_version AS limit_version,
    a.text AS text, a.at_ns AS at_ns, recorded_ns, timestamp_ms AS told_ms
FROM
(
    SELECT
        topic, partition, offset, event_no, event_type, recorded_ns, timestamp_ms,
        JSONExtract(json, 'Tuple(alert_id String, kind String, scope String, scope_id String, subject String, value Nullable(Int128), threshold Int128, limit_version Int64, at_ns Int64, text String)') AS a
    FROM oms.events
    WHERE topic IN ('oms.risk', 'oms.execution') AND event_type IN ('AlertRaised', 'AlertCleared') AND valid
);

-- One row for each time that an alert was open: from the first word of it to the one that cleared it. `value` is the newest that was told,
-- `worst` the largest; `words` how often it was told. `open`: it is not cleared. `desk_id`: empty where it is of no one desk.
CREATE VIEW oms.alerts AS
SELECT
    g.topic AS topic, g.partition AS partition, g.alert_id AS alert_id, g.kind AS kind, g.scope AS scope, g.scope_id AS scope_id,
    multiIf(g.scope = 'DESK', g.scope_id, g.scope = 'ACCOUNT', c.desk_id, '') AS desk_id, g.subject AS subject, g.value AS value,
    g.worst AS worst, g.threshold AS threshold, g.limit_version AS limit_version, g.text AS text, g.words AS words,
    g.raised_ns AS raised_ns, g.cleared_ns AS cleared_ns, g.open AS open, g.first_offset AS first_offset, g.last_offset AS last_offset,
    g.at_ns AS at_ns
FROM
(
    SELECT
        topic, partition, alert_id, cleared_before, argMinIf(e.kind, e.offset, raised) AS kind, argMinIf(e.scope, e.offset, raised) AS scope,
        argMinIf(e.scope_id, e.offset, raised) AS scope_id, argMinIf(e.subject, e.offset, raised) AS subject,
        tupleElement(argMaxIf(tuple(e.value), (e.offset, e.event_no), raised), 1) AS value, maxIf(e.value, raised) AS worst,
        argMaxIf(e.threshold, (e.offset, e.event_no), raised) AS threshold, argMaxIf(e.limit_version, (e.offset, e.event_no), raised) AS limit_version,
        argMaxIf(e.text, (e.offset, e.event_no), raised) AS text, countIf(raised) AS words, minIf(e.recorded_ns, raised) AS raised_ns,
        maxIf(e.recorded_ns, NOT raised) AS cleared_ns, countIf(NOT raised) = 0 AS open, min(e.offset) AS first_offset,
        max(e.offset) AS last_offset, minIf(e.at_ns, raised) AS at_ns
    FROM
    (
        SELECT
            *, countIf(NOT raised) OVER (PARTITION BY topic, partition, alert_id ORDER BY offset, event_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - toUInt64(NOT raised) AS cleared_before
        FROM oms.alert_events
    ) AS e
    GROUP BY topic, partition, alert_id, cleared_before
    HAVING words > 0
) AS g
LEFT JOIN oms.accounts AS c ON c.account_id = g.scope_id;
