"""The router's journal: each acceptance one order, each child within its mandate and under no halt, each fill once, no end too early.

A mandate is read from risk's own record that a child names, a fill and a child's end from execution's record that they name.
"""

from dataclasses import dataclass, field

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.authority import whereabouts
from oms.testing.simulation.oracle.facts import EXECUTION, RISK, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.risk_book import TERMINAL
from oms.v1.enums_pb2 import (
    EXEC_TYPE_TRADE,
    INTENT_KIND_REPLACE,
    ORD_STATUS_FILLED,
    ORD_STATUS_UNKNOWN,
    ORD_TYPE_PEGGED,
    REASON_OUTCOME_UNKNOWN,
    SIDE_BUY,
    TIMER_KIND_TRIGGER,
    TimerKind,
)
from oms.v1.envelope_pb2 import JournalEvent
from oms.v1.risk_pb2 import Mandate
from oms.v1.routing_pb2 import (
    ChildClosed,
    ChildNew,
    ChildReplace,
    ChildRequestRefused,
    ParentCancelRefused,
    ParentCancelStarted,
    ParentOpened,
    ParentReplaceStarted,
    ParentTraded,
    ReplaceApplied,
    RoutingEvent,
    TradeCorrected,
    TradeSuperseded,
)

TIMER_NAMES = {number: name.removeprefix("TIMER_KIND_").lower() for name, number in TimerKind.items()}
"""How a record's source names a timer, by TimerKind."""


@dataclass(slots=True)
class RoutedChild:
    """`replace_qty`: what a replacement under way asks of the venue, 0 without one."""

    new: ChildNew
    order_qty: int
    cum_qty: int = 0
    replace_qty: int = 0
    closed: bool = False

    @property
    def leaves(self) -> int:
        return 0 if self.closed else max(0, max(self.order_qty, self.replace_qty) - self.cum_qty)


@dataclass(slots=True)
class Parent:
    """`mandate` is of the terms in force, `pending` of a replacement started; each with the offset in `oms.risk` that gave it.

    `must_end`: a cancel is under way that no refusal ends: nobody asked for it by name, or a part of it has come to pass.

    `fills`, `prices`: of what stands, by (venue, latest ExecID); `gone`: names that corrections and busts have ended;
    `parts`: of a trade that took the place of an inferred fill, so much.
    """

    opened: ParentOpened
    mandate: Mandate
    decision_offset: int
    price: int | None
    pending: ParentReplaceStarted | None = None
    children: list[RoutedChild] = field(default_factory=list)
    fills: dict[tuple[str, str], int] = field(default_factory=dict)
    prices: dict[tuple[str, str], int] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)
    parts: dict[tuple[str, str], int] = field(default_factory=dict)
    most: int = 0
    taken_back: int = 0
    cancelling: bool = False
    must_end: bool = False
    ended: bool = False
    status: int = 0

    @property
    def sign(self) -> int:
        return 1 if self.opened.side == SIDE_BUY else -1

    @property
    def cum_qty(self) -> int:
        return sum(self.fills.values())

    @property
    def notional(self) -> int:
        return sum(qty * self.prices[key] for key, qty in self.fills.items())

    def knows(self, key: tuple[str, str]) -> bool:
        return key in self.fills or key in self.gone


