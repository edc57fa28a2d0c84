"""One FIX message as an ordered list of fields. What a field means is for the dictionary; how it came is for the codec.

Values are bytes as on the wire. Text is latin-1, so every byte has a character and nothing is lost on the way back.
"""

from dataclasses import dataclass, field

from oms.fix.fields import FieldError, to_int

Field = tuple[int, bytes]
"""Tag and value."""

TAG_BEGIN_STRING, TAG_BODY_LENGTH, TAG_CHECK_SUM, TAG_MSG_TYPE = 8, 9, 10, 35
TAG_MSG_SEQ_NUM, TAG_POSS_DUP_FLAG, TAG_POSS_RESEND = 34, 43, 97


class FieldList:
    """What can be asked of fields in wire order. A tag may come more than once: in repeating groups, and in messages that are wrong."""

    __slots__ = ("_first",)
    fields: tuple[Field, ...]
    _first: dict[int, bytes]
    """The first value of each tag, made when first asked for: most messages are asked several times, some never."""

    def get(self, tag: int) -> bytes | None:
        """The first value of the tag, None where it is absent."""
        try:
            return self._first.get(tag)
        except AttributeError:
            first = dict(reversed(self.fields))
            object.__setattr__(self, "_first", first)
            return first.get(tag)

    def text(self, tag: int, default: str = "") -> str:
        value = self.get(tag)
        return default if value is None else value.decode("latin-1")

    def integer(self, tag: int) -> int | None:
        """None where the tag is absent. Raises FieldError where it is no int."""
        value = self.get(tag)
        return None if value is None else to_int(value)


@dataclass(frozen=True, slots=True)
class Message(FieldList):
    """`fields` is everything between MsgType (35) and CheckSum (10), without both: header, body, signature.

    BeginString (8), BodyLength (9) and CheckSum (10) follow from the rest. `raw` is the frame as it came; it is empty for a message
    that was made here, and two messages with the same fields are equal whatever it is.
    """

    msg_type: str
    fields: tuple[Field, ...]
    begin_string: str = "FIX.4.4"
    raw: bytes = field(default=b"", compare=False, repr=False)

    @property
    def seq_num(self) -> int:
        """MsgSeqNum (34); 0 where it is absent or unreadable, which no message has."""
        try:
            return max(self.integer(TAG_MSG_SEQ_NUM) or 0, 0)
        except FieldError:
            return 0

    @property
    def poss_dup(self) -> bool:
        """PossDupFlag (43): this number may have been received already."""
        return self.get(TAG_POSS_DUP_FLAG) == b"Y"

    @property
    def poss_resend(self) -> bool:
        """PossResend (97): this content may have been received already, under another number."""
        return self.get(TAG_POSS_RESEND) == b"Y"
