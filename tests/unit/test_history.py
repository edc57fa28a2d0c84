"""The history checker on histories written by hand, each with the verdict that a person would give."""

from dataclasses import replace

import pytest

from oms.testing.history import (
    Acted,
    Append,
    Audited,
    Finding,
    History,
    Outcome,
    Place,
    Poll,
    Position,
    Verdict,
    check,
    counts,
)

ORDERS: Place = ("orders", 0)
RISK: Place = ("risk", 0)
OK, UNKNOWN, REFUSED = Outcome.OK, Outcome.UNKNOWN, Outcome.REFUSED


def ok(value: str, offset: int | None, began: int, attempts: int = 1, ended: int | None = None) -> Append:
    return Append(ORDERS, value, OK, offset, began, began + 1 if ended is None else ended, attempts)


def read(*seen: tuple[int, str], reader: str = "reader", place: Place = ORDERS) -> Poll:
    return Poll(reader, place, seen)


CLEAN = History(
    appends=(ok("a", 0, 10), ok("b", 1, 20, attempts=2), Append(ORDERS, "c", UNKNOWN, None, 30, 40), ok("d", 4, 50)),
    polls=(read((0, "a"), (1, "b")), read((2, "b"), (3, "c"), (4, "d")), read((1, "b"), (2, "b"), reader="other")),
    ends={ORDERS: 5, RISK: 6},
    void={RISK: frozenset({3})},
    acted=(Acted(RISK, 1, ORDERS, 0), Acted(RISK, 2, ORDERS, 1), Acted(RISK, 5, ORDERS, 4)),
    positions=(Position("risk", ORDERS, 1), Position("risk", ORDERS, 1), Position("risk", ORDERS, 5)),
    commands={"a": True, "b": True, "c": False, "d": True},
    decided=("a", "b", "c", "d"),
    venue_news=("0:a.1", "0:a.2", "0:b.1"),
    fills={
        "venue": (("a", "X/1", 100, 5), ("a", "X/2", 100, 5)),
        "execution": (("a", "X/2", 100, 5), ("a", "X/1", 100, 5)),
        "risk": (("a", "X/1", 100, 5), ("a", "X/2", 100, 5)),
    },
    audited=(Audited(ORDERS, 5, 5, 5), Audited(RISK, 6, 6, 6)),
)
"""A retried command is twice in the log, an unknown one came in, a void record is there, and all is as it must be."""


def verdicts(history: History) -> list[Verdict]:
    return [finding.verdict for finding in check(history)]


def test_a_clean_history_has_no_findings() -> None:
    assert check(CLEAN) == ()
    assert check(History()) == ()


