"""How the orders of a contingent list depend on each other while they live: every transition of a leg, in this file.

                    first order executed                     price reached
        HELD ──────────────────────────► ARMED ─────────────────────────────────► DUE
          │                                ▲ ▲                                      │ nothing of the others is at a venue
          │ (it stands for no other,       │ ╰───────── nothing left at a venue ──╮ ▼
          │  or is the one that rests)     │                                LEAVING ◄── another is due ── LIVE
          ╰────────────────────────────────┴──────────────────────────────────────────────────────────────►╯

Rules, of orders that stand for each other (all of OCO and OUO, the exits of a bracket):
- at most one of them has anything at a venue. At first that is the first LIMIT order; the others wait in the router for their price;
- what takes liquidity comes back by itself and is waited for; what rests is cancelled for the order that is due, and that order waits until every child of the others has ended, as their venues confirm: an unknown child is not ended;
- what one of them executes is counted once (`LegCounted`) and never given back: OCO ends the others by it, OUO and a bracket take it off
  their quantity (`LegReduced`; nothing left: they end). A bust re-opens nothing;
- an order that ends without an execution (cancelled, refused, expired) leaves the others as they are. Where none of them is worked then, the
  first LIMIT order that waits in the router rests in its place; one that is the last of its list is worked like any order.

And of the first order of an OTO or a bracket:
- OTO: it releases the others once it is FILLED; if it ends otherwise, they end. Partial executions release nothing (FIX volume 1);
- bracket: the exits may work as much as the entry has executed and they have not; what a bust takes from the entry is taken off the
  venues again. The entry's end without any execution ends the exits; its end with some leaves them to work that much.

All of it follows from the facts in the state after any event of any order of the list, and is written in the record of that event:
`settle_lists` runs at the end of every decision. It decides nothing about prices (`triggers`), and nothing about how an order is worked.
"""

from oms.core.commands import order_id_of
from oms.core.enums import ContingencyType, ExecType, LegState, OrdStatus, OrdType, TriggerKind
from oms.core.list_events import LegChanged, LegCounted, LegReduced, ListDone, ListOpened
from oms.core.lists import exclusive, triggers
from oms.core.reasons import Reason
from oms.core.risk_events import ListAccepted
from oms.core.routing.draft import Draft
from oms.core.routing.ending import cancel_open_children, tell, wind_down
from oms.core.routing.making import CHILD_GOOD_FOR_NS, lot_of
from oms.core.routing.placing import place_again, start
from oms.core.routing.state import Group, Parent, open_leaves
from oms.core.routing.triggers import arm, arm_stop, waits_for_stop


def open_list(draft: Draft, offset: int, accepted: ListAccepted) -> None:
    """A program's orders need no group: they do not know each other."""
    contingency = accepted.order_list.contingency
    if contingency is None:
        return
    orders = accepted.order_list.orders
    order_ids = tuple(order_id_of(o.desk_id, o.trading_date, o.cl_ord_id) for o in orders)
    draft.emit(ListOpened(accepted.list_id, contingency, order_ids, offset))


def enter(draft: Draft, parent: Parent, good_until_ns: int) -> None:
    """An order of a list was opened: it works at once, or waits. One without a group (a program's, or of no list) works."""
    group = draft.group(parent.opened.list_id) if parent.opened.list_id else None
    if group is not None:
        leg = _first_state(draft, group, parent)
        bit_by_bit = leg is LegState.HELD and group.contingency is ContingencyType.BRACKET
        _change(draft, group, parent, leg, 0 if bit_by_bit else None, "")
    start(draft, parent, good_until_ns)


def due(draft: Draft, parent: Parent) -> None:
    """The price that an order in the router waits for was reached: `settle_lists` finds whether it can go."""
    group = draft.group(parent.opened.list_id)
    assert group is not None and parent.leg is LegState.ARMED, "only an order that is armed waits for its price"
    _change(draft, group, parent, LegState.DUE, parent.released_qty, parent.order_id)


def settle_lists(draft: Draft) -> None:
    """Bring every list of which this decision touched an order up to what is so now."""
    for list_id in draft.touched_lists():
        group = draft.group(list_id)
        if group is not None:
            _settle(draft, group)


