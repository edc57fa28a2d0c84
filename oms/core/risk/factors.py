"""Checks that rest on what comes from outside and ages: exchange rates, and the risk factors that models compute.

`fx_rates` and `risk_factors` establish, for every check after them, that what it needs is there and fresh; each piece is named in the evidence
with its version and age. A factor that a model has left at 0 is one that it does not know, and refuses where a limit needs it.
"""

from collections.abc import Iterable

from oms.core.enums import AssetClass, LimitKind, LimitScope, OrdType
from oms.core.money import INT64_MAX
from oms.core.reasons import Reason
from oms.core.risk.book import Money
from oms.core.risk.judgement import CheckResult, Judgement, held_to, named
from oms.core.risk.levels import CONVERTED, HOLDER_FACTORS, INSTRUMENT_FACTORS, binds
from oms.core.risk.limits import added_qty, worst_with_ahead
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk.value import PPM, ages, converted, part_of, rate_of, value_of
from oms.core.risk_events import EvidenceInput
from oms.core.risk_reference import HolderFactors, InstrumentFactors, factors_id_of

_BPS = 10_000
_MILLI = 1_000
_NOTHING = Money()


def fx_rates(j: Judgement) -> CheckResult:
    """From here on there is a rate for every currency that has to be converted. Values are the age of the oldest rate."""
    if j.instrument.asset_class is AssetClass.FX_SPOT and not j.instrument.base_currency:
        text = f"what {j.instrument.instrument_id} buys is not known: it has no base currency"
        return CheckResult(reason=Reason.FX_RATE_MISSING, text=text)
    needed = _currencies(j)
    limits = j.limits_of(LimitKind.FX_RATE_AGE_NS)
    allowed, version = (limits[0].limit.value, limits[0].version) if limits else (0, -1)
    oldest = 0
    for currency in sorted(needed):
        rate = rate_of(j.state.reference, currency)
        if rate is None:
            return CheckResult(allowed, reason=Reason.FX_RATE_MISSING, text=f"{currency} has no exchange rate")
        age = _age(j, rate.as_of_ns) if ages(j.state.reference, rate) else 0
        j.inputs.append(EvidenceInput("fx_rate", currency, j.state.reference.version("fx_rate", currency), age))
        if not -allowed <= age <= allowed:
            allows = named(limits[0]) if limits else "no limit says how old it may be"
            text = f"the exchange rate of {currency} is {age} ns old, {allows}"
            return CheckResult(allowed, age, age, version, Reason.FX_RATE_STALE, text)
        oldest = max(oldest, abs(age))
        j.rates[currency] = rate.rate_e9
    return CheckResult(allowed, oldest, oldest, version)


def _age(j: Judgement, as_of_ns: int) -> int:
    age_ns = j.conditions.tape_ns - as_of_ns
    if abs(age_ns) > INT64_MAX:
        raise OverflowError("an age of more than 64 bits")
    return age_ns


def _currencies(j: Judgement) -> set[str]:
    """Those that any limit over currencies has to convert from or to."""
    currencies = j.state.index().currencies
    needed: set[str] = set()
    for kind in CONVERTED & j.limits.keys():
        for versioned in j.limits[kind]:
            limit = versioned.limit
            held = {c for c in currencies if _has(j, limit.scope, limit.scope_id, c)}
            for instrument in (j.instrument, *(j.state.reference.instruments[a.order.instrument_id] for a in j.ahead)):
                held |= {instrument.currency, instrument.base_currency or instrument.currency}
            if kind in HOLDER_FACTORS:
                factors = j.state.reference.holder_factors.get(factors_id_of(limit.scope, limit.scope_id))
                held |= {factors.currency} if factors is not None else set()
            if held != {limit.currency}:
                needed |= held | {limit.currency}
    return needed


def _has(j: Judgement, scope: LimitScope, scope_id: str, currency: str) -> bool:
    """Whether a holder has anything of a currency. By amounts and not by what the book has looked at: that is forgotten when it is made
    anew."""
    state, key = j.state, (scope, scope_id, currency)
    money = state.book().money.get(key)
    if (money is not None and money != _NOTHING) or key in state.peaks:
        return True
    return scope is LimitScope.COUNTERPARTY and (scope_id, currency) in state.unsettled


def to_currency(j: Judgement, amount: int, currency: str, wanted: str) -> int:
    """An amount in the currency of a limit, rounded up. KeyError: no rate, which `fx_rates` would have refused."""
    return amount if currency == wanted or not amount else converted(amount, j.rates[currency], j.rates[wanted])


