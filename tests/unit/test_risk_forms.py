"""The evidence of checks about form, halts, permissions and own orders: exact figures, each bound at its edge."""

from dataclasses import replace

import pytest
from risk_catalogue_world import limit_of, rich
from risk_world import (
    ACCOUNT,
    CONDITIONS,
    DATE,
    IBM,
    NEW,
    NOW,
    TWAP,
    WHO,
    World,
    halt,
    opening,
    row,
    world,
)

from oms.core.commands import NewOrderList, TwapParameters, order_id_of
from oms.core.control import Halt
from oms.core.enums import (
    Algorithm,
    ContingencyType,
    HaltAction,
    HaltScope,
    LimitKind,
    LimitScope,
    OrdType,
    Side,
    TradingListKind,
)
from oms.core.instructions import Instructions
from oms.core.reasons import Reason
from oms.core.risk.permissions import TWAP_SLICES_MAX
from oms.core.risk_events import ListAccepted, ListRejected, OrderAccepted, OrderRejected, RiskEvent
from oms.core.risk_reference import Locate, TradingList, TradingPermission
from oms.core.stage import CommandInput, Conditions


def reason(event: RiskEvent | None) -> Reason | None:
    assert isinstance(event, OrderAccepted | OrderRejected)
    return None if isinstance(event, OrderAccepted) else event.reason


@pytest.mark.parametrize(
    ("order", "why", "figures"),
    [
        (NEW, None, (10, 0, 100)),
        (replace(NEW, order_qty=10), None, (10, 0, 10)),
        (replace(NEW, order_qty=1), Reason.QTY_NOT_IN_LOTS, (10, 0, 1)),
        (replace(NEW, order_qty=0), Reason.QTY_NOT_POSITIVE, (10, 0, 0)),
        (replace(NEW, order_qty=-10), Reason.QTY_NOT_POSITIVE, (10, 0, -10)),
        (replace(NEW, instructions=Instructions(display_qty=15)), Reason.QTY_NOT_IN_LOTS, (10, 0, 15)),
        (replace(NEW, instructions=Instructions(min_qty=15)), Reason.QTY_NOT_IN_LOTS, (10, 0, 15)),
    ],
)
def test_quantities(order: object, why: Reason | None, figures: tuple[int, int, int]) -> None:
    event = world().ask(order)  # type: ignore[arg-type]
    assert (reason(event), row(event, 9)) == (why, (*figures, -1))


@pytest.mark.parametrize(
    ("order", "why", "figures"),
    [
        (NEW, None, (5, 0, 10_000)),
        (replace(NEW, price=None, ord_type=OrdType.MARKET), None, (5, 0, 0)),
        (replace(NEW, price=None), Reason.PRICE_MISSING, (5, 0, 0)),
        (replace(NEW, price=0), Reason.PRICE_NOT_POSITIVE, (5, 0, 0)),
        (replace(NEW, price=-5), Reason.PRICE_NOT_POSITIVE, (5, 0, -5)),
        (replace(NEW, price=1), Reason.PRICE_NOT_IN_TICKS, (5, 0, 1)),
        (replace(NEW, price=10_001), Reason.PRICE_NOT_IN_TICKS, (5, 0, 10_001)),
    ],
)
def test_prices(order: object, why: Reason | None, figures: tuple[int, int, int]) -> None:
    event = world().ask(order)  # type: ignore[arg-type]
    assert (reason(event), row(event, 10)) == (why, (*figures, -1))


@pytest.mark.parametrize(
    ("slices", "passes"), [(0, False), (1, True), (TWAP_SLICES_MAX, True), (TWAP_SLICES_MAX + 1, False)]
)
def test_slices_of_a_twap(slices: int, passes: bool) -> None:
    assert TWAP_SLICES_MAX == 1_000
    w = world()
    # The end of each is in the session, as the world's own.
    event = w.ask(replace(TWAP, twap=TwapParameters(NOW, NOW + 1_000, slices)))
    assert reason(event) == (None if passes else Reason.ALGORITHM_PARAMETERS)


