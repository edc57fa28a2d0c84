"""What each source says of every order, and the comparison: pure.

Four sources that must agree, fill by fill: the venues' own log, the execution journal, the parents in the router's journal, and the
rows in ClickHouse. Beside them: risk's decisions, and the orders that the gateway acknowledged to their desks.

A fill is named (child, exec id) and has a price and a quantity, as the venue's corrections leave it; one that was cancelled is none; two sources agree on an order where their sets of fills are equal.
`compare` gives one row per order and says of each difference between whom it is. It does not know where the facts came from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from oms.core.enums import Algorithm, ExecType, IntentKind, Liquidity, OrdStatus, OrdType, Side, TimeInForce
from oms.core.execution_events import (
    ChildReport,
    ChildTaken,
    ChildUnknown,
    ChildUnsent,
    ExecutionEvent,
    FillCorrected,
    FillSuperseded,
    Intent,
)
from oms.core.reasons import Reason
from oms.core.risk_events import CancelRejected, OrderAccepted, OrderRejected, ReplaceRejected, RiskEvent
from oms.core.routing_events import (
    ChildNew,
    ParentChanged,
    ParentOpened,
    ParentTraded,
    ReplaceApplied,
    RoutingEvent,
    TradeCorrected,
    TradeSuperseded,
)


@dataclass(frozen=True, slots=True, order=True)
class FillFact:
    child_id: str
    exec_id: str
    px: int
    qty: int


Fills = frozenset[FillFact]
NO_FILLS: Fills = frozenset()


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order in a venue's own log. `reported_cum` is what the venue said last, `fills` what it logged."""

    child_id: str
    venue_id: str
    status: str
    terminal: bool
    reported_cum: int
    fills: Fills


@dataclass(slots=True)
class ExecutionFacts:
    """What the execution journal says of one child."""

    order_id: str
    venue_id: str
    order_qty: int
    new_intents: int = 0
    unsent: bool = False
    unknown: bool = False
    ended: bool = False
    reported_cum: int = 0
    fills: set[FillFact] = field(default_factory=set)
    repeated: int = 0


@dataclass(slots=True)
class ParentFacts:
    """What the router's journal says of one order. `most_qty` is the largest quantity of any terms it worked under."""

    order_id: str
    desk_id: str
    instrument_id: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    algorithm: Algorithm
    order_qty: int
    most_qty: int
    status: OrdStatus = OrdStatus.PENDING_NEW
    cum_qty: int = 0
    notional: int = 0
    fills: set[FillFact] = field(default_factory=set)
    repeated: int = 0
    children: set[str] = field(default_factory=set)
    venues: set[str] = field(default_factory=set)
    was_partly_filled: bool = False
    added_qty: int = 0
    canceled_on_request: bool = False
    replaced: int = 0
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """Risk's word on a new order."""

    order_id: str
    accepted: bool
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class AuditFacts:
    """An order in ClickHouse: its row in `oms.orders`, its `oms.executions`, its `oms.child_executions`."""

    order_id: str
    status: str
    cum_qty: int
    notional: int
    executions: Fills
    child_executions: Fills
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """All sources. `venue`: child → its orders at the venues (more than one is a difference). `refusals`: reasons that risk gave."""

    venue: Mapping[str, tuple[VenueOrder, ...]]
    execution: Mapping[str, ExecutionFacts]
    parents: Mapping[str, ParentFacts]
    decisions: Mapping[str, DecisionFacts]
    refusals: Counter[Reason]
    audit: Mapping[str, AuditFacts]
    acknowledged: frozenset[str]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order. Quantities are what each source says was executed; equal where `differences` is empty."""

    order_id: str
    status: str
    order_qty: int
    venue_qty: int
    execution_qty: int
    parent_qty: int
    clickhouse_qty: int
    notional: int
    differences: tuple[str, ...]


def fold_risk(events: Iterable[RiskEvent]) -> tuple[dict[str, DecisionFacts], Counter[Reason]]:
    """Decisions on new orders, and how often each reason was given. A refused duplicate leaves the original's decision as it is."""
    decisions: dict[str, DecisionFacts] = {}
    refusals: Counter[Reason] = Counter()
    for event in events:
        if isinstance(event, OrderAccepted):
            decisions[event.order_id] = DecisionFacts(event.order_id, True, None)
        elif isinstance(event, OrderRejected):
            refusals[event.reason] += 1
            if event.reason is not Reason.DUPLICATE_CL_ORD_ID:
                decisions[event.order_id] = DecisionFacts(event.order_id, False, event.reason)
        elif isinstance(event, CancelRejected | ReplaceRejected):
            refusals[event.reason] += 1
    return decisions, refusals


