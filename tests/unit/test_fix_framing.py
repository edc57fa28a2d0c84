"""Frames out of bytes: what is whole, what is skipped, and where reading goes on."""

import pytest

from oms.fix.codec import encode
from oms.fix.framing import BEGIN_STRING_BYTES_MAX, Framer, Garbled, check_sum

FIRST = encode("FIX.4.2", "0", [(49, b"A"), (56, b"B"), (34, b"1")])
SECOND = encode("FIX.4.2", "1", [(49, b"A"), (56, b"B"), (34, b"2"), (112, b"8=FIX.4.2")])


def wrong_length(frame: bytes, by: int) -> bytes:
    """The frame with another BodyLength, and a CheckSum that is right for it."""
    begin, length, rest = frame.split(b"\x01", 2)
    changed = b"%b\x019=%d\x01%b" % (begin, int(length[2:]) + by, rest[:-7])
    return b"%b10=%03d\x01" % (changed, check_sum(changed))


def kinds(found: list[bytes | Garbled]) -> list[str | bytes]:
    return [piece.reason if isinstance(piece, Garbled) else piece for piece in found]


def test_frames_come_out_whole_and_in_order() -> None:
    framer = Framer()
    assert framer.feed(FIRST + SECOND[:30]) == [FIRST]
    assert framer.waiting_bytes == 30
    assert framer.feed(SECOND[30:] + FIRST) == [SECOND, FIRST]
    assert framer.waiting_bytes == 0


def test_the_check_sum_is_the_sum_of_all_bytes() -> None:
    for size in (0, 1, 255, 256, 257, 5_000):
        data = bytes(range(156, 256)) * 50
        assert check_sum(data[:size]) == sum(data[:size]) % 256


def test_a_length_that_is_too_short_costs_this_message_only() -> None:
    bad = wrong_length(FIRST, -3)
    assert Framer().feed(bad + SECOND) == [Garbled(bad, "BodyLength (9) does not lead to CheckSum (10)"), SECOND]


def test_a_length_that_is_too_long_takes_the_message_that_it_reaches_into() -> None:
    bad = wrong_length(FIRST, 14)
    found = Framer().feed(bad + SECOND + FIRST)
    assert found == [Garbled(bad + SECOND, "BodyLength (9) does not lead to CheckSum (10)"), FIRST]


def test_a_wrong_check_sum_costs_this_message_only() -> None:
    bad = FIRST[:-4] + b"%03d\x01" % ((int(FIRST[-4:-1]) + 1) % 256)
    assert Framer().feed(bad + SECOND) == [Garbled(bad, "CheckSum (10) is wrong"), SECOND]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "bytes outside a message"),
        (b"35=0\x01", "bytes outside a message"),
        (b"8=FIX.4.2\x0135=0\x019=5\x0110=000\x01", "BodyLength (9) is not the second field"),
        (b"8=FIX.4.2\x019=5\x0134=1\x0135=0\x0110=000\x01", "MsgType (35) is not the third field"),
        (b"8=FIX.4.2\x019=five\x0135=0\x0110=000\x01", "BodyLength (9) is no length"),
        (b"8=FIX.4.2\x019=\x0135=0\x0110=000\x01", "BodyLength (9) is no length"),
        (b"8=FIX.4.2\x019=1234567890\x0135=0\x0110=000\x01", "BodyLength (9) is no length"),
        (b"8=FIX.4.2\x019=999999999\x0135=0\x0110=000\x01", "longer than 1048576 bytes"),
        (b"8=FIX" + b"." * BEGIN_STRING_BYTES_MAX, "BeginString (8) has no end"),
    ],
)
def test_reading_goes_on_behind_what_is_garbled(bad: bytes, reason: str) -> None:
    assert Framer().feed(bad + FIRST) == [Garbled(bad, reason), FIRST]


def test_what_ends_with_a_trailer_is_told_at_once() -> None:
    """A counterparty that waits for an answer to its garbled logon gets none with the next message only."""
    bad = b"8=FIX.4.2\x0134=1\x0135=0\x0110=000\x01"
    assert Framer().feed(bad) == [Garbled(bad, "BodyLength (9) is not the second field")]


def test_garbage_without_an_end_does_not_grow_memory() -> None:
    framer = Framer(max_bytes=1_000)
    told = 0
    for _ in range(50):
        told += sum(len(piece.raw) for piece in framer.feed(b"x" * 100) if isinstance(piece, Garbled))
        assert framer.waiting_bytes <= 1_000
    assert told == 5_000 - framer.waiting_bytes


def test_a_frame_with_a_delimiter_in_raw_data_is_whole() -> None:
    frame = encode("FIX.4.4", "B", [(49, b"A"), (95, b"13"), (96, b"\x0110=000\x018=FIX")])
    assert Framer().feed(frame + FIRST) == [frame, FIRST]
