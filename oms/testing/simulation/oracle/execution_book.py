"""Execution's journal: each child taken once, one NEW per child, each number once, nothing before a logon, under a halt or too late.

What the venues themselves say is held against this in `venue_book`; here a record is held against the router's that it names.
"""

from dataclasses import dataclass, field

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.authority import whereabouts
from oms.testing.simulation.oracle.facts import ROUTING, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.risk_book import TERMINAL
from oms.v1.enums_pb2 import (
    EXEC_TYPE_TRADE,
    INTENT_KIND_CANCEL,
    INTENT_KIND_NEW,
    INTENT_KIND_REPLACE,
    INTENT_KIND_STATUS,
    ORD_STATUS_UNKNOWN,
    REASON_NEVER_REACHED_VENUE,
    SESSION_MESSAGE_GAP_FILL,
    SESSION_MESSAGE_LOGON,
    IntentKind,
    SessionMessage,
)
from oms.v1.envelope_pb2 import JournalEvent
from oms.v1.execution_pb2 import (
    ChildReport,
    ChildTaken,
    ChildUnsent,
    ExecutionEvent,
    FillCorrected,
    FillSuperseded,
    Intent,
    SessionMessagePlanned,
    SessionUp,
)
from oms.v1.routing_pb2 import ChildNew, ChildReplace

ANSWER_WAIT_NS = 5_000_000_000
"""How long an answer may take."""


@dataclass(frozen=True, slots=True)
class Named:
    """A message that a valid record names: what it is, and where and when it was written."""

    kind: str
    cl_ord_id: str
    place: str
    moment: int


@dataclass(slots=True)
class SentChild:
    """`control_position`: when it was taken up. `asked_at`: the offset of its last status request.
    `parts`: quantity of a trade that took the place of an inferred fill. `replaces`: by the router's number. `cancelled`: logons of the session
    and wall time when a cancel left that had no answer and was not asked about since.

    `fills`: every execution and correction booked; `standing`: (quantity, price) of those that still stand, by their latest name.
    """

    taken: ChildTaken
    control_position: int
    new_seq: int = 0
    new_offset: int = -1
    asked_at: int = -1
    replaces: dict[int, tuple[ChildReplace, int]] = field(default_factory=dict)
    fills: set[str] = field(default_factory=set)
    parts: dict[str, int] = field(default_factory=dict)
    cancelled: tuple[int, int] | None = None
    standing: dict[str, tuple[int, int]] = field(default_factory=dict)
    status: int = 0
    ended: bool = False
    unsent: bool = False


@dataclass(slots=True)
class VenueSession:
    """`ups`: (offset of the record, numbers below this had arrived). `up_epoch`: the ownership whose logon is confirmed, −1 for none."""

    last_number: int = 0
    logon_epoch: int = -1
    up_epoch: int = -1
    ups: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UnsentChild:
    """A child that execution says a venue never had. `never_reached`: it had been numbered, and is held proven not to have arrived."""

    child_id: str
    session_id: str
    place: str
    never_reached: bool


