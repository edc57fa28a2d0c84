"""The bytes of a snapshot: what comes back, and every way in which one is refused."""

import hashlib
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import IntEnum
from typing import ClassVar

import msgpack
import pytest

from oms.core.canonical import DERIVED, state_hash
from oms.core.credit.stage import CreditState
from oms.core.execution.state import ExecutionState
from oms.core.money import AMOUNT_MAX, AMOUNT_MIN, Amount
from oms.core.risk.state import RiskState
from oms.core.routing.state import RouterState
from oms.core.run_rule import RunPosition
from oms.wire.envelope import ReadPosition
from oms.wire.snapshot import (
    FAULT_WORDS,
    Fault,
    SnapshotHead,
    SnapshotUnusable,
    decode_head,
    decode_snapshot,
    encode_snapshot,
)
from oms.wire.state_converters import Misfit, class_fields, reader_of, stored_fields, writer_of

LAYOUT, SCHEMA = 7, 3
TOPIC, PARTITION = "oms.risk", 2
NOTHING = Amount(0)
PREFIX_BYTES, CHECKSUM_BYTES = 22, 32


class Colour(IntEnum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True, slots=True)
class Cat:
    name: str


@dataclass(frozen=True, slots=True)
class Dog:
    name: str
    colour: Colour


@dataclass(slots=True)
class Pen:
    pet: Cat | Dog | None
    pets: tuple[Cat | Dog, ...] = ()


WrittenPen, WrittenCat = Pen, Cat
"""For tests that have a later class of the same name."""


@dataclass(slots=True)
class State:
    """Every kind of annotation that a state uses."""

    partition: int
    amount: Amount = NOTHING
    maybe: int | None = None
    raw: bytes = b""
    flag: bool = False
    colours: dict[tuple[Colour, str], int] = field(default_factory=dict)
    nested: dict[str, dict[int, dict[str, Pen]]] = field(default_factory=dict)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    words: frozenset[str] = frozenset()
    lists: dict[int, list[str]] = field(default_factory=dict)
    heap: list[tuple[int, str, Colour, int]] = field(default_factory=list, compare=False)
    timers: tuple[tuple[Colour, int], ...] = ()
    index: dict[str, int] | None = field(default=None, compare=False, metadata=DERIVED)


FULL = State(
    partition=2,
    amount=Amount(AMOUNT_MAX),
    maybe=AMOUNT_MIN,
    raw=b"\0\xff",
    flag=True,
    colours={(Colour.BLUE, "z"): -1, (Colour.RED, "a"): 2**64},
    nested={
        "d": {20250106: {"b": Pen(Dog("rex", Colour.RED)), "a": Pen(None, (Cat("\ud800"), Dog("x", Colour.BLUE)))}}
    },
    pairs={("XALP", "E1"), ("XBET", "E1")},
    words=frozenset({"b", "a"}),
    lists={3: ["b", "a"], 1: []},
    heap=[(1, "a", Colour.RED, 0), (5, "b", Colour.BLUE, 1)],
    timers=((Colour.BLUE, 4),),
    index={"not": 1},
)


def head_for(state: object, **changes: object) -> SnapshotHead:
    head = SnapshotHead(
        topic=TOPIC,
        partition=PARTITION,
        layout=LAYOUT,
        schema_version=SCHEMA,
        min_reader_version=1,
        run=RunPosition(41, 7, True),
        last_offset=40,
        last_hash=b"h" * 16,
        chain_after_claim=b"c" * 16,
        last_event_time_ns=10**18,
        claimant="process-1",
        positions=(ReadPosition("oms.orders", 2, 5, -1, False), ReadPosition("oms.routing", 2, 9, 3, True)),
        state_hash=state_hash(state, LAYOUT),
        written_ns=10**18,
    )
    return replace(head, **changes)  # type: ignore[arg-type]


def snapshot(state: object = FULL, **changes: object) -> bytes:
    return encode_snapshot(head_for(state, **changes), state)


def load(data: bytes, state_class: type = State, layout: int = LAYOUT) -> object:
    return decode_snapshot(data, state_class, TOPIC, PARTITION, layout, SCHEMA)[1]


def fault_of(data: bytes, state_class: type = State, layout: int = LAYOUT) -> Fault:
    with pytest.raises(SnapshotUnusable) as raised:
        load(data, state_class, layout)
    assert str(raised.value).startswith(raised.value.fault.name)
    return raised.value.fault


