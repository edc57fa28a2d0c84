"""Typed FIX values: what is read, what is refused, and that nothing is rounded."""

from collections.abc import Callable
from datetime import date

import pytest

from oms.fix import fields as f
from oms.fix.formats import FORMATS


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (f.to_int, b"-007", -7),
        (f.to_int, b"0", 0),
        (lambda v: f.to_scaled(v, 4), b"180.69", 1_806_900),
        (lambda v: f.to_scaled(v, 2), b"002000.000", 200_000),
        (lambda v: f.to_scaled(v, 2), b"-.5", -50),
        (lambda v: f.to_scaled(v, 0), b"7.", 7),
        (f.to_utc_ns, b"19700101-00:00:00", 0),
        (f.to_utc_ns, b"20240229-23:59:59.123456789", 1_709_251_199_123_456_789),
        (f.to_utc_ns, b"20161231-23:59:60", 1_483_228_800_000_000_000),
        (f.to_utc_time_ns, b"00:00:01.5", 1_500_000_000),
        (f.to_utc_date, b"20240229", date(2024, 2, 29)),
        (f.to_flag, b"Y", True),
        (f.to_flag, b"N", False),
        (f.to_char, b"2", "2"),
        (f.to_words, b"G 6", ("G", "6")),
    ],
)
def test_a_value_is_read(read: Callable[[bytes], object], value: bytes, expected: object) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        *[(f.to_int, value) for value in (b"", b"+1", b"1.0", b" 1", b"1_0", b"-", b"1" * 19, "١".encode())],
        *[
            (lambda v: f.to_scaled(v, 2), value)
            for value in (b"", b"+200.00", b".", b"-", b"1e3", b"1.234", b"1,0", b"nan", b"1" * 39)
        ],
        *[
            (f.to_utc_ns, value)
            for value in (b"", b"20240230-00:00:00", b"20240229 00:00:00", b"20240229-24:00:00", b"20240229-00:00")
        ],
        *[
            (f.to_utc_ns, value)
            for value in (b"20240229-00:00:61", b"20240229-00:00:00.", b"20240229-00:00:00.1234567890", b"20040415")
        ],
        *[(f.to_utc_date, value) for value in (b"2024022", b"00000101", b"20241301")],
        *[(f.to_flag, value) for value in (b"", b"y", b"YES", b"1")],
        *[(f.to_char, value) for value in (b"", b"10", b"\x01")],
        *[(f.to_words, value) for value in (b"", b"G  6", b" G")],
    ],
)
def test_what_is_not_of_the_type_is_refused(read: Callable[[bytes], object], value: bytes) -> None:
    with pytest.raises(f.FieldError) as error:
        read(value)
    assert "\n" not in str(error.value)


def test_an_error_does_not_repeat_a_long_value() -> None:
    with pytest.raises(f.FieldError) as error:
        f.to_int(b"x" * 100_000)
    assert len(str(error.value)) < 200


def test_values_are_written_in_their_shortest_form() -> None:
    assert [f.from_scaled(value, 2) for value in (18_069, -5, 300, 0)] == [b"180.69", b"-0.05", b"3", b"0"]
    assert f.from_scaled(42, 0) == b"42"
    assert [f.from_flag(value) for value in (True, False)] == [b"Y", b"N"]
    assert f.from_utc_date(date(2024, 2, 9)) == b"20240209"
    assert f.from_words(("G", "6")) == b"G 6"


def test_a_time_is_cut_to_its_digits_and_never_rounded_up() -> None:
    last = 1_709_251_199_999_999_999
    assert f.from_utc_ns(last) == b"20240229-23:59:59.999"
    assert [f.from_utc_ns(last, digits) for digits in (0, 6, 9)] == [
        b"20240229-23:59:59",
        b"20240229-23:59:59.999999",
        b"20240229-23:59:59.999999999",
    ]


@pytest.mark.parametrize(
    "write",
    [
        lambda: f.from_text(""),
        lambda: f.from_text("a\x01b"),
        lambda: f.from_text("€"),
        lambda: f.from_words(()),
        lambda: f.from_words(("a b",)),
        lambda: f.from_words(("a", "")),
        lambda: f.from_int(10**18),
        lambda: f.from_utc_ns(0, 10),
        lambda: f.from_utc_ns(10**21),
    ],
)
def test_what_would_be_read_as_something_else_is_not_written(write: Callable[[], bytes]) -> None:
    with pytest.raises(f.FieldError):
        write()


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("int", b"-12", b"1.0"),
        ("SeqNum", b"12", b"-1"),
        ("Length", b"0", b""),
        ("DayOfMonth", b"31", b"32"),
        ("Qty", b"200.00", b"+200.00"),
        ("Price", b"-.5", b"."),
        ("char", b"x", b"xy"),
        ("Boolean", b"N", b"0"),
        ("MultipleCharValue", b"A B", b"AB C"),
        ("MultipleStringValue", b"AB C", b"AB  C"),
        ("MonthYear", b"202402", b"202413"),
        ("MonthYear", b"202402w5", b"202402w6"),
        ("MonthYear", b"20240229", b"20240230"),
        ("UTCTimestamp", b"20240229-10:00:00.5", b"20040415"),
        ("UTCTimeOnly", b"10:00:00", b"10:00"),
        ("UTCDateOnly", b"20240229", b"20230229"),
        ("LocalMktDate", b"20240229", b"2024-02-29"),
        ("TZTimeOnly", b"07:39Z", b"7:39Z"),
        ("TZTimestamp", b"20240229-07:39:01.5+05:30", b"20240230-07:39Z"),
    ],
)
def test_a_type_has_a_form(type_: str, good: bytes, bad: bytes) -> None:
    assert FORMATS[type_](good)
    assert not FORMATS[type_](bad)
