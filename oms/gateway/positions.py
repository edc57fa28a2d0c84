"""Positions, their profit and their sums as the API's messages: the folds of `oms.gateway.profit` with reference data and a mark.

Which mark, and why: what the position could be left at now, the best bid for a long one, the best ask for a short one. The middle would
count half a spread as earned that nobody has been paid. The last trade can be older than both sides and is taken only where the side
is not shown anywhere. Each mark says what it is, when it was seen, and whether risk would still judge an order by it.

Sums are over positions of one currency; nothing is converted, because no rate is known here. What is unknown of a position is left out of
a sum and counted beside it. Bounded by accounts × instruments; cheap enough to be asked every second.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from oms.core.enums import LimitKind, LimitScope
from oms.core.market import MarketView
from oms.core.money import notional
from oms.core.reference import Instrument, Limit, Reference, standing_limits
from oms.gateway.int128 import int128
from oms.gateway.profit import (
    Book,
    Exposure,
    Holding,
    Key,
    Mark,
    MarkSource,
    Opening,
    Profit,
    fee_of,
    mark_of,
    profit_of,
)
from oms.v1 import gateway_pb2 as api
from oms.v1.types_pb2 import Int128

NOTHING_OPEN = Opening(0, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An empty name does not restrict. `may_see`: the desks that whoever asks is allowed to see."""

    desk_id: str = ""
    account_id: str = ""
    instrument_id: str = ""
    totals_only: bool = False
    may_see: Callable[[str], bool] = lambda desk_id: True

    def holds(self, desk_id: str, key: Key) -> bool:
        return (
            self.desk_id in ("", desk_id)
            and self.account_id in ("", key[0])
            and self.instrument_id in ("", key[1])
            and self.may_see(desk_id)
        )


@dataclass(frozen=True, slots=True)
class Position:
    """One account in one instrument, valued. `instrument` None: reference data does not have it (any more), and nothing has a value."""

    holding: Holding
    opening: Opening
    exposure: Exposure
    instrument: Instrument | None
    profit: Profit
    mark: Mark | None
    age_ns: int | None
    stale: bool
    fees: int
    fills_without_fee: int


def list_positions(
    books: list[Book], reference: Reference, market: MarketView, tape_ns: int, wanted: Wanted
) -> api.ListPositionsResponse:
    """The answer. `tape_ns` 0: no tape's time is known, so no age is."""
    found = list(_positions(books, reference, market, tape_ns, wanted))
    response = api.ListPositionsResponse(time_ns=tape_ns)
    if not wanted.totals_only:
        response.positions.extend(_view(position, reference) for position in found)
    sums: dict[tuple[bool, str, str, str], _Sum] = {}
    for position in found:
        holding, currency = position.holding, position.instrument.currency if position.instrument else ""
        for account_id in ("", holding.account_id):
            key = bool(account_id), holding.desk_id, account_id, currency
            sums.setdefault(key, _Sum()).add(position)
    for (_, desk_id, account_id, currency), total in sorted(sums.items()):
        response.totals.append(total.message(desk_id, account_id, currency))
    return response


def _positions(
    books: list[Book], reference: Reference, market: MarketView, tape_ns: int, wanted: Wanted
) -> Iterable[Position]:
    """By account and instrument: what is held, what reference data opened with, and what orders are open for."""
    openings = _openings(reference)
    ages = _age_limits(standing_limits(reference))
    for book, key in sorted(_keys(books, reference, openings), key=lambda item: item[1]):
        exposure = book.exposures.get(key)
        holding = book.holdings.get(key)
        account = reference.accounts.get(key[0])
        desk_id = holding.desk_id if holding else exposure.desk_id if exposure else account.desk_id if account else ""
        if not wanted.holds(desk_id, key):
            continue
        holding = holding or Holding(key[0], desk_id, key[1])
        opening = openings.get(key, NOTHING_OPEN)
        instrument = reference.instruments.get(key[1])
        qty = holding.qty + (opening.qty - holding.opening_qty if book.whole else 0)
        mark = mark_of(qty, market.instrument(key[1]), reference.venues)
        age_ns = tape_ns - mark.time_ns if mark is not None and tape_ns else None
        limit_ns = _age_limit(ages, desk_id, key)
        stale = age_ns is not None and limit_ns is not None and not -limit_ns <= age_ns <= limit_ns
        if instrument is None:
            profit = Profit(qty, None, None, None, None, None, None)
        else:
            profit = profit_of(holding, opening, book.whole, mark.price if mark else None, instrument)
        fees, unpriced = _fees(holding, instrument, reference)
        yield Position(
            holding, opening, exposure or Exposure(desk_id), instrument, profit, mark, age_ns, stale, fees, unpriced
        )