def sealed(data: bytes, old: bytes, new: bytes) -> bytes:
    """Other content under a checksum that fits it: what a bug of ours would write, not an accident."""
    content = data[:-CHECKSUM_BYTES].replace(old, new)
    assert len(old) == len(new) and content != data[:-CHECKSUM_BYTES]
    return content + hashlib.sha256(content).digest()


# -- what comes back -------------------------------------------------------------------------------------------------------------


def test_head_and_state_come_back_as_they_were() -> None:
    head, state = decode_snapshot(snapshot(), State, TOPIC, PARTITION, LAYOUT, SCHEMA)
    assert head == head_for(FULL) == decode_head(snapshot())
    assert state == FULL and state.heap == FULL.heap


def test_types_and_order_of_insertion_come_back_too() -> None:
    state = load(snapshot())
    assert isinstance(state, State)
    assert [type(key[0]) for key in state.colours] == [Colour, Colour]
    assert list(state.colours) == list(FULL.colours) and list(state.nested["d"][20250106]) == ["b", "a"]
    assert type(state.heap) is list and type(state.heap[0]) is tuple and type(state.heap[0][2]) is Colour
    assert (type(state.pairs), type(state.words), type(state.lists[3])) == (set, frozenset, list)
    assert type(state.flag) is bool and type(state.timers[0][0]) is Colour


def test_a_derived_field_is_not_stored() -> None:
    state = load(snapshot())
    assert isinstance(state, State) and state.index is None


def test_an_empty_state_comes_back() -> None:
    assert load(snapshot(State(2))) == State(2)


@pytest.mark.parametrize(
    "number", [0, -1, 127, -(2**63), 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, AMOUNT_MAX, AMOUNT_MIN]
)
def test_integers_of_any_size_come_back(number: int) -> None:
    state = load(snapshot(State(2, amount=Amount(number))))
    assert isinstance(state, State) and state.amount == number


@pytest.mark.parametrize("state_class", [RiskState, RouterState, ExecutionState, CreditState])
def test_every_derived_field_of_a_state_is_a_cache_with_a_default(state_class: type) -> None:
    derived = set(fields(state_class)) - set(stored_fields(state_class))
    risk = {"index_memo", "book_memo", "triggers_memo", "watch_queue", "credit_work"}
    looked = {"marking_looked_ns", "liquidations_looked_ns"}
    caches = {
        RiskState: risk | looked,
        RouterState: {"watch"},
        CreditState: {"spanning_memo", "looked_ns", "looked_all"},
    }
    assert {f.name for f in derived} == caches.get(state_class, set())
    assert all(not f.compare and (f.default in (None, 0) or f.default_factory is not MISSING) for f in derived)


# -- what is refused -------------------------------------------------------------------------------------------------------------


def test_every_shorter_piece_is_refused() -> None:
    data = snapshot()
    faults = [fault_of(data[:length]) for length in range(len(data))]
    assert faults[0] is Fault.NOT_A_SNAPSHOT and set(faults[1:]) == {Fault.TORN}


def test_what_has_something_behind_it_is_refused() -> None:
    assert fault_of(snapshot() + b"\0") is Fault.TORN


def test_every_flipped_bit_is_refused() -> None:
    data = snapshot(State(2))
    seen = set()
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        seen.add(fault_of(bytes(flipped)))
    assert seen == {Fault.NOT_A_SNAPSHOT, Fault.TORN, Fault.DAMAGED}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" * 20, b"\0" * 100])
def test_something_else_is_no_snapshot(data: bytes) -> None:
    assert fault_of(data) is Fault.NOT_A_SNAPSHOT


@pytest.mark.parametrize("changes", [{"topic": "oms.routing"}, {"partition": 3}])
def test_that_of_another_partition_is_refused(changes: dict[str, object]) -> None:
    assert fault_of(snapshot(**changes)) is Fault.OTHER_PARTITION


@pytest.mark.parametrize("changes", [{"layout": LAYOUT + 1}, {"schema_version": SCHEMA + 1}])
def test_that_of_a_later_release_is_refused(changes: dict[str, object]) -> None:
    assert fault_of(snapshot(**changes)) is Fault.TOO_NEW


def test_a_later_format_is_refused() -> None:
    data = bytearray(snapshot())
    data[9] = 2  # the format's low byte
    content = bytes(data[:-CHECKSUM_BYTES])
    assert fault_of(content + hashlib.sha256(content).digest()) is Fault.TOO_NEW


