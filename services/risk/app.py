"""The risk service: reads desks' commands and the router's journal, journals every decision. No effect but its journal."""

from oms.core.risk import RiskRules
from oms.runtime.lifecycle import StageService, main, run_stage
from oms.wire import topics

SERVICE = StageService(
    name="risk",
    journal=topics.RISK,
    inputs=(topics.ORDERS, topics.ROUTING),
    rules=RiskRules,
    reads_market=True,
    reads_audit=True,
)

if __name__ == "__main__":
    main(SERVICE.name, lambda settings, stopper: run_stage(SERVICE, settings, stopper))
