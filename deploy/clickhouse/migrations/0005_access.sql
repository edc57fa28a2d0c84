-- Who was refused and whose tokens came and went, as gateways saw it: one row per record. `kind`: AccessRefused or TokenChanged.
--
-- A refusal stands for `count` calls alike from `first_at` to `at`. reason REFUSALS_UNLISTED stands for those that were too many to be
-- listed one by one. A token's `roles` and `desks` are the file's own grant; people in oms.reference have the rights stated there.
CREATE VIEW oms.access AS
SELECT
    topic, partition, offset, event_no, kind, valid, fromUnixTimestamp64Nano(a.wall_ns, 'UTC') AS at,
    fromUnixTimestamp64Nano(if(kind = 'AccessRefused', a.first_wall_ns, a.wall_ns), 'UTC') AS first_at,
    a.person_id AS person_id, a.token_id AS token_id, a.reason AS reason, a.change AS change, a.method AS method, a.peer AS peer,
    if(kind = 'AccessRefused', a.count, toInt64(1)) AS count, a.text AS text, a.roles AS roles, a.desks AS desks,
    a.process_id AS process_id, timestamp_ms, json
FROM
(
    SELECT
        topic, partition, offset, event_no, event_type AS kind, valid, timestamp_ms, json,
        JSONExtract(json, 'Tuple(wall_ns Int64, first_wall_ns Int64, person_id String, token_id String, reason String, change String, method String, peer String, count Int64, text String, roles Array(String), desks Array(String), process_id String)') AS a
    FROM oms.events
    WHERE topic = 'oms.access'
);
