"""Each reason of a session reject, in the order and the words of the standard."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oms.fix.dictionary import Dictionary, load
from oms.fix.message import Field, Message
from oms.fix.validation import REASON_TEXTS, RejectReason, ValidationOptions, reject, rejection

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(os.environ.get("OMS_SHARED_FIX", ROOT.parent / "shared" / "fix")) / "acceptance-fix42"
FIX42, FIX44 = load("FIX.4.2"), load("FIX.4.4")
TIME = b"20240229-10:00:00.000"
HEADER: tuple[Field, ...] = ((49, b"DESK"), (56, b"VENUE"), (34, b"7"), (52, TIME))
INSTRUMENT: tuple[Field, ...] = ((55, b"IBM"), (54, b"1"), (60, TIME), (38, b"100"), (40, b"2"), (44, b"180.69"))
ORDER: tuple[Field, ...] = (*HEADER, (11, b"C-1"), *INSTRUMENT)
PARTIES: tuple[Field, ...] = (
    (453, b"2"),
    (448, b"P1"),
    (447, b"D"),
    (452, b"1"),
    (448, b"P2"),
    (447, b"D"),
    (452, b"3"),
)
R = RejectReason


def order(*extra: Field) -> Message:
    return Message("D", (*ORDER, *extra))


def changed(fields: tuple[Field, ...], tag: int, value: bytes) -> Message:
    return Message("D", tuple((t, value if t == tag else v) for t, v in fields))


def without(fields: tuple[Field, ...], tag: int) -> Message:
    return Message("D", tuple(field for field in fields if field[0] != tag))


def group(*fields: Field) -> Message:
    return Message("D", (*HEADER, (11, b"C-1"), *fields, *INSTRUMENT))


def fault(message: Message, dictionary: Dictionary = FIX44, **options: bool) -> tuple[int | None, RejectReason] | None:
    found = rejection(message, dictionary, ValidationOptions(**options))
    return None if found is None else (found.ref_tag, found.reason)


@pytest.mark.parametrize(
    "message",
    [
        order(),
        order((58, b"words"), (354, b"3"), (355, b"a\x01b"), (93, b"2"), (89, b"ok")),
        order((18, b"G 6")),
        group(*PARTIES),
        group((453, b"0")),
        group((453, b"1"), (448, b"P1"), (452, b"1"), (802, b"2"), (523, b"S"), (803, b"4"), (523, b"T")),
        Message("D", (HEADER[3], HEADER[1], HEADER[0], HEADER[2], *reversed(INSTRUMENT), (11, b"C-1"))),
        Message("0", (*HEADER, (627, b"1"), (628, b"HUB"), (629, TIME))),
        Message("0", HEADER),
    ],
)
def test_what_keeps_the_rules_is_taken(message: Message) -> None:
    assert rejection(message, FIX44) is None


@pytest.mark.parametrize(
    ("message", "tag", "reason"),
    [
        (Message("0", (*HEADER, (999, b"HI"))), 999, R.INVALID_TAG_NUMBER),
        (Message("0", (*HEADER, (0, b"HI"))), 0, R.INVALID_TAG_NUMBER),
        (Message("0", (*HEADER, (-1, b"HI"))), -1, R.INVALID_TAG_NUMBER),
        (Message("0", (*HEADER, (5000, b"HI"))), 5000, R.INVALID_TAG_NUMBER),
        (Message("0", HEADER[1:]), 49, R.REQUIRED_TAG_MISSING),
        (without(ORDER, 54), 54, R.REQUIRED_TAG_MISSING),
        (group((454, b"1"), (455, b"X"), (33, b"1"), (354, b"1")), 33, R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE),
        (Message("0", (*HEADER, (55, b"IBM"))), 55, R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE),
        (Message("0", (*HEADER, (448, b"P"))), 448, R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE),
        (Message("0", (*HEADER, (20_001, b"HI"))), 20_001, R.UNDEFINED_TAG),
        (changed(ORDER, 56, b""), 56, R.TAG_SPECIFIED_WITHOUT_A_VALUE),
        (order((58, b"")), 58, R.TAG_SPECIFIED_WITHOUT_A_VALUE),
        (changed(ORDER, 40, b"w"), 40, R.VALUE_IS_INCORRECT),
        (order((18, b"G ~")), 18, R.VALUE_IS_INCORRECT),
        (changed(ORDER, 38, b"+200.00"), 38, R.INCORRECT_DATA_FORMAT_FOR_VALUE),
        (changed(ORDER, 60, b"20040415"), 60, R.INCORRECT_DATA_FORMAT_FOR_VALUE),
        (order((43, b"yes")), 43, R.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER),
        (Message("*", HEADER), None, R.INVALID_MSG_TYPE),
        (order((40, b"2")), 40, R.TAG_APPEARS_MORE_THAN_ONCE),
        (Message("0", (HEADER[0], *HEADER)), 49, R.TAG_APPEARS_MORE_THAN_ONCE),
        (Message("0", (*HEADER, (35, b"0"))), 35, R.TAG_APPEARS_MORE_THAN_ONCE),
        (Message("D", (*ORDER[4:], *HEADER)), 49, R.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER),
        (order((93, b"2"), (89, b"ok"), (58, b"late")), 58, R.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER),
        (group((453, b"1"), (448, b"P1"), (452, b"1"), (447, b"D")), 447, R.REPEATING_GROUP_FIELDS_OUT_OF_ORDER),
        (group((453, b"1"), (447, b"D"), (448, b"P1")), 447, R.REPEATING_GROUP_FIELDS_OUT_OF_ORDER),
        (group((453, b"3"), *PARTIES[1:]), 453, R.INCORRECT_NUM_IN_GROUP_COUNT),
        (group((453, b"1"), *PARTIES[1:]), 453, R.INCORRECT_NUM_IN_GROUP_COUNT),
        (group((453, b"0"), *PARTIES[1:]), 453, R.INCORRECT_NUM_IN_GROUP_COUNT),
        (group((453, b"2")), 453, R.INCORRECT_NUM_IN_GROUP_COUNT),
        (group((453, b"1"), (448, b"P1"), (802, b"2"), (523, b"S")), 802, R.INCORRECT_NUM_IN_GROUP_COUNT),
        (group((453, b"1"), (448, b"P1"), (447, b"D"), (447, b"D")), 447, R.TAG_APPEARS_MORE_THAN_ONCE),
        (group((453, b"1"), (448, b"P1"), (447, b"~")), 447, R.VALUE_IS_INCORRECT),
        (group((453, b"1"), (448, b"")), 448, R.TAG_SPECIFIED_WITHOUT_A_VALUE),
        (order((58, b"a\x01b")), 58, R.NON_DATA_VALUE_INCLUDES_FIELD_DELIMITER),
    ],
)
def test_a_fault_has_its_reason_and_its_tag(message: Message, tag: int | None, reason: RejectReason) -> None:
    found = rejection(message, FIX44)
    assert found == reject(reason, tag)
    assert found is not None and found.text == REASON_TEXTS[reason]


def test_what_an_instance_requires_is_there() -> None:
    news = Message("B", (*HEADER, (148, b"Head"), (33, b"2"), (58, b"one"), (354, b"1"), (355, b"x"), (58, b"two")))
    assert fault(news) is None
    assert fault(news, load("FIX.4.4", "add B 33!(58! 355!)")) == (355, R.REQUIRED_TAG_MISSING)


def test_what_the_message_requires_is_not_found_in_a_group() -> None:
    own = load("FIX.4.4", "add D 55! 78(55)")
    shares: tuple[Field, ...] = ((78, b"1"), (79, b"ACC"), (55, b"of the share"))
    assert fault(group(*shares), own) is None
    assert fault(Message("D", (*without(ORDER, 55).fields, *shares)), own) == (55, R.REQUIRED_TAG_MISSING)


def test_every_reason_has_words_and_a_case() -> None:
    """7 to 10 are the session's; 12 and 18 on are about FIXML and about other layers."""
    assert set(REASON_TEXTS) == set(R)
    assert [reason.value for reason in R] == [*range(12), *range(13, 18)]


