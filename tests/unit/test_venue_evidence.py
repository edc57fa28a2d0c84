"""The venue log as evidence: what a venue busted and corrected of what it executed."""

from pathlib import Path

import pytest

from oms.core.enums import ExecType, Liquidity, OrdStatus, OrdType, Side, TimeInForce
from oms.testing.reconcile_facts import FillFact
from oms.testing.reconcile_sources import venue_orders
from oms.venues import messages as m
from oms.venues.evidence import read_evidence

SESSION = "XALP-P0"
CHILD = "alpha/20250106/a1.1"


def report(exec_type: ExecType, exec_id: str, cum_qty: int, qty: int, px: int, ref: str = "") -> str:
    said = m.ExecutionReport(
        1, "V1", f"0:{CHILD}", exec_type, OrdStatus.PARTIALLY_FILLED if cum_qty else OrdStatus.NEW, exec_id, "", "XALP", "ACME", Side.BUY,
        OrdType.LIMIT, TimeInForce.DAY, 1000, 100, last_px=px, last_qty=qty, cum_qty=cum_qty, leaves_qty=100 - cum_qty,
        last_liquidity_ind=Liquidity.ADDED if qty else None, transact_time=5, exec_ref_id=ref,
    )  # fmt: skip
    return f'{{"Sent":[["{SESSION}",{m.encode(said).decode().strip()}]]}}\n'


STORY = (
    report(ExecType.NEW, "R1", 0, 0, 0),
    report(ExecType.TRADE, "E1", 30, 30, 990),
    report(ExecType.TRADE, "E2", 50, 20, 980),
    report(ExecType.TRADE_CORRECT, "E3", 45, 25, 991, "E1"),
    report(ExecType.TRADE_CANCEL, "E4", 25, 20, 980, "E2"),
    report(ExecType.TRADE_CANCEL, "E5", 0, 25, 991, "E3"),
)


@pytest.mark.parametrize(
    ("lines", "stands", "cum"),
    [
        (3, {("E1", 990, 30), ("E2", 980, 20)}, 50),
        (4, {("E3", 991, 25), ("E2", 980, 20)}, 45),
        (5, {("E3", 991, 25)}, 25),
        (6, set(), 0),
    ],
)
def test_rule_20_what_stands_is_what_the_latest_of_each_chain_says(
    tmp_path: Path, lines: int, stands: set[tuple[str, int, int]], cum: int
) -> None:
    (tmp_path / "venue-000001.log").write_text("".join(STORY[:lines]))
    evidence = read_evidence(tmp_path)
    (order,) = evidence.orders
    assert {(f.exec_id, f.px, f.qty) for f in order.fills} == stands
    assert order.cum == order.reported_cum == cum
    assert venue_orders(evidence)[CHILD][0].fills == {FillFact(CHILD, *fill) for fill in stands}


def test_a_line_of_a_bust_carries_its_reference_and_lines_without_one_are_read() -> None:
    bust = m.ExecutionReport(1, "V1", "c", ExecType.TRADE_CANCEL, OrdStatus.NEW, "E4", exec_ref_id="E2")
    line = m.encode(bust)
    assert b'"ExecRefID":"E2"' in line and m.decode(line) == bust
    assert b"ExecRefID" not in m.encode(m.ExecutionReport(1, "V1", "c", ExecType.TRADE, OrdStatus.NEW, "E4"))
