"""Bugs in the life of orders: busts, replacements, ends, stops, what is shown. Each is found in worlds whose orders live their whole life."""

from collections.abc import Callable
from dataclasses import replace

from oms.core.enums import Algorithm, OrdStatus, Side, TimeInForce, TriggerKind
from oms.core.list_events import ListDone
from oms.core.market import MarketView
from oms.core.reasons import Reason
from oms.core.risk import RiskRules, RiskState
from oms.core.risk_events import ExposureCorrected, ListAccepted, OrderAccepted, RiskEvent
from oms.core.routing import RouterRules, RouterState
from oms.core.routing_events import ChildReplace, ParentChanged, ParentTraded, RoutingEvent
from oms.core.stage import Conditions, Effect, Input, RiskInput, SendEffect
from oms.core.trigger_events import TriggerArmed
from oms.testing.simulation.life_work import LifeWork
from oms.testing.simulation.life_world import LifeWorld
from oms.testing.simulation.port import VenuePort
from oms.testing.simulation.workload import ACCOUNT_OF, INSTRUMENTS, LOT, MIDDLE, SECOND_NS, TICK
from oms.v1 import gateway_pb2 as api


class ForgetsBusts(RiskRules):
    """What a venue takes back stays in the position."""

    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        return tuple(event for event in events if not isinstance(event, ExposureCorrected))


class AsksForTheRest(RouterRules):
    """A replacement asks for what is left, not for the total."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        return tuple(_remainder(state, event) if isinstance(event, ChildReplace) else event for event in events)


def _remainder(state: RouterState, asked: ChildReplace) -> ChildReplace:
    executed = state.children[asked.child_id].cum_qty
    return replace(asked, order_qty=max(LOT, asked.order_qty - executed))


class OpensAgain(RouterRules):
    """A fill that comes after the end shows the order as partly filled, whatever it had ended as."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        return tuple(
            replace(event, ord_status=OrdStatus.PARTIALLY_FILLED)
            if isinstance(event, ParentTraded) and state.parents[event.order_id].closed
            else event
            for event in events
        )


class FiresEarly(RouterRules):
    """A stop waits for a price some ticks before its own."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        sides = {e.order_id: e.side for e in events if hasattr(e, "worst_price") and hasattr(e, "side")}
        return tuple(
            replace(event, price=event.price - _sign(state, sides, event.order_id) * 6 * TICK)
            if isinstance(event, TriggerArmed) and event.kind is TriggerKind.STOP
            else event
            for event in events
        )


class BothExecute(RouterRules):
    """What one order of an OCO executes ends no other: each is filled in its turn."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        spared = {e.order_id for e in events if isinstance(e, ParentChanged) and e.reason is Reason.CONTINGENT_EXECUTED}
        return tuple(
            e for e in events if getattr(e, "order_id", "") not in spared and not (spared and isinstance(e, ListDone))
        )


class BothAtVenues(RouterRules):
    """An OCO is taken for orders that do not know each other."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        if isinstance(stage_input, RiskInput):
            events = tuple(e for e in stage_input.events if not isinstance(e, ListAccepted))
            stage_input = replace(stage_input, events=events)
        return super().decide(state, stage_input, conditions, market)


def _sign(state: RouterState, sides: dict[str, Side], order_id: str) -> int:
    side = sides.get(order_id)
    return (side or state.parents[order_id].opened.side).sign


class ShowsAll(VenuePort):
    """Orders leave without their display quantity."""

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, SendEffect) and effect.child is not None:
            child = effect.child
            shown = replace(child, instructions=replace(child.instructions, display_qty=None))
            effect = replace(effect, child=shown)
        super().perform(effect)


class ManyReplaces(LifeWorld):
    """Plain orders that rest at one venue, are filled a part and replaced, all the time."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        return [*super()._work_actions(), (40, self.rest_fill_replace)]

    def rest_fill_replace(self) -> None:
        work = self.work
        assert isinstance(work, LifeWork)
        client = self.chance.choice(self.clients)
        side = self.chance.choice((Side.BUY, Side.SELL))
        order = api.SubmitRequest(
            **work._head(client, "o"),
            account_id=ACCOUNT_OF[client.desk_id],
            instrument_id=INSTRUMENTS[1],
            side=int(side),  # type: ignore[arg-type]
            ord_type=2,  # type: ignore[arg-type]
            time_in_force=int(TimeInForce.GTC),  # type: ignore[arg-type]
            order_qty=LOT * 20,
            price=MIDDLE - side.sign * 10 * TICK,
            algorithm=int(Algorithm.DIRECT),  # type: ignore[arg-type]
            venue_id=self.venue_ids[0],
            good_until_ns=self.wall_ns + 3600 * SECOND_NS,
        )
        work._send(client, order)
        for _ in range(4):
            self.round(1_000_000)
        for venue in self.all_venues:
            for name in [o.cl_ord_ids[0] for o in venue.distinct_orders() if o.leaves > LOT and not o.cum_qty]:
                venue.fill(name, LOT)
        for _ in range(3):
            self.round(1_000_000)
        work._send(
            client,
            api.ReplaceRequest(
                **work._head(client, "r"),
                orig_cl_ord_id=order.cl_ord_id,
                order_qty=LOT * 30,
                price=order.price,
                good_until_ns=self.wall_ns + 3600 * SECOND_NS,
            ),
        )


class ManyBusts(LifeWorld):
    """Venues take back what they executed, far oftener than others do."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        return [*super()._work_actions(), (12, self.havoc.bust), (8, self.work.fill), (10, self.work.new)]


class ReducesNothing(RiskRules):
    """Nobody asks under a reduce-only halt whether an order reduces; all are accepted as if they did."""

    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        blind = replace(
            state.control, halts={k: v for k, v in state.control.halts.items() if k not in state.control.reduce_only}
        )
        events = super().decide(replace(state, control=blind), stage_input, conditions, market)
        return tuple(
            replace(event, mandate=replace(event.mandate, reduces_from=state.control.position))
            if isinstance(event, OrderAccepted)
            else event
            for event in events
        )


class ManyHalts(LifeWorld):
    """Halts of every scope and action, and liquidations, far oftener than elsewhere."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        work = self.work
        assert isinstance(work, LifeWork)
        return [*super()._work_actions(), (6, work.halt), (3, work.liquidate), (10, work.new), (12, work.market_moves)]


class ManyLists(LifeWorld):
    """Lists, and strangers who trade with their orders."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        work = self.work
        assert isinstance(work, LifeWork)
        return [*super()._work_actions(), (12, work.new_list), (8, work.strangers), (12, work.market_moves)]
