"""Risk's journal: one decision per command, within limits and halts in force; exposure as all valid events sum to.

Each decision is held against the very command it names, each fill and each release against the router's record it names.
"""

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.alert_book import AlertBook
from oms.testing.simulation.oracle.authority import Known, Whereabouts
from oms.testing.simulation.oracle.exposure import Order, Orders
from oms.testing.simulation.oracle.facts import ORDERS, ROUTING, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.limits import Accepted, exceeded, missing_evidence
from oms.testing.simulation.oracle.listed import Listed, is_listed, liquidating
from oms.testing.simulation.oracle.money import Asked, MoneyBook
from oms.v1.commands_pb2 import Command, NewOrder
from oms.v1.enums_pb2 import (
    ALGORITHM_DIRECT,
    HALT_ACTION_BLOCK_NEW,
    ORD_STATUS_CANCELED,
    ORD_STATUS_EXPIRED,
    ORD_STATUS_FILLED,
    ORD_STATUS_REJECTED,
    REASON_TRADING_DATE_TOO_OLD,
    REASON_UNKNOWN_ORDER,
)
from oms.v1.envelope_pb2 import JournalEvent
from oms.v1.risk_pb2 import (
    CancelRejected,
    ExposureCorrected,
    ExposureMoved,
    ExposureRepriced,
    HaltTriggerTripped,
    ListCancelRejected,
    OrderAccepted,
    OrderClosed,
    OrderReduced,
    ReplaceAccepted,
    ReplaceSettled,
    RiskEvent,
)
from oms.v1.routing_pb2 import RoutingEvent
from oms.v1.types_pb2 import Int128

TERMINAL = frozenset({ORD_STATUS_FILLED, ORD_STATUS_CANCELED, ORD_STATUS_REJECTED, ORD_STATUS_EXPIRED})

FUTURE_MS_MAX = 1_000
"""A control record from further in the future than this is a wrong clock, and counts as silence."""

NS_PER_MS = 1_000_000

NOT_CONTENT = ("entered_ns", "good_until_ns", "trace_id", "provenance")
"""What differs between a command and its retry."""

ASKED = {
    "order_accepted": "order",
    "order_rejected": "order",
    "cancel_accepted": "cancel",
    "cancel_rejected": "cancel",
    "replace_accepted": "replace",
    "replace_rejected": "replace",
    "mass_cancel_started": "mass_cancel",
    "list_accepted": "order_list",
    "list_rejected": "order_list",
    "list_cancel_accepted": "cancel",
    "list_cancel_rejected": "cancel",
}
"""The field of a decision that repeats the command."""

Key = tuple[str, int, str]


def content_of(command: Command) -> bytes:
    """Equal for a command and its retry, and for nothing else."""
    bare = Command()
    bare.CopyFrom(command)
    inner = getattr(bare, command.WhichOneof("kind") or "")
    for part in (inner, *(inner.orders if command.WhichOneof("kind") == "new_order_list" else ())):
        for name in NOT_CONTENT:
            if name in part.DESCRIPTOR.fields_by_name:
                part.ClearField(name)
    return bare.SerializeToString(deterministic=True)


def key_of(command: Command) -> Key:
    inner = getattr(command, command.WhichOneof("kind") or "")
    return inner.desk_id, inner.trading_date, inner.cl_ord_id


