"""What two printed answers have in common when only their figures differ: the shape of an answer.

Decides what may vary from run to run (numbers, ids, times, how many rows a table has) and what may not (words, field names, columns, the
order of lines). Knows no command.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

ELLIPSIS = "..."
"""A line of an expected answer that stands for any lines, or none."""

_RULE = re.compile(r"[\s─━┏┳┓┡╇┩└┴┘├┼┤┌┬┐╞═╪╡-]+")
_EDGE = re.compile(r"[│┃]")
_VOLATILE = (
    (re.compile(r"\bcli-[0-9a-f]+"), "#"),
    (re.compile(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{8,}\b"), "#"),
    (re.compile(r"/(?:tmp|home|root|var)[^\s,)]*|~/[^\s,)]*"), "PATH"),
    (re.compile(r"[-+]?\d[\d.,:/_-]*"), "#"),
    (re.compile(r"(?<=^venues)\s+X[A-Z]{3}(?:, X[A-Z]{3})*"), " VENUES"),  # how many it took is the market's
    (re.compile(r"(?:X[A-Z]{3})(?:, X[A-Z]{3})+"), "VENUES"),
    (re.compile(r"\bX[A-Z]{3}\b"), "VENUE"),
)


class Kind(Enum):
    TEXT = "text"
    HEADER = "header"
    ROW = "row"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer without what may vary. A header's text is its columns; rows are told apart from it by the border below it."""

    kind: Kind
    text: str
    source: str = ""


def shape_of(answer: str) -> list[Line]:
    """The lines of an answer that count: borders and empty lines left out."""
    lines: list[Line] = []
    for raw in answer.splitlines():
        text = raw.strip()
        if not text or _RULE.fullmatch(text):
            continue
        if text == ELLIPSIS:
            lines.append(Line(Kind.ANY, ELLIPSIS, raw))
        elif _EDGE.search(text):
            kind = Kind.HEADER if "┃" in text else Kind.ROW
            lines.append(Line(kind, " | ".join(_cells(text, kind)), raw))
        else:
            lines.append(Line(Kind.TEXT, _steady(text), raw))
    return lines


def difference(expected: str, actual: str) -> str:
    """Empty where both have one shape, else what is missing or too much, in words.

    Rows of a table are not compared one by one: there must be some where some are expected, and none where none are.
    """
    return _differ(_folded(shape_of(expected)), _folded(shape_of(actual)))


def _differ(wanted: Sequence[Line], found: Sequence[Line]) -> str:
    if not wanted:
        return f"not expected: {found[0].source.strip()!r}" if found else ""
    first = wanted[0]
    if first.kind is Kind.ANY:
        rest = wanted[1:]
        if not rest:
            return ""
        problems = [_differ(rest, found[skipped:]) for skipped in range(len(found) + 1)]
        return "" if "" in problems else f"after '...': {problems[0]}"
    if not found:
        return f"missing: {first.source.strip()!r}"
    if not _same(first, found[0]):
        return f"expected {first.source.strip()!r}, found {found[0].source.strip()!r}"
    return _differ(wanted[1:], found[1:])


def _same(wanted: Line, found: Line) -> bool:
    return wanted.kind is found.kind and (wanted.kind is Kind.ROW or wanted.text == found.text)


def _folded(lines: Sequence[Line]) -> list[Line]:
    """A table's rows as one; lines that repeat a shape (a progress line a second) as one."""
    kept: list[Line] = []
    for line in lines:
        repeats = kept and kept[-1].kind is line.kind and (line.kind is Kind.ROW or kept[-1].text == line.text)
        if not repeats:
            kept.append(line)
    return kept


def _cells(text: str, kind: Kind) -> list[str]:
    cells = [cell.strip() for cell in _EDGE.split(text)]
    named = [cell for cell in cells if cell]
    return named if kind is Kind.HEADER else [_steady(cell) for cell in named]


def _steady(text: str) -> str:
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())
