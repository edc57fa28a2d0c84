"""A service process from start to end: settings, log, threads, health, and an orderly stop.

A stage process runs one thread per partition, each with its own loop, reader and producer: a slow partition delays no other.
An exception in any thread ends the process; starting again is the one recovery path. Only a partition whose journal or rules break
stands still instead, for it would break again.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oms.core.market import MarketView
from oms.core.stage import Rules
from oms.runtime import garbage
from oms.runtime.clock import SystemClock
from oms.runtime.control_ahead import ControlAhead
from oms.runtime.followers import AuditFollower, ControlFollower, MarketFollower
from oms.runtime.health import serve_health
from oms.runtime.journal_fold import JournalBroken, ReleaseTooOld
from oms.runtime.kafka import KafkaLog
from oms.runtime.lag_watch import Looker
from oms.runtime.log import Log, LogError, TopicPartition
from oms.runtime.logs import start_logging
from oms.runtime.loop import StageLoop
from oms.runtime.ownership import LoopSettings
from oms.runtime.parts import Port
from oms.runtime.settings import Settings, SettingsError, read_settings
from oms.runtime.snapshot_reader import SnapshotReader
from oms.runtime.snapshot_store import SnapshotStoreError, open_store
from oms.runtime.snapshots import StageSnapshots
from oms.runtime.stage_health import StageHealth
from oms.runtime.telemetry import Telemetry
from oms.wire import topics
from oms.wire.envelope import RELEASE, Release
from oms.wire.topics import TOPICS

_LOGGER = logging.getLogger(__name__)

AnyLoop = StageLoop[Any, Any]
TOPICS_WAIT_S = 60.0
STOP_WAIT_S = 8.0
EXIT_TOO_OLD = 3
INPUT_WAIT_S = 0.01  # an input ends the wait; this paces timers
PORT_WAIT_S = 0.005  # as often a port is looked at for what venues say unasked
COMPANION_WAIT_S = 0.01
"""Between two turns of a companion: market data gathered meanwhile leaves as one record a venue and instrument, so that a broker and
six readers are not woken for every quote."""


@dataclass(frozen=True, slots=True)
class StageService:
    """What makes a service a stage. `inputs`: topics it reads in each partition besides reference and control; of one with a single partition all of it.

    `port`: makes a partition's port out of the settings, the partition and its loop; None for a stage without effects.
    `companion`: a further thread of the process, given the loops; called until the process stops.
    `beside`: a stage with one partition that the same process runs.
    """

    name: str
    journal: str
    inputs: tuple[str, ...]
    rules: Callable[[], Rules[Any, Any]]
    reads_market: bool
    reads_audit: bool
    port: Callable[[Settings, int, Callable[[], AnyLoop]], Port] | None = None
    companion: Callable[[Settings, Log, Sequence[AnyLoop]], Callable[[], bool]] | None = None
    beside: "BesideStage | None" = None

    @property
    def journals(self) -> frozenset[str]:
        """All that it owns."""
        return frozenset({self.journal, *({self.beside.journal} if self.beside is not None else ())})


@dataclass(frozen=True, slots=True)
class BesideStage:
    """A stage whose journal has one partition, run beside another's. `source`: the journal of which it reads every partition, and there only
    events of these `kinds`."""

    journal: str
    source: str
    kinds: frozenset[type]
    rules: Callable[[], Rules[Any, Any]]


class Stopper:
    """The one way a process ends: a signal, or a thread's failure."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.failure: BaseException | None = None

    def install(self) -> None:
        """Take SIGTERM and SIGINT in a thread of its own, before any other thread starts.

        A signal handler runs in the middle of whatever the main thread does: setting an event there, while that thread
        is inside the event's own lock, never returns.
        """
        numbers = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, numbers)

        def await_signal() -> None:
            signal.sigwait(numbers)
            self.event.set()

        threading.Thread(target=await_signal, daemon=True, name="signals").start()

    def guard(self, work: Callable[[], None]) -> Callable[[], None]:
        """`work` whose failure ends the process."""

        def run() -> None:
            try:
                work()
            except BaseException as error:
                _say_critical(error, getattr(error, "place", {}))
                self.failure = error
                self.event.set()

        return run


def _say_critical(error: BaseException, place: Mapping[str, object]) -> None:
    """With where it came from, except where nothing is broken: a release that is too old says so in one line."""
    trace = None if isinstance(error, ReleaseTooOld) else error
    _LOGGER.critical("%s: %s", type(error).__name__, error, exc_info=trace, extra=place)


