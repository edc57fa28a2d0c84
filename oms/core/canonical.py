"""Our own encoding of state into bytes, so that the same state has the same hash on any machine, in any year.

What it takes, and how: one tag byte, then content of known length.

    N                   None
    T  F                bool
    i  length  bytes    int of any size: two's complement, big-endian, as short as its bit length allows
    s  length  bytes    str, UTF-8
    b  length  bytes    bytes
    (  count   items    tuple or list: the choice between the two is no part of the state
    {  count   pairs    dict, sorted by encoded key
    <  count   items    set or frozenset, sorted by encoding
    E  name    value    IntEnum: class name (as str), number (as int); a member's name may change, its number may not
    D  name    count    dataclass: class name (as str), then its fields in order of declaration

Lengths and counts are four bytes, big-endian.

Invariants:
- two values have equal encodings exactly when they are equal, where types count too: 1, True, "1", b"1" and an enum
  member numbered 1 are five values, though Python holds three of them equal;
- neither the order of insertion, nor identity, nor the process's hash seed matters;
- dataclass fields declared with `compare=False` (caches) are no part of the value, as in Python's own equality;
- what is not listed is refused with a TypeError: float always, and subclasses of what is listed.

It does not know what state is; the layout version names what its bytes mean and is for the caller to raise.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum
from struct import Struct
from types import MappingProxyType
from typing import Any

STATE_HASH_BYTES = 16
"""128 bits: state hashes find accidents; the chains over the log are what proves."""

DERIVED: Mapping[str, bool] = MappingProxyType({"derived": True})
"""Metadata of a field that is a cache over the others and makes itself anew: no snapshot stores it. It has `compare=False` and a default."""

_Encoder = Callable[[Any, bytearray], None]
_LENGTH = Struct(">I")


def encode(value: object) -> bytes:
    """The canonical bytes of `value`. TypeError for a type that is not listed above, at any depth."""
    out = bytearray()
    _ENCODERS[type(value)](value, out)
    return bytes(out)


def state_hash(value: object, layout_version: int) -> bytes:
    """16 bytes that name `value` under this layout: the first of SHA-256 over (layout version, value)."""
    return hashlib.sha256(encode((layout_version, value))).digest()[:STATE_HASH_BYTES]


def _none(_value: None, out: bytearray) -> None:
    out += b"N"


def _bool(value: bool, out: bytearray) -> None:
    out += b"T" if value else b"F"


def _int_bytes(value: int) -> bytes:
    length = value.bit_length() // 8 + 1  # room for the sign bit
    return b"i" + _LENGTH.pack(length) + value.to_bytes(length, "big", signed=True)


_SMALL_INTS = {value: _int_bytes(value) for value in range(-1, 1_001)}
"""Most integers of a state are counts: looking them up takes half the time."""


def _int(value: int, out: bytearray) -> None:
    out += _SMALL_INTS.get(value) or _int_bytes(value)


def _str(value: str, out: bytearray) -> None:
    content = value.encode("utf-8", "surrogatepass")  # total: a lone surrogate is a value like any other
    out += b"s" + _LENGTH.pack(len(content)) + content


def _bytes(value: bytes, out: bytearray) -> None:
    out += b"b"
    out += _LENGTH.pack(len(value))
    out += value


def _sequence(value: tuple[object, ...] | list[object], out: bytearray) -> None:
    out += b"("
    out += _LENGTH.pack(len(value))
    for item in value:
        _ENCODERS[type(item)](item, out)


def _dict(value: dict[object, object], out: bytearray) -> None:
    out += b"{"
    out += _LENGTH.pack(len(value))
    for key, content in sorted((encode(key), encode(content)) for key, content in value.items()):
        out += key
        out += content


def _set(value: set[object] | frozenset[object], out: bytearray) -> None:
    out += b"<"
    out += _LENGTH.pack(len(value))
    for item in sorted(map(encode, value)):
        out += item


class _Encoders(dict[type, _Encoder]):
    """By exact type. Enumerations and dataclasses join when first met: looking up their fields each time costs more than encoding them."""

    def __missing__(self, kind: type) -> _Encoder:
        found = self[kind] = _encoder_of_class(kind)
        return found


_ENCODERS = _Encoders(
    {
        type(None): _none,
        bool: _bool,
        int: _int,
        str: _str,
        bytes: _bytes,
        tuple: _sequence,
        list: _sequence,
        dict: _dict,
        set: _set,
        frozenset: _set,
    }
)


def _encoder_of_class(kind: type) -> _Encoder:
    if issubclass(kind, IntEnum):
        return _enum_encoder(kind)
    if is_dataclass(kind) and "__dataclass_fields__" in vars(kind):
        return _dataclass_encoder(kind)
    raise TypeError(f"no canonical encoding for {kind.__module__}.{kind.__qualname__}")


def _enum_encoder(kind: type[IntEnum]) -> _Encoder:
    encoded = {member: b"E" + encode(kind.__name__) + encode(int(member)) for member in kind}

    def encode_member(value: IntEnum, out: bytearray) -> None:
        out += encoded[value]

    return encode_member


def _dataclass_encoder(kind: type) -> _Encoder:
    names = tuple(field.name for field in fields(kind) if field.compare)
    prefix = b"D" + encode(kind.__name__) + _LENGTH.pack(len(names))

    encoders = _ENCODERS

    def encode_fields(value: object, out: bytearray) -> None:
        out += prefix
        for name in names:
            content = getattr(value, name)
            encoders[type(content)](content, out)

    return encode_fields
