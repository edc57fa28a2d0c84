"""What an operator of the simulated venues tells the venue process, on a connection of its own: lines of the venue protocol, in no session.

It decides the names of the acts and what each takes. What an act does is `oms.venues.operator`'s; what came of it is in the reports that
the sessions get and in the venue's log. Each line is answered with one line: `OperatorDone` or `OperatorReject`.
"""

from dataclasses import dataclass
from enum import Enum


class OperatorAct(Enum):
    """`venue` names the venue (empty: the act needs none); `symbol` an instrument, empty for all of the venue."""

    BUST = "bust"
    """The execution `exec_id` never was: both sides hear TRADE_CANCEL."""
    CORRECT = "correct"
    """The execution `exec_id` has `last_qty` and `last_px` from here on: TRADE_CORRECT."""
    CANCEL = "cancel"
    """The order `order` (OrderID or ClOrdID) ends unasked: CANCELED with ExecRestatementReason."""
    TRADE = "trade"
    """A print of the market: `last_qty` at `last_px` in `symbol`. `order` given: that order is filled by so much, at its price."""
    RESTATE = "restate"
    """The order `order` has the quantity `last_qty` from here on, as the venue declines the rest: RESTATED."""
    SUSPEND = "suspend"
    """Nothing is matched, no order is taken; open orders are SUSPENDED, cancels pass."""
    RESUME = "resume"
    CALL_OPEN = "call-open"
    """The call of the opening auction begins: orders are collected, nothing is matched."""
    CALL_CLOSE = "call-close"
    """The call of the closing auction begins."""
    UNCROSS = "uncross"
    """The auction of the call that is on; then trading goes on, or after the close nothing does until the day ends."""
    HOLD = "hold"
    """Cancels and replaces are answered as pending, and wait."""
    RELEASE = "release"
    """What waits is carried out, in order; later requests are carried out at once."""
    END_DAY = "end-day"
    """The trading day ends: DAY orders expire, GT orders are done for the day."""
    NEW_DAY = "new-day"
    """A trading day begins: GT orders are restated, their day quantities are 0."""
    SCALES = "scales"
    """Asks only: the venue's instruments, each as "SYMBOL PRICE_SCALE QTY_SCALE"."""


@dataclass(frozen=True, slots=True)
class OperatorRequest:
    """`last_px` and `last_qty` at the instrument's scales; `request` comes back in the answer."""

    act: OperatorAct
    request: int
    venue: str
    symbol: str = ""
    exec_id: str = ""
    order: str = ""
    last_qty: int = 0
    last_px: int = 0


@dataclass(frozen=True, slots=True)
class OperatorDone:
    """`did`: one line per thing that it did, for a person."""

    request: int
    did: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorReject:
    """Nothing was changed; `text` says why."""

    request: int
    text: str


OperatorMessage = OperatorRequest | OperatorDone | OperatorReject
