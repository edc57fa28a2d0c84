"""What the gateway knows of a partition: orders, commands' fates, and which control records were applied; positions are in its book.

A fold of `oms.orders`, `oms.risk` and `oms.routing` in the order of `oms.gateway.merge`; a cache, never a source of decisions.

Invariants:
- an order acknowledged to a client is found once the fold has passed its command;
- a command that repeats another's key leaves the first order untouched, whatever it says;
- a dead letter is a command's end only where risk's valid records have passed the command and say nothing of it: who wrote the letter
  may have been fenced, and another owner have decided. The key is then free: the next record under it is a first one;
- memory is bounded: open orders stay, of the ended ones the latest `ENDED_ORDERS_KEPT`, of commands the latest `COMMANDS_KEPT`, of an
  order's fills the latest `FILLS_KEPT`.
Does not know clients, streams, or what instruments look like.
"""

from collections import deque
from dataclasses import dataclass, field

from oms.core.commands import Command, NewOrder, NewOrderList, order_id_of, same_content
from oms.core.enums import ExecType, OrdStatus
from oms.core.list_events import LegChanged
from oms.core.reasons import Reason
from oms.core.risk_events import (
    CancelAccepted,
    CancelRejected,
    ControlApplied,
    Evidence,
    ExposureCorrected,
    ExposureMoved,
    ExposureRepriced,
    ListAccepted,
    ListCancelAccepted,
    ListCancelRejected,
    ListRejected,
    ListStep,
    MassCancelStarted,
    MassCancelStep,
    OrderAccepted,
    OrderClosed,
    OrderReduced,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
    ReplaceSettled,
    RiskEvent,
)
from oms.core.routing_events import ParentChanged, ParentTraded, TradeCorrected, TradeSuperseded
from oms.gateway.day_quantities import DayQuantities
from oms.gateway.letter import Letter, reason_of
from oms.gateway.lists import PLACES, Lists
from oms.gateway.merge import Entry
from oms.gateway.order_fills import corrected, superseded
from oms.gateway.order_state import CommandFate, CommandState, Key, OrderState, Pending
from oms.gateway.profit import Book
from oms.wire import topics
from oms.wire.envelope import Envelope

ENDED_ORDERS_KEPT = 20_000
"""Per partition: several hours of a busy desk. Older ones are in the audit's tables."""

COMMANDS_KEPT = 50_000
"""Per partition: for how long a repeated command is answered with its status from here; a later one is answered by risk."""

LETTERS_KEPT = 10_000
"""Dead letters about commands that risk's records have not passed yet: a position mark passes them within seconds."""


