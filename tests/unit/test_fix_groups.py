"""Repeating groups, nested ones too."""

import pytest

from oms.fix.dictionary import load
from oms.fix.fields import FieldError
from oms.fix.groups import depths, groups
from oms.fix.message import Field, Message

FIX44 = load("FIX.4.4")
PARTIES: list[Field] = [
    (453, b"2"),
    (448, b"P1"),
    (447, b"D"),
    (452, b"1"),
    (802, b"2"),
    (523, b"S1"),
    (803, b"4"),
    (523, b"S2"),
    (448, b"P2"),
    (452, b"3"),
]
PARTIES_ALONE = tuple(PARTIES)


def order(*fields: Field) -> Message:
    return Message("D", ((34, b"1"), (11, b"C"), *fields, (55, b"IBM")))


def test_an_instance_has_its_fields_and_its_own_groups() -> None:
    first, second = groups(order(*PARTIES), 453, FIX44)
    assert (first.text(448), first.integer(452), first.get(1)) == ("P1", 1, None)
    assert [sub.text(523) for sub in first.groups(802)] == ["S1", "S2"]
    assert groups(first, 802, FIX44) == first.groups(802)
    assert second.fields == ((448, b"P2"), (452, b"3"))
    assert second.groups(802) == []


def test_no_instances_are_none() -> None:
    assert groups(order(), 453, FIX44) == []
    assert groups(order((453, b"0")), 453, FIX44) == []
    assert len(groups(order((453, b"01"), (448, b"P")), 453, FIX44)) == 1


def test_a_group_of_the_header() -> None:
    message = Message("0", ((627, b"1"), (628, b"HUB")))
    assert [hop.text(628) for hop in groups(message, 627, FIX44)] == ["HUB"]


@pytest.mark.parametrize(
    ("message", "tag"),
    [
        (order((453, b"3"), *PARTIES[1:]), 453),
        (order((453, b"1"), *PARTIES[1:]), 453),
        (order((453, b"x"), *PARTIES[1:]), 453),
        (order((453, b"1"), (447, b"D")), 453),
        (order(), 268),
        (Message("no such type", ()), 453),
    ],
)
def test_a_wrong_count_and_an_unknown_group_are_errors(message: Message, tag: int) -> None:
    with pytest.raises(FieldError):
        groups(message, tag, FIX44)


def test_an_instance_does_not_know_other_groups() -> None:
    with pytest.raises(FieldError):
        groups(order(*PARTIES), 453, FIX44)[0].groups(268)


def test_how_deep_a_field_stands() -> None:
    message = order(*PARTIES, (58, b"text"))
    assert depths(message, FIX44) == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 1, 1, 0, 0]
    assert depths(Message("no such type", PARTIES_ALONE), FIX44) == [0] * len(PARTIES_ALONE)
