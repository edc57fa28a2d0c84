"""The acceptance cards over a FIX 4.4 session: only the bytes are others than the local protocol's, by the venue's rules of engagement."""

import time
from dataclasses import replace
from pathlib import Path

from oms.core.enums import OrdType, Side, TimeInForce
from oms.fix.codec import parse
from oms.venues import messages as m
from oms.venues.acceptance.local import SYMBOL, LocalSession, LocalVenue, started
from oms.venues.fix_envelope import Envelope
from oms.venues.fix_mapping import About, FixMapping
from oms.venues.fix_rules import RulesOfEngagement
from oms.venues.session_client import Connection, FrameConnection
from oms.venues.venue_terms import VenueTerms

PRICE_SCALE, QTY_SCALE = 2, 0
"""Of the quiet tape's instrument."""

NOBODYS = About(SYMBOL, Side.BUY, OrdType.LIMIT, TimeInForce.DAY)
"""What is said of an order that there is not: FIX asks for it all the same."""

_STAMPED = m.NewOrderSingle | m.OrderCancelRequest | m.OrderCancelReplaceRequest | m.OrderMassCancelRequest
"""Requests that say when they were made (TransactTime, 60)."""


class FixCards:
    """Of one session with one venue."""

    def __init__(self, venue: str, session_id: str, rules: RulesOfEngagement) -> None:
        self._venue, self._session_id, self._rules = venue, session_id, rules
        self._mapping = FixMapping(rules, lambda _: (PRICE_SCALE, QTY_SCALE))
        self._envelope = Envelope(rules.header_of(session_id, venue), rules.time_digits)
        self._about: dict[str, About] = {}

    def of(self, session_id: str) -> "FixCards":
        return FixCards(self._venue, session_id, self._rules)

    def open(self, host: str, port: int, logon: m.Logon) -> Connection:
        return FrameConnection.connect(host, port, self.bytes_of(logon, logon.msg_seq_num))

    def bytes_of(self, message: m.SessionMessage, number: int) -> bytes:
        if isinstance(message, _STAMPED):
            message = replace(message, transact_time=time.time_ns())
        msg_type, body = self._mapping.encode(message, self._about_of(message))
        again = getattr(message, "poss_resend", False)
        return self._envelope.write(msg_type, body, number, time.time_ns(), poss_resend=again)

    def message_of(self, data: bytes) -> m.Message:
        return self._mapping.decode(parse(data), self._session_id)

    def _about_of(self, message: m.SessionMessage) -> About | None:
        """What a request says of its order: as the NEW said it, under whichever name."""
        match message:
            case m.NewOrderSingle():
                self._about[message.cl_ord_id] = About(
                    message.symbol, message.side, message.ord_type, message.time_in_force, message.account, message.order_qty,
                    message.peg_price_type,
                )  # fmt: skip
                return None
            case m.OrderCancelRequest() | m.OrderCancelReplaceRequest():
                about = self._about.get(message.orig_cl_ord_id, NOBODYS)
                self._about.setdefault(message.cl_ord_id, about)
                return about
            case m.OrderStatusRequest():
                return self._about.get(message.cl_ord_id, NOBODYS)
            case _:
                return None


def own_fix_venue(
    venue: str, terms: VenueTerms, directory: Path, run: str, rules: RulesOfEngagement
) -> tuple[LocalVenue, LocalSession]:
    """A venue process, and a FIX session with it. Close the session, then stop the venue."""
    process, offer = started(venue, terms, directory, rules)
    name = f"ACCEPT-{run}"
    wire = FixCards(venue, name, rules)
    session = LocalSession(
        "127.0.0.1", process.fix_port, name, offer, process.restart, admin_port=process.port, wire=wire
    )
    session.connect()
    return process, session
