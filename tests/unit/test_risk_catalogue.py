"""The catalogue of checks: each just inside, exactly at, just beyond its limit, for everyone whom it can bind; and without what it needs."""

import copy
from dataclasses import replace

import pytest
from risk_catalogue_world import (
    AGE_NS,
    CASES,
    CLEARER,
    CLIENT,
    DOLLARS,
    EUROS,
    FACTORS,
    FACTORS_AGE,
    FX_AGE,
    OWNED,
    RICH,
    SAP,
    Case,
    holder_factors,
    limit_of,
    mark,
    outcome,
    rich,
)
from risk_world import (
    ACCOUNT,
    CANCEL,
    CONDITIONS,
    DOLLAR,
    IBM,
    NEW,
    NOW,
    ORDER_ID,
    REPLACE,
    WHO,
    XV,
    YV,
    World,
    changed,
    fill,
    opening,
    resume,
    settled,
    world,
)

from oms.core.enums import (
    Algorithm,
    AssetClass,
    ExecType,
    HaltScope,
    LimitKind,
    LimitScope,
    Liquidity,
    OrdStatus,
    OrdType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
    TradingListKind,
)
from oms.core.instructions import Instructions
from oms.core.money import Amount
from oms.core.order_to_trade import OrderToTrade, number_ratio_milli, volume_ratio_milli
from oms.core.reasons import Reason
from oms.core.reference import Entity, Limit
from oms.core.risk.checks import CHECKS
from oms.core.risk.levels import HOLDER_FACTORS, INSTRUMENT_FACTORS, binds
from oms.core.risk_events import (
    CancelAccepted,
    OrderAccepted,
    OrderRejected,
    RepeatsForgiven,
    ReplaceAccepted,
    ReplaceRejected,
)
from oms.core.risk_reference import Locate, TradingList, TradingPermission, factors_id_of
from oms.core.routing_events import TradeCorrected

LEVELS = [(case, scope) for case in CASES for scope in LimitScope if binds(case.kind, scope)]


def name_of(value: object) -> str:
    return value.kind.name if isinstance(value, Case) else getattr(value, "name", str(value))


def prepared(case: Case, limit: Limit, *changes: Entity) -> World:
    w = rich(*changes)
    if case.limit_first:
        w.load(limit)
        case.before(w)
    else:
        case.before(w)
        w.load(limit)
    return w


def tried(case: Case, limit: Limit) -> Reason | None:
    return outcome(prepared(case, limit), case.order)


@pytest.mark.parametrize(("case", "scope"), LEVELS, ids=name_of)
def test_rule_41_each_limit_just_passes_and_just_trips_at_each_level(case: Case, scope: LimitScope) -> None:
    assert tried(case, limit_of(case.kind, scope, case.figure + 1)) is None
    assert tried(case, limit_of(case.kind, scope, case.figure)) is None
    assert tried(case, limit_of(case.kind, scope, case.figure - 1)) is case.reason


@pytest.mark.parametrize(("case", "scope"), [level for level in LEVELS if level[1] is not LimitScope.FIRM], ids=name_of)
def test_a_limit_binds_nobody_else(case: Case, scope: LimitScope) -> None:
    assert tried(case, limit_of(case.kind, scope, 0, "another")) is None


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_evidence_names_the_limit_and_what_the_order_makes_of_it(case: Case) -> None:
    scope = next(scope for scope in LimitScope if binds(case.kind, scope))
    w = prepared(case, limit_of(case.kind, scope, case.figure))
    event = w.ask(case.order)
    assert isinstance(event, OrderAccepted)
    version = w.state.reference.version("limit", "tried")
    evidence = event.evidence
    row = evidence.limit_versions.index(version)
    if case.kind not in _BOUNDS_A_PRICE:
        assert evidence.thresholds[row] == case.figure == evidence.after[row]
    assert (evidence.wall_ns, evidence.tape_ns) == (CONDITIONS.wall_ns, CONDITIONS.tape_ns)
    needs = case.kind in INSTRUMENT_FACTORS | HOLDER_FACTORS
    assert bool(evidence.inputs) == needs and all(i.version >= 0 and i.age_ns == 0 for i in evidence.inputs)


_BOUNDS_A_PRICE = {LimitKind.PRICE_COLLAR_BPS, LimitKind.WINDOW_COLLAR_BPS, LimitKind.COLLAR_SIGMAS_MILLI}


