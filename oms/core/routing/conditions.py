"""What the market must do for an armed order, as pure functions of the order and one instrument's market.

Stop rule. A BUY stop is met when a trade prints at or above its price, a sale's at or below. Of a DIRECT order only its venue's prints
count, of a smart order every venue's; suspicious prints never. The last trade counts always (a stop through the market is met at once);
earlier ones from the market position on that the caller names. Where the last trade is older than QUOTES_AFTER_NS of tape time, or
there is none, the best price on the other side is asked in its place: an instrument that does not trade must not keep a stop asleep.

Trailing rule. A stop that trails a BUY is the lowest print since it was armed, plus its distance; of a sale the highest, less it. It
moves by a tick at least and once in TRAIL_PAUSE_NS of tape time at most; then it catches up with every print since. It never moves back.

Peg rule. PRIMARY is the best price on our own side, MARKET the best on the other, MID their middle; plus the offset; rounded to a tick
away from the other side, and never beyond the order's limit. Where our own pegged orders are all that a venue displays on their side,
they hide what is behind them: there the price holds that they were made from (`reference_px`), so that no peg follows itself. It moves once in REPEG_PAUSE_NS at most.

Displayed rule. One venue of the mandate displays the size needed within the limit, in a quote not older than the position given.

It knows no orders' lives, and no halts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from oms.core.enums import PegPriceType, TriggerBasis
from oms.core.instructions import Peg
from oms.core.market import InstrumentMarket, VenueQuote, VenueTrade
from oms.core.routing.state import Armed

QUOTES_AFTER_NS = 10_000_000_000
"""Without a trade for so long a stop goes by the best quote: long enough for a liquid instrument's prints to be the rule."""

TRAIL_PAUSE_NS = 200_000_000
"""Tape time between two moves of one stop: each is a record, and a stop that lags a fifth of a second behind is no worse a stop."""

REPEG_PAUSE_NS = 200_000_000
"""Tape time between two moves of one peg: each is a replace at a venue, and venues count messages."""

DISPLAYED_PAUSE_NS = 100_000_000
"""Tape time until an order that did not find what was displayed looks again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What of the market met a condition. `offset`: of the record that brought it, −1 where none did."""

    basis: TriggerBasis
    price: int
    qty: int
    venue_id: str
    offset: int
    trade_id: str = ""


@dataclass(frozen=True, slots=True)
class StopLook:
    """What a look at the prints says about a stop: where it stands then, the print that moved it there, and what met it."""

    stop_px: int
    moved_by: VenueTrade | None
    met: Seen | None


def pause_of(armed: Armed) -> int:
    """When an armed order may act again for its own sake (tape time): a stop is met at any time, but moves only then."""
    return armed.changed_ns + _PAUSES.get(armed.kind.name, 0)


_PAUSES = {"TRAILING_STOP": TRAIL_PAUSE_NS, "PEG": REPEG_PAUSE_NS, "DISPLAYED": DISPLAYED_PAUSE_NS}


def look_at_stop(armed: Armed, market: InstrumentMarket, position: int, tape_ns: int, tick: int) -> StopLook:
    """Walk the prints that count, oldest first: each may meet the stop as it stands then, or move it."""
    stop, moved_by = armed.price, None
    may_move = armed.offset > 0 and tape_ns >= pause_of(armed)
    prints = tuple(_prints(armed, market, position))
    for p in prints:
        if armed.sign * (p.trade.price - stop) >= 0:
            t = p.trade
            return StopLook(
                stop, moved_by, Seen(TriggerBasis.LAST_TRADE, t.price, t.qty, p.venue_id, p.offset, t.trade_id)
            )
        better = p.trade.price + armed.sign * armed.offset
        if may_move and armed.sign * (stop - better) >= tick and better > 0:
            stop, moved_by = better, p
    if not prints or tape_ns - prints[-1].trade.time_ns > QUOTES_AFTER_NS:
        best = best_other_side(armed, market)
        if best is not None and armed.sign * (_other(armed, best) - stop) >= 0:
            return StopLook(stop, moved_by, _quoted(armed, best))
    return StopLook(stop, moved_by, None)


def first_stop(sign: int, offset: int, market: InstrumentMarket, venue_id: str) -> int | None:
    """Where a trailing stop without a price of its own begins: its distance from the last print, else from the best on the other side."""
    last = last_print(market, venue_id)
    if last is not None:
        return max(1, last.trade.price + sign * offset)
    sides = [q.quote.ask_px if sign > 0 else q.quote.bid_px for q in _quotes(market, venue_id, sign)]
    if not sides:
        return None
    return max(1, (min(sides) if sign > 0 else max(sides)) + sign * offset)


