"""The record hash and the audit chain: fixed values, and no two records with one hash."""

import hashlib
from dataclasses import astuple, dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core.record_chain import AUDIT_CHAIN_START, audit_chain, record_hash


@dataclass(frozen=True, slots=True)
class Fields:
    previous: bytes
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


def chain(f: Fields) -> bytes:
    return audit_chain(f.previous, f.topic, f.partition, f.offset, f.timestamp_ms, f.key, f.headers, f.value)


# Few and short letters, so that two draws often differ only in where one field ends and the next begins.
_short = st.binary(max_size=3).map(lambda b: bytes(x % 3 for x in b))
_names = st.text(alphabet="\0a", max_size=2)
_fields = st.builds(
    Fields,
    previous=st.sampled_from([AUDIT_CHAIN_START, hashlib.sha256(b"x").digest()]),
    topic=_names,
    partition=st.integers(0, 2),
    offset=st.integers(0, 2),
    timestamp_ms=st.integers(-1, 1),
    key=st.none() | _short,
    headers=st.lists(st.tuples(_names, _short), max_size=2).map(tuple),
    value=_short,
)


def test_record_hash_is_the_first_half_of_sha256() -> None:
    assert record_hash(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223"


def test_the_audit_chains_bytes_are_fixed_for_ever() -> None:
    """A chain is verified years later: the very bytes that are hashed are written out here once."""
    by_hand = b"".join(
        [
            b"oms.audit-chain.1\0",
            AUDIT_CHAIN_START,
            b"\0\0\0\x08oms.risk",
            b"\0\0\0\x03" + b"\0\0\0\0\0\0\0\x07" + b"\xff" * 8,
            b"\1" + b"\0\0\0\x01k",
            b"\0\0\0\x01" + b"\0\0\0\x01h" + b"\0\0\0\x02xy",
            b"\0\0\0\x01v",
        ]
    )
    record = Fields(AUDIT_CHAIN_START, "oms.risk", 3, 7, -1, b"k", (("h", b"xy"),), b"v")
    assert chain(record) == hashlib.sha256(by_hand).digest()


def test_what_is_no_head_of_a_chain_is_refused() -> None:
    with pytest.raises(AssertionError):
        audit_chain(b"", "oms.risk", 0, 0, 0, None, (), b"")


@given(_fields, _fields)
def test_equal_hashes_exactly_for_equal_records(a: Fields, b: Fields) -> None:
    assert (chain(a) == chain(b)) == (a == b)


@given(st.lists(_short, min_size=5, max_size=5), st.data())
def test_moving_a_byte_between_neighbouring_fields_changes_the_hash(parts: list[bytes], data: st.DataObject) -> None:
    """Same bytes in the same order, cut elsewhere into topic, key, header name, header value and value."""

    def of(cut: list[bytes]) -> Fields:
        topic, key, name, content, value = cut
        return Fields(AUDIT_CHAIN_START, topic.decode(), 0, 0, 0, key, ((name.decode(), content),), value)

    flat = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(flat)), min_size=4, max_size=4)))
    bounds = [0, *cuts, len(flat)]
    moved = [flat[a:b] for a, b in pairwise(bounds)]
    assert (chain(of(parts)) == chain(of(moved))) == (parts == moved)


@given(_fields)
def test_every_field_is_in_the_hash(f: Fields) -> None:
    changed = {
        "previous": hashlib.sha256(f.previous).digest(),
        "topic": f.topic + "x",
        "partition": f.partition + 1,
        "offset": f.offset + 1,
        "timestamp_ms": f.timestamp_ms + 1,
        "key": b"" if f.key is None else None,
        "headers": (*f.headers, ("", b"")),
        "value": f.value + b"\0",
    }
    names = list(changed)
    before = dict(zip(names, astuple(f), strict=True))
    for name in names:
        assert chain(Fields(**{**before, name: changed[name]})) != chain(f), name


@given(st.lists(_short, min_size=2, max_size=5), st.data())
def test_the_head_names_the_whole_history(values: list[bytes], data: st.DataObject) -> None:
    def head(history: list[bytes]) -> bytes:
        h = AUDIT_CHAIN_START
        for offset, value in enumerate(history):
            h = audit_chain(h, "oms.orders", 0, offset, 0, None, (), value)
        return h

    at = data.draw(st.integers(0, len(values) - 1))
    forged = [*values[:at], values[at] + b"!", *values[at + 1 :]]
    assert head(forged) != head(values)
    assert head(values[:at]) != head(values)
