"""Which orders are followed for clients, what is noted of them, and who is told: the other half of `oms.gateway.client_sessions.telling`."""

from collections.abc import Iterator
from dataclasses import dataclass

from oms.core.client_session_events import ClientOrderChanged, ClientOrderOpened
from oms.core.commands import NewOrder, same_content
from oms.core.enums import ExecType, OrdStatus
from oms.core.money import Amount
from oms.core.reference import FixSession
from oms.core.routing_events import ParentTraded, TradeCorrected, TradeSuperseded
from oms.gateway.client_sessions import reports
from oms.gateway.client_sessions.draft import Draft
from oms.gateway.client_sessions.reports import Report
from oms.gateway.client_sessions.state import ClientOrder
from oms.gateway.client_sessions.terms import covers, session_of, version_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands: the ExecID of what is no trade follows from it."""

    letter: str
    partition: int
    offset: int
    number: int
    time_ns: int

    @property
    def exec_id(self) -> str:
        """
        >>> Place("R", 2, 17, 0, 0).exec_id
        'R2.17.0'
        """
        return f"{self.letter}{self.partition}.{self.offset}.{self.number}"


def exec_id_of(venue_id: str, exec_id: str) -> str:
    """Venues number their executions each for itself: with the venue it is unique (rule 6)."""
    return f"{venue_id}/{exec_id}"


# -- what is known of an order ----------------------------------------------------------------------------------------------


def follow(draft: Draft, order_id: str, order: NewOrder) -> ClientOrder | None:
    """The order, opened here if anybody may ask for it or is told of it. One of another content takes the id: it was there first."""
    known = draft.order(order_id)
    source = session_of(order.provenance.source)
    if known is not None:
        if not known.order.list_id and order.provenance.entered_by and not same_content(known.order, order):
            draft.emit(ClientOrderOpened(order_id, source, order))
            return draft.order(order_id)
        return known
    if not any(_follows(draft, terms, order) for terms in draft.sessions()):
        return None
    draft.emit(ClientOrderOpened(order_id, source, order))
    return draft.order(order_id)


def _follows(draft: Draft, terms: FixSession, order: NewOrder) -> bool:
    if terms.drop_copy is None:
        return terms.desk_id == order.desk_id
    return covers(terms, order.desk_id, order.account_id, draft.reference)


def note(draft: Draft, order: ClientOrder, exec_type: ExecType, ord_status: OrdStatus, leaves_qty: int = -1) -> None:
    draft.emit(
        ClientOrderChanged(
            order.order_id,
            order.cl_ord_id,
            exec_type,
            ord_status,
            order.order_qty,
            order.price,
            order.cum_qty,
            order.leaves_qty if leaves_qty < 0 else leaves_qty,
            Amount(order.notional),
            order.day_order_qty,
            order.day_cum_qty,
            Amount(order.day_notional),
            order.instructions,
        )
    )


def take_figures(
    draft: Draft, order: ClientOrder, event: ParentTraded | TradeCorrected | TradeSuperseded, exec_type: ExecType
) -> None:
    draft.emit(
        ClientOrderChanged(
            order.order_id,
            order.cl_ord_id,
            exec_type,
            event.ord_status,
            order.order_qty,
            order.price,
            event.cum_qty,
            event.leaves_qty,
            event.notional,
            event.day_order_qty,
            event.day_cum_qty,
            event.day_notional,
            order.instructions,
        )
    )


# -- who is told ------------------------------------------------------------------------------------------------------------


def tell(draft: Draft, order: ClientOrder, report: Report, asked_by: str = "") -> None:
    for terms, copy in _audience(draft, order, asked_by):
        if draft.session(terms.session_id).since_ns:
            _send(draft, terms, order, report, copy)


def _audience(draft: Draft, order: ClientOrder, asked_by: str) -> Iterator[tuple[FixSession, bool]]:
    for session_id in dict.fromkeys((order.session_id, asked_by)):
        terms = draft.terms(session_id) if session_id else None
        if terms is not None:
            yield terms, False
    for terms in draft.sessions():
        if terms.enabled and covers(terms, order.desk_id, order.order.account_id, draft.reference):
            yield terms, True


def tell_session(draft: Draft, session_id: str, order: ClientOrder, report: Report) -> None:
    terms = draft.terms(session_id) if session_id else None
    if terms is not None:
        _send(draft, terms, order, report, False)


def _send(draft: Draft, terms: FixSession, order: ClientOrder, report: Report, copy: bool) -> None:
    instrument = draft.reference.instruments.get(order.order.instrument_id)
    body = reports.execution_report(order, instrument, report, version_of(terms), copy=copy)
    draft.send(terms, "8", body, order.order_id)
