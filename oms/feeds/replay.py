"""Opens a recording: finds which format a folder holds and reads the wanted window of it.

Decides nothing about a format but its presence. Every failure (bad path, unknown format, no data) is one TapeError, raised here and
not at the first read; a damaged row in the middle raises it when it is reached.
"""

from collections.abc import Collection
from pathlib import Path

from oms.feeds import bitstamp, lobster, us_equities
from oms.feeds.tape import TapeError, TapeSource
from oms.feeds.window import parse_window


def open_tape(
    path: Path,
    date: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    instruments: Collection[str] | None = None,
) -> TapeSource:
    """The tape of a folder. `date` as YYYY-MM-DD, `from_` and `to` as HH:MM[:SS] in the market's local time. Raises TapeError."""
    window = parse_window(date, from_, to, instruments)
    if not path.is_dir():
        raise TapeError(f"{path} is not a folder: give the folder that holds the recording")
    source: TapeSource
    if us_equities.recognise(path):
        source = us_equities.open_us_equities(path, window)
    elif bitstamp.recognise(path):
        source = bitstamp.open_bitstamp(path, window)
    elif lobster.recognise(path):
        source = lobster.open_lobster(path, window)
    else:
        raise TapeError(
            f"{path} holds no known recording: expected YYYYMMDD_quote.zip and _trade.zip (US equities), "
            "message and bbo CSVs (LOBSTER) or orders.csv[.gz] and trades.csv (Bitstamp)"
        )
    # Quotes in force are stamped with the start: only a later event proves that the window itself has data.
    if not any(event.time_ns > source.start_ns for event in source.events(source.start_ns)):
        raise TapeError(f"no data in the window of {source.label}; choose another --date, --from or --to")
    return source
