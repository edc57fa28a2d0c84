"""Checks of money: exposure, credit, capital, cash, counterparties, market risk, losses. Amounts, over all currencies in the limit's own.

    worst of a holding        the most it can be worth, either way, with all that is open of one direction filled
    gross exposure            the worsts of all holdings, added up, and the worst that is long or short of each currency by pairs
    net exposure              long less short held, with all that is open of one direction filled; the worse direction; and as much of
                              currencies as in gross
    a currency pair           is long of one currency and short of the other, never a holding: in each currency all pairs are netted, and
                              the worst is taken, as in Basel's net open position (MAR40.74); the limit's own currency is no exposure to it
    credit                    bought less sold, ever, with all that is open of one direction filled; the worse direction
    capital                   bought and sold on the day, and all that is open (SEC 15c3-5(c)(1)(i): thresholds in the aggregate)
    cash                      what would be overdrawn with every open order filled that pays with the currency: buys, and sales of a pair
    counterparty              trades not settled, and all that may be executed with it
    VaR, ES, stress           the model's figure of the portfolio as it was, and for what was traded since, is open or comes the most that it can add: the
                              order at its instrument's own figure, the rest at the holder's `marginal_ppm` (expected shortfall is
                              subadditive: Acerbi and Tasche, 2002; value at risk is where returns are elliptical)
    losses                    the day's result as marked by decisions and trades; refused is what could increase a position

An amount beyond its limit that the order does not make greater passes: whoever is over must be able to come back.
"""

from collections.abc import Callable
from typing import NamedTuple

from oms.core.enums import LimitKind, LimitScope
from oms.core.reasons import Reason
from oms.core.reference import Instrument, Limit
from oms.core.risk.book import UNKNOWN_CURRENCY, Money, worst_worth
from oms.core.risk.exposure import worst_position
from oms.core.risk.factors import known, tightest_row, to_currency
from oms.core.risk.judgement import Ahead, CheckResult, Judgement, named
from oms.core.risk.levels import binds
from oms.core.risk.limits import added_qty, comes_under, covers_ahead, qty_ahead
from oms.core.risk.settlement import unsettled_value
from oms.core.risk.state import DAY_NS, RiskState
from oms.core.risk.value import base_of, part_of, value_of
from oms.core.risk_reference import HolderFactors, factors_id_of

NEED_PRICES = frozenset({LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE})
"""Exposure of what has no price is not known. Credit, capital and results are about what was traded, which has one."""

_FIGURES_KEPT = ("gross", "net", "buys", "sells", "spent", "longs", "shorts")
_RESULTS = ("realised", "unrealised")
"""What we would rather have more of: rounded down."""

_FIGURES = (*_FIGURES_KEPT, "turnover", *_RESULTS)
"""All, and those that go on from one day to the next."""


def _figures(j: Judgement, limit: Limit) -> Money:
    """The holder's money in the limit's currency, orders ahead in the record included. ValueError: a holding has no price yet."""
    if not binds(limit.kind, limit.scope):
        raise ValueError(f"a {limit.kind.name} limit cannot bind a {limit.scope.name.lower()}")
    key = (limit.scope, limit.scope_id, limit.currency)
    total = j.figures.get(key)
    if total is None:
        total = j.figures[key] = _totals(j, limit)
    if total.unpriced and limit.kind in NEED_PRICES:
        raise ValueError(f"{total.unpriced} positions have no price yet")
    return total


def _totals(j: Judgement, limit: Limit) -> Money:
    total, book = Money(), j.state.book()
    for currency in (*book.index.currencies, UNKNOWN_CURRENCY):
        money = book.money.get((limit.scope, limit.scope_id, currency))
        if money is None:
            continue
        total.unpriced += money.unpriced
        for name in _FIGURES if not j.begins_day else _FIGURES_KEPT:
            amount = getattr(money, name)
            if name in _RESULTS:
                amount = -to_currency(j, -amount, currency, limit.currency)
            else:
                amount = to_currency(j, amount, currency, limit.currency)
            setattr(total, name, getattr(total, name) + amount)
    for ahead in j.ahead:
        if covers_ahead(j, limit, ahead):
            instrument = j.state.reference.instruments[ahead.order.instrument_id]
            value = value_of(instrument, ahead.value_px, ahead.order.order_qty)
            amount = to_currency(j, value, instrument.currency, limit.currency)
            if ahead.order.side.sign > 0:
                total.buys += amount
            else:
                total.sells += amount
            if not instrument.base_currency:  # of a pair the currencies count, see `_currencies`
                total.gross += amount
                if ahead.order.side.sign * ahead.delta_sign > 0:
                    total.longs += amount
                else:
                    total.shorts += amount
    return total