@pytest.mark.parametrize("kind", [kind for kind in LimitKind if not all(binds(kind, scope) for scope in LimitScope)])
def test_a_limit_of_whom_it_cannot_bind_refuses(kind: LimitKind) -> None:
    case = next(case for case in CASES if case.kind is kind)
    for scope in LimitScope:
        if not binds(kind, scope):
            assert tried(case, limit_of(kind, scope, 2**100)) is not None, scope


# -- what a check needs, missing and stale -----------------------------------------------------------------------------------------

_WITH_FACTORS = [case for case in CASES if case.kind in INSTRUMENT_FACTORS | HOLDER_FACTORS]


def _factors_of(kind: LimitKind) -> Entity:
    return FACTORS if kind in INSTRUMENT_FACTORS else holder_factors(LimitScope.ACCOUNT)


def with_factors(kind: LimitKind, *changes: Entity) -> World:
    scope = LimitScope.ACCOUNT
    return rich(limit_of(kind, scope, 2**100), *changes)


@pytest.mark.parametrize("case", _WITH_FACTORS, ids=name_of)
def test_without_its_factors_a_limit_refuses(case: Case) -> None:
    w = with_factors(case.kind)
    assert outcome(w, case.order) is None
    if case.kind in INSTRUMENT_FACTORS:
        del w.state.reference.instrument_factors["IBM"]
        assert outcome(w, replace(case.order, cl_ord_id="a2")) is Reason.RISK_FACTORS_MISSING
        w = with_factors(case.kind)
    if case.kind in HOLDER_FACTORS:
        del w.state.reference.holder_factors[factors_id_of(LimitScope.ACCOUNT, "A1")]
        assert outcome(w, replace(case.order, cl_ord_id="a3")) is Reason.RISK_FACTORS_MISSING


@pytest.mark.parametrize("case", _WITH_FACTORS, ids=name_of)
@pytest.mark.parametrize(
    ("age", "reason"),
    [(AGE_NS, None), (AGE_NS + 1, Reason.RISK_FACTORS_STALE), (-AGE_NS - 1, Reason.RISK_FACTORS_STALE)],
)
def test_stale_factors_refuse(case: Case, age: int, reason: Reason | None) -> None:
    for entity in (FACTORS, holder_factors(LimitScope.ACCOUNT)):
        needed = INSTRUMENT_FACTORS if entity is FACTORS else HOLDER_FACTORS
        w = with_factors(case.kind, replace(entity, as_of_ns=NOW - age))  # type: ignore[type-var]
        assert outcome(w, case.order) is (reason if case.kind in needed else None)


@pytest.mark.parametrize("case", _WITH_FACTORS, ids=name_of)
def test_factors_without_a_limit_of_their_age_refuse(case: Case) -> None:
    w = with_factors(case.kind)
    w.drop_limits(FACTORS_AGE.limit_id)
    w.conditions = replace(CONDITIONS, tape_ns=NOW + 1)
    assert outcome(w, case.order) is Reason.RISK_FACTORS_STALE


@pytest.mark.parametrize("case", _WITH_FACTORS, ids=name_of)
@pytest.mark.parametrize("figure", [0, -1])
def test_a_factor_that_a_model_does_not_know_refuses(case: Case, figure: int) -> None:
    unknown = (
        replace(FACTORS, volatility_ppm=figure, adv_qty=figure, window_volume_qty=figure, window_low_px=figure),
        replace(FACTORS, window_high_px=figure, var_ppm=figure, es_ppm=figure, stress_ppm=figure),
        replace(holder_factors(LimitScope.ACCOUNT), marginal_ppm=figure),
        replace(holder_factors(LimitScope.ACCOUNT), portfolio_value=Amount(figure), order_std=Amount(figure)),
    )
    found = {outcome(with_factors(case.kind, entity), case.order) for entity in unknown}
    assert found == {None, Reason.EVALUATION_ERROR}


def test_money_in_two_currencies_is_converted_at_their_rates() -> None:
    """100 at 100.00 in euros are 11,000 dollars."""
    limit = replace(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.FIRM, 11_000 * DOLLAR), instrument_id="")
    order = replace(NEW, instrument_id="SAP")
    for value, reason in ((11_000 * DOLLAR, None), (11_000 * DOLLAR - 1, Reason.GROSS_EXPOSURE_LIMIT)):
        assert outcome(euro_world(replace(limit, value=Amount(value))), order) is reason


