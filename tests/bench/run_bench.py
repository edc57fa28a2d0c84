"""`make bench`: the figures of the system beside their baselines, as a table and in build/bench.json.

Every figure has its baseline in the same run on the same machine, in turn with it where noise would otherwise hit only one of them: read
the ratios. `--quick` is for trying a change: shorter holds, noisier figures.
"""

import argparse
import asyncio
import logging
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from audit_ingest import audit_ingest
from bench_figures import Figure, show_figures, write_figures
from bench_system import bench_system
from fence_cost import fence_cost
from fix_codec_cost import SAMPLES, SAMPLES_QUICK, fix_codec_cost
from fix_engine_cost import BLOCKS, BLOCKS_QUICK, fix_engine_cost
from fix_transport_cost import fix_transport_cost
from lifecycle_cost import lifecycle_cost
from matching_bench import matching_cost
from order_path import FULL, QUICK, Lengths, fix_path, order_path
from rich.console import Console
from risk_decision import BETWEEN, risk_decision
from risk_decision import SAMPLES as RISK_SAMPLES

from oms.local.child import ComponentError

OUTPUT = Path(__file__).resolve().parents[2] / "build" / "bench.json"
PARTS = ("fence", "matching", "fix", "audit", "orders", "lifecycle", "risk")
AUDIT_ORDERS, AUDIT_ORDERS_QUICK = 6_000, 3_000
TRANSPORT_BLOCKS, TRANSPORT_BLOCKS_QUICK = 20, 5


def say(text: str) -> None:
    print(f"bench: {text}", flush=True)


def fix(quick: bool) -> list[Figure]:
    return [
        *fix_engine_cost(BLOCKS_QUICK if quick else BLOCKS),
        *fix_codec_cost(SAMPLES_QUICK if quick else SAMPLES),
        *fix_transport_cost(TRANSPORT_BLOCKS_QUICK if quick else TRANSPORT_BLOCKS),
    ]


def measure(parts: list[str], lengths: Lengths, folder: Path) -> list[Figure]:
    figures: list[Figure] = []
    if "orders" in parts:
        say("order path: starting the system")
        with bench_system(folder / "orders") as system:
            figures += asyncio.run(order_path(system, lengths, folder, say))
    if "audit" in parts:
        say("audit ingest")
        figures.append(audit_ingest(folder / "audit", AUDIT_ORDERS if lengths is FULL else AUDIT_ORDERS_QUICK))
    if "fence" in parts:
        say("fence cost")
        figures += fence_cost()
    if "lifecycle" in parts:
        say("order state machine")
        figures.append(lifecycle_cost())
    if "risk" in parts:
        say("risk: a decision with the complete catalogue, with few and many orders open")
        figures += risk_decision() if lengths is FULL else risk_decision(many=BETWEEN, samples=RISK_SAMPLES // 4)
    if "matching" in parts:
        say("matching: per event with few and many open orders, and beside liquibook")
        figures += matching_cost(quick=lengths is QUICK)
    if "fix" in parts:
        say("FIX: engine, codec and transport, each beside another")
        figures += fix(quick=lengths is QUICK)
        say("FIX: order path to venues by FIX, starting the system")
        with bench_system(folder / "fix", fix=True) as system:
            figures += asyncio.run(fix_path(system, lengths, folder, say))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter holds")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part (repeat it for more)")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the JSON goes")
    options = parser.parse_args()
    logging.getLogger("oms").setLevel(logging.ERROR)  # what a client says while a broker starts is not news
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="oms-bench-"))
    try:
        figures = measure(options.only or list(PARTS), QUICK if options.quick else FULL, folder)
    except ComponentError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show_figures(figures, Console(width=100))
    write_figures(figures, options.output)
    say(
        f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, {time.monotonic() - started:.0f} s; {options.output}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
