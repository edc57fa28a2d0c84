"""A YAML file as fields that know where they stand, so that a fault can be named with file, line and field.

Scalars stay text: the caller converts them exactly. Duplicate and unknown keys are faults; a missing field is one where it is asked for.
It does not know what the file is about.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE_BYTES_MAX = 4 * 1024 * 1024
"""A file that people edit; far more is another file given by mistake."""


class FileFault(Exception):
    """One line: file, line, field, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Field:
    """A node of the file. `name` is its path, as in `limits.firm.order_qty.ACME`."""

    file: str
    name: str
    node: yaml.Node

    def fault(self, text: str) -> FileFault:
        where = f" {self.name}:" if self.name else ""
        return FileFault(f"{self.file} line {self.node.start_mark.line + 1}:{where} {text}")

    def names(self) -> tuple[str, ...]:
        return tuple(key.value for key, _ in self._pairs())

    def only(self, allowed: Collection[str]) -> None:
        for key in self.names():
            if key not in allowed:
                raise self[key].fault(f"unknown field; possible here: {', '.join(allowed)}")

    def get(self, key: str) -> "Field | None":
        """None where it is not there."""
        for name, value in self._pairs():
            if name.value == key:
                return Field(self.file, f"{self.name}.{key}".lstrip("."), value)
        return None

    def __getitem__(self, key: str) -> "Field":
        found = self.get(key)
        if found is None:
            raise self.fault(f"{key} is missing")
        return found

    def items(self, key: str) -> "tuple[Field, ...]":
        """The entries of the list `key`; none where it is not there."""
        field = self.get(key)
        if field is None:
            return ()
        if not isinstance(field.node, yaml.SequenceNode):
            raise field.fault("must be a list")
        return tuple(Field(self.file, f"{field.name}[{n}]", node) for n, node in enumerate(field.node.value))

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    @property
    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            raise self.fault("must be a single value")
        return str(self.node.value).strip()

    def _pairs(self) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fault("must be a mapping (key: value)")
        seen: set[str] = set()
        for key, _ in self.node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fault("a key must be a single value")
            if key.value in seen:
                raise Field(self.file, self.name, key).fault(f"{key.value} is there twice")
            seen.add(key.value)
        return list(self.node.value)


def read_yaml(path: Path) -> Field:
    """The root of a file. Raises `FileFault`."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise FileFault(f"{path}: larger than {FILE_BYTES_MAX} bytes")
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise FileFault(f"{path}: {error.strerror or error}; give the path of a file") from None
    except UnicodeDecodeError:
        raise FileFault(f"{path}: not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark is not None else ""
        raise FileFault(f"{path}{line}: not YAML: {getattr(error, 'problem', None) or error}") from None
    if node is None:
        raise FileFault(f"{path}: the file is empty")
    return Field(str(path), "", node)
