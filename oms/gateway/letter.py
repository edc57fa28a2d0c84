"""A dead letter about a command, as the blotter keeps it, and the reason that it stands for."""

from dataclasses import dataclass

from oms.core.reasons import Reason
from oms.wire.dead_letter import LetterClass, class_of


@dataclass(frozen=True, slots=True)
class Letter:
    """What `oms.dead-letters` has at `offset` about a command."""

    offset: int
    reason: str


def reason_of(letter: Letter) -> Reason:
    match class_of(letter.reason):
        case LetterClass.UNREADABLE:
            return Reason.UNREADABLE_COMMAND
        case LetterClass.BROKEN_INVARIANT:
            return Reason.BROKEN_INVARIANT
