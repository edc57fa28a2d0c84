"""`oms limits proposals`: what waits for another person, what has lapsed or was taken back, and what the removal of a limit refuses.

From the gateway. What a removal refuses is worked out here, from the reference data as the gateway has it (`oms.core.risk.removal`).
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from oms.cli.client import GatewayClient
from oms.cli.instance import CsvOption, DataOption, JsonOption, running_instance
from oms.cli.limit_list import Behind, Proposed, differing, known_proposals, scales_of, value_text
from oms.cli.output import print_rows, time_text
from oms.cli.units import AllScales
from oms.core.limits import LimitProposal
from oms.core.reference import Entity, Limit, Reference, entity_key, table_of
from oms.core.risk.removal import consequence
from oms.core.risk_reference import ChangeProposal, risk_entity_key

PROPOSAL_COLUMNS = (
    *("proposal", "state", "what", "now", "proposed", "then", "from", "until", "only", "by", "why", "time", "lapses"),
)
PROPOSAL_NARROW = ("proposal", "state", "now", "proposed", "by", "why", "lapses")


def proposals(data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """What waits for another person's approval, of limits and of all else that takes two: permissions, lists, counterparties, locates, rates.

    What has lapsed and what its proposer has withdrawn is shown until something else takes its place."""
    with GatewayClient(running_instance(data).gateway) as client:
        known, scales = [Behind.of(item) for item in client.reference()], scales_of(client)
    in_force, reference, now_ns = {entity_key(b.entity): b.entity for b in known}, reference_of(known), time.time_ns()
    rows = [
        proposal_row(name, found, in_force, scales, then_of(reference, found.behind.entity, now_ns))
        for name, found in sorted(known_proposals(known, now_ns).items())
    ]
    print_rows(rows, as_json, nothing="nothing waits", as_csv=as_csv, columns=PROPOSAL_COLUMNS, narrow=PROPOSAL_NARROW)


def reference_of(known: Iterable[Behind]) -> Reference:
    """Reference data out of what the gateway tells of it, as far as limits ask for it."""
    reference = Reference()
    for behind in known:
        kind, entity_id = entity_key(behind.entity)
        table_of(reference, kind)[entity_id] = behind.entity
        reference.versions[kind, entity_id] = behind.version
        if behind.formers:
            reference.former_limits[entity_id] = behind.formers
    return reference


def then_of(reference: Reference, entity: Entity, now_ns: int) -> str:
    """What is refused once a proposal is in force; "" of what removes no limit."""
    if not isinstance(entity, LimitProposal) or not entity.limit.removed:
        return ""
    return consequence(reference, entity.limit, max(now_ns, entity.limit.effective_ns))


def proposal_row(
    name: str, proposed: Proposed, in_force: Mapping[tuple[str, str], Entity], scales: AllScales, then: str = ""
) -> dict[str, Any]:
    """One proposal beside what it would replace."""
    behind, limit = proposed.behind, None
    entity = behind.entity
    assert isinstance(entity, LimitProposal | ChangeProposal)
    if isinstance(entity, LimitProposal):
        limit, key = entity.limit, entity_key(entity.limit)
        before = in_force.get(key)
        now = value_text(before, scales) if isinstance(before, Limit) else ""
        wanted = value_text(limit, scales)
    else:
        key = risk_entity_key(entity.entity)
        now, wanted = differing(in_force.get(key), entity.entity, scales)
    return {
        "proposal": name,
        "state": proposed.state,
        "what": " ".join(key),
        "now": now,
        "proposed": wanted,
        "then": then,
        "from": time_text(limit.effective_ns) if limit is not None and limit.effective_ns else "",
        "until": time_text(limit.expires_ns) if limit is not None and limit.expires_ns else "",
        "only": limit.only_order if limit is not None else "",
        "by": behind.entered_by,
        "why": behind.reason,
        "time": time_text(behind.entered_ns),
        "lapses": time_text(entity.valid_until_ns) if entity.valid_until_ns else "",
    }
