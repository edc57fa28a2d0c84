"""Bars out of market records, and records out of bars: what counts, what does not, and that no figure is better than its model."""

import random
from fractions import Fraction
from itertools import pairwise

import pytest

from oms.core.enums import AssetClass, LimitScope
from oms.core.market import MarketRecord, Quote, Trade
from oms.core.money import AMOUNT_SCALE
from oms.core.reference import Calendar, Instrument, Interval
from oms.core.risk_reference import FactorPosition, InstrumentFactors
from oms.models.bars import DAY_NS, LATE_NS, MINUTE_NS, Bar, BarBook, whole_days, window
from oms.models.factors import TERMS, Holder, Past, day_of, holder_factors, instrument_factors
from oms.models.stress import STANDARD_SCENARIOS, scenarios_of
from oms.models.tail import historical_shortfall, historical_var, normal_var
from oms.models.volatility import ewma, yang_zhang

START_NS = 20_000 * DAY_NS
ALWAYS = Calendar("always", True, ())


def trade(at_ns: int, price: int, qty: int = 1, trade_id: str = "", suspicious: bool = False) -> Trade:
    return Trade(START_NS + at_ns, price, qty, trade_id, suspicious)


def record(*trades: Trade, venue: str = "X", epoch: int = 1) -> MarketRecord:
    return MarketRecord(venue, "ACME", epoch, (), trades)


def bars_of(book: BarBook) -> list[Bar]:
    book.finish()
    return list(book.series["ACME"].bars)


def instrument(instrument_id: str = "ACME", currency: str = "USD") -> Instrument:
    return Instrument(instrument_id, instrument_id, currency, 2, 0, 1, 1, "always", True, AssetClass.EQUITY)


def walk(seed: int, count: int = 300, step: float = 0.001) -> tuple[Bar, ...]:
    rng, price, made = random.Random(seed), 100_000.0, []
    for n in range(count):
        path = [price]
        for _ in range(5):
            path.append(path[-1] * (1 + rng.gauss(0, step)))
        price = path[-1]
        whole = [round(p) for p in path]
        made.append(Bar(START_NS + n * MINUTE_NS, whole[0], max(whole), min(whole), whole[-1], rng.randrange(1, 900)))
    return tuple(made)


def past(instrument_id: str, seed: int, currency: str = "USD", **changes: int) -> Past:
    return Past(instrument(instrument_id, currency), walk(seed, **changes), {}, DAY_NS)


NOW_NS = START_NS + 300 * MINUTE_NS


def figures_of(*pasts: Past) -> dict[str, InstrumentFactors]:
    found = {p.instrument.instrument_id: instrument_factors(p, NOW_NS, STANDARD_SCENARIOS) for p in pasts}
    return {i: f for i, f in found.items() if f is not None}


# -- bars -----------------------------------------------------------------------------------------------------------------------


def test_prints_become_bars_and_a_quiet_minute_is_none() -> None:
    book = BarBook()
    book.apply(0, record(trade(0, 100, 5), trade(10, 104, 1), trade(59 * 10**9, 99, 2)))
    book.apply(1, record(trade(3 * MINUTE_NS, 101, 7)))
    assert bars_of(book) == [Bar(START_NS, 100, 104, 99, 99, 8)]
    book.apply(2, MarketRecord("X", "ACME", 1, (Quote(START_NS + 4 * MINUTE_NS + LATE_NS, 1, 1, 2, 1),), ()))
    assert bars_of(book) == [Bar(START_NS, 100, 104, 99, 99, 8), Bar(START_NS + 3 * MINUTE_NS, 101, 101, 101, 101, 7)]
    assert book.position == 3 and book.finish() == START_NS + 4 * MINUTE_NS


def test_what_does_not_count() -> None:
    book = BarBook()
    book.apply(0, record(trade(0, 100, 5, "a"), trade(1, 900, 5, "b", suspicious=True), trade(2, 0, 5), trade(3, 5, 0)))
    assert not book.apply(1, record(trade(4, 700), epoch=0))  # of an owner that was replaced
    book.apply(2, record(trade(0, 100, 5, "a"), epoch=2))  # told again after a reconnect
    book.apply(3, record(trade(2 * MINUTE_NS, 100), epoch=2))
    book.apply(4, record(trade(5, 1, 1), epoch=2))  # its bar is over
    assert bars_of(book) == [Bar(START_NS, 100, 100, 100, 100, 5)]
    assert book.series["ACME"].late == 1


