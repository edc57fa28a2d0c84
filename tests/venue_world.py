"""The real venue process and the real execution stage over real sockets, turned by one thread.

The venue's event loop runs only while the world lets it (`breathe`), so that what lies in the kernel's buffers can be staged. The
stage is `StageLoop(ExecutionRules)` over the in-memory log, with a clock that can be moved; the router is a hand that writes its
journal. The judge is the venue's own log (`evidence`). Times: the stage's clock is wall time plus what was skipped.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from oms.core.commands import Provenance
from oms.core.control import ClockAnchor, ControlHeartbeat, ControlRecord
from oms.core.enums import BreakCause, OrdType, Side, TimeInForce, VenueBehaviour
from oms.core.execution import ExecutionRules, ExecutionState
from oms.core.execution.state import Session
from oms.core.execution_events import ChildUnsent, ExecutionEvent, SessionDown
from oms.core.market import MarketView
from oms.core.record_chain import record_hash
from oms.core.reference import Instrument, ReferenceChange, Venue, VenueSession
from oms.core.routing_events import ChildNew, RoutingEvent
from oms.core.run_rule import Validity
from oms.feeds.tape import ReplayTape, TapeInstrument, TapeQuote, TapeVenue
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import Ack, TopicPartition
from oms.runtime.loop import LoopSettings, StageLoop
from oms.testing.sim_log import SimLog
from oms.venues import messages as m
from oms.venues.evidence import Evidence, read_evidence
from oms.venues.fault_messages import FaultClear, FaultKind, FaultList, FaultReject, FaultRequest, Faults, FaultSet
from oms.venues.fix_port import FixPort
from oms.venues.fix_rules import ReplaceKind, RulesOfEngagement, read_rules_file
from oms.venues.operator_messages import OperatorAct, OperatorDone, OperatorRequest
from oms.venues.session_client import Disconnected, LineConnection
from oms.venues.session_port import SessionPort
from oms.venues.venue_process import VenueProcess, VenueSettings
from oms.venues.venue_terms import VenueTerms
from oms.venues.wire_tap import WireTap
from oms.wire import topics
from oms.wire.codec import decode_journal, encode_claim, encode_envelope, encode_intake
from oms.wire.envelope import READER_VERSION, SCHEMA_VERSION, Claim, Envelope, Source
from oms.wire.topics import TOPICS

T0 = 1_381_240_800_000_000_000  # 2013-10-08 14:00 UTC
SECOND_NS = 1_000_000_000
PATIENCE_S = 10.0
SESSION, COPIES = "OMS0-XALP", "OMS0-XALP-COPY"
QUESTIONS = ("OrderStatusRequest", "OrderMassStatusRequest")
"""Messages that change nothing at the venue, and may come as often as they like."""
NO_LIMIT_NS = 10**18
SIMULATED = read_rules_file(Path(__file__).parents[1] / "deploy" / "local" / "venues" / "default.yaml")
NOBODY = Provenance("", "", "", "", "")
ASK_PX, ASK_QTY, BID_PX = 101, 300, 99
REST_PX = BID_PX - 1
"""A buy at this price rests, one at ASK_PX trades."""

WIRES: dict[str, dict[str, Any]] = {
    "local": {},
    "fix": {"fix": True},
    "fix-without-789": {"fix": True, "rules": replace(SIMULATED, next_expected=False)},
}
"""What a world may be asked to speak; all rules on orders are the same."""


def tape() -> ReplayTape:
    quotes = [TapeQuote(T0, "XALP", "ACME", BID_PX, 500, ASK_PX, ASK_QTY)]
    return ReplayTape(
        label="scripted",
        start_ns=T0,
        end_ns=T0 + 1000 * SECOND_NS,
        listed_instruments=(TapeInstrument("ACME", "USD", 2, 0, 1, 1),),
        listed_venues=(TapeVenue("XALP", "Alpha", True),),
        stream=lambda _from_ns: iter(quotes),
    )


def child(number: int, qty: int = 100, price: int = REST_PX, tif: TimeInForce = TimeInForce.DAY) -> ChildNew:
    order_id = f"alpha/20250106/a{number}"
    return ChildNew(
        order_id, f"{order_id}.1", 1, 7, "alpha", "acc", "ACME", "XALP", Side.BUY, OrdType.LIMIT, tif, qty, price, NO_LIMIT_NS * 2, "t"
    )  # fmt: skip


def name(number: int, request: int = 0) -> str:
    """The ClOrdID of the n-th child at the venue, or of its k-th request."""
    return f"0:alpha/20250106/a{number}.1" + (f":{request}" if request else "")


@dataclass(slots=True)
class SkippingClock:
    skipped_ns: int = 0

    def now_ns(self) -> int:
        return time.time_ns() + self.skipped_ns


@dataclass(slots=True)
class RouterHand:
    """Writes valid records of `oms.routing`, as the router would."""

    log: SimLog
    epoch: int = -1
    seq: int = 1
    previous: bytes = b""

    def say(self, *events: RoutingEvent) -> None:
        if self.epoch < 0:
            claim = encode_claim(Claim("hand", READER_VERSION))
            self.epoch, self.previous = self._append(claim), record_hash(claim)
        source = Source("", 0, -1, "by hand", "", 0)
        envelope = Envelope(
            self.epoch, self.seq, (), source, T0, T0, "", SCHEMA_VERSION, self.previous, b"", events
        )  # fmt: skip
        value = encode_envelope(topics.ROUTING, envelope)
        self._append(value)
        self.seq, self.previous = self.seq + 1, record_hash(value)

    def _append(self, value: bytes) -> int:
        appender = self.log.appender(TopicPartition(topics.ROUTING, 0))
        appender.append(None, value)
        (outcome,) = appender.poll(0.0)
        assert isinstance(outcome, Ack)
        return outcome.offset


@dataclass(slots=True)
class Owner:
    """A process that owns the partition."""

    loop: StageLoop[ExecutionState, ExecutionEvent]
    port: SessionPort


@dataclass(slots=True)
class VenueWorld:
    directory: Path
    heartbeat_s: int = 300
    venue_settings: dict[str, Any] = field(default_factory=dict)
    behaviours: tuple[VenueBehaviour, ...] = ()
    drop_copy: bool = False
    """The venue tells executions in the session COPIES as well."""
    fix: bool = False
    """The order flow goes over FIX; `rules` of the venue: both ends go by them."""
    rules: RulesOfEngagement = SIMULATED
    tap: WireTap = field(default_factory=WireTap)
    """Where the FIX port puts its frames."""
    others: tuple[tuple[Venue, RulesOfEngagement], ...] = ()
    """Further venues, over FIX: who they are is the test's to make."""
    clock: SkippingClock = field(default_factory=SkippingClock)
    aio: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    owners: list[Owner] = field(default_factory=list)
    log: SimLog = field(init=False)
    router: RouterHand = field(init=False)
    venue: VenueProcess = field(init=False)
    _running: "asyncio.Task[None]" = field(init=False)
    _admin: LineConnection | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.log = SimLog({t.name: t.partitions(1) for t in TOPICS}, self.clock.now_ns() // 1_000_000)
        self.router = RouterHand(self.log)
        sessions = (VenueSession(0, SESSION, COPIES if self.drop_copy else ""),)
        if self.drop_copy:
            self.venue_settings["drop_copies"] = {SESSION: COPIES}
        venue = Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), sessions, self.heartbeat_s, True, (), self.behaviours)
        instrument = Instrument("ACME", "ACME", "USD", 2, 0, 1, 1, "", True)
        for entity in (instrument, venue, *(other for other, _ in self.others)):
            self._put(topics.REFERENCE, ReferenceChange(entity, -1, 0, "", NOBODY))
        now_ns = self.clock.now_ns()
        self._put(topics.CONTROL, ClockAnchor(now_ns, now_ns, 1000, "the wall's clock"))
        self._put(topics.CONTROL, ControlHeartbeat("test", now_ns))
        if self.behaviours:
            self.venue_settings["terms"] = {"XALP": VenueTerms(behaviours=frozenset(self.behaviours))}
        if VenueBehaviour.REPLACES_BY_NEW_ORDER in self.behaviours:
            self.rules = replace(self.rules, replace=ReplaceKind.NEW_ORDER)
        if self.fix:
            self.venue_settings |= {"fix_port": 0, "rules": {"XALP": self.rules}}
        self.start_venue(0)
        self.new_owner()

    def say(self, record: ControlRecord) -> None:
        """What a person enters."""
        self._put(topics.CONTROL, record)

    def change_reference(self, entity: Venue) -> None:
        """The second version of what the world began with."""
        version = self.state.reference.version("venue", entity.venue_id)
        self._put(topics.REFERENCE, ReferenceChange(entity, version, 0, "", NOBODY))

    def _put(self, topic: str, value: object) -> None:
        self.log.appender(TopicPartition(topic, 0)).append(None, encode_intake(topic, value))

    # The venue process

    def start_venue(self, port: int) -> None:
        self.venue = VenueProcess(tape(), VenueSettings(port, self.directory, **self.venue_settings))
        self.aio.run_until_complete(self.venue.start())
        self._running = self.aio.create_task(self.venue.run())
        feed = LineConnection.connect("127.0.0.1", self.venue.port, m.encode(m.FeedLogon(("XALP",))))
        feed.send(m.encode(m.Clock(time.time_ns(), time.time_ns(), T0 + SECOND_NS, 0)))
        self.wait(lambda: any(b'"Quote"' in line for line in feed.poll() if isinstance(line, bytes)), ())
        feed.close()

    def kill_venue(self) -> int:
        """As `kill -9` looks from outside: connections end without a word, nothing more is logged. Returns its port."""
        port = self.venue.port
        if self.fix:
            self.venue_settings["fix_port"] = self.venue.fix_port
        self._running.cancel()
        self.aio.run_until_complete(asyncio.wait([self._running]))
        self.aio.run_until_complete(asyncio.sleep(0.01))
        self._admin = None
        return port

    def fault(self, kind: FaultKind, count: int = 0, ms: int = 0, order: str = "", session: str = SESSION) -> None:
        answer = self.ask_faults(FaultSet(kind, session, count, ms, order))
        assert isinstance(answer, Faults), answer

    def clear_faults(self) -> None:
        assert isinstance(self.ask_faults(FaultClear(True)), Faults)

    def faults_on(self) -> list[dict[str, Any]]:
        answer = self.ask_faults(FaultList(1))
        assert isinstance(answer, Faults)
        return [json.loads(text) for text in answer.faults]

    def ask_faults(self, request: FaultRequest) -> Faults | FaultReject:
        answer = self._ask_admin(request)
        assert isinstance(answer, Faults | FaultReject)
        return answer

    def operate(self, act: OperatorAct, **terms: Any) -> tuple[str, ...]:
        """What an operator does at the venue; done when this returns."""
        answer = self._ask_admin(OperatorRequest(act, 1, "XALP", **terms))
        assert isinstance(answer, OperatorDone), answer
        return answer.did

    def _ask_admin(self, request: m.Message) -> m.Message:
        line = m.encode(request)
        if self._admin is None:
            self._admin = LineConnection.connect("127.0.0.1", self.venue.port, line)
        else:
            self._admin.send(line)
        answers: list[bytes | Disconnected] = []

        def answered() -> bool:
            assert self._admin is not None
            answers.extend(self._admin.poll())
            return bool(answers)

        self.wait(answered, ())
        assert isinstance(answers[0], bytes), answers
        return m.decode(answers[0])

    def evidence(self) -> Evidence:
        return read_evidence(self.directory)

    # The execution stage

    @property
    def owner(self) -> Owner:
        return self.owners[-1]

    @property
    def state(self) -> ExecutionState:
        """Empty while the partition is not owned."""
        return self.owner.loop.state_if_owned() or ExecutionState(0)

    @property
    def session(self) -> Session:
        return self.state.sessions.get(SESSION) or Session(SESSION, "XALP")

    def new_owner(self) -> None:
        """Another process takes the partition over; what the last one had is left as it is: its socket stays open."""
        settings = LoopSettings(
            TopicPartition(topics.EXECUTION, 0),
            (TopicPartition(topics.ROUTING, 0),),
            f"process-{len(self.owners)}",
            NO_LIMIT_NS,
            NO_LIMIT_NS,
        )
        loop: StageLoop[ExecutionState, ExecutionEvent]
        port = SessionPort("127.0.0.1", self.venue.port, 0, lambda: loop.state.reference)
        if self.fix:
            assert self.venue.fix_port is not None
            fix_port = self.venue.fix_port
            rules = {"XALP": self.rules} | {other.venue_id: rules for other, rules in self.others}
            port = FixPort("127.0.0.1", fix_port, 0, lambda: loop.state, rules, noted=self.tap.of(0))
        loop = StageLoop(self.log, ExecutionRules(), settings, self.clock, MarketView(), lambda: 0, port)
        self.owners.append(Owner(loop, port))

    def kill_owner(self) -> None:
        """The process is gone, the kernel closes its sockets behind the bytes that were written."""
        self.owner.port.close()
        self.new_owner()

    def events(self, *kinds: type) -> list[Any]:
        """What the valid records of the journal say, of these kinds."""
        tp = TopicPartition(topics.EXECUTION, 0)
        fold = JournalFold(self.log, ExecutionRules(), tp)
        out: list[object] = []
        for record in self.log.reader({tp: 0}).poll(0.0, 1_000_000):
            if fold.apply(record) is Validity.VALID:
                envelope = decode_journal(record.value)
                assert isinstance(envelope, Envelope)
                out += envelope.events
        return [event for event in out if isinstance(event, kinds)]

    def unsent(self) -> list[str]:
        return [event.reason.name for event in self.events(ChildUnsent)]

    def open_breaks(self) -> list[tuple[BreakCause, str]]:
        """(cause, subject) of each, in the order in which they were opened."""
        return list(self.state.breaks.open)

    def is_up(self) -> bool:
        return SESSION in self.state.sessions and self.session.ready

    # Time

    def breathe(self, seconds: float = 0.002) -> None:
        """Let the venue run."""
        self.aio.run_until_complete(asyncio.sleep(seconds))

    def turn(self, count: int = 1) -> None:
        """Only the stage moves: what it writes lies in the kernel until the venue breathes."""
        for _ in range(count):
            self.log.now_ms = self.clock.now_ns() // 1_000_000
            self.owner.loop.turn(0.0)

    def skip(self, seconds: float) -> None:
        """The stage's clock goes on; the venue's does not."""
        self.clock.skipped_ns += int(seconds * SECOND_NS)

    def until(self, condition: Callable[[], Any], hurry_s: float = 0.0) -> None:
        """Let everything run until it is so; `hurry_s`: the stage's clock gains as much with each round."""

        def hurried() -> bool:
            self.skip(hurry_s)
            return bool(condition())

        self.wait(hurried, (self.owner,))

    def settle(self, hurry_s: float = 0.2) -> None:
        """Until the session is up, nothing waits, and every child's status is known."""
        self.until(lambda: self.is_up() and not any(c.needs_answer for c in self.state.children.values()), hurry_s)

    def run(self, rounds: int = 20, hurry_s: float = 0.0) -> None:
        for _ in range(rounds):
            self.turn()
            self.breathe()
            self.skip(hurry_s)

    def wait(self, condition: Callable[[], Any], owners: tuple[Owner, ...]) -> None:
        """Until it is so; the venue runs, and of the stage who is among `owners`."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain: {self.described()}"
            if owners:
                self.turn()
            self.breathe()

    def described(self) -> str:
        """Where things stand, for a test that waited in vain."""
        state = self.state
        sessions = [f"{s.phase.name} asks={len(s.asks)} awaiting={len(s.awaiting)}" for s in state.sessions.values()]
        children = [f"{c.cl_ord_id} {c.ord_status.name} {c.requests}" for c in state.children.values()]
        downs = [e.text for e in self.events(SessionDown)][-3:]
        return f"{self.owner.loop.phase.name} {sessions} {children} {downs}"

    def close(self) -> None:
        for owner in self.owners:
            owner.port.close()
        self.venue.stop()
        self.aio.run_until_complete(asyncio.wait([self._running]))
        self.aio.close()