class RouterBook:
    """One partition. `timers`: (order, name, number) → due."""

    def __init__(self, partition: int, facts: Facts, findings: Findings) -> None:
        self.partition, self._facts, self._findings = partition, facts, findings
        self.parents: dict[str, Parent] = {}
        self.children: dict[str, RoutedChild] = {}
        self._timers: dict[tuple[str, str, int], int] = {}
        self._taken_back: set[str] = set()
        """Orders that a bust of this very record shows as no longer filled."""

    # --- what must leave a record

    def must(self, tp: TopicPartition, offset: int) -> bool:
        return any(self._must_event(event) for event in self._facts.journals[tp].counted[offset].envelope.events)

    def _must_event(self, event: JournalEvent) -> bool:
        match event.WhichOneof("kind"):
            case "risk":
                return event.risk.WhichOneof("kind") in ("order_accepted", "replace_accepted", "cancel_accepted")
            case "execution":
                changed = event.execution.fill_corrected
                known = self.parents.get(changed.order_id)
                if event.execution.WhichOneof("kind") == "fill_corrected":
                    return known is not None and not known.knows((changed.venue_id, changed.exec_id))
                report = event.execution.child_report
                parent = self.parents.get(report.order_id)
                return (
                    event.execution.WhichOneof("kind") == "child_report"
                    and report.exec_type == EXEC_TYPE_TRADE
                    and report.last_qty > 0
                    and parent is not None
                    and not parent.knows((report.venue_id, report.exec_id))
                )
        return False

    # --- a record

    def take(self, counted: Counted) -> None:
        self._timer_was_due(counted)
        touched: set[str] = set()
        for event in counted.envelope.events:
            self._fold(counted, event.routing, touched)
        for order_id in sorted(touched):
            parent = self.parents[order_id]
            still = [child.new.child_id for child in parent.children if not child.closed]
            if parent.ended and still:
                self._report(Kind.ENDED_EARLY, counted, f"{order_id}, {', '.join(still)}")
        for order_id in sorted(self._taken_back):
            self._report(Kind.REOPENED, counted, f"{order_id} by a bust")
        self._taken_back.clear()

    def _timer_was_due(self, counted: Counted) -> None:
        name, _, rest = counted.envelope.source.timer.partition(":")
        owner, _, number = rest.rpartition(":")
        if name not in TIMER_NAMES.values() or name == TIMER_NAMES[TIMER_KIND_TRIGGER]:
            return  # a condition of the market is no moment
        due = self._timers.get((owner, name, int(number)))
        if due is None or due > counted.envelope.event_time_ns:
            self._report(Kind.TIMER_UNKNOWN, counted, f"{counted.envelope.source.timer}, due {due}")

    def _fold(self, counted: Counted, event: RoutingEvent, ended: set[str]) -> None:
        match event.WhichOneof("kind"):
            case "parent_opened":
                self._opened(counted, event.parent_opened)
            case "parent_replace_started":
                self._replace_started(counted, event.parent_replace_started)
            case "replace_applied":
                self._replace_applied(event.replace_applied)
            case "child_new":
                self._child_new(counted, event.child_new)
            case "child_replace":
                self._child_replace(counted, event.child_replace)
            case "child_request_refused":
                self._request_refused(event.child_request_refused)
            case "child_closed":
                self._child_closed(counted, event.child_closed)
            case "parent_traded":
                self._traded(counted, event.parent_traded)
                self._status(counted, event.parent_traded.order_id, event.parent_traded.ord_status, ended)
            case "trade_superseded":
                self._superseded(counted, event.trade_superseded)
            case "trade_corrected":
                self._corrected(counted, event.trade_corrected, ended)
            case "parent_changed":
                self._status(counted, event.parent_changed.order_id, event.parent_changed.ord_status, ended)
            case "parent_cancel_started":
                self._cancel_started(event.parent_cancel_started)
            case "parent_cancel_refused":
                self._cancel_refused(counted, event.parent_cancel_refused)
            case "timer_set":
                timer = event.timer_set
                self._timers[(timer.order_id, TIMER_NAMES[timer.kind], timer.number)] = timer.due_ns
            case "timer_done":
                done = event.timer_done
                self._timers.pop((done.order_id, TIMER_NAMES[done.kind], done.number), None)

    # --- orders

    def _mandate(self, order_id: str, offset: int) -> Mandate | None:
        """What risk's record at an offset allows for an order."""
        counted = self._facts.journals[TopicPartition(RISK, self.partition)].counted.get(offset)
        for event in counted.envelope.events if counted is not None else ():
            for accepted in (event.risk.order_accepted, event.risk.replace_accepted):
                if accepted.order_id == order_id:
                    return accepted.mandate
        return None

    def _opened(self, counted: Counted, opened: ParentOpened) -> None:
        mandate = self._mandate(opened.order_id, opened.decision_offset)
        if opened.order_id in self.parents:
            self._report(Kind.PARENT_TWICE, counted, opened.order_id)
            return
        if (
            mandate is None
            or not _same_bounds(opened, mandate)
            or counted.envelope.source.offset != opened.decision_offset
        ):
            self._report(Kind.PARENT_UNFOUNDED, counted, f"{opened.order_id} from oms.risk@{opened.decision_offset}")
        price = opened.price if opened.HasField("price") else None
        bounds = mandate if mandate is not None else Mandate()
        parent = Parent(opened, bounds, opened.decision_offset, price, most=opened.order_qty)
        self.parents[opened.order_id] = parent

    def _replace_started(self, counted: Counted, started: ParentReplaceStarted) -> None:
        mandate = self._mandate(started.order_id, started.decision_offset)
        parent = self.parents.get(started.order_id)
        if parent is None or mandate is None or not _same_bounds(started, mandate):
            self._report(Kind.PARENT_UNFOUNDED, counted, f"{started.order_id} from oms.risk@{started.decision_offset}")
            return
        if parent.ended or parent.cancelling:
            self._report(Kind.REOPENED, counted, f"{started.order_id} is replaced")
        parent.pending, parent.most = started, max(parent.most, started.order_qty)

    def _cancel_started(self, started: ParentCancelStarted) -> None:
        parent = self.parents.get(started.order_id)
        if parent is not None:
            parent.cancelling = True
            parent.must_end = parent.must_end or started.HasField("reason") or not started.cl_ord_id

    def _cancel_refused(self, counted: Counted, refused: ParentCancelRefused) -> None:
        """Only what a desk asked for, and only where nothing of it has come to pass; execution says that the venue refused."""
        parent = self.parents.get(refused.order_id)
        if parent is None or parent.ended or parent.must_end or not parent.cancelling:
            self._report(Kind.REOPENED, counted, f"{refused.order_id}, whose cancel is refused")
            return
        parent.cancelling = False

    def _replace_applied(self, applied: ReplaceApplied) -> None:
        parent = self.parents.get(applied.order_id)
        if parent is None or parent.pending is None or parent.pending.cl_ord_id != applied.cl_ord_id:
            return
        pending, parent.pending = parent.pending, None
        for child in parent.children:
            if not child.closed and applied.applied and child.replace_qty:
                child.order_qty = child.replace_qty
            child.replace_qty = 0
        if applied.applied:
            mandate = self._mandate(applied.order_id, pending.decision_offset)
            parent.mandate = mandate if mandate is not None else Mandate()
            parent.decision_offset = pending.decision_offset
            parent.price = pending.price if pending.HasField("price") else None

    def _status(self, counted: Counted, order_id: str, status: int, touched: set[str]) -> None:
        parent = self.parents.get(order_id)
        if parent is None:
            return  # a refusal about an order that never was
        touched.add(order_id)
        if parent.ended and status not in TERMINAL:
            self._report(Kind.REOPENED, counted, f"{order_id}, status {status}")
        if status in TERMINAL:
            self._taken_back.discard(order_id)
        parent.ended = parent.ended or status in TERMINAL
        parent.status = status

    # --- children

    def _child_new(self, counted: Counted, new: ChildNew) -> None:
        parent = self.parents.get(new.order_id)
        if parent is None or new.child_id in self.children or new.decision_offset != parent.decision_offset:
            self._report(Kind.CHILD_UNFOUNDED, counted, f"{new.child_id} under oms.risk@{new.decision_offset}")
            return
        if parent.ended or parent.cancelling:
            self._report(Kind.CHILD_AFTER_END, counted, new.child_id)
        price = new.price if new.HasField("price") else None
        for text in _beyond(parent, parent.mandate, parent.price, new.venue_id, new.order_qty, price):
            self._report(Kind.BEYOND_MANDATE, counted, f"{new.child_id}: {text}")
        if 0 < parent.mandate.expires_ns <= counted.envelope.event_time_ns:
            self._report(Kind.BEYOND_MANDATE, counted, f"{new.child_id}: the mandate has expired")
        if (new.account_id, new.instrument_id, new.side) != (
            parent.opened.account_id,
            parent.opened.instrument_id,
            parent.opened.side,
        ):
            self._report(Kind.CHILD_UNFOUNDED, counted, f"{new.child_id} is of another account, instrument or side")
        self._no_halt(counted, new, new.reduces_from, parent.mandate)
        child = RoutedChild(new, new.order_qty)
        parent.children.append(child)
        self.children[new.child_id] = child

    def _child_replace(self, counted: Counted, asked: ChildReplace) -> None:
        child, parent = self.children.get(asked.child_id), self.parents.get(asked.order_id)
        follows = parent is not None and parent.pending is None and parent.opened.ord_type == ORD_TYPE_PEGGED
        if child is None or parent is None or (parent.pending is None and not follows) or child.closed:
            self._report(Kind.CHILD_UNFOUNDED, counted, f"a replacement of {asked.child_id}")
            return
        if parent.pending is None:  # a peg that follows the market, under the terms in force
            mandate, limit = parent.mandate, parent.price
        else:
            mandate = self._mandate(asked.order_id, parent.pending.decision_offset) or Mandate()
            limit = parent.pending.price if parent.pending.HasField("price") else None
        price = asked.price if asked.HasField("price") else None
        found = _beyond(parent, mandate, limit, child.new.venue_id, asked.order_qty, price, asked.child_id)
        for text in found:
            self._report(Kind.BEYOND_MANDATE, counted, f"the replacement of {asked.child_id}: {text}")
        self._no_halt(counted, child.new, asked.reduces_from, mandate)
        child.replace_qty = asked.order_qty

    def _no_halt(self, counted: Counted, new: ChildNew, reduces_from: int, mandate: Mandate) -> None:
        if reduces_from != mandate.reduces_from:
            self._report(Kind.BEYOND_MANDATE, counted, f"{new.child_id} says what its mandate does not")
        position, control = counted.position("oms.control"), self._facts.control
        where = whereabouts(self._facts.reference.at(counted.position("oms.reference")), new)
        if position <= len(control.records) and (halt := control.halt_at(position, where, reduces_from)) >= 0:
            self._report(Kind.SENT_UNDER_HALT, counted, f"{new.child_id}, oms.control@{halt}")

    def _request_refused(self, refused: ChildRequestRefused) -> None:
        """A replacement that the venue, or execution, refused asks for nothing any more."""
        child = self.children.get(refused.child_id)
        if child is not None and refused.kind == INTENT_KIND_REPLACE:
            child.replace_qty = 0

    def _child_closed(self, counted: Counted, closed: ChildClosed) -> None:
        child = self.children.get(closed.child_id)
        envelope = self._facts.source(counted, EXECUTION)
        if (
            child is None
            or child.closed
            or envelope is None
            or not any(_says_ended(event, child) for event in envelope.events)
        ):
            self._report(Kind.CLOSED_UNFOUNDED, counted, closed.child_id)
        if child is not None:
            child.closed, child.replace_qty = True, 0
            parent = self.parents[child.new.order_id]
            parent.must_end = parent.must_end or (parent.cancelling and closed.ord_status != ORD_STATUS_FILLED)

    def _traded(self, counted: Counted, traded: ParentTraded) -> None:
        parent, child = self.parents.get(traded.order_id), self.children.get(traded.child_id)
        if parent is None or child is None:
            self._report(Kind.FILL_UNFOUNDED, counted, f"{traded.exec_id} of {traded.child_id}")
            return
        key = (traded.venue_id, traded.exec_id)
        before = parent.parts.pop(key, 0)
        if parent.knows(key) and not before:
            self._report(Kind.FILL_TWICE, counted, f"{traded.venue_id}/{traded.exec_id} of {traded.child_id}")
            return
        envelope = self._facts.source(counted, EXECUTION)
        reports = [e.execution.child_report for e in envelope.events] if envelope is not None else []
        told = {
            (r.child_id, r.last_qty, r.last_px)
            for r in reports
            if r.exec_type == EXEC_TYPE_TRADE and (r.venue_id, r.exec_id) == key
        }
        if told != {(traded.child_id, traded.last_qty, traded.last_px)}:
            self._report(Kind.FILL_UNFOUNDED, counted, f"{traded.venue_id}/{traded.exec_id}: execution says {told}")
        parent.fills[key], parent.prices[key] = before + traded.last_qty, traded.last_px
        child.cum_qty += traded.last_qty
        if traded.cum_qty != parent.cum_qty:
            text = f"{traded.order_id} has {traded.cum_qty}, all fills sum to {parent.cum_qty}"
            self._report(Kind.EXPOSURE_DIFFERS, counted, text)

    def _superseded(self, counted: Counted, event: TradeSuperseded) -> None:
        """As execution says: a trade in the place of an inferred fill, at its own price."""
        parent = self.parents.get(event.order_id)
        key, old = (event.venue_id, event.exec_id), (event.venue_id, event.inferred_exec_id)
        text = f"{event.venue_id}/{event.exec_id} for {event.inferred_exec_id} of {event.child_id}"
        if parent is None or parent.fills.get(old, 0) < event.last_qty or parent.prices[old] != event.inferred_px:
            self._report(Kind.FILL_UNFOUNDED, counted, text)
            return
        if parent.knows(key) and key not in parent.parts:
            self._report(Kind.FILL_TWICE, counted, text)
        parent.fills[old] -= event.last_qty
        if not parent.fills[old]:
            del parent.fills[old], parent.prices[old]
            parent.gone.add(old)
        parent.parts[key] = parent.parts.get(key, 0) + event.last_qty
        parent.fills[key], parent.prices[key] = parent.parts[key], event.last_px
        notional = (event.notional.hi << 64) + event.notional.lo
        if (event.cum_qty, notional) != (parent.cum_qty, parent.notional):
            sums = f"{(event.cum_qty, notional)}, all fills sum to {(parent.cum_qty, parent.notional)}"
            self._report(Kind.EXPOSURE_DIFFERS, counted, f"{event.order_id} has {sums}")

    def _corrected(self, counted: Counted, event: TradeCorrected, touched: set[str]) -> None:
        """As execution says, once; sums exact. A filled order that loses quantity may be shown open, and must end in this very record."""
        parent, child = self.parents.get(event.order_id), self.children.get(event.child_id)
        text = f"{event.venue_id}/{event.exec_id} corrects {event.exec_ref_id} of {event.child_id}"
        if parent is None or child is None:
            self._report(Kind.FILL_UNFOUNDED, counted, text)
            return
        key, old = (event.venue_id, event.exec_id), (event.venue_id, event.exec_ref_id)
        if parent.knows(key):
            self._report(Kind.FILL_TWICE, counted, text)
            return
        envelope = self._facts.source(counted, EXECUTION)
        said = [e.execution.fill_corrected for e in envelope.events] if envelope is not None else []
        names = (
            "child_id",
            "venue_id",
            "exec_type",
            "exec_id",
            "exec_ref_id",
            "old_qty",
            "old_px",
            "new_qty",
            "new_px",
        )
        stood = (parent.fills.pop(old, 0), parent.prices.pop(old, 0))
        same = any(all(getattr(s, name) == getattr(event, name) for name in names) for s in said)
        if not same or stood != (event.old_qty, event.old_px):
            self._report(Kind.FILL_UNFOUNDED, counted, f"{text}, which stands as {stood}")
        parent.gone.add(old)
        if event.new_qty:
            parent.fills[key], parent.prices[key] = event.new_qty, event.new_px
        else:
            parent.gone.add(key)
        child.cum_qty += event.new_qty - event.old_qty
        parent.taken_back += max(0, event.old_qty - event.new_qty)
        notional = (event.notional.hi << 64) + event.notional.lo
        if (event.cum_qty, notional) != (parent.cum_qty, parent.notional):
            sums = f"{(event.cum_qty, notional)}, all fills sum to {(parent.cum_qty, parent.notional)}"
            self._report(Kind.EXPOSURE_DIFFERS, counted, f"{event.order_id} has {sums}")
        if parent.ended and event.ord_status not in TERMINAL and parent.status == ORD_STATUS_FILLED:
            self._taken_back.add(event.order_id)
            touched.add(event.order_id)
        else:
            self._status(counted, event.order_id, event.ord_status, touched)

    def _report(self, kind: Kind, counted: Counted, text: str) -> None:
        self._findings.report(kind, f"{counted.place}: {text}")

    # --- at rest

    def rest(self, accepted: set[str], excused: set[str]) -> None:
        """`accepted`: ids of all orders that risk accepted; `excused`: those that a venue lost."""
        for order_id in sorted(accepted - self.parents.keys()):
            self._findings.report(Kind.NOT_ENDED, f"{order_id} was accepted and never opened")
        for order_id, parent in self.parents.items():
            if not parent.ended and order_id not in excused:
                self._findings.report(Kind.NOT_ENDED, f"{order_id} is open at the router")


