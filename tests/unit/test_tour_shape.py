"""The tour fails when an answer's shape differs, and only then."""

import pytest
from tour_readme import Step, steps_in
from tour_shape import difference

FIELDS = """
    id               alpha/20250106/cli-18ea6ff4caf72f9f
    decision         ACCEPTED
    venues           XALP, XBET
    avg price        100.791428
"""
TABLE = """
┏━━━━━━┳━━━━┓
┃venue ┃ qty┃
┡━━━━━━╇━━━━┩
│XALP  │ 500│
│XBET  │ 100│
└──────┴────┘
2 rows
"""


def test_figures_ids_and_times_may_differ() -> None:
    actual = FIELDS.replace("18ea6ff4caf72f9f", "18ea7").replace("100.791428", "99.5").replace("XBET", "XDEL, XGAM")
    assert difference(FIELDS, actual) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ACCEPTED", "REJECTED"),
        ("decision ", "outcome "),
        ("    decision         ACCEPTED\n", ""),
        ("avg price        100.791428\n", "avg price        100.791428\n    filled     7\n"),
        ("100.791428", ""),
    ],
)
def test_a_word_a_field_or_a_line_that_differs_is_found(old: str, new: str) -> None:
    assert difference(FIELDS, FIELDS.replace(old, new)) != ""


def test_a_table_may_have_other_rows_but_not_other_columns_nor_none() -> None:
    assert difference(TABLE, TABLE.replace("│XBET  │ 100│\n", "").replace("2 rows", "1 rows")) == ""
    assert difference(TABLE, TABLE.replace("┃ qty┃", "┃ price┃")) != ""
    assert difference(TABLE, TABLE.replace("│XBET  │ 100│\n", "").replace("│XALP  │ 500│\n", "")) != ""


def test_dots_stand_for_any_lines() -> None:
    assert difference("one\n...\nlast 3", "one\ntwo\nthree\nlast 9") == ""
    assert difference("one\n...\nlast 3", "one\nlast 9") == ""
    assert difference("one\n...\nlast 3", "one\ntwo") != ""
    assert difference("one\n...", "two") != ""


def test_commands_and_their_answers_are_read_from_the_document() -> None:
    document = """# Title
## Five minutes

Words.

    $ oms submit buy 700 ACME \\
          --desk alpha
    decision   ACCEPTED

    $ oms order X
    status   FILLED

## Another

    $ oms nothing
"""
    assert steps_in(document, "Five minutes") == [
        Step("oms submit buy 700 ACME \\\n      --desk alpha", "decision   ACCEPTED"),
        Step("oms order X", "status   FILLED"),
    ]


def test_a_document_without_the_section_is_refused() -> None:
    with pytest.raises(ValueError, match="Five minutes"):
        steps_in("# Title\n", "Five minutes")


def test_how_many_venues_an_order_took_is_the_markets() -> None:
    assert difference("venues   XALP, XBET", "venues   XALP") == ""
    assert difference("of XALP, XBET", "of XALP") != ""
