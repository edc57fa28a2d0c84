"""A router driven by hand: real rules, a real market view, a real control fold; venues answer as the test says.

`RouterWorld` turns short calls ("quote", "order", "fill") into the inputs the router gets in production, applies what it decides, and
after every input checks what must always hold: the decision changed nothing by itself, no parent is beyond its mandate, a terminal
parent has nothing open, nothing was created under a halt. It does not know Kafka, clocks or execution.
"""

from dataclasses import replace
from typing import Any

from oms.core.canonical import state_hash
from oms.core.commands import CancelOrder, NewOrder, Provenance, ReplaceOrder, TwapParameters, order_id_of
from oms.core.control import ControlRecord, Halt, Resume, fold_control
from oms.core.enums import (
    Algorithm,
    ExecType,
    HaltScope,
    IntentKind,
    Liquidity,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    VenueFeature,
)
from oms.core.execution_events import ChildReport, ChildRequestRejected, ChildUnsent, ExecutionEvent
from oms.core.halts import Place, stopped_by
from oms.core.instructions import PLAIN, Instructions
from oms.core.market import MarketRecord, MarketView, Quote, Trade
from oms.core.reasons import Reason
from oms.core.reference import Calendar, Instrument, ReferenceChange, Venue, fold_reference
from oms.core.risk_events import (
    CancelAccepted,
    Evidence,
    Mandate,
    MassCancelStep,
    OrderAccepted,
    ReplaceAccepted,
    RiskEvent,
)
from oms.core.routing import RouterRules, RouterState
from oms.core.routing.state import QUEUE_SPARE, Child, Parent, open_leaves
from oms.core.routing_events import ChildNew, ChildReplace, RoutingEvent
from oms.core.stage import Conditions, ControlInput, ExecutionInput, Input, ReferenceInput, RiskInput, StepInput

DESK, ACCOUNT, INSTRUMENT, DATE = "alpha", "alpha-1", "IBM", 20250106
WHO = Provenance("test", "test", "test", "test", "test")
NO_EVIDENCE = Evidence(0, 0, 0, 0, None, None, (), (), (), (), ())
SECOND_NS = 1_000_000_000
NEVER = 2**63
DUE_AT_ONCE_MAX = 1_000
"""Inputs due at one moment of a test: what is due again and again never ends."""


