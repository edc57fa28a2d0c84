"""Any input in any state of a FIX session: it never raises, a decision changes nothing, and the state is the fold of the events."""

from itertools import pairwise
from typing import Any

import msgpack
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from oms.core.canonical import encode
from oms.fix.codec import encode as encode_frame
from oms.fix.fields import from_utc_ns
from oms.fix.session import (
    Connected,
    Connection,
    Disconnected,
    EndCause,
    FixEvent,
    Logout,
    MessageSent,
    MessageTaken,
    Phase,
    Received,
    Reset,
    Send,
    SessionConfig,
    SessionInput,
    SessionState,
    Tick,
    decide,
    draft,
    evolve,
    next_due_ns,
)
from oms.fix.session.config import QUEUE_MIN, RESEND_CHUNK_MIN, SECOND_NS
from oms.fix.session.connection import as_message
from oms.fix.session.events import DisconnectDue, NumbersReset
from oms.fix.session.table import PHASES, TABLE, Trigger
from oms.wire.state_converters import class_fields, reader_of, writer_of

START_NS = 1_790_000_000 * SECOND_NS
_write, _read = writer_of(SessionState), reader_of(SessionState, class_fields(SessionState))

MSG_TYPES = st.sampled_from(["0", "1", "2", "3", "4", "5", "A", "A", "D", "D", "8", "j", "zz", "*"])
TAGS = st.sampled_from(
    [1, 7, 11, 16, 21, 36, 36, 40, 43, 45, 54, 55, 58, 60, 98, 108, 112, 122, 123, 141, 373, 789, 9999]
)
VALUES = st.sampled_from(
    [b"", b"Y", b"N", b"0", b"1", b"2", b"3", b"9", b"30", b"-1", b"x", b"20260920-12:00:00", b"999999"]
)
FIELDS = st.lists(st.tuples(TAGS, VALUES), max_size=5)

BODIES: dict[str, tuple[tuple[int, bytes], ...]] = {
    "1": ((112, b"id"),),
    "2": ((7, b"1"), (16, b"0")),
    "3": ((45, b"1"),),
    "4": ((36, b"9"), (123, b"Y")),
    "A": ((98, b"0"), (108, b"30")),
    "D": ((11, b"id"), (21, b"1"), (40, b"1"), (54, b"1"), (55, b"X"), (60, b"20260920-12:00:00")),
}


def config_of(initiator: bool, version: str, **more: Any) -> SessionConfig:
    return SessionConfig(version, "US", "THEM", initiator, sent_kept_max=5, queue_max=QUEUE_MIN, **more)


