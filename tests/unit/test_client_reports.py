"""ExecutionReports against FIX's order state matrices: every report of every row, field by field, in the row's own version of FIX.

From a row come the state of the order after it and what happened; codes, quantities left, averages and references are the report's to write.
The state machine itself is held to the same rows in `test_order_matrices.py`.
"""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from oms.core.commands import NewOrder, Provenance
from oms.core.enums import Algorithm, ExecType, OrdStatus, OrdType, PegPriceType, Side, TimeInForce
from oms.core.instructions import Instructions, Peg
from oms.core.reasons import Reason
from oms.core.reference import Instrument
from oms.fix.message import Message
from oms.gateway.client_sessions import words
from oms.gateway.client_sessions.reports import Report, execution_report
from oms.gateway.client_sessions.state import ClientOrder
from oms.testing.order_matrices.matrix import Matrix, Row, read_file
from oms.testing.order_matrices.matrix import Message as Kind

ROOT = Path(__file__).parents[2]
OWN = sorted((ROOT / "tests" / "golden" / "order_matrices").glob("*.json"))
SHARED = Path(os.environ.get("OMS_SHARED_FIX", ROOT.parent / "shared" / "fix")) / "order_state_matrices.json"
ACME = Instrument("ACME", "Acme", "USD", 4, 0, 1, 1, "always", True)
NOW = 1_736_175_600_000_000_000
PX = 10**4
FILLS = (ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)


def version_of(matrix: Matrix) -> str:
    return {"4.2": "FIX.4.2", "4.4": "FIX.4.4"}.get(matrix.fix, "FIX.5.0SP2")


def order_of(row: Row, good_till: bool) -> ClientOrder:
    qty, cum = row.qty("order_qty") or 0, row.qty("cum_qty") or 0
    average = row.figures.get("avg_px", Decimal(0))
    terms = NewOrder(
        "alpha", 20250106, row.orig_cl_ord_id or row.cl_ord_id, "A1", "ACME", Side.BUY, OrdType.LIMIT,
        TimeInForce.GTC if good_till else TimeInForce.DAY, qty, 100_000, Algorithm.BEST_PRICE, "", None, NOW, NOW, "",
        Provenance("ann", "", "fix:s", "ann", ""),
    )  # fmt: skip
    order = ClientOrder("alpha/20250106/x", "s", terms, terms.cl_ord_id, [terms.cl_ord_id], qty, 100_000)
    order.cum_qty, order.notional, order.ord_status = cum, int(average * cum * PX), row.ord_status or OrdStatus.NEW
    return order


def told(row: Row, matrix: Matrix) -> Message:
    assert row.exec_type is not None and row.ord_status is not None
    report = Report(
        row.exec_type,
        row.ord_status,
        row.exec_id or "E1",
        NOW,
        row.cl_ord_id,
        row.orig_cl_ord_id,
        last_qty=row.qty("last_qty") if row.exec_type in FILLS else None,
        last_px=int(row.figures.get("last_px", Decimal(0)) * PX) if row.exec_type in FILLS else None,
        exec_ref_id=row.exec_ref_id,
    )
    return Message("8", execution_report(order_of(row, matrix.good_till), ACME, report, version_of(matrix)))


def rows_in(path: Path) -> Iterator[tuple[Matrix, Row]]:
    for matrix in read_file(path):
        for row in matrix.rows:
            complete = {"order_qty", "cum_qty", "leaves_qty"} <= set(row.figures)
            if row.message is Kind.EXECUTION and row.exec_type is not None and row.ord_status is not None and complete:
                yield matrix, row


def differences(path: Path) -> list[str]:
    found, count = [], 0
    for matrix, row in rows_in(path):
        count += 1
        message = told(row, matrix)
        expected = {
            39: words.ORD_STATUSES[row.ord_status or OrdStatus.NEW].decode(),
            38: str(row.qty("order_qty")),
            14: str(row.qty("cum_qty")),
            151: str(row.qty("leaves_qty")),
            11: row.cl_ord_id,
        }
        if row.orig_cl_ord_id:
            expected[41] = row.orig_cl_ord_id
        if row.exec_type is ExecType.ORDER_STATUS:
            expected[17] = "0"
        if row.exec_ref_id:
            expected[19] = row.exec_ref_id
        expected |= _kind(row, version_of(matrix))
        for tag, value in expected.items():
            if message.text(tag) != value:
                found.append(
                    f"{matrix.matrix_id} {row.t}: {tag}={message.text(tag)}, the row gives {value}: {row.text}"
                )
        if row.figures.get("avg_px") is not None and row.qty("cum_qty"):
            difference = abs(Decimal(message.text(6)) - row.figures["avg_px"])
            if (
                difference * (row.qty("cum_qty") or 1) > 1
            ):  # the row's average is rounded, the sum behind it is not given
                found.append(f"{matrix.matrix_id} {row.t}: 6={message.text(6)}")
    assert count > 20, f"{path}: {count} reports"
    return found


def _kind(row: Row, version: str) -> dict[int, str]:
    """ExecType, and ExecTransType of 4.2, as the version writes them."""
    assert row.exec_type is not None
    code = words.EXEC_TYPES[row.exec_type].decode()
    if version == "FIX.4.4" and row.exec_type is ExecType.TRIGGERED:
        code = "D"  # 4.4 has no L, and a client that validates refuses it
    if version != "FIX.4.2":
        return {150: code, 20: ""}
    state = words.ORD_STATUSES[row.ord_status or OrdStatus.NEW].decode()
    match row.exec_type:
        case ExecType.TRADE:
            return {150: "2" if (row.qty("cum_qty") or 0) >= (row.qty("order_qty") or 0) else "1", 20: "0"}
        case ExecType.TRADE_CANCEL:
            return {150: state, 20: "1"}
        case ExecType.TRADE_CORRECT:
            return {150: state, 20: "2"}
        case ExecType.ORDER_STATUS:
            return {150: state, 20: "3"}
        case _:
            return {150: code, 20: "0"}


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.stem)
def test_reports_of_our_own_matrices(path: Path) -> None:
    assert not differences(path)


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not on this machine")
def test_reports_of_the_shared_matrices() -> None:
    assert not differences(SHARED)


def test_every_reason_has_a_code_that_the_version_knows() -> None:
    for reason in Reason:
        assert int(words.ord_rej_reason(reason, "FIX.4.2")) <= 8
        assert int(words.ord_rej_reason(reason, "FIX.4.4")) in (*range(16), 99)
        assert int(words.cxl_rej_reason(reason, "FIX.4.2")) <= 3
        assert int(words.cxl_rej_reason(reason, "FIX.4.4")) in (*range(7), 99)


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_instructions_are_written_as_the_version_says_them(version: str) -> None:
    row = next(row for _, row in rows_in(OWN[0]))
    order = order_of(row, True)
    order.instructions = Instructions(stop_px=99_500, display_qty=10, min_qty=5, peg=Peg(PegPriceType.PRIMARY, -100))
    report = Report(ExecType.ORDER_STATUS, OrdStatus.NEW, "", NOW)
    message = Message("8", execution_report(order, ACME, report, version))
    assert (message.text(99), message.text(110), message.text(211)) == ("9.95", "5", "-0.01")
    if version == "FIX.5.0SP2":
        assert (message.text(1138), message.text(1094), message.text(18)) == ("10", "5", "")
    else:
        assert (message.text(111), message.text(18)) == ("10", "R")
