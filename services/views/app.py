"""The live view: per desk and minute, what was ordered, refused and filled, out of `oms.risk`. Optional: nothing depends on it."""

import asyncio
import threading

from oms.gateway.desk_minutes import view_json
from oms.runtime.health import serve_health
from oms.runtime.kafka import KafkaLog
from oms.runtime.lifecycle import Stopper, await_topics, main
from oms.runtime.settings import Settings
from oms.runtime.views import DeskView

NAME = "views"


def run(settings: Settings, stopper: Stopper) -> None:
    """Until stopped. ViewStopped ends the process."""
    await_topics(KafkaLog(settings.kafka), settings, stopper)
    view = DeskView(settings.kafka, settings.partitions)
    health = serve_health(
        settings.health_port, lambda: view_health(settings, view), {"/view": lambda: view_json(view.table())}
    )
    worker = threading.Thread(target=stopper.guard(lambda: asyncio.run(view.run(stopper.event.is_set))), daemon=True)
    worker.start()
    stopper.event.wait()
    worker.join(5.0)
    health.shutdown()


def view_health(settings: Settings, view: DeskView) -> dict[str, object]:
    """`ready`: restored, and level with the journal."""
    return {
        "service": NAME,
        "process": settings.process_id,
        "healthy": True,
        "ready": view.ready(),
        "lag": view.lag(),
        "partitions": view.said(),
    }


if __name__ == "__main__":
    main(NAME, run)