class ExecutionBook:
    """One partition. `named`: by (session, number); `unsent`, `reports` and `corrections` grow, for who compares them with the venues."""

    def __init__(self, partition: int, facts: Facts, findings: Findings) -> None:
        self.partition, self._facts, self._findings = partition, facts, findings
        self.children: dict[str, SentChild] = {}
        self.sessions: dict[str, VenueSession] = {}
        self.named: dict[tuple[str, int], Named] = {}
        self.gap_fills: dict[tuple[str, int], Named] = {}
        self.unsent: list[UnsentChild] = []
        self.reports: list[tuple[Counted, ChildReport]] = []
        self.corrections: list[tuple[Counted, FillCorrected]] = []
        self._answered: set[str] = set()

    def must(self, tp: TopicPartition, offset: int) -> bool:
        kinds = ("child_new", "child_cancel", "child_replace")
        events = self._facts.journals[tp].counted[offset].envelope.events
        return any(event.routing.WhichOneof("kind") in kinds for event in events)

    def take(self, counted: Counted) -> None:
        envelope = self._facts.source(counted, ROUTING)
        asked = list(envelope.events) if envelope is not None else []
        for event in asked:
            self._note_replace(counted, event)
        for event in counted.envelope.events:
            self._fold(counted, event.execution, asked)
        for new in (event.routing.child_new for event in asked):
            if new.child_id and new.child_id not in self.children and new.child_id not in self._answered:
                self._report(Kind.INPUT_SKIPPED, counted, f"{new.child_id} is neither taken nor refused")

    def _note_replace(self, counted: Counted, event: JournalEvent) -> None:
        if event.routing.WhichOneof("kind") == "child_replace":
            asked = event.routing.child_replace
            child = self.children.get(asked.child_id)
            if child is not None:
                child.replaces[asked.request] = (asked, counted.position("oms.control"))

    def _fold(self, counted: Counted, event: ExecutionEvent, asked: list[JournalEvent]) -> None:
        match event.WhichOneof("kind"):
            case "child_taken":
                self._taken(counted, event.child_taken, [e.routing.child_new for e in asked])
            case "intent":
                self._intent(counted, event.intent)
            case "session_message_planned":
                self._planned(counted, event.session_message_planned)
            case "session_up":
                self._up(counted, event.session_up)
            case "session_down":
                self._session(event.session_down.session_id).up_epoch = -1
            case "child_report":
                self._reported(counted, event.child_report)
            case "fill_corrected":
                self._corrected(counted, event.fill_corrected)
            case "fill_superseded":
                self._superseded(counted, event.fill_superseded)
            case "child_unsent":
                self._unsent(counted, event.child_unsent)
            case "child_unknown":
                self._unknown(counted, event.child_unknown.child_id)
            case "child_request_rejected":
                rejected = event.child_request_rejected
                if rejected.kind == INTENT_KIND_CANCEL and rejected.child_id in self.children:
                    self.children[rejected.child_id].cancelled = None

    def _session(self, session_id: str) -> VenueSession:
        return self.sessions.setdefault(session_id, VenueSession())

    # --- sessions

    def _number(self, counted: Counted, session_id: str, number: int, named: Named) -> None:
        session = self._session(session_id)
        if number <= session.last_number:
            self._report(
                Kind.NUMBER_TWICE, counted, f"{session_id} number {number}, {session.last_number} was given out"
            )
        session.last_number = max(session.last_number, number)
        self.named.setdefault((session_id, number), named)

    def _planned(self, counted: Counted, planned: SessionMessagePlanned) -> None:
        session, epoch = self._session(planned.session_id), counted.envelope.epoch
        kind = SessionMessage.Name(planned.message).removeprefix("SESSION_MESSAGE_")
        named = Named(kind, "", counted.place, counted.moment)
        if planned.message == SESSION_MESSAGE_LOGON:
            session.logon_epoch, session.up_epoch = epoch, -1
        elif session.up_epoch != epoch:
            self._report(Kind.BEFORE_LOGON, counted, f"{kind} on {planned.session_id}")
        if planned.message == SESSION_MESSAGE_GAP_FILL:
            self.gap_fills[(planned.session_id, planned.msg_seq_num)] = named
        else:
            self._number(counted, planned.session_id, planned.msg_seq_num, named)

    def _up(self, counted: Counted, up: SessionUp) -> None:
        session, epoch = self._session(up.session_id), counted.envelope.epoch
        if session.logon_epoch != epoch:
            self._report(Kind.BEFORE_LOGON, counted, f"{up.session_id} is up without a logon of this owner")
        session.up_epoch = epoch
        session.ups.append((counted.offset, up.arrived_below))

    # --- children

    def _taken(self, counted: Counted, taken: ChildTaken, asked: list[ChildNew]) -> None:
        if taken.child_id in self.children:
            self._report(Kind.CHILD_TWICE, counted, taken.child_id)
            return
        self._answered.add(taken.child_id)
        if not any(_same_terms(new, taken) for new in asked):
            self._report(Kind.CHILD_UNFOUNDED, counted, taken.child_id)
        self.children[taken.child_id] = SentChild(taken, counted.position("oms.control"))

    def _intent(self, counted: Counted, intent: Intent) -> None:
        kind = IntentKind.Name(intent.kind).removeprefix("INTENT_KIND_")
        text = f"{kind} of {intent.child_id}"
        child = self.children.get(intent.child_id)
        named = Named(kind, intent.cl_ord_id, counted.place, counted.moment)
        if self._session(intent.session_id).up_epoch != counted.envelope.epoch:
            self._report(Kind.BEFORE_LOGON, counted, text)
        if child is None or child.taken.session_id != intent.session_id:
            self._report(Kind.CHILD_UNFOUNDED, counted, text)
            self._number(counted, intent.session_id, intent.msg_seq_num, named)
            return
        if intent.kind == INTENT_KIND_NEW:
            self._new(counted, child, intent)
        elif intent.kind == INTENT_KIND_REPLACE:
            self._replace(counted, child, intent)
        elif intent.kind == INTENT_KIND_CANCEL:
            self._cancel(counted, child, intent)
        elif intent.kind == INTENT_KIND_STATUS:
            child.asked_at, child.cancelled = counted.offset, None
        self._number(counted, intent.session_id, intent.msg_seq_num, named)

    def _new(self, counted: Counted, child: SentChild, intent: Intent) -> None:
        taken = child.taken
        if child.new_seq:
            self._report(
                Kind.NEW_TWICE, counted, f"{intent.child_id}, number {intent.msg_seq_num} after {child.new_seq}"
            )
        if child.ended:
            self._report(Kind.CHILD_AFTER_END, counted, intent.child_id)
        price = taken.price if taken.HasField("price") else None
        if (intent.order_qty, intent.price if intent.HasField("price") else None) != (taken.order_qty, price):
            self._report(Kind.BEYOND_MANDATE, counted, f"{intent.child_id} leaves with other terms")
        self._may_leave(counted, child, child.control_position, taken.good_until_ns, taken.reduces_from)
        child.new_seq, child.new_offset = intent.msg_seq_num, counted.offset

    def _replace(self, counted: Counted, child: SentChild, intent: Intent) -> None:
        asked, position = child.replaces.get(intent.request, (None, 0))
        price = intent.price if intent.HasField("price") else None
        if asked is None or (asked.order_qty, asked.price if asked.HasField("price") else None) != (
            intent.order_qty,
            price,
        ):
            self._report(Kind.CHILD_UNFOUNDED, counted, f"replacement {intent.request} of {intent.child_id}")
            return
        self._may_leave(counted, child, position, asked.good_until_ns, asked.reduces_from)

    def _cancel(self, counted: Counted, child: SentChild, intent: Intent) -> None:
        """Once on a connection, whoever wants it, for as long as an answer may take. What has ended for us a person may cancel."""
        logons = len(self._session(intent.session_id).ups)
        if child.cancelled is not None and not child.ended:
            before, at_ns = child.cancelled
            if before == logons and intent.at_ns - at_ns < ANSWER_WAIT_NS:
                self._report(
                    Kind.CANCEL_TWICE, counted, f"{intent.child_id}, {intent.at_ns - at_ns} ns after the first"
                )
        child.cancelled = logons, intent.at_ns

    def _may_leave(
        self, counted: Counted, child: SentChild, taken_at: int, good_until_ns: int, reduces_from: int
    ) -> None:
        """What creates or increases: under no halt, nor one that came since it was taken up, and in time."""
        t, position, control = child.taken, counted.position("oms.control"), self._facts.control
        if position > len(control.records):
            return
        known = self._facts.reference.at(counted.position("oms.reference"))
        where = whereabouts(known, t)
        since = control.halt_since(taken_at, position, where, reduces_from)
        halt = max(control.halt_at(position, where, reduces_from), since)
        if halt >= 0:
            self._report(Kind.SENT_UNDER_HALT, counted, f"{t.child_id}, oms.control@{halt}")
        if counted.envelope.wall_time_ns > good_until_ns:
            self._report(Kind.SENT_LATE, counted, t.child_id)

    # --- outcomes

    def _reported(self, counted: Counted, report: ChildReport) -> None:
        child = self.children.get(report.child_id)
        is_trade = report.exec_type == EXEC_TYPE_TRADE
        if child is None or not child.new_seq:
            self._report(Kind.CHILD_UNFOUNDED, counted, f"a report of {report.child_id}, which was not sent")
            return
        if child.ended and not is_trade:
            self._report(Kind.REOPENED, counted, f"a report of {report.child_id} after its end")
        if is_trade:
            self._executed(counted, child, report)
        if not counted.envelope.source.session_id:
            self._report(Kind.END_UNFOUNDED, counted, f"a report of {report.child_id} that no venue sent")
        child.status = report.ord_status
        child.ended = child.ended or report.ord_status in TERMINAL
        self.reports.append((counted, report))

    def _executed(self, counted: Counted, child: SentChild, report: ChildReport) -> None:
        """Once; what a trade has beyond the inferred fill that it took the place of comes beside that, under one ExecID."""
        before = child.parts.pop(report.exec_id, 0)
        if report.exec_id in child.fills and not before:
            self._report(Kind.FILL_TWICE, counted, f"{report.venue_id}/{report.exec_id} of {report.child_id}")
        child.fills.add(report.exec_id)
        child.standing[report.exec_id] = (before + report.last_qty, report.last_px)
        held = sum(qty for qty, _ in child.standing.values())
        if report.cum_qty != held:
            text = f"{report.child_id} has {report.cum_qty}, what stands sums to {held}"
            self._report(Kind.EXPOSURE_DIFFERS, counted, text)

    def _superseded(self, counted: Counted, event: FillSuperseded) -> None:
        """A trade takes the place of what was inferred: quantities stay."""
        child = self.children.get(event.child_id)
        text = f"{event.venue_id}/{event.exec_id} for {event.inferred_exec_id} of {event.child_id}"
        stood = child.standing.pop(event.inferred_exec_id, None) if child is not None else None
        if child is None or stood is None or stood != (event.last_qty + event.left_qty, event.inferred_px):
            self._report(Kind.FILL_UNFOUNDED, counted, f"{text}, which stands as {stood}")
            return
        if event.exec_id in child.fills and event.exec_id not in child.parts:
            self._report(Kind.FILL_TWICE, counted, text)
        if event.left_qty:
            child.standing[event.inferred_exec_id] = (event.left_qty, event.inferred_px)
        child.fills.add(event.exec_id)
        child.parts[event.exec_id] = child.parts.get(event.exec_id, 0) + event.last_qty
        child.standing[event.exec_id] = (child.parts[event.exec_id], event.last_px)

    def _corrected(self, counted: Counted, event: FillCorrected) -> None:
        """Once each, of an execution that stands as it says, by a venue's word. What has ended stays so: nothing here says otherwise."""
        child = self.children.get(event.child_id)
        if child is None or not child.new_seq:
            self._report(Kind.CHILD_UNFOUNDED, counted, f"a correction of {event.child_id}, which was not sent")
            return
        text = f"{event.venue_id}/{event.exec_id} corrects {event.exec_ref_id} of {event.child_id}"
        if event.exec_id in child.fills:
            self._report(Kind.FILL_TWICE, counted, text)
            return
        stood = child.standing.pop(event.exec_ref_id, None)
        if stood != (event.old_qty, event.old_px) or not counted.envelope.source.session_id:
            self._report(Kind.FILL_UNFOUNDED, counted, f"{text}, which stands as {stood}")
        child.fills.add(event.exec_id)
        if event.new_qty:
            child.standing[event.exec_id] = (event.new_qty, event.new_px)
        held = sum(qty for qty, _ in child.standing.values())
        if event.cum_qty != held:
            self._report(
                Kind.EXPOSURE_DIFFERS, counted, f"{text}: {event.cum_qty} executed, what stands sums to {held}"
            )
        if not child.ended:
            child.status, child.ended = event.ord_status, event.ord_status in TERMINAL
        self.corrections.append((counted, event))

    def _unknown(self, counted: Counted, child_id: str) -> None:
        child = self.children.get(child_id)
        if child is None:
            return
        child.status = ORD_STATUS_UNKNOWN
        if self._session(child.taken.session_id).up_epoch != counted.envelope.epoch:
            self._report(Kind.BEFORE_LOGON, counted, f"{child_id} is held unknown")

    def _unsent(self, counted: Counted, unsent: ChildUnsent) -> None:
        self._answered.add(unsent.child_id)
        child = self.children.get(unsent.child_id)
        if child is None:
            return  # refused at once: there is no session for it
        never = unsent.reason == REASON_NEVER_REACHED_VENUE
        if child.ended:
            self._report(Kind.REOPENED, counted, f"{unsent.child_id} ends again")
        child.ended = child.unsent = True
        self.unsent.append(UnsentChild(unsent.child_id, child.taken.session_id, counted.place, never))
        if never:
            self._proven(counted, child)

    def _proven(self, counted: Counted, child: SentChild) -> None:
        """The number did not arrive, by the venue's first word after it; and it was asked, on this owner's own connection."""
        session, child_id = self._session(child.taken.session_id), child.taken.child_id
        if session.up_epoch != counted.envelope.epoch:
            self._report(Kind.BEFORE_LOGON, counted, f"{child_id} is held never to have arrived")
        later = [(offset, below) for offset, below in session.ups if offset > child.new_offset]
        if not later or later[0][1] > child.new_seq:
            text = (
                f"{child_id}: number {child.new_seq}, the venue had those below {later[0][1] if later else 'unknown'}"
            )
            self._report(Kind.NEVER_REACHED_UNPROVEN, counted, text)
        asked_since = later and child.asked_at >= later[0][0]
        if not asked_since or not counted.envelope.source.session_id:
            self._report(Kind.NEVER_REACHED_UNPROVEN, counted, f"{child_id}: its status was not asked, or not answered")

    def _report(self, kind: Kind, counted: Counted, text: str) -> None:
        self._findings.report(kind, f"{counted.place}: {text}")

    def standing(self) -> dict[str, int]:
        """By parent: what is executed of it and stands."""
        found: dict[str, int] = {}
        for child in self.children.values():
            order_id = child.taken.order_id
            found[order_id] = found.get(order_id, 0) + sum(qty for qty, _ in child.standing.values())
        return found

    def rest(self, lost: set[str]) -> None:
        """`lost`: children that a venue lost, whose end can never be proven."""
        for child_id, child in self.children.items():
            if not child.ended and child_id not in lost:
                what = "unknown" if child.status == ORD_STATUS_UNKNOWN else "open"
                self._findings.report(Kind.NOT_ENDED, f"{child_id} is {what} at execution")


def _same_terms(new: ChildNew, taken: ChildTaken) -> bool:
    names = ("order_id", "child_id", "venue_id", "instrument_id", "account_id", "desk_id", "side", "ord_type")
    more = ("time_in_force", "order_qty", "good_until_ns", "decision_offset")
    same = all(getattr(new, name) == getattr(taken, name) for name in (*names, *more))
    return same and (new.HasField("price"), new.price) == (taken.HasField("price"), taken.price)
