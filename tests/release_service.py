"""A stage's service process of another release: the shipped entry, given other versions. Started by the test of the rolling upgrade.

python tests/release_service.py risk READER_VERSION MIN_READER_VERSION SCHEMA_VERSION
"""

import sys

from oms.runtime.lifecycle import main, run_stage
from oms.wire.envelope import Release
from services.execution.app import SERVICE as EXECUTION
from services.risk.app import SERVICE as RISK
from services.router.app import SERVICE as ROUTER

SERVICES = {service.name: service for service in (RISK, ROUTER, EXECUTION)}

if __name__ == "__main__":
    SERVICE, RELEASE = SERVICES[sys.argv[1]], Release(*map(int, sys.argv[2:5]))
    main(SERVICE.name, lambda settings, stopper: run_stage(SERVICE, settings, stopper, release=RELEASE))
