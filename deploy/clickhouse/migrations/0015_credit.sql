-- Credit of limits that span partitions, out of the journals of the grantor and of its holders: one row per event.
--
-- `credit_id` is the limit's id with what it measures behind it; `partition` the holder's, −1 where an event is about the limit as a whole.
-- Amounts are in the limit's unit: amounts of money at 10**-12, counts as they are.
CREATE VIEW oms.credit_events AS
SELECT
    topic, offset, event_no, event_type, c.limit_id AS credit_id, splitByChar('/', c.limit_id)[1] AS limit_id,
    multiIf(event_type = 'CreditLimitSet', -1, topic = 'oms.credit', c.partition, toInt64(journal_partition)) AS partition,
    c.amount AS amount, c.keep AS keep, c.in_use AS in_use, c.value AS value, c.over_by AS over_by, c.version AS version, recorded_ns, timestamp_ms
FROM
(
    SELECT
        topic, partition AS journal_partition, offset, event_no, event_type, recorded_ns, timestamp_ms,
        JSONExtract(json, 'Tuple(limit_id String, partition Int64, amount Int128, keep Int128, in_use Int128, value Int128, over_by Int128, version Int64)') AS c
    FROM oms.events
    WHERE topic IN ('oms.risk', 'oms.credit') AND valid AND event_type IN (
        'CreditLimitSet', 'CreditGranted', 'CreditRecalled', 'CreditReturned', 'CreditAsked', 'CreditWanted', 'CreditTaken', 'RecallNoted',
        'CreditReleased')
);

-- What each partition has of each limit: granted by the grantor's journal, held by its own (what was not taken yet is the difference), and what
-- it said that it used when it asked or released last.
CREATE VIEW oms.credit_lines AS
SELECT
    credit_id, any(limit_id) AS limit_id, partition,
    sumIf(amount, event_type = 'CreditGranted') - sumIf(amount, event_type = 'CreditReturned') AS granted,
    sumIf(amount, event_type = 'CreditTaken') - sumIf(amount, event_type = 'CreditReleased') AS held,
    argMaxIf(in_use, (recorded_ns, offset, event_no), event_type IN ('CreditWanted', 'CreditReleased')) AS said_in_use,
    maxIf(recorded_ns, event_type IN ('CreditWanted', 'CreditReleased')) AS said_ns
FROM oms.credit_events
WHERE partition >= 0
GROUP BY credit_id, partition;

-- The limits themselves: the value that the grantor goes by, what is granted of it in all, and by how much that is beyond it.
CREATE VIEW oms.credit_limits AS
SELECT
    s.credit_id AS credit_id, s.limit_id AS limit_id, s.version AS version, s.value AS value, g.granted AS granted,
    greatest(g.granted - s.value, toInt128(0)) AS over_by
FROM
(
    SELECT
        credit_id, any(e.limit_id) AS limit_id, argMax(e.version, (e.offset, e.event_no)) AS version, argMax(e.value, (e.offset, e.event_no)) AS value
    FROM oms.credit_events AS e
    WHERE e.event_type = 'CreditLimitSet'
    GROUP BY credit_id
) AS s
LEFT JOIN
(
    SELECT credit_id, sum(granted) AS granted FROM oms.credit_lines GROUP BY credit_id
) AS g ON g.credit_id = s.credit_id;
