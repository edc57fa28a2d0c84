"""The book of one venue, case by case, as a trader would check it. Prices are in cents, quantities in shares."""

import pytest

from oms.core.enums import Liquidity, OrdType, Side, TimeInForce
from oms.core.matching import (
    Accepted,
    Book,
    BookEvent,
    Canceled,
    CancelRejected,
    Displayed,
    Expired,
    NewOrder,
    Rejected,
    Replaced,
    Traded,
)
from oms.core.venue_reasons import CxlRejReason, OrdRejReason

NOW = 1_381_240_800_000_000_000  # 2013-10-08 14:00 UTC
DAY, GTC, IOC, FOK = TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
BUY, SELL = Side.BUY, Side.SELL


def book_showing(bid_px: int = 99, bid_qty: int = 500, ask_px: int = 101, ask_qty: int = 300) -> Book:
    book = Book("XALP", "ACME")
    quote(book, bid_px, bid_qty, ask_px, ask_qty)
    return book


def quote(book: Book, bid_px: int, bid_qty: int, ask_px: int, ask_qty: int) -> tuple[BookEvent, ...]:
    return book.on_quote(Displayed(bid_px, bid_qty, ask_px, ask_qty), NOW)


def limit(book: Book, name: str, side: Side, qty: int, price: int, tif: TimeInForce = DAY) -> tuple[BookEvent, ...]:
    return book.submit(NewOrder(name, side, OrdType.LIMIT, tif, price, qty), NOW)


def market(book: Book, name: str, side: Side, qty: int, tif: TimeInForce = DAY) -> tuple[BookEvent, ...]:
    return book.submit(NewOrder(name, side, OrdType.MARKET, tif, 0, qty), NOW)


def fills(events: tuple[BookEvent, ...]) -> list[tuple[str, int, int]]:
    return [(e.order_id, e.last_px, e.last_qty) for e in events if isinstance(e, Traded)]


def test_marketable_limit_takes_the_displayed_size_and_rests_with_what_is_left():
    book = book_showing(ask_px=101, ask_qty=300)
    accepted, traded = limit(book, "A", BUY, 400, 102)
    assert accepted == Accepted("A")
    assert traded == Traded("A", "XALP-ACME-20131008-1", 101, 300, 300, 100, Liquidity.REMOVED)
    assert book.open_orders() == ("A",)
    assert book.available() == Displayed(99, 500, 0, 0)


def test_what_we_took_stays_taken_until_the_tape_changes_that_side():
    book = book_showing(ask_qty=300)
    assert fills(limit(book, "A", BUY, 200, 101, IOC)) == [("A", 101, 200)]
    quote(book, 99, 400, 101, 300)  # only the bid changed
    assert fills(limit(book, "B", BUY, 200, 101, IOC)) == [("B", 101, 100)]
    quote(book, 99, 400, 101, 290)  # the offer's size changed: the venue shows 290 fresh
    assert fills(limit(book, "C", BUY, 900, 101, IOC)) == [("C", 101, 290)]


def test_a_limit_below_the_offer_takes_nothing():
    book = book_showing(ask_px=101)
    assert limit(book, "A", BUY, 100, 100) == (Accepted("A"),)


def test_a_market_order_ends_when_nothing_more_is_displayed():
    book = book_showing(bid_qty=500)
    accepted, traded, canceled = market(book, "A", SELL, 700)
    assert accepted == Accepted("A")
    assert (traded.last_px, traded.last_qty, traded.leaves) == (99, 500, 200)
    assert isinstance(canceled, Canceled)
    assert book.open_orders() == ()


@pytest.mark.parametrize("tif", [DAY, GTC, IOC, FOK])
def test_a_market_order_against_an_empty_side_is_canceled_not_rejected(tif: TimeInForce):
    book = book_showing(ask_px=0, ask_qty=0)
    events = market(book, "A", BUY, 100, tif)
    assert [type(e) for e in events] == [Accepted, Canceled]


@pytest.mark.parametrize("tif", [DAY, GTC])
def test_day_and_gtc_orders_rest(tif: TimeInForce):
    book = book_showing()
    limit(book, "A", SELL, 100, 105, tif)
    assert book.open_orders() == ("A",)


def test_the_rest_of_an_ioc_is_canceled():
    book = book_showing(ask_qty=300)
    events = limit(book, "A", BUY, 400, 101, IOC)
    assert [type(e) for e in events] == [Accepted, Traded, Canceled]