def test_bars_are_the_same_however_the_records_were_cut() -> None:
    """INV-445."""
    rng = random.Random(7)
    trades = [trade(n * 7 * 10**9, rng.randrange(90, 110), rng.randrange(1, 9), str(n)) for n in range(200)]
    whole, cut = BarBook(), BarBook()
    whole.apply(0, record(*trades))
    at = 0
    while at < len(trades):
        size = rng.randrange(1, 9)
        cut.apply(at, record(*trades[at : at + size]))
        cut.finish()
        at += size
    assert bars_of(whole) == bars_of(cut) and len(bars_of(whole)) >= 20


def test_days_and_windows() -> None:
    assert list(whole_days({1: 5, 2: 6, 3: 7, 4: 8}, 4 * DAY_NS + 5)) == [6, 7]  # not the first known, not today
    assert list(whole_days({4: 8}, 4 * DAY_NS)) == []
    bars = walk(1)
    assert window(bars, 0, START_NS) is None
    assert window(bars, START_NS, START_NS + MINUTE_NS) == (bars[0].qty, bars[0].low, bars[0].high)


def test_a_day_is_what_the_calendar_trades_of_it() -> None:
    lunch = (Interval(10, 14, 1), Interval(20, 26, 1), Interval(100, 104, 2))
    assert day_of(Calendar("c", False, lunch), 50) == 10 and day_of(Calendar("c", False, lunch), 100) == 4
    assert day_of(ALWAYS, 50) == day_of(Calendar("c", False, lunch), 5) == DAY_NS


# -- instruments ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_records_figure_is_the_worst_of_its_models_rounded_up(seed: int) -> None:
    """INV-440."""
    p = past("ACME", seed)
    f = instrument_factors(p, NOW_NS, STANDARD_SCENARIOS)
    assert f is not None
    closes = [b.close for b in p.bars]
    day = (DAY_NS / MINUTE_NS) ** 0.5
    returns = [after / before - 1 for before, after in pairwise(closes)]
    deviation = max(ewma(returns, TERMS.decay), yang_zhang(p.bars))
    assert f.volatility_ppm >= deviation * day * 1e6 > f.volatility_ppm - 1
    least = max(normal_var(deviation, 0.99), historical_var(returns, 0.99), historical_var([-r for r in returns], 0.99))
    assert f.var_ppm >= least * day * 1e6 > f.var_ppm - 1
    assert f.es_ppm >= historical_shortfall(returns, 0.975) * day * 1e6
    assert f.stress_ppm == 200_000 or f.stress_ppm == 400_000  # an equity, held or owed
    assert (f.window_volume_qty, f.window_low_px, f.window_high_px) == window(p.bars, NOW_NS - 5 * MINUTE_NS, NOW_NS)
    assert f.as_of_ns == p.bars[-1].start_ns + MINUTE_NS and f.adv_qty == 0


def test_one_bar_too_few_says_nothing() -> None:
    bars = walk(3, TERMS.bars_least)
    of = lambda some: instrument_factors(Past(instrument(), some, {}, DAY_NS), NOW_NS, STANDARD_SCENARIOS)  # noqa: E731
    assert of(bars) is not None and of(bars[1:]) is None and of(()) is None


def test_an_average_volume_is_rounded_down_and_needs_a_whole_day() -> None:
    first = START_NS // DAY_NS - 3
    daily = {first: 999, first + 1: 10, first + 2: 11, first + 3: 1}
    f = instrument_factors(Past(instrument(), walk(1), daily, DAY_NS), NOW_NS, STANDARD_SCENARIOS)
    assert f is not None and f.adv_qty == 10


# -- holders --------------------------------------------------------------------------------------------------------------------

UNIT = 10**AMOUNT_SCALE


def holder(positions: dict[str, int], orders: list[Fraction] | None = None, **rates: int) -> Holder:
    return Holder(LimitScope.DESK, "alpha", "USD", positions, orders or [], rates)


@pytest.mark.parametrize("seed", range(8))
def test_a_portfolios_shortfall_is_at_most_the_sum_of_its_parts(seed: int) -> None:
    """INV-446. So what moved since the record, at the instruments' own figures, bounds what it adds."""
    rng = random.Random(seed)
    pasts = {name: past(name, 10 * seed + n) for n, name in enumerate(("A", "B", "C"))}
    figures = figures_of(*pasts.values())
    held = {name: rng.randrange(-500, 500) for name in pasts}
    before = holder_factors(holder(held), pasts, figures, STANDARD_SCENARIOS, NOW_NS)
    moved = held | {"B": held["B"] + rng.randrange(-400, 400)}
    after = holder_factors(holder(moved), pasts, figures, STANDARD_SCENARIOS, NOW_NS)
    assert before is not None and after is not None
    value = abs(moved["B"] - held["B"]) * pasts["B"].bars[-1].close * 10 ** (AMOUNT_SCALE - 2)
    assert after.es <= before.es + value * figures["B"].es_ppm / 10**6 + 1
    assert after.stress_loss <= before.stress_loss + value * figures["B"].stress_ppm / 10**6 + 1
    assert before.positions == tuple(FactorPosition(i, q) for i, q in sorted(held.items()) if q)
    assert before.marginal_ppm >= max(f.es_ppm for f in figures.values())


