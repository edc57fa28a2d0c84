"""The live view inside `oms run`: the screen of `oms watch`, with the run's own messages below it.

The facts are gathered in a thread of their own: the run drives the tape's clock, and may wait for nobody. The run's messages are printed
again when the screen closes, because a terminal forgets what was on its alternate screen.
"""

import threading
import time
from collections import deque
from pathlib import Path

from rich.live import Live

from oms.cli.instance import running_instance
from oms.cli.output import console
from oms.cli.watch_facts import Clocks, Facts, Filters
from oms.cli.watch_gather import Watcher
from oms.cli.watch_screen import screen

LOOK_EVERY_S = 1.0
MESSAGES_KEPT = 500
"""Printed when the screen closes."""

CLOSE_WAIT_S = 3.0


class RunScreen:
    """`show`, `say` and `close` belong to the run's thread."""

    def __init__(self, data: Path) -> None:
        self._watcher = Watcher(lambda: running_instance(data), Filters())
        self._console = console()
        self._live = Live(console=self._console, screen=True, auto_refresh=False)
        self._said: deque[str] = deque(maxlen=MESSAGES_KEPT)
        self._facts = Facts(Clocks(time.time_ns()))
        self._fresh = threading.Event()
        self._stopping = threading.Event()
        self._looking = threading.Thread(target=self._look, name="screen", daemon=True)
        self._live.start()
        self._looking.start()

    def say(self, line: str) -> None:
        self._said.append(line)
        self._fresh.set()

    def show(self) -> None:
        """A new frame, where there is news."""
        if not self._fresh.is_set():
            return
        self._fresh.clear()
        self._live.update(screen(self._facts, self._console.width, self._console.height), refresh=True)

    def close(self) -> list[str]:
        """Back to the normal screen. What was said meanwhile."""
        self._stopping.set()
        self._live.stop()
        self._looking.join(CLOSE_WAIT_S)
        self._watcher.close()
        return list(self._said)

    def _look(self) -> None:
        while not self._stopping.is_set():
            try:
                self._facts = self._watcher.look(list(self._said))
            except Exception as error:  # the run goes on, whatever the picture of it lacks
                self._facts = Facts(
                    Clocks(time.time_ns()), gateway_problem=f"the screen has no facts: {type(error).__name__}: {error}"
                )
            self._fresh.set()
            self._stopping.wait(LOOK_EVERY_S)
