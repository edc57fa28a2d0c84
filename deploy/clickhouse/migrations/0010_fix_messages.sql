-- FIX messages as they were on the wire, out of the journals that had them before: one row per message, both ways.
--
-- `direction`: IN from the other side, OUT from us. `party`: CLIENT here; messages of venue sessions join it by a further part of the view.
-- `raw` has the frame, its fields apart by '|' in `text`; of session messages that came in only number and type are journaled.
-- `order_id`: of the order that the message is about, as far as it was known then. `resent`: said again, with PossDupFlag. `offline`: nobody
-- was logged on, the other side gets it by its resend request.
CREATE VIEW oms.fix_messages AS
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
      AND JSONExtractString(json, 'event', 'type') IN ('MessageSent', 'MessageTaken', 'MessageCounted', 'GarbledIgnored')
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

-- Clients' FIX sessions as they stand: whether one is logged on, its numbers, and when either side spoke last.
CREATE VIEW oms.fix_sessions AS
SELECT
    s.session_id AS session_id, s.state AS state, s.cause AS cause, s.peer AS peer,
    m.last_in AS last_in, m.last_out AS last_out, m.last_in_at AS last_in_at, m.last_out_at AS last_out_at, m.messages AS messages
FROM
(
    SELECT
        JSONExtractString(json, 'session_id') AS session_id,
        argMaxIf(multiIf(event_type = 'ClientConnected', 'CONNECTED', event_type = 'ClientDisconnected', 'DISCONNECTED', 'LOGGED_ON'),
                 (offset, event_no), event_type IN ('ClientConnected', 'ClientDisconnected') OR JSONExtractString(json, 'event', 'type') = 'LoggedOn') AS state,
        argMaxIf(JSONExtractString(json, 'cause'), (offset, event_no), event_type = 'ClientDisconnected') AS cause,
        argMaxIf(JSONExtractString(json, 'peer'), (offset, event_no), event_type = 'ClientConnected') AS peer
    FROM oms.events
    WHERE topic = 'oms.client-sessions' AND valid AND event_type IN ('ClientConnected', 'ClientDisconnected', 'FixNoted')
    GROUP BY session_id
) AS s
LEFT JOIN
(
    SELECT
        session_id, count() AS messages,
        argMaxIf(msg_seq_num, (offset, event_no), direction = 'IN') AS last_in,
        argMaxIf(msg_seq_num, (offset, event_no), direction = 'OUT' AND NOT resent) AS last_out,
        maxIf(at, direction = 'IN') AS last_in_at, maxIf(at, direction = 'OUT') AS last_out_at
    FROM oms.fix_messages
    WHERE valid
    GROUP BY session_id
) AS m ON m.session_id = s.session_id;