class Session(RuleBasedStateMachine):
    """One session whose counterparty may say anything."""

    @initialize(
        initiator=st.booleans(),
        version=st.sampled_from(["FIX.4.2", "FIX.4.4"]),
        resets=st.tuples(st.booleans(), st.booleans(), st.booleans()),
        chunk=st.sampled_from([0, RESEND_CHUNK_MIN]),
        validate=st.booleans(),
    )
    def begin(self, initiator: bool, version: str, resets: tuple[bool, bool, bool], chunk: int, validate: bool) -> None:
        self.config = config_of(
            initiator,
            version,
            reset_on_logon=resets[0] and resets[1],
            reset_on_logout=resets[1] and resets[2],
            reset_on_disconnect=resets[0] and resets[2],
            next_expected=version == "FIX.4.4" and chunk > 0,
            resend_chunk=chunk,
            validate=validate,
        )
        self.state = SessionState()
        self.folded = SessionState()
        self.now_ns = START_NS
        self.numbers_sent: list[int] = []
        self.numbers_taken: list[int] = []

    def do(self, session_input: SessionInput) -> tuple[FixEvent, ...]:
        before = encode(self.state)
        events = decide(self.config, self.state, session_input, self.now_ns)
        assert encode(self.state) == before, "a decision changed the state"
        assert events == decide(self.config, self.state, session_input, self.now_ns), (
            "it is no function of its arguments"
        )
        for event in events:
            self.note(event)
            evolve(self.state, event)
            evolve(self.folded, event)
        return events

    def note(self, event: FixEvent) -> None:
        match event:
            case NumbersReset():
                self.numbers_sent = [] if event.outgoing else self.numbers_sent
                self.numbers_taken = [] if event.incoming else self.numbers_taken
            case MessageSent(resent=False):
                self.numbers_sent.append(event.seq_num)
                assert event.raw.startswith(b"8=" + self.config.begin_string.encode())
            case MessageTaken():
                self.numbers_taken.append(event.seq_num)

    def message(self, msg_type: str, ahead: int, extra: list[tuple[int, bytes]], **header: Any) -> bytes:
        seq_num = max(0, self.state.next_in + ahead)
        sent = (52, from_utc_ns(self.now_ns + header.get("late", 0) * SECOND_NS))
        fields = [(34, b"%d" % seq_num), (49, header.get("sender", b"THEM")), sent, (56, b"US")]
        if header.get("poss_dup"):
            fields += [(43, b"Y"), (122, sent[1])]
        body = dict(BODIES.get(msg_type, ()))
        body.update(extra)
        return encode_frame(self.config.begin_string, msg_type, (*fields, *body.items()))

    @rule()
    def connect(self) -> None:
        self.do(Connected())

    @rule(reason=st.sampled_from([EndCause.SOCKET_DROP, EndCause.PROCESS_DEATH]))
    def lose_connection(self, reason: EndCause) -> None:
        self.do(Disconnected(reason))
        assert self.state.phase is Phase.DISCONNECTED and not self.state.queue

    @rule(after=st.integers(0, 40))
    def tick(self, after: int) -> None:
        self.now_ns += after * SECOND_NS
        due_ns = next_due_ns(self.config, self.state)
        events = self.do(Tick())
        assert bool(events) == (due_ns is not None and due_ns <= self.now_ns), (
            "next_due_ns is not when something happens"
        )

    @rule(resendable=st.booleans(), times=st.integers(1, 4))
    def send(self, resendable: bool, times: int) -> None:
        for _ in range(times):
            self.do(Send("D", BODIES["D"], resendable))

    @rule()
    def log_out(self) -> None:
        self.do(Logout("bye"))

    @rule()
    def reset(self) -> None:
        self.do(Reset())

    @rule()
    def say_logon(self) -> None:
        """What lets the session live: an acceptable Logon."""
        self.do(Connected())
        self.receive(self.message("A", 0, []))

    @rule(
        msg_type=MSG_TYPES, ahead=st.sampled_from([-2, -1, 0, 0, 0, 0, 1, 2, 5]), extra=FIELDS, poss_dup=st.booleans()
    )
    def hear(self, msg_type: str, ahead: int, extra: list[tuple[int, bytes]], poss_dup: bool) -> None:
        self.receive(self.message(msg_type, ahead, extra, poss_dup=poss_dup))

    @rule(msg_type=MSG_TYPES, ahead=st.integers(0, 40))
    def hear_well_formed(self, msg_type: str, ahead: int) -> None:
        self.receive(self.message(msg_type, ahead, [], poss_dup=ahead > 5))

    @rule(msg_type=MSG_TYPES, sender=st.sampled_from([b"WHO", b""]), late=st.sampled_from([0, 500, -500]))
    def hear_a_stranger(self, msg_type: str, sender: bytes, late: int) -> None:
        self.receive(self.message(msg_type, 0, [], sender=sender, late=late))

    @rule(msg_type=MSG_TYPES, tag=st.sampled_from([112, 115, 129, 58]))
    def hear_a_delimiter_in_a_value(self, msg_type: str, tag: int) -> None:
        """A piece without an equals sign belongs to the value before it."""
        frame = self.message(msg_type, 0, [(tag, b"a_b")])
        body = frame[frame.index(b"35=") : -len(b"10=000|")].replace(b"a_b", b"a\x01b")
        head = b"8=%b\x019=%d\x01%b" % (self.config.begin_string.encode(), len(body), body)
        self.receive(head + b"10=%03d\x01" % (sum(head) % 256))

    @rule(data=st.binary(max_size=30))
    def hear_noise(self, data: bytes) -> None:
        self.receive(data)

    def receive(self, frame: bytes) -> None:
        closing = self.state.phase in (Phase.CLOSING, Phase.DISCONNECTED)
        events = self.do(Received(as_message(self.config, frame)))
        assert not (closing and events), "something was heard without a connection"
        if any(isinstance(event, DisconnectDue) for event in events):
            assert self.state.phase is Phase.CLOSING

    @invariant()
    def numbers_are_used_once(self) -> None:
        if not hasattr(self, "state"):
            return
        assert self.numbers_sent == list(range(1, self.state.next_out))
        assert self.numbers_taken == sorted(set(self.numbers_taken))
        assert all(number < self.state.next_in for number in self.numbers_taken)

    @invariant()
    def everything_is_bounded(self) -> None:
        if hasattr(self, "state"):
            assert len(self.state.sent) <= self.config.sent_kept_max
            assert len(self.state.queue) <= self.config.queue_max
            assert all(number < self.state.next_out for number in self.state.sent)
            assert all(number >= self.state.next_in for number in self.state.queue)

    @invariant()
    def the_state_is_plain_data(self) -> None:
        if hasattr(self, "state"):
            packed = msgpack.packb(_write(self.state))
            assert _read(msgpack.unpackb(packed, strict_map_key=False, use_list=False)) == self.state
            assert encode(self.folded) == encode(self.state), "the events do not tell everything"
            assert encode(draft(self.state)) == encode(self.state)


