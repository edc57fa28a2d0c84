"""A decision in the making: its events so far, and the sessions, orders and requests concerned as those events leave them.

The state itself is not touched before the record is appended: what a decision looks at is copied into a small state of the draft's own, to
which the same `evolve` applies every event.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from oms.core.client_session_events import ClientEvent, ClientHeard, FixNoted
from oms.core.market import MarketView
from oms.core.reference import FixSession
from oms.core.stage import Conditions
from oms.fix import dictionary
from oms.fix.codec import parse
from oms.fix.framing import Garbled
from oms.fix.message import Field, Message
from oms.fix.passwords import without_passwords
from oms.fix.session import FixEvent, MessageTaken, Send, SessionConfig, SessionInput, decide, draft
from oms.fix.session.events import GarbledIgnored, MessageQueued
from oms.fix.session.inputs import Received
from oms.fix.session.table import SESSION_MESSAGES
from oms.gateway.client_sessions.evolve import evolve, session_in
from oms.gateway.client_sessions.state import ClientOrder, ClientSession, ClientSessionsState, Key, Request
from oms.gateway.client_sessions.terms import FIX_42, FIX_44, FIX_50SP2, sessions_of, version_of

_CUSTOM = {
    FIX_42: """
847 TargetStrategy int *
848 TargetStrategyParameters String
583 ClOrdLinkID String
add D 847 848 583
add G 847 848 583
""",
    FIX_44: """
59 TimeInForce char A=GoodForTime
847 TargetStrategy int *
1385 ContingencyType int *
1629 ExposureDuration int
2362 SelfMatchPreventionID String
2964 SelfMatchPreventionInstruction int *
add D 1629 2362 2964
add G 1629 2362 2964
add q 1
add E 1385
""",
    FIX_50SP2: """
59 TimeInForce char A=GoodForTime
847 TargetStrategy int *
1385 ContingencyType int *
1629 ExposureDuration int
2362 SelfMatchPreventionID String
2964 SelfMatchPreventionInstruction int *
add D 1629 2362 2964
add G 1629 2362 2964
add q 1
""",
}
"""What we take beyond the version's own messages, by agreement with our clients (docs/fix-clients.md): fields of later versions of FIX."""

TOLD = frozenset("89rNWXYj")
"""MsgTypes (35) of the application that clients are told: reports, rejects, lists, market data. No other is sent."""


@lru_cache(256)
def config_of(session: FixSession) -> SessionConfig:
    """What the session layer has to know of a client's session."""
    return SessionConfig(
        begin_string=session.begin_string,
        sender_comp_id=session.our_comp_id,
        target_comp_id=session.comp_id,
        is_initiator=False,
        default_appl_ver_id=session.appl_ver_id,
        custom=_CUSTOM[version_of(session)],
        heart_bt_int=session.heartbeat_s_min,
        heart_bt_int_max=session.heartbeat_s_max,
        accept_reset=session.resets_on_logon,
        next_expected_in_kind=True,
    )


def dictionary_of(session: FixSession) -> dictionary.Dictionary:
    return dictionary.load(version_of(session), _CUSTOM[version_of(session)])


def may_see(terms: FixSession, order: ClientOrder) -> bool:
    """Whether a trading session may ask for an order, and for its end."""
    return order.desk_id == terms.desk_id and (not terms.accounts or order.order.account_id in terms.accounts)


def _has_bytes(decided: tuple[FixEvent, ...], came: Message | Garbled) -> bool:
    """Whether what came is in the journal whole by the session layer's own events. A message that waits for its turn is, where it is the
    application's: it is taken with its bytes then, and one of the session layer is not."""
    if isinstance(came, Message) and came.msg_type in SESSION_MESSAGES:
        return False
    return any(
        isinstance(event, MessageTaken | MessageQueued | GarbledIgnored) and event.raw == came.raw for event in decided
    )


