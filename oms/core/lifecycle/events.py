"""What can happen to one order, as facts without time or place: who reports it, and how, is for the caller to know.

Names and meanings are those of FIX. A report that answers a request names it by the request's ClOrdID (tag 11). Quantities are at the
instrument's quantity scale, prices at its price scale; both are integers.
"""

from dataclasses import dataclass

from oms.core.enums import ExecType, IntentKind
from oms.core.venue_reasons import CxlRejReason, OrdRejReason

# --- the order itself


@dataclass(frozen=True, slots=True)
class PendingNew:
    """ExecType A: received, not accepted."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """ExecType 0. `cl_ord_id` of a pending replace: a venue that replaces by cancel and new acknowledges the new order (rule 18)."""

    cl_ord_id: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """ExecType 8. `reason`: tag 103, as whoever rejects says it."""

    reason: int = OrdRejReason.OTHER


@dataclass(frozen=True, slots=True)
class Canceled:
    """ExecType 4. `cl_ord_id` of the cancel request, empty where nobody asked: then `reason` (tag 378) says why, and is kept (rule 19).

    `renames`: the order's ClOrdID is the cancel's from here on, as in FIX 4.2 (matrix D35); later versions keep the order's (J.1.b).
    """

    cl_ord_id: str = ""
    reason: int | None = None
    renames: bool = False


@dataclass(frozen=True, slots=True)
class Expired:
    """ExecType C."""


@dataclass(frozen=True, slots=True)
class DoneForDay:
    """ExecType 3."""


@dataclass(frozen=True, slots=True)
class Calculated:
    """ExecType B."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """`qty` is guaranteed at `px` or better: no execution, though tags 32, 31 carry it. FIX 4.2 tells it as a partial fill (matrix D37)."""

    qty: int = 0
    px: int = 0
    exec_type: ExecType = ExecType.STOPPED


@dataclass(frozen=True, slots=True)
class Suspended:
    """ExecType 9."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The suspension is over. FIX has no ExecType for it: it is told as Restated, by some as New; `reason`: tag 378."""

    reason: int | None = None
    exec_type: ExecType = ExecType.RESTATED


@dataclass(frozen=True, slots=True)
class Restated:
    """ExecType D: no fill. None: as it was.

    `ratio`: a corporate action made `ratio[0]` out of every `ratio[1]`: what is executed changes with it, and what was paid does not.
    The order's own quantity and price are as stated here; a quantity that is not stated changes by the ratio too.
    Some tell new terms that nobody asked for as Replaced, under the ClOrdID in force.
    """

    order_qty: int | None = None
    price: int | None = None
    reason: int | None = None
    ratio: tuple[int, int] = (1, 1)
    exec_type: ExecType = ExecType.RESTATED


@dataclass(frozen=True, slots=True)
class Triggered:
    """ExecType L."""


# --- executions


@dataclass(frozen=True, slots=True)
class Traded:
    """ExecType F. `cl_ord_id`: as which order, empty: the one in force. That of a pending replace binds it (rule 18)."""

    exec_id: str
    qty: int
    px: int
    cl_ord_id: str = ""


@dataclass(frozen=True, slots=True)
class TradeCorrected:
    """ExecType G (4.2: ExecTransType 2)."""

    exec_ref_id: str
    exec_id: str
    qty: int
    px: int


@dataclass(frozen=True, slots=True)
class TradeCanceled:
    """ExecType H (4.2: ExecTransType 1): a bust."""

    exec_ref_id: str
    exec_id: str


# --- requests


@dataclass(frozen=True, slots=True)
class Requested:
    """OrderCancelRequest (35=F) or OrderCancelReplaceRequest (35=G) arrives, or leaves.

    `orig_cl_ord_id` (tag 41) is the last that was not rejected (rule 15). `order_qty` is the total intended, executed quantity included
    (rule 11); `price` None is a price of none: what a replace does not restate is not carried over (rule 12).
    """

    kind: IntentKind
    cl_ord_id: str
    orig_cl_ord_id: str
    order_qty: int = 0
    price: int | None = None


@dataclass(frozen=True, slots=True)
class RequestPending:
    """ExecType 6 or E, whichever was asked for."""

    cl_ord_id: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """ExecType 5, for the replace that was asked for."""

    cl_ord_id: str


@dataclass(frozen=True, slots=True)
class LegCanceled:
    """Of a replace that the venue makes as cancel and new: the old order is cancelled there (rule 18). Nobody is told."""


@dataclass(frozen=True, slots=True)
class RequestRejected:
    """OrderCancelReject (35=9). `reason`: tag 102, as whoever rejects says it."""

    cl_ord_id: str
    reason: int = CxlRejReason.TOO_LATE_TO_CANCEL


# --- time, questions, doubt


@dataclass(frozen=True, slots=True)
class DayStarted:
    """A trading day of the order's market begins. Days are counted by any rising integers."""

    day: int


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """OrderStatusRequest (35=H), by any ClOrdID of the chain; empty: by the one in force."""

    cl_ord_id: str = ""


@dataclass(frozen=True, slots=True)
class SentAgain:
    """A NewOrderSingle of a ClOrdID that is in use. `poss_resend`: PossResend=Y (tag 97), or a retry of the command over gRPC.

    With the same content a resend is answered by the status (rule 27); anything else is a duplicate, and touches nothing (rule 28).
    """

    poss_resend: bool
    same_content: bool = True
    cl_ord_id: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """No proof of what became of the order (rule 31)."""


@dataclass(frozen=True, slots=True)
class Found:
    """The order is as we have it, says who knows."""


OrderEvent = (
    PendingNew
    | Accepted
    | Rejected
    | Canceled
    | Expired
    | DoneForDay
    | Calculated
    | Stopped
    | Suspended
    | Resumed
    | Restated
    | Triggered
    | Traded
    | TradeCorrected
    | TradeCanceled
    | Requested
    | RequestPending
    | Replaced
    | LegCanceled
    | RequestRejected
    | DayStarted
    | StatusAsked
    | SentAgain
    | Lost
    | Found
)
