"""`oms watch`: one screen for who must see at once whether it is well, what desks do, and what they hold.

This gathers the facts and drives the terminal; what they look like is `oms.cli.watch_screen`. A part that does not answer is shown as
such and never ends the command. It only reads.
"""

import contextlib
import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.live import Live

from oms.cli.completion import complete_account, complete_desk, complete_instrument
from oms.cli.instance import CliError, DataOption, JsonOption, UsageError, running_instance
from oms.cli.output import console, print_json
from oms.cli.watch_facts import Filters
from oms.cli.watch_gather import Watcher
from oms.cli.watch_json import facts_json
from oms.cli.watch_screen import screen
from oms.local.supervisor import SERVICES

EVERY_MIN_S = 0.2
QUIT_KEYS = "qQ\x03\x04"


def register(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    desk: Annotated[str, typer.Option("--desk", help="Only this desk.", autocompletion=complete_desk)] = "",
    account: Annotated[str, typer.Option("--account", help="Only this account.", autocompletion=complete_account)] = "",
    instrument: Annotated[
        str, typer.Option("--instrument", help="Only this instrument.", autocompletion=complete_instrument)
    ] = "",
    service: Annotated[str, typer.Option("--service", help=f"Only this one: {', '.join(SERVICES)}.")] = "",
    every: Annotated[
        float, typer.Option("--every", min=EVERY_MIN_S, max=3600, help="Seconds between two frames.")
    ] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Print one frame as text and end.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The live view: clocks, alerts, orders, desks, services, positions, fills. q or Ctrl-C ends it."""
    if service and service not in SERVICES:
        raise UsageError(f"--service {service}: there are {', '.join(SERVICES)}")
    if not (once or as_json) and not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise UsageError("the live view needs a terminal: give --once for one frame as text, or --json")
    running_instance(data)
    watcher = Watcher(lambda: running_instance(data), Filters(desk, account, instrument, service))
    try:
        if as_json:
            print_json(facts_json(watcher.look()))
        elif once:
            out = console()
            out.print(screen(watcher.look(), out.width))
        else:
            _live(watcher, every)
    finally:
        watcher.close()


def _live(watcher: Watcher, every_s: float) -> None:
    out = console()
    with _interrupts() as interrupted, _keys(), Live(console=out, screen=True, auto_refresh=False) as live:
        while True:
            live.update(screen(watcher.look(), out.width, out.height), refresh=True)
            readable = select.select([sys.stdin, interrupted], [], [], every_s)[0]
            if interrupted in readable or (sys.stdin in readable and _key() in QUIT_KEYS):
                return


def _key() -> str:
    return os.read(sys.stdin.fileno(), 1).decode()


@contextlib.contextmanager
def _interrupts() -> Iterator[int]:
    """A descriptor that can be read once Ctrl-C was pressed. As an exception it would be lost where it comes in a client library's callback."""
    readable, writable = os.pipe()
    before = signal.signal(signal.SIGINT, lambda *_: os.write(writable, b"!"))
    try:
        yield readable
    finally:
        signal.signal(signal.SIGINT, before)
        os.close(readable)
        os.close(writable)


@contextlib.contextmanager
def _keys() -> Iterator[None]:
    """Keys come one by one and are not shown; the terminal is as it was afterwards."""
    descriptor = sys.stdin.fileno()
    try:
        before = termios.tcgetattr(descriptor)
    except termios.error as error:
        raise CliError(f"the terminal cannot be read ({error}): give --once or --json") from None
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
