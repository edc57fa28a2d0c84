"""Messages to a client that are no status of an order: refusals of what it sent, and reports of mass cancels."""

from oms.core.enums import ExecType, OrdStatus
from oms.core.reasons import Reason
from oms.core.reference import FixSession
from oms.fix.fields import from_utc_ns
from oms.fix.message import Field, Message
from oms.fix.session import business_reject as rejection
from oms.gateway.client_sessions import reports, words
from oms.gateway.client_sessions.draft import Draft
from oms.gateway.client_sessions.reports import Report
from oms.gateway.client_sessions.requests import Unacceptable
from oms.gateway.client_sessions.state import ClientOrder
from oms.gateway.client_sessions.terms import FIX_42, version_of

OTHER, UNKNOWN_ID, UNSUPPORTED_TYPE, NOT_AVAILABLE, NOT_AUTHORIZED = 0, 1, 3, 4, 6
"""BusinessRejectReason (380)."""


REQUEST_ID_MAX = 64
"""Characters of an id that is repeated in each of the many messages that answer a request: they have to fit one record."""


def too_long(name: str) -> str:
    return f"{name}: takes at most {REQUEST_ID_MAX} characters"


def business_reject(draft: Draft, terms: FixSession, message: Message, reason: int, text: str) -> None:
    """BusinessMessageReject (j)."""
    if reason == NOT_AUTHORIZED and version_of(terms) == FIX_42:
        reason = OTHER
    ref_id = message.text(11) or message.text(70) or message.text(262)
    draft.fix(terms, rejection(message, reason, text, ref_id))


def order_refused(
    draft: Draft, terms: FixSession, message: Message, refusal: Unacceptable, original: ClientOrder | None
) -> None:
    """ExecutionReport Rejected of a NewOrderSingle. Of a duplicate: OrderID, OrdStatus and figures of the original (rule 28)."""
    version = version_of(terms)
    exec_id = (
        f"J{draft.state.partition}.{terms.session_id}.{message.seq_num}.{draft.now_ns:x}"  # a reset repeats numbers
    )
    if original is not None:
        report = Report(
            ExecType.REJECTED,
            original.ord_status,
            exec_id,
            draft.now_ns,
            message.text(11),
            reason=refusal.reason,
            text=refusal.text,
        )
        instrument = draft.reference.instruments.get(original.order.instrument_id)
        body = reports.execution_report(original, instrument, report, version)
        draft.send(terms, "8", body, original.order_id)
        return
    found: list[Field] = [(37, reports.NO_ORDER_ID), (11, message.text(11).encode("latin-1")), (17, exec_id.encode())]
    if version == FIX_42:
        found.append((20, b"0"))
    found += [
        (150, words.EXEC_TYPES[ExecType.REJECTED]),
        (39, words.ORD_STATUSES[OrdStatus.REJECTED]),
        (103, words.ord_rej_reason(refusal.reason, version)),
    ]
    for tag in (1, 55, 54, 38, 40, 44):  # as the client said it
        if (value := message.get(tag)) is not None:
            found.append((tag, value))
    found += [(151, b"0"), (14, b"0"), (6, b"0"), (60, from_utc_ns(draft.now_ns))]
    found.append((58, reports.text_of(refusal.reason, refusal.text)))
    draft.send(terms, "8", tuple(found))


def cancel_reject(draft: Draft, terms: FixSession, order: ClientOrder | None, report: Report, is_replace: bool) -> None:
    """OrderCancelReject (9)."""
    account = order.order.account_id if order is not None else ""
    body = reports.order_cancel_reject(order, report, version_of(terms), is_replace, account)
    draft.send(terms, "9", body, order.order_id if order is not None else "")


def mass_cancel_refused(draft: Draft, terms: FixSession, message: Message, refusal: Unacceptable) -> None:
    """OrderMassCancelReport (r) with MassCancelResponse (531) 0: rejected."""
    kind = message.get(530) or b"7"
    _mass_cancel_report(draft, terms, message.text(11), kind, b"0", None, refusal.reason, refusal.text)


def mass_cancel_started(draft: Draft, terms: FixSession, cl_ord_id: str, kind: bytes, matched: int) -> None:
    """OrderMassCancelReport (r): accepted, with the number of orders that it covers; each of them is reported by itself."""
    _mass_cancel_report(draft, terms, cl_ord_id, kind, kind, matched, None, "")


def _mass_cancel_report(
    draft: Draft,
    terms: FixSession,
    cl_ord_id: str,
    kind: bytes,
    response: bytes,
    matched: int | None,
    reason: Reason | None,
    text: str,
) -> None:
    found: list[Field] = [
        (11, cl_ord_id.encode("latin-1", "replace")),
        (37, cl_ord_id.encode("latin-1", "replace")),
        (1369, cl_ord_id.encode("latin-1", "replace")),
        (530, kind),
        (531, response),
    ]
    if version_of(terms) != "FIX.5.0SP2":
        found.pop(2)  # MassActionReportID is of 5.0 SP2
    if reason is not None:
        found += [(532, words.mass_cancel_rej_reason(reason, version_of(terms))), (58, reports.text_of(reason, text))]
    if matched is not None:
        found.append((533, b"%d" % matched))
    found.append((60, from_utc_ns(draft.now_ns)))
    draft.send(terms, "r", tuple(found))
