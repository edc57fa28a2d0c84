"""The only consume-decide-append loop. Every stage is this, with different rules.

    read an input → decide → evolve → append ONE record with all its events → (after the ack) effects

The owner's life, and what would go wrong without each step:
1. fold the journal to its end: state is what the valid records say, never what a process remembers (`oms.runtime.standby`);
2. append a claim, wait for its ack: its offset is the epoch. Read on to that very claim, so that nothing a predecessor wrote before it
   is missed (`oms.runtime.ownership`);
3. take the ends of all inputs. Reference and control are read to theirs before anything else, or an order would be judged without the
   halt that covers it; until all are read no timer fires, or a slice would be worked for an order already cancelled;
4. decide. A record is appended before its effects, and the state evolves at once: the pipeline does not wait for the broker;
5. act on an ack only if it is good, on plan (offset = epoch + run seq) and all before it were: that is the fence. Any other outcome, or a
   newer claim, or a stranger's record in the run: stop, purge, drop the state, start over; follow if another owns now, until it is silent.

A command that breaks a rule of the core is a bug of ours, and must not stop the desk's partition: it goes to the dead letters with what
broke, is passed over, and everything else goes on. Anything else that breaks stops the partition loudly.

Not thread-safe: one thread calls `turn`. Knows no client library: it sees `oms.runtime.log` and a `Port`.
"""

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from oms.core.commands import Command
from oms.core.market import MarketMoment, MarketView
from oms.core.run_rule import JOURNAL_START
from oms.core.stage import CommandInput, Input, Rules, StageState, StepInput, TimerInput
from oms.core.venue_messages import VenueMessage
from oms.runtime.clock import Clock
from oms.runtime.control_ahead import ControlAhead
from oms.runtime.dead_letters import CoreBroke, DeadLetters, core_breaks
from oms.runtime.inputs import NOTHING_READ, due_source, journal_input, leaves_a_record, moved, side_input, trace_of
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalBroken
from oms.runtime.log import Appender, Log, LogUnavailable, Reader, Record, TopicPartition
from oms.runtime.logs import PlacedLogger
from oms.runtime.own_journal import OwnJournal
from oms.runtime.ownership import LoopSettings, Ownership, Phase, Takeover
from oms.runtime.parts import PARTS, Parts, Port, Snapshots
from oms.runtime.presence import Presence
from oms.runtime.run import InFlight, Run
from oms.runtime.stage_meter import StageMeter
from oms.wire import topics
from oms.wire.codec import CodecError, decode_intake, encode_envelope
from oms.wire.dead_letter import LetterClass
from oms.wire.envelope import RELEASE, Envelope, ReadPosition, Release, Source

S = TypeVar("S", bound=StageState)
E = TypeVar("E")

UNACKED_MAX = 2_000
"""Records in flight before the loop stops reading: bounds what a broken run throws away."""

BACKLOG_MIN, ANSWER_WAIT_S = 4, 0.004
"""With a port any record in flight is waited for, its effects wait too; without one only what makes the appender hold records back.
An answer ends the wait, as a rule after a millisecond; on a machine that is short of time a shorter one would make it shorter still."""

TIMERS_PER_TURN = 200
"""Timers worked between two reads; of a longer piece of work one step, so that a cancel never waits behind it."""

INPUTS_PER_STEP = 20
"""Of what came together, between two looks at acks and two steps of work that presses: a mass cancel waits for no answers to its first cancels."""

_REFERENCE, _CONTROL = TopicPartition(topics.REFERENCE, 0), TopicPartition(topics.CONTROL, 0)


