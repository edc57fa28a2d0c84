"""How long a stage takes to recover: its journal folded from the beginning, against a snapshot loaded and the tail folded on.

    python tests/bench/recovery_bench.py [--quick] [--stage risk|router|execution]

Past orders: 10,000 and 1,000,000 (--quick: 4,000 and 10,000), besides them 1,000 open ones; see `sample_history` for how they are spread. Over the
log in memory, so that the figures are those of our own work and not of a broker; the snapshot lies in a directory of this machine. Its tail is
TAIL_RECORDS, the most that a follower lets pass. Both ways must come to the same state, or the command fails.

Prints a table and writes `build/recovery.json`. CPU seconds are the process's own, and hold on a machine that does other things as well.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sample_history import ORDERS_PER_DATE, History

from oms.core.canonical import state_hash
from oms.core.execution.state import ExecutionState
from oms.core.risk.state import RiskState
from oms.core.routing.state import RouterState
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalFold
from oms.runtime.log import Record
from oms.runtime.snapshot_store import DirectoryStore
from oms.runtime.snapshots import load_newest, write
from oms.testing.pipeline import RULES
from oms.wire import topics

BUILD = Path(__file__).parents[2] / "build"
STAGES = {"risk": topics.RISK, "router": topics.ROUTING, "execution": topics.EXECUTION}
PAST_ORDERS, PAST_ORDERS_QUICK = (10_000, 1_000_000), (4_000, 10_000)
OPEN_ORDERS = 1_000
TAIL_RECORDS = 10_000
TAIL_RECORDS_QUICK = 2_000
BLOCK_ORDERS = 500
"""Orders generated between two timed folds: few enough that the journal is never all in memory."""


@dataclass(slots=True)
class Took:
    """Wall and CPU time, summed over the parts of one thing."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def __enter__(self) -> "Took":
        self.wall_s -= time.perf_counter()
        self.cpu_s -= time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s += time.perf_counter()
        self.cpu_s += time.process_time()


@dataclass(frozen=True, slots=True)
class Recovery:
    """`remembered`: orders, or children, in the state; `tail`: records folded after the snapshot."""

    stage: str
    past_orders: int
    open_orders: int
    records: int
    remembered: int
    snapshot_bytes: int
    tail: int
    from_zero: Took
    write: Took
    load: Took
    fold_tail: Took
    memory_mib: int


def remembered_in(state: Any) -> int:
    """Orders (risk, router) or children (execution) that the state holds."""
    return sum(len(getattr(state, name, ())) for name in ("open_orders", "closed_orders", "parents")) or children_in(
        state
    )


def open_in(state: Any) -> int:
    """Those of them that are open."""
    if isinstance(state, RiskState):
        return len(state.open_orders)
    if isinstance(state, RouterState):
        return sum(not parent.closed for parent in state.parents.values())
    return len(state.children)


def children_in(state: ExecutionState) -> int:
    return len(state.children) + len(state.closed)


def measure(stage: str, past_orders: int, open_orders: int, tail_records: int, store: DirectoryStore) -> Recovery:
    topic, orders = STAGES[stage], past_orders + open_orders
    history, rules = History.of(topic), RULES[topic]()
    log, tp = history.log, history.tp
    fold: JournalFold[Any, Any] = JournalFold(log, rules, tp)
    partition = log.known(tp)
    from_zero, written, load, fold_tail = Took(), Took(), Took(), Took()
    snapshot_order = orders - tail_records // max(len(history.filled), 1)
    name = ""
    for number in history.play(orders, open_orders):
        last = number + 1 == orders
        if (number + 1) % BLOCK_ORDERS and not last and number + 1 != snapshot_order:
            continue
        block = partition.records[fold.folded.run.next_offset - partition.start :]
        with from_zero:
            apply(fold, block)
        if number + 1 == snapshot_order:
            with written:
                name = write(store, tp, fold.folded, rules, time.time_ns())
        if not name:
            log.delete_before({tp: partition.end - 1})  # the newest stays: it is the snapshot's witness
    with load:
        loaded = load_newest(store, tp, rules, log)
    assert loaded.folded is not None, loaded.refused
    recovered: JournalFold[Any, Any] = JournalFold(log, rules, tp, loaded.folded)
    tail = partition.records[loaded.folded.run.next_offset - partition.start :]
    with fold_tail:
        apply(recovered, tail)
    one, other = (state_hash(f.folded.state, STATE_LAYOUT_VERSION) for f in (fold, recovered))
    assert one == other, f"{stage}: the two ways differ"
    return Recovery(
        stage=stage,
        past_orders=past_orders,
        open_orders=open_in(fold.folded.state),
        records=fold.folded.records,
        remembered=remembered_in(fold.folded.state),
        snapshot_bytes=len(store.read(tp, name)),
        tail=len(tail),
        from_zero=from_zero,
        write=written,
        load=load,
        fold_tail=fold_tail,
        memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def apply(fold: JournalFold[Any, Any], records: list[Record]) -> None:
    for record in records:
        fold.apply(record)


def table(rows: list[Recovery]) -> str:
    head = (
        f"{'stage':<10}{'past':>10}{'records':>11}{'held':>8}{'from zero':>18}{'with snapshot':>18}"
        f"{'load':>10}{'tail':>8}{'written in':>12}{'bytes':>12}"
    )
    lines = [head]
    for r in rows:
        with_wall, with_cpu = r.load.wall_s + r.fold_tail.wall_s, r.load.cpu_s + r.fold_tail.cpu_s
        zero = f"{r.from_zero.wall_s:.2f} s ({r.from_zero.cpu_s:.2f})"
        lines.append(
            f"{r.stage:<10}{r.past_orders:>10,}{r.records:>11,}{r.remembered:>8,}{zero:>18}"
            f"{f'{with_wall:.2f} s ({with_cpu:.2f})':>18}{r.load.wall_s:>8.2f} s{r.tail:>8,}"
            f"{r.write.wall_s:>10.2f} s{r.snapshot_bytes:>12,}"
        )
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description="Recovery time of a stage, with and without a snapshot.")
    options.add_argument("--quick", action="store_true", help="4,000 and 10,000 past orders")
    options.add_argument("--stage", choices=sorted(STAGES), action="append", help="only this stage; may be repeated")
    options.add_argument("--json", type=Path, default=BUILD / "recovery.json", help="where the figures go")
    chosen = options.parse_args()
    sizes, tail = (PAST_ORDERS_QUICK, TAIL_RECORDS_QUICK) if chosen.quick else (PAST_ORDERS, TAIL_RECORDS)
    rows: list[Recovery] = []
    print(
        f"{OPEN_ORDERS:,} open orders besides the past ones; {ORDERS_PER_DATE:,} orders a trading date; wall time (CPU time)"
    )
    for past_orders in sizes:
        for stage in chosen.stage or STAGES:
            with tempfile.TemporaryDirectory() as folder:
                rows.append(measure(stage, past_orders, OPEN_ORDERS, tail, DirectoryStore(Path(folder))))
            print(table(rows[-1:]).splitlines()[1] if len(rows) > 1 else table(rows), flush=True)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
