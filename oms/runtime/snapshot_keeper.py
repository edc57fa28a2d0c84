"""Snapshots as a stage process uses them: loaded at a start, kept by whoever folds, and no fault of theirs stops anything.

Who keeps them: a standby keeps its own warm state. Where no standby does, a reader of this process folds on from the newest snapshot when
the journal has grown by twice the interval since, slowly, beside the loops; its state is thrown away afterwards. The owner's living state
is never written: it holds what may turn out void.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from oms.core.stage import Rules
from oms.runtime.clock import Clock
from oms.runtime.journal_fold import Folded, JournalBroken, JournalFold
from oms.runtime.log import Log, LogError, TopicPartition
from oms.runtime.snapshot_store import SnapshotStore, SnapshotStoreError, offset_of
from oms.runtime.snapshots import load_newest, write

_LOGGER = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
"""How often the reader looks whether a journal has grown enough."""

READ_RECORDS, PAUSE_S = 50, 0.02
"""The reader folds so many records, some milliseconds, and pauses: the loops of the process come first."""


class SnapshotKeeper:
    """`Snapshots` of `oms.runtime.parts` over a store."""

    def __init__(self, store: SnapshotStore, rules: Rules[Any, Any], log: Log, clock: Clock) -> None:
        self._store, self._rules, self._log, self._clock = store, rules, log, clock
        self.kept = self.failed = self.refused = 0

    def load(self, tp: TopicPartition) -> Folded[Any] | None:
        loaded = load_newest(self._store, tp, self._rules, self._log)
        for refused in loaded.refused:
            self.refused += 1
            _LOGGER.error("snapshot %s is not used: %s", refused.name or "(any)", refused.text, extra=tp._asdict())
        return loaded.folded

    def keep(self, tp: TopicPartition, folded: Folded[Any]) -> None:
        began_ns = self._clock.now_ns()
        try:
            name = write(self._store, tp, folded, self._rules, began_ns)
        except SnapshotStoreError as error:
            self.failed += 1
            _LOGGER.error("no snapshot was kept, a restart will take longer: %s", error, extra=tp._asdict())
            return
        self.kept += 1
        _LOGGER.info("snapshot %s after %.2f s", name, (self._clock.now_ns() - began_ns) / 1e9, extra=tp._asdict())

    def newest(self, tp: TopicPartition) -> int:
        """The offset of the newest snapshot, whoever kept it; 0 where there is none, or the store does not answer."""
        try:
            return max((offset_of(name) or 0 for name in self._store.names(tp)), default=0)
        except SnapshotStoreError as error:
            _LOGGER.error("snapshots cannot be listed: %s", error, extra=tp._asdict())
            return 0


class SnapshotReader(threading.Thread):
    """Keeps snapshots of some journals where nobody else does. `guard`: as a follower's."""

    def __init__(
        self,
        keeper: SnapshotKeeper,
        log: Log,
        rules: Callable[[], Rules[Any, Any]],
        journals: Sequence[TopicPartition],
        every: int,
    ) -> None:
        super().__init__(daemon=True, name="snapshots")
        self._keeper, self._log, self._rules, self._journals, self._every = keeper, log, rules, tuple(journals), every
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            for tp in self._journals:
                try:
                    self.look(tp)
                except (
                    LogError,
                    JournalBroken,
                ) as fault:  # the partition's own loop says what is the matter, and stops
                    _LOGGER.warning("no snapshot: %s", fault, extra=tp._asdict())

    def stop(self) -> None:
        self._stopping.set()

    def look(self, tp: TopicPartition) -> None:
        """Keep a snapshot where the newest is twice the interval old."""
        end = self._log.ends([tp])[tp]
        if end - self._keeper.newest(tp) < 2 * self._every:
            return
        fold: JournalFold[Any, Any] = JournalFold(self._log, self._rules(), tp, self._keeper.load(tp))
        reader = self._log.reader({tp: fold.folded.run.next_offset})
        try:
            while fold.folded.run.next_offset < end and not self._stopping.is_set():
                for record in reader.poll(0.05, READ_RECORDS):
                    fold.apply(record)
                time.sleep(PAUSE_S)
        finally:
            reader.close()
            fold.close()
        if not self._stopping.is_set():
            self._keeper.keep(tp, fold.folded)
