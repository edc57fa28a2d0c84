"""After a run: do the venues, the journals and ClickHouse say the same of every order, and did the run show what it should?

`reconcile` reads the sources and compares; `print_report` shows the result; `Reconciliation.good` decides the exit code. The pure parts
are in `reconcile_facts` (per order) and `reconcile_categories` (what a run must have shown).
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from oms.cli.decimals import ratio_text, to_text
from oms.cli.output import console, print_rows
from oms.core.reference import Reference
from oms.feeds.statistics import print_statistics
from oms.feeds.tape import TapeSource
from oms.runtime.clickhouse import ClickHouse
from oms.runtime.log import Log
from oms.testing.reconcile_categories import Category, MarketCheck, Traded, categories, traded
from oms.testing.reconcile_facts import Facts, OrderRow, compare
from oms.testing.reconcile_sources import (
    await_audit,
    late_trade_throughs,
    market_prints,
    read_facts,
    reference_of,
    trade_throughs,
)
from oms.venues.evidence import read_evidence

DIFFERENCES_SHOWN = 30
AUDIT_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`general`: differences that belong to no order. Trade-throughs are (net, gross, all), see `reconcile_sources`.
    `taken_back`: executions that the venues busted, and that they corrected."""

    label: str
    rows: tuple[OrderRow, ...]
    general: tuple[str, ...]
    categories: tuple[Category, ...]
    refusals: tuple[tuple[str, int], ...]
    traded: tuple[Traded, ...]
    market: tuple[MarketCheck, ...]
    trade_throughs: tuple[int, int, int]
    late_trade_throughs: tuple[int, int, int]
    scales: dict[str, tuple[int, int]]
    taken_back: tuple[int, int] = (0, 0)

    @property
    def differing(self) -> tuple[OrderRow, ...]:
        return tuple(row for row in self.rows if row.differences)

    @property
    def problems(self) -> tuple[str, ...]:
        """One line each; empty where all is as it must be."""
        return (
            *self.general,
            *(f"{row.order_id}: {difference}" for row in self.rows for difference in row.differences),
            *(f"category not filled: {c.name}: {c.count}, needed {c.needed}" for c in self.categories if not c.met),
            *(
                f"market prints of {m.instrument_id} differ from the tape: volume {m.audit_volume} of {m.tape_volume}"
                for m in self.market
                if not m.agrees
            ),
            *([f"{self.trade_throughs[0]} trade-throughs"] if self.trade_throughs[0] else []),
        )

    @property
    def good(self) -> bool:
        return not self.problems


def reconcile(
    log: Log,
    partitions: int,
    client: ClickHouse,
    venue_log: Path,
    source: TapeSource,
    from_ns: int,
    to_ns: int,
    acknowledged: Collection[str] = (),
    marketable: Collection[str] = (),
) -> Reconciliation:
    """Everything of a run that has ended: no order open, venues and audit still there. [from_ns, to_ns): the tape that was played.

    Raises `ReconcileError`, `ClickHouseError` or `LogError` where a source cannot be read.
    """
    await_audit(log, partitions, client, AUDIT_WAIT_S)
    evidence = read_evidence(venue_log)
    facts = read_facts(log, partitions, evidence, client, frozenset(acknowledged))
    reference = reference_of(log)
    general = [] if evidence.complete else ["the venue log is not complete: old segments were dropped"]
    return Reconciliation(
        source.label,
        compare(facts),
        tuple(general),
        categories(facts, marketable, sum(venue.orderable for venue in source.venues())),
        _refusals(facts),
        traded(facts.parents),
        market_checks(source, client, from_ns, to_ns),
        trade_throughs(client),
        late_trade_throughs(evidence, reference),
        _scales(reference),
        (evidence.busts, evidence.corrections),
    )


def market_checks(source: TapeSource, client: ClickHouse, from_ns: int, to_ns: int) -> tuple[MarketCheck, ...]:
    """Prints of the tape (suspicious ones left out) against those in ClickHouse, by instrument."""
    prints = market_prints(client, from_ns, to_ns)
    return tuple(
        MarketCheck(symbol, said.volume, said.notional, *prints.get(symbol, (0, 0)))
        for symbol, said in sorted(print_statistics(source, from_ns, to_ns).items())
    )


