"""What a simulated venue offers beyond plain orders, its days and auctions by calendar, and its operator; no socket, no clock."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oms.core.enums import (
    ExecInst,
    ExecRestatementReason,
    ExecType,
    Liquidity,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
    VenueFeature,
)
from oms.core.reference import Calendar, Interval
from oms.core.venue_reasons import CxlRejReason, OrdRejReason
from oms.feeds.tape import TapeInstrument, TapeQuote, TapeVenue
from oms.venues import messages as m
from oms.venues.acceptance.samples import sample
from oms.venues.evidence import read_evidence
from oms.venues.exchange import Exchange
from oms.venues.operator import Operator
from oms.venues.operator_messages import OperatorAct, OperatorDone, OperatorReject, OperatorRequest
from oms.venues.validity import ValidityError, expiry_ns
from oms.venues.venue_log import Batch, VenueLog, checkpoint
from oms.venues.venue_terms import VenueTerms

MIN = 60_000_000_000
HOUR = 60 * MIN
DAY = 24 * HOUR
T0 = 1_736_164_800_000_000_000  # 2025-01-06 12:00 UTC
OPEN, CLOSE = T0 + HOUR, T0 + 5 * HOUR
CALENDAR = Calendar(
    "cal", False, (
        Interval(OPEN, CLOSE, 20250106, OPEN - 10 * MIN, CLOSE - 10 * MIN),
        Interval(OPEN + DAY, CLOSE + DAY, 20250107, OPEN + DAY - 10 * MIN, CLOSE + DAY - 10 * MIN),
    ),
)  # fmt: skip


def exchange(*terms: tuple[str, VenueTerms]) -> Exchange:
    venues = (TapeVenue("XALP", "Alpha", True), TapeVenue("XBET", "Beta", True))
    made = Exchange(venues, (TapeInstrument("ACME", "USD", 2, 0, 1, 1),), dict(terms))
    made.on_time(T0)
    return made


def new(name: str, side: Side = Side.BUY, qty: int = 10, price: int = 100, **other: Any) -> m.NewOrderSingle:
    order = m.NewOrderSingle(1, name, "XALP", "ACME", side, OrdType.LIMIT, TimeInForce.DAY, qty, price)
    return replace(order, **other)


def tell(made: Exchange, message: m.OrderMessage, session: str = "E1", now_ns: int = T0) -> list[Any]:
    made.clear()
    made.handle(session, message, now_ns)
    return [report for _, report in made.reports]


def at(made: Exchange, now_ns: int) -> list[Any]:
    made.clear()
    made.on_time(now_ns)
    return [report for _, report in made.reports]


def told(reports: list[Any]) -> list[tuple[str, ExecType, OrdStatus]]:
    return [(r.cl_ord_id, r.exec_type, r.ord_status) for r in reports]


# What is offered


@pytest.mark.parametrize("feature", list(VenueFeature))
def test_what_a_venue_does_not_offer_is_refused_by_name_and_what_it_offers_is_taken(feature: VenueFeature) -> None:
    terms = sample(feature, 100, 1, 1)
    i = terms.instructions
    order = new(
        "A", price=100 if terms.ticks is not None else 0, ord_type=terms.ord_type, time_in_force=terms.time_in_force,
        stop_px=i.stop_px or 0, display_qty=i.display_qty, min_qty=i.min_qty, exec_inst=i.exec_inst,
        peg_price_type=i.peg.price_type if i.peg else None, peg_offset_value=i.peg.offset if i.peg else 0,
        exposure_duration=i.good_for_ns, self_match_prevention_instruction=i.smp,
    )  # fmt: skip
    (refused,) = tell(exchange(("XALP", VenueTerms(frozenset(VenueFeature) - {feature}))), order)
    assert (refused.exec_type, refused.ord_rej_reason) == (ExecType.REJECTED, OrdRejReason.UNSUPPORTED_ORDER)
    assert feature.name in refused.text and refused.leaves_qty == 0
    assert tell(exchange(), order)[0].exec_type is ExecType.NEW


def test_members_orders_trade_with_each_other_and_both_sessions_hear_it() -> None:
    made = exchange()
    tell(made, new("A", Side.SELL, 10), "E1")
    tell(made, new("B", Side.BUY, 4), "E2")
    heard = [(session, r.cl_ord_id, r.exec_type, r.last_qty) for session, r in made.reports]
    assert heard == [
        ("E2", "B", ExecType.NEW, 0),
        ("E2", "B", ExecType.TRADE, 4),
        ("E1", "A", ExecType.TRADE, 4),
    ]
    ids = [r.exec_id for _, r in made.reports if r.exec_id]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("ours", "theirs", "meets"),
    [(("acc", ""), ("acc", ""), False), (("acc", ""), ("other", ""), True), (("a", "firm"), ("b", "firm"), False)],
)
def test_rule_39_self_match_prevention_is_by_account_or_by_the_id_that_desks_share(
    ours: tuple[str, str], theirs: tuple[str, str], meets: bool
) -> None:
    made = exchange()
    both = {"self_match_prevention_instruction": SelfMatchPrevention.CANCEL_AGGRESSIVE}
    tell(made, new("A", Side.SELL, account=ours[0], self_match_prevention_id=ours[1], **both), "E1")
    reports = tell(made, new("B", account=theirs[0], self_match_prevention_id=theirs[1], **both), "E2")
    assert reports[1].exec_type is (ExecType.TRADE if meets else ExecType.CANCELED)
    if not meets:
        assert reports[1].exec_restatement_reason is ExecRestatementReason.OTHER and "self-match" in reports[1].text


def test_a_pegged_order_says_where_it_is_beside_its_limit() -> None:
    made = exchange()
    made.on_quote(TapeQuote(T0, "XALP", "ACME", 98, 5, 103, 5))
    peg = {"ord_type": OrdType.PEGGED, "peg_price_type": PegPriceType.PRIMARY, "price": 100}
    tell(made, new("A", **peg))
    made.clear()
    made.on_quote(TapeQuote(T0, "XALP", "ACME", 99, 5, 103, 5))
    ((_, report),) = made.reports
    assert isinstance(report, m.ExecutionReport)
    assert (report.exec_type, report.pegged_price, report.price) == (ExecType.RESTATED, 99, 100)
    assert report.exec_restatement_reason is ExecRestatementReason.PEG_REFRESH


# Validity


def test_rule_23_gtd_ends_at_its_time_or_with_its_last_trading_day() -> None:
    made = exchange(("XALP", VenueTerms(calendars={"ACME": CALENDAR})))
    at(made, OPEN + MIN)
    day2 = {"time_in_force": TimeInForce.GTD, "expire_date": 20250107}
    tell(made, new("T", time_in_force=TimeInForce.GTD, expire_time=OPEN + HOUR), now_ns=OPEN + MIN)
    tell(made, new("D", **day2), now_ns=OPEN + MIN)
    assert told(at(made, OPEN + HOUR - 1)) == []
    assert told(at(made, OPEN + HOUR)) == [("T", ExecType.EXPIRED, OrdStatus.EXPIRED)]
    assert ("D", ExecType.EXPIRED, OrdStatus.EXPIRED) not in told(at(made, CLOSE + DAY - 1))
    assert ("D", ExecType.EXPIRED, OrdStatus.EXPIRED) in told(at(made, CLOSE + DAY))


@pytest.mark.parametrize(
    ("tif", "terms", "text"),
    [
        (TimeInForce.GTD, {}, "either ExpireTime or ExpireDate"),
        (TimeInForce.GTD, {"expire_time": 1, "expire_date": 20250106}, "either ExpireTime or ExpireDate"),
        (TimeInForce.GTD, {"expire_date": 20251399}, "no date"),
        (TimeInForce.GOOD_FOR_TIME, {}, "ExposureDuration"),
    ],
)
def test_a_validity_without_an_end_is_rejected_and_leaves_a_rejected_order(
    tif: TimeInForce, terms: dict[str, int], text: str
) -> None:
    made = exchange()
    (refused,) = tell(made, new("A", time_in_force=tif, **terms))
    assert (refused.ord_status, refused.ord_rej_reason) == (OrdStatus.REJECTED, OrdRejReason.OTHER)
    assert text in refused.text
    assert tell(made, m.OrderStatusRequest(2, "A"))[0].ord_status is OrdStatus.REJECTED


def test_an_expire_date_before_the_first_trading_day_has_no_end() -> None:
    with pytest.raises(ValidityError, match="no trading day"):
        expiry_ns(TimeInForce.GTD, 0, 20250101, 0, CALENDAR, T0)
    assert expiry_ns(TimeInForce.GTD, 0, 20250106, 0, None, T0) == (T0 // DAY + 1) * DAY


def test_rule_21_days_of_a_gtc_order_by_calendar() -> None:
    made = exchange(("XALP", VenueTerms(calendars={"ACME": CALENDAR})))
    assert tell(made, new("E"))[0].ord_rej_reason is OrdRejReason.EXCHANGE_CLOSED
    at(made, OPEN + MIN)
    tell(made, new("G", time_in_force=TimeInForce.GTC), now_ns=OPEN + MIN)
    tell(made, new("D", price=99), now_ns=OPEN + MIN)
    tell(made, new("S", Side.SELL, 4), "E2", OPEN + MIN)
    assert told(at(made, CLOSE)) == [
        ("D", ExecType.EXPIRED, OrdStatus.EXPIRED),
        ("G", ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY),
    ]
    done = made.reports[-1][1]
    assert isinstance(done, m.ExecutionReport)
    assert (done.cum_qty, done.leaves_qty, done.day_cum_qty) == (4, 6, 4)
    assert tell(made, new("L"), now_ns=CLOSE + 1)[0].ord_rej_reason is OrdRejReason.EXCHANGE_CLOSED
    (restated,) = at(made, OPEN + DAY - 10 * MIN)
    assert (restated.exec_type, restated.ord_status) == (ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED)
    assert (restated.day_order_qty, restated.day_cum_qty, restated.cum_qty) == (6, 0, 4)
    assert restated.exec_restatement_reason is ExecRestatementReason.GT_RENEWAL


def test_auctions_come_by_the_calendar() -> None:
    made = exchange(("XALP", VenueTerms(calendars={"ACME": CALENDAR})))
    at(made, OPEN - 5 * MIN)
    tell(made, new("O", price=0, ord_type=OrdType.MARKET, time_in_force=TimeInForce.AT_THE_OPENING), now_ns=OPEN - MIN)
    tell(made, new("S", Side.SELL, 10, 101), "E2", OPEN - MIN)
    assert [r for _, r in made.reports if r.exec_type is ExecType.TRADE] == []  # type: ignore[union-attr]
    crossed = at(made, OPEN)
    assert told(crossed) == [
        ("O", ExecType.TRADE, OrdStatus.FILLED),
        ("S", ExecType.TRADE, OrdStatus.FILLED),
    ]
    assert [r.last_liquidity_ind for r in crossed] == [Liquidity.AUCTION] * 2, "neither added nor removed"
    tell(made, new("C", time_in_force=TimeInForce.AT_THE_CLOSE), now_ns=OPEN + MIN)
    at(made, CLOSE - MIN)
    assert ("C", ExecType.EXPIRED, OrdStatus.EXPIRED) in told(at(made, CLOSE))


def test_a_venue_that_starts_in_the_middle_of_a_call_joins_it() -> None:
    venues = (TapeVenue("XALP", "Alpha", True),)
    terms = {"XALP": VenueTerms(calendars={"ACME": CALENDAR})}
    made = Exchange(venues, (TapeInstrument("ACME", "USD", 2, 0, 1, 1),), terms)
    at(made, OPEN - 5 * MIN)
    tell(made, new("S", Side.SELL), "E2", OPEN - MIN)
    assert told(tell(made, new("B"), now_ns=OPEN - MIN)) == [("B", ExecType.NEW, OrdStatus.NEW)]
    assert {name for name, exec_type, _ in told(at(made, OPEN)) if exec_type is ExecType.TRADE} == {"S", "B"}


def test_a_venue_without_auctions_passes_over_those_of_the_calendar() -> None:
    made = exchange(("XALP", VenueTerms(frozenset(), calendars={"ACME": CALENDAR})))
    at(made, OPEN - 5 * MIN)
    tell(made, new("S", Side.SELL), "E2", OPEN - MIN)
    assert tell(made, new("B"), now_ns=OPEN - MIN)[1].exec_type is ExecType.TRADE


# The operator


def act(made: Exchange, act: OperatorAct, **terms: Any) -> OperatorDone | OperatorReject:
    made.clear()
    return Operator(made).act(OperatorRequest(act, 7, terms.pop("venue", "XALP"), **terms), T0)


def test_a_correction_moves_quantity_and_money_exactly() -> None:
    made = exchange()
    tell(made, new("A", Side.SELL))
    traded = tell(made, new("B", Side.BUY, 4), "E2")[1]
    assert act(made, OperatorAct.CORRECT, exec_id=traded.exec_id, last_qty=3, last_px=99) == OperatorDone(
        7, (f"{traded.exec_id} in ACME: correct",)
    )
    corrected = {r.cl_ord_id: r for _, r in made.reports if r.exec_type is ExecType.TRADE_CORRECT}  # type: ignore[union-attr]
    assert {name: (r.cum_qty, r.cum_notional, r.last_qty, r.last_px) for name, r in corrected.items()} == {  # type: ignore[union-attr]
        "A": (3, 297, 3, 99),
        "B": (3, 297, 3, 99),
    }


def test_rule_10_a_bust_after_the_end_moves_cum_qty_alone() -> None:
    made = exchange()
    tell(made, new("A", Side.SELL, 4))
    traded = tell(made, new("B", Side.BUY, 10), "E2")[1]
    tell(made, m.OrderCancelRequest(3, "B2", "B"), "E2")
    act(made, OperatorAct.BUST, exec_id=traded.exec_id)
    mine = [r for s, r in made.reports if s == "E2"]
    assert [(r.exec_type, r.ord_status, r.cum_qty, r.leaves_qty) for r in mine] == [  # type: ignore[union-attr]
        (ExecType.TRADE_CANCEL, OrdStatus.CANCELED, 0, 0)
    ]


@pytest.mark.parametrize(
    ("wanted", "terms", "text"),
    [
        (OperatorAct.BUST, {"exec_id": "XALP-ACME-20250106-99"}, "no execution"),
        (OperatorAct.BUST, {}, "needs an ExecID"),
        (OperatorAct.CORRECT, {"exec_id": "TRADE", "last_qty": 0, "last_px": 99}, "quantity 0"),
        (OperatorAct.CORRECT, {"exec_id": "TRADE", "last_qty": 4, "last_px": -1}, "price -1"),
        (OperatorAct.CANCEL, {"order": "nobody"}, "knows no order"),
        (OperatorAct.CANCEL, {"order": "B"}, "is FILLED"),
        (OperatorAct.RESTATE, {"order": "A", "last_qty": 4}, "name a quantity between"),
        (OperatorAct.SUSPEND, {"venue": "XNIL"}, "no venue XNIL"),
        (OperatorAct.SUSPEND, {"symbol": "NIL"}, "lists NIL"),
        (OperatorAct.RESUME, {}, "not suspended"),
        (OperatorAct.UNCROSS, {}, "nothing to uncross"),
        (OperatorAct.CALL_OPEN, {"venue": "XBET"}, "does not offer AUCTIONS"),
        (OperatorAct.TRADE, {"last_qty": 1}, "needs a positive quantity"),
        (OperatorAct.TRADE, {"order": "nobody", "last_qty": 1}, "no open order"),
    ],
)
def test_an_act_that_cannot_be_done_says_why_and_changes_nothing(
    wanted: OperatorAct, terms: dict[str, Any], text: str
) -> None:
    made = exchange(("XBET", VenueTerms(frozenset())))
    tell(made, new("A", Side.SELL))
    traded = tell(made, new("B", Side.BUY, 4), "E2")[1]
    if terms.get("exec_id") == "TRADE":
        terms = terms | {"exec_id": traded.exec_id}
    before = made.order_rows(), {key: book.state() for key, book in made.books.items()}
    answer = act(made, wanted, **terms)
    assert isinstance(answer, OperatorReject) and text in answer.text and answer.request == 7
    assert (made.order_rows(), {key: book.state() for key, book in made.books.items()}) == before
    assert made.reports == []


def test_a_trade_with_an_order_that_is_forgotten_stands() -> None:
    """After 100,000 others, or by a fault: nobody could be told of the other side, and a busted order without a record would trade on."""
    made = exchange()
    tell(made, new("A", Side.SELL))
    traded = tell(made, new("B", Side.BUY, 4), "E2")[1]
    assert made.forget("E2", "B")
    before = made.order_rows(), {key: book.state() for key, book in made.books.items()}
    for wanted, terms in ((OperatorAct.BUST, {}), (OperatorAct.CORRECT, {"last_qty": 3, "last_px": 99})):
        answer = act(made, wanted, exec_id=traded.exec_id, **terms)
        assert isinstance(answer, OperatorReject) and "is not remembered any more" in answer.text
    assert (made.order_rows(), {key: book.state() for key, book in made.books.items()}) == before


def test_suspended_nothing_trades_and_what_the_tape_showed_counts_when_it_goes_on() -> None:
    made = exchange()
    tell(made, new("A"))
    act(made, OperatorAct.SUSPEND)
    made.on_quote(TapeQuote(T0, "XALP", "ACME", 90, 5, 95, 5))
    assert [r.exec_type for _, r in made.reports] == [ExecType.SUSPENDED]  # type: ignore[union-attr]
    replaced = tell(made, m.OrderCancelReplaceRequest(2, "A2", "A", 12, 100))
    assert isinstance(replaced[0], m.OrderCancelReject) and replaced[0].ord_status is OrdStatus.SUSPENDED
    act(made, OperatorAct.RESUME)
    assert [r.exec_type for _, r in made.reports] == [ExecType.RESTATED, ExecType.TRADE]  # type: ignore[union-attr]


def test_rule_16_a_request_about_a_pending_order_is_refused_or_waits_its_turn() -> None:
    made = exchange()
    tell(made, new("A"))
    act(made, OperatorAct.HOLD)
    tell(made, m.OrderCancelReplaceRequest(2, "A2", "A", 12, 100))
    assert told(tell(made, m.OrderCancelRequest(3, "A3", "A2"))) == [
        ("A3", ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL)
    ]
    act(made, OperatorAct.RELEASE)
    assert told([r for _, r in made.reports]) == [
        ("A2", ExecType.REPLACED, OrdStatus.PENDING_CANCEL),
        ("A3", ExecType.CANCELED, OrdStatus.CANCELED),
    ]


def test_rule_27_possible_resend_and_rule_28_a_name_used_twice() -> None:
    made = exchange()
    tell(made, new("A"))
    (status,) = tell(made, new("A", poss_resend=True))
    assert (status.exec_type, status.ord_status) == (ExecType.ORDER_STATUS, OrdStatus.NEW)
    (refused,) = tell(made, new("A", qty=7))
    assert (refused.exec_type, refused.ord_status, refused.order_qty) == (ExecType.REJECTED, OrdStatus.NEW, 10)
    assert refused.ord_rej_reason is OrdRejReason.DUPLICATE_ORDER
    assert tell(made, m.OrderCancelRequest(9, "X", "nobody"))[0].cxl_rej_reason is CxlRejReason.UNKNOWN_ORDER


# The log


def test_the_log_gives_back_orders_of_every_kind_and_the_evidence_counts_what_was_taken_back(tmp_path: Path) -> None:
    made = exchange()
    operator = Operator(made)
    said: list[tuple[str, bytes]] = []
    log = VenueLog(tmp_path, "t")
    log.open()
    log.rotate(checkpoint("t", 1, T0, None, (), (), ()))

    def write() -> None:
        numbered = [(s, m.encode(r, len(said) + n)) for n, (s, r) in enumerate(made.reports, 1)]
        said.extend(numbered)
        sessions = tuple((s, 1, len(said) + 1) for s in ("E1", "E2"))
        books = tuple((key, made.books[key].changes()) for key in sorted(made.changed_books))
        log.append(
            Batch(
                1, T0, sent=tuple(numbered), sessions=sessions, orders=made.order_rows(made.changed_orders), books=books,
                executions=tuple(made.executions), operator=tuple(operator.journal),
                suspended=tuple(sorted(made.suspended)),
            )
        )  # fmt: skip
        operator.clear()

    orders = [
        new("A", Side.SELL, account="acc", display_qty=2),
        new("B", Side.BUY, 4, time_in_force=TimeInForce.GTC),
        new("S", price=0, ord_type=OrdType.STOP, stop_px=120),
        new("P", ord_type=OrdType.PEGGED, price=90, peg_price_type=PegPriceType.PRIMARY),
        new(
            "N",
            Side.BUY,
            10,
            80,
            exec_inst=(ExecInst.ALL_OR_NONE,),
            time_in_force=TimeInForce.GOOD_FOR_TIME,
            exposure_duration=9,
        ),
    ]
    for order in orders:
        tell(made, order)
        write()
    exec_id = next(f.exec_id for f in made.books["XALP", "ACME"].state().fills)
    for request in (
        OperatorRequest(OperatorAct.BUST, 1, "XALP", exec_id=exec_id),
        OperatorRequest(OperatorAct.SUSPEND, 2, "XALP", "ACME"),
    ):
        made.clear()
        assert isinstance(operator.act(request, T0), OperatorDone)
        write()
    log.close()
    recovered = VenueLog(tmp_path, "t").open()
    assert recovered.orders == {row.order_id: row for row in made.order_rows()}
    again = exchange()
    for row in recovered.orders.values():
        again.restore_order(row)
    for key, state in recovered.books.items():
        again.books[key].restore(state)
    assert again.order_rows() == made.order_rows()
    assert {k: b.state() for k, b in again.books.items()} == {k: b.state() for k, b in made.books.items()}
    assert recovered.suspended == {("XALP", "ACME")}
    evidence = read_evidence(tmp_path)
    assert (evidence.busts, evidence.corrections) == (2, 0)
    assert [o["Act"] for o in evidence.operator] == ["bust", "suspend"]
    assert all(order.cum == order.reported_cum for order in evidence.orders)
