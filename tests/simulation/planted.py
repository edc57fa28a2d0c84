"""Bugs, each as another part handed to a world's constructors: what the design's rules are there against.

A bug is a name, the parts with it, and the kinds of violation that make sense for it. Nothing of it can be reached from a service.
Wrong rules, judges, fences and outboxes are here; wrong loops, auditors and gateways in `planted_processes`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from planted_life import (
    AsksForTheRest,
    BothAtVenues,
    BothExecute,
    FiresEarly,
    ForgetsBusts,
    ManyBusts,
    ManyHalts,
    ManyLists,
    ManyReplaces,
    OpensAgain,
    ReducesNothing,
    ShowsAll,
)
from planted_processes import (
    fenced_records_count,
    forgets_what_it_owes,
    live_memory_snapshots,
    reader_without_epoch,
    resumes_at_the_highest,
    tells_afterwards,
)

from oms.core.control import Control
from oms.core.credit.events import CreditReturned
from oms.core.credit.journaled import CreditEvent
from oms.core.credit.stage import CreditRules, CreditState
from oms.core.enums import ExecType, IntentKind, LimitKind, OrdStatus, TimerKind
from oms.core.execution import ExecutionRules, ExecutionState
from oms.core.execution.state import Session, SessionPhase
from oms.core.execution_events import (
    ChildReport,
    ChildUnknown,
    ChildUnsent,
    ExecutionEvent,
    FillCorrected,
    Intent,
    SessionReceived,
    SessionUp,
)
from oms.core.market import MarketView
from oms.core.money import Amount
from oms.core.reasons import Reason
from oms.core.risk import RiskRules, RiskState
from oms.core.risk.book import Book
from oms.core.risk.exposure import reservation
from oms.core.risk_events import OrderClosed, RiskEvent
from oms.core.routing import RouterRules, RouterState
from oms.core.routing_events import ParentChanged, RoutingEvent
from oms.core.run_rule import RunPosition, Validity
from oms.core.stage import CommandInput, Conditions, Effect, ExecutionInput, Input, StepInput, TimerInput
from oms.core.venue_messages import Disconnected, ReportReceived, VenueMessage
from oms.runtime.log import Ack, Failed
from oms.runtime.outbox import Outbox
from oms.runtime.parts import Parts
from oms.runtime.run import InFlight
from oms.testing.simulation.life_world import LifeWorld
from oms.testing.simulation.oracle import Kind
from oms.testing.simulation.planted import Planted
from oms.testing.simulation.world import World
from oms.wire import topics

JOURNALS = (topics.RISK, topics.ROUTING, topics.EXECUTION)


@dataclass(frozen=True, slots=True)
class Bug:
    """`parts` makes the world's parts anew for each seed; `kinds`: what it may be found out as; `world`: where it shows soonest."""

    name: str
    parts: Callable[[], Planted]
    kinds: frozenset[Kind]
    world: type[World] = World


# --- the fence and the run rule


def any_ack_is_good(outcome: Ack | Failed, flight: InFlight, epoch: int) -> str:
    """No offset plan: an ack is an ack, wherever the record landed."""
    return f"the outcome is unknown: {outcome.reason}" if isinstance(outcome, Failed) else ""


def a_break_is_one_record(
    position: RunPosition, offset: int, claim: bool, epoch: int, run_seq: int
) -> tuple[RunPosition, Validity]:
    """What breaks a run voids itself; the records after it count by their own numbers again."""
    if claim:
        return RunPosition(offset + 1, offset, True), Validity.CLAIM
    valid = epoch == position.epoch and run_seq >= 1 and offset <= epoch + run_seq + 1
    return RunPosition(offset + 1, position.epoch, position.unbroken), Validity.VALID if valid else Validity.VOID


