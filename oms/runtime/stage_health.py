"""What a stage process says of itself: `/readyz` as JSON, and the values of its metrics. Called from other threads than the loops'.

Everything is read from what the loops leave lying about: integers, immutable values and copies. Nothing here waits for a loop, a broker
or a lock of theirs; how far the inputs are, `look` asks once a second in a thread of its own.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from oms.core.enums import AlertKind, BreakCause, HaltScope
from oms.runtime.clock import Clock
from oms.runtime.followers import MarketFollower
from oms.runtime.histogram import Recent
from oms.runtime.lag_watch import Cursor, Lag, LagWatch
from oms.runtime.log import Log, TopicPartition
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import Phase
from oms.runtime.settings import Settings
from oms.runtime.stage_meter import CREDIT, Measure
from oms.wire import topics

Loop = StageLoop[Any, Any]


class StageHealth:
    """`market`: the reader of the market, where the stage has one; `audit_age_ns`: where it asks how far the audit is."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        loops: Sequence[Loop],
        log: Log,
        clock: Clock,
        market: MarketFollower | None,
        audit_age_ns: Callable[[], int | None] | None,
    ) -> None:
        self._name, self._process_id, self._loops, self._clock = name, settings.process_id, loops, clock
        self._market, self._audit_age_ns = market, audit_age_ns
        self._lag = LagWatch(log, self._cursors, clock)
        self._recent = Recent(lambda: [seen.latency for loop in loops for seen in loop.meter.inputs.values()])

    def look(self) -> None:
        self._lag.look()
        self._recent.look(self._clock.now_ns())

    def health(self) -> dict[str, object]:
        """`healthy`: not every partition has stopped for good. `ready`: every partition is owned and caught up, or followed.

        A process with one partition that has stopped is kept alive for the others; `problem` says what is the matter.

        `latency_ms`: of the last minute, from the broker's time of a record to the decision about it. Lags are null until known.
        """
        lags = self._lag.lags()
        partitions = [self._partition(loop, lags) for loop in self._loops]
        known = [p for p in partitions if p["lag_records"] is not None]
        return {
            "service": self._name,
            "process": self._process_id,
            "pid": os.getpid(),
            "healthy": not all(loop.broken for loop in self._loops),
            "ready": all(loop.ready for loop in self._loops),
            "problem": "; ".join(
                text for loop in self._loops for text in (loop.broken, *loop.broken_inputs.values()) if text
            ),
            "latency_ms": self._recent.latency_ms(),
            "lag_records": sum(p["lag_records"] for p in known) if known else None,
            "lag_seconds": max(p["lag_seconds"] for p in known) if known else None,
            "partitions": partitions,
        }

    def measures(self) -> Iterator[Measure]:
        """The values of all metrics of a stage but those of every process."""
        for loop in self._loops:
            place = _place(loop)
            yield from _of_loop(place, loop, self._clock.now_ns())
            yield from _of_state(place, loop)
        yield from _sums(self._loops, self._market)
        for tp, lag in self._lag.lags().items():
            yield Measure("oms_input_lag_records", (tp.topic, str(tp.partition)), lag.records)
            yield Measure("oms_input_lag_seconds", (tp.topic, str(tp.partition)), lag.seconds)
        if self._market is not None:
            for tp, count in self._market.read.copy().items():
                yield Measure("oms_records_read_total", (tp.topic, str(tp.partition)), count)
        if self._audit_age_ns is not None and (age_ns := self._audit_age_ns()) is not None:
            yield Measure("oms_audit_age_seconds", (), age_ns / 1e9)

    def venues(self) -> frozenset[str]:
        """The venues of the reference data as far as any partition has read it."""
        states = [loop.state_if_owned() for loop in self._loops]
        return frozenset(v for state in states if state is not None for v in state.reference.venues.copy())

    def _partition(self, loop: Loop, lags: dict[TopicPartition, Lag]) -> dict[str, Any]:
        mine = [lags[tp] for tp in (TopicPartition(c.topic, c.partition) for c in loop.cursors()) if tp in lags]
        return {
            "journal": loop.journal.topic,
            "partition": loop.journal.partition,
            "phase": loop.phase.value,
            "epoch": loop.epoch,
            "ready": loop.ready,
            "read": loop.meter.records_read,
            "written": loop.meter.written,
            "claims": loop.meter.claims,
            "in_flight": loop.meter.in_flight,
            "lag_records": sum(lag.records for lag in mine) if mine else None,
            "lag_seconds": round(max(lag.seconds for lag in mine), 3) if mine else None,
        }

    def _cursors(self) -> dict[TopicPartition, Cursor]:
        """Reference and control are read by every loop: the slowest counts."""
        found: dict[TopicPartition, Cursor] = {}
        for loop in self._loops:
            for position in loop.cursors():
                tp = TopicPartition(position.topic, position.partition)
                seen = loop.meter.inputs.get(position.topic)
                mine = Cursor(position.next_offset, seen.last_ms if seen else 0)
                found[tp] = min(found.get(tp, mine), mine)
        if self._market is not None:
            found |= {tp: Cursor(offset) for tp, offset in self._market.positions.copy().items()}
        return found


