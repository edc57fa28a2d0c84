"""What risk says to stops, pegs, icebergs and what else an order may ask: form, worst price, who can do it, and whether it reduces."""

from dataclasses import replace

import pytest
from risk_world import ACCOUNT, MARKET, NEW, NOW, ORDER_ID, REPLACE, TWAP, XV, YV, World, fill, opening, world

from oms.core.commands import NewOrder, ReplaceOrder
from oms.core.enums import (
    Algorithm,
    ExecInst,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
    VenueFeature,
)
from oms.core.instructions import Instructions, Peg
from oms.core.reasons import Reason
from oms.core.risk_events import Mandate, OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected

STOP = replace(MARKET, ord_type=OrdType.STOP, instructions=Instructions(stop_px=10_100))
SELL_STOP = replace(STOP, side=Side.SELL, instructions=Instructions(stop_px=9_900))
STOP_LIMIT = replace(STOP, ord_type=OrdType.STOP_LIMIT, price=10_150)
PEGGED = replace(MARKET, ord_type=OrdType.PEGGED, instructions=Instructions(peg=Peg(PegPriceType.PRIMARY, -5)))
POST_ONLY = replace(NEW, instructions=Instructions(exec_inst=(ExecInst.PARTICIPATE_DONT_INITIATE,)))
REDUCE = Instructions(exec_inst=(ExecInst.DO_NOT_INCREASE,))


def trailing(distance: int, px: int | None = None) -> Instructions:
    return Instructions(stop_px=px, peg=Peg(PegPriceType.TRAILING_STOP, distance))


def answer(w: World, command: NewOrder | ReplaceOrder) -> tuple[Reason | None, str]:
    event = w.ask(command)
    assert isinstance(event, OrderAccepted | OrderRejected | ReplaceAccepted | ReplaceRejected)
    return (None, "") if isinstance(event, OrderAccepted | ReplaceAccepted) else (event.reason, event.text)


def mandate(w: World, command: NewOrder | ReplaceOrder) -> Mandate:
    event = w.ask(command)
    assert isinstance(event, OrderAccepted | ReplaceAccepted), event
    return event.mandate


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (replace(STOP, instructions=Instructions(stop_px=10_101)), Reason.PRICE_NOT_IN_TICKS),
        (replace(STOP, instructions=Instructions(stop_px=0)), Reason.PRICE_NOT_POSITIVE),
        (replace(STOP, instructions=trailing(7)), Reason.PRICE_NOT_IN_TICKS),
        (replace(STOP_LIMIT, price=None), Reason.PRICE_MISSING),
        (replace(NEW, instructions=Instructions(display_qty=15)), Reason.QTY_NOT_IN_LOTS),
        (replace(NEW, instructions=Instructions(min_qty=15)), Reason.QTY_NOT_IN_LOTS),
        (replace(NEW, instructions=Instructions(stop_px=10_100)), Reason.UNSUPPORTED_COMBINATION),
        (replace(STOP, instructions=Instructions()), Reason.UNSUPPORTED_COMBINATION),
        (replace(PEGGED, time_in_force=TimeInForce.IOC), Reason.UNSUPPORTED_COMBINATION),
        (replace(MARKET, time_in_force=TimeInForce.GTC), Reason.UNSUPPORTED_COMBINATION),
        (
            replace(NEW, time_in_force=TimeInForce.GTD, instructions=Instructions(expire_ns=NOW)),
            Reason.UNSUPPORTED_COMBINATION,
        ),
        (replace(NEW, time_in_force=TimeInForce.GTD, instructions=Instructions(expire_ns=NOW + 1)), None),
        (replace(NEW, instructions=Instructions(display_qty=20)), None),
        (replace(NEW, instructions=Instructions(min_qty=20)), None),
        (STOP, None),
        (STOP_LIMIT, None),
        (PEGGED, None),
    ],
)
def test_the_form_of_what_is_asked(order: NewOrder, reason: Reason | None) -> None:
    assert answer(world(), order)[0] is reason


