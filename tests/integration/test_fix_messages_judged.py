"""Every kind of message that a client is told, that a venue is sent, or tells, judged by QuickFIX/J: its dictionary's validation takes it.

One order differs from the next in one thing; what its dictionary refuses, it answers with a Reject that says why.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from quickfixj import NEEDED, theirs
from test_fix_quickfixj import ours
from venue_message_kinds import venue_messages

from oms.core.commands import NewOrder, Provenance
from oms.core.enums import (
    Algorithm,
    ExecInst,
    ExecRestatementReason,
    ExecType,
    Liquidity,
    OrdStatus,
    OrdType,
    PegPriceType,
    Side,
    TimeInForce,
)
from oms.core.instructions import PLAIN, Instructions, Peg
from oms.core.reasons import Reason
from oms.core.reference import Instrument
from oms.fix.message import Field
from oms.gateway.client_sessions.reports import Asked, Report, execution_report, order_cancel_reject
from oms.gateway.client_sessions.state import ClientOrder
from oms.local.ports import free_port

pytestmark = [pytest.mark.integration, NEEDED]

Told = tuple[str, tuple[Field, ...]]
ACME = Instrument("ACME", "Acme", "USD", 4, 0, 1, 1, "always", True)
NOW = 1_736_175_600_000_000_000
ORDER = NewOrder(
    "alpha", 20250106, "a1", "A1", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 100, 100_000, Algorithm.BEST_PRICE, "", None,
    NOW, NOW, "", Provenance("ann", "", "fix:s", "ann", ""),
)  # fmt: skip
NEW = Report(ExecType.NEW, OrdStatus.NEW, "R0.1.0", NOW)
INSTRUCTIONS = (
    Instructions(stop_px=90_000),
    Instructions(display_qty=10),
    Instructions(display_qty=0),
    Instructions(min_qty=5),
    Instructions(exec_inst=tuple(ExecInst)),
    Instructions(expire_ns=NOW),
    Instructions(expire_date=20250107),
    *(Instructions(peg=Peg(kind, 100)) for kind in PegPriceType),
    Instructions(exec_inst=(ExecInst.DO_NOT_INCREASE,), peg=Peg(PegPriceType.MID, -100)),
)
BY_RULES = {("8", 150, b"L"), ("8", 103, b"18"), ("8", 378, b"11"), ("8", 851, b"4"), ("9", 102, b"18")}
"""Codes of later versions that our own venue and its members agree on beside FIX 4.4 (docs/fix.md): told apart here, so that there is no
other."""

NO_REPORT = "8", ((37, b"x"),)
"""What it must refuse, or it would judge nothing."""

BY_AGREEMENT = TimeInForce.GOOD_FOR_TIME
"""A value of a later FIX: told to whom it came from, who has it in the dictionary."""


def order(instructions: Instructions = PLAIN, **changes: object) -> ClientOrder:
    terms = replace(ORDER, instructions=instructions, **changes)  # type: ignore[arg-type]
    return ClientOrder("alpha/20250106/a1", "s", terms, "a1", ["a1"], 100, 100_000, instructions)


def reports() -> Iterator[tuple[ClientOrder, Report]]:
    for exec_type in ExecType:
        yield order(), replace(NEW, exec_type=exec_type, cl_ord_id="a2", orig_cl_ord_id="a1", text="told")
    for status in OrdStatus:
        yield order(), replace(NEW, status=status)
    for restatement in ExecRestatementReason:
        yield order(), replace(NEW, exec_type=ExecType.RESTATED, restatement=restatement)
    for reason in Reason:
        yield order(), replace(NEW, exec_type=ExecType.REJECTED, status=OrdStatus.REJECTED, reason=reason)
    for liquidity in Liquidity:
        trade = replace(NEW, exec_type=ExecType.TRADE, exec_id="XALP/E1", last_qty=40, last_px=99_900, last_mkt="XALP")
        yield order(), replace(trade, liquidity=liquidity, trade_date=20250106)
        yield order(), replace(trade, exec_type=ExecType.TRADE_CORRECT, exec_ref_id="XALP/E0", liquidity=liquidity)
    for instructions in INSTRUCTIONS:
        yield order(instructions), NEW
    for ord_type in OrdType:
        yield order(ord_type=ord_type), NEW
    for side in Side:
        yield order(side=side), NEW
    for time_in_force in (t for t in TimeInForce if t is not BY_AGREEMENT):
        yield order(time_in_force=time_in_force), NEW
    yield order(list_id="alpha/20250106/L1"), NEW


def told(version: str) -> Iterator[Told]:
    for about, report in reports():
        yield "8", execution_report(about, ACME, report, version)
    today = order()
    today.day_order_qty, today.day_cum_qty, today.day_notional = 100, 30, 3_000_000
    yield "8", execution_report(today, ACME, NEW, version, copy=True)
    yield "8", execution_report(order(), None, NEW, version)
    status = replace(NEW, exec_type=ExecType.ORDER_STATUS)
    for asked in (Asked("s1"), Asked("", "m1", 2, True)):
        yield "8", execution_report(order(), ACME, status, version, asked)
    for reason in (None, *Reason):
        refused = replace(status, reason=reason, cl_ord_id="a2", orig_cl_ord_id="a1", text="refused")
        yield "9", order_cancel_reject(order(), refused, version, reason is None, "A1")
        yield "9", order_cancel_reject(None, refused, version, reason is not None)


@pytest.mark.parametrize("version", ["FIX.4.4", "FIX.5.0SP2"])
def test_inv_551_no_report_is_refused_by_their_dictionary(version: str) -> None:
    assert refused(version, list(told(version))) == []


def test_inv_551_no_message_of_a_venue_session_is_refused_by_their_dictionary() -> None:
    sent = list(venue_messages())
    assert {msg_type for msg_type, _ in sent} >= set("DFGHQq89rj") | {"AF"}
    found = refused("FIX.4.4", sent)
    assert {(msg_type, tag, dict(body)[tag]) for (msg_type, body), tag, _ in found} == BY_RULES and len(found) == len(
        BY_RULES
    )


def refused(version: str, sent: list[Told]) -> list[tuple[Told, int, str]]:
    """What their end refuses, with the tag that it names and its words; NO_REPORT, which it must refuse, is in front."""
    settings = {"FIX.4.4": ("BeginString=FIX.4.4",), "FIX.5.0SP2": ("BeginString=FIXT.1.1", "DefaultApplVerID=9")}[
        version
    ]
    port = free_port()
    with (
        ours(False, port, begin_string=settings[0].partition("=")[2]) as us,
        theirs("initiator", port, "HeartBtInt=30", *settings) as engine,
    ):
        us.connect()
        us.until(lambda: us.session.state.logged_on)
        first = us.session.state.next_out
        for msg_type, body in (NO_REPORT, *sent):
            us.tell(msg_type, body)
        us.until(lambda: len(_judged(engine.look())) > len(sent))
        rejects = [dict(re.findall(r"(\d+)=([^\x01]*)", line)) for line in engine.look() if _is_reject(line)]
        assert rejects[0]["45"] == str(first) and "Required tag missing" in rejects[0]["58"]
        return [(sent[int(r["45"]) - first - 1], int(r.get("371", 0)), r["58"]) for r in rejects[1:]]


def _judged(lines: list[str]) -> list[str]:
    """Taken or refused."""
    return [line for line in lines if line.startswith("got ") or _is_reject(line)]


def _is_reject(line: str) -> bool:
    return line.startswith("out ") and re.search("\x0135=[3j]\x01", line) is not None