def _place(loop: Loop) -> str:
    """The label of a loop's partition: its number; the grantor, which is beside risk's partitions, by its name."""
    return CREDIT if loop.journal.topic == topics.CREDIT else str(loop.journal.partition)


def _of_loop(partition: str, loop: Loop, now_ns: int) -> Iterator[Measure]:
    meter, journal = loop.meter, loop.journal
    for phase in Phase:
        yield Measure("oms_partition_phase", (partition, phase.value), loop.phase is phase)
    yield Measure("oms_partition_epoch", (partition,), loop.epoch)
    yield Measure("oms_claims_total", (partition,), meter.claims)
    yield Measure("oms_runs_abandoned_total", (partition,), meter.abandoned)
    yield Measure("oms_fold_seconds", (partition,), meter.fold_ns / 1e9)
    yield Measure("oms_fold_records", (partition,), meter.folded_records)
    yield Measure("oms_fold_void_records", (partition,), meter.folded_void)
    yield Measure("oms_records_written_total", (journal.topic, partition), meter.written)
    yield Measure("oms_in_flight_records", (journal.topic, partition), meter.in_flight)
    yield Measure("oms_append_seconds", (journal.topic, partition), meter.append)
    for topic, seen in meter.inputs.items():
        if topic not in (topics.REFERENCE, topics.CONTROL):
            yield Measure("oms_records_read_total", (topic, partition), seen.records)
            yield Measure("oms_decision_seconds", (topic, partition), seen.latency)
        if seen.journal:
            yield Measure("oms_void_records_total", (topic, partition), seen.void)
    heard_ms = meter.inputs[topics.CONTROL].last_ms
    if heard_ms:
        yield Measure("oms_control_age_seconds", (partition,), max(0, now_ns - heard_ms * 1_000_000) / 1e9)


def _of_state(partition: str, loop: Loop) -> Iterator[Measure]:
    state = loop.state_if_owned()
    if state is None:
        return
    scopes = [scope for scope, _ in state.control.halts.copy()]
    for scope in HaltScope:
        yield Measure("oms_halts_in_force", (partition, scope.name), scopes.count(scope))
    for session in getattr(state, "sessions", {}).copy().values():
        yield Measure("oms_venue_session_up", (partition, session.venue_id), session.is_up)
    table = getattr(state, "breaks", None)
    if table is not None:
        causes = [cause for cause, _ in table.open.copy()]
        for cause in BreakCause:
            yield Measure("oms_breaks_open", (partition, cause.name), causes.count(cause))
    watched = getattr(state, "alerts", None)
    if watched is not None:
        kinds = [alert.kind for alert in watched.open.copy().values()]
        for kind in AlertKind:
            yield Measure("oms_alerts_open", (partition, kind.name), kinds.count(kind))


def _sums(loops: Sequence[Loop], market: MarketFollower | None) -> Iterator[Measure]:
    """What is counted for the process as a whole."""
    counts: dict[tuple[str, ...], float] = {}
    for meter in (loop.meter for loop in loops):
        found = meter.counts.copy()
        found[("oms_dead_letters_total",)] = meter.dead_letters
        found |= {("oms_timers_fired_total", kind): n for kind, n in meter.timers.copy().items()}
        found |= {("oms_duplicates_total", kind): n for kind, n in meter.duplicates.copy().items()}
        for key, number in found.items():
            counts[key] = counts.get(key, 0) + number
    if market is not None:
        counts[("oms_duplicates_total", "market_record")] = market.outdated
    for (name, *labels), count in counts.items():
        yield Measure(name, tuple(labels), count)
    for loop in loops:
        for until, histogram in loop.meter.path.copy().items():
            yield Measure("oms_order_path_seconds", (_place(loop), until), histogram)