class LeavesAtOnce(Outbox):
    """Effects leave when the record is appended."""

    def add(self, run_seq: int, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
        return effects


def in_all(parts: Parts) -> Planted:
    return Planted(parts=dict.fromkeys(JOURNALS, parts))


# --- risk


class ForgetsCommands(RiskRules):
    """What a command was is forgotten once it is decided, to save memory."""

    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        return super().decide(replace(state, seen={}), stage_input, conditions, market)


class TimeReleases(RiskRules):
    """An order that has been open for two seconds will not fill any more: what it reserves is given back."""

    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        old = [
            o for o, order in state.open_orders.items() if order.terms.entered_ns + 2_000_000_000 < conditions.wall_ns
        ]
        if not isinstance(stage_input, CommandInput) or not old or not events:
            return events
        return (*events, OrderClosed(old[0], reservation(state.open_orders[old[0]])))


class TimeReturnsCredit(CreditRules):
    """A holder that has said nothing of its credit for two seconds does not need it: it is granted to whoever asks."""

    def __init__(self) -> None:
        self._heard: dict[tuple[str, int, int, int], int] = {}

    def due(self, state: CreditState, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | None:
        found = super().due(state, tape_ns, wall_ns, market)
        for credit_id, limit in state.granting.limits.items():
            for partition, line in sorted(limit.lines.items()):
                since = self._heard.setdefault((credit_id, partition, line.want_seq, line.release_seq), wall_ns)
                if found is None and line.granted and wall_ns - since > 2_000_000_000:
                    return TimerInput(credit_id, TimerKind.CREDIT, -1 - partition, wall_ns)
        return found

    def decide(
        self, state: CreditState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[CreditEvent, ...]:
        if not isinstance(stage_input, TimerInput) or stage_input.number >= 0:
            return super().decide(state, stage_input, conditions, market)
        partition = -1 - stage_input.number
        line = state.granting.limits[stage_input.owner].lines[partition]
        return (CreditReturned(stage_input.owner, partition, line.release_seq, Amount(line.granted)),)


class AdmitsBeyondCredit(RiskRules):
    """Credit is asked for, and not waited for."""

    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        plenty = {name: replace(credit, held=10**30) for name, credit in state.credits.items()}
        return super().decide(
            replace(state, credits=plenty) if isinstance(stage_input, CommandInput) else state,
            stage_input,
            conditions,
            market,
        )


class ControlIsAlwaysFresh(RiskRules):
    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        return super().decide(state, stage_input, replace(conditions, control_age_ns=0), market)


class ReservesNothing(RiskRules):
    """Limits are held against positions alone: open orders neither reserve nor count."""

    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        state.index()  # made before, so that it is the same in every copy
        without_orders = Book.of(replace(state, open_orders={}, book_memo=None))
        return super().decide(replace(state, book_memo=without_orders), stage_input, conditions, market)


class LooksAway(RiskRules):
    """The monitors are asked when somebody has time, which nobody has."""

    def due(self, state: RiskState, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | StepInput | None:
        state.watch_queue.looked_ns = wall_ns
        return super().due(state, tape_ns, wall_ns, market)


# --- router


class IgnoresControl(RouterRules):
    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        control = Control(state.control.position, {}, state.control.anchor, state.control.anchor_offset)
        return super().decide(replace(state, control=control), stage_input, conditions, market)


class KeepsBustedFills(RouterRules):
    """What is executed is executed: a bust of the venue is nothing to an order."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        if isinstance(stage_input, ExecutionInput):
            kept = tuple(e for e in stage_input.events if not isinstance(e, FillCorrected))
            stage_input = replace(stage_input, events=kept)
        return super().decide(state, stage_input, conditions, market)


class LeavesBustedOpen(RouterRules):
    """A filled order that loses quantity is open again, as its status says."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        return tuple(e for e in events if not (isinstance(e, ParentChanged) and e.reason is Reason.TRADE_TAKEN_BACK))


class EndsAtOnce(RouterRules):
    """A cancelled order is reported as ended while its children are still to be cancelled."""

    def decide(
        self, state: RouterState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RoutingEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        return tuple(
            replace(event, exec_type=ExecType.CANCELED, ord_status=OrdStatus.CANCELED, leaves_qty=0)
            if isinstance(event, ParentChanged) and event.exec_type is ExecType.PENDING_CANCEL
            else event
            for event in events
        )


# --- execution


class CancelsTwice(ExecutionRules):
    """Forgets when a cancel left, so that the router's joins none that execution made by itself."""

    def evolve(self, state: ExecutionState, event: ExecutionEvent, offset: int) -> None:
        super().evolve(state, event, offset)
        if isinstance(event, Intent) and (child := state.children.get(event.child_id)) is not None:
            child.requests = {number: replace(request, at_ns=0) for number, request in child.requests.items()}


class SendsAgain(ExecutionRules):
    """After a logon a NEW without an answer is sent once more, under a new number, instead of being asked about."""

    def decide(
        self, state: ExecutionState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[ExecutionEvent, ...]:
        return tuple(_again(state, event) for event in super().decide(state, stage_input, conditions, market))

    def evolve(self, state: ExecutionState, event: ExecutionEvent, offset: int) -> None:
        if isinstance(event, Intent) and event.kind is IntentKind.NEW:
            child, session = state.children[event.child_id], state.sessions[event.session_id]
            session.asks.pop(event.child_id, None)
            child.new_seq = 0
        super().evolve(state, event, offset)


def _again(state: ExecutionState, event: ExecutionEvent) -> ExecutionEvent:
    if not isinstance(event, Intent) or event.kind is not IntentKind.STATUS:
        return event
    child = state.children.get(event.child_id)
    if child is None or child.ord_status is not OrdStatus.PENDING_NEW:
        return event
    return replace(
        event,
        kind=IntentKind.NEW,
        cl_ord_id=child.cl_ord_id,
        orig_cl_ord_id="",
        order_qty=child.order_qty,
        price=child.price,
    )


class ResolvesAtOnce(ExecutionRules):
    """A new owner settles what its predecessor sent without an answer before it has logged on: the connection is gone, so it was lost."""

    def decide(
        self, state: ExecutionState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[ExecutionEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        if not isinstance(stage_input, Disconnected):
            return events
        return (*events, *(_never(state, c) for c in _unanswered(state, stage_input.session_id)))


class BelievesTheStatus(ExecutionRules):
    """The venue does not know the order, so it never had it; whether the number arrived is not asked."""

    def decide(
        self, state: ExecutionState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[ExecutionEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        body = stage_input.body if isinstance(stage_input, VenueMessage) else None
        if not isinstance(body, ReportReceived) or body.venue_order_id != "NONE":
            return events
        return tuple(_never(state, event.child_id) if isinstance(event, ChildUnknown) else event for event in events)


class BelievesTheNumber(ExecutionRules):
    """The number did not arrive by the venue's logon, so the order never did; its status is not asked."""

    def decide(
        self, state: ExecutionState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[ExecutionEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        ups = [event for event in events if isinstance(event, SessionUp)]
        if not ups:
            return events
        missing = [
            c for c in _unanswered(state, ups[0].session_id) if state.children[c].new_seq >= ups[0].arrived_below
        ]
        return (*events, *(_never(state, child_id) for child_id in missing))


class BooksAgain(ExecutionRules):
    """A fill that the venue sends a second time is booked a second time: neither its number nor its ExecID is looked at."""

    def decide(
        self, state: ExecutionState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[ExecutionEvent, ...]:
        events = super().decide(state, stage_input, conditions, market)
        body = stage_input.body if isinstance(stage_input, VenueMessage) else None
        session = state.sessions.get(stage_input.session_id) if isinstance(stage_input, VenueMessage) else None
        if (
            events
            or session is None
            or not isinstance(stage_input, VenueMessage)
            or not isinstance(body, ReportReceived)
        ):
            return events
        if body.exec_type is not ExecType.TRADE or not _was_read(session, stage_input):
            return events
        fresh = replace(body, exec_id=body.exec_id + "'")  # so that it is not known
        expected = replace(stage_input, msg_seq_num=session.next_in, body=fresh)
        again = super().decide(state, expected, conditions, market)
        return tuple(
            replace(event, exec_id=body.exec_id) if isinstance(event, ChildReport) else event
            for event in again
            if not isinstance(event, SessionReceived)
        )


def _was_read(session: Session, message: VenueMessage) -> bool:
    return session.phase is SessionPhase.UP and message.msg_seq_num < session.next_in


def _unanswered(state: ExecutionState, session_id: str) -> list[str]:
    return [
        child_id
        for child_id, child in state.children.items()
        if child.sent and child.terms.session_id == session_id and child.ord_status is OrdStatus.PENDING_NEW
    ]


def _never(state: ExecutionState, child_id: str) -> ChildUnsent:
    order_id = state.children[child_id].terms.order_id
    return ChildUnsent(order_id, child_id, Reason.NEVER_REACHED_VENUE, "as it seems")


# --- all of them


class ForgetfulVenues(World):
    """Venues that hang, forget and lose connections far oftener than any profile has it."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        havoc = self.havoc
        return [*super()._work_actions(), (8, havoc.hang), (4, havoc.forget), (6, havoc.lose_connection)]


class TradesTakenBack(World):
    """Venues that bust and correct far oftener than any profile has it."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        return [*super()._work_actions(), (20, self.havoc.bust), (10, self.havoc.correct)]


class HoldsBeyondCredit(RiskRules):
    """Of positions credit is asked for, and not waited for."""

    def decide(
        self, state: RiskState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[RiskEvent, ...]:
        plenty = {
            name: replace(credit, held=10**30) if f"/{LimitKind.POSITION_QTY.name}/" in name else credit
            for name, credit in state.credits.items()
        }
        return super().decide(
            replace(state, credits=plenty) if isinstance(stage_input, CommandInput) else state,
            stage_input,
            conditions,
            market,
        )


class OverPartitions(World):
    """More orders, and limits that move, to meet limits over partitions; in seeds with one partition there are none."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        return [*super()._work_actions(), (10, self.work.change_limit), (40, self.work.new)]


class MovingLimits(World):
    """Limits that go down and up all the time, and more orders to meet them."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        return [*super()._work_actions(), (20, self.work.change_limit), (30, self.work.new)]


class BadInserts(MovingLimits):
    """A database that answers badly all the time, too."""

    def _work_actions(self) -> list[tuple[float, Callable[[], None]]]:
        return [*super()._work_actions(), (40, self.havoc.bad_inserts)]


def bug(name: str, parts: Callable[[], Planted], *kinds: Kind, world: type[World] = World) -> Bug:
    return Bug(name, parts, frozenset(kinds), world)


def rules(topic: str, kind: Callable[[], Any]) -> Callable[[], Planted]:
    return lambda: Planted(rules={topic: kind})


READS_WRONG = (Kind.POSITION_MISJUDGED, Kind.INPUT_NOT_VALID, Kind.INPUT_SKIPPED, Kind.FILL_UNFOUNDED)

BUGS: tuple[Bug, ...] = (
    bug(
        "no offset plan",
        lambda: in_all(Parts(problem_of=any_ack_is_good)),
        Kind.NOT_NAMED,
        Kind.BEFORE_RECORD,
        Kind.NUMBER_TWICE,
    ),
    bug("a break does not void the rest", lambda: in_all(Parts(advance=a_break_is_one_record)), *READS_WRONG),
    bug("reader forgets the claim", lambda: Planted(loop=reader_without_epoch), *READS_WRONG),
    bug("effect before ack", lambda: in_all(Parts(outbox=LeavesAtOnce)), Kind.NOT_NAMED, Kind.BEFORE_RECORD),
    bug("blind resend", rules(topics.EXECUTION, SendsAgain), Kind.NEW_TWICE),
    bug("cancelled by each who wants it", rules(topics.EXECUTION, CancelsTwice), Kind.CANCEL_TWICE),
    bug(
        "resolve before logon",
        rules(topics.EXECUTION, ResolvesAtOnce),
        Kind.BEFORE_LOGON,
        Kind.NEVER_REACHED_UNPROVEN,
    ),
    bug(
        "snapshot from the owner's memory",
        live_memory_snapshots,
        Kind.STATE_DIFFERS,
        Kind.STAGE_DIED,
    ),
    bug("dedupe memory evicted", rules(topics.RISK, ForgetsCommands), Kind.RETRY_DECIDED, Kind.ACCEPTED_TWICE),
    bug("control ignored by the router", rules(topics.ROUTING, IgnoresControl), Kind.SENT_UNDER_HALT),
    bug(
        "bust not reversed",
        rules(topics.ROUTING, KeepsBustedFills),
        Kind.INPUT_SKIPPED,
        Kind.POSITIONS_DIFFER,
        world=TradesTakenBack,
    ),
    bug("busted order open again", rules(topics.ROUTING, LeavesBustedOpen), Kind.REOPENED, world=TradesTakenBack),
    bug(
        "alerts told after the insert, and not read back",
        lambda: Planted(auditor=tells_afterwards),
        Kind.ALERT_LOST,
        world=BadInserts,
    ),
    bug(
        "increasing under reduce-only",
        rules(topics.RISK, ReducesNothing),
        Kind.INCREASED_UNDER_HALT,
        world=ManyHalts,
    ),
    bug("nobody watches what is held", rules(topics.RISK, LooksAway), Kind.ALERT_MISSING, world=MovingLimits),
    bug("time returns reservations", rules(topics.RISK, TimeReleases), Kind.RELEASED_EARLY),
    bug(
        "time returns credit",
        rules(topics.CREDIT, TimeReturnsCredit),
        Kind.CREDIT_RETURNED_UNFOUNDED,
        world=OverPartitions,
    ),
    bug(
        "more is used than is held", rules(topics.RISK, AdmitsBeyondCredit), Kind.CREDIT_EXCEEDED, world=OverPartitions
    ),
    bug(
        "more of an instrument than is held",
        rules(topics.RISK, HoldsBeyondCredit),
        Kind.CREDIT_EXCEEDED,
        world=MovingLimits,
    ),
    bug(
        "audit resumes at max offset over a hole",
        lambda: Planted(auditor=resumes_at_the_highest),
        Kind.ROW_MISSING,
        Kind.PROGRESS_UNFOUNDED,
    ),
    bug(
        "fenced records counted as fills",
        lambda: Planted(loop=fenced_records_count),
        Kind.FILL_UNFOUNDED,
        Kind.INPUT_NOT_VALID,
    ),
    bug(
        "timer fires before inputs are read", lambda: in_all(Parts(timers_may_fire=lambda run: True)), Kind.TIMER_EARLY
    ),
    bug("control heartbeat ignored", rules(topics.RISK, ControlIsAlwaysFresh), Kind.ACCEPTED_IN_SILENCE),
    bug(
        "NEVER_REACHED from the status alone",
        rules(topics.EXECUTION, BelievesTheStatus),
        Kind.NEVER_REACHED_UNPROVEN,
        world=ForgetfulVenues,
    ),
    bug("NEVER_REACHED from the number alone", rules(topics.EXECUTION, BelievesTheNumber), Kind.NEVER_REACHED_UNPROVEN),
    bug("a fill counted twice after a resend", rules(topics.EXECUTION, BooksAgain), Kind.FILL_TWICE),
    bug("a subscription resumes one record too late", lambda: Planted(gateway=forgets_what_it_owes), Kind.UPDATE_LOST),
    bug("an order ends while a child is open", rules(topics.ROUTING, EndsAtOnce), Kind.ENDED_EARLY),
    bug("open orders count for nothing", rules(topics.RISK, ReservesNothing), Kind.LIMIT_EXCEEDED, world=MovingLimits),
    bug(
        "a repeated fill of a book counted twice", rules(topics.EXECUTION, BooksAgain), Kind.FILL_TWICE, world=LifeWorld
    ),
    bug(
        "a bust is not reversed",
        rules(topics.RISK, ForgetsBusts),
        Kind.INPUT_SKIPPED,
        Kind.POSITIONS_DIFFER,
        Kind.QUANTITY_DIFFERS,
        world=ManyBusts,
    ),
    bug(
        "a replacement asks for the remainder",
        rules(topics.ROUTING, AsksForTheRest),
        Kind.NOT_THE_TOTAL,
        world=ManyReplaces,
    ),
    bug("what has ended is opened again", rules(topics.ROUTING, OpensAgain), Kind.REOPENED, world=ManyBusts),
    bug("a stop fires early", rules(topics.ROUTING, FiresEarly), Kind.STOP_EARLY, world=LifeWorld),
    bug("an iceberg shows all", lambda: Planted(port=ShowsAll), Kind.SHOWN_TOO_MUCH, Kind.OTHER_TERMS, world=LifeWorld),
    bug(
        "of an OCO both are filled",
        rules(topics.ROUTING, BothExecute),
        Kind.LEG_GOES_ON,
        Kind.LIST_OVERFILLED,
        world=ManyLists,
    ),
    bug(
        "of an OCO both are at venues",
        rules(topics.ROUTING, BothAtVenues),
        Kind.LEGS_TOGETHER,
        Kind.LIST_OVERFILLED,
        world=ManyLists,
    ),
)