@dataclass(slots=True)
class Blotter:
    """One partition. `judged_below`: risk has read the commands below this offset, and decided all that there was to decide.

    `first_offset`: by key, of the first command that is not dead; `later_offsets`: of those after it.
    """

    partition: int
    orders: dict[str, OrderState] = field(default_factory=dict)
    by_key: dict[Key, str] = field(default_factory=dict)
    ended: deque[str] = field(default_factory=deque)
    fates: dict[int, CommandFate] = field(default_factory=dict)
    first_offset: dict[Key, int] = field(default_factory=dict)
    later_offsets: dict[Key, list[int]] = field(default_factory=dict)
    letters: dict[int, Letter] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    applied_control: dict[str, int] = field(default_factory=dict)
    reference_position: int = 0
    """Risk judges by every version of reference data below it."""
    counts: dict[tuple[str, OrdStatus], int] = field(default_factory=dict)
    undecided: dict[int, str] = field(default_factory=dict)
    lists: Lists = field(default_factory=Lists)
    judged_below: int = 0

    def find(self, key: Key) -> OrderState | None:
        return self.orders.get(self.by_key.get(key, ""))

    def repeated(self, command: Command) -> CommandFate | None:
        """The fate of the first command under the same key, where this one says the same.

        Of a command that is older than what is kept, its order tells as long as that is here.
        """
        fate = self.fates.get(self.first_offset.get(_key(command), -1)) or self._fate_of_order(command)
        return fate if fate is not None and same_content(fate.command, command) else None

    def _fate_of_order(self, command: Command) -> CommandFate | None:
        order = self.find(_key(command))
        if order is None or order.decision_offset < 0:
            return None
        is_rejected = order.ord_status is OrdStatus.REJECTED and not order.fill_count
        return CommandFate(
            order.terms,
            order.orders_offset,
            CommandState.REJECTED if is_rejected else CommandState.ACCEPTED,
            order.order_id,
            order.decision_offset,
            order.reason if is_rejected else None,
            order.text if is_rejected else "",
        )

    def fold(self, entry: Entry) -> None:
        content = entry.content
        if isinstance(content, Envelope):
            if entry.topic == topics.RISK:
                self._risk_record(entry.offset, content)
            else:
                self._routing_record(content)
        elif content is not None:
            self._received(entry.offset, content)

    def _received(self, offset: int, command: Command) -> None:
        key = _key(command)
        order_id = order_id_of(*key) if isinstance(command, NewOrder | NewOrderList) else ""
        self._remember(offset, CommandFate(command, offset, order_id=order_id))
        first = self.fates.get(self.first_offset.get(key, -1))
        if first is None or first.is_dead:
            self.first_offset[key] = offset
            self._clear_dead(order_id)
        else:
            self.later_offsets.setdefault(key, []).append(offset)
        if isinstance(command, NewOrderList) and offset >= self.judged_below:
            self.lists.received(offset, command)
        if isinstance(command, NewOrder) and offset >= self.judged_below and order_id not in self.orders:
            self._open(order_id, command, offset)
            self.undecided[offset] = order_id

    def _remember(self, offset: int, fate: CommandFate) -> None:
        self.fates[offset] = fate
        while len(self.fates) > COMMANDS_KEPT:
            oldest = next(iter(self.fates))
            dropped = self.fates.pop(oldest)
            key = _key(dropped.command)
            if self.first_offset.get(key) == oldest:
                self._pass_on(key, dropped)
            elif oldest in self.later_offsets.get(key, ()):
                self._forget_later(key, oldest)

    def _pass_on(self, key: Key, first: CommandFate) -> None:
        """The first of a key is forgotten or dead: the next one stands for it. A mere repeat of it was decided as it was."""
        later = self.later_offsets.get(key)
        if not later:
            del self.first_offset[key]
            return
        heir = self.fates[later[0]]
        self.first_offset[key] = heir.offset
        self._forget_later(key, heir.offset)
        if not heir.is_decided and not first.is_dead and same_content(first.command, heir.command):
            heir.state, heir.order_id, heir.decision_offset = first.state, first.order_id, first.decision_offset
            heir.reason, heir.text, heir.matched = first.reason, first.text, first.matched

    def _forget_later(self, key: Key, offset: int) -> None:
        later = self.later_offsets[key]
        later.remove(offset)
        if not later:
            del self.later_offsets[key]

    def _open(self, order_id: str, terms: NewOrder, offset: int) -> OrderState:
        first, key = terms.cl_ord_id, _key(terms)
        known, index = self.lists.of(terms), 0
        if known is not None:
            offset, index = known.orders_offset, known.index_of(first)
        order = OrderState(order_id, terms, offset, first, [first], terms.order_qty, terms.price, [key])
        order.place = offset * PLACES + index
        if known is not None:
            known.orders[first] = order
        order.leaves_qty, order.updated_ns, order.instructions = terms.order_qty, terms.entered_ns, terms.instructions
        self.orders[order_id] = order
        self.by_key[key] = order_id
        self._count(order, +1)
        return order

    def _drop(self, order_id: str) -> None:
        for key in self.orders.pop(order_id).keys:
            self.by_key.pop(key, None)

    def _count(self, order: OrderState, change: int) -> None:
        key = (order.terms.desk_id, order.ord_status)
        self.counts[key] = self.counts.get(key, 0) + change

    def _set_status(self, order: OrderState, status: OrdStatus) -> None:
        if status is order.ord_status:
            return
        self._count(order, -1)
        was_open = not order.ord_status.is_terminal
        order.ord_status = status
        self._count(order, +1)
        if not was_open and not status.is_terminal:
            self.ended.remove(order.order_id)  # a bust of a filled order; the same record ends it again
        if was_open and status.is_terminal:
            order.pending = None
            self.ended.append(order.order_id)
            while len(self.ended) > ENDED_ORDERS_KEPT:
                self._drop(self.ended.popleft())

    # --- risk -------------------------------------------------------------------------------------------------------------

    def _risk_record(self, offset: int, envelope: Envelope) -> None:
        source = envelope.source.offset if envelope.source.topic == topics.ORDERS else -1
        for event in envelope.events:
            self._risk_event(source, offset, envelope.event_time_ns, event)  # type: ignore[arg-type]
        for position in envelope.positions:
            if position.topic == topics.ORDERS and position.partition == self.partition:
                self._judged(position.next_offset)
            elif position.topic == topics.REFERENCE:
                self.reference_position = max(self.reference_position, position.next_offset)

    def _judged(self, below: int) -> None:
        self.judged_below = max(self.judged_below, below)
        for offset in [offset for offset in self.letters if offset < below]:
            self._bury(offset, self.letters.pop(offset))
        while self.undecided and (first := next(iter(self.undecided))) < below:
            # a repeat of a command so old that its order is no longer kept: risk knew it and said nothing, so there is no new order
            order_id = self.undecided.pop(first)
            self._count(self.orders[order_id], -1)
            self._drop(order_id)
        self.lists.judged_below(below)

    # --- dead letters -----------------------------------------------------------------------------------------------------

    def lettered(self, offset: int, letter: Letter) -> None:
        """There is a dead letter about the command at `offset`. It is its end once risk has passed it without a word."""
        if offset < self.judged_below:
            self._bury(offset, letter)
            return
        self.letters.setdefault(offset, letter)
        while len(self.letters) > LETTERS_KEPT:
            del self.letters[next(iter(self.letters))]

    def _bury(self, offset: int, letter: Letter) -> None:
        fate = self.fates.get(offset)
        if fate is None or fate.is_decided:
            return
        key = _key(fate.command)
        first = self.fates.get(self.first_offset.get(key, -1))
        if first is not None and first.offset < offset and same_content(first.command, fate.command):
            return  # risk knows the first, and has nothing to say of its repeat
        fate.state, fate.reason, fate.dead_letter = CommandState.REJECTED, reason_of(letter), letter.offset
        fate.text = f"dead letter {letter.offset}: {letter.reason}"
        if self.first_offset.get(key) == offset and key in self.later_offsets:
            self._pass_on(key, fate)
        self.lists.dead(offset, fate.reason, fate.text)
        if isinstance(fate.command, NewOrder):
            self._reject_dead(fate, fate.command)

    def _reject_dead(self, fate: CommandFate, terms: NewOrder) -> None:
        """Acknowledged, and so it is found; as long as nothing else under its key was decided."""
        self.undecided.pop(fate.offset, None)
        order = self.orders.get(fate.order_id) or self._open(fate.order_id, terms, fate.offset)
        if order.orders_offset != fate.offset or order.decision_offset >= 0:
            return
        order.reason, order.text, order.leaves_qty = fate.reason, fate.text, 0
        self._set_status(order, OrdStatus.REJECTED)

    def _clear_dead(self, order_id: str) -> None:
        """Make room for a new order under the id of one that ended as a dead letter."""
        order = self.orders.get(order_id)
        if order is None or order.ord_status is not OrdStatus.REJECTED or order.decision_offset >= 0:
            return
        self.ended.remove(order_id)
        self._count(order, -1)
        self._drop(order_id)

    def _risk_event(self, source: int, offset: int, now_ns: int, event: RiskEvent) -> None:
        self.book.fold(event)
        match event:
            case OrderAccepted():
                self._accepted(source, offset, now_ns, event)
            case OrderRejected():
                self._rejected(source, offset, now_ns, event)
            case CancelAccepted(cancel=cancel):
                self._decide(source, cancel, offset, event.order_id, None, "")
                self._pend(event.order_id, Pending(cancel.cl_ord_id, ExecType.PENDING_CANCEL, 0, None))
            case CancelRejected(cancel=cancel):
                self._decide(source, cancel, offset, event.order_id, event.reason, event.text)
            case ReplaceAccepted(replace=replace):
                self._decide(source, replace, offset, event.order_id, None, "")
                pending = Pending(
                    replace.cl_ord_id, ExecType.PENDING_REPLACE, replace.order_qty, replace.price, replace.instructions
                )
                self._pend(event.order_id, pending, _key(replace))
            case ReplaceRejected(replace=replace):
                self._decide(source, replace, offset, event.order_id, event.reason, event.text)
            case MassCancelStarted(mass_cancel=mass_cancel):
                if mass_cancel is not None:
                    self._decide(source, mass_cancel, offset, "", None, "").matched = event.matched
            case ReplaceSettled():
                self._settle(event.order_id, event.cl_ord_id)
            case ControlApplied(control_offset=control_offset):
                self._applied(topics.RISK, control_offset)
            case (
                ListAccepted()
                | ListRejected()
                | ListStep()
                | ListCancelAccepted()
                | ListCancelRejected()
                | OrderReduced()
            ):
                self._list_event(source, offset, event)
            case MassCancelStep() | OrderClosed() | ExposureMoved() | ExposureRepriced() | ExposureCorrected():
                pass

    def _list_event(self, source: int, offset: int, event: RiskEvent) -> None:
        if isinstance(event, ListAccepted):
            self._decide(source, event.order_list, offset, event.list_id, None, "")
            self.lists.accepted(source, offset, event.order_list)
        elif isinstance(event, ListRejected):
            self._decide(source, event.order_list, offset, event.list_id, event.reason, event.text)
            asked, at_fault = event.order_list, event.order_cl_ord_id
            self.lists.rejected(source, offset, asked, at_fault, event.reason, event.text)
        elif isinstance(event, ListCancelAccepted):
            self._decide(source, event.cancel, offset, event.list_id, None, "").matched = event.matched
            if (state := self.lists.states.get(event.list_id)) is not None:
                state.cancelling = True
        elif isinstance(event, ListCancelRejected):
            self._decide(source, event.cancel, offset, event.list_id, event.reason, event.text)

    def _decide(
        self, source: int, command: Command, offset: int, order_id: str, reason: Reason | None, text: str
    ) -> CommandFate:
        fate = self.fates.get(source)
        if fate is None:  # the command itself was trimmed away
            fate = CommandFate(command, source)
        fate.state = CommandState.ACCEPTED if reason is None else CommandState.REJECTED
        fate.order_id, fate.decision_offset, fate.reason, fate.text = order_id, offset, reason, text
        return fate

    def _accepted(self, source: int, offset: int, now_ns: int, event: OrderAccepted) -> None:
        if not event.order.list_id:  # a list's order has no command of its own
            self._decide(source, event.order, offset, event.order_id, None, "")
            self.undecided.pop(source, None)
        self._clear_dead(event.order_id)
        order = self.orders.get(event.order_id) or self._open(event.order_id, event.order, source)
        order.decision_offset, order.updated_ns = offset, now_ns

    def _rejected(self, source: int, offset: int, now_ns: int, event: OrderRejected) -> None:
        own_id = order_id_of(*_key(event.order))
        repeats = event.reason is Reason.DUPLICATE_CL_ORD_ID and event.order_id == own_id
        if not event.order.list_id:
            self._decide(source, event.order, offset, event.order_id, event.reason, event.text)
            self.undecided.pop(source, None)
        elif repeats and (known := self.lists.of(event.order)) is not None:
            known.refused[event.order.cl_ord_id] = event.reason, event.text
        if repeats:
            return
        self._clear_dead(own_id)
        order = self.orders.get(own_id) or self._open(own_id, event.order, source)
        order.decision_offset, order.updated_ns = offset, now_ns
        order.reason, order.text, order.leaves_qty = event.reason, event.text, 0
        order.limit_version = _limit_version(event.evidence)
        if event.evidence.checks:
            order.refused_check = event.evidence.checks[-1]
            order.refused_threshold = event.evidence.thresholds[-1]
            order.refused_value = event.evidence.after[-1]
        self._set_status(order, OrdStatus.REJECTED)

    def _pend(self, order_id: str, pending: Pending, key: Key | None = None) -> None:
        """A request was accepted. A replacement's `key` names the order from now on, whatever becomes of it."""
        order = self.orders.get(order_id)
        if order is None:
            return
        order.pending = pending
        if key is not None:
            order.keys.append(key)
            self.by_key[key] = order_id

    def _settle(self, order_id: str, cl_ord_id: str) -> None:
        order = self.orders.get(order_id)
        if order is not None and order.pending is not None and order.pending.cl_ord_id == cl_ord_id:
            order.pending = None

    def _applied(self, topic: str, control_offset: int) -> None:
        self.applied_control[topic] = max(self.applied_control.get(topic, -1), control_offset)

    # --- the router -------------------------------------------------------------------------------------------------------

    def _routing_record(self, envelope: Envelope) -> None:
        for event in envelope.events:
            if isinstance(event, ParentTraded):
                self._traded(event, envelope.event_time_ns)
            elif isinstance(event, TradeSuperseded):
                self._superseded(event, envelope.event_time_ns)
            elif isinstance(event, TradeCorrected):
                self._corrected(event, envelope.event_time_ns)
            elif isinstance(event, ParentChanged):
                self._changed(event, envelope.event_time_ns)
            elif isinstance(event, LegChanged):
                if (order := self.orders.get(event.order_id)) is not None:
                    order.leg_state, order.released_qty = event.leg_state, event.released_qty
            elif isinstance(event, ControlApplied):
                self._applied(topics.ROUTING, event.control_offset)

    def _traded(self, event: ParentTraded, now_ns: int) -> None:
        order = self.orders.get(event.order_id)
        if order is not None:
            order.fills.append(event)
            order.fill_count += 1
            order.venues[event.venue_id] = None
            _take_figures(order, event, now_ns)
            self._set_status(order, event.ord_status)

    def _superseded(self, event: TradeSuperseded, now_ns: int) -> None:
        order = self.orders.get(event.order_id)
        if order is not None:
            order.notional, order.day, order.updated_ns = event.notional, DayQuantities.of(event), now_ns
            order.fill_count += superseded(order.fills, event)

    def _corrected(self, event: TradeCorrected, now_ns: int) -> None:
        order = self.orders.get(event.order_id)
        if order is not None:
            _take_figures(order, event, now_ns)
            order.fill_count += corrected(order.fills, event)
            self._set_status(order, event.ord_status)

    def _changed(self, event: ParentChanged, now_ns: int) -> None:
        order = self.orders.get(event.order_id)
        if order is None:
            return
        order.order_qty, order.price = event.order_qty, event.price
        _take_figures(order, event, now_ns)
        if event.exec_type is ExecType.REPLACED and event.cl_ord_id not in order.cl_ord_ids:
            order.cl_ord_id = event.cl_ord_id
            order.cl_ord_ids.append(event.cl_ord_id)
            if order.pending is not None and order.pending.cl_ord_id == event.cl_ord_id:
                order.instructions = order.pending.instructions
        if event.cancel_rejected or event.exec_type is ExecType.REPLACED:
            self._settle(event.order_id, event.cl_ord_id)
        if not event.cancel_rejected and event.reason is not None:
            order.reason, order.text = event.reason, event.text
        self._set_status(order, event.ord_status)


def _take_figures(order: OrderState, event: ParentTraded | TradeCorrected | ParentChanged, now_ns: int) -> None:
    order.cum_qty, order.leaves_qty, order.notional = event.cum_qty, event.leaves_qty, event.notional
    order.day, order.updated_ns = DayQuantities.of(event), now_ns


def _key(command: Command) -> Key:
    return command.desk_id, command.trading_date, command.cl_ord_id


def _limit_version(evidence: Evidence) -> int:
    """The last check evaluated is the one that failed."""
    return evidence.limit_versions[-1] if evidence.limit_versions else -1
