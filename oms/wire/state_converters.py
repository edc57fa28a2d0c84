"""Converters between dataclasses and the plain values that MessagePack knows, generated from the annotations of each class.

A dataclass becomes the tuple of its stored fields, in the order of `ClassFields`; a member of a union is preceded by its class's name;
sets become sorted lists; tuples, lists and dictionaries keep their order; enumerations become their numbers.

Invariants:
- what is read has exactly the types of the annotations: lists are lists, sets are sets, enumerations are members;
- a number that is no member of its enumeration, a missing or an extra item raise; nothing is guessed;
- a class whose stored fields are not those of today is read by name: see `Misfit`; what it names in `GONE` is passed over.
It does not know bytes, nor what a snapshot is.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any

from oms.core.canonical import DERIVED

ClassFields = dict[str, tuple[str, ...]]
"""Class name → names of its stored fields, for every class that a state reaches."""

GONE = "GONE"
"""Of a class: names of fields that the layout before had, and that say nothing which the others do not."""

LAYOUTS_KEPT = 8
"""Readers kept per process: three stages, two layouts each, and the head."""


class Misfit(Exception):
    """The stored fields cannot be read into the class. `unknown`: a field that the class does not have; else one without a default."""

    def __init__(self, text: str, unknown: bool) -> None:
        super().__init__(text)
        self.unknown = unknown


def stored_fields(cls: Any) -> tuple["dataclasses.Field[Any]", ...]:
    """All but those marked `DERIVED`, which are read as their defaults."""
    return tuple(field for field in dataclasses.fields(cls) if not field.metadata.keys() & DERIVED)


def reachable(annotation: object) -> Iterator[type]:
    """Every dataclass within an annotation, itself first; those in derived fields are not."""
    seen: dict[type, None] = {}
    todo = [annotation]
    while todo:
        hint = todo.pop()
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            if hint not in seen:
                seen[hint] = None
                hints = typing.get_type_hints(hint)
                todo += [hints[field.name] for field in stored_fields(hint)]
        else:
            todo += typing.get_args(hint)
    return iter(seen)


def class_fields(cls: type) -> ClassFields:
    """The fields of today."""
    fields: ClassFields = {}
    for found in reachable(cls):
        assert found.__name__ not in fields, f"two classes named {found.__name__} in {cls.__name__}"
        fields[found.__name__] = tuple(field.name for field in stored_fields(found))
    return fields


def writer_of(cls: type) -> Callable[[Any], tuple[object, ...]]:
    """A function (value of the class) → plain values."""
    return _writer(cls)


def reader_of(cls: type, stored: ClassFields) -> Callable[[Any], Any]:
    """A function (plain values of the stored fields) → value of the class. Misfit where the fields have no such reading."""
    return _readers(cls, tuple(sorted((name, tuple(fields)) for name, fields in stored.items())))


@lru_cache(LAYOUTS_KEPT)
def _readers(cls: type, stored: tuple[tuple[str, tuple[str, ...]], ...]) -> Callable[[Any], Any]:
    return _Readers(dict(stored)).of_class(cls)


class _Source:
    """Lines of a function to be, with the objects they name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, object] = {}

    def name(self, value: object) -> str:
        key = f"_{len(self.names)}"
        self.names[key] = value
        return key

    def compile(self) -> Callable[[Any], Any]:
        exec("def convert(v):\n" + "\n".join("    " + line for line in self.lines), self.names)
        return typing.cast(Callable[[Any], Any], self.names["convert"])


def _supertype(hint: object) -> object:
    """The type behind a `NewType`, such as an amount."""
    while isinstance(hint, typing.NewType):
        hint = hint.__supertype__
    return hint


def _is_enum(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, IntEnum)


