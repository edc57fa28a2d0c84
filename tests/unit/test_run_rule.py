"""The run rule, record by record and as properties over arbitrary logs."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core.run_rule import JOURNAL_START, NO_EPOCH, RunPosition, Validity, ack_on_plan, advance

CLAIM, VALID, VOID = Validity.CLAIM, Validity.VALID, Validity.VOID


class Rec(NamedTuple):
    claim: bool
    epoch: int = -1
    run_seq: int = 0


C = Rec(True)


def judge(log: list[Rec], position: RunPosition = JOURNAL_START) -> tuple[RunPosition, list[Validity]]:
    verdicts = []
    for offset, record in enumerate(log, start=position.next_offset):
        position, verdict = advance(position, offset, *record)
        verdicts.append(verdict)
    return position, verdicts


def r(epoch: int, run_seq: int) -> Rec:
    return Rec(False, epoch, run_seq)


@pytest.mark.parametrize(
    ("log", "verdicts"),
    [
        pytest.param([r(0, 1), r(-1, 1), r(-1, 2)], [VOID] * 3, id="before the first claim nothing counts"),
        pytest.param([C, r(0, 1), r(0, 2)], [CLAIM, VALID, VALID], id="an unbroken run"),
        pytest.param([C, r(0, 0), r(0, 1)], [CLAIM, VOID, VOID], id="run seq starts at one"),
        pytest.param([C, r(0, 2), r(0, 2)], [CLAIM, VOID, VOID], id="first record lost: on plan again is too late"),
        pytest.param([C, r(0, 1), r(0, 1), r(0, 3)], [CLAIM, VALID, VOID, VOID], id="a record that landed twice"),
        pytest.param([C, C, r(0, 1), r(1, 2)], [CLAIM, CLAIM, VOID, VOID], id="a straggler breaks the new run"),
        pytest.param([C, C, r(0, 2), r(1, 1)], [CLAIM, CLAIM, VOID, VOID], id="old epoch, its own plan: void"),
        pytest.param([C, C, r(1, 1)], [CLAIM, CLAIM, VALID], id="the latest claim owns"),
        pytest.param(
            [C, r(0, 1), r(7, 9), r(0, 3), C, r(4, 1), r(0, 6)],
            [CLAIM, VALID, VOID, VOID, CLAIM, VALID, VOID],
            id="a claim heals",
        ),
    ],
)
def test_which_records_count(log: list[Rec], verdicts: list[Validity]) -> None:
    assert judge(log)[1] == verdicts


def test_a_gap_in_what_is_read_is_a_bug_not_a_break() -> None:
    with pytest.raises(AssertionError, match="was given the record at 6"):
        advance(RunPosition(5, 2, True), 6, False, 2, 4)
    with pytest.raises(AssertionError):
        advance(RunPosition(5, 2, True), 4, False, 2, 2)


def test_a_position_in_the_middle_of_a_run_is_enough_to_go_on() -> None:
    assert advance(RunPosition(100, 90, True), 100, False, 90, 10) == (RunPosition(101, 90, True), VALID)
    assert advance(RunPosition(100, 90, False), 100, False, 90, 10) == (RunPosition(101, 90, False), VOID)
    assert advance(RunPosition(100, 90, False), 100, True, 0, 0) == (RunPosition(101, 100, True), CLAIM)


@pytest.mark.parametrize(
    ("epoch", "run_seq", "offset", "on_plan"),
    [(5, 1, 6, True), (5, 1, 7, False), (5, 1, 5, False), (5, 0, 5, False), (NO_EPOCH, 1, 0, False), (0, 3, 3, True)],
)
def test_the_owners_fence(epoch: int, run_seq: int, offset: int, on_plan: bool) -> None:
    assert ack_on_plan(epoch, run_seq, offset) is on_plan


@st.composite
def logs(draw: st.DrawFn) -> list[Rec]:
    """Logs in which the next record is usually the one that would continue the run: breaks occur late enough to see."""
    log: list[Rec] = []
    last_claim = NO_EPOCH
    for offset in range(draw(st.integers(0, 30))):
        kind = draw(st.integers(0, 9))
        if kind == 0:
            log.append(C)
            last_claim = offset
        elif kind == 1:
            log.append(r(draw(st.integers(-1, offset)), draw(st.integers(0, offset + 1))))
        else:
            log.append(r(last_claim, offset - last_claim))
    return log


def valid_by_definition(log: list[Rec], offset: int) -> bool:
    """The rule said the other way round: there is a claim, and every offset after it up to this one is on its plan."""
    claims = [o for o in range(offset) if log[o].claim]
    if log[offset].claim or not claims:
        return False
    epoch = claims[-1]
    return all(log[o] == r(epoch, o - epoch) for o in range(epoch + 1, offset + 1))


@given(logs())
def test_advance_equals_the_definition(log: list[Rec]) -> None:
    verdicts = judge(log)[1]
    for offset, record in enumerate(log):
        assert (verdicts[offset] is CLAIM) == record.claim
        assert (verdicts[offset] is VALID) == valid_by_definition(log, offset)


@given(logs(), logs())
def test_what_is_valid_stays_valid_and_a_reader_may_stop_anywhere(first: list[Rec], second: list[Rec]) -> None:
    position, before = judge(first)
    assert position.next_offset == len(first)
    end, after = judge(second, position)
    assert judge(first + second) == (end, before + after)


@given(logs())
def test_a_valid_record_is_on_its_owners_plan_and_so_are_all_before_it(log: list[Rec]) -> None:
    verdicts = judge(log)[1]
    for offset, verdict in enumerate(verdicts):
        if verdict is VALID:
            record = log[offset]
            assert ack_on_plan(record.epoch, record.run_seq, offset)
            assert verdicts[offset - record.run_seq] is CLAIM
            assert all(v is VALID for v in verdicts[offset - record.run_seq + 1 : offset])