def euro_world(limit: Limit, *changes: Entity) -> World:
    euro = (
        replace(XV, instruments=("IBM", "BAC", "SAP"), counterparties=("CL",)),
        Limit("eur", LimitKind.ORDER_NOTIONAL, LimitScope.FIRM, "", "", "EUR", Amount(10**6 * DOLLAR)),
        Limit("sap.qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "SAP", "", Amount(10**6)),
        Limit("sap.pos", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "SAP", "", Amount(10**6)),
    )
    w = rich(SAP, *euro, DOLLARS, EUROS, limit, *changes)
    w.quote(10_000, 10_010, instrument_id="SAP")
    return w


@pytest.mark.parametrize(
    ("changes", "drop", "reason"),
    [
        ((replace(EUROS, as_of_ns=NOW - AGE_NS),), "", None),
        ((replace(EUROS, as_of_ns=NOW - AGE_NS - 1),), "", Reason.FX_RATE_STALE),
        ((replace(EUROS, as_of_ns=NOW + AGE_NS + 1),), "", Reason.FX_RATE_STALE),
        ((replace(EUROS, rate_e9=0),), "", Reason.FX_RATE_MISSING),
        ((replace(EUROS, rate_e9=-1),), "", Reason.FX_RATE_MISSING),
        ((replace(EUROS, as_of_ns=NOW - 1),), FX_AGE.limit_id, Reason.FX_RATE_STALE),
    ],
)
def test_exchange_rates_must_be_there_and_fresh(changes: tuple[Entity, ...], drop: str, reason: Reason | None) -> None:
    limit = replace(limit_of(LimitKind.CAPITAL, LimitScope.FIRM, 10**9 * DOLLAR), instrument_id="")
    w = euro_world(limit, *changes)
    if drop:
        w.drop_limits(drop)
    assert outcome(w, replace(NEW, instrument_id="SAP")) is reason


def test_a_currency_without_any_rate_refuses() -> None:
    w = euro_world(replace(limit_of(LimitKind.CAPITAL, LimitScope.FIRM, 10**9 * DOLLAR), instrument_id=""))
    del w.state.reference.fx_rates["EUR"]
    assert outcome(w, replace(NEW, instrument_id="SAP")) is Reason.FX_RATE_MISSING


def test_cash_that_nobody_stated_refuses() -> None:
    w = rich(replace(OWNED, cash=()), limit_of(LimitKind.CASH, LimitScope.ACCOUNT, 10**6 * DOLLAR))
    assert outcome(w, NEW) is Reason.EVALUATION_ERROR


def test_a_position_without_a_price_refuses_until_it_is_marked() -> None:
    w = rich(opening(OWNED, "BAC", 100), limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.FIRM, 10**6 * DOLLAR))
    assert outcome(w, NEW) is Reason.EVALUATION_ERROR
    w.quote(2_000, 2_000, instrument_id="BAC")
    mark(w)
    assert outcome(w, replace(NEW, cl_ord_id="a2")) is None


# -- checks without a limit: who, what, with whom -----------------------------------------------------------------------------------

_LIST = TradingList("list", TradingListKind.RESTRICTED, ("IBM",), (), True)
_MAY = TradingPermission("p", "eve", (), (), (), (), (), True)
_SHORTED = replace(IBM, locate_required=True)
_LOCATE = Locate("l", "A1", "IBM", 100, NOW + 1)
_SALE = replace(NEW, side=Side.SELL, price=10_010)
_SHORT = replace(_SALE, side=Side.SELL_SHORT)
_DIRECT = replace(NEW, algorithm=Algorithm.DIRECT, venue_id="XV")

