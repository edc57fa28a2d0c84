"""What the venues did, read from the venue log alone: evidence about the order path, not an echo of it.

It imports nothing of ours, so that no bug can be on both sides: it reads JSON lines and adds up what it finds.

A fill that the venue corrected is there under the ExecID and with the figures of its latest correction; one that it cancelled is not there.
An order's facts come from the reports that the venue sent, and from those that a fault kept it from sending (ORDER_STATUS replies and
refusals of duplicates change nothing); `cum` is the sum of its fills, and `CumQty` as the venue said it last stands beside it.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

_OF_REQUESTS = frozenset({"CANCELED", "PENDING_CANCEL", "PENDING_REPLACE"})
_TERMINAL = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A venue's displayed top less what was taken, just before an execution. Size 0 = nothing there."""

    venue: str
    bid_px: int
    bid_qty: int
    ask_px: int
    ask_qty: int


@dataclass(frozen=True, slots=True)
class Fill:
    """`liquidity` is ADDED, REMOVED or AUCTION. `displayed`: all venues of the process for the instrument, just before this fill's order
    acted (REMOVED) or just after the tape event that caused it (ADDED)."""

    exec_id: str
    px: int
    qty: int
    time_ns: int
    liquidity: str
    displayed: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """`cl_ord_ids`: the order's own and those of its accepted replacements, in order."""

    session_id: str
    order_id: str
    cl_ord_ids: tuple[str, ...]
    venue: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    price: int
    qty: int
    cum: int
    reported_cum: int
    status: str
    fills: tuple[Fill, ...]

    @property
    def is_terminal(self) -> bool:
        return self.status in _TERMINAL


@dataclass(frozen=True, slots=True)
class Evidence:
    """`by_cl_ord_id`: (session, any ClOrdID of the order's chain) → its facts. `complete` False: old segments were dropped.

    `arrived`: (session, type of message, ClOrdID) → how often it arrived in sequence. A NEW or REPLACE counts once, whatever happened.
    `faults`: what faults did, in order, each as the venue wrote it (Fault, Kind, SessionID, Did, and what it was done to).
    `operator`: what an operator did, in order (Act, Venue, and what it was done to). `busts`, `corrections`: executions that were taken back
    or changed, each side of a trade counted, each once. `copies`: reports told in drop copy sessions.
    """

    orders: tuple[OrderFacts, ...]
    by_cl_ord_id: dict[tuple[str, str], OrderFacts]
    complete: bool
    arrived: dict[tuple[str, str, str], int] = field(default_factory=dict)
    faults: tuple[dict[str, Any], ...] = ()
    operator: tuple[dict[str, Any], ...] = ()
    busts: int = 0
    corrections: int = 0
    copies: int = 0


def read_evidence(directory: Path) -> Evidence:
    """Reads the log of a running or a dead venue process. A torn last line counts as not there."""
    paths = sorted(directory.glob("venue-[0-9]*.log"))
    last: dict[tuple[str, str], dict[str, Any]] = {}
    chains: dict[tuple[str, str], list[str]] = {}
    fills: dict[tuple[str, str], dict[str, Fill]] = {}
    arrived: Counter[tuple[str, str, str]] = Counter()
    faults: list[dict[str, Any]] = []
    operator: list[dict[str, Any]] = []
    copies = 0
    gone: dict[tuple[str, str], str] = {}  # (session, ExecID) of executions that do not stand any more → how they went
    for path in paths:
        for batch in _batches(path):
            if "Checkpoint" in batch and path is not paths[0]:
                continue  # it repeats what the earlier segments said
            shown = {e["ExecID"]: e for e in batch.get("Executions", ())}
            faults += batch.get("Faults", ())
            operator += batch.get("Operator", ())
            for session_id, message in batch.get("Received", ()):
                arrived[session_id, message["MsgType"], message.get("ClOrdID", "")] += 1
            copies += sum("CopyMsgIndicator" in report for _, report in batch.get("Sent", ()))
            for session_id, report in (*batch.get("Unsaid", ()), *batch.get("Sent", ())):
                if _is_change(report):
                    key = session_id, report["OrderID"]
                    last[key] = report
                    _chain(chains.setdefault(key, []), report)
                    _execute(fills.setdefault(key, {}), report, shown, gone, session_id)
    orders = tuple(_facts(key, last[key], chains[key], tuple(fills.get(key, {}).values())) for key in last)
    by_id = {(order.session_id, cl_ord_id): order for order in orders for cl_ord_id in order.cl_ord_ids}
    complete = not paths or paths[0].stem == "venue-000001"
    went = Counter(gone.values())
    return Evidence(
        orders,
        by_id,
        complete,
        dict(arrived),
        tuple(faults),
        tuple(operator),
        went["TRADE_CANCEL"],
        went["TRADE_CORRECT"],
        copies,
    )


def _batches(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _is_change(report: dict[str, Any]) -> bool:
    """A drop copy is no order of a second session: it says again what a report said."""
    if report["MsgType"] != "ExecutionReport" or report["ExecType"] == "ORDER_STATUS" or "CopyMsgIndicator" in report:
        return False
    return report.get("OrdRejReason") != "DUPLICATE_ORDER"


def _execute(
    fills: dict[str, Fill],
    report: dict[str, Any],
    shown: dict[str, dict[str, Any]],
    gone: dict[tuple[str, str], str],
    session_id: str,
) -> None:
    """A report told again, by a fault, brings nothing back."""
    kind = report["ExecType"]
    if (session_id, report.get("ExecID", "")) in gone:
        return
    if kind in ("TRADE_CORRECT", "TRADE_CANCEL"):
        gone[session_id, report["ExecRefID"]] = kind
    if kind == "TRADE":
        fills[report["ExecID"]] = _fill(report, shown.get(report["ExecID"], {}))
    elif kind in ("TRADE_CORRECT", "TRADE_CANCEL"):
        old = fills.pop(report["ExecRefID"], None)
        if kind == "TRADE_CORRECT" and old is not None:
            name, px, qty = report["ExecID"], report["LastPx"], report["LastQty"]
            fills[name] = replace(old, exec_id=name, px=px, qty=qty)


def _chain(chain: list[str], report: dict[str, Any]) -> None:
    """A cancel has a ClOrdID of its own that never names the order, and a replace's only does once it is accepted."""
    if report["ExecType"] not in _OF_REQUESTS and report["ClOrdID"] not in chain:
        chain.append(report["ClOrdID"])


def _fill(report: dict[str, Any], execution: dict[str, Any]) -> Fill:
    return Fill(
        report["ExecID"],
        report["LastPx"],
        report["LastQty"],
        report["TransactTime"],
        report["LastLiquidityInd"],
        tuple(Shown(*top) for top in execution.get("Displayed", ())),
    )


def _facts(key: tuple[str, str], report: dict[str, Any], chain: list[str], fills: tuple[Fill, ...]) -> OrderFacts:
    return OrderFacts(
        session_id=key[0],
        order_id=key[1],
        cl_ord_ids=tuple(chain),
        venue=report["ExDestination"],
        symbol=report["Symbol"],
        side=report["Side"],
        ord_type=report["OrdType"],
        time_in_force=report["TimeInForce"],
        price=report.get("Price", 0),
        qty=report.get("OrderQty", 0),
        cum=sum(fill.qty for fill in fills),
        reported_cum=report.get("CumQty", 0),
        status=report["OrdStatus"],
        fills=fills,
    )
