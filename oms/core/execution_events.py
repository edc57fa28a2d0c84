"""What execution journals in `oms.execution`: venue sessions, send intents, and what venues answered about child orders."""

from dataclasses import dataclass

from oms.core.enums import (
    BreakCause,
    ExecRestatementReason,
    ExecType,
    HaltScope,
    IntentKind,
    Liquidity,
    OrdStatus,
    OrdType,
    ResolutionKind,
    SessionMessage,
    Side,
    TimeInForce,
)
from oms.core.instructions import PLAIN, Instructions
from oms.core.monitors.alerts import AlertCleared, AlertRaised
from oms.core.order_filter import OrderFilter
from oms.core.reasons import Reason
from oms.core.risk_events import ControlApplied
from oms.core.venue_reasons import CxlRejReason, MassCancelOutcome


@dataclass(frozen=True, slots=True)
class SessionMessagePlanned:
    """A session-level message with a number of its own; sent after the ack. For a LOGON: connect first, then send it.

    `new_seq_no` only for GAP_FILL (the number after the gap); `begin_seq_no` only for RESEND_REQUEST. A GAP_FILL's own number is the
    gap's first and uses up none. `text`: the TestReqID of a TEST_REQUEST, or of the HEARTBEAT that answers one; of LIST_ORDERS its MassStatusReqID,
    of MASS_CANCEL its ClOrdID.
    `resets`: of a LOGON with ResetSeqNumFlag (141). `venue_order_id`, `exec_id`: of the execution that a DONT_KNOW_TRADE is about, `text` why. `at_ns`: wall time.
    """

    session_id: str
    venue_id: str
    message: SessionMessage
    msg_seq_num: int
    next_expected: int
    new_seq_no: int
    begin_seq_no: int
    text: str
    at_ns: int
    venue_order_id: str = ""
    exec_id: str = ""
    resets: bool = False


@dataclass(frozen=True, slots=True)
class SessionUp:
    """The venue confirmed our logon: numbers below `arrived_below` reached it, those from there on did not.

    `logon_seq_num` is the number of the venue's own logon message; what it sent before that and we miss, it sends again. `at_ns`: wall.
    """

    session_id: str
    venue_id: str
    arrived_below: int
    logon_seq_num: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class SessionDown:
    """The connection is gone, or is given up. `at_ns`: wall time."""

    session_id: str
    venue_id: str
    text: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class ChildTaken:
    """A child order that execution answers for from now on; no message about it is numbered yet.

    The order's own terms, so that a status can be asked and a report matched after any restart.
    """

    order_id: str
    child_id: str
    venue_id: str
    session_id: str
    instrument_id: str
    account_id: str
    desk_id: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    order_qty: int
    price: int | None
    good_until_ns: int
    trace_id: str
    decision_no: int
    decision_offset: int
    instructions: Instructions = PLAIN
    trader: str = ""
    strategy: str = ""
    reduces_from: int = 0


@dataclass(frozen=True, slots=True)
class Intent:
    """A numbered message about a child, journaled before any byte of it is written. `cl_ord_id` is the one the venue sees.

    `orig_cl_ord_id` names the order at the venue (empty for NEW). `request` is the router's; 0: execution asks on its own. `at_ns`: wall.
    `instructions` only of a REPLACE; those of a NEW are its child's.
    """

    order_id: str
    child_id: str
    kind: IntentKind
    session_id: str
    msg_seq_num: int
    cl_ord_id: str
    orig_cl_ord_id: str
    request: int
    order_qty: int
    price: int | None
    at_ns: int
    instructions: Instructions = PLAIN


@dataclass(frozen=True, slots=True)
class ChildReport:
    """What the venue said of a child (FIX ExecutionReport). An ORDER_STATUS report is never a fill.

    `inferred`: no trade was told; it follows from the venue's CumQty, and a real trade supersedes it (`FillSuperseded`).
    `venue_cum_qty`: CumQty as the venue states it, 0 in records from before it was kept; `cum_qty` is ours.
    `restatement`: why the venue changed or ended the order unasked (FIX 378), None where it did not say.
    `correctable`: a trade's figures are kept under its ExecID from here on, so that a correction finds them; False in records from before.
    """

    order_id: str
    child_id: str
    venue_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    exec_id: str
    venue_order_id: str
    last_qty: int
    last_px: int
    cum_qty: int
    leaves_qty: int
    order_qty: int
    price: int | None
    request: int
    liquidity: Liquidity | None
    transact_ns: int
    reason: Reason | None
    text: str
    inferred: bool = False
    venue_cum_qty: int = 0
    restatement: ExecRestatementReason | None = None
    correctable: bool = False

    @property
    def ends(self) -> bool:
        """The order can execute no more: it is terminal, or done for the day (or calculated) with nothing left for another one."""
        over = self.ord_status in (OrdStatus.DONE_FOR_DAY, OrdStatus.CALCULATED) and self.leaves_qty == 0
        return self.ord_status.is_terminal or over


