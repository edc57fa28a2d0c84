"""Frames to messages and back; beside simplefix, which others wrote."""

import pytest
import simplefix

from oms.fix.codec import ParseError, encode, parse
from oms.fix.dictionary import load
from oms.fix.fields import FieldError
from oms.fix.framing import check_sum
from oms.fix.message import Field, Message

HEADER: list[Field] = [(49, b"DESK"), (56, b"VENUE"), (34, b"7"), (52, b"20240229-10:00:00.000")]
ORDER: list[Field] = [*HEADER, (11, b"C-1"), (55, b"IBM"), (54, b"1"), (38, b"100"), (40, b"2"), (44, b"180.69")]


def framed(body: bytes, begin: bytes = b"8=FIX.4.4") -> bytes:
    """A frame of this body, right but for what the body itself has wrong."""
    frame = b"%b\x019=%d\x01%b" % (begin, len(body), body)
    return b"%b10=%03d\x01" % (frame, check_sum(frame))


def test_the_first_three_fields_the_length_and_the_check_sum() -> None:
    frame = encode("FIX.4.2", "0", [(49, b"A"), (56, b"B")])
    assert frame == b"8=FIX.4.2\x019=15\x0135=0\x0149=A\x0156=B\x0110=%03d\x01" % (sum(frame[:-7]) % 256)


def test_a_message_keeps_its_fields_and_its_bytes() -> None:
    frame = encode("FIX.4.4", "D", ORDER)
    message = parse(frame)
    assert message == Message("D", tuple(ORDER), "FIX.4.4")
    assert message.raw == frame
    assert (message.seq_num, message.poss_dup, message.poss_resend) == (7, False, False)
    assert (message.get(44), message.text(55), message.integer(38)) == (b"180.69", "IBM", 100)
    assert (message.get(1), message.text(1, "-"), message.integer(1)) == (None, "-", None)


def test_what_cannot_be_read_of_a_message_is_said_so() -> None:
    message = Message("0", ((34, b"x"), (43, b"Y"), (97, b"Y"), (38, b"1e3")))
    assert (message.seq_num, message.poss_dup, message.poss_resend) == (0, True, True)
    with pytest.raises(FieldError):
        message.integer(38)


def test_the_first_of_several_values_counts() -> None:
    assert Message("0", ((58, b"first"), (58, b"second"))).get(58) == b"first"


def test_raw_data_is_read_by_its_length() -> None:
    fields = [*HEADER, (354, b"9"), (355, b"\x01a=b\x0110=\x01"), (95, b"0"), (96, b""), (58, b"text")]
    assert parse(encode("FIX.4.4", "B", fields)).fields == tuple(fields)


def test_raw_data_of_a_venue_s_own_needs_its_dictionary() -> None:
    own = load("FIX.4.4", "5001 OwnLen Length\n5002 Own data\ndata 5001:5002\nadd B 5001 5002")
    fields = [*HEADER, (5001, b"3"), (5002, b"a\x01b")]
    assert parse(encode("FIX.4.4", "B", fields, own), own).fields == tuple(fields)
    with pytest.raises(FieldError):
        encode("FIX.4.4", "B", fields)


def test_a_piece_without_a_tag_belongs_to_the_value_before_it() -> None:
    assert parse(framed(b"35=0\x0149=A\x0158=a\x01b\x0156=B\x01")).fields == ((49, b"A"), (58, b"a\x01b"), (56, b"B"))


def test_tags_that_no_version_has_are_read_too() -> None:
    assert parse(framed(b"35=0\x010=x\x01-1=y\x015000=z\x01123456789=q\x0158=\x01")).fields == (
        (0, b"x"),
        (-1, b"y"),
        (5000, b"z"),
        (123456789, b"q"),
        (58, b""),
    )


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"8=FIX.4.4\x01",
        encode("FIX.4.4", "D", ORDER)[:-1],
        encode("FIX.4.4", "D", ORDER)[1:],
        encode("FIX.4.4", "D", ORDER).replace(b"180.69", b"180.68"),
        encode("FIX.4.4", "D", ORDER).replace(b"\x019=", b"\x019=0x"),
        encode("FIX.4.4", "D", ORDER) + b"58=more\x01",
        framed(b"35=0\x0149=A\x0156=B\x01", begin=b"8="),
        framed(b"34=1\x0135=0\x01"),
        framed(b"35=0\x0134=2\x014garbled9=TW\x01"),
        framed(b"35=0\x01049=A\x01"),
        framed(b"35=0\x01=A\x01"),
        framed(b"35=0\x01loose\x01"),
        framed(b"35=0\x0149=A\x01\x0156=B\x01"),
        framed(b"35=B\x0195=5\x0196=abc\x0158=x\x01"),
        framed(b"35=B\x0195=500\x0196=abc\x0158=x\x01"),
        framed(b"35=B\x0195=2\x0196=abc\x0158=x\x01"),
    ],
)
def test_what_is_no_message_is_not_read(frame: bytes) -> None:
    with pytest.raises(ParseError):
        parse(frame)


@pytest.mark.parametrize(
    "fields",
    [
        [(8, b"FIX.4.4")],
        [(9, b"5")],
        [(35, b"D")],
        [(10, b"000")],
        [(0, b"x")],
        [(-1, b"x")],
        [(58, b"a\x01b")],
        [(58, b"a\x0110=000\x01")],
        [(96, b"a\x01b")],
        [(95, b"2"), (96, b"abc")],
        [(95, b"3"), (58, b"x"), (96, b"a\x01b")],
    ],
)
def test_what_would_be_read_as_other_fields_is_not_written(fields: list[Field]) -> None:
    with pytest.raises(FieldError):
        encode("FIX.4.4", "B", fields)


def test_simplefix_reads_what_we_write() -> None:
    parser = simplefix.FixParser()
    fields = [*ORDER, (95, b"3"), (96, b"a\x01b")]
    parser.append_buffer(encode("FIX.4.4", "D", fields))
    read = parser.get_message()
    assert [(int(tag), value) for tag, value in read.pairs if tag not in (b"8", b"9", b"35", b"10")] == fields


def test_we_read_what_simplefix_writes() -> None:
    theirs = simplefix.FixMessage()
    theirs.append_pair(8, "FIX.4.4")
    theirs.append_pair(35, "D")
    for tag, value in ORDER:
        theirs.append_pair(tag, value)
    theirs.append_data(95, 96, b"a\x01b")
    frame = theirs.encode()
    fields = [*ORDER, (95, b"3"), (96, b"a\x01b")]
    assert parse(frame).fields == tuple(fields)
    assert encode("FIX.4.4", "D", fields) == frame