def main(
    name: str, run: Callable[[Settings, Stopper], None], check: Callable[[Settings], None] = lambda settings: None
) -> None:
    """Entry of a service process. Exit code 0 after a signal, 1 after a failure, 2 for bad settings, 3 where the journals need a newer
    release: starting it again will not help then.

    `check` raises SettingsError where these settings are no good for this service.
    """
    try:
        settings = read_settings()
        check(settings)
    except SettingsError as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(2)
    garbage.look_seldom()
    start_logging(name, settings.process_id, settings.log_level)
    stopper = Stopper()
    stopper.install()
    stopper.guard(lambda: run(settings, stopper))()
    sys.exit(exit_code_of(stopper.failure))


def exit_code_of(failure: BaseException | None) -> int:
    if failure is None:
        return 0
    return EXIT_TOO_OLD if isinstance(failure, ReleaseTooOld) else 1


def await_topics(log: KafkaLog, settings: Settings, stopper: Stopper) -> None:
    """Wait until every topic is there with the right number of partitions."""
    log.await_answer(TOPICS_WAIT_S)
    deadline = time.monotonic() + TOPICS_WAIT_S
    while not stopper.event.is_set():
        counts = log.partition_counts()
        wrong = [t.name for t in TOPICS if counts.get(t.name, 0) != t.partitions(settings.partitions)]
        if not wrong:
            return
        if time.monotonic() > deadline:
            raise LogError(
                f"topics missing or with another number of partitions: {', '.join(wrong)}: run `oms topics --create`"
            )
        time.sleep(0.2)


def run_stage(service: StageService, settings: Settings, stopper: Stopper, release: Release = RELEASE) -> None:
    """A stage process: all partitions, until stopped. `release`: only tests of an upgrade give another."""
    garbage.never_stand_still()
    log, clock, view = KafkaLog(settings.kafka), SystemClock(), MarketView()
    await_topics(log, settings, stopper)
    audit = AuditFollower(log, settings.partitions, clock)
    followers = [MarketFollower(log, settings.partitions, view)] if service.reads_market else []
    for follower in (*followers, *([audit] if service.reads_audit else [])):
        follower.guard = (
            stopper.guard
        )  # a cache that is not filled any more ends the process: it would decide on old news
        follower.start()
    ahead = ControlAhead()
    control = ControlFollower(log, ahead)
    control.guard = stopper.guard
    control.start()
    own = [
        _make_loop(service, settings, p, log, clock, view, audit, release, ahead) for p in range(settings.partitions)
    ]
    loops = own + _loops_beside(service, settings, log, clock, audit, release, ahead)
    market = followers[0] if followers else None
    said = StageHealth(service.name, settings, loops, log, clock, market, audit.age_ns if service.reads_audit else None)
    metrics = Telemetry(service.name, settings.partitions, said.measures, said.health, said.venues)
    health = serve_health(settings.health_port, said.health, metrics=metrics.page)
    looker = Looker([said.look])
    looker.start()
    for follower in followers:  # a decision without the market would refuse what it should not
        while not (follower.caught_up.wait(0.1) or stopper.event.is_set()):
            pass
    wait_s = PORT_WAIT_S if service.port else INPUT_WAIT_S
    work = [partition_turns(loop, loops, stopper, wait_s) for loop in loops]
    if service.companion is not None:
        work.append(_turns(_spaced(service.companion(settings, log, own)), stopper, COMPANION_WAIT_S))
    threads = [threading.Thread(target=stopper.guard(w), daemon=True) for w in work]
    for thread in threads:
        thread.start()
    readers = _snapshot_readers(service, settings, loops, log, clock, release)
    for reader in readers:
        reader.start()
    stopper.event.wait()
    for reader in readers:
        reader.stop()
    deadline = time.monotonic() + STOP_WAIT_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    for loop, thread in zip(loops, threads, strict=False):  # behind the loops' threads is a companion's
        if not thread.is_alive():  # else it is still an owner, in the middle of something
            loop.close()
    looker.stop()
    health.shutdown()


