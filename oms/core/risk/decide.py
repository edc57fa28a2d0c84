"""Risk's decisions: which input leads to which events. Pure; the state is as it was afterwards.

    command            accepted or refused (`oms.core.risk.commands`)
    router's record    fills booked, replacements settled, closed orders released
    control record     acknowledged; with a cancel in it, the mass cancel starts in the same record; a resume of a strategy lets it
                       execute again
    grantor's record   credit is taken, a recall noted, what is unused of it released (`oms.core.risk.spanning`)
    timer              what is held is marked at the market (`oms.core.risk.marking`); alerts are raised and cleared (`oms.core.risk.watching`);
                       the next orders of a liquidation (`oms.core.risk.liquidating`); triggers of halts are looked at
                       (`oms.core.risk.trigger_watch`), and what was flagged trips before the next command or order of a program is judged;
                       credit is asked for, or released
    step               the next orders of a mass cancel, or of a program (`oms.core.risk.lists`)
    reference record   acknowledged where it binds or allows trading and came into force; it has been folded, and is looked up when needed

Invariants: fills are booked once per execution id of an order, however often and late they are told, and so are a venue's corrections of
them, beyond limits too, of orders that are forgotten as well (`oms.core.risk.forgotten`); an order is closed once, only on the router's word that it is terminal, and what a bust takes back of a closed
order reserves nothing: nothing works for it any more; a mass cancel names every order that was open when it started, once.

It does not know venues' messages, nor what the router does with a cancel. The steps of a cancel over a venue name the orders sent DIRECT
to it, and every smart order: which of those have children there, only the router knows (see `oms.core.order_filter`).
"""

from dataclasses import dataclass, field, replace

from oms.core.client_links import LinkClosed, LinkFrame, LinkOpened, OwnershipBegan
from oms.core.commands import CancelOrderList, Command, NewOrderList
from oms.core.control import (
    AlertAcknowledged,
    BreakResolution,
    CancelScope,
    ClockAnchor,
    ControlHeartbeat,
    Halt,
    Liquidate,
    Resume,
    cancels,
    is_late,
)
from oms.core.enums import HaltScope, OrdStatus, TimerKind
from oms.core.halt_trigger_words import ChildRefused, VenueSessionChanged
from oms.core.list_events import LegReduced
from oms.core.market import MarketView
from oms.core.money import INT64_MAX
from oms.core.reasons import Reason
from oms.core.reconciliation.fills import superseding_id
from oms.core.reference import changed_key
from oms.core.risk import liquidating, spanning
from oms.core.risk.commands import decide_command
from oms.core.risk.exposure import position_of, reservation, settle
from oms.core.risk.forgotten import alerts_of, alerts_settled, as_told, desk_here, order_of, recall, remember
from oms.core.risk.limits import position_beyond
from oms.core.risk.lists import decide_list, step_program
from oms.core.risk.marking import marked
from oms.core.risk.scopes import orders_in
from oms.core.risk.state import RiskOrder, RiskState
from oms.core.risk.trigger_watch import TRIGGERS, looked, rearmed, tripped, with_trips
from oms.core.risk.trips import is_news, ratio_covers
from oms.core.risk.watching import WATCHING, watched
from oms.core.risk_events import (
    ControlApplied,
    ExposureCorrected,
    ExposureMoved,
    ExposureRepriced,
    MassCancelStarted,
    MassCancelStep,
    OrderClosed,
    OrderRecalled,
    OrderReduced,
    ReferenceApplied,
    RepeatsForgiven,
    ReplaceSettled,
    RiskEvent,
    TradeUnbooked,
    UnbookedSettled,
)
from oms.core.risk_reference import ACKNOWLEDGED_KINDS
from oms.core.routing_events import (
    ChildClosed,
    ForgottenTraded,
    ParentChanged,
    ParentTraded,
    ReplaceApplied,
    RoutingEvent,
    TradeCorrected,
    TradeSuperseded,
)
from oms.core.stage import (
    CommandInput,
    Conditions,
    ControlInput,
    CreditInput,
    ExecutionInput,
    Input,
    ReferenceInput,
    RiskInput,
    RoutingInput,
    StepInput,
    TimerInput,
)
from oms.core.venue_messages import Disconnected, VenueMessage

MASS_CANCEL_STEP_ORDERS_MAX = 200
"""Orders in one step: a record of some 10 kB, and some milliseconds of work at the router before other inputs have their turn."""


