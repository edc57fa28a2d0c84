-- The name of a kind for people (fx_rate), and its id: the first field of every entity, behind the type that the audit writes first.
CREATE OR REPLACE VIEW oms.reference_changes AS
SELECT
    topic, partition, offset, event_no, offset AS version, event_type AS entity_kind,
    lower(replaceRegexpAll(event_type, '([a-z])([A-Z])', '\\1_\\2')) AS kind,
    JSONExtractRaw(json, 'entity') AS entity,
    JSONExtractString(entity, 2) AS entity_id,
    valid, JSONExtractInt(json, 'replaces_version') AS replaces_version, JSONExtractString(json, 'reason') AS reason,
    JSONExtractString(json, 'provenance', 'entered_by') AS entered_by, timestamp_ms, recorded_ns, json
FROM oms.events
WHERE topic = 'oms.reference';
