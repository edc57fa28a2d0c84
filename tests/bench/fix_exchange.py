"""The exchange that engines are measured by: NewOrderSingle → ExecutionReport (New) → ExecutionReport (Trade), each its own application.

What every engine has in common is here: the fields of the three messages, so that all write the same bytes but for the numbers, and the
two counters of an initiator. It knows no engine.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

HERE = "127.0.0.1"
ACCEPTOR, INITIATOR = "OMS", "CLIENT1"
BEGIN_STRING = "FIX.4.4"
HEART_BT_INT = 30
READ_BYTES = 65_536
WAIT_S = 30.0
"""Nothing here takes seconds; behind so many an engine hangs."""

Fields = tuple[tuple[int, bytes], ...]

CL_ORD_ID, EXEC_TYPE, SYMBOL, SIDE, ORDER_QTY, PRICE = 11, 150, 55, 54, 38, 44
TRADE = b"F"
TRANSACT_TIME = (60, b"20250106-14:30:00.123")


def order_fields(cl_ord_id: bytes) -> Fields:
    """NewOrderSingle (D): a limit order of a day."""
    return (
        *((CL_ORD_ID, cl_ord_id), (1, b"alpha-1"), (21, b"1"), (SYMBOL, b"AAPL"), (SIDE, b"1"), TRANSACT_TIME),
        *((ORDER_QTY, b"100"), (40, b"2"), (PRICE, b"187.25"), (15, b"USD"), (59, b"0")),
    )


@dataclass(frozen=True, slots=True)
class Order:
    """What an acceptor reads of an order."""

    cl_ord_id: bytes
    symbol: bytes
    side: bytes
    qty: bytes
    price: bytes


def report_fields(order: Order, order_id: int, traded: bool) -> Fields:
    """ExecutionReport (8): New, or the trade of all of it."""
    leaves, cum, avg_px = (b"0", order.qty, order.price) if traded else (order.qty, b"0", b"0")
    status, kind = (b"2", TRADE) if traded else (b"0", b"0")
    last = ((32, order.qty), (31, order.price)) if traded else ()
    return (
        *((37, b"V%d" % order_id), (CL_ORD_ID, order.cl_ord_id), (17, b"E%d-%d" % (order_id, traded))),
        *((EXEC_TYPE, kind), (39, status), (1, b"alpha-1"), (SYMBOL, order.symbol), (SIDE, order.side)),
        *((ORDER_QTY, order.qty), (40, b"2"), (PRICE, order.price), *last, (151, leaves), (14, cum), (6, avg_px)),
        TRANSACT_TIME,
    )


@dataclass(slots=True)
class Load:
    """The orders of one block as an initiator sends them: never more than `window` without their trade."""

    count: int
    window: int
    sent: int = 0
    done: int = 0
    sent_ns: dict[bytes, int] = field(default_factory=dict)
    took_ns: list[int] = field(default_factory=list)
    started_ns: int = field(default_factory=time.perf_counter_ns)

    @property
    def ended(self) -> bool:
        return self.done >= self.count

    def due(self) -> Sequence[bytes]:
        """ClOrdIDs of the orders that may go now."""
        number = min(self.count - self.sent, self.window - (self.sent - self.done))
        names = [b"%d-%d" % (self.started_ns, self.sent + at) for at in range(number)]
        self.sent += number
        now_ns = time.perf_counter_ns()
        for name in names:
            self.sent_ns[name] = now_ns
        return names

    def on_report(self, cl_ord_id: bytes, exec_type: bytes) -> None:
        if exec_type == TRADE:
            self.took_ns.append(time.perf_counter_ns() - self.sent_ns.pop(cl_ord_id))
            self.done += 1


@dataclass(frozen=True, slots=True)
class Took:
    """One block: orders a second, and of each order the µs from its sending to its trade."""

    rate: float
    order_us: list[float]

    @classmethod
    def of(cls, load: Load) -> "Took":
        seconds = (time.perf_counter_ns() - load.started_ns) / 1e9
        return cls(load.count / seconds, [took / 1_000 for took in load.took_ns])
