"""Edges of what risk keeps and asks: prices of replacements, forgotten orders, factors and rates."""

from dataclasses import replace

import pytest
from risk_catalogue_world import (
    DOLLARS,
    EUROS,
    FACTORS,
    FACTORS_AGE,
    FX_AGE,
    OWNED,
    SAP,
    fallen_from_a_gain,
    holder_factors,
    limit_of,
    outcome,
    rich,
)
from risk_world import (
    CONDITIONS,
    DATE,
    DOLLAR,
    IBM,
    MARKET,
    NEW,
    NOW,
    World,
    fill,
    opening,
    row,
    world,
)

from oms.core.commands import NewOrder
from oms.core.enums import (
    AlertKind,
    ExecInst,
    ExecType,
    LimitKind,
    LimitScope,
    Liquidity,
    OrdStatus,
    OrdType,
    Side,
)
from oms.core.instructions import Instructions
from oms.core.money import AMOUNT_MAX, AMOUNT_MIN, Amount
from oms.core.reasons import Reason
from oms.core.reference import Entity, Limit
from oms.core.risk.checks import evidence_of, judge
from oms.core.risk.forgotten import alerts_of, alerts_settled, as_told, blocked_by_unbooked, order_of, recall
from oms.core.risk.judgement import Check, CheckResult, Drawn, Judgement
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk.state import CANCELS_AHEAD_KEPT, TERMS_KEPT, RiskOrder, Seen, bound_ahead
from oms.core.risk_events import OrderAccepted, OrderRecalled, OrderRejected, TradeUnbooked
from oms.core.routing_events import ForgottenTraded, ParentTraded, TradeCorrected, TradeSuperseded, Whose

# --- an order's prices


@pytest.mark.parametrize(
    ("side", "worst_px", "pending", "worst"),
    [
        (Side.BUY, 0, None, 10_000),
        (Side.BUY, 7, None, 7),
        (Side.BUY, 7, (9, 1), 9),
        (Side.BUY, 7, (5, 1), 7),
        (Side.SELL, 7, (9, 1), 7),
        (Side.SELL, 7, (5, 1), 5),
    ],
)
def test_the_worst_price_of_both_terms(side: Side, worst_px: int, pending: tuple[int, int] | None, worst: int) -> None:
    order = RiskOrder(replace(NEW, side=side), (), worst_px=worst_px, pending_px=pending)
    assert order.worst_price == worst
    if pending is None and not worst_px:
        assert RiskOrder(replace(MARKET, side=side), ()).worst_price == 0


@pytest.mark.parametrize(
    ("value_px", "pending", "value"),
    [(0, None, 10_000), (-7, None, 7), (7, None, 7), (7, (1, -9), 9), (-7, (1, 5), 7), (1, (1, 0), 1)],
)
def test_the_value_price_of_both_terms_is_a_size(value_px: int, pending: tuple[int, int] | None, value: int) -> None:
    assert RiskOrder(NEW, (), value_px=value_px, pending_px=pending).value_price == value
    assert RiskOrder(MARKET, ()).value_price == 0


# --- what is forgotten

RECALLED = OrderRecalled(f"alpha/{DATE}/a/b", "alpha", "A1", "IBM", Side.SELL, "eve", "s1", "XV", DATE, "late")


def test_a_recalled_order_is_what_its_id_and_owner_say_and_nothing_more() -> None:
    order = order_of(RECALLED)
    assert (order.terms.trading_date, order.terms.cl_ord_id, order.cl_ord_ids) == (DATE, "a/b", ((DATE, "a/b"),))
    assert (order.is_open, order.closed_date, order.venues, order.value_px) == (False, DATE, ("XV",), 1)
    terms = order.terms
    assert (terms.order_qty, terms.price, terms.good_until_ns, terms.entered_ns) == (0, None, 0, 0)
    assert order_of(replace(RECALLED, order_id="alpha/x/a")).terms.trading_date == 0


def test_it_ends_on_its_desks_newest_date() -> None:
    w = world()
    whose = Whose("alpha", "A1", "IBM", Side.BUY, "eve", "s1")
    assert recall(w.state, "o", whose, "XV", "t").closed_date == 0
    w.state.dates["alpha"] = (20250101, 20250102, 20250103)
    assert recall(w.state, "o", whose, "XV", "t").closed_date == 20250103


TOLD = ForgottenTraded("o", "c", "XV", "E1", "", 0, 0, 40, 10_000, Liquidity.ADDED, 7, False, False)