def decide(state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView) -> tuple[RiskEvent, ...]:
    match stage_input:
        case CommandInput():
            if stage_input.command is None:
                return ()  # the bytes are in the dead letters; there is nobody to answer
            return _commanded(state, stage_input.command, conditions, market)
        case RoutingInput():
            return _routed(state, stage_input.events, conditions)
        case ControlInput():
            return _controlled(state, stage_input, conditions, market)
        case StepInput():
            if stage_input.started_offset in state.programs:
                first = tripped(state, conditions, market)
                return *first, *step_program(with_trips(state, first), stage_input, conditions, market)
            return (_stepped(state, stage_input),)
        case ReferenceInput():
            return _referred(state, stage_input)
        case CreditInput():
            return spanning.read(state, stage_input.events, conditions.tape_ns, conditions.wall_ns)
        case TimerInput(kind=TimerKind.CREDIT):
            return spanning.due_events(state, stage_input.owner, conditions.tape_ns, conditions.wall_ns)
        case TimerInput(owner=owner) if owner == WATCHING:
            return watched(state, conditions.tape_ns, conditions.wall_ns)
        case TimerInput(owner=owner) if owner == TRIGGERS:
            return looked(state, stage_input.number, conditions, market)
        case TimerInput():
            if stage_input.owner.startswith(liquidating.TIMER):
                return liquidating.step(state, stage_input, conditions, market)
            return marked(state, conditions.tape_ns, market)
        case (
            RiskInput()
            | ExecutionInput()
            | VenueMessage()
            | Disconnected()
            | LinkOpened()
            | LinkFrame()
            | LinkClosed()
            | OwnershipBegan()
        ):
            raise AssertionError(f"risk does not read {type(stage_input).__name__}")


def _commanded(state: RiskState, command: Command, conditions: Conditions, market: MarketView) -> tuple[RiskEvent, ...]:
    """What an earlier record has brought beyond a threshold trips before the command is judged."""
    first = tripped(state, conditions, market)
    judging = with_trips(state, first)
    if isinstance(command, NewOrderList | CancelOrderList):
        return *first, *decide_list(judging, command, conditions, market)
    return *first, *decide_command(judging, command, conditions, market)


def _controlled(
    state: RiskState, control: ControlInput, conditions: Conditions, market: MarketView
) -> tuple[RiskEvent, ...]:
    record = control.record
    match record:
        case ClockAnchor() | ControlHeartbeat() | AlertAcknowledged():
            return ()
        case BreakResolution():
            return (ControlApplied(control.offset),)
        case Resume():
            return _resumed(state, record, control.offset, conditions, market)
        case Halt() | CancelScope() | Liquidate():
            begun = liquidating.started(state, control.offset, record) if isinstance(record, Liquidate) else ()
            done = ControlApplied(control.offset)
            wanted = cancels(record)
            if wanted is None or (isinstance(record, Halt) and is_late(state.control, record)):
                return (done,)
            matched = len(orders_in(state, wanted))
            started = MassCancelStarted(None, control.offset, record.scope, record.scope_id, matched, wanted)
            return done, started, *begun


def _resumed(
    state: RiskState, record: Resume, offset: int, conditions: Conditions, market: MarketView
) -> tuple[RiskEvent, ...]:
    """What waited for a person goes on; trips and liquidations of exactly its scope are over."""
    firm, name = record.scope is HaltScope.FIRM, record.scope_id
    events: list[RiskEvent] = [ControlApplied(offset)]
    if state.repeats and (firm or (record.scope is HaltScope.STRATEGY and name in state.repeats)):
        events.append(RepeatsForgiven(name, offset))
    if state.unbooked and (firm or (record.scope is HaltScope.DESK and name in state.unbooked)):
        events += [UnbookedSettled(name, offset), *alerts_settled(state, name, conditions.tape_ns)]
    events += rearmed(state, record, offset, conditions, market)
    return (*events, *liquidating.lifted(state, record.scope, name))


def _referred(state: RiskState, changed: ReferenceInput) -> tuple[RiskEvent, ...]:
    """What did not come into force has not the version of its record."""
    kind, entity_id = changed_key(state.reference, changed.change)
    if kind not in ACKNOWLEDGED_KINDS or state.reference.version(kind, entity_id) != changed.offset:
        return ()
    return (ReferenceApplied(kind, entity_id, changed.offset),)


