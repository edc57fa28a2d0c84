"""Rebuild a stage's state from its journal: the one recovery path, used at every start, after every loss of ownership, and by checks.

State = fold of the journal's valid records, with `oms.reference` and `oms.control` folded exactly up to the read positions that each
record names, before that record's events. Nothing is decided here.

A journal that cannot be read, whose record chain is broken, or whose stored state hash differs stops loudly: going on would be guessing.
A stored hash of another state layout proves nothing and is counted, not compared.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from oms.core.canonical import state_hash
from oms.core.control import fold_control
from oms.core.record_chain import record_hash
from oms.core.reference import fold_reference
from oms.core.run_rule import JOURNAL_START, RunPosition, Validity, advance
from oms.core.stage import Rules, StageState
from oms.runtime.log import Log, LogError, Reader, Record, TopicPartition
from oms.wire import topics
from oms.wire.codec import CodecError, decode_head, decode_intake, decode_journal
from oms.wire.envelope import READER_VERSION, Claim, Envelope, ReadPosition

S = TypeVar("S", bound=StageState)
E = TypeVar("E")

STATE_LAYOUT_VERSION = 6
"""Changes whenever a state class changes its fields: hashes of different layouts are not compared."""

FIRST_LAYOUT = 1
"""Of envelopes that do not name the layout of their state hash."""

Judge = Callable[[RunPosition, int, bool, int, int], tuple[RunPosition, Validity]]
"""The run rule, as `oms.core.run_rule.advance`."""

STALL_POLLS = 2_000
"""Empty polls of 10 ms after which a record that must be there counts as unreachable."""


class JournalBroken(Exception):
    """The journal contradicts itself. The text names the place; nothing is done about it automatically.

    `place`: that of the record, for the log; empty where it is about no record.
    """

    def __init__(self, text: str, record: Record | None = None) -> None:
        super().__init__(text)
        self.place: dict[str, object] = record.place if record is not None else {}


class ReleaseTooOld(JournalBroken):
    """A journal's claims ask for a reader that this release is not. No fault of the journal: another release must be started."""


class SideUnreadable(LogError):
    """A journal names records of a side topic that do not come: they are not there, or the broker does not give them."""


class SideFold:
    """Folds one of the two side topics (`oms.reference`, `oms.control`) into a state, to exact positions, reading ahead as needed.

    It reads for itself, or takes what a reader of everything hands it (`offer`), which `feed` then makes read on.
    """

    def __init__(self, log: Log, topic: str, position: int) -> None:
        self.topic = topic
        self._log = log
        self._reader: Reader | None = None
        self._buffer: deque[Record] = deque()
        self.read_to = position
        self.feed: Callable[[], object] | None = None

    def offer(self, record: Record) -> None:
        """The next record of the topic, read by another."""
        assert record.offset == self.read_to, f"{self.topic} at {record.offset}: expected {self.read_to}"
        self._buffer.append(record)
        self.read_to = record.offset + 1

    def fold_to(self, state: StageState, position: int) -> None:
        while self.position_of(state) < position:
            if not self._buffer:
                self._fill(position)
            fold_side(state, self._buffer.popleft())

    def position_of(self, state: StageState) -> int:
        return state.reference.position if self.topic == topics.REFERENCE else state.control.position

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _fill(self, position: int) -> None:
        for _ in range(STALL_POLLS):
            if self.feed is not None:
                self.feed()
            else:
                self._read()
            if self._buffer:
                return
        raise SideUnreadable(f"{self.topic}: records below {position} are named by a journal but cannot be read")

    def _read(self) -> None:
        if self._reader is None:
            self._reader = self._log.reader({TopicPartition(self.topic, 0): self.read_to})
        for record in self._reader.poll(0.01):
            self.offer(record)


def fold_side(state: StageState, record: Record) -> object | None:
    """Fold one record of `oms.reference` or `oms.control`; returns its value, None where it is unreadable (it changes nothing)."""
    try:
        value: object = decode_intake(record.topic, record.value)
    except CodecError:
        value = None
    if record.topic == topics.REFERENCE:
        if value is not None:
            fold_reference(state.reference, record.offset, value)  # type: ignore[arg-type]
        state.reference.position = record.offset + 1
    else:
        if value is not None:
            fold_control(state.control, record.offset, value)  # type: ignore[arg-type]
        state.control.position = record.offset + 1
    return value


