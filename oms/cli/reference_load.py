"""Brings reference data into a running system: what is new or different, each naming the version it replaces.

What is unchanged is left alone; what the file no longer has stays in force (disable it with `enabled: false`). A change that another
one overtook is reported as a conflict, never forced.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from oms.cli.client import GatewayClient, admin_messages
from oms.cli.instance import CliError
from oms.cli.output import print_fields, print_json
from oms.cli.terms import requester
from oms.core.reference import Entity, FixSession, entity_key
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
    return entity


def print_result(result: LoadResult, as_json: bool) -> None:
    """What came of a load. Raises `CliError` where there were conflicts."""
    fields = {
        "added": [" ".join(key) for key in result.added],
        "changed": [" ".join(key) for key in result.changed],
        "unchanged": result.unchanged,
        "conflicts": [" ".join(key) for key in result.conflicts],
    }
    if as_json:
        print_json(fields)
    else:
        print_fields(fields)
    if result.conflicts:
        raise CliError("others changed the same entities at the same time: look at them, and load again")


def apply_reference(client: GatewayClient, entities: tuple[Entity, ...], reason: str) -> LoadResult:
    """Write the difference. Raises `CliError` where the gateway refuses a request as a whole."""
    in_force: dict[Key, tuple[Entity, int]] = {}
    for item in client.reference():
        entity: Entity = from_message(item.entity, Entity)
        in_force[entity_key(entity)] = entity, item.version
    todo = changes(entities, in_force)
    conflicts: list[Key] = []
    for start in range(0, len(todo), ITEMS_PER_REQUEST):
        batch = todo[start : start + ITEMS_PER_REQUEST]
        request = admin_messages.ApplyReferenceRequest(reason=reason, requester=requester())
        for change in batch:
            entity_message = to_message(change.entity, Entity)
            request.items.add(entity=entity_message, replaces_version=change.replaces_version)
        for change, outcome in zip(batch, client.apply_reference(request), strict=True):
            if not outcome.applied:
                conflicts.append(entity_key(change.entity))
    done = [c for c in todo if entity_key(c.entity) not in conflicts]
    return LoadResult(
        tuple(entity_key(c.entity) for c in done if c.replaces_version < 0),
        tuple(entity_key(c.entity) for c in done if c.replaces_version >= 0),
        len(entities) - len(todo),
        tuple(conflicts),
    )
