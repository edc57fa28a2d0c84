"""What control and reference data say at a position, found by going through their records from the first.

A halt, or a liquidation, is in force from its record to the resume of exactly its scope. Of two of one scope the newer is in force, and lets
what reduces through where both do; a liquidation makes its scope let it through. A reference change is in force where it names the version that it
replaces, and moves no desk to another partition. One snapshot per position: worlds are small, and a look-up cannot be stale.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from oms.runtime.log import Record
from oms.v1.control_pb2 import ControlRecord, Halt, Liquidate
from oms.v1.enums_pb2 import (
    HALT_ACTION_REDUCE_ONLY,
    HALT_SCOPE_ACCOUNT,
    HALT_SCOPE_CLIENT,
    HALT_SCOPE_COUNTERPARTY,
    HALT_SCOPE_DESK,
    HALT_SCOPE_FIRM,
    HALT_SCOPE_INSTRUMENT,
    HALT_SCOPE_STRATEGY,
    HALT_SCOPE_TRADER,
    HALT_SCOPE_VENUE,
    LIMIT_KIND_ORDER_NOTIONAL,
    LIMIT_KIND_ORDER_QTY,
    LIMIT_KIND_POSITION_QTY,
    LIMIT_SCOPE_ACCOUNT,
    LIMIT_SCOPE_COUNTERPARTY,
    LIMIT_SCOPE_DESK,
    LIMIT_SCOPE_FIRM,
)
from oms.v1.execution_pb2 import ChildTaken
from oms.v1.reference_pb2 import Account, Desk, Entity, Instrument, Limit, ReferenceChange
from oms.v1.routing_pb2 import ChildNew

Scope = tuple[int, str]
InForce = tuple[int, bool]
"""The offset of a halt, and whether it lets through what reduces."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Whom something is about, as far as a halt may ask. An empty venue: halts of venues and counterparties do not cover it."""

    desk_id: str
    account_id: str
    instrument_id: str
    venue_id: str = ""
    trader: str = ""
    strategy: str = ""
    client_id: str = ""
    counterparties: tuple[str, ...] = ()

    def scopes(self) -> frozenset[Scope]:
        named: list[Scope] = [
            (HALT_SCOPE_DESK, self.desk_id),
            (HALT_SCOPE_ACCOUNT, self.account_id),
            (HALT_SCOPE_INSTRUMENT, self.instrument_id),
            (HALT_SCOPE_VENUE, self.venue_id),
            (HALT_SCOPE_TRADER, self.trader),
            (HALT_SCOPE_STRATEGY, self.strategy),
            (HALT_SCOPE_CLIENT, self.client_id),
            *((HALT_SCOPE_COUNTERPARTY, name) for name in self.counterparties),
        ]
        return frozenset({(HALT_SCOPE_FIRM, ""), *(scope for scope in named if scope[1])})


class Control:
    """`oms.control`, record by record."""

    def __init__(self) -> None:
        self.records: list[ControlRecord | None] = []
        self.timestamps_ms: list[int] = []
        self._in_force: list[dict[Scope, InForce]] = [{}]
        self._resumed: dict[Scope, int] = {}
        self.spread: set[tuple[int, int]] = set()
        """(partition, offset) of the trips that halts name."""

    def take(self, record: Record) -> None:
        try:
            said: ControlRecord | None = ControlRecord.FromString(record.value)
        except DecodeError:
            said = None
        halts = self._in_force[-1]
        match said.WhichOneof("kind") if said is not None else None:
            case "halt":
                assert said is not None
                if said.halt.HasField("trip"):
                    self.spread.add((said.halt.trip.partition, said.halt.trip.offset))
                scope, reduces = _scope(said.halt), said.halt.action == HALT_ACTION_REDUCE_ONLY
                before = halts.get(scope)
                if not self._is_late(said.halt):
                    halts = {**halts, scope: (record.offset, reduces and (before is None or before[1]))}
            case "liquidate":
                assert said is not None
                halts = {**halts, _scope(said.liquidate): (record.offset, True)}
            case "resume":
                assert said is not None
                lifted = (int(said.resume.scope), said.resume.scope_id)
                self._resumed[lifted] = record.offset
                halts = {scope: at for scope, at in halts.items() if scope != lifted}
        self.records.append(said)
        self.timestamps_ms.append(record.timestamp_ms)
        self._in_force.append(halts)

    def _is_late(self, halt: Halt) -> bool:
        """Of a trip that was resumed: what its partition had read of control then was less than the resume."""
        return halt.HasField("trip") and self._resumed.get(_scope(halt), -1) >= halt.trip.control_position

    def resumed_since(self, scope: Scope, position: int) -> bool:
        return self._resumed.get(scope, -1) >= position

    def must_be_applied(self, offset: int) -> bool:
        said = self.records[offset]
        return said is not None and said.WhichOneof("kind") in ("halt", "resume", "cancel_scope", "liquidate")

    def halt_at(self, position: int, where: Whereabouts, reduces_from: int = 0) -> int:
        """The offset of a halt that stops `where` after the records below `position`; −1 where none does.

        One that lets through what reduces does not stop what was judged so knowing it: with `reduces_from` beyond it.
        """
        covering = self._covering(position, where)
        return max((at for at, reduces in covering if not reduces or at >= reduces_from), default=-1)

    def reduce_only_at(self, position: int, where: Whereabouts) -> int:
        """The same of one that lets through what reduces."""
        return max((at for at, reduces in self._covering(position, where) if reduces), default=-1)

    def _covering(self, position: int, where: Whereabouts) -> list[InForce]:
        scopes = where.scopes()
        return [found for scope, found in self._in_force[position].items() if scope in scopes]

    def halt_since(self, taken: int, position: int, where: Whereabouts, reduces_from: int = 0) -> int:
        """One that came between two positions, lifted again or not."""
        scopes = where.scopes()
        for offset in range(max(taken, reduces_from, 0), position):
            said = self.records[offset]
            kind = said.WhichOneof("kind") if said is not None else None
            if said is None or kind not in ("halt", "liquidate") or _scope(getattr(said, kind)) not in scopes:
                continue
            if (
                self._in_force[offset + 1].get(_scope(getattr(said, kind)), (-1, False))[0] == offset
            ):  # a late one halts nothing
                return offset
        return -1