def _currencies(j: Judgement, limit: Limit) -> tuple[int, int]:
    """What is long or short of currencies by pairs at worst, before and with the order; what is ahead in the record included."""
    pairs = j.state.index().pairs
    if not pairs:
        return 0, 0
    before, after = 0, 0
    added = _legs(j.instrument, j.order.side.sign, j.added_value, j.added_base)
    for currency in pairs:
        if currency == limit.currency:
            continue
        money = j.state.book().money.get((limit.scope, limit.scope_id, currency), Money())
        more, less = money.base_in + money.pair_sells, money.base_out + money.pair_buys
        for ahead in j.ahead:
            if covers_ahead(j, limit, ahead):
                pair = j.state.reference.instruments[ahead.order.instrument_id]
                qty, sign = ahead.order.order_qty, ahead.order.side.sign
                legs = _legs(pair, sign, value_of(pair, ahead.value_px, qty), base_of(pair, qty))
                more, less = more + legs.get((currency, 1), 0), less + legs.get((currency, -1), 0)
        before += to_currency(j, worst_worth(money.long, more, less), currency, limit.currency)
        more, less = more + added.get((currency, 1), 0), less + added.get((currency, -1), 0)
        after += to_currency(j, worst_worth(money.long, more, less), currency, limit.currency)
    return before, after


def _legs(pair: Instrument, sign: int, value: int, base: int) -> dict[tuple[str, int], int]:
    """(currency, 1 comes or −1 goes) → amount, of a pair's order; nothing of any other."""
    if not pair.base_currency:
        return {}
    return {(pair.base_currency, sign): base, (pair.currency, -sign): value}


def _added(j: Judgement, limit: Limit) -> tuple[int, int]:
    """What the order adds to open buys and to open sells."""
    amount = to_currency(j, j.added_value, j.instrument.currency, limit.currency)
    return (amount, 0) if j.order.side.sign > 0 else (0, amount)


def _judged(
    j: Judgement, kind: LimitKind, figures: Callable[[Judgement, Limit], tuple[int, int]], reason: Reason, what: str
) -> CheckResult:
    rows = [(versioned, *figures(j, versioned.limit)) for versioned in j.limits_of(kind)]
    return tightest_row(rows, reason, what)


def used_of(kind: LimitKind, money: Money) -> int:
    """What a holder uses of a limit, of sums in its currency and without the order; currencies by pairs and what is not settled come on top."""
    match kind:
        case LimitKind.GROSS_EXPOSURE:
            return money.gross
        case LimitKind.NET_EXPOSURE:
            return worst_worth(money.net, money.longs, money.shorts)
        case LimitKind.CREDIT:
            return worst_worth(money.spent, money.buys, money.sells)
        case LimitKind.CAPITAL:
            return money.turnover + money.buys + money.sells
        case LimitKind.COUNTERPARTY_EXPOSURE:
            return money.buys + money.sells
        case _:
            raise ValueError(f"{kind.name} is no sum of money")


def gross_exposure(j: Judgement) -> CheckResult:
    return _judged(j, LimitKind.GROSS_EXPOSURE, _gross, Reason.GROSS_EXPOSURE_LIMIT, "gross exposure")


