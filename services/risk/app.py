"""The risk service: reads desks' commands and the router's journal, journals every decision; publishes the risk factors that limits ask for.

Beside its partitions it owns that of `oms.credit`: it grants what each partition may use of limits that span several.
"""

from collections.abc import Callable, Sequence

from oms.core.credit.stage import HOLDERS_SAY, CreditRules
from oms.core.risk import RiskRules
from oms.runtime.clock import SystemClock
from oms.runtime.factor_publisher import FactorOwner, FactorPublisher
from oms.runtime.lifecycle import AnyLoop, BesideStage, StageService, main, run_stage
from oms.runtime.log import Log
from oms.runtime.settings import Settings
from oms.wire import topics


def make_publisher(settings: Settings, log: Log, loops: Sequence[AnyLoop]) -> Callable[[], bool]:
    def owners() -> list[FactorOwner]:
        return [FactorOwner(p, loop.state_if_owned()) for p, loop in enumerate(loops)]

    return FactorPublisher(log, settings.partitions, owners, SystemClock()).turn


SERVICE = StageService(
    name="risk",
    journal=topics.RISK,
    inputs=(topics.ORDERS, topics.ROUTING, topics.CREDIT),
    rules=RiskRules,
    reads_market=True,
    reads_audit=True,
    companion=make_publisher,
    beside=BesideStage(topics.CREDIT, topics.RISK, HOLDERS_SAY, CreditRules),
)

if __name__ == "__main__":
    main(SERVICE.name, lambda settings, stopper: run_stage(SERVICE, settings, stopper))