class StageLoop(Generic[S, E]):
    """One partition of one stage. `parts`, `release`: see their modules; nothing but tests gives others."""

    def __init__(
        self,
        log: Log,
        rules: Rules[S, E],
        settings: LoopSettings,
        clock: Clock,
        market: MarketView,
        audit_age_ns: Callable[[], int | None],
        port: Port | None = None,
        snapshots: Snapshots | None = None,
        parts: Parts = PARTS,
        release: Release = RELEASE,
        control: ControlAhead | None = None,
    ) -> None:
        self._log, self._rules, self._settings, self._clock = log, rules, settings, clock
        self.journal, self._market, self._audit_age_ns, self._port = settings.journal, market, audit_age_ns, port
        self._parts, self._release = parts, release
        self._ahead = control if control is not None else ControlAhead()
        self._logger = PlacedLogger(logging.getLogger(__name__), settings.journal._asdict())
        self._appender: Appender | None = None
        self._reader: Reader | None = None
        self._own: OwnJournal | None = None
        self._letters = DeadLetters(log, settings.process_id)
        self._presence = Presence(log, settings.journal, settings.process_id, clock, settings.heartbeat_ns)
        self._run: Run[S] | None = None
        self.broken_inputs: dict[TopicPartition, str] = {}
        self.broken = ""
        self.meter = StageMeter(tp.topic for tp in (_REFERENCE, _CONTROL, *settings.inputs))
        self._takeover = Takeover(log, rules, settings, clock, self._presence, self.meter, parts, release, snapshots)

    # -- life ---------------------------------------------------------------------------------------------------------------

    def turn(self, wait_s: float) -> bool:
        """One turn; returns whether anything was done. Waits up to `wait_s` for an input when there is none."""
        if self._run is not None:
            return self._turn_owner_safely(wait_s)
        ownership: Ownership[S] | None = None
        try:
            done, ownership = self._takeover.turn(wait_s)
            if ownership is not None:
                self._start(ownership)
        except LogUnavailable as fault:  # an election somewhere: tried again
            self._logger.warning("not taken over yet: %s", fault)
            if ownership is not None:
                ownership.appender.purge()
                self._takeover.lost(ownership.epoch, early=True)
            return False
        return done

    def _turn_owner_safely(self, wait_s: float) -> bool:
        """What breaks for an owner that was replaced while it slept breaks because of that: it read what the new owner's decisions led to."""
        try:
            return self._turn_owner(wait_s)
        except LogUnavailable as fault:
            self._abandon(str(fault))
            return False
        except AssertionError:
            run, own = self._run, self._own
            if run is None or own is None:
                raise
            end = self._log.ends([self.journal])[self.journal]
            if (lost := own.look_to(end, run.epoch + run.acked_seq)) is None:
                raise
            self._abandon(lost.why)
            return True

    @property
    def phase(self) -> Phase:
        if self.broken and self._takeover.phase is not Phase.REFUSED:
            return Phase.BROKEN
        return Phase.RUNNING if self._run is not None else self._takeover.phase

    @property
    def state(self) -> S:
        assert self._run is not None, "no state: the partition is not owned"
        return self._run.state

    def cursors(self) -> tuple[ReadPosition, ...]:
        """How far each input is read; a follower reads the journal alone; none while the journal is folded."""
        run = self._run
        return tuple(run.cursors.values()) if run else self._takeover.cursor()

    def state_if_owned(self) -> S | None:
        """The state for a look from another thread; None while the partition is not owned."""
        run = self._run
        return run.state if run is not None else None

    @property
    def ready(self) -> bool:
        """Owner and caught up, or following; nothing broken."""
        if self.broken or self.broken_inputs:
            return False
        return self.phase is Phase.FOLLOWING or (self._run is not None and self._run.caught_up)

    @property
    def epoch(self) -> int:
        return self._run.epoch if self._run else -1

    def lag(self) -> int:
        """Records of the inputs not read yet, as far as the broker has told: asking would stop the loop for an answer."""
        if self._run is None:
            return self._takeover.lag()
        assert self._reader is not None
        ends = self._reader.known_ends()
        return sum(max(0, ends.get(tp, 0) - cursor.next_offset) for tp, cursor in self._run.cursors.items())

    def stop_for(self, fault: Exception) -> None:
        """The partition stands still from here on, and says so; whatever was in flight is left to the journal."""
        self.broken = str(fault) or type(fault).__name__
        self._logger.critical("this partition has stopped: %s", fault)
        if self._run is not None:
            self._abandon(self.broken)

    def close(self) -> None:
        """Finish what is in flight, and leave. Nothing is handed over: the journal is."""
        if self._run is not None:
            self._settle(5.0)
        run = self._run
        if run is not None and not run.in_flight:
            self._presence.leave(run.epoch)
        if self._appender is not None:
            self._appender.close(2.0)
        self._presence.close()
        self._takeover.close()
        for source in (self._reader, self._own):
            if source is not None:
                source.close()

    def _start(self, ownership: Ownership[S]) -> None:
        folded, epoch = ownership.folded, ownership.epoch
        inputs = (_REFERENCE, _CONTROL, *self._settings.inputs)
        nowhere = {tp: ReadPosition(tp.topic, tp.partition, 0, JOURNAL_START.epoch, False) for tp in inputs}
        cursors = {tp: folded.positions.get(tp, nowhere[tp]) for tp in inputs}
        ends = self._log.ends(list(inputs))
        # From the control record before the position: that it is old news does not say how long control has been silent.
        heard = max(cursors[_CONTROL].next_offset - 1, self._log.starts([_CONTROL])[_CONTROL])
        self._run = Run(
            folded.state,
            epoch,
            folded.chain_after_claim,
            cursors,
            ends,
            folded.last_event_time_ns,
            outbox=self._parts.outbox(),
            hashes_first=not ownership.losses,
            sessions_ended=self._port is None,
        )
        self._run.last_record_ns = self._clock.now_ns()
        self._appender, self.broken_inputs = ownership.appender, {}
        # The inputs are held until reference and control are read to their ends.
        positions = {tp: cursor.next_offset for tp, cursor in cursors.items()} | {_CONTROL: heard}
        self._reader = self._log.reader(positions, held=self._settings.inputs)
        self._own = self._parts.own_journal(self._log, self._settings.journal, epoch, self._parts.advance)
        if self._port is not None:
            self._port.restart()
        self._logger.info("owner from epoch %d: %d records folded, %d void", epoch, folded.records, folded.void)

    def _abandon(self, why: str) -> None:
        """The run is over: whatever is in flight is unknown, so the state is dropped and read again from the journal."""
        self._logger.warning("run of epoch %d ends: %s", self.epoch, why)
        self.meter.gave_up()
        assert self._appender is not None and self._reader is not None and self._own is not None
        assert self._run is not None
        self._takeover.lost(self._run.epoch, early=not self._run.acked_seq)
        self._appender.purge()
        self._reader.close()
        self._own.close()
        self._appender = self._reader = self._own = None
        if self._port is not None:
            self._port.restart()
        self._run = None

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
        assert self._run is not None and self._reader is not None and self._own is not None
        # Our own journal first: who is not the owner any more must not judge what the new one's orders led to.
        if self._replaced():
            return True
        records = self._reader.poll(wait_s)
        if records and self._replaced():  # it may have been a long wait
            return True
        for count, record in enumerate(records, 1):
            self._go_before(count)
            if self._run is not None:
                self._take(record)
            if self._run is None:
                return True
        self._after_reading()
        return bool(records)

    def _go_before(self, count: int) -> None:
        """What goes before the `count`-th, from 1, of the inputs that came together. No timer: what it waits for may be among them."""
        self._look_up(count)
        run = self._run
        if run is not None and count % INPUTS_PER_STEP == 0 and self._parts.timers_may_fire(run):
            due, now = self._due(run)
            if isinstance(due, StepInput) and due.presses:
                self._decide(due, due_source(due), now)

    def _look_up(self, count: int) -> None:
        """Newer control goes before all that came earlier: a halt waits for one decision, not for a backlog. Acks let bytes go, and records."""
        run = self._run
        if run is not None and run.sides_read and run.sessions_ended:
            for record in self._ahead.since(run.cursors[_CONTROL].next_offset):
                if self._run is not None:
                    self._take(record)
        if self._run is not None and count % INPUTS_PER_STEP == 0:
            self._acks(0.0)

    def _replaced(self) -> bool:
        assert self._run is not None and self._own is not None
        if (lost := self._own.look(self._run.epoch + self._run.acked_seq)) is not None:
            self._abandon(lost.why)
        return lost is not None

    def _after_reading(self) -> None:
        run = self._run
        assert run is not None and self._reader is not None
        if not run.sides_read and run.reached((_REFERENCE, _CONTROL)):
            run.sides_read = True
            self._reader.release()
        if not run.caught_up:
            run.caught_up = run.reached(tp for tp in run.ends if tp not in self.broken_inputs)
        if run.mark_is_due(self._clock.now_ns()):
            self._mark()

    def _mark(self) -> None:  # a record that only says how far the inputs are read
        self._append((), Source("", 0, NOTHING_READ, "mark", "", 0), "")

    def _take(self, record: Record) -> None:
        run = self._run
        assert run is not None
        tp = TopicPartition(record.topic, record.partition)
        cursor = run.cursors[tp]
        if tp == _CONTROL:
            run.hear(record)
            if record.offset < cursor.next_offset:
                return
        if tp in self.broken_inputs:
            return
        assert record.offset == cursor.next_offset, f"{tp} at {record.offset}: expected {cursor.next_offset}"
        try:
            stage_input, run.cursors[tp], counts = self._understand(record, cursor)
        except JournalBroken as fault:
            self._stop_reading(tp, fault)
            return
        self.meter.read(record, run.cursors[tp])
        run.inputs_since_record += counts
        if stage_input is not None:
            source = Source(tp.topic, tp.partition, record.offset, "", "", 0)
            if isinstance(stage_input, CommandInput):
                self._take_command(record, stage_input, source)
            else:
                self._decide(stage_input, source)

    def _stop_reading(self, tp: TopicPartition, fault: JournalBroken) -> None:
        """An input that contradicts itself is not read on. A stage without effects stops with it; one that holds orders at venues goes
        on with control and its sessions, so that they can be cancelled."""
        if self._port is None:
            raise fault
        self._logger.critical("an input is not read any more, orders can only be cancelled: %s", fault)
        self.broken_inputs[tp] = str(fault)

    def _understand(self, record: Record, cursor: ReadPosition) -> tuple[Input | None, ReadPosition, bool]:
        """The input that a record is (None: nothing to decide), the cursor after it, and whether it counts towards a position mark."""
        assert self._run is not None
        if record.topic == topics.ORDERS:
            return CommandInput(record.offset, self._command(record)), moved(cursor), True
        if record.topic in (topics.REFERENCE, topics.CONTROL):
            side = side_input(self._run.state, record)
            return side, moved(cursor), side is not None
        ways = self._parts.advance, self._release.reader_version, self._settings.kinds
        stage_input, reached = journal_input(record, cursor, *ways)
        if stage_input is not None:
            self._run.event_time_ns = max(self._run.event_time_ns, stage_input.event_time_ns)  # type: ignore[union-attr]
        return stage_input, reached, stage_input is not None or self._settings.kinds is not None

    def _command(self, record: Record) -> Command | None:
        if record.offset in self._letters.poison:
            self._letters.put(record, self._letters.poison[record.offset])
            return None
        try:
            command: Command = decode_intake(topics.ORDERS, record.value)
            return command
        except CodecError as error:
            self._letters.put(record, f"{LetterClass.UNREADABLE.value}: {error}")
            return None

    def _take_command(self, record: Record, command: CommandInput, source: Source) -> None:
        """Decide a command; where the core breaks on it, its bytes are kept and it is passed over.

        A mark follows at once: whoever waits for the command learns from it that no decision will come.
        """
        try:
            self._decide(command, source)
            if command.command is None:
                self._mark()
        except CoreBroke as broke:
            if broke.spoilt:  # met again after the fold, it is passed over
                self._letters.poison[record.offset] = str(broke)
                self._abandon(str(broke))
                return
            self._letters.put(record, str(broke))
            self._take_command(record, CommandInput(record.offset, None), source)

    def _session_inputs(self) -> bool:
        """None before control is read to its end: their records would carry the time of a clock long since stopped."""
        run = self._run
        if self._port is None or run is None or not run.sides_read:
            return False
        inputs = self._port.poll()
        for count, session_input in enumerate(inputs, 1):
            self._go_before(count)
            if self._run is None:
                return True
            number = session_input.msg_seq_num if isinstance(session_input, VenueMessage) else 0
            self._decide(session_input, Source("", 0, NOTHING_READ, "", session_input.session_id, number))
        run.sessions_ended = True
        return bool(inputs)

    def _timers(self) -> bool:
        run = self._run
        if run is None or not self._parts.timers_may_fire(run):
            return False
        for count in range(1, TIMERS_PER_TURN + 1):
            self._look_up(count)
            if self._run is None:
                return True
            due, now = self._due(run)
            if due is None:
                return count > 1
            self._decide(due, due_source(due), now)
            if isinstance(due, StepInput):
                break
        return True

    def _due(self, run: Run[S]) -> tuple[TimerInput | StepInput | None, int]:
        now = self._clock.now_ns()
        return self._rules.due(run.state, run.tape_at(now), now, self._market), now

    # -- decide, append, evolve, act ----------------------------------------------------------------------------------------

    def _decide(self, stage_input: Input, source: Source, wall: int | None = None) -> None:
        """`wall`: the time at which a timer was found to be due, for a clock may be set back between two looks at it."""
        assert self._run is not None
        settings = self._settings
        limits = settings.control_limit_ns, settings.audit_limit_ns
        conditions = self._run.conditions(self._clock.now_ns() if wall is None else wall, self._audit_age_ns(), *limits)
        is_command = isinstance(stage_input, CommandInput)
        with core_breaks(is_command, spoils=False):
            events = self._rules.decide(self._run.state, stage_input, conditions, MarketMoment(self._market))
        if events:
            self._append(events, source, trace_of(stage_input), is_command)
        else:
            assert not leaves_a_record(stage_input), f"{stage_input} left no record"
        self.meter.decided(stage_input, source.topic, events, self._run.last_record_ns)

    def _append(self, events: tuple[E, ...], source: Source, trace_id: str, is_command: bool = False) -> None:
        """The state evolves before the record is appended: what breaks it is in no journal then."""
        run, appender = self._run, self._appender
        assert run is not None and appender is not None
        wall, offset = self._clock.now_ns(), run.epoch + run.next_seq
        hashed = run.hash_of_state(wall, self._clock)
        run.event_time_ns = run.tape_at(wall)
        envelope = Envelope(
            run.epoch,
            run.next_seq,
            tuple(run.cursors.values()),
            source,
            run.event_time_ns,
            wall,
            trace_id,
            self._release.schema_version,
            run.last_hash,
            hashed,
            events,  # type: ignore[arg-type]
            STATE_LAYOUT_VERSION if hashed else 0,
        )
        with core_breaks(is_command, spoils=True):
            value = encode_envelope(self._settings.journal.topic, envelope)
            for event in events:
                self._rules.evolve(run.state, event, offset)
        token = appender.append(None, value)
        run.in_flight.append(InFlight(token, run.next_seq, wall))
        if self._port is not None:
            for effect in run.outbox.add(run.next_seq, self._rules.effects(run.state, events)):
                self._port.perform(effect)
        run.last_hash = self._parts.record_hash(value)
        run.next_seq += 1
        run.inputs_since_record, run.last_record_ns = 0, wall
        self.meter.written += 1

    def _acks(self, wait_s: float) -> bool:
        run, appender = self._run, self._appender
        assert run is not None and appender is not None
        outcomes = appender.poll(wait_s)
        for outcome in outcomes:
            flight = run.in_flight.popleft()
            problem = self._parts.problem_of(outcome, flight, run.epoch)
            if problem:
                self._abandon(problem)
                return True
            run.acked_seq = flight.run_seq
            self.meter.acked(self._clock.now_ns() - flight.decided_ns)
            if self._port is not None:
                for effect in run.outbox.release(flight.run_seq):
                    self._port.perform(effect)
        return bool(outcomes)

    def _settle(self, timeout_s: float) -> None:
        deadline = self._clock.now_ns() + int(timeout_s * 1e9)
        while self._run is not None and self._run.in_flight and self._clock.now_ns() < deadline:
            self._acks(0.05)
