"""QuickFIX/J, an engine that is not ours, with its own dictionary and its own rules: a process that a test drives.

Its jars come from Maven Central once and are kept under `build/`; the program is tests/interop/quickfixj/Interop.java.
"""

import functools
import hashlib
import os
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

INTEROP = Path(__file__).parent / "interop" / "quickfixj"
KEPT = Path(__file__).parents[1] / "build" / "quickfixj"
WAIT_S = 30.0
RESOLVE_TIMEOUT_S = 300.0

NEEDED = pytest.mark.skipif(
    not (shutil.which("java") and shutil.which("javac") and shutil.which("mvn")),
    reason="needs a JDK and Maven: apt-get install -y openjdk-17-jdk-headless maven",
)


@functools.cache
def class_path() -> str:
    """The engine's jars, and our program compiled against them."""
    sources = (INTEROP / "pom.xml").read_bytes() + (INTEROP / "Interop.java").read_bytes()
    folder = KEPT / hashlib.sha256(sources).hexdigest()[:16]
    jars = folder / "classpath"
    if not jars.exists() or not all(Path(jar).exists() for jar in jars.read_text().split(os.pathsep)):
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"resolving-{os.getpid()}"
        resolve = ["mvn", "-q", "-B", "-f", str(INTEROP / "pom.xml"), "dependency:build-classpath"]
        subprocess.run([*resolve, f"-Dmdep.outputFile={fresh}"], check=True, timeout=RESOLVE_TIMEOUT_S)
        subprocess.run(
            ["javac", "-cp", fresh.read_text(), "-d", str(folder), str(INTEROP / "Interop.java")], check=True
        )
        fresh.replace(jars)
    return os.pathsep.join((str(folder), jars.read_text()))


class Theirs:
    """The other engine as a process. `said`: the lines that it printed, up to the last look."""

    def __init__(self, kind: str, port: int, *settings: str) -> None:
        command = ["java", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp", class_path(), "Interop", kind, str(port)]
        self._process = subprocess.Popen(
            [*command, *settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self.said: list[str] = []

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())

    def do(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def look(self) -> list[str]:
        while not self._lines.empty():
            self.said.append(self._lines.get())
        return self.said

    def got(self, msg_type: str) -> list[str]:
        """ClOrdIDs of the application messages of a type, in order."""
        return [line.split()[2] for line in self.look() if line.startswith(f"got {msg_type} ")]

    def wait(self, done: Callable[[], bool]) -> None:
        """Until it has said so, while we read nothing."""
        end = time.monotonic() + WAIT_S
        while not done():
            assert time.monotonic() < end, f"not in time; it said {self.said[-5:]}"
            time.sleep(0.02)

    def stop(self) -> None:
        self.do("quit")
        try:
            self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


@contextmanager
def theirs(kind: str, port: int, *settings: str) -> Iterator[Theirs]:
    engine = Theirs(kind, port, *settings)
    try:
        yield engine
    finally:
        engine.stop()