def _refusals(facts: Facts) -> tuple[tuple[str, int], ...]:
    return tuple((reason.name, count) for reason, count in sorted(facts.refusals.items()))


def _scales(reference: Reference) -> dict[str, tuple[int, int]]:
    return {i.instrument_id: (i.price_scale, i.qty_scale) for i in reference.instruments.values()}


def print_report(found: Reconciliation) -> None:
    """The report of a run, ending with one line that says whether it is good."""
    out = console()
    out.print(f"\nReconciliation of {len(found.rows)} orders ({found.label})", markup=False)
    states = Counter(row.status for row in found.rows)
    print_rows([{"final state": state, "orders": count} for state, count in sorted(states.items())], False)
    print_rows(execution_rows(found), False, nothing="nothing was executed")
    print_rows(market_rows(found), False, nothing="no market prints")
    print_rows(
        [{"category": c.name, "count": c.count, "needed": c.needed, "met": c.met} for c in found.categories], False
    )
    print_rows(
        [{"refused because": reason, "times": count} for reason, count in found.refusals], False, nothing="no refusals"
    )
    net, gross, rows = found.trade_throughs
    out.print(f"trade-throughs at the decision: {net} net of fees, {gross} gross ({rows} rows looked at)")
    net, gross, fills = found.late_trade_throughs
    out.print(
        f"better quotes elsewhere at the moment of execution: {net} net of fees, {gross} gross, of {fills} taking fills"
    )
    busts, corrections = found.taken_back
    out.print(f"executions that the venues took back: {busts} busted, {corrections} corrected")
    for problem in found.problems[:DIFFERENCES_SHOWN]:
        out.print(problem, markup=False)
    if len(found.problems) > DIFFERENCES_SHOWN:
        out.print(f"... and {len(found.problems) - DIFFERENCES_SHOWN} more")
    executed = sum(row.parent_qty > 0 for row in found.rows)
    verdict = "GOOD" if found.good else "NOT GOOD"
    out.print(
        f"{verdict}: {len(found.rows)} orders, {executed} executed, {len(found.differing)} differ, {len(found.problems)} problems"
    )


def execution_rows(found: Reconciliation) -> list[dict[str, object]]:
    """What was executed, and its average price against the market's VWAP (positive basis points: worse than the market)."""
    market = {m.instrument_id: m for m in found.market}
    rows: list[dict[str, object]] = []
    for t in found.traded:
        price_scale, qty_scale = found.scales.get(t.instrument_id, (0, 0))
        vwap = market[t.instrument_id].tape_vwap if t.instrument_id in market else None
        sign = 1 if t.side == "BUY" else -1
        rows.append(
            {
                "instrument": t.instrument_id,
                "side": t.side,
                "orders": t.orders,
                "quantity": to_text(t.qty, qty_scale),
                "average price": ratio_text(t.average / 10**price_scale, 6),
                "market VWAP": ratio_text(vwap / 10**price_scale, 6) if vwap is not None else "",
                "cost bps": ratio_text(sign * (t.average - vwap) * 10_000 / vwap, 2) if vwap else "",
            }
        )
    return rows


def market_rows(found: Reconciliation) -> list[dict[str, object]]:
    def price(vwap: Fraction | None, instrument_id: str) -> str:
        return ratio_text(vwap / 10 ** found.scales.get(instrument_id, (0, 0))[0], 8) if vwap is not None else ""

    return [
        {
            "instrument": m.instrument_id,
            "volume on the tape": to_text(m.tape_volume, found.scales.get(m.instrument_id, (0, 0))[1]),
            "in ClickHouse": to_text(m.audit_volume, found.scales.get(m.instrument_id, (0, 0))[1]),
            "VWAP of the tape": price(m.tape_vwap, m.instrument_id),
            "VWAP in ClickHouse": price(m.audit_vwap, m.instrument_id),
            "relative error": ratio_text(max(m.volume_error, m.vwap_error), 9),
        }
        for m in found.market
    ]
