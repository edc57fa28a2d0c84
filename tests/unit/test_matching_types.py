"""Order types, validities, self-match prevention, auctions, busts and corrections, case by case. Numbers in names are those of the
written order behaviours. Prices are in cents, quantities in shares."""

from typing import Any

import pytest

from oms.core.enums import ExecInst, OrdType, PegPriceType, SelfMatchPrevention, Side, TimeInForce
from oms.core.matching import (
    Accepted,
    Book,
    BookError,
    BookEvent,
    BookState,
    CancelCause,
    Canceled,
    CancelRejected,
    Displayed,
    Expired,
    NewOrder,
    Phase,
    Rejected,
    Replaced,
    Restated,
    Terms,
    TradeBusted,
    TradeCorrected,
    Traded,
    Triggered,
)
from oms.core.matching.auction import Interest, Uncrossing, uncrossing
from oms.core.venue_reasons import OrdRejReason

NOW = 1_381_240_800_000_000_000
BUY, SELL = Side.BUY, Side.SELL
DAY, GTC, IOC, FOK = TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
AON, POST_ONLY = (ExecInst.ALL_OR_NONE,), (ExecInst.PARTICIPATE_DONT_INITIATE,)
AGGRESSIVE, PASSIVE, BOTH = SelfMatchPrevention
Events = tuple[BookEvent, ...]


@pytest.fixture
def book() -> Book:
    return Book("X", "I")


def send(
    book: Book,
    name: str,
    side: Side,
    qty: int,
    price: int = 0,
    tif: TimeInForce = DAY,
    kind: OrdType | None = None,
    **more: Any,
) -> Events:
    kind = kind or (OrdType.LIMIT if price else OrdType.MARKET)
    return book.submit(NewOrder(name, side, kind, tif, price, qty, **more), NOW)


def fills(events: Events) -> list[tuple[str, int, int]]:
    return [(e.order_id, e.last_px, e.last_qty) for e in events if isinstance(e, Traded)]


def kinds(events: Events, name: str) -> list[type]:
    return [type(e) for e in events if e.order_id == name]


def test_price_then_time(book: Book) -> None:
    send(book, "late", SELL, 10, 101)
    send(book, "best", SELL, 10, 100)
    send(book, "later", SELL, 10, 101)
    events = send(book, "T", BUY, 25, 101)
    assert [f for f in fills(events) if f[0] != "T"] == [("best", 100, 10), ("late", 101, 10), ("later", 101, 5)]


@pytest.mark.parametrize("tif", [IOC, FOK])
def test_rule_22_what_cannot_fill_at_once_is_canceled_not_rejected(book: Book, tif: TimeInForce) -> None:
    assert [type(e) for e in send(book, "A", BUY, 10, 100, tif)] == [Accepted, Canceled]
    send(book, "S", SELL, 5, 100)
    assert [type(e) for e in send(book, "F", BUY, 10, 100, FOK)] == [Accepted, Canceled]
    assert kinds(send(book, "I", BUY, 10, 100, IOC), "I") == [Accepted, Traded, Canceled]


def test_rule_22_also_during_a_call(book: Book) -> None:
    book.call(Phase.OPENING_CALL)
    assert [type(e) for e in send(book, "A", BUY, 10, 100, IOC)] == [Accepted, Canceled]


@pytest.mark.parametrize(("instruction", "left"), [(AGGRESSIVE, ("mine",)), (PASSIVE, ("A",)), (BOTH, ())])
def test_rule_39_the_three_instructions_and_the_remainder(
    book: Book, instruction: SelfMatchPrevention, left: tuple[str, ...]
) -> None:
    send(book, "other", SELL, 10, 100)
    send(book, "mine", SELL, 10, 100, smp_id="me")
    events = send(book, "A", BUY, 25, 100, smp_id="me", smp=instruction)
    assert ("A", 100, 10) in fills(events)
    gone = {e.order_id for e in events if isinstance(e, Canceled) and e.cause is CancelCause.SELF_MATCH}
    assert gone == {"A", "mine"} - set(left)
    assert book.open_orders() == left  # a cancelled aggressor's remainder never rests