@pytest.mark.parametrize(("starts", "ends", "passes"), [(0, 1, True), (-5, 0, False), (5, 5, False), (5, 6, True)])
def test_a_twap_ends_after_it_starts_and_not_in_the_past(starts: int, ends: int, passes: bool) -> None:
    event = world().ask(replace(TWAP, twap=TwapParameters(NOW + starts, NOW + ends, 1)))
    assert reason(event) == (None if passes else Reason.ALGORITHM_PARAMETERS)


@pytest.mark.parametrize(
    ("conditions", "check", "figures", "text"),
    [
        (CONDITIONS, 1, (1_000, 0, 0), ""),
        (replace(CONDITIONS, control_age_ns=7), 1, (1_000, 7, 7), ""),
        (replace(CONDITIONS, control_age_ns=1_001), 1, (1_000, 1_001, 1_001), "newest control record is 1001 ns old"),
        (replace(CONDITIONS, control_age_ns=None), 1, (1_000, -1, -1), "control was never read"),
        (replace(CONDITIONS, audit_age_ns=7), 2, (1_000, 7, 7), ""),
        (replace(CONDITIONS, audit_age_ns=1_001), 2, (1_000, 1_001, 1_001), "audit last complete 1001 ns ago"),
        (replace(CONDITIONS, audit_age_ns=None), 2, (1_000, -1, -1), "audit was never heard of"),
    ],
)
def test_who_must_be_alive(conditions: Conditions, check: int, figures: tuple[int, int, int], text: str) -> None:
    w = world()
    w.conditions = conditions
    event = w.ask(NEW)
    assert row(event, check) == (*figures, -1)
    assert (event.text if isinstance(event, OrderRejected) else "") == text


def reduce_only(scope: HaltScope, scope_id: str) -> Halt:
    return replace(halt(scope, scope_id), action=HaltAction.REDUCE_ONLY)


def test_the_newest_halt_that_covers_an_order_is_in_its_evidence() -> None:
    w = world(opening(ACCOUNT, "IBM", 500))
    assert row(w.ask(NEW), 3) == (-1, -1, -1, -1)
    for scope, scope_id in ((HaltScope.DESK, "alpha"), (HaltScope.ACCOUNT, "A1"), (HaltScope.DESK, "beta")):
        w.control(reduce_only(scope, scope_id))
    event = w.ask(replace(NEW, cl_ord_id="s", side=Side.SELL, price=10_005))
    assert row(event, 3) == (-1, 1, 1, -1), "of the desk it was 0, of the account 1"
    assert isinstance(event, OrderAccepted) and event.mandate.reduces_from >= 0
    w.control(halt(HaltScope.FIRM))
    event = w.ask(replace(NEW, cl_ord_id="t", side=Side.SELL, price=10_005))
    assert (reason(event), row(event, 3)) == (Reason.HALTED, (-1, 3, 3, -1))


LOCATED = replace(IBM, locate_required=True)
SALE = replace(NEW, side=Side.SELL_SHORT, price=10_005)


