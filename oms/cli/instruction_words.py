"""Instructions of an order as people type them: stops, pegs, what is shown, how long it stands.

The type of the order follows from what is given: --stop makes a stop, with --limit a stop limit; --trail a trailing stop; --peg a pegged
order; --market-to-limit is its own. What contradicts itself is a usage error here, in the words of the command line.
"""

import datetime
import re
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

import typer

from oms.cli.instance import UsageError
from oms.cli.terms import TifWord, scaled, seconds_of
from oms.core.enums import ExecInst, OrdType, PegPriceType, SelfMatchPrevention, TimeInForce
from oms.core.instructions import COME_BACK, Instructions, Peg, contradictions
from oms.core.reference import Instrument
from oms.wire.codec import to_message

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OPTION_OF = {
    "price": "--limit",
    "time_in_force": "--tif",
    "instructions.stop_px": "--stop",
    "instructions.peg": "--peg",
    "instructions.peg.offset": "--trail",
    "instructions.display_qty": "--show",
    "instructions.min_qty": "--min-qty",
    "instructions.exec_inst": "--post-only / --all-or-none",
    "instructions.expire_ns": "--expire",
    "instructions.good_for_ns": "--good-for",
    "instructions.smp_id": "--smp-id",
}


class PegWord(Enum):
    primary = "primary"
    mid = "mid"
    market = "market"


class SmpWord(Enum):
    cancel_aggressive = "cancel-aggressive"
    cancel_passive = "cancel-passive"
    cancel_both = "cancel-both"


