"""Each reason of the 3xx block is produced once; each limit trips, and at its very value does not."""

from dataclasses import replace

import pytest
from risk_world import (
    ACCOUNT,
    AGE,
    BAC,
    CALENDAR,
    COLLAR,
    CONDITIONS,
    DATE,
    DESK,
    DOLLAR,
    IBM,
    MARKET,
    NEW,
    NOTIONAL,
    NOW,
    ORDER_ID,
    OTHER_ACCOUNT,
    POSITION,
    QTY,
    REPLACE,
    SECOND_ACCOUNT,
    TWAP,
    WHO,
    XV,
    YV,
    World,
    fill,
    halt,
    opening,
    world,
)

from oms.core.commands import NewOrder, ReplaceOrder, TwapParameters
from oms.core.enums import Algorithm, HaltScope, LimitKind, LimitScope, OrdType, Side, TimeInForce
from oms.core.market import MarketRecord, Trade
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.reference import Entity, Limit
from oms.core.risk.checks import CHECK_NAMES, CHECKS
from oms.core.risk_events import Evidence, Mandate, OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected
from oms.core.stage import Conditions

DIRECT = replace(NEW, algorithm=Algorithm.DIRECT, venue_id="XV")
SELL = replace(NEW, side=Side.SELL, price=10_010)


def outcome(w: World, command: NewOrder | ReplaceOrder) -> Reason | None:
    event = w.ask(command)
    assert isinstance(event, OrderAccepted | OrderRejected | ReplaceAccepted | ReplaceRejected)
    return None if isinstance(event, OrderAccepted | ReplaceAccepted) else event.reason


def accepted(w: World, command: NewOrder | ReplaceOrder) -> tuple[Mandate, Evidence]:
    event = w.ask(command)
    assert isinstance(event, OrderAccepted | ReplaceAccepted), event
    return event.mandate, event.evidence


_CONDITIONS: list[tuple[Conditions, Reason | None]] = [
    (replace(CONDITIONS, control_age_ns=1_000), None),
    (replace(CONDITIONS, control_age_ns=1_001), Reason.CONTROL_SILENT),
    (replace(CONDITIONS, control_age_ns=None), Reason.CONTROL_SILENT),
    (replace(CONDITIONS, control_age_ns=-1_000_000_000), None),
    (replace(CONDITIONS, control_age_ns=-1_000_000_001), Reason.CONTROL_SILENT),
    (replace(CONDITIONS, audit_age_ns=1_000), None),
    (replace(CONDITIONS, audit_age_ns=1_001), Reason.AUDIT_BEHIND),
    (replace(CONDITIONS, audit_age_ns=None), Reason.AUDIT_BEHIND),
    (replace(CONDITIONS, tape_ns=NOW - 1_001), Reason.SESSION_CLOSED),
    (replace(CONDITIONS, tape_ns=CALENDAR.intervals[0].close_ns), Reason.SESSION_CLOSED),
    (replace(CONDITIONS, tape_ns=NOW + 5_000), None),
    (replace(CONDITIONS, tape_ns=NOW + 5_001), Reason.MARKET_PRICE_STALE),
]


@pytest.mark.parametrize(("conditions", "reason"), _CONDITIONS)
def test_the_world_at_the_moment_of_the_decision(conditions: Conditions, reason: Reason | None) -> None:
    w = world()
    w.conditions = conditions
    assert outcome(w, NEW) is reason


@pytest.mark.parametrize(
    ("scope", "scope_id", "order", "reason"),
    [
        (HaltScope.FIRM, "", NEW, Reason.HALTED),
        (HaltScope.DESK, "alpha", NEW, Reason.HALTED),
        (HaltScope.DESK, "beta", NEW, None),
        (HaltScope.ACCOUNT, "A1", NEW, Reason.HALTED),
        (HaltScope.INSTRUMENT, "IBM", NEW, Reason.HALTED),
        (HaltScope.VENUE, "XV", DIRECT, Reason.HALTED),
        (HaltScope.VENUE, "XV", NEW, None),
        (HaltScope.TRADER, "eve", NEW, Reason.HALTED),
        (HaltScope.TRADER, "s1", NEW, None),
        (HaltScope.STRATEGY, "s1", NEW, Reason.HALTED),
        (HaltScope.STRATEGY, "eve", NEW, None),
        (HaltScope.STRATEGY, "s1", replace(NEW, provenance=replace(WHO, strategy="")), None),
    ],
)
def test_a_halt_refuses_what_it_covers(scope: HaltScope, scope_id: str, order: NewOrder, reason: Reason | None) -> None:
    w = world()
    w.control(halt(scope, scope_id))
    assert outcome(w, order) is reason


