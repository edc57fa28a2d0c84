"""From bars, positions and past orders to the records that risk's checks read: what is computed, at which confidence, rounded how.

An instrument, for one day of its trading, per unit of value and the worse of holding and owing it:

    volatility_ppm   the larger of `ewma` of returns from close to close and `yang_zhang` of ranges, times sqrt(day / bar)
    var_ppm, es_ppm  the larger of the normal figure at that volatility and the historical one of its bars, times sqrt(day / bar)
    stress_ppm       the worst of the scenarios
    adv_qty, window… volumes; prices of the window

A holder, for the same day, in one currency: `var` and `es` are the larger of the normal figure (exponentially weighted covariances) and the
historical one of what is held now; `stress_loss` the worst scenario; order sizes the more suspicious of mean and median, deviation and
median absolute deviation. `marginal_ppm` is the worst of its instruments' own figures, for every part of a portfolio adds its own figure
at most.

A day is what the calendar trades on one trading date (24 hours where it is always open). Bars without a print are none, so that returns
of instruments that trade seldom span more than a bar and are scaled as one: too much, which is against us. On one grid of bars a portfolio's shortfall is at most the sum of its parts'; what is held of an
instrument that trades seldom has zeros between its returns there, and its own figure is then the larger as a rule, not by proof.
Nothing is said (None) of what has too few bars, no price, no rate or no past: unknown means no, and that is the check's to say.

Same inputs, same record: `model` names this file's formulas. It does not know who is an owner, nor when it is called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from oms.core.enums import AssetClass, LimitScope
from oms.core.money import AMOUNT_SCALE, INT64_MAX, Amount
from oms.core.reference import Calendar, Instrument
from oms.core.risk_reference import FactorPosition, HolderFactors, InstrumentFactors, factors_id_of
from oms.models import ModelError
from oms.models.bars import DAY_NS, MINUTE_NS, Bar, Series, whole_days, window
from oms.models.portfolio import aligned_prices, gains, simple_returns
from oms.models.rounding import away_from_zero, liquidity_of, risk_of
from oms.models.sizes import average_volume, moments_of, robust
from oms.models.stress import MILLION, Holding, Scenario, unit_loss, worst_loss
from oms.models.tail import historical_shortfall, historical_var, normal_shortfall, normal_var
from oms.models.volatility import ewma, scaled, yang_zhang

MODEL = "minutes-1"
AMOUNT_UNIT = 10**AMOUNT_SCALE


@dataclass(frozen=True, slots=True)
class FactorTerms:
    """Of a release of the model. `decay`: per bar; with 0.99 half of the weight lies in the last 69 minutes.

    Confidences are those of Basel: value at risk at 99 % (1996), shortfall at 97.5 % (2016). `bars_least`: so many returns make one loss beyond
    99 %. `bars_max`: of the past at most, four sessions of 6.5 hours. `orders_least`: past orders before a size is called usual.
    """

    bar_ns: int = MINUTE_NS
    decay: float = 0.99
    var_confidence: float = 0.99
    shortfall_confidence: float = 0.975
    window_ns: int = 5 * MINUTE_NS
    bars_least: int = 101
    bars_max: int = 1_560
    orders_least: int = 20


TERMS = FactorTerms()


def day_of(calendar: Calendar, now_ns: int) -> int:
    """Nanoseconds traded on the trading date of the newest interval that has begun; a whole day where it never closes or none has begun."""
    begun = [i for i in calendar.intervals if i.open_ns <= now_ns]
    if calendar.always_open or not begun:
        return DAY_NS
    date = begun[-1].trading_date
    return sum(i.close_ns - i.open_ns for i in calendar.intervals if i.trading_date == date)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of one instrument: its terms, its finished bars, its volumes by day, a day's length, the delta of an option."""

    instrument: Instrument
    bars: tuple[Bar, ...]
    daily: Mapping[int, int]
    day_ns: int
    delta_ppm: int = 0

    @staticmethod
    def of(
        instrument: Instrument, series: Series, calendar: Calendar, now_ns: int, terms: FactorTerms = TERMS
    ) -> "Past":
        bars = tuple(series.bars)[-terms.bars_max :]
        return Past(instrument, bars, dict(series.daily), day_of(calendar, now_ns))


