"""What risk journals of a liquidation: that a partition began it, each step of it, and its end. Its orders are orders like any other."""

from dataclasses import dataclass

from oms.core.enums import HaltScope
from oms.core.reasons import Reason


@dataclass(frozen=True, slots=True)
class LiquidationStarted:
    """The control record at `control_offset` asks that every position in the scope be worked down to nothing.

    `holdings`: of the partition's accounts in the scope those that hold something or have something open, counted by account and
    instrument; the state knows which. Steps follow until `LiquidationDone`, which is in the same record where there are none.
    """

    control_offset: int
    scope: HaltScope
    scope_id: str
    reason: str
    entered_by: str
    holdings: int


@dataclass(frozen=True, slots=True)
class LiquidatedHolding:
    """One account's holding of an instrument after a step. `position_qty`: signed, before any order of this step.

    `order_id`: the order that the step made of it, accepted or not; empty: flat, with nothing open, or not in the scope any more. `reason`: why
    that order was refused. `next_ns`: wall time before which no other is made; `market_position`: nor while this is all that the market shows
    (−1: whatever it shows).
    """

    account_id: str
    instrument_id: str
    position_qty: int
    order_id: str
    reason: Reason | None
    next_ns: int
    market_position: int


@dataclass(frozen=True, slots=True)
class LiquidationStep:
    """Orders of the system desk were judged: those of this record. `remaining`: holdings that are not known to be flat after it."""

    control_offset: int
    holdings: tuple[LiquidatedHolding, ...]
    remaining: int


@dataclass(frozen=True, slots=True)
class LiquidationDone:
    """No holding of the scope is left in the partition; or `lifted`: somebody lifted it, or asked for it anew, with `remaining` left."""

    control_offset: int
    remaining: int
    lifted: bool
