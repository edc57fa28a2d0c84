"""Checks of how much and how often: message rate, same terms, repeated automated execution, order-to-trade ratio.

Wall time, for they are about our own desks and machines. Cancels are counted (`oms.core.risk.activity`) and never asked here: what takes risk
away has no limit.
"""

from oms.core.commands import NewOrder
from oms.core.enums import LimitKind
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.activity import AMEND_MESSAGES, NEW_MESSAGES, bucket_step, terms_of
from oms.core.risk.judgement import Ahead, CheckResult, Judgement, named
from oms.core.risk.levels import binds
from oms.core.risk.limits import covers_ahead
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk.state import TERMS_KEPT, Activity


def message_rate(j: Judgement) -> CheckResult:
    """Values are messages of the last second that the fullest bucket holds, this one left out and counted in."""
    rows = [(versioned, _in_bucket(j, versioned)) for versioned in j.limits_of(LimitKind.MESSAGE_RATE)]
    versioned, held = min(rows, key=lambda row: row[0].limit.value - row[1])
    value = versioned.limit.value
    if held + 1 > value:
        text = f"{held} messages in the last second, {named(versioned)}"
        return CheckResult(value, held, held + 1, versioned.version, Reason.MESSAGE_RATE_LIMIT, text)
    return CheckResult(value, held, held + 1, versioned.version)


def _in_bucket(j: Judgement, versioned: VersionedLimit) -> int:
    limit, step = versioned.limit, bucket_step(versioned.limit.value)
    full_ns = j.state.buckets.get((limit.scope, limit.scope_id, limit.instrument_id), 0)
    ahead = sum(covers_ahead(j, limit, other) for other in j.ahead)
    return -(-max(0, full_ns - j.conditions.wall_ns) // step) + ahead


def duplicate_terms(j: Judgement) -> CheckResult:
    """Values are nanoseconds since the newest order of the same terms, −1 where none is remembered. A replacement is no new order."""
    tightest = max(j.limits_of(LimitKind.DUPLICATE_TERMS_NS), key=lambda versioned: versioned.limit.value)
    value = tightest.limit.value
    if j.replaced is not None:
        return CheckResult(value, -1, -1, tightest.version)
    terms = terms_of(j.order)
    seen_ns = j.state.terms_seen.get(terms)
    if any(terms_of(other.order) == terms for other in j.ahead):
        seen_ns = j.conditions.wall_ns
    if seen_ns is None:
        return _never_seen(j, tightest)
    since = j.conditions.wall_ns - seen_ns
    if since < value:
        text = f"an order of the same terms was accepted {since} ns ago, {named(tightest)}"
        return CheckResult(value, since, since, tightest.version, Reason.DUPLICATE_TERMS, text)
    return CheckResult(value, since, since, tightest.version)


def _never_seen(j: Judgement, tightest: VersionedLimit) -> CheckResult:
    """Where more orders came within the window than are remembered, one of the same terms may be forgotten: then it is not known, and refused."""
    seen, value = j.state.terms_seen, tightest.limit.value
    oldest = j.conditions.wall_ns - next(iter(seen.values())) if len(seen) >= TERMS_KEPT else value
    if oldest < value:
        text = f"of orders of more than {oldest} ns ago the terms are not remembered any more, {named(tightest)}"
        return CheckResult(value, oldest, oldest, tightest.version, Reason.DUPLICATE_TERMS, text)
    return CheckResult(value, -1, -1, tightest.version)


def repeated_executions(j: Judgement) -> CheckResult:
    """RTS 6 article 15(3): the strategy stays disabled until a person lets it go on (a resume of the strategy's scope)."""
    tightest = j.tightest(LimitKind.REPEATED_EXECUTIONS)
    if not binds(LimitKind.REPEATED_EXECUTIONS, tightest.limit.scope):
        raise ValueError(f"it cannot bind a {tightest.limit.scope.name.lower()}")
    value, strategy = tightest.limit.value, j.order.provenance.strategy
    if not strategy:
        return CheckResult(value, 0, 0, tightest.version)
    before = j.state.repeats.get(strategy, 0) + sum(_of_strategy(other.order, strategy) for other in j.ahead)
    after = before + (1 if j.replaced is None else 0)
    if after > value:
        text = (
            f"strategy {strategy} has executed {before} times: disabled until `oms resume strategy:{strategy}`, "
            f"{named(tightest)}"
        )
        return CheckResult(value, before, after, tightest.version, Reason.REPEATED_EXECUTIONS, text)
    return CheckResult(value, before, after, tightest.version)


def _of_strategy(order: NewOrder, strategy: str) -> bool:
    return order.provenance.strategy == strategy


def order_to_trade(j: Judgement) -> CheckResult:
    """Thousandths: messages of the day in the instrument for each order executed, less one (RTS 9 article 3); before the first as if of one."""
    weight = NEW_MESSAGES if j.replaced is None else AMEND_MESSAGES
    rows = []
    for versioned in j.limits_of(LimitKind.ORDER_TO_TRADE_MILLI):
        done, ahead = _of_the_day(j, versioned.limit), _ahead(j, versioned.limit)
        messages = done.messages + len(ahead)
        rows.append(
            (versioned, ratio_milli(messages, done.trades or 1), ratio_milli(messages + weight, done.trades or 1))
        )
    return _within(rows, Reason.ORDER_TO_TRADE_LIMIT, "order-to-trade ratio")


def order_to_trade_volume(j: Judgement) -> CheckResult:
    """Thousandths: volume ordered on the day for what was traded, less one; before the first trade as if this order were traded. Exceeding
    either ratio is exceeding the ratio (article 3(2))."""
    order, replaced = j.order, j.replaced
    added = order.order_qty
    if replaced is not None:  # what is withdrawn, and what is entered anew
        added = sum(max(0, qty - replaced.cum_qty) for qty in (replaced.terms.order_qty, order.order_qty))
    rows = []
    for versioned in j.limits_of(LimitKind.ORDER_TO_TRADE_VOLUME_MILLI):
        done, ahead = _of_the_day(j, versioned.limit), _ahead(j, versioned.limit)
        ordered = done.ordered_qty + sum(other.order.order_qty for other in ahead)
        traded = done.traded_qty or order.order_qty
        rows.append((versioned, ratio_milli(ordered, traded), ratio_milli(ordered + added, traded)))
    return _within(rows, Reason.ORDER_TO_TRADE_VOLUME_LIMIT, "order-to-trade ratio by volume")


def _of_the_day(j: Judgement, limit: Limit) -> Activity:
    found = j.state.activity.get((limit.scope, limit.scope_id, j.order.instrument_id))
    return found if found is not None and found.day == j.state.day and not j.begins_day else Activity()


def _ahead(j: Judgement, limit: Limit) -> list[Ahead]:
    """Orders ahead in the same record that the limit counts, of the instrument."""
    mine = (other for other in j.ahead if other.order.instrument_id == j.order.instrument_id)
    return [other for other in mine if covers_ahead(j, limit, other)]


def _within(rows: list[tuple[VersionedLimit, int, int]], reason: Reason, what: str) -> CheckResult:
    versioned, before, after = min(rows, key=lambda row: row[0].limit.value - row[2])
    value = versioned.limit.value
    if after > value:
        text = f"{what} would be {after} thousandths, {named(versioned)}"
        return CheckResult(value, before, after, versioned.version, reason, text)
    return CheckResult(value, before, after, versioned.version)


def ratio_milli(ordered: int, traded: int) -> int:
    """Thousandths of what was ordered for what was traded, less one; rounded up."""
    return -(-ordered * 1_000 // traded) - 1_000