def test_an_unknown_part_of_the_head_is_of_a_later_release() -> None:
    assert fault_of(sealed(snapshot(), b"claimant", b"claimer_")) is Fault.TOO_NEW


def test_a_layout_before_the_one_before_is_refused() -> None:
    assert fault_of(snapshot(layout=LAYOUT - 2)) is Fault.TOO_OLD


def test_content_that_is_not_of_the_classes_is_refused() -> None:
    assert fault_of(sealed(snapshot(), b"\xa3Cat", b"\xa3Cow")) is Fault.MALFORMED  # no such member of the union
    assert fault_of(snapshot(Pen(Cat("a"))), State) is Fault.MALFORMED


def test_a_head_that_says_nothing_is_refused() -> None:
    head = msgpack.packb({"fields": ()})
    content = b"OMSSNAPS" + (1).to_bytes(2, "big") + len(head).to_bytes(4, "big")
    content += (PREFIX_BYTES + len(head) + CHECKSUM_BYTES).to_bytes(8, "big") + head
    assert fault_of(content + hashlib.sha256(content).digest()) is Fault.MALFORMED


def test_a_state_that_is_not_the_one_written_is_refused() -> None:
    assert fault_of(snapshot(state_hash=b"x" * 16)) is Fault.STATE_DIFFERS
    assert fault_of(sealed(snapshot(), b"\xa4XBET", b"\xa4XGAM")) is Fault.STATE_DIFFERS


def test_every_fault_has_words() -> None:
    assert set(FAULT_WORDS) == set(Fault)


# -- layouts ---------------------------------------------------------------------------------------------------------------------


def test_a_field_that_the_layout_before_did_not_have_gets_its_default() -> None:
    @dataclass(slots=True)
    class Pen:
        pet: Cat | Dog | None
        size: int = 4  # in the middle: fields are found by name
        pets: tuple[Cat | Dog, ...] = ()
        guests: list[str] = field(default_factory=list)

    written = WrittenPen(Dog("rex", Colour.RED), (Cat("tom"),))
    old = snapshot(written, layout=LAYOUT - 1)
    read = load(old, Pen)
    assert read == Pen(written.pet, 4, written.pets, [])
    assert load(old, Pen).guests is not read.guests  # type: ignore[attr-defined]


def test_a_new_field_without_a_default_makes_the_layout_before_unreadable() -> None:
    @dataclass(slots=True)
    class Pen:
        size: int
        pet: Cat | Dog | None
        pets: tuple[Cat | Dog, ...]

    assert fault_of(snapshot(WrittenPen(None), layout=LAYOUT - 1), Pen) is Fault.TOO_OLD


def test_an_unknown_field_is_of_a_later_layout_or_of_one_too_old() -> None:
    @dataclass(slots=True)
    class Pen:
        pet: Cat | Dog | None = None

    written = WrittenPen(None)
    assert fault_of(snapshot(written), Pen) is Fault.TOO_NEW
    assert fault_of(snapshot(written, layout=LAYOUT - 1), Pen) is Fault.TOO_OLD


def test_a_field_that_is_gone_is_passed_over() -> None:
    @dataclass(slots=True)
    class Pen:
        GONE: ClassVar[tuple[str, ...]] = ("pets",)
        pet: Cat | Dog | None = None

    written = WrittenPen(Dog("rex", Colour.RED), (Cat("tom"),))
    assert load(snapshot(written, layout=LAYOUT - 1), Pen) == Pen(written.pet)


def test_the_classes_of_a_state_have_names_of_their_own() -> None:
    @dataclass(slots=True)
    class Cat:
        size: int

    @dataclass(slots=True)
    class Both:
        one: Cat
        two: WrittenCat

    with pytest.raises(AssertionError, match="two classes named Cat"):
        class_fields(Both)


@pytest.mark.parametrize("annotation", [float, set[Cat], dict[Cat, int], Cat | int])
def test_what_has_no_place_in_a_snapshot_is_found_when_the_converter_is_made(annotation: object) -> None:
    Odd = dataclass(type("Odd", (), {"__annotations__": {"value": annotation}}))
    with pytest.raises(AssertionError):
        writer_of(Odd)


def test_a_misfit_says_which_field() -> None:
    with pytest.raises(Misfit, match="Cat has no field colour") as misfit:
        reader_of(Cat, {"Cat": ("name", "colour")})
    assert misfit.value.unknown