def test_a_forgotten_trade_is_told_as_the_router_would_have() -> None:
    nothing = Amount(0)
    unknown = OrdStatus.UNKNOWN
    assert as_told(TOLD) == ParentTraded(
        "o", "", "c", "XV", "E1", 40, 10_000, Liquidity.ADDED, 0, 0, nothing, unknown, 7, False
    )
    late = replace(TOLD, exec_ref_id="E0", old_qty=30, old_px=9_000)
    assert as_told(late) == TradeCorrected(
        "o", "", "c", "XV", ExecType.TRADE_CORRECT, "E1", "E0", 30, 9_000, 40, 10_000, Liquidity.ADDED, 0, 0, nothing, unknown, 7, ""
    )  # fmt: skip
    bust = as_told(replace(late, new_qty=0, new_px=0))
    assert isinstance(bust, TradeCorrected) and bust.exec_type is ExecType.TRADE_CANCEL
    real = as_told(replace(late, supersedes=True))
    assert real == TradeSuperseded(
        "o", "", "c", "XV", "E1", "E0", 40, 10_000, 9_000, Liquidity.ADDED, 0, 0, nothing, unknown, 7
    )


def test_a_trade_that_cannot_be_booked_is_an_alert_of_its_desk_or_of_all() -> None:
    w = world()
    unbooked = TradeUnbooked("o", "alpha", "E1", "", 0, 0, 40, 10_000, "a trade of nobody")
    (mine,) = alerts_of(w.state, [unbooked], NOW)
    (firms,) = alerts_of(w.state, [replace(unbooked, desk_id="")], NOW)
    assert (mine.scope, mine.scope_id, mine.kind) == (LimitScope.DESK, "alpha", AlertKind.TRADE_UNBOOKED)  # type: ignore[union-attr]
    assert (firms.scope, firms.scope_id) == (LimitScope.FIRM, "")  # type: ignore[union-attr]
    assert (mine.threshold, mine.limit_version) == (0, -1)  # type: ignore[union-attr]
    for at, event in enumerate((unbooked, replace(unbooked, exec_id="E2", desk_id=""))):
        w.rules.evolve(w.state, event, at)
        for alert in alerts_of(w.state, [event], NOW):
            w.rules.evolve(w.state, alert, at)
    assert w.state.unbooked == {"alpha": 1, "": 1}
    assert len(alerts_settled(w.state, "", NOW)) == 2 and len(alerts_settled(w.state, "alpha", NOW)) == 1
    assert alerts_settled(w.state, "beta", NOW) == ()


@pytest.mark.parametrize(
    ("unbooked", "blocked"), [({}, False), ({"alpha": 1}, True), ({"beta": 1}, False), ({"": 1}, True)]
)
def test_a_desk_is_blocked_by_its_own_and_by_what_is_nobodys(unbooked: dict[str, int], blocked: bool) -> None:
    w = world()
    w.state.unbooked.update(unbooked)
    assert blocked_by_unbooked(w.state, "alpha") == blocked
    event = w.ask(NEW)
    assert isinstance(event, OrderRejected if blocked else OrderAccepted)


def test_of_what_cancels_left_ahead_the_nearest_are_kept() -> None:
    w = world()
    w.state.dates["alpha"] = (DATE,)
    uses = {f"{number:06}": Seen("", None) for number in range(2 * CANCELS_AHEAD_KEPT)}
    w.state.seen["alpha"] = {DATE: {"mine": Seen("", None)}, DATE + 1: dict(uses)}
    bound_ahead(w.state, "alpha")
    assert len(w.state.seen["alpha"][DATE + 1]) == 2 * CANCELS_AHEAD_KEPT
    w.state.seen["alpha"][DATE + 2] = {"far": Seen("", None)}
    bound_ahead(w.state, "alpha")
    assert list(w.state.seen["alpha"]) == [DATE, DATE + 1]
    assert list(w.state.seen["alpha"][DATE + 1]) == list(uses)[:CANCELS_AHEAD_KEPT]


# --- evidence and figures of any check


