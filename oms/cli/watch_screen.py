"""The live view as a picture: facts in, something that rich can print out, never wider than asked for. Pure.

A section is there even when it is empty, and says so: a missing section would look like good news. Where lines are short, positions,
fills and minutes give way, in this order; clocks, alerts, orders, desks and services never do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from oms.cli.decimals import to_text
from oms.cli.output import time_text
from oms.cli.watch_facts import (
    AUDIT_LIMIT_NS,
    Alert,
    Clocks,
    DeskLine,
    Facts,
    FillLine,
    MinuteLine,
    PositionLine,
    ServiceLine,
    Urgency,
    alerts,
    brief_age,
)
from oms.core.money import AMOUNT_SCALE

L = TypeVar("L")
WIDTH_MIN = 80
ALERTS_SHOWN = 4
MESSAGES_SHOWN = 3
ROWS_MIN, ROWS_MAX = 3, 12
SUM_WIDTH = 11
UNKNOWN = "?"
"""Of a figure that exists and is not known here; "-" stands for one that there is not."""

_STYLES = {
    Urgency.STOPPED: "bold white on red",
    Urgency.DENIED: "bold red",
    Urgency.HALTED: "bold yellow",
    Urgency.NEAR: "yellow",
    Urgency.NOTE: "dim",
}


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in characters; text that is longer is cut, with an ellipsis. A wide one is left out below 100 columns."""

    name: str
    width: int
    right: bool = False
    wide: bool = False


