"""What a venue answers to orders, and that its log gives back exactly what it was. No socket, no clock."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from oms.core.venue_reasons import CxlRejReason, OrdRejReason
from oms.feeds.tape import TapeInstrument, TapeQuote, TapeTrade, TapeVenue
from oms.venues import messages as m
from oms.venues.evidence import read_evidence
from oms.venues.exchange import Exchange
from oms.venues.session_layer import DuplicateLogon, SessionLayer
from oms.venues.venue_log import Batch, Recovered, VenueLog, VenueLogError, checkpoint

T0 = 1_381_240_800_000_000_000  # 2013-10-08 14:00 UTC
DAY_NS = 86_400_000_000_000
VENUES = (TapeVenue("XALP", "Alpha", True), TapeVenue("XBET", "Beta", True), TapeVenue("D", "off exchange", False))
INSTRUMENTS = (TapeInstrument("ACME", "USD", 2, 0, 1, 1),)


def venue() -> Exchange:
    exchange = Exchange(VENUES, INSTRUMENTS)
    exchange.on_quote(TapeQuote(T0, "XALP", "ACME", 99, 500, 101, 300))
    exchange.on_quote(TapeQuote(T0, "XBET", "ACME", 98, 700, 102, 900))
    return exchange


def new(name: str, qty: int = 100, price: int = 99, side: Side = Side.BUY, **other: Any) -> m.NewOrderSingle:
    terms: dict[str, Any] = {
        "ord_type": OrdType.LIMIT,
        "time_in_force": TimeInForce.DAY,
        "ex_destination": "XALP",
        "symbol": "ACME",
    }
    return m.NewOrderSingle(1, name, side=side, order_qty=qty, price=price, **(terms | other))


def tell(exchange: Exchange, message: m.OrderMessage) -> list[Any]:
    exchange.clear()
    exchange.handle("E1", message, T0)
    return [report for _, report in exchange.reports]


def test_an_order_its_fill_and_its_rest():
    opened, traded = tell(venue(), new("A", 400, 101))
    assert (opened.exec_type, opened.ord_status, opened.leaves_qty) == (ExecType.NEW, OrdStatus.NEW, 400)
    assert (traded.exec_type, traded.ord_status) == (ExecType.TRADE, OrdStatus.PARTIALLY_FILLED)
    assert (traded.last_px, traded.last_qty, traded.cum_qty, traded.leaves_qty) == (101, 300, 300, 100)
    assert opened.order_id == traded.order_id


def test_reports_state_the_exact_value_of_all_fills():
    """3 at 101 and 2 at 102: no average in whole ticks says that."""
    exchange = venue()
    exchange.on_quote(TapeQuote(T0, "XALP", "ACME", 99, 500, 101, 3))
    opened, traded = tell(exchange, new("A", 5, 102))
    exchange.on_quote(TapeQuote(T0, "XALP", "ACME", 99, 500, 102, 2))
    filled = exchange.reports[-1][1]
    (status,) = tell(exchange, m.OrderStatusRequest(2, "A"))
    assert [r.cum_notional for r in (opened, traded, filled, status)] == [0, 3 * 101, 3 * 101 + 2 * 102, 507]
    (row,) = exchange.order_rows()
    assert row.notional == 507


@pytest.mark.parametrize("known", [None, m.INT_MAX])
def test_a_value_that_is_not_known_or_that_no_message_can_carry_is_not_stated(known: int | None):
    """A row of a log from before it was kept; a sum that another fill takes beyond 64 bits."""
    first = venue()
    tell(first, new("A", 400, 101))
    (row,) = first.order_rows()
    second = venue()
    second.restore_order(row._replace(notional=known))
    second.books["XALP", "ACME"].restore(first.books["XALP", "ACME"].state())
    second.on_quote(TapeQuote(T0, "XALP", "ACME", 99, 500, 100, 50))
    (_, traded) = second.reports[-1]
    assert isinstance(traded, m.ExecutionReport)
    assert (traded.exec_type, traded.cum_qty, traded.cum_notional) == (ExecType.TRADE, 350, 0)
    m.decode(m.encode(traded, 1))


def test_an_execution_is_kept_with_what_every_venue_showed_before_it():
    exchange = venue()
    tell(exchange, new("A", 400, 101))
    (execution,) = exchange.executions
    assert execution.displayed == (("XALP", (99, 500, 101, 300)), ("XBET", (98, 700, 102, 900)))


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (new("A", ex_destination="XNON"), OrdRejReason.OTHER),
        (new("A", ex_destination="D"), OrdRejReason.EXCHANGE_CLOSED),
        (new("A", symbol="NONE"), OrdRejReason.UNKNOWN_SYMBOL),
        (new("A", qty=0), OrdRejReason.INCORRECT_QUANTITY),
        (new("A", price=-1), OrdRejReason.INVALID_PRICE_INCREMENT),
        (new("A" * 65), OrdRejReason.OTHER),
    ],
)
def test_refused_orders_keep_their_state(order: m.NewOrderSingle, reason: OrdRejReason):
    exchange = venue()
    (refused,) = tell(exchange, order)
    assert (refused.exec_type, refused.ord_status, refused.ord_rej_reason) == (
        ExecType.REJECTED,
        OrdStatus.REJECTED,
        reason,
    )
    (status,) = tell(exchange, m.OrderStatusRequest(2, order.cl_ord_id, "q1"))
    assert (status.exec_type, status.ord_status, status.ord_status_req_id) == (
        ExecType.ORDER_STATUS,
        OrdStatus.REJECTED,
        "q1",
    )
    assert status.order_id != "NONE"


def test_a_duplicate_is_refused_with_the_original_untouched():
    exchange = venue()
    (first,) = tell(exchange, new("A"))
    (refused,) = tell(exchange, new("A", 999, 98))
    assert (refused.exec_type, refused.ord_status) == (ExecType.REJECTED, OrdStatus.NEW)
    assert (refused.ord_rej_reason, refused.order_id, refused.order_qty) == (
        OrdRejReason.DUPLICATE_ORDER,
        first.order_id,
        100,
    )
    assert exchange.changed_orders == set()


def test_cl_ord_ids_belong_to_their_session():
    exchange = venue()
    tell(exchange, new("A"))
    exchange.handle("E2", new("A"), T0)
    assert exchange.reports[-1][1].exec_type is ExecType.NEW


def test_orders_of_two_sessions_trade_and_each_hears_of_its_own():
    exchange = venue()
    tell(exchange, new("A", 100, 100))
    exchange.clear()
    exchange.handle("E2", new("A", 40, 100, Side.SELL), T0)
    told = [(session, r.exec_type, r.side, r.cum_qty, r.leaves_qty) for session, r in exchange.reports]
    assert told == [
        ("E2", ExecType.NEW, Side.SELL, 0, 40),
        ("E2", ExecType.TRADE, Side.SELL, 40, 0),
        ("E1", ExecType.TRADE, Side.BUY, 40, 60),
    ]
    assert len({execution.exec_id for execution in exchange.executions}) == 2


def test_a_replace_that_trades_answers_only_its_own_request():
    exchange = venue()
    tell(exchange, new("A", 100, 100))
    exchange.handle("E2", new("B", 40, 101, Side.SELL), T0)
    exchange.clear()
    exchange.handle("E2", m.OrderCancelReplaceRequest(2, "B2", "B", 40, 100), T0)
    told = [(session, r.exec_type, r.cl_ord_id, r.orig_cl_ord_id) for session, r in exchange.reports]
    assert told == [
        ("E2", ExecType.REPLACED, "B2", "B"),
        ("E2", ExecType.TRADE, "B2", ""),
        ("E1", ExecType.TRADE, "A", ""),
    ]


def test_replace_and_cancel_along_the_chain():
    exchange = venue()
    tell(exchange, new("A"))
    (replaced,) = tell(exchange, m.OrderCancelReplaceRequest(2, "B", "A", 50, 98))
    assert (replaced.exec_type, replaced.cl_ord_id, replaced.orig_cl_ord_id, replaced.order_qty) == (
        ExecType.REPLACED,
        "B",
        "A",
        50,
    )
    (late,) = tell(exchange, m.OrderCancelReplaceRequest(3, "C", "A", 60, 98))
    assert late.cxl_rej_reason is CxlRejReason.OTHER
    (canceled,) = tell(exchange, m.OrderCancelRequest(4, "X", "A"))  # a cancel may name any id of the chain
    assert (canceled.exec_type, canceled.cl_ord_id, canceled.orig_cl_ord_id) == (ExecType.CANCELED, "X", "A")
    assert canceled.leaves_qty == 0


def test_what_cannot_be_canceled():
    exchange = venue()
    tell(exchange, new("A"))
    tell(exchange, new("F", 300, 101))  # filled at once
    (unknown,) = tell(exchange, m.OrderCancelRequest(2, "X", "Z"))
    assert (unknown.order_id, unknown.ord_status) == ("NONE", OrdStatus.REJECTED)
    assert unknown.cxl_rej_reason is CxlRejReason.UNKNOWN_ORDER
    (late,) = tell(exchange, m.OrderCancelRequest(3, "Y", "F"))
    assert (late.cxl_rej_reason, late.ord_status) == (CxlRejReason.TOO_LATE_TO_CANCEL, OrdStatus.FILLED)
    (again,) = tell(exchange, m.OrderCancelRequest(4, "F", "A"))
    assert again.cxl_rej_reason is CxlRejReason.DUPLICATE_CL_ORD_ID
    assert again.ord_status is OrdStatus.NEW


def test_a_status_is_never_a_fill_and_an_unknown_order_is_named_so():
    exchange = venue()
    tell(exchange, new("A", 400, 101))
    (status,) = tell(exchange, m.OrderStatusRequest(2, "A"))
    assert (status.ord_status, status.cum_qty, status.last_qty, status.exec_id) == (
        OrdStatus.PARTIALLY_FILLED,
        300,
        0,
        "",
    )
    (unknown,) = tell(exchange, m.OrderStatusRequest(3, "Z"))
    assert (unknown.order_id, unknown.exec_type, unknown.ord_status) == (
        "NONE",
        ExecType.ORDER_STATUS,
        OrdStatus.REJECTED,
    )


def test_mass_status_gives_each_open_order_of_the_session_and_says_how_many():
    exchange = venue()
    for name in ("A", "B"):
        tell(exchange, new(name))
    exchange.handle("E2", new("C"), T0)
    first, last = tell(exchange, m.OrderMassStatusRequest(9, "m1"))
    assert {first.cl_ord_id, last.cl_ord_id} == {"A", "B"}
    assert [(r.tot_num_reports, r.last_rpt_requested) for r in (first, last)] == [(2, False), (2, True)]
    exchange.clear()
    exchange.handle("E3", m.OrderMassStatusRequest(9, "m1"), T0)
    ((_, none),) = exchange.reports
    assert (none.order_id, none.tot_num_reports, none.last_rpt_requested) == ("NONE", 0, True)


def test_suspicious_prints_fill_nobody():
    exchange = venue()
    tell(exchange, new("A", price=100))
    exchange.clear()
    exchange.on_trade(TapeTrade(T0, "XALP", "ACME", 100, 50, "t1", True))
    assert exchange.reports == []
    exchange.on_trade(TapeTrade(T0, "XALP", "ACME", 100, 50, "t2", False))
    assert exchange.reports[0][1].last_qty == 50


def test_day_orders_expire_at_midnight_utc():
    exchange = venue()
    exchange.on_time(T0)
    tell(exchange, new("A"))
    tell(exchange, new("G", time_in_force=TimeInForce.GTC))
    exchange.clear()
    exchange.on_time(T0 + DAY_NS)
    assert [(r.cl_ord_id, r.exec_type) for _, r in exchange.reports] == [
        ("A", ExecType.EXPIRED),
        ("G", ExecType.DONE_FOR_DAY),
        ("G", ExecType.RESTATED),
    ]


# The log


class Venue:
    """An exchange and its sessions, written to a log after every step as the process does it."""

    def __init__(self, directory: Path, segment_bytes: int = 10_000) -> None:
        self.log = VenueLog(directory, "tape", segment_bytes=segment_bytes)
        recovered = self.log.open()
        self.exchange = Exchange(VENUES, INSTRUMENTS)
        self.sessions = SessionLayer(DuplicateLogon.REPLACE)
        restore(recovered, self.exchange, self.sessions)
        if self.log.full:
            self.log.rotate(self.everything())

    def everything(self) -> Batch:
        books = [(key, book.state()) for key, book in self.exchange.books.items()]
        return checkpoint("tape", 0, T0, None, self.sessions.sessions(), self.exchange.order_rows(), books)

    def turn(self) -> None:
        x, s = self.exchange, self.sessions
        for session_id, message in x.reports:
            s.report(session_id, message, 0)
        numbers = tuple((n.session_id, n.next_in, n.next_out) for n in s.sessions() if n.session_id in s.changed)
        books = tuple((key, x.books[key].state()) for key in x.changed_books)
        orders = x.order_rows(x.changed_orders)
        self.log.append(Batch(0, T0, (), tuple(s.sent), tuple(x.executions), numbers, orders, books))
        x.clear()
        s.clear()
        if self.log.full:
            self.log.rotate(self.everything())


def restore(recovered: Recovered, exchange: Exchange, sessions: SessionLayer) -> None:
    for numbers in recovered.sessions.values():
        sessions.restore(numbers)
    for row in recovered.orders.values():
        exchange.restore_order(row)
    for key, state in recovered.books.items():
        exchange.books[key].restore(state)


def state_of(venue: Venue) -> tuple[Any, ...]:
    books = {
        key: book.state()
        for key, book in venue.exchange.books.items()
        if book.open_orders() or book.state().next_exec > 1
    }
    numbers = [(n.session_id, n.next_in, n.next_out, tuple(n.sent)) for n in venue.sessions.sessions()]
    return sorted(venue.exchange.order_rows()), books, numbers


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("new"),
            st.sampled_from("ABCDEFGH"),
            st.integers(1, 400),
            st.integers(97, 103),
            st.sampled_from(TimeInForce),
        ),
        st.tuples(st.just("cancel"), st.sampled_from("ABCDEFGH"), st.integers(0, 99)),
        st.tuples(
            st.just("replace"),
            st.sampled_from("ABCDEFGH"),
            st.integers(0, 99),
            st.integers(1, 400),
            st.integers(97, 103),
        ),
        st.tuples(st.just("quote"), st.integers(96, 101), st.integers(0, 400), st.integers(1, 4), st.integers(0, 400)),
        st.tuples(st.just("print"), st.integers(97, 103), st.integers(1, 400)),
    ),
    max_size=30,
)


def carry_out(venue: Venue, step: tuple[Any, ...]) -> None:
    exchange = venue.exchange
    match step:
        case ("new", name, qty, price, tif):
            exchange.handle("E1", new(name, qty, price, time_in_force=tif), T0)
        case ("cancel", name, n):
            exchange.handle("E1", m.OrderCancelRequest(1, f"x{n}", name), T0)
        case ("replace", name, n, qty, price):
            exchange.handle("E1", m.OrderCancelReplaceRequest(1, f"r{n}", name, qty, price), T0)
        case ("quote", bid, bid_qty, spread, ask_qty):
            exchange.on_quote(TapeQuote(T0, "XALP", "ACME", bid, bid_qty, bid + spread, ask_qty))
        case ("print", price, qty):
            exchange.on_trade(TapeTrade(T0, "XALP", "ACME", price, qty, "t", False))
    venue.turn()


@settings(max_examples=60, deadline=None)
@given(steps)
def test_recovery_gives_back_the_same_orders_books_and_numbers(tmp_path_factory: Any, sequence: list[tuple[Any, ...]]):
    directory = tmp_path_factory.mktemp("venue")
    living = Venue(directory)
    living.sessions.receive(1, m.Logon(1, "E1", 1, 10), 0)
    for step in sequence:
        carry_out(living, step)
    living.turn()
    before = state_of(living)
    living.log.close()
    recovered = Venue(directory)
    after = state_of(recovered)
    recovered.log.close()
    # A displayed quote that nothing of ours touches, the last print and the time are the tape's to give back; all else is the log's.
    assert after[0] == before[0]
    assert after[2] == before[2]
    assert {
        key: s._replace(bid=None, ask=None, last_px=s.last_px if s.orders else 0, now_ns=0)
        for key, s in after[1].items()
    } == {
        key: s._replace(bid=None, ask=None, last_px=s.last_px if s.orders else 0, now_ns=0)
        for key, s in before[1].items()
    }
    for key, book in before[1].items():
        for side_before, side_after in ((book.bid, after[1][key].bid), (book.ask, after[1][key].ask)):
            assert side_before.taken == side_after.taken
            assert not side_before.taken or side_before == side_after
    facts = read_evidence(directory)
    for row in living.exchange.order_rows():
        fact = facts.by_cl_ord_id[row.session_id, row.cl_ord_id]
        assert (fact.qty, fact.cum, fact.reported_cum, fact.status) == (
            row.qty,
            row.cum,
            row.cum,
            OrdStatus(row.status).name,
        )


def test_evidence_has_fills_with_what_was_displayed(tmp_path: Path):
    living = Venue(tmp_path)
    living.sessions.receive(1, m.Logon(1, "E1", 1, 10), 0)
    living.exchange.on_quote(TapeQuote(T0, "XALP", "ACME", 99, 500, 101, 300))
    carry_out(living, ("new", "A", 400, 101, TimeInForce.IOC))
    living.log.close()
    evidence = read_evidence(tmp_path)
    (order,) = evidence.orders
    (fill,) = order.fills
    assert evidence.complete
    assert order.is_terminal
    assert (order.status, order.qty, order.cum) == ("CANCELED", 400, 300)
    assert (fill.px, fill.qty, fill.time_ns, fill.liquidity) == (101, 300, T0, "REMOVED")
    assert [(s.venue, s.ask_px, s.ask_qty) for s in fill.displayed] == [("XALP", 101, 300), ("XBET", 0, 0)]


def test_a_torn_last_line_never_happened(tmp_path: Path):
    living = Venue(tmp_path)
    living.sessions.receive(1, m.Logon(1, "E1", 1, 10), 0)
    carry_out(living, ("new", "A", 100, 99, TimeInForce.DAY))
    before = state_of(living)
    carry_out(living, ("new", "B", 100, 99, TimeInForce.DAY))
    living.log.close()
    (segment,) = tmp_path.glob("venue-*.log")
    segment.write_bytes(segment.read_bytes()[:-7])
    again = Venue(tmp_path)
    assert state_of(again) == before
    carry_out(again, ("new", "C", 100, 99, TimeInForce.DAY))  # the log goes on behind what was cut off
    again.log.close()
    third = Venue(tmp_path)
    assert {row.cl_ord_id for row in third.exchange.order_rows()} == {"A", "C"}
    third.log.close()


def test_a_segment_torn_at_its_birth_is_begun_again(tmp_path: Path):
    living = Venue(tmp_path)
    living.sessions.receive(1, m.Logon(1, "E1", 1, 10), 0)
    carry_out(living, ("new", "A", 100, 99, TimeInForce.DAY))
    before = state_of(living)
    living.log.close()
    (tmp_path / "venue-000002.log").write_bytes(b'{"WallNs":0,"Tape')
    again = Venue(tmp_path)
    assert state_of(again) == before
    again.log.close()


def test_what_cannot_be_used_is_said(tmp_path: Path):
    living = Venue(tmp_path)
    with pytest.raises(VenueLogError, match="another venue process"):
        Venue(tmp_path)
    living.turn()
    living.log.close()
    with pytest.raises(VenueLogError, match="belongs to the tape"):
        VenueLog(tmp_path, "another tape").open()
    (segment,) = tmp_path.glob("venue-*.log")
    segment.write_bytes(b"garbage\n" + segment.read_bytes())
    with pytest.raises(VenueLogError, match="damaged"):
        VenueLog(tmp_path, "tape").open()


def test_old_segments_are_dropped_and_evidence_says_so(tmp_path: Path):
    log = VenueLog(tmp_path, "tape", segments_kept=2, segment_bytes=1)
    log.open()
    for _ in range(4):
        log.rotate(checkpoint("tape", 0, T0, None, (), (), ()))
    log.close()
    assert [p.name for p in sorted(tmp_path.glob("venue-*.log"))] == ["venue-000003.log", "venue-000004.log"]
    assert not read_evidence(tmp_path).complete