def _gross(j: Judgement, limit: Limit) -> tuple[int, int]:
    total, (currencies, currencies_after) = used_of(limit.kind, _figures(j, limit)), _currencies(j, limit)
    holding = j.state.book().holdings.get((j.order.account_id, j.order.instrument_id))
    value, longs, shorts = (holding.put[1], holding.longs, holding.shorts) if holding is not None else (0, 0, 0)
    more, less = _makes(j, j.added_value)
    change = worst_worth(value, longs + more, shorts + less) - worst_worth(value, longs, shorts)
    grown = to_currency(j, change, j.instrument.currency, limit.currency)
    return total + currencies, total + currencies_after + grown


def _makes(j: Judgement, amount: int) -> tuple[int, int]:
    """What an amount of the order makes long and short: of a pair nothing, for its currencies count; of both terms of a replacement the one
    direction or the other, and both where a delta has changed its sign since."""
    if j.instrument.base_currency:
        return 0, 0
    directions = {j.order.side.sign * j.delta_sign} | (j.replaced.directions if j.replaced is not None else set())
    return amount if 1 in directions else 0, amount if -1 in directions else 0


def net_exposure(j: Judgement) -> CheckResult:
    return _judged(j, LimitKind.NET_EXPOSURE, _net, Reason.NET_EXPOSURE_LIMIT, "net exposure")


def _net(j: Judgement, limit: Limit) -> tuple[int, int]:
    money, (currencies, currencies_after) = _figures(j, limit), _currencies(j, limit)
    more, less = _makes(j, to_currency(j, j.added_value, j.instrument.currency, limit.currency))
    before = used_of(limit.kind, money)
    return before + currencies, worst_worth(money.net, money.longs + more, money.shorts + less) + currencies_after


def credit(j: Judgement) -> CheckResult:
    return _judged(j, LimitKind.CREDIT, _credit, Reason.CREDIT_LIMIT, "credit used")


def _credit(j: Judgement, limit: Limit) -> tuple[int, int]:
    money, (bought, sold) = _figures(j, limit), _added(j, limit)
    before = used_of(limit.kind, money)
    return before, worst_worth(money.spent, money.buys + bought, money.sells + sold)


def capital(j: Judgement) -> CheckResult:
    return _judged(j, LimitKind.CAPITAL, _capital, Reason.CAPITAL_LIMIT, "capital used")


def _capital(j: Judgement, limit: Limit) -> tuple[int, int]:
    before = used_of(limit.kind, _figures(j, limit))
    return before, before + sum(_added(j, limit))


def cash(j: Judgement) -> CheckResult:
    """Only of limits in the currency that the order pays with: a sale of a pair pays with its base. Values are what is overdrawn, negative
    while there is cash."""
    pair, sign = j.instrument.base_currency, j.order.side.sign
    currency = pair if pair and sign < 0 else j.instrument.settlement_currency or j.instrument.currency
    account = j.state.reference.accounts[j.order.account_id]
    paid = j.added_value if sign > 0 else j.added_base
    rows = []
    for versioned in j.limits_of(LimitKind.CASH):
        limit = versioned.limit
        if limit.currency != currency:
            continue
        balances = [balance.amount for balance in account.cash if balance.currency == currency]
        if not balances or currency not in (j.instrument.currency, pair):
            raise LookupError(f"account {account.account_id} has no cash balance in {currency}")
        money = j.state.book().money.get((limit.scope, limit.scope_id, currency), Money())
        if limit.scope is not LimitScope.ACCOUNT:
            raise ValueError(f"a CASH limit cannot bind a {limit.scope.name.lower()}")
        paying = money.buys + money.base_out + sum(_paid_ahead(j, ahead, currency) for ahead in j.ahead)
        before = money.spent + money.base_spent + paying - sum(balances)
        rows.append((versioned, before, before + paid))
    return tightest_row(rows, Reason.CASH_LIMIT, "cash overdrawn") if rows else CheckResult()


def _paid_ahead(j: Judgement, ahead: Ahead, currency: str) -> int:
    """What an order of the account that is ahead in the record may pay of a currency."""
    order, instrument = ahead.order, j.state.reference.instruments[ahead.order.instrument_id]
    if order.account_id != j.order.account_id:
        return 0
    if order.side.sign > 0:
        return value_of(instrument, ahead.value_px, order.order_qty) if instrument.currency == currency else 0
    return base_of(instrument, order.order_qty) if instrument.base_currency == currency else 0


