"""What a log line of a service is: a JSON schema (2020-12), for lines made in a test and for those of a running system."""

from typing import Any

from oms.wire.topics import TOPICS

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["time", "level", "service", "process", "logger", "message"],
    "additionalProperties": False,
    "properties": {
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$"},
        "level": {"enum": ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]},
        "service": {"type": "string", "minLength": 1},
        "process": {"type": "string", "minLength": 1},
        "logger": {"type": "string", "minLength": 1},
        "message": {"type": "string", "minLength": 1},
        "error": {"type": "string", "minLength": 1},
        "order_id": {"type": "string", "minLength": 1},
        "topic": {"enum": [topic.name for topic in TOPICS]},
        "partition": {"type": "integer", "minimum": 0},
        "offset": {"type": "integer", "minimum": 0},
        "session_id": {"type": "string", "minLength": 1},
    },
    "dependentRequired": {"offset": ["topic", "partition"], "partition": ["topic"]},
}
