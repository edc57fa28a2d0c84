"""Drives the rows of a matrix through the order state machine, and compares what it tells with what the rows give.

From a row that is sent only the cause is taken: traded so much at such a price, asked, granted, busted this execution… Every figure, the
status, and both ClOrdIDs come from the machine (`oms.core.lifecycle`).

Alternatives: rows of one `t` of which some have `alt` are branches. A branch begins where the main line stands; where that contradicts the
row, it goes on from an alternative before it, or from where the main line stood earlier in the same `t`. A row that fits several is on
each of them: the next one decides (a question tells nothing of the branch that it is asked on, its answer does). A row without `alt` that
the main line contradicts and an alternative of its `t` does not goes on with that. Every row is judged once; the main line goes on
without the alternatives.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import floor

from oms.core.enums import ExecType, OrdStatus
from oms.core.lifecycle import events as e
from oms.core.lifecycle.apply import Anomaly, apply
from oms.core.lifecycle.order import Order, Report, unknown_cancel, unknown_status
from oms.testing.order_matrices.causes import PX_SCALE, NoCause, causes_of, request_of, scaled
from oms.testing.order_matrices.matrix import PRICES, QUANTITIES, Matrix, Message, Row

AVG_PX_DECIMALS_MIN = 2
"""An average that is given with at least so many decimals may be rounded or cut off there; one given with fewer is exact."""

BRANCHES_MAX = 8
"""Branches that a row is followed on. The specification never has more than three at one time."""

_PX_UNITS: int = 10**PX_SCALE


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing compared: FIX name, as the row gives it, as the machine tells it."""

    name: str
    expected: str
    actual: str
    same: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and what came of it. `trouble`: why the machine told nothing, empty where it did."""

    matrix_id: str
    row: Row
    figures: tuple[Figure, ...] = ()
    trouble: str = ""

    @property
    def same(self) -> bool:
        return not self.trouble and all(f.same for f in self.figures)


@dataclass(frozen=True, slots=True)
class Line:
    """Where a branch stands: never changed in place, so that another branch can begin here.

    `orders` by their first ClOrdID, `names`: any ClOrdID → that. `answers`: reports that the machine gave at once, not sent yet.
    `asked`: status requests, `strangers`: cancel and replace requests for orders that nobody knows, both without answer.
    """

    orders: dict[str, Order] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    first_qty: dict[str, int] = field(default_factory=dict)
    answers: tuple[Report, ...] = ()
    asked: tuple[str, ...] = ()
    strangers: dict[str, str] = field(default_factory=dict)
    day: int = 1
    exec_ids: frozenset[str] = frozenset()

    def order(self, *cl_ord_ids: str) -> Order | None:
        key = next((self.names[name] for name in cl_ord_ids if name in self.names), None)
        return None if key is None else self.orders[key]

    def with_order(self, order: Order, *cl_ord_ids: str) -> "Line":
        names = {**self.names, **dict.fromkeys(cl_ord_ids, order.order_id)}
        return replace(self, orders={**self.orders, order.order_id: order}, names=names)


def drive(matrix: Matrix) -> Iterator[Judged]:
    """Every row of the matrix, judged, in order."""
    line = Line()
    before: list[Line] = []  # where the main line stood in this t
    alternatives: list[Line] = []
    t = None
    for row in matrix.rows:
        if row.t != t:
            t, before, alternatives = row.t, [], []
        if row.alt:
            alternatives, judged = _on_any(matrix, [line, *alternatives, *reversed(before)], row)
        else:
            stepped, judged = _step(matrix, line, row)
            continued = [] if judged.same else _fitting(matrix, alternatives, row)
            if continued:
                alternatives, judged = [found for found, _ in continued], continued[0][1]
            else:
                before.append(line)
                line = stepped
        yield judged


def _fitting(matrix: Matrix, starts: list[Line], row: Row) -> list[tuple[Line, Judged]]:
    return [found for found in (_step(matrix, start, row) for start in starts) if found[1].same]


def _on_any(matrix: Matrix, starts: list[Line], row: Row) -> tuple[list[Line], Judged]:
    """The branches that the row fits; where it fits none, the first, with what is wrong there."""
    found = _fitting(matrix, starts, row) or [_step(matrix, starts[0], row)]
    return [line for line, _ in found][:BRANCHES_MAX], found[0][1]


def _step(matrix: Matrix, line: Line, row: Row) -> tuple[Line, Judged]:
    line = _on_day(line, row.day)
    if row.message is Message.REMARK:
        return line, Judged(matrix.matrix_id, row)
    if row.received:
        line, trouble = _received(matrix, line, row)
        return line, Judged(matrix.matrix_id, row, trouble=trouble)
    line, report, trouble = _sent(matrix, line, row)
    if report is None:
        return line, Judged(matrix.matrix_id, row, trouble=trouble)
    figures = list(_compared(row, report))
    if row.exec_id and row.exec_type is not ExecType.ORDER_STATUS:
        unused = row.exec_id not in line.exec_ids
        figures.append(Figure("ExecID", row.exec_id, row.exec_id if unused else "used before", unused))
        line = replace(line, exec_ids=line.exec_ids | {row.exec_id})
    return line, Judged(matrix.matrix_id, row, tuple(figures))


def _on_day(line: Line, day: int) -> Line:
    if day <= line.day:
        return line
    orders = {}
    for key, order in line.orders.items():
        started = apply(order, e.DayStarted(day))
        orders[key] = order if isinstance(started, Anomaly) else started[0]
    return replace(line, orders=orders, day=day)


# --- what the client sends


def _received(matrix: Matrix, line: Line, row: Row) -> tuple[Line, str]:
    match row.message:
        case Message.NEW_ORDER:
            return _new_order(matrix, line, row), ""
        case Message.STATUS_REQUEST:
            return replace(line, asked=(*line.asked, row.cl_ord_id)), ""
    if not row.orig_cl_ord_id:
        return line, f"{row.text} names no OrigClOrdID"
    if row.poss_dup and row.cl_ord_id in line.names:
        return line, ""
    order = line.order(row.orig_cl_ord_id)
    if order is None:
        return replace(line, strangers={**line.strangers, row.cl_ord_id: row.orig_cl_ord_id}), ""
    outcome = apply(order, request_of(row, order))
    if isinstance(outcome, Anomaly):
        return line, f"{outcome.kind.name}: {outcome.what}"
    order, answer = outcome
    if answer is not None:
        return replace(line, answers=(*line.answers, answer)), ""
    return line.with_order(order, row.cl_ord_id), ""


def _new_order(matrix: Matrix, line: Line, row: Row) -> Line:
    """A ClOrdID that is in use is sent again or a duplicate; the machine says which, and its answer waits to be sent."""
    order = line.order(row.cl_ord_id)
    if order is None:
        return _taken(matrix, line, row)
    if row.poss_dup:
        return line
    same = line.first_qty.get(row.cl_ord_id) == (row.qty("order_qty") or 0)
    outcome = apply(order, e.SentAgain(row.poss_resend, same, row.cl_ord_id))
    assert not isinstance(outcome, Anomaly) and outcome[1] is not None, "a ClOrdID in use has an answer"
    return replace(line, answers=(*line.answers, outcome[1]))


def _taken(matrix: Matrix, line: Line, row: Row) -> Line:
    cl_ord_id, order_qty = row.cl_ord_id, row.qty("order_qty") or 0
    price = row.figures.get("price")
    order = Order(
        cl_ord_id,
        cl_ord_id,
        order_qty,
        None if price is None else scaled(price),
        good_till=matrix.good_till,
        day=line.day,
    )
    return replace(line.with_order(order, cl_ord_id), first_qty={**line.first_qty, cl_ord_id: order_qty})


# --- what is sent to the client


_Sent = tuple[Line, Report | None, str]


def _sent(matrix: Matrix, line: Line, row: Row) -> _Sent:
    for number, answer in enumerate(line.answers):
        if answer.cl_ord_id == row.cl_ord_id and _may_be(answer, row):
            return replace(line, answers=line.answers[:number] + line.answers[number + 1 :]), answer, ""
    if row.message is Message.CANCEL_REJECT:
        return _cancel_reject(line, row)
    if row.exec_type is ExecType.ORDER_STATUS and row.cl_ord_id in line.asked and line.order(row.cl_ord_id) is None:
        return _answered(line, row.cl_ord_id), unknown_status(row.cl_ord_id), ""
    order = line.order(row.cl_ord_id, *([row.orig_cl_ord_id] if row.orig_cl_ord_id else []))
    if order is None:
        if row.exec_type not in (ExecType.NEW, ExecType.PENDING_NEW, ExecType.REJECTED):
            return line, None, f"no order {row.cl_ord_id}: its execution goes to suspense"
        line = _taken(matrix, line, row)  # taken by telephone: the report is the first that is seen of it
        order = line.orders[row.cl_ord_id]
    return _caused(matrix, line, order, row)


def _may_be(answer: Report, row: Row) -> bool:
    """Whether the row can be this answer: of the right kind, right or wrong."""
    if answer.exec_type is None:
        return row.message is Message.CANCEL_REJECT
    return row.exec_type in (ExecType.ORDER_STATUS, ExecType.REJECTED)


def _cancel_reject(line: Line, row: Row) -> _Sent:
    if row.cl_ord_id in line.strangers:
        strangers = {name: orig for name, orig in line.strangers.items() if name != row.cl_ord_id}
        return replace(line, strangers=strangers), unknown_cancel(row.cl_ord_id, line.strangers[row.cl_ord_id]), ""
    order = line.order(row.cl_ord_id)
    if order is None:
        return line, None, f"nobody asked for {row.cl_ord_id}"
    return _told(line, order, e.RequestRejected(row.cl_ord_id))


def _caused(matrix: Matrix, line: Line, order: Order, row: Row) -> _Sent:
    try:
        causes = causes_of(row, order, matrix)
    except NoCause as error:
        return line, None, str(error)
    result: _Sent = line, None, "nothing happened"
    for cause in causes:
        result = _told(line, order, cause)
        line, _, trouble = result
        if trouble:
            break
        order = line.orders[order.order_id]
    if row.exec_type is ExecType.ORDER_STATUS:
        return _answered(result[0], row.cl_ord_id), result[1], result[2]
    return result


def _answered(line: Line, cl_ord_id: str) -> Line:
    """The oldest status request by this ClOrdID has its answer."""
    if cl_ord_id not in line.asked:
        return line
    at = line.asked.index(cl_ord_id)
    return replace(line, asked=line.asked[:at] + line.asked[at + 1 :])


def _told(line: Line, order: Order, cause: e.OrderEvent) -> _Sent:
    outcome = apply(order, cause)
    if isinstance(outcome, Anomaly):
        return line, None, f"{outcome.kind.name}: {outcome.what}"
    order, report = outcome
    return line.with_order(order, order.cl_ord_id), report, ""


# --- comparison


def _compared(row: Row, report: Report) -> Iterator[Figure]:
    yield _names("ExecType", _title(row.exec_type), _title(report.exec_type))
    if row.ord_status is not None:
        yield _names("OrdStatus", _title(row.ord_status), _title(report.ord_status))
    yield _names("ClOrdID", row.cl_ord_id, report.cl_ord_id)
    yield _names("OrigClOrdID", row.orig_cl_ord_id or "-", report.orig_cl_ord_id or "-")
    if row.exec_ref_id:
        yield _names("ExecRefID", row.exec_ref_id, report.exec_ref_id or "-")
    for column in QUANTITIES:
        if column in row.figures:
            yield _names(_FIX_NAMES[column], str(row.qty(column)), str(getattr(report, column)))
    for column in PRICES:
        if column in row.figures:
            expected, actual = row.figures[column], _price(report, column)
            yield Figure(
                _FIX_NAMES[column], str(expected), _decimal_text(actual), _same_price(column, expected, actual)
            )


_FIX_NAMES = {
    "order_qty": "OrderQty",
    "cum_qty": "CumQty",
    "leaves_qty": "LeavesQty",
    "last_qty": "LastQty",
    "day_order_qty": "DayOrderQty",
    "day_cum_qty": "DayCumQty",
    "last_px": "LastPx",
    "avg_px": "AvgPx",
    "day_avg_px": "DayAvgPx",
    "price": "Price",
}


def _names(name: str, expected: str, actual: str) -> Figure:
    return Figure(name, expected, actual, expected == actual)


def _title(value: ExecType | OrdStatus | None) -> str:
    return "-" if value is None else value.name.replace("_", " ").title()


def _price(report: Report, column: str) -> Fraction:
    units: Fraction | int | None = getattr(report, column)
    return Fraction(units or 0) / _PX_UNITS


def _same_price(column: str, expected: Decimal, actual: Fraction) -> bool:
    if Fraction(expected) == actual:
        return True
    exponent = expected.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    if column not in ("avg_px", "day_avg_px") or decimals < AVG_PX_DECIMALS_MIN:
        return False
    units: int = 10**decimals
    shown, exact = Fraction(expected) * units, actual * units
    return shown == floor(exact) or abs(shown - exact) <= Fraction(1, 2)


def _decimal_text(value: Fraction) -> str:
    whole = value * _PX_UNITS
    if whole.denominator == 1:
        return format((Decimal(whole.numerator).scaleb(-PX_SCALE)).normalize(), "f")
    return f"{value.numerator}/{value.denominator}"
