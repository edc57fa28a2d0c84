"""When figures are looked at, which directions an order makes, what is ahead of it: each bound at its edge."""

from dataclasses import replace

import pytest
from risk_catalogue_world import holder_factors, limit_of, outcome, rich
from risk_world import ACCOUNT, CONDITIONS, DATE, DOLLAR, IBM, NEW, NOW, REPLACE, WHO, changed, opening, world

from oms.core.commands import NewOrderList, order_id_of
from oms.core.enums import ContingencyType, LimitKind, LimitScope, OrdStatus, Side
from oms.core.reasons import Reason
from oms.core.risk.checks import judge
from oms.core.risk.judgement import Ahead, Judgement
from oms.core.risk.state import TRADING_DATES_MAX, RiskOrder, Seen, advance_dates
from oms.core.risk.watch_queue import LOOK_EVERY_NS, SWEEP_EVERY_NS, WatchQueue
from oms.core.risk_events import OrderAccepted, OrderRejected, ReplaceAccepted
from oms.core.risk_reference import Locate
from oms.core.stage import CommandInput


@pytest.mark.parametrize(("after", "due"), [(0, False), (LOOK_EVERY_NS - 1, False), (LOOK_EVERY_NS, True), (-1, True)])
def test_a_look_is_due_after_so_long_or_where_the_clock_went_back(after: int, due: bool) -> None:
    assert WatchQueue(looked_ns=50).is_due(50 + after) == due


@pytest.mark.parametrize(
    ("after", "due"), [(0, False), (SWEEP_EVERY_NS - 1, False), (SWEEP_EVERY_NS, True), (-1, True)]
)
def test_a_sweep_is_due_after_so_long_where_something_changed_or_may_by_time(after: int, due: bool) -> None:
    queue = WatchQueue(swept_ns=SWEEP_EVERY_NS, position=1, day=2)
    now = SWEEP_EVERY_NS + after
    assert not queue.sweep_is_due(1, 2, False, now)
    assert queue.sweep_is_due(2, 2, False, now) == queue.sweep_is_due(1, 3, False, now) == due
    assert queue.sweep_is_due(1, 2, True, now) == due
    queue.rest[LimitScope.FIRM, "", ""] = None
    assert not queue.sweep_is_due(2, 3, True, now)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("value_px", "pending", "directions"),
    [
        (5, None, {1}),
        (-5, None, {-1}),
        (0, None, {1}),
        (1, None, {1}),
        (-1, (9, 3), {1, -1}),
        (5, (9, -3), {1, -1}),
        (5, (-9, 3), {1}),
    ],
)
def test_which_way_an_open_order_goes(
    sign: int, value_px: int, pending: tuple[int, int] | None, directions: set[int]
) -> None:
    order = replace(NEW, side=Side.BUY if sign > 0 else Side.SELL)
    assert RiskOrder(order, (), value_px=value_px, pending_px=pending).directions == {sign * d for d in directions}


def test_a_date_is_too_old_before_a_whole_window_only() -> None:
    w = world()
    for number in range(TRADING_DATES_MAX):
        advance_dates(w.state, "alpha", DATE + number)
        assert w.state.too_old("alpha", DATE - 1) == (number == TRADING_DATES_MAX - 1)
    assert not w.state.too_old("alpha", DATE) and len(w.state.dates["alpha"]) == TRADING_DATES_MAX
    w.state.seen["alpha"] = {DATE: {"a": Seen("", None)}, DATE - 1: {"b": Seen("", None)}}
    advance_dates(w.state, "alpha", DATE)
    assert len(w.state.seen["alpha"]) == 2, "a date that is known moves no window"
    advance_dates(w.state, "alpha", DATE + 10)
    assert w.state.seen["alpha"] == {} and w.state.dates["alpha"][0] == DATE + 1


SALE = replace(NEW, cl_ord_id="s", side=Side.SELL)


@pytest.mark.parametrize(
    ("order", "ahead", "price", "met"),
    [
        (NEW, SALE, 10_000, 1),
        (NEW, SALE, 9_995, 1),
        (NEW, SALE, 10_005, 0),
        (NEW, replace(SALE, instrument_id="BAC"), 10_000, 0),
        (NEW, replace(NEW, cl_ord_id="s"), 10_000, 0),
        (NEW, replace(SALE, account_id="B1"), 10_000, 0),
        (SALE, NEW, 10_005, 1),
        (replace(SALE, price=10_005), NEW, 10_000, 0),
        (replace(NEW, list_id="l"), replace(SALE, list_id="l"), 10_000, 0),
        (replace(NEW, list_id="l"), replace(SALE, list_id="m"), 10_000, 1),
        (replace(NEW, list_id="l"), SALE, 10_000, 1),
    ],
)
def test_what_is_ahead_and_would_be_met_counts(order: object, ahead: object, price: int, met: int) -> None:
    w = rich(limit_of(LimitKind.SELF_MATCH, LimitScope.ACCOUNT, 5))
    first = Ahead(ahead, ("XV",), price, price)  # type: ignore[arg-type]
    j = Judgement.of(w.state, CONDITIONS, w.market, order, ahead=(first,))  # type: ignore[arg-type]
    evidence, result = judge(j)
    assert result.reason is None, result.text
    at = evidence.checks.index(54)
    assert (evidence.before[at], evidence.after[at]) == (met, met)


