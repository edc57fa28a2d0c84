-- From where on each partition of risk judges by a version of what binds or allows trading. Once for each version and partition.
CREATE VIEW oms.reference_acknowledgements AS
SELECT
    JSONExtractString(json, 'kind') AS kind, JSONExtractString(json, 'entity_id') AS entity_id, JSONExtractInt(json, 'version') AS version,
    partition, offset, event_no, valid, timestamp_ms, event_time_ns, recorded_ns
FROM oms.events
WHERE topic = 'oms.risk' AND event_type = 'ReferenceApplied';
