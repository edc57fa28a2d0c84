"""What a record of a topic is to a stage: an input, or nothing to decide; and where the read position stands after it."""

from collections.abc import Collection

from oms.core.control import AlertAcknowledged, ClockAnchor, ControlHeartbeat
from oms.core.enums import TimerKind
from oms.core.run_rule import RunPosition, Validity, advance
from oms.core.stage import (
    CommandInput,
    ControlInput,
    CreditInput,
    ExecutionInput,
    Input,
    ReferenceInput,
    RiskInput,
    RoutingInput,
    StageState,
    StepInput,
    TimerInput,
)
from oms.runtime.journal_fold import JournalBroken, Judge, ReleaseTooOld, fold_side
from oms.runtime.log import Record
from oms.wire import topics
from oms.wire.codec import CodecError, decode_head, decode_journal
from oms.wire.envelope import READER_VERSION, Claim, Envelope, ReadPosition, Source

_JOURNAL_INPUT = {
    topics.RISK: RiskInput,
    topics.ROUTING: RoutingInput,
    topics.EXECUTION: ExecutionInput,
    topics.CREDIT: CreditInput,
}

NOTHING_READ = -1
"""The offset in a `Source` that is not a record of a topic."""


def moved(position: ReadPosition) -> ReadPosition:
    """One record further, in a topic that is no journal."""
    return ReadPosition(position.topic, position.partition, position.next_offset + 1, position.epoch, position.unbroken)


def journal_input(
    record: Record,
    position: ReadPosition,
    advance: Judge = advance,
    reader_version: int = READER_VERSION,
    kinds: Collection[type] | None = None,
) -> tuple[Input | None, ReadPosition]:
    """A record of an upstream journal. None for claims, position marks, what the run rule voids, and what has no event of these `kinds`.

    JournalBroken where the bytes are no journal record, or a claim says that we could not read them: nobody may guess what they say.
    """
    try:
        claim, epoch, run_seq = decode_head(record.value)
        before = RunPosition(position.next_offset, position.epoch, position.unbroken)
        after, validity = advance(before, record.offset, claim, epoch, run_seq)
        reached = ReadPosition(record.topic, record.partition, after.next_offset, after.epoch, after.unbroken)
        envelope = None if validity is Validity.VOID else decode_journal(record.value, kinds)
    except CodecError as error:
        raise JournalBroken(f"{record.topic}/{record.partition} at {record.offset}: {error}", record) from error
    if isinstance(envelope, Claim) and envelope.min_reader_version > reader_version:
        raise ReleaseTooOld(
            f"{record.topic}/{record.partition} at {record.offset}: its writer is of a newer release (reader version "
            f"{envelope.min_reader_version}, this is {reader_version}): replace this service first",
            record,
        )
    if not isinstance(envelope, Envelope) or not envelope.events:
        return None, reached
    build = _JOURNAL_INPUT[record.topic]
    return build(record.offset, envelope.event_time_ns, envelope.events), reached


def side_input(state: StageState, record: Record) -> Input | None:
    """Fold a record of `oms.reference` or `oms.control` into the state; what there is to decide about it."""
    value = fold_side(state, record)
    if value is None or isinstance(value, ControlHeartbeat | ClockAnchor | AlertAcknowledged):
        return None
    if record.topic == topics.REFERENCE:
        return ReferenceInput(record.offset, value)  # type: ignore[arg-type]
    return ControlInput(record.offset, value)  # type: ignore[arg-type]


def leaves_a_record(stage_input: Input) -> bool:
    """A timer, a step and a control change always leave a record: it removes the timer or step, or acknowledges the change.

    A TRIGGER is no timer that was set: what was met when it was found due may be gone a moment later.
    """
    if isinstance(stage_input, TimerInput):
        return stage_input.kind is not TimerKind.TRIGGER
    return isinstance(stage_input, StepInput | ControlInput)


def due_source(due: TimerInput | StepInput) -> Source:
    """The source of a record that a timer or a step brought about."""
    if isinstance(due, StepInput):
        return Source("", 0, NOTHING_READ, f"step:{due.started_offset}:{due.step}", "", 0)
    return Source("", 0, NOTHING_READ, f"{due.kind.name.lower()}:{due.owner}:{due.number}", "", 0)


def trace_of(stage_input: Input) -> str:
    """The trace that a record belongs to, from what it was decided from."""
    match stage_input:
        case CommandInput(command=command) if command is not None:
            return command.trace_id
        case RiskInput(events=events) | RoutingInput(events=events):
            for event in events:
                order = getattr(event, "order", event)
                trace_id = getattr(order, "trace_id", "")
                if trace_id:
                    return str(trace_id)
            return ""
        case _:
            return ""
