"""What a partition uses of a limit that spans partitions: with an order, for the checks of credit, and without, for what is asked and released.

Every figure is such that the sum over partitions is never less than what all of them use together (docs/architecture.md, "Credit over
partitions", has the argument of each kind):

    sums of money, open orders       as their own checks have them
    messages                         those of the last second, which time takes out again (`oms.core.risk.windows`)
    position                         the worst of both directions, all that is open of one of them filled: |Σ| ≤ Σ |·|
    losses, drawdown                 what is lost here, and nothing where there is a gain: max(0, Σ) ≤ Σ max(0, ·)
    value at risk, shortfall, stress the model's figure is of the whole holder: each partition bears its equal part of it, rounded up, and all
                                     that its own trades and open orders can add. No figure of a part is ever taken for a portfolio's

Each is 0 or more, and an amount; a figure that is not known (no rate, no price, no factors) is None outside of an order, and within one
refuses it. Outside of a decision it is what the check has before an order (INV-477).
"""

from collections.abc import Callable

from oms.core.credit.spans import LOSSES, MODELLED, credit_id_of, instrument_of
from oms.core.enums import LimitKind
from oms.core.money import AMOUNT_MAX
from oms.core.reference import Limit
from oms.core.risk.book import UNKNOWN_CURRENCY, Book, Money
from oms.core.risk.judgement import Judgement
from oms.core.risk.limits import added_qty, covers_ahead, open_figures, worst_with_ahead
from oms.core.risk.measures import loss_now
from oms.core.risk.money_limits import (
    BY_PAIRS,
    NEED_PRICES,
    OF_PORTFOLIO,
    SUMS,
    at_risk,
    lost,
    marginal_of,
    portfolio_of,
    reduces,
    traded_since,
    used_of,
)
from oms.core.risk.settlement import unsettled_value
from oms.core.risk.state import RiskState
from oms.core.risk.value import converted, part_of, rate_of
from oms.core.risk.windows import of_last_second
from oms.core.risk_reference import factors_id_of

_SUMMED = ("gross", "net", "buys", "sells", "longs", "shorts", "spent", "turnover")

# --- with an order


def figures(j: Judgement, limit: Limit, members: int) -> tuple[int, int, bool]:
    """(used before the order, with it, whether it adds to what is used or could)."""
    kind = limit.kind
    if kind in LOSSES:
        loss = max(0, lost(j, limit))
        return loss, loss, not reduces(j)
    if kind is LimitKind.MESSAGE_RATE:
        before = _messages(j, limit)
        return before, before + 1, True
    if kind is LimitKind.POSITION_QTY:
        before, after = _position(j, limit)
    elif kind in MODELLED:
        before, after = _risk(j, limit, members)
    else:
        before, after = SUMS[kind](j, limit) if kind in SUMS else open_figures(j, limit)
    return before, after, after > before


def _messages(j: Judgement, limit: Limit) -> int:
    before = of_last_second(j.state.windows.get(credit_id_of(limit), {}), j.conditions.wall_ns)
    return before + sum([covers_ahead(j, limit, other) for other in j.ahead])


def _position(j: Judgement, limit: Limit) -> tuple[int, int]:
    sign, added = j.order.side.sign, added_qty(j)
    this, other = sign * worst_with_ahead(j, limit, sign), -sign * worst_with_ahead(j, limit, -sign)
    return max(this, other), max(this + added, other)


def _risk(j: Judgement, limit: Limit, members: int) -> tuple[int, int]:
    """The order at its instrument's own figure or as it will count once it is open, whichever is more."""
    risk = at_risk(j, limit)
    before = _borne(risk.portfolio, members) + part_of(risk.since, risk.marginal_ppm)
    if not risk.added:
        return before, before
    open_ = _borne(risk.portfolio, members) + part_of(risk.since + risk.added, risk.marginal_ppm)
    return before, max(before + part_of(risk.added, risk.own_ppm), open_)


