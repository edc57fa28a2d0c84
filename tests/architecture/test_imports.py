"""Conventions that a reader may rely on, each with a check: one place per client library, no float near money, sizes, names, no mocks.

What package may import what is checked by import-linter (`make check`); here is what it cannot say.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "oms" / "v1"
PRODUCT = [
    p for top in ("oms", "services") for p in sorted((ROOT / top).rglob("*.py")) if not p.is_relative_to(GENERATED)
]
CORE = [p for p in PRODUCT if p.is_relative_to(ROOT / "oms" / "core")]
TESTS = sorted((ROOT / "tests").rglob("*.py"))

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
CLIENTS = {
    "confluent_kafka": "oms/runtime/kafka.py",
    "clickhouse_driver": "oms/runtime/clickhouse.py",
    "chdb": "oms/local/engine_child.py",
    "prometheus_client": "oms/runtime/telemetry.py",
    "faust": "oms/runtime/views.py",
    "opentelemetry": "oms/runtime/trace_export.py",
    "fsspec": "oms/runtime/snapshot_store.py",
    "msgpack": "oms/wire/snapshot.py",
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), name_of(path))


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, also inside functions."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize(("library", "home"), CLIENTS.items())
def test_a_client_library_has_one_home(library: str, home: str) -> None:
    users = {name_of(p) for p in PRODUCT if any(m.split(".")[0] == library for m in imported(p))}
    assert users == {home}, f"only {home} imports {library}; the rest goes through it"


def test_tests_use_real_doubles() -> None:
    """In-memory implementations under the same contract suite, in `oms.testing`, instead of mocks and patches."""
    for path in TESTS:
        assert not any(m.split(".")[-1] == "mock" or m.startswith("unittest") for m in imported(path)), name_of(path)
        arguments = {a.arg for n in ast.walk(tree_of(path)) if isinstance(n, ast.FunctionDef) for a in n.args.args}
        assert not arguments & {"monkeypatch", "mocker"}, f"{name_of(path)}: make the dependency an argument"


def floats_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"{node.lineno}: the literal {node.value}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield f"{node.lineno}: float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield f"{node.lineno}: true division; use // and say how it rounds"


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_has_no_float(path: Path) -> None:
    assert not list(floats_in(tree_of(path)))


def test_the_check_for_floats_finds_them() -> None:
    planted = "a = 0.5\nb = float(a)\nc = a / b\nc /= 2\nd = 7 // 2\n"
    assert len(list(floats_in(ast.parse(planted)))) == 4


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{node.name}: {lines} lines"


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_functions_and_files_are_short(path: Path) -> None:
    assert not list(long_functions(path)), f"at most {FUNCTION_LINES_MAX} lines a function"
    assert len(path.read_text("utf-8").splitlines()) <= FILE_LINES_MAX, f"at most {FILE_LINES_MAX} lines a file"


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_a_file_begins_with_what_it_is_for(path: Path) -> None:
    tree = tree_of(path)
    assert not tree.body or ast.get_docstring(tree), (
        "begin with a docstring: what it decides, and what it does not know"
    )


def test_every_dependency_has_its_reason_in_the_docs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + [d for extra in project["optional-dependencies"].values() for d in extra]
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    names = [re.split(r"[><=!~;]", requirement)[0].strip() for requirement in wanted]
    assert not [name for name in names if f"`{name}`" not in text], "docs/dependencies.md: say why it is here"


def test_a_module_is_named_after_its_concept() -> None:
    assert not [name_of(p) for p in PRODUCT + TESTS if {p.stem, p.parent.name} & VAGUE]


IMPORT_ALL = """
import importlib, socket, subprocess, sys, threading

def refuse(*arguments, **keywords):
    raise AssertionError(f"at import: {arguments}")

real = socket.socket
class Unconnected(real):
    connect = connect_ex = bind = sendto = refuse

socket.socket = Unconnected
subprocess.Popen.__init__ = refuse
before = set(threading.enumerate())
for name in sys.argv[1:]:
    importlib.import_module(name)
started = set(threading.enumerate()) - before
assert not started, started
print("imported", len(sys.argv) - 1)
"""


def modules() -> list[str]:
    """Dotted names of all modules, but what starts a program when it is run (`__main__`)."""
    names = [name_of(p).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for p in PRODUCT]
    return [name for name in names if not name.endswith("__main__")]


def test_an_import_connects_to_nothing_and_starts_nothing() -> None:
    names = modules()
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.split() == ["imported", str(len(names))], done.stderr