def counterparty_exposure(j: Judgement) -> CheckResult:
    return _judged(
        j, LimitKind.COUNTERPARTY_EXPOSURE, _counterparty, Reason.COUNTERPARTY_LIMIT, "exposure to the counterparty"
    )


def _counterparty(j: Judgement, limit: Limit) -> tuple[int, int]:
    before = used_of(limit.kind, _figures(j, limit))
    before += sum(
        to_currency(
            j, unsettled_value(j.state, limit.scope_id, currency, j.conditions.tape_ns), currency, limit.currency
        )
        for currency in j.state.index().currencies
    )
    after = before + sum(_added(j, limit))
    if j.replaced is not None and comes_under(j, limit):
        booked = value_of(j.instrument, j.replaced.value_price, j.replaced.reserved_qty)
        after += to_currency(j, booked, j.instrument.currency, limit.currency)
    return before, after


SUMS: dict[LimitKind, Callable[[Judgement, Limit], tuple[int, int]]] = {
    LimitKind.GROSS_EXPOSURE: _gross,
    LimitKind.NET_EXPOSURE: _net,
    LimitKind.CREDIT: _credit,
    LimitKind.CAPITAL: _capital,
    LimitKind.COUNTERPARTY_EXPOSURE: _counterparty,
}
"""Amounts that add up over partitions: what is used of a limit, without the order and with it."""

BY_PAIRS = frozenset({LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE})
"""Of these the currencies of pairs count as well."""


def value_at_risk(j: Judgement) -> CheckResult:
    return _judged(j, LimitKind.VALUE_AT_RISK, _at_risk, Reason.VALUE_AT_RISK_LIMIT, "value at risk")


def expected_shortfall(j: Judgement) -> CheckResult:
    return _judged(j, LimitKind.EXPECTED_SHORTFALL, _at_risk, Reason.EXPECTED_SHORTFALL_LIMIT, "expected shortfall")


def stress_loss(j: Judgement) -> CheckResult:
    return _judged(j, LimitKind.STRESS_LOSS, _at_risk, Reason.STRESS_LIMIT, "loss in the worst scenario")


class AtRisk(NamedTuple):
    """`portfolio`: the model's figure; `since`: the value that counts beside it, traded since or open; `added`: of the order. Amounts in the
    limit's currency; a unit of what counts beside adds `marginal_ppm`, of the order `own_ppm`."""

    portfolio: int
    since: int
    added: int
    marginal_ppm: int
    own_ppm: int


OF_PORTFOLIO: dict[LimitKind, tuple[str, str]] = {
    LimitKind.VALUE_AT_RISK: ("var", "var_ppm"),
    LimitKind.EXPECTED_SHORTFALL: ("es", "es_ppm"),
    LimitKind.STRESS_LOSS: ("stress_loss", "stress_ppm"),
}
"""The model's figure of a portfolio, and of a unit of an instrument's value."""


def at_risk(j: Judgement, limit: Limit) -> AtRisk:
    """What was traded since the figures may be in the model's portfolio or not: it counts as added, for that is never less."""
    of_portfolio, of_instrument = OF_PORTFOLIO[limit.kind]
    own_ppm = known(j, of_instrument)
    factors = j.holder_factors[factors_id_of(limit.scope, limit.scope_id)]
    marginal_ppm = marginal_of(factors)
    money = _figures(j, limit)
    portfolio = to_currency(j, portfolio_of(factors, of_portfolio), factors.currency, limit.currency)
    since = traded_since(j.state, limit, factors, j.conditions.tape_ns, lambda *of: to_currency(j, *of))
    added = 0 if reduces(j) else sum(_added(j, limit))
    return AtRisk(portfolio, since + money.buys + money.sells, added, marginal_ppm, own_ppm)


def _at_risk(j: Judgement, limit: Limit) -> tuple[int, int]:
    risk = at_risk(j, limit)
    before = risk.portfolio + part_of(risk.since, risk.marginal_ppm)
    return before, before + part_of(risk.added, risk.own_ppm)