_ACCESS: list[tuple[tuple[Entity, ...], object, Reason | None]] = [
    ((replace(OWNED, client_id="C2"),), NEW, Reason.UNKNOWN_CLIENT),
    ((replace(CLIENT, enabled=False),), NEW, Reason.CLIENT_DISABLED),
    ((replace(CLEARER, enabled=False),), NEW, Reason.COUNTERPARTY_STOPPED),
    ((replace(XV, counterparties=("nobody",)),), NEW, None),  # the other venue is left
    ((replace(XV, counterparties=("nobody",)),), _DIRECT, Reason.COUNTERPARTY_STOPPED),
    ((_LIST,), NEW, Reason.RESTRICTED_INSTRUMENT),
    ((replace(_LIST, desks=("alpha",)),), NEW, Reason.RESTRICTED_INSTRUMENT),
    ((replace(_LIST, desks=("beta",)),), NEW, None),
    ((replace(_LIST, enabled=False),), NEW, None),
    ((replace(_LIST, kind=TradingListKind.WATCH),), NEW, None),
    ((_MAY,), NEW, None),
    ((replace(_MAY, trader="ann"),), NEW, Reason.NO_PERMISSION),
    ((replace(_MAY, trader="ann", enabled=False),), NEW, None),
    ((replace(_MAY, instruments=("BAC",)),), NEW, Reason.NO_PERMISSION),
    ((replace(_MAY, asset_classes=(AssetClass.EQUITY,)),), NEW, Reason.NO_PERMISSION),
    ((replace(_MAY, ord_types=(OrdType.MARKET,)),), NEW, Reason.NO_PERMISSION),
    ((replace(_MAY, algorithms=(Algorithm.TWAP,)),), NEW, Reason.NO_PERMISSION),
    ((replace(_MAY, venues=("XV",)),), _DIRECT, None),
    ((replace(_MAY, venues=("YV",)),), _DIRECT, Reason.NO_PERMISSION),
    ((replace(OWNED, settlement_currencies=("EUR",)),), NEW, Reason.SETTLEMENT_CURRENCY),
    ((replace(OWNED, settlement_currencies=("EUR", "USD")),), NEW, None),
    (
        (replace(IBM, settlement_currency="GBP"), replace(OWNED, settlement_currencies=("USD",))),
        NEW,
        Reason.SETTLEMENT_CURRENCY,
    ),
    ((_SHORTED,), _SALE, Reason.SHORT_SALE_MARK),
    ((_SHORTED, opening(OWNED, "IBM", 90)), _SALE, Reason.SHORT_SALE_MARK),
    ((_SHORTED, opening(OWNED, "IBM", 100)), _SALE, None),
    ((_SHORTED,), _SHORT, Reason.LOCATE_MISSING),
    ((_SHORTED, _LOCATE), _SHORT, None),
    ((_SHORTED, replace(_LOCATE, qty=99)), _SHORT, Reason.LOCATE_MISSING),
    ((_SHORTED, replace(_LOCATE, expires_ns=NOW)), _SHORT, Reason.LOCATE_MISSING),
    ((_SHORTED, replace(_LOCATE, account_id="A2")), _SHORT, Reason.LOCATE_MISSING),
    ((_SHORTED, replace(_LOCATE, qty=60), replace(_LOCATE, locate_id="l2", qty=40)), _SHORT, None),
]


@pytest.mark.parametrize(("changes", "order", "reason"), _ACCESS)
def test_who_may_trade_what_with_whom(changes: tuple[Entity, ...], order: object, reason: Reason | None) -> None:
    assert outcome(rich(*changes), order) is reason  # type: ignore[arg-type]


def test_where_no_client_is_registered_a_client_is_a_name() -> None:
    w = world(replace(OWNED, client_id="anyone"))
    assert outcome(w, NEW) is None


def test_a_permission_cuts_a_smart_order_down_to_its_venues() -> None:
    event = rich(replace(_MAY, venues=("YV",))).ask(NEW)
    assert isinstance(event, OrderAccepted) and event.mandate.venues == ("YV",)


def test_a_stopped_counterparty_takes_its_venue_out_of_the_mandate() -> None:
    event = rich(replace(XV, counterparties=("nobody",))).ask(NEW)
    assert isinstance(event, OrderAccepted) and event.mandate.venues == ("YV",)


def test_every_reason_of_the_catalogue_is_produced_here() -> None:
    made = {case.reason for case in CASES} | {reason for _, _, reason in _ACCESS}
    made |= {Reason.DUPLICATE_TERMS, Reason.FX_RATE_MISSING, Reason.FX_RATE_STALE}
    made |= {Reason.RISK_FACTORS_MISSING, Reason.RISK_FACTORS_STALE}
    new = {reason for check in CHECKS for reason in check.reasons if 331 <= reason <= 379}
    assert new <= made and {case.kind for case in CASES} == set(LimitKind) - _AGES


_AGES = {
    LimitKind.MARKET_DATA_AGE_NS,
    LimitKind.FACTORS_AGE_NS,
    LimitKind.FX_RATE_AGE_NS,
    LimitKind.DUPLICATE_TERMS_NS,
}