def _snapshot_readers(
    service: StageService, settings: Settings, loops: Sequence[AnyLoop], log: Log, clock: SystemClock, release: Release
) -> list[SnapshotReader]:
    """One for each journal of the process; none where there are no snapshots."""
    stages: list[StageService | BesideStage] = [service, *([service.beside] if service.beside is not None else [])]
    readers = []
    for stage in stages:
        kept = _snapshots(stage.rules, settings, log, clock, release)
        journals = [loop.journal for loop in loops if loop.journal.topic == stage.journal]
        if kept is not None:
            readers.append(SnapshotReader(kept, log, stage.rules, journals, settings.snapshot_every))
    return readers


def _snapshots(
    rules: Callable[[], Rules[Any, Any]], settings: Settings, log: Log, clock: SystemClock, release: Release
) -> StageSnapshots | None:
    """None where no place for snapshots is set, or it cannot be used: then every start folds the whole journal."""
    if not settings.snapshots:
        return None
    try:
        return StageSnapshots(open_store(settings.snapshots), rules(), log, clock, release)
    except SnapshotStoreError as error:
        _LOGGER.error("no snapshots: %s", error)
        return None


def _make_loop(
    service: StageService,
    settings: Settings,
    partition: int,
    log: KafkaLog,
    clock: SystemClock,
    view: MarketView,
    audit: AuditFollower,
    release: Release,
    control: ControlAhead,
) -> AnyLoop:
    made: list[AnyLoop] = []
    port = service.port(settings, partition, lambda: made[0]) if service.port else None
    inputs = tuple(TopicPartition(topic, topics.partition_of(topic, partition)) for topic in service.inputs)
    loop_settings = _loop_settings(settings, TopicPartition(service.journal, partition), inputs)
    snapshots = _snapshots(service.rules, settings, log, clock, release)
    loop = StageLoop(
        log,
        service.rules(),
        loop_settings,
        clock,
        view,
        audit.age_ns,
        port,
        snapshots,
        release=release,
        control=control,
    )
    made.append(loop)
    return made[0]


def _loops_beside(
    service: StageService,
    settings: Settings,
    log: KafkaLog,
    clock: SystemClock,
    audit: AuditFollower,
    release: Release,
    control: ControlAhead,
) -> list[AnyLoop]:
    stage = service.beside
    if stage is None:
        return []
    inputs = tuple(TopicPartition(stage.source, partition) for partition in range(settings.partitions))
    loop_settings = _loop_settings(settings, TopicPartition(stage.journal, 0), inputs, stage.kinds)
    snapshots = _snapshots(stage.rules, settings, log, clock, release)
    loop = StageLoop(
        log,
        stage.rules(),
        loop_settings,
        clock,
        MarketView(),
        audit.age_ns,
        None,
        snapshots,
        release=release,
        control=control,
    )
    return [loop]


def _loop_settings(
    settings: Settings,
    journal: TopicPartition,
    inputs: tuple[TopicPartition, ...],
    kinds: frozenset[type] | None = None,
) -> LoopSettings:
    return LoopSettings(
        journal,
        inputs,
        f"{settings.process_id}/{time.time_ns() // 1_000_000:x}",  # a new incarnation with every start
        settings.control_limit_ns,
        settings.audit_limit_ns,
        settings.standby,
        settings.heartbeat_ns,
        settings.silence_ns,
        settings.snapshot_every,
        kinds,
    )


def partition_turns(loop: AnyLoop, loops: Sequence[AnyLoop], stopper: Stopper, wait_s: float) -> Callable[[], None]:
    """A partition whose journal is broken or of a newer release, or whose rules break on what they read, stands still for a person to look:
    whoever took over would meet the same. The others go on, so that their orders can be cancelled. A process that has none left ends."""

    def work() -> None:
        while not stopper.event.is_set():
            try:
                loop.turn(wait_s)
            except (JournalBroken, AssertionError) as fault:
                _say_critical(fault, loop.journal._asdict())
                loop.stop_for(fault)
                if all(other.broken for other in loops):
                    raise
                return

    return work


def _turns(turn: Callable[[float], object], stopper: Stopper, wait_s: float) -> Callable[[], None]:
    def work() -> None:
        while not stopper.event.is_set():
            turn(wait_s)

    return work


def _spaced(companion: Callable[[], bool]) -> Callable[[float], object]:
    def turn(wait_s: float) -> None:
        companion()
        time.sleep(wait_s)

    return turn


__all__ = ["JournalBroken", "StageService", "Stopper", "await_topics", "main", "partition_turns", "run_stage"]