def test_a_refusal_for_a_halt_says_what_is_halted_and_why() -> None:
    w = world()
    w.control(replace(halt(HaltScope.DESK, "alpha"), reason="the disk is full: oms reset"))
    event = w.ask(NEW)
    assert isinstance(event, OrderRejected)
    assert event.text.startswith("desk:alpha is halted: the disk is full: oms reset (control offset ")


_REFERENCE: list[tuple[tuple[Entity, ...], NewOrder, Reason]] = [
    ((), replace(NEW, desk_id="nobody"), Reason.UNKNOWN_DESK),
    ((replace(DESK, enabled=False),), NEW, Reason.DESK_DISABLED),
    ((), replace(NEW, account_id="nobody"), Reason.UNKNOWN_ACCOUNT),
    ((replace(ACCOUNT, enabled=False),), NEW, Reason.ACCOUNT_DISABLED),
    ((), replace(NEW, account_id="B1"), Reason.ACCOUNT_NOT_OF_DESK),
    ((), replace(NEW, instrument_id="NONE"), Reason.UNKNOWN_INSTRUMENT),
    ((replace(IBM, enabled=False),), NEW, Reason.INSTRUMENT_DISABLED),
    ((), replace(DIRECT, venue_id="ZV"), Reason.UNKNOWN_VENUE),
    ((), replace(DIRECT, venue_id=""), Reason.UNKNOWN_VENUE),
    ((replace(XV, enabled=False),), DIRECT, Reason.VENUE_DISABLED),
    ((replace(XV, enabled=False), replace(YV, enabled=False)), NEW, Reason.VENUE_DISABLED),
    ((), replace(DIRECT, instrument_id="BAC", venue_id="YV"), Reason.NOT_LISTED_AT_VENUE),
    ((replace(XV, instruments=()),), replace(NEW, instrument_id="BAC"), Reason.NOT_LISTED_AT_VENUE),
    ((replace(IBM, calendar_id="none"),), NEW, Reason.SESSION_CLOSED),
    ((replace(IBM, lot_size=0),), NEW, Reason.EVALUATION_ERROR),
    ((replace(IBM, qty_scale=11),), NEW, Reason.EVALUATION_ERROR),
]


@pytest.mark.parametrize(("changes", "order", "reason"), _REFERENCE)
def test_reference_data_refuses(changes: tuple[Entity, ...], order: NewOrder, reason: Reason) -> None:
    assert outcome(world(*changes), order) is reason


_FORM: list[tuple[NewOrder, Reason | None]] = [
    (replace(NEW, order_qty=0), Reason.QTY_NOT_POSITIVE),
    (replace(NEW, order_qty=-10), Reason.QTY_NOT_POSITIVE),
    (replace(NEW, order_qty=15), Reason.QTY_NOT_IN_LOTS),
    (replace(NEW, price=None), Reason.PRICE_MISSING),
    (replace(NEW, price=0), Reason.PRICE_NOT_POSITIVE),
    (replace(NEW, price=-5), Reason.PRICE_NOT_POSITIVE),
    (replace(NEW, price=10_001), Reason.PRICE_NOT_IN_TICKS),
    (replace(NEW, ord_type=OrdType.MARKET), Reason.UNSUPPORTED_COMBINATION),
    (replace(MARKET, time_in_force=TimeInForce.GTC), Reason.UNSUPPORTED_COMBINATION),
    (replace(MARKET, time_in_force=TimeInForce.FOK), None),
    (replace(NEW, time_in_force=TimeInForce.GTC), None),
    (replace(NEW, venue_id="XV"), Reason.UNSUPPORTED_COMBINATION),
    (replace(TWAP, time_in_force=TimeInForce.IOC), Reason.UNSUPPORTED_COMBINATION),
    (replace(NEW, twap=TWAP.twap), Reason.ALGORITHM_PARAMETERS),
    (replace(TWAP, twap=None), Reason.ALGORITHM_PARAMETERS),
    (replace(TWAP, twap=TwapParameters(NOW, NOW + 1, 0)), Reason.ALGORITHM_PARAMETERS),
    (replace(TWAP, twap=TwapParameters(NOW, NOW + 1, 1_001)), Reason.ALGORITHM_PARAMETERS),
    (replace(TWAP, twap=TwapParameters(NOW, NOW + 1, 1_000)), None),
    (replace(TWAP, twap=TwapParameters(NOW + 5, NOW + 5, 10)), Reason.ALGORITHM_PARAMETERS),
    (replace(TWAP, twap=TwapParameters(NOW - 5, NOW, 10)), Reason.ALGORITHM_PARAMETERS),
    (replace(TWAP, ord_type=OrdType.MARKET, price=None), None),
    (DIRECT, None),
]


