"""The counts of a long run, over interruptions."""

from collections import Counter
from pathlib import Path

from oms.testing.chaos.judge import Judgement
from oms.testing.chaos.session import RoundResult
from oms.testing.chaos.system import Shape
from oms.testing.chaos.tally import Tally
from oms.testing.history import Finding, Verdict

SHAPE = Shape(3, True, True, True)
CLEAN = Judgement((), (), 100, 25, 7, 12, 0)
PLAYED = Counter({"kill risk owner": 1, "kill broker": 1, "pause venues": 1, "cut audit": 1})


def a_round(number: int, judgement: Judgement = CLEAN) -> RoundResult:
    return RoundResult(number, ("kill risk owner at 1.0 s",), PLAYED, judgement, 12.5)


def test_rounds_are_counted_by_what_was_played(tmp_path: Path) -> None:
    tally = Tally.begun(tmp_path / "chaos.json", 1, SHAPE, resume=True)
    tally.add(a_round(0))
    tally.add(a_round(1))
    assert (tally.rounds, tally.kills, tally.pauses, tally.seconds, tally.clean) == (2, 4, 2, 25.0, True)
    assert tally.played["kill risk owner"] == 2
    assert tally.line() == "chaos: 2 rounds, 4 kills, 2 pauses, 0 lost, 0 duplicated, 0 reordered, 0 gaps, 0 other"


def test_a_run_is_gone_on_with_where_it_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "build" / "chaos.json"
    tally = Tally.begun(path, 1, SHAPE, resume=True)
    tally.add(a_round(0))
    tally.write(path)
    assert Tally.begun(path, 1, SHAPE, resume=True) == tally
    for other in (
        Tally.begun(path, 2, SHAPE, resume=True),
        Tally.begun(path, 1, Shape(1, True, True, True), resume=True),
        Tally.begun(path, 1, SHAPE, resume=False),
    ):
        assert other.rounds == 0 and other.clean


def test_a_verdict_stays_in_the_count_and_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "chaos.json"
    tally = Tally.begun(path, 1, SHAPE, resume=True)
    findings = (Finding(Verdict.LOST, "new a/1/x"), Finding(Verdict.SENT_TWICE, "0:a.1"), Finding(Verdict.GAP, "here"))
    tally.add(a_round(0, Judgement(findings, ("a dead letter",), 1, 1, 1, 1, 0)))
    tally.add(a_round(1))
    tally.write(path)
    kept = Tally.begun(path, 1, SHAPE, resume=True)
    assert not kept.clean
    assert kept.line() == "chaos: 2 rounds, 4 kills, 2 pauses, 1 lost, 1 duplicated, 0 reordered, 1 gaps, 1 other"
    (failure,) = kept.failures
    assert failure["round"] == 0
    assert failure["found"] == ["lost: new a/1/x", "sent twice: 0:a.1", "gap: here", "a dead letter"]


def test_a_system_that_fails_is_not_clean(tmp_path: Path) -> None:
    tally = Tally.begun(tmp_path / "chaos.json", 1, SHAPE, resume=True)
    tally.fail(0, (), ["not within 120 s: services ready"])
    assert not tally.clean
