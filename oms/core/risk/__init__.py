"""Risk: the stage that accepts or refuses what desks ask, and keeps exposure. `RiskRules` is all that a service needs of it."""

from oms.core.enums import Stage
from oms.core.market import MarketView
from oms.core.risk.decide import decide
from oms.core.risk.evolve import evolve
from oms.core.risk.liquidating import due_liquidation
from oms.core.risk.marking import due_marking
from oms.core.risk.spanning import due_credit
from oms.core.risk.state import RiskState
from oms.core.risk.trigger_watch import due_triggers
from oms.core.risk.watching import due_watching
from oms.core.risk_events import RiskEvent
from oms.core.stage import Conditions, Effect, Input, StepInput, TimerInput

__all__ = ["RiskRules", "RiskState"]


class RiskRules:
    """`oms.core.stage.Rules` for risk. It has no effects: readers of `oms.risk` act on its records."""

    stage: Stage = Stage.RISK

    def initial(self, partition: int) -> RiskState:
        return RiskState(partition)

    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        return decide(state, stage_input, conditions, market)

    def evolve(self, state: RiskState, event: RiskEvent, offset: int) -> None:
        evolve(state, event, offset)

    def due(self, state: RiskState, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | StepInput | None:
        """Triggers of halts, and alerts; the next step of the mass cancel that began first; after all of them, of the program that did; then
        of credit, liquidations; then what is to be marked."""
        first = due_triggers(state, tape_ns, wall_ns) or due_watching(state, tape_ns, wall_ns)
        if first is not None:
            return first
        for started_offset, work in state.mass_cancels.items():
            return StepInput(started_offset, work.steps_done + 1, presses=True)
        for started_offset, program in state.programs.items():
            return StepInput(started_offset, program.steps_done + 1)
        return (
            due_credit(state, tape_ns, wall_ns)
            or due_liquidation(state, tape_ns, wall_ns, market)
            or due_marking(state, tape_ns, wall_ns, market)
        )

    def effects(self, state: RiskState, events: tuple[RiskEvent, ...]) -> tuple[Effect, ...]:
        return ()
