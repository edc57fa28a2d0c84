-- Every check that a decision was put to, one row each: limit and its version, threshold, values before and after, in the check's unit.
-- The last row of a refusal is the check that failed; its reason is in `reason`, which is empty for what passed.
CREATE VIEW oms.risk_checks AS
SELECT
    topic, partition, offset, event_no, event_type, order_id, desk_id, valid, timestamp_ms, event_time_ns, recorded_ns,
    check_no, place,
    if(place = length(checks), toString(reason), '') AS reason,
    limit_version, threshold, before_value, after_value
FROM oms.risk_events
ARRAY JOIN
    checks AS check_no, arrayEnumerate(checks) AS place, limit_versions AS limit_version, thresholds AS threshold,
    before AS before_value, after AS after_value
WHERE notEmpty(checks);

-- What a decision rested on beside limits and the market: exchange rates and risk factors, each with its version and its age.
CREATE VIEW oms.risk_inputs AS
SELECT
    topic, partition, offset, event_no, event_type, order_id, desk_id, valid, timestamp_ms,
    JSONExtractString(input, 'kind') AS kind,
    JSONExtractString(input, 'entity_id') AS entity_id,
    JSONExtractInt(input, 'version') AS version,
    JSONExtractInt(input, 'age_ns') AS age_ns
FROM
(
    SELECT *, arrayJoin(JSONExtractArrayRaw(JSONExtractRaw(json, 'evidence'), 'inputs')) AS input
    FROM oms.risk_events
);
