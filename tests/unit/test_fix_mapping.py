"""Messages of the venue protocol as FIX and back: exact, valid by the dictionary, and as a venue's rules of engagement have it."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
)
from oms.core.venue_reasons import CxlRejReason, OrdRejReason
from oms.fix.codec import parse
from oms.fix.message import Message
from oms.fix.validation import rejection
from oms.venues import messages as m
from oms.venues.fix_envelope import Envelope
from oms.venues.fix_mapping import About, FixMapping, Unsayable
from oms.venues.fix_names import digest
from oms.venues.fix_rules import PLAIN_FIX, TAGS, OrderIdKind, PegKind, RulesOfEngagement
from oms.venues.fix_validation import dictionary_of

SIMULATED = replace(PLAIN_FIX, tags={**TAGS, "CumNotional": 20001}, time_digits=9)
BY_TYPE = replace(SIMULATED, peg=PegKind.PEG_PRICE_TYPE, tags={**TAGS, "DisplayQty": 1138, "CumNotional": 20001})
T0 = 1_381_240_800_000_000_001
ENVELOPE = Envelope(("S1", "XALP", "", "", "", ""), 9)
ABOUT = About("ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, "acc", 300)


def mapping(rules: RulesOfEngagement = SIMULATED) -> FixMapping:
    return FixMapping(rules, lambda symbol: (4, 2) if symbol == "ACME" else (8, 8))


def on_the_wire(message: m.SessionMessage, rules: RulesOfEngagement, about: About | None = None) -> Message:
    """The frame, which the dictionary finds nothing wrong with."""
    msg_type, body = mapping(rules).encode(message, about)
    number, dup = message.msg_seq_num, message.poss_dup_flag
    again = getattr(message, "poss_resend", False)
    frame = parse(ENVELOPE.write(msg_type, body, number, T0, poss_dup=dup, poss_resend=again))
    assert rejection(frame, dictionary_of(rules)) is None
    return frame


def there_and_back(message: m.SessionMessage, rules: RulesOfEngagement = SIMULATED, about: About | None = None) -> Any:
    return mapping(rules).decode(on_the_wire(message, rules, about), "S1")


def of(message: Message, *tags: int) -> list[str]:
    return [message.text(tag) for tag in tags]


def test_a_new_order_in_the_fields_of_fix_4_4() -> None:
    new = m.NewOrderSingle(
        7, "0:a1.1", "XALP", "ACME", Side.SELL_SHORT, OrdType.STOP_LIMIT, TimeInForce.GTD, 12_345, 1_000_100, T0, account="acc",
        stop_px=999_900, display_qty=0, min_qty=100, exec_inst=(ExecInst.ALL_OR_NONE, ExecInst.PARTICIPATE_DONT_INITIATE),
        expire_date=20131009,
    )  # fmt: skip
    frame = on_the_wire(new, SIMULATED)
    assert frame.msg_type == "D"
    assert of(frame, 11, 1, 100, 55, 54, 40, 59) == ["0:a1.1", "acc", "XALP", "ACME", "5", "4", "6"]
    assert of(frame, 38, 44, 99, 111, 110, 18, 432) == ["123.45", "100.01", "99.99", "0", "1", "G 6", "20131009"]
    assert of(frame, 60, 34, 49, 56) == ["20131008-14:00:00.000000001", "7", "S1", "XALP"]
    assert there_and_back(new) == new


def test_a_trade_in_the_fields_of_fix_4_4() -> None:
    report = m.ExecutionReport(
        9, "XALP-1", "0:a1.1", ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, "E1", "", "XALP", "ACME", Side.BUY, OrdType.LIMIT,
        TimeInForce.DAY, 1_000_100, 300, 1_000_000, 100, 200, 200_010_000, 100, Liquidity.ADDED, T0,
    )  # fmt: skip
    frame = on_the_wire(report, SIMULATED)
    assert of(frame, 150, 39, 17, 32, 31, 14, 151) == ["F", "1", "E1", "1", "100", "2", "1"]
    assert of(frame, 6, 20001, 851) == ["100.005", "200.01", "1"]
    assert there_and_back(report) == report


prices = st.integers(1, 10**12)
quantities = st.integers(1, 10**12)
texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
times = st.integers(0, 2**61)
terms: Mapping[str, Any] = {
    "order_qty": quantities,
    "price": st.just(0) | prices,
    "stop_px": st.just(0) | prices,
    "display_qty": st.none() | st.just(0) | quantities,
    "min_qty": st.just(0) | quantities,
    "exec_inst": st.lists(st.sampled_from(ExecInst), unique=True, max_size=3).map(tuple),
    "peg_offset_value": st.integers(-(10**6), 10**6),
    "expire_time": st.just(0) | times,
    "expire_date": st.sampled_from((0, 20240229)),
    "exposure_duration": st.just(0) | st.integers(1, 10**15),
    "transact_time": st.integers(1, 2**61),
}
new_orders = st.builds(
    m.NewOrderSingle, msg_seq_num=st.integers(1, 10**9), cl_ord_id=texts, ex_destination=texts, symbol=st.just("ACME"),
    side=st.sampled_from(Side), ord_type=st.sampled_from(OrdType), time_in_force=st.sampled_from(TimeInForce), account=texts,
    peg_price_type=st.none() | st.sampled_from(PegPriceType), poss_resend=st.booleans(), poss_dup_flag=st.booleans(),
    self_match_prevention_instruction=st.none() | st.sampled_from(SelfMatchPrevention), self_match_prevention_id=texts, **terms,
)  # fmt: skip
replaces = st.builds(
    m.OrderCancelReplaceRequest, msg_seq_num=st.integers(1, 10**9), cl_ord_id=texts, orig_cl_ord_id=texts, **terms
)
reports = st.builds(
    m.ExecutionReport, msg_seq_num=st.integers(1, 10**9), order_id=texts, cl_ord_id=texts, orig_cl_ord_id=st.just("") | texts,
    exec_type=st.sampled_from((ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)), ord_status=st.sampled_from(
        [s for s in OrdStatus if s is not OrdStatus.UNKNOWN]), exec_id=texts, exec_ref_id=texts, symbol=st.just("ACME"),
    side=st.sampled_from(Side), ord_type=st.sampled_from(OrdType), time_in_force=st.sampled_from(TimeInForce), price=prices,
    order_qty=quantities, last_px=prices, last_qty=quantities, cum_qty=quantities, cum_notional=prices, leaves_qty=quantities,
    last_liquidity_ind=st.none() | st.sampled_from(Liquidity), transact_time=st.integers(1, 2**61), text=st.just("") | texts,
    ord_rej_reason=st.none() | st.sampled_from(OrdRejReason), poss_dup_flag=st.booleans(),
    exec_restatement_reason=st.none() | st.sampled_from(ExecRestatementReason), stop_px=st.just(0) | prices,
    display_qty=st.none() | quantities, tot_num_reports=st.integers(0, 9), last_rpt_requested=st.booleans(),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.one_of(new_orders, replaces, reports), st.sampled_from((SIMULATED, BY_TYPE)))
def test_inv_380_what_is_said_comes_back_and_the_dictionary_finds_nothing_wrong(
    message: m.SessionMessage, rules: RulesOfEngagement
) -> None:
    about = ABOUT if isinstance(message, m.OrderCancelReplaceRequest) else None
    assert there_and_back(message, rules, about) == message


@pytest.mark.parametrize(
    "message",
    [
        m.Logon(1, "S1", 5, 30),
        m.Logon(1, "S1", 0, 30, reset_seq_num_flag=True),
        m.Logout(2, "bye"),
        m.Heartbeat(3),
        m.Heartbeat(3, "t"),
        m.TestRequest(4, "t"),
        m.ResendRequest(5, 2, 0),
        m.SequenceReset(6, True, 9, True),
        m.SequenceReset(6, False, 9),
        m.Reject(7, 3, "no", False, 44, "D", 5),
        m.OrderStatusRequest(8, "a", "a:1"),
        m.OrderMassStatusRequest(9, "list"),
        m.OrderCancelRequest(9, "a:1", "a", T0),
        m.OrderCancelReject(9, "NONE", "a:1", "a", OrdStatus.REJECTED, CxlRejReason.TOO_LATE_TO_CANCEL, "OrderCancelRequest", "late", T0),
        m.BusinessMessageReject(9, 3, "D", "no"),
        m.DontKnowTrade(9, "V1", "E1", "no order of ours"),
    ],
)  # fmt: skip
def test_the_other_messages_too(message: m.SessionMessage) -> None:
    asks = isinstance(message, m.OrderCancelRequest | m.OrderStatusRequest | m.DontKnowTrade)
    assert there_and_back(message, about=ABOUT if asks else None) == message


def test_fix_asks_for_the_order_in_every_request_about_it() -> None:
    peg = replace(ABOUT, peg=PegPriceType.MID, ord_type=OrdType.PEGGED)
    cancel = on_the_wire(m.OrderCancelRequest(1, "b", "a", T0), SIMULATED, ABOUT)
    assert of(cancel, 55, 54, 1, 38) == ["ACME", "1", "acc", "3"]
    request = on_the_wire(m.OrderCancelReplaceRequest(1, "b", "a", 100, 0, T0), SIMULATED, peg)
    assert of(request, 55, 54, 40, 59, 18) == ["ACME", "1", "P", "0", "M"]
    nobodys = on_the_wire(m.OrderCancelRequest(1, "b", "a", T0), SIMULATED, About())
    assert of(nobodys, 55, 54) == ["[N/A]", "7"]


def test_what_a_venue_has_no_word_for_is_not_said() -> None:
    codes = {**PLAIN_FIX.codes, "OrdType": {OrdType.LIMIT: "2"}}
    new = m.NewOrderSingle(1, "a", "X", "ACME", Side.BUY, OrdType.STOP, TimeInForce.DAY, 1)
    with pytest.raises(Unsayable, match="STOP has no OrdType"):
        mapping(replace(PLAIN_FIX, codes=codes)).encode(new)


def report_frame(rules: RulesOfEngagement = PLAIN_FIX, **fields: str) -> m.ExecutionReport:
    """A report with these tags over a plain one, as a venue of these rules sends it."""
    tags = {
        37: "V1",
        11: "a",
        17: "E1",
        150: "F",
        39: "1",
        55: "ACME",
        54: "1",
        151: "1",
        14: "2",
        6: "100",
        32: "1",
        31: "100",
    }
    tags |= {int(name[1:]): value for name, value in fields.items()}
    body = tuple((tag, text.encode()) for tag, text in tags.items() if text)
    return mapping(rules).decode(Message("8", ((34, b"5"), *body)))  # type: ignore[return-value]


def test_rule_30_what_names_an_execution_is_the_venues_to_say() -> None:
    composed = replace(PLAIN_FIX, trade_id=(37, 17))
    by_trade = replace(PLAIN_FIX, trade_id=(1003,))
    assert report_frame().exec_id == "E1"
    assert report_frame(composed).exec_id == "V1:E1"
    bust = report_frame(composed, t150="H", t17="E2", t19="E1")
    assert (bust.exec_id, bust.exec_ref_id) == ("V1:E2", "V1:E1"), "the reference is made as the name was"
    assert report_frame(by_trade, t1003="T1").exec_id == "T1"
    bust = report_frame(by_trade, t150="H", t17="E2", t1003="T1")
    assert (bust.exec_id, bust.exec_ref_id) == ("T1:E2", "T1")
    with pytest.raises(m.MessageError, match="1003"):
        report_frame(by_trade)


def test_rule_06_what_executes_nothing_names_no_execution() -> None:
    assert report_frame(t150="I", t39="1").exec_id == ""


def test_a_new_order_id_on_every_report_does_not_name_the_order() -> None:
    rules = replace(PLAIN_FIX, order_id=OrderIdKind.PER_REPORT)
    assert {report_frame(rules, t37=name).order_id for name in ("V1", "V2")} == {"a"}
    assert report_frame(rules, t37="NONE").order_id == "NONE"


def test_rule_28_a_duplicates_rejection_is_about_the_order_that_lives() -> None:
    report = report_frame(t150="8", t39="0", t103="6", t37="V1", t14="0")
    assert (report.exec_type, report.ord_status, report.ord_rej_reason) == (
        ExecType.REJECTED, OrdStatus.NEW, OrdRejReason.DUPLICATE_ORDER,
    )  # fmt: skip


def test_a_code_that_only_explains_may_be_unknown_one_that_decides_may_not() -> None:
    assert report_frame(t103="0", t150="8", t39="8").ord_rej_reason is OrdRejReason.OTHER
    assert report_frame(t851="9").last_liquidity_ind is None
    for tag in ("t150", "t39"):
        with pytest.raises(m.MessageError):
            report_frame(**{tag: "?"})


def test_more_decimals_than_the_instrument_has_are_refused() -> None:
    with pytest.raises(m.MessageError, match="tag 31") as caught:
        report_frame(t31="100.00001")
    assert (caught.value.ref_tag_id, caught.value.reason, caught.value.msg_seq_num) == (31, 6, 5)


def test_rule_05_the_value_of_fills_is_stated_only_where_it_is_certain() -> None:
    assert report_frame(t14="1").cum_notional == 100 * 1_000_000, "one trade is all there is"
    assert report_frame().cum_notional == 0, "an average that is rounded, nobody says where"
    exact = replace(PLAIN_FIX, avg_px_decimals=10)
    assert report_frame(exact, t6="100.00005").cum_notional == 200 * 1_000_000 + 100
    assert report_frame(replace(PLAIN_FIX, avg_px_decimals=2)).cum_notional == 0, "fewer decimals than the price has"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 10**5)), min_size=2, max_size=6),
    st.integers(4, 14),
    st.booleans(),
)
def test_inv_381_a_value_proven_from_the_average_is_the_value(
    fills: list[tuple[int, int]], decimals: int, cuts: bool
) -> None:
    """Whether the venue rounds its average or cuts it: what is proven is true, else nothing is said."""
    cum, notional = sum(qty for _, qty in fills), sum(px * qty for px, qty in fills)
    average = Fraction(notional, cum) * 10 ** (decimals - 4)
    said = int(average) if cuts else round(average)
    text = f"{said // 10**decimals}.{said % 10**decimals:0{decimals}d}"
    rules = replace(PLAIN_FIX, avg_px_decimals=decimals)
    found = report_frame(rules, t6=text, t14=f"{cum // 100}.{cum % 100:02d}", t151="0", t32="0.01").cum_notional
    assert found in (0, notional)
    if cum < 10 ** (decimals - 4) // 2:
        assert found == notional


def test_a_short_name_stands_for_ours() -> None:
    names = {digest(f"0:alpha/20250106/a{n}.1", 16) for n in range(1000)}
    assert len(names) == 1000 and all(len(n) == 16 and n.isalnum() and n.upper() == n for n in names)
    assert digest("a", 20, "0123456789").isdigit()


HUGE = b"9" * 30
TRADE = (
    (34, b"5"), (37, b"O1"), (11, b"C1"), (17, b"E1"), (150, b"F"), (39, b"1"), (55, b"ACME"), (54, b"1"), (38, b"300"),
    (44, b"10"), (32, b"100"), (31, b"10"), (14, b"100"), (151, b"200"), (6, b"10"), (60, b"20250106-15:00:00"),
)  # fmt: skip


@pytest.mark.parametrize("tag", [14, 31, 32, 38, 44, 151])
def test_a_figure_beyond_64_bits_is_not_taken(tag: int) -> None:
    """What is decoded goes into a journal of 64-bit integers: beyond them it would stop the partition that reads it."""
    fields = dict(TRADE) | {tag: HUGE}
    with pytest.raises(m.MessageError, match=f"tag {tag}"):
        mapping(PLAIN_FIX).decode(Message("8", tuple(fields.items())))


def test_a_time_beyond_64_bits_is_not_taken() -> None:
    fields = dict(TRADE) | {60: b"99991231-23:59:59"}
    with pytest.raises(m.MessageError, match="tag 60"):
        mapping(PLAIN_FIX).decode(Message("8", tuple(fields.items())))


@pytest.mark.parametrize("absent", [14, 31, 32])
def test_a_trade_without_one_of_its_figures_is_not_taken(absent: int) -> None:
    """It would be booked at nothing; its number is known, and a person asks the venue (rule 31)."""
    fields = tuple((tag, value) for tag, value in TRADE if tag != absent)
    with pytest.raises(m.MessageError, match=f"tag {absent}"):
        mapping(PLAIN_FIX).decode(Message("8", fields))


def test_a_sum_beyond_64_bits_is_absent() -> None:
    fields = dict(TRADE) | {14: b"40000000000", 32: b"40000000000", 31: b"400000000000"}
    told = mapping(PLAIN_FIX).decode(Message("8", tuple(fields.items())))
    assert isinstance(told, m.ExecutionReport) and told.cum_notional == 0
