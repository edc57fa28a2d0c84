"""Sums over orders and accounts, by everyone whom a limit can bind: so that no decision looks through orders.

A cache over the state: every order and every holding carries what it has put into the sums, and is booked anew when it changes; where the
structure of reference data changed (an account got another client) or a snapshot was read, all sums are made again from the state alone.

Invariants (tests/property/test_book.py): after any history the sums equal those made anew, and those of a recount of all events.
It does not know limits. Of the firm it knows this partition. It is never part of a state's hash.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oms.core.commands import NewOrder
from oms.core.enums import LimitScope
from oms.core.reference import Instrument
from oms.core.risk.ledger import Ledger
from oms.core.risk.reference_index import Holder, ReferenceIndex
from oms.core.risk.value import PPM, base_of, worth_of

if TYPE_CHECKING:
    from oms.core.risk.state import RiskOrder, RiskState

UNKNOWN_CURRENCY = ""
"""Of what is held of an instrument that is not known: it has no worth that could be added up, and is unpriced."""

Key = tuple[LimitScope, str, str]
"""(scope, id, instrument or currency)"""


@dataclass(slots=True)
class Cell:
    """Signed position, the opening left out, and what is open of each direction."""

    moved: int = 0
    buys: int = 0
    sells: int = 0


@dataclass(slots=True)
class Money:
    """Amounts of one holder in one currency. `gross`: the worst that each holding can be worth, added up. `net`: long less short held.

    `turnover_before`: of the day before, for figures of models that are from then.
    `buys`, `sells`: what is open, by side; `longs`, `shorts`: by what it would make, of all but pairs: a put bought makes short. `spent`: bought less sold, ever. `turnover`: bought and sold, of the day. Results of the day: `realised`,
    `unrealised`. `unpriced`: holdings that nothing has marked yet.

    Of currency pairs (FX_SPOT), which are long of one currency and short of another: `long` is what is held of this one, less what is
    owed, by all pairs; `base_in`, `base_out` what open orders may add and take where it is the base, `pair_buys`, `pair_sells` those parts
    of `buys` and `sells` where it is the one paid with. `base_spent`: of this currency sold less bought, ever, by trades in which it is
    the base. In `gross` and `net` there are no pairs.
    """

    gross: int = 0
    net: int = 0
    buys: int = 0
    sells: int = 0
    spent: int = 0
    turnover: int = 0
    realised: int = 0
    unrealised: int = 0
    unpriced: int = 0
    long: int = 0
    base_in: int = 0
    base_out: int = 0
    pair_buys: int = 0
    pair_sells: int = 0
    base_spent: int = 0
    longs: int = 0
    shorts: int = 0
    turnover_before: int = 0

    @property
    def currency_worst(self) -> int:
        """The most that can be long or short of this currency by pairs, with what is open of one direction filled."""
        return worst_worth(self.long, self.base_in + self.pair_sells, self.base_out + self.pair_buys)


@dataclass(frozen=True, slots=True)
class Booked:
    """What an open order has put into the sums."""

    everyone: tuple[Holder, ...]
    positions: tuple[Holder, ...]
    counterparties: tuple[Holder, ...]
    owners: tuple[Holder, ...]
    currency: str
    sign: int
    qty: int
    value: int
    price: int
    base: int = 0
    longs: int = 0
    shorts: int = 0


@dataclass(slots=True)
class Holding:
    """An account's share of the sums in one instrument: amounts open, and what was put into the money of its owners."""

    buys: int = 0
    sells: int = 0
    owners: tuple[Holder, ...] = ()
    currency: str = UNKNOWN_CURRENCY
    longs: int = 0
    shorts: int = 0
    put: tuple[int, ...] = (0,) * 15
    base_buys: int = 0
    base_sells: int = 0
    put_base: tuple[int, ...] = (0,) * 4


