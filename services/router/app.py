"""The router service: reads risk's mandates and execution's reports, journals parents and commands about children."""

from oms.core.routing import RouterRules
from oms.runtime.lifecycle import StageService, main, run_stage
from oms.wire import topics

SERVICE = StageService(
    name="router",
    journal=topics.ROUTING,
    inputs=(topics.RISK, topics.EXECUTION),
    rules=RouterRules,
    reads_market=True,
    reads_audit=False,
)

if __name__ == "__main__":
    main(SERVICE.name, lambda settings, stopper: run_stage(SERVICE, settings, stopper))