def fold_routing(events: Iterable[RoutingEvent]) -> dict[str, ParentFacts]:
    parents: dict[str, ParentFacts] = {}
    for event in events:
        if isinstance(event, ParentOpened):
            parents[event.order_id] = ParentFacts(
                event.order_id, event.desk_id, event.instrument_id, event.side, event.ord_type, event.time_in_force,
                event.algorithm, event.order_qty, event.order_qty,
            )  # fmt: skip
        elif isinstance(event, ParentTraded):
            _traded(parents[event.order_id], event)
        elif isinstance(event, TradeSuperseded):
            _superseded(parents[event.order_id].fills, event)
            parents[event.order_id].notional = event.notional
        elif isinstance(event, TradeCorrected):
            parent = parents[event.order_id]
            _corrected(parent.fills, event)
            parent.cum_qty, parent.notional, parent.status = event.cum_qty, event.notional, event.ord_status
            parent.corrected += 1
        elif isinstance(event, ParentChanged):
            _changed(parents[event.order_id], event)
        elif isinstance(event, ChildNew):
            parents[event.order_id].children.add(event.child_id)
        elif isinstance(event, ReplaceApplied) and event.applied:
            parents[event.order_id].replaced += 1
            parents[event.order_id].order_qty = event.order_qty
            parents[event.order_id].most_qty = max(parents[event.order_id].most_qty, event.order_qty)
    return parents


def _traded(parent: ParentFacts, event: ParentTraded) -> None:
    fill = FillFact(event.child_id, event.exec_id, event.last_px, event.last_qty)
    parent.repeated += fill in parent.fills
    parent.fills.add(fill)
    parent.venues.add(event.venue_id)
    parent.cum_qty, parent.notional, parent.status = event.cum_qty, event.notional, event.ord_status
    parent.was_partly_filled |= event.leaves_qty > 0
    parent.added_qty += event.last_qty if event.liquidity is Liquidity.ADDED else 0


def _superseded(fills: set[FillFact], event: FillSuperseded | TradeSuperseded) -> None:
    """The real trade stands in the place of the inferred fill, or of its part."""
    old = next(fill for fill in fills if (fill.child_id, fill.exec_id) == (event.child_id, event.inferred_exec_id))
    fills.remove(old)
    if old.qty > event.last_qty:
        fills.add(replace(old, qty=old.qty - event.last_qty))
    fills.add(FillFact(event.child_id, event.exec_id, event.last_px, event.last_qty))


def _corrected(fills: set[FillFact], event: FillCorrected | TradeCorrected) -> None:
    """What was named so (a trade that came in parts: all of them) is gone; what the correction leaves stands under its name."""
    fills -= {fill for fill in fills if (fill.child_id, fill.exec_id) == (event.child_id, event.exec_ref_id)}
    if event.new_qty:
        fills.add(FillFact(event.child_id, event.exec_id, event.new_px, event.new_qty))


def _changed(parent: ParentFacts, event: ParentChanged) -> None:
    parent.status = event.ord_status
    parent.cum_qty, parent.notional = event.cum_qty, event.notional
    if event.exec_type is ExecType.CANCELED and event.reason is None:
        parent.canceled_on_request = True


