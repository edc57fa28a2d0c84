"""What happened in a world, as it is remembered: facts with their moments, a digest over all of them, and lines for whoever reads along.

The half of a world that a witness shows. It moves nothing; what moves tells it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from oms.runtime.log import Record, TopicPartition
from oms.testing.simulation.audit import MemoryAuditStore
from oms.testing.simulation.faults import FaultCount
from oms.testing.simulation.process_log import WatchedLog
from oms.testing.simulation.stages import AUDIT_LIMIT_NS, CONTROL_LIMIT_NS, SERVICE
from oms.testing.simulation.venue import Account, FaultyVenue, Stamp
from oms.testing.simulation.witness import ClientHeard, Fallen, StateCheck, Violation
from oms.wire import topics
from oms.wire.codec import decode_head, decode_intake, decode_journal
from oms.wire.dead_letter import LetterClass, class_of
from oms.wire.envelope import Claim
from oms.wire.topics import TOPICS

BEGIN_NS = 1_736_175_600_000_000_000
MILLISECOND_NS = 1_000_000

Say = Callable[[str], None]


class Chronicle:
    """`say` gets a line for everything that happens."""

    def __init__(self, seed: int, partitions: int, say: Say | None) -> None:
        self.seed, self.partitions, self._say = seed, partitions, say
        self.step = self.moment = 0
        self.wall_ns = BEGIN_NS
        self.at_rest = False
        self.control_limit_ns, self.audit_limit_ns = CONTROL_LIMIT_NS, AUDIT_LIMIT_NS
        self.faults = FaultCount()
        self.store = MemoryAuditStore(self.faults)
        sizes = {topic.name: topic.partitions(partitions) for topic in TOPICS}
        self.log = WatchedLog(sizes, BEGIN_NS // MILLISECOND_NS, self._landed)
        self.all_venues: list[FaultyVenue] = []
        self._accounts: list[Account] = []
        self._digest = hashlib.blake2b(digest_size=16)
        self._claims: dict[TopicPartition, tuple[int, str]] = {}
        self._heard: list[ClientHeard] = []
        self._checks: list[StateCheck] = []
        self._fallen: list[Fallen] = []
        self._wrong: list[Violation] = []

    # --- what is told

    def _landed(self, record: Record) -> int:
        self.moment += 1
        self._digest.update(f"{record.topic} {record.partition} {record.offset} {record.timestamp_ms} ".encode())
        self._digest.update(record.value)
        if record.topic == topics.DEAD_LETTERS:
            self._letter(record)
        if record.topic in SERVICE and decode_head(record.value)[0]:
            claim = decode_journal(record.value)
            assert isinstance(claim, Claim)
            self._claims[TopicPartition(record.topic, record.partition)] = (record.offset, claim.process_id)
        return self.moment

    def _letter(self, record: Record) -> None:
        """No command of a seed breaks the core: one that does is a bug, however well it was survived."""
        letter = decode_intake(record.topic, record.value)
        if class_of(letter.reason) is LetterClass.BROKEN_INVARIANT:
            self._wrong.append(Violation("core-broke", letter.reason, self.step))

    def stamp(self) -> Stamp:
        self.moment += 1
        return Stamp(self.moment, self.step, self.wall_ns)

    def _hear(self, heard: ClientHeard) -> None:
        at = self.stamp()
        heard = replace(heard, moment=at.moment, step=at.step, wall_ns=at.wall_ns)
        self._digest.update(f"{heard.told} {heard.cl_ord_id} {heard.offset} {heard.token}".encode())
        self._heard.append(heard)
        self.say(
            heard.client, heard.told.value, heard.request_type, heard.cl_ord_id, heard.offset, heard.state, heard.text
        )

    def say(self, *what: object) -> None:
        if self._say is not None:
            self._say(f"{self.step:4d} {(self.wall_ns - BEGIN_NS) / 1e9:9.3f} " + " ".join(str(part) for part in what))

    def digest(self) -> str:
        return self._digest.hexdigest()

    def latest_claim(self, journal: TopicPartition) -> int:
        return self._claims.get(journal, (-1, ""))[0]

    def _claimant(self, journal: TopicPartition) -> str:
        return self._claims.get(journal, (-1, ""))[1]

    def _fell(self, name: str, partition: int, process_id: str, expected: bool, text: str) -> None:
        at = self.stamp()
        self._fallen.append(Fallen(at.moment, at.step, name, partition, process_id, expected, text))
        self.say("fell", process_id, text)
        if not expected:
            self._wrong.append(Violation("process-fell", f"{process_id}: {text}", self.step))

    # --- as the witness shows it

    def topics(self) -> Sequence[TopicPartition]:
        return tuple(self.log.partitions)

    def records(self, tp: TopicPartition) -> Sequence[Record]:
        return self.log.kept[tp]

    def landed(self, tp: TopicPartition) -> Sequence[int]:
        return self.log.moments[tp]

    def venues(self) -> Sequence[Account]:
        return self._accounts

    def heard(self) -> Sequence[ClientHeard]:
        return self._heard

    def audit_tables(self) -> Mapping[str, Sequence[tuple[Any, ...]]]:
        return self.store.tables

    def state_checks(self) -> Sequence[StateCheck]:
        return self._checks

    def fallen(self) -> Sequence[Fallen]:
        return self._fallen