def judged(*figures: int) -> tuple[object, CheckResult]:
    w = world()
    j = Judgement.of(w.state, CONDITIONS, w.market, NEW)
    made = CheckResult(figures[0], figures[1], figures[2], figures[3] if len(figures) > 3 else -1)
    return judge(j, (Check(1, "made", "", (), lambda _: made),))


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("figure", "fits"), [(AMOUNT_MAX, True), (AMOUNT_MAX + 1, False), (AMOUNT_MIN, True), (AMOUNT_MIN - 1, False)]
)
def test_figures_of_more_than_an_amount_cannot_be_evaluated(place: int, figure: int, fits: bool) -> None:
    figures = [0, 0, 0]
    figures[place] = figure
    _, result = judged(*figures)
    assert result.reason is (None if fits else Reason.EVALUATION_ERROR)


def test_the_version_of_a_limit_is_no_figure() -> None:
    assert judged(0, 0, 0, AMOUNT_MAX + 1)[1].reason is None


def test_without_a_market_the_evidence_names_no_record_of_it() -> None:
    w = world()
    found = evidence_of(Judgement.of(w.state, CONDITIONS, w.market, replace(NEW, instrument_id="NONE")))
    assert (found.market_partition, found.market_position) == (-1, -1)


@pytest.mark.parametrize(
    ("after", "held", "adds", "others", "lacks"),
    [
        (9, 8, True, 0, True),
        (8, 8, True, 0, False),
        (9, 8, False, 0, False),
        (6, 8, True, 4, False),
        (7, 8, True, 4, True),
        (7, 8, False, 4, False),
        (7, 6, True, 3, True),
    ],
)
def test_what_lacks_credit_uses_more_than_is_held_or_than_others_leave_and_adds(
    after: int, held: int, adds: bool, others: int, lacks: bool
) -> None:
    limit = replace(FX_AGE, value=Amount(10))
    assert Drawn(VersionedLimit(limit, 1), 5, after, held, adds, others).lacks == lacks


# --- rates and factors

GROSS = replace(limit_of(LimitKind.GROSS_EXPOSURE, LimitScope.ACCOUNT, 2**100), instrument_id="")


def abroad(*changes: Entity) -> World:
    """A dollar limit, and something held in euros."""
    w = rich(SAP, DOLLARS, EUROS, GROSS, *changes)
    w.state.peaks[LimitScope.ACCOUNT, "A1", "EUR"] = 1
    return w


OWED = replace(limit_of(LimitKind.COUNTERPARTY_EXPOSURE, LimitScope.COUNTERPARTY, 2**100), instrument_id="")


@pytest.mark.parametrize("limit", [GROSS, OWED])
def test_of_a_currency_that_nobody_here_has_no_rate_is_needed(limit: Limit) -> None:
    assert outcome(rich(SAP, limit), NEW) is None


@pytest.mark.parametrize(("whose", "needed"), [("CL", True), ("other", False)])
def test_of_a_currency_that_a_counterparty_owes_a_rate_is_needed(whose: str, needed: bool) -> None:
    w = rich(SAP, OWED)
    w.state.unsettled[whose, "EUR"] = {0: 1}
    assert outcome(w, NEW) is (Reason.FX_RATE_MISSING if needed else None)


def test_figures_of_a_model_in_another_currency_are_converted_and_need_a_rate() -> None:
    """1,000 euros at 1.10 dollars; the order at its own 3 %."""
    abroad = replace(holder_factors(LimitScope.DESK), currency="EUR")
    limit = limit_of(LimitKind.VALUE_AT_RISK, LimitScope.DESK, 2**100)
    assert row(rich(limit, abroad, DOLLARS, EUROS).ask(NEW), 47)[1:3] == (1_100 * DOLLAR, 1_400 * DOLLAR)
    event = rich(limit, abroad, DOLLARS).ask(NEW)
    assert isinstance(event, OrderRejected) and event.reason is Reason.FX_RATE_MISSING
    exposure = replace(limit, kind=LimitKind.GROSS_EXPOSURE)
    assert outcome(rich(exposure, abroad), NEW) is None, "exposure rests on no model"


@pytest.mark.parametrize("age", [1_000, -1_000, 1_001, -1_001, 400])
def test_an_exchange_rate_may_be_so_old_and_so_far_ahead(age: int) -> None:
    w = abroad(replace(EUROS, as_of_ns=NOW - age))
    event, version = w.ask(NEW), w.state.reference.version("limit", "fx_age")
    fresh = abs(age) <= 1_000
    assert isinstance(event, OrderAccepted if fresh else OrderRejected)
    shown = abs(age) if fresh else age
    assert row(event, 29) == (1_000, shown, shown, version)


