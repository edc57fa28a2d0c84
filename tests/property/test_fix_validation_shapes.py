"""A dictionary that remembers orders of tags judges like one that walks over every field."""

from random import Random

import pytest
from fix_messages import valid_message

from oms.fix.dictionary import load
from oms.fix.message import Field, Message
from oms.fix.validation import SHAPES_MAX, STRICT, ValidationOptions, first_fault, rejection

LOOSE = ValidationOptions(False, False, False, False, False, False, True)
ODD_VALUES = (b"", b"x", b"0", b"-1", b"1.5", b"a\x01b", b"20240230-10:00:00", b"20240229-10:00:00.000", b"G 6")
MESSAGES = 400


def changed(random: Random, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """One value, tag or place is another, or none is."""
    listed = list(fields)
    at, other = random.randrange(len(listed)), random.randrange(len(listed))
    match random.randrange(6):
        case 0:
            listed[at] = (listed[at][0], random.choice(ODD_VALUES))
        case 1:
            listed[at] = (random.choice((0, 58, 5_001, 20_001, 44, 453)), listed[at][1])
        case 2:
            listed[at], listed[other] = listed[other], listed[at]
        case 3:
            del listed[at]
        case 4:
            listed.insert(at, listed[other])
        case _:
            pass
    return tuple(listed)


@pytest.mark.parametrize("name", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_what_is_remembered_judges_like_the_walk(name: str) -> None:
    dictionary, seed = load(name), Random().randrange(2**32)
    print(f"seed {seed}")
    random = Random(seed)
    faults = 0
    for _ in range(MESSAGES):
        msg_type = random.choice(sorted(dictionary.messages))
        message = valid_message(random, dictionary, msg_type, optional=random.choice((0.0, 0.2)))
        message = Message(msg_type, changed(random, message.fields))
        tags = [tag for tag, _ in message.fields]
        for options in (STRICT, LOOSE, STRICT):
            expected = first_fault(message, tags, dictionary, options)
            assert rejection(message, dictionary, options) == expected, (seed, message)
            faults += expected is not None
    assert 0 < faults < 3 * MESSAGES
    assert 0 < len(dictionary.shapes) <= SHAPES_MAX


def test_made_up_orders_of_tags_do_not_fill_the_memory() -> None:
    dictionary = load("FIX.4.4")
    for number in range(SHAPES_MAX + 10):
        rejection(Message("D", ((6_000 + number, b"x"),)), dictionary)
        assert len(dictionary.shapes) <= SHAPES_MAX
    before = len(dictionary.shapes)
    rejection(Message("D", tuple((7_000 + number, b"x") for number in range(1_000))), dictionary)
    assert len(dictionary.shapes) == before, "a long message is not remembered"