def _borne(portfolio: int, members: int) -> int:
    """A partition's part of the whole holder's figure, rounded up."""
    return -(-portfolio // members)


# --- without an order


def in_use(state: RiskState, limit: Limit, tape_ns: int, wall_ns: int = 0) -> int | None:
    """What the accounts of this partition use of a limit, in its unit, as its check has it before an order; None where it is not known, or is no
    amount: by a wrong rate it can have more bits than a record holds, and no check can be evaluated by it.

    `wall_ns`: of the second whose messages count; 0: all that are remembered."""
    try:
        used = _in_use(state, limit, tape_ns, wall_ns)
    except LookupError:
        return None
    return used if used <= AMOUNT_MAX else None


def _in_use(state: RiskState, limit: Limit, tape_ns: int, wall_ns: int) -> int:
    kind, book = limit.kind, state.book()
    if kind is LimitKind.MESSAGE_RATE:
        return of_last_second(state.windows.get(credit_id_of(limit), {}), wall_ns)
    if kind is LimitKind.OPEN_ORDERS:
        return book.counts.get((limit.scope, limit.scope_id, limit.instrument_id), 0)
    if kind is LimitKind.POSITION_QTY:
        return _position_now(book, limit)
    if kind in LOSSES:
        return 0 if state.begins_day(tape_ns) else max(0, loss_now(state, limit))
    if kind in MODELLED:
        return _risk_now(state, limit, tape_ns)
    used = _money_now(state, limit, tape_ns)
    if kind is LimitKind.COUNTERPARTY_EXPOSURE:
        convert = _by_rates_of(state)
        for currency in state.index().currencies:
            owed = unsettled_value(state, limit.scope_id, currency, tape_ns)
            used += convert(owed, currency, limit.currency)
    return used


def _position_now(book: Book, limit: Limit) -> int:
    name = instrument_of(limit)
    buys, sells = (book.worst(limit.scope, limit.scope_id, name, sign) for sign in (1, -1))
    return max(buys, -sells)


def _risk_now(state: RiskState, limit: Limit, tape_ns: int) -> int:
    factors_id = factors_id_of(limit.scope, limit.scope_id)
    factors, convert = state.reference.holder_factors[factors_id], _by_rates_of(state)
    portfolio = convert(portfolio_of(factors, OF_PORTFOLIO[limit.kind][0]), factors.currency, limit.currency)
    since = traded_since(state, limit, factors, tape_ns, convert)
    for currency in state.index().currencies:
        money = state.book().money.get((limit.scope, limit.scope_id, currency), Money())
        since += convert(money.buys, currency, limit.currency) + convert(money.sells, currency, limit.currency)
    members = state.index().spanning.members_of(credit_id_of(limit))
    return _borne(portfolio, members) + part_of(since, marginal_of(factors))


def _money_now(state: RiskState, limit: Limit, tape_ns: int) -> int:
    """What was traded on the day before is no use of a day on which nobody has ordered yet: as the check has it."""
    summed = [name for name in _SUMMED if name != "turnover" or not state.begins_day(tape_ns)]
    total, by_pairs, pairs, convert = Money(), 0, state.index().pairs, _by_rates_of(state)
    for currency in (*state.index().currencies, UNKNOWN_CURRENCY):
        money = state.book().money.get((limit.scope, limit.scope_id, currency), Money())
        total.unpriced += money.unpriced
        if currency in pairs and currency != limit.currency:
            by_pairs += convert(money.currency_worst, currency, limit.currency)
        for name in summed:
            setattr(total, name, getattr(total, name) + convert(getattr(money, name), currency, limit.currency))
    if total.unpriced and limit.kind in NEED_PRICES:
        raise LookupError(f"{total.unpriced} positions have no price yet")
    return used_of(limit.kind, total) + (by_pairs if limit.kind in BY_PAIRS else 0)


def _by_rates_of(state: RiskState) -> Callable[[int, str, str], int]:
    """Amounts converted, rounded up; LookupError where there is no rate."""

    def convert(amount: int, currency: str, wanted: str) -> int:
        if currency == wanted or not amount:
            return amount
        of, to = rate_of(state.reference, currency), rate_of(state.reference, wanted)
        if of is None or to is None:
            raise LookupError(f"no rate of {currency} or {wanted}")
        return converted(amount, of.rate_e9, to.rate_e9)

    return convert