@pytest.mark.parametrize(
    ("order", "worst"),
    [
        (STOP, 10_200),  # 1 % above 101.00, in ticks of five cents
        (SELL_STOP, 9_805),
        (STOP_LIMIT, 10_150),
        (
            replace(STOP, instructions=Instructions(stop_px=9_000)),
            10_105,
        ),  # through the market: met at once, at the market's price
        (replace(STOP, instructions=trailing(100)), 10_205),  # begins at 100.05 + 1.00
        (replace(SELL_STOP, instructions=trailing(100)), 9_810),
        (replace(STOP, instructions=trailing(100, 10_300)), 10_400),
        (PEGGED, 10_105),
        (replace(PEGGED, price=10_010), 10_010),
        (replace(MARKET, ord_type=OrdType.MARKET_TO_LIMIT), 10_105),
    ],
)
def test_the_worst_price_lies_in_the_collar_around_where_it_begins(order: NewOrder, worst: int) -> None:
    assert mandate(world(), order).worst_price == worst


def test_a_stop_limit_beyond_its_collar_is_refused() -> None:
    assert answer(world(), replace(STOP_LIMIT, price=10_201 // 5 * 5 + 5))[0] is Reason.PRICE_COLLAR


def test_an_armed_stop_reserves_its_quantity() -> None:
    w = world()
    mandate(w, STOP)
    assert w.state.open_orders[ORDER_ID].reserved_qty == 100


@pytest.mark.parametrize(
    "instructions",
    [
        Instructions(exec_inst=(ExecInst.PARTICIPATE_DONT_INITIATE,)),
        Instructions(smp=SelfMatchPrevention.CANCEL_BOTH),
    ],
)
def test_what_nobody_can_emulate_needs_a_venue_and_the_refusal_names_one(instructions: Instructions) -> None:
    direct = replace(NEW, algorithm=Algorithm.DIRECT, venue_id="XV", instructions=instructions)
    reason, text = answer(world(), direct)
    assert reason is Reason.FEATURE_NOT_OFFERED and text.endswith(
        "no enabled venue of the instrument does: send it without"
    )
    features = (VenueFeature.POST_ONLY, VenueFeature.SELF_MATCH_PREVENTION)
    w = world(replace(YV, features=features))
    reason, text = answer(w, direct)
    assert reason is Reason.FEATURE_NOT_OFFERED and text.endswith("send it to YV")
    assert mandate(w, replace(NEW, cl_ord_id="a2", instructions=instructions)).venues == ("YV",)


def test_an_auction_order_needs_a_venue_with_auctions() -> None:
    opening_order = replace(NEW, time_in_force=TimeInForce.AT_THE_OPENING)
    assert answer(world(), opening_order)[0] is Reason.FEATURE_NOT_OFFERED
    w = world(replace(XV, features=(VenueFeature.AUCTIONS,)))
    assert mandate(w, opening_order).venues == ("XV",)


@pytest.mark.parametrize("offset", [5, 0, -5])
def test_a_primary_peg_ahead_of_the_best_price_needs_a_venue_that_pegs(offset: int) -> None:
    order = replace(PEGGED, instructions=Instructions(peg=Peg(PegPriceType.PRIMARY, offset)))
    assert answer(world(), order)[0] is (Reason.FEATURE_NOT_OFFERED if offset > 0 else None)
    assert mandate(world(replace(XV, features=(VenueFeature.PEGGED,))), order).venues == (
        ("XV",) if offset > 0 else ("XV", "YV")
    )


@pytest.mark.parametrize("what", ["min_qty", "hidden", "all_or_none"])
def test_a_peg_that_would_have_to_be_held_needs_a_venue_that_does_it(what: str) -> None:
    peg = Peg(PegPriceType.MID, 0)
    asked, feature = {
        "min_qty": (Instructions(peg=peg, min_qty=50), VenueFeature.MIN_QTY),
        "hidden": (Instructions(peg=peg, display_qty=0), VenueFeature.HIDDEN),
        "all_or_none": (Instructions(peg=peg, exec_inst=(ExecInst.ALL_OR_NONE,)), VenueFeature.ALL_OR_NONE),
    }[what]
    assert answer(world(), replace(PEGGED, instructions=asked))[0] is Reason.FEATURE_NOT_OFFERED
    w = world(replace(YV, features=(feature,)))
    assert mandate(w, replace(PEGGED, instructions=asked)).venues == ("YV",)


@pytest.mark.parametrize(
    ("instructions", "ord_type", "reason"),
    [
        (Instructions(), OrdType.LIMIT, None),
        (Instructions(display_qty=50), OrdType.LIMIT, Reason.UNSUPPORTED_COMBINATION),
        (Instructions(min_qty=50), OrdType.LIMIT, Reason.UNSUPPORTED_COMBINATION),
        (Instructions(stop_px=10_100), OrdType.STOP_LIMIT, Reason.UNSUPPORTED_COMBINATION),
    ],
)
def test_a_twap_takes_no_instructions(instructions: Instructions, ord_type: OrdType, reason: Reason | None) -> None:
    order = replace(TWAP, ord_type=ord_type, instructions=instructions)
    found, text = answer(world(), order)
    assert found is reason
    assert reason is None or "use BEST_PRICE or DIRECT" in text


def test_a_replacement_is_held_against_the_type_of_its_order() -> None:
    w = world()
    mandate(w, STOP)
    asked = replace(REPLACE, price=None)
    reason, text = answer(w, asked)
    assert reason is Reason.UNSUPPORTED_COMBINATION and "stop_px" in text
    moved = replace(asked, cl_ord_id="r2", instructions=Instructions(stop_px=10_200))
    assert mandate(w, moved).worst_price == 10_300


# DO_NOT_INCREASE


@pytest.mark.parametrize(("held", "qty", "reason"), [(-100, 100, None), (-90, 100, Reason.INCREASES_POSITION)])
def test_a_reducing_order_may_not_go_through_zero(held: int, qty: int, reason: Reason | None) -> None:
    w = world(opening(ACCOUNT, "IBM", held))
    assert answer(w, replace(NEW, order_qty=qty, instructions=REDUCE))[0] is reason


def test_the_side_that_adds_is_refused_and_so_is_a_flat_account() -> None:
    for held in (0, 100):
        w = world(opening(ACCOUNT, "IBM", held))
        assert answer(w, replace(NEW, instructions=REDUCE))[0] is Reason.INCREASES_POSITION


def test_open_orders_count_at_worst_and_a_fill_does_not_change_that() -> None:
    w = world(opening(ACCOUNT, "IBM", -150))
    mandate(w, NEW)  # 100 to buy are open
    again = replace(NEW, cl_ord_id="a2", order_qty=60, instructions=REDUCE)
    reason, text = answer(w, again)
    assert reason is Reason.INCREASES_POSITION and text.endswith("at most 50 more reduce it")
    w.route(fill("e1", 100))
    assert answer(w, replace(again, cl_ord_id="a3"))[0] is Reason.INCREASES_POSITION
    assert answer(w, replace(again, cl_ord_id="a4", order_qty=50))[0] is None


def test_a_reducing_order_may_be_replaced_within_what_reduces() -> None:
    w = world(opening(ACCOUNT, "IBM", -150))
    mandate(w, replace(NEW, instructions=REDUCE))
    larger = replace(REPLACE, order_qty=160, instructions=REDUCE)
    assert answer(w, larger)[0] is Reason.INCREASES_POSITION
    assert answer(w, replace(larger, cl_ord_id="r2", order_qty=150))[0] is None


def test_a_twap_may_reduce() -> None:
    w = world(opening(ACCOUNT, "IBM", -150))
    assert answer(w, replace(TWAP, instructions=REDUCE))[0] is None