def test_the_order_of_the_checks_is_the_order_of_the_faults() -> None:
    faults: list[Field] = [(44, b"180.69"), (58, b""), (32, b"+1"), (77, b"~"), (999, b"x"), (33, b"0")]
    expected = [
        (44, R.TAG_APPEARS_MORE_THAN_ONCE),
        (58, R.TAG_SPECIFIED_WITHOUT_A_VALUE),
        (32, R.INCORRECT_DATA_FORMAT_FOR_VALUE),
        (77, R.VALUE_IS_INCORRECT),
        (999, R.INVALID_TAG_NUMBER),
        (33, R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE),
    ]
    for at, found in enumerate(expected):
        assert fault(order(*faults[at:])) == found
    assert fault(without((*ORDER, *faults), 11)) == (11, R.REQUIRED_TAG_MISSING)
    assert fault(Message("~", (*ORDER[:3], *faults))) == (None, R.INVALID_MSG_TYPE)
    assert fault(Message("~", (*ORDER[4:], *ORDER[:4], *faults))) == (49, R.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER)


def test_a_rule_can_be_switched_off() -> None:
    assert fault(Message("D", (*ORDER[4:], *HEADER)), check_fields_out_of_order=False) is None
    assert fault(without(ORDER, 54), check_required=False) is None
    assert fault(order((115, b""), (58, b"")), check_fields_have_values=False, check_fields_out_of_order=False) is None
    assert fault(changed(ORDER, 38, b""), check_fields_have_values=False) is None
    assert fault(group((453, b"")), check_fields_have_values=False) is None
    assert fault(changed(ORDER, 40, b"w"), check_values=False) is None
    assert fault(group((453, b"1"), (448, b"P1"), (452, b"1"), (447, b"D")), check_group_order=False) is None
    assert fault(order((5000, b"x"), (20_001, b"y")), check_user_defined_fields=False) is None
    assert fault(order((33, b"x"), (354, b"1")), allow_unknown_fields=True) == (33, R.INCORRECT_DATA_FORMAT_FOR_VALUE)
    assert fault(order((45, b"1")), allow_unknown_fields=True) is None
    assert fault(order((999, b"x")), allow_unknown_fields=True) == (999, R.INVALID_TAG_NUMBER)


