"""`make tour`: the README's five minutes, carried out and compared with what the README shows.

Every command of the section is run by a shell, in order, as a reader would type it; the first one starts the system, in a temporary data
directory. The tour fails where a command's answer has another shape than the README's (`tour_shape`), or does not come in time.
What it prints is each command with its answer, so that a failed tour can be read.
"""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tour_readme import Step, steps_in
from tour_shape import difference

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
HEADING = "Five minutes"
START = "make run"
START_S, COMMAND_S, STOP_S = 180.0, 60.0, 30.0
LAST_START_LINE = " tape "
"""The first line of progress: with it the system runs."""


class TourFailed(Exception):
    """A step that did not go as the README shows; the text names it."""


class RunningSystem:
    """`make run`, in a session of its own so that its end takes everything with it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["make", "--no-print-directory", "run", f"DATA={environment['OMS_DATA']}"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def started(self) -> str:
        """What it printed up to its first line of progress."""
        output = self._process.stdout
        assert output is not None
        os.set_blocking(output.fileno(), False)
        text, deadline = b"", time.monotonic() + START_S
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                if not selector.select(1.0):
                    continue
                chunk = output.read()
                if chunk == b"":
                    raise TourFailed(f"`{START}` ended: {text.decode(errors='replace')}")
                text += chunk or b""
                lines = text.decode(errors="replace").splitlines(keepends=True)
                if any(LAST_START_LINE in line and line.endswith("\n") for line in lines):
                    return "".join(lines)
        raise TourFailed(f"`{START}` did not start within {START_S:.0f} s: {text.decode(errors='replace')}")

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            self._process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise TourFailed(f"`{START}` did not end within {STOP_S:.0f} s of Ctrl-C") from None


def answer_of(command: str, environment: dict[str, str]) -> str:
    """Standard output and error of one command, as a terminal shows them."""
    try:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_S,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise TourFailed(f"no answer within {COMMAND_S:.0f} s: {command}: {(late.stdout or b'').decode()}") from None
    return done.stdout.decode(errors="replace")


def show(step: Step, answer: str) -> None:
    print(f"$ {step.command}\n{answer}", flush=True)
    problem = difference(step.answer, answer)
    if problem:
        raise TourFailed(f"`{step.command}` answers in another shape than the README shows: {problem}")


def tour(environment: dict[str, str]) -> int:
    """The number of steps. Raises TourFailed."""
    first, *steps = steps_in(README.read_text("utf-8"), HEADING)
    if first.command != START:
        raise TourFailed(f"the section {HEADING!r} does not begin with `{START}`")
    system = RunningSystem(environment)
    try:
        show(first, system.started())
        for step in steps:
            show(step, answer_of(step.command, environment))
    finally:
        system.stop()
    return 1 + len(steps)


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="oms-tour-") as folder:
        paths = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "OMS_DATA": f"{folder}/data", "PATH": paths}
        try:
            count = tour(environment)
        except TourFailed as failed:
            print(f"TOUR FAILED: {failed}", file=sys.stderr)
            return 1
    print(f"tour: {count} steps as the README shows them, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