# -- how often ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart", "reason"), [(499, Reason.DUPLICATE_TERMS), (500, None), (501, None), (-1, Reason.DUPLICATE_TERMS)]
)
def test_the_same_terms_again_are_refused_within_the_window(apart: int, reason: Reason | None) -> None:
    w = rich(limit_of(LimitKind.DUPLICATE_TERMS_NS, LimitScope.ACCOUNT, 500))
    assert outcome(w, NEW) is None
    w.conditions = replace(CONDITIONS, wall_ns=NOW + apart)
    assert outcome(w, replace(NEW, cl_ord_id="other", order_qty=110)) is None
    assert outcome(w, replace(NEW, cl_ord_id="a2")) is reason


def test_a_bucket_of_messages_fills_with_time_and_a_refusal_by_it_takes_nothing() -> None:
    w = rich(limit_of(LimitKind.MESSAGE_RATE, LimitScope.TRADER, 4))
    step = 250_000_000
    w.conditions = replace(CONDITIONS, wall_ns=NOW - 10 * step)
    names = iter(f"a{n}" for n in range(100))

    def ask() -> Reason | None:
        return outcome(w, replace(NEW, cl_ord_id=next(names), order_qty=10))

    assert [ask() for _ in range(6)] == [None] * 4 + [Reason.MESSAGE_RATE_LIMIT] * 2
    w.conditions = replace(w.conditions, wall_ns=w.conditions.wall_ns + step)
    assert [ask() for _ in range(2)] == [None, Reason.MESSAGE_RATE_LIMIT]


def test_a_message_rate_of_nothing_refuses_everything() -> None:
    for value in (0, -5):
        assert outcome(rich(limit_of(LimitKind.MESSAGE_RATE, LimitScope.FIRM, value)), NEW) is Reason.MESSAGE_RATE_LIMIT


def test_an_amendment_is_a_message_and_a_refused_order_too() -> None:
    w = rich(limit_of(LimitKind.MESSAGE_RATE, LimitScope.DESK, 3))
    assert outcome(w, NEW) is None
    assert outcome(w, replace(NEW, cl_ord_id="a2", order_qty=10**6)) is Reason.ORDER_QTY_LIMIT
    assert isinstance(w.ask(REPLACE), ReplaceAccepted)
    refused = w.ask(replace(NEW, cl_ord_id="a3"))
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.MESSAGE_RATE_LIMIT


def test_rule_37_no_limit_refuses_a_cancel() -> None:
    """Everything is at its end, and a cancel passes; it is counted."""
    w = rich()
    assert outcome(w, NEW) is None
    w.load(
        *(
            replace(limit_of(case.kind, LimitScope.FIRM, 0), limit_id=case.kind.name)
            for case in CASES
            if binds(case.kind, LimitScope.FIRM)
        )
    )
    assert outcome(w, replace(NEW, cl_ord_id="a2")) is not None
    before = w.state.activity[(LimitScope.FIRM, "", "IBM")].messages
    assert isinstance(w.ask(CANCEL), CancelAccepted)
    assert w.state.activity[(LimitScope.FIRM, "", "IBM")].messages == before + 1


def test_a_strategy_is_disabled_by_its_repeats_until_a_person_resumes_it() -> None:
    w = rich(limit_of(LimitKind.REPEATED_EXECUTIONS, LimitScope.STRATEGY, 1))
    assert outcome(w, NEW) is None
    assert outcome(w, replace(NEW, cl_ord_id="a2")) is Reason.REPEATED_EXECUTIONS
    w.conditions = replace(CONDITIONS, wall_ns=NOW + 900)
    assert outcome(w, replace(NEW, cl_ord_id="a3")) is Reason.REPEATED_EXECUTIONS, "time does not give it back"
    assert outcome(w, replace(NEW, cl_ord_id="a4", provenance=replace(WHO, strategy=""))) is None, (
        "a person's own order"
    )
    assert RepeatsForgiven("s1", 0) in w.control(resume(HaltScope.STRATEGY, "s1"))
    assert outcome(w, replace(NEW, cl_ord_id="a5")) is None


