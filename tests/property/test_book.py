"""The sums that decisions look at equal those made anew, and those counted again from all events; no input stops risk or slips through."""

import copy
from collections import Counter
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from risk_catalogue_world import CASES, OWNED, RICH, limit_of, mark, rich
from risk_world import DOLLAR, NEW, NOW, OTHER_DESK, POSITION, QTY, REPLACE, WHO, World, world
from test_exposure import Step, play

from oms.core.canonical import state_hash
from oms.core.commands import NewOrder
from oms.core.enums import LimitKind, LimitScope, OrdType, Side
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import Limit
from oms.core.risk.book import Book, Cell, Money
from oms.core.risk.checks import CHECKS
from oms.core.risk.evolve import evolve
from oms.core.risk.levels import binds
from oms.core.risk_events import (
    ExposureCorrected,
    ExposureMoved,
    OrderAccepted,
    OrderClosed,
    OrderRejected,
    ReplaceAccepted,
    ReplaceRejected,
    ReplaceSettled,
    RiskEvent,
)
from oms.core.risk_reference import FxRate, HolderFactors, InstrumentFactors
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION
from oms.wire import topics
from oms.wire.codec import decode_journal, encode_envelope
from oms.wire.envelope import Envelope, Source

_WHAT = ["new", "new", "replace", "settle", "fill", "fill", "fill", "close", "cancel"]
_history = st.lists(
    st.builds(
        Step,
        st.sampled_from(_WHAT),
        st.sampled_from([f"o{n}" for n in range(4)]),
        st.integers(1, 40).map(lambda n: 10 * n),
        st.sampled_from(Side),
        st.sampled_from(["A1", "A2"]),
        st.integers(0, 7),
        st.booleans(),
        st.sampled_from([True, True, True, False]),
    ),
    min_size=5,
    max_size=40,
)


def open_world() -> World:
    wide = (
        replace(QTY, value=Amount(10**9)),
        replace(POSITION, scope=LimitScope.FIRM, scope_id="", value=Amount(10**6)),
    )
    return world(*RICH, *wide, OTHER_DESK)


def same_sums(one: Book, other: Book) -> None:
    """Equal in all that is not nothing."""
    assert one.counts == other.counts and one.orders == other.orders
    for mine, theirs, empty in ((one.cells, other.cells, Cell()), (one.money, other.money, Money())):
        assert {k: v for k, v in mine.items() if v != empty} == {k: v for k, v in theirs.items() if v != empty}
    assert {k: v for k, v in one.prices.items() if v} == {k: v for k, v in other.prices.items() if v}


@settings(max_examples=100, deadline=None, print_blob=True)
@given(_history, st.integers(9_000, 11_000))
def test_rule_40_the_sums_are_those_made_anew_and_those_counted_again(history: list[Step], price: int) -> None:
    w = open_world()
    play(w, history)
    w.quote(price, price)
    mark(w)
    same_sums(w.state.book(), Book.of(w.state))
    recounted(w, [event for _, event in w.journal])


_AGAINST_EACH_OTHER = [
    Step("new", "o0", 300, Side.SELL, "A2", 0, False, True),
    Step("new", "o1", 400, Side.BUY, "A1", 0, False, True),
    Step("fill", "o0", 300, Side.SELL, "A2", 1, False, True),
    Step("fill", "o1", 300, Side.BUY, "A1", 2, False, True),
    Step("close", "o0", 300, Side.SELL, "A2", 0, True, True),
]
"""Two accounts of one firm, the first of which has nothing open any more: a price that moves is a gain and a loss."""


@settings(max_examples=100, deadline=None, print_blob=True)
@given(_history, st.lists(st.integers(9_000, 11_000), min_size=1, max_size=4))
@example(_AGAINST_EACH_OTHER, [10_500])
@example(_AGAINST_EACH_OTHER, [9_500])
def test_what_is_remembered_does_not_depend_on_when_the_sums_were_made(history: list[Step], prices: list[int]) -> None:
    w = open_world()
    twin = copy.deepcopy(w.state)
    play(w, history)
    for price in prices:
        w.quote(price, price)
        mark(w)
    for offset, event in w.journal:
        twin.book_memo = None
        evolve(twin, event, offset)
    assert state_hash(twin, STATE_LAYOUT_VERSION) == state_hash(w.state, STATE_LAYOUT_VERSION)


