"""`oms reference calendars`: the trading days of an exchange, from the package `exchange_calendars`, into the reference data."""

import datetime
import re
from typing import Annotated

import typer

from oms.cli.client import GatewayClient
from oms.cli.exchange_calendar import CalendarError, Calls, exchange_calendar, extended
from oms.cli.instance import CliError, DataOption, JsonOption, UsageError, running_instance
from oms.cli.reference_load import apply_reference, print_result
from oms.core.reference import Calendar, Entity
from oms.wire.codec import from_message

_CALL = re.compile(r"([0-9]{1,3})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def calendars(
    exchange: Annotated[str, typer.Option("--exchange", help="MIC of the exchange, like XNYS; or 24/7.")],
    first: Annotated[str, typer.Option("--from", help="First day, like 2025-01-06, in the exchange's own dates.")],
    last: Annotated[str, typer.Option("--to", help="Last day, included.")],
    calendar_id: Annotated[str, typer.Option("--id", help="Id of the calendar; default: the MIC.")] = "",
    opening_call: Annotated[
        str, typer.Option("--opening-call", help="How long the opening auction is called, like 30m; default: none.")
    ] = "",
    closing_call: Annotated[
        str, typer.Option("--closing-call", help="How long the closing auction is called, like 10m; default: none.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit.")] = "oms reference calendars",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load the trading days of an exchange: sessions, holidays, early closes, breaks. Days in force before the first one stay."""
    calls = Calls(_call("--opening-call", opening_call), _call("--closing-call", closing_call))
    days = _date("--from", first), _date("--to", last)
    try:
        loaded = exchange_calendar(exchange, *days, calendar_id=calendar_id, calls=calls)
    except CalendarError as error:
        raise CliError(str(error)) from None
    with GatewayClient(running_instance(data).gateway) as client:
        now = [from_message(item.entity, Entity) for item in client.reference("calendar", loaded.calendar_id)]
        in_force = now[0] if now and isinstance(now[0], Calendar) else None
        result = apply_reference(client, (extended(in_force, loaded),), reason)
    print_result(result, as_json)


def _date(option: str, text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a date like 2025-01-06") from None


def _call(option: str, text: str) -> int:
    """Nanoseconds."""
    match = _CALL.fullmatch(text)
    if match is None and text:
        raise UsageError(f"{option} {text!r}: write it like 90s, 10m or 1h")
    return int(match[1]) * _SECONDS[match[2]] * 10**9 if match is not None else 0