@dataclass(slots=True)
class Book:
    structure: int
    index: ReferenceIndex
    cells: dict[Key, Cell] = field(default_factory=dict)
    counts: dict[Key, int] = field(default_factory=dict)
    money: dict[Key, Money] = field(default_factory=dict)
    prices: dict[tuple[LimitScope, str, str, int], list[int]] = field(default_factory=dict)
    holdings: dict[tuple[str, str], Holding] = field(default_factory=dict)
    orders: dict[str, Booked] = field(default_factory=dict)
    held_by: dict[str, list[str]] = field(default_factory=dict)
    """Instrument → accounts that have a holding of it."""
    results_moved: set[Holder] = field(default_factory=set, compare=False, repr=False)
    """Whose result of the day has moved since triggers of halts were looked at (`oms.core.risk.trigger_watch`)."""
    drawing: dict[Holder, None] = field(default_factory=dict, compare=False, repr=False)
    """Whose result moved since it was looked at what they use of limits over partitions (`oms.core.risk.spanning`)."""
    touched: dict[Key, None] = field(default_factory=dict, compare=False, repr=False)
    """Positions, and with "" for the instrument results, that moved since the monitors looked (`oms.core.risk.watching`)."""

    @staticmethod
    def of(state: "RiskState") -> "Book":
        """All sums from the state alone."""
        book = Book(state.reference.structure, state.index())
        for (account_id, instrument_id), qty in state.moved.items():
            book.move(account_id, instrument_id, qty)
        for (scope, scope_id, instrument_id), qty in state.moved_by.items():
            book.move_cell(scope, scope_id, instrument_id, qty)
        for order_id, order in state.open_orders.items():
            book.book_order(state, order_id, order)
        held = [*state.ledgers, *state.moved, *((i, x) for s, i, x in book.index.openings if s is LimitScope.ACCOUNT)]
        for account_id, instrument_id in dict.fromkeys(held):
            book.book_holding(state, account_id, instrument_id)
        return book

    def cell(self, scope: LimitScope, scope_id: str, instrument_id: str) -> Cell:
        key = (scope, scope_id, instrument_id)
        found = self.cells.get(key)
        if found is None:
            found = self.cells[key] = Cell()
        return found

    def move(self, account_id: str, instrument_id: str, signed_qty: int) -> None:
        """What an account holds changes, for all its owners."""
        for scope, scope_id in self._owners(account_id):
            self.move_cell(scope, scope_id, instrument_id, signed_qty)
        self.move_cell(LimitScope.INSTRUMENT, instrument_id, instrument_id, signed_qty)

    def move_cell(self, scope: LimitScope, scope_id: str, instrument_id: str, signed_qty: int) -> None:
        self.cell(scope, scope_id, instrument_id).moved += signed_qty
        self.touched[scope, scope_id, instrument_id] = None

    def _owners(self, account_id: str) -> tuple[Holder, ...]:
        account = self.index.reference.accounts.get(account_id)
        return self.index.owners(account_id, account.desk_id if account is not None else "")

    def book_order(self, state: "RiskState", order_id: str, order: "RiskOrder") -> None:
        """Put into the sums what is open of an order, in place of what it had put there."""
        before, after = self.orders.get(order_id), self._due(state, order) if order.is_open else None
        if before == after:
            return
        if after is not None:
            self._put(order.terms, after, 1)
            self.orders[order_id] = after
        if before is not None:
            self._put(order.terms, before, -1)
            if after is None:
                del self.orders[order_id]
        self.book_holding(state, order.terms.account_id, order.terms.instrument_id)

    def _due(self, state: "RiskState", order: "RiskOrder") -> Booked:
        terms, holders = order.terms, self.index.holders(order.terms, order.venues)
        instrument = state.reference.instruments.get(terms.instrument_id)
        value = 0 if instrument is None else worth_of(instrument, order.value_price, order.reserved_qty)
        pair, directions = instrument is not None and bool(instrument.base_currency), order.directions
        return Booked(
            holders.everyone,
            holders.positions,
            tuple(holder for holder in holders.money if holder[0] is LimitScope.COUNTERPARTY),
            self._owners(terms.account_id),
            instrument.currency if instrument is not None else UNKNOWN_CURRENCY,
            terms.side.sign,
            order.reserved_qty,
            value,
            order.worst_price,
            base_of(instrument, order.reserved_qty) if instrument is not None else 0,
            value if 1 in directions and not pair else 0,
            value if -1 in directions and not pair else 0,
        )

    def _put(self, terms: NewOrder, booked: Booked, sign: int) -> None:
        instrument_id, counts = terms.instrument_id, self.counts
        for scope, scope_id in booked.everyone:
            for key in ((scope, scope_id, ""), (scope, scope_id, instrument_id)):
                counts[key] = counts.get(key, 0) + sign
                if not counts[key]:
                    del counts[key]
        for scope, scope_id in booked.positions:
            cell = self.cell(scope, scope_id, instrument_id)
            if booked.sign > 0:
                cell.buys += sign * booked.qty
            else:
                cell.sells += sign * booked.qty
        holding = self._holding(terms.account_id, instrument_id)
        if booked.sign > 0:
            holding.buys += sign * booked.value
            holding.base_buys += sign * booked.base
        else:
            holding.sells += sign * booked.value
            holding.base_sells += sign * booked.base
        holding.longs += sign * booked.longs
        holding.shorts += sign * booked.shorts
        for scope, scope_id in booked.counterparties:
            self.money_of(scope, scope_id, booked.currency).buys += sign * booked.value
        for scope, scope_id in booked.owners:
            prices = self.prices.setdefault((scope, scope_id, instrument_id, booked.sign), [])
            if sign > 0:
                insort(prices, booked.price)
            else:
                del prices[bisect_left(prices, booked.price)]

    def _holding(self, account_id: str, instrument_id: str) -> Holding:
        key = (account_id, instrument_id)
        found = self.holdings.get(key)
        if found is None:
            found = self.holdings[key] = Holding()
            self.held_by.setdefault(instrument_id, []).append(account_id)
        return found

    def money_of(self, scope: LimitScope, scope_id: str, currency: str) -> Money:
        key = (scope, scope_id, currency)
        found = self.money.get(key)
        if found is None:
            found = self.money[key] = Money()
        return found

    def book_holding(self, state: "RiskState", account_id: str, instrument_id: str) -> None:
        """Put into the money of its owners what a holding is worth now, in place of what it had put there."""
        holding = self._holding(account_id, instrument_id)
        instrument = state.reference.instruments.get(instrument_id)
        held = self.held(LimitScope.ACCOUNT, account_id, instrument_id)
        ledger = state.ledgers.get((account_id, instrument_id))
        if ledger is None and instrument_id in state.marks:
            price = state.marks[instrument_id]
            ledger = Ledger(price, price, held * price, qty=held)
        due = _worth(ledger, instrument, held, holding)
        self._put_money(holding, account_id, instrument, due)
        if instrument is not None and instrument.base_currency:
            self._put_base(state, holding, account_id, instrument, held)

    def _put_money(
        self, holding: Holding, account_id: str, instrument: Instrument | None, due: tuple[int, ...]
    ) -> None:
        if due == holding.put:
            return
        if not holding.owners:
            holding.owners = self._owners(account_id)
            holding.currency = instrument.currency if instrument is not None else UNKNOWN_CURRENCY
        change = [new - old for new, old in zip(due, holding.put, strict=True)]
        for scope, scope_id in holding.owners:
            money = self.money_of(scope, scope_id, holding.currency)
            money.gross += change[0]
            money.net += change[1]
            money.buys += change[2]
            money.sells += change[3]
            money.spent += change[4]
            money.turnover += change[5]
            money.realised += change[6]
            money.unrealised += change[7]
            money.unpriced += change[8]
            money.long += change[9]
            money.pair_buys += change[10]
            money.pair_sells += change[11]
            money.longs += change[12]
            money.shorts += change[13]
            money.turnover_before += change[14]
        if change[6] or change[7]:
            self.results_moved.update(holding.owners)
            for scope, scope_id in holding.owners:
                self.touched[scope, scope_id, ""] = None
                self.drawing[scope, scope_id] = None
        holding.put = due

    def _put_base(self, state: "RiskState", holding: Holding, account_id: str, pair: Instrument, held: int) -> None:
        """The other side of a pair, in its own currency. What was traded of it is not what is held: an opening was not bought here."""
        traded = state.moved.get((account_id, pair.instrument_id), 0)
        due = (_signed(pair, held), holding.base_buys, holding.base_sells, -_signed(pair, traded))
        if due == holding.put_base:
            return
        change = [new - old for new, old in zip(due, holding.put_base, strict=True)]
        for scope, scope_id in holding.owners or self._owners(account_id):
            money = self.money_of(scope, scope_id, pair.base_currency)
            money.long += change[0]
            money.base_in += change[1]
            money.base_out += change[2]
            money.base_spent += change[3]
        holding.put_base = due

    def held(self, scope: LimitScope, scope_id: str, instrument_id: str) -> int:
        """Signed position, the opening included."""
        key = (scope, scope_id, instrument_id)
        cell = self.cells.get(key)
        return self.index.openings.get(key, 0) + (cell.moved if cell is not None else 0)

    def worst(self, scope: LimitScope, scope_id: str, instrument_id: str, sign: int) -> int:
        """Signed position, should everything open of one direction (+1 buys, −1 sales) fill."""
        key = (scope, scope_id, instrument_id)
        cell = self.cells.get(key)
        opening = self.index.openings.get(key, 0)
        if cell is None:
            return opening
        return opening + cell.moved + (cell.buys if sign > 0 else -cell.sells)

    def crossed(self, scope: LimitScope, scope_id: str, instrument_id: str, sign: int, price: int) -> int:
        """Open orders of the holder that an order of this direction could trade with, down (or up) to a price."""
        prices = self.prices.get((scope, scope_id, instrument_id, -sign), [])
        return bisect_right(prices, price) if sign > 0 else len(prices) - bisect_left(prices, price)


