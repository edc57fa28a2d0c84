"""Execution's port to venues over FIX 4.4: the session engine is execution's own (`oms.core.execution.sessions`), this is its wire.

Numbers, gap fills, what to send again and when to log on come with the effects, journaled before; here they become frames, and frames
become inputs. A venue's ways are its rules of engagement.

- What a venue's rules cannot say is not sent, and ends the connection: its number is missing then, and the next logon proves that it did
  not arrive. The rules are held against the reference data before a logon, so that an order never meets this.
- A message that cannot be understood is reported as an anomaly, by its number: what it said is unknown (rule 31).
- A message to another CompID, or one with a wrong SendingTime, ends the connection.

It does not know which orders there are, but for the last reports heard: what FIX wants said in a person's cancel of an order that is not ours.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from oms.core.enums import IntentKind, SessionMessage
from oms.core.execution.state import ExecutionState, parse_cl_ord_id
from oms.core.execution_events import Intent, SessionMessagePlanned
from oms.core.routing_events import ChildNew
from oms.core.stage import SendEffect
from oms.core.venue_frames import VenueFrame
from oms.core.venue_messages import Body, MessageRefused, VenueMessage
from oms.core.venue_messages import Disconnected as SessionEnded
from oms.fix.codec import ParseError, parse
from oms.fix.message import Field
from oms.fix.passwords import without_passwords
from oms.runtime.fix_tls import ClientTls, TlsError
from oms.venues import messages as m
from oms.venues.fix_envelope import Envelope
from oms.venues.fix_mapping import UNKNOWN_SCALE, About, FixMapping, Unsayable
from oms.venues.fix_names import ShortNames
from oms.venues.fix_rules import RulesOfEngagement, TlsRules, rules_of
from oms.venues.session_client import Connection, FrameConnection
from oms.venues.session_opening import Tls
from oms.venues.session_port import Listing, SessionPort, to_body, to_line
from oms.wire.fix_codes import NO_SYMBOL

_LOGGER = logging.getLogger(__name__)

HEARD_MAX = 20_000
"""Names of orders (ClOrdID, OrderID) of which the last report is remembered: a break is cancelled by hand within minutes of that report."""

_NOT_TAKEN: Mapping[type, str] = {m.OrderMassStatusRequest: "AF", m.DontKnowTrade: "Q"}
"""What a venue may do without: a gap fill then uses up the number."""

NO_MESSAGE = -1
"""The number of none of our messages."""


class FixSession:
    """What one session's messages are like. `copies`: it is a drop copy session."""

    def __init__(
        self, session_id: str, venue_id: str, rules: RulesOfEngagement, mapping: FixMapping, copies: bool = False
    ) -> None:
        self.venue_id, self.rules, self.mapping, self.copies = venue_id, rules, mapping, copies
        self.envelope = Envelope(rules.header_of(session_id, venue_id), rules.time_digits)


