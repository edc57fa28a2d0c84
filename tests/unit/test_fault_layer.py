"""The fault layer alone: what leaves, in which order, and that nothing is kept back for ever or beyond its connection."""

from oms.core.enums import ExecType, OrdStatus
from oms.venues import messages as m
from oms.venues.fault_layer import FAULTS_MAX, FaultLayer
from oms.venues.fault_messages import FaultKind, FaultSet
from oms.venues.session_layer import Close, Effect, SendLine

MS = 1_000_000


def report_line(number: int, connection: int = 1) -> SendLine:
    report = m.ExecutionReport(number, "O", "C", ExecType.NEW, OrdStatus.NEW)
    return SendLine(connection, m.encode(report), "S", is_report=True)


def session_line(number: int) -> SendLine:
    return SendLine(1, m.encode(m.Heartbeat(number)), "S")


def numbers(effects: list[Effect]) -> list[object]:
    """The message numbers of lines, negative with PossDupFlag; "close"."""
    out: list[object] = []
    for effect in effects:
        if isinstance(effect, Close):
            out.append("close")
        else:
            message = m.decode(effect.line)
            assert isinstance(message, m.ExecutionReport | m.Heartbeat)
            out.append(-message.msg_seq_num if message.poss_dup_flag else message.msg_seq_num)
    return out


def with_fault(kind: FaultKind, count: int = 0, ms: int = 0) -> FaultLayer:
    layer = FaultLayer()
    assert not isinstance(layer.set(FaultSet(kind, "S", count, ms), 0), str)
    return layer


def test_without_a_fault_everything_passes_as_it_is() -> None:
    effects: list[Effect] = [report_line(1), session_line(2), Close(1)]
    assert FaultLayer().outgoing(effects, 0) == effects


def test_a_report_is_overtaken_by_the_next_and_other_lines_by_none() -> None:
    layer = with_fault(FaultKind.REORDER_REPORTS, count=2)
    assert numbers(layer.outgoing([report_line(1), report_line(2), report_line(3)], 0)) == [2, 1]
    assert numbers(layer.outgoing([session_line(4)], 0)) == [3, 4], (
        "a line of the session brings out what waits before it"
    )
    assert numbers(layer.outgoing([report_line(5)], 0)) == [5]


def test_what_is_kept_leaves_before_its_connection_ends_or_never() -> None:
    layer = with_fault(FaultKind.REORDER_REPORTS)
    assert numbers(layer.outgoing([report_line(1), Close(1)], 0)) == [1, "close"]
    layer.outgoing([report_line(2)], 0)
    layer.connection_gone(1)
    assert numbers(layer.outgoing([report_line(3), report_line(4)], 0)) == [4, 3]


def test_a_duplicate_follows_at_once_under_its_number() -> None:
    layer = with_fault(FaultKind.DUPLICATE_REPORTS, count=1)
    assert numbers(layer.outgoing([report_line(1), report_line(2)], 0)) == [1, -1, 2]


def test_delayed_lines_keep_their_order_even_when_the_delay_is_over_for_the_later_ones() -> None:
    layer = with_fault(FaultKind.DELAY_REPLIES, count=2, ms=10)
    assert layer.outgoing([report_line(1), session_line(2), report_line(3)], 0) == []
    assert layer.next_due_ns() == 10 * MS
    assert layer.outgoing([], 10 * MS - 1) == []
    assert numbers(layer.outgoing([report_line(4)], 10 * MS)) == [1, 2, 3, 4]
    assert layer.next_due_ns() is None


def test_delayed_lines_leave_before_their_connection_ends() -> None:
    layer = with_fault(FaultKind.DELAY_REPLIES, ms=10)
    layer.outgoing([report_line(1)], 0)
    assert numbers(layer.outgoing([report_line(2), Close(1)], 1)) == [1, 2, "close"]
    assert layer.next_due_ns() is None


def test_lines_of_other_connections_pass() -> None:
    layer = with_fault(FaultKind.DELAY_REPLIES, ms=10)
    refusal = SendLine(2, m.encode(m.Logout(0, "no")))
    assert layer.outgoing([refusal], 0) == [refusal]


def test_held_reports_come_out_when_the_time_is_over() -> None:
    layer = with_fault(FaultKind.HOLD_REPORTS, ms=5)
    report = m.ExecutionReport(0, "O", "C", ExecType.NEW, OrdStatus.NEW)
    assert layer.said(("S", report), 0) == 0
    assert layer.said(("T", report), 0) == 1, "another session"
    assert layer.held_and_due(5 * MS - 1) == []
    assert layer.held_and_due(5 * MS) == [("S", report)]
    assert layer.held_and_due(5 * MS) == []


def test_a_fault_for_one_order_strikes_its_messages_only() -> None:
    layer = FaultLayer()
    layer.set(FaultSet(FaultKind.DROP_REQUESTS, "", 1, 0, "A"), 0)
    asked = m.OrderStatusRequest(1, "B")
    assert not layer.drops("S", asked, b"", 0)
    assert layer.drops("S", m.OrderStatusRequest(1, "A"), b"", 0)
    assert not layer.drops("S", m.OrderStatusRequest(1, "A"), b"", 0), "used up"
    assert [entry["Did"] for entry in layer.journal] == ["set", "used up", "dropped"]


def test_there_is_a_limit_to_faults() -> None:
    layer = FaultLayer()
    for _ in range(FAULTS_MAX):
        layer.set(FaultSet(FaultKind.LOSE_NUMBERS, "S"), 0)
    assert isinstance(layer.set(FaultSet(FaultKind.LOSE_NUMBERS, "S"), 0), str)
    assert len(layer.clear("S", 0)) == FAULTS_MAX