HISTORIES: dict[str, tuple[History, Verdict]] = {
    "acknowledged at 1, never read though 2 was": (
        History(appends=(ok("a", 0, 1), ok("b", 1, 3)), polls=(read((0, "a")), read((2, "c"), reader="other"))),
        Verdict.LOST,
    ),
    "acknowledged without an offset, and what was asked for later is there": (
        History(appends=(ok("a", None, 1), ok("b", 0, 5)), polls=(read((0, "b")),)),
        Verdict.LOST,
    ),
    "acknowledged, and the log ends before it": (
        History(appends=(ok("a", 0, 1), ok("b", 1, 3)), polls=(read((0, "a")),)),
        Verdict.UNSEEN,
    ),
    "acknowledged without an offset, and nothing later was read": (
        History(appends=(ok("a", 0, 1), ok("b", None, 3)), polls=(read((0, "a")),)),
        Verdict.UNSEEN,
    ),
    "asked for once, there twice": (
        History(appends=(ok("a", 0, 1), ok("b", 1, 3)), polls=(read((0, "a"), (1, "b"), (2, "a")),)),
        Verdict.DUPLICATE,
    ),
    "asked for twice, there three times": (
        History(appends=(ok("a", 0, 1, attempts=2),), polls=(read((0, "a"), (1, "a"), (2, "a")),)),
        Verdict.DUPLICATE,
    ),
    "there twice, and the producer failed before it was asked for": (
        History(
            appends=(Append(ORDERS, "x", UNKNOWN, None, 1, 3, unknown=1), ok("a", 0, 5)),
            polls=(read((0, "a"), (1, "a")),),
        ),
        Verdict.DUPLICATE,
    ),
    "there twice more than asked for, and the producer failed once": (
        History(
            appends=(Append(ORDERS, "a", OK, 0, 1, 9, attempts=2, unknown=1),),
            polls=(read((0, "a"), (1, "a"), (2, "a"), (3, "a")),),
        ),
        Verdict.DUPLICATE,
    ),
    "an input acted on twice": (
        History(acted=(Acted(RISK, 1, ORDERS, 0), Acted(RISK, 2, ORDERS, 0))),
        Verdict.DUPLICATE,
    ),
    "acknowledged first, and stands after": (
        History(appends=(ok("a", 1, 1), ok("b", 0, 5)), polls=(read((0, "b"), (1, "a")),)),
        Verdict.REORDERED,
    ),
    "a reader went back": (
        History(polls=(read((0, "a"), (1, "b")), read((0, "a")))),
        Verdict.REORDERED,
    ),
    "inputs acted on out of order": (
        History(acted=(Acted(RISK, 1, ORDERS, 1), Acted(RISK, 2, ORDERS, 0))),
        Verdict.REORDERED,
    ),
    "a consumer's position went back": (
        History(positions=(Position("risk", ORDERS, 3), Position("risk", ORDERS, 2))),
        Verdict.REORDERED,
    ),
    "a reader skipped an offset": (
        History(polls=(read((0, "a")), read((2, "c")))),
        Verdict.GAP,
    ),
    "refused, and there": (
        History(appends=(Append(ORDERS, "a", REFUSED, None, 1, 2),), polls=(read((0, "a")),)),
        Verdict.ABORTED,
    ),
    "a void record was acted on": (
        History(void={RISK: frozenset({3})}, acted=(Acted(("routing", 0), 7, RISK, 3),)),
        Verdict.ABORTED,
    ),
    "two readers saw different values at one offset": (
        History(polls=(read((0, "a")), read((0, "b"), reader="other"))),
        Verdict.TWO_VALUES,
    ),
    "acknowledged where another value is": (
        History(
            appends=(ok("a", 0, 1, attempts=2),),
            polls=(read((0, "c"), (1, "a")),),
        ),
        Verdict.TWO_VALUES,
    ),
    "a consumer read what is not in the log any more": (
        History(ends={ORDERS: 2}, positions=(Position("risk", ORDERS, 3),)),
        Verdict.LOST,
    ),
    "a record acted on what is not in the log any more": (
        History(ends={ORDERS: 2}, acted=(Acted(RISK, 1, ORDERS, 2),)),
        Verdict.LOST,
    ),
    "a command without a decision": (
        History(commands={"a": True, "b": False}, decided=()),
        Verdict.UNDECIDED,
    ),
    "a command with two decisions": (
        History(commands={"a": True}, decided=("a", "a")),
        Verdict.DECIDED_TWICE,
    ),
    "an unanswered command with two decisions": (
        History(commands={"a": False}, decided=("a", "a")),
        Verdict.DECIDED_TWICE,
    ),
    "a NEW read twice by the venue": (
        History(venue_news=("0:a.1", "0:b.1", "0:a.1")),
        Verdict.SENT_TWICE,
    ),
    "a fill that risk never booked": (
        History(fills={"venue": (("a", "X/1", 100, 5),), "risk": ()}),
        Verdict.FILLS_DIFFER,
    ),
    "a fill that no venue made": (
        History(fills={"venue": (), "ClickHouse": (("a", "X/1", 100, 5),)}),
        Verdict.FILLS_DIFFER,
    ),
    "a fill booked twice": (
        History(fills={"venue": (("a", "X/1", 100, 5),), "router": (("a", "X/1", 100, 5), ("a", "X/1", 100, 5))}),
        Verdict.FILLS_DIFFER,
    ),
    "a hole in the audit": (
        History(audited=(Audited(ORDERS, 5, 4, 4),)),
        Verdict.AUDIT_HOLE,
    ),
    "a double in the audit": (
        History(audited=(Audited(ORDERS, 5, 6, 5),)),
        Verdict.AUDIT_DOUBLE,
    ),
    "the audit has what the log lost": (
        History(audited=(Audited(ORDERS, 4, 4, 4, beyond=1),)),
        Verdict.LOST,
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_has_its_verdict_and_no_other(name: str) -> None:
    history, verdict = HISTORIES[name]
    assert verdicts(history) == [verdict], check(history)


def test_every_verdict_has_a_history() -> None:
    assert {verdict for _, verdict in HISTORIES.values()} == set(Verdict)


def test_concurrent_appends_may_stand_in_any_order() -> None:
    both = (ok("a", 1, 1, ended=9), ok("b", 0, 5, ended=7))
    assert check(History(appends=both, polls=(read((0, "b"), (1, "a")),))) == ()


def test_a_retry_that_lands_late_is_no_reordering() -> None:
    """The first copy counts: the second is what the business key is for."""
    history = History(appends=(ok("a", 0, 1, attempts=2), ok("b", 1, 5)), polls=(read((0, "a"), (1, "b"), (2, "a")),))
    assert check(history) == ()


def test_a_producer_that_fails_may_double_what_was_in_flight_beside_it() -> None:
    """As it was seen: (producer epoch 0, sequence 8) and (epoch 1, sequence 0) with one value, after sequence 7 had timed out."""
    own = Append(ORDERS, "a", OK, 1, 1, 9, attempts=2, unknown=1)
    assert check(History(appends=(own,), polls=(read((0, "a"), (1, "a"), (2, "a")),))) == ()
    failed, beside = Append(ORDERS, "x", UNKNOWN, None, 1, 6, unknown=1), ok("a", 1, 5)
    assert check(History(appends=(failed, beside), polls=(read((0, "x"), (1, "a"), (2, "a")),))) == ()
    twice = History(commands={"a": True}, decided=("a", "a"))
    there = (read((0, "a"), (1, "a"), (2, "a")),)
    assert verdicts(replace(twice, appends=(own,), polls=there)) == [Verdict.DECIDED_TWICE], "it is for the log alone"


def test_unknown_appends_may_be_there_or_not() -> None:
    unknown = Append(ORDERS, "a", UNKNOWN, None, 1, 2)
    assert check(History(appends=(unknown,))) == ()
    assert check(History(appends=(unknown,), polls=(read((0, "a")),))) == ()


def test_readers_may_begin_anywhere() -> None:
    assert check(History(polls=(read((5, "f"), (6, "g")), read((2, "c"), (3, "d"), reader="other")))) == ()


def test_findings_name_where_and_are_counted_by_kind() -> None:
    twice = replace(CLEAN, venue_news=("0:a.1", "0:a.1"), audited=(Audited(ORDERS, 5, 4, 4),))
    found = check(twice)
    assert found == (
        Finding(Verdict.SENT_TWICE, "0:a.1 was read 2 times by its venue"),
        Finding(Verdict.AUDIT_HOLE, "orders/0: the audit has 4 of 5 offsets"),
    )
    assert counts(found) == (0, 1, 0, 1, 0)
    assert counts(check(CLEAN)) == (0, 0, 0, 0, 0)
