"""Everything that landed, decoded once: control, reference, commands, and the journals' records that count, in the order of landing.

`advance` takes in what is new and returns it. The books look things up here by place, so that no book depends on another's progress.
"""

from collections.abc import Sequence

from google.protobuf.message import DecodeError

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.authority import Control, Reference
from oms.testing.simulation.oracle.journal import Counted, Journal, end_at
from oms.testing.simulation.oracle.kinds import Findings
from oms.testing.simulation.oracle.progress import Progress
from oms.testing.simulation.witness import Witness
from oms.v1.commands_pb2 import Command
from oms.v1.envelope_pb2 import Envelope

REFERENCE, CONTROL, ORDERS = "oms.reference", "oms.control", "oms.orders"
RISK, ROUTING, EXECUTION, CREDIT = "oms.risk", "oms.routing", "oms.execution", "oms.credit"
JOURNALS = (RISK, ROUTING, EXECUTION)
"""Of every partition; that of credit has one."""

SIDES = (TopicPartition(REFERENCE, 0), TopicPartition(CONTROL, 0))

INPUTS = {RISK: (ORDERS, ROUTING), ROUTING: (RISK, EXECUTION), EXECUTION: (ROUTING,)}
"""What a stage reads besides reference and control; of its own partition."""


def inputs_of(tp: TopicPartition, partitions: int) -> tuple[TopicPartition, ...]:
    """The same with the partitions: risk reads all of credit, and the grantor of credit all of risk."""
    if tp.topic == CREDIT:
        return tuple(TopicPartition(RISK, p) for p in range(partitions))
    own = tuple(TopicPartition(topic, tp.partition) for topic in INPUTS[tp.topic])
    return (*own, TopicPartition(CREDIT, 0)) if tp.topic == RISK else own


class Facts:
    """`commands`: by partition, in offset order; None where the bytes are no command."""

    def __init__(self, witness: Witness, findings: Findings) -> None:
        self.witness = witness
        self.control = Control()
        self.reference = Reference()
        self.progress = Progress(witness)
        partitions = range(witness.partitions)
        self.commands: dict[int, list[Command | None]] = {p: [] for p in partitions}
        self.journals = {
            TopicPartition(topic, p): Journal(TopicPartition(topic, p), findings)
            for topic in JOURNALS
            for p in partitions
        }
        self.journals[TopicPartition(CREDIT, 0)] = Journal(TopicPartition(CREDIT, 0), findings)
        self._read = dict.fromkeys((*SIDES, *(TopicPartition(ORDERS, p) for p in partitions), *self.journals), 0)

    def advance(self) -> list[tuple[TopicPartition, Counted]]:
        """What counts of what landed since the last time, in the order of landing."""
        found: list[tuple[TopicPartition, Counted]] = []
        self.progress.advance()
        for tp in self._read:
            records, landed = self.witness.records(tp), self.witness.landed(tp)
            for offset in range(self._read[tp], len(records)):
                record = records[offset]
                if tp.topic == REFERENCE:
                    self.reference.take(record)
                elif tp.topic == CONTROL:
                    self.control.take(record)
                elif tp.topic == ORDERS:
                    self.commands[tp.partition].append(_command(record.value))
                elif (counted := self.journals[tp].take(record, landed[offset])) is not None:
                    found.append((tp, counted))
            self._read[tp] = len(records)
        found.sort(key=lambda item: item[1].moment)
        return found

    def ends(self, tp: TopicPartition, moment: int) -> int:
        """How far a partition reached before a moment."""
        return end_at(self.witness.landed(tp), moment)

    def source(self, counted: Counted, topic: str) -> Envelope | None:
        """The record of that journal that a record was decided from; None where it names none, or one that does not count."""
        source = counted.envelope.source
        if source.topic != topic:
            return None
        journal = self.journals.get(TopicPartition(source.topic, source.partition))
        upstream = journal.counted.get(source.offset) if journal is not None else None
        return upstream.envelope if upstream is not None else None

    def envelopes(self, topic: str) -> Sequence[Envelope]:
        """Every record of a stage that counts, over all partitions."""
        return [
            c.envelope for tp, journal in self.journals.items() if tp.topic == topic for c in journal.counted.values()
        ]


def _command(value: bytes) -> Command | None:
    try:
        command = Command.FromString(value)
    except DecodeError:
        return None
    return command if command.WhichOneof("kind") is not None else None
