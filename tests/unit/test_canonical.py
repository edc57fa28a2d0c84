"""The canonical encoding: fixed bytes, equality in both directions, and independence of the process."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from enum import Enum, IntEnum, IntFlag, StrEnum
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core.canonical import encode, state_hash


class Colour(IntEnum):
    RED = 1
    BLUE = 2


class Taste(IntEnum):
    RED = 1


@dataclass(frozen=True, slots=True)
class Point:
    x: object
    y: object


@dataclass(slots=True)
class Holding:
    x: object
    y: object
    cache: dict[str, int] = field(default_factory=dict, compare=False)


@dataclass
class Child(Holding):
    z: object = 0


class Undeclared(Holding):
    """Not decorated itself, so what it adds would be missed."""


class Plain:
    pass


class Mood(StrEnum):
    GOOD = "good"


class Bits(IntFlag):
    A = 1


class Loose(Enum):
    A = 1


class MyInt(int):
    pass


class MyTuple(tuple[int, ...]):
    pass


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (None, b"N"),
        (True, b"T"),
        (0, b"i\0\0\0\x01\0"),
        (-1, b"i\0\0\0\x01\xff"),
        (127, b"i\0\0\0\x01\x7f"),
        (128, b"i\0\0\0\x02\0\x80"),
        (-129, b"i\0\0\0\x02\xff\x7f"),
        ("é", b"s\0\0\0\x02\xc3\xa9"),
        (b"", b"b\0\0\0\0"),
        ((None, [True]), b"(\0\0\0\x02N(\0\0\0\x01T"),
        ({False: None}, b"{\0\0\0\x01FN"),
        ({None, False}, b"<\0\0\0\x02FN"),
        (Colour.BLUE, b"Es\0\0\0\x06Colouri\0\0\0\x01\x02"),
        (Point(None, True), b"Ds\0\0\0\x05Point\0\0\0\x02NT"),
    ],
)
def test_the_bytes_are_fixed_for_ever(value: object, encoded: bytes) -> None:
    assert encode(value) == encoded


def test_the_state_hash_is_fixed_and_names_its_layout() -> None:
    assert state_hash({"a": 1}, 1).hex() == "120bff0e99f6abac8650c95f208a66c1"
    assert state_hash({"a": 1}, 2) != state_hash({"a": 1}, 1)


_REFUSED: list[object] = [1.0, 1j, object(), Plain(), Plain, Point, Colour, len, range(3), bytearray(b"x")]
_REFUSED += [Mood.GOOD, Bits.A, Loose.A, MyInt(1), MyTuple((1,)), Undeclared(1, 2)]


@pytest.mark.parametrize("value", _REFUSED)
def test_what_is_not_listed_is_refused_at_any_depth(value: object) -> None:
    for nested in (value, (value,), [value], {"k": value}, Point(1, value)):
        with pytest.raises(TypeError, match="no canonical encoding for"):
            encode(nested)


def test_keys_and_members_are_refused_too() -> None:
    for nested in ({1.5: 0}, {1.5}, frozenset({1.5})):
        with pytest.raises(TypeError, match="float"):
            encode(nested)


def test_values_of_different_types_differ() -> None:
    different: list[object] = [
        None,
        False,
        0,
        "",
        b"",
        (),
        {},
        frozenset(),
        True,
        1,
        "1",
        b"1",
        (1,),
        {1: 1},
        frozenset({1}),
    ]
    different += [Colour.RED, Taste.RED, Colour.BLUE, Point(1, 2), Holding(1, 2), Child(1, 2), Point(2, 1), "RED"]
    different += [((1,), 2), (1, (2,)), ((1, 2),), (1, 2), Point((1, 2), ()), ("ab", "c"), ("a", "bc"), -1, 255]
    for a, b in combinations(different, 2):
        assert encode(a) != encode(b), (a, b)


def test_a_tuple_and_a_list_are_one_sequence_a_set_and_a_frozenset_one_set() -> None:
    assert encode([1, (2, 3)]) == encode((1, [2, 3]))
    assert encode({1, 2}) == encode(frozenset({2, 1}))


def test_fields_that_do_not_compare_are_no_part_of_the_value() -> None:
    assert encode(Holding(1, 2, {"hit": 1})) == encode(Holding(1, 2))


def test_inherited_fields_count() -> None:
    assert encode(Child(1, 2, {}, 3)) != encode(Child(1, 2, {}, 4))
    assert encode(Child(1, 2, {}, 3)) != encode(Child(0, 2, {}, 3))


def test_a_lone_surrogate_is_a_value_like_any_other() -> None:
    assert encode("\ud800") != encode("?")


_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.text(max_size=3)
    | st.binary(max_size=3)
    | st.sampled_from([Colour.RED, Colour.BLUE, Taste.RED])
)
_hashable = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3) | st.builds(Point, inner, inner)
    ),
    max_leaves=6,
)
_values = st.recursive(
    _hashable,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_hashable, inner, max_size=3) | st.builds(Holding, inner, inner)
    ),
    max_leaves=8,
)


def same(a: object, b: object) -> bool:
    """Equality as the module states it, written without any encoding: types count, except within a family."""
    for family in ((tuple, list), (set, frozenset)):
        if type(a) in family and type(b) in family:
            break
    else:
        if type(a) is not type(b):
            return False
    if isinstance(a, tuple | list):
        assert isinstance(b, tuple | list)
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, set | frozenset):
        assert isinstance(b, set | frozenset)
        return len(a) == len(b) and all(any(same(x, y) for y in b) for x in a)
    if isinstance(a, dict):
        assert isinstance(b, dict)
        return len(a) == len(b) and all(any(same(i, j) for j in b.items()) for i in a.items())
    if isinstance(a, Point | Holding):
        assert isinstance(b, Point | Holding)
        return same((a.x, a.y), (b.x, b.y))
    return a == b


@given(_values, _values)
def test_equal_encodings_exactly_for_equal_values(a: object, b: object) -> None:
    assert (encode(a) == encode(b)) == same(a, b)


@given(_values, st.randoms(use_true_random=False))
def test_the_order_of_insertion_does_not_matter(value: object, random: object) -> None:
    assert encode(shuffled(value, random)) == encode(value)


def shuffled(value: object, random: object) -> object:
    """An equal value, built anew, its dicts and sets filled in another order."""
    if isinstance(value, tuple | list):
        return type(value)(shuffled(item, random) for item in value)
    if isinstance(value, frozenset | dict):
        items = list(value.items() if isinstance(value, dict) else value)
        random.shuffle(items)  # type: ignore[attr-defined]
        rebuilt = [shuffled(item, random) for item in items]
        return type(value)(rebuilt)  # type: ignore[arg-type]
    if isinstance(value, Point | Holding):
        return type(value)(shuffled(value.x, random), shuffled(value.y, random))
    return value


_ELSEWHERE = """
from oms.core.canonical import state_hash
value = {"desks": {f"desk-{n}" for n in range(50)}, "by id": {str(n): frozenset((str(n), "x")) for n in range(50)}}
print(state_hash(value, 1).hex(), list(value["desks"])[:5])
"""


def test_another_process_with_another_hash_seed_agrees() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", _ELSEWHERE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.split(" ", 1)
        for seed in ("1", "2", "3")
    ]
    assert len({order for _, order in outputs}) > 1, "the seeds made no difference: this test shows nothing"
    assert len({hashed for hashed, _ in outputs}) == 1