def _same_bounds(terms: ParentOpened | ParentReplaceStarted, mandate: Mandate) -> bool:
    return (terms.order_qty, terms.worst_price, tuple(terms.venues), tuple(terms.venue_max_qty), terms.expires_ns) == (
        mandate.order_qty,
        mandate.worst_price,
        tuple(mandate.venues),
        tuple(mandate.venue_max_qty),
        mandate.expires_ns,
    )


def _beyond(
    parent: Parent, mandate: Mandate, limit: int | None, venue_id: str, qty: int, price: int | None, but: str = ""
) -> list[str]:
    """How `qty` in all at a venue, beside every child but one, goes beyond the mandate; a pending replacement may be the larger."""
    found: list[str] = []
    others = [child for child in parent.children if child.new.child_id != but]
    out = sum(child.leaves + child.cum_qty for child in others)
    pending = parent.pending.order_qty if parent.pending is not None else 0
    most = max(mandate.order_qty, pending)
    if out + qty > most:
        found.append(f"{out} out or executed and {qty} more, of {most}")
    bounds = [bound for bound in (mandate.worst_price, limit) if bound is not None]
    if price is None or any(parent.sign * (price - bound) > 0 for bound in bounds):
        found.append(f"price {price}, worst {mandate.worst_price}, limit {limit}")
    there = sum(child.leaves + child.cum_qty for child in others if child.new.venue_id == venue_id)
    most_there = dict(zip(mandate.venues, mandate.venue_max_qty, strict=False)).get(venue_id, 0)
    if there + qty > most_there:
        found.append(f"{there} at {venue_id} and {qty} more, of {most_there}")
    return found


def _says_ended(event: JournalEvent, child: RoutedChild) -> bool:
    """Whether execution says that no more of a child is open at the venue."""
    told, child_id = event.execution, child.new.child_id
    if told.WhichOneof("kind") == "child_unsent":
        return told.child_unsent.child_id == child_id
    if told.WhichOneof("kind") == "child_request_rejected":
        # All was executed under a replacement that could still have added to it; it is refused, and nothing is open any more.
        refused = told.child_request_rejected
        is_last = refused.kind == INTENT_KIND_REPLACE and child.cum_qty >= child.order_qty
        return refused.child_id == child_id and is_last and refused.reason != REASON_OUTCOME_UNKNOWN
    report = told.child_report
    ended = report.ord_status in TERMINAL or (child.leaves == 0 and report.ord_status != ORD_STATUS_UNKNOWN)
    return told.WhichOneof("kind") == "child_report" and report.child_id == child_id and ended