def screen(facts: Facts, width: int, height: int | None = None) -> RenderableType:
    """One frame. `height` None: as many lines as there is something to show."""
    width = max(width, WIDTH_MIN)
    found = alerts(facts)
    messages = [_plain(f"  {m}", width, "dim") for m in facts.messages[-MESSAGES_SHOWN:]]
    fixed: list[RenderableType] = [
        _head(facts, width),
        _clock_line(facts.clocks, width),
        *_alert_lines(found, width),
        _order_line(facts, width),
        _desk_table(facts, width),
        _service_table(facts, width),
        _state_line(facts, width),
    ]
    used = 4 + max(1, min(len(found), ALERTS_SHOWN)) + 2 + len(facts.desks or (0,)) + max(1, len(facts.services))
    rows = ROWS_MAX if height is None else height - used - 2 - len(messages)
    halves = max(ROWS_MIN, min(ROWS_MAX, rows if height is None or rows < 10 else rows // 2))
    fixed.append(_halves(facts, width, halves))
    if height is None or rows - halves >= ROWS_MIN:
        fixed.append(_minute_table(facts, width, ROWS_MAX if height is None else rows - halves - 1))
    return Group(*fixed, *messages)


def _plain(text: str, width: int, style: str = "") -> Text:
    line = Text(text, style=style, no_wrap=True, overflow="ellipsis")
    line.truncate(width, overflow="ellipsis")
    return line


def _head(facts: Facts, width: int) -> Text:
    restricted = facts.filters.text()
    return _plain(f"oms{'  only ' + restricted if restricted else ''}  {facts.clocks.label}".rstrip(), width, "bold")


def _clock_line(clocks: Clocks, width: int) -> Text:
    tape = "tape not set going"
    if clocks.tape_ns:
        pace = f"x{clocks.speed_milli / 1000:g}" if clocks.speed_milli else "stopped"
        tape = f"tape {time_text(clocks.tape_ns)} {pace}"
    return _plain(f"{tape} | wall {time_text(clocks.wall_ns)} UTC", width)


def _alert_lines(found: Sequence[Alert], width: int) -> list[Text]:
    if not found:
        return [_plain("ALERTS none", width, "green")]
    lines = [_plain(f"ALERT {alert.text}", width, _STYLES[alert.urgency]) for alert in found[:ALERTS_SHOWN]]
    if len(found) > ALERTS_SHOWN:
        rest = f" (+{len(found) - ALERTS_SHOWN} more: oms status)"
        lines[-1] = _plain(f"ALERT {found[ALERTS_SHOWN - 1].text}"[: width - len(rest)] + rest, width, lines[-1].style)  # type: ignore[arg-type]
    return lines


def _order_line(facts: Facts, width: int) -> Text:
    if facts.orders is None:
        return _plain(f"ORDERS {UNKNOWN}", width)
    counts = "  ".join(f"{count} {name.lower().replace('_', ' ')}" for name, count in facts.orders) or "none yet"
    return _plain(f"ORDERS {counts}", width)


def _state_line(facts: Facts, width: int) -> Text:
    audit = UNKNOWN if facts.audit_age_ns is None else brief_age(facts.audit_age_ns)
    control = UNKNOWN if facts.control_age_ns is None else brief_age(facts.control_age_ns)
    disk = ""
    if facts.disk is not None:
        bound = f" of {facts.disk.limit / 1e9:g}" if facts.disk.limit else ""
        disk = f" | disk {facts.disk.used / 1e9:.1f}{bound} GB"
    text = f"audit behind {audit} (limit {brief_age(AUDIT_LIMIT_NS)}) | control heard {control} ago{disk}"
    return _plain(text, width, "dim")


def _desk_table(facts: Facts, width: int) -> RenderableType:
    columns = [
        Column("DESK", 9),
        Column("cur", 3),
        Column("realised", SUM_WIDTH, True),
        Column("unrealised", SUM_WIDTH, True),
        Column("mark", 5, True),
        Column("open", 4, True),
        Column("buying", 6, True, wide=True),
        Column("selling", 7, True, wide=True),
        Column("minute", 6, True),
        Column("ord", 4, True),
        Column("rej", 3, True),
        Column("fil", 4, True),
        Column("notional", 8, True),
    ]
    if facts.desks is None:
        return _table(columns, [[UNKNOWN] + [""] * 12], width)
    rows = [_desk_row(line, _latest(facts.minutes, line.desk_id)) for line in facts.desks]
    return _table(columns, rows or [["none"] + [""] * 12], width)


def _latest(minutes: Sequence[MinuteLine] | None, desk_id: str) -> MinuteLine | None:
    return max((m for m in minutes or () if m.desk_id == desk_id), key=lambda m: m.minute_ns, default=None)


def _desk_row(line: DeskLine, minute: MinuteLine | None) -> list[str]:
    if minute is None:
        done = ["-"] * 5
    else:
        sums = dict(minute.notional)
        notional = UNKNOWN if minute.fills and not sums else short_money(sums.get(line.currency, 0))
        counts = [str(minute.orders), str(minute.rejects), str(minute.fills)]
        done = [_clock(minute.minute_ns), *counts, notional]
    mark = "-" if line.mark_age_ns is None else brief_age(line.mark_age_ns) + ("!" if line.stale_marks else "")
    return [
        line.desk_id,
        line.currency,
        _sum(line.realised, line.realised_unknown, line.positions),
        _sum(line.unrealised, line.unrealised_unknown, line.positions),
        mark,
        str(line.open_orders),
        short_money(line.open_buy),
        short_money(line.open_sell),
        *done,
    ]


def _sum(amount: int, unknown: int, of: int) -> str:
    """A sum; with a question mark where parts of it are not known, and only that where none is."""
    if unknown and unknown >= of:
        return UNKNOWN
    return fitting(amount, SUM_WIDTH - 1) + (UNKNOWN if unknown else "")


def _service_table(facts: Facts, width: int) -> RenderableType:
    columns = [
        Column("SERVICE", 13),
        Column("state", 9),
        Column("phase", 11),
        Column("epochs", 14),
        Column("lag", 6, True),
        Column("lag s", 6, True),
        Column("p50 ms", 6, True),
        Column("p99 ms", 6, True),
        Column("problem", 30, wide=True),
    ]
    rows = [_service_row(line) for line in facts.services]
    return _table(columns, rows or [["none"] + [""] * 8], width)


def _service_row(line: ServiceLine) -> list[str]:
    if not line.answers:
        return [line.name, "NO ANSWER", "", "", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, line.problem]
    return [
        line.name,
        "ready" if line.ready else "NOT READY",
        line.phase or "-",
        " ".join(map(str, line.epochs)) or "-",
        UNKNOWN if line.lag_records is None else str(line.lag_records),
        _number(line.lag_seconds),
        _number(line.p50_ms),
        _number(line.p99_ms),
        line.problem,
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def _halves(facts: Facts, width: int, rows: int) -> RenderableType:
    half = (width - 2) // 2
    both = Table.grid(padding=(0, 2, 0, 0))
    both.add_column(width=half, no_wrap=True)
    both.add_column(width=width - half - 2, no_wrap=True)
    both.add_row(_position_table(facts, half, rows), _fill_table(facts, width - half - 2, rows))
    return both


def _position_table(facts: Facts, width: int, rows: int) -> RenderableType:
    columns = [
        Column("POSITION", 8),
        Column("in", 7),
        Column("qty", 8, True),
        Column("unreal.", 7, True),
        Column("mark", 5, True),
    ]
    if width >= 58:
        columns[3:] = [Column("unrealised", SUM_WIDTH, True), Column("mark", 11, True), Column("age", 5, True)]
    return _table(
        columns, _rows(facts.positions, lambda p: _position_row(p, len(columns) > 5), rows, len(columns)), width
    )


def _position_row(line: PositionLine, wide: bool) -> list[str]:
    age = "-" if line.mark_age_ns is None else brief_age(line.mark_age_ns) + ("!" if line.stale else "")
    if wide:
        gain = UNKNOWN if line.unrealised is None else fitting(line.unrealised, SUM_WIDTH)
        return [line.account_id, line.instrument_id, line.qty, gain, line.mark or UNKNOWN, age]
    gain = UNKNOWN if line.unrealised is None else short_money(line.unrealised)
    return [line.account_id, line.instrument_id, line.qty, gain, age]


def _fill_table(facts: Facts, width: int, rows: int) -> RenderableType:
    columns = [
        Column("FILL", 8),
        Column("", 4 if width >= 58 else 1),
        Column("qty", 6, True),
        Column("of", 7),
        Column("at", 7, True),
        Column("on", 4),
    ]
    if width >= 58:
        columns[1:1] = [Column("desk", 8)]
    return _table(columns, _rows(facts.fills, lambda f: _fill_row(f, len(columns) > 6), rows, len(columns)), width)


def _fill_row(line: FillLine, wide: bool) -> list[str]:
    desk = [line.desk_id] if wide else []
    when = time_text(line.time_ns)[11:19]
    side = line.side if wide else line.side[:1].upper()
    return [when, *desk, side, line.qty, line.instrument_id, line.price, line.venue_id]


def _minute_table(facts: Facts, width: int, rows: int) -> RenderableType:
    columns = [
        Column("MINUTE", 16),
        Column("desk", 12),
        Column("orders", 7, True),
        Column("rejects", 7, True),
        Column("fills", 7, True),
        Column("notional", 20, True),
    ]
    if facts.minutes is None:
        return _table(columns, [["view not there"] + [""] * 5], width)
    latest = sorted(facts.minutes, key=lambda m: (-m.minute_ns, m.desk_id))
    return _table(columns, _rows(latest, _minute_row, rows, len(columns)), width)


def _minute_row(line: MinuteLine) -> list[str]:
    notional = " ".join(f"{money(amount)} {currency}" for currency, amount in line.notional)
    notional = notional or (UNKNOWN if line.fills else "0")
    counts = [str(line.orders), str(line.rejects), str(line.fills)]
    return [time_text(line.minute_ns)[:16], line.desk_id, *counts, notional]


def _rows(lines: Sequence[L] | None, row: Callable[[L], list[str]], most: int, cells: int) -> list[list[str]]:
    if lines is None:
        return [[UNKNOWN] + [""] * (cells - 1)]
    if not lines:
        return [["none"] + [""] * (cells - 1)]
    return [row(line) for line in lines[:most]]


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> Table:
    """One line a row, cut at `width`."""
    shown = [n for n, column in enumerate(columns) if width >= 100 or not column.wide]
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold", width=width)
    for n in shown:
        column = columns[n]
        table.add_column(
            column.name,
            width=column.width,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    table.add_column("", ratio=1)
    for row in rows:
        table.add_row(*(Text(row[n], style=_cell_style(row[n])) for n in shown), "")
    return table


def _cell_style(text: str) -> str:
    return "bold red" if text in ("NO ANSWER", "NOT READY") or text.endswith("!") else ""


def _clock(time_ns: int) -> str:
    return time_text(time_ns)[11:16]


def money(amount: int) -> str:
    """An amount in whole cents, cut, with thousands set apart.

    >>> money(1_234_567_891_000_000), money(-5_000_000_000)
    ('1,234.56', '0.00')
    """
    cents = abs(amount) // 10 ** (AMOUNT_SCALE - 2)
    whole, part = divmod(cents, 100)
    return f"{'-' if amount < 0 and cents else ''}{whole:,}.{part:02d}"


def fitting(amount: int, width: int) -> str:
    """In cents where that has room, else short."""
    text = money(amount)
    return text if len(text) <= width else short_money(amount)


def short_money(amount: int) -> str:
    """An amount in at most seven characters, cut.

    >>> short_money(950 * 10**12), short_money(-1_234_567 * 10**12), short_money(25_300 * 10**12)
    ('950', '-1.2M', '25.3k')
    """
    units = abs(amount) // 10**AMOUNT_SCALE
    sign = "-" if amount < 0 and units else ""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**4, "k")):
        if units >= size:
            step = 10**3 if letter == "k" else size
            return f"{sign}{to_text(units * 10 // step, 1)}{letter}"
    return f"{sign}{units}"
