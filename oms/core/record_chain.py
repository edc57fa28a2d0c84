"""The two hashes that make a log provable.

- The record chain: each record of a journal carries `record_hash` of the valid record before it, so that a fold that
  skipped, doubled or changed a record cannot go on unnoticed.
- The audit chain: over every record of a topic partition, void ones and claims included,
  h(n) = H(h(n−1), topic, partition, offset, timestamp, key, headers, value), from `AUDIT_CHAIN_START`.

Invariant: different records never share an input to the hash. Every field is of fixed width or preceded by its
length, and a missing key is not an empty one.

It does not know which records are valid, nor where a chain's head is kept.
"""

import hashlib
from collections.abc import Sequence
from struct import Struct

RECORD_HASH_BYTES = 16
"""128 bits: the record chain finds accidents and bugs; tampering is for the audit chain, which keeps all 256."""

AUDIT_HASH_BYTES = 32

AUDIT_CHAIN_START = bytes(AUDIT_HASH_BYTES)
"""h before the first record of a partition."""

_DOMAIN = b"oms.audit-chain.1\0"
_LENGTH = Struct(">I")  # a Kafka record is far below 4 GiB
_COORDINATES = Struct(">iqq")  # partition, offset, timestamp: the widths of Kafka's own protocol
_NO_KEY = b"\0"
_KEY = b"\1"


def record_hash(value: bytes) -> bytes:
    """The first 16 bytes of SHA-256 of a record's value."""
    return hashlib.sha256(value).digest()[:RECORD_HASH_BYTES]


def audit_chain(
    previous: bytes,
    topic: str,
    partition: int,
    offset: int,
    timestamp_ms: int,
    key: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    value: bytes,
) -> bytes:
    """The 32 bytes of h(n), given h(n−1) and the record as the broker holds it (`timestamp_ms` UTC)."""
    assert len(previous) == AUDIT_HASH_BYTES, f"not the head of an audit chain: {len(previous)} bytes"
    parts = [
        _DOMAIN,
        previous,
        _prefixed(topic.encode()),
        _COORDINATES.pack(partition, offset, timestamp_ms),
        _NO_KEY if key is None else _KEY + _prefixed(key),
        _LENGTH.pack(len(headers)),
    ]
    for name, content in headers:
        parts.append(_prefixed(name.encode()))
        parts.append(_prefixed(content))
    parts.append(_prefixed(value))
    return hashlib.sha256(b"".join(parts)).digest()


def _prefixed(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content
