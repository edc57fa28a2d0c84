"""The catalogue: every check that an order is put to, in the order in which they run; the first failure wins. See docs/controls.md.

To add a check: write its function, give it the next free number, and put it where it belongs in the order: what is known from the order and
from reference data comes first, then limits of one order, then limits over all that is open and held. A number, name and unit, once
released, keep their meaning for ever: stored evidence is expanded with them. Every reason of the block 3xx is one check's, with
EVALUATION_ERROR possible everywhere.

A check with `kinds` is evaluated where a limit of such a kind covers the order, and then refuses where anything that it needs is not there or
too old. The others are asked of every order; of limits, five kinds must cover every order (`limits.REQUIRED_KINDS`).
"""

from oms.core.credit.spans import AMOUNT_KINDS, LOSSES, MODELLED
from oms.core.enums import LimitKind
from oms.core.money import AMOUNT_MAX, AMOUNT_MIN, Amount
from oms.core.reasons import Reason
from oms.core.risk import access, factors, instructed, limits, money_limits, own_orders, pace, permissions, spanning
from oms.core.risk.judgement import Check, CheckResult, Judgement
from oms.core.risk.levels import CONVERTED, HOLDER_FACTORS, INSTRUMENT_FACTORS
from oms.core.risk_events import Evidence


def _kinds(*kinds: LimitKind) -> frozenset[LimitKind]:
    return frozenset(kinds)


