"""`oms venue bust`, `correct`, `cancel`, `suspend`, `resume`, `auction`, `day`, `hold`, `release`: an operator of the simulated venues.

For exercises, demonstrations and tests. What follows from an act comes to everybody by the venue's own reports. It decides only which venue
process is meant, and what a decimal is at the instrument's scale.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated, TypeVar

import typer

from oms.cli.decimals import DecimalError, to_scaled
from oms.cli.instance import CliError, DataOption, JsonOption, NotRunning, UsageError
from oms.cli.output import print_rows
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
    client = OperatorClient(*process_address(address, data))
    _show(_told(lambda: client.act(OperatorAct.BUST, venue, exec_id=exec_id)), as_json)


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
    px, shares = _scaled(price, price_scale, "--price"), _scaled(qty, qty_scale, "--qty")
    _show(_told(lambda: client.act(OperatorAct.CORRECT, venue, exec_id=exec_id, qty=shares, px=px)), as_json)


def cancel(
    venue: VenueArgument,
    order: OrderArgument,
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The venue cancels an order of its own accord (CANCELED with ExecRestatementReason)."""
    client = OperatorClient(*process_address(address, data))
    _show(_told(lambda: client.act(OperatorAct.CANCEL, venue, order=order)), as_json)


def suspend(
    venue: VenueArgument,
    instrument: InstrumentOption = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop trading: nothing is matched and no order taken; cancels pass."""
    client = OperatorClient(*process_address(address, data))
    _show(_told(lambda: client.act(OperatorAct.SUSPEND, venue, symbol=instrument)), as_json)


def resume(
    venue: VenueArgument,
    instrument: InstrumentOption = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trading goes on where it was suspended."""
    client = OperatorClient(*process_address(address, data))
    _show(_told(lambda: client.act(OperatorAct.RESUME, venue, symbol=instrument)), as_json)


def auction(
    venue: VenueArgument,
    step: Annotated[AuctionAct, typer.Argument(help="What happens.", show_choices=True)],
    instrument: InstrumentOption = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Call an auction, or uncross the one that is called. A day has one opening and one closing auction."""
    client = OperatorClient(*process_address(address, data))
    _show(_told(lambda: client.act(OperatorAct(step.value), venue, symbol=instrument)), as_json)


def day(
    venue: VenueArgument,
    step: Annotated[DayAct, typer.Argument(help="What happens.", show_choices=True)],
    instrument: InstrumentOption = "",
    address: AddressOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a trading day (DAY orders expire, GT orders are done for the day), or begin one (GT orders are restated)."""
    client = OperatorClient(*process_address(address, data))
    act = OperatorAct.END_DAY if step is DayAct.END else OperatorAct.NEW_DAY
    _show(_told(lambda: client.act(act, venue, symbol=instrument)), as_json)


def hold(
    venue: VenueArgument, address: AddressOption = "", data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Answer cancels and replaces as pending, and let them wait; for races."""
    client = OperatorClient(*process_address(address, data))
    _show(_told(lambda: client.act(OperatorAct.HOLD, venue)), as_json)


def release(
    venue: VenueArgument, address: AddressOption = "", data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Carry out what waits, in order; from here on requests are carried out at once."""
    client = OperatorClient(*process_address(address, data))
    _show(_told(lambda: client.act(OperatorAct.RELEASE, venue)), as_json)


def _scaled(text: str, scale: int, option: str) -> int:
    try:
        return to_scaled(text, scale)
    except DecimalError as error:
        raise UsageError(f"{option}: {error}") from None


def _told(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except NoAnswer as error:
        raise NotRunning(str(error)) from None
    except ActRefused as error:
        raise CliError(str(error)) from None


def _show(did: Sequence[str], as_json: bool) -> None:
    print_rows([{"did": line} for line in did], as_json, nothing="nothing was there to do")
