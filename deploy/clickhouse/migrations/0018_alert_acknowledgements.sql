-- Who has seen which word of an alert, when, and what that person noted. `alert_offset`: of that word in the journal `alert_topic`.
CREATE VIEW oms.alert_acknowledgements AS
SELECT
    offset AS control_offset, JSONExtractString(json, 'alert_id') AS alert_id, JSONExtractString(json, 'topic') AS alert_topic,
    JSONExtractInt(json, 'partition') AS alert_partition, JSONExtractInt(json, 'offset') AS alert_offset,
    JSONExtractString(json, 'note') AS note, JSONExtractString(json, 'provenance', 'entered_by') AS acknowledged_by,
    JSONExtractInt(json, 'entered_ns') AS acknowledged_ns
FROM oms.events
WHERE topic = 'oms.control' AND event_type = 'AlertAcknowledged' AND valid;

-- As before, with the newest acknowledgement of each time that an alert was open. `acknowledged_offset`: of the word that was seen; one that came
-- later (`last_offset` of an open alert) nobody has acknowledged. Empty, 0 and -1: nobody has.
CREATE OR REPLACE VIEW oms.alerts AS
SELECT
    g.topic AS topic, g.partition AS partition, g.alert_id AS alert_id, g.kind AS kind, g.scope AS scope, g.scope_id AS scope_id,
    multiIf(g.scope = 'DESK', g.scope_id, g.scope = 'ACCOUNT', c.desk_id, '') AS desk_id, g.subject AS subject, g.value AS value,
    g.worst AS worst, g.threshold AS threshold, g.limit_version AS limit_version, g.text AS text, g.words AS words,
    g.raised_ns AS raised_ns, g.cleared_ns AS cleared_ns, g.open AS open, g.first_offset AS first_offset, g.last_offset AS last_offset,
    g.at_ns AS at_ns,
    arrayFilter(a -> a.1 >= g.first_offset AND a.1 <= g.last_offset, k.said) AS seen,
    if(empty(seen), '', seen[-1].3) AS acknowledged_by, if(empty(seen), 0, seen[-1].4) AS acknowledged_ns,
    if(empty(seen), '', seen[-1].5) AS note, if(empty(seen), -1, seen[-1].1) AS acknowledged_offset
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
LEFT JOIN oms.accounts AS c ON c.account_id = g.scope_id
LEFT JOIN
(
    SELECT
        alert_topic, alert_partition, alert_id,
        arraySort(groupArray((alert_offset, control_offset, acknowledged_by, acknowledged_ns, note))) AS said
    FROM oms.alert_acknowledgements
    GROUP BY alert_topic, alert_partition, alert_id
) AS k ON k.alert_topic = g.topic AND k.alert_partition = g.partition AND k.alert_id = g.alert_id;