def worst_worth(value: int, buys: int, sells: int) -> int:
    """The most that a holding can be worth, either way, with what is open of one direction filled."""
    return max(abs(value + buys), abs(value - sells))


def _worth(ledger: Ledger | None, instrument: Instrument | None, held: int, open_: Holding) -> tuple[int, ...]:
    """The first fields of `Money`, in their order, and `long`, `pair_buys`, `pair_sells`, `longs`, `shorts`, `turnover_before`."""
    pair = instrument is not None and bool(instrument.base_currency)
    buys, sells, longs, shorts = open_.buys, open_.sells, open_.longs, open_.shorts
    rest = (*((buys, sells) if pair else (0, 0)), longs, shorts)
    if ledger is None or instrument is None:
        return (worst_worth(0, longs, shorts), 0, buys, sells, 0, 0, 0, 0, int(held != 0), 0, *rest, 0)
    sign = 1 if (held >= 0) == (ledger.value_px >= 0) else -1
    value = sign * worth_of(instrument, abs(ledger.value_px), abs(held))
    net = 0 if pair else value
    return (
        worst_worth(net, longs, shorts),
        net,
        buys,
        sells,
        _amount(instrument, ledger.bought, up=True) - _amount(instrument, ledger.sold, up=False),
        _amount(instrument, ledger.day_bought + ledger.day_sold, up=True),
        _amount(instrument, ledger.realised, up=False),
        _amount(instrument, ledger.qty * ledger.mark_px - ledger.cost, up=False),
        int(held != 0 and not ledger.mark_px),
        -value if pair else 0,
        *rest,
        _amount(instrument, ledger.before_traded, up=True),
    )


def _signed(pair: Instrument, qty: int) -> int:
    """Of a pair's base currency, an amount; its size rounded up."""
    return base_of(pair, abs(qty)) * (1 if qty >= 0 else -1)


def _amount(instrument: Instrument, raw: int, up: bool) -> int:
    """A raw figure as an amount, rounded up or down."""
    scaled: int = raw * worth_of(instrument, 1, PPM)
    return -(-scaled // PPM) if up else scaled // PPM
