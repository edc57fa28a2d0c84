"""What the router journals of orders that wait for the market: armed, moved, met, and what it asks of children by itself."""

from dataclasses import dataclass

from oms.core.enums import TriggerBasis, TriggerKind


@dataclass(frozen=True, slots=True)
class TriggerArmed:
    """The router itself waits for the market on behalf of an order: what no venue does for it, it emulates.

    `price`: the stop price, the price a peg is worked at (0: none yet), or the limit of what is displayed. `qty`: the displayed size
    that is needed. `offset`: of a trailing stop its distance. `reference_px`: of a peg the price on its own side that it was made from.
    Market data below `market_position` is old news from here on, all but the last trade. `armed_ns` is tape time.
    """

    order_id: str
    kind: TriggerKind
    price: int
    qty: int
    offset: int
    reference_px: int
    market_partition: int
    market_position: int
    armed_ns: int


@dataclass(frozen=True, slots=True)
class Triggered:
    """The condition is met, and the order works from here on; what follows from it is in the same record.

    `price` is the order's (see `TriggerArmed`), `market_px` and `market_qty` what met it: the trade `trade_id` or quote of `venue_id`,
    brought by the record at `market_offset`. All of the market below `market_position`, and nothing else, was known.
    """

    order_id: str
    kind: TriggerKind
    basis: TriggerBasis
    price: int
    market_px: int
    market_qty: int
    venue_id: str
    trade_id: str
    market_partition: int
    market_position: int
    market_offset: int
    triggered_ns: int


@dataclass(frozen=True, slots=True)
class StopMoved:
    """A trailing stop followed the market: `stop_px` is in force in the place of `previous_px`, because of the trade at `market_px`."""

    order_id: str
    stop_px: int
    previous_px: int
    market_px: int
    venue_id: str
    trade_id: str
    market_partition: int
    market_position: int
    market_offset: int
    moved_ns: int


@dataclass(frozen=True, slots=True)
class Repegged:
    """A pegged order follows the market: its children are asked for `price` in the place of `previous_px`.

    `bid_px` and `ask_px`: the best that was displayed, our own orders left out (0: none); `reference_px` as in `TriggerArmed`.
    """

    order_id: str
    price: int
    previous_px: int
    bid_px: int
    ask_px: int
    reference_px: int
    market_partition: int
    market_position: int
    moved_ns: int


@dataclass(frozen=True, slots=True)
class ChildReplaced:
    """The venue confirmed a replace that the router asked for on its own (a peg that follows); the parent's terms are as they were."""

    order_id: str
    child_id: str
    order_qty: int
    price: int | None
