"""The router's core: parent orders, their children, and where children go. `RouterRules` is all that the loop needs of it."""

from oms.core.enums import Stage
from oms.core.market import MarketView
from oms.core.routing.decide import decide
from oms.core.routing.evolve import evolve
from oms.core.routing.state import RouterState
from oms.core.routing.triggers import due as due_trigger
from oms.core.routing_events import RoutingEvent
from oms.core.stage import Conditions, Effect, Input, StepInput, TimerInput


class RouterRules:
    """`oms.core.stage.Rules` for the router. It has no effects: execution reads its journal."""

    stage: Stage = Stage.ROUTER

    def initial(self, partition: int) -> RouterState:
        return RouterState(partition)

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        return decide(state, stage_input, conditions, market)

    def evolve(self, state: RouterState, event: RoutingEvent, offset: int) -> None:
        evolve(state, event)

    def due(self, state: RouterState, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | StepInput | None:
        """The earliest timer that is due by tape time; else an order that waits for the market and is met; else the next step of a
        retiming."""
        if state.queue and state.queue[0][0] <= tape_ns:
            due_ns, order_id, kind, number = state.queue[0]
            return TimerInput(order_id, kind, number, due_ns)
        met = due_trigger(state, market, tape_ns)
        if met is not None or state.retiming is None:
            return met
        return StepInput(state.retiming.calendar_version, state.retiming.steps_done + 1)

    def effects(self, state: RouterState, events: tuple[RoutingEvent, ...]) -> tuple[Effect, ...]:
        return ()


__all__ = ["RouterRules", "RouterState"]