CHECKS: tuple[Check, ...] = (
    Check(1, "control_alive", "ns", (Reason.CONTROL_SILENT,), permissions.control_alive),
    Check(2, "audit_alive", "ns", (Reason.AUDIT_BEHIND,), permissions.audit_alive),
    Check(3, "not_halted", "control offset", (Reason.HALTED,), permissions.not_halted),
    Check(
        4,
        "desk_enabled",
        "",
        (Reason.UNKNOWN_DESK, Reason.DESK_DISABLED, Reason.TRADES_UNBOOKED),
        permissions.desk_enabled,
    ),
    Check(
        5,
        "account_enabled",
        "",
        (Reason.UNKNOWN_ACCOUNT, Reason.ACCOUNT_DISABLED, Reason.ACCOUNT_NOT_OF_DESK),
        permissions.account_enabled,
    ),
    Check(
        21,
        "client_enabled",
        "",
        (
            Reason.UNKNOWN_CLIENT,
            Reason.CLIENT_DISABLED,
        ),
        access.client_enabled,
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
    Check(22, "trading_permitted", "permissions", (Reason.NO_PERMISSION,), access.trading_permitted),
    Check(23, "not_restricted", "", (Reason.RESTRICTED_INSTRUMENT,), access.not_restricted),
    Check(24, "counterparty_open", "", (Reason.COUNTERPARTY_STOPPED,), access.counterparty_open),
    Check(25, "settlement_currency", "", (Reason.SETTLEMENT_CURRENCY,), access.settlement_currency),
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
    Check(
        26, "message_rate", "messages", (Reason.MESSAGE_RATE_LIMIT,), pace.message_rate, _kinds(LimitKind.MESSAGE_RATE)
    ),
    Check(175, "rate_held", "messages", (Reason.RATE_NOT_HELD,), spanning.rate_held, _kinds(LimitKind.MESSAGE_RATE)),
    Check(
        27,
        "duplicate_terms",
        "ns",
        (Reason.DUPLICATE_TERMS,),
        pace.duplicate_terms,
        _kinds(LimitKind.DUPLICATE_TERMS_NS),
    ),
    Check(
        28,
        "repeated_executions",
        "orders",
        (Reason.REPEATED_EXECUTIONS,),
        pace.repeated_executions,
        _kinds(LimitKind.REPEATED_EXECUTIONS),
    ),
    Check(14, "order_qty", "qty", (Reason.ORDER_QTY_LIMIT,), limits.order_qty),
    Check(15, "market_price", "price", (Reason.NO_MARKET_PRICE,), limits.market_price),
    Check(16, "market_price_age", "ns", (Reason.MARKET_PRICE_STALE,), limits.market_price_age),
    Check(
        29,
        "fx_rates",
        "ns",
        (
            Reason.FX_RATE_MISSING,
            Reason.FX_RATE_STALE,
        ),
        factors.fx_rates,
        CONVERTED,
    ),
    Check(
        30,
        "risk_factors",
        "ns",
        (
            Reason.RISK_FACTORS_MISSING,
            Reason.RISK_FACTORS_STALE,
        ),
        factors.risk_factors,
        INSTRUMENT_FACTORS | HOLDER_FACTORS | CONVERTED,
    ),
    Check(17, "price_collar", "price", (Reason.PRICE_COLLAR,), limits.price_collar),
    Check(
        31,
        "window_collar",
        "price",
        (Reason.WINDOW_COLLAR,),
        factors.window_collar,
        _kinds(LimitKind.WINDOW_COLLAR_BPS),
    ),
    Check(
        32, "sigma_collar", "price", (Reason.SIGMA_COLLAR,), factors.sigma_collar, _kinds(LimitKind.COLLAR_SIGMAS_MILLI)
    ),
    Check(18, "order_notional", "amount", (Reason.ORDER_NOTIONAL_LIMIT,), limits.order_notional),
    Check(
        33,
        "market_order",
        "amount",
        (Reason.MARKET_ORDER_LIMIT,),
        factors.market_order,
        _kinds(LimitKind.MARKET_ORDER_NOTIONAL),
    ),
    Check(34, "sigma_size", "amount", (Reason.SIGMA_SIZE,), factors.sigma_size, _kinds(LimitKind.ORDER_SIGMA_AMOUNT)),
    Check(35, "fat_finger", "milli", (Reason.FAT_FINGER,), factors.fat_finger, _kinds(LimitKind.FAT_FINGER_Z_MILLI)),
    Check(19, "open_orders", "orders", (Reason.OPEN_ORDERS_LIMIT,), limits.open_orders),
    Check(20, "position", "qty", (Reason.POSITION_LIMIT,), limits.position),
    Check(36, "short_sale_mark", "qty", (Reason.SHORT_SALE_MARK,), own_orders.short_sale_mark),
    Check(37, "short_sale_located", "qty", (Reason.LOCATE_MISSING,), own_orders.short_sale_located),
    Check(
        38,
        "adv_concentration",
        "ppm",
        (Reason.ADV_CONCENTRATION,),
        factors.adv_concentration,
        _kinds(LimitKind.ADV_PPM),
    ),
    Check(
        39,
        "portfolio_concentration",
        "ppm",
        (Reason.PORTFOLIO_CONCENTRATION,),
        factors.portfolio_concentration,
        _kinds(LimitKind.PORTFOLIO_PPM),
    ),
    Check(
        40, "participation", "ppm", (Reason.PARTICIPATION,), factors.participation, _kinds(LimitKind.PARTICIPATION_PPM)
    ),
    Check(
        41,
        "gross_exposure",
        "money",
        (Reason.GROSS_EXPOSURE_LIMIT,),
        money_limits.gross_exposure,
        _kinds(LimitKind.GROSS_EXPOSURE),
    ),
    Check(
        42,
        "net_exposure",
        "money",
        (Reason.NET_EXPOSURE_LIMIT,),
        money_limits.net_exposure,
        _kinds(LimitKind.NET_EXPOSURE),
    ),
    Check(43, "credit", "money", (Reason.CREDIT_LIMIT,), money_limits.credit, _kinds(LimitKind.CREDIT)),
    Check(44, "capital", "money", (Reason.CAPITAL_LIMIT,), money_limits.capital, _kinds(LimitKind.CAPITAL)),
    Check(45, "cash", "money", (Reason.CASH_LIMIT,), money_limits.cash, _kinds(LimitKind.CASH)),
    Check(
        46,
        "counterparty_exposure",
        "money",
        (Reason.COUNTERPARTY_LIMIT,),
        money_limits.counterparty_exposure,
        _kinds(LimitKind.COUNTERPARTY_EXPOSURE),
    ),
    Check(
        170,
        "credit_held",
        "money",
        (Reason.CREDIT_NOT_HELD,),
        spanning.credit_held,
        AMOUNT_KINDS,
    ),
    Check(
        171,
        "orders_held",
        "orders",
        (Reason.OPEN_ORDERS_NOT_HELD,),
        spanning.orders_held,
        _kinds(LimitKind.OPEN_ORDERS),
    ),
    Check(172, "position_held", "qty", (Reason.POSITION_NOT_HELD,), spanning.position_held),
    Check(
        47,
        "value_at_risk",
        "money",
        (Reason.VALUE_AT_RISK_LIMIT,),
        money_limits.value_at_risk,
        _kinds(LimitKind.VALUE_AT_RISK),
    ),
    Check(
        48,
        "expected_shortfall",
        "money",
        (Reason.EXPECTED_SHORTFALL_LIMIT,),
        money_limits.expected_shortfall,
        _kinds(LimitKind.EXPECTED_SHORTFALL),
    ),
    Check(49, "stress_loss", "money", (Reason.STRESS_LIMIT,), money_limits.stress_loss, _kinds(LimitKind.STRESS_LOSS)),
    Check(173, "risk_held", "money", (Reason.RISK_NOT_HELD,), spanning.risk_held, MODELLED),
    Check(
        50,
        "order_to_trade",
        "milli",
        (Reason.ORDER_TO_TRADE_LIMIT,),
        pace.order_to_trade,
        _kinds(LimitKind.ORDER_TO_TRADE_MILLI),
    ),
    Check(
        90,
        "order_to_trade_volume",
        "milli",
        (Reason.ORDER_TO_TRADE_VOLUME_LIMIT,),
        pace.order_to_trade_volume,
        _kinds(LimitKind.ORDER_TO_TRADE_VOLUME_MILLI),
    ),
    Check(51, "day_loss", "money", (Reason.DAY_LOSS_LIMIT,), money_limits.day_loss, _kinds(LimitKind.DAY_LOSS)),
    Check(
        52,
        "realised_loss",
        "money",
        (Reason.REALISED_LOSS_LIMIT,),
        money_limits.realised_loss,
        _kinds(LimitKind.REALISED_LOSS),
    ),
    Check(53, "drawdown", "money", (Reason.DRAWDOWN_LIMIT,), money_limits.drawdown, _kinds(LimitKind.DRAWDOWN)),
    Check(174, "losses_held", "money", (Reason.LOSS_NOT_HELD,), spanning.losses_held, LOSSES),
    Check(54, "self_match", "orders", (Reason.SELF_MATCH,), own_orders.self_match, _kinds(LimitKind.SELF_MATCH)),
    Check(80, "venue_able", "", (Reason.FEATURE_NOT_OFFERED,), instructed.venue_able),
    Check(81, "only_reduces", "qty", (Reason.INCREASES_POSITION,), instructed.only_reduces),
)

CHECK_NAMES: dict[int, tuple[str, str]] = {check.number: (check.name, check.unit) for check in CHECKS}
"""Number → (name, unit), to expand evidence where it is shown. Units: qty, price, amount at their scales, money = an amount in the
limit's currency; "" = no figures."""

_UNJUDGEABLE = (ArithmeticError, LookupError, ValueError, TypeError)
"""What bad reference data can cause in a check. Anything else is a bug and stops the stage."""


def judge(judgement: Judgement, checks: tuple[Check, ...] = CHECKS) -> tuple[Evidence, CheckResult]:
    """Run the checks until one fails. The result is the failing one's, or the last one's."""
    result = CheckResult()
    numbers: list[int] = []
    rows: list[CheckResult] = []
    for check in checks:
        if check.kinds and check.kinds.isdisjoint(judgement.limits):
            continue
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
        wall_ns=j.conditions.wall_ns,
        tape_ns=j.conditions.tape_ns,
        inputs=tuple(j.inputs),
    )


def _evaluated(check: Check, judgement: Judgement) -> CheckResult:
    try:
        result = check.run(judgement)
        figures = result[:3]
        if min(figures) < AMOUNT_MIN or max(figures) > AMOUNT_MAX:
            raise OverflowError("a figure of more than 128 bits")
        return result
    except _UNJUDGEABLE as error:
        text = f"check {check.name} could not be evaluated: {type(error).__name__}: {error}"
        return CheckResult(reason=Reason.EVALUATION_ERROR, text=text)
