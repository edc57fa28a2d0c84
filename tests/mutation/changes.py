"""Small changes of code, one at a time: a comparison, an operator, a constant, a condition, `min` or `max`.

A change belongs to a unit: the function or method it is in, or what else a class or a module says. A unit's digest tells whether it is as it was.
A unit's statements are numbered, so that a run of the tests can tell which of them each test comes to.
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
    """`number`: of the change in its file. `change` is made different by a count where a unit has two that read alike.
    `statement`: the number of the innermost statement of the function that it is in, 0 outside of functions."""

    unit: Unit
    number: int
    statement: int
    line: int
    change: str


def mutants_of(file: str, source: str) -> list[Mutant]:
    tree = ast.parse(source)
    owners = _owners(tree)
    statements = _statements(tree)
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
        found.append(Mutant(units[name], number, statements.get(id(node), 0), getattr(node, "lineno", 0), shown))
    return found


def units_of(source: str) -> dict[str, tuple[str, int]]:
    """Each function's name → (digest, how many statements it has)."""
    return {name: (_digest(node), len(_numbered(node))) for name, node in _functions(ast.parse(source))}


def marked(source: str, first: dict[str, int], marks: str) -> ast.Module:
    """The program, which sets `marks[n]` before each statement of its functions: n counts from `first` of the function."""
    tree = ast.parse(source)
    for name, node in _functions(tree):
        numbers = {id(statement): number for number, statement in enumerate(_numbered(node))}
        for block in _all_blocks(node):
            block[:] = [
                said
                for statement in block
                for said in (*_mark(statement, marks, first[name] + numbers[id(statement)]), statement)
            ]
    return ast.fix_missing_locations(tree)


def _mark(statement: ast.stmt, marks: str, number: int) -> tuple[ast.stmt, ...]:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return ()  # a docstring has to stay the first
    place = ast.Subscript(ast.Name(marks, ast.Load()), ast.Constant(number), ast.Store())
    return (ast.copy_location(ast.Assign([place], ast.Constant(1)), statement),)


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    pending: list[tuple[str, list[ast.stmt]]] = [("", tree.body)]
    while pending:
        prefix, body = pending.pop()
        for node in body:
            if isinstance(node, ast.ClassDef):
                pending.append((f"{prefix}{node.name}.", node.body))
            elif isinstance(node, _FUNCTIONS):
                yield prefix + node.name, node


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for inner in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield inner.body


def _all_blocks(node: ast.AST) -> list[list[ast.stmt]]:
    found = list(_blocks(node))
    for block in found:  # grows while it is walked
        for statement in block:
            found.extend(_blocks(statement))
    return found


def _numbered(node: ast.AST) -> list[ast.stmt]:
    """All statements of a function, an outer one before those in it."""
    return [statement for block in _all_blocks(node) for statement in block]


def _statements(tree: ast.Module) -> dict[int, int]:
    found: dict[int, int] = {}
    for _, node in _functions(tree):
        for number, statement in enumerate(_numbered(node)):
            found.update((id(inner), number) for inner in ast.walk(statement))
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


def statement_with(source: str, mutant: Mutant) -> tuple[tuple[str, ...], ast.stmt]:
    """Of a change outside of functions: the names of the classes that it is in, and the statement of them with the change."""
    tree = ast.parse(source)
    node, _, instead = list(_changes_in(tree))[mutant.number]
    path: tuple[str, ...] = ()
    body = tree.body
    while True:
        statement = next(said for said in body if any(inner is node for inner in ast.walk(said)))
        if not isinstance(statement, ast.ClassDef):
            return path, ast.fix_missing_locations(_Put(node, instead).visit(statement))
        path, body = (*path, statement.name), [*statement.body, *map(ast.Expr, statement.decorator_list)]


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
        elif isinstance(node, ast.Compare) and _is_of_a_sign(node):
            skipped.update({id(node)} if isinstance(node.ops[0], ast.Gt) else map(id, ast.walk(node)))
    for node in ast.walk(tree):
        if id(node) not in skipped:
            yield from _changes_of(node)


def _is_of_a_sign(node: ast.Compare) -> bool:
    """`sign > 0` or `sign < 0`: a side's sign is 1 or -1, so that `>= 0`, `<= 0` and `< 1` are the same program."""
    name = node.left.attr if isinstance(node.left, ast.Attribute) else getattr(node.left, "id", "")
    zero = isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value == 0
    return name == "sign" and zero and isinstance(node.ops[0], ast.Gt | ast.Lt)


def _changes_of(node: ast.AST) -> Iterator[tuple[ast.AST, str, ast.AST]]:
    changed: ast.AST
    match node:
        case ast.Compare(left, [operator, *others], operands) if type(operator) in _COMPARE:
            changed = ast.Compare(left, [_COMPARE[type(operator)](), *others], operands)
        case ast.BinOp(left, op, right) if type(op) in _BINARY:
            changed = ast.BinOp(left, _BINARY[type(op)](), right)
        case ast.BoolOp(op, values):
            changed = ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            changed = operand
        case ast.Constant(value) if type(value) is int:
            changed = ast.Constant(value + 1)
        case ast.Constant(value) if type(value) is bool:
            changed = ast.Constant(not value)
        case ast.Call(ast.Name(name), args, keywords) if name in _CALLS:
            changed = ast.Call(ast.Name(_CALLS[name], ast.Load()), args, keywords)
        case _:
            return
    yield node, f"{ast.unparse(node)} -> {ast.unparse(changed)}", changed


class _Put(ast.NodeTransformer):
    def __init__(self, target: ast.AST, instead: ast.AST) -> None:
        self._target, self._instead = target, instead

    def visit(self, node: ast.AST) -> ast.AST:
        return self._instead if node is self._target else super().visit(node)
