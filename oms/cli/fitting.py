"""Tables as wide as there is room: columns that matter less are left out until each row fits on one line. JSON and CSV have them all."""

from collections.abc import Sequence
from typing import Any

from oms.cli.output import console, is_narrow, shown

Row = dict[str, Any]


def fitting(rows: Sequence[Row], droppable: Sequence[str], width: int = 0) -> list[Row]:
    """The rows without as many of `droppable` (the first goes first) as it takes. `width` 0: the terminal's."""
    width, found, left_out = width or console().width, list(rows), set[str]()
    for name in (*droppable, None):
        if table_width(found) <= width or name is None:
            break
        left_out.add(name)
        found = [{key: value for key, value in row.items() if key not in left_out} for row in rows]
    return found


def table_width(rows: Sequence[Row]) -> int:
    """Of the table as `oms.cli.output.print_table` draws it."""
    if not rows:
        return 0
    cells = sum(max(len(name), *(len(shown(row[name])) for row in rows)) for name in rows[0])
    return cells + len(rows[0]) * (2 if is_narrow() else 3) - 1


def right(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Figures with a mark on them (?, *, !) are no numbers to a table: these columns are set to the right here."""
    widths = {n: max((len(n), *(len(shown(row[n])) for row in rows))) for n in names if rows and n in rows[0]}
    return [{k: shown(v).rjust(widths[k]) if k in widths else v for k, v in row.items()} for row in rows]