def test_rule_39_only_where_the_own_order_is_reachable(book: Book) -> None:
    send(book, "other", SELL, 10, 100)
    send(book, "mine", SELL, 10, 101, smp_id="me")
    assert not any(
        isinstance(e, Canceled) for e in send(book, "A", BUY, 10, 101, smp_id="me", smp=BOTH)
    )  # used up before
    assert not any(
        isinstance(e, Canceled) for e in send(book, "B", BUY, 10, 100, smp_id="me", smp=BOTH)
    )  # price not reached
    send(book, "big", SELL, 50, 99, exec_inst=AON, smp_id="you")
    assert kinds(send(book, "C", BUY, 5, 99, smp_id="you", smp=BOTH), "big") == []  # passed over: too small for it


def test_rule_39_the_same_owner_without_an_instruction_trades_and_another_owner_always_does(book: Book) -> None:
    send(book, "A", SELL, 10, 100, smp_id="me")
    assert len(fills(send(book, "B", BUY, 10, 100, smp_id="me"))) == 2
    send(book, "C", SELL, 10, 100, smp_id="me", smp=BOTH)
    assert len(fills(send(book, "D", BUY, 10, 100, smp_id="you", smp=BOTH))) == 2


def test_rule_39_a_fill_or_kill_that_own_orders_keep_from_filling_touches_nothing(book: Book) -> None:
    send(book, "mine", SELL, 10, 100, smp_id="me")
    assert [type(e) for e in send(book, "A", BUY, 10, 100, FOK, smp_id="me", smp=PASSIVE)] == [Accepted, Canceled]
    assert book.open_orders() == ("mine",)


def test_a_stop_waits_for_a_trade_at_its_price(book: Book) -> None:
    send(book, "S", SELL, 10, 100)
    send(book, "S2", SELL, 10, 101)
    assert send(book, "stop", BUY, 5, kind=OrdType.STOP, stop_px=100) == (Accepted("stop"),)
    events = send(book, "T", BUY, 1, 100)
    assert Triggered("stop", 0) in events
    assert ("stop", 100, 5) in fills(events)


def test_a_stop_limit_rests_at_its_limit_once_triggered_and_one_already_reached_triggers_at_once(book: Book) -> None:
    book.submit(NewOrder("x", BUY, OrdType.STOP_LIMIT, DAY, 90, 5, stop_px=95), NOW)
    assert book.on_trade(95, 1, NOW) == (Triggered("x", 90),)
    assert book.depth(BUY, 5) == [(90, 5)]
    events = book.submit(NewOrder("y", SELL, OrdType.STOP_LIMIT, DAY, 99, 5, stop_px=96), NOW)
    assert events == (Accepted("y"), Triggered("y", 99))


def test_stops_cascade_from_the_nearest_on(book: Book) -> None:
    for name, price in (("b1", 100), ("b2", 99), ("b3", 98)):
        send(book, name, BUY, 10, price)
    send(book, "far", SELL, 10, kind=OrdType.STOP, stop_px=99)
    send(book, "near", SELL, 10, kind=OrdType.STOP, stop_px=100)
    events = send(book, "T", SELL, 1, 100)
    assert [e.order_id for e in events if isinstance(e, Triggered)] == ["near", "far"]


def test_a_trailing_stop_follows_and_never_moves_back(book: Book) -> None:
    book.on_quote(Displayed(90, 100, 0, 0), NOW)
    send(book, "x", BUY, 1, 80)  # somebody is there: prints are looked at
    book.on_trade(100, 1, NOW)
    trail = {"kind": OrdType.STOP, "peg_price_type": PegPriceType.TRAILING_STOP, "peg_offset": 3}
    send(book, "t", SELL, 5, **trail)
    assert book.on_trade(104, 1, NOW) == (Restated("t", 0, 101),)
    assert book.on_trade(102, 1, NOW) == ()
    assert book.on_trade(101, 1, NOW)[:2] == (Triggered("t", 0), Traded("t", "X-I-20131008-1", 90, 5, 5, 0, 2))