def instrument_factors(
    past: Past, now_ns: int, scenarios: Sequence[Scenario], terms: FactorTerms = TERMS
) -> InstrumentFactors | None:
    """None where there are too few bars. `now_ns`: the tape time up to which bars are final."""
    bars = past.bars
    if len(bars) < terms.bars_least:
        return None
    try:
        return _instrument_factors(past, now_ns, scenarios, terms)
    except ModelError:
        return None


def _instrument_factors(
    past: Past, now_ns: int, scenarios: Sequence[Scenario], terms: FactorTerms
) -> InstrumentFactors:
    bars = past.bars
    closes = [bar.close for bar in bars]
    returns = simple_returns(closes)  # as a portfolio's gains are counted: then its parts' figures bound its own
    bar_volatility = max(ewma(returns, terms.decay), yang_zhang(bars))
    day = scaled(1.0, terms.bar_ns, past.day_ns)
    both = [returns, [-r for r in returns]]
    var = max(historical_var(losses, terms.var_confidence) for losses in both)
    shortfall = max(historical_shortfall(losses, terms.shortfall_confidence) for losses in both)
    var = max(var, normal_var(bar_volatility, terms.var_confidence))
    shortfall = max(shortfall, normal_shortfall(bar_volatility, terms.shortfall_confidence))
    days = list(whole_days(dict(past.daily), now_ns))
    traded = window(bars, now_ns - terms.window_ns, now_ns)
    holding = holding_of(past, 10**past.instrument.qty_scale, Fraction(1))
    return InstrumentFactors(
        instrument_id=past.instrument.instrument_id,
        model=MODEL,
        as_of_ns=bars[-1].start_ns + terms.bar_ns,
        volatility_ppm=risk_of(bar_volatility * day, MILLION),
        adv_qty=liquidity_of(average_volume(days), 1) if days else 0,
        window_volume_qty=traded[0] if traded else 0,
        window_low_px=traded[1] if traded else 0,
        window_high_px=traded[2] if traded else 0,
        delta_ppm=past.delta_ppm,
        var_ppm=risk_of(var * day, MILLION),
        es_ppm=risk_of(shortfall * day, MILLION),
        stress_ppm=_up(unit_loss(holding, scenarios) * MILLION) if scenarios else 0,
    )


