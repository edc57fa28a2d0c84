"""Execution: what leaves for a venue, under which number, and what came of it. The rules of the stage that owns venue sessions."""

from oms.core.enums import Stage
from oms.core.execution.decide import decide, due, effects
from oms.core.execution.evolve import evolve
from oms.core.execution.state import ExecutionState
from oms.core.execution_events import ExecutionEvent
from oms.core.market import MarketView
from oms.core.stage import Conditions, Effect, Input, StepInput, TimerInput

__all__ = ["ExecutionRules", "ExecutionState"]


class ExecutionRules:
    """`oms.core.stage.Rules` for execution. It never looks at the market: a child's price was decided before it came here."""

    stage = Stage.EXECUTION

    def initial(self, partition: int) -> ExecutionState:
        return ExecutionState(partition)

    def decide(
        self, state: ExecutionState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[ExecutionEvent, ...]:
        return decide(state, stage_input, conditions)

    def evolve(self, state: ExecutionState, event: ExecutionEvent, offset: int) -> None:
        evolve(state, event, offset)

    def due(
        self, state: ExecutionState, tape_ns: int, wall_ns: int, market: MarketView
    ) -> TimerInput | StepInput | None:
        return due(state, wall_ns)

    def effects(self, state: ExecutionState, events: tuple[ExecutionEvent, ...]) -> tuple[Effect, ...]:
        return effects(state, events)