def _alternatives(hint: object) -> tuple[tuple[object, ...], bool]:
    """(types other than None, whether None is one) of an optional or a union; of anything else, itself."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        parts = typing.get_args(hint)
        return tuple(p for p in parts if p is not type(None)), type(None) in parts
    return (hint,), False


def _item(hint: object) -> object | None:
    """The item type of `tuple[X, ...]`, `list[X]`, `set[X]`; None for anything else."""
    args = typing.get_args(hint)
    match typing.get_origin(hint):
        case types.UnionType | typing.Union:
            return None
        case origin if origin is tuple:
            return args[0] if len(args) == 2 and args[1] is ... else None
        case origin if origin in (list, set, frozenset):
            return typing.cast(object, args[0])
    return None


@cache
def _writer(cls: type) -> Callable[[Any], tuple[object, ...]]:
    source, hints = _Source(), typing.get_type_hints(cls)
    parts = [_write(source, f"v.{field.name}", hints[field.name]) for field in stored_fields(cls)]
    source.lines.append(f"return ({', '.join(parts)},)" if parts else "return ()")
    return source.compile()


def _write(source: _Source, value: str, hint: object) -> str:
    """The expression for a value; the value itself where MessagePack takes it as it is."""
    hint = _supertype(hint)
    kinds, optional = _alternatives(hint)
    if optional or len(kinds) > 1:
        written = _write(source, value, kinds[0]) if len(kinds) == 1 else _write_union(source, value, kinds)
        return value if written == value else f"(None if {value} is None else {written})" if optional else written
    if dataclasses.is_dataclass(hint):
        return f"{source.name(_writer(typing.cast(type, hint)))}({value})"
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is dict:
        assert _write(source, "k", args[0]) == "k", f"a key that needs a conversion: {hint}"
        content = _write(source, "x", args[1])
        return value if content == "x" else f"{{k: {content} for k, x in {value}.items()}}"
    if origin in (set, frozenset):
        assert _write(source, "i", args[0]) == "i", f"an item that needs a conversion: {hint}"
        return f"sorted({value})"
    item = _item(hint)
    if item is not None:
        content = _write(source, "i", item)
        return value if content == "i" else f"[{content} for i in {value}]"
    if origin is tuple:
        contents = [_write(source, f"{value}[{i}]", arg) for i, arg in enumerate(args)]
        unchanged = all(content == f"{value}[{i}]" for i, content in enumerate(contents))
        return value if unchanged else f"({', '.join(contents)},)"
    if hint in (None, type(None)):
        return value  # of a dictionary that is an ordered set
    assert hint in (int, str, bytes, bool) or _is_enum(hint), f"no place in a snapshot for {hint}"
    return value


def _write_union(source: _Source, value: str, kinds: tuple[object, ...]) -> str:
    assert all(map(dataclasses.is_dataclass, kinds)), f"a union of other things than our classes: {kinds}"
    table = {kind: (kind.__name__, _writer(kind)) for kind in typing.cast(tuple[type, ...], kinds)}

    def write(member: Any) -> tuple[str, tuple[object, ...]]:
        name, convert = table[type(member)]
        return name, convert(member)

    return f"{source.name(write)}({value})"


class _Readers:
    """The readers of one set of stored fields."""

    def __init__(self, stored: ClassFields) -> None:
        self._stored = stored
        self._made: dict[type, Callable[[Any], Any]] = {}

    def of_class(self, cls: type) -> Callable[[Any], Any]:
        if cls not in self._made:
            self._made[cls] = self._make(cls)
        return self._made[cls]

    def _make(self, cls: type) -> Callable[[Any], Any]:
        source, hints = _Source(), typing.get_type_hints(cls)
        today = {field.name: field for field in stored_fields(cls)}
        stored = self._stored.get(cls.__name__, tuple(today))  # a class of today alone: no value of it can be there
        unknown = [name for name in stored if name not in today and name not in getattr(cls, GONE, ())]
        if unknown:
            raise Misfit(f"{cls.__name__} has no field {', '.join(unknown)}", True)
        if stored:
            source.lines.append(f"{', '.join('f_' + name for name in stored)}, = v")
        parts = [
            f"{name}={self._read(source, 'f_' + name, hints[name])}"
            if name in stored
            else f"{name}={_default_of(source, cls, field)}"
            for name, field in today.items()
        ]
        if tuple(today) == tuple(f.name for f in dataclasses.fields(cls)):
            parts = [part.split("=", 1)[1] for part in parts]  # by position is faster
        source.lines.append(f"return {source.name(cls)}({', '.join(parts)})")
        return source.compile()

    def _read(self, source: _Source, value: str, hint: object) -> str:
        """The expression that makes the annotated value of the plain one; the plain one where it is that already."""
        hint = _supertype(hint)
        kinds, optional = _alternatives(hint)
        if optional or len(kinds) > 1:
            read = self._read(source, value, kinds[0]) if len(kinds) == 1 else self._read_union(source, value, kinds)
            return value if read == value else f"(None if {value} is None else {read})" if optional else read
        if dataclasses.is_dataclass(hint):
            return f"{source.name(self.of_class(typing.cast(type, hint)))}({value})"
        if _is_enum(hint):
            return f"{source.name({int(member): member for member in typing.cast(type[IntEnum], hint)})}[{value}]"
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin is dict:
            key, content = self._read(source, "k", args[0]), self._read(source, "x", args[1])
            unchanged = (key, content) == ("k", "x")
            return value if unchanged else f"{{{key}: {content} for k, x in {value}.items()}}"
        item = _item(hint)
        if item is not None:
            return self._read_items(source, value, origin, item)
        if origin is tuple:
            contents = [self._read(source, f"{value}[{i}]", arg) for i, arg in enumerate(args)]
            unchanged = all(content == f"{value}[{i}]" for i, content in enumerate(contents))
            return value if unchanged else f"({', '.join(contents)},)"
        return value

    def _read_items(self, source: _Source, value: str, origin: object, item: object) -> str:
        content = self._read(source, "i", item)
        items = value if content == "i" else f"[{content} for i in {value}]"
        if origin is tuple and items == value:
            return value
        made = typing.cast(type, origin).__name__
        return items if origin is list and items != value else f"{made}({items})"

    def _read_union(self, source: _Source, value: str, kinds: tuple[object, ...]) -> str:
        table = {kind.__name__: self.of_class(kind) for kind in kinds if isinstance(kind, type)}

        def read(named: tuple[str, Any]) -> Any:
            name, content = named
            return table[name](content)

        return f"{source.name(read)}({value})"


def _default_of(source: _Source, cls: type, field: "dataclasses.Field[Any]") -> str:
    if field.default is not dataclasses.MISSING:
        return source.name(field.default)
    if field.default_factory is not dataclasses.MISSING:
        return f"{source.name(field.default_factory)}()"
    raise Misfit(f"{cls.__name__}.{field.name} is not stored and has no default", False)