def test_market_to_limit_rests_at_its_last_price(book: Book) -> None:
    send(book, "S", SELL, 10, 100)
    events = send(book, "A", BUY, 15, kind=OrdType.MARKET_TO_LIMIT)
    assert events[-1] == Restated("A", 100)
    assert book.depth(BUY, 1) == [(100, 5)]
    assert kinds(send(book, "B", SELL, 1, kind=OrdType.MARKET_TO_LIMIT), "B") == [Accepted, Traded]
    assert kinds(send(Book("X", "I"), "C", SELL, 1, kind=OrdType.MARKET_TO_LIMIT), "C") == [Accepted, Canceled]


@pytest.mark.parametrize(
    ("peg", "offset", "cap", "price"),
    [
        (PegPriceType.PRIMARY, 0, 0, 96),
        (PegPriceType.PRIMARY, -2, 0, 94),
        (PegPriceType.MID, 0, 0, 98),
        (PegPriceType.MARKET, -1, 0, 100),
        (PegPriceType.MARKET, -1, 97, 97),
    ],
)
def test_pegs_follow_the_best_that_is_displayed(
    book: Book, peg: PegPriceType, offset: int, cap: int, price: int
) -> None:
    send(book, "bid", BUY, 10, 96)
    send(book, "ask", SELL, 10, 101)
    terms = {"kind": OrdType.PEGGED, "peg_price_type": peg, "peg_offset": offset}
    assert send(book, "p", BUY, 5, cap, **terms)[-1] == Restated("p", price)
    moved = send(book, "better", BUY, 1, 97, display_qty=0)
    assert moved == (Accepted("better"),)  # hidden: nobody sees it, nobody follows it


def test_a_peg_follows_loses_its_place_and_waits_where_nothing_is_to_follow(book: Book) -> None:
    send(book, "bid", BUY, 10, 96)
    send(book, "p", BUY, 5, kind=OrdType.PEGGED, peg_price_type=PegPriceType.PRIMARY)
    assert send(book, "bid2", BUY, 10, 97) == (Accepted("bid2"), Restated("p", 97))
    assert book.open_orders() == ("bid2", "p", "bid")
    book.cancel("bid2")
    assert book.cancel("bid")[-1] == Restated("p", 0)
    assert book.open_orders() == ("p",) and book.depth(BUY, 1) == []


def test_an_iceberg_refreshes_at_the_tail_and_hidden_orders_stand_behind_all_displayed(book: Book) -> None:
    send(book, "hidden", SELL, 10, 100, display_qty=0)
    send(book, "ice", SELL, 25, 100, display_qty=10)
    send(book, "plain", SELL, 10, 100)
    assert book.depth(SELL, 1) == [(100, 20)]
    served = [f for f in fills(send(book, "T", BUY, 50, 100)) if f[0] != "T"]
    assert served == [("ice", 100, 10), ("plain", 100, 10), ("ice", 100, 10), ("ice", 100, 5), ("hidden", 100, 10)]


def test_a_minimum_quantity_is_met_at_once_or_waits_without_blocking(book: Book) -> None:
    send(book, "S", SELL, 4, 100)
    assert kinds(send(book, "I", BUY, 10, 100, IOC, min_qty=5), "I") == [Accepted, Canceled]
    assert send(book, "A", BUY, 10, 100, min_qty=5) == (Accepted("A"),)  # 4 would violate it
    events = send(book, "S2", SELL, 3, 100)  # 4 + 3 meet it
    assert fills(events) == [("A", 100, 4), ("S", 100, 4), ("A", 100, 3), ("S2", 100, 3)]
    assert fills(send(book, "S3", SELL, 1, 100))[1] == ("A", 100, 1)  # met once: now any size will do


def test_all_or_none_never_trades_in_part_and_blocks_nobody(book: Book) -> None:
    send(book, "all", SELL, 10, 100, exec_inst=AON)
    send(book, "next", SELL, 5, 100)
    assert fills(send(book, "T", BUY, 7, 100))[1:] == [("next", 100, 5)]
    assert book.open_orders() == ("T", "all")
    assert fills(send(book, "U", BUY, 8, 100)) == [("all", 100, 2), ("T", 100, 2), ("all", 100, 8), ("U", 100, 8)]