def test_a_fok_fills_whole_or_is_canceled_whole():
    book = book_showing(ask_qty=300)
    assert [type(e) for e in limit(book, "A", BUY, 301, 101, FOK)] == [Accepted, Canceled]
    assert fills(limit(book, "B", BUY, 300, 101, FOK)) == [("B", 101, 300)]


def test_joining_the_bid_waits_behind_the_displayed_size():
    book = book_showing(bid_px=99, bid_qty=500)
    limit(book, "A", BUY, 200, 99)
    assert book.on_trade(99, 400, NOW) == ()
    assert book.queue_ahead("A") == 100
    assert fills(book.on_trade(99, 250, NOW)) == [("A", 99, 150)]
    assert fills(book.on_trade(99, 250, NOW)) == [("A", 99, 50)]


def test_improving_the_bid_waits_behind_nobody():
    book = book_showing(bid_px=98, ask_px=101)
    limit(book, "A", BUY, 200, 99)
    (event,) = book.on_trade(99, 50, NOW)
    assert event == Traded("A", "XALP-ACME-20131008-1", 99, 50, 50, 150, Liquidity.ADDED)


def test_a_print_through_our_price_fills_without_a_queue_at_the_print_price():
    book = book_showing(bid_px=99, bid_qty=500)
    limit(book, "A", BUY, 200, 99)
    assert fills(book.on_trade(98, 120, NOW)) == [("A", 98, 120)]


def test_a_print_away_from_our_price_fills_nothing():
    book = book_showing()
    limit(book, "A", BUY, 200, 99)
    assert book.on_trade(100, 10_000, NOW) == ()


def test_behind_the_best_the_queue_is_unknown_until_the_quote_gets_there():
    book = book_showing(bid_px=99)
    limit(book, "A", BUY, 100, 97)
    assert book.queue_ahead("A") is None
    assert book.on_trade(97, 10_000, NOW) == ()  # unknown means no
    quote(book, 98, 100, 101, 300)
    assert book.queue_ahead("A") is None
    quote(book, 97, 250, 101, 300)
    assert book.queue_ahead("A") == 250
    quote(book, 97, 900, 101, 300)  # those who join later stand behind us
    assert book.queue_ahead("A") == 250


def test_a_worse_best_means_nobody_is_ahead_but_an_empty_side_means_nothing():
    book = book_showing(bid_px=99)
    limit(book, "A", BUY, 100, 97)
    quote(book, 0, 0, 101, 300)
    assert book.queue_ahead("A") is None
    quote(book, 96, 100, 101, 300)
    assert book.queue_ahead("A") == 0


def test_time_priority_among_our_own_orders_and_one_queue_for_both():
    book = book_showing(bid_px=99, bid_qty=500)
    limit(book, "A", BUY, 100, 99)
    limit(book, "B", BUY, 100, 99)
    limit(book, "C", BUY, 100, 100)
    # C is priced better; then the market's 500; then A; then B
    assert fills(book.on_trade(99, 750, NOW)) == [("C", 99, 100), ("A", 99, 100), ("B", 99, 50)]


def test_an_offer_that_comes_to_us_fills_us_against_its_size():
    book = book_showing(bid_px=98, ask_px=101)
    limit(book, "A", BUY, 200, 99)
    limit(book, "B", BUY, 200, 99)
    assert fills(quote(book, 98, 500, 99, 250)) == [("A", 99, 200), ("B", 99, 50)]
    assert book.available() == Displayed(98, 500, 0, 0)
    assert quote(book, 98, 400, 99, 250) == ()  # the same offer again: taken stays taken


def test_a_bid_and_an_offer_of_members_trade_with_each_other():
    book = book_showing(bid_px=95, ask_px=105)
    limit(book, "A", BUY, 100, 100)
    accepted, taker, maker = limit(book, "B", SELL, 150, 100)
    assert accepted == Accepted("B")
    one, other = "XALP-ACME-20131008-1", "XALP-ACME-20131008-2"
    assert taker == Traded("B", one, 100, 100, 100, 50, Liquidity.REMOVED, other)
    assert maker == Traded("A", other, 100, 100, 100, 0, Liquidity.ADDED, one)
    assert book.open_orders() == ("B",)


