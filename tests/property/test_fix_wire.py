"""Bytes as they may come: whole, cut anywhere, changed anywhere, or no FIX at all."""

from random import Random

import pytest
from fix_messages import valid_message
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.fix.codec import DATA_OF_LENGTH, ParseError, encode, parse
from oms.fix.dictionary import Dictionary, load
from oms.fix.fields import (
    FieldError,
    from_int,
    from_scaled,
    from_text,
    from_utc_date,
    from_utc_ns,
    from_words,
    to_int,
    to_scaled,
    to_utc_date,
    to_utc_ns,
    to_words,
)
from oms.fix.framing import Framer, Garbled
from oms.fix.groups import groups
from oms.fix.message import Field, Message
from oms.fix.validation import RejectReason, ValidationOptions, rejection

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
SEEDS = st.integers(0, 2**32)
NOT_LISTED = {8, 9, 10, 35}
CHECKED = settings(max_examples=150, deadline=None, print_blob=True)
PIECES = (
    b"8=FIX.4.2\x019=",
    b"\x0110=123\x01",
    b"8=FIX",
    b"35=",
    b"9=5\x01",
    b"\x01",
    b"=",
    b"10=",
    b"8",
    b"0",
    b"\xff",
    b"354=4\x01355=",
)
"""What frames are made of, so that noise is often nearly a frame."""

TAGS = st.integers(1, 12_000).filter(lambda tag: tag not in NOT_LISTED)
PLAIN = st.binary(max_size=20).map(lambda value: value.replace(b"\x01", b""))
DATA_FIELDS = st.tuples(st.sampled_from(sorted(DATA_OF_LENGTH.items())), st.binary(max_size=30)).map(
    lambda drawn: [(drawn[0][0], b"%d" % len(drawn[1])), (drawn[0][1], drawn[1])]
)
FIELD_LISTS = st.lists(st.one_of(st.tuples(TAGS, PLAIN).map(lambda field: [field]), DATA_FIELDS), max_size=20).map(
    lambda parts: [field for part in parts for field in part]
)


def stream(random: Random) -> bytes:
    """Messages with noise between them and faults in them."""
    parts = []
    for _ in range(random.randrange(1, 8)):
        dictionary = load(random.choice(VERSIONS))
        message = valid_message(random, dictionary, random.choice(sorted(dictionary.messages)))
        parts.append(damaged(random, encode(message.begin_string, message.msg_type, message.fields)))
        parts.append(b"".join(random.choices(PIECES, k=random.choice((0, 0, 1, 5)))))
    return b"".join(parts)


def damaged(random: Random, frame: bytes) -> bytes:
    """The frame as it is, or with a byte changed, taken out or put in."""
    at = random.randrange(len(frame))
    return random.choice(
        (
            frame,
            frame,
            frame[:at] + bytes([random.randrange(256)]) + frame[at + 1 :],
            frame[:at] + frame[at + 1 :],
            frame[:at] + random.choice(PIECES) + frame[at:],
            frame.replace(b"\x019=", random.choice((b"\x019=1", b"\x019=0", b"\x01")), 1),
        )
    )


def fed(data: bytes, cuts: list[int], max_bytes: int) -> tuple[list[bytes | Garbled], int]:
    """Everything that comes out, and how many bytes are left waiting."""
    framer = Framer(max_bytes)
    found: list[bytes | Garbled] = []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += framer.feed(data[start:end])
        assert framer.waiting_bytes <= max_bytes
    return found, framer.waiting_bytes


@settings(CHECKED, max_examples=300)
@given(seed=SEEDS, max_bytes=st.sampled_from((40, 120, 400, 1 << 20)))
def test_any_split_of_a_stream_gives_the_same_frames(seed: int, max_bytes: int) -> None:
    random = Random(seed)
    data = stream(random)
    whole, left = fed(data, [], max_bytes)
    assert b"".join(piece.raw if isinstance(piece, Garbled) else piece for piece in whole) == data[: len(data) - left]
    for cuts in (sorted(random.sample(range(len(data) + 1), min(len(data), 9))), list(range(1, len(data)))):
        assert fed(data, cuts, max_bytes) == (whole, left)
    for piece in whole:
        if isinstance(piece, bytes):
            assert len(piece) <= max_bytes


@settings(CHECKED, max_examples=400)
@given(
    data=st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)), seed=SEEDS
)
def test_arbitrary_bytes_give_the_declared_errors_only(data: bytes, seed: int) -> None:
    random = Random(seed)
    dictionary = load(random.choice(VERSIONS))
    for piece in Framer().feed(data + stream(random)):
        if isinstance(piece, Garbled):
            continue
        looked_at(piece, dictionary.name, random)
    with pytest.raises(ParseError):
        parse(data)


def looked_at(frame: bytes, version: str, random: Random) -> None:
    """Everything that is done with a frame that came in: an answer or a declared error, never another."""
    dictionary = load(version)
    try:
        message = parse(frame, dictionary)
    except ParseError:
        return
    options = ValidationOptions(*(random.random() < 0.8 for _ in range(7)))
    found = rejection(message, dictionary, options)
    assert found is None or found.reason in RejectReason
    assert message.seq_num >= 0
    for tag in {tag for tag, _ in message.fields}:
        try:
            message.integer(tag)
            groups(message, tag, dictionary)
        except FieldError:
            continue


