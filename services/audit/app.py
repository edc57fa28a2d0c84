"""The audit service: every record of every audited topic into ClickHouse exactly once, and how far it is into `oms.audit-progress`."""

import os
import threading
from functools import partial

from oms.runtime.audit_meter import AuditMeter
from oms.runtime.audit_store import ClickHouseAuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouse, ClickHouseSettings
from oms.runtime.health import serve_health
from oms.runtime.kafka import KafkaLog
from oms.runtime.lag_watch import Looker
from oms.runtime.lifecycle import Stopper, await_topics, main
from oms.runtime.order_traces import OrderTraces
from oms.runtime.settings import Settings
from oms.runtime.telemetry import Telemetry
from oms.runtime.trace_export import sink_of
from oms.wire.trace_buffer import TraceLimits

NAME = "audit"


def run(settings: Settings, stopper: Stopper) -> None:
    """Until stopped. AuditStopped ends the process: a person must look."""
    log = KafkaLog(settings.kafka)
    await_topics(log, settings, stopper)
    store = ClickHouseAuditStore(ClickHouse(ClickHouseSettings(settings.clickhouse_url)))
    traces = order_traces(settings)
    meter = AuditMeter([traces.on_written] if traces is not None else [])
    partitions = audited_partitions(settings.partitions)
    audit_settings = AuditSettings(
        settings.process_id, progress_interval_s=settings.audit_progress_s, trims=settings.audit_trims
    )
    auditor = Auditor(log, meter.around(store), partitions, audit_settings, on_written=meter.written)
    said = partial(audit_health, settings, auditor, meter, traces)
    metrics = Telemetry(NAME, settings.partitions, lambda: meter.measures(auditor), said)
    health = serve_health(settings.health_port, said, metrics=metrics.page)
    looker = Looker([meter.look])
    looker.start()
    worker = threading.Thread(target=stopper.guard(lambda: auditor.run(stopper.event.is_set)), daemon=True)
    worker.start()
    stopper.event.wait()
    worker.join(5.0)
    if traces is not None:
        traces.close()
    looker.stop()
    health.shutdown()


def order_traces(settings: Settings) -> OrderTraces | None:
    """Started; None where the environment names nobody to send traces to."""
    sink = sink_of(os.environ, settings.trace_console)
    if sink is None:
        return None
    traces = OrderTraces(sink, TraceLimits(settings.trace_slow_ns))
    traces.start()
    return traces


def audit_health(
    settings: Settings, auditor: Auditor, meter: AuditMeter, traces: OrderTraces | None
) -> dict[str, object]:
    """`ready`: it has learnt what is written, and writes on from there."""
    return {
        "service": NAME,
        "process": settings.process_id,
        "healthy": True,
        "ready": bool(auditor.prefixes()),
        "traces": dict(traces.counts()) if traces is not None else None,
        **meter.health(auditor),
    }


if __name__ == "__main__":
    main(NAME, run)
