"""Whether a test notices a mutant.

A child collects the tests once. For each mutant it forks another, in which the function's code is exchanged wherever it is referred to, and the
tests that come to the changed statement run, the quickest first, until one fails; likewise constants and defaults (exchange.py). Where that
cannot be, or the function runs when its module is imported, the fork comes before anything of ours is imported, and the file is loaded from
the changed program.
A child that needs far more processor time than the tests do is in a loop.
"""

import functools
import gc
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, NoReturn

import pytest
from changes import Mutant, code_with, source_with, statement_with
from exchange import exchange
from hypothesis import Phase, settings
from reach import ROOT, Programs, Reach, digest_of, load_marked

EXAMPLES_MAX = 25
"""Of a property: one that needs more examples notices too rarely to be waited for."""
OPTIONS = ("-p", "no:cacheprovider", "-p", "no:terminal", "-o", "addopts=", "--hypothesis-seed=1")

FROM_START = "?"
"""Said of a mutant that has to be there when its module is imported."""

Told = Callable[[Mutant, str], None]
"""Hears of a mutant, and the test that noticed it or ""."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`seconds_max`: of tests for one mutant. `until`: by time.monotonic()."""

    jobs: int
    seconds_max: float
    until: float


@dataclass
class Trials:
    """A pytest plugin that tries mutants in place of running the tests."""

    mutants: Sequence[Mutant]
    sources: dict[str, str]
    reach: Reach
    marks: bytearray
    bounds: Bounds
    told: Callable[[int, str], None]
    _items: dict[str, pytest.Item] = field(default_factory=dict)
    _noticed: dict[str, Counter[str]] = field(default_factory=dict)
    """Of each file, the tests that noticed a change: they are tried first."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        at_import = bytes(self.marks)
        quicken(session)
        self._items = {item.nodeid: item for item in session.items}
        self._look(session)
        self._try_all(at_import)
        return True

    def _look(self, session: pytest.Session) -> None:
        """Runs the tests of files that were not seen, to see where they come to."""
        files: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            files.setdefault(item.nodeid.split("::")[0], []).append(item)
        for file, items in files.items():
            if file in self.reach.files or time.monotonic() > self.bounds.until:
                continue
            for item in items:
                self.marks[:] = bytes(len(self.marks))
                failed, start = session.testsfailed, time.process_time()
                _run(item)
                took = time.process_time() - start
                fails = session.testsfailed > failed
                self.reach.tests[item.nodeid] = -1.0 if fails else took, bytes(self.marks)
                if fails:
                    print(
                        f"mutation: {item.nodeid} fails without any change: left out", file=sys.__stderr__, flush=True
                    )
            self.reach.files[file] = digest_of(file)
            self.reach.save()

    def _try_all(self, at_import: bytes) -> None:
        gc.collect()
        gc.freeze()
        functions, caches = _functions(), _caches()
        running = Running(self.bounds.jobs, self._tell)
        for number, mutant in enumerate(self.mutants):
            if time.monotonic() > self.bounds.until:
                break
            unit = mutant.unit
            if unit.in_function and at_import[self.reach.first[unit.file, unit.name] + mutant.statement]:
                self.told(number, FROM_START)
                continue
            tests = self._tests_of(mutant)
            if not tests:
                self.told(number, "")
                continue

            def attempt(out: int, mutant: Mutant = mutant, tests: list[str] = tests) -> None:
                self._exchange(out, mutant, functions)
                for cache in caches:
                    cache.cache_clear()
                self._items[tests[0]].config.pluginmanager.register(Ending(out))
                for test in tests:
                    _run(self._items[test])

            running.start(number, attempt, _cpu_s(self.reach, tests))
        running.finish()

    def _exchange(self, out: int, mutant: Mutant, functions: dict[tuple[str, str], list[FunctionType]]) -> None:
        unit, source, path = mutant.unit, self.sources[mutant.unit.file], str(ROOT / mutant.unit.file)
        if unit.in_function:
            code = code_with(source, mutant, path)
            for function in functions[path, unit.name]:
                function.__code__ = code
            return
        gc.unfreeze()  # frozen things are not found
        module = sys.modules[unit.file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")]
        if not exchange(module, *statement_with(source, mutant)):
            os.write(out, FROM_START.encode())
            os._exit(1)

    def _tests_of(self, mutant: Mutant) -> list[str]:
        unit = mutant.unit
        if unit.in_function:
            known = self.reach.tests_of(unit.file, unit.name, mutant.statement, self.bounds.seconds_max)
        else:
            known = self.reach.tests_of_file(unit.file, self.bounds.seconds_max)
        tests = [test for test in known if test in self._items]
        noticed = self._noticed.get(unit.file, Counter())
        return sorted(tests, key=lambda test: -noticed[test])

    def _tell(self, number: int, test: str) -> None:
        self._noticed.setdefault(self.mutants[number].unit.file, Counter())[test] += 1
        self.told(number, test)


class Running:
    """Children of this process that each try one mutant; a child writes the test that noticed, and ends with status 1."""

    def __init__(self, jobs: int, told: Callable[[int, str], None]) -> None:
        self._jobs, self._told = jobs, told
        self._of: dict[int, tuple[int, int]] = {}

    def start(self, number: int, attempt: Callable[[int], None], cpu_s: float) -> None:
        while len(self._of) >= self._jobs:
            self._await_one()
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            _child(attempt, write, cpu_s)
        os.close(write)
        self._of[pid] = number, read

    def finish(self) -> None:
        while self._of:
            self._await_one()

    def _await_one(self) -> None:
        pid, status = os.waitpid(-1, 0)
        number, read = self._of.pop(pid)
        with os.fdopen(read) as said:
            test = said.read()
        self._told(number, (test or "it does not run or does not end") if status else "")


class Ending:
    """Ends the process at the first test that fails."""

    def __init__(self, out: int) -> None:
        self._out = out

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
            os.write(self._out, item.nodeid.encode())
            os._exit(1)


def _child(attempt: Callable[[int], None], out: int, cpu_s: float) -> NoReturn:
    status = 1
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        signal.setitimer(signal.ITIMER_PROF, cpu_s)  # SIGPROF ends it
        attempt(out)
        status = 0
    finally:
        os._exit(status)


def _cpu_s(reach: Reach, tests: Sequence[str]) -> float:
    return 4.0 + 5 * sum(max(0.0, reach.tests[test][0]) for test in tests)


def quicken(session: pytest.Session) -> None:
    """Fewer examples of each property, and no search for the smallest: a failure is enough, nobody reads it."""
    name = "_hypothesis_internal_use_settings"
    for item in session.items:
        test = getattr(getattr(item, "obj", None), "__func__", getattr(item, "obj", None))
        own = getattr(test, name, None)
        if own is not None:
            few = min(own.max_examples, EXAMPLES_MAX)
            phases = (Phase.explicit, Phase.generate)
            setattr(test, name, settings(own, max_examples=few, phases=phases, database=None, deadline=None))


def _run(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


def _functions() -> dict[tuple[str, str], list[FunctionType]]:
    found: dict[tuple[str, str], list[FunctionType]] = {}
    for thing in _all_objects():
        if isinstance(thing, FunctionType):
            found.setdefault((thing.__code__.co_filename, thing.__code__.co_qualname), []).append(thing)
    return found


def _caches() -> list[Any]:
    kind = type(functools.lru_cache(lambda: None))
    return [thing for thing in _all_objects() if isinstance(thing, kind)]


def _all_objects() -> list[Any]:
    gc.unfreeze()  # frozen ones are not told
    found = gc.get_objects()
    gc.freeze()
    return found


def try_in_process(
    mutants: Sequence[Mutant], sources: dict[str, str], reach: Reach, tests: Sequence[str], told: Told, bounds: Bounds
) -> list[Mutant]:
    """What is left: the mutants that have to be there when the module is imported."""
    left: list[Mutant] = []
    for number, test in _from_child(lambda say: _serve(mutants, sources, reach, tests, say, bounds)):
        if test == FROM_START:
            left.append(mutants[number])
        else:
            told(mutants[number], test)
    return left


def _from_child(serve: Callable[[Callable[[int, str], None]], None]) -> Iterator[tuple[int, str]]:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            with os.fdopen(write, "w") as out:

                def say(number: int, test: str) -> None:
                    out.write(json.dumps([number, test]) + "\n")
                    out.flush()

                serve(say)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as lines:
        for line in lines:
            number, test = json.loads(line)
            yield number, test
    os.waitpid(pid, 0)


def _serve(
    mutants: Sequence[Mutant],
    sources: dict[str, str],
    reach: Reach,
    tests: Sequence[str],
    say: Callable[[int, str], None],
    bounds: Bounds,
) -> None:
    marks = load_marked(sources, reach)
    pytest.main([*OPTIONS, *tests], plugins=[Trials(mutants, sources, reach, marks, bounds, say)])


def try_from_start(
    mutants: Sequence[Mutant], sources: dict[str, str], reach: Reach, told: Told, bounds: Bounds
) -> None:
    running = Running(bounds.jobs, lambda number, test: told(mutants[number], test))
    for number, mutant in enumerate(mutants):
        if time.monotonic() > bounds.until:
            break
        file = mutant.unit.file
        tests = reach.tests_of_file(file, bounds.seconds_max)
        if not tests:
            told(mutant, "")
            continue

        def attempt(out: int, mutant: Mutant = mutant, file: str = file, tests: list[str] = tests) -> None:
            sys.meta_path.insert(0, Programs({file: source_with(sources[file], mutant)}))
            files = list(dict.fromkeys(test.split("::")[0] for test in tests))
            status = pytest.main([*OPTIONS, *files], plugins=[Ending(out), _Quick(frozenset(tests))])
            # That tests are gone, as where they are made from a table of ours, says nothing.
            if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                os._exit(1)

        running.start(number, attempt, 30.0 + _cpu_s(reach, tests))
    running.finish()


@dataclass(frozen=True, slots=True)
class _Quick:
    """Of the files that are collected only these tests."""

    tests: frozenset[str]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.tests]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        quicken(session)
