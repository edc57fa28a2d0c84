"""Positions and profits: the integer fold equals average cost by fractions, and risk's own exposure, after any history."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from risk_world import reserved_of
from test_exposure import Step as RiskStep
from test_exposure import _history, open_world, play

from oms.core.enums import Liquidity, Side
from oms.core.money import AMOUNT_SCALE
from oms.core.reference import Instrument
from oms.core.risk_events import ExposureMoved
from oms.gateway.profit import FINE, Book, Holding, Opening, Profit, profit_of

KEY = ("A1", "IBM")


@dataclass(frozen=True, slots=True)
class Fill:
    signed_qty: int
    price: int


@dataclass(frozen=True, slots=True)
class Story:
    """An opening position (its price may be unknown) and what was filled after it."""

    opening_qty: int
    opening_price: int | None
    fills: tuple[Fill, ...]
    mark: int
    price_scale: int
    qty_scale: int

    @property
    def instrument(self) -> Instrument:
        return Instrument("IBM", "IBM", "USD", self.price_scale, self.qty_scale, 1, 1, "always", True)

    @property
    def opening(self) -> Opening:
        price = self.opening_price
        return Opening(self.opening_qty, None if price is None else self.opening_qty * price)

    @property
    def unit(self) -> Fraction:
        """What price × quantity = 1 is worth."""
        return Fraction(1, 10 ** (self.price_scale + self.qty_scale))


_fills = st.lists(
    st.builds(
        Fill, st.integers(-60, 60).filter(bool) | st.integers(-(10**12), 10**12).filter(bool), st.integers(1, 10**7)
    ),
    max_size=40,
).map(tuple)
_stories = st.builds(
    Story,
    st.integers(-80, 80) | st.integers(-(10**12), 10**12),
    st.none() | st.integers(1, 10**7),
    _fills,
    st.integers(1, 10**7),
    st.integers(0, 6),
    st.integers(0, 6),
)


def moved(signed_qty: int, price: int, position_qty: int, exec_id: str = "XA/1") -> ExposureMoved:
    return ExposureMoved(
        "alpha/20250106/a", *KEY, exec_id, abs(signed_qty), price, signed_qty, position_qty, 0, Liquidity.REMOVED
    )


def folded(story: Story) -> Holding:
    book, qty = Book(), story.opening_qty
    for fill in story.fills:
        qty += fill.signed_qty
        book.fold(moved(fill.signed_qty, fill.price, qty))
    return book.holdings.get(KEY, Holding("A1", "alpha", "IBM"))


def shown(story: Story) -> Profit:
    return profit_of(folded(story), story.opening, True, story.mark, story.instrument)


@dataclass(slots=True)
class Exact:
    """Average cost as a trader writes it down: quantity, average price, what was realised; fractions, nothing rounded."""

    qty: int
    average: Fraction
    realised: Fraction = Fraction(0)
    closes: int = 0

    def fill(self, signed_qty: int, price: int) -> None:
        same_side = (self.qty >= 0) == (signed_qty > 0) or self.qty == 0
        if same_side:
            self.average = (abs(self.qty) * self.average + abs(signed_qty) * price) / (abs(self.qty) + abs(signed_qty))
        else:
            closed = min(abs(self.qty), abs(signed_qty))
            self.realised += closed * (price - self.average) * (1 if self.qty > 0 else -1)
            self.closes += 1
            if abs(signed_qty) > abs(self.qty):
                self.average = Fraction(price)
        self.qty += signed_qty


def exact(story: Story, opening_price: int) -> Exact:
    book = Exact(story.opening_qty, Fraction(opening_price))
    for fill in story.fills:
        book.fill(fill.signed_qty, fill.price)
    return book


def of_amount(amount: int | None) -> Fraction:
    assert amount is not None
    return Fraction(amount, 10**AMOUNT_SCALE)


def tolerance(story: Story, closes: int) -> Fraction:
    """Each close rounds the known cost and the opening quantity once to 10^-12, and showing rounds once more."""
    price = story.opening_price or 0
    return (closes + 1) * Fraction(1 + price, FINE) * story.unit + Fraction(1, 10**AMOUNT_SCALE)


@settings(max_examples=400, deadline=None, print_blob=True)
@given(_stories.filter(lambda s: s.opening_price is not None or s.opening_qty == 0))
def test_cost_and_profit_equal_average_cost_by_fractions(story: Story) -> None:
    found, oracle = shown(story), exact(story, story.opening_price or 0)
    assert found.qty == oracle.qty
    near = tolerance(story, oracle.closes)
    assert abs(of_amount(found.realised) - oracle.realised * story.unit) <= near
    assert abs(of_amount(found.cost) - oracle.qty * oracle.average * story.unit) <= near
    assert abs(of_amount(found.unrealised) - oracle.qty * (story.mark - oracle.average) * story.unit) <= near
    if oracle.qty == 0:
        assert (found.cost, found.unrealised, found.avg_cost) == (0, 0, None)
        assert of_amount(found.realised) == oracle.realised * story.unit, (
            "a position that ends flat has an exact result"
        )


@settings(max_examples=300, deadline=None, print_blob=True)
@given(_stories.filter(lambda s: s.opening_price is not None))
def test_nothing_is_lost_between_realised_and_unrealised(story: Story) -> None:
    """Their sum is what each share made since it was bought or sold, to the last decimal."""
    found = shown(story)
    fills = (*story.fills, Fill(story.opening_qty, story.opening_price or 0))
    made = sum(fill.signed_qty * (story.mark - fill.price) for fill in fills) * story.unit
    assert of_amount(found.realised) + of_amount(found.unrealised) == made
    traded = sum(fill.signed_qty * (story.mark - fill.price) for fill in story.fills) * story.unit
    assert of_amount(found.traded) == traded


@settings(max_examples=400, deadline=None, print_blob=True)
@given(_stories.filter(lambda s: s.opening_qty != 0), st.integers(1, 10**7), st.integers(1, 10**7))
def test_without_the_opening_price_only_what_does_not_depend_on_it_is_shown(story: Story, one: int, other: int) -> None:
    """Two guesses of the price: what they agree on is known, what they differ in is not."""
    bare = Story(story.opening_qty, None, story.fills, story.mark, story.price_scale, story.qty_scale)
    found = shown(bare)
    first, second = exact(bare, one), exact(bare, other)
    rounded = (first.closes + 1) * Fraction(abs(one - other), FINE)
    if found.realised is not None:
        assert abs(first.realised - second.realised) <= rounded
    if found.cost is not None:
        assert abs(first.qty * (first.average - second.average)) <= rounded
    if found.cost is None:
        assert first.qty != 0 and (one == other or first.average != second.average)
    if found.realised is None:
        assert one == other or first.realised != second.realised
    if not story.fills:
        assert (found.realised, found.cost, found.unrealised) == (0, None, None)


@settings(max_examples=200, deadline=None, print_blob=True)
@given(_stories.filter(lambda s: len(s.fills) > 0), st.integers(-50, 50), st.data())
def test_an_opening_position_changed_on_the_way_is_a_fill_at_its_price(
    story: Story, change: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(story.fills)), label="changed before fill")
    price = story.opening_price or 100
    book, qty, oracle = Book(), story.opening_qty, Exact(story.opening_qty, Fraction(price))
    for number, fill in enumerate((*story.fills, None)):
        if number == at:
            qty += change
            if change:
                oracle.fill(change, price)
        if fill is not None:
            qty += fill.signed_qty
            oracle.fill(fill.signed_qty, fill.price)
            book.fold(moved(fill.signed_qty, fill.price, qty))
    opening_qty = story.opening_qty + change
    holding = book.holdings[KEY]
    found = profit_of(holding, Opening(opening_qty, opening_qty * price), True, story.mark, story.instrument)
    assert found.qty == oracle.qty
    if opening_qty:
        near = tolerance(Story(1, price, (), 1, story.price_scale, story.qty_scale), oracle.closes)
        assert abs(of_amount(found.realised) - oracle.realised * story.unit) <= near


@settings(max_examples=100, deadline=None, print_blob=True)
@given(_history)
def test_exposure_and_positions_are_those_of_risk(history: list[RiskStep]) -> None:
    w = open_world()
    play(w, history)
    book = Book()
    for _, event in w.journal:
        book.fold(event)
    reserved: Counter[tuple[str, str, bool]] = Counter()
    for (account_id, instrument_id, side), qty in reserved_of(w.state).items():
        reserved[(account_id, instrument_id, side is Side.BUY)] += qty
    found: Counter[tuple[str, str, bool]] = Counter()
    for (account_id, instrument_id), exposure in book.exposures.items():
        found[(account_id, instrument_id, True)] += exposure.buy_qty
        found[(account_id, instrument_id, False)] += exposure.sell_qty
    assert +found == +reserved
    assert {key: h.qty for key, h in book.holdings.items() if h.qty} == {k: q for k, q in w.state.moved.items() if q}
    assert book.orders.keys() == w.state.open_orders.keys()
    worst = sum(order.reserved_notional for order in book.orders.values())
    assert worst == sum(e.buy_notional + e.sell_notional for e in book.exposures.values())
