"""Control as a fold of `oms.control`: halts in force, firm-wide cancels, the tape's clock, and how long control has been silent.

Every stage folds the same records; a halt blocks what creates or increases, and never a cancel.

    action        what passes in the scope
    BLOCK_NEW     nothing new
    REDUCE_ONLY   what was judged knowing of this halt, and cannot increase the account's position in the instrument at worst

Halts only tighten: of two halts of one scope the newer is in force, with the tighter action of both; only `Resume` loosens, and `Liquidate`,
which makes its own scope reduce-only. So neither a trigger nor a second person lets go what a person stopped. Where halts of several scopes
cover an order, the tighter action wins.
"""

from dataclasses import dataclass, field

from oms.core.commands import Provenance
from oms.core.enums import HaltAction, HaltScope, ResolutionKind
from oms.core.order_filter import OrderFilter, filter_of


@dataclass(frozen=True, slots=True)
class HaltTrip:
    """The trip that a halt spreads: of trigger version `trigger_version`, in the record of `oms.risk` at `partition` and `offset`.

    `control_position`: what that partition had read of `oms.control` then. A resume from there on came after the trip, and lifted it.
    """

    trigger_id: str
    trigger_version: int
    partition: int
    offset: int
    control_position: int


@dataclass(frozen=True, slots=True)
class Halt:
    """Blocks new orders, amendments, slices and children in the scope; `cancel_open` also cancels what is open there.

    `action`: what it lets through; nothing, in records of before it was said. `trip`: of an automatic halt, None: a person's.
    """

    scope: HaltScope
    scope_id: str
    cancel_open: bool
    reason: str
    entered_ns: int
    provenance: Provenance
    action: HaltAction = HaltAction.BLOCK_NEW
    trip: HaltTrip | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Lifts the halt of exactly this scope."""

    scope: HaltScope
    scope_id: str
    reason: str
    entered_ns: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CancelScope:
    """Cancels every open order in the scope; blocks nothing. `narrowed` restricts it further (None: not at all)."""

    scope: HaltScope
    scope_id: str
    reason: str
    entered_ns: int
    provenance: Provenance
    narrowed: OrderFilter | None = None


@dataclass(frozen=True, slots=True)
class ClockAnchor:
    """From wall time `wall_ns` on, tape time is tape_ns + (wall − wall_ns) × speed_milli / 1000.

    `provenance` (who set it; None in records of before identities) is for the audit: it is no part of the clock, nor of any state.
    """

    wall_ns: int
    tape_ns: int
    speed_milli: int
    label: str
    provenance: Provenance | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ControlHeartbeat:
    """Nothing happened; control is alive."""

    replica: str
    wall_ns: int


@dataclass(frozen=True, slots=True)
class BreakResolution:
    """A person closes a break of one execution partition. `price` only where the kind books a fill that has none (integer, its scale).

    What it may do is the table `oms.core.reconciliation.breaks.ACCEPTED`; execution refuses the rest with a record.
    """

    partition: int
    break_id: str
    kind: ResolutionKind
    price: int | None
    reason: str
    entered_ns: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Liquidate:
    """Cancels what is open in the scope and works every position there down to nothing (`oms.core.risk.liquidating`).

    From here on the scope is reduce-only, whatever halt it had: who liquidates it asks for its reducing orders by name. Only scopes that hold
    positions: see LIQUIDATED. Ends when nothing is held there; the halt of the scope stays until it is resumed.
    """

    scope: HaltScope
    scope_id: str
    reason: str
    entered_ns: int
    provenance: Provenance


LIQUIDATED = (HaltScope.FIRM, HaltScope.DESK, HaltScope.ACCOUNT, HaltScope.CLIENT, HaltScope.INSTRUMENT)
"""Scopes of which positions can be told; a venue, a counterparty, a trader or a strategy holds none of its own."""


@dataclass(frozen=True, slots=True)
class AlertAcknowledged:
    """A person has seen an alert: the word of it at `offset` of partition `partition` of the journal `topic`. It is open as before, and changes
    nothing that is decided."""

    alert_id: str
    topic: str
    partition: int
    offset: int
    note: str
    entered_ns: int
    provenance: Provenance


ControlRecord = (
    Halt | Resume | CancelScope | ClockAnchor | ControlHeartbeat | BreakResolution | Liquidate | AlertAcknowledged
)


@dataclass(slots=True)
class Control:
    """The fold. `halts`: (scope, id) → offset of the halt in force. `why`: its reason, for texts; no part of the state's value.

    `reduce_only`: those of these scopes that let through what reduces; the others let nothing new through. `resumed`: (scope, id) → offset
    of its last resume; no part of the state's value, for snapshots of before have none: what asks for it are halts of trips, and there were none.
    """

    position: int = 0
    halts: dict[tuple[HaltScope, str], int] = field(default_factory=dict)
    anchor: ClockAnchor | None = None
    anchor_offset: int = -1
    why: dict[int, str] = field(default_factory=dict, compare=False)
    reduce_only: set[tuple[HaltScope, str]] = field(default_factory=set)
    resumed: dict[tuple[HaltScope, str], int] = field(default_factory=dict, compare=False)

    def action(self, scope: HaltScope, scope_id: str) -> HaltAction:
        """Of the halt in force there."""
        return HaltAction.REDUCE_ONLY if (scope, scope_id) in self.reduce_only else HaltAction.BLOCK_NEW


def fold_control(control: Control, offset: int, record: ControlRecord) -> None:
    match record:
        case Halt():
            before = (record.scope, record.scope_id) in control.halts
            action = tighter(control.action(record.scope, record.scope_id), record.action) if before else record.action
            if not is_late(control, record):
                _halted(control, offset, record, action)
        case Liquidate():
            _halted(control, offset, record, HaltAction.REDUCE_ONLY)
        case Resume():
            control.resumed[(record.scope, record.scope_id)] = offset
            control.why.pop(control.halts.pop((record.scope, record.scope_id), -1), None)
            control.reduce_only.discard((record.scope, record.scope_id))
        case ClockAnchor():
            control.anchor, control.anchor_offset = record, offset
        case CancelScope() | ControlHeartbeat() | BreakResolution() | AlertAcknowledged():
            pass
    control.position = offset + 1


def is_late(control: Control, halt: Halt) -> bool:
    """Whether a halt spreads a trip that a person has lifted meanwhile: it halts nothing, and cancels nothing."""
    if halt.trip is None:
        return False
    return control.resumed.get((halt.scope, halt.scope_id), -1) >= halt.trip.control_position


def tighter(one: HaltAction, other: HaltAction) -> HaltAction:
    """Of two actions the one that lets less through.

    >>> tighter(HaltAction.REDUCE_ONLY, HaltAction.BLOCK_NEW).name
    'BLOCK_NEW'
    """
    return min(one, other)


def _halted(control: Control, offset: int, halt: Halt | Liquidate, action: HaltAction) -> None:
    key = (halt.scope, halt.scope_id)
    control.why.pop(control.halts.get(key, -1), None)
    control.halts[key], control.why[offset] = offset, halt.reason
    if action is HaltAction.REDUCE_ONLY:
        control.reduce_only.add(key)
    else:
        control.reduce_only.discard(key)


def cancels(record: Halt | CancelScope | Liquidate) -> OrderFilter | None:
    """What a control record cancels; None where it cancels nothing."""
    if isinstance(record, Liquidate):
        return filter_of(record.scope, record.scope_id)
    if isinstance(record, CancelScope):
        return filter_of(record.scope, record.scope_id, record.narrowed)
    return filter_of(record.scope, record.scope_id) if record.cancel_open else None


def tape_now(anchor: ClockAnchor | None, wall_ns: int) -> int:
    """Tape time at a wall time. 0 without an anchor: no time is known, and no market is open at it."""
    if anchor is None:
        return 0
    return anchor.tape_ns + max(0, wall_ns - anchor.wall_ns) * anchor.speed_milli // 1000