def _settle(draft: Draft, group: Group) -> None:
    legs = [p for p in (draft.parent(order_id) for order_id in group.order_ids) if p is not None]
    standing = [p for p in legs if exclusive(group.contingency, group.order_ids.index(p.order_id))]
    for leg in standing:
        _count(draft, group, leg, standing)
    if triggers(group.contingency):
        _release(draft, group, legs)
    _turn(draft, group, standing)
    _succeed(draft, group, standing)
    while _arm(draft, group, standing):  # each time a stop was met, which is once for every order
        _turn(draft, group, standing)
    for leg in standing:
        _fit(draft, leg)
    if all(p.closed for p in legs):
        draft.emit(ListDone(group.list_id))


def _arm(draft: Draft, group: Group, standing: list[Parent]) -> bool:
    """See that whatever waits for its price is watched; whether one is due already."""
    met = False
    for leg in standing:
        waits = leg.leg is LegState.ARMED and not leg.closed and not leg.cancelling and leg.pending_terms is None
        if not waits or leg.order_id in draft.state.armed:
            continue
        if not waits_for_stop(leg):
            arm(draft, leg, TriggerKind.DISPLAYED, leg.limit_price, qty=lot_of(draft, leg))
        elif arm_stop(draft, leg):
            _change(draft, group, leg, LegState.DUE, leg.released_qty, leg.order_id)
            met = True
    return met


# --- executions ---------------------------------------------------------------------------------------------------------------


def _count(draft: Draft, group: Group, leg: Parent, standing: list[Parent]) -> None:
    """What the leg executed beyond what is counted already, and what it means for those that it stands for."""
    executed = leg.cum_qty - leg.counted_qty
    if executed <= 0:
        return
    draft.emit(LegCounted(group.list_id, leg.order_id, leg.cum_qty))
    for other in standing:
        if other is leg or other.closed:
            continue
        left = other.terms.order_qty - executed
        if group.contingency is ContingencyType.ONE_CANCELS_THE_OTHER or left <= other.cum_qty:
            _end(draft, other, Reason.CONTINGENT_EXECUTED, leg)
        else:
            draft.emit(LegReduced(group.list_id, other.order_id, left, leg.order_id, executed))
            tell(draft, other, ExecType.RESTATED, other.status, text=f"{leg.opened.cl_ord_id} executed {executed}")


def _end(draft: Draft, leg: Parent, reason: Reason, by: Parent) -> None:
    if not leg.cancelling:
        wind_down(draft, leg, reason, text=f"{by.opened.cl_ord_id} {by.status.name}, {by.cum_qty} executed")


# --- the first order ----------------------------------------------------------------------------------------------------------


def _release(draft: Draft, group: Group, legs: list[Parent]) -> None:
    first = next((p for p in legs if p.order_id == group.order_ids[0]), None)
    if first is None:
        return  # so long ended that it is forgotten: nothing comes of it any more
    others = [p for p in legs if p is not first and not p.closed]
    if group.contingency is ContingencyType.BRACKET:
        for leg in others:
            _release_exit(draft, group, first, leg, others)
    elif first.status is OrdStatus.FILLED:
        for leg in others:
            if leg.leg is LegState.HELD:
                _go(draft, group, leg, None, first)
        return
    for leg in others:
        if leg.leg is LegState.HELD and first.closed:
            _end(draft, leg, Reason.CONTINGENT_NOT_TRIGGERED, first)


def _release_exit(draft: Draft, group: Group, entry: Parent, leg: Parent, exits: list[Parent]) -> None:
    """The exit may execute what the entry did and the other exits did not."""
    elsewhere = sum(
        draft.state.parents[o].counted_qty
        for o in group.order_ids[1:]
        if o != leg.order_id and o in draft.state.parents
    )
    released = max(0, entry.cum_qty - elsewhere)
    if leg.leg is LegState.HELD:
        if not released:
            return
        if leg.opened.ord_type is OrdType.LIMIT and all(x.leg in (LegState.HELD, LegState.ARMED) for x in exits):
            _go(draft, group, leg, released, entry)
            return
        _change(draft, group, leg, LegState.ARMED, released, entry.order_id)
    elif released != leg.released_qty:
        assert leg.leg is not None
        _change(draft, group, leg, leg.leg, released, entry.order_id)
        if leg.leg is LegState.LIVE and not leg.cancelling and leg.pending_terms is None:
            place_again(draft, leg)
    left = released - leg.cum_qty
    if entry.closed and left < lot_of(draft, leg) and not leg.open_children:
        _end(draft, leg, Reason.CONTINGENT_EXECUTED, entry)


