"""The words that schemas of `--json` are written in: JSON Schema (draft 2020-12) as plain dictionaries."""

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
WHOLE: Schema = {"type": "integer"}
WHOLE_OR_NULL: Schema = {"type": ["integer", "null"]}
NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
FLAG: Schema = {"type": "boolean"}
DECIMAL: Schema = {"type": "string", "pattern": r"^(-?[0-9]+(\.[0-9]+)?)?$"}
DECIMAL_OR_NULL: Schema = {"type": ["string", "null"], "pattern": r"^(-?[0-9]+(\.[0-9]+)?)?$"}
TIME: Schema = {"type": "string", "pattern": r"^([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3})?$"}
TEXTS: Schema = {"type": "array", "items": TEXT}
ANY_OBJECT: Schema = {"type": "object"}


def one_of(names: Iterable[str]) -> Schema:
    return {"enum": ["", *names]}


def record(fields: Mapping[str, Schema], optional: Iterable[str] = (), more: bool = False) -> Schema:
    """An object with these fields: all but `optional` are always there, and no others unless `more`."""
    absent = set(optional)
    return {
        "type": "object",
        "properties": dict(fields),
        "required": [name for name in fields if name not in absent],
        "additionalProperties": more,
    }


def listed(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