class RouterWorld:
    """Venues A, B and C list IBM (price scale 2) and charge nothing, unless `fees_ppm` says otherwise. Times: tape = wall."""

    def __init__(
        self,
        venues: tuple[str, ...] = ("A", "B", "C"),
        lot: int = 1,
        fees_ppm: dict[str, int] | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self.rules = RouterRules()
        self.state: RouterState = self.rules.initial(0)
        self.market = MarketView()
        self.now_ns = SECOND_NS
        self.events: list[RoutingEvent] = []
        self._offsets = {"risk": 0, "control": 0, "market": 0, "execution": 0, "routing": 0, "reference": 0}
        self._execs = 0
        reference = self.state.reference
        calendar_id = calendar.calendar_id if calendar is not None else "always"
        reference.instruments[INSTRUMENT] = Instrument(INSTRUMENT, "IBM", "USD", 2, 0, 1, lot, calendar_id, True)
        if calendar is not None:
            reference.calendars[calendar_id] = calendar
        for number, venue_id in enumerate(venues, 1):
            fee = (fees_ppm or {}).get(venue_id, 0)
            reference.venues[venue_id] = Venue(
                venue_id, number, venue_id, fee, 0, 0, (INSTRUMENT,), (), 30, enabled=True
            )

    # The world
    def quote(self, venue_id: str, bid: int, bid_qty: int, ask: int, ask_qty: int) -> tuple[RoutingEvent, ...]:
        q = Quote(self.now_ns, bid, bid_qty, ask, ask_qty)
        self.market.apply(1, self._next("market"), MarketRecord(venue_id, INSTRUMENT, 0, (q,), ()))
        return self.met()

    def trade(self, venue_id: str, *prints: tuple[int, int], suspicious: bool = False) -> tuple[RoutingEvent, ...]:
        """One record with these prints (price, quantity)."""
        offset = self._next("market")
        trades = tuple(Trade(self.now_ns, px, qty, f"T{offset}.{n}", suspicious) for n, (px, qty) in enumerate(prints))
        self.market.apply(1, offset, MarketRecord(venue_id, INSTRUMENT, 0, (), trades))
        return self.met()

    def met(self) -> tuple[RoutingEvent, ...]:
        """Whatever is due now, one after another, as the loop asks for it."""
        fired: list[RoutingEvent] = []
        for _ in range(DUE_AT_ONCE_MAX):
            due = self.rules.due(self.state, self.now_ns, self.now_ns, self.market)
            if due is None:
                return tuple(fired)
            fired += self.step(due)
        raise AssertionError(f"{due} is due again and again")

    def offer(self, venue_id: str, *features: VenueFeature) -> None:
        """What the venue works natively."""
        venues = self.state.reference.venues
        venues[venue_id] = replace(venues[venue_id], features=features)

    def disable(self, venue_id: str) -> None:
        venues = self.state.reference.venues
        venues[venue_id] = replace(venues[venue_id], enabled=False)

    def calendar(self, calendar: Calendar) -> tuple[RoutingEvent, ...]:
        """The calendar as it is from now on; the steps that follow are taken."""
        reference, offset = self.state.reference, self._next("reference")
        version = reference.version("calendar", calendar.calendar_id)
        change = ReferenceChange(calendar, version, self.now_ns, "test", WHO)
        fold_reference(reference, offset, change)
        found = list(self.step(ReferenceInput(offset, change)))
        while self.state.retiming is not None:
            step = self.rules.due(self.state, 0, 0, self.market)
            assert isinstance(step, StepInput)
            found += self.step(step)
        return tuple(found)

    def control(self, record: ControlRecord) -> tuple[RoutingEvent, ...]:
        offset = self._next("control")
        fold_control(self.state.control, offset, record)
        return self.step(ControlInput(offset, record))

    def halt(self, scope: HaltScope = HaltScope.FIRM, scope_id: str = "") -> tuple[RoutingEvent, ...]:
        return self.control(Halt(scope, scope_id, False, "test", self.now_ns, WHO))

    def resume(self, scope: HaltScope = HaltScope.FIRM, scope_id: str = "") -> tuple[RoutingEvent, ...]:
        return self.control(Resume(scope, scope_id, "test", self.now_ns, WHO))

    # What risk accepted
    def order(
        self, cl_ord_id: str, side: Side, qty: int, price: int | None, *terms: Any, **wishes: Any
    ) -> tuple[RoutingEvent, ...]:
        """As `accepted`."""
        return self.risk(self.accepted(cl_ord_id, side, qty, price, *terms, **wishes))

    def accepted(
        self,
        cl_ord_id: str,
        side: Side,
        qty: int,
        price: int | None,
        tif: TimeInForce = TimeInForce.DAY,
        algorithm: Algorithm = Algorithm.BEST_PRICE,
        *,
        worst: int | None = None,
        venue: str = "",
        venues: tuple[str, ...] = (),
        venue_max: int | None = None,
        twap: TwapParameters | None = None,
        kind: OrdType | None = None,
        instructions: Instructions = PLAIN,
    ) -> OrderAccepted:
        kind = kind or (OrdType.MARKET if price is None else OrdType.LIMIT)
        worst_price = worst if worst is not None else price
        assert worst_price is not None, "a market order needs a worst price"
        order = NewOrder(
            DESK, DATE, cl_ord_id, ACCOUNT, INSTRUMENT, side, kind, tif, qty, price, algorithm, venue, twap,
            self.now_ns + 60 * SECOND_NS, self.now_ns, "", WHO, instructions,
        )  # fmt: skip
        mandate = self._mandate(qty, worst_price, (venue,) if venue else venues, venue_max, algorithm)
        return OrderAccepted(self.order_id(cl_ord_id), order, mandate, NO_EVIDENCE)

    def replace(
        self,
        cl_ord_id: str,
        new_cl_ord_id: str,
        qty: int,
        price: int | None,
        *,
        worst: int | None = None,
        twap: TwapParameters | None = None,
        instructions: Instructions = PLAIN,
    ) -> tuple[RoutingEvent, ...]:
        worst_price = worst if worst is not None else price
        assert worst_price is not None
        request = ReplaceOrder(
            DESK, DATE, new_cl_ord_id, DATE, cl_ord_id, qty, price, twap, self.now_ns + 60 * SECOND_NS, self.now_ns, "", WHO,
            instructions,
        )  # fmt: skip
        parent = self.state.parents.get(self.order_id(cl_ord_id))
        venues = parent.terms.venues if parent else ()
        algorithm = parent.opened.algorithm if parent else Algorithm.BEST_PRICE
        mandate = self._mandate(qty, worst_price, venues, None, algorithm)
        return self.risk(ReplaceAccepted(self.order_id(cl_ord_id), request, mandate, NO_EVIDENCE))

    def cancel(self, cl_ord_id: str, by: str = "c") -> tuple[RoutingEvent, ...]:
        request = CancelOrder(DESK, DATE, by, DATE, cl_ord_id, self.now_ns, "", WHO)
        return self.risk(CancelAccepted(self.order_id(cl_ord_id), request))

    def mass_cancel(self, *cl_ord_ids: str) -> tuple[RoutingEvent, ...]:
        return self.risk(MassCancelStep(0, tuple(self.order_id(c) for c in cl_ord_ids), 0))

    def risk(self, *events: RiskEvent) -> tuple[RoutingEvent, ...]:
        return self.step(RiskInput(self._next("risk"), self.now_ns, events))

    # What execution said
    def fill(
        self,
        child_id: str,
        qty: int,
        px: int,
        exec_id: str = "",
        status: OrdStatus | None = None,
        at_ns: int | None = None,
    ) -> tuple[RoutingEvent, ...]:
        """`at_ns`: when the venue made it (default: now)."""
        self._execs += 1
        cum = self.child(child_id).cum_qty + qty
        after = status or (OrdStatus.FILLED if cum >= self.child(child_id).order_qty else OrdStatus.PARTIALLY_FILLED)
        return self.report(child_id, ExecType.TRADE, after, qty, px, exec_id or f"E{self._execs}", at_ns=at_ns)

    def end(
        self, child_id: str, status: OrdStatus = OrdStatus.CANCELED, reason: Reason | None = None
    ) -> tuple[RoutingEvent, ...]:
        kinds = {
            OrdStatus.CANCELED: ExecType.CANCELED,
            OrdStatus.REJECTED: ExecType.REJECTED,
            OrdStatus.EXPIRED: ExecType.EXPIRED,
        }
        return self.report(child_id, kinds[status], status, 0, 0, "", reason)

    def acknowledge_replace(self, child_id: str, status: OrdStatus = OrdStatus.NEW) -> tuple[RoutingEvent, ...]:
        return self.report(child_id, ExecType.REPLACED, status, 0, 0, "")

    def refuse_request(self, child_id: str, kind: IntentKind) -> tuple[RoutingEvent, ...]:
        child = self.child(child_id)
        reason = Reason.VENUE_CANCEL_REJECTED if kind is IntentKind.CANCEL else Reason.VENUE_REPLACE_REJECTED
        return self.execution(ChildRequestRejected(child.order_id, child_id, child.requests, kind, reason, ""))

    def unsent(self, child_id: str, reason: Reason) -> tuple[RoutingEvent, ...]:
        return self.execution(ChildUnsent(self.child(child_id).order_id, child_id, reason, ""))

    def execution(self, *events: ExecutionEvent) -> tuple[RoutingEvent, ...]:
        return self.step(ExecutionInput(self._next("execution"), self.now_ns, events))

    # Time
    def run_until(self, tape_ns: int) -> tuple[RoutingEvent, ...]:
        """Let time pass; timers fire when they are due, one after another."""
        fired: list[RoutingEvent] = []
        while (moment := self._next_moment()) <= tape_ns:
            self.now_ns = max(self.now_ns, moment)
            fired += self.met()
        self.now_ns = tape_ns
        return (*fired, *self.met())

    def _next_moment(self) -> int:
        timers = [due_ns for due_ns, *_ in self.state.queue[:1]]
        return min(timers + [until_ns for until_ns, _ in self.state.watch.paused[:1]], default=NEVER)

    def sleep_until(self, tape_ns: int) -> tuple[RoutingEvent, ...]:
        """The router is down until then; what it missed fires late, one after another, and all that it meets is that late."""
        self.now_ns = tape_ns
        fired: list[RoutingEvent] = []
        while (timer := self.rules.due(self.state, self.now_ns, self.now_ns, self.market)) is not None:
            fired += self.step(timer)
        return tuple(fired)

    # What is so
    def order_id(self, cl_ord_id: str) -> str:
        return order_id_of(DESK, DATE, cl_ord_id)

    def parent(self, cl_ord_id: str) -> Parent:
        return self.state.parents[self.order_id(cl_ord_id)]

    def child(self, child_id: str) -> Child:
        return self.state.children[child_id]

    def open_children(self, cl_ord_id: str) -> list[Child]:
        return [self.state.children[c] for c in self.parent(cl_ord_id).open_children]

    def step(self, stage_input: Input) -> tuple[RoutingEvent, ...]:
        before = state_hash(self.state, 1)
        conditions = Conditions(self.now_ns, self.now_ns, 0, SECOND_NS, 0, SECOND_NS)
        events = self.rules.decide(self.state, stage_input, conditions, self.market)
        assert state_hash(self.state, 1) == before, "decide must not change the state"
        offset = self._next("routing")
        for event in events:
            self._check_halts(event)
            self.rules.evolve(self.state, event, offset)
        self._check_parents()
        self.events += events
        return events

    def report(
        self,
        child_id: str,
        kind: ExecType,
        status: OrdStatus,
        qty: int = 0,
        px: int = 0,
        exec_id: str = "",
        reason: Reason | None = None,
        leaves_qty: int | None = None,
        at_ns: int | None = None,
    ) -> tuple[RoutingEvent, ...]:
        c = self.child(child_id)
        cum = c.cum_qty + qty
        leaves = 0 if status.is_terminal else c.order_qty - cum
        if leaves_qty is not None:
            leaves = leaves_qty
        return self.execution(
            ChildReport(
                c.order_id,
                child_id,
                c.venue_id,
                kind,
                status,
                exec_id,
                "v",
                qty,
                px,
                cum,
                leaves,
                c.order_qty,
                c.price,
                c.requests,
                Liquidity.REMOVED if qty else None,
                self.now_ns if at_ns is None else at_ns,
                reason,
                "",
            )
        )

    def _mandate(
        self, qty: int, worst: int, venues: tuple[str, ...], venue_max: int | None, algorithm: Algorithm
    ) -> Mandate:
        names = venues or tuple(self.state.reference.venues)
        return Mandate(qty, worst, names, tuple(venue_max or qty for _ in names), algorithm, 0)

    def _next(self, topic: str) -> int:
        self._offsets[topic] += 1
        return self._offsets[topic] - 1

    def _check_halts(self, event: RoutingEvent) -> None:
        if isinstance(event, ChildNew | ChildReplace):
            venue_id = event.venue_id if isinstance(event, ChildNew) else self.child(event.child_id).venue_id
            place = Place(DESK, ACCOUNT, INSTRUMENT, WHO.trader, WHO.strategy, venue_id)
            halt = stopped_by(self.state.control, self.state.reference, place, event.reduces_from)
            assert halt < 0, f"{event} leaves under a halt"

    def _check_parents(self) -> None:
        for parent in self.state.parents.values():
            leaves = open_leaves(self.state, parent)
            assert leaves == 0 or not parent.closed, "a terminal parent has nothing open"
            assert not (parent.closed and (parent.open_children or parent.timers)), (
                "a terminal parent waits for nothing"
            )
            assert parent.cum_qty == sum(q for _, q in parent.traded)
            assert not (parent.closed and parent.order_id in self.state.armed), "a terminal parent waits for no market"
            assert 0 <= parent.day_cum_qty <= parent.cum_qty and parent.day_notional <= parent.notional
        due = sorted((d, *k) for k, d in self.state.timers.items())
        assert self.state.queue[:1] == due[:1] and set(due) <= set(self.state.queue)
        assert len(self.state.queue) <= 2 * len(due) + QUEUE_SPARE
        assert self.state.watch.entries == self.state.armed, "the index is that of what is armed"
