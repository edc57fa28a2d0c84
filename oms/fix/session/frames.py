"""How a session's frames are read and built: the header, with its fields in the order of their tags, and the routing of answers.

It does not know when a message is due, nor what is in a body.
"""

from collections.abc import Iterable
from functools import lru_cache

from oms.fix.codec import encode, parse
from oms.fix.dictionary import Dictionary, load
from oms.fix.fields import SOH, FieldError, from_utc_ns, to_utc_ns
from oms.fix.message import Field, Message
from oms.fix.session.config import SessionConfig

SENDER_COMP_ID, TARGET_COMP_ID, MSG_SEQ_NUM, SENDING_TIME, POSS_DUP, ORIG_SENDING_TIME = 49, 56, 34, 52, 43, 122
SENDER_SUB_ID, SENDER_LOCATION_ID, TARGET_SUB_ID, TARGET_LOCATION_ID = 50, 142, 57, 143

REVERSED = {115: 128, 116: 129, 144: 145, 128: 115, 129: 116, 145: 144}
"""OnBehalfOf… of a message is DeliverTo… of its answer, and the other way round."""

READ_KEPT = 64
"""A message is asked for when it comes and when its owner processes it; what is between fits."""


@lru_cache(maxsize=READ_KEPT)
def read(raw: bytes) -> Message:
    """A frame that was parsed before. Counterparties with raw data fields of their own are read with their dictionary: `message_of`."""
    return parse(raw)


def dictionary_of(config: SessionConfig) -> Dictionary:
    return load(config.dictionary, config.custom)


def message_of(config: SessionConfig, raw: bytes) -> Message:
    """A frame of this session. ParseError where it is none."""
    return parse(raw, dictionary_of(config)) if config.custom else read(raw)


def frame_of(message: Message) -> bytes:
    """The frame as it came; for a message that was made here, the one that it would have come in."""
    return message.raw or encode(message.begin_string, message.msg_type, message.fields)


@lru_cache(maxsize=256)
def _own_fields(names: "_Names") -> tuple[tuple[Field, ...], tuple[Field, ...], tuple[Field, ...]]:
    sender_id, sender_sub, sender_location, target_id, target_sub, target_location = names
    before = _given((SENDER_COMP_ID, sender_id), (SENDER_SUB_ID, sender_sub))
    after = _given((TARGET_COMP_ID, target_id), (TARGET_SUB_ID, target_sub))
    return before, after, _given((SENDER_LOCATION_ID, sender_location), (TARGET_LOCATION_ID, target_location))


_Names = tuple[str, str, str, str, str, str]


def _given(*fields: tuple[int, str]) -> tuple[Field, ...]:
    return tuple((tag, value.encode("latin-1")) for tag, value in fields if value)


def build(
    config: SessionConfig,
    seq_num: int,
    msg_type: str,
    body: tuple[Field, ...],
    now_ns: int,
    header: tuple[Field, ...] = (),
) -> bytes:
    """The frame of a new message. FieldError where a value cannot stand in a frame."""
    names = (
        config.sender_comp_id,
        config.sender_sub_id,
        config.sender_location_id,
        config.target_comp_id,
        config.target_sub_id,
        config.target_location_id,
    )
    before, after, last = _own_fields(names)
    time = (SENDING_TIME, from_utc_ns(now_ns, config.time_digits))
    fields = ((MSG_SEQ_NUM, b"%d" % seq_num), *before, time, *after)
    if header or last:
        fields = tuple(sorted((*fields, *header, *last), key=_tag))
    return encode(config.begin_string, msg_type, fields + body)


def build_again(config: SessionConfig, message: Message, now_ns: int) -> bytes:
    """A kept message as it is sent again: PossDupFlag, OrigSendingTime, and SendingTime of now (FIX session layer, message recovery).

    The header is what `build` put before the body: fields in rising order of tags up to the last of ours.
    """
    count = _header_length(message.fields)
    original = message.get(SENDING_TIME) or b""
    kept = [field for field in message.fields[:count] if field[0] not in (SENDING_TIME, POSS_DUP, ORIG_SENDING_TIME)]
    now = from_utc_ns(now_ns, config.time_digits)
    header = sorted((*kept, (POSS_DUP, b"Y"), (SENDING_TIME, now), (ORIG_SENDING_TIME, original)), key=_tag)
    return encode(message.begin_string, message.msg_type, (*header, *message.fields[count:]))


def gap_fill(config: SessionConfig, seq_num: int, new_seq_num: int, now_ns: int) -> bytes:
    """SequenceReset-GapFill in place of the messages from `seq_num` up to but not `new_seq_num`."""
    original = (ORIG_SENDING_TIME, from_utc_ns(now_ns, config.time_digits))
    body = ((36, b"%d" % new_seq_num), (123, b"Y"))
    return build(config, seq_num, "4", body, now_ns, ((POSS_DUP, b"Y"), original))


def _tag(field: Field) -> int:
    return field[0]


HEADER_TAGS = frozenset(
    {34, 43, 49, 50, 52, 56, 57, 90, 91, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145, 212, 213, 347, 369}
    | {627, 628, 629, 630, 1128, 1129, 1156}
)
"""StandardHeader of FIX 4.2 to 5.0 SP2 without 8, 9 and 35."""


def _header_length(fields: tuple[Field, ...]) -> int:
    return next((at for at, (tag, _) in enumerate(fields) if tag not in HEADER_TAGS), len(fields))


def reverse_route(message: Message) -> tuple[Field, ...]:
    """Header fields of an answer to `message`: it goes back on the way that it came. Empty ones are not reversed."""
    return tuple((REVERSED[tag], repeatable(value)) for tag, value in message.fields if tag in REVERSED and value)


def repeatable(value: bytes) -> bytes:
    """A value that somebody sent, as it can stand in an answer: a delimiter within it becomes a space."""
    return value.replace(SOH, b" ")


def time_of(message: Message, tag: int) -> int | None:
    """UTC ns; None where the field is absent or no time."""
    value = message.get(tag)
    try:
        return None if value is None else to_utc_ns(value)
    except FieldError:
        return None


def number(message: Message, tag: int) -> int | None:
    """An int; None where the field is absent or no int."""
    try:
        return message.integer(tag)
    except FieldError:
        return None


def texts(*fields: tuple[int, str | int]) -> tuple[Field, ...]:
    """Fields with the values that are given; an empty text is left out. What latin-1 lacks becomes `?`, a delimiter a space."""
    return tuple(
        (tag, str(value).replace("\x01", " ").encode("latin-1", "replace")) for tag, value in fields if value != ""
    )


def in_order(fields: Iterable[Field]) -> tuple[Field, ...]:
    return tuple(sorted(fields, key=_tag))