class FixPort(SessionPort):
    """All venue sessions of one execution partition over FIX. `rules` by venue; `state`: that of the partition, as it is now.

    `noted` is given every frame that goes to a connection or comes from one, without passwords; it must not wait.
    """

    def __init__(
        self,
        host: str,
        port: int,
        partition: int,
        state: Callable[[], ExecutionState],
        rules: Mapping[str, RulesOfEngagement],
        now_ns: Callable[[], int] = time.time_ns,
        noted: Callable[[VenueFrame], None] = lambda frame: None,
    ) -> None:
        super().__init__(host, port, partition, lambda: state().reference)
        self._rules, self._now_ns, self._noted = rules, now_ns, noted
        self._fix: dict[str, FixSession] = {}
        self._names = ShortNames(partition, state)
        self._heard: OrderedDict[str, About] = OrderedDict()

    # Out

    def _open(self, venue_id: str, logon: m.Logon) -> Connection | None:
        reference, rules = self._reference(), rules_of(self._rules, venue_id)
        contradiction = rules.contradicts(reference.venues[venue_id])
        if contradiction:
            _LOGGER.error("the rules of engagement of %s: %s", venue_id, contradiction)
            self._ended.append(SessionEnded(logon.session_id, f"the venue's rules of engagement: {contradiction}"))
            return None
        host, port = _address(rules, self._host, self._port)
        try:
            frame, tls = self.logon_frame(venue_id, logon), _tls(rules.tls, host)
        except (OSError, TlsError) as error:
            self._ended.append(SessionEnded(logon.session_id, f"the files for the password or TLS: {error}"))
            return None
        self._note(logon.session_id, True, frame)
        return FrameConnection.connect(host, port, frame, tls)

    def logon_frame(self, venue_id: str, logon: m.Logon) -> bytes:
        """The first frame of a connection."""
        rules = rules_of(self._rules, venue_id)
        copies = any(s.drop_copy_id == logon.session_id for s in self._reference().venues[venue_id].sessions)
        fix = FixSession(logon.session_id, venue_id, rules, FixMapping(rules, self._scales), copies)
        self._fix[logon.session_id] = fix
        asked = logon if rules.next_expected else replace(logon, next_expected_msg_seq_num=0)
        msg_type, body = fix.mapping.encode(asked)
        return fix.envelope.write(msg_type, [*body, *_credentials(rules)], logon.msg_seq_num, self._now_ns())

    def _write(self, connection: Connection, effect: SendEffect) -> None:
        try:
            frame = self.frame_of(effect)
        except Unsayable as error:
            _LOGGER.error("a message that the venue has no word for: %s", error)
            connection.close()
            return
        message = effect.message
        self._note(message.session_id, True, frame, message.order_id if isinstance(message, Intent) else "")
        connection.send(frame)

    def _note(self, session_id: str, sent: bool, frame: bytes, order_id: str = "") -> None:
        raw = without_passwords(frame)
        self._noted(VenueFrame(session_id, self._fix[session_id].venue_id, sent, order_id, raw, self._now_ns()))

    def frame_of(self, effect: SendEffect) -> bytes:
        """Of any effect but a logon. Raises `Unsayable`."""
        fix = self._fix[effect.message.session_id]
        message, planned = to_line(effect), effect.message
        number, again = message.msg_seq_num, False
        if _NOT_TAKEN.get(type(message)) in fix.rules.not_taken:
            message, again = m.SequenceReset(number, True, number + 1), True
        if isinstance(planned, Intent):
            message = self._named(fix.rules, message, planned)
        elif planned.message is SessionMessage.GAP_FILL:
            again = True
        elif isinstance(message, m.OrderMassCancelRequest):
            name = self._names.short(fix.rules, message.cl_ord_id)
            message = replace(message, cl_ord_id=name, transact_time=planned.at_ns)
        msg_type, body = fix.mapping.encode(message, self._about(effect))
        return fix.envelope.write(msg_type, body, number, self._now_ns(), poss_dup=again)

    def _named(self, rules: RulesOfEngagement, message: m.SessionMessage, intent: Intent) -> m.SessionMessage:
        """With the time of the request, and with names that the venue takes."""
        changes: dict[str, Any] = {
            name: self._names.short(rules, getattr(message, name))
            for name in ("cl_ord_id", "orig_cl_ord_id", "ord_status_req_id")
            if getattr(message, name, "")
        }
        if not isinstance(message, m.OrderStatusRequest):
            changes["transact_time"] = intent.at_ns
        return replace(message, **changes)

    def _about(self, effect: SendEffect) -> About | None:
        """What the venue is told of the order, in every request but its first."""
        intent, child = effect.message, effect.child
        if isinstance(intent, SessionMessagePlanned):
            asks = intent.message is SessionMessage.DONT_KNOW_TRADE
            return self._heard.get(intent.venue_order_id, About()) if asks else None
        if child is None:
            return self._heard.get(intent.orig_cl_ord_id, About())
        return None if intent.kind is IntentKind.NEW else _about_child(child)

    def _scales(self, symbol: str) -> tuple[int, int]:
        instrument = self._reference().instruments.get(symbol)
        return (instrument.price_scale, instrument.qty_scale) if instrument is not None else (UNKNOWN_SCALE,) * 2

    # In

    def _read(self, session_id: str, frame: bytes, listing: Listing) -> VenueMessage | None:
        return self.message_of(session_id, frame, listing)

    def message_of(self, session_id: str, frame: bytes, listing: Listing) -> VenueMessage | None:
        """A frame as an input; None: garbled. Raises `MessageError`: the connection ends."""
        fix = self._fix[session_id]
        try:
            message = parse(frame)
        except ParseError as error:
            _LOGGER.warning("a garbled message is ignored: %s: %r", error, frame[:200])
            self._note(session_id, False, frame)
            return None
        self._note(session_id, False, frame, self._order_of(fix.rules, message.text(11)))
        problem = fix.envelope.problem(message, self._now_ns())
        if problem is not None and (problem.ends or not message.seq_num):
            raise m.MessageError(problem.text)
        raw = frame.replace(b"\x01", b"|").decode("latin-1")
        body: Body
        try:
            if problem is not None:
                raise m.MessageError(problem.text)
            told = self._ours(fix.rules, fix.mapping.decode(message, session_id))
            body = to_body(told, listing, fix.copies)
        except m.MessageError as error:
            _LOGGER.error("a message that is not understood: %s", error, extra={"session_id": session_id})
            body = MessageRefused(NO_MESSAGE, f"not understood: {error}")
        return VenueMessage(session_id, message.seq_num, message.poss_dup, body, raw)

    def _order_of(self, rules: RulesOfEngagement, cl_ord_id: str) -> str:
        """The order that a ClOrdID at the venue is about; empty where it is none of ours."""
        child_id, _ = parse_cl_ord_id(self._partition, self._names.long(rules, cl_ord_id))
        return child_id.rpartition(".")[0]

    def _ours(self, rules: RulesOfEngagement, message: m.SessionMessage) -> m.SessionMessage:
        """With the names that we know the order by."""
        if isinstance(message, m.OrderMassCancelReport):
            return replace(message, cl_ord_id=self._names.long(rules, message.cl_ord_id))
        if not isinstance(message, m.ExecutionReport | m.OrderCancelReject):
            return message
        own, orig = (self._names.long(rules, name) for name in (message.cl_ord_id, message.orig_cl_ord_id))
        if (own, orig) != (message.cl_ord_id, message.orig_cl_ord_id):
            message = replace(message, cl_ord_id=own, orig_cl_ord_id=orig)
        if isinstance(message, m.ExecutionReport):
            self._hear(message)
        return message

    def _hear(self, report: m.ExecutionReport) -> None:
        about = About(
            report.symbol or NO_SYMBOL,
            report.side,
            report.ord_type,
            report.time_in_force,
            report.account,
            report.order_qty,
        )
        for name in (report.cl_ord_id, report.order_id):
            self._heard[name] = about
            self._heard.move_to_end(name)
        while len(self._heard) > HEARD_MAX:
            self._heard.popitem(last=False)


def _about_child(child: ChildNew) -> About:
    peg = child.instructions.peg
    return About(
        child.instrument_id, child.side, child.ord_type, child.time_in_force, child.account_id, child.order_qty,
        peg.price_type if peg is not None else None,
    )  # fmt: skip


def _credentials(rules: RulesOfEngagement) -> list[Field]:
    """Username (553) and Password (554); the password is read for each logon, so that a renewed one is used."""
    out: list[Field] = [(553, rules.username.encode())] if rules.username else []
    if rules.password_file is not None:
        out.append((554, rules.password_file.read_text("utf-8").strip().encode()))
    return out


def _address(rules: RulesOfEngagement, host: str, port: int) -> tuple[str, int]:
    if not rules.address:
        return host, port
    own_host, _, own_port = rules.address.rpartition(":")
    return own_host, int(own_port)


def _tls(rules: TlsRules | None, host: str) -> Tls | None:
    """As every FIX connection that we make. The files are read for each. TlsError, or OSError, where they cannot be used."""
    if rules is None:
        return None
    terms = ClientTls(rules.name or host, rules.ca, rules.certificate, rules.key)
    return Tls(terms.context(), terms.server_name)
