"""What is said to the venue process about faults, on a connection of its own: lines of the venue protocol, outside any session's numbers.

It decides the names of the faults and what each takes. It does not know what a fault does (`oms.venues.fault_layer`).
Each line is answered with one line: `Faults` or `FaultReject`.
"""

from dataclasses import dataclass
from enum import Enum


class FaultKind(Enum):
    """`count`: how often it strikes, 0 = until it ends. `ms`: how long it is on, 0 = until cleared; of DELAY_REPLIES the delay."""

    HOLD_REPORTS = "hold-reports"
    """The venue acts, and says nothing until the fault ends; then it says everything, in order."""
    LOSE_REPORTS = "lose-reports"
    """The venue acts, and never says so: the report gets no number, and no resend brings it."""
    DROP_REQUESTS = "drop-requests"
    """An order message is read and thrown away as if it had never arrived: its number is not used up."""
    IGNORE_REQUESTS = "ignore-requests"
    """An order message arrives, uses up its number, and is not carried out."""
    REFUSE_MASS_CANCELS = "refuse-mass-cancels"
    """An OrderMassCancelRequest is answered by a report that refuses it (531=0), and ends no order."""
    IGNORE_MASS_CANCELS = "ignore-mass-cancels"
    """An OrderMassCancelRequest arrives, uses up its number, and is neither carried out nor answered; other requests are."""
    DELAY_REPLIES = "delay-replies"
    """Every line leaves `ms` later."""
    DUPLICATE_REPORTS = "duplicate-reports"
    """A report is written twice under the same number, the second time with PossDupFlag."""
    REPEAT_REPORTS = "repeat-reports"
    """A report is sent again, the same content under a new number."""
    REORDER_REPORTS = "reorder-reports"
    """A report is kept until the session's next report has overtaken it."""
    DISCONNECT = "disconnect"
    """The connection ends now. Takes neither count nor ms."""
    DISCONNECT_AFTER = "disconnect-after"
    """The connection ends behind the answers to the `count`-th order message from now (1 where none is given)."""
    DISCONNECT_UNANSWERED = "disconnect-unanswered"
    """The `count`-th order message from now is carried out, and the connection ends before its answers leave."""
    REFUSE_LOGON = "refuse-logon"
    """The venue does not notice that a connection ended, and refuses logons until it has heard nothing for two heartbeats."""
    DENY_LOGON = "deny-logon"
    """The next `count` logons (1 where none is given) are answered with a Logout."""
    SILENCE = "silence"
    """Nothing leaves any more, heartbeats included, until the fault ends; what was to be said had its number, and a resend brings it."""
    GARBAGE = "garbage"
    """A line leaves with bytes that are spoilt: over FIX with a wrong CheckSum, which is ignored and leaves a gap."""
    WRONG_NUMBERS = "wrong-numbers"
    """A line leaves with a number that is a thousand too high."""
    FORGET_ORDER = "forget-order"
    """The order named by `cl_ord_id` is taken out of the book and of the records, without a word. Now."""
    COPY_OTHER_PRICE = "copy-other-price"
    """A drop copy says another price than the report: one more in the last digit. Of these three `session_id` is the drop copy's, which the
    other kinds may strike as well: LOSE_REPORTS leaves copies out."""
    COPY_OTHER_QTY = "copy-other-qty"
    """A drop copy says one more of the quantity than the report."""
    COPY_INVENTED = "copy-invented"
    """Behind a drop copy comes another one, of an execution that there never was."""
    LOSE_NUMBERS = "lose-numbers"
    """At the next logon the session's numbers begin anew in both directions, and nothing sent before is kept."""


@dataclass(frozen=True, slots=True)
class FaultSet:
    """Switch a fault on. `session_id` empty = every session. `cl_ord_id`: only messages and reports with this ClOrdID."""

    kind: FaultKind
    session_id: str = ""
    count: int = 0
    ms: int = 0
    cl_ord_id: str = ""


@dataclass(frozen=True, slots=True)
class FaultClear:
    """Switch off the faults set for `session_id` (empty = all there are). Answered with those that were switched off."""

    all_sessions: bool
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class FaultList:
    """Which faults are on? `request` comes back in the answer."""

    request: int


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults, each as a JSON object: Fault (its number), SessionID, Kind, Left, LeftMs, Ms, ClOrdID, Struck."""

    faults: tuple[str, ...]
    request: int = 0


@dataclass(frozen=True, slots=True)
class FaultReject:
    text: str


FaultRequest = FaultSet | FaultClear | FaultList
FaultMessage = FaultRequest | Faults | FaultReject