def risk_factors(j: Judgement) -> CheckResult:
    """From here on the factors that limits need are known and fresh. Values are the age of the oldest."""
    limits = j.limits_of(LimitKind.FACTORS_AGE_NS)
    allowed, version = (limits[0].limit.value, limits[0].version) if limits else (0, -1)
    oldest = 0
    for kind, entity_id, found in _factors(j):
        if found is None or (isinstance(found, InstrumentFactors) and needs_delta(j) and not found.delta_ppm):
            what = "are not there" if found is None else "have no delta"
            text = f"{kind.replace('_', ' ')} of {entity_id} {what}"
            return CheckResult(allowed, reason=Reason.RISK_FACTORS_MISSING, text=text)
        age = _age(j, found.as_of_ns)
        j.inputs.append(EvidenceInput(kind, entity_id, j.state.reference.version(kind, entity_id), age))
        if not -allowed <= age <= allowed:
            allows = named(limits[0]) if limits else "no limit says how old they may be"
            text = f"{kind.replace('_', ' ')} of {entity_id} are {age} ns old, {allows}"
            return CheckResult(allowed, age, age, version, Reason.RISK_FACTORS_STALE, text)
        oldest = max(oldest, abs(age))
        if isinstance(found, HolderFactors):
            j.holder_factors[entity_id] = found
        else:
            j.factors = found
    return CheckResult(allowed, oldest, oldest, version)


def needs_delta(j: Judgement) -> bool:
    """Whether it is an option that a limit counts as its delta's part of the underlying."""
    return j.instrument.asset_class is AssetClass.OPTION and not j.limits.keys().isdisjoint(CONVERTED)


def _factors(j: Judgement) -> Iterable[tuple[str, str, InstrumentFactors | HolderFactors | None]]:
    """(kind, id, the factors in force) of everything that a limit needs."""
    reference, instrument_id = j.state.reference, j.order.instrument_id
    if not INSTRUMENT_FACTORS.isdisjoint(j.limits) or needs_delta(j):
        yield "instrument_factors", instrument_id, reference.instrument_factors.get(instrument_id)
    needed: dict[str, None] = {}
    for kind in HOLDER_FACTORS:
        for versioned in j.limits_of(kind):
            needed[factors_id_of(versioned.limit.scope, versioned.limit.scope_id)] = None
    for factors_id in sorted(needed):
        yield "holder_factors", factors_id, reference.holder_factors.get(factors_id)


def known(j: Judgement, figure: str) -> int:
    """A factor of the instrument; LookupError where the model does not know it."""
    value: int = getattr(j.factors, figure)
    if value <= 0:
        raise LookupError(f"{figure} of {j.order.instrument_id} is {value}: not known")
    return value