@pytest.mark.parametrize(("order", "reason"), _FORM)
def test_the_order_must_be_well_formed(order: NewOrder, reason: Reason | None) -> None:
    assert outcome(world(), order) is reason


@pytest.mark.parametrize("limit_id", ["qty", "notional", "collar", "age", "position"])
def test_no_limit_of_a_kind_is_no_permission(limit_id: str) -> None:
    w = world()
    w.drop_limits(limit_id)
    assert outcome(w, NEW) is Reason.LIMIT_MISSING


@pytest.mark.parametrize(
    "useless",
    [
        replace(NOTIONAL, currency="EUR"),
        replace(QTY, instrument_id=""),
        replace(QTY, instrument_id="BAC"),
        replace(POSITION, scope_id="A2"),
        replace(NOTIONAL, scope_id="beta"),
    ],
)
def test_a_limit_that_covers_another_covers_nothing_here(useless: Limit) -> None:
    assert outcome(world(useless), NEW) is Reason.LIMIT_MISSING


@pytest.mark.parametrize(
    ("scope", "scope_id"), [(LimitScope.FIRM, ""), (LimitScope.DESK, "alpha"), (LimitScope.ACCOUNT, "A1")]
)
def test_every_limit_that_covers_the_order_must_hold(scope: LimitScope, scope_id: str) -> None:
    tight = Limit("tight", LimitKind.ORDER_QTY, scope, scope_id, "IBM", "", Amount(90))
    w = world(tight)
    rejected = w.ask(NEW)
    assert isinstance(rejected, OrderRejected) and rejected.reason is Reason.ORDER_QTY_LIMIT
    assert rejected.text == "order quantity would be 100, limit tight is 90"
    evidence = rejected.evidence
    assert evidence.checks[-1] == 14 and evidence.limit_versions[-1] == w.state.reference.version("limit", "tight")
    assert (evidence.thresholds[-1], evidence.before[-1], evidence.after[-1]) == (90, 0, 100)


_LIMITS: list[tuple[Entity, NewOrder, Reason | None]] = [
    (QTY, replace(NEW, order_qty=1_000), None),
    (QTY, replace(NEW, order_qty=1_010), Reason.ORDER_QTY_LIMIT),
    # The middle is 10005: 1 % above is 10105.05, so 10105 is the last price for a buy; below, 9904.95, so 9905 for a sale.
    (COLLAR, replace(NEW, price=10_105), None),
    (COLLAR, replace(NEW, price=10_110), Reason.PRICE_COLLAR),
    (COLLAR, replace(NEW, price=5), None),
    (COLLAR, replace(SELL, price=9_905), None),
    (COLLAR, replace(SELL, price=9_900), Reason.PRICE_COLLAR),
    (COLLAR, replace(SELL, price=99_995), None),
    (replace(NOTIONAL, value=Amount(10_000 * DOLLAR)), NEW, None),
    (replace(NOTIONAL, value=Amount(10_000 * DOLLAR - 1)), NEW, Reason.ORDER_NOTIONAL_LIMIT),
    # A sale below the market is worth the market: 100 × 100.05.
    (replace(NOTIONAL, value=Amount(10_005 * DOLLAR)), replace(SELL, price=9_905), None),
    (replace(NOTIONAL, value=Amount(10_005 * DOLLAR - 1)), replace(SELL, price=9_905), Reason.ORDER_NOTIONAL_LIMIT),
    # A market order counts at its collar bound: 100 × 101.05 to buy.
    (replace(NOTIONAL, value=Amount(10_105 * DOLLAR)), MARKET, None),
    (replace(NOTIONAL, value=Amount(10_105 * DOLLAR - 1)), MARKET, Reason.ORDER_NOTIONAL_LIMIT),
    (replace(POSITION, value=Amount(100)), NEW, None),
    (replace(POSITION, value=Amount(90)), NEW, Reason.POSITION_LIMIT),
    (replace(POSITION, value=Amount(100)), replace(SELL, side=Side.SELL_SHORT), None),
    (replace(POSITION, value=Amount(90)), replace(SELL, side=Side.SELL_SHORT), Reason.POSITION_LIMIT),
]


