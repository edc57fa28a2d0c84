"""`oms venue bust`, `correct`, `cancel`, `suspend`, `resume`, `auction`, `day`, `hold`, `release`: an operator of the simulated venues.

For exercises, demonstrations and tests. What follows from an act comes to everybody by the venue's own reports. It decides only which venue
process is meant, and what a decimal is at the instrument's scale.
"""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from oms.cli.instance import CliError, DataOption, JsonOption, NotRunning
from oms.cli.output import print_rows
from oms.cli.terms import scaled
from oms.cli.venue_faults import AddressOption, process_address
from oms.venues.one_question import NoAnswer
from oms.venues.operator_client import ActRefused, OperatorClient
from oms.venues.operator_messages import OperatorAct

T = TypeVar("T")

VenueArgument = Annotated[str, typer.Argument(help="A venue's code.", metavar="VENUE")]
ExecArgument = Annotated[
    str, typer.Argument(help="The venue's id of the execution; after a correction the new one.", metavar="EXEC_ID")
]
OrderArgument = Annotated[
    str, typer.Argument(help="The venue's order id, or a ClOrdID as the venue knows it.", metavar="ORDER")
]
InstrumentOption = Annotated[str, typer.Option("--instrument", help="Only this one; default: all of the venue.")]


class AuctionAct(Enum):
    """A step of an auction."""

    CALL_OPEN = "call-open"
    CALL_CLOSE = "call-close"
    UNCROSS = "uncross"


class DayAct(Enum):
    """The end of a trading day, or the beginning of one."""

    END = "end"
    NEW = "new"


def register(app: typer.Typer) -> None:
    for command in (bust, correct, cancel, suspend, resume, auction, day, hold, release):
        app.command(command.__name__)(command)


def bust(
    venue: VenueArgument,
    exec_id: ExecArgument,
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take an execution back: both sides hear that it never was (TRADE_CANCEL)."""
    _act(address, data, as_json, OperatorAct.BUST, venue, exec_id=exec_id)


def correct(
    venue: VenueArgument,
    exec_id: ExecArgument,
    qty: Annotated[str, typer.Option("--qty", help="The quantity that it has from here on.")],
    price: Annotated[str, typer.Option("--price", help="The price that it has from here on.")],
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct an execution: both sides hear its new figures (TRADE_CORRECT)."""
    client = OperatorClient(*process_address(address, data))
    scales = _told(lambda: client.scales(venue))
    symbol = next((s for s in scales if exec_id.startswith(f"{venue}-{s}-")), None)
    if symbol is None:
        raise CliError(f"{exec_id} is no execution of {venue}: `oms fills` has their ids")
    price_scale, qty_scale = scales[symbol]
    px, shares = scaled(price, price_scale, "--price"), scaled(qty, qty_scale, "--qty")
    _act(address, data, as_json, OperatorAct.CORRECT, venue, exec_id=exec_id, qty=shares, px=px)


def cancel(
    venue: VenueArgument,
    order: OrderArgument,
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The venue cancels an order of its own accord (CANCELED with ExecRestatementReason)."""
    _act(address, data, as_json, OperatorAct.CANCEL, venue, order=order)


def suspend(
    venue: VenueArgument,
    instrument: InstrumentOption = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop trading: nothing is matched and no order taken; cancels pass."""
    _act(address, data, as_json, OperatorAct.SUSPEND, venue, symbol=instrument)


def resume(
    venue: VenueArgument,
    instrument: InstrumentOption = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trading goes on where it was suspended."""
    _act(address, data, as_json, OperatorAct.RESUME, venue, symbol=instrument)


def auction(
    venue: VenueArgument,
    step: Annotated[AuctionAct, typer.Argument(help="What happens.", show_choices=True)],
    instrument: InstrumentOption = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Call an auction, or uncross the one that is called. A day has one opening and one closing auction."""
    _act(address, data, as_json, OperatorAct(step.value), venue, symbol=instrument)


def day(
    venue: VenueArgument,
    step: Annotated[DayAct, typer.Argument(help="What happens.", show_choices=True)],
    instrument: InstrumentOption = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a trading day (DAY orders expire, GT orders are done for the day), or begin one (GT orders are restated)."""
    act = OperatorAct.END_DAY if step is DayAct.END else OperatorAct.NEW_DAY
    _act(address, data, as_json, act, venue, symbol=instrument)


def hold(
    venue: VenueArgument, address: AddressOption = "", data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Answer cancels and replaces as pending, and let them wait; for races."""
    _act(address, data, as_json, OperatorAct.HOLD, venue)


def release(
    venue: VenueArgument, address: AddressOption = "", data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Carry out what waits, in order; from here on requests are carried out at once."""
    _act(address, data, as_json, OperatorAct.RELEASE, venue)


def _act(address: str, data: Path | None, as_json: bool, act: OperatorAct, venue: str, **what: Any) -> None:
    client = OperatorClient(*process_address(address, data))
    did = _told(lambda: client.act(act, venue, **what))
    print_rows([{"did": line} for line in did], as_json, nothing="nothing was there to do")


def _told(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except NoAnswer as error:
        raise NotRunning(str(error)) from None
    except ActRefused as error:
        raise CliError(str(error)) from None
