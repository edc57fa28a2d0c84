"""What the FIX transport adds to a round trip over loopback, beside a bare asyncio connection that echoes the same bytes.

    python tests/bench/fix_transport_cost.py            a table

Two figures. `fix_transport_roundtrip`: a blocking client against an echo over `FixTransport` (frames, windows), beside the same client against a
bare `asyncio.Protocol`. `fix_links_roundtrip`: an owner of `FixLinks` (a thread between it and the socket) against that bare echo, beside the
blocking client. The echoes are processes of their own; blocks of round trips alternate, the figures are medians. One message at a time: what
is measured is the way, not the rate.
"""

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import cast

from bench_figures import Figure, median, show_figures
from rich.console import Console

from oms.fix.codec import encode
from oms.runtime.fix_inputs import Address, FramesArrived, LinkInput, Opened
from oms.runtime.fix_links import FixLinks
from oms.runtime.fix_transport import FixTransport

HERE = "127.0.0.1"
BLOCKS, ROUND_TRIPS = 20, 200
WAIT_S = 10.0
ORDER = encode(
    "FIX.4.4",
    "D",
    (
        *((49, b"CLIENT1"), (56, b"OMS"), (34, b"177"), (52, b"20250106-14:30:00.123456")),
        *(
            (11, b"c-177"),
            (55, b"AAPL"),
            (54, b"1"),
            (60, b"20250106-14:30:00.123456"),
            (38, b"100"),
            (40, b"2"),
            (44, b"187.25"),
        ),
    ),
)


class _BareEcho(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


def bare_echo(told: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_BareEcho, HERE, 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def fix_echo(told: Connection) -> None:
    async def serve() -> None:
        def tell(what: LinkInput) -> None:
            if isinstance(what, FramesArrived):
                for frame in what.frames:
                    transport.write(what.link, cast(bytes, frame))
                transport.processed(what.link, len(what.frames), what.size)

        transport = FixTransport(tell)
        told.send(await transport.listen(Address(HERE, 0)))
        await asyncio.Event().wait()

    asyncio.run(serve())


@contextmanager
def process(echo: Callable[[Connection], None]) -> Iterator[int]:
    """Its port."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    child = context.Process(target=echo, args=(theirs,), daemon=True)
    child.start()
    try:
        assert mine.poll(30), "the echo does not start"
        yield mine.recv()
    finally:
        child.terminate()
        child.join(WAIT_S)


@contextmanager
def blocking(port: int) -> Iterator[Callable[[], None]]:
    """One round trip of a bare client."""
    with socket.create_connection((HERE, port), WAIT_S) as end:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def go() -> None:
            end.sendall(ORDER)
            left = len(ORDER)
            while left:
                left -= len(end.recv(65_536))

        yield go


@contextmanager
def through_links(port: int) -> Iterator[Callable[[], None]]:
    """One round trip of an owner of links."""
    links = FixLinks("bench")
    try:
        link = links.connect((Address(HERE, port),))

        def until(kind: type[LinkInput]) -> None:
            while True:
                assert links.wait(WAIT_S), "nothing came"
                if any(isinstance(told, kind) for told in links.poll()):
                    return

        def go() -> None:
            links.write(link, ORDER)
            until(FramesArrived)

        until(Opened)
        yield go
    finally:
        links.stop()


def fix_transport_cost(blocks: int = BLOCKS, round_trips: int = ROUND_TRIPS) -> list[Figure]:
    """µs a round trip."""
    with (
        process(bare_echo) as bare,
        process(fix_echo) as ours,
        blocking(bare) as a,
        blocking(ours) as b,
        through_links(bare) as c,
    ):
        took: dict[Callable[[], None], list[float]] = {a: [], b: [], c: []}
        for go in took:
            for _ in range(round_trips):
                go()
        for _ in range(blocks):
            for go, figures in took.items():
                for _ in range(round_trips):
                    started = time.perf_counter_ns()
                    go()
                    figures.append((time.perf_counter_ns() - started) / 1_000)
    bare_us, ours_us, links_us = (median(figures) for figures in took.values())
    return [
        Figure.of("fix_transport_roundtrip", ours_us, "µs", bare_us),
        Figure.of("fix_links_roundtrip", links_us, "µs", bare_us),
    ]


if __name__ == "__main__":
    show_figures(fix_transport_cost(), Console(width=100))