def _keys(books: list[Book], reference: Reference, openings: dict[Key, Opening]) -> Iterable[tuple[Book, Key]]:
    """Each key with the partitions that it is in, as risk has it: one, unless its account has moved to a desk of another."""
    found = [(book, key) for book in books for key in book.holdings.keys() | book.exposures.keys()]
    known = {key for _, key in found}
    for key in openings.keys() - known:
        desk = reference.desks.get(reference.accounts[key[0]].desk_id)
        if desk is not None and 0 <= desk.partition < len(books):
            found.append((books[desk.partition], key))
    return found


def _openings(reference: Reference) -> dict[Key, Opening]:
    found: dict[Key, Opening] = {}
    for account in reference.accounts.values():
        for opening in account.opening_positions:
            key = account.account_id, opening.instrument_id
            before = found.get(key, NOTHING_OPEN)
            known = before.paid is not None and opening.avg_price is not None
            paid = (before.paid or 0) + opening.qty * (opening.avg_price or 0) if known else None
            found[key] = Opening(before.qty + opening.qty, paid)
    return found


Ages = dict[tuple[LimitScope, str, str], int]


def _age_limits(limits: Iterable[Limit]) -> Ages:
    found: Ages = {}
    for limit in limits:
        if limit.kind is LimitKind.MARKET_DATA_AGE_NS:
            key = limit.scope, limit.scope_id, limit.instrument_id
            found[key] = min(limit.value, found.get(key, limit.value))
    return found


def _age_limit(ages: Ages, desk_id: str, key: Key) -> int | None:
    """The tightest that covers the account in the instrument, as risk judges; None where there is none."""
    scopes = ((LimitScope.FIRM, ""), (LimitScope.DESK, desk_id), (LimitScope.ACCOUNT, key[0]))
    covering = [ages.get((*scope, instrument_id)) for scope in scopes for instrument_id in (key[1], "")]
    return min((limit for limit in covering if limit is not None), default=None)


def _fees(holding: Holding, instrument: Instrument | None, reference: Reference) -> tuple[int, int]:
    """(estimate, fills that it leaves out)."""
    if instrument is None:
        return 0, holding.fill_count
    total, unpriced = 0, holding.fills_without_fee
    for venue_id, taken in holding.taken.items():
        venue = reference.venues.get(venue_id)
        if venue is None:
            unpriced += taken.fills
        else:
            schedule = venue.taker_fee_ppm, venue.taker_fee_per_unit_e8
            total += fee_of(taken, *schedule, instrument.price_scale, instrument.qty_scale)
    return total, unpriced


