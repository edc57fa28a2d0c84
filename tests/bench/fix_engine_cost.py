"""What an order costs our FIX engine, beside `simplefix` with a bare socket and, where it is installed, QuickFIX: over loopback, in one run.

    python tests/bench/fix_engine_cost.py [--quick]            a table

Two processes an engine, an initiator and an acceptor, each with the same small application (`fix_exchange`, `fix_engines`): a NewOrderSingle
is answered with two ExecutionReports, New and Trade. `fix_engine_roundtrip…`: orders/s with WINDOW orders under way; `…_p50`: µs from the
sending of an order to its trade, one at a time. Blocks of the engines alternate; medians over the blocks. No disk, no broker.
"""

import argparse
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection as Pipe

from bench_figures import Figure, median, show_figures
from fix_engines import OURS, QUICKFIX, SIMPLEFIX, Engine, quickfix_installed
from fix_exchange import WAIT_S, Took
from rich.console import Console

BLOCKS, BLOCKS_QUICK = 15, 5
WARM_ORDERS, RATE_ORDERS, SINGLE_ORDERS = 300, 1_500, 400
WINDOW = 16

Ask = Callable[[int, int], Took]


@contextmanager
def running(engine: Engine) -> Iterator[Ask]:
    """Both processes of an engine, logged on; asked for a block of (orders, window)."""
    context = multiprocessing.get_context("spawn")
    port_pipe, told = context.Pipe()
    acceptor = context.Process(target=engine.accept, args=(told,), daemon=True)
    acceptor.start()
    children = [acceptor]
    try:
        pipe, theirs = context.Pipe()
        initiator = context.Process(target=engine.initiate, args=(heard(port_pipe, engine), theirs), daemon=True)
        initiator.start()
        children.append(initiator)
        heard(pipe, engine)

        def ask(count: int, window: int) -> Took:
            pipe.send((count, window))
            took = heard(pipe, engine)
            assert isinstance(took, Took)
            return took

        yield ask
    finally:
        for child in children:
            child.kill()  # QuickFIX's threads do not always end
            child.join(WAIT_S)


def heard(pipe: Pipe, engine: Engine) -> object:
    assert pipe.poll(WAIT_S), f"{engine.name} does not answer"
    return pipe.recv()


def measured(engines: Sequence[Engine], blocks: int, rate_orders: int, single_orders: int) -> dict[str, Took]:
    """Of each engine the median rate, and the µs of every order that went alone."""
    rates: dict[str, list[float]] = {engine.name: [] for engine in engines}
    singles: dict[str, list[float]] = {engine.name: [] for engine in engines}
    with ExitStack() as stack:
        asks = {engine.name: stack.enter_context(running(engine)) for engine in engines}
        for ask in asks.values():
            ask(WARM_ORDERS, WINDOW)
        for _ in range(blocks):
            for name, ask in asks.items():
                rates[name].append(ask(rate_orders, WINDOW).rate)
                singles[name] += ask(single_orders, 1).order_us
    return {name: Took(median(rates[name]), singles[name]) for name in rates}


def fix_engine_cost(
    blocks: int = BLOCKS, rate_orders: int = RATE_ORDERS, single_orders: int = SINGLE_ORDERS
) -> list[Figure]:
    """Ratios of rates: more is better. Of times: less is."""
    engines = [OURS, SIMPLEFIX]
    if quickfix_installed():
        engines.append(QUICKFIX)
    else:
        print("bench: quickfix is not installed here: no figure beside it", flush=True)
    took = measured(engines, blocks, rate_orders, single_orders)
    ours = took.pop(OURS.name)
    figures = []
    for name, theirs in took.items():
        figure = "fix_engine_roundtrip" if name == SIMPLEFIX.name else f"fix_engine_beside_{name}"
        figures += [
            Figure.of(figure, ours.rate, "orders/s", theirs.rate),
            Figure.of(f"{figure}_p50", median(ours.order_us), "µs", median(theirs.order_us)),
        ]
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer blocks")
    show_figures(fix_engine_cost(BLOCKS_QUICK if parser.parse_args().quick else BLOCKS), Console(width=100))
