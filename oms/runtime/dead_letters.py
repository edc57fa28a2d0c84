"""What a stage does with a command that it cannot take: its bytes, the place and the reason into `oms.dead-letters`, before it goes on.

Nothing is passed over before the letter is acknowledged. A letter may be there twice (a lost ack, a successor that meets the same command
before the next record moves the read position): its identity is the command's place. Knows no rule; what is poison, the loop says.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from oms.runtime.log import Ack, Log, LogUnavailable, Record, TopicPartition
from oms.wire import topics
from oms.wire.codec import encode_intake
from oms.wire.dead_letter import LetterClass
from oms.wire.envelope import DeadLetter

POLLS_MAX, POLL_S = 200, 0.05
"""Ten seconds for the acknowledgement, twice an election of a new broker; then the run is given up, and the command is met again."""

REASON_MAX = 2_000
"""Characters of the reason: an exception's text may quote a whole order; the bytes are in the letter anyway."""

_DEAD_LETTERS = TopicPartition(topics.DEAD_LETTERS, 0)


class CoreBroke(Exception):
    """The core broke on a command. `spoilt`: while the state changed, so that it has to be folded again, without the command."""

    def __init__(self, text: str, spoilt: bool) -> None:
        super().__init__(text)
        self.spoilt = spoilt


@contextmanager
def core_breaks(is_command: bool, spoils: bool) -> Iterator[None]:
    """Whatever breaks on a command is the command's; on anything else it is nobody's, and stops the stage."""
    try:
        yield
    except Exception as error:
        if not is_command:
            raise
        raise CoreBroke(f"{LetterClass.BROKEN_INVARIANT.value}: {type(error).__name__}: {error}", spoils) from error


class DeadLetters:
    """Used by one loop. `poison`: offsets of commands that spoilt a state; they are passed over when they are met again."""

    def __init__(self, log: Log, found_by: str) -> None:
        self._log, self._found_by = log, found_by
        self.poison: dict[int, str] = {}

    def put(self, record: Record, reason: str) -> None:
        """Keep a command. LogUnavailable where no acknowledgement comes: then nothing was passed over."""
        letter = DeadLetter(
            record.topic, record.partition, record.offset, reason[:REASON_MAX], record.value, self._found_by
        )
        value = encode_intake(topics.DEAD_LETTERS, letter)
        if self._appended(value) or self._appended(value):
            return
        raise LogUnavailable(f"no dead letter can be written for {record.topic}/{record.partition} at {record.offset}")

    def _appended(self, value: bytes) -> bool:
        """One attempt, with a producer of its own: letters are rare, and one that failed may be beyond recovery."""
        appender = self._log.appender(_DEAD_LETTERS)
        try:
            appender.append(None, value)
            for _ in range(POLLS_MAX):
                for outcome in appender.poll(POLL_S):
                    return isinstance(outcome, Ack)
            return False
        finally:
            appender.purge()
