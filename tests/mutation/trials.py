"""Whether a test notices a mutant: in a child of a process that has collected the tests once, or, where a class or a module says
something else, in a copy of the project.

In the child the function's code is exchanged wherever it is referred to; the tests that call it run, the quickest first, until one fails.
Which those are was seen when all of them ran unchanged. A child that needs far more processor time than the tests do is in a loop.
"""

import functools
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from changes import Mutant, code_with, source_with
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 300
CHILD_CPU_S = 60.0
COPIED = ("oms", "services", "tests", "deploy", "proto", "docs")
OPTIONS = ("-x", "-p", "no:cacheprovider", "-p", "no:terminal", "-o", "addopts=", "--hypothesis-seed=1")

settings.register_profile("mutation", phases=(Phase.explicit, Phase.generate), database=None, deadline=None)
"""A failure is enough: nobody reads the smallest example of it."""

Told = Callable[[Mutant, bool], None]


@dataclass
class Trials:
    """A pytest plugin that tries mutants in place of running the tests. `told` hears (mutant, killed), in the order in which they end."""

    mutants: Sequence[Mutant]
    sources: dict[str, str]
    told: Told
    jobs: int
    until: float
    passed: bool = False
    _callers: dict[tuple[str, str], list[tuple[float, int]]] = field(default_factory=dict)

    def pytest_configure(self) -> None:
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._run_unchanged(session)
        self.passed = not session.testsfailed
        if self.passed:
            self._try_all(session)
        return True

    def _run_unchanged(self, session: pytest.Session) -> None:
        files = {str(ROOT / file) for file in self.sources}
        called: set[tuple[str, str]] = set()

        def note(frame: FrameType, event: str, _: Any) -> None:
            if event == "call" and frame.f_code.co_filename in files:
                called.add((frame.f_code.co_filename, frame.f_code.co_qualname))

        for place, item in enumerate(session.items):
            called.clear()
            start = time.perf_counter()
            sys.settrace(note)  # called for calls alone: it returns nothing
            try:
                _run(item)
            finally:
                sys.settrace(None)
            took = time.perf_counter() - start
            for key in called:
                self._callers.setdefault(key, []).append((took, place))

    def _try_all(self, session: pytest.Session) -> None:
        functions, caches = _functions(), _caches()
        running: dict[int, Mutant] = {}
        for mutant in self.mutants:
            if time.monotonic() > self.until:
                break
            path = str(ROOT / mutant.unit.file)
            items = [session.items[place] for _, place in sorted(self._callers.get((path, mutant.unit.name), ()))]
            if not items:
                self.told(mutant, False)
                continue
            while len(running) >= self.jobs:
                self._await_one(running)
            code = code_with(self.sources[mutant.unit.file], mutant, path)
            pid = os.fork()
            if pid == 0:
                _child(session, items, functions[path, mutant.unit.name], code, caches)
            running[pid] = mutant
        while running:
            self._await_one(running)

    def _await_one(self, running: dict[int, Mutant]) -> None:
        pid, status = os.waitpid(-1, 0)
        self.told(running.pop(pid), status != 0)


def _run(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


def _child(
    session: pytest.Session,
    items: Iterable[pytest.Item],
    functions: Iterable[FunctionType],
    code: CodeType,
    caches: Any,
) -> None:
    """Never returns: exit status 0 where no test failed."""
    failed = True
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        signal.setitimer(signal.ITIMER_PROF, CHILD_CPU_S)  # SIGPROF ends it
        for cache in caches:
            cache.cache_clear()
        for function in functions:
            function.__code__ = code
        for item in items:
            _run(item)
            if session.testsfailed:
                break
        failed = bool(session.testsfailed)
    finally:
        os._exit(int(failed))


def _functions() -> dict[tuple[str, str], list[FunctionType]]:
    found: dict[tuple[str, str], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            found.setdefault((thing.__code__.co_filename, thing.__code__.co_qualname), []).append(thing)
    return found


def _caches() -> list[Any]:
    kind = type(functools.lru_cache(lambda: None))
    return [thing for thing in gc.get_objects() if isinstance(thing, kind)]


def try_in_process(
    mutants: Sequence[Mutant], sources: dict[str, str], tests: Sequence[str], told: Told, jobs: int, until: float
) -> bool:
    """False: the tests fail without any change."""
    trials = Trials(mutants, sources, told, jobs, until)
    os.chdir(ROOT)
    pytest.main([*OPTIONS, *tests], plugins=[trials])
    return trials.passed


def try_in_copy(
    mutants: Sequence[Mutant], sources: dict[str, str], tests: Sequence[str], told: Told, until: float
) -> None:
    with tempfile.TemporaryDirectory(prefix="oms-mutation-") as name:
        folder = Path(name)
        for part in COPIED:
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        for mutant in mutants:
            if time.monotonic() > until:
                return
            place = folder / mutant.unit.file
            place.write_text(source_with(sources[mutant.unit.file], mutant), "utf-8")
            told(mutant, not _passes(folder, tests))
            place.write_text(sources[mutant.unit.file], "utf-8")


def _passes(folder: Path, tests: Sequence[str]) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
    try:
        return not subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=TIMEOUT_S, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return False
