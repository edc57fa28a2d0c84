"""Structured logs: one JSON object a line on standard output, with the order id and read position where the caller gives them.

A line about a record carries its place (`extra=record.place`), a line about a partition that of the partition (`PlacedLogger`), a line about
an order its id. So `oms logs --order ID`, or a search for topic, partition and offset, finds everything that was said of it.
"""

import json
import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

FIELDS = ("order_id", "topic", "partition", "offset", "session_id")
"""Names that may be given as `extra=`; nothing else gets into a line."""


class JsonFormatter(logging.Formatter):
    def __init__(self, service: str, process_id: str) -> None:
        super().__init__()
        self._fixed = {"service": service, "process": process_id}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            **self._fixed,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class PlacedLogger(logging.LoggerAdapter):  # type: ignore[type-arg]
    """A logger whose every line has some fields; what a call gives as `extra=` comes on top."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, {**kwargs, "extra": {**(self.extra or {}), **(kwargs.get("extra") or {})}}


def start_logging(service: str, process_id: str, level: str) -> None:
    """Called once by a service's main."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service, process_id))
    logging.basicConfig(level=level, handlers=[handler], force=True)
