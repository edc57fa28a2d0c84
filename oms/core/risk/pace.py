"""Checks of how much and how often: message rate, same terms, repeated automated execution, order-to-trade ratio.

Wall time, for they are about our own desks and machines. Cancels are counted (`oms.core.risk.activity`) and never asked here: what takes risk
away has no limit.
"""

from oms.core.commands import NewOrder
from oms.core.enums import LimitKind
from oms.core.reasons import Reason
from oms.core.risk.activity import AMEND_MESSAGES, NEW_MESSAGES, bucket_step, terms_of
from oms.core.risk.judgement import CheckResult, Judgement, named
from oms.core.risk.levels import binds
from oms.core.risk.limits import covers_ahead
from oms.core.risk.reference_index import VersionedLimit


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
        return CheckResult(value, -1, -1, tightest.version)
    since = j.conditions.wall_ns - seen_ns
    if since < value:
        text = f"an order of the same terms was accepted {since} ns ago, {named(tightest)}"
        return CheckResult(value, since, since, tightest.version, Reason.DUPLICATE_TERMS, text)
    return CheckResult(value, since, since, tightest.version)


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
    """Thousandths: messages of the day in the instrument for each trade, less one (RTS 9 article 3); before the first trade as if of one."""
    weight = NEW_MESSAGES if j.replaced is None else AMEND_MESSAGES
    rows = []
    for versioned in j.limits_of(LimitKind.ORDER_TO_TRADE_MILLI):
        limit = versioned.limit
        found = j.state.activity.get((limit.scope, limit.scope_id, j.order.instrument_id))
        counted = found is not None and found.day == j.state.day and not j.begins_day
        messages, trades = (found.messages, found.trades) if found is not None and counted else (0, 0)
        messages += sum(
            covers_ahead(j, limit, other) for other in j.ahead if other.order.instrument_id == j.order.instrument_id
        )
        rows.append((versioned, _ratio(messages, trades), _ratio(messages + weight, trades)))
    versioned, before, after = min(rows, key=lambda row: row[0].limit.value - row[2])
    if after > versioned.limit.value:
        text = f"order-to-trade ratio would be {after} thousandths, {named(versioned)}"
        return CheckResult(versioned.limit.value, before, after, versioned.version, Reason.ORDER_TO_TRADE_LIMIT, text)
    return CheckResult(versioned.limit.value, before, after, versioned.version)


def _ratio(messages: int, trades: int) -> int:
    """Rounded up."""
    return -(-messages * 1_000 // max(1, trades)) - 1_000
