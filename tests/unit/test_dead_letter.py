"""What can be read out of a dead letter's bytes, and which letters hold a command that can be sent again."""

import pytest
from gateway_world import DATE, SOMEONE, accepted, new_order, risk_record
from hypothesis import given
from hypothesis import strategies as st

from oms.core.control import ControlHeartbeat
from oms.v1 import commands_pb2
from oms.wire import topics
from oms.wire.codec import encode_claim, encode_envelope, encode_intake
from oms.wire.dead_letter import LetterClass, NotACommand, class_of, command_in, fields_of, place_of, value_in
from oms.wire.envelope import Claim, DeadLetter

ORDER = new_order("a1")
COMMAND = encode_intake(topics.ORDERS, ORDER)


def letter(topic: str, value: bytes, reason: str = "UNREADABLE: x") -> DeadLetter:
    return DeadLetter(topic, 0, 7, reason, value, "risk-1")


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("BROKEN_INVARIANT: a was accepted before", LetterClass.BROKEN_INVARIANT),
        ("BROKEN_INVARIANT", LetterClass.BROKEN_INVARIANT),
        ("UNREADABLE: Command: not protobuf", LetterClass.UNREADABLE),
        ("Command: not protobuf: of a release without classes", LetterClass.UNREADABLE),
        ("BROKEN_INVARIANTS are many", LetterClass.UNREADABLE),
        ("", LetterClass.UNREADABLE),
    ],
)
def test_the_class_is_the_first_word(reason: str, found: LetterClass) -> None:
    assert class_of(reason) is found


def test_a_command_of_a_desk_can_be_sent_again_whatever_its_class() -> None:
    for reason in ("UNREADABLE: by an older release", "BROKEN_INVARIANT: mended since"):
        assert command_in(letter(topics.ORDERS, COMMAND, reason)) == ORDER


@pytest.mark.parametrize(
    ("topic", "value", "why"),
    [
        (topics.ORDERS, b"\xff\xff", "no command of this release"),
        (topics.ORDERS, b"", "no command of this release"),
        (topics.RISK, encode_claim(Claim("p", 1)), "a journal is its owner's alone"),
        (topics.CONTROL, encode_intake(topics.CONTROL, ControlHeartbeat("r", 1)), "state it anew"),
        (topics.REFERENCE, COMMAND, "state it anew"),
        ("oms.of-another-release", COMMAND, "state it anew"),
    ],
)
def test_what_cannot_be_sent_again_says_why(topic: str, value: bytes, why: str) -> None:
    with pytest.raises(NotACommand, match=why):
        command_in(letter(topic, value))


def test_a_record_is_read_by_its_own_topics_reader() -> None:
    envelope = risk_record(0, 1, 0, accepted(ORDER))
    assert value_in(letter(topics.ORDERS, COMMAND)) == ORDER
    assert value_in(letter(topics.RISK, encode_envelope(topics.RISK, envelope))) == envelope
    assert value_in(letter(topics.RISK, encode_claim(Claim("p", 1)))) == Claim("p", 1)
    assert value_in(letter(topics.ORDERS, b"\xff")) is None
    assert value_in(letter(topics.VIEW_DESK_MINUTES, COMMAND)) is None
    assert value_in(letter("oms.of-another-release", COMMAND)) is None
    assert place_of(letter(topics.ORDERS, b"")) == "oms.orders/0@7"


def test_bytes_of_a_later_release_are_shown_by_their_numbers() -> None:
    """A command with a kind that this release does not know: its fields are there for people to see."""
    message = commands_pb2.Command()
    message.new_order.desk_id, message.new_order.trading_date = "alpha", DATE
    message.new_order.provenance.entered_by = SOMEONE.entered_by
    raw = message.SerializeToString()
    found = fields_of(raw)
    assert found is not None
    assert "1.1: 'alpha'" in found and f"1.2: {DATE * 2}" in found  # as it is on the wire: zigzag
    assert fields_of(b"\xff\xff\xff") is None and fields_of(b"") is None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(value: bytes) -> None:
    found = fields_of(value)
    assert found is None or all(line.isprintable() for line in found)
    for topic in (*topics.BY_NAME, "oms.none"):
        value_in(letter(topic, value))


@given(st.integers(1, 40))
def test_messages_within_messages_have_an_end(depth: int) -> None:
    raw = b"\x08\x01"
    for _ in range(depth):
        raw = b"\x0a" + bytes([len(raw)]) + raw if len(raw) < 128 else raw
    assert fields_of(raw)
