"""Child processes that never outlive their parent.

Decides how a component of the local system is started and stopped: in a session of its own (the terminal's Ctrl-C reaches only the
parent, which stops its children in order), with its output in a file, and with SIGTERM from the kernel when the parent dies, however it dies.

Linux sends that signal when the *thread* that started the child ends. So a thread of its own starts each child and stays until the child is gone.
Does not know what the child is.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class ComponentError(Exception):
    """A local component cannot run; the text is one clear line that says what to do."""


class ComponentChild:
    """A running child. The process is reaped by its keeper thread; `poll` and `wait` only ask."""

    def __init__(self, process: "subprocess.Popen[bytes]", keeper: threading.Thread) -> None:
        self._process = process
        self._keeper = keeper

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code (negative: the signal), or None while it runs."""
        return None if self._keeper.is_alive() else self._process.returncode

    def wait(self, timeout_s: float) -> int | None:
        """Wait for the end; the exit code, or None where it still runs."""
        self._keeper.join(timeout_s)
        return self.poll()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        self._keeper.join()

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting."""
        self._signal(signal.SIGTERM)

    def stop(self, timeout_s: float) -> bool:
        """SIGTERM, then SIGKILL after `timeout_s`. True where it ended by itself."""
        self._signal(signal.SIGTERM)
        if self.wait(timeout_s) is not None:
            return True
        self.kill()
        return False

    def _signal(self, number: int) -> None:
        if self._keeper.is_alive():
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def end_with(parent_pid: int, death_signal: signal.Signals = signal.SIGTERM) -> None:
    """The calling process gets the signal when the thread that started it ends: nothing is left behind where a parent is killed."""
    LIBC.prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent_pid:  # the parent died before the line above
        os._exit(1)


def start_child(
    args: Sequence[str],
    output: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    keeps_open: Sequence[int] = (),
    parent_death_signal: signal.Signals = signal.SIGTERM,
) -> ComponentChild:
    """Start `args` with stdout and stderr in the file `output` (emptied first). Raises OSError where it cannot be started.

    `parent_death_signal`: SIGKILL for a program that does not end at SIGTERM.
    """
    started = threading.Event()
    result: list[subprocess.Popen[bytes] | OSError] = []
    parent_pid = os.getpid()

    def in_child() -> None:
        end_with(parent_pid, parent_death_signal)

    def keep() -> None:
        try:
            with output.open("wb") as sink:
                process = subprocess.Popen(
                    args,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    cwd=cwd,
                    env=env,
                    start_new_session=True,
                    pass_fds=keeps_open,
                    preexec_fn=in_child,  # noqa: PLW1509 (it makes two system calls and takes no lock)
                )
        except OSError as fault:
            result.append(fault)
            started.set()
            return
        result.append(process)
        started.set()
        process.wait()

    keeper = threading.Thread(target=keep, name=f"keeper of {Path(args[0]).name}", daemon=True)
    keeper.start()
    started.wait()
    if isinstance(result[0], OSError):
        raise result[0]
    return ComponentChild(result[0], keeper)


def claim_directory(folder: Path) -> int:
    """Make `folder` and take it for one process; returns the lock's file descriptor. Raises BlockingIOError where it is taken.

    The lock lasts until the last process that holds the descriptor has closed it: given to a child in `keeps_open`, until that child is gone,
    even when the parent died first. (Two brokers on one folder damage each other's files before Kafka's own lock stops the second.)
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "in-use", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a text file; none where there is no file."""
    if not path.exists():
        return []
    return path.read_text("utf-8", errors="replace").rstrip().splitlines()[-count:]