# --- whose turn it is ---------------------------------------------------------------------------------------------------------


def _turn(draft: Draft, group: Group, standing: list[Parent]) -> None:
    """At most one leg has anything at a venue: the one that is due goes when the others have left."""
    alive = [p for p in standing if not p.closed]
    waiting = next((p for p in alive if p.leg is LegState.DUE and not p.cancelling), None)
    for leg in alive:
        if waiting is None and leg.leg is LegState.LEAVING:
            _change(draft, group, leg, LegState.LIVE, leg.released_qty, leg.order_id)
            if not leg.cancelling and leg.pending_terms is None:
                place_again(draft, leg)
        elif waiting is not None and leg.leg is LegState.LIVE and all(c.rests for c in draft.open_children(leg)):
            _change(draft, group, leg, LegState.LEAVING, leg.released_qty, waiting.order_id)
            cancel_open_children(draft, leg)
        if waiting is not None and leg.leg is LegState.LEAVING and not leg.open_children and not leg.cancelling:
            _change(draft, group, leg, LegState.ARMED, leg.released_qty, waiting.order_id)
    if waiting is not None and not any(p.open_children for p in standing):
        _go(draft, group, waiting, waiting.released_qty, waiting)


def _succeed(draft: Draft, group: Group, standing: list[Parent]) -> None:
    """The order that was worked has ended: another that only waited for it is worked now. Not while all of it may not be: a stop at a
    venue would stand there bit by bit."""
    alive = [p for p in standing if not p.closed]
    ended = len(alive) < len(group.order_ids) - (group.contingency is ContingencyType.BRACKET)
    waits = [p for p in alive if p.leg is LegState.ARMED and not p.cancelling and p.pending_terms is None]
    if not ended or len(waits) < len(alive) or any(p.open_children for p in standing):
        return
    first = draft.parent(group.order_ids[0])
    whole = group.contingency is not ContingencyType.BRACKET or first is None or first.closed
    heir = next(
        (p for p in waits if p.opened.ord_type is OrdType.LIMIT), waits[0] if len(waits) == 1 and whole else None
    )
    if heir is None:
        return
    gone = next((p for p in standing if p.closed), heir)
    _change(draft, group, heir, LegState.LIVE, heir.released_qty, gone.order_id)
    if heir.opened.ord_type is OrdType.LIMIT:  # a stop waits on for its price
        tell(draft, heir, ExecType.TRIGGERED, heir.status, text=f"{gone.opened.cl_ord_id} has ended")
    start(draft, heir, draft.conditions.wall_ns + CHILD_GOOD_FOR_NS)


def _go(draft: Draft, group: Group, leg: Parent, released: int | None, by: Parent) -> None:
    """The leg is worked from here on (FIX ExecType L, "activated")."""
    _change(draft, group, leg, LegState.LIVE, released, by.order_id)
    why = "its price was reached" if by is leg else f"{by.opened.cl_ord_id} executed {by.cum_qty}"
    tell(draft, leg, ExecType.TRIGGERED, leg.status, text=why)
    if not leg.cancelling and leg.pending_terms is None:
        start(draft, leg, draft.conditions.wall_ns + CHILD_GOOD_FOR_NS)


def _fit(draft: Draft, leg: Parent) -> None:
    """What is at a venue beyond what the leg may still execute comes back; the rest of it is placed again then."""
    bound = leg.mandated_qty if leg.released_qty is None else min(leg.mandated_qty, leg.released_qty)
    if leg.open_children and leg.cum_qty + open_leaves(draft.state, leg) > bound:
        cancel_open_children(draft, leg)


def _first_state(draft: Draft, group: Group, parent: Parent) -> LegState:
    index = group.order_ids.index(parent.order_id)
    if triggers(group.contingency):
        return LegState.LIVE if index == 0 else LegState.HELD
    before = (draft.state.parents[order_id] for order_id in group.order_ids[:index])
    rests = parent.opened.ord_type is OrdType.LIMIT and all(p.leg is LegState.ARMED for p in before)
    return LegState.LIVE if rests else LegState.ARMED


def _change(draft: Draft, group: Group, leg: Parent, state: LegState, released: int | None, by_order_id: str) -> None:
    draft.emit(LegChanged(group.list_id, leg.order_id, state, released, by_order_id))
