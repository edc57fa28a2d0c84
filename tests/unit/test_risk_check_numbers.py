"""Numbers, names and units of the checks, as stored evidence is read by: none may ever change; new ones are added."""

import pytest

from oms.core.enums import LimitKind, LimitScope
from oms.core.money import INT64_MAX
from oms.core.reasons import Reason
from oms.core.risk import (
    instructed,
    liquidating,
    lists,
    permissions,
    reference_index,
    rehearsal,
    spanning,
    state,
    trigger_watch,
    trips,
    watch_queue,
    watching,
    windows,
)
from oms.core.risk.activity import SESSION_CHECK
from oms.core.risk.book import Booked, Holding, Money
from oms.core.risk.checks import CHECKS
from oms.core.risk.decide import MASS_CANCEL_STEP_ORDERS_MAX
from oms.core.risk.forgotten import RECALLED_MAX, UNBOOKED_TOLD_MAX
from oms.core.risk.judgement import Ahead, Check, CheckResult, Judgement
from oms.core.risk.ledger import Ledger
from oms.core.risk.levels import AMOUNTS, CONVERTED, HOLDER_FACTORS, INSTRUMENT_FACTORS, SCOPES, binds
from oms.core.risk.reference_index import ReferenceIndex
from oms.core.risk.rehearsal import Report
from oms.core.risk.state import (
    DAY_NS,
    Activity,
    HoldingWork,
    LiquidationWork,
    MassCancelWork,
    ProgramWork,
    RiskOrder,
    RiskState,
)
from oms.core.risk.value import PPM, UNIT_RATE

NUMBERS: dict[int, tuple[str, str]] = {
    1: ("control_alive", "ns"),
    2: ("audit_alive", "ns"),
    3: ("not_halted", "control offset"),
    4: ("desk_enabled", ""),
    5: ("account_enabled", ""),
    21: ("client_enabled", ""),
    6: ("instrument_enabled", ""),
    7: ("venue_available", ""),
    22: ("trading_permitted", "permissions"),
    23: ("not_restricted", ""),
    24: ("counterparty_open", ""),
    25: ("settlement_currency", ""),
    8: ("session_open", ""),
    9: ("quantity_valid", "qty"),
    10: ("price_valid", "price"),
    11: ("combination_supported", ""),
    12: ("algorithm_parameters", ""),
    13: ("limits_present", "kinds"),
    26: ("message_rate", "messages"),
    175: ("rate_held", "messages"),
    27: ("duplicate_terms", "ns"),
    28: ("repeated_executions", "orders"),
    14: ("order_qty", "qty"),
    15: ("market_price", "price"),
    16: ("market_price_age", "ns"),
    29: ("fx_rates", "ns"),
    30: ("risk_factors", "ns"),
    17: ("price_collar", "price"),
    31: ("window_collar", "price"),
    32: ("sigma_collar", "price"),
    18: ("order_notional", "amount"),
    33: ("market_order", "amount"),
    34: ("sigma_size", "amount"),
    35: ("fat_finger", "milli"),
    19: ("open_orders", "orders"),
    20: ("position", "qty"),
    36: ("short_sale_mark", "qty"),
    37: ("short_sale_located", "qty"),
    38: ("adv_concentration", "ppm"),
    39: ("portfolio_concentration", "ppm"),
    40: ("participation", "ppm"),
    41: ("gross_exposure", "money"),
    42: ("net_exposure", "money"),
    43: ("credit", "money"),
    44: ("capital", "money"),
    45: ("cash", "money"),
    46: ("counterparty_exposure", "money"),
    170: ("credit_held", "money"),
    171: ("orders_held", "orders"),
    172: ("position_held", "qty"),
    47: ("value_at_risk", "money"),
    48: ("expected_shortfall", "money"),
    49: ("stress_loss", "money"),
    173: ("risk_held", "money"),
    50: ("order_to_trade", "milli"),
    90: ("order_to_trade_volume", "milli"),
    51: ("day_loss", "money"),
    52: ("realised_loss", "money"),
    53: ("drawdown", "money"),
    174: ("losses_held", "money"),
    54: ("self_match", "orders"),
    80: ("venue_able", ""),
    81: ("only_reduces", "qty"),
}