def test_a_custom_tag_is_taken_where_its_text_says_so() -> None:
    own = load("FIX.4.4", "5001 Desk String Q=Quant\nadd D 5001 453(5001)")
    assert fault(order((5001, b"Q")), own) is None
    assert fault(order((5001, b"Z")), own) == (5001, R.VALUE_IS_INCORRECT)
    assert fault(Message("0", (*HEADER, (5001, b"Q"))), own) == (5001, R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE)
    assert fault(group((453, b"1"), (448, b"P"), (5001, b"Q")), own) is None


def test_a_type_that_is_known_and_not_described_is_left_to_who_does_not_support_it() -> None:
    assert fault(Message("6", (*HEADER, (23, b"IOI"), (23, b"IOI")))) is None
    assert fault(Message("6", (*HEADER[:2], HEADER[3]))) == (34, R.REQUIRED_TAG_MISSING)
    assert fault(Message("6", (*HEADER[:2], (34, b"x"), HEADER[3]))) == (34, R.INCORRECT_DATA_FORMAT_FOR_VALUE)


def test_a_field_of_a_group_may_stand_behind_it_where_the_message_has_it_too() -> None:
    own = load("FIX.4.4", "add D 78(79! 80 58)")
    assert fault(group((78, b"1"), (79, b"A"), (58, b"of the group"), (58, b"of the order")), own) is None
    assert fault(group((78, b"1"), (79, b"A"), (58, b"of the group"), (80, b"1")), own) == (
        80,
        R.REPEATING_GROUP_FIELDS_OUT_OF_ORDER,
    )


SESSION_S_OWN = {"9", "10"}
"""Reasons that come from CompIDs and times; 11c and 2g ask for two more that need the session."""
SESSION_SCRIPTS = {"11c_NewSeqNoLess", "2g_PossDupNoOrigSendingTime", "3b_InvalidChecksum"}


def scripted() -> Iterator[tuple[str, Message, dict[str, str]]]:
    """Each message that a script sends, with the answer that it expects, empty where that is no reject."""
    for path in sorted(SCRIPTS.glob("*.def")):
        if path.stem in SESSION_SCRIPTS:
            continue
        lines = [line for line in path.read_text("latin-1").splitlines() if line[:1] in ("I", "E")]
        for line, answer in zip(lines, [*lines[1:], ""], strict=True):
            pairs = [
                pair.partition("=")
                for pair in re.sub(r"<TIME[^>]*>", "20240229-10:00:00", line[1:]).split("\x01")
                if pair
            ]
            if line[0] != "I" or not all(re.fullmatch(r"-?[0-9]+", tag) for tag, _, _ in pairs):
                continue
            fields = [(int(tag), value.encode("latin-1")) for tag, _, value in pairs]
            said = dict(pair.split("=", 1) for pair in answer[1:].split("\x01") if "=" in pair)
            expected = (
                said if answer[:1] == "E" and said.get("35") == "3" and said.get("373") not in SESSION_S_OWN else {}
            )
            msg_type = next(value for tag, value in fields if tag == 35).decode("latin-1")
            yield (
                path.stem,
                Message(msg_type, tuple(field for field in fields if field[0] not in (8, 9, 10, 35))),
                expected,
            )


@pytest.mark.skipif(not SCRIPTS.is_dir(), reason="the public acceptance scripts are not on this machine")
def test_the_public_scripts_get_the_rejects_that_they_expect() -> None:
    refused = 0
    for name, message, expected in scripted():
        found = rejection(message, FIX42)
        if found is not None and found.reason in (13, 14, 16):
            assert "373" not in expected, "FIX 4.2 has no number for these"
        elif found is not None:
            assert expected["373"] == str(found.reason.value), name
        assert (found is None) == (not expected), (name, message, found)
        if found is not None:
            refused += 1
            assert expected["58"] == found.text
            assert expected.get("371") == (None if found.ref_tag is None else str(found.ref_tag)), name
    assert refused >= 25