@dataclass(frozen=True, slots=True)
class ChildRequestRejected:
    """The venue refused a cancel or replace (FIX OrderCancelReject), or it cannot be sent; the child goes on as before.
    `cxl_rej_reason`: the venue's own, where it gave one. `ord_status` (FIX 39): the child's, UNKNOWN while execution doubts it; None of one
    that is not open, and in records of before."""

    order_id: str
    child_id: str
    request: int
    kind: IntentKind
    reason: Reason
    text: str
    cxl_rej_reason: CxlRejReason | None = None
    ord_status: OrdStatus | None = None


@dataclass(frozen=True, slots=True)
class ChildUnsent:
    """The child ended here and never reached the venue: refused, withdrawn, or proven not to have arrived. Terminal."""

    order_id: str
    child_id: str
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class ChildUnknown:
    """Sent, and neither outcome is proven. Exposure stays reserved; a status request is on its way or a break is raised.

    `venue_cum_qty`: CumQty where the venue stated one, else 0.
    """

    order_id: str
    child_id: str
    text: str
    venue_cum_qty: int = 0


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something arrived that no known order explains; it is kept here and changes nothing else."""

    venue_id: str
    session_id: str
    text: str
    raw: str


@dataclass(frozen=True, slots=True)
class SessionReceived:
    """A numbered message of the venue was processed: the next one that counts is `next_in`. `at_ns`: wall time."""

    session_id: str
    next_in: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class ScopeCancelStarted:
    """Everything open in the scope is cancelled at the venues, in steps, by order of the control record at `control_offset`.

    `filter`: scope and what narrows it as one, `matched`: children whose cancel it brings about; None and 0 in records of before.
    """

    control_offset: int
    scope: HaltScope
    scope_id: str
    filter: OrderFilter | None = None
    matched: int = 0


@dataclass(frozen=True, slots=True)
class ScopeCancelDone:
    """Of every child that was matched for the control record the cancel is on its way, or the child has ended."""

    control_offset: int


@dataclass(frozen=True, slots=True)
class ChildRequestTaken:
    """A cancel or replace that its session cannot carry now; it is sent, or refused, when the session can. `request` as in `Intent`.
    `joins`: of a cancel for which no message leaves, because one under way says it already: the number in that one's ClOrdID, else 0."""

    order_id: str
    child_id: str
    kind: IntentKind
    request: int
    order_qty: int
    price: int | None
    good_until_ns: int
    instructions: Instructions = PLAIN
    reduces_from: int = 0
    joins: int = 0


@dataclass(frozen=True, slots=True)
class FillSuperseded:
    """A real trade takes the place of `last_qty` of an inferred fill: CumQty stays, the price becomes the real one.

    What the trade has beyond that follows as a `ChildReport` under the same ExecID. `left_qty` of the inferred fill still stands.
    `correctable` as in `ChildReport`.
    """

    order_id: str
    child_id: str
    venue_id: str
    exec_id: str
    inferred_exec_id: str
    last_qty: int
    last_px: int
    inferred_px: int
    left_qty: int
    liquidity: Liquidity | None
    transact_ns: int
    venue_cum_qty: int
    correctable: bool = False


@dataclass(frozen=True, slots=True)
class FillCorrected:
    """The venue corrected a fill that is booked (TRADE_CORRECT), or cancelled it (TRADE_CANCEL, a bust): `new_qty` 0.

    `exec_ref_id` names the execution as it stood before, `exec_id` as it stands from here on; of a bust it names nothing that could be
    corrected again. CumQty moves by `new_qty` − `old_qty`, Σ price × quantity by the difference of the two products. A child that has
    ended stays ended, whatever `ord_status` (the venue's word, FIX 39) says. `liquidity` is the execution's, as it was booked.
    An `exec_ref_id` that names an inferred fill: its trade was cancelled, or corrected, before it was ever told.
    """

    order_id: str
    child_id: str
    venue_id: str
    exec_type: ExecType
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    cum_qty: int
    leaves_qty: int
    ord_status: OrdStatus
    liquidity: Liquidity
    transact_ns: int
    venue_cum_qty: int
    text: str


