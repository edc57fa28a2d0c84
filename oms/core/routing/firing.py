"""What an order does when the market meets what it waited for: it works, or its price follows.

The record that a trigger leaves holds the market data that met the condition and the children that follow from it: a crash before it
is acknowledged leaves the order armed, one after it leaves the children to be sent, and nothing is in between.
"""

from oms.core.enums import TriggerKind
from oms.core.routing.conditions import displayed
from oms.core.routing.contingency import due
from oms.core.routing.draft import Draft
from oms.core.routing.making import CHILD_GOOD_FOR_NS
from oms.core.routing.placing import place
from oms.core.routing.state import Armed, Parent
from oms.core.routing.triggers import arm, fire, look, resumed, target_of
from oms.core.routing.work import told_venue, work_of
from oms.core.routing_events import ChildReplace, TimerDone
from oms.core.stage import TimerInput
from oms.core.trigger_events import Repegged


def on_trigger(draft: Draft, timer: TimerInput) -> None:
    """`timer.number`: the market position from which prints count."""
    parent = draft.parent(timer.owner)
    armed = draft.state.armed.get(timer.owner)
    if parent is None or armed is None:
        draft.emit(TimerDone(timer.owner, timer.kind, timer.number))
        return
    match armed.kind:
        case TriggerKind.STOP | TriggerKind.TRAILING_STOP:
            if look(draft, parent, armed, timer.number):
                _work(draft, parent)
        case TriggerKind.PEG:
            _follow(draft, parent, armed)
        case TriggerKind.DISPLAYED:
            market = draft.market_of(parent)
            seen = displayed(armed, market, parent.terms.venues, armed.position) if market is not None else None
            if seen is not None:
                fire(draft, parent, armed, seen)
                _work(draft, parent)
        case TriggerKind.RESUME:
            fire(draft, parent, armed, resumed())
            _work(draft, parent)
    if not draft.events:  # the market has moved on since it was asked: it waits from here on
        arm(
            draft,
            parent,
            armed.kind,
            armed.price,
            qty=armed.qty,
            offset=armed.offset,
            reference_px=armed.reference_px,
        )


def _work(draft: Draft, parent: Parent) -> None:
    """An order of a list goes when its list lets it."""
    if parent.held_back:
        due(draft, parent)
        return
    place(draft, parent, draft.conditions.wall_ns + CHILD_GOOD_FOR_NS)


def _follow(draft: Draft, parent: Parent, armed: Armed) -> None:
    """A peg goes where its price is now: its children are asked to, or it is placed for the first time."""
    market = draft.market_of(parent)
    target = target_of(draft.state, parent, armed.reference_px, market, draft.own_pegs(parent)) if market else None
    if market is None or target is None or target.price == armed.price:
        return
    resting = [c for c in draft.open_children(parent) if c.rests and c.pending is None]
    if not resting:
        _work(draft, parent)
        return
    draft.emit(
        Repegged(
            parent.order_id,
            target.price,
            armed.price,
            target.bid_px,
            target.ask_px,
            target.reference_px,
            market.partition,
            market.position,
            draft.conditions.tape_ns,
        )
    )
    work, venues = work_of(parent), draft.state.reference.venues
    good_until_ns = draft.conditions.wall_ns + CHILD_GOOD_FOR_NS
    for c in resting:
        told = told_venue(work, venues[c.venue_id], c.order_qty)
        draft.emit(
            ChildReplace(
                c.order_id,
                c.child_id,
                c.requests + 1,
                c.order_qty,
                target.price,
                good_until_ns,
                told,
                parent.terms.reduces_from,
            )
        )
