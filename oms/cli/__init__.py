"""The command line. A Python that is too old is told so here, before any file that it could not read is imported."""

import sys

PYTHON_NEEDED = (3, 11)


def python_problem(version: "tuple[int, ...]") -> str:
    """Why this Python will not do, in one line; empty where it will."""
    if tuple(version[:2]) >= PYTHON_NEEDED:
        return ""
    needed, found = ".".join(map(str, PYTHON_NEEDED)), ".".join(map(str, version[:3]))
    return f"oms: Python {needed} or newer is needed, this is {found}: set it up again with `make setup PYTHON=python{needed}`"


if python_problem(tuple(sys.version_info[:3])):
    raise SystemExit(python_problem(tuple(sys.version_info[:3])))
