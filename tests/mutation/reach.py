"""Which statements of the risk core each test comes to, and how long it takes: seen once, kept in build/mutation-reach.json.

The programs are loaded with a mark before each statement (changes.py), so that looking costs little. What is kept of a test file holds as long
as the file's digest does. Where a function has changed since, each test that came to it counts as coming to all of it; of a function that is
new, each test that came to its file.
"""

import base64
import builtins
import hashlib
import json
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

from changes import marked, units_of

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "mutation-reach.json"
MARKS = "__mutation_marks__"
_OWN = "tests/unit/test_risk_"

Key = tuple[str, str]
"""(file, function)"""


class Reach:
    def __init__(self, sources: dict[str, str]) -> None:
        self.first: dict[Key, int] = {}
        self._digests: dict[Key, str] = {}
        self._spans: dict[Key, int] = {}
        total = 0
        for file, text in sources.items():
            for name, (digest, statements) in units_of(text).items():
                self.first[file, name] = total
                self._digests[file, name], self._spans[file, name] = digest, statements
                total += statements
        self.total = total
        self.tests: dict[str, tuple[float, bytes]] = {}
        """Of each test: (seconds of processor time, a byte for each statement). Negative seconds: it fails without any change."""
        self.files: dict[str, str] = {}
        """Test files that were seen → their digests."""

    def load(self) -> None:
        if not CACHE.exists():
            return
        kept = json.loads(CACHE.read_text("utf-8"))
        changed = self._places(kept["units"])
        self.files.clear()
        self.tests.clear()
        for file, digest in kept["files"].items():
            if (ROOT / file).exists() and digest_of(file) == digest:
                self.files[file] = digest
        for test, (seconds, bits) in kept["tests"].items():
            if test.split("::")[0] in self.files:
                self.tests[test] = seconds, self._carried(base64.b85decode(bits), changed)

    def save(self) -> None:
        CACHE.parent.mkdir(exist_ok=True)
        units = [[*key, self._digests[key], self._spans[key]] for key in self.first]
        tests = {test: (seconds, _packed(bits)) for test, (seconds, bits) in self.tests.items()}
        CACHE.write_text(json.dumps({"units": units, "files": self.files, "tests": tests}), "utf-8")

    def _places(self, kept: list[list[Any]]) -> list[tuple[int, int, int, int, bool]]:
        """(where it was, its statements then, where it is, its statements, whether it is as it was) of each function."""
        found, before, of_file, seen = [], 0, {}, set()
        for file, name, digest, span in kept:
            start, end = of_file.get(file, (before, before))
            of_file[file] = min(start, before), max(end, before + span)
            if (file, name) in self.first:
                same = self._digests[file, name] == digest
                found.append((before, span, self.first[file, name], self._spans[file, name], same))
                seen.add((file, name))
            before += span
        for key in self.first.keys() - seen:
            start, end = of_file.get(key[0], (0, before))
            found.append((start, end - start, self.first[key], self._spans[key], False))
        return found

    def _carried(self, packed: bytes, places: list[tuple[int, int, int, int, bool]]) -> bytes:
        old = _unpacked(packed)
        bits = bytearray(self.total)
        for before, before_span, now, span, same in places:
            part = old[before : before + before_span]
            bits[now : now + span] = part if same else bytes([any(part)]) * span
        return bytes(bits)

    def tests_of(self, file: str, name: str, statement: int, seconds_max: float) -> list[str]:
        """The tests that come to a statement, the core's own first, for they ask for figures, and of them the quickest; as many as take so long
        together, one at least."""
        place = self.first[file, name] + statement
        return _within(((took, test) for test, (took, bits) in self.tests.items() if bits[place]), seconds_max)

    def tests_of_file(self, file: str, seconds_max: float) -> list[str]:
        """The tests that come to most of a file for their time: each adds something. And those that come to no statement: of what a module or
        a class says a test may ask without."""
        places = [
            n
            for (of, name), start in self.first.items()
            if of == file
            for n in range(start, start + self._spans[of, name])
        ]
        missing, chosen = set(places), []
        for took, test in sorted((took, test) for test, (took, _) in self.tests.items() if took >= 0):
            bits = self.tests[test][1]
            if added := {n for n in missing if bits[n]}:
                missing -= added
                chosen.append((took, test))
        others = ((took, test) for test, (took, bits) in self.tests.items() if any(bits[n] for n in places))
        asking = [(took, test) for test, (took, bits) in self.tests.items() if not any(bits)]
        return list(
            dict.fromkeys(
                [*_within(asking, seconds_max), *_within(chosen, seconds_max / 2), *_within(others, seconds_max / 2)]
            )
        )


def digest_of(file: str) -> str:
    return hashlib.sha256((ROOT / file).read_bytes()).hexdigest()[:12]


def _within(tests: Any, seconds_max: float) -> list[str]:
    chosen, total = [], 0.0
    for took, test in sorted(tests, key=lambda row: (not row[1].startswith(_OWN), row)):
        if took < 0:
            continue
        total += took
        if chosen and total > seconds_max:
            break
        chosen.append(test)
    return chosen


def _packed(marks: bytes) -> str:
    bits = int("1" + "".join("1" if mark else "0" for mark in marks), 2)
    return base64.b85encode(bits.to_bytes((bits.bit_length() + 7) // 8, "big")).decode()


def _unpacked(packed: bytes) -> bytes:
    return bytes(digit == "1" for digit in bin(int.from_bytes(packed, "big"))[3:])


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, program: Any) -> None:
        super().__init__(name, path)
        self._program = program

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._program, self.path, "exec", dont_inherit=True)


class Programs(MetaPathFinder):
    """Loads some files from other programs than they hold."""

    def __init__(self, programs: dict[str, Any]) -> None:
        self._programs = {str(ROOT / file): program for file, program in programs.items()}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not fullname.startswith("oms.core."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin in self._programs:
            assert spec.origin is not None
            spec.loader = _Loader(fullname, spec.origin, self._programs[spec.origin])
            spec.cached = None
        return spec


def load_marked(sources: dict[str, str], reach: Reach) -> bytearray:
    """From now on these files are imported with marks, which are set in what this returns."""
    marks = bytearray(reach.total)
    setattr(builtins, MARKS, marks)
    programs = {}
    for file, text in sources.items():
        first = {name: start for (of, name), start in reach.first.items() if of == file}
        programs[file] = marked(text, first, MARKS)
    sys.meta_path.insert(0, Programs(programs))
    return marks
