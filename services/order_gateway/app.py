"""The order gateway: desks' commands into `oms.orders`, what became of them out of the journals; administration and control.

Reads reference, control, orders, risk, routing, market, dead letters, heartbeats and audit progress; writes reference, control,
orders and access.
"""

import asyncio

from oms.runtime.clock import SystemClock
from oms.runtime.gateway import Gateway, GatewaySettings, check_start
from oms.runtime.health import serve_health
from oms.runtime.kafka import KafkaLog
from oms.runtime.lag_watch import Looker
from oms.runtime.lifecycle import Stopper, await_topics, main
from oms.runtime.settings import Settings
from oms.runtime.telemetry import Telemetry


def run(settings: Settings, stopper: Stopper) -> None:
    """The gateway process, until stopped."""
    log = KafkaLog(settings.kafka)
    await_topics(log, settings, stopper)
    asyncio.run(_serve(log, settings, stopper))


async def _serve(log: KafkaLog, settings: Settings, stopper: Stopper) -> None:
    gateway_settings = GatewaySettings(
        settings.partitions,
        settings.gateway_port,
        settings.process_id,
        settings.audit_limit_ns,
        stopper.guard,
        people_file=settings.people_file,
        host=settings.gateway_host,
        tls=settings.gateway_tls,
        plaintext=settings.gateway_plaintext,
        proposal_valid_ns=settings.proposal_valid_ns,
    )
    gateway = Gateway(log, SystemClock(), gateway_settings)
    metrics = Telemetry("order-gateway", settings.partitions, gateway.meter.measures, gateway.health)
    health = serve_health(settings.health_port, gateway.health, metrics=metrics.page)
    looker = Looker([gateway.meter.look])
    looker.start()
    await gateway.start()
    await asyncio.to_thread(stopper.event.wait)
    await gateway.stop()
    looker.stop()
    health.shutdown()


if __name__ == "__main__":
    main("order-gateway", run, check_start)
