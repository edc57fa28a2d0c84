"""The only consume-decide-append loop. risk, router and execution are this, with different rules.

    read an input → decide → append ONE record with all its events → evolve → (after the ack) effects

The owner's life, and what would go wrong without each step:
1. fold the journal to its end: state is what the valid records say, never what a process remembers;
2. append a claim, wait for its ack: its offset is the epoch. Read on to that very claim, so that nothing a predecessor wrote before it
   is missed;
3. take the ends of all inputs. Reference and control are read to theirs before anything else, or an order would be judged without the
   halt that covers it; until all are read no timer fires, or a slice would be worked for an order already cancelled;
4. decide. A record is appended before its effects, and the state evolves at once: the pipeline does not wait for the broker;
5. act on an ack only if it is good, on plan (offset = epoch + run seq) and all before it were: that is the fence. Any other outcome, or a
   newer claim, or a stranger's record in the run: stop, purge, drop the state, start over; follow if another owns now, until it is silent.

Not thread-safe: one thread calls `turn`. Knows no client library: it sees `oms.runtime.log` and a `Port`.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from oms.core.canonical import state_hash
from oms.core.commands import Command
from oms.core.control import tape_now
from oms.core.market import MarketMoment, MarketView
from oms.core.record_chain import record_hash
from oms.core.run_rule import JOURNAL_START, RunPosition
from oms.core.stage import CommandInput, Conditions, Effect, Input, Rules, StageState, StepInput
from oms.core.venue_messages import SessionInput, VenueMessage
from oms.runtime.clock import Clock
from oms.runtime.inputs import NOTHING_READ, due_source, journal_input, leaves_a_record, moved, side_input, trace_of
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, Folded, JournalBroken, JournalFold
from oms.runtime.log import Ack, Appender, Log, Reader, Record, TopicPartition
from oms.runtime.logs import PlacedLogger
from oms.runtime.own_journal import OwnJournal, RunLost
from oms.runtime.presence import Presence, Watch
from oms.runtime.renewed import RenewedAppender
from oms.runtime.run import InFlight, Run, problem_of
from oms.runtime.stage_meter import StageMeter
from oms.wire import topics
from oms.wire.codec import CodecError, decode_intake, encode_claim, encode_envelope, encode_intake
from oms.wire.envelope import READER_VERSION, SCHEMA_VERSION, Claim, DeadLetter, Envelope, ReadPosition, Source

S = TypeVar("S", bound=StageState)
E = TypeVar("E")

UNACKED_MAX = 2_000
"""Records in flight before the loop stops reading: bounds what a broken run throws away."""

BACKLOG_MIN, ANSWER_WAIT_S = 4, 0.004
"""With a port any record in flight is waited for, its effects wait too; without one only what makes the appender hold records back.
An answer ends the wait, as a rule after a millisecond; on a machine that is short of time a shorter one would make it shorter still."""

TIMERS_PER_TURN = 200
"""Timers worked between two reads; of a longer piece of work one step, so that a cancel never waits behind it."""

MARK_AFTER_INPUTS = 5_000
MARK_AFTER_NS = 10_000_000_000
"""A position mark is appended after so many inputs, or so long, without a record: bounds what a restart reads again."""

HASH_EVERY_RECORDS, HASH_COST_MAX_NS = 2_000, 50_000_000
"""The first record of a run and then every so many carry the hash of the state, while that is cheap: it grows with the orders
remembered, and a loop that hashes for seconds trades for none."""

_REFERENCE, _CONTROL = TopicPartition(topics.REFERENCE, 0), TopicPartition(topics.CONTROL, 0)


class Phase(Enum):
    FOLDING = "folding"
    CLAIMING = "claiming"
    RUNNING = "running"
    FOLLOWING = "following"
    REFUSED = "refused"


class Port(Protocol):
    """Where effects go and session inputs come from. Execution has one; risk and router have none."""

    def poll(self) -> Sequence[SessionInput]: ...

    def perform(self, effect: Effect) -> None:
        """Called only after the ack of the record that journaled it."""
        ...

    def await_answer(self, timeout_s: float) -> bool:
        """Where a venue was just asked something: wait for its answer; whether it waited."""
        ...

    def restart(self) -> None:
        """A new ownership begins: drop every connection; each session reports itself disconnected."""
        ...


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """`inputs`: what the stage reads besides `oms.reference`, `oms.control` and its own journal. Limits are wall time in nanoseconds."""

    journal: TopicPartition
    inputs: tuple[TopicPartition, ...]
    process_id: str
    control_limit_ns: int
    audit_limit_ns: int


class StageLoop(Generic[S, E]):
    """One partition of one stage."""

    def __init__(
        self,
        log: Log,
        rules: Rules[S, E],
        settings: LoopSettings,
        clock: Clock,
        market: MarketView,
        audit_age_ns: Callable[[], int | None],
        port: Port | None = None,
    ) -> None:
        self._log, self._rules, self._settings, self._clock = log, rules, settings, clock
        self.journal = settings.journal
        self._market, self._audit_age_ns, self._port = market, audit_age_ns, port
        self._logger = PlacedLogger(logging.getLogger(__name__), settings.journal._asdict())
        self._appender: Appender | None = None
        self._reader: Reader | None = None
        self._own: OwnJournal | None = None
        self._dead_letters: RenewedAppender | None = None
        self._presence = Presence(log, settings.journal, settings.process_id, clock)
        self._control_ms: int | None = None
        self._run: Run[S] | None = None
        self._watch: Watch | None = None
        self._superseded = -1
        self.phase = Phase.FOLDING
        self.meter = StageMeter(tp.topic for tp in (_REFERENCE, _CONTROL, *settings.inputs))

    # -- life ---------------------------------------------------------------------------------------------------------------

    def turn(self, wait_s: float) -> bool:
        """One turn; returns whether anything was done. Waits up to `wait_s` for an input when there is none."""
        if self.phase is Phase.RUNNING:
            return self._turn_owner(wait_s)
        if self.phase is Phase.FOLDING:
            self._take_over()
            return True
        assert self.phase is Phase.FOLLOWING, f"a loop that is {self.phase.value} has no turns"
        return self._turn_follower(wait_s)

    @property
    def state(self) -> S:
        assert self._run is not None, "no state: the partition is not owned"
        return self._run.state

    def cursors(self) -> tuple[ReadPosition, ...]:
        """How far each input is read; a follower reads the journal alone; none while the journal is folded."""
        run, watch = self._run, self._watch
        return tuple(run.cursors.values()) if run else (watch.cursor(),) if watch else ()

    def state_if_owned(self) -> S | None:
        """The state for a look from another thread; None while the partition is not owned."""
        run = self._run
        return run.state if run is not None else None

    @property
    def ready(self) -> bool:
        """Owner and caught up, or following."""
        return self.phase is Phase.FOLLOWING or (self._run is not None and self._run.caught_up)

    @property
    def epoch(self) -> int:
        return self._run.epoch if self._run else -1

    def lag(self) -> int:
        """Records of the inputs not read yet, as far as the broker has told: asking would stop the loop for an answer."""
        if self._run is None:
            return -1
        assert self._reader is not None
        ends = self._reader.known_ends()
        return sum(max(0, ends.get(tp, 0) - cursor.next_offset) for tp, cursor in self._run.cursors.items())

    def close(self) -> None:
        """Finish what is in flight, and leave. Nothing is handed over: the journal is."""
        if self._run is not None:
            self._settle(5.0)
        for appender in (self._appender, self._dead_letters):
            if appender is not None:
                appender.close(2.0)
        self._presence.close()
        for source in (self._reader, self._own, self._watch):
            if source is not None:
                source.close()

    def _take_over(self) -> None:
        tp = self._settings.journal
        self.meter.fold_began(self._clock.now_ns())
        fold = JournalFold(self._log, self._rules, tp)
        reader = self._log.reader({tp: 0})
        try:
            self._fold_to(fold, reader, self._log.ends([tp])[tp])
            self._refuse_newer(fold.folded.min_reader_version)
            newer = 0 <= self._superseded < fold.folded.run.epoch
            if newer and fold.folded.claimant != self._settings.process_id:
                self._follow(fold.folded.run)
                return
            self.phase = Phase.CLAIMING
            epoch = self._claim(READER_VERSION)
            if epoch is None:
                self.phase = Phase.FOLDING
                return
            self._fold_to(fold, reader, epoch + 1)
            self._refuse_newer(fold.folded.min_reader_version)
        finally:
            reader.close()
        if fold.folded.run.epoch != epoch:
            raise JournalBroken(f"{tp.topic}/{tp.partition}: our claim at {epoch} is not in the log")
        self._start(fold.folded, epoch)

    def _refuse_newer(self, wanted: int) -> None:
        """A claim never asks for less than the ones before it, so that this holds for all that comes."""
        if wanted > READER_VERSION:
            tp, self.phase = self._settings.journal, Phase.REFUSED
            raise JournalBroken(f"{tp.topic}/{tp.partition} needs reader version {wanted}; this is {READER_VERSION}")

    def _fold_to(self, fold: JournalFold[S, E], reader: Reader, end: int) -> None:
        while fold.folded.run.next_offset < end:
            for record in reader.poll(0.05):
                if record.offset < end:
                    fold.apply(record)
            self._presence.beat(self.phase.value, self.epoch, self.lag)
        reader.assign({self._settings.journal: fold.folded.run.next_offset})

    def _claim(self, min_reader_version: int) -> int | None:
        if self._appender is not None:
            self._appender.purge()
        self._appender = self._log.appender(self._settings.journal)
        self._appender.append(None, encode_claim(Claim(self._settings.process_id, min_reader_version)))
        for _ in range(1_000):
            for outcome in self._appender.poll(0.05):
                if isinstance(outcome, Ack):
                    self.meter.claims += 1
                    return outcome.offset
                self._logger.warning("claim failed: %s", outcome.reason)
                return None
        return None

    def _start(self, folded: Folded[S], epoch: int) -> None:
        inputs = (_REFERENCE, _CONTROL, *self._settings.inputs)
        nowhere = {tp: ReadPosition(tp.topic, tp.partition, 0, JOURNAL_START.epoch, False) for tp in inputs}
        cursors = {tp: folded.positions.get(tp, nowhere[tp]) for tp in inputs}
        ends = self._log.ends(list(inputs))
        self._run = Run(folded.state, epoch, folded.chain_after_claim, cursors, ends, folded.last_event_time_ns)
        self._run.last_record_ns = self._clock.now_ns()
        self.meter.fold_ended(folded.records, folded.void, self._run.last_record_ns)
        # From the control record before the position: that it is old news does not say how long control has been silent.
        heard = max(cursors[_CONTROL].next_offset - 1, self._log.starts([_CONTROL])[_CONTROL])
        self._reader = self._log.reader({_REFERENCE: cursors[_REFERENCE].next_offset, _CONTROL: heard})
        self._own = OwnJournal(self._log, self._settings.journal, epoch)
        self._superseded = epoch
        if self._port is not None:
            self._port.restart()
        self.phase = Phase.RUNNING
        self._logger.info("owner from epoch %d: %d records folded, %d void", epoch, folded.records, folded.void)

    def _follow(self, position: RunPosition) -> None:
        self._watch = Watch(self._log, self._settings.journal, position, self._clock.now_ns())
        self.phase = Phase.FOLLOWING
        self._logger.info("following the owner of epoch %d", position.epoch)

    def _abandon(self, why: str) -> None:
        """The run is over: whatever is in flight is unknown, so the state is dropped and read again from the journal."""
        self._logger.warning("run of epoch %d ends: %s", self.epoch, why)
        self.meter.gave_up()
        assert self._appender is not None and self._reader is not None and self._own is not None
        self._appender.purge()
        self._reader.close()
        self._own.close()
        self._appender = self._reader = self._own = None
        if self._port is not None:
            self._port.restart()
        self._run = None
        self.phase = Phase.FOLDING

    def _turn_follower(self, wait_s: float) -> bool:
        """Another process owns the partition, until it is silent."""
        watch, now = self._watch, self._clock.now_ns()
        assert watch is not None
        self._presence.beat(self.phase.value, self.epoch, self.lag)
        done = watch.poll(wait_s, now)
        if watch.is_silent(now):
            self._logger.warning("the owner of epoch %d is silent", watch.epoch)
            self._superseded, self._watch, self.phase = watch.epoch, None, Phase.FOLDING
            watch.close()
        return done

    # -- the owner's turn ---------------------------------------------------------------------------------------------------

    def _turn_owner(self, wait_s: float) -> bool:
        assert self._run is not None and self._reader is not None
        done = self._acks(0.0)
        if self._run is None:
            return True
        full = len(self._run.in_flight) >= UNACKED_MAX
        if not full:
            done |= self._session_inputs() | self._timers()
        self._presence.beat(self.phase.value, self.epoch, self.lag)
        if full or len(self._run.in_flight) >= (BACKLOG_MIN if self._port is None else 1):
            done |= self._acks(ANSWER_WAIT_S)
        elif self._port is not None:
            done |= self._port.await_answer(ANSWER_WAIT_S)
        if self._run is None or full:
            return True
        return self._read(0.0 if done else wait_s) | done

    def _read(self, wait_s: float) -> bool:
        assert self._reader is not None and self._own is not None
        # Our own journal first: who is not the owner any more must not judge what the new one's orders led to.
        if (lost := self._own.look()) is not None:
            self._lose(lost)
            return True
        records = self._reader.poll(wait_s)
        for count, record in enumerate(records, 1):
            self._take(record)
            if self._run is not None and count % 50 == 0:
                self._acks(0.0)
            if self._run is None:
                return True
        self._after_reading()
        return bool(records)

    def _after_reading(self) -> None:
        run = self._run
        assert run is not None and self._reader is not None
        if not run.sides_read:
            run.sides_read = all(run.cursors[tp].next_offset >= run.ends[tp] for tp in (_REFERENCE, _CONTROL))
            if run.sides_read:
                self._reader.assign({tp: cursor.next_offset for tp, cursor in run.cursors.items()})
        if not run.caught_up:
            run.caught_up = all(run.cursors[tp].next_offset >= end for tp, end in run.ends.items())
        stale = self._clock.now_ns() - run.last_record_ns >= MARK_AFTER_NS
        if run.inputs_since_record >= MARK_AFTER_INPUTS or (run.inputs_since_record and stale):
            self._append((), Source("", 0, NOTHING_READ, "mark", "", 0), "")

    def _take(self, record: Record) -> None:
        run = self._run
        assert run is not None
        tp = TopicPartition(record.topic, record.partition)
        cursor = run.cursors[tp]
        if tp == _CONTROL:
            self._control_ms = record.timestamp_ms
            if record.offset < cursor.next_offset:
                return
        assert record.offset == cursor.next_offset, f"{tp} at {record.offset}: expected {cursor.next_offset}"
        stage_input, run.cursors[tp], counts = self._understand(record, cursor)
        self.meter.read(record, run.cursors[tp])
        run.inputs_since_record += counts
        if stage_input is not None:
            self._decide(stage_input, Source(tp.topic, tp.partition, record.offset, "", "", 0))

    def _lose(self, lost: RunLost) -> None:
        self._abandon(lost.why)
        if lost.claimant not in ("", self._settings.process_id):  # else nobody else's, or our own, come late
            self._follow(lost.position)

    def _understand(self, record: Record, cursor: ReadPosition) -> tuple[Input | None, ReadPosition, bool]:
        """The input that a record is (None: nothing to decide), the cursor after it, and whether it counts towards a position mark."""
        assert self._run is not None
        if record.topic == topics.ORDERS:
            return CommandInput(record.offset, self._command(record)), moved(cursor), True
        if record.topic in (topics.REFERENCE, topics.CONTROL):
            side = side_input(self._run.state, record)
            return side, moved(cursor), side is not None
        stage_input, reached = journal_input(record, cursor)
        if stage_input is not None:
            self._run.event_time_ns = max(self._run.event_time_ns, stage_input.event_time_ns)  # type: ignore[union-attr]
        return stage_input, reached, stage_input is not None

    def _command(self, record: Record) -> Command | None:
        try:
            command: Command = decode_intake(topics.ORDERS, record.value)
            return command
        except CodecError as error:
            if self._dead_letters is None:
                self._dead_letters = RenewedAppender(self._log, TopicPartition(topics.DEAD_LETTERS, 0))
            letter = DeadLetter(
                record.topic, record.partition, record.offset, str(error), record.value, self._settings.process_id
            )
            self._dead_letters.append(None, encode_intake(topics.DEAD_LETTERS, letter))
            self._dead_letters.look()
            return None

    def _session_inputs(self) -> bool:
        """None before control is read to its end: their records would carry the time of a clock long since stopped."""
        if self._port is None or self._run is None or not self._run.sides_read:
            return False
        inputs = self._port.poll()
        for session_input in inputs:
            if self._run is None:
                return True
            number = session_input.msg_seq_num if isinstance(session_input, VenueMessage) else 0
            self._decide(session_input, Source("", 0, NOTHING_READ, "", session_input.session_id, number))
        return bool(inputs)

    def _timers(self) -> bool:
        run = self._run
        if run is None or not run.caught_up:
            return False
        for count in range(TIMERS_PER_TURN):
            now = self._clock.now_ns()
            due = self._rules.due(run.state, self._tape_at(now), now)
            if due is None:
                return count > 0
            self._decide(due, due_source(due), now)
            if isinstance(due, StepInput):
                break
        return True

    # -- decide, append, evolve, act ----------------------------------------------------------------------------------------

    def _tape_at(self, wall: int) -> int:
        assert self._run is not None
        return max(self._run.event_time_ns, tape_now(self._run.state.control.anchor, wall))

    def _conditions(self, wall: int) -> Conditions:
        age = None if self._control_ms is None else wall - self._control_ms * 1_000_000
        settings = self._settings
        return Conditions(
            wall, self._tape_at(wall), age, settings.control_limit_ns, self._audit_age_ns(), settings.audit_limit_ns
        )

    def _decide(self, stage_input: Input, source: Source, wall: int | None = None) -> None:
        """`wall`: the time at which a timer was found to be due, for a clock may be set back between two looks at it."""
        assert self._run is not None
        conditions = self._conditions(self._clock.now_ns() if wall is None else wall)
        events = self._rules.decide(self._run.state, stage_input, conditions, MarketMoment(self._market))
        if events:
            self._append(events, source, trace_of(stage_input))
        else:
            assert not leaves_a_record(stage_input), f"{stage_input} left no record"
        self.meter.decided(stage_input, source.topic, events, self._run.last_record_ns)

    def _append(self, events: tuple[E, ...], source: Source, trace_id: str) -> None:
        run, appender = self._run, self._appender
        assert run is not None and appender is not None
        wall, offset = self._clock.now_ns(), run.epoch + run.next_seq
        hashed = self._state_hash(run)
        run.event_time_ns = self._tape_at(wall)
        envelope = Envelope(
            run.epoch,
            run.next_seq,
            tuple(run.cursors.values()),
            source,
            run.event_time_ns,
            wall,
            trace_id,
            SCHEMA_VERSION,
            run.last_hash,
            hashed,
            events,  # type: ignore[arg-type]
        )
        value = encode_envelope(self._settings.journal.topic, envelope)
        token = appender.append(None, value)
        for event in events:
            self._rules.evolve(run.state, event, offset)
        effects = self._rules.effects(run.state, events) if self._port is not None else ()
        run.in_flight.append(InFlight(token, run.next_seq, effects, wall))
        run.last_hash = record_hash(value)
        run.next_seq += 1
        run.inputs_since_record, run.last_record_ns = 0, wall
        self.meter.written += 1

    def _state_hash(self, run: Run[S]) -> bytes:
        if run.next_seq != 1 and (run.next_seq % HASH_EVERY_RECORDS or run.hash_cost_ns > HASH_COST_MAX_NS):
            return b""
        started = self._clock.now_ns()
        hashed = state_hash(run.state, STATE_LAYOUT_VERSION)
        run.hash_cost_ns = self._clock.now_ns() - started
        return hashed

    def _acks(self, wait_s: float) -> bool:
        run, appender = self._run, self._appender
        assert run is not None and appender is not None
        outcomes = appender.poll(wait_s)
        for outcome in outcomes:
            flight = run.in_flight.popleft()
            problem = problem_of(outcome, flight, run.epoch)
            if problem:
                self._abandon(problem)
                return True
            self.meter.acked(self._clock.now_ns() - flight.decided_ns)
            if self._port is not None:
                for effect in flight.effects:
                    self._port.perform(effect)
        return bool(outcomes)

    def _settle(self, timeout_s: float) -> None:
        deadline = self._clock.now_ns() + int(timeout_s * 1e9)
        while self._run is not None and self._run.in_flight and self._clock.now_ns() < deadline:
            self._acks(0.05)