def test_a_check_keeps_its_number_name_and_unit() -> None:
    assert {check.number: (check.name, check.unit) for check in CHECKS} == NUMBERS
    assert [check.number for check in CHECKS] == list(NUMBERS), "and the order of precedence is this one"


def test_checks_of_amounts_over_currencies_ask_for_rates_and_those_of_models_for_factors() -> None:
    kinds = {check.number: check.kinds for check in CHECKS}
    assert kinds[29] == CONVERTED and kinds[30] == INSTRUMENT_FACTORS | HOLDER_FACTORS | CONVERTED


def test_what_is_not_said_of_a_result_an_order_or_work_is_nothing() -> None:
    assert CheckResult() == (0, 0, 0, -1, None, "")
    made = Judgement(None, None, None, None)  # type: ignore[arg-type]
    figures = (made.reducing_halt, made.notional, made.value_px, made.delta_sign, made.added_value, made.added_base)
    assert figures == (-1, 0, 0, 1, 0, 0)
    assert Ahead(None, (), 0, 0).delta_sign == 1  # type: ignore[arg-type]
    assert (Report().rows_max, Report().judged, ReferenceIndex(0, None).timed) == (10_000, 0, False)  # type: ignore[arg-type]
    assert Check(1, "", "", (Reason.HALTED,), lambda _: CheckResult()).kinds == frozenset()
    order = RiskOrder(None, ())  # type: ignore[arg-type]
    kept = (order.cum_qty, order.reserved_qty, order.is_open, order.closed_date, order.worst_px, order.value_px)
    assert kept == (0, 0, True, 0, 0, 0)
    assert MassCancelWork(()).steps_done == ProgramWork("", ()).steps_done == 0
    assert HoldingWork() == HoldingWork(0, 0, -1)
    work = LiquidationWork(None, "", "", {})  # type: ignore[arg-type]
    assert (work.steps_done, work.orders) == (0, 0)
    assert Ledger() == Ledger(0, 0, 0, 0, 0, 0, 0, 0, 0, 0) and Money() == Money(*(0,) * 18)
    assert Activity() == Activity(0, 0, 0, 0, 0)
    assert (RiskState(1).marking_looked_ns, RiskState(1).liquidations_looked_ns) == (0, 0)
    booked = Booked((), (), (), (), "", 1, 2, 3, 4)
    assert (booked.base, booked.longs, booked.shorts) == (0, 0, 0)
    assert Holding() == Holding(0, 0, (), "", 0, 0, (0,) * 15, 0, 0, (0,) * 4)


def test_bounds_are_what_the_pages_say() -> None:
    assert CHECKS[[check.name for check in CHECKS].index("session_open")].number == SESSION_CHECK == 8
    assert (UNIT_RATE, PPM, INT64_MAX, DAY_NS) == (10**9, 10**6, 2**63 - 1, 86_400 * 10**9)
    assert (MASS_CANCEL_STEP_ORDERS_MAX, lists.LIST_STEP_ORDERS_MAX, instructed._NAMED_MAX) == (200, 50, 5)
    kept = (state.TRADING_DATES_MAX, state.CANCELS_AHEAD_KEPT, state.DAYS_KEPT, state.TERMS_KEPT)
    assert kept == (5, 1_000, 16, 50_000) and (RECALLED_MAX, reference_index.ANSWERS_KEPT) == (1_000, 20_000)
    assert (UNBOOKED_TOLD_MAX, watching.LEAVERS_MAX, trigger_watch.TRIPS_AT_ONCE_MAX) == (2_000, 1_000, 500)
    assert (trigger_watch.AGAIN_PART, trips.SLICES) == (10, 20)
    assert (spanning.GROWN_EVERY_NS, spanning.ALL_EVERY_NS) == (10**8, 10**9)
    assert (windows.SLICE_NS, windows.SLICES, spanning.GIVEN_UP_PARTS) == (10**7, 100, 100)
    looked_at = (trigger_watch.FLAGGED, trigger_watch.ALL, trigger_watch.CANCELS)
    assert looked_at == (0, 1, 2), "journaled inputs say which"
    assert (liquidating.STEP_HOLDINGS_MAX, liquidating.CUTS_MAX) == (50, 6)
    looks = (watch_queue.LOOK_EVERY_NS, watch_queue.LOOK_FIGURES_MAX, watch_queue.SWEEP_EVERY_NS)
    assert looks == (2 * 10**7, 64, 10**9)
    assert (permissions.TWAP_SLICES_MAX, permissions._NEVER_HEARD, rehearsal.NEAR_PPM) == (1_000, -1, 900_000)
    queue = watch_queue.WatchQueue()
    assert (queue.leavers, queue.looked_ns, queue.swept_ns, queue.position, queue.day) == (False, 0, 0, 0, 0)


