"""A reader that keeps snapshots where no standby does.

A standby keeps its own warm state. Where there is none, this one folds on from the newest snapshot when the journal has grown by twice the
interval since, slowly, beside the loops of the process; its state is thrown away afterwards. The owner's living state is never written:
it holds what may turn out void.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from oms.core.stage import Rules
from oms.runtime.journal_fold import JournalBroken, JournalFold
from oms.runtime.log import Log, LogError, TopicPartition
from oms.runtime.snapshots import StageSnapshots

_LOGGER = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
"""How often the reader looks whether a journal has grown enough."""

READ_RECORDS, PAUSE_S = 50, 0.02
"""The reader folds so many records, some milliseconds, and pauses: the loops of the process come first."""


class SnapshotReader(threading.Thread):
    """Keeps snapshots of some journals where nobody else does. `guard`: as a follower's."""

    def __init__(
        self,
        keeper: StageSnapshots,
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
