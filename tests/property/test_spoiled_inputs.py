"""One input that a decision needs is unknown, stale, negative or beyond any figure: every order that needs it is refused, of every asset class.

A limit of each kind covers the order, so wide that none of them refuses; then one thing is spoiled. `test_hostile_reference.py` spoils everything at
once, where nearly every order is refused for many reasons; here the one spoiled input is the only one, so that a check that does not look at
it is seen: it accepts.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_catalogue_world import DOLLARS, EUROS, FACTORS, OWNED, SCOPE_IDS, rich
from risk_world import CALENDAR, CONDITIONS, DESK, DOLLAR, IBM, NEW, NOW, REPLACE, XV, YV, World, changed
from test_book import written

from oms.core.enums import AssetClass, LimitKind, LimitScope, OrdStatus, OrdType, Side
from oms.core.market import MarketRecord, MarketView, Quote, Trade
from oms.core.money import Amount
from oms.core.reference import CashBalance, Entity, Limit
from oms.core.risk.checks import CHECKS
from oms.core.risk.levels import CONVERTED, binds
from oms.core.risk_events import OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected

LEAST, MOST = -(2**63), 2**63 - 1
AGE = 5_000
WIDE = Amount(2**120)
AGES = {LimitKind.MARKET_DATA_AGE_NS, LimitKind.FACTORS_AGE_NS, LimitKind.FX_RATE_AGE_NS}
ORDER = replace(NEW, instrument_id="T", price=10_000)
REPLACED = replace(REPLACE, order_qty=300, price=10_000)

_T = replace(IBM, instrument_id="T", name="T")
INSTRUMENTS = {
    AssetClass.EQUITY: _T,
    AssetClass.ETF: replace(_T, asset_class=AssetClass.ETF),
    AssetClass.FUTURE: replace(_T, asset_class=AssetClass.FUTURE, multiplier_ppm=5_000_000),
    AssetClass.FX_SPOT: replace(_T, asset_class=AssetClass.FX_SPOT, base_currency="EUR"),
    AssetClass.OPTION: replace(_T, asset_class=AssetClass.OPTION, underlying_id="IBM", multiplier_ppm=10_000_000),
    AssetClass.CRYPTO: replace(_T, asset_class=AssetClass.CRYPTO, qty_scale=6),
    AssetClass.BOND: replace(_T, asset_class=AssetClass.BOND, multiplier_ppm=10_000),
}


def limits() -> list[Limit]:
    found = []
    for kind in LimitKind:
        scope = next(s for s in (LimitScope.ACCOUNT, *LimitScope) if binds(kind, s))
        value = Amount(AGE) if kind in AGES else Amount(0) if kind is LimitKind.DUPLICATE_TERMS_NS else WIDE
        if kind in (LimitKind.POSITION_QTY, LimitKind.ORDER_QTY):
            value = Amount(MOST)
        if kind in (LimitKind.PRICE_COLLAR_BPS, LimitKind.WINDOW_COLLAR_BPS, LimitKind.COLLAR_SIGMAS_MILLI):
            value = Amount(9_000)
        if kind is LimitKind.MESSAGE_RATE:
            value = Amount(10**9)
        instrument_id = "T" if kind in (LimitKind.POSITION_QTY, LimitKind.ORDER_QTY) else ""
        # In euros, so that everything that is converted needs a rate.
        currency = "EUR" if kind in CONVERTED else "USD"
        found.append(Limit(f"w{kind.name}", kind, scope, SCOPE_IDS[scope], instrument_id, currency, value))
    return found


def made(asset_class: AssetClass, *changes: Entity) -> World:
    """Everything that any limit needs is there, fresh and sound."""
    cash = (CashBalance("USD", Amount(10**6 * DOLLAR)), CashBalance("EUR", Amount(10**6 * DOLLAR)))
    w = rich(
        INSTRUMENTS[asset_class],
        *(replace(venue, instruments=("IBM", "BAC", "T"), counterparties=("CL",)) for venue in (XV, YV)),
        replace(OWNED, cash=cash),
        *(DOLLARS, EUROS),
        replace(FACTORS, instrument_id="T", delta_ppm=-400_000),
        *limits(),
        *changes,
    )
    w.quote(10_000, 10_010, instrument_id="T")
    return w


ANY_CLASS = st.sampled_from(AssetClass)
NOT_POSITIVE = st.one_of(st.sampled_from([0, -1, LEAST]), st.integers(LEAST, 0))
STALE = st.one_of(
    st.sampled_from([AGE + 1, -AGE - 1, 2**62, -(2**62)]), st.integers(AGE + 1, 2**62), st.integers(-(2**62), -AGE - 1)
)
BELOW = st.one_of(st.sampled_from([-1, -(2**127)]), st.integers(-(2**127), -1))

Spoil = Callable[[World, Any], None]


def _change(**fields: str) -> Spoil:
    """An entity of the kind, changed in the field: `instrument="lot_size"`."""
    ((kind, name),) = fields.items()

    def spoil(w: World, value: Any) -> None:
        reference = w.state.reference
        entity: Any = {
            "instrument": reference.instruments["T"],
            "factors": reference.instrument_factors["T"],
            "holder": reference.holder_factors["account.A1"],
            "rate": reference.fx_rates["EUR"],
        }[kind]
        w.load(replace(entity, **{name: value}))

    return spoil


def _quoted(instrument_id: str) -> Spoil:
    return lambda w, price: _only(w, instrument_id, Quote(NOW, price, 500, price, 500))


def _printed(instrument_id: str) -> Spoil:
    return lambda w, price: _only(w, instrument_id, Trade(NOW, price, 1, "t", False))


def _aged(instrument_id: str) -> Spoil:
    return lambda w, age: _only(w, instrument_id, Quote(NOW - age, 10_000, 500, 10_010, 500))


def _only(w: World, instrument_id: str, told: Quote | Trade | None) -> None:
    """What the market has of the instrument, and what it had of the others."""
    before, w.market = w.market, MarketView()
    for other in ("IBM", "BAC", "T"):
        if other != instrument_id and before.instrument(other) is not None:
            w.quote(10_000, 10_010, instrument_id=other)
    if told is not None:
        quotes, trades = ((told,), ()) if isinstance(told, Quote) else ((), (told,))
        w.market.apply(0, w.market.positions.get(0, 0), MarketRecord("XV", instrument_id, 1, quotes, trades))


def _gone(table: str, key: str) -> Spoil:
    def spoil(w: World, _: Any) -> None:
        del getattr(w.state.reference, table)[key]
        w.state.reference.position += 1
        w.state.reference.structure = w.state.reference.position

    return spoil


def _window(w: World, price: int) -> None:
    w.load(replace(w.state.reference.instrument_factors["T"], window_low_px=price, window_high_px=price))


OPTION = frozenset({AssetClass.OPTION})
PAIR = frozenset({AssetClass.FX_SPOT})
ALL = frozenset(AssetClass)
NOTHING = st.just(None)

SPOILED: dict[str, tuple[Spoil, st.SearchStrategy[Any], frozenset[AssetClass]]] = {
    "market price": (_quoted("T"), NOT_POSITIVE, ALL),
    "price of the last trade": (_printed("T"), NOT_POSITIVE, ALL),
    "age of the market price": (_aged("T"), STALE, ALL),
    "no market": (lambda w, _: _only(w, "T", None), NOTHING, ALL),
    "underlying's price": (_quoted("IBM"), NOT_POSITIVE, OPTION),
    "age of the underlying's price": (_aged("IBM"), STALE, OPTION),
    "no market of the underlying": (lambda w, _: _only(w, "IBM", None), NOTHING, OPTION),
    "underlying": (_change(instrument="underlying_id"), st.sampled_from(["nothing", ""]), OPTION),
    "delta": (_change(factors="delta_ppm"), st.just(0), OPTION),
    "base currency": (_change(instrument="base_currency"), st.sampled_from(["", "GBP"]), PAIR),
    "instrument": (_gone("instruments", "T"), NOTHING, ALL),
    "calendar": (_change(instrument="calendar_id"), st.sampled_from(["nowhere", ""]), ALL),
    "lot": (_change(instrument="lot_size"), NOT_POSITIVE, ALL),
    "tick": (_change(instrument="tick_size"), NOT_POSITIVE, ALL),
    "multiplier": (_change(instrument="multiplier_ppm"), st.one_of(st.just(-1), st.integers(LEAST, -1)), ALL),
    "scales": (_change(instrument="price_scale"), st.integers(21, 99), ALL),
    "currency": (_change(instrument="currency"), st.sampled_from(["GBP", ""]), ALL),
    "rate": (_change(rate="rate_e9"), NOT_POSITIVE, ALL),
    "age of a rate": (_change(rate="as_of_ns"), STALE.map(lambda age: NOW - age), ALL),
    "no rate": (_gone("fx_rates", "EUR"), NOTHING, ALL),
    "factors": (_gone("instrument_factors", "T"), NOTHING, ALL),
    "age of factors": (_change(factors="as_of_ns"), STALE.map(lambda age: NOW - age), ALL),
    **{
        name: (_change(factors=name), NOT_POSITIVE, ALL)
        for name in (
            *("volatility_ppm", "adv_qty", "window_volume_qty"),
            *("var_ppm", "es_ppm", "stress_ppm"),
        )
    },
    "window of prices": (_window, NOT_POSITIVE, ALL),
    "holder's factors": (_gone("holder_factors", "account.A1"), NOTHING, ALL),
    "age of the holder's factors": (_change(holder="as_of_ns"), STALE.map(lambda age: NOW - age), ALL),
    "currency of the holder's factors": (_change(holder="currency"), st.sampled_from(["GBP", ""]), ALL),
    "marginal": (_change(holder="marginal_ppm"), NOT_POSITIVE, ALL),
    "portfolio": (_change(holder="portfolio_value"), st.one_of(st.just(0), BELOW).map(Amount), ALL),
    "spread of orders": (_change(holder="order_std"), st.one_of(st.just(0), BELOW).map(Amount), ALL),
    "value at risk": (_change(holder="var"), BELOW.map(Amount), ALL),
    "expected shortfall": (_change(holder="es"), BELOW.map(Amount), ALL),
    "stress": (_change(holder="stress_loss"), BELOW.map(Amount), ALL),
    "account": (_gone("accounts", "A1"), NOTHING, ALL),
    "desk": (_gone("desks", DESK.desk_id), NOTHING, ALL),
    "calendars": (_gone("calendars", CALENDAR.calendar_id), NOTHING, ALL),
}
"""What is spoiled → (how, by what, of which asset classes a decision needs it)."""


@pytest.mark.parametrize("asset_class", AssetClass)
def test_with_everything_sound_every_check_is_asked_and_the_order_is_accepted(asset_class: AssetClass) -> None:
    for side in Side:
        for kind, price in ((OrdType.LIMIT, 10_000), (OrdType.MARKET, None)):
            w = made(asset_class)
            event = w.ask(replace(ORDER, side=side, ord_type=kind, price=price))
            assert isinstance(event, OrderAccepted), event
            assert event.evidence.checks == tuple(check.number for check in CHECKS)
    w = made(asset_class)
    w.ask(ORDER)
    event = w.ask(REPLACED)
    assert isinstance(event, ReplaceAccepted), event


@pytest.mark.parametrize("name", [*SPOILED])
@settings(max_examples=25, deadline=None, print_blob=True)
@given(st.data())
def test_inv_528_one_spoiled_input_refuses_whoever_needs_it(name: str, data: st.DataObject) -> None:
    spoil, values, classes = SPOILED[name]
    w = made(data.draw(st.sampled_from(sorted(classes))))
    assert isinstance(w.ask(replace(ORDER, cl_ord_id="open", side=Side.BUY)), OrderAccepted)
    spoil(w, data.draw(values))
    side, kind = data.draw(st.sampled_from(Side)), data.draw(st.sampled_from([OrdType.LIMIT, OrdType.MARKET]))
    order = replace(ORDER, side=side, ord_type=kind, price=10_000 if kind is OrdType.LIMIT else None)
    event = w.ask(order)
    assert isinstance(event, OrderRejected), f"accepted with {name} spoiled"
    written(event)
    replaced = w.ask(replace(REPLACED, orig_cl_ord_id="open"))
    assert isinstance(replaced, ReplaceRejected), f"a replacement was accepted with {name} spoiled"
    written(replaced)
    for event in w.route(changed(OrdStatus.CANCELED, "alpha/20250106/open")):
        written(event)


_FIGURE = st.one_of(
    st.sampled_from([LEAST, LEAST + 1, -1, 0, MOST, MOST - 1, 2**62, 10**18]),
    st.integers(LEAST, 0),
    st.integers(2**53, MOST),
)


@settings(max_examples=150, deadline=None, print_blob=True)
@given(ANY_CLASS, _FIGURE, _FIGURE, st.sampled_from(Side), st.booleans())
def test_inv_528_an_order_of_figures_beyond_sense_is_refused(
    asset_class: AssetClass, qty: int, px: int, side: Side, both: bool
) -> None:
    """A quantity or a price that is negative, nothing, or far from the market; under limits that refuse nothing of the kind by themselves."""
    w = made(asset_class)
    w.load(replace(w.state.reference.limits["qty"], limit_id="q", instrument_id="T", value=Amount(10**6)))
    order = replace(ORDER, side=side, order_qty=qty, price=px if both else 10_000)
    event = w.ask(order)
    assert isinstance(event, OrderRejected)
    written(event)
    event = w.ask(replace(ORDER, cl_ord_id="p", side=side, price=px))
    # A sale far above the market rests there: it is as good as its price, and no more than that.
    assert isinstance(event, OrderRejected) or (side.sign < 0 and px > 10_000) or 0 < px <= 10_000
    written(event)
    assert isinstance(w.ask(replace(ORDER, cl_ord_id="next")), OrderAccepted), "and the partition goes on"


@settings(max_examples=60, deadline=None, print_blob=True)
@given(ANY_CLASS, st.one_of(st.sampled_from([LEAST, -(2**62), 2**62, MOST, -1, 0]), st.integers(LEAST, MOST)))
def test_inv_528_at_a_time_that_cannot_be_nothing_is_accepted_and_nothing_stops(
    asset_class: AssetClass, tape_ns: int
) -> None:
    w = made(asset_class)
    w.conditions = replace(CONDITIONS, tape_ns=tape_ns)
    event = w.ask(ORDER)
    assert isinstance(event, OrderRejected) or abs(tape_ns - NOW) <= AGE
    written(event)
    w.conditions = CONDITIONS
    assert isinstance(w.ask(replace(ORDER, cl_ord_id="next")), OrderAccepted)