def recounted(w: World, journal: list[RiskEvent]) -> None:
    """Each order's own story from the start: worst case of its terms, kept until it is closed; money from every trade."""
    book = w.state.book()
    open_of: Counter[tuple[LimitScope, str]] = Counter()
    reserved: Counter[tuple[LimitScope, str, int]] = Counter()
    held: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    turnover: Counter[str] = Counter()
    for accepted in (event for event in journal if isinstance(event, OrderAccepted)):
        order: NewOrder = accepted.order
        mine = [event for event in journal if getattr(event, "order_id", "") == accepted.order_id]
        moved = [event for event in mine if isinstance(event, ExposureMoved | ExposureCorrected)]
        qty = sum(e.last_qty if isinstance(e, ExposureMoved) else e.new_qty - e.old_qty for e in moved)
        raw = sum(
            e.last_qty * e.last_px if isinstance(e, ExposureMoved) else e.new_qty * e.new_px - e.old_qty * e.old_px
            for e in moved
        )
        held[order.account_id] += order.side.sign * qty
        spent[order.account_id] += order.side.sign * raw
        turnover[order.account_id] += raw
        if any(isinstance(event, OrderClosed) for event in mine):
            continue
        terms = [order.order_qty]
        for event in mine:
            if isinstance(event, ReplaceAccepted):
                terms.append(event.replace.order_qty)
            elif isinstance(event, ReplaceSettled):
                terms = [event.order_qty]
        who = order.provenance
        owners = {LimitScope.FIRM: "", LimitScope.DESK: order.desk_id, LimitScope.ACCOUNT: order.account_id}
        owners |= {LimitScope.TRADER: who.trader, LimitScope.STRATEGY: who.strategy, LimitScope.INSTRUMENT: "IBM"}
        owners |= {LimitScope.CLIENT: "C1"} if order.account_id == "A1" else {}
        for scope, scope_id in owners.items():
            open_of[scope, scope_id] += 1
            reserved[scope, scope_id, order.side.sign] += max(0, max(terms) - qty)
    assert {(s, i): n for (s, i, x), n in book.counts.items() if not x and s in _TOLD} == dict(open_of)
    for (scope, scope_id, sign), qty in reserved.items():
        cell = book.cells[scope, scope_id, "IBM"]
        assert (cell.buys if sign > 0 else cell.sells) == qty, (scope, scope_id)
    for account_id, qty in held.items():
        money = book.money.get((LimitScope.ACCOUNT, account_id, "USD"), Money())
        ledger = w.state.ledgers[account_id, "IBM"]
        result = qty * ledger.mark_px - spent[account_id]
        assert book.held(LimitScope.ACCOUNT, account_id, "IBM") == qty
        assert money.spent == spent[account_id] * _UNIT and money.turnover == turnover[account_id] * _UNIT
        assert money.realised + money.unrealised == result * _UNIT, "no order of trades changes the day's result"
        assert 0 <= w.state.peaks.get((LimitScope.ACCOUNT, account_id, "USD"), 0) >= result * _UNIT
    assert book.money[LimitScope.FIRM, "", "USD"].spent == sum(spent.values()) * _UNIT if held else True


_UNIT = 10 ** (AMOUNT_SCALE - 2)
_TOLD = {
    *(LimitScope.FIRM, LimitScope.DESK, LimitScope.ACCOUNT, LimitScope.CLIENT),
    *(LimitScope.TRADER, LimitScope.STRATEGY, LimitScope.INSTRUMENT),
}

# -- unknown, stale, huge and negative -----------------------------------------------------------------------------------------------