def test_less_quantity_keeps_the_place_in_the_queue():
    book = book_showing(bid_px=99, bid_qty=500)
    limit(book, "A", BUY, 200, 99)
    book.on_trade(99, 450, NOW)
    assert book.replace("A", 99, 100, NOW) == (Replaced("A", 99, 100, 0, 100),)
    assert book.queue_ahead("A") == 50


@pytest.mark.parametrize(("price", "qty"), [(99, 201), (100, 200)])
def test_more_quantity_or_another_price_queues_anew(price: int, qty: int):
    book = book_showing(bid_px=99, bid_qty=500)
    limit(book, "A", BUY, 200, 99)
    limit(book, "B", BUY, 200, price)
    book.replace("A", price, qty, NOW)
    assert book.open_orders() == ("B", "A")


def test_a_replace_to_a_marketable_price_takes():
    book = book_showing(ask_px=101, ask_qty=300)
    limit(book, "A", BUY, 200, 99)
    assert fills(book.replace("A", 101, 200, NOW)) == [("A", 101, 200)]
    assert book.open_orders() == ()


def test_a_quantity_not_above_what_is_executed_fills_the_order():
    book = book_showing(bid_px=98)
    limit(book, "A", BUY, 200, 99)
    book.on_trade(99, 120, NOW)
    assert book.replace("A", 99, 100, NOW) == (Replaced("A", 99, 120, 120, 0),)
    assert book.open_orders() == ()


def test_cancel_and_requests_for_orders_that_are_not_there():
    book = book_showing()
    limit(book, "A", BUY, 200, 99)
    assert isinstance(book.cancel("A")[0], Canceled)
    for (refused,) in (book.cancel("A"), book.replace("A", 99, 100, NOW)):
        assert isinstance(refused, CancelRejected)
        assert refused.reason is CxlRejReason.UNKNOWN_ORDER


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (NewOrder("A", BUY, OrdType.LIMIT, DAY, 100, 0), OrdRejReason.INCORRECT_QUANTITY),
        (NewOrder("A", BUY, OrdType.LIMIT, DAY, 100, -5), OrdRejReason.INCORRECT_QUANTITY),
        (NewOrder("A", BUY, OrdType.LIMIT, DAY, 100, 15), OrdRejReason.INCORRECT_QUANTITY),
        (NewOrder("A", BUY, OrdType.LIMIT, DAY, 0, 10), OrdRejReason.INVALID_PRICE_INCREMENT),
        (NewOrder("A", BUY, OrdType.LIMIT, DAY, 102, 10), OrdRejReason.INVALID_PRICE_INCREMENT),
        (NewOrder("A", BUY, OrdType.MARKET, DAY, 100, 10), OrdRejReason.OTHER),
    ],
)
def test_what_the_venue_refuses(order: NewOrder, reason: OrdRejReason):
    book = Book("XALP", "ACME", tick_size=5, lot_size=10)
    (rejected,) = book.submit(order, NOW)
    assert isinstance(rejected, Rejected)
    assert rejected.reason is reason
    assert book.open_orders() == ()


@pytest.mark.parametrize(
    ("price", "qty", "reason"), [(99, 0, CxlRejReason.OTHER), (0, 10, CxlRejReason.INVALID_PRICE_INCREMENT)]
)
def test_a_replace_with_impossible_terms_leaves_the_order_as_it_is(price: int, qty: int, reason: CxlRejReason):
    book = book_showing()
    limit(book, "A", BUY, 200, 99)
    before = book.state()
    (refused,) = book.replace("A", price, qty, NOW)
    assert isinstance(refused, CancelRejected)
    assert refused.reason is reason
    assert book.state() == before


def test_the_day_ends_for_day_orders_only():
    book = book_showing()
    limit(book, "A", BUY, 200, 99, DAY)
    limit(book, "B", BUY, 200, 99, GTC)
    assert book.end_of_day() == (Expired("A"),)
    assert book.open_orders() == ("B",)


def test_behind_an_order_with_an_unknown_queue_nobody_of_ours_is_served_first():
    book = book_showing(bid_px=99)
    limit(book, "A", BUY, 100, 97)  # unknown queue
    quote(book, 0, 0, 101, 300)
    limit(book, "B", BUY, 100, 97)  # joins an empty side: nobody ahead but A
    assert book.on_trade(97, 500, NOW) == ()
    assert fills(book.on_trade(96, 150, NOW)) == [("A", 96, 100), ("B", 96, 50)]