def fold_execution(events: Iterable[ExecutionEvent]) -> dict[str, ExecutionFacts]:
    children: dict[str, ExecutionFacts] = {}
    for event in events:
        if isinstance(event, ChildTaken):
            children[event.child_id] = ExecutionFacts(event.order_id, event.venue_id, event.order_qty)
        elif isinstance(event, ChildUnsent):
            # One that was refused before it was taken has no terms here, and nothing to compare.
            child = children.setdefault(event.child_id, ExecutionFacts(event.order_id, "", 0))
            child.unsent = child.ended = True
        elif isinstance(event, Intent):
            children[event.child_id].new_intents += event.kind is IntentKind.NEW
        elif isinstance(event, ChildUnknown):
            children[event.child_id].unknown = True
        elif isinstance(event, FillSuperseded):
            _superseded(children[event.child_id].fills, event)
        elif isinstance(event, FillCorrected):
            child = children[event.child_id]
            _corrected(child.fills, event)
            child.reported_cum = event.cum_qty
        elif isinstance(event, ChildReport):
            _reported(children[event.child_id], event)
    return children


def _reported(child: ExecutionFacts, event: ChildReport) -> None:
    child.unknown = False
    child.ended |= event.ends
    child.reported_cum = max(child.reported_cum, event.cum_qty)
    if event.exec_type is ExecType.TRADE:
        fill = FillFact(event.child_id, event.exec_id, event.last_px, event.last_qty)
        child.repeated += fill in child.fills
        child.fills.add(fill)


def order_of_child(child_id: str) -> str:
    """The order that a child belongs to: its id without the number."""
    return child_id.rpartition(".")[0]


def compare(facts: Facts) -> tuple[OrderRow, ...]:
    """One row per order that any source knows."""
    by_order: dict[str, list[str]] = {}
    for child_id in {*facts.venue, *facts.execution, *(c for p in facts.parents.values() for c in p.children)}:
        by_order.setdefault(order_of_child(child_id), []).append(child_id)
    known = {*by_order, *facts.parents, *facts.decisions, *facts.audit, *facts.acknowledged}
    return tuple(_row(facts, order_id, sorted(by_order.get(order_id, []))) for order_id in sorted(known))


def _row(facts: Facts, order_id: str, children: list[str]) -> OrderRow:
    parent, audit, decision = facts.parents.get(order_id), facts.audit.get(order_id), facts.decisions.get(order_id)
    venue = _union(order.fills for c in children for order in facts.venue.get(c, ()))
    execution = _union(frozenset(facts.execution[c].fills) for c in children if c in facts.execution)
    routed = frozenset(parent.fills) if parent is not None else NO_FILLS
    differences = [
        *_decision_differences(order_id, facts, decision, parent, audit),
        *_fill_differences(venue, execution, "venue log", "execution journal"),
        *_fill_differences(execution, routed, "execution journal", "parent"),
        *_fill_differences(routed, audit.executions if audit else NO_FILLS, "parent", "ClickHouse executions"),
        *_fill_differences(
            execution, audit.child_executions if audit else NO_FILLS, "execution journal", "ClickHouse child executions"
        ),
        *(_parent_differences(parent) if parent is not None else ()),
        *(d for c in children for d in _child_differences(c, facts, parent)),
    ]
    if parent is not None and audit is not None:
        differences += _audit_differences(parent, audit)
    status = parent.status.name if parent is not None else _unrouted_status(decision)
    return OrderRow(
        order_id,
        status,
        parent.order_qty if parent is not None else 0,
        _sum(venue),
        _sum(execution),
        parent.cum_qty if parent is not None else 0,
        audit.cum_qty if audit is not None else 0,
        parent.notional if parent is not None else 0,
        tuple(differences),
    )


def _unrouted_status(decision: DecisionFacts | None) -> str:
    if decision is None:
        return "LOST"
    return "PENDING_NEW" if decision.accepted else "REJECTED"


def _decision_differences(
    order_id: str, facts: Facts, decision: DecisionFacts | None, parent: ParentFacts | None, audit: AuditFacts | None
) -> list[str]:
    found = []
    if decision is None:
        acknowledged = order_id in facts.acknowledged
        found.append("acknowledged, and risk never decided on it" if acknowledged else "worked without a risk decision")
    elif decision.accepted and parent is None:
        found.append("accepted by risk, and the router never took it up")
    elif not decision.accepted and parent is not None:
        found.append("refused by risk, and worked by the router")
    if decision is not None and audit is None:
        found.append("not in ClickHouse")
    if audit is not None and audit.rows != 1:
        found.append(f"{audit.rows} rows in ClickHouse")
    if audit is not None and decision is not None and not decision.accepted and audit.status != "REJECTED":
        found.append(f"refused by risk, {audit.status} in ClickHouse")
    return found