# -- ways out, and replacements ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [LimitKind.DAY_LOSS, LimitKind.DRAWDOWN, LimitKind.GROSS_EXPOSURE, LimitKind.NET_EXPOSURE]
)
def test_whoever_is_beyond_a_limit_can_come_back(kind: LimitKind) -> None:
    w = rich(opening(OWNED, "IBM", 1_000))
    case = next(case for case in CASES if case.kind is LimitKind.DAY_LOSS)
    case.before(w)
    w.load(limit_of(kind, LimitScope.ACCOUNT, 1))
    assert outcome(w, replace(NEW, cl_ord_id="more", price=9_900)) is not None
    assert outcome(w, replace(NEW, cl_ord_id="less", side=Side.SELL, price=9_900, order_qty=200)) is None


def test_rule_40_a_replacement_is_judged_at_the_worst_of_both_terms() -> None:
    w = rich(limit_of(LimitKind.CAPITAL, LimitScope.ACCOUNT, 20_100 * DOLLAR))
    assert outcome(w, NEW) is None
    too_much = w.ask(replace(REPLACE, order_qty=200, price=10_055))
    assert isinstance(too_much, ReplaceRejected) and too_much.reason is Reason.CAPITAL_LIMIT
    assert isinstance(w.ask(replace(REPLACE, cl_ord_id="r2", order_qty=200, price=10_050)), ReplaceAccepted)
    assert outcome(w, replace(NEW, cl_ord_id="a2", order_qty=10)) is Reason.CAPITAL_LIMIT


def test_rule_39_an_order_that_says_whom_its_venue_cancels_may_meet_its_own() -> None:
    w = rich(
        limit_of(LimitKind.SELF_MATCH, LimitScope.DESK, 0),
        replace(XV, counterparties=("CL",)),
        replace(YV, features=(), counterparties=("CL",)),
    )
    assert outcome(w, replace(NEW, cl_ord_id="sale", side=Side.SELL, price=10_000)) is None
    assert outcome(w, NEW) is Reason.SELF_MATCH
    assert outcome(w, replace(NEW, cl_ord_id="a2", price=9_995)) is None, "it does not reach the sale"
    allowed = replace(NEW, cl_ord_id="a3", instructions=Instructions(smp=SelfMatchPrevention.CANCEL_AGGRESSIVE))
    event = w.ask(allowed)
    assert not isinstance(event, OrderRejected) or event.reason is not Reason.SELF_MATCH


def test_a_trade_is_owed_until_it_is_settled() -> None:
    """Sold again it is still owed by whom it was traded with: both trades are. An open sale is worth the market's 100.05."""
    day_ns = 86_400 * 10**9
    w = rich(limit_of(LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, 30_010 * DOLLAR))
    assert outcome(w, NEW) is None
    w.route(fill("x1", 100))
    assert outcome(w, replace(NEW, cl_ord_id="a2", side=Side.SELL, order_qty=210)) is Reason.COUNTERPARTY_LIMIT
    assert outcome(w, replace(NEW, cl_ord_id="a3", side=Side.SELL, order_qty=200, price=10_000)) is None
    assert w.state.unsettled == {("CL", "USD"): {w.state.day: 10_000 * DOLLAR}}
    assert w.state.day == NOW // day_ns


def test_what_an_option_adds_is_its_deltas_part_of_the_underlying() -> None:
    """Half of 100.05 for each of 100 options on 10 shares, rounded up to the price's scale: 100 × 50.03 × 10."""
    option = replace(
        IBM, instrument_id="IBM-C", asset_class=AssetClass.OPTION, underlying_id="IBM", multiplier_ppm=10_000_000
    )
    entities = (
        option,
        replace(XV, instruments=("IBM", "BAC", "IBM-C"), counterparties=("CL",)),
        replace(FACTORS, instrument_id="IBM-C", delta_ppm=-500_000),
        Limit("c.qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "IBM-C", "", Amount(10**6)),
        Limit("c.pos", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "IBM-C", "", Amount(10**6)),
    )
    exposure = 100 * 5_003 * 10 * DOLLAR // 100
    order = replace(NEW, instrument_id="IBM-C", price=500)
    for value, reason in ((exposure, None), (exposure - 1, Reason.GROSS_EXPOSURE_LIMIT)):
        limit = replace(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.FIRM, value), instrument_id="")
        w = rich(*entities, limit)
        w.quote(500, 500, instrument_id="IBM-C")
        assert outcome(w, order) is reason
    w.quote(10_000, 10_010, time_ns=NOW - 10_000)
    assert outcome(w, replace(order, cl_ord_id="a2")) is Reason.EVALUATION_ERROR, "the underlying's price is stale"
    w.quote(10_000, 10_010)
    w.load(replace(FACTORS, instrument_id="IBM-C", as_of_ns=NOW - 10_000, delta_ppm=-500_000))
    assert outcome(w, replace(order, cl_ord_id="a3")) is Reason.RISK_FACTORS_STALE
    w.load(replace(FACTORS, instrument_id="IBM-C"))
    assert outcome(w, replace(order, cl_ord_id="a4")) is Reason.RISK_FACTORS_MISSING, "a delta of 0 is not known"


