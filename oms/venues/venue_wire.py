"""The two wires of the venue process: what bytes of a connection say, and what bytes say a line of the venue protocol. No I/O.

A line is what the venue's log has, whatever the wire was: FIX messages become lines as they come in, and lines FIX messages as they leave.
So the session layer, the faults, the exchange and the evidence do not know FIX; numbers and what may be sent again are in one place.
It does not know which connection it belongs to, nor what a message does.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, Protocol

from oms.fix.codec import ParseError, parse
from oms.fix.framing import Framer, Garbled
from oms.fix.message import Message
from oms.fix.validation import rejection
from oms.venues import messages as m
from oms.venues.fix_envelope import Envelope
from oms.venues.fix_mapping import FixMapping, Scales
from oms.venues.fix_market import REQUEST, read_request, write_answer
from oms.venues.fix_rules import OrderIdKind, RulesOfEngagement, rules_of
from oms.venues.fix_validation import dictionary_of
from oms.venues.market_messages import MarketAnswer

_LOGGER = logging.getLogger(__name__)

FRAME_BYTES_MAX = 64 * 1024
"""As of a line: the longest legal message is below 4 kB."""


class Taken(NamedTuple):
    """A message, or why there is none, and its line."""

    message: m.Message | m.MessageError
    line: bytes


class Wire(Protocol):
    """`is_fix`: refused logons have numbers, and numbers can be reset (see `oms.venues.session_layer`)."""

    is_fix: bool

    def read(self, data: bytes, now_ns: int) -> list[Taken]: ...

    def write(self, line: bytes, now_ns: int) -> bytes: ...

    def garble(self, line: bytes, now_ns: int) -> bytes:
        """The line as a broken wire would bring it."""


class LineWire:
    """The local protocol: a line is its own bytes."""

    is_fix = False

    def __init__(self) -> None:
        self._partial = b""

    def read(self, data: bytes, now_ns: int) -> list[Taken]:
        *lines, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > m.LINE_BYTES_MAX:
            lines.append(self._partial)
            self._partial = b""
        return [Taken(_decoded(line), line) for line in lines]

    def write(self, line: bytes, now_ns: int) -> bytes:
        return line

    def garble(self, line: bytes, now_ns: int) -> bytes:
        return b"#" + line[1:]


def _decoded(line: bytes) -> m.Message | m.MessageError:
    try:
        return m.decode(line)
    except m.MessageError as error:
        return error


class FixWire:
    """One FIX connection, as acceptor. `venues`: whom a counterparty may name as TargetCompID."""

    is_fix = True

    def __init__(self, venues: frozenset[str], rules: Mapping[str, RulesOfEngagement], scales: Scales) -> None:
        self._venues, self._rules, self._scales = venues, rules, scales
        self._framer = Framer(FRAME_BYTES_MAX)
        self._envelope: Envelope | None = None
        self._mapping = FixMapping(RulesOfEngagement(), scales)
        self._dictionary = dictionary_of(self._mapping.rules)

    # In

    def read(self, data: bytes, now_ns: int) -> list[Taken]:
        taken = []
        for frame in self._framer.feed(data):
            if isinstance(frame, Garbled):
                _LOGGER.warning("a garbled message is ignored: %s: %r", frame.reason, frame.raw[:200])
                continue
            message = self._message(frame, now_ns)
            if message is None:
                continue
            line = repr(frame).encode() if isinstance(message, m.MessageError) else m.encode(message)
            taken.append(Taken(message, line))
        return taken

    def _message(self, frame: bytes, now_ns: int) -> m.SessionMessage | m.MessageError | None:
        """None: as if nothing had come."""
        try:
            fix = parse(frame)
        except ParseError as error:
            _LOGGER.warning("a garbled message is ignored: %s: %r", error, frame[:200])
            return None
        if self._envelope is None and (refused := self._begin(fix)) is not None:
            return refused
        assert self._envelope is not None
        problem = self._envelope.problem(fix, now_ns)
        if problem is not None:
            return m.MessageError(
                problem.text, fix.seq_num, ref_tag_id=problem.tag, ref_msg_type=fix.msg_type, reason=problem.reason,
                ends=problem.ends, poss_dup=fix.poss_dup,
            )  # fmt: skip
        wrong = rejection(fix, self._dictionary)
        if wrong is not None:
            tag, kind = wrong.ref_tag or 0, fix.msg_type
            text = f"{wrong.text}: tag {tag}" if tag else wrong.text
            return m.MessageError(
                text, fix.seq_num, ref_tag_id=tag, ref_msg_type=kind, reason=int(wrong.reason), poss_dup=fix.poss_dup
            )
        try:
            if fix.msg_type == REQUEST:
                return read_request(fix, self._dictionary)
            return self._as_ruled(self._mapping.decode(fix, self._session_id(fix)))
        except m.MessageError as error:
            error.poss_dup = fix.poss_dup
            return error

    def _begin(self, fix: Message) -> m.MessageError | None:
        """The first message says who talks to whom."""
        venue = fix.text(56)
        if venue not in self._venues or not fix.text(49):
            return m.MessageError(f"no venue {venue!r} here")
        rules = rules_of(self._rules, venue)
        self._envelope = Envelope.answering(fix, rules.time_digits)
        self._mapping, self._dictionary = FixMapping(rules, self._scales), dictionary_of(rules)
        return None

    def _session_id(self, fix: Message) -> str:
        return "/".join(text for text in (fix.text(49), fix.text(50), fix.text(142)) if text)

    def _as_ruled(self, message: m.SessionMessage) -> m.SessionMessage:
        if isinstance(message, m.Logon) and not self._mapping.rules.next_expected:
            return replace(message, next_expected_msg_seq_num=0)
        return message

    # Out

    def write(self, line: bytes, now_ns: int) -> bytes:
        message = m.decode(line)
        if self._envelope is None or isinstance(message, m.FeedMessage) or not hasattr(message, "msg_seq_num"):
            return b""  # whoever said nothing that we understand is told nothing: FIX ends such a connection without a word
        number = message.msg_seq_num
        if not number:
            return b""  # a refusal outside the numbers is the end of the connection alone
        if isinstance(message, m.ExecutionReport):
            message = self._report(message, number)
        if isinstance(message, MarketAnswer):
            msg_type, body = write_answer(message, *self._scales(message.symbol if hasattr(message, "symbol") else ""))
        else:
            msg_type, body = self._mapping.encode(message)  # type: ignore[arg-type]
        return self._envelope.write(msg_type, body, number, now_ns, message.poss_dup_flag)  # type: ignore[union-attr]

    def _report(self, report: m.ExecutionReport, number: int) -> m.ExecutionReport:
        """FIX wants an ExecID in every report: one that executes nothing is named after its number."""
        assert self._envelope is not None
        order_id = report.order_id
        if self._mapping.rules.order_id is OrderIdKind.PER_REPORT and order_id != "NONE":
            order_id = f"{order_id}-{number}"
        return replace(report, exec_id=report.exec_id or f"R-{self._envelope.header[1]}-{number}", order_id=order_id)

    def garble(self, line: bytes, now_ns: int) -> bytes:
        """A CheckSum that is wrong: the receiver must act as if nothing had come."""
        data = self.write(line, now_ns)
        return data[:-4] + b"%03d\x01" % ((int(data[-4:-1]) + 1) % 256) if data else data
