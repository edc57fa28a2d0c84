"""Lines of the venue protocol: what they look like, what comes back, and what is refused."""

import contextlib
import json
import string
from dataclasses import MISSING, fields
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from oms.venues import messages as m
from oms.venues.fault_messages import FaultMessage

MESSAGE_TYPES = [t for group in (m.SessionMessage, m.FeedMessage, FaultMessage) for t in get_args(group)]


def test_a_new_order_reads_like_fix():
    order = m.NewOrderSingle(7, "D1-1", "XALP", "ACME", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, 300, 1_010_000)
    assert json.loads(m.encode(order)) == {
        "MsgType": "NewOrderSingle",
        "MsgSeqNum": 7,
        "ClOrdID": "D1-1",
        "ExDestination": "XALP",
        "Symbol": "ACME",
        "Side": "BUY",
        "OrdType": "LIMIT",
        "TimeInForce": "DAY",
        "OrderQty": 300,
        "Price": 1_010_000,
    }


def test_a_gap_fill_says_so_and_a_resent_line_keeps_its_number():
    assert json.loads(m.encode(m.SequenceReset(3, True, 9)))["GapFillFlag"] == "Y"
    report = m.ExecutionReport(5, "O-1", "D1-1", ExecType.NEW, OrdStatus.NEW)
    resent = m.decode(m.mark_resent(m.encode(report)))
    assert isinstance(resent, m.ExecutionReport)
    assert resent.poss_dup_flag
    assert resent.msg_seq_num == 5


@pytest.mark.parametrize("cls", MESSAGE_TYPES, ids=lambda cls: cls.__name__)
@settings(deadline=None)
@given(data=st.data())
def test_every_message_survives_the_wire(cls: type, data: st.DataObject):
    hints = get_type_hints(cls)
    values = {f.name: data.draw(st.from_type(hints[f.name]).filter(_fits)) for f in fields(cls)}
    message = cls(**values)
    assert m.decode(m.encode(message)) == message


def _fits(value: object) -> bool:
    return not isinstance(value, int) or abs(value) < 2**63


def test_every_message_can_be_told_by_its_required_fields_alone():
    for cls in MESSAGE_TYPES:
        assert any(f.default is MISSING for f in fields(cls))


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (b"", 0),
        (b"{", 0),
        (b"[1]", 0),
        (b'{"MsgSeqNum":4}', 4),
        (b'{"MsgType":"Nonsense","MsgSeqNum":4}', 4),
        (b'{"MsgType":["Logon"],"MsgSeqNum":4}', 4),
        (b'{"MsgType":"Heartbeat"}', 0),
        (b'{"MsgType":"Heartbeat","MsgSeqNum":"4"}', 0),
        (b'{"MsgType":"Heartbeat","MsgSeqNum":true}', 0),
        (b'{"MsgType":"Heartbeat","MsgSeqNum":4.0}', 0),
        (b'{"MsgType":"Heartbeat","MsgSeqNum":99999999999999999999}', 0),
        (b'{"MsgType":"Heartbeat","MsgSeqNum":4,"Colour":"red"}', 4),
        (b'{"MsgType":"Heartbeat","MsgSeqNum":4,"PossDupFlag":true}', 4),
        (b'{"MsgType":"OrderStatusRequest","MsgSeqNum":4,"ClOrdID":5}', 4),
        (b'{"MsgType":"FeedLogon","Venues":"XALP"}', 0),
        (b'{"MsgType":"FeedLogon","Venues":[1]}', 0),
        (b"\xff\xfe", 0),
        (b'{"a":' * 3000, 0),
        (b" " * (m.LINE_BYTES_MAX + 1), 0),
    ],
)
def test_what_is_no_message_is_one_typed_error(line: bytes, number: int):
    with pytest.raises(m.MessageError) as caught:
        m.decode(line)
    assert caught.value.msg_seq_num == number


@given(st.one_of(st.binary(max_size=200), st.text(string.printable).map(str.encode)))
def test_no_bytes_raise_anything_else(line: bytes):
    with contextlib.suppress(m.MessageError):
        m.decode(line)


@given(st.dictionaries(st.sampled_from(["MsgType", "MsgSeqNum", "Side", "Price", "Venues"]), st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["Logon", "BUY", "Y"])), st.lists, max_leaves=3
)))  # fmt: skip
def test_no_json_raises_anything_else(body: dict[str, object]):
    with contextlib.suppress(m.MessageError):
        m.decode(json.dumps(body).encode())
