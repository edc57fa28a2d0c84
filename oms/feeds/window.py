"""What part of a recording is asked for: a date, a time of day from and to, and instruments.

Times of day are local to the recording's market (New York for US equities, UTC for crypto). The window is half open: an event at
`to` is outside. This file does not know any format.
"""

import datetime
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

from oms.feeds.tape import TapeError

NEW_YORK = ZoneInfo("America/New_York")
UTC = ZoneInfo("UTC")
NS_PER_S = 1_000_000_000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Window:
    """None = not given: each format has its own default."""

    date: datetime.date | None
    from_: datetime.time | None
    to: datetime.time | None
    instruments: frozenset[str] | None

    def wants(self, symbol: str) -> bool:
        return self.instruments is None or symbol in self.instruments


def parse_window(
    date: str | None = None, from_: str | None = None, to: str | None = None, instruments: Collection[str] | None = None
) -> Window:
    """Read the options of a command line (YYYY-MM-DD, HH:MM[:SS]). Raises TapeError."""
    window = Window(
        date=None if date is None else _parse(datetime.date.fromisoformat, date, "date", "YYYY-MM-DD"),
        from_=None if from_ is None else _parse_time(from_, "from"),
        to=None if to is None else _parse_time(to, "to"),
        instruments=None if instruments is None else frozenset(symbol.upper() for symbol in instruments),
    )
    if window.from_ is not None and window.to is not None and window.from_ >= window.to:
        raise TapeError(f"the window is empty: --from {from_} is not before --to {to}")
    return window


def _parse_time(text: str, option: str) -> datetime.time:
    parsed = _parse(datetime.time.fromisoformat, text, option, "HH:MM or HH:MM:SS")
    if parsed.tzinfo is not None:
        raise TapeError(f"--{option} {text}: give the market's local time without a zone")
    return parsed


def _parse(parser: Callable[[str], _T], text: str, option: str, form: str) -> _T:
    try:
        return parser(text)
    except ValueError:
        raise TapeError(f"--{option} {text}: expected {form}") from None


def local_ns(date: datetime.date, time: datetime.time, zone: ZoneInfo) -> int:
    """UTC nanoseconds of a local date and time of day."""
    moment = datetime.datetime.combine(date, time, tzinfo=zone)
    return int(moment.replace(microsecond=0).timestamp()) * NS_PER_S + time.microsecond * 1_000


def local_date(time_ns: int, zone: ZoneInfo) -> datetime.date:
    return datetime.datetime.fromtimestamp(time_ns // NS_PER_S, tz=zone).date()


def span(window: Window, zone: ZoneInfo, date: datetime.date, first_ns: int, last_ns: int) -> tuple[int, int]:
    """Start and end (exclusive) in UTC nanoseconds: what the window says, else the recording's own first and last event."""
    start_ns = first_ns if window.from_ is None else local_ns(date, window.from_, zone)
    end_ns = last_ns + 1 if window.to is None else local_ns(date, window.to, zone)
    if start_ns >= end_ns:
        raise TapeError(
            "no data in the window: it starts after the recording's last event; choose another --date, --from or --to"
        )
    return start_ns, end_ns