def _fill_differences(one: Fills, other: Fills, its_name: str, other_name: str) -> list[str]:
    found = [
        f"fill {f.exec_id} ({f.qty} @ {f.px}) is in the {its_name}, not in the {other_name}"
        for f in sorted(one - other)
    ]
    found += [
        f"fill {f.exec_id} ({f.qty} @ {f.px}) is in the {other_name}, not in the {its_name}"
        for f in sorted(other - one)
    ]
    return found


def _parent_differences(parent: ParentFacts) -> list[str]:
    """Whether the parent agrees with itself, and is settled."""
    found = []
    if parent.cum_qty != _sum(parent.fills):
        found.append(f"parent says {parent.cum_qty} executed, its fills are {_sum(parent.fills)}")
    if parent.notional != sum(f.px * f.qty for f in parent.fills):
        found.append(f"parent says notional {parent.notional}, its fills are {sum(f.px * f.qty for f in parent.fills)}")
    if parent.cum_qty > parent.most_qty:
        found.append(f"executed {parent.cum_qty} of {parent.most_qty}")
    if not parent.status.is_terminal:
        found.append(f"still {parent.status.name}")
    if parent.status is OrdStatus.FILLED and parent.cum_qty < parent.order_qty:
        found.append(f"FILLED with {parent.cum_qty} of {parent.order_qty}")
    if parent.repeated:
        found.append(f"{parent.repeated} fills booked twice by the router")
    return found


def _child_differences(child_id: str, facts: Facts, parent: ParentFacts | None) -> list[str]:
    found = []
    at_venue, child = facts.venue.get(child_id, ()), facts.execution.get(child_id)
    if len(at_venue) > 1:
        found.append(f"child {child_id} is {len(at_venue)} orders at the venue")
    if at_venue and (child is None or not child.new_intents):
        found.append(f"child {child_id} is at the venue without an intent")
    if at_venue and (parent is None or child_id not in parent.children):
        found.append(f"child {child_id} is at the venue, and the router did not order it")
    for order in at_venue:
        if not order.terminal:
            found.append(f"child {child_id} is still {order.status} at {order.venue_id}")
        if order.reported_cum != _sum(order.fills):
            found.append(
                f"{order.venue_id} reported {order.reported_cum} for child {child_id}, its log has {_sum(order.fills)}"
            )
        if child is not None and order.venue_id != child.venue_id:
            found.append(f"child {child_id} is at {order.venue_id}, and was meant for {child.venue_id}")
    return found + (_journal_differences(child_id, child, bool(at_venue)) if child is not None else [])


def _journal_differences(child_id: str, child: ExecutionFacts, at_venue: bool) -> list[str]:
    found = []
    if child.new_intents > 1:
        found.append(f"child {child_id} has {child.new_intents} intents that create")
    if child.unknown:
        found.append(f"child {child_id} is UNKNOWN")
    elif not child.ended:
        found.append(f"child {child_id} has not ended in the execution journal")
    if child.unsent and at_venue:
        found.append(f"child {child_id} counts as never sent, and the venue has it")
    if child.ended and not child.unsent and not at_venue:
        found.append(f"child {child_id} ended in the execution journal, and the venue's log does not have it")
    if child.repeated:
        found.append(f"{child.repeated} fills of child {child_id} journaled twice")
    return found


def _audit_differences(parent: ParentFacts, audit: AuditFacts) -> list[str]:
    found = []
    if audit.status != parent.status.name:
        found.append(f"{parent.status.name} in the router's journal, {audit.status} in ClickHouse")
    if (audit.cum_qty, audit.notional) != (parent.cum_qty, parent.notional):
        found.append(
            f"ClickHouse says {audit.cum_qty} executed for {audit.notional}, the parent {parent.cum_qty} for {parent.notional}"
        )
    return found


def _union(sets: Iterable[Fills]) -> Fills:
    return frozenset().union(*sets)


def _sum(fills: Iterable[FillFact]) -> int:
    return sum(fill.qty for fill in fills)