def test_post_only_is_refused_where_it_would_take(book: Book) -> None:
    send(book, "S", SELL, 10, 100)
    (refused,) = send(book, "A", BUY, 5, 100, exec_inst=POST_ONLY)
    assert isinstance(refused, Rejected) and refused.reason is OrdRejReason.OTHER
    assert send(book, "B", BUY, 5, 99, exec_inst=POST_ONLY) == (Accepted("B"),)
    (kept,) = book.replace("B", 100, 5, NOW, Terms(exec_inst=POST_ONLY))
    assert isinstance(kept, CancelRejected)
    assert book.depth(BUY, 1) == [(99, 5)]
    stop = NewOrder("C", BUY, OrdType.STOP_LIMIT, DAY, 100, 1, stop_px=98, exec_inst=POST_ONLY)
    book.submit(stop, NOW)
    assert kinds(book.on_trade(98, 1, NOW), "C") == [Triggered, Canceled]


def test_what_expires_when(book: Book) -> None:
    send(book, "gtd", BUY, 1, 90, TimeInForce.GTD, expire_ns=NOW + 20)
    send(book, "gft", BUY, 1, 91, TimeInForce.GOOD_FOR_TIME, expire_ns=NOW + 10)
    send(book, "gtc", BUY, 1, 92, GTC)
    send(book, "opg", BUY, 1, 93, TimeInForce.AT_THE_OPENING)
    (late,) = send(book, "late", BUY, 1, 90, TimeInForce.GTD, expire_ns=NOW)
    assert isinstance(late, Rejected)
    assert book.expire(NOW + 9) == ()
    assert book.expire(NOW + 20) == (Expired("gft"), Expired("gtd"))
    assert book.end_of_day() == (Expired("opg"),)
    assert book.open_orders() == ("gtc",)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"qty": 5}, True),
        ({"qty": 11}, False),
        ({"price": 101}, False),
        ({"display_qty": 5}, False),
        ({"exec_inst": POST_ONLY}, False),
        ({"min_qty": 2}, False),
    ],
)
def test_which_amendments_keep_the_place_in_the_queue(book: Book, change: dict[str, Any], kept: bool) -> None:
    price = change.get("price", 100)
    send(book, "A", SELL, 10, 100)
    send(book, "B", SELL, 10, price)
    terms = {name: value for name, value in change.items() if name not in ("price", "qty")}
    (replaced,) = book.replace("A", price, change.get("qty", 10), NOW, Terms(**terms))
    assert isinstance(replaced, Replaced)
    assert book.open_orders() == (("A", "B") if kept else ("B", "A"))


def test_rule_12_what_a_replace_does_not_restate_is_not_carried_over(book: Book) -> None:
    send(book, "A", SELL, 10, 100, display_qty=2, min_qty=0)
    book.replace("A", 100, 10, NOW)
    assert book.depth(SELL, 1) == [(100, 10)]
    send(book, "B", BUY, 10, 90, exec_inst=AON)
    book.replace("B", 90, 10, NOW)
    assert fills(send(book, "T", SELL, 1, 90))[1] == ("B", 90, 1)


def test_less_of_an_iceberg_comes_from_its_reserve(book: Book) -> None:
    send(book, "A", SELL, 20, 100, display_qty=8)
    book.replace("A", 100, 12, NOW, Terms(display_qty=8))
    assert book.depth(SELL, 1) == [(100, 8)]
    book.replace("A", 100, 5, NOW, Terms(display_qty=5))
    assert book.depth(SELL, 1) == [(100, 5)]


def test_external_quantity_displayed_before_an_order_is_ahead_of_it(book: Book) -> None:
    book.on_quote(Displayed(99, 100, 101, 30), NOW)
    send(book, "A", SELL, 10, 101)
    book.on_quote(Displayed(99, 100, 101, 50), NOW)  # 20 more came behind it
    events = send(book, "T", BUY, 45, 101)
    assert fills(events) == [("T", 101, 30), ("T", 101, 10), ("A", 101, 10), ("T", 101, 5)]
    assert book.available().ask_qty == 15