def portfolio_of(factors: HolderFactors, name: str) -> int:
    """The model's figure of a portfolio; LookupError for one below nothing, which says nothing."""
    figure: int = getattr(factors, name)
    if figure < 0:
        raise LookupError(f"a loss of {figure} says nothing of the portfolio of {factors.factors_id}")
    return figure


def marginal_of(factors: HolderFactors) -> int:
    """What a unit of value adds to the risk of a portfolio at most, in millionths; LookupError where the model does not know it."""
    if factors.marginal_ppm <= 0:
        raise LookupError(f"what a unit of value adds to the risk of {factors.factors_id} is not known")
    return factors.marginal_ppm


def traded_since(
    state: RiskState, limit: Limit, factors: HolderFactors, tape_ns: int, convert: Callable[[int, str, str], int]
) -> int:
    """What the holder bought and sold on the day that the figures are of, and since. Just after midnight they are of the day before: what was
    traded then counts as well. LookupError where they are from before what is remembered, two days on which orders came."""
    days, of = state.days, factors.as_of_ns // DAY_NS
    if len(days) >= 3 and of < days[-2]:
        raise LookupError(f"the figures of {factors.factors_id} are of a day before what is remembered")
    present = not state.begins_day(tape_ns) or of < tape_ns // DAY_NS
    former = len(days) >= 2 and of < days[-1]
    total = 0
    for currency in state.index().currencies:
        money = state.book().money.get((limit.scope, limit.scope_id, currency))
        if money is not None:
            amount = (money.turnover if present else 0) + (money.turnover_before if former else 0)
            total += convert(amount, currency, limit.currency)
    return total


def reduces(j: Judgement) -> bool:
    """Whether the order, with all that is open of its direction, can only take the account's position toward nothing."""
    o, sign = j.order, j.order.side.sign
    worst = worst_position(j.state, LimitScope.ACCOUNT, o.account_id, o.instrument_id, sign)
    return sign * worst + qty_ahead(j) + added_qty(j) <= 0


def day_loss(j: Judgement) -> CheckResult:
    return _lost(j, LimitKind.DAY_LOSS, Reason.DAY_LOSS_LIMIT)


def realised_loss(j: Judgement) -> CheckResult:
    return _lost(j, LimitKind.REALISED_LOSS, Reason.REALISED_LOSS_LIMIT)


def drawdown(j: Judgement) -> CheckResult:
    """Below the best result of the day, which is nothing at its beginning."""
    return _lost(j, LimitKind.DRAWDOWN, Reason.DRAWDOWN_LIMIT)


def _lost(j: Judgement, kind: LimitKind, reason: Reason) -> CheckResult:
    """A loss at its limit still trades, beyond it only what reduces does: values are the loss, which no order changes."""
    rows = [(versioned, lost(j, versioned.limit)) for versioned in j.limits_of(kind)]
    versioned, loss = min(rows, key=lambda row: row[0].limit.value - row[1])
    value = versioned.limit.value
    if loss > value and not reduces(j):
        text = f"the loss is {loss}, {named(versioned)}: only what reduces a position passes"
        return CheckResult(value, loss, loss, versioned.version, reason, text)
    return CheckResult(value, loss, loss, versioned.version)


def lost(j: Judgement, limit: Limit) -> int:
    """Of a limit of losses, in its currency; below nothing where there is a gain."""
    money = _figures(j, limit)
    return loss_of(limit.kind, money.realised, money.unrealised, _peak(j, limit))


def loss_of(kind: LimitKind, realised: int, unrealised: int, peak: int) -> int:
    """What a limit of losses counts of the day's results, and of the best of them."""
    match kind:
        case LimitKind.REALISED_LOSS:
            return -realised
        case LimitKind.DRAWDOWN:
            return peak - realised - unrealised
        case _:
            return -realised - unrealised


def _peak(j: Judgement, limit: Limit) -> int:
    if j.begins_day:
        return 0
    return sum(
        to_currency(j, j.state.peaks.get((limit.scope, limit.scope_id, currency), 0), currency, limit.currency)
        for currency in j.state.index().currencies
    )
