"""`python -m oms.testing.order_matrices FILE…`: one line per row, then `N rows, M differ`.

Exit code 0: no row differs; 1: some do; 2: a file has a field or a value that is not known, and then nothing was driven.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from oms.testing.order_matrices.drive import Judged, drive
from oms.testing.order_matrices.matrix import Matrix, MatrixError, read_file

SAME, DIFFER, UNKNOWN = 0, 1, 2


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m oms.testing.order_matrices", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="matrices as JSON")
    files: list[Path] = parser.parse_args(arguments).files
    try:
        matrices = [matrix for file in files for matrix in read_file(file)]
        judged = list(judge(matrices))
    except MatrixError as error:
        print(f"order_matrices: {error}", file=sys.stderr)
        return UNKNOWN
    for row in judged:
        print(line_of(row))
    differing = sum(not row.same for row in judged)
    print(f"{len(judged)} rows, {differing} differ")
    return DIFFER if differing else SAME


def judge(matrices: list[Matrix]) -> Iterator[Judged]:
    for matrix in matrices:
        yield from drive(matrix)


def line_of(judged: Judged) -> str:
    """The row: where, what, and for what is sent each figure as expected and actual."""
    row = judged.row
    where = f"{judged.matrix_id}  t={row.t}{' alt' if row.alt else ''}"
    if row.received or not (judged.figures or judged.trouble):
        what = f"received {row.text}" if row.received else f"remark {row.text}".rstrip()
        return f"{where}  {what}  {'DIFFERS: ' + judged.trouble if judged.trouble else 'ok'}"
    if judged.trouble:
        return f"{where}  {row.text}  DIFFERS: {judged.trouble}"
    expected = " ".join(f"{f.name}={f.expected}" for f in judged.figures)
    actual = " ".join(f"{f.name}={f.actual}" for f in judged.figures)
    wrong = ", ".join(f.name for f in judged.figures if not f.same)
    return f"{where}  {row.text}  expected {expected}  actual {actual}  {'DIFFERS: ' + wrong if wrong else 'ok'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
