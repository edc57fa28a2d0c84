"""What a stage is to the loop that drives it: inputs in, events out, and one way to change the state.

    decide(state, input, conditions, market) -> events      pure
    evolve(state, event, offset)                            integers only; the only way the state changes

risk, router, execution, clients' FIX sessions and the grantor of credit are implementations of `Rules`; `oms.runtime.loop` is the only driver. The loop folds
`oms.reference` and `oms.control` into `state.reference` and `state.control` itself, before it hands on their records as inputs.
"""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from oms.core.client_links import ClientEffect, ClientInput
from oms.core.client_session_events import ClientEvent
from oms.core.commands import Command
from oms.core.control import Control, ControlRecord
from oms.core.credit.journaled import CreditEvent
from oms.core.enums import Stage, TimerKind
from oms.core.execution_events import ExecutionEvent, Intent, SessionMessagePlanned
from oms.core.market import MarketView
from oms.core.reference import Reference, ReferenceChange
from oms.core.risk_events import RiskEvent
from oms.core.routing_events import ChildNew, RoutingEvent
from oms.core.venue_messages import SessionInput


@dataclass(frozen=True, slots=True)
class Conditions:
    """The world at the moment of a decision. Market matters go by `tape_ns`; limits about our own processes by `wall_ns`.

    `control_age_ns`: wall clock minus the broker's time of the newest control record; None = none was ever read.
    `audit_age_ns`: how long ago the audit was last known to have written everything; None = never heard of it.
    `unsent`: (session, message number) of NEWs that are journaled and have certainly not left yet.
    `starting`: a new ownership has not read reference and control to their ends; no session is its own before that.
    """

    wall_ns: int
    tape_ns: int
    control_age_ns: int | None
    control_limit_ns: int
    audit_age_ns: int | None
    audit_limit_ns: int
    unsent: frozenset[tuple[str, int]] = frozenset()
    starting: bool = False

    @property
    def control_silent(self) -> bool:
        """Silence is not permission; a newest record from more than 1 s in the future is a wrong clock, and counts as silence."""
        return self.control_age_ns is None or not -1_000_000_000 <= self.control_age_ns <= self.control_limit_ns

    @property
    def audit_behind(self) -> bool:
        return self.audit_age_ns is None or self.audit_age_ns > self.audit_limit_ns


@dataclass(frozen=True, slots=True)
class CommandInput:
    """A record of `oms.orders`. `command` is None where the bytes were no command; they are in the dead letters then."""

    offset: int
    command: Command | None


@dataclass(frozen=True, slots=True)
class RiskInput:
    """A valid record of `oms.risk`."""

    offset: int
    event_time_ns: int
    events: tuple[RiskEvent, ...]


@dataclass(frozen=True, slots=True)
class RoutingInput:
    """A valid record of `oms.routing`."""

    offset: int
    event_time_ns: int
    events: tuple[RoutingEvent, ...]


@dataclass(frozen=True, slots=True)
class ExecutionInput:
    """A valid record of `oms.execution`."""

    offset: int
    event_time_ns: int
    events: tuple[ExecutionEvent, ...]


@dataclass(frozen=True, slots=True)
class CreditInput:
    """A valid record of `oms.credit`."""

    offset: int
    event_time_ns: int
    events: tuple[CreditEvent, ...]


@dataclass(frozen=True, slots=True)
class ControlInput:
    """A record of `oms.control`, already folded. A halt, resume, cancel scope or break resolution must leave a record with `ControlApplied`."""

    offset: int
    record: ControlRecord


@dataclass(frozen=True, slots=True)
class ReferenceInput:
    """A record of `oms.reference`, already folded."""

    offset: int
    change: ReferenceChange


@dataclass(frozen=True, slots=True)
class TimerInput:
    """A journaled timer is due: `owner` is the order, child or session it belongs to.

    A TRIGGER is no timer that was set: the market met what the order `owner` waits for. `number` is then the market position from
    which prints count.
    """

    owner: str
    kind: TimerKind
    number: int
    due_ns: int


@dataclass(frozen=True, slots=True)
class StepInput:
    """The next step of work that a record started: the offset of that record, and the number of the step from 1.

    `presses`: it ends orders, and must not wait for inputs that were there before it; their order is the stage's own choice.
    """

    started_offset: int
    step: int
    presses: bool = False


Input = (
    CommandInput
    | RiskInput
    | RoutingInput
    | ExecutionInput
    | CreditInput
    | ControlInput
    | ReferenceInput
    | TimerInput
    | StepInput
    | SessionInput
    | ClientInput
)

PortInput = SessionInput | ClientInput
"""What comes in through a port."""

Event = RiskEvent | RoutingEvent | ExecutionEvent | ClientEvent | CreditEvent


@dataclass(frozen=True, slots=True)
class SendEffect:
    """To be done after the ack of the record with `message`: write these bytes (a LOGON: connect first). `child`: the order's terms."""

    message: SessionMessagePlanned | Intent
    child: ChildNew | None


@dataclass(frozen=True, slots=True)
class DisconnectEffect:
    """To be done after the ack: close the session's connection."""

    session_id: str


Effect = SendEffect | DisconnectEffect
"""Of execution."""

AnyEffect = Effect | ClientEffect


class StageState(Protocol):
    """What the loop needs of every stage's state."""

    partition: int
    reference: Reference
    control: Control


S = TypeVar("S", bound=StageState)
E = TypeVar("E")


class Rules(Protocol[S, E]):
    """One stage. `decide`, `due` and `effects` never change anything."""

    stage: Stage

    def initial(self, partition: int) -> S: ...

    def decide(self, state: S, stage_input: Input, conditions: Conditions, market: MarketView) -> tuple[E, ...]: ...

    def evolve(self, state: S, event: E, offset: int) -> None:
        """`offset` is that of the record that holds the event."""
        ...

    def due(self, state: S, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | StepInput | None:
        """The most urgent timer that is due, else the next step of work begun, else a condition on the market that is met, else None.

        Asked at every turn: it costs what has changed since it was asked last, not what waits.
        """
        ...

    def effects(self, state: S, events: tuple[E, ...]) -> tuple[AnyEffect, ...]:
        """What is to be done once the record of these (already evolved) events is acknowledged."""
        ...
