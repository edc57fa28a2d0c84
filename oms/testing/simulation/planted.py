"""The parts of a world that a test may exchange for wrong ones, to see that they are found out.

Every default is what ships. Nothing here can be reached from a service: a wrong part is made by the test that plants it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from oms.gateway.blotter import Blotter
from oms.runtime.auditor import Auditor
from oms.runtime.loop import StageLoop
from oms.runtime.parts import Parts, Snapshots
from oms.runtime.snapshots import StageSnapshots
from oms.testing.simulation.audit import AuditorFactory
from oms.testing.simulation.gateway import GatewayReplica
from oms.testing.simulation.port import VenuePort


@dataclass(frozen=True, slots=True)
class Planted:
    """Alternative parts.

    `rules`: journal topic → a maker of the stage's rules (`oms.core.stage.Rules`), e.g. execution that resends, or risk that forgets.
    `loop`: makes a stage's loop; called as `StageLoop` is, with the same arguments; may look at `settings.journal` to plant in one stage only.
    `parts`: journal topic → the loop's parts (`oms.runtime.parts.Parts`), e.g. a fence that takes any ack; the shipped ones where missing.
    `snapshots`: makes a process's snapshots (`oms.runtime.parts.Snapshots`) from (store, rules, log, clock).
    `port`: makes execution's port from (venues, process id, log), e.g. one that keeps writing what was not acknowledged.
    `auditor`: makes an audit worker, called as `Auditor` is, e.g. one that begins at the highest offset written.
    `blotter`: from the gateway's blotter of a partition to the one used instead, e.g. one that forgets commands early.
    `gateway`: makes a replica from (log, clock, parts), e.g. one that begins streams at the wrong place.
    """

    rules: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    loop: Callable[..., StageLoop[Any, Any]] = StageLoop
    parts: Mapping[str, Parts] = field(default_factory=dict)
    snapshots: Callable[..., Snapshots] = StageSnapshots
    port: Callable[..., VenuePort] = VenuePort
    auditor: AuditorFactory = Auditor
    blotter: Callable[[Blotter], Blotter] = lambda blotter: blotter
    gateway: Callable[..., GatewayReplica] = GatewayReplica


NOTHING_PLANTED = Planted()
