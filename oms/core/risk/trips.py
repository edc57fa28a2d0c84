"""Automatic halts of a partition as its state has them: trips in effect, what a resume left, counts of messages, venues' sessions.

    armed     →  HaltTriggerTripped   →  tripped: its scope is halted here from that event on, as by a halt with its action
    tripped   →  HaltTriggerRearmed   →  armed again, with a grace (`oms.core.halt_triggers.HaltTrigger`)

Called by `evolve` alone. Invariants:
- a trigger trips once, and only a resume of exactly its scope lifts the trip: a change of the trigger does not;
- counts are by slices of wall time, so that a figure covers its window and at most one slice of SLICES more: never fewer than there were.

It does not know figures (`oms.core.risk.trigger_figures`), nor when they are looked at (`oms.core.risk.trigger_watch`).
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from oms.core.commands import NewOrder, Provenance
from oms.core.control import tighter
from oms.core.enums import HaltAction, HaltScope, LimitScope
from oms.core.halt_trigger_words import VenueSessionChanged
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.reasons import Reason
from oms.core.risk.value import PPM
from oms.core.risk_events import HaltTriggerRearmed, HaltTriggerTripped, MassCancelStarted

if TYPE_CHECKING:
    from oms.core.risk.reference_index import Holder
    from oms.core.risk.state import RiskState

SLICES = 20
"""Of a window: counts go back by a twentieth of it more than they have to, and no message needs a time of its own."""

ABOUT_US = frozenset({Reason.HALTED, Reason.CONTROL_SILENT, Reason.AUDIT_BEHIND, Reason.WRONG_PARTITION})
"""Refusals that say nothing of who sends: counted as messages, but not among the orders of a ratio. Else a halt of one desk would bring the
next trigger to its threshold."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip in effect. `offset`: of its record in `oms.risk`; `control_position`: what risk had read of `oms.control` then.

    `cancels`: that everything open in the scope is to be cancelled is not journaled yet.
    """

    scope: HaltScope
    scope_id: str
    action: HaltAction
    version: int
    offset: int
    wall_ns: int
    control_position: int
    text: str
    cancels: bool


@dataclass(frozen=True, slots=True)
class Grace:
    """What a resume left of a trigger's version: until `until_ns` (wall) it is measured against `figure`, None where that was not known."""

    version: int
    until_ns: int
    figure: int | None


@dataclass(slots=True)
class Counts:
    """By slice of wall time: messages or orders, and how many of them were refused."""

    slice_ns: int
    sent: dict[int, int] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)

    def add(self, wall_ns: int, sent: int, refused: int) -> None:
        at = wall_ns // self.slice_ns
        if at not in self.sent and at not in self.refused:
            self._forget(max(at, *self.sent, *self.refused, at) - SLICES)
        for table, count in ((self.sent, sent), (self.refused, refused)):
            if count:
                table[at] = table.get(at, 0) + count

    def _forget(self, first: int) -> None:
        for table in (self.sent, self.refused):
            for at in [at for at in table if at < first]:
                del table[at]

    def within(self, wall_ns: int) -> tuple[int, int]:
        """(sent, refused) of the window that ends now."""
        first = wall_ns // self.slice_ns - SLICES
        return (
            sum([count for at, count in self.sent.items() if at >= first]),
            sum([count for at, count in self.refused.items() if at >= first]),
        )


