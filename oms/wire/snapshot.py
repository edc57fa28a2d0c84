"""The bytes of a snapshot: a stage's folded state, with the place in the journal that it was folded to.

    magic 8 | format 2 | length of the head 4 | length of the whole 8 | head | body | SHA-256 over everything before, 32

Head: one MessagePack map by name; it says of which partition, up to which record, under which layout, and what fields each class of the
state had when it was written. Body: the state, each dataclass as the array of its fields in that order. Nothing in it is ever executed.

Invariants:
- what is torn, truncated or flipped anywhere, of another partition, or newer than we can read is refused, each with its `Fault`;
- a state read under the layout it was written under has the hash that it had then; order of insertion is kept, for states that drop
  their oldest;
- a field that the snapshot does not have yet gets the default of its class; a field that we do not know is refused. So every new field
  of a state has a default, and the default means what the field's absence always meant;
- a field with the metadata `DERIVED` is not stored: it is a cache that makes itself anew. All others are, compared or not.

The converters are generated once per class, as in `oms.wire.codec`: loading decides how long a recovery takes.
Does not know: where snapshots are kept, what a journal is, what the state means.
"""

import dataclasses
import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import Any, TypeVar

import msgpack

from oms.core.canonical import state_hash
from oms.core.run_rule import RunPosition
from oms.wire.envelope import ReadPosition
from oms.wire.state_converters import ClassFields, Misfit, class_fields, reader_of, writer_of

S = TypeVar("S")

MAGIC, FORMAT = b"OMSSNAPS", 1
_PREFIX = Struct(">8sHIQ")
_CHECKSUM_BYTES = hashlib.sha256().digest_size
_LEAST_BYTES = _PREFIX.size + _CHECKSUM_BYTES
_BIG_INTEGER = 1
"""Extension type: what 64 bits cannot hold, two's complement, big-endian (amounts have 128)."""


class Fault(IntEnum):
    """Why a snapshot cannot be used."""

    NOT_A_SNAPSHOT = 1
    TORN = 2
    DAMAGED = 3
    TOO_NEW = 4
    TOO_OLD = 5
    OTHER_PARTITION = 6
    MALFORMED = 7
    STATE_DIFFERS = 8
    NOT_OF_THIS_JOURNAL = 9
    OUT_OF_REACH = 10


FAULT_WORDS: dict[Fault, str] = {
    Fault.NOT_A_SNAPSHOT: "something else, not a snapshot",
    Fault.TORN: "its end is missing, or something follows it",
    Fault.DAMAGED: "its bytes are not those that were written",
    Fault.TOO_NEW: "written by a later release",
    Fault.TOO_OLD: "written under a state layout that is no longer read",
    Fault.OTHER_PARTITION: "of another topic or partition",
    Fault.MALFORMED: "its content does not fit the classes of the state",
    Fault.STATE_DIFFERS: "the state read is not the one written",
    Fault.NOT_OF_THIS_JOURNAL: "the journal holds another record where it was taken",
    Fault.OUT_OF_REACH: "the store does not give it",
}


class SnapshotUnusable(Exception):
    """This snapshot must not be loaded. There is always another way: the older one, or the whole journal."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault.name}: {FAULT_WORDS[fault]}" + (f" ({detail})" if detail else ""))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class SnapshotHead:
    """Where the fold stood: what `oms.runtime.journal_fold.Folded` holds besides the state. Offsets are −1 where there was no such record.

    `layout`: of the state classes, `schema_version` and `min_reader_version`: of the events folded. `last_offset`, `last_hash`: the last
    valid record. `state_hash`: under `layout`. `written_ns`: wall time, for people.
    """

    topic: str
    partition: int
    layout: int
    schema_version: int
    min_reader_version: int
    run: RunPosition
    last_offset: int
    last_hash: bytes
    chain_after_claim: bytes
    last_event_time_ns: int
    claimant: str
    positions: tuple[ReadPosition, ...]
    state_hash: bytes
    written_ns: int


_read_head, _write_head = reader_of(SnapshotHead, class_fields(SnapshotHead)), writer_of(SnapshotHead)


def _default(value: object) -> object:
    """What MessagePack has no type for."""
    if isinstance(value, int):
        return msgpack.ExtType(_BIG_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    raise TypeError(f"no place in a snapshot for {type(value).__name__}")


def _extension(code: int, content: bytes) -> int:
    if code != _BIG_INTEGER:
        raise ValueError(f"unknown extension {code}")
    return int.from_bytes(content, "big", signed=True)


def _pack(value: object) -> bytes:
    packed: bytes = msgpack.packb(value, default=_default, unicode_errors="surrogatepass")
    return packed


def _unpack(data: memoryview) -> Any:
    return msgpack.unpackb(
        data, use_list=False, strict_map_key=False, ext_hook=_extension, unicode_errors="surrogatepass"
    )


@contextmanager
def _without_collection() -> Iterator[None]:
    """The collector looks at everything again and again while millions of objects are made, none of which is garbage: half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def encode_snapshot(head: SnapshotHead, state: object) -> bytes:
    """The bytes of a snapshot. The hash in the head must be that of the state."""
    with _without_collection():
        fields = class_fields(type(state))
        body = _pack(writer_of(type(state))(state))
    described = {"fields": _write_head(head), "classes": fields, "head": class_fields(SnapshotHead)}
    packed_head = _pack(described)
    length = _LEAST_BYTES + len(packed_head) + len(body)
    content = b"".join([_PREFIX.pack(MAGIC, FORMAT, len(packed_head), length), packed_head, body])
    return content + hashlib.sha256(content).digest()


