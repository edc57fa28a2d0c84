"""Contingent lists at the router: which of their orders may be at a venue, and how much they may execute between them.

What a list is, is read from risk's record of it; what its orders do, from the router's children and fills. What the router says of legs is
judged by that, never believed.

- Of orders that stand for each other (OCO, OUO, the exits of a bracket) at most one has a child that is open.
- Of an OCO one order executes, and then the others end. Of OUO and of exits each executes no more than it was given, less what the others
  executed since; exits together no more than the entry.
- Orders that wait for the first are not placed before it is filled (OTO), or for more than it executed (bracket); they end where it ends without that.
- A list is done in the record in which its last order ends, and not before.

A venue may execute an order after it said that the order had ended: such a fill is *late*. It counts against the others, and is held
against nobody: no waiting for an answer can prevent it. So does the rise of a quantity by a correction.
"""

from dataclasses import dataclass, field

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.facts import RISK, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.router_book import Parent, RouterBook
from oms.v1.commands_pb2 import NewOrderList
from oms.v1.enums_pb2 import (
    CONTINGENCY_TYPE_BRACKET,
    CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER,
    CONTINGENCY_TYPE_ONE_TRIGGERS_THE_OTHER,
)
from oms.v1.routing_pb2 import LegReduced, ListOpened, ParentTraded, RoutingEvent


@dataclass(slots=True)
class Leg:
    """`qty`: what it may execute in all, by its terms in force and what others of its list executed; `asked`: of a replacement under way.

    `cum_qty`: what is executed and stands; `counted`: the most that it ever was after a record (a trade that is told after its bust never
    stood); `late`: of it by children that had ended, or by corrections; `in_time`: some was not; `fresh`: some of this record was not.
    """

    order_id: str
    qty: int
    asked: int = 0
    cum_qty: int = 0
    counted: int = 0
    late: int = 0
    in_time: bool = False
    fresh: bool = False

    @property
    def most(self) -> int:
        return max(self.qty, self.asked)


@dataclass(slots=True)
class Group:
    """`released`: the first order was filled once."""

    list_id: str
    contingency: int
    legs: list[Leg]
    released: bool = False
    done: bool = False

    @property
    def first(self) -> Leg:
        return self.legs[0]

    @property
    def waits(self) -> bool:
        return self.contingency in (CONTINGENCY_TYPE_ONE_TRIGGERS_THE_OTHER, CONTINGENCY_TYPE_BRACKET)

    @property
    def standing(self) -> list[Leg]:
        """The orders of which one may execute in the place of another."""
        if self.contingency == CONTINGENCY_TYPE_ONE_TRIGGERS_THE_OTHER:
            return []
        return self.legs[1:] if self.contingency == CONTINGENCY_TYPE_BRACKET else self.legs