@pytest.mark.parametrize(("limit", "order", "reason"), _LIMITS)
def test_a_limit_trips_and_at_its_value_just_does_not(limit: Entity, order: NewOrder, reason: Reason | None) -> None:
    assert outcome(world(limit), order) is reason


def test_market_data_from_the_future_is_as_useless_as_old() -> None:
    w = world()
    w.quote(10_000, 10_010, NOW + 5_000)
    assert outcome(w, NEW) is None
    w.quote(10_000, 10_010, NOW + 5_001)
    assert outcome(w, replace(NEW, cl_ord_id="a2")) is Reason.MARKET_PRICE_STALE


def test_without_a_market_there_is_no_price() -> None:
    w = world(*(replace(x, instrument_id="BAC", limit_id=x.limit_id + "2") for x in (QTY, POSITION)))
    order = replace(NEW, instrument_id="BAC")
    assert outcome(w, order) is Reason.NO_MARKET_PRICE
    w.market.apply(0, 9, MarketRecord("XV", "BAC", 1, (), (Trade(NOW, 10_000, 10, "t1", False),)))
    assert outcome(w, replace(order, cl_ord_id="a2")) is None
    assert BAC.price_scale == IBM.price_scale


def test_a_market_orders_worst_price_is_its_collar_bound_in_ticks() -> None:
    w = world(replace(COLLAR, value=Amount(97)))  # 10102.0485 and 9907.9515
    assert accepted(w, MARKET)[0].worst_price == 10_100
    assert accepted(w, replace(MARKET, cl_ord_id="a2", side=Side.SELL))[0].worst_price == 9_910


def test_a_collar_wider_than_the_price_leaves_a_sale_one_tick() -> None:
    w = world(replace(COLLAR, value=Amount(20_000)))
    assert accepted(w, replace(MARKET, side=Side.SELL))[0].worst_price == 5


def test_figures_that_do_not_fit_are_refused() -> None:
    most = 2**63 - 8
    w = world(
        *(replace(limit, value=Amount(2**100)) for limit in (QTY, POSITION)), replace(NOTIONAL, value=Amount(2**126))
    )
    assert outcome(w, replace(NEW, order_qty=most)) is None
    assert outcome(w, replace(NEW, cl_ord_id="a2")) is Reason.EVALUATION_ERROR, "a position of more than 64 bits"
    w.quote(10**10, 10**10)
    huge = replace(SELL, cl_ord_id="a3", price=10**10, order_qty=most)
    assert outcome(w, huge) is Reason.EVALUATION_ERROR, "a notional of more than 128 bits"
    wide = world(replace(COLLAR, value=Amount(2**80)))
    assert outcome(wide, MARKET) is Reason.EVALUATION_ERROR, "a bound of more than 64 bits"


def test_open_orders_are_counted_for_whom_the_limit_binds() -> None:
    two = Limit("two", LimitKind.OPEN_ORDERS, LimitScope.DESK, "alpha", "", "", Amount(2))
    w = world(two)
    assert [outcome(w, replace(NEW, cl_ord_id=f"a{n}")) for n in range(3)] == [None, None, Reason.OPEN_ORDERS_LIMIT]
    assert outcome(w, replace(REPLACE, orig_cl_ord_id="a0")) is None


def test_the_position_counts_fills_opening_and_open_orders_of_its_direction() -> None:
    w = world(opening(ACCOUNT, "IBM", 1_500), replace(POSITION, value=Amount(2_000)))
    assert outcome(w, replace(NEW, order_qty=300)) is None
    w.route(fill("x1", 100))
    assert outcome(w, replace(SELL, cl_ord_id="s1", order_qty=1_000)) is None  # gives a buy no room
    assert outcome(w, replace(NEW, cl_ord_id="a2", order_qty=210)) is Reason.POSITION_LIMIT
    assert outcome(w, replace(NEW, cl_ord_id="a3", order_qty=200)) is None


