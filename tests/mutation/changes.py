"""Small changes of code, one at a time: a comparison, an operator, a constant, a condition, `min` or `max`.

A change belongs to a unit: the function or method it is in, or what else a class or a module says. A unit's digest tells whether it is as it was.
"""

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_TEXT_MAX = 100
MODULE = "<module>"
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Unit:
    """`name`: as Python's qualified names, MODULE for what is in no class. `in_function`: it can be exchanged in a running interpreter."""

    file: str
    name: str
    digest: str
    in_function: bool


@dataclass(frozen=True, slots=True)
class Mutant:
    """`number`: of the change in its file. `change` is made different by a count where a unit has two that read alike."""

    unit: Unit
    number: int
    line: int
    change: str


def mutants_of(file: str, source: str) -> list[Mutant]:
    tree = ast.parse(source)
    owners = _owners(tree)
    units: dict[str, Unit] = {}
    found: list[Mutant] = []
    seen: dict[tuple[str, str], int] = {}
    for number, (node, change, _) in enumerate(_changes_in(tree)):
        name, owner = owners[id(node)]
        if name not in units:
            units[name] = Unit(file, name, _digest(owner), isinstance(owner, _FUNCTIONS))
        text = " ".join(change.split())[:_TEXT_MAX]
        times = seen[name, text] = seen.get((name, text), 0) + 1
        shown = text if times == 1 else f"{text} ({times})"
        found.append(Mutant(units[name], number, getattr(node, "lineno", 0), shown))
    return found


def source_with(source: str, mutant: Mutant) -> str:
    tree = ast.parse(source)
    node, _, instead = list(_changes_in(tree))[mutant.number]
    return ast.unparse(ast.fix_missing_locations(_Put(node, instead).visit(tree)))


def code_with(source: str, mutant: Mutant, path: str) -> CodeType:
    """The changed function's code."""
    return next(
        code
        for code in _codes(compile(source_with(source, mutant), path, "exec"))
        if code.co_qualname == mutant.unit.name
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _owners(tree: ast.Module) -> dict[int, tuple[str, ast.AST]]:
    """Each node → (its unit's name, the unit). Defaults and decorators of a function are said outside of it."""
    found: dict[int, tuple[str, ast.AST]] = {id(inner): (MODULE, tree) for inner in ast.walk(tree)}

    def enter(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                found.update((id(inner), (prefix + node.name, node)) for inner in ast.walk(node))
                enter(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, _FUNCTIONS):
                for inside in node.body:
                    found.update((id(inner), (prefix + node.name, node)) for inner in ast.walk(inside))

    enter(tree.body, "")
    return found


def _digest(owner: ast.AST) -> str:
    """Of a class or module without what has a unit of its own."""
    if not isinstance(owner, _FUNCTIONS):
        owner = copy.deepcopy(owner)
        for inner in ast.walk(owner):
            if isinstance(inner, _FUNCTIONS):
                inner.body = [ast.Pass()]
            elif isinstance(inner, ast.Module):
                inner.body = [node for node in inner.body if not isinstance(node, ast.ClassDef)]
    return hashlib.sha256(ast.unparse(owner).encode()).hexdigest()[:12]


def _changes_in(tree: ast.Module) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    """(node, what changes, the node that stands there instead). Texts, annotations, assertions and how a class is made are no behaviour."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            skipped.update(id(inner) for decorator in node.decorator_list for inner in ast.walk(decorator))
        elif isinstance(node, ast.Assert | ast.JoinedStr):
            skipped.update(id(inner) for inner in ast.walk(node))
        elif isinstance(node, ast.AnnAssign | ast.arg | ast.FunctionDef):
            annotation = node.returns if isinstance(node, ast.FunctionDef) else node.annotation
            skipped.update(id(inner) for inner in (ast.walk(annotation) if annotation is not None else ()))
    for node in ast.walk(tree):
        if id(node) not in skipped:
            yield from _changes_of(node)


def _changes_of(node: ast.AST) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    changed = copy.deepcopy(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARE:
        assert isinstance(changed, ast.Compare)
        changed.ops[0] = _COMPARE[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        assert isinstance(changed, ast.BinOp)
        changed.op = _BINARY[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        assert isinstance(changed, ast.BoolOp)
        changed.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node, f"{ast.unparse(node)} -> {ast.unparse(node.operand)}", node.operand
        return
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        changed = ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        changed = ast.Constant(not node.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        assert isinstance(changed, ast.Call)
        changed.func = ast.Name(_CALLS[node.func.id], ast.Load())
    else:
        return
    yield node, f"{ast.unparse(node)} -> {ast.unparse(changed)}", changed


class _Put(ast.NodeTransformer):
    def __init__(self, target: ast.AST, instead: ast.AST) -> None:
        self._target, self._instead = target, instead

    def visit(self, node: ast.AST) -> ast.AST:
        return self._instead if node is self._target else super().visit(node)
