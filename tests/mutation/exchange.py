"""Exchanges in a running interpreter what a module or a class says: a constant, a field's default, a parameter's default.

What was made of a constant while its module was imported is not made anew, so that less is noticed than after a start, never more.
"""

import ast
import gc
import inspect
import sys
from dataclasses import is_dataclass
from types import FunctionType, ModuleType
from typing import Any


def exchange(module: ModuleType, path: tuple[str, ...], statement: ast.stmt) -> bool:
    """Whether it could: the classes of `path` lead to where the statement is said."""
    owner: Any = module
    for name in path:
        owner = getattr(owner, name)
    match statement:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), _, ast.expr() as value):
            if owner is module:
                if _is_made_into_others(module, name):
                    return False
                _constant(module, name, _evaluated(module, owner, value))
                return True
            return _field(owner, name, module, value)
        case ast.FunctionDef(name, arguments):
            function = vars(owner).get(name)
            if not isinstance(function, FunctionType):
                return False
            function.__defaults__ = tuple(_evaluated(module, owner, value) for value in arguments.defaults)
            return not any(arguments.kw_defaults)
    return False


def _is_made_into_others(module: ModuleType, name: str) -> bool:
    """Whether another constant of the module says it."""
    body = ast.parse(inspect.getsource(module)).body
    said = [
        inner
        for statement in body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for inner in ast.walk(statement)
    ]
    return any(isinstance(inner, ast.Name) and inner.id == name and isinstance(inner.ctx, ast.Load) for inner in said)


def _evaluated(module: ModuleType, owner: Any, value: ast.expr) -> Any:
    code = compile(ast.fix_missing_locations(ast.Expression(value)), module.__file__ or "", "eval")
    return eval(code, vars(module), {} if owner is module else dict(vars(owner)))


def _constant(module: ModuleType, name: str, value: Any) -> None:
    """Here, and where it was imported to or is a parameter's default."""
    old = vars(module)[name]
    for other in list(sys.modules.values()):
        names = getattr(other, "__dict__", {})
        if names.get(name) is old:
            names[name] = value
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__defaults__ and not isinstance(old, int | bool):
            thing.__defaults__ = tuple(value if default is old else default for default in thing.__defaults__)


def _field(owner: Any, name: str, module: ModuleType, value: ast.expr) -> bool:
    if is_dataclass(owner):
        made: Any = owner.__init__
    elif hasattr(owner, "_field_defaults"):
        made = owner.__new__
    else:
        return False
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "field":
        return False
    names = made.__code__.co_varnames[1 : made.__code__.co_argcount]
    place = names.index(name) - len(names) if name in names else 0
    defaults = list(made.__defaults__ or ())
    if not -len(defaults) <= place < 0:
        return False
    defaults[place] = _evaluated(module, owner, value)
    made.__defaults__ = tuple(defaults)
    return True