@dataclass(slots=True)
class ListBook:
    """One partition, beside its `RouterBook`, which has taken a record before it comes here."""

    partition: int
    facts: Facts
    router: RouterBook
    findings: Findings
    groups: dict[str, Group] = field(default_factory=dict)
    suspects: list[tuple[set[str], str]] = field(default_factory=list)
    """More was executed than is allowed, and by which orders: `judge` asks whether a venue did it."""

    _of: dict[str, Group] = field(default_factory=dict)
    _ended_children: set[str] = field(default_factory=set)

    def take(self, counted: Counted) -> None:
        touched: dict[str, Group] = {}
        for event in counted.envelope.events:
            group = self._fold(counted, event.routing)
            if group is not None:
                touched[group.list_id] = group
        for group in touched.values():
            self._count(counted, group)
            self._together(counted, group)
            self._ends(counted, group)

    def judge(self, excused: set[str]) -> None:
        """`excused`: orders of which a venue executed more than it was asked for."""
        for order_ids, text in self.suspects:
            if not order_ids & excused:
                self.findings.report(Kind.LIST_OVERFILLED, text)
        self.suspects.clear()

    # --- a record

    def _fold(self, counted: Counted, event: RoutingEvent) -> Group | None:
        kind = event.WhichOneof("kind")
        if kind is None:
            return None
        body = getattr(event, kind)
        match kind:
            case "list_opened":
                self._opened(counted, body)
                return None
            case "list_done":
                return self._done(counted, body.list_id)
            case "parent_opened":
                self._begin(body.list_id, body.decision_offset)
            case "child_closed":
                self._ended_children.add(body.child_id)
        order_id = getattr(body, "order_id", "")
        group = self._of.get(order_id)
        if group is None:
            return None
        leg = next(leg for leg in group.legs if leg.order_id == order_id)
        match kind:
            case "parent_replace_started":
                leg.asked = body.order_qty
            case "replace_applied":
                self._count(counted, group)  # what was executed until then was under the old terms
                if body.applied and leg.asked:
                    leg.qty = max(leg.asked, leg.cum_qty)
                leg.asked = 0
            case "parent_traded":
                self._traded(leg, body)
            case "trade_corrected":
                leg.late += max(0, body.new_qty - body.old_qty)
                leg.cum_qty = body.cum_qty
            case "leg_reduced":
                self._count(counted, group)
                self._reduced(counted, leg, body)
            case "child_new" | "child_replace":
                self._count(counted, group)
                self._placed(counted, group, leg, body.child_id)
        return group

    def _accepted(self, offset: int) -> tuple[str, NewOrderList] | None:
        """The contingent list that risk's record has."""
        counted = self.facts.journals[TopicPartition(RISK, self.partition)].counted.get(offset)
        for event in counted.envelope.events if counted is not None else ():
            accepted = event.risk.list_accepted
            if event.risk.WhichOneof("kind") == "list_accepted" and accepted.order_list.HasField("contingency"):
                return accepted.list_id, accepted.order_list
        return None

    def _begin(self, list_id: str, offset: int) -> None:
        """The first of a list's orders was opened."""
        found = self._accepted(offset) if list_id and list_id not in self.groups else None
        if found is None or found[0] != list_id:
            return
        legs = [Leg(f"{o.desk_id}/{o.trading_date}/{o.cl_ord_id}", o.order_qty) for o in found[1].orders]
        self.groups[list_id] = group = Group(list_id, found[1].contingency, legs)
        self._of.update({leg.order_id: group for leg in legs})

    def _opened(self, counted: Counted, opened: ListOpened) -> None:
        """What the router takes the list for; its orders follow in the same record."""
        self._begin(opened.list_id, opened.decision_offset)
        group = self.groups.get(opened.list_id)
        told = (opened.contingency, list(opened.order_ids))
        if group is None or told != (group.contingency, [leg.order_id for leg in group.legs]):
            self._report(Kind.LIST_DIFFERS, counted, f"{opened.list_id} from oms.risk@{opened.decision_offset}")

    # --- what orders do

    def _placed(self, counted: Counted, group: Group, leg: Leg, child_id: str) -> None:
        text, entered = f"{child_id} of {group.list_id}", self._executed(group.first)
        if leg is not group.first and group.waits:
            if group.contingency == CONTINGENCY_TYPE_BRACKET:
                exits = sum(self._out(exit_) for exit_ in group.standing)
                if exits > entered:
                    self._report(Kind.LEG_EARLY, counted, f"{text}: exits for {exits}, {entered} entered")
            elif not group.released:
                self._report(Kind.LEG_EARLY, counted, f"{text}: {entered} of {group.first.qty} is executed")
        if leg not in group.standing:
            return
        others = [other for other in group.standing if other is not leg and other.counted]
        if group.contingency == CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER:
            if others:
                self._report(Kind.LEG_GOES_ON, counted, f"{text}, of which {others[0].order_id} has executed")
        elif self._out(leg) > leg.most:
            self._report(Kind.LIST_OVERFILLED, counted, f"{text}: {self._out(leg)} executed or out, of {leg.most}")

    def _traded(self, leg: Leg, traded: ParentTraded) -> None:
        late = traded.child_id in self._ended_children
        if late:
            leg.late += traded.last_qty
        leg.fresh = leg.fresh or not late
        leg.cum_qty = traded.cum_qty

    def _allowed(self, counted: Counted, group: Group, leg: Leg, cum_qty: int) -> None:
        """Whether the list allows what the order has executed now."""
        others = [other for other in group.standing if other is not leg]
        place = f"{counted.place}: {leg.order_id} of {group.list_id}"
        if group.contingency == CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER:
            executed = {other.order_id for other in others if other.in_time}
            if executed:
                self.suspects.append((set(), f"{place} executes, {', '.join(sorted(executed))} has"))
            return
        beside = sum(other.late for other in others) + leg.late
        beside += sum(p.taken_back for p in self._parents(group.standing))
        everyone = {x.order_id for x in group.standing}
        if cum_qty > leg.most + beside:
            self.suspects.append((everyone, f"{place} has {cum_qty} of {leg.most}"))
        if group.contingency == CONTINGENCY_TYPE_BRACKET:
            exits = sum(self._executed(exit_) for exit_ in group.standing)
            if exits > group.first.counted + beside:
                self.suspects.append((everyone, f"{place}: exits have {exits}, the entry {group.first.counted}"))

    def _count(self, counted: Counted, group: Group) -> None:
        """What orders executed beyond the most that they ever had is taken off the others; asked for before anything follows from it."""
        for leg in group.legs:
            more, fresh = leg.cum_qty - leg.counted, leg.fresh
            leg.fresh = False
            if more <= 0:
                continue
            if fresh and leg in group.standing:
                self._allowed(counted, group, leg, leg.cum_qty)
            leg.in_time = leg.in_time or fresh
            leg.counted = leg.cum_qty
            if leg in group.standing and group.contingency != CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER:
                for other in group.standing:
                    if other is not leg:
                        other.qty -= more
                        other.asked -= more if other.asked else 0
        group.released = group.released or group.first.counted >= group.first.qty

    def _reduced(self, counted: Counted, leg: Leg, event: LegReduced) -> None:
        if event.order_qty != leg.qty:
            self._report(Kind.LIST_DIFFERS, counted, f"{leg.order_id} is reduced to {event.order_qty}, not {leg.qty}")

    # --- after a record

    def _together(self, counted: Counted, group: Group) -> None:
        at_venues = [leg.order_id for leg in group.standing if self._is_out(leg)]
        if len(at_venues) > 1:
            self._report(Kind.LEGS_TOGETHER, counted, f"{', '.join(at_venues)} of {group.list_id}")

    def _is_out(self, leg: Leg) -> bool:
        return any(not child.closed for parent in self._parents([leg]) for child in parent.children)

    def _ends(self, counted: Counted, group: Group) -> None:
        parents = self._parents(group.legs)
        for parent in self._parents(self._over(group)):
            if not (parent.ended or parent.cancelling):
                self._report(Kind.LEG_GOES_ON, counted, f"{parent.opened.order_id} of {group.list_id}")
        if len(parents) == len(group.legs) and all(parent.ended for parent in parents) != group.done:
            group.done = True  # once is enough
            self._report(Kind.LIST_NOT_DONE, counted, group.list_id)

    def _over(self, group: Group) -> list[Leg]:
        """Orders whose end follows from what another of the list did."""
        if group.contingency == CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER:
            executed = [leg for leg in group.legs if leg.counted]
            return [leg for leg in group.legs if executed and leg is not executed[0]]
        first = self.router.parents.get(group.first.order_id)
        if not group.waits or first is None or not first.ended:
            return []
        nothing = not group.first.counted if group.contingency == CONTINGENCY_TYPE_BRACKET else not group.released
        return group.legs[1:] if nothing else []

    def _done(self, counted: Counted, list_id: str) -> Group | None:
        group = self.groups.get(list_id)
        if group is None or group.done:
            self._report(Kind.LIST_NOT_DONE, counted, f"{list_id} is done, and was not begun or done before")
            return None
        group.done = True
        return group

    def _report(self, kind: Kind, counted: Counted, text: str) -> None:
        self.findings.report(kind, f"{counted.place}: {text}")

    # --- orders as the router has them

    def _parents(self, legs: list[Leg]) -> list[Parent]:
        return [self.router.parents[leg.order_id] for leg in legs if leg.order_id in self.router.parents]

    def _executed(self, leg: Leg) -> int:
        return sum(parent.cum_qty for parent in self._parents([leg]))

    def _out(self, leg: Leg) -> int:
        """What it has executed, and what its children could still."""
        return sum(parent.cum_qty + sum(c.leaves for c in parent.children) for parent in self._parents([leg]))
