"""Whom a venue's report is about: a live child, one that has ended, a leg of one, or nobody.

A venue that replaces by another order tells of legs (`oms.core.execution.legs`); from here on every report speaks of the whole order.
It does not know what a report then does (`oms.core.execution.reports`).
"""

from dataclasses import replace

from oms.core.enums import ExecType, IntentKind, OrdStatus, VenueBehaviour
from oms.core.execution.children import reject_request
from oms.core.execution.corrections import take_trade_report
from oms.core.execution.draft import Draft
from oms.core.execution.legs import behaves, ends_old_leg, in_chain, is_new_leg, leg_status, replace_named
from oms.core.execution.mass_cancels import is_name
from oms.core.execution.reports import report, take_late, take_live
from oms.core.execution.state import Child, Request, Session, parse_cl_ord_id
from oms.core.execution.trades import UNKNOWN_ORDER_ID
from oms.core.reasons import Reason
from oms.core.venue_messages import ReportReceived


def take_report(draft: Draft, session: Session, body: ReportReceived, raw: str) -> None:
    if body.orig_cl_ord_id and is_name(draft.state.partition, body.cl_ord_id):
        # There are venues that name a mass cancel in each report that it brings about, and the order beside it.
        body = replace(body, cl_ord_id=body.orig_cl_ord_id, orig_cl_ord_id="")
    child_id, number = parse_cl_ord_id(draft.state.partition, body.cl_ord_id)
    child = draft.state.children.get(child_id)
    if child is None or not child.sent or child.terms.session_id != session.session_id:
        take_late(draft, session, child_id, body, raw)
    elif body.venue_order_id != UNKNOWN_ORDER_ID and behaves(draft, child, VenueBehaviour.REPLACES_BY_NEW_ORDER):
        _take_leg(draft, session, child, body, number, raw)
    else:
        take_live(draft, session, child, body, number, raw)


def _take_leg(draft: Draft, session: Session, child: Child, told: ReportReceived, number: int, raw: str) -> None:
    """A report of a venue that replaces by another order (`oms.core.execution.legs`)."""
    body = in_chain(child, told, number)
    if body is None:
        return
    asked = replace_named(child, number)
    if asked is None or not is_new_leg(child, body, number):
        if ends_old_leg(child, body, number) and body.cum_qty == child.cum_qty:
            report(draft, child, body, exec_type=ExecType.PENDING_REPLACE, ord_status=leg_status(body))
        else:
            take_live(draft, session, child, body, number, raw)
    elif body.exec_type is ExecType.REJECTED:
        reason = Reason.VENUE_REPLACE_REJECTED
        reject_request(draft, child, asked.request, IntentKind.REPLACE, reason, body.text)
        ended = replace(body, ord_status=OrdStatus.CANCELED, cum_qty=child.cum_qty, leaves_qty=0)
        report(draft, child, ended, exec_type=ExecType.CANCELED, reason=reason)
    else:
        _bind(draft, session, child, body, asked, raw)


def _bind(draft: Draft, session: Session, child: Child, body: ReportReceived, asked: Request, raw: str) -> None:
    """The first that is heard of a new leg, by its acknowledgement or by its first fill. With it the replace has its outcome."""
    trade = body.exec_type is ExecType.TRADE
    before = body.cum_qty - body.last_qty if trade else body.cum_qty
    status = OrdStatus.PARTIALLY_FILLED if child.cum_qty else OrdStatus.NEW
    if before > child.cum_qty:
        text = f"{child.terms.child_id} was replaced at {before} filled, we know {child.cum_qty}"
        draft.anomaly(session, text, raw)
        status = OrdStatus.UNKNOWN
    leaves_qty = asked.order_qty - child.cum_qty
    replaced = replace(body, last_qty=0, cum_qty=child.cum_qty, leaves_qty=leaves_qty, liquidity=None, exec_id="")
    report(draft, child, replaced, exec_type=ExecType.REPLACED, ord_status=status, request=asked.request, asked=asked)
    if trade:
        take_trade_report(draft, session, child, body, raw)
    elif body.exec_type is not ExecType.NEW:
        take_live(draft, session, child, body, 0, raw)
