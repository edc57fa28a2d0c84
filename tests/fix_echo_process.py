"""The echo acceptor as a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def echo(begin_string: str, sender: str, *more: str) -> Iterator[int]:
    """A running acceptor's port."""
    command = [sys.executable, "-m", "oms.testing.fix_echo", "--port", "0", "--begin-string", begin_string]
    process = subprocess.Popen([*command, "--sender", sender, *more], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        match = re.search(r"listening on 127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert match is not None, "the acceptor did not say where it listens"
        yield int(match[1])
    finally:
        process.terminate()
        process.communicate(timeout=10)