def _checked(data: bytes) -> tuple[memoryview, memoryview]:
    """(head, body) of bytes that are as they were written."""
    if len(data) < len(MAGIC) or data[: len(MAGIC)] != MAGIC:
        if data and MAGIC.startswith(data[: len(MAGIC)]):
            raise SnapshotUnusable(Fault.TORN, f"{len(data)} bytes")
        raise SnapshotUnusable(Fault.NOT_A_SNAPSHOT)
    if len(data) < _LEAST_BYTES:
        raise SnapshotUnusable(Fault.TORN, f"{len(data)} bytes")
    _, format_version, head_length, length = _PREFIX.unpack_from(data)
    if length != len(data):
        raise SnapshotUnusable(Fault.TORN, f"{len(data)} bytes of {length}")
    content = memoryview(data)[:-_CHECKSUM_BYTES]
    if hashlib.sha256(content).digest() != data[-_CHECKSUM_BYTES:]:
        raise SnapshotUnusable(Fault.DAMAGED)
    if format_version > FORMAT:
        raise SnapshotUnusable(Fault.TOO_NEW, f"format {format_version}, this release reads {FORMAT}")
    if format_version != FORMAT or _PREFIX.size + head_length > len(content):
        raise SnapshotUnusable(Fault.MALFORMED, "the head")
    return content[_PREFIX.size : _PREFIX.size + head_length], content[_PREFIX.size + head_length :]


CONVERSION_ERRORS = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, RecursionError)
"""What a converter, the state hash or MessagePack raise over content that is not of the classes."""


def _head_of(packed: memoryview) -> tuple[SnapshotHead, ClassFields]:
    try:
        described = _unpack(packed)
        if described["head"].keys() - class_fields(SnapshotHead).keys():
            raise SnapshotUnusable(Fault.TOO_NEW, "the head has unknown parts")
        head: SnapshotHead = reader_of(SnapshotHead, described["head"])(described["fields"])
        return head, described["classes"]
    except Misfit as misfit:
        raise SnapshotUnusable(Fault.TOO_NEW if misfit.unknown else Fault.TOO_OLD, f"the head: {misfit}") from misfit
    except CONVERSION_ERRORS as error:
        raise SnapshotUnusable(Fault.MALFORMED, f"the head: {error}") from error


def decode_head(data: bytes) -> SnapshotHead:
    """What a snapshot says of itself; its bytes are verified, its state is not read. SnapshotUnusable where they are not as written."""
    return _head_of(_checked(data)[0])[0]


def refuse_misplaced(head: SnapshotHead, topic: str, partition: int, layout: int, schema_version: int) -> None:
    """SnapshotUnusable where the head alone says so: too new, too old, of another partition."""
    if head.layout > layout or head.schema_version > schema_version:
        what = f"layout {head.layout}, schema {head.schema_version}"
        raise SnapshotUnusable(Fault.TOO_NEW, f"{what}; this release has {layout} and {schema_version}")
    if head.layout < layout - 1:
        raise SnapshotUnusable(Fault.TOO_OLD, f"layout {head.layout}, this release reads {layout - 1} and {layout}")
    if (head.topic, head.partition) != (topic, partition):
        raise SnapshotUnusable(Fault.OTHER_PARTITION, f"{head.topic}/{head.partition}")


def decode_snapshot(
    data: bytes, state_class: type[S], topic: str, partition: int, layout: int, schema_version: int
) -> tuple[SnapshotHead, S]:
    """Head and state. `layout`, `schema_version`: those of this release; the layout before it is read as well.

    SnapshotUnusable in the order of `Fault`; nothing of an unusable snapshot is returned.
    """
    packed_head, body = _checked(data)
    head, stored = _head_of(packed_head)
    refuse_misplaced(head, topic, partition, layout, schema_version)
    state = _state_of(body, state_class, stored, head.layout == layout)
    if head.layout == layout and state_hash(state, layout) != head.state_hash:
        raise SnapshotUnusable(Fault.STATE_DIFFERS)
    return head, state


def _state_of(body: memoryview, state_class: type[S], stored: ClassFields, same_layout: bool) -> S:
    try:
        with _without_collection():
            state: S = reader_of(state_class, stored)(_unpack(body))
    except Misfit as misfit:
        newer = misfit.unknown and same_layout
        raise SnapshotUnusable(Fault.TOO_NEW if newer else Fault.TOO_OLD, str(misfit)) from misfit
    except CONVERSION_ERRORS as error:
        raise SnapshotUnusable(Fault.MALFORMED, f"{type(error).__name__}: {error}") from error
    if dataclasses.is_dataclass(state):
        return state
    raise SnapshotUnusable(Fault.MALFORMED, "no state")