def option_world(delta_ppm: int, *changes: Entity) -> World:
    option = replace(IBM, instrument_id="OPT", asset_class=AssetClass.OPTION, underlying_id="IBM", tick_size=1)
    w = rich(
        option,
        replace(XV, instruments=("IBM", "BAC", "OPT"), counterparties=("CL",)),
        replace(FACTORS, instrument_id="OPT", delta_ppm=delta_ppm),
        Limit("o.qty", LimitKind.ORDER_QTY, LimitScope.FIRM, "", "OPT", "", Amount(10**6)),
        Limit("o.pos", LimitKind.POSITION_QTY, LimitScope.FIRM, "", "OPT", "", Amount(10**6)),
        *changes,
    )
    w.quote(10_000, 10_000)
    w.quote(500, 500, instrument_id="OPT")
    return w


OPTION = replace(NEW, instrument_id="OPT", price=500)
"""100 options at 5.00 on a share at 100.00 with a delta of a half: 5,000 dollars, long by a call, short by a put."""


def test_inv_524_a_put_bought_makes_short_and_nets_with_shares() -> None:
    net = replace(limit_of(LimitKind.NET_EXPOSURE, LimitScope.FIRM, 5_000 * DOLLAR), instrument_id="")
    share = replace(NEW, cl_ord_id="share", order_qty=100)
    put = option_world(-500_000, net)
    assert outcome(put, OPTION) is None
    put.route(replace(fill("x1", 100), last_px=500))
    assert outcome(put, share) is None, "short 5,000, long 10,000: 5,000 are left"
    assert outcome(put, replace(share, cl_ord_id="more", order_qty=10)) is Reason.NET_EXPOSURE_LIMIT
    call = option_world(500_000, net)
    assert outcome(call, OPTION) is None
    assert outcome(call, share) is Reason.NET_EXPOSURE_LIMIT, "long 5,000 and long 10,000"


@pytest.mark.parametrize(("delta", "passes"), [(500_000, Side.SELL), (-500_000, Side.BUY)])
def test_inv_524_open_orders_of_options_count_in_the_direction_that_they_make(delta: int, passes: Side) -> None:
    """A share bought for 10,000 dollars under a limit of 10,000: what makes short passes beside it, what makes long does not."""
    for side in (Side.BUY, Side.SELL):
        net = replace(limit_of(LimitKind.NET_EXPOSURE, LimitScope.FIRM, 10_000 * DOLLAR), instrument_id="")
        w = option_world(delta, net)
        assert outcome(w, replace(NEW, cl_ord_id="share", order_qty=100)) is None
        expected = None if side is passes else Reason.NET_EXPOSURE_LIMIT
        assert outcome(w, replace(OPTION, side=side)) is expected


def test_inv_524_gross_takes_the_worse_direction_of_a_holding_of_options() -> None:
    """5,000 held short by puts; 5,000 more would be bought, and what is sold of them makes less of it."""
    gross = replace(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.FIRM, 5_000 * DOLLAR), instrument_id="")
    w = option_world(-500_000, gross)
    assert outcome(w, replace(OPTION, cl_ord_id="held")) is None
    w.route(replace(fill("x1", 100, "alpha/20250106/held"), last_px=500))
    assert outcome(w, replace(OPTION, cl_ord_id="more", order_qty=10)) is Reason.GROSS_EXPOSURE_LIMIT
    assert outcome(w, replace(OPTION, cl_ord_id="out", side=Side.SELL, order_qty=200)) is None


def test_inv_524_an_option_counts_as_its_premium_where_that_is_more() -> None:
    """A put far in the money: 60.00 for a share at 100.00, of which its delta's part is 50.00."""
    gross = replace(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.FIRM, 6_000 * DOLLAR), instrument_id="")
    for value, reason in ((6_000 * DOLLAR, None), (6_000 * DOLLAR - 1, Reason.GROSS_EXPOSURE_LIMIT)):
        w = option_world(-500_000, replace(gross, value=Amount(value)))
        w.quote(6_000, 6_000, instrument_id="OPT")
        assert outcome(w, replace(OPTION, price=6_000)) is reason


