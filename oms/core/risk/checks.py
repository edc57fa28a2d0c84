"""The table of checks, in the order in which they run; the first failure wins.

To add a check: write its function in `permissions` or `limits`, give it the next free number, and put it where it belongs in the
order. A number, name and unit, once released, keep their meaning for ever: stored evidence is expanded with them.

The reasons of the table are in the order of `oms.core.reasons`, with EVALUATION_ERROR possible everywhere.
"""

from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.risk import instructed, limits, permissions
from oms.core.risk.judgement import Check, CheckResult, Judgement
from oms.core.risk_events import Evidence

CHECKS: tuple[Check, ...] = (
    Check(1, "control_alive", "ns", (Reason.CONTROL_SILENT,), permissions.control_alive),
    Check(2, "audit_alive", "ns", (Reason.AUDIT_BEHIND,), permissions.audit_alive),
    Check(3, "not_halted", "control offset", (Reason.HALTED,), permissions.not_halted),
    Check(4, "desk_enabled", "", (Reason.UNKNOWN_DESK, Reason.DESK_DISABLED), permissions.desk_enabled),
    Check(
        5,
        "account_enabled",
        "",
        (Reason.UNKNOWN_ACCOUNT, Reason.ACCOUNT_DISABLED, Reason.ACCOUNT_NOT_OF_DESK),
        permissions.account_enabled,
    ),
    Check(
        6,
        "instrument_enabled",
        "",
        (Reason.UNKNOWN_INSTRUMENT, Reason.INSTRUMENT_DISABLED),
        permissions.instrument_enabled,
    ),
    Check(
        7,
        "venue_available",
        "",
        (Reason.UNKNOWN_VENUE, Reason.VENUE_DISABLED, Reason.NOT_LISTED_AT_VENUE),
        permissions.venue_available,
    ),
    Check(8, "session_open", "", (Reason.SESSION_CLOSED,), permissions.session_open),
    Check(9, "quantity_valid", "qty", (Reason.QTY_NOT_POSITIVE, Reason.QTY_NOT_IN_LOTS), permissions.quantity_valid),
    Check(
        10,
        "price_valid",
        "price",
        (Reason.PRICE_MISSING, Reason.PRICE_NOT_POSITIVE, Reason.PRICE_NOT_IN_TICKS),
        permissions.price_valid,
    ),
    Check(11, "combination_supported", "", (Reason.UNSUPPORTED_COMBINATION,), permissions.combination_supported),
    Check(12, "algorithm_parameters", "", (Reason.ALGORITHM_PARAMETERS,), permissions.algorithm_parameters),
    Check(13, "limits_present", "kinds", (Reason.LIMIT_MISSING,), limits.limits_present),
    Check(14, "order_qty", "qty", (Reason.ORDER_QTY_LIMIT,), limits.order_qty),
    Check(15, "market_price", "price", (Reason.NO_MARKET_PRICE,), limits.market_price),
    Check(16, "market_price_age", "ns", (Reason.MARKET_PRICE_STALE,), limits.market_price_age),
    Check(17, "price_collar", "price", (Reason.PRICE_COLLAR,), limits.price_collar),
    Check(18, "order_notional", "amount", (Reason.ORDER_NOTIONAL_LIMIT,), limits.order_notional),
    Check(19, "open_orders", "orders", (Reason.OPEN_ORDERS_LIMIT,), limits.open_orders),
    Check(20, "position", "qty", (Reason.POSITION_LIMIT,), limits.position),
    Check(80, "venue_able", "", (Reason.FEATURE_NOT_OFFERED,), instructed.venue_able),
    Check(81, "only_reduces", "qty", (Reason.INCREASES_POSITION,), instructed.only_reduces),
)

CHECK_NAMES: dict[int, tuple[str, str]] = {check.number: (check.name, check.unit) for check in CHECKS}
"""Number → (name, unit), to expand evidence where it is shown. Units: qty, price, amount at their scales; "" = no figures."""

_UNJUDGEABLE = (ArithmeticError, LookupError, ValueError, TypeError)
"""What bad reference data can cause in a check. Anything else is a bug and stops the stage."""


def judge(judgement: Judgement, checks: tuple[Check, ...] = CHECKS) -> tuple[Evidence, CheckResult]:
    """Run the checks until one fails. The result is the failing one's, or the last one's."""
    result = CheckResult()
    numbers: list[int] = []
    rows: list[CheckResult] = []
    for check in checks:
        result = _evaluated(check, judgement)
        numbers.append(check.number)
        rows.append(result)
        if result.reason is not None:
            break
    return evidence_of(judgement, tuple(numbers), rows), result


def evidence_of(j: Judgement, checks: tuple[int, ...] = (), rows: list[CheckResult] | None = None) -> Evidence:
    """What is known at this moment of the judgement, with the rows given."""
    columns = rows or []
    return Evidence(
        reference_position=j.state.reference.position,
        control_position=j.state.control.position,
        market_partition=j.market.partition if j.market is not None else -1,
        market_position=j.market.position if j.market is not None else -1,
        reference_price=j.reference_price,
        reference_age_ns=j.reference_age_ns,
        checks=checks,
        limit_versions=tuple([row.limit_version for row in columns]),
        thresholds=tuple([Amount(row.threshold) for row in columns]),
        before=tuple([Amount(row.before) for row in columns]),
        after=tuple([Amount(row.after) for row in columns]),
    )


def _evaluated(check: Check, judgement: Judgement) -> CheckResult:
    try:
        return check.run(judgement)
    except _UNJUDGEABLE as error:
        text = f"check {check.name} could not be evaluated: {type(error).__name__}: {error}"
        return CheckResult(reason=Reason.EVALUATION_ERROR, text=text)
