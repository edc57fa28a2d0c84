"""The envelope of a journal record, and the records about the system's own running.

`Envelope.positions` are the stage's read positions *after* the record: the next offset of each input, and for a journal also
the epoch of the last claim seen and whether the run after it is still unbroken.
"""

from dataclasses import dataclass

from oms.core.monitors.alerts import Alert
from oms.core.stage import Event

SCHEMA_VERSION = 6
"""Of the events this release writes. A stored event never changes its meaning; a new meaning is a new type."""

READER_VERSION = 6
"""What this release can read. A claim that asks for more is not ours to follow."""

MIN_READER_VERSION = 6
"""What whoever reads this release's records must be able to read. Below READER_VERSION while a new event is read but not yet written."""


@dataclass(frozen=True, slots=True)
class Release:
    """The versions that a process works under; `RELEASE` is what ships."""

    reader_version: int
    min_reader_version: int
    schema_version: int


RELEASE = Release(READER_VERSION, MIN_READER_VERSION, SCHEMA_VERSION)


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """`epoch` −1: no claim seen, or no journal."""

    topic: str
    partition: int
    next_offset: int
    epoch: int
    unbroken: bool


@dataclass(frozen=True, slots=True)
class Source:
    """What a record was decided from. Exactly one of: a topic's record, a timer (its name), a venue session's message."""

    topic: str
    partition: int
    offset: int
    timer: str
    session_id: str
    msg_seq_num: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Whoever wrote the latest claim owns the partition; its offset is the epoch."""

    process_id: str
    min_reader_version: int


@dataclass(frozen=True, slots=True)
class Envelope:
    epoch: int
    run_seq: int
    positions: tuple[ReadPosition, ...]
    source: Source
    event_time_ns: int
    wall_time_ns: int
    trace_id: str
    schema_version: int
    previous_hash: bytes
    state_hash: bytes
    events: tuple[Event, ...]
    state_layout: int = 0
    """Of `state_hash`; 0 where there is none, and in records of before layouts were named."""


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """A batch [from_offset, to_offset) that the audit is about to insert. The first plan for a `from_offset` is everyone's."""

    topic: str
    partition: int
    from_offset: int
    to_offset: int
    auditor: str


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """`prefix` is the next offset to write; `caught_up_wall_ns` when it last equalled the high watermark."""

    topic: str
    partition: int
    prefix: int
    chain_head: bytes
    caught_up_wall_ns: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Presence of a process on a partition, written by its own loop."""

    topic: str
    partition: int
    process_id: str
    role: str
    epoch: int
    lag: int
    wall_ns: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be read, with its bytes."""

    topic: str
    partition: int
    offset: int
    reason: str
    value: bytes
    found_by: str


@dataclass(frozen=True, slots=True)
class AlertNotice:
    """A record of `oms.alerts`: an alert that the valid record at a place of a journal holds as its event number `index`, from 0.

    At least once and in the order of each journal partition: a reader that takes what `follows` the last one it took sees each once.
    `wall_ns`: wall time of the decision. `after_offset`, `after_index`: place of the alert before it there, −1 and 0: there is none; None, in
    records of before: it is not said.
    """

    topic: str
    partition: int
    offset: int
    index: int
    wall_ns: int
    alert: Alert
    after_offset: int | None = None
    after_index: int | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Within its journal partition."""
        return self.offset, self.index

    def follows(self, newest: tuple[int, int]) -> bool:
        """Whether it is the next for a reader who took this place last: not seen yet, and nothing before it is missing."""
        if self.place <= newest:
            return False
        return self.after_offset is None or self.after_index is None or (self.after_offset, self.after_index) <= newest