def test_inv_524_a_mark_of_an_option_takes_its_delta_along() -> None:
    w = option_world(-500_000)
    assert outcome(w, OPTION) is None
    w.route(replace(fill("x1", 100), last_px=500))
    w.load(replace(FACTORS, instrument_id="OPT", delta_ppm=-250_000))
    w.quote(600, 600, instrument_id="OPT")
    mark(w)
    assert w.state.ledgers["A1", "OPT"].value_px == -2_500
    assert w.state.book().money[LimitScope.FIRM, "", "USD"].net == -2_500 * DOLLAR


def test_a_multiplier_counts_in_every_amount() -> None:
    future = replace(IBM, asset_class=AssetClass.FUTURE, multiplier_ppm=50_000_000)
    limit = limit_of(LimitKind.ORDER_NOTIONAL, LimitScope.ACCOUNT, 500_000 * DOLLAR)
    assert outcome(rich(future, limit), NEW) is None
    assert outcome(rich(future, replace(limit, value=Amount(limit.value - 1))), NEW) is Reason.ORDER_NOTIONAL_LIMIT


def test_the_worlds_are_what_the_figures_rest_on() -> None:
    w = world(*RICH)
    assert outcome(w, NEW) is None and w.state.open_orders[ORDER_ID].reserved_qty == 100
    assert ACCOUNT.account_id == OWNED.account_id


def test_inv_525_messages_and_volumes_of_a_day_worked_by_hand() -> None:
    """A limit of 100, raised to 150, filled 50 in two parts, the rest cancelled; an immediate order of 80 of which 30 are filled: as the
    session of `test_order_to_trade`, without its quote."""
    w = rich()
    key = (LimitScope.ACCOUNT, "A1", "IBM")
    assert outcome(w, NEW) is None  # 1 message, 100
    w.ask(replace(REPLACE, order_qty=150))  # 2 more, 100 + 150
    w.route(settled(True, 150))
    w.route(fill("x1", 20), fill("x2", 30))  # one order executed, 50 of it
    w.ask(replace(CANCEL, orig_cl_ord_id="r1"))  # 1 more, 100
    w.route(changed(OrdStatus.CANCELED))
    now = replace(NEW, cl_ord_id="now", order_qty=80, time_in_force=TimeInForce.IOC)
    assert outcome(w, now) is None  # 1 more, 80
    w.route(fill("x3", 30, "alpha/20250106/now"))
    w.route(changed(OrdStatus.CANCELED, "alpha/20250106/now"))  # 1 more, 50
    counted = w.state.activity[key]
    assert (counted.messages, counted.trades, counted.ordered_qty, counted.traded_qty) == (6, 2, 580, 80)
    expected = OrderToTrade(orders=6, transactions=2, ordered_qty=580, traded_qty=80)
    for kind, ratio, reason in (
        (LimitKind.ORDER_TO_TRADE_MILLI, number_ratio_milli(replace(expected, orders=7)), Reason.ORDER_TO_TRADE_LIMIT),
        (
            LimitKind.ORDER_TO_TRADE_VOLUME_MILLI,
            volume_ratio_milli(replace(expected, ordered_qty=680)),
            Reason.ORDER_TO_TRADE_VOLUME_LIMIT,
        ),
    ):
        assert ratio is not None
        for value, said in ((ratio, None), (ratio - 1, reason)):
            tried = copy.deepcopy(w)
            tried.load(limit_of(kind, LimitScope.ACCOUNT, value))
            assert outcome(tried, replace(NEW, cl_ord_id="next")) is said


def test_inv_525_a_bust_takes_its_part_of_the_traded_volume_back() -> None:
    w = rich()
    assert outcome(w, NEW) is None
    w.route(fill("x1", 60))
    taken_back = TradeCorrected(
        ORDER_ID, "a1", f"{ORDER_ID}.1", "XV", ExecType.TRADE_CANCEL, "x2", "x1", 60, 10_000, 0, 0, Liquidity.REMOVED,
        0, 100, Amount(0), OrdStatus.NEW, NOW, "",
    )  # fmt: skip
    w.route(taken_back)
    assert w.state.activity[LimitScope.FIRM, "", "IBM"].traded_qty == 0