TifOption = Annotated[
    TifWord | None, typer.Option("--tif", case_sensitive=False, help="How long it stands. Default: day.")
]
StopOption = Annotated[str, typer.Option("--stop", help="Stop price; with --limit a stop limit order.")]
TrailOption = Annotated[str, typer.Option("--trail", help="Trailing stop: the distance its stop price keeps.")]
PegOption = Annotated[PegWord | None, typer.Option("--peg", help="Follow this price; --limit bounds it.")]
PegOffsetOption = Annotated[str, typer.Option("--peg-offset", help="Added to the price that is followed.")]
MarketToLimitOption = Annotated[
    bool, typer.Option("--market-to-limit", help="Market; what is left rests at the last fill's price.")
]
ShowOption = Annotated[str, typer.Option("--show", help="Iceberg: show so much of it at a time; 0 hides it.")]
MinQtyOption = Annotated[str, typer.Option("--min-qty", help="The least that its first execution may be.")]
AllOrNoneOption = Annotated[bool, typer.Option("--all-or-none", help="Never execute a part of it.")]
PostOnlyOption = Annotated[bool, typer.Option("--post-only", help="Never take liquidity.")]
ReduceOnlyOption = Annotated[bool, typer.Option("--reduce-only", help="Only if it decreases the position.")]
ExpireOption = Annotated[
    str, typer.Option("--expire", help="Good till this market date (2025-01-10) or UTC time (2025-01-10T15:30).")
]
GoodForOption = Annotated[str, typer.Option("--good-for", help="Good for so long: 90s, 10m, 1h of market time.")]
SmpOption = Annotated[
    SmpWord | None, typer.Option("--smp", help="Should it meet an own order: which of them is cancelled.")
]
SmpIdOption = Annotated[str, typer.Option("--smp-id", help="Whose orders are own. Default: the account's.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, empty where nothing was."""

    price: str = ""
    tif: TifWord | None = None
    stop: str = ""
    trail: str = ""
    peg: PegWord | None = None
    peg_offset: str = ""
    market_to_limit: bool = False
    show: str = ""
    min_qty: str = ""
    all_or_none: bool = False
    post_only: bool = False
    reduce_only: bool = False
    expire: str = ""
    good_for: str = ""
    smp: SmpWord | None = None
    smp_id: str = ""


def instruct(request: Any, asked: Asked, instrument: Instrument) -> None:
    """Fill type, price, validity and instructions of a `SubmitRequest`. UsageError where they do not go together."""
    ord_type, tif, instructions = ord_type_of(asked), time_in_force_of(asked), instructions_of(asked, instrument)
    request.ord_type, request.time_in_force = ord_type, tif
    request.instructions.CopyFrom(to_message(instructions))
    if asked.price:
        request.price = scaled(asked.price, instrument.price_scale, "--limit")
    limit = request.price if asked.price else None
    refuse_contradictions(ord_type, tif, request.order_qty, limit, instructions)


def comes_back(request: Any) -> bool:
    """Whether such an order never waits anywhere."""
    return request.time_in_force in COME_BACK or request.ord_type == OrdType.MARKET


def ord_type_of(asked: Asked) -> OrdType:
    """The order's type. UsageError where two are asked for at once."""
    kinds = [bool(asked.stop or asked.trail), asked.peg is not None, asked.market_to_limit]
    if sum(kinds) > 1:
        raise UsageError("--stop (or --trail), --peg and --market-to-limit are different orders: give one of them")
    if asked.stop or asked.trail:
        return OrdType.STOP_LIMIT if asked.price else OrdType.STOP
    if asked.peg is not None:
        return OrdType.PEGGED
    if asked.market_to_limit:
        return OrdType.MARKET_TO_LIMIT
    return OrdType.LIMIT if asked.price else OrdType.MARKET


def time_in_force_of(asked: Asked) -> TimeInForce:
    """--expire alone means GTD, --good-for alone GOOD_FOR_TIME, nothing DAY."""
    if asked.tif is None:
        if asked.expire:
            return TimeInForce.GTD
        return TimeInForce.GOOD_FOR_TIME if asked.good_for else TimeInForce.DAY
    return TIFS[asked.tif]


TIFS = {
    TifWord.day: TimeInForce.DAY,
    TifWord.gtc: TimeInForce.GTC,
    TifWord.ioc: TimeInForce.IOC,
    TifWord.fok: TimeInForce.FOK,
    TifWord.gtd: TimeInForce.GTD,
    TifWord.opening: TimeInForce.AT_THE_OPENING,
    TifWord.closing: TimeInForce.AT_THE_CLOSE,
    TifWord.for_time: TimeInForce.GOOD_FOR_TIME,
}


def instructions_of(asked: Asked, instrument: Instrument) -> Instructions:
    """UsageError where a number or a time cannot be read."""
    price_scale, qty_scale = instrument.price_scale, instrument.qty_scale
    expire_ns, expire_date = _expiry(asked.expire)
    exec_inst = (
        (ExecInst.PARTICIPATE_DONT_INITIATE, asked.post_only),
        (ExecInst.ALL_OR_NONE, asked.all_or_none),
        (ExecInst.DO_NOT_INCREASE, asked.reduce_only),
    )
    return Instructions(
        stop_px=scaled(asked.stop, price_scale, "--stop") if asked.stop else None,
        display_qty=scaled(asked.show, qty_scale, "--show") if asked.show else None,
        min_qty=scaled(asked.min_qty, qty_scale, "--min-qty") if asked.min_qty else 0,
        exec_inst=tuple(inst for inst, wanted in exec_inst if wanted),
        peg=_peg(asked, price_scale),
        expire_ns=expire_ns,
        expire_date=expire_date,
        good_for_ns=seconds_of(asked.good_for, "--good-for") * 10**9 if asked.good_for else 0,
        smp=SelfMatchPrevention[asked.smp.name.upper()] if asked.smp is not None else None,
        smp_id=asked.smp_id,
    )


def refuse_contradictions(
    ord_type: OrdType, tif: TimeInForce, qty: int, price: int | None, asked: Instructions
) -> None:
    """UsageError that names the options which do not go together."""
    found = contradictions(ord_type, tif, qty, price, asked)
    if found:
        raise UsageError("; ".join(f"{_OPTION_OF.get(field, field)}: {text}" for field, text in found))


def _peg(asked: Asked, price_scale: int) -> Peg | None:
    if asked.trail:
        return Peg(PegPriceType.TRAILING_STOP, scaled(asked.trail, price_scale, "--trail"))
    if asked.peg_offset and asked.peg is None:
        raise UsageError("--peg-offset goes with --peg")
    if asked.peg is None:
        return None
    offset = scaled(asked.peg_offset, price_scale, "--peg-offset") if asked.peg_offset else 0
    return Peg(PegPriceType[asked.peg.name.upper()], offset)


def _expiry(text: str) -> tuple[int, int]:
    """(ExpireTime in UTC nanoseconds, ExpireDate YYYYMMDD); 0 for what is not meant."""
    if not text:
        return 0, 0
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--expire {text!r}: write 2025-01-10 (the market's date) or 2025-01-10T15:30 (UTC)") from None
    if _DATE.fullmatch(text):
        return 0, moment.year * 10_000 + moment.month * 100 + moment.day
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return int(moment.timestamp()) * 10**9, 0
