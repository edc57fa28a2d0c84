"""Executions against a naive ledger: every report is kept in a list, and the sums are made from the list anew each time."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.canonical import encode
from oms.core.lifecycle.executions import Change, ExecutionFault, Executions, Refusal, Sums
from oms.wire.state_converters import class_fields, reader_of, writer_of

DAYS = (1, 2)

_reports = st.lists(
    st.tuples(
        st.sampled_from(["book", "correct", "bust"]),
        st.integers(1, 6),  # own id: few, so that ids are repeated
        st.integers(1, 6),  # reference: few, so that it is unknown, known, superseded and busted
        st.integers(-1, 50),
        st.integers(-20, 20),
        st.sampled_from(DAYS),
    ),
    max_size=25,
)
_Report = tuple[str, int, int, int, int, int]


@dataclass
class _Entry:
    """A report that was taken: `of` is the entry that it changes."""

    exec_id: str
    kind: str
    qty: int
    px: int
    day: int
    changed: bool = False
    of: "_Entry | None" = None


class _Ledger:
    def __init__(self) -> None:
        self.entries: list[_Entry] = []

    def find(self, exec_id: str) -> _Entry | None:
        return next((e for e in self.entries if e.exec_id == exec_id), None)

    def standing(self) -> list[_Entry]:
        return [e for e in self.entries if not e.changed and e.kind != "bust"]

    def sums(self, day: int | None = None) -> Sums:
        entries = [e for e in self.standing() if day is None or e.day == day]
        return Sums(sum(e.qty for e in entries), sum(e.qty * e.px for e in entries))

    def refusal(self, kind: str, exec_id: str, ref: str, qty: int) -> ExecutionFault | None:
        if self.find(exec_id):
            return ExecutionFault.REPEATED_EXEC_ID
        if kind != "bust" and qty <= 0:
            return ExecutionFault.QTY_NOT_POSITIVE
        if kind == "book":
            return None
        referred = self.find(ref)
        if referred is None:
            return ExecutionFault.UNKNOWN_REFERENCE
        if referred.kind == "bust" or any(
            e.kind == "bust" and self._root(e) is self._root(referred) for e in self.entries
        ):
            return ExecutionFault.BUSTED_REFERENCE
        return ExecutionFault.SUPERSEDED_REFERENCE if referred.changed else None

    def _root(self, entry: _Entry) -> _Entry:
        return entry if entry.of is None else self._root(entry.of)

    def take(self, kind: str, exec_id: str, ref: str, qty: int, px: int, day: int) -> None:
        referred = None if kind == "book" else self.find(ref)
        if referred is not None:
            referred.changed, day = True, referred.day
        self.entries.append(_Entry(exec_id, kind, qty, px, day, of=referred))


def _asked(executions: Executions, report: _Report) -> Change | Refusal:
    kind, own, reference, qty, px, day = report
    match kind:
        case "book":
            return executions.booking(f"E{own}", qty, px, day)
        case "correct":
            return executions.correction(f"E{reference}", f"E{own}", qty, px)
    return executions.busting(f"E{reference}", f"E{own}")


@settings(max_examples=100, deadline=None, print_blob=True)
@given(_reports)
def test_rule_20_sums_are_those_of_a_naive_ledger_and_a_refusal_changes_nothing(reports: list[_Report]) -> None:
    executions, ledger, running = Executions(), _Ledger(), Sums()
    for report in reports:
        kind, own, reference, qty, px, day = report
        before = encode(executions)
        asked = _asked(executions, report)
        assert encode(executions) == before, "asking changes nothing"
        expected = ledger.refusal(kind, f"E{own}", f"E{reference}", qty)
        if isinstance(asked, Refusal):
            assert asked.fault is expected
            continue
        assert expected is None
        copied = executions.after(asked)
        assert encode(executions) == before, "a copy is a copy"
        executions.take(asked)
        assert copied == executions
        ledger.take(kind, f"E{own}", f"E{reference}", qty, px, day)
        running = Sums(running.qty + asked.delta_qty, running.notional + asked.delta_notional)
        assert running == executions.sums() == ledger.sums()
        assert all(executions.sums(d) == ledger.sums(d) for d in DAYS)
        assert set(executions.standing) == {e.exec_id for e in ledger.standing()}


@settings(max_examples=100, deadline=None, print_blob=True)
@given(_reports)
def test_executions_survive_a_snapshot(reports: list[_Report]) -> None:
    executions = Executions()
    for report in reports:
        asked = _asked(executions, report)
        if isinstance(asked, Change):
            executions.take(asked)
    read = reader_of(Executions, class_fields(Executions))(writer_of(Executions)(executions))
    assert read == executions
    assert encode(read) == encode(executions)
