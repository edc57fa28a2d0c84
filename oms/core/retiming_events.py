"""The router times its orders anew after their calendar changed, in steps: events of `oms.routing`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetimingStarted:
    """A calendar changed: the timers of the `matched` open orders are looked at again, in steps, least order id first."""

    calendar_id: str
    reference_position: int
    matched: int


@dataclass(frozen=True, slots=True)
class RetimingStep:
    """Orders looked at again; `remaining` are still to come."""

    remaining: int
