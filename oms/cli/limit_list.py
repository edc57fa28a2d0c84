"""`oms limits list`: which limits there are, which of them bind, and who stands behind them.

What is in force and proposed comes from the gateway, and so does how far each partition of risk has read: it judges by every version below
that (each also says so in its journal, see `oms limits history`).
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oms.cli.client import GatewayClient
from oms.cli.instance import CsvOption, DataOption, JsonOption, running_instance
from oms.cli.output import print_rows, time_text
from oms.cli.units import AllScales, Scales, entity_value, limit_value
from oms.core.limits import FormerLimit
from oms.core.reference import Entity, Limit, LimitProposal, ProposalWithdrawal, entity_key
from oms.core.risk_reference import ChangeProposal, risk_entity_key
from oms.wire.codec import from_message, to_json

LIST_COLUMNS = (
    *("limit", "state", "value", "version", "acknowledged", "kind", "of", "instrument"),
    *("from", "until", "only", "set_by", "proposed_by", "proposed"),
)
LIST_NARROW = ("limit", "state", "value", "version", "acknowledged", "until", "only", "proposed")

WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Behind:
    """A version in force: what the gateway says of it. `first`: it was set by the first loading. `formers`: of a limit that is not always in force,
    what is behind it."""

    entity: Entity
    version: int
    entered_by: str
    entered_ns: int
    reason: str
    proposed_by: str
    first: bool
    formers: tuple[FormerLimit, ...] = ()

    @staticmethod
    def of(item: Any) -> "Behind":
        entity: Entity = from_message(item.entity, Entity)
        formers = [(from_message(former.entity, Entity), former.version) for former in item.former]
        return Behind(
            entity,
            item.version,
            item.entered_by,
            item.entered_ns,
            item.reason,
            item.proposed_by,
            item.bootstrap,
            tuple([FormerLimit(limit, version) for limit, version in formers if isinstance(limit, Limit)]),
        )


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal of something that has not changed since. `state`: waiting, lapsed, or withdrawn by whom and why."""

    behind: Behind
    state: str


def known_proposals(known: Iterable[Behind], now_ns: int) -> dict[str, Proposed]:
    """Id → a proposal whose place nothing else has taken; of several the newest comes last."""
    known = sorted(known, key=lambda behind: behind.version)
    versions = {entity_key(b.entity): b.version for b in known}
    back = {b.entity.proposal_id: b for b in known if isinstance(b.entity, ProposalWithdrawal)}
    found = {}
    for behind in known:
        entity = behind.entity
        if isinstance(entity, LimitProposal):
            key, replaces = entity_key(entity.limit), entity.limit_version
        elif isinstance(entity, ChangeProposal):
            key, replaces = risk_entity_key(entity.entity), entity.replaces_version
        else:
            continue
        if versions.get(key, -1) == replaces:
            state = _proposal_state(entity, back.get(entity.proposal_id), now_ns)
            found[entity.proposal_id] = Proposed(behind, state)
    return found


def _proposal_state(proposal: LimitProposal | ChangeProposal, back: Behind | None, now_ns: int) -> str:
    if back is not None:
        return f"withdrawn: {back.reason}"
    return "lapsed" if 0 < proposal.valid_until_ns <= now_ns else WAITING


def waiting_for(known: Iterable[Behind], now_ns: int) -> dict[str, str]:
    """Limit → the newest proposal of it that can still be approved."""
    found = {}
    for name, proposed in known_proposals(known, now_ns).items():
        entity = proposed.behind.entity
        if isinstance(entity, LimitProposal) and proposed.state == WAITING:
            found[entity.limit.limit_id] = name
    return found


def list_limits(data: DataOption = None, as_json: JsonOption = False, as_csv: CsvOption = False) -> None:
    """Limits, and those that they stand in for: which bind, since which version in which partition, and what is proposed in their place.

    One that was removed is shown as such, with who did it, until it is set anew."""
    with GatewayClient(running_instance(data).gateway) as client:
        known = client.reference_known("limit")
        waiting = waiting_for([Behind.of(item) for item in client.reference()], time.time_ns())
        scales = scales_of(client)
    positions = {p.partition: p.position for p in known.partitions}
    rows = []
    for item in sorted(known.entities, key=lambda item: str(item.entity.limit.limit_id)):
        chain = [Behind.of(item), *(Behind.of(former) for former in item.former)]
        rows += limit_rows(chain, positions, waiting, scales, time.time_ns())
    nothing = "no limit there yet: `oms load FILE`"
    print_rows(rows, as_json, nothing=nothing, as_csv=as_csv, columns=LIST_COLUMNS, narrow=LIST_NARROW)