def test_the_oldest_rate_is_in_the_evidence() -> None:
    w = abroad(replace(EUROS, as_of_ns=NOW - 300), replace(DOLLARS, rate_e9=1_000_000_001, as_of_ns=NOW - 20))
    assert row(w.ask(NEW), 29)[1:3] == (300, 300)
    inputs = w.journal[-1][1].evidence.inputs  # type: ignore[union-attr]
    assert [(i.entity_id, i.age_ns) for i in inputs if i.kind == "fx_rate"] == [("EUR", 300), ("USD", 20)]


@pytest.mark.parametrize(("rate", "as_of", "fresh"), [(10**9, 0, True), (10**9, 1, False), (10**9 + 1, 0, False)])
def test_only_the_firms_own_currency_does_not_age(rate: int, as_of: int, fresh: bool) -> None:
    w = abroad(replace(DOLLARS, rate_e9=rate, as_of_ns=as_of))
    assert isinstance(w.ask(NEW), OrderAccepted if fresh else OrderRejected)


def test_where_nothing_says_how_old_a_rate_may_be_it_must_be_of_now() -> None:
    for age, passes in ((0, True), (1, False)):
        w = abroad(replace(EUROS, as_of_ns=NOW - age))
        w.drop_limits("fx_age")
        event = w.ask(NEW)
        assert isinstance(event, OrderAccepted if passes else OrderRejected)
        assert row(event, 29) == (0, age, age, -1)


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_of_nothing_is_missing_and_one_of_a_billionth_is_not(rate: int) -> None:
    w = abroad(replace(EUROS, rate_e9=rate))
    event = w.ask(NEW)
    assert isinstance(event, OrderRejected) and event.reason is Reason.FX_RATE_MISSING
    assert row(event, 29)[:3] == (1_000, 0, 0)
    assert isinstance(abroad(replace(EUROS, rate_e9=1)).ask(NEW), OrderAccepted)


SIGMA = replace(limit_of(LimitKind.ORDER_SIGMA_AMOUNT, LimitScope.ACCOUNT, 2**100))


@pytest.mark.parametrize("age", [1_000, -1_000, 1_001, -1_001])
def test_risk_factors_may_be_so_old_and_so_far_ahead(age: int) -> None:
    w = rich(SIGMA, replace(FACTORS, as_of_ns=NOW - age))
    event, version = w.ask(NEW), w.state.reference.version("limit", "factors_age")
    fresh = abs(age) <= 1_000
    assert isinstance(event, OrderAccepted if fresh else OrderRejected)
    shown = abs(age) if fresh else age
    assert row(event, 30) == (1_000, shown, shown, version)


def test_factors_without_a_limit_of_their_age_must_be_of_now_and_the_oldest_is_shown() -> None:
    w = rich(SIGMA)
    w.drop_limits("factors_age")
    assert row(w.ask(NEW), 30) == (0, 0, 0, -1)
    score = replace(limit_of(LimitKind.FAT_FINGER_Z_MILLI, LimitScope.TRADER, 2**100), limit_id="z")
    w = rich(
        SIGMA,
        score,
        replace(FACTORS, as_of_ns=NOW - 700),
        replace(holder_factors(LimitScope.TRADER), as_of_ns=NOW - 30),
    )
    assert row(w.ask(NEW), 30)[1:3] == (700, 700)


def test_factors_that_are_not_there_say_so() -> None:
    w = rich(SIGMA)
    del w.state.reference.instrument_factors["IBM"]
    event = w.ask(NEW)
    assert isinstance(event, OrderRejected) and event.text == "instrument factors of IBM are not there"
    assert FACTORS_AGE.value == 1_000


@pytest.mark.parametrize(("adv", "passes"), [(1, True), (0, False), (-1, False)])
def test_a_factor_of_one_is_known(adv: int, passes: bool) -> None:
    w = rich(replace(limit_of(LimitKind.ADV_PPM, LimitScope.ACCOUNT, 2**100)), replace(FACTORS, adv_qty=adv))
    event = w.ask(NEW)
    assert isinstance(event, OrderAccepted if passes else OrderRejected)
    if passes:
        assert row(event, 38)[:3] == (2**100, 0, 100_000_000)


