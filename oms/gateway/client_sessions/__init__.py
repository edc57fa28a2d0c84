"""Clients' FIX sessions: the rules of the stage that owns `oms.client-sessions`.

They are here and not in `oms.core` because they judge a message by what gRPC's requests are judged by (`oms.gateway.validation`); they are
as pure as a stage of the core, and are driven by the same loop.
"""

from oms.core.client_links import ClientEffect
from oms.core.client_session_events import ClientEvent
from oms.core.enums import Stage
from oms.core.market import MarketView
from oms.core.stage import Conditions, Input, StepInput, TimerInput
from oms.gateway.client_sessions.decide import decide, due, effects
from oms.gateway.client_sessions.evolve import evolve
from oms.gateway.client_sessions.state import ClientSessionsState

__all__ = ["ClientSessionRules", "ClientSessionsState"]


class ClientSessionRules:
    """`oms.core.stage.Rules` for clients' FIX sessions."""

    stage = Stage.CLIENT_SESSIONS

    def initial(self, partition: int) -> ClientSessionsState:
        return ClientSessionsState(partition)

    def decide(
        self, state: ClientSessionsState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[ClientEvent, ...]:
        return decide(state, stage_input, conditions, market)

    def evolve(self, state: ClientSessionsState, event: ClientEvent, offset: int) -> None:
        evolve(state, event)

    def due(
        self, state: ClientSessionsState, tape_ns: int, wall_ns: int, market: MarketView
    ) -> TimerInput | StepInput | None:
        return due(state, wall_ns, market)

    def effects(self, state: ClientSessionsState, events: tuple[ClientEvent, ...]) -> tuple[ClientEffect, ...]:
        return effects(state, events)
