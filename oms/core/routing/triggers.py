"""Orders that wait for the market in the router: how they are armed, when they are to be asked, and how a stop is met.

    arm(draft, parent, kind, price, …)   the order waits for that from here on, in the place of what it waited for before
    arm_stop(draft, parent)              as its instructions say; True where the market meets it already: then it works
    suspend(draft, parent)               it waits for the end of a halt
    due(state, market, tape_ns)          whose condition is met now, as the loop asks at every turn

A condition that is met becomes an input of the stage (a TimerInput of kind TRIGGER), so that all that follows stands in one record:
what of the market met it, and the children. Replay reads that record and never the market. An order waits for one thing at a time. It waits for
nothing any more once it works, ends, is being cancelled or works under other terms: `evolve` sees to that, nobody has to remember.

A halt suspends: an order that a halt covers is not asked; when halts change it is asked again, of the market as it is then. While a
replace is pending it is not asked either. What is asked always leaves a record that moves it on, so that nothing is asked for ever.
"""

from oms.core.enums import ExecType, PegPriceType, TimerKind, TriggerBasis, TriggerKind
from oms.core.instructions import STOPS
from oms.core.lifecycle.table import Trigger
from oms.core.market import InstrumentMarket, MarketView
from oms.core.routing.conditions import (
    QUOTES_AFTER_NS,
    PegPrice,
    Seen,
    displayed,
    first_stop,
    look_at_stop,
    pause_of,
    peg_price,
)
from oms.core.routing.draft import Draft
from oms.core.routing.ending import move, tell
from oms.core.routing.halting import is_halted, is_halted_at
from oms.core.routing.state import Armed, Child, Parent, RouterState, displayed_by_pegs
from oms.core.routing.watch import Book
from oms.core.stage import TimerInput
from oms.core.trigger_events import StopMoved, TriggerArmed, Triggered

_NO_PRICE = 2**62


def arm(
    draft: Draft,
    parent: Parent,
    kind: TriggerKind,
    price: int = 0,
    *,
    qty: int = 0,
    offset: int = 0,
    reference_px: int = 0,
) -> Armed:
    market = draft.market_of(parent)
    draft.emit(
        TriggerArmed(
            parent.order_id,
            kind,
            price,
            qty,
            offset,
            reference_px,
            market.partition if market else 0,
            market.position if market else 0,
            draft.conditions.tape_ns,
        )
    )
    return draft.state.armed[parent.order_id]


def waits_for_stop(parent: Parent) -> bool:
    return parent.opened.ord_type in STOPS and not parent.triggered


def arm_stop(draft: Draft, parent: Parent) -> bool:
    """A stop that is through the market already is met at once, by the last trade."""
    i, market = parent.terms.instructions, draft.market_of(parent)
    trails = i.peg is not None and i.peg.price_type is PegPriceType.TRAILING_STOP
    offset = i.peg.offset if i.peg is not None and trails else 0
    stop = i.stop_px
    if stop is None:
        found = first_stop(parent.side.sign, offset, market, parent.opened.venue_id) if market is not None else None
        stop = found if found is not None else parent.terms.worst_price  # it moves to its place with the first trade
    armed = arm(draft, parent, TriggerKind.TRAILING_STOP if trails else TriggerKind.STOP, stop, offset=offset)
    return look(draft, parent, armed, armed.position)


def suspend(draft: Draft, parent: Parent) -> None:
    arm(draft, parent, TriggerKind.RESUME)


def look(draft: Draft, parent: Parent, armed: Armed, position: int) -> bool:
    """Let the prints from `position` on, and the last one, move or meet a stop; whether it is met."""
    market = draft.market_of(parent)
    if market is None:
        return False
    tick = draft.state.reference.instruments[armed.instrument_id].tick_size
    found = look_at_stop(armed, market, max(position, armed.position), draft.conditions.tape_ns, tick)
    if found.moved_by is not None:
        p = found.moved_by
        draft.emit(
            StopMoved(
                parent.order_id,
                found.stop_px,
                armed.price,
                p.trade.price,
                p.venue_id,
                p.trade.trade_id,
                market.partition,
                market.position,
                p.offset,
                draft.conditions.tape_ns,
            )
        )
    if found.met is None:
        return False
    fire(draft, parent, draft.state.armed[parent.order_id], found.met)
    tell(draft, parent, ExecType.TRIGGERED, move(draft, parent, Trigger.TRIGGERED))
    return True


def fire(draft: Draft, parent: Parent, armed: Armed, seen: Seen) -> None:
    """The condition is met: the order waits no more. What it does now is for the caller, in the same record."""
    market = draft.market_of(parent)
    draft.emit(
        Triggered(
            parent.order_id,
            armed.kind,
            seen.basis,
            armed.price,
            seen.price,
            seen.qty,
            seen.venue_id,
            seen.trade_id,
            market.partition if market else 0,
            market.position if market else 0,
            seen.offset,
            draft.conditions.tape_ns,
        )
    )