def test_a_replacement_that_sells_no_more_passes_though_less_is_located_now() -> None:
    w = world(replace(IBM, locate_required=True))

    def located(qty: int) -> None:
        w.state.reference.locates["l"] = Locate("l", "A1", "IBM", qty, NOW + 1)
        w.state.reference.structure += 1

    located(100)
    assert isinstance(w.ask(replace(NEW, side=Side.SELL_SHORT, price=10_005)), OrderAccepted)
    located(50)
    assert isinstance(w.ask(replace(REPLACE, order_qty=90, price=10_005)), ReplaceAccepted)


@pytest.mark.parametrize(("held", "sold", "passes"), [(100, 100, True), (99, 100, False), (200, 100, True)])
def test_beyond_a_loss_only_what_reduces_passes(held: int, sold: int, passes: bool) -> None:
    w = rich(
        opening(ACCOUNT, "IBM", held), replace(limit_of(LimitKind.DAY_LOSS, LimitScope.DESK, -1), instrument_id="")
    )
    event = w.ask(replace(NEW, side=Side.SELL, price=10_005, order_qty=sold))
    assert isinstance(event, OrderAccepted if passes else OrderRejected), event
    if not passes:
        assert isinstance(event, OrderRejected) and event.reason is Reason.DAY_LOSS_LIMIT


@pytest.mark.parametrize(("desk", "account", "named"), [(5, 9, "DESK"), (9, 5, "ACCOUNT")])
def test_of_two_losses_the_one_with_less_room(desk: int, account: int, named: str) -> None:
    limits = [
        replace(limit_of(LimitKind.DAY_LOSS, scope, value), limit_id=scope.name, instrument_id="")
        for scope, value in ((LimitScope.DESK, desk), (LimitScope.ACCOUNT, account))
    ]
    w = rich(*limits)
    event = w.ask(NEW)
    assert isinstance(event, OrderAccepted)
    at = event.evidence.checks.index(51)
    assert event.evidence.limit_versions[at] == w.state.reference.version("limit", named)


@pytest.mark.parametrize(("marginal", "passes"), [(1, True), (0, False)])
def test_what_a_unit_adds_must_be_known(marginal: int, passes: bool) -> None:
    factors = replace(holder_factors(LimitScope.ACCOUNT), marginal_ppm=marginal)
    w = rich(replace(limit_of(LimitKind.VALUE_AT_RISK, LimitScope.ACCOUNT, 2**100)), factors)
    assert (outcome(w, NEW) is None) == passes


def test_open_sales_count_in_what_is_at_risk_too() -> None:
    w = rich(limit_of(LimitKind.VALUE_AT_RISK, LimitScope.ACCOUNT, 2**100))
    assert outcome(w, replace(SALE, order_qty=50, price=10_010)) is None
    event = w.ask(replace(NEW, price=9_900))
    assert isinstance(event, OrderAccepted)
    at = event.evidence.checks.index(47)
    assert event.evidence.before[at] == 1_000 * DOLLAR + 50 * 10_010 * DOLLAR // 100 * 5 // 100


def test_a_sweep_looks_at_everything_anew() -> None:
    queue = WatchQueue(full=True)
    queue.sweep(1, 2, 3)
    assert not queue.full and queue.leavers, "whether there is room is found out again"
    assert (queue.position, queue.day, queue.swept_ns) == (1, 2, 3)


# --- what is forgotten with a window of dates


def test_nothing_is_forgotten_before_a_date_falls_out_of_the_window() -> None:
    """The first dates of a desk fill the window; what came before them goes with the next."""
    w = world()
    w.state.seen["alpha"] = {DATE - 1: {"b": Seen("", None)}}
    for number in range(TRADING_DATES_MAX):
        advance_dates(w.state, "alpha", DATE + number)
        assert DATE - 1 in w.state.seen["alpha"]
    advance_dates(w.state, "alpha", DATE + TRADING_DATES_MAX)
    assert w.state.seen["alpha"] == {}


@pytest.mark.parametrize(("still_open", "remembered"), [(("o1", "o2"), True), (("o2",), True), ((), False)])
def test_a_list_is_remembered_while_one_of_its_orders_is_open(still_open: tuple[str, ...], remembered: bool) -> None:
    w = world()
    list_id = order_id_of("alpha", DATE, "l1")
    orders = tuple(replace(NEW, cl_ord_id=name, list_id=list_id, price=9_990) for name in ("o1", "o2"))
    contingency = ContingencyType.ONE_CANCELS_THE_OTHER
    sent = NewOrderList("alpha", DATE, "l1", contingency, orders, NOW + 1_000, NOW, "t", WHO)
    assert len(w.feed(CommandInput(0, sent))) == 3
    for name in ("o1", "o2"):
        if name not in still_open:
            w.route(changed(OrdStatus.CANCELED, order_id_of("alpha", DATE, name)))
    for number in range(2 * TRADING_DATES_MAX):
        advance_dates(w.state, "alpha", DATE + 1 + number)
    assert (w.state.first_use("alpha", DATE, "l1") is not None) is remembered