@settings(CHECKED, max_examples=300)
@given(fields=FIELD_LISTS)
def test_what_is_written_is_read_back(fields: list[Field]) -> None:
    """Whatever the fields are: the writer refuses what the reader could not give back."""
    try:
        frame = encode("FIX.4.4", "D", fields)
    except FieldError:
        assert any(tag in DATA_OF_LENGTH.values() for tag, _ in fields), "plain fields are never refused"
        return
    assert Framer().feed(frame) == [frame]
    assert parse(frame) == Message("D", tuple(fields), "FIX.4.4")
    assert encode("FIX.4.4", "D", parse(frame).fields) == frame


@CHECKED
@given(value=st.integers(-(2**63), 2**63), scale=st.integers(0, 18))
def test_a_scaled_number_comes_back(value: int, scale: int) -> None:
    assert to_scaled(from_scaled(value, scale), scale) == value
    assert to_scaled(from_scaled(value, scale), scale + 3) == value * 1000


@CHECKED
@given(ns=st.integers(-(10**18), 4 * 10**18), digits=st.integers(0, 9))
def test_a_time_comes_back_as_far_as_it_was_written(ns: int, digits: int) -> None:
    step = 10 ** (9 - digits)
    assert to_utc_ns(from_utc_ns(ns, digits)) == ns - ns % step


@CHECKED
@given(
    number=st.integers(-(10**18) + 1, 10**18 - 1),
    day=st.dates(),
    text=st.text(st.characters(max_codepoint=255), min_size=1),
)
def test_ints_dates_and_texts_come_back(number: int, day: object, text: str) -> None:
    assert to_int(from_int(number)) == number
    assert to_utc_date(from_utc_date(day)) == day  # type: ignore[arg-type]
    if "\x01" not in text:
        assert from_text(text).decode("latin-1") == text


@CHECKED
@given(words=st.lists(st.text(st.sampled_from("ABC19"), min_size=1, max_size=3), min_size=1, max_size=4))
def test_words_come_back(words: list[str]) -> None:
    assert to_words(from_words(words)) == tuple(words)


@settings(CHECKED, max_examples=400)
@given(seed=SEEDS, version=st.sampled_from(VERSIONS))
def test_a_message_that_its_dictionary_describes_is_taken(seed: int, version: str) -> None:
    random, dictionary = Random(seed), load(version)
    msg_type = random.choice(sorted(dictionary.messages))
    message = valid_message(random, dictionary, msg_type)
    assert rejection(message, dictionary) is None
    frame = encode(message.begin_string, msg_type, message.fields)
    assert parse(frame, dictionary) == message


@settings(CHECKED, max_examples=400)
@given(seed=SEEDS, version=st.sampled_from(VERSIONS))
def test_one_broken_rule_is_the_one_that_is_named(seed: int, version: str) -> None:
    random, dictionary = Random(seed), load(version)
    msg_type = random.choice(sorted(dictionary.messages))
    message = valid_message(random, dictionary, msg_type)
    tag, reason, fields = broken(random, message, dictionary)
    found = rejection(Message(msg_type, fields, message.begin_string), dictionary)
    assert found is not None
    assert (found.ref_tag, found.reason) == (tag, reason)


def broken(random: Random, message: Message, dictionary: Dictionary) -> tuple[int, RejectReason, tuple[Field, ...]]:
    """One fault in a message that has none: the tag and the reason that it must be refused with."""
    fields = list(message.fields)
    tags = [tag for tag, _ in fields]
    body_at = next((index for index, tag in enumerate(tags) if tag not in dictionary.header_tags), len(fields))
    kind = random.choice(("missing", "empty", "unknown", "order", "twice", "form"))
    if kind == "missing":
        required = (*dictionary.messages[message.msg_type].layout.required, 49, 56, 34, 52)
        tag = random.choice([tag for tag in required if tags.count(tag) == 1])
        return tag, RejectReason.REQUIRED_TAG_MISSING, tuple(field for field in fields if field[0] != tag)
    if kind == "empty":
        return 56, RejectReason.TAG_SPECIFIED_WITHOUT_A_VALUE, tuple((t, b"" if t == 56 else v) for t, v in fields)
    if kind == "unknown":
        tag = random.choice((4_999, -5, 5_000, 9_999))
        return tag, RejectReason.INVALID_TAG_NUMBER, (*fields[:body_at], (tag, b"x"), *fields[body_at:])
    if kind == "order" and body_at < len(fields):
        return tags[0], RejectReason.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER, (*fields[1:], fields[0])
    if kind == "form":
        return 34, RejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE, tuple((t, b"1.5" if t == 34 else v) for t, v in fields)
    return 56, RejectReason.TAG_APPEARS_MORE_THAN_ONCE, (*fields[:body_at], (56, b"AGAIN"), *fields[body_at:])