def test_a_hedged_portfolio_has_less_risk_and_a_doubled_one_twice() -> None:
    p = past("A", 1)
    twin = Past(instrument("B"), p.bars, {}, DAY_NS)
    pasts, figures = {"A": p, "B": twin}, figures_of(p, twin)
    one, two, none = (
        holder_factors(holder(held), pasts, figures, STANDARD_SCENARIOS, NOW_NS)
        for held in ({"A": 100}, {"A": 100, "B": 100}, {"A": 100, "B": -100})
    )
    assert one is not None and two is not None and none is not None
    assert abs(two.es - 2 * one.es) <= 2 and abs(two.var - 2 * one.var) <= 2 and two.stress_loss == 2 * one.stress_loss
    assert (none.es, none.var, none.stress_loss) == (0, 0, 0)
    assert none.portfolio_value == two.portfolio_value == 2 * one.portfolio_value


def test_currencies_are_converted_and_a_missing_rate_says_nothing() -> None:
    p, e = past("A", 1), past("A", 1, "EUR")
    here = holder_factors(holder({"A": 100}), {"A": p}, figures_of(p), STANDARD_SCENARIOS, NOW_NS)
    rates = {"USD": 10**9, "EUR": 1_250_000_000}
    there = holder_factors(holder({"A": 100}, **rates), {"A": e}, figures_of(e), STANDARD_SCENARIOS, NOW_NS)
    assert here is not None and there is not None
    assert there.portfolio_value == here.portfolio_value * 5 // 4
    assert abs(there.es - here.es * 5 / 4) <= here.es * 1e-9 + 1
    assert holder_factors(holder({"A": 100}), {"A": e}, figures_of(e), STANDARD_SCENARIOS, NOW_NS) is None


def test_a_holding_without_figures_says_nothing_of_its_holder() -> None:
    a, b = past("A", 1), past("B", 2, count=50)
    figures = figures_of(a, b)
    assert set(figures) == {"A"}
    assert holder_factors(holder({"A": 1, "B": 1}), {"A": a, "B": b}, figures, STANDARD_SCENARIOS, NOW_NS) is None
    flat = holder_factors(holder({"A": 0}), {"A": a, "B": b}, figures, STANDARD_SCENARIOS, NOW_NS)
    assert flat is not None and (flat.var, flat.es, flat.positions) == (0, 0, ()) and flat.marginal_ppm > 0


def test_past_orders_give_what_is_usual_and_too_few_nothing() -> None:
    orders = [Fraction(1_000 + n) for n in range(30)]
    few, many, spoilt = (
        holder_factors(holder({}, some), {}, {}, STANDARD_SCENARIOS, NOW_NS)
        for some in (orders[:19], orders, [*orders, Fraction(10**9)])
    )
    assert few is not None and many is not None and spoilt is not None
    assert (few.order_mean, few.order_std, few.order_count) == (0, 0, 19)
    assert many.order_count == 30 and 1_000 * UNIT <= many.order_mean <= 1_015 * UNIT and many.order_std <= 12 * UNIT
    assert (
        spoilt.order_mean <= 1_016 * UNIT and spoilt.order_std <= 13 * UNIT
    )  # one fat finger makes no other look small
    alike = holder_factors(holder({}, [Fraction(5)] * 25), {}, {}, STANDARD_SCENARIOS, NOW_NS)
    assert alike is not None and alike.order_std == 0


def test_a_scenario_of_one_instrument_reaches_the_record() -> None:
    p = past("A", 1)
    ruin = scenarios_of({"ruin": [("instrument", "A", -900_000)]})
    f = instrument_factors(p, NOW_NS, ruin)
    assert f is not None and f.stress_ppm == 900_000
    h = holder_factors(holder({"A": -7}), {"A": p}, {"A": f}, ruin, NOW_NS)
    assert h is not None and h.stress_loss == 0  # who owes gains by it
