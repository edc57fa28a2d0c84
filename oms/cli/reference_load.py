"""Brings reference data into a running system: what is new or different, each naming the version it replaces.

What raises what may be traded is proposed, for another person to approve (see `oms.core.governance`): all but the first loading of a
system in which nothing is set yet. What is unchanged is left alone; what the file no longer has stays in force (disable it with `enabled: false`). A change that another
one overtook is reported as a conflict, never forced.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from oms.cli.client import GatewayClient, admin_messages
from oms.cli.instance import CliError
from oms.cli.output import console, print_fields, print_json
from oms.cli.terms import requester
from oms.core.governance import loosens
from oms.core.reference import Entity, FixSession, Limit, LimitProposal, Venue, entity_key
from oms.core.risk_reference import ChangeProposal, Governed, TradingPermission
from oms.wire.codec import from_message, to_message

ITEMS_PER_REQUEST = 200

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Keys are (kind, id)."""

    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    unchanged: int
    conflicts: tuple[Key, ...]
    proposed: tuple[str, ...] = ()
    """Ids of proposals: what another person has to approve."""


@dataclass(frozen=True, slots=True)
class Change:
    """`replaces_version` −1: new."""

    entity: Entity
    replaces_version: int


def changes(wanted: Iterable[Entity], in_force: dict[Key, tuple[Entity, int]]) -> list[Change]:
    """What has to be written, in the order wanted."""
    found: list[Change] = []
    for entity in wanted:
        now = in_force.get(entity_key(entity))
        if now is not None:
            entity = _with_what_is_no_files(entity, now[0])
        if now is None:
            found.append(Change(entity, -1))
        elif to_message(now[0], Entity) != to_message(entity, Entity):  # equal values may differ: see OpeningPosition
            found.append(Change(entity, now[1]))
    return found


def _with_what_is_no_files(entity: Entity, now: Entity) -> Entity:
    """A file says nothing of what people have asked for since: a reset of a FIX session's numbers is no term of it."""
    if isinstance(entity, FixSession) and isinstance(now, FixSession):
        return replace(entity, reset_ns=now.reset_ns)
    if isinstance(entity, Venue) and isinstance(now, Venue):
        asked = {s.session_id: s.reset_ns for s in now.sessions}
        kept = [replace(s, reset_ns=asked.get(s.session_id, s.reset_ns)) for s in entity.sessions]
        return replace(entity, sessions=tuple(kept))
    return entity


def print_result(result: LoadResult, as_json: bool) -> None:
    """What came of a load. Raises `CliError` where there were conflicts."""
    fields = {
        "added": [" ".join(key) for key in result.added],
        "changed": [" ".join(key) for key in result.changed],
        "unchanged": result.unchanged,
        "conflicts": [" ".join(key) for key in result.conflicts],
        "proposed": list(result.proposed),
    }
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)
        if result.proposed:
            console().print(f"another person: oms limits approve {result.proposed[0]} --reason WHY", markup=False)
    if result.conflicts:
        raise CliError("others changed the same entities at the same time: look at them, and load again")


def apply_reference(client: GatewayClient, entities: tuple[Entity, ...], reason: str) -> LoadResult:
    """Write the difference, and propose what of it takes two people; a system in which nothing is set yet is set up as a whole.

    Raises `CliError` where the gateway refuses a request as a whole.
    """
    known = client.reference_known()
    in_force: dict[Key, tuple[Entity, int]] = {}
    for item in known.entities:
        entity: Entity = from_message(item.entity, Entity)
        in_force[entity_key(entity)] = entity, item.version
    wanted = changes(entities, in_force)
    asked = Asked(wanted, ()) if known.bootstrap_open else by_rules(wanted, in_force, time.time_ns())
    conflicts: list[Key] = []
    for start in range(0, len(asked.changes), ITEMS_PER_REQUEST):
        batch = asked.changes[start : start + ITEMS_PER_REQUEST]
        request = admin_messages.ApplyReferenceRequest(reason=reason, requester=requester())
        request.bootstrap = known.bootstrap_open
        request.bootstrap_ends = request.bootstrap and start + len(batch) == len(asked.changes)
        for change in batch:
            entity_message = to_message(change.entity, Entity)
            request.items.add(entity=entity_message, replaces_version=change.replaces_version)
        for change, outcome in zip(batch, client.apply_reference(request), strict=True):
            if not outcome.applied:
                conflicts.append(entity_key(change.entity))
    done = [c for c in asked.changes if entity_key(c.entity) not in conflicts]
    proposed = [c.entity.proposal_id for c in done if isinstance(c.entity, LimitProposal | ChangeProposal)]
    plain = [c for c in done if not isinstance(c.entity, LimitProposal | ChangeProposal)]
    return LoadResult(
        tuple(entity_key(c.entity) for c in plain if c.replaces_version < 0),
        tuple(entity_key(c.entity) for c in plain if c.replaces_version >= 0),
        len(entities) - len(wanted),
        tuple(conflicts),
        (*asked.waiting, *proposed),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """`waiting`: ids of proposals of the same that somebody made before."""

    changes: list[Change]
    waiting: tuple[str, ...]


def by_rules(wanted: Iterable[Change], in_force: dict[Key, tuple[Entity, int]], now_ns: int) -> Asked:
    """The changes that one person may make, and proposals of those that take two."""
    entities = [entity for entity, _ in in_force.values()]
    permissions = [entity for entity in entities if isinstance(entity, TradingPermission)]
    made = {_content(e): e.proposal_id for e in entities if isinstance(e, LimitProposal | ChangeProposal)}
    found: list[Change] = []
    waiting: list[str] = []
    for change in wanted:
        proposal = _proposal(change, in_force, permissions, now_ns)
        if proposal is None:
            found.append(change)
            if isinstance(change.entity, TradingPermission):
                permissions = [p for p in permissions if p.permission_id != change.entity.permission_id]
                permissions.append(change.entity)
        elif _content(proposal) in made:
            waiting.append(made[_content(proposal)])
        else:
            found.append(Change(proposal, -1))
    return Asked(found, tuple(waiting))


def _content(proposal: LimitProposal | ChangeProposal) -> object:
    if isinstance(proposal, LimitProposal):
        return proposal.limit, proposal.limit_version
    return proposal.entity, proposal.replaces_version


def _proposal(
    change: Change, in_force: dict[Key, tuple[Entity, int]], permissions: list[TradingPermission], now_ns: int
) -> LimitProposal | ChangeProposal | None:
    entity, (kind, entity_id) = change.entity, entity_key(change.entity)
    if isinstance(entity, Limit):
        return LimitProposal(proposal_id(entity_id, now_ns), entity, change.replaces_version)
    if not isinstance(entity, Governed):
        return None
    before, _ = in_force.get((kind, entity_id), (None, -1))
    if not loosens(before if isinstance(before, Governed) else None, entity, permissions):
        return None
    return ChangeProposal(proposal_id(f"{kind}.{entity_id}", now_ns), entity, change.replaces_version)


def proposal_id(of: str, now_ns: int) -> str:
    """The name of a proposal: what it is about, and when it was made.

    >>> proposal_id("firm.order_qty.ACME", 0x199AB3F21C0 * 10**6)
    'firm.order_qty.ACME.199ab3f21c0'
    """
    return f"{of}.{now_ns // 10**6:x}"[-64:]
