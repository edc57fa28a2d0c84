"""The audit worker: every record of every audited partition into ClickHouse exactly once, whoever else does the same.

The commit protocol, per partition, and what a crash at each step leaves behind:
1. Read records from the end of the written prefix.                       Nothing.
2. Append a plan (topic, partition, from, to) to `oms.audit-plans`,       A plan. The first plan for a `from` is everybody's batch:
   and read that log up to our own plan.                                  whoever comes next makes exactly this batch, no other.
3. Send the batch's alerts to `oms.alerts`, without waiting for answers.  Alerts that are told again, or read back from ClickHouse.
   Insert the batch into each table, `records` last, under a token that   Some tables have it. The prefix (from `records`) has not
   names the range.                                                       moved: the batch is repeated, and where it is, it is dropped.
4. Only now move the prefix, and publish it in `oms.audit-progress`.      A prefix that is behind; it is read again from ClickHouse.

Invariants:
- any doubt (an append or insert without an answer, a pause, a log position gone) drops all state and starts at 1 from what ClickHouse and
  the plan log say: recovery is the start path;
- nobody inserts on knowledge older than STEP_S_MAX: a token is remembered for far more inserts than can happen meanwhile;
- a plan is trimmed only after its batch is written; the plan log's start is read before the prefix, so a missing plan is a written batch;
- `caught_up_wall_ns` is the latest moment of which it is known that everything in the log at that moment is written.

Does not know what rows mean (`oms.wire.audit_rows`), nor ClickHouse (`oms.runtime.audit_store`).
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from oms.runtime.alert_forwarder import AlertForwarder
from oms.runtime.audit_store import AuditStore
from oms.runtime.clickhouse import ClickHouseUnavailable
from oms.runtime.lag_watch import Lag
from oms.runtime.log import (
    Ack,
    Appender,
    Log,
    LogUnavailable,
    OffsetOutOfRange,
    Reader,
    Record,
    TopicPartition,
)
from oms.runtime.renewed import RenewedAppender
from oms.wire import topics
from oms.wire.audit_rows import (
    BATCH_BYTES_MAX,
    BATCH_RECORDS_MAX,
    TABLES_IN_ORDER,
    Prefix,
    Range,
    RecordRow,
    Step,
    next_range,
    range_token,
)
from oms.wire.codec import CodecError, decode_intake, encode_intake
from oms.wire.envelope import AuditPlan, AuditProgress

logger = logging.getLogger(__name__)

PLANS = TopicPartition(topics.AUDIT_PLANS, 0)
PROGRESS = TopicPartition(topics.AUDIT_PROGRESS, 0)

PENDING_MAX = 3 * BATCH_RECORDS_MAX  # records read and not yet written, over all partitions: bounds the memory
PLAN_ANSWER_S_MAX = 20.0  # a little more than the producer's own delivery timeout
PASS_S_MAX = 2.0  # after it the pass is cut and goes on with the other partitions, so that none waits for the busy ones
STEP_S_MAX = 60.0
OBSERVATIONS_MAX = 1_000  # ends remembered while behind; beyond it the oldest are enough
TRIM_INTERVAL_S = 30.0
RETRY_S = 0.5


class AuditInterrupted(Exception):
    """What was known is in doubt: start again from ClickHouse and the plan log."""


class AuditStopped(Exception):
    """The promise cannot be kept; a person must look."""


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """`interval_s`: how long records are gathered before they are written; an insert costs the server some 5 ms, however small.

    `progress_interval_s`: between two publications of how far every partition is written, a record each.
    `market_kept_s`: `oms.market` is trimmed below what was written that long ago. `trims`: false where the broker cannot.
    """

    name: str
    interval_s: float = 0.5
    progress_interval_s: float = 0.25
    market_kept_s: float = 600.0
    trims: bool = True


@dataclass(slots=True)
class Work:
    """One partition. `plans`: from → to; `plan_offsets`: from → where that plan is. `ends`: (wall time, end of the log then)."""

    prefix: Prefix
    pending: list[Record] = field(default_factory=list)
    plans: dict[int, int] = field(default_factory=dict)
    plan_offsets: dict[int, int] = field(default_factory=dict)
    ends: deque[tuple[int, int]] = field(default_factory=deque)
    caught_up_wall_ns: int = 0
    written: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def available(self) -> int:
        return self.prefix.next_offset + len(self.pending)

    def next(self) -> Range:
        return next_range(self.prefix.next_offset, self.plans, self.available)

    def drop_done(self) -> None:
        for start in [start for start in self.plans if start < self.prefix.next_offset]:
            del self.plans[start], self.plan_offsets[start]


def audited_partitions(desk_partitions: int) -> tuple[TopicPartition, ...]:
    """Every partition of every audited topic."""
    return tuple(
        TopicPartition(topic.name, number)
        for topic in topics.TOPICS
        if topic.audited
        for number in range(topic.partitions(desk_partitions))
    )


class Auditor:
    """`recover` once, then `step` for ever; `run` does both and recovers whenever something is in doubt."""

    def __init__(
        self,
        log: Log,
        store: AuditStore,
        partitions: Sequence[TopicPartition],
        settings: AuditSettings,
        wall_ns: Callable[[], int] = time.time_ns,
        on_written: Callable[[Sequence[RecordRow]], None] = lambda rows: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`monotonic`: seconds that never go back. `on_written` gets the rows of each batch once it is confirmed; it must neither block nor raise."""
        self._log = log
        self._store = store
        self._partitions = tuple(partitions)
        self._settings = settings
        self._wall_ns = wall_ns
        self._on_written = on_written
        self._monotonic = monotonic
        self._work: dict[TopicPartition, Work] = {}
        self._reader: Reader | None = None
        self._plan_reader: Reader | None = None
        self._plan_appender: Appender | None = None
        self._progress_appender: RenewedAppender | None = None
        self._alerts = AlertForwarder(log, store, monotonic)
        self._plans_position = 0
        self._turn = 0
        self.recoveries = self.later_plans = 0
        """How often it learnt anew what is written; plans for a batch that already had one: another auditor works beside this one."""
        self._step_began = self._last_write = self._last_publish = self._last_trim = 0.0

    def run(self, stop: Callable[[], bool]) -> None:
        """Until `stop`. Raises AuditStopped or PrefixFault where going on could break the promise."""
        doubtful = True
        while not stop():
            try:
                if doubtful:
                    self.recover()
                    doubtful = False
                self.step()
            except (AuditInterrupted, ClickHouseUnavailable, LogUnavailable, OffsetOutOfRange) as fault:
                logger.warning("the audit starts again from what is written: %s", fault)
                doubtful = True
                time.sleep(RETRY_S)
        self.close()

    def recover(self) -> None:
        """Learn from ClickHouse and the plan log what is written and planned. Forgets everything else."""
        self.close()
        self.recoveries += 1
        self._plans_position = self._log.starts([PLANS])[PLANS]  # before the prefixes: see the invariants
        self._work = {tp: Work(self._store.prefix(tp)) for tp in self._partitions}
        positions = {tp: work.prefix.next_offset for tp, work in self._work.items()}
        known = self._known()
        for tp, start in self._log.starts(known).items():
            if start > positions[tp]:
                raise AuditStopped(
                    f"{tp.topic}/{tp.partition}: written up to {positions[tp]}, but the log begins at {start}: records are lost to the audit"
                )
        for tp, end in self._log.ends(known).items():
            if end < positions[tp]:
                raise AuditInterrupted(  # or a broker took over and does not know yet how far it is: asked again
                    f"{tp.topic}/{tp.partition}: written up to {positions[tp]}, but the log ends at {end}: this ClickHouse belongs to another log"
                )
        self._reader = self._log.reader(positions, patient=True)
        self._plan_reader = self._log.reader({PLANS: self._plans_position})
        self._plan_appender = self._log.appender(PLANS)
        self._progress_appender = RenewedAppender(self._log, PROGRESS)
        self._read_plans(self._log.ends([PLANS])[PLANS])
        self._alerts.begin(self._partitions)
        self._step_began = self._monotonic()

    def step(self) -> None:
        """Gather records for up to the interval, write what is there, publish how far that is."""
        began = self._monotonic()
        if began - self._step_began > STEP_S_MAX:
            raise AuditInterrupted(f"paused for {began - self._step_began:.0f} s")
        self._step_began = began
        self._alerts.step()
        self.read()
        self.write()
        self._alerts.step()
        self._publish_when_due()
        if self._settings.trims and began - self._last_trim >= TRIM_INTERVAL_S:
            self._last_trim = began
            self.trim()

    def read(self) -> None:
        """Read until the interval since the last write is over, or there is enough for a pass."""
        assert self._reader is not None, "recover first"
        pending = sum(len(work.pending) for work in self._work.values())
        due = self._last_write + self._settings.interval_s
        while pending < PENDING_MAX:
            wait = max(0.0, due - self._monotonic())
            records = self._reader.poll(min(wait, self._settings.progress_interval_s), BATCH_RECORDS_MAX)
            for record in records:
                self._work[TopicPartition(record.topic, record.partition)].pending.append(record)
            pending += len(records)
            if self._monotonic() >= due or pending >= BATCH_RECORDS_MAX:
                return
            self._publish_when_due()

    def write(self) -> None:
        """One pass over the partitions: plan where there is no plan, then insert every batch that is planned and read."""
        self._last_write = self._monotonic()
        wanted = {tp: work.next() for tp, work in self._work.items() if work.pending}
        to_plan = [(tp, r) for tp, r in wanted.items() if r.step is Step.PLAN]
        if to_plan:
            self._plan(to_plan)
        self._turn += 1
        order = list(wanted)
        first = self._turn % len(order) if order else 0
        for tp in order[first:] + order[:first]:
            batch = self._work[tp].next()
            if batch.step is Step.INSERT:
                self._insert(tp, batch)
                self._publish_when_due()
            if self._monotonic() - self._last_write > PASS_S_MAX:
                return

    def publish(self) -> None:
        """Say how far each partition is written, and when that was last everything there was."""
        assert self._progress_appender is not None, "recover first"
        self._last_publish = self._monotonic()
        now = self._wall_ns()
        ends = self._log.ends(self._known())
        for tp, work in self._work.items():
            if len(work.ends) < OBSERVATIONS_MAX:
                work.ends.append((now, ends.get(tp, work.available)))
            while work.ends and work.ends[0][1] <= work.prefix.next_offset:
                work.caught_up_wall_ns = work.ends.popleft()[0]
            progress = AuditProgress(*tp, work.prefix.next_offset, work.prefix.chain, work.caught_up_wall_ns)
            self._progress_appender.append(
                f"{tp.topic}/{tp.partition}".encode(), encode_intake(topics.AUDIT_PROGRESS, progress)
            )
        self._progress_appender.look()

    def _known(self) -> list[TopicPartition]:
        """The partitions whose ends are asked for. Of `oms.alerts` what was read counts as all there is: it repeats what is in the journals, and
        the audit of those does not wait for a broker that cannot say where it ends."""
        return [tp for tp in self._partitions if tp.topic != topics.ALERTS]

    def trim(self) -> None:
        """Drop market records written long enough ago, and plans whose batches are written."""
        now = self._monotonic()
        trimmed = {}
        for tp, work in self._work.items():
            if tp.topic != topics.MARKET:
                continue
            work.written.append((now, work.prefix.next_offset))
            while work.written and now - work.written[0][0] >= self._settings.market_kept_s:
                trimmed[tp] = work.written.popleft()[1]
        needed = [offset for work in self._work.values() for offset in work.plan_offsets.values()]
        trimmed[PLANS] = min(needed, default=self._plans_position)
        starts = self._log.starts(list(trimmed))
        self._log.delete_before({tp: offset for tp, offset in trimmed.items() if offset > starts[tp]})

    def prefixes(self) -> dict[TopicPartition, int]:
        """The end of the written prefix of each partition."""
        return {tp: work.prefix.next_offset for tp, work in self._work.items()}

    def lag(self) -> int:
        """Records read and not yet written."""
        return sum(len(work.pending) for work in self._work.values())

    def lags(self) -> dict[TopicPartition, Lag]:
        """What is not written, by partition, as far as the last look at the log's ends tells; none before the first."""
        return {tp: self._lag_of(work) for tp, work in self._work.copy().items() if work.caught_up_wall_ns or work.ends}

    def _lag_of(self, work: Work) -> Lag:
        """An insert under way counts as not made: its records are pending until it is confirmed."""
        ends, oldest = work.ends.copy(), work.pending[:1]
        records = ends[-1][1] - (oldest[0].offset if oldest else work.prefix.next_offset) if ends else 0
        if records <= 0:
            return Lag(0, 0.0)
        since_ns = oldest[0].timestamp_ms * 1_000_000 if oldest else work.caught_up_wall_ns or ends[0][0]
        return Lag(records, max(0, self._wall_ns() - since_ns) / 1e9)

    def close(self) -> None:
        for reader in (self._reader, self._plan_reader):
            if reader is not None:
                reader.close()
        for appender in (self._plan_appender, self._progress_appender):
            if appender is not None:
                appender.close(1.0)
        self._alerts.close()
        self._reader = self._plan_reader = None
        self._plan_appender = self._progress_appender = None

    def _plan(self, wanted: Iterable[tuple[TopicPartition, Range]]) -> None:
        assert self._plan_appender is not None
        tokens = set()
        for tp, batch in wanted:
            to = batch.from_offset + _fitting(self._work[tp].pending[: batch.to_offset - batch.from_offset])
            plan = AuditPlan(*tp, batch.from_offset, to, self._settings.name)
            key = f"{tp.topic}/{tp.partition}".encode()
            tokens.add(self._plan_appender.append(key, encode_intake(topics.AUDIT_PLANS, plan)))
        deadline = self._monotonic() + PLAN_ANSWER_S_MAX
        last = -1
        while tokens:
            for outcome in self._plan_appender.poll(0.1):
                if not isinstance(outcome, Ack):
                    raise AuditInterrupted(f"the fate of a plan is unknown: {outcome.reason}")
                tokens.discard(outcome.token)
                last = max(last, outcome.offset)
            if tokens and self._monotonic() > deadline:
                raise AuditInterrupted(f"no answer about a plan for {PLAN_ANSWER_S_MAX:.0f} s")
        self._read_plans(last + 1)

    def _read_plans(self, end: int) -> None:
        """Read the plan log up to `end`."""
        assert self._plan_reader is not None
        deadline = self._monotonic() + PLAN_ANSWER_S_MAX
        while self._plans_position < end:
            for record in self._plan_reader.poll(0.1, BATCH_RECORDS_MAX):
                self._note_plan(record)
                self._plans_position = record.offset + 1
            if self._plans_position < end and self._monotonic() > deadline:
                raise AuditInterrupted(f"the plan log could not be read up to {end}")

    def _note_plan(self, record: Record) -> None:
        try:
            plan: AuditPlan = decode_intake(topics.AUDIT_PLANS, record.value)
        except CodecError as fault:
            raise AuditStopped(f"{PLANS.topic}: the plan at {record.offset} cannot be read: {fault}") from fault
        work = self._work.get(TopicPartition(plan.topic, plan.partition))
        if work is None or plan.from_offset < work.prefix.next_offset:
            return  # not ours, or done
        if plan.from_offset in work.plans:
            self.later_plans += 1  # not the first
            return
        work.plans[plan.from_offset] = plan.to_offset
        work.plan_offsets[plan.from_offset] = record.offset

    def _insert(self, tp: TopicPartition, batch: Range) -> None:
        work = self._work[tp]
        count = batch.to_offset - batch.from_offset
        rows = work.prefix.rows_of(work.pending[:count])
        self._alerts.offer(rows.alerts)
        if self._monotonic() - self._step_began > STEP_S_MAX:
            raise AuditInterrupted("paused before an insert")
        token = range_token(*tp, batch.from_offset, batch.to_offset)
        for table, select in TABLES_IN_ORDER:
            if selected := select(rows):
                self._store.insert(table, selected, token)
        del work.pending[:count]
        work.drop_done()
        self._on_written(rows.records)

    def _publish_when_due(self) -> None:
        """Not while more than one publication waits for the log: the next says all that the ones before would have said, and a log that takes
        them more slowly than they come would never answer the last one in time."""
        assert self._progress_appender is not None, "recover first"
        if self._monotonic() - self._last_publish < self._settings.progress_interval_s:
            return
        self._progress_appender.look()
        if self._progress_appender.waiting <= len(self._work):
            self.publish()


def _fitting(records: Sequence[Record]) -> int:
    """How many of the records fit into one batch; at least one."""
    size = 0
    for count, record in enumerate(records):
        size += len(record.value)
        if count and size > BATCH_BYTES_MAX:
            return count
    return len(records)
