"""The audit service: every record of every audited topic into ClickHouse exactly once, and how far it is into `oms.audit-progress`."""

import threading

from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.health import serve_health
from oms.runtime.kafka import KafkaLog
from oms.runtime.lifecycle import Stopper, await_topics, main
from oms.runtime.settings import Settings

NAME = "audit"


def run(settings: Settings, stopper: Stopper) -> None:
    """Until stopped. AuditStopped ends the process: a person must look."""
    log = KafkaLog(settings.kafka)
    await_topics(log, settings, stopper)
    store = ClickHouseAuditStore(ClickHouse(ClickHouseSettings(settings.clickhouse_url)))
    auditor = Auditor(log, store, audited_partitions(settings.partitions), AuditSettings(settings.process_id))
    health = serve_health(settings.health_port, lambda: audit_health(settings, auditor))
    worker = threading.Thread(target=stopper.guard(lambda: auditor.run(stopper.event.is_set)), daemon=True)
    worker.start()
    stopper.event.wait()
    worker.join(5.0)
    health.shutdown()


def audit_health(settings: Settings, auditor: Auditor) -> dict[str, object]:
    """`ready`: it has learnt what is written, and writes on from there."""
    prefixes = auditor.prefixes()
    return {
        "service": NAME,
        "process": settings.process_id,
        "healthy": True,
        "ready": bool(prefixes),
        "lag": auditor.lag(),
        "partitions": [{"topic": tp.topic, "partition": tp.partition, "written": p} for tp, p in prefixes.items()],
    }


if __name__ == "__main__":
    main(NAME, run)
