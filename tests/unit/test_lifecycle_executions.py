"""Executions of one order: a reference is to the latest report of its chain, or nothing is changed."""

import pytest

from oms.core.lifecycle.executions import Change, Execution, ExecutionFault, Executions, Refusal, Sums


def _taken(executions: Executions, asked: Change | Refusal) -> Change:
    assert isinstance(asked, Change), asked
    executions.take(asked)
    return asked


@pytest.fixture
def corrected() -> Executions:
    """E1 of 100 at 50 on day 1, corrected by E2 to 80 at 51; E3 of 20 at 60 on day 2."""
    executions = Executions()
    _taken(executions, executions.booking("E1", 100, 50, 1))
    _taken(executions, executions.correction("E1", "E2", 80, 51))
    _taken(executions, executions.booking("E3", 20, 60, 2))
    return executions


def test_rule_20_a_correction_gives_the_exact_difference_and_keeps_the_day() -> None:
    executions = Executions()
    _taken(executions, executions.booking("E1", 100, 50, 1))
    change = _taken(executions, executions.correction("E1", "E2", 80, 51))
    assert change == Change("E2", "E1", Execution(80, 51, 1), 1, -20, 80 * 51 - 100 * 50)
    assert executions.standing == {"E2": Execution(80, 51, 1)}


def test_rule_20_a_bust_takes_back_what_the_last_correction_said(corrected: Executions) -> None:
    change = _taken(corrected, corrected.busting("E2", "E4"))
    assert (change.stands, change.day, change.delta_qty, change.delta_notional) == (None, 1, -80, -80 * 51)
    assert corrected.sums() == Sums(20, 1_200)


@pytest.mark.parametrize("reference", ["E1", "E9"])
def test_rule_20_a_reference_is_to_the_latest_report_of_its_chain(corrected: Executions, reference: str) -> None:
    fault = {"E1": ExecutionFault.SUPERSEDED_REFERENCE, "E9": ExecutionFault.UNKNOWN_REFERENCE}[reference]
    assert corrected.busting(reference, "E4") == Refusal(fault, "E4", reference)
    assert corrected.correction(reference, "E4", 1, 1) == Refusal(fault, "E4", reference)


@pytest.mark.parametrize("reference", ["E1", "E2", "E4"])
def test_rule_20_nothing_refers_to_a_busted_execution_nor_to_its_bust(corrected: Executions, reference: str) -> None:
    _taken(corrected, corrected.busting("E2", "E4"))
    assert corrected.busting(reference, "E5") == Refusal(ExecutionFault.BUSTED_REFERENCE, "E5", reference)
    assert corrected.latest(reference) == ""


@pytest.mark.parametrize("exec_id", ["E1", "E2", "E3"])
def test_rule_06_an_exec_id_is_used_once_whatever_it_named(corrected: Executions, exec_id: str) -> None:
    repeated = ExecutionFault.REPEATED_EXEC_ID
    assert corrected.booking(exec_id, 5, 5, 2) == Refusal(repeated, exec_id)
    assert corrected.correction("E3", exec_id, 5, 5) == Refusal(repeated, exec_id, "E3")
    assert corrected.busting("E3", exec_id) == Refusal(repeated, exec_id, "E3")


def test_a_quantity_of_nothing_is_no_execution(corrected: Executions) -> None:
    assert corrected.booking("E4", 0, 5) == Refusal(ExecutionFault.QTY_NOT_POSITIVE, "E4")
    assert corrected.correction("E3", "E4", 0, 5) == Refusal(ExecutionFault.QTY_NOT_POSITIVE, "E4", "E3")


def test_rule_21_day_sums_are_of_the_day_an_execution_was_made_on(corrected: Executions) -> None:
    assert (corrected.sums(1), corrected.sums(2), corrected.sums()) == (
        Sums(80, 4_080),
        Sums(20, 1_200),
        Sums(100, 5_280),
    )
    _taken(corrected, corrected.correction("E2", "E4", 70, 51))  # said on day 2, about day 1
    assert (corrected.sums(1), corrected.sums(2)) == (Sums(70, 3_570), Sums(20, 1_200))


def test_the_latest_report_of_a_chain_is_found_from_any_of_them(corrected: Executions) -> None:
    assert [corrected.latest(e) for e in ("E1", "E2", "E3", "E9")] == ["E2", "E2", "E3", ""]


def test_a_change_that_was_given_for_another_state_is_a_bug(corrected: Executions) -> None:
    change = _taken(corrected, corrected.booking("E4", 5, 5, 2))
    with pytest.raises(AssertionError):
        corrected.take(change)


def test_a_refusal_says_what_is_wrong(corrected: Executions) -> None:
    assert str(corrected.busting("E1", "E4")) == "SUPERSEDED_REFERENCE: execution E4 (of E1)"
    assert str(corrected.booking("E1", 1, 1)) == "REPEATED_EXEC_ID: execution E1"