@pytest.mark.parametrize(
    ("buys", "sells", "reference", "found"),
    [
        (
            ((102, 10), (100, 10)),
            ((99, 5), (101, 5)),
            0,
            Uncrossing(101, 10),
        ),  # most is executed at 101 and 102, surplus equal
        (((102, 10),), ((100, 10),), 0, Uncrossing(101, 10)),  # nothing left over, no reference: the middle
        (((102, 10),), ((100, 10),), 105, Uncrossing(102, 10)),  # the reference is above
        (((102, 10),), ((100, 10),), 101, Uncrossing(101, 10)),
        (((102, 20),), ((100, 10),), 100, Uncrossing(102, 10)),  # pressure of buyers
        (((102, 10),), ((100, 20),), 102, Uncrossing(100, 10)),  # pressure of sellers
        (((103, 10), (101, 10)), ((100, 15), (102, 10)), 0, Uncrossing(101, 15)),  # most volume
        (((99, 10),), ((100, 10),), 100, None),
    ],
)
def test_the_price_of_an_auction(
    buys: tuple[tuple[int, int], ...], sells: tuple[tuple[int, int], ...], reference: int, found: Uncrossing | None
) -> None:
    assert uncrossing(Interest(0, buys), Interest(0, sells), reference, 1) == found


def test_market_orders_alone_meet_at_the_reference() -> None:
    assert uncrossing(Interest(10, ()), Interest(7, ()), 100, 1) == Uncrossing(100, 7)
    assert uncrossing(Interest(10, ()), Interest(7, ()), 0, 1) is None


def test_an_opening_auction(book: Book) -> None:
    send(book, "opg", BUY, 5, 0, TimeInForce.AT_THE_OPENING)
    book.call(Phase.OPENING_CALL)
    assert send(book, "S", SELL, 10, 100) == (Accepted("S"),)
    assert send(book, "B", BUY, 10, 102) == (Accepted("B"),)
    send(book, "loo", BUY, 10, 101, TimeInForce.AT_THE_OPENING)
    send(book, "atc", SELL, 10, 90, TimeInForce.AT_THE_CLOSE)
    events = book.uncross(NOW)
    assert fills(events) == [("opg", 102, 5), ("S", 102, 5), ("B", 102, 5), ("S", 102, 5)]
    assert events[-1] == Expired("loo")
    assert book.phase is Phase.CONTINUOUS and book.open_orders() == ("B", "atc")
    (late,) = send(book, "late", BUY, 5, 0, TimeInForce.AT_THE_OPENING)
    assert isinstance(late, Rejected) and late.reason is OrdRejReason.EXCHANGE_CLOSED


def test_a_closing_auction_closes_the_book_until_the_day_ends(book: Book) -> None:
    send(book, "moc", SELL, 10, 0, TimeInForce.AT_THE_CLOSE)
    send(book, "B", BUY, 10, 100, GTC)
    book.call(Phase.CLOSING_CALL)
    assert fills(book.uncross(NOW)) == [("B", 100, 10), ("moc", 100, 10)]
    (closed,) = send(book, "x", BUY, 1, 100)
    assert isinstance(closed, Rejected) and closed.reason is OrdRejReason.EXCHANGE_CLOSED
    with pytest.raises(BookError, match="CLOSED"):
        book.call(Phase.OPENING_CALL)
    book.end_of_day()
    assert send(book, "y", BUY, 1, 100) == (Accepted("y"),)


def test_rule_20_a_bust_takes_back_both_sides_and_makes_no_trade(book: Book) -> None:
    send(book, "A", SELL, 10, 100)
    taken = send(book, "B", BUY, 10, 100)
    named = next(e for e in taken if isinstance(e, Traded) and e.order_id == "A")
    events = book.bust(named.exec_id, NOW)
    assert events[:2] == (
        TradeBusted("A", "X-I-20131008-3", named.exec_id, 100, 10, 0, 10),
        TradeBusted("B", "X-I-20131008-4", named.contra_exec_id, 100, 10, 0, 10),
    )
    assert [(e.order_id, e.cause) for e in events[2:] if isinstance(e, Canceled)] == [("B", CancelCause.BUST)]
    assert book.depth(SELL, 1) == [(100, 10)]
    with pytest.raises(BookError, match="no execution"):
        book.bust(named.exec_id, NOW)


