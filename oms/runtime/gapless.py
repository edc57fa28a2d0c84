"""A reader for a broker whose fetches pass over records: it reads again from what is missing.

The broker in memory gives an append its offset first and puts the record there a moment later. Where two producers append to one partition
the second record may be there before the first, and a fetch between the two answers with the second alone: a client goes on behind it, and
the first is never read. Kafka does not do that, and there a gap means nothing (compaction, transactions): so this is for that broker only.

Invariants: records of a partition are handed out without a gap, in order, each once. A record that does not come within HOLE_S_MAX ends the
reader with a `LogError`: never silently without it. Knows no client.
"""

import time
from collections.abc import Callable, Mapping

from oms.runtime.log import LogError, Reader, Record, TopicPartition

HOLE_S_MAX = 10.0
"""The gap closes within microseconds, unless the machine has no time for the broker. What is missing for so long was never put there."""


class GaplessReader:
    """The reader inside, without its gaps. `positions`: what that reader was made with."""

    def __init__(
        self, inner: Reader, positions: Mapping[TopicPartition, int], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._inner, self._monotonic = inner, monotonic
        self._next = dict(positions)
        self._missing: dict[
            TopicPartition, float
        ] = {}  # since when the next record of a partition is known to be missing

    def poll(self, timeout_s: float, max_records: int = 500) -> list[Record]:
        came = self._inner.poll(timeout_s, max_records)
        records = [record for record in came if self._follows(record)]
        if len(records) < len(came):
            if not records:
                self._raise_if_hopeless()
            self._inner.assign(self._next)
        return records

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._inner.assign(positions)
        self._next = dict(positions)
        self._missing.clear()

    def release(self) -> None:
        self._inner.release()

    def known_ends(self) -> dict[TopicPartition, int]:
        return self._inner.known_ends()

    def close(self) -> None:
        self._inner.close()

    def _follows(self, record: Record) -> bool:
        tp = TopicPartition(record.topic, record.partition)
        if record.offset == self._next[tp]:
            self._next[tp] += 1
            self._missing.pop(tp, None)
            return True
        if record.offset > self._next[tp]:
            self._missing.setdefault(tp, self._monotonic())
        return False

    def _raise_if_hopeless(self) -> None:
        now = self._monotonic()
        for tp, since in self._missing.items():
            if now - since > HOLE_S_MAX:
                raise LogError(
                    f"{tp.topic}/{tp.partition}: the broker has records after offset {self._next[tp]}, but not that one: start again, "
                    "or use Apache Kafka"
                )