def target_of(
    state: RouterState,
    parent: Parent,
    armed_reference_px: int,
    market: InstrumentMarket,
    own: dict[tuple[str, int], int],
) -> PegPrice | None:
    """Where a pegged order is to be now."""
    peg, o = parent.terms.instructions.peg, parent.opened
    assert peg is not None, "a pegged order has a peg"
    venues = (o.venue_id,) if o.venue_id else parent.terms.venues
    tick = state.reference.instruments[o.instrument_id].tick_size
    return peg_price(o.side.sign, peg, parent.limit_price, tick, market, venues, own, armed_reference_px)


# Who is to be asked


def due(state: RouterState, market: MarketView, tape_ns: int) -> TimerInput | None:
    """The next order whose condition is met; it costs what moved. Changes nothing but the index."""
    watch = state.watch
    watch.made_of(state.armed)
    if not state.armed:
        watch.rest(market.changes)
        return None
    _look_at_changes(state, market, tape_ns)
    watch.wake(tape_ns)
    watch.halts_changed(state.control.halts)
    while watch.asked:
        order_id, asked_from = next(iter(watch.asked.items()))
        armed = state.armed[order_id]
        known = market.instrument(armed.instrument_id)
        position = min(max(asked_from, armed.position), known.position if known else 0)
        if _is_met(state, armed, position, known, tape_ns):
            return TimerInput(order_id, TimerKind.TRIGGER, position, tape_ns)
        del watch.asked[order_id]
    return None


def _look_at_changes(state: RouterState, market: MarketView, tape_ns: int) -> None:
    watch = state.watch
    watch.changes_seen, changed = market.changed_since(watch.changes_seen)
    for instrument_id in tuple(watch.keys) if changed is None else changed:
        known = market.instrument(instrument_id)
        if instrument_id in watch.keys and known is not None:
            for (_, venue_id), book in watch.books_of(instrument_id):
                low, high = _span(known, venue_id, book, tape_ns)
                watch.met(book, low, high, known.position)


def _span(market: InstrumentMarket, venue_id: str, book: Book, tape_ns: int) -> tuple[int, int]:
    """The lowest and highest price that may concern a stop: new prints, the last one, and the quotes where that is old."""
    mine = [p for p in market.prints if not venue_id or p.venue_id == venue_id]
    prices = [p.trade.price for n, p in enumerate(mine, 1) if p.offset >= book.position or n == len(mine)]
    low, high = min(prices, default=_NO_PRICE), max(prices, default=-1)
    if not mine or tape_ns - mine[-1].trade.time_ns > QUOTES_AFTER_NS:
        quotes = [q.quote for q in market.quotes if not venue_id or q.venue_id == venue_id]
        high = max(high, min((q.ask_px for q in quotes if q.ask_qty > 0), default=-1))
        low = min(low, max((q.bid_px for q in quotes if q.bid_qty > 0), default=_NO_PRICE))
    return low, high


def _is_met(state: RouterState, armed: Armed, position: int, market: InstrumentMarket | None, tape_ns: int) -> bool:
    parent = state.parents[armed.order_id]
    if parent.pending_terms is not None:
        return False  # asked again when it is settled
    if is_halted(state, parent) or _halted_at_venues(state, parent):
        state.watch.parked[armed.order_id] = None
        return False
    if armed.kind is TriggerKind.RESUME:
        return True
    if market is None:
        return False
    if armed.kind in (TriggerKind.STOP, TriggerKind.TRAILING_STOP):
        tick = state.reference.instruments[armed.instrument_id].tick_size
        found = look_at_stop(armed, market, position, tape_ns, tick)
        if found.met is None and found.moved_by is None and armed.offset > 0:
            _after_pause(state, armed, tape_ns)  # what came meanwhile may move it then
        return found.met is not None or found.moved_by is not None
    if any(child.pending is not None or not child.rests for child in _open(state, parent)):
        return False  # asked again when that is settled
    return _wants(state, parent, armed, market) and _after_pause(state, armed, tape_ns)


def _open(state: RouterState, parent: Parent) -> list[Child]:
    return [state.children[c] for c in parent.open_children]


def _after_pause(state: RouterState, armed: Armed, tape_ns: int) -> bool:
    """Whether it may act again; else it is asked again then."""
    if tape_ns >= pause_of(armed):
        return True
    state.watch.pause(armed.order_id, pause_of(armed))
    return False


def _wants(state: RouterState, parent: Parent, armed: Armed, market: InstrumentMarket) -> bool:
    if armed.kind is TriggerKind.DISPLAYED:
        return displayed(armed, market, parent.terms.venues, armed.position) is not None
    own = displayed_by_pegs(state, armed.instrument_id, armed.sign)
    target = target_of(state, parent, armed.reference_px, market, own)
    return target is not None and target.price != armed.price


def _halted_at_venues(state: RouterState, parent: Parent) -> bool:
    """A halt of a venue at which a child would have to be repriced."""
    return any(is_halted_at(state, parent, child.venue_id) for child in _open(state, parent))


def resumed() -> Seen:
    """What an order that a halt suspended was waiting for."""
    return Seen(TriggerBasis.NO_HALT, 0, 0, "", -1)


__all__ = [
    "arm",
    "arm_stop",
    "due",
    "fire",
    "look",
    "resumed",
    "suspend",
    "target_of",
    "waits_for_stop",
]
