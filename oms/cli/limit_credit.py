"""What partitions have of limits that span them, as `oms limits usage` shows it: granted, held, used, and over by how much.

From the audit: `oms.credit_lines` and `oms.credit_limits`, and the newest decision of each partition that the limit was the tightest of.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from oms.core.reference import Limit

LINES = """
SELECT l.limit_id, l.partition, c.version, c.value, l.granted, l.held, c.over_by, l.said_in_use, l.said_ns
FROM oms.credit_lines AS l
INNER JOIN oms.credit_limits AS c ON c.credit_id = l.credit_id
WHERE c.value > 0 OR l.granted > 0
ORDER BY l.limit_id, l.partition
"""

DECIDED = """
SELECT limit_version, partition, argMax(if(reason = '', after_value, before_value), (offset, event_no)), max(recorded_ns)
FROM oms.risk_checks
WHERE valid AND check_no IN (19, 41, 42, 43, 44, 46, 170, 171, 172, 173, 174)
GROUP BY limit_version, partition
"""

COLUMNS = ("limit", "version", "partition", "granted", "held", "used", "percent", "over_by")


def credit_rows(
    lines: Sequence[tuple[Any, ...]],
    decided: Sequence[tuple[Any, ...]],
    limits: Mapping[str, Limit],
    text_of: Callable[[Limit, int], str],
) -> list[dict[str, Any]]:
    """One row a partition. `used`: as its newest decision about the limit or its newest word to the grantor has it; `percent`: of what it holds;
    `over_by`: what is granted beyond the limit, or used here beyond what is held, whichever is more."""
    by_place = {(version, partition): (used, at) for version, partition, used, at in decided}
    found = []
    for limit_id, partition, version, _value, granted, held, over_by, said, said_ns in lines:
        limit = limits.get(limit_id)
        if limit is None:
            continue
        used, at = by_place.get((version, partition), (said, said_ns))
        used = used if at >= said_ns else said
        over_by = max(over_by, used - held)
        found.append(
            {
                "limit": limit_id,
                "version": version,
                "partition": partition,
                "granted": text_of(limit, granted),
                "held": text_of(limit, held),
                "used": text_of(limit, used),
                "percent": str(-(-used * 100 // held)) if held > 0 else "",
                "over_by": text_of(limit, over_by) if over_by else "",
            }
        )
    return found
