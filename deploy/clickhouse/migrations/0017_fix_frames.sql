-- Frames of clients that only number and type were journaled of before are there whole: `ClientHeard`. Of older records the number stays.
--
-- `party` VENUE: frames of venue sessions, out of `oms.venue-wire`; `event_no` is the frame's place in its record, `order_id` that of the order
-- whose name at the venue stands in ClOrdID, `cl_ord_id` that name. A record that is there twice counts once. Garbled pieces are in the log.
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
    UNION ALL
    SELECT
        'VENUE' AS party, topic, partition, offset, toUInt32(n) AS event_no, valid, JSONExtractString(f, 'order_id') AS order_id,
        JSONExtractString(f, 'session_id') AS session_id,
        'VenueFrame' AS kind, if(JSONExtractBool(f, 'sent'), 'OUT', 'IN') AS direction,
        toInt64OrZero(extract(raw, '\x0134=([0-9]*)\x01')) AS msg_seq_num,
        extract(raw, '\x0135=([^\x01]*)\x01') AS msg_type,
        unhex(JSONExtractString(f, 'raw')) AS raw, position(raw, '\x0143=Y\x01') > 0 AS resent, false AS offline,
        toInt64OrZero(JSONExtractString(f, 'at_ns')) AS at_ns
    FROM
    (
        SELECT topic, partition, offset, valid, JSONExtractArrayRaw(json, 'frames') AS frames
        FROM oms.events
        WHERE topic = 'oms.venue-wire' AND event_type = 'VenueFrames'
    )
    ARRAY JOIN frames AS f, arrayEnumerate(frames) AS n
    ORDER BY offset, n
    LIMIT 1 BY partition, session_id, direction, at_ns, raw
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

-- Sessions with venues as they stand: the latest logon or end, and their numbers by the frames that were sent and heard.
CREATE VIEW oms.fix_venue_sessions AS
SELECT
    s.session_id AS session_id, s.venue_id AS venue_id, s.partition AS partition, s.state AS state, s.text AS text, s.since AS since,
    m.last_in AS last_in, m.last_out AS last_out, m.last_in_at AS last_in_at, m.last_out_at AS last_out_at, m.messages AS messages
FROM
(
    SELECT
        JSONExtractString(json, 'session_id') AS session_id, any(JSONExtractString(json, 'venue_id')) AS venue_id, any(partition) AS partition,
        if(argMax(event_type, (offset, event_no)) = 'SessionUp', 'LOGGED_ON', 'DISCONNECTED') AS state,
        if(state = 'DISCONNECTED', argMax(JSONExtractString(json, 'text'), (offset, event_no)), '') AS text,
        fromUnixTimestamp64Nano(toInt64OrZero(argMax(JSONExtractString(json, 'at_ns'), (offset, event_no))), 'UTC') AS since
    FROM oms.events
    WHERE topic = 'oms.execution' AND valid AND event_type IN ('SessionUp', 'SessionDown')
    GROUP BY session_id
) AS s
LEFT JOIN
(
    SELECT
        session_id, count() AS messages,
        argMaxIf(msg_seq_num, (offset, event_no), direction = 'IN' AND NOT resent) AS last_in,
        argMaxIf(msg_seq_num, (offset, event_no), direction = 'OUT' AND NOT resent) AS last_out,
        maxIf(at, direction = 'IN') AS last_in_at, maxIf(at, direction = 'OUT') AS last_out_at
    FROM oms.fix_messages
    WHERE valid AND party = 'VENUE'
    GROUP BY session_id
) AS m ON m.session_id = s.session_id;