@pytest.mark.parametrize(
    ("held", "located", "expires", "side", "why", "mark", "located_row"),
    [
        (100, 0, 1, Side.SELL, None, (0, 100, 0), (0, 0, 0)),
        (90, 0, 1, Side.SELL, Reason.SHORT_SALE_MARK, (0, 90, -10), None),
        (99, 0, 1, Side.SELL, Reason.SHORT_SALE_MARK, (0, 99, -1), None),
        (90, 10, 1, Side.SELL_SHORT, None, (0, 90, -10), (10, 0, 10)),
        (90, 9, 1, Side.SELL_SHORT, Reason.LOCATE_MISSING, (0, 90, -10), (9, 0, 10)),
        (90, 10, 0, Side.SELL_SHORT, Reason.LOCATE_MISSING, (0, 90, -10), (0, 0, 10)),
        (-20, 120, 1, Side.SELL_SHORT, None, (0, -20, -120), (120, 20, 120)),
        (-20, 119, 1, Side.SELL_SHORT, Reason.LOCATE_MISSING, (0, -20, -120), (119, 20, 120)),
        (-1, 1, 1, Side.BUY, None, (0, 0, 0), (0, 0, 0)),
    ],
)
def test_a_short_sale_says_so_and_is_located(
    held: int,
    located: int,
    expires: int,
    side: Side,
    why: Reason | None,
    mark: tuple[int, int, int],
    located_row: tuple[int, int, int] | None,
) -> None:
    w = world(LOCATED, opening(ACCOUNT, "IBM", held))
    if located:
        w.state.reference.locates["l"] = Locate("l", "A1", "IBM", located, NOW + expires)
        w.state.reference.structure += 1
    event = w.ask(replace(SALE, side=side))
    assert reason(event) == why and row(event, 36) == (*mark, -1)
    assert located_row is None or row(event, 37) == (*located_row, -1)


def test_locates_add_up_and_one_of_nothing_or_less_takes_nothing_away() -> None:
    w = world(LOCATED)
    for name, qty in (("a", 60), ("b", 40), ("c", 0), ("d", -5), ("e", 1)):
        w.state.reference.locates[name] = Locate(name, "A1", "IBM", qty, NOW + 1)
    w.state.reference.structure += 1
    assert row(w.ask(SALE), 37) == (101, 0, 100, -1)


def self_matched(*limits: tuple[LimitScope, int]) -> World:
    return rich(
        *(replace(limit_of(LimitKind.SELF_MATCH, scope, value), limit_id=scope.name) for scope, value in limits)
    )


@pytest.mark.parametrize(("price", "passes"), [(9_995, True), (10_000, False), (10_005, False)])
def test_an_own_order_that_it_would_meet_at_its_price(price: int, passes: bool) -> None:
    w = self_matched((LimitScope.ACCOUNT, 0))
    assert reason(w.ask(replace(NEW, cl_ord_id="sale", side=Side.SELL, price=10_000))) is None
    event = w.ask(replace(NEW, price=price))
    assert reason(event) == (None if passes else Reason.SELF_MATCH)
    assert row(event, 54)[:3] == (0, int(not passes), int(not passes))


def test_of_two_holders_the_one_with_less_room_is_named() -> None:
    for desk, account, named in ((3, 0, "ACCOUNT"), (0, 3, "DESK"), (0, 1, "DESK")):
        w = self_matched((LimitScope.DESK, desk), (LimitScope.ACCOUNT, account))
        w.ask(replace(NEW, cl_ord_id="sale", side=Side.SELL, price=10_000))
        event = w.ask(NEW)
        assert isinstance(event, OrderRejected) and f"limit {named} is 0" in event.text


def listed(*orders: object, name: str = "l1", contingency: ContingencyType | None = None) -> NewOrderList:
    list_id = order_id_of("alpha", DATE, name)
    mine = tuple(replace(o, list_id=list_id) for o in orders)  # type: ignore[type-var]
    return NewOrderList("alpha", DATE, name, contingency, mine, NOW + 1_000, NOW, "t", WHO)  # type: ignore[arg-type]


def test_orders_of_one_list_stand_for_each_other_not_against() -> None:
    w = self_matched((LimitScope.ACCOUNT, 0))
    both = (replace(NEW, cl_ord_id="b"), replace(NEW, cl_ord_id="s", side=Side.SELL, price=10_000))
    events = w.feed(CommandInput(0, listed(*both, contingency=ContingencyType.ONE_CANCELS_THE_OTHER)))
    assert isinstance(events[0], ListAccepted) and len(events) == 3
    event = w.ask(replace(NEW, cl_ord_id="later"))
    assert reason(event) is Reason.SELF_MATCH and row(event, 54)[1] == 1