def test_a_desk_over_its_limit_can_leave_its_position() -> None:
    w = world(opening(ACCOUNT, "IBM", 5_000))
    assert outcome(w, replace(SELL, order_qty=1_000)) is None
    assert outcome(w, replace(NEW, cl_ord_id="a2", order_qty=10)) is Reason.POSITION_LIMIT


@pytest.mark.parametrize(
    ("scope", "scope_id", "expected"), [(LimitScope.DESK, "alpha", None), (LimitScope.FIRM, "", 1)]
)
def test_a_position_limit_binds_all_accounts_of_its_scope(
    scope: LimitScope, scope_id: str, expected: int | None
) -> None:
    wide = Limit("wide", LimitKind.POSITION_QTY, scope, scope_id, "IBM", "", Amount(1_000))
    w = world(wide, opening(SECOND_ACCOUNT, "IBM", 500), opening(OTHER_ACCOUNT, "IBM", 450))
    assert outcome(w, replace(NEW, order_qty=500)) is (None if expected is None else Reason.POSITION_LIMIT)
    assert outcome(w, replace(NEW, order_qty=550, cl_ord_id="a2")) is Reason.POSITION_LIMIT


def test_a_replacement_runs_all_checks_at_the_larger_of_the_two_terms() -> None:
    w = world(replace(POSITION, value=Amount(500)))
    assert outcome(w, replace(NEW, order_qty=400)) is None
    assert outcome(w, replace(REPLACE, order_qty=510)) is Reason.POSITION_LIMIT
    assert outcome(w, replace(REPLACE, cl_ord_id="r2", order_qty=505)) is Reason.QTY_NOT_IN_LOTS
    assert outcome(w, replace(REPLACE, cl_ord_id="r3", price=20_000)) is Reason.PRICE_COLLAR
    assert outcome(w, replace(REPLACE, cl_ord_id="r4", price=None)) is Reason.PRICE_MISSING
    assert outcome(w, replace(REPLACE, cl_ord_id="r5", twap=TWAP.twap)) is Reason.ALGORITHM_PARAMETERS
    mandate, _ = accepted(w, replace(REPLACE, cl_ord_id="r6", order_qty=100))
    assert mandate.order_qty == 100
    assert w.state.open_orders[ORDER_ID].reserved_qty == 400
    assert outcome(w, replace(NEW, cl_ord_id="a2", order_qty=110)) is Reason.POSITION_LIMIT


def test_an_acceptance_is_a_mandate_with_full_evidence() -> None:
    w = world()
    mandate, evidence = accepted(w, NEW)
    assert mandate == Mandate(100, 10_000, ("XV", "YV"), (100, 100), Algorithm.BEST_PRICE, 0)
    asked = tuple(check.number for check in CHECKS if not check.kinds)
    assert evidence.checks == asked
    columns = (evidence.limit_versions, evidence.thresholds, evidence.before, evidence.after)
    assert {len(column) for column in columns} == {len(asked)}
    assert (evidence.reference_price, evidence.reference_age_ns) == (10_005, 0)
    assert (evidence.market_partition, evidence.market_position) == (0, 1)
    assert evidence.reference_position == w.state.reference.position
    direct, _ = accepted(w, replace(DIRECT, cl_ord_id="a2"))
    assert direct.venues == ("XV",)


def test_a_refusal_has_the_evidence_of_the_checks_it_came_to() -> None:
    w = world()
    event = w.ask(replace(NEW, order_qty=15))
    assert isinstance(event, OrderRejected)
    numbers = [check.number for check in CHECKS]
    assert event.evidence.checks == tuple(numbers[: numbers.index(9) + 1])
    assert event.evidence.reference_price is None and event.evidence.reference_age_ns is None


def test_every_reason_of_the_block_is_one_checks() -> None:
    reasons = [reason for check in CHECKS for reason in check.reasons]
    assert sorted(reasons) == [r for r in Reason if 300 < r < 400 and r is not Reason.EVALUATION_ERROR]
    assert len(CHECK_NAMES) == len(CHECKS)
    assert NEW.trading_date == DATE and AGE.value == 5_000
