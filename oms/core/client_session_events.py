"""What the order-gateway journals in `oms.client-sessions`: clients' FIX sessions with their numbers and messages, the commands that their
messages mean, and what they are told of which orders.

A message is journaled before anything follows from it: the command is an effect of the record that has the message, and is done again after
a takeover until risk is seen to have decided it. Every event says all that `evolve` needs.
"""

from dataclasses import dataclass

from oms.core.commands import Command, NewOrder
from oms.core.enums import DisconnectCause, ExecType, OrdStatus
from oms.core.instructions import Instructions
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.risk_events import ControlApplied
from oms.fix.session import FixEvent


@dataclass(frozen=True, slots=True)
class ClientConnected:
    """A connection became the session's. `peer`: host and port of the client."""

    session_id: str
    link_id: int
    peer: str


@dataclass(frozen=True, slots=True)
class ClientLinkRefused:
    """A connection may not be the session's: it is closed, and the session's own is not touched."""

    session_id: str
    link_id: int
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class ClientDayBegan:
    """The session's numbers began anew with its day, which began at this wall time."""

    session_id: str
    began_ns: int


@dataclass(frozen=True, slots=True)
class ClientNumbersReset:
    """The session's numbers began anew because a person asked for it, at this wall time. What it had not been sent it is not sent any more."""

    session_id: str
    asked_ns: int


@dataclass(frozen=True, slots=True)
class ClientDisconnected:
    """The session has no connection any more. With a `cancel_at_ns` (wall time) its orders are cancelled then, unless it is back."""

    session_id: str
    cause: DisconnectCause
    text: str
    cancel_at_ns: int = 0


@dataclass(frozen=True, slots=True)
class FixNoted:
    """An event of the session layer (`oms.fix.session`): a number used or taken, a logon, a gap. `order_id`: what its message is about."""

    session_id: str
    event: FixEvent
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class ClientHeard:
    """A frame that came and of which no other event has the bytes: a message of the session layer, or one that was rejected or ignored.

    It changes nothing: what was said is in the journal whole, but for passwords (554, 925), which are `***`. `at_ns`: wall time.
    """

    session_id: str
    raw: bytes
    at_ns: int


@dataclass(frozen=True, slots=True)
class ClientRequested:
    """A message was read as a command, which is due to be appended to `oms.orders`."""

    session_id: str
    msg_seq_num: int
    msg_type: str
    order_id: str
    command: Command


@dataclass(frozen=True, slots=True)
class ClientRefused:
    """A message was refused here, before any command: why, and what it was about."""

    session_id: str
    msg_seq_num: int
    msg_type: str
    cl_ord_id: str
    order_id: str
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class CommandsRepeated:
    """A new owner appends again what no decision was seen for: risk passes over what it knows."""

    count: int


@dataclass(frozen=True, slots=True)
class ClientRequestDecided:
    """Risk has decided the command; `accepted`: the router is to settle it (of a new order: it lives)."""

    desk_id: str
    trading_date: int
    cl_ord_id: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class ClientRequestSettled:
    """A cancel or replace has its outcome."""

    desk_id: str
    trading_date: int
    cl_ord_id: str


@dataclass(frozen=True, slots=True)
class ClientOrderOpened:
    """An order that somebody is told of. `session_id`: that it came in over; empty where it came otherwise and is only copied."""

    order_id: str
    session_id: str
    order: NewOrder


@dataclass(frozen=True, slots=True)
class ClientOrderChanged:
    """The order as its last report says it. `cl_ord_id` is the accepted one; `opens`: a replace has carried it over from the one before.

    Quantities and price are integers at the instrument's scales, `notional` and `day_notional` sums of price × quantity.
    """

    order_id: str
    cl_ord_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    order_qty: int
    price: int | None
    cum_qty: int
    leaves_qty: int
    notional: Amount
    day_order_qty: int
    day_cum_qty: int
    day_notional: Amount
    instructions: Instructions


@dataclass(frozen=True, slots=True)
class MarketSubscribed:
    """A client asked for market data (V), and is sent changes until it withdraws or its connection ends.

    `depth` 1: the best prices; 0: all venues' quotes. `entry_types` as in MDEntryType (269). `incremental`: 265=1.
    """

    session_id: str
    request_id: str
    instruments: tuple[str, ...]
    entry_types: tuple[str, ...]
    depth: int
    incremental: bool


@dataclass(frozen=True, slots=True)
class MarketUnsubscribed:
    session_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class MarketTold:
    """What a subscriber knows of an instrument from here on: MDEntryID and value of each entry, as they were sent. Also paces the next."""

    session_id: str
    request_id: str
    instrument_id: str
    entry_ids: tuple[str, ...]
    prices: tuple[int, ...]
    quantities: tuple[int, ...]
    market_position: int
    now_ns: int


@dataclass(frozen=True, slots=True)
class CancelOnDisconnectDone:
    """The grace window is over: the orders of the session are being cancelled, by the command that follows in this record."""

    session_id: str
    cause: DisconnectCause


ClientEvent = (
    ClientConnected
    | ClientDisconnected
    | FixNoted
    | ClientRequested
    | ClientRefused
    | CommandsRepeated
    | ClientRequestDecided
    | ClientRequestSettled
    | ClientOrderOpened
    | ClientOrderChanged
    | MarketSubscribed
    | MarketUnsubscribed
    | MarketTold
    | CancelOnDisconnectDone
    | ControlApplied
    | ClientLinkRefused
    | ClientDayBegan
    | ClientNumbersReset
    | ClientHeard
)
