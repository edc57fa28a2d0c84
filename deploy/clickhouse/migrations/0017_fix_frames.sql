-- Frames of clients that only number and type were journaled of before are there whole: `ClientHeard`. Of older records the number stays.
CREATE OR REPLACE VIEW oms.fix_messages AS
SELECT
    m.party AS party, m.session_id AS session_id, m.direction AS direction, m.msg_seq_num AS msg_seq_num, m.msg_type AS msg_type,
    if(m.order_id != '', m.order_id, r.order_id) AS order_id,
    extract(m.raw, '\x0111=([^\x01]*)\x01') AS cl_ord_id,
    replaceAll(m.raw, '\x01', '|') AS text, m.raw AS raw, m.resent AS resent, m.offline AS offline,
    fromUnixTimestamp64Nano(m.at_ns, 'UTC') AS at, m.valid AS valid, m.topic AS topic, m.partition AS partition, m.offset AS offset, m.event_no AS event_no
FROM
(
    SELECT
        'CLIENT' AS party, topic, partition, offset, event_no, valid, order_id,
        JSONExtractString(json, 'session_id') AS session_id,
        JSONExtractString(json, 'event', 'type') AS kind,
        if(kind = 'MessageSent', 'OUT', 'IN') AS direction,
        JSONExtractInt(json, 'event', 'seq_num') AS msg_seq_num,
        JSONExtractString(json, 'event', 'msg_type') AS msg_type,
        unhex(JSONExtractString(json, 'event', 'raw')) AS raw,
        JSONExtractBool(json, 'event', 'resent') AS resent,
        JSONExtractBool(json, 'event', 'offline') AS offline,
        toInt64OrZero(JSONExtractString(json, 'event', 'at_ns')) AS at_ns
    FROM oms.events
    WHERE topic = 'oms.client-sessions' AND event_type = 'FixNoted'
      AND (JSONExtractString(json, 'event', 'type') IN ('MessageSent', 'MessageTaken', 'GarbledIgnored')
           OR (JSONExtractString(json, 'event', 'type') = 'MessageCounted' AND JSONExtractString(json, 'event', 'msg_type') != ''
               AND (partition, offset) NOT IN (SELECT partition, offset FROM oms.events WHERE topic = 'oms.client-sessions' AND event_type = 'ClientHeard')))
    UNION ALL
    SELECT
        'CLIENT' AS party, topic, partition, offset, event_no, valid, order_id,
        JSONExtractString(json, 'session_id') AS session_id,
        'ClientHeard' AS kind, 'IN' AS direction,
        toInt64OrZero(extract(raw, '\x0134=([0-9]*)\x01')) AS msg_seq_num,
        extract(raw, '\x0135=([^\x01]*)\x01') AS msg_type,
        unhex(JSONExtractString(json, 'raw')) AS raw, false AS resent, false AS offline,
        toInt64OrZero(JSONExtractString(json, 'at_ns')) AS at_ns
    FROM oms.events
    WHERE topic = 'oms.client-sessions' AND event_type = 'ClientHeard'
) AS m
LEFT JOIN
(
    SELECT partition, offset, JSONExtractString(json, 'session_id') AS session_id, JSONExtractInt(json, 'msg_seq_num') AS msg_seq_num,
           any(order_id) AS order_id
    FROM oms.events
    WHERE topic = 'oms.client-sessions' AND event_type IN ('ClientRequested', 'ClientRefused')
    GROUP BY partition, offset, session_id, msg_seq_num
) AS r ON r.partition = m.partition AND r.offset = m.offset AND r.session_id = m.session_id AND r.msg_seq_num = m.msg_seq_num
      AND m.direction = 'IN';
