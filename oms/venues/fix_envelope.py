"""Header of the FIX messages of one session: what ours carry, and what is wrong with theirs. Pure; time is an argument.

It decides CompIDs (49, 56 and their sub ids), SendingTime (52) and OrigSendingTime (122). Numbers are carried, never judged.
"""

from dataclasses import dataclass

from oms.fix.codec import encode
from oms.fix.fields import FieldError, from_utc_ns, to_utc_ns
from oms.fix.message import Field, Message
from oms.venues.fix_rules import HEADER_TAGS

BEGIN_STRING = "FIX.4.4"
SENDING_TIME_OFF_MAX_NS = 120 * 1_000_000_000
"""FIX's usual two minutes: a clock further off than this cannot be trusted with anything."""

REQUIRED_TAG_MISSING, INCORRECT_FORMAT, COMP_ID_PROBLEM, SENDING_TIME_PROBLEM = 1, 6, 9, 10
"""SessionRejectReason (373)."""

_SWAPPED = (56, 49, 57, 50, 143, 142)


@dataclass(frozen=True, slots=True)
class HeaderProblem:
    """What a session-level Reject says. `ends`: and then the session is over."""

    text: str
    tag: int
    reason: int
    ends: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """`header`: the values of 49, 56, 50, 57, 142, 143 in what we send; empty: the tag is absent."""

    header: tuple[str, ...]
    time_digits: int = 3

    @classmethod
    def answering(cls, frame: Message, time_digits: int = 3) -> "Envelope":
        """That of whoever was sent `frame`."""
        return cls(tuple(frame.text(tag) for tag in _SWAPPED), time_digits)

    def write(
        self,
        msg_type: str,
        body: list[Field],
        number: int,
        now_ns: int,
        poss_dup: bool = False,
        poss_resend: bool = False,
    ) -> bytes:
        """OrigSendingTime of what is sent again is its SendingTime: FIX's rule for who has not kept the first one."""
        time = from_utc_ns(now_ns, self.time_digits)
        head: list[Field] = [
            (tag, text.encode("latin-1", "replace")) for tag, text in zip(HEADER_TAGS, self.header, strict=True) if text
        ]
        head += [(34, b"%d" % number), (52, time)]
        if poss_dup:
            head += [(43, b"Y"), (122, time)]
        if poss_resend:
            head.append((97, b"Y"))
        return encode(BEGIN_STRING, msg_type, [*head, *body])

    def problem(self, frame: Message, now_ns: int) -> HeaderProblem | None:
        """What is wrong with the header of a message to us."""
        if frame.begin_string != BEGIN_STRING:
            return HeaderProblem(f"BeginString {frame.begin_string}, this is {BEGIN_STRING}", 8, INCORRECT_FORMAT, True)
        for tag, text in zip(_SWAPPED[:2], self.header, strict=False):
            if frame.text(tag) != text:
                return HeaderProblem(f"tag {tag} is {frame.text(tag)!r}, not {text!r}", tag, COMP_ID_PROBLEM, True)
        sent = frame.get(52)
        if sent is None:
            return HeaderProblem("SendingTime is missing", 52, REQUIRED_TAG_MISSING, False)
        try:
            sent_ns = to_utc_ns(sent)
            first_ns = to_utc_ns(frame.get(122) or sent)
        except FieldError as error:
            return HeaderProblem(f"a time cannot be read: {error}", 52, INCORRECT_FORMAT, False)
        if abs(now_ns - sent_ns) > SENDING_TIME_OFF_MAX_NS:
            return HeaderProblem("SendingTime accuracy problem", 52, SENDING_TIME_PROBLEM, True)
        return self._of_duplicate(frame, first_ns, sent_ns)

    def _of_duplicate(self, frame: Message, first_ns: int, sent_ns: int) -> HeaderProblem | None:
        """Rule 26: OrigSendingTime is there and not after SendingTime. A gap fill may do without it."""
        if not frame.poss_dup or frame.msg_type == "4":
            return None
        if frame.get(122) is None:
            return HeaderProblem("PossDupFlag without OrigSendingTime", 122, REQUIRED_TAG_MISSING, False)
        if first_ns > sent_ns:
            return HeaderProblem("OrigSendingTime is after SendingTime", 122, SENDING_TIME_PROBLEM, True)
        return None
