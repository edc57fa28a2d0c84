"""What an owner sees of its own journal: its records on plan, until a newer claim or a stranger's record ends its run.

The fence is in the acks (`oms.runtime.run`); this is for an owner that appends nothing, and would otherwise not notice that it has been
replaced. So the reader is a patient one: it may be a tenth of a second behind, and each own record costs no answer of the broker.
Whatever a replaced owner decides meanwhile lands off plan and has no effect.
"""

from dataclasses import dataclass

from oms.core.run_rule import RunPosition, Validity, advance
from oms.runtime.journal_fold import Judge
from oms.runtime.log import Log, TopicPartition
from oms.wire.codec import CodecError, decode_head

LOOKS_MAX, LOOK_S = 50, 0.1
"""Of a look that must see everything: five seconds."""


@dataclass(frozen=True, slots=True)
class RunLost:
    """The run is over."""

    why: str


class OwnJournal:
    """From behind an owner's claim on."""

    def __init__(self, log: Log, journal: TopicPartition, epoch: int, advance: Judge = advance) -> None:
        self._advance = advance
        self._position = RunPosition(epoch + 1, epoch, True)
        self._reader = log.reader({journal: self._position.next_offset}, patient=True)

    def look(self, acked: int, wait_s: float = 0.0) -> RunLost | None:
        """Read what is there; None while the run holds. `acked`: up to this offset the acks have proven every record to be ours."""
        for record in self._reader.poll(wait_s):
            if record.offset <= acked:
                self._position = RunPosition(record.offset + 1, self._position.epoch, True)
                continue
            try:
                claim, epoch, run_seq = decode_head(record.value)
            except CodecError as error:  # a stranger's bytes: the fold, which begins now, says what is the matter
                return RunLost(f"the record at {record.offset} is none: {error}")
            self._position, validity = self._advance(self._position, record.offset, claim, epoch, run_seq)
            if validity is Validity.CLAIM:
                return RunLost(f"a newer claim at {record.offset}")
            if validity is Validity.VOID:
                return RunLost(f"the run is broken at {record.offset}")
        return None

    def look_to(self, end: int, acked: int) -> RunLost | None:
        """As `look`, with everything below `end` read, or a few seconds waited for it."""
        for _ in range(LOOKS_MAX):
            if (lost := self.look(acked, LOOK_S)) is not None or self._position.next_offset >= end:
                return lost
        return None

    def close(self) -> None:
        self._reader.close()