def last_print(market: InstrumentMarket, venue_id: str) -> VenueTrade | None:
    """The newest print, of one venue where it is named."""
    return next((p for p in reversed(market.prints) if not venue_id or p.venue_id == venue_id), None)


def _prints(armed: Armed, market: InstrumentMarket, position: int) -> Iterator[VenueTrade]:
    """Those from `position` on, and the last one whenever it was."""
    mine = [p for p in market.prints if not armed.venue_id or p.venue_id == armed.venue_id]
    for p in mine[:-1]:
        if p.offset >= position:
            yield p
    yield from mine[-1:]


def best_other_side(armed: Armed, market: InstrumentMarket) -> VenueQuote | None:
    """The quote with the best price that the order would take."""
    quotes = _quotes(market, armed.venue_id, armed.sign)
    return min(quotes, key=lambda q: armed.sign * _other(armed, q), default=None)


def _quotes(market: InstrumentMarket, venue_id: str, sign: int) -> list[VenueQuote]:
    """Quotes that display something on the side that an order of this direction takes."""
    return [
        q
        for q in market.quotes
        if (not venue_id or q.venue_id == venue_id) and (q.quote.ask_qty if sign > 0 else q.quote.bid_qty) > 0
    ]


def _other(armed: Armed, q: VenueQuote) -> int:
    return q.quote.ask_px if armed.sign > 0 else q.quote.bid_px


def _quoted(armed: Armed, q: VenueQuote) -> Seen:
    qty = q.quote.ask_qty if armed.sign > 0 else q.quote.bid_qty
    return Seen(TriggerBasis.BEST_QUOTE, _other(armed, q), qty, q.venue_id, q.offset)


def displayed(armed: Armed, market: InstrumentMarket, venues: tuple[str, ...], position: int) -> Seen | None:
    """The first quote, best price first, that displays what is needed within the limit."""
    quotes = sorted(
        _quotes(market, armed.venue_id, armed.sign), key=lambda q: (armed.sign * _other(armed, q), q.venue_id)
    )
    for q in quotes:
        seen = _quoted(armed, q)
        within = armed.sign * (seen.price - armed.price) <= 0
        if within and seen.qty >= armed.qty and q.offset >= position and q.venue_id in venues:
            return seen
    return None


@dataclass(frozen=True, slots=True)
class PegPrice:
    """Where a peg is to be, and what it was made from (0: that side is not displayed)."""

    price: int
    bid_px: int
    ask_px: int
    reference_px: int


def peg_price(
    sign: int,
    peg: Peg,
    limit: int,
    tick: int,
    market: InstrumentMarket,
    venues: tuple[str, ...],
    own: dict[tuple[str, int], int],
    reference_px: int,
) -> PegPrice | None:
    """`own`: what our own pegged orders of this direction display, by (venue, price). None: no price is there to follow."""
    quotes = [q for q in market.quotes if q.venue_id in venues]
    hidden = [q for q in quotes if _ours(q, sign, own)]
    bids = [q.quote.bid_px for q in quotes if q.quote.bid_qty > 0 and (sign < 0 or q not in hidden)]
    asks = [q.quote.ask_px for q in quotes if q.quote.ask_qty > 0 and (sign > 0 or q not in hidden)]
    if hidden and reference_px:  # behind our own order is what was there before it, as far as anyone can see
        (bids if sign > 0 else asks).append(reference_px)
    bid, ask = max(bids, default=0), min(asks, default=0)
    mine, other = (bid, ask) if sign > 0 else (ask, bid)
    match peg.price_type:
        case PegPriceType.PRIMARY:
            twice = 2 * mine if mine else None
        case PegPriceType.MARKET:
            twice = 2 * other if other else None
        case PegPriceType.MID:
            twice = mine + other if mine and other else None
        case PegPriceType.TRAILING_STOP:
            raise AssertionError("a trailing stop is no peg of a price")
    if twice is None:
        return None
    # Half units first, then away from the other side: a buy is rounded down, a sale up.
    target = sign * (sign * (twice + 2 * peg.offset) // (2 * tick)) * tick
    bound = sign * (sign * limit // tick) * tick
    target = min(target, bound) if sign > 0 else max(target, bound)
    return PegPrice(target, bid, ask, mine) if target > 0 else None


def _ours(q: VenueQuote, sign: int, own: dict[tuple[str, int], int]) -> bool:
    """Whether what the venue displays on our side is all our own, so that what is behind it cannot be seen."""
    price, qty = (q.quote.bid_px, q.quote.bid_qty) if sign > 0 else (q.quote.ask_px, q.quote.ask_qty)
    return 0 < qty <= own.get((q.venue_id, price), 0)