def test_the_first_order_of_a_list_that_is_refused_names_the_evidence_and_no_market_when_late() -> None:
    w = world()
    orders = (NEW, replace(NEW, cl_ord_id="b", good_until_ns=NOW - 1))
    events = w.feed(CommandInput(0, listed(*orders, contingency=ContingencyType.ONE_CANCELS_THE_OTHER)))
    (event,) = events
    assert isinstance(event, ListRejected) and event.reason is Reason.GOOD_UNTIL_PASSED
    assert (event.evidence.market_partition, event.evidence.market_position) == (-1, -1)


def permission(name: str, **changes: object) -> TradingPermission:
    return replace(TradingPermission(name, "eve", (), (), (), (), (), True), **changes)  # type: ignore[arg-type]


def permitted(*permissions: TradingPermission) -> World:
    w = world()
    for one in permissions:
        w.state.reference.trading_permissions[one.permission_id] = one
    w.state.reference.structure += 1
    return w


def test_permissions_are_counted_those_there_and_those_that_allow_it() -> None:
    assert row(permitted().ask(NEW), 22) == (0, 0, 0, -1)
    w = permitted(permission("a"), permission("b", instruments=("BAC",)), permission("c", instruments=("IBM",)))
    assert row(w.ask(NEW), 22) == (1, 3, 2, -1)
    event = permitted(permission("b", instruments=("BAC",)), permission("d", ord_types=(OrdType.MARKET,))).ask(NEW)
    assert (reason(event), row(event, 22)) == (Reason.NO_PERMISSION, (1, 2, 0, -1))
    assert isinstance(event, OrderRejected) and "none of the 2 permissions of trader 'eve'" in event.text


@pytest.mark.parametrize(("venues", "passes"), [((), True), (("XV",), True), (("YV",), False), (("XV", "YV"), True)])
def test_a_direct_order_needs_its_venue_among_those_permitted(venues: tuple[str, ...], passes: bool) -> None:
    w = permitted(permission("a", venues=venues))
    event = w.ask(replace(NEW, algorithm=Algorithm.DIRECT, venue_id="XV"))
    assert reason(event) == (None if passes else Reason.NO_PERMISSION)


@pytest.mark.parametrize(
    ("lists", "why", "watched"),
    [
        ([], None, 0),
        ([(TradingListKind.WATCH, ())], None, 1),
        ([(TradingListKind.WATCH, ("alpha",))], None, 1),
        ([(TradingListKind.WATCH, ("beta",))], None, 0),
        ([(TradingListKind.WATCH, ("beta",)), (TradingListKind.WATCH, ("alpha", "beta"))], None, 1),
        ([(TradingListKind.RESTRICTED, ("beta",))], None, 0),
        ([(TradingListKind.RESTRICTED, ("alpha",))], Reason.RESTRICTED_INSTRUMENT, 0),
        ([(TradingListKind.RESTRICTED, ()), (TradingListKind.WATCH, ())], Reason.RESTRICTED_INSTRUMENT, 0),
        (
            [(TradingListKind.RESTRICTED, ("beta",)), (TradingListKind.RESTRICTED, ("alpha",))],
            Reason.RESTRICTED_INSTRUMENT,
            0,
        ),
    ],
)
def test_lists_restrict_their_desks_and_watching_refuses_nothing(
    lists: list[tuple[TradingListKind, tuple[str, ...]]], why: Reason | None, watched: int
) -> None:
    w = world()
    for number, (kind, desks) in enumerate(lists):
        w.state.reference.trading_lists[str(number)] = TradingList(str(number), kind, ("IBM",), desks, True)
    w.state.reference.structure += 1
    event = w.ask(NEW)
    assert (reason(event), row(event, 23)) == (why, (0, watched, watched, -1))