class Draft:
    """`state` is the draft's own: read orders and requests by the methods, change anything only through `emit`."""

    def __init__(self, base: ClientSessionsState, conditions: Conditions, market: MarketView) -> None:
        self.base, self.conditions, self.market = base, conditions, market
        self.reference, self.control = base.reference, base.control
        self.now_ns = conditions.wall_ns
        self.events: list[ClientEvent] = []
        self.state = ClientSessionsState(base.partition, base.reference, base.control)
        self._requests_seen: set[Key] = set()

    def emit(self, event: ClientEvent) -> None:
        self.events.append(event)
        evolve(self.state, event)

    # -- what a decision looks at --------------------------------------------------------------------------------------------

    def terms(self, session_id: str) -> FixSession | None:
        return self.reference.fix_sessions.get(session_id)

    def session(self, session_id: str) -> ClientSession:
        """As this draft leaves it; one that was never connected is new."""
        found = self.state.sessions.get(session_id)
        if found is None:
            original = self.base.sessions.get(session_id)
            if original is None:
                return session_in(self.state, session_id)
            found = replace(original, fix=draft(original.fix), subscriptions=dict(original.subscriptions))
            self.state.sessions[session_id] = found
        return found

    def order(self, order_id: str) -> ClientOrder | None:
        found = self.state.orders.get(order_id)
        if found is None and (original := self.base.orders.get(order_id)) is not None:
            found = replace(original, cl_ord_ids=list(original.cl_ord_ids))
            self.state.orders[order_id] = found
        return found

    def find(self, desk_id: str, cl_ord_id: str) -> ClientOrder | None:
        """The order that a ClOrdID of the desk names."""
        key = desk_id, cl_ord_id
        order_id = self.state.ids.get(key) or self.base.ids.get(key)
        return self.order(order_id) if order_id else None

    def find_for(self, terms: FixSession, cl_ord_id: str) -> ClientOrder | None:
        """The order that a ClOrdID names to a session: of its desk, and of an account that it may use."""
        order = self.find(terms.desk_id, cl_ord_id)
        return order if order is not None and may_see(terms, order) else None

    def request(self, key: Key) -> Request | None:
        if key not in self._requests_seen:
            self._requests_seen.add(key)
            original = self.base.requests.get(key)
            if original is not None and key not in self.state.requests:
                self.state.requests[key] = replace(original)
        return self.state.requests.get(key)

    def is_spent(self, key: Key) -> bool:
        return key in self.state.spent or (key in self.base.spent and key not in self.state.requests)

    def open_requests(self, session_id: str) -> int:
        """Commands of the session without a decision."""
        return sum(1 for r in self.base.requests.values() if r.session_id == session_id and not r.decided)

    def sessions(self) -> Iterable[FixSession]:
        return sessions_of(self.reference, self.state.partition)

    # -- the session layer ---------------------------------------------------------------------------------------------------

    def fix(self, terms: FixSession, session_input: SessionInput, order_id: str = "") -> list[Message]:
        """Let the session layer decide, and note its events. Returns the application messages that are due for processing, in order."""
        assert not isinstance(session_input, Send) or session_input.msg_type in TOLD, session_input
        session, taken = self.session(terms.session_id), []
        decided = decide(config_of(terms), session.fix, session_input, self.now_ns)
        if isinstance(session_input, Received) and not _has_bytes(decided, session_input.message):
            self.emit(ClientHeard(terms.session_id, without_passwords(session_input.message.raw), self.now_ns))
        for event in decided:
            self.emit(FixNoted(terms.session_id, event, order_id))
            if isinstance(event, MessageTaken):
                taken.append(parse(event.raw, dictionary_of(terms)))
        return taken

    def send(
        self,
        terms: FixSession,
        msg_type: str,
        body: tuple[Field, ...],
        order_id: str = "",
        resendable: bool = True,
    ) -> None:
        """An application message to the client; where it is not connected it gets it by its resend request, unless not `resendable`."""
        self.fix(terms, Send(msg_type, body, resendable), order_id)
