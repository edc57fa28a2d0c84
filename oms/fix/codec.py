"""A frame to a message and back. Fields keep their order; nothing is added but 8, 9, 35 and 10, and nothing is lost.

Invariant: `parse(encode(begin, type, fields)).fields == fields` for all that `encode` takes, raw data included.

A raw data field may have the field delimiter in its value. Its length stands in the field before it (95 before 96), so the pairs have to
be known; those of all versions of FIX are known here, a dictionary may add others. The codec knows nothing else of what fields mean: a
tag that no version has is read like any other, and refused by `validation`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from oms.fix.dictionary import DATA_OF_LENGTH, Dictionary
from oms.fix.fields import SOH, FieldError, from_text
from oms.fix.framing import TRAILER_BYTES, check_sum
from oms.fix.message import TAG_BEGIN_STRING, TAG_BODY_LENGTH, TAG_CHECK_SUM, TAG_MSG_TYPE, Field, Message

HEADS_MAX = 512
"""Versions times message types that are written: FIX has a hundred types."""
_KNOWN_TAGS = 10_000
"""Tags below it are looked up, others are read: all of FIX and the first range of user-defined tags."""
_FRAME_TAGS = frozenset({TAG_BEGIN_STRING, TAG_BODY_LENGTH, TAG_CHECK_SUM, TAG_MSG_TYPE})
_PLAIN_TAGS = [tag for tag in range(1, _KNOWN_TAGS) if tag not in DATA_OF_LENGTH]
_TAG_OF = {b"%d" % tag: tag for tag in _PLAIN_TAGS}
"""Without length fields: a message that has one is not found here, and so takes the careful way."""
_PREFIX_OF = {tag: b"\x01%d=" % tag for tag in _PLAIN_TAGS if tag not in _FRAME_TAGS}
_TAG = re.compile(rb"0|-?[1-9][0-9]{0,8}")
_DIGITS = re.compile(rb"[0-9]{1,9}")


class ParseError(Exception):
    """The bytes are no FIX message; the message is one line. Such bytes are garbled: no sequence number is taken from them."""


def parse(frame: bytes, dictionary: Dictionary | None = None) -> Message:
    """Read a whole frame. Raises ParseError where the first three fields, BodyLength, CheckSum or the form of a field is wrong.

    A field without `=` is taken as the rest of the value before it, with the delimiter: whoever validates can tell (reason 17).
    """
    parts = frame.split(SOH)
    if len(parts) < 5 or parts[-1]:
        raise ParseError("fewer than four fields, or no delimiter at the end")
    begin, length, msg_type = parts[0], parts[1], parts[2]
    if not (begin.startswith(b"8=") and length.startswith(b"9=") and msg_type.startswith(b"35=")) or len(begin) < 3:
        raise ParseError("the first three fields are not BeginString (8), BodyLength (9), MsgType (35)")
    body_at = len(begin) + len(length) + 2
    if _DIGITS.fullmatch(length, 2) is None or int(length[2:]) != len(frame) - body_at - TRAILER_BYTES:
        raise ParseError(f"BodyLength (9) is not the {len(frame) - body_at - TRAILER_BYTES} bytes up to CheckSum (10)")
    if parts[-2] != b"10=%03d" % check_sum(frame[:-TRAILER_BYTES]):
        raise ParseError("CheckSum (10) is wrong or not the last field")
    data_of = DATA_OF_LENGTH if dictionary is None else dictionary.data_of
    try:
        fields = tuple([(_TAG_OF[tag], value) for tag, value in [part.split(b"=", 1) for part in parts[3:-2]]])
        careful = data_of is not DATA_OF_LENGTH and any(tag in data_of for tag, _ in fields)
    except (KeyError, ValueError):
        careful = True
    if careful:
        fields = _read(frame, body_at + len(msg_type) + 1, data_of)
    return Message(msg_type[3:].decode("latin-1"), fields, begin[2:].decode("latin-1"), frame)


def encode(begin_string: str, msg_type: str, fields: Iterable[Field], dictionary: Dictionary | None = None) -> bytes:
    """The frame of these fields, in their order, with 8, 9, 35 before and 10 behind them.

    The dictionary matters only where it has raw data of its own.

    Raises FieldError where the frame would be read back as another message: 8, 9, 10 or 35 among the fields, a tag below 1, the
    delimiter in a value that is no raw data, raw data whose length field is not right before it, no BeginString or MsgType.
    """
    data_of = DATA_OF_LENGTH if dictionary is None else dictionary.data_of
    listed = fields if isinstance(fields, (tuple, list)) else list(fields)
    try:
        body = b"".join([_PREFIX_OF[tag] + value for tag, value in listed])
    except KeyError:
        body = _checked_body(listed, data_of)
    else:
        if body.count(SOH) != len(listed):
            body = _checked_body(listed, data_of)
    begin, type_ = _head(begin_string, msg_type)
    frame = b"%b9=%d\x01%b%b\x01" % (begin, len(type_) + len(body) + 1, type_, body)
    return b"%b10=%03d\x01" % (frame, check_sum(frame))


@lru_cache(maxsize=HEADS_MAX)
def _head(begin_string: str, msg_type: str) -> tuple[bytes, bytes]:
    """BeginString with its delimiter, MsgType without: kept, because a process writes few kinds of messages."""
    return b"8=%b\x01" % from_text(begin_string), b"35=%b" % from_text(msg_type)


def _read(frame: bytes, at: int, data_of: Mapping[int, int]) -> tuple[Field, ...]:
    """The fields between MsgType and CheckSum, one by one, raw data by the length before it."""
    end = len(frame) - TRAILER_BYTES
    fields: list[Field] = []
    data_tag: int | None = None
    data_length = 0
    while at < end:
        stop = frame.index(SOH, at, end)
        equals = frame.find(b"=", at, stop)
        if equals < 0:
            if not fields or stop == at:
                raise ParseError("a field has no tag and no value")
            fields[-1] = (fields[-1][0], fields[-1][1] + SOH + frame[at:stop])
            at = stop + 1
            continue
        tag = _read_tag(frame[at:equals])
        if data_tag and tag == data_tag:
            stop = equals + 1 + data_length
            if stop >= end or frame[stop : stop + 1] != SOH:
                raise ParseError(f"raw data ({tag}) is not as long as the field before it says")
        value = frame[equals + 1 : stop]
        fields.append((tag, value))
        data_tag = data_of.get(tag) if _DIGITS.fullmatch(value) else None
        data_length = 0 if data_tag is None else int(value)
        at = stop + 1
    return tuple(fields)


def _read_tag(text: bytes) -> int:
    if _TAG.fullmatch(text) is None:
        raise ParseError(f"{text[:20].decode('latin-1')!r} is no tag")
    return int(text)


def _checked_body(fields: Sequence[Field], data_of: Mapping[int, int]) -> bytes:
    """As in `encode`, for fields that need a look each."""
    parts = []
    before: Field = (0, b"")
    for tag, value in fields:
        if tag in _FRAME_TAGS or not 0 < tag < 10**9:
            raise FieldError(f"tag {tag} cannot be among the fields of a message")
        is_data = data_of.get(before[0]) == tag
        if is_data and before[1] != b"%d" % len(value):
            raise FieldError(
                f"field {tag} has {len(value)} bytes, the length before it ({before[0]}) says another number"
            )
        if SOH in value and not is_data:
            raise FieldError(f"field {tag} has the field delimiter in its value and is no raw data behind its length")
        parts.append(b"\x01%d=%b" % (tag, value))
        before = (tag, value)
    return b"".join(parts)