def slice_of(trigger: HaltTrigger) -> int:
    """Nanoseconds of a slice: SLICES of them cover the window."""
    return max(1, -(-trigger.window_ns // SLICES))


def tripped_by(trips: dict[str, Trip], keys: tuple[tuple[HaltScope, str], ...]) -> tuple[str, Trip] | None:
    """(trigger, trip) of those that cover one of these scopes the tightest, the oldest first; None where none does."""
    found: tuple[str, Trip] | None = None
    for trigger_id, trip in sorted(trips.items(), key=lambda item: (item[1].offset, item[0])):
        if (trip.scope, trip.scope_id) not in keys:
            continue
        if found is None or tighter(trip.action, found[1].action) is not found[1].action:
            found = trigger_id, trip
    return found


def trip_of(event: HaltTriggerTripped, offset: int) -> Trip:
    return Trip(
        event.scope,
        event.scope_id,
        event.action,
        event.trigger_version,
        offset,
        event.wall_ns,
        event.control_position,
        event.text,
        event.cancel_open,
    )


def note_trip(state: "RiskState", event: HaltTriggerTripped, offset: int) -> None:
    assert event.trigger_id not in state.trips, f"trigger {event.trigger_id} has tripped before"
    state.graces.pop(event.trigger_id, None)
    state.trips[event.trigger_id] = trip_of(event, offset)


def note_rearmed(state: "RiskState", event: HaltTriggerRearmed) -> None:
    del state.trips[event.trigger_id]
    state.graces[event.trigger_id] = Grace(event.trigger_version, event.grace_until_ns, event.figure)
    state.triggers().flagged.add(event.trigger_id)  # without a grace it trips again where it is beyond


def note_cancels(state: "RiskState", started: MassCancelStarted) -> None:
    """The mass cancel that a trip of this scope asks for has begun."""
    if started.mass_cancel is not None or started.control_offset >= 0:
        return
    for trigger_id, trip in state.trips.items():
        if (trip.scope, trip.scope_id) == (started.scope, started.scope_id):
            state.trips[trigger_id] = replace(trip, cancels=False)


def is_news(state: "RiskState", event: VenueSessionChanged) -> bool:
    """Whether the session was not known to be so: every logon in vain is another word of the same outage."""
    down_since_ns = state.venue_sessions.get(event.session_id)
    return down_since_ns is None or (down_since_ns == 0) is not event.is_up


def note_venue_session(state: "RiskState", event: VenueSessionChanged) -> None:
    """Up: 0; down: since when, of an outage that goes on the first word of it."""
    if event.is_up:
        state.venue_sessions[event.session_id] = 0
    elif not state.venue_sessions.get(event.session_id):  # a record can have two words of one outage
        state.venue_sessions[event.session_id] = event.at_ns


def senders_of(
    state: "RiskState", desk_id: str, account_id: str, instrument_id: str, who: Provenance
) -> tuple["Holder", ...]:
    """Whose message it is, as far as messages are counted: an account that is another desk's has sent nothing."""
    account = state.reference.accounts.get(account_id)
    if account is None or account.desk_id != desk_id:
        account = None
    return (
        (LimitScope.FIRM, ""),
        (LimitScope.DESK, desk_id),
        (LimitScope.ACCOUNT, account_id if account is not None else ""),
        (LimitScope.CLIENT, account.client_id if account is not None else ""),
        (LimitScope.TRADER, who.trader),
        (LimitScope.STRATEGY, who.strategy),
        (LimitScope.INSTRUMENT, instrument_id),
    )


def count_order(state: "RiskState", order: NewOrder, wall_ns: int, refused: Reason | None) -> None:
    """A new order, or the terms of an amendment, was judged."""
    if not state.triggers().counting or not wall_ns:
        return
    senders = senders_of(state, order.desk_id, order.account_id, order.instrument_id, order.provenance)
    _count(state, senders, HaltTriggerKind.MESSAGE_RATE, wall_ns, 1, 0)
    if refused not in ABOUT_US:
        _count(state, senders, HaltTriggerKind.REJECT_RATIO, wall_ns, 1, int(refused is not None))


def count_message(
    state: "RiskState", desk_id: str, account_id: str, instrument_id: str, who: Provenance, wall_ns: int
) -> None:
    """Any other message; what is not known of it is empty."""
    if state.triggers().counting and wall_ns:
        senders = senders_of(state, desk_id, account_id, instrument_id, who)
        _count(state, senders, HaltTriggerKind.MESSAGE_RATE, wall_ns, 1, 0)


def count_refused_child(state: "RiskState", order: NewOrder, wall_ns: int) -> None:
    """A venue refused a child of the order, which is counted among the orders already."""
    if state.triggers().counting and wall_ns:
        senders = senders_of(state, order.desk_id, order.account_id, order.instrument_id, order.provenance)
        _count(state, senders, HaltTriggerKind.REJECT_RATIO, wall_ns, 0, 1)


def ratio_covers(state: "RiskState", order: NewOrder) -> bool:
    """Whether a trigger counts what venues refuse of the order."""
    counting = state.triggers().counting
    if not counting:
        return False
    senders = senders_of(state, order.desk_id, order.account_id, order.instrument_id, order.provenance)
    return any(
        t.kind is HaltTriggerKind.REJECT_RATIO
        for sender in senders
        if sender[1] or sender[0] is LimitScope.FIRM
        for t in counting.get(sender, ())
    )


def _count(
    state: "RiskState", senders: tuple["Holder", ...], kind: HaltTriggerKind, wall_ns: int, sent: int, refused: int
) -> None:
    watch = state.triggers()
    for sender in senders:
        for trigger in watch.counting.get(sender, ()):
            if trigger.kind is not kind:
                continue
            slice_ns = slice_of(trigger)
            counts = state.counts.get(trigger.trigger_id)
            if counts is None or counts.slice_ns != slice_ns:
                counts = state.counts[trigger.trigger_id] = Counts(slice_ns)
            counts.add(wall_ns, sent, refused)
            if trigger.trigger_id not in state.trips and is_beyond(trigger, *counts.within(wall_ns)):
                watch.flagged.add(trigger.trigger_id)


def count_figure(trigger: HaltTrigger, sent: int, refused: int) -> int:
    """Messages, or refusals in ppm of orders, rounded up; 0 of fewer orders than the trigger counts from."""
    if trigger.kind is HaltTriggerKind.MESSAGE_RATE:
        return sent
    if not refused or sent < trigger.count_min:
        return 0
    return -(-refused * PPM // max(1, sent))


def is_beyond(trigger: HaltTrigger, sent: int, refused: int) -> bool:
    return count_figure(trigger, sent, refused) > trigger.threshold