@pytest.mark.parametrize(
    ("std", "mean", "score"), [(1_000, 5_000, 5_000), (3_000, 5_000, 1_667), (1_000, 20_000, -10_000)]
)
def test_thousandths_of_a_deviation_above_the_usual_rounded_up(std: int, mean: int, score: int) -> None:
    usual = replace(holder_factors(LimitScope.TRADER), order_std=Amount(std * DOLLAR), order_mean=Amount(mean * DOLLAR))
    w = rich(limit_of(LimitKind.FAT_FINGER_Z_MILLI, LimitScope.TRADER, 2**100), usual)
    assert row(w.ask(NEW), 35)[1:3] == (0, score)


@pytest.mark.parametrize(("std", "passes"), [(1, True), (0, False)])
def test_without_a_spread_nothing_is_usual(std: int, passes: bool) -> None:
    usual = replace(holder_factors(LimitScope.TRADER), order_std=Amount(std))
    w = rich(limit_of(LimitKind.FAT_FINGER_Z_MILLI, LimitScope.TRADER, 2**100), usual)
    event = w.ask(NEW)
    assert isinstance(event, OrderAccepted if passes else OrderRejected)
    assert passes or "the usual orders of trader.eve in USD are not known" in event.text  # type: ignore[union-attr]


@pytest.mark.parametrize(("desk", "trader", "named"), [(10_000, 5_001, "TRADER"), (5_001, 10_000, "DESK")])
def test_of_two_scores_the_one_with_less_room(desk: int, trader: int, named: str) -> None:
    limits = [
        replace(limit_of(LimitKind.FAT_FINGER_Z_MILLI, scope, value), limit_id=scope.name)
        for scope, value in ((LimitScope.DESK, desk), (LimitScope.TRADER, trader))
    ]
    w = rich(*limits)
    assert row(w.ask(NEW), 35)[3] == w.state.reference.version("limit", named)


def test_a_wide_limit_of_a_holder_far_from_usual_has_less_room_than_a_low_one() -> None:
    limits = [
        replace(limit_of(LimitKind.FAT_FINGER_Z_MILLI, scope, value), limit_id=scope.name)
        for scope, value in ((LimitScope.DESK, 9_000), (LimitScope.TRADER, 6_000))
    ]
    w = rich(*limits, replace(holder_factors(LimitScope.DESK), order_mean=Amount(1_000 * DOLLAR)))
    assert row(w.ask(NEW), 35) == (9_000, 0, 9_000, w.state.reference.version("limit", "DESK"))


@pytest.mark.parametrize(("order", "figures"), [(NEW, (0, 0)), (MARKET, (0, 10_105 * DOLLAR))])
def test_only_an_order_without_a_price_is_held_to_the_limit_of_such(order: NewOrder, figures: tuple[int, int]) -> None:
    w = rich(limit_of(LimitKind.MARKET_ORDER_NOTIONAL, LimitScope.DESK, 2**100))
    assert row(w.ask(order), 33)[:3] == (2**100, *figures)


def test_what_does_not_grow_passes_beyond_a_limit_and_at_it() -> None:
    w = rich(limit_of(LimitKind.ADV_PPM, LimitScope.ACCOUNT, 10_000))
    assert row(w.ask(NEW), 38)[1:3] == (0, 10_000)
    event = w.ask(replace(NEW, cl_ord_id="s", side=Side.SELL, price=10_005))
    assert row(event, 38)[1:3] == (0, 10_000)
    assert outcome(w, replace(NEW, cl_ord_id="b", order_qty=10)) is Reason.ADV_CONCENTRATION


@pytest.mark.parametrize(("value", "passes"), [(1, True), (0, False), (-1, False)])
def test_a_portfolio_of_nothing_is_not_known(value: int, passes: bool) -> None:
    whole = replace(holder_factors(LimitScope.ACCOUNT), portfolio_value=Amount(value))
    w = rich(limit_of(LimitKind.PORTFOLIO_PPM, LimitScope.ACCOUNT, 2**120), whole)
    event = w.ask(NEW)
    assert isinstance(event, OrderAccepted if passes else OrderRejected)
    assert passes or "the portfolio of account.A1 in USD is not known" in event.text  # type: ignore[union-attr]


def test_what_a_sale_leaves_of_a_long_position_is_no_concentration_of_sales() -> None:
    """100 are held and 50 of them sold: nothing is short, before and after."""
    w = rich(limit_of(LimitKind.ADV_PPM, LimitScope.ACCOUNT, 2**100), opening(OWNED, "IBM", 100))
    assert row(w.ask(replace(NEW, side=Side.SELL, price=10_010, order_qty=50)), 38)[1:3] == (0, 0)


