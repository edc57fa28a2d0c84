"""The order gateway's second process: clients' FIX sessions. Owns `oms.client-sessions`, writes `oms.orders` as an effect of it.

Reads reference, control, risk, routing, market and audit progress; writes its journal, orders, and access.
"""

from collections.abc import Callable, Sequence

from oms.gateway.client_sessions import ClientSessionRules
from oms.runtime.clock import SystemClock
from oms.runtime.fix_commands import CommandAppender
from oms.runtime.fix_front import FixFront
from oms.runtime.fix_inputs import Address
from oms.runtime.fix_port import ClientPort
from oms.runtime.fix_settings import check_fix_start, fix_tls
from oms.runtime.kafka import KafkaLog
from oms.runtime.lifecycle import AnyLoop, StageService, Stopper, main, run_stage
from oms.runtime.log import Log
from oms.runtime.parts import Port
from oms.runtime.settings import Settings
from oms.wire import topics


class FixGateway:
    """What the partitions of one process share: the front with all connections, made with the first partition's port."""

    def __init__(self) -> None:
        self.guard = Stopper().guard
        self._front: FixFront | None = None
        self._log: KafkaLog | None = None

    def make_port(self, settings: Settings, partition: int, loop: Callable[[], AnyLoop]) -> Port:
        if self._front is None or self._log is None:
            self._log = KafkaLog(settings.kafka)
            self._front = FixFront(self._log, SystemClock(), settings.process_id, self.guard)
        front = self._front
        port = ClientPort(front.links, CommandAppender(self._log, partition), lambda: front.drop(partition))

        def reference() -> object:
            state = loop().state_if_owned()
            return None if state is None else state.reference

        front.add(partition, port, reference)  # type: ignore[arg-type]
        return port

    def listen(self, settings: Settings, log: Log, loops: Sequence[AnyLoop]) -> Callable[[], bool]:
        """Begin to listen once the loops are there; nothing is left to do then."""
        assert self._front is not None
        self._front.start(Address(settings.fix_host, settings.fix_port), fix_tls(settings))
        return lambda: False


GATEWAY = FixGateway()
SERVICE = StageService(
    name="fix-gateway",
    journal=topics.CLIENT_SESSIONS,
    inputs=(topics.RISK, topics.ROUTING),
    rules=ClientSessionRules,
    reads_market=True,
    reads_audit=True,
    port=GATEWAY.make_port,
    companion=GATEWAY.listen,
)


def run(settings: Settings, stopper: Stopper) -> None:
    """The process, until stopped: a failure of the front ends it like one of a partition."""
    GATEWAY.guard = stopper.guard
    run_stage(SERVICE, settings, stopper)


if __name__ == "__main__":
    main("fix-gateway", run, check_fix_start)