@dataclass(frozen=True, slots=True)
class ExecutionSuspended:
    """A venue's report that no order or execution of ours explains, kept whole: it moves nothing. `subject` names it in its break.

    `exec_ref_id`: the execution that a correction is about, empty for what is none. `at_ns`: wall.
    """

    subject: str
    venue_id: str
    session_id: str
    cl_ord_id: str
    venue_order_id: str
    exec_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    last_qty: int
    last_px: int
    cum_qty: int
    leaves_qty: int
    order_qty: int
    price: int | None
    transact_ns: int
    at_ns: int
    raw: str
    exec_ref_id: str = ""


@dataclass(frozen=True, slots=True)
class BreakRaised:
    """Our state and a venue's report differ: the open break as it is from here on; raised again where its figures change.

    One break is open per (cause, subject); the subject is a child, or venue "/" order or execution. Quantities and prices are the two
    sides of the difference (price None: not what differs). `opened_ns`, `seen_ns`: wall time. `seen_count` counts its figures' changes.
    """

    break_id: str
    cause: BreakCause
    subject: str
    order_id: str
    child_id: str
    venue_id: str
    session_id: str
    cl_ord_id: str
    venue_order_id: str
    exec_id: str
    our_qty: int
    venue_qty: int
    our_px: int | None
    venue_px: int | None
    opened_ns: int
    seen_ns: int
    seen_count: int
    text: str


@dataclass(frozen=True, slots=True)
class BreakResolved:
    """The break is closed. By a person: the control record's offset, who entered it, and why; by the system: −1, "", "". `at_ns`: wall."""

    break_id: str
    cause: BreakCause
    subject: str
    order_id: str
    kind: ResolutionKind
    control_offset: int
    resolved_by: str
    reason: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class BreakResolutionRefused:
    """A person's resolution that changes nothing: no such open break, or not possible for its cause."""

    break_id: str
    control_offset: int
    kind: ResolutionKind
    text: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class TradeCopied:
    """The venue told an execution in its drop copy session, `session_id`. Each ExecID once; it moves no order.

    `exec_ref_id`: of a correction or a bust the execution that it is about. Figures and names as in `ReportReceived`. `at_ns`: wall.
    """

    session_id: str
    venue_id: str
    exec_type: ExecType
    exec_id: str
    exec_ref_id: str
    cl_ord_id: str
    venue_order_id: str
    account_id: str
    instrument_id: str
    side: Side
    last_qty: int
    last_px: int
    transact_ns: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class TradesJudged:
    """What our side and the drop copy say of executions of the order session `session_id`: `differ` for longer than the grace, or `agree`
    after all. Keys are venue "/" ExecID. `unheard`: one of the two ways has been down for too long to say. Alerts follow in the record."""

    session_id: str
    differ: tuple[str, ...]
    agree: tuple[str, ...]
    unheard: bool


@dataclass(frozen=True, slots=True)
class MassCancelAnswered:
    """What became of a mass cancel of the session (FIX OrderMassCancelReport, 35=r). It ends no order: their own reports do.

    `cl_ord_id`: of the request. `affected_orders` (533) None: not said. `reject_reason`: 532, of a refusal that gives one. `at_ns`: wall.
    """

    session_id: str
    venue_id: str
    cl_ord_id: str
    outcome: MassCancelOutcome
    affected_orders: int | None
    reject_reason: int | None
    text: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class SessionNumbersReset:
    """The session's numbers begin at 1 again, in both directions, as a person asked at `asked_ns`; the LOGON behind it says so (141=Y).

    Said again before each logon until the venue has confirmed one. Times: wall.
    """

    session_id: str
    venue_id: str
    asked_ns: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class SessionResetRefused:
    """What a person asked at `asked_ns` is not done, and changes nothing: why, in words. Times: wall."""

    session_id: str
    venue_id: str
    asked_ns: int
    text: str
    at_ns: int


ExecutionEvent = (
    SessionMessagePlanned
    | SessionUp
    | SessionDown
    | ChildTaken
    | Intent
    | ChildReport
    | ChildRequestRejected
    | ChildUnsent
    | ChildUnknown
    | Anomaly
    | ControlApplied
    | SessionReceived
    | ScopeCancelStarted
    | ChildRequestTaken
    | FillSuperseded
    | ExecutionSuspended
    | BreakRaised
    | BreakResolved
    | BreakResolutionRefused
    | FillCorrected
    | ScopeCancelDone
    | AlertRaised
    | AlertCleared
    | TradeCopied
    | TradesJudged
    | MassCancelAnswered
    | SessionNumbersReset
    | SessionResetRefused
)