def test_a_stop_without_a_price_is_held_to_the_limit_of_orders_without_one() -> None:
    """It trades at the market once it is met: 100 at no more than 101.05."""
    stop = replace(NEW, ord_type=OrdType.STOP, price=None, instructions=Instructions(stop_px=10_005))
    for value, reason in ((10_105 * DOLLAR, None), (10_105 * DOLLAR - 1, Reason.MARKET_ORDER_LIMIT)):
        assert outcome(rich(limit_of(LimitKind.MARKET_ORDER_NOTIONAL, LimitScope.DESK, value)), stop) is reason


@pytest.mark.parametrize(("qty", "passes"), [(99, True), (100, True), (101, False)])
def test_what_may_only_reduce_may_not_pass_through_nothing_by_one(qty: int, passes: bool) -> None:
    w = rich(replace(IBM, lot_size=1), opening(OWNED, "IBM", 100))
    only = Instructions(exec_inst=(ExecInst.DO_NOT_INCREASE,))
    sale = replace(NEW, side=Side.SELL, price=10_010, order_qty=qty, instructions=only)
    assert outcome(w, sale) is (None if passes else Reason.INCREASES_POSITION)


# --- losses and peaks


def test_without_a_result_there_is_no_drawdown() -> None:
    """On the first day, and on a later one whatever the best of the day before was."""
    w = rich(limit_of(LimitKind.DRAWDOWN, LimitScope.ACCOUNT, 0))
    assert row(w.ask(NEW), 53)[:3] == (0, 0, 0)
    w = rich(limit_of(LimitKind.DRAWDOWN, LimitScope.ACCOUNT, 0))
    w.state.days = (-1,)
    w.state.peaks[LimitScope.ACCOUNT, "A1", "USD"] = 200 * DOLLAR
    assert row(w.ask(NEW), 53)[:3] == (0, 0, 0)


def test_what_was_realised_counts_in_a_drawdown() -> None:
    """The best of the day was 200 dollars; 50 are realised since, and 50 are left unrealised."""
    w = rich(limit_of(LimitKind.DRAWDOWN, LimitScope.ACCOUNT, 2**100))
    fallen_from_a_gain(w)
    assert outcome(w, replace(NEW, cl_ord_id="out", side=Side.SELL, price=10_100, order_qty=50)) is None
    w.route(replace(fill("x2", 50, f"alpha/{DATE}/out"), last_px=10_100))
    assert row(w.ask(replace(NEW, price=10_100)), 53)[1:3] == (100 * DOLLAR, 100 * DOLLAR)


@pytest.mark.parametrize("size", [0, -1, -5])
@pytest.mark.parametrize("what", ["lot", "tick"])
def test_of_a_size_that_is_none_everything_would_be_a_multiple(what: str, size: int) -> None:
    event = rich(replace(IBM, **{f"{what}_size": size})).ask(NEW)  # type: ignore[arg-type]
    assert isinstance(event, OrderRejected) and event.reason is Reason.EVALUATION_ERROR
    assert f"the {what} of IBM is {size}" in event.text
    assert outcome(rich(replace(IBM, lot_size=1, tick_size=1)), NEW) is None


@pytest.mark.parametrize(("multiplier", "passes"), [(-1, False), (0, True), (1, True)])
def test_a_multiplier_below_nothing_would_make_every_order_worth_less_than_nothing(
    multiplier: int, passes: bool
) -> None:
    event = rich(replace(IBM, multiplier_ppm=multiplier)).ask(NEW)
    assert isinstance(event, OrderAccepted if passes else OrderRejected)
    assert passes or "a multiplier below nothing" in event.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kept", "ago", "passes"), [(TERMS_KEPT, 499, False), (TERMS_KEPT, 500, True), (TERMS_KEPT - 1, 499, True)]
)
def test_where_terms_may_be_forgotten_within_the_window_the_order_is_refused(kept: int, ago: int, passes: bool) -> None:
    w = rich(limit_of(LimitKind.DUPLICATE_TERMS_NS, LimitScope.ACCOUNT, 500))
    others = {("A1", "IBM", Side.BUY, OrdType.LIMIT, -1 - n, 0): NOW - ago for n in range(kept)}
    w.state.terms_seen.update(others)
    assert outcome(w, NEW) is (None if passes else Reason.DUPLICATE_TERMS)