def window_collar(j: Judgement) -> CheckResult:
    """The worst price against what was traded in the model's window. The threshold is the bound as a price, rounded against the order."""
    assert j.worst_price is not None
    tightest = j.tightest(LimitKind.WINDOW_COLLAR_BPS)
    sign = j.order.side.sign
    anchor = known(j, "window_high_px" if sign > 0 else "window_low_px")
    bound = sign * (sign * anchor * (_BPS + sign * tightest.limit.value) // _BPS)
    return _collared(j, tightest, anchor, bound, Reason.WINDOW_COLLAR)


def sigma_collar(j: Judgement) -> CheckResult:
    """The worst price no further from the reference price than so many standard deviations of a day; rounded against the order."""
    assert j.worst_price is not None and j.reference_price is not None
    tightest = j.tightest(LimitKind.COLLAR_SIGMAS_MILLI)
    sign, anchor = j.order.side.sign, j.reference_price
    room = anchor * known(j, "volatility_ppm") * tightest.limit.value // (PPM * _MILLI)
    return _collared(j, tightest, anchor, anchor + sign * room, Reason.SIGMA_COLLAR)


def _collared(j: Judgement, tightest: VersionedLimit, anchor: int, bound: int, reason: Reason) -> CheckResult:
    assert j.worst_price is not None
    sign, worst = j.order.side.sign, j.worst_price
    if sign * worst > sign * bound:
        text = f"price {worst} is beyond {bound}, {named(tightest)}"
        return CheckResult(bound, anchor, worst, tightest.version, reason, text)
    return CheckResult(bound, anchor, worst, tightest.version)


def market_order(j: Judgement) -> CheckResult:
    """An order that names no price of its own is bound by its collar, and by this in what it is worth there."""
    tightest = j.tightest(LimitKind.MARKET_ORDER_NOTIONAL)
    if j.order.price is not None and j.order.ord_type is not OrdType.MARKET:
        return CheckResult(tightest.limit.value, 0, 0, tightest.version)
    return held_to(tightest, 0, j.notional, Reason.MARKET_ORDER_LIMIT, "notional of an order without a price")


def sigma_size(j: Judgement) -> CheckResult:
    """What one standard deviation of a day moves the order's value: a volatile instrument allows smaller orders."""
    moved = part_of(j.notional, known(j, "volatility_ppm"))
    return held_to(j.tightest(LimitKind.ORDER_SIGMA_AMOUNT), 0, moved, Reason.SIGMA_SIZE, "a day's move of the order")


def fat_finger(j: Judgement) -> CheckResult:
    """Thousandths of a standard deviation above the holder's mean order, rounded up. Without a spread nothing is usual: refused."""
    rows = []
    for versioned in j.limits_of(LimitKind.FAT_FINGER_Z_MILLI):
        limit = versioned.limit
        _bound(limit.kind, limit.scope)
        factors = j.holder_factors[factors_id_of(limit.scope, limit.scope_id)]
        if factors.order_std <= 0 or factors.currency != j.instrument.currency:
            raise LookupError(f"the usual orders of {factors.factors_id} in {j.instrument.currency} are not known")
        rows.append((versioned, -(-(j.notional - factors.order_mean) * _MILLI // factors.order_std)))
    versioned, score = min(rows, key=lambda row: row[0].limit.value - row[1])
    return held_to(versioned, 0, score, Reason.FAT_FINGER, "thousandths of a standard deviation above usual")


def adv_concentration(j: Judgement) -> CheckResult:
    """The worst position in millionths of the average daily volume, rounded up; what does not grow passes."""
    adv, sign, added = known(j, "adv_qty"), j.order.side.sign, added_qty(j)
    rows = []
    for versioned in j.limits_of(LimitKind.ADV_PPM):
        before = max(0, sign * worst_with_ahead(j, versioned.limit, sign))
        rows.append((versioned, -(-before * PPM // adv), -(-_positive(j, versioned, added) * PPM // adv)))
    return tightest_row(rows, Reason.ADV_CONCENTRATION, "millionths of the daily volume held")


def _positive(j: Judgement, versioned: VersionedLimit, added: int) -> int:
    sign = j.order.side.sign
    return max(0, sign * worst_with_ahead(j, versioned.limit, sign) + added)


def portfolio_concentration(j: Judgement) -> CheckResult:
    """What the worst position is worth, in millionths of the portfolio's value as the model has it; rounded up."""
    added, instrument = added_qty(j), j.instrument
    rows = []
    for versioned in j.limits_of(LimitKind.PORTFOLIO_PPM):
        limit = versioned.limit
        factors = j.holder_factors[factors_id_of(limit.scope, limit.scope_id)]
        if factors.portfolio_value <= 0 or factors.currency != instrument.currency:
            raise LookupError(f"the portfolio of {factors.factors_id} in {instrument.currency} is not known")
        before, after = (
            -(-value_of(instrument, j.value_px, _positive(j, versioned, qty)) * PPM // factors.portfolio_value)
            for qty in (0, added)
        )
        rows.append((versioned, before, after))
    return tightest_row(rows, Reason.PORTFOLIO_CONCENTRATION, "millionths of the portfolio in one instrument")


def participation(j: Judgement) -> CheckResult:
    """The order in millionths of what the market traded in the model's window, rounded up."""
    share = -(-j.order.order_qty * PPM // known(j, "window_volume_qty"))
    tightest = j.tightest(LimitKind.PARTICIPATION_PPM)
    return held_to(tightest, 0, share, Reason.PARTICIPATION, "millionths of the market's volume")


def tightest_row(rows: list[tuple[VersionedLimit, int, int]], reason: Reason, what: str) -> CheckResult:
    """Of (limit, before, after) the one with the least room. What is beyond a limit already and does not grow passes: it may be a way out."""
    beyond = [row for row in rows if row[2] > row[0].limit.value and row[2] > row[1]]
    versioned, before, after = min(beyond or rows, key=lambda row: row[0].limit.value - row[2])
    if beyond:
        return held_to(versioned, before, after, reason, what)
    return CheckResult(versioned.limit.value, before, after, versioned.version)


def _bound(kind: LimitKind, scope: LimitScope) -> None:
    if not binds(kind, scope):
        raise ValueError(f"a {kind.name} limit cannot bind a {scope.name.lower()}")