@dataclass(slots=True)
class Folded(Generic[S]):
    """Where a fold stands. `positions` are those of the last valid record.

    `claimant` is the process that wrote the latest claim. `last_offset`, `last_hash`: the last valid record, −1 before the first.
    `hashes_compared` counts stored state hashes that agreed, `hashes_skipped` those of another layout.
    """

    state: S
    run: RunPosition = JOURNAL_START
    positions: dict[TopicPartition, ReadPosition] = field(default_factory=dict)
    last_hash: bytes = b""
    last_offset: int = -1
    chain_after_claim: bytes = b""
    last_event_time_ns: int = 0
    claimant: str = ""
    min_reader_version: int = 0
    records: int = 0
    void: int = 0
    hashes_compared: int = 0
    hashes_skipped: int = 0


class JournalFold(Generic[S, E]):
    """Folds the records of one journal partition, given in offset order; from its start, or on from where `start` (a snapshot) stands."""

    def __init__(
        self,
        log: Log,
        rules: Rules[S, E],
        tp: TopicPartition,
        start: Folded[S] | None = None,
        advance: Judge = advance,
        reader_version: int = READER_VERSION,
    ) -> None:
        self.rules = rules
        self.tp = tp
        self.folded = Folded(rules.initial(tp.partition)) if start is None else start
        self._advance, self._reader_version = advance, reader_version
        state = self.folded.state
        self.reference = SideFold(log, topics.REFERENCE, state.reference.position)
        self.control = SideFold(log, topics.CONTROL, state.control.position)

    def close(self) -> None:
        """Readers that it made for itself."""
        self.reference.close()
        self.control.close()

    def apply(self, record: Record) -> Validity:
        folded = self.folded
        try:
            claim, epoch, run_seq = decode_head(record.value)
        except CodecError as error:
            raise JournalBroken(f"{self.tp.topic}/{self.tp.partition} at {record.offset}: {error}", record) from error
        folded.run, validity = self._advance(folded.run, record.offset, claim, epoch, run_seq)
        if validity is Validity.CLAIM:
            self._claim(record)
        elif validity is Validity.VALID:
            self._valid(record)
        else:
            folded.void += 1
        return validity

    def _claim(self, record: Record) -> None:
        claim = decode_journal(record.value)
        assert isinstance(claim, Claim)
        self.folded.min_reader_version = max(self.folded.min_reader_version, claim.min_reader_version)
        self.refuse_newer(record)
        self.folded.claimant = claim.process_id
        self.folded.chain_after_claim = record_hash(self.folded.last_hash + record.value)

    def refuse_newer(self, record: Record | None = None) -> None:
        """A claim never asks for less than the ones before it, so that this holds for all that comes. Nothing behind it is read."""
        wanted, ours = self.folded.min_reader_version, self._reader_version
        if wanted > ours:
            raise ReleaseTooOld(
                f"{self.tp.topic}/{self.tp.partition} was written by a newer release: it needs reader version {wanted}, this release "
                f"reads {ours}: start the newer release again, an older one cannot go on with this journal",
                record,
            )

    def _valid(self, record: Record) -> None:
        folded = self.folded
        envelope = decode_journal(record.value)
        assert isinstance(envelope, Envelope)
        expected = folded.chain_after_claim if envelope.run_seq == 1 else folded.last_hash
        if envelope.previous_hash != expected:
            raise JournalBroken(
                f"{self.tp.topic}/{self.tp.partition} at {record.offset}: the record chain is broken", record
            )
        self.fold_sides(envelope.positions)
        self._compare_state(envelope, record)
        for event in envelope.events:
            self.rules.evolve(folded.state, event, record.offset)  # type: ignore[arg-type]
        for position in envelope.positions:
            folded.positions[TopicPartition(position.topic, position.partition)] = position
        folded.last_hash, folded.last_offset = record_hash(record.value), record.offset
        folded.last_event_time_ns = max(folded.last_event_time_ns, envelope.event_time_ns)
        folded.records += 1

    def _compare_state(self, envelope: Envelope, record: Record) -> None:
        folded = self.folded
        if not envelope.state_hash:
            return
        if (envelope.state_layout or FIRST_LAYOUT) != STATE_LAYOUT_VERSION:
            folded.hashes_skipped += 1
        elif envelope.state_hash != state_hash(folded.state, STATE_LAYOUT_VERSION):
            raise JournalBroken(
                f"{self.tp.topic}/{self.tp.partition} at {record.offset}: the state differs from the one stored", record
            )
        else:
            folded.hashes_compared += 1

    def fold_sides(self, positions: tuple[ReadPosition, ...]) -> None:
        for position in positions:
            for side in (self.reference, self.control):
                if position.topic == side.topic:
                    side.fold_to(self.folded.state, position.next_offset)