def test_rule_20_a_bust_refers_to_the_latest_of_a_chain_of_corrections(book: Book) -> None:
    send(book, "A", SELL, 10, 100)
    taker, _ = (e for e in send(book, "B", BUY, 6, 100) if isinstance(e, Traded))
    corrected = book.correct(taker.exec_id, 99, 4, NOW)[0]
    assert corrected == TradeCorrected("B", "X-I-20131008-3", taker.exec_id, 99, 4, 4, 2)
    with pytest.raises(BookError, match="corrected"):
        book.bust(taker.exec_id, NOW)
    busted = book.bust(corrected.exec_id, NOW)[0]
    assert isinstance(busted, TradeBusted) and (busted.ref_exec_id, busted.last_qty, busted.cum) == (
        "X-I-20131008-3",
        4,
        0,
    )


def test_rule_10_a_canceled_order_stays_canceled_after_a_bust(book: Book) -> None:
    send(book, "A", SELL, 10, 100)
    taker = send(book, "B", BUY, 15, 100, IOC)[1]
    assert isinstance(taker, Traded)
    events = book.bust(taker.exec_id, NOW)
    assert events[0] == TradeBusted("B", "X-I-20131008-3", taker.exec_id, 100, 10, 0, 0)
    assert book.open_orders() == ("A",)


def test_rows_of_a_log_from_before_all_this_read_on(book: Book) -> None:
    row = [[99, 500, 0], [101, 300, 120], 7, 5, [["A", 1, 2, 99, 100, 20, 480, 3], ["B", 2, 1, 105, 50, 0, None, 4]]]
    book.restore(BookState.read(row))
    assert book.open_orders() == ("A", "B")
    assert (book.queue_ahead("A"), book.queue_ahead("B"), book.available().ask_qty) == (480, None, 180)
    assert fills(book.on_trade(99, 490, NOW)) == [("A", 99, 10)]
    assert book.end_of_day() == (Expired("B"),)


@pytest.mark.parametrize(("px", "qty"), [(0, 5), (100, 0), (100, 11)])
def test_a_correction_that_cannot_be_changes_nothing(book: Book, px: int, qty: int) -> None:
    send(book, "A", SELL, 10, 100)
    taker = send(book, "B", BUY, 6, 100)[1]
    assert isinstance(taker, Traded)
    before = book.state()
    with pytest.raises(BookError):
        book.correct(taker.exec_id, px, qty, NOW)
    assert book.state() == before


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"display_qty": 11}, OrdRejReason.INCORRECT_QUANTITY),
        ({"min_qty": 11}, OrdRejReason.INCORRECT_QUANTITY),
        ({"stop_px": 99}, OrdRejReason.OTHER),
        ({"kind": OrdType.STOP_LIMIT}, OrdRejReason.INVALID_PRICE_INCREMENT),
        ({"kind": OrdType.PEGGED}, OrdRejReason.OTHER),
        ({"peg_price_type": PegPriceType.MID}, OrdRejReason.OTHER),
        ({"kind": OrdType.STOP, "price": 0, "peg_price_type": PegPriceType.TRAILING_STOP}, OrdRejReason.OTHER),
        ({"tif": TimeInForce.GTD}, OrdRejReason.OTHER),
        ({"expire_ns": NOW + 1}, OrdRejReason.OTHER),
        ({"exec_inst": (ExecInst.DO_NOT_INCREASE,)}, OrdRejReason.OTHER),
        ({"exec_inst": AON, "display_qty": 5}, OrdRejReason.OTHER),
        ({"exec_inst": AON + AON}, OrdRejReason.OTHER),
        ({"exec_inst": POST_ONLY, "tif": IOC}, OrdRejReason.OTHER),
        ({"tif": TimeInForce.AT_THE_CLOSE, "min_qty": 5}, OrdRejReason.OTHER),
    ],
)
def test_what_the_book_refuses(book: Book, order: dict[str, Any], reason: OrdRejReason) -> None:
    (refused,) = send(book, "A", BUY, 10, **{"price": 100, "kind": OrdType.LIMIT} | order)
    assert isinstance(refused, Rejected) and refused.reason is reason
    assert book.open_orders() == ()


def test_expiries_of_ended_orders_do_not_pile_up(book: Book) -> None:
    for number in range(1_000):
        send(book, f"gtd{number}", BUY, 1, 90, TimeInForce.GTD, expire_ns=NOW + 10 + number)
        if number != 500:
            book.cancel(f"gtd{number}")
    assert len(book._expiries) < 50
    assert book.expire(NOW + 10_000) == (Expired("gtd500"),)