def holding_of(past: Past, qty: int, rate: Fraction, base_rate: Fraction = Fraction(0)) -> Holding:
    """A position at the last close. An instrument whose class nobody stated is taken as an equity: its value follows its price.
    `base_rate`: of one unit of a pair's base currency in the reporting currency, 0: not known."""
    instrument = past.instrument
    if not past.bars:
        raise ModelError(f"{instrument.instrument_id} never traded")
    asset_class = instrument.asset_class or AssetClass.EQUITY
    if asset_class is AssetClass.OPTION or (asset_class is AssetClass.FX_SPOT and not base_rate):
        # An option's own price is what its value follows here, and of a pair without a rate what its quoted amount does:
        # `oms.models.stress` has the forms with the underlying and with both currencies.
        asset_class = AssetClass.FUTURE
    return Holding(
        instrument.instrument_id,
        asset_class,
        instrument.currency,
        qty,
        past.bars[-1].close,
        instrument.price_scale,
        instrument.qty_scale,
        rate,
        instrument.multiplier_ppm or MILLION,
        instrument.base_currency,
        base_rate,
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose figures: `positions` by instrument, signed; `order_values` of past orders, in `currency`; `rates` of currencies in the firm's own."""

    scope: LimitScope
    scope_id: str
    currency: str
    positions: Mapping[str, int]
    order_values: Sequence[Fraction]
    rates: Mapping[str, int]

    def rate(self, currency: str) -> Fraction:
        """Of one unit in the holder's currency. ModelError where a rate is missing."""
        if currency == self.currency:
            return Fraction(1)
        one, other = self.rates.get(currency, 0), self.rates.get(self.currency, 0)
        if one <= 0 or other <= 0:
            raise ModelError(f"no rate of {currency} in {self.currency}")
        return Fraction(one, other)


def holder_factors(
    holder: Holder,
    pasts: Mapping[str, Past],
    figures: Mapping[str, InstrumentFactors],
    scenarios: Sequence[Scenario],
    now_ns: int,
    terms: FactorTerms = TERMS,
) -> HolderFactors | None:
    """None where something that is held has no past, no figures or no rate. Flat: zeros, and all that could be bought is marginal."""
    try:
        return _holder_factors(holder, pasts, figures, scenarios, now_ns, terms)
    except ModelError:
        return None


def _holder_factors(
    holder: Holder,
    pasts: Mapping[str, Past],
    figures: Mapping[str, InstrumentFactors],
    scenarios: Sequence[Scenario],
    now_ns: int,
    terms: FactorTerms,
) -> HolderFactors:
    held = {i: qty for i, qty in sorted(holder.positions.items()) if qty}
    if missing := [i for i in held if i not in figures or i not in pasts]:
        raise ModelError(f"nothing is known of {', '.join(missing)}")
    holdings = [
        holding_of(
            pasts[i],
            qty,
            holder.rate(instrument.currency),
            holder.rate(instrument.base_currency or instrument.currency),
        )
        for i, qty in held.items()
        for instrument in (pasts[i].instrument,)
    ]
    values = {h.instrument_id: h.worth * h.rate for h in holdings}
    var, shortfall = _tail(values, pasts, terms)
    mean, deviation, orders = _usual(holder.order_values, terms)
    worst = [max(f.var_ppm, f.es_ppm, f.stress_ppm) for f in figures.values()]
    return HolderFactors(
        factors_id=factors_id_of(holder.scope, holder.scope_id),
        scope=holder.scope,
        scope_id=holder.scope_id,
        currency=holder.currency,
        model=MODEL,
        as_of_ns=min((figures[i].as_of_ns for i in held), default=now_ns),
        var=Amount(risk_of(var, AMOUNT_UNIT)),
        es=Amount(risk_of(shortfall, AMOUNT_UNIT)),
        stress_loss=Amount(_up(worst_loss(holdings, scenarios)[1] * AMOUNT_UNIT)),
        marginal_ppm=max(worst, default=0),
        portfolio_value=Amount(int(sum((abs(v) for v in values.values()), Fraction(0)) * AMOUNT_UNIT)),
        order_mean=mean,
        order_std=deviation,
        order_count=orders,
        positions=tuple(FactorPosition(i, qty) for i, qty in held.items()),
    )


def _tail(values: Mapping[str, Fraction], pasts: Mapping[str, Past], terms: FactorTerms) -> tuple[float, float]:
    """(value at risk, shortfall) over a day, in the holder's currency; of the longest day that is held."""
    if not values:
        return 0.0, 0.0
    prices = aligned_prices({i: pasts[i].bars for i in values}, terms.bars_max)
    moves = gains({i: float(v) for i, v in values.items()}, {i: simple_returns(p) for i, p in prices.items()})
    if len(moves) < terms.bars_least - 1:
        raise ModelError("the instruments have too little past in common")
    losses = [-move for move in moves]
    deviation = ewma(moves, terms.decay)
    day = sqrt(max(pasts[i].day_ns for i in values) / terms.bar_ns)
    var = max(historical_var(losses, terms.var_confidence), normal_var(deviation, terms.var_confidence))
    shortfall = max(
        historical_shortfall(losses, terms.shortfall_confidence),
        normal_shortfall(deviation, terms.shortfall_confidence),
    )
    return var * day, shortfall * day


def _usual(order_values: Sequence[Fraction], terms: FactorTerms) -> tuple[Amount, Amount, int]:
    """(centre, deviation, count): of the two measures what makes a large order look larger, rounded down. Nothing is usual of too few."""
    count = len(order_values)
    if count < terms.orders_least:
        return Amount(0), Amount(0), count
    values = [float(value) for value in order_values]
    moments, middle = moments_of(values), robust(values)
    spreads = [spread for spread in (moments.deviation, middle.deviation) if spread > 0]
    centre = min(moments.mean, middle.median)
    return (
        Amount(liquidity_of(centre, AMOUNT_UNIT)),
        Amount(liquidity_of(min(spreads, default=0.0), AMOUNT_UNIT)),
        count,
    )


def delta_ppm_of(delta: float) -> int:
    """A model's delta as the record has it: its size rounded up, for a larger delta is more exposure.

    >>> delta_ppm_of(-0.5000001)
    -500001
    """
    return away_from_zero(delta, MILLION)


def _up(value: Fraction) -> int:
    """Rounded up. ModelError where no record holds it."""
    up = -(-value.numerator // value.denominator)
    if up > INT64_MAX * AMOUNT_UNIT:
        raise ModelError(f"{up} fits no record")
    return up