def _stepped(state: RiskState, step: StepInput) -> MassCancelStep:
    work = state.mass_cancels[step.started_offset]
    assert step.step == work.steps_done + 1, f"step {step.step} of {step.started_offset} after {work.steps_done}"
    chunk = work.order_ids[:MASS_CANCEL_STEP_ORDERS_MAX]
    still_open = tuple(order_id for order_id in chunk if order_id in state.open_orders)
    return MassCancelStep(
        step.started_offset, still_open, len(work.order_ids) - len(chunk), work.venue_id, work.venue_ids
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What the router told of a trade: its ids at the venue, and its (quantity, price) as it was (0: a new one) and as it is."""

    trade: ParentTraded | TradeSuperseded | TradeCorrected
    exec_id: str
    exec_ref_id: str
    old: tuple[int, int]
    new: tuple[int, int]


@dataclass(slots=True)
class _Record:
    """One record of the router as it is worked through: later events of it see what earlier ones did, the state does not."""

    state: RiskState
    orders: dict[str, RiskOrder] = field(default_factory=dict)
    booked: set[tuple[str, str]] = field(default_factory=set)
    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    events: list[RiskEvent] = field(default_factory=list)
    recalled: dict[str, dict[str, int]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    """Orders recalled of each desk, as the events of this record leave them, and those that they make be forgotten again."""

    def order(self, order_id: str) -> RiskOrder | None:
        """A working copy. The execution ids are shared, and only read."""
        if order_id in self.dropped:
            return None
        if order_id not in self.orders:
            known = self.state.order(order_id)
            if known is None:
                return None
            self.orders[order_id] = replace(known)
        return self.orders[order_id]

    def _move(self, told: _Told) -> RiskOrder | None:
        """The order whose trade it is, with its quantity and position moved; None where it is booked already, or cannot be booked."""
        trade, change = told.trade, told.new[0] - told.old[0]
        order, recalled = self.order(trade.order_id), None
        if order is None:
            if trade.whose is None:
                self._unbooked(told, "of an order that is not known; the record does not say whose")
                return None
            text = f"{told.exec_id} came when the order was forgotten"
            recalled = recall(self.state, trade.order_id, trade.whose, trade.venue_id, text)
            order = order_of(recalled)
        if told.exec_id in order.exec_ids or (trade.order_id, told.exec_id) in self.booked:
            return None
        held = (order.terms.account_id, order.terms.instrument_id)
        moved, cum_qty = self.moved.get(held, 0) + order.terms.side.sign * change, order.cum_qty + change
        held_qty, left = position_of(self.state, *held) + moved, order.terms.order_qty - cum_qty
        figures = (told.old[0], told.new[0], change, held_qty, cum_qty, left)
        if max(map(abs, figures)) > INT64_MAX:
            self._unbooked(told, "with figures of more than 64 bits")
            return None
        self.booked.add((trade.order_id, told.exec_id))
        self.moved[held], order.cum_qty = moved, cum_qty
        if recalled is not None:
            self._recall(trade.order_id, order, recalled)
            beyond = position_beyond(self.state, order.terms.desk_id, *held, self.moved)
            self.events.append(replace(recalled, text=f"{recalled.text}; {beyond}") if beyond else recalled)
        return order

    def _recall(self, order_id: str, order: RiskOrder, event: OrderRecalled) -> None:
        """It is known from here on, as it is once the event is folded; and so is not what is forgotten for it."""
        if event.desk_id not in self.recalled:
            self.recalled[event.desk_id] = dict(self.state.recalled.get(event.desk_id, {}))
        self.dropped.discard(order_id)
        self.orders[order_id] = order
        if gone := remember(self.recalled[event.desk_id], event):
            self.dropped.add(gone)
            self.orders.pop(gone, None)

    def _unbooked(self, told: _Told, text: str) -> None:
        trade, desk_id = told.trade, desk_here(self.state, told.trade.order_id)
        self.events.append(
            TradeUnbooked(
                trade.order_id, desk_id, told.exec_id, told.exec_ref_id, *told.old, *told.new, f"a trade {text}"
            )
        )

    def traded(self, fill: ParentTraded) -> None:
        exec_id = f"{fill.venue_id}/{fill.exec_id}"  # ExecIDs are unique at a venue, not over venues
        told = _Told(fill, exec_id, "", (0, 0), (fill.last_qty, fill.last_px))
        order = self._move(told)
        if order is None:
            return
        terms, signed = order.terms, order.terms.side.sign * fill.last_qty
        held = (terms.account_id, terms.instrument_id)
        moved = ExposureMoved(
            order_id=fill.order_id,
            account_id=terms.account_id,
            instrument_id=terms.instrument_id,
            exec_id=exec_id,
            last_qty=fill.last_qty,
            last_px=fill.last_px,
            signed_qty=signed,
            position_qty=position_of(self.state, *held) + self.moved[held],
            reserved_qty=reservation(order),
            liquidity=fill.liquidity,
            inferred=fill.inferred,
        )
        self.events.append(moved)

    def superseded(self, trade: TradeSuperseded) -> None:
        """Position and reservation are what they were; what it cost is corrected, once."""
        exec_id, inferred = f"{trade.venue_id}/{trade.exec_id}", f"{trade.venue_id}/{trade.inferred_exec_id}"
        old, new = (trade.last_qty, trade.inferred_px), (trade.last_qty, trade.last_px)
        order = self._move(_Told(trade, superseding_id(exec_id, inferred), inferred, old, new))
        if order is None:
            return
        terms = order.terms
        self.events.append(
            ExposureRepriced(
                trade.order_id,
                terms.account_id,
                terms.instrument_id,
                exec_id,
                inferred,
                trade.last_qty,
                trade.last_px,
                trade.inferred_px,
                terms.side.sign * trade.last_qty,
                trade.liquidity,
            )
        )

    def corrected(self, trade: TradeCorrected) -> None:
        exec_id, exec_ref_id = f"{trade.venue_id}/{trade.exec_id}", f"{trade.venue_id}/{trade.exec_ref_id}"
        old, new = (trade.old_qty, trade.old_px), (trade.new_qty, trade.new_px)
        order = self._move(_Told(trade, exec_id, exec_ref_id, old, new))
        if order is None:
            return
        terms, change = order.terms, trade.new_qty - trade.old_qty
        held, signed = (terms.account_id, terms.instrument_id), terms.side.sign * change
        self.events.append(
            ExposureCorrected(
                order_id=trade.order_id,
                account_id=terms.account_id,
                instrument_id=terms.instrument_id,
                exec_id=exec_id,
                exec_ref_id=exec_ref_id,
                old_qty=trade.old_qty,
                old_px=trade.old_px,
                new_qty=trade.new_qty,
                new_px=trade.new_px,
                signed_qty=signed,
                position_qty=position_of(self.state, *held) + self.moved[held],
                reserved_qty=reservation(order),
                liquidity=trade.liquidity,
                text=position_beyond(self.state, terms.desk_id, *held, self.moved),
                side=terms.side,
            )
        )

    def child_closed(self, closed: ChildClosed, wall_ns: int) -> None:
        """What a venue refuses is counted where a trigger asks; what we refused ourselves before it got there is not."""
        if closed.ord_status is not OrdStatus.REJECTED or closed.reason is not Reason.VENUE_REJECTED:
            return
        order = self.state.order(closed.order_id)
        if order is not None and ratio_covers(self.state, order.terms):
            self.events.append(ChildRefused(closed.order_id, closed.child_id, closed.reason, wall_ns))

    def forgotten(self, trade: ForgottenTraded) -> None:
        """The router does not know the order any more; perhaps it is still known here."""
        told = as_told(trade)
        match told:
            case ParentTraded():
                self.traded(told)
            case TradeSuperseded():
                self.superseded(told)
            case TradeCorrected():
                self.corrected(told)

    def close(self, order_id: str) -> None:
        order = self.order(order_id)
        if order is not None and order.is_open:
            dates = self.state.dates[order.terms.desk_id]
            self.events.append(OrderClosed(order_id, reservation(order), dates[-1]))
            order.is_open = False

    def reduced(self, leg: LegReduced) -> None:
        order = self.order(leg.order_id)
        if order is not None and order.is_open:
            order.terms = replace(order.terms, order_qty=leg.order_qty)
            self.events.append(OrderReduced(leg.order_id, leg.order_qty))

    def settled(self, applied: ReplaceApplied) -> None:
        order = self.order(applied.order_id)
        if order is None or not order.is_open or order.pending is None:
            return
        if order.pending.cl_ord_id != applied.cl_ord_id:
            return
        settle(order, applied.applied, applied.order_qty)
        qty = order.terms.order_qty
        self.events.append(ReplaceSettled(applied.order_id, applied.cl_ord_id, applied.applied, qty))


def _routed(state: RiskState, events: tuple[RoutingEvent, ...], conditions: Conditions) -> tuple[RiskEvent, ...]:
    record = _Record(state)
    for event in events:
        # Nothing else of the router moves exposure: decisions and children work within what the parent has reserved.
        if isinstance(event, ParentTraded):
            record.traded(event)
            if event.ord_status.is_terminal:
                record.close(event.order_id)
        elif isinstance(event, TradeSuperseded):
            record.superseded(event)
        elif isinstance(event, TradeCorrected):
            record.corrected(event)
        elif isinstance(event, ParentChanged):
            if event.ord_status.is_terminal:
                record.close(event.order_id)
        elif isinstance(event, ReplaceApplied):
            record.settled(event)
        elif isinstance(event, LegReduced):
            record.reduced(event)
        elif isinstance(event, ChildClosed):
            record.child_closed(event, conditions.wall_ns)
        elif isinstance(event, VenueSessionChanged) and is_news(state, event):
            record.events.append(event)
        elif isinstance(event, ForgottenTraded):
            record.forgotten(event)
    return (*record.events, *alerts_of(state, record.events, conditions.tape_ns))