class RiskBook:
    """One partition. `first_uses`: key → content of the command that first used it; `tombstones`: keys whose cancel came first."""

    def __init__(self, partition: int, facts: Facts, findings: Findings) -> None:
        self.partition, self._facts, self._findings = partition, facts, findings
        self.orders, self.money = Orders(), MoneyBook()
        self.listed = Listed(findings)
        self.alerts = AlertBook(partition, facts, self.orders, findings)
        self.first_uses: dict[Key, bytes] = {}
        self.tombstones: set[Key] = set()
        self.decided: dict[int, str] = {}
        """Offset in `oms.orders` → the place of its decision."""
        self.trips: dict[str, tuple[int, HaltTriggerTripped]] = {}
        """Trigger → offset and trip in effect."""

    # --- what must leave a record

    def must(self, tp: TopicPartition, offset: int) -> bool:
        if tp.topic == ORDERS:
            command = self._facts.commands[tp.partition][offset]
            return command is not None and self.first_uses.get(key_of(command)) != content_of(command)
        events = self._facts.journals[tp].counted[offset].envelope.events
        return any(self._moves_exposure(event.routing) for event in events)

    def _moves_exposure(self, event: RoutingEvent) -> bool:
        match event.WhichOneof("kind"):
            case "parent_traded":
                traded = event.parent_traded
                order = self.orders.by_id.get(traded.order_id)
                return order is None or not order.knows(f"{traded.venue_id}/{traded.exec_id}")
            case "trade_corrected":
                changed = event.trade_corrected
                order = self.orders.by_id.get(changed.order_id)
                return order is None or not order.knows(f"{changed.venue_id}/{changed.exec_id}")
            case "parent_changed":
                order = self.orders.by_id.get(event.parent_changed.order_id)
                return order is not None and order.is_open and event.parent_changed.ord_status in TERMINAL
            case "leg_reduced":
                order = self.orders.by_id.get(event.leg_reduced.order_id)
                return order is not None and order.is_open
        return False

    # --- a record

    def take(self, counted: Counted) -> None:
        decisions = [e.risk for e in counted.envelope.events if e.risk.WhichOneof("kind") in ASKED]
        decisions = [
            e
            for e in decisions
            if e.WhichOneof("kind") != "mass_cancel_started" or e.mass_cancel_started.HasField("mass_cancel")
        ]
        for order in self.listed.take(counted):
            self._used(Command(new_order=order))
        for order in liquidating(list(counted.envelope.events)):
            self._used(Command(new_order=order))
        if is_listed(list(counted.envelope.events)):
            decisions = [e for e in decisions if e.WhichOneof("kind") == "list_accepted"]
        if decisions:
            self._decides(counted, decisions)
        for event in counted.envelope.events:
            self._fold(counted, event.risk)

    def _decides(self, counted: Counted, decisions: list[RiskEvent]) -> None:
        source = counted.envelope.source
        commands = self._facts.commands.get(source.partition, []) if source.topic == ORDERS else []
        command = commands[source.offset] if 0 <= source.offset < len(commands) else None
        kind = decisions[0].WhichOneof("kind") or ""
        asked = getattr(getattr(decisions[0], kind), ASKED[kind])
        if command is None or len(decisions) != 1 or asked != getattr(command, command.WhichOneof("kind") or ""):
            self._report(Kind.DECISION_DIFFERS, counted, f"{kind} from {source.topic}@{source.offset}")
            return
        key, content = key_of(command), content_of(command)
        if self.first_uses.get(key) == content:
            self._report(Kind.RETRY_DECIDED, counted, f"{'/'.join(map(str, key))} from {source.topic}@{source.offset}")
        self.decided[source.offset] = counted.place
        reason = getattr(getattr(decisions[0], kind), "reason", 0)
        if reason != REASON_TRADING_DATE_TOO_OLD:
            self._used(command)

    def _used(self, command: Command) -> None:
        self.first_uses.setdefault(key_of(command), content_of(command))

    def _fold(self, counted: Counted, event: RiskEvent) -> None:
        match event.WhichOneof("kind"):
            case "order_accepted":
                self._accepted(counted, event.order_accepted)
            case "replace_accepted":
                self._replace_accepted(counted, event.replace_accepted)
            case "cancel_rejected":
                self._cancel_rejected(event.cancel_rejected)
            case "list_cancel_rejected":
                self._cancel_rejected(event.list_cancel_rejected)
            case "order_reduced":
                self._reduced(counted, event.order_reduced)
            case "exposure_moved":
                self.money.moved(event.exposure_moved)
                self._moved(counted, event.exposure_moved)
            case "exposure_corrected":
                self.money.corrected(event.exposure_corrected)
                self._corrected(counted, event.exposure_corrected)
            case "exposure_repriced":
                self.money.repriced(event.exposure_repriced)
                self._repriced(counted, event.exposure_repriced)
            case "alert_raised" | "alert_cleared":
                self.alerts.take(counted, event)
            case "order_closed":
                self._closed(counted, event.order_closed)
            case "replace_settled":
                self.money.settled(event.replace_settled.order_id, event.replace_settled.applied)
                self._settled(counted, event.replace_settled)
            case "halt_trigger_tripped":
                self._tripped(counted, event.halt_trigger_tripped)
            case "halt_trigger_rearmed":
                if self.trips.pop(event.halt_trigger_rearmed.trigger_id, None) is None:
                    self._report(Kind.TRIP_DIFFERS, counted, f"{event.halt_trigger_rearmed.trigger_id} had not tripped")

    def _tripped(self, counted: Counted, trip: HaltTriggerTripped) -> None:
        """A trigger trips once until it is resumed, beyond its threshold as it is in force there."""
        known = self._facts.reference.at(counted.position("oms.reference"))
        trigger = known.entities.get(("halt_trigger", trip.trigger_id))
        if trip.trigger_id in self.trips:
            self._report(Kind.TRIP_DIFFERS, counted, f"{trip.trigger_id} had tripped already")
        if trigger is None or known.versions["halt_trigger", trip.trigger_id] != trip.trigger_version:
            self._report(Kind.TRIP_DIFFERS, counted, f"{trip.trigger_id} is not in force at {trip.trigger_version}")
        elif trip.HasField("figure") and _number(trip.figure) <= _number(trigger.halt_trigger.threshold):
            self._report(Kind.TRIP_DIFFERS, counted, f"{trip.trigger_id} trips at {trip.text}")
        self.trips[trip.trigger_id] = counted.offset, trip

    def trips_at_rest(self) -> None:
        """Every trip in effect is spread, but where a person lifted it before anybody could."""
        control = self._facts.control
        for trigger_id, (offset, trip) in self.trips.items():
            lifted = control.resumed_since((int(trip.scope), trip.scope_id), trip.control_position)
            if (self.partition, offset) not in control.spread and not lifted:
                self._findings.report(Kind.TRIP_NOT_SPREAD, f"{trigger_id} of partition {self.partition}, at {offset}")

    def _cancel_rejected(self, rejected: CancelRejected | ListCancelRejected) -> None:
        cancel = rejected.cancel
        if rejected.reason == REASON_UNKNOWN_ORDER:
            key = (cancel.desk_id, cancel.orig_trading_date, cancel.orig_cl_ord_id)
            if key not in self.first_uses:
                self.tombstones.add(key)

    # --- acceptances

    def _accepted(self, counted: Counted, event: OrderAccepted) -> None:
        order = event.order
        order_id = f"{order.desk_id}/{order.trading_date}/{order.cl_ord_id}"
        if event.order_id in self.orders.by_id or event.order_id != order_id:
            self._report(Kind.ACCEPTED_TWICE, counted, event.order_id)
            return
        if (order.desk_id, order.trading_date, order.cl_ord_id) in self.tombstones:
            self._report(Kind.ACCEPTED_AFTER_CANCEL, counted, event.order_id)
        accepted = Accepted(order, order.order_qty, event.mandate, event.evidence, None, order.instructions)
        self._permitted(counted, accepted, order.good_until_ns)
        self._within_limits(counted, accepted)
        if event.mandate.order_qty != order.order_qty or _worse(order, event.mandate.worst_price, order.price):
            self._report(Kind.BEYOND_MANDATE, counted, f"the mandate of {event.order_id} is more than was asked")
        self._within_money(counted, order, event.order_id, Asked(order.order_qty, event.value_px))
        self.orders.by_id[event.order_id] = Order(event.order_id, order, order.order_qty)
        self.money.accepted(event)

    def _replace_accepted(self, counted: Counted, event: ReplaceAccepted) -> None:
        order = self.orders.by_id.get(event.order_id)
        if order is None or not order.is_open or order.pending is not None:
            self._report(Kind.REOPENED, counted, f"a replacement of {event.order_id}")
            return
        terms = Accepted(
            order.terms, event.replace.order_qty, event.mandate, event.evidence, order, event.replace.instructions
        )
        self._permitted(counted, terms, event.replace.good_until_ns)
        self._within_limits(counted, terms)
        asked = Asked(order.reserved(event.replace.order_qty), event.value_px)
        self._within_money(counted, order.terms, event.order_id, asked)
        order.pending = event.replace
        self.money.replacing(event)

    def _permitted(self, counted: Counted, accepted: Accepted, good_until_ns: int) -> None:
        order = accepted.terms
        control, envelope = self._facts.control, counted.envelope
        position = counted.position("oms.control")
        if position > len(control.records):
            return  # said elsewhere: a position beyond the end
        venue_id = order.venue_id if order.algorithm == ALGORITHM_DIRECT else ""
        known, who = self._facts.reference.at(counted.position("oms.reference")), order.provenance
        where = Whereabouts(
            order.desk_id,
            order.account_id,
            order.instrument_id,
            venue_id,
            who.trader,
            who.strategy,
            known.client_of(order.account_id),
            known.counterparties_of(venue_id),
        )
        if (halt := control.halt_at(position, where, position)) >= 0:
            self._report(Kind.ACCEPTED_UNDER_HALT, counted, f"{order.cl_ord_id}, oms.control@{halt}")
        for trigger_id, (at, trip) in self.trips.items():
            if (int(trip.scope), trip.scope_id) in where.scopes() and trip.action == HALT_ACTION_BLOCK_NEW:
                self._report(Kind.ACCEPTED_UNDER_HALT, counted, f"{order.cl_ord_id}, {trigger_id} tripped at {at}")
        self._reduces(counted, accepted, known, control.reduce_only_at(position, where))
        if envelope.wall_time_ns > good_until_ns:
            self._report(
                Kind.ACCEPTED_LATE, counted, f"{order.cl_ord_id}, {envelope.wall_time_ns - good_until_ns} ns late"
            )
        self._audit_is_alive(counted, order)
        heard_ms = control.timestamps_ms[position - 1] if position else None
        age_ns = envelope.wall_time_ns - heard_ms * NS_PER_MS if heard_ms is not None else None
        limit_ns = self._facts.witness.control_limit_ns
        if age_ns is None or not -FUTURE_MS_MAX * NS_PER_MS <= age_ns <= limit_ns:
            self._report(
                Kind.ACCEPTED_IN_SILENCE, counted, f"{order.cl_ord_id}, control is {age_ns} ns old of {limit_ns}"
            )

    def _reduces(self, counted: Counted, accepted: Accepted, known: Known, halt: int) -> None:
        """Under a halt that lets through what reduces it takes nothing through zero, whatever fills, and says what it knew; else it says nothing."""
        order, old, sign = accepted.terms, accepted.replaced, accepted.sign
        if accepted.mandate.reduces_from != (counted.position("oms.control") if halt >= 0 else 0):
            text = f"{order.cl_ord_id} says that it reduces from {accepted.mandate.reduces_from}, oms.control@{halt}"
            self._report(Kind.INCREASED_UNDER_HALT, counted, text)
        if halt < 0:
            return
        added = accepted.order_qty if old is None else old.reserved(accepted.order_qty) - old.reserved()
        worst = self.orders.worst(known, order.account_id, order.instrument_id, sign) + sign * added
        if sign * worst > 0:
            text = f"{order.cl_ord_id} may make the position {worst}, oms.control@{halt}"
            self._report(Kind.INCREASED_UNDER_HALT, counted, text)

    def _audit_is_alive(self, counted: Counted, order: NewOrder) -> None:
        limit_ns, caught_up_ns = self._facts.witness.audit_limit_ns, self._facts.progress.caught_up_ns(counted.moment)
        if caught_up_ns is None or counted.envelope.wall_time_ns - caught_up_ns > limit_ns:
            self._report(
                Kind.ACCEPTED_UNAUDITED, counted, f"{order.cl_ord_id}, the audit had everything at {caught_up_ns}"
            )

    def _within_limits(self, counted: Counted, accepted: Accepted) -> None:
        position = counted.position("oms.reference")
        evidence = accepted.evidence
        read = (position, counted.position("oms.control"))
        if (evidence.reference_position, evidence.control_position) != read:
            self._report(
                Kind.EVIDENCE_MISSING, counted, f"{accepted.terms.cl_ord_id} names other positions than {read}"
            )
        known = self._facts.reference.at(position)
        for missing in missing_evidence(accepted, known):
            self._report(Kind.EVIDENCE_MISSING, counted, f"{accepted.terms.cl_ord_id}: {missing}")
        for broken in exceeded(accepted, known, self.orders, self.partition):
            self._report(Kind.LIMIT_EXCEEDED, counted, f"{accepted.terms.cl_ord_id}: {broken}")

    def _within_money(self, counted: Counted, order: NewOrder, order_id: str, asked: Asked) -> None:
        known = self._facts.reference.at(counted.position("oms.reference"))
        instrument = known.instrument(order.instrument_id)
        if instrument is None:
            return
        reserved = {other.order_id: other.reserved() for other in self.orders.by_id.values()}
        limits = list(known.limits(order.desk_id, order.account_id, instrument))
        for broken in self.money.exceeded(limits, known, reserved, order, order_id, asked):
            self._report(Kind.LIMIT_EXCEEDED, counted, f"{order.cl_ord_id}: {broken}")

    # --- what the router's records do

    def _moved(self, counted: Counted, moved: ExposureMoved) -> None:
        order = self.orders.by_id.get(moved.order_id)
        if order is None:
            self._report(Kind.FILL_UNFOUNDED, counted, f"{moved.exec_id} of {moved.order_id}, which was never accepted")
            return
        before = order.parts.pop(moved.exec_id, 0)
        if order.knows(moved.exec_id) and not before:
            self._report(Kind.FILL_TWICE, counted, f"{moved.exec_id} of {moved.order_id}")
            return
        told = {
            (e.routing.parent_traded.last_qty, e.routing.parent_traded.last_px)
            for e in self._upstream(counted)
            if e.routing.parent_traded.order_id == moved.order_id
            and f"{e.routing.parent_traded.venue_id}/{e.routing.parent_traded.exec_id}" == moved.exec_id
        }
        if told != {(moved.last_qty, moved.last_px)} or moved.signed_qty != order.sign * moved.last_qty:
            self._report(Kind.FILL_UNFOUNDED, counted, f"{moved.exec_id} of {moved.order_id}: the router says {told}")
        order.fills[moved.exec_id] = order.sign * (before + moved.last_qty)
        self._leaves(counted, order, moved)

    def _leaves(self, counted: Counted, order: Order, moved: ExposureMoved | ExposureCorrected) -> None:
        known = self._facts.reference.at(counted.position("oms.reference"))
        held = self.orders.position(known, moved.account_id, moved.instrument_id)
        if (moved.position_qty, moved.reserved_qty) != (held, order.reserved()):
            text = f"{moved.order_id} leaves {(moved.position_qty, moved.reserved_qty)}, all events {(held, order.reserved())}"
            self._report(Kind.EXPOSURE_DIFFERS, counted, text)

    def _repriced(self, counted: Counted, event: ExposureRepriced) -> None:
        """A trade in the place of an inferred fill: quantities stay."""
        order = self.orders.by_id.get(event.order_id)
        text = f"{event.exec_id} for {event.inferred_exec_id} of {event.order_id}"
        if order is None or order.sign * order.fills.get(event.inferred_exec_id, 0) < event.last_qty:
            self._report(Kind.FILL_UNFOUNDED, counted, text)
            return
        if order.knows(event.exec_id) and event.exec_id not in order.parts:
            self._report(Kind.FILL_TWICE, counted, text)
        order.fills[event.inferred_exec_id] -= order.sign * event.last_qty
        if not order.fills[event.inferred_exec_id]:
            del order.fills[event.inferred_exec_id]
            order.gone.add(event.inferred_exec_id)
        order.parts[event.exec_id] = order.parts.get(event.exec_id, 0) + event.last_qty
        order.fills[event.exec_id] = order.sign * order.parts[event.exec_id]

    def _corrected(self, counted: Counted, event: ExposureCorrected) -> None:
        order = self.orders.by_id.get(event.order_id)
        text = f"{event.exec_id} corrects {event.exec_ref_id} of {event.order_id}"
        if order is None:
            self._report(Kind.FILL_UNFOUNDED, counted, f"{text}, which was never accepted")
            return
        if order.knows(event.exec_id):
            self._report(Kind.FILL_TWICE, counted, text)
            return
        told = [e.routing.trade_corrected for e in self._upstream(counted)]
        names = ("order_id", "old_qty", "old_px", "new_qty", "new_px")
        same = any(
            f"{t.venue_id}/{t.exec_id}" == event.exec_id
            and f"{t.venue_id}/{t.exec_ref_id}" == event.exec_ref_id
            and all(getattr(t, name) == getattr(event, name) for name in names)
            for t in told
        )
        stood = order.fills.pop(event.exec_ref_id, 0)
        change = order.sign * (event.new_qty - event.old_qty)
        if not same or stood != order.sign * event.old_qty or event.signed_qty != change:
            self._report(Kind.FILL_UNFOUNDED, counted, f"{text}, which stands as {stood}")
        order.gone.add(event.exec_ref_id)
        if event.new_qty:
            order.fills[event.exec_id] = order.sign * event.new_qty
        else:
            order.gone.add(event.exec_id)
        self._leaves(counted, order, event)

    def _closed(self, counted: Counted, closed: OrderClosed) -> None:
        order = self.orders.by_id.get(closed.order_id)
        if order is None or not order.is_open:
            self._report(Kind.REOPENED, counted, f"{closed.order_id} is closed again")
            return
        if not any(_is_end(e.routing, closed.order_id) for e in self._upstream(counted)):
            self._report(Kind.RELEASED_EARLY, counted, closed.order_id)
        if closed.released_qty != order.reserved():
            text = f"{closed.order_id} releases {closed.released_qty} of {order.reserved()}"
            self._report(Kind.EXPOSURE_DIFFERS, counted, text)
        order.is_open, order.pending = False, None

    def _reduced(self, counted: Counted, reduced: OrderReduced) -> None:
        """What another order of its list executed is taken off its quantity, as the router says."""
        order = self.orders.by_id.get(reduced.order_id)
        told = [e.routing.leg_reduced for e in self._upstream(counted)]
        if order is None or not any((t.order_id, t.order_qty) == (reduced.order_id, reduced.order_qty) for t in told):
            self._report(Kind.RELEASED_EARLY, counted, f"{reduced.order_id} is reduced to {reduced.order_qty}")
            return
        order.order_qty = reduced.order_qty

    def _settled(self, counted: Counted, settled: ReplaceSettled) -> None:
        order = self.orders.by_id.get(settled.order_id)
        applied = [e.routing.replace_applied for e in self._upstream(counted)]
        told = [
            (a.applied, a.order_qty)
            for a in applied
            if (a.order_id, a.cl_ord_id) == (settled.order_id, settled.cl_ord_id)
        ]
        if order is None or order.pending is None or not any(a == settled.applied for a, _ in told):
            self._report(Kind.RELEASED_EARLY, counted, f"replacement {settled.cl_ord_id} of {settled.order_id}")
            return
        if settled.applied:
            order.order_qty = settled.order_qty
        order.pending = None

    def _upstream(self, counted: Counted) -> list[JournalEvent]:
        """Events of the router's record that this one was decided from."""
        envelope = self._facts.source(counted, ROUTING)
        return list(envelope.events) if envelope is not None else []

    def _report(self, kind: Kind, counted: Counted, text: str) -> None:
        self._findings.report(kind, f"{counted.place}: {text}")

    # --- at rest

    def rest(self, excused: set[str]) -> None:
        """`excused`: orders that a venue lost, which may stay unknown for ever."""
        for offset, command in enumerate(self._facts.commands[self.partition]):
            if command is None or offset in self.decided:
                continue
            if self.first_uses.get(key_of(command)) != content_of(command):
                self._findings.report(Kind.NOT_DECIDED, f"{ORDERS}/{self.partition}@{offset} ({key_of(command)[2]})")
        self.listed.rest()
        self.alerts.rest()
        for order in self.orders.by_id.values():
            if order.is_open and order.order_id not in excused:
                kind = Kind.RESERVED_AT_REST if order.reserved() else Kind.NOT_ENDED
                self._findings.report(kind, f"{order.order_id} is open at risk")


def _number(value: Int128) -> int:
    return int(value.hi << 64 | value.lo)


def _worse(order: NewOrder, worst_price: int, price: int) -> bool:
    """Whether a bound allows more than the order's own limit."""
    sign = 1 if order.side == 1 else -1
    return order.HasField("price") and sign * (worst_price - price) > 0


def _is_end(event: RoutingEvent, order_id: str) -> bool:
    traded, changed = event.parent_traded, event.parent_changed
    return (traded.order_id == order_id and traded.ord_status in TERMINAL) or (
        changed.order_id == order_id and changed.ord_status in TERMINAL
    )