def _scope(halt: Halt | Liquidate) -> Scope:
    return int(halt.scope), halt.scope_id


@dataclass(frozen=True, slots=True)
class Known:
    """Reference data at a position. `versions`: by (kind, id)."""

    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    entities: dict[tuple[str, str], Entity] = field(default_factory=dict)

    def desk(self, desk_id: str) -> Desk | None:
        found = self.entities.get(("desk", desk_id))
        return found.desk if found is not None else None

    def instrument(self, instrument_id: str) -> Instrument | None:
        found = self.entities.get(("instrument", instrument_id))
        return found.instrument if found is not None else None

    def client_of(self, account_id: str) -> str:
        found = self.entities.get(("account", account_id))
        return found.account.client_id if found is not None else ""

    def counterparties_of(self, venue_id: str) -> tuple[str, ...]:
        found = self.entities.get(("venue", venue_id))
        return tuple(found.venue.counterparties) if found is not None else ()

    def accounts(self) -> Iterator[Account]:
        return (entity.account for (kind, _), entity in self.entities.items() if kind == "account")

    def limits(self, desk_id: str, account_id: str, instrument: Instrument) -> Iterator[tuple[Limit, int]]:
        """Every limit that binds such an order, with its version."""
        bound = {
            (LIMIT_SCOPE_FIRM, ""),
            (LIMIT_SCOPE_DESK, desk_id),
            (LIMIT_SCOPE_ACCOUNT, account_id),
        }
        for (kind, limit_id), entity in self.entities.items():
            if kind != "limit":
                continue
            # Of a counterparty: every venue of a world has the one that there is.
            whom = (entity.limit.scope, entity.limit.scope_id)
            if whom not in bound and entity.limit.scope != LIMIT_SCOPE_COUNTERPARTY:
                continue
            limit = entity.limit
            if limit.instrument_id not in ("", instrument.instrument_id):
                continue
            if limit.kind in (LIMIT_KIND_ORDER_QTY, LIMIT_KIND_POSITION_QTY) and not limit.instrument_id:
                continue  # a quantity means something at one instrument's scale only
            if limit.kind == LIMIT_KIND_ORDER_NOTIONAL and limit.currency != instrument.currency:
                continue
            yield limit, self.versions[(kind, limit_id)]

    def accounts_in(self, limit: Limit, partition: int) -> Iterator[Account]:
        """Whose positions a limit of positions sums up; a firm's are those of this partition."""
        for account in self.accounts():
            desk = self.desk(account.desk_id)
            here = desk is not None and desk.partition == partition
            if (
                (limit.scope == LIMIT_SCOPE_FIRM and here)
                or (limit.scope == LIMIT_SCOPE_DESK and account.desk_id == limit.scope_id)
                or (limit.scope == LIMIT_SCOPE_ACCOUNT and account.account_id == limit.scope_id)
            ):
                yield account


def whereabouts(known: Known, child: ChildNew | ChildTaken) -> Whereabouts:
    """Of a child, as the router ordered it or execution took it."""
    return Whereabouts(
        child.desk_id,
        child.account_id,
        child.instrument_id,
        child.venue_id,
        child.trader,
        child.strategy,
        known.client_of(child.account_id),
        known.counterparties_of(child.venue_id),
    )


class Reference:
    """`oms.reference`, record by record."""

    def __init__(self) -> None:
        self._known: list[Known] = [Known()]

    def take(self, record: Record) -> None:
        now = self._known[-1]
        try:
            change: ReferenceChange | None = ReferenceChange.FromString(record.value)
        except DecodeError:
            change = None
        kind = change.entity.WhichOneof("kind") if change is not None else None
        if change is None or kind is None:
            self._known.append(now)
            return
        entity = getattr(change.entity, kind)
        key = (
            kind,
            str(getattr(entity, entity.DESCRIPTOR.fields[0].name)),
        )  # the id is the first field of every entity
        moves = (
            kind == "desk" and key in now.entities and now.entities[key].desk.partition != change.entity.desk.partition
        )
        if change.replaces_version != now.versions.get(key, -1) or moves:
            self._known.append(now)
            return
        self._known.append(Known({**now.versions, key: record.offset}, {**now.entities, key: change.entity}))

    def at(self, position: int) -> Known:
        return self._known[position]

    def must_be_acknowledged(self, offset: int) -> bool:
        """Whether a record put a limit into force: risk says so."""
        return any(kind == "limit" and at == offset for (kind, _), at in self._known[offset + 1].versions.items())

    def now(self) -> Known:
        return self._known[-1]
