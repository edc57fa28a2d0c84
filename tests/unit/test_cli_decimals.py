"""Decimals are exact in both directions or refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.cli.decimals import DecimalError, ratio_text, to_scaled, to_text


@given(value=st.integers(-(2**62) + 1, 2**62 - 1), scale=st.integers(0, 12))
def test_there_and_back(value: int, scale: int) -> None:
    assert to_scaled(to_text(value, scale), scale) == value


@pytest.mark.parametrize("text", ["", "1e3", "1,000", "nan", "inf", "0x10", "1.", ".5", "1.2.3", "१२", "--1", "9" * 30])
def test_what_is_no_decimal_is_refused(text: str) -> None:
    with pytest.raises(DecimalError):
        to_scaled(text, 4)


def test_more_decimals_than_the_scale_are_refused_but_zeros_are_not_decimals() -> None:
    assert to_scaled("1.2300", 2) == 123
    with pytest.raises(DecimalError, match="3 decimals; 2 are possible"):
        to_scaled("1.231", 2)


def test_ratios_are_cut_for_show() -> None:
    assert ratio_text(Fraction(-2, 3), 2) == "-0.66"
