"""The execution service: reads the router's journal, talks to venues, journals intents before and answers after; publishes market data."""

import time
from collections.abc import Callable, Sequence

from oms.core.execution import ExecutionRules
from oms.runtime.lifecycle import AnyLoop, StageService, main, run_stage
from oms.runtime.log import Log
from oms.runtime.parts import Port
from oms.runtime.settings import Settings, SettingsError
from oms.venues.feed_publisher import FeedOwner, FeedPublisher
from oms.venues.fix_port import FixPort
from oms.venues.fix_rules import FileProblem, RulesOfEngagement, read_rules
from oms.venues.session_port import SessionPort
from oms.venues.wire_tap import WireTap
from oms.wire import topics

WIRE = WireTap()
"""Of this process: its partitions' ports put frames in, its companion makes records of them."""


def make_port(settings: Settings, partition: int, loop: Callable[[], AnyLoop]) -> Port:
    if not settings.venues_by_fix:
        return SessionPort(settings.venue_host, settings.venue_port, partition, lambda: loop().state.reference)
    rules = _rules(settings)
    return FixPort(
        settings.venue_fix_host,
        settings.venue_fix_port,
        partition,
        lambda: loop().state,
        rules,
        noted=WIRE.of(partition),
    )


def _rules(settings: Settings) -> dict[str, RulesOfEngagement]:
    """SettingsError names file, line and field."""
    try:
        return read_rules(settings.venue_rules) if settings.venue_rules is not None else {}
    except FileProblem as problem:
        raise SettingsError(f"OMS_VENUE_RULES: {problem}") from None


def feed_owner(partition: int, loop: AnyLoop) -> FeedOwner:
    """What the publisher needs of a partition; nothing while it is not owned. Called from another thread than the loop's."""
    state = loop.state_if_owned()
    if state is None:
        return FeedOwner(partition, -1, None, None, -1)
    return FeedOwner(partition, loop.epoch, state.reference, state.control.anchor, state.control.anchor_offset)


def make_publisher(settings: Settings, log: Log, loops: Sequence[AnyLoop]) -> Callable[[], bool]:
    publisher = FeedPublisher(
        log,
        settings.venue_host,
        settings.venue_port,
        settings.partitions,
        lambda: [feed_owner(p, loop) for p, loop in enumerate(loops)],
    )
    keep_frames = WIRE.companion(log, time.time_ns)

    def turn() -> bool:
        kept = keep_frames()
        return publisher.turn() or kept

    return turn


SERVICE = StageService(
    name="execution",
    journal=topics.EXECUTION,
    inputs=(topics.ROUTING,),
    rules=ExecutionRules,
    reads_market=False,
    reads_audit=False,
    port=make_port,
    companion=make_publisher,
)

if __name__ == "__main__":
    main(SERVICE.name, lambda settings, stopper: run_stage(SERVICE, settings, stopper))