def _view(position: Position, reference: Reference) -> api.PositionView:
    holding, profit, exposure, instrument = position.holding, position.profit, position.exposure, position.instrument
    account = reference.accounts.get(holding.account_id)
    view = api.PositionView(
        account_id=holding.account_id,
        desk_id=holding.desk_id,
        instrument_id=holding.instrument_id,
        qty=profit.qty,
        opening_qty=position.opening.qty,
        bought_qty=holding.bought_qty,
        sold_qty=holding.sold_qty,
        bought_notional=int128(holding.bought_notional),
        sold_notional=int128(holding.sold_notional),
        cost=_optional(profit.cost),
        avg_cost=_optional(profit.avg_cost),
        realised_pnl=_optional(profit.realised),
        unrealised_pnl=_optional(profit.unrealised),
        traded_pnl=_optional(profit.traded),
        market_value=_optional(profit.market_value),
        open_buy_qty=exposure.buy_qty,
        open_sell_qty=exposure.sell_qty,
        open_order_count=exposure.orders,
        fees=int128(position.fees),
        fill_count=holding.fill_count,
        fills_without_fee=position.fills_without_fee,
        account_currency=account.currency if account else "",
    )
    if instrument is not None:
        view.price_scale, view.qty_scale, view.currency = (
            instrument.price_scale,
            instrument.qty_scale,
            instrument.currency,
        )
        view.open_buy_notional.CopyFrom(
            int128(notional(exposure.buy_notional, 1, instrument.price_scale, instrument.qty_scale))
        )
        view.open_sell_notional.CopyFrom(
            int128(notional(exposure.sell_notional, 1, instrument.price_scale, instrument.qty_scale))
        )
    if position.mark is not None:
        mark = position.mark
        source = "MARK_SOURCE_" + mark.source.name
        view.mark.CopyFrom(api.Mark(price=mark.price, source=source, venue_id=mark.venue_id, time_ns=mark.time_ns))
        view.mark.stale = position.stale
        if position.age_ns is not None:
            view.mark.age_ns = position.age_ns
    return view


def _optional(amount: int | None) -> Int128 | None:
    return None if amount is None else int128(amount)


@dataclass(slots=True)
class _Known:
    """A sum of what is known, and how many are not."""

    amount: int = 0
    unknown: int = 0

    def add(self, amount: int | None) -> None:
        if amount is None:
            self.unknown += 1
        else:
            self.amount += amount


@dataclass(slots=True)
class _Sum:
    positions: int = 0
    realised: _Known = field(default_factory=_Known)
    unrealised: _Known = field(default_factory=_Known)
    traded: _Known = field(default_factory=_Known)
    long: _Known = field(default_factory=_Known)
    short: _Known = field(default_factory=_Known)
    open_buy: int = 0
    open_sell: int = 0
    open_orders: int = 0
    fees: int = 0
    fills: int = 0
    fills_without_fee: int = 0
    ages: list[int] = field(default_factory=list)
    stale: int = 0

    def add(self, position: Position) -> None:
        profit, exposure, instrument = position.profit, position.exposure, position.instrument
        self.positions += 1
        self.realised.add(profit.realised)
        self.unrealised.add(profit.unrealised)
        self.traded.add(profit.traded)
        (self.long if profit.qty >= 0 else self.short).add(profit.market_value)
        if instrument is not None:
            self.open_buy += notional(exposure.buy_notional, 1, instrument.price_scale, instrument.qty_scale)
            self.open_sell += notional(exposure.sell_notional, 1, instrument.price_scale, instrument.qty_scale)
        self.open_orders += exposure.orders
        self.fees += position.fees
        self.fills += position.holding.fill_count
        self.fills_without_fee += position.fills_without_fee
        if profit.qty and position.age_ns is not None:
            self.ages.append(position.age_ns)
            self.stale += position.stale

    def message(self, desk_id: str, account_id: str, currency: str) -> api.PositionTotal:
        total = api.PositionTotal(
            desk_id=desk_id,
            account_id=account_id,
            currency=currency,
            position_count=self.positions,
            realised_pnl=int128(self.realised.amount),
            realised_unknown=self.realised.unknown,
            unrealised_pnl=int128(self.unrealised.amount),
            unrealised_unknown=self.unrealised.unknown,
            traded_pnl=int128(self.traded.amount),
            traded_unknown=self.traded.unknown,
            long_value=int128(self.long.amount),
            short_value=int128(self.short.amount),
            value_unknown=self.long.unknown + self.short.unknown,
            open_buy_notional=int128(self.open_buy),
            open_sell_notional=int128(self.open_sell),
            open_order_count=self.open_orders,
            fees=int128(self.fees),
            fill_count=self.fills,
            fills_without_fee=self.fills_without_fee,
            stale_marks=self.stale,
        )
        if self.ages:
            total.mark_age_ns = max(self.ages)
        return total


assert {f"MARK_SOURCE_{s.name}": s.value for s in MarkSource} == dict(api.MarkSource.items()[1:]), (
    "MarkSource is the wire's"
)