def test_any_input_in_any_state() -> None:
    run_state_machine_as_test(Session, settings=settings(max_examples=80, stateful_step_count=30, deadline=None))  # type: ignore[no-untyped-call]


def test_the_table_has_every_phase_and_everything_that_can_happen() -> None:
    assert set(TABLE) == set(Trigger)
    assert all(len(row) == len(PHASES) == len(Phase) for row in TABLE.values())


def _conversation() -> bytes:
    """What a counterparty says in a session with a gap, a duplicate, noise and a resend request."""
    sent = from_utc_ns(START_NS)
    said: list[bytes] = []

    def say(msg_type: str, seq_num: int, *header: tuple[int, bytes]) -> None:
        fields = ((34, b"%d" % seq_num), (49, b"THEM"), (52, sent), (56, b"US"), *header, *BODIES.get(msg_type, ()))
        said.append(encode_frame("FIX.4.4", msg_type, fields))

    say("A", 1)
    say("D", 2)
    say("1", 5)
    said.append(b"8=FIX.4.4\x019=5\x01noise\x0110=000\x01")
    say("D", 3, (43, b"Y"), (122, sent))
    say("D", 4, (43, b"Y"), (122, sent))
    say("2", 6)
    say("D", 3, (43, b"Y"), (122, sent))
    said.append(b"more noise")
    say("D", 7)
    say("5", 8)
    return b"".join(said)


CONVERSATION = _conversation()


@given(cuts=st.lists(st.integers(1, len(CONVERSATION) - 1), max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_split_of_the_bytes_gives_the_same_events(cuts: list[int]) -> None:
    whole, pieces = (Connection(config_of(False, "FIX.4.4")) for _ in range(2))
    whole.connect(START_NS)
    pieces.connect(START_NS)
    expected = whole.receive(CONVERSATION, START_NS)
    edges = [0, *sorted(set(cuts)), len(CONVERSATION)]
    got = [event for at, end in pairwise(edges) for event in pieces.receive(CONVERSATION[at:end], START_NS)]
    assert got == expected
    assert [event.seq_num for event in got if isinstance(event, MessageTaken)] == [2, 3, 4, 7]
    assert pieces.closing and pieces.bytes_to_send() == whole.bytes_to_send()
