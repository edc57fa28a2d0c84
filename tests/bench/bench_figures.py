"""What a benchmark says: figures beside their baselines, as a table for people and as JSON for machines. Measures nothing."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. `ratio` = value / baseline: it travels between machines, the absolute figures do not."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float

    @classmethod
    def of(cls, name: str, value: float, unit: str, baseline: float) -> "Figure":
        return cls(name, round(value, 3), unit, round(baseline, 3), round(value / baseline, 3) if baseline else 0.0)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (nearest rank). ValueError where there are none."""
    if not values:
        raise ValueError("no values: nothing was measured")
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1).__int__()]


def median(values: Sequence[float]) -> float:
    return percentile(values, 50)


def table_of(figures: Iterable[Figure]) -> Table:
    table = Table(title="benchmarks: ratios to a baseline of the same run")
    table.add_column("figure")
    for title in ("value", "unit", "baseline", "ratio"):
        table.add_column(title, justify="left" if title == "unit" else "right")
    for f in figures:
        table.add_row(f.name, f"{f.value:,.3f}", f.unit, f"{f.baseline:,.3f}", f"{f.ratio:.2f}")
    return table


def write_figures(figures: Sequence[Figure], path: Path) -> None:
    """The whole list or the file that was there before: never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps([asdict(f) for f in figures], indent=2) + "\n")
    new.replace(path)


def show_figures(figures: Sequence[Figure], console: Console) -> None:
    console.print(table_of(figures))