def limit_rows(
    chain: Sequence[Behind], positions: Mapping[int, int], waiting: Mapping[str, str], scales: AllScales, now_ns: int
) -> list[dict[str, Any]]:
    """A limit and those that it stands in for, the newest first. The first that is in force for every order binds them."""
    rows = []
    binds = False
    for behind in chain:
        limit = behind.entity
        assert isinstance(limit, Limit)
        state = _state(limit, binds, now_ns)
        binds = binds or state in ("in force", "removed")
        rows.append(
            {
                "limit": limit.limit_id,
                "state": state,
                "value": value_text(limit, scales),
                "version": behind.version,
                "acknowledged": acknowledged(behind.version, positions),
                "kind": limit.kind.name,
                "of": f"{limit.scope.name.lower()}{':' + limit.scope_id if limit.scope_id else ''}",
                "instrument": limit.instrument_id,
                "from": time_text(limit.effective_ns) if limit.effective_ns else "",
                "until": time_text(limit.expires_ns) if limit.expires_ns else "",
                "only": limit.only_order,
                "set_by": f"{behind.entered_by}, first loading" if behind.first else behind.entered_by,
                "proposed_by": behind.proposed_by,
                "proposed": waiting.get(limit.limit_id, "") if behind is chain[0] else "",
            }
        )
    return rows


def _state(limit: Limit, bound: bool, now_ns: int) -> str:
    if 0 < limit.expires_ns <= now_ns:
        return "ended"
    if limit.effective_ns > now_ns:
        return "not yet"
    if limit.only_order:
        return "for one order"
    if limit.removed:
        return "removed"
    return "replaced for now" if bound else "in force"


def acknowledged(version: int, positions: Mapping[int, int]) -> str:
    """Which partitions of risk judge by a version.

    >>> acknowledged(7, {0: 8, 1: 9}), acknowledged(7, {0: 8, 1: 7}), acknowledged(7, {0: 0})
    ('by p0, p1', 'by p0, waiting for p1', 'waiting for p0')
    """
    there = [f"p{partition}" for partition, position in sorted(positions.items()) if position > version]
    missing = [f"p{partition}" for partition, position in sorted(positions.items()) if position <= version]
    parts = [f"by {', '.join(there)}"] if there else []
    return ", ".join([*parts, *([f"waiting for {', '.join(missing)}"] if missing else [])])


def differing(before: Entity | None, after: Entity, scales: AllScales) -> tuple[str, str]:
    """The fields of an entity that a proposal changes: as they are, and as they would be."""
    old = json.loads(to_json(before)) if before is not None else {}
    new = json.loads(to_json(after))
    changed = [name for name, value in new.items() if name != "type" and old.get(name) != value]
    return _told(changed, old, scales), _told(changed, new, scales)


def _told(names: Iterable[str], entity: Mapping[str, Any], scales: AllScales) -> str:
    found = [(name, entity[name]) for name in names if name in entity]
    return ", ".join(f"{name} {_field(name, value, entity, scales)}".strip() for name, value in found)


def _field(name: str, value: Any, entity: Mapping[str, Any], scales: AllScales) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value) or "all"
    if name in ("expires_ns", "as_of_ns"):
        return time_text(value) if value else "never"
    return entity_value(name, value, entity, scales)


def scales_of(client: GatewayClient) -> dict[str, Scales]:
    found = {}
    for item in client.reference("instrument"):
        i = item.entity.instrument
        found[i.instrument_id] = Scales(i.price_scale, i.qty_scale, i.currency)
    return found


def value_text(limit: Limit, scales: AllScales) -> str:
    """For people; of a limit that is removed that there is none."""
    if limit.removed:
        return "none"
    of = scales.get(limit.instrument_id, Scales())
    return limit_value(limit.value, limit.kind.name, replace(of, currency=limit.currency or of.currency))