_INT64 = st.one_of(
    st.sampled_from([-(2**63), -1, 0, 1, 2**63 - 1]), st.integers(-(2**63), 2**63 - 1), st.integers(-9, 20_000)
)
_AMOUNT = st.one_of(st.sampled_from([-(2**127), -1, 0, 2**127 - 1]), st.integers(-(2**127), 2**127 - 1)).map(Amount)
_NAME = st.sampled_from(["", "A1", "A2", "B1", "IBM", "alpha", "eve", "XV", "nobody"])
_orders = st.builds(
    lambda account, instrument, side, ord_type, qty, price, who: replace(
        NEW,
        account_id=account,
        instrument_id=instrument,
        side=side,
        ord_type=ord_type,
        order_qty=qty,
        price=price,
        provenance=replace(WHO, trader=who, strategy=who),
    ),
    st.sampled_from(["A1", "A1", "nobody"]),
    st.sampled_from(["IBM", "IBM", "BAC", ""]),
    st.sampled_from(Side),
    st.sampled_from([OrdType.LIMIT, OrdType.MARKET]),
    st.one_of(_INT64, st.sampled_from([10, 100])),
    st.one_of(st.none(), _INT64, st.sampled_from([10_000])),
    _NAME,
)
_limits = st.builds(
    lambda n, kind, scope, scope_id, value, currency: Limit(f"l{n}", kind, scope, scope_id, "", currency, value),
    st.integers(0, 9),
    st.sampled_from(LimitKind),
    st.sampled_from(LimitScope),
    _NAME,
    _AMOUNT,
    st.sampled_from(["USD", "EUR", ""]),
)
_factors = st.builds(InstrumentFactors, st.just("IBM"), st.just("m"), *[_INT64] * 10)
_holders = st.builds(
    HolderFactors,
    st.sampled_from(["firm", "desk.alpha", "account.A1"]),
    st.sampled_from(LimitScope),
    _NAME,
    st.sampled_from(["USD", "EUR"]),
    st.just("m"),
    _INT64,
    *[_AMOUNT] * 3,
    _INT64,
    *[_AMOUNT] * 3,
    _INT64,
)
_rates = st.builds(FxRate, st.sampled_from(["USD", "EUR"]), _INT64, _INT64)


@settings(max_examples=300, deadline=None, print_blob=True)
@given(
    st.lists(_orders, min_size=1, max_size=4),
    st.lists(st.one_of(_limits, _factors, _holders, _rates), max_size=6),
    st.integers(-1, 2**62),
    st.integers(-1, 2**62),
)
def test_no_input_slips_through_or_stops_the_partition(
    orders: list[NewOrder], entities: list[Limit], wall_ns: int, tape_ns: int
) -> None:
    w = rich(*entities)
    for number, order in enumerate(orders):
        w.conditions = replace(
            w.conditions, wall_ns=min(wall_ns, NEW.good_until_ns), tape_ns=tape_ns if number else NOW
        )
        event = w.ask(replace(order, cl_ord_id=f"a{number}"))
        assert isinstance(event, OrderAccepted | OrderRejected)
        written(event)
        if isinstance(event, OrderAccepted):
            assert 0 < order.order_qty <= 1_000 and order.instrument_id == "IBM" and order.account_id == "A1"
            assert order.price is None or 0 < order.price * order.side.sign <= 10_105 or order.side.sign < 0
            for kind in (limit.kind for limit in entities if isinstance(limit, Limit) and _refuses_all(limit)):
                raise AssertionError(f"{kind.name} of less than nothing let it pass")
    asked = replace(REPLACE, orig_cl_ord_id="a0", order_qty=orders[0].order_qty, price=orders[0].price)
    replaced = w.ask(asked)
    assert isinstance(replaced, ReplaceAccepted | ReplaceRejected)
    written(replaced)


def _refuses_all(limit: Limit) -> bool:
    """A limit of one order below nothing, of the firm: nothing may pass it."""
    one_order = limit.kind in (LimitKind.MESSAGE_RATE, LimitKind.ORDER_NOTIONAL, LimitKind.OPEN_ORDERS)
    named = limit.currency == "USD" or limit.kind is not LimitKind.ORDER_NOTIONAL
    return one_order and named and limit.scope is LimitScope.FIRM and not limit.scope_id and limit.value < 0


def written(event: RiskEvent) -> None:
    """It fits the journal and comes back as it was."""
    envelope = Envelope(1, 1, (), Source("", 0, 0, "", "", 0), 0, 0, "", 3, b"", b"", (event,), 3)
    read = decode_journal(encode_envelope(topics.RISK, envelope))
    assert isinstance(read, Envelope) and read.events == (event,)


def test_every_kind_is_asked_for_by_a_check_and_binds_someone() -> None:
    asked = {kind for check in CHECKS for kind in check.kinds}
    always = {LimitKind.ORDER_QTY, LimitKind.ORDER_NOTIONAL, LimitKind.PRICE_COLLAR_BPS, LimitKind.MARKET_DATA_AGE_NS}
    always |= {LimitKind.POSITION_QTY, LimitKind.OPEN_ORDERS, LimitKind.FACTORS_AGE_NS, LimitKind.FX_RATE_AGE_NS}
    assert asked | always == set(LimitKind)
    assert all(any(binds(kind, scope) for scope in LimitScope) for kind in LimitKind)
    assert limit_of(CASES[0].kind, LimitScope.FIRM, 1).value == 1 and OWNED.cash[0].amount == 4_000 * DOLLAR