_HOLDERS = "FIRM DESK ACCOUNT CLIENT"
_AND_TRADERS = f"{_HOLDERS} TRADER STRATEGY"
BINDS: dict[LimitKind, str] = {
    LimitKind.POSITION_QTY: f"{_AND_TRADERS} INSTRUMENT",
    LimitKind.ADV_PPM: f"{_AND_TRADERS} INSTRUMENT",
    LimitKind.FAT_FINGER_Z_MILLI: _AND_TRADERS,
    LimitKind.REPEATED_EXECUTIONS: "FIRM DESK STRATEGY",
    LimitKind.CASH: "ACCOUNT",
    LimitKind.COUNTERPARTY_EXPOSURE: "COUNTERPARTY",
    LimitKind.PORTFOLIO_PPM: _HOLDERS,
    LimitKind.GROSS_EXPOSURE: _HOLDERS,
    LimitKind.NET_EXPOSURE: _HOLDERS,
    LimitKind.CREDIT: _HOLDERS,
    LimitKind.CAPITAL: _HOLDERS,
    LimitKind.VALUE_AT_RISK: _HOLDERS,
    LimitKind.EXPECTED_SHORTFALL: _HOLDERS,
    LimitKind.STRESS_LOSS: _HOLDERS,
    LimitKind.DAY_LOSS: _HOLDERS,
    LimitKind.REALISED_LOSS: _HOLDERS,
    LimitKind.DRAWDOWN: _HOLDERS,
    LimitKind.SELF_MATCH: _HOLDERS,
}
"""Every other kind binds everyone."""


def test_whom_limits_of_each_kind_can_bind() -> None:
    assert {kind: {scope.name for scope in scopes} for kind, scopes in SCOPES.items()} == {
        kind: set(names.split()) for kind, names in BINDS.items()
    }


@pytest.mark.parametrize("kind", LimitKind)
def test_a_limit_binds_those_scopes_and_no_other(kind: LimitKind) -> None:
    everyone = {scope.name for scope in LimitScope}
    bound = {scope.name for scope in LimitScope if binds(kind, scope)}
    assert bound == (set(BINDS[kind].split()) if kind in BINDS else everyone)


def test_which_limits_are_amounts_of_money() -> None:
    """They are written with decimals and have a currency; all others are plain numbers."""
    assert {kind.name for kind in AMOUNTS} == {
        *("ORDER_NOTIONAL", "MARKET_ORDER_NOTIONAL", "ORDER_SIGMA_AMOUNT", "CASH"),
        *("GROSS_EXPOSURE", "NET_EXPOSURE", "CREDIT", "CAPITAL", "COUNTERPARTY_EXPOSURE"),
        *("VALUE_AT_RISK", "EXPECTED_SHORTFALL", "STRESS_LOSS", "DAY_LOSS", "REALISED_LOSS", "DRAWDOWN"),
    }
