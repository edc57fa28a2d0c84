"""What people type as terms of an order, converted exactly to what the gateway takes.

Decides defaults (account, trading date, id) and the words of the command line. Scales, desks and accounts come from the gateway's
reference data; what it does not know is a usage error here.
"""

import re
import secrets
import time
from dataclasses import dataclass
from enum import Enum
from typing import Any

from oms.cli.client import GatewayClient, gateway_messages
from oms.cli.decimals import DecimalError, to_scaled
from oms.cli.instance import UsageError
from oms.core.dates import utc_date
from oms.core.enums import Algorithm, Side
from oms.core.reference import Account, Entity, Instrument
from oms.wire.codec import from_message

_DURATION = re.compile(r"([1-9][0-9]{0,5})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_CL_ORD_ID = re.compile(r"[!-.0-9;-~]{1,64}")


class SideWord(Enum):
    buy = "buy"
    sell = "sell"
    short = "short"


class TifWord(Enum):
    day = "day"
    gtc = "gtc"
    ioc = "ioc"
    fok = "fok"
    gtd = "gtd"
    opening = "opening"
    closing = "closing"
    for_time = "for-time"


class AlgorithmWord(Enum):
    direct = "direct"
    best = "best"
    twap = "twap"


SIDES = {SideWord.buy: Side.BUY, SideWord.sell: Side.SELL, SideWord.short: Side.SELL_SHORT}
ALGORITHMS = {
    AlgorithmWord.direct: Algorithm.DIRECT,
    AlgorithmWord.best: Algorithm.BEST_PRICE,
    AlgorithmWord.twap: Algorithm.TWAP,
}


SLICES, SLICES_MAX = 10, 1000
"""Of a TWAP, where none are given, and at most."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A TWAP from now on: how long (seconds of tape time), in how many slices."""

    duration_s: int
    slices: int


def reference_entity(client: GatewayClient, kind: str, entity_id: str) -> Entity | None:
    """An entity in force, None where there is none."""
    for item in client.reference(kind, entity_id):
        entity: Entity = from_message(item.entity, Entity)
        return entity
    return None


def instrument_of(client: GatewayClient, instrument_id: str) -> Instrument:
    found = reference_entity(client, "instrument", instrument_id)
    if isinstance(found, Instrument):
        return found
    known = sorted(i.entity.instrument.instrument_id for i in client.reference("instrument"))
    raise UsageError(
        f"no instrument {instrument_id!r}; there are {', '.join(known) or 'none: load reference data first'}"
    )


def default_account(client: GatewayClient, desk_id: str) -> str:
    """The desk's first account by id."""
    entities = [from_message(item.entity, Entity) for item in client.reference("account")]
    accounts = sorted(e.account_id for e in entities if isinstance(e, Account) and e.desk_id == desk_id)
    if not accounts:
        known_desks = sorted(item.entity.desk.desk_id for item in client.reference("desk"))
        if desk_id not in known_desks:
            raise UsageError(
                f"no desk {desk_id!r}; there are {', '.join(known_desks) or 'none: load reference data first'}"
            )
        raise UsageError(f"desk {desk_id!r} has no account; name one with --account")
    return accounts[0]


def scaled(text: str, scale: int, what: str) -> int:
    try:
        return to_scaled(text, scale)
    except DecimalError as error:
        raise UsageError(f"{what}: {error}") from None


def seconds_of(duration: str, what: str) -> int:
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise UsageError(f"{what} {duration!r}: write it like 90s, 10m or 1h")
    return int(match[1]) * _SECONDS[match[2]]


def schedule_of(duration: str, slices: int) -> Schedule:
    return Schedule(seconds_of(duration, "--over"), slices)


def algorithm_of(word: AlgorithmWord | None, venue: str, over: str) -> Algorithm:
    """What is asked for, else what follows: a venue means direct, a duration a TWAP. UsageError where they do not go together."""
    if word is None:
        word = AlgorithmWord.direct if venue else AlgorithmWord.twap if over else AlgorithmWord.best
    if (word is AlgorithmWord.direct) != bool(venue):
        raise UsageError("--venue goes with --algo direct, and with no other")
    if (word is AlgorithmWord.twap) != bool(over):
        raise UsageError("--over (or --minutes) goes with --algo twap, and with no other")
    return ALGORITHMS[word]


def twap_duration(over: str, minutes: int) -> str:
    """--over, or --minutes in its form."""
    if over and minutes:
        raise UsageError("--over and --minutes say the same: give one of them")
    return f"{minutes}m" if minutes else over


def new_trace_parent() -> str:
    """A W3C traceparent that asks for a trace: random ids, sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def cl_ord_id_of(given: str) -> str:
    """The id given, else one from the clock: unique per machine, and told to the user, who repeats a request with it."""
    if not given:
        return f"cli-{time.time_ns():x}"
    if not _CL_ORD_ID.fullmatch(given):
        raise UsageError(f"--id {given!r}: 1 to 64 printable characters without space, '/' and ':'")
    return given


def requester() -> Any:
    """By hand. Who enters it, the token says; the client names this machine's user where there is none."""
    return gateway_messages.Requester(strategy="manual")


def submit_request(
    desk_id: str,
    account_id: str,
    instrument: Instrument,
    side: Side,
    qty: str,
    algorithm: Algorithm,
    venue_id: str,
    schedule: Schedule | None,
    cl_ord_id: str,
    tape_ns: int,
    trading_date: int = 0,
) -> Any:
    """A `SubmitRequest` without its type and instructions. `trading_date` 0: that of `tape_ns`."""
    request = gateway_messages.SubmitRequest(
        desk_id=desk_id,
        trading_date=trading_date or utc_date(tape_ns),
        cl_ord_id=cl_ord_id,
        account_id=account_id,
        instrument_id=instrument.instrument_id,
        side=side,
        order_qty=scaled(qty, instrument.qty_scale, "quantity"),
        algorithm=algorithm,
        venue_id=venue_id,
        requester=requester(),
        wait_for_decision=True,
    )
    if schedule is not None:
        put_schedule(request, schedule, tape_ns)
    return request


def put_schedule(request: Any, schedule: Schedule, tape_ns: int) -> None:
    """The schedule of a TWAP that begins now."""
    end_ns = tape_ns + schedule.duration_s * 10**9
    request.twap.start_ns, request.twap.end_ns, request.twap.slices = tape_ns, end_ns, schedule.slices


def order_by(client: GatewayClient, name: str, desk_id: str) -> Any:
    """The `OrderView` of an order id (desk/date/ClOrdID), or of a ClOrdID of today and a desk."""
    if "/" in name:
        return client.order(name)
    if not desk_id:
        raise UsageError(f"{name!r} is a ClOrdID: name its desk with --desk, or give the whole id (desk/date/{name})")
    return client.order_named(desk_id, utc_date(client.control_status().tape_ns), name)
