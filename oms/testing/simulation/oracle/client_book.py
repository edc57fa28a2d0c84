"""What clients were told, held against the log: an acknowledgement has its record, and updates come once each, in an order of cause.

An update is an event that a desk waits for: risk's answers, and what happened to the order at the router. A client's stream is one chain
over reconnects: it goes on from the token it came with, at whichever replica. An update rests on risk's records that its own record had read.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.facts import ORDERS, RISK, ROUTING, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.risk_book import ASKED
from oms.testing.simulation.witness import ClientHeard, Told
from oms.v1.gateway_pb2 import OrderUpdate
from oms.v1.operations_pb2 import DeadLetter

DEAD_LETTERS = TopicPartition("oms.dead-letters", 0)

Event = tuple[int, int]
"""(offset, number in the record)"""

ANSWERS = tuple(name for name in ASKED if name not in ("mass_cancel_started", "list_accepted", "list_cancel_accepted"))


@dataclass(slots=True)
class Chain:
    """One client's updates. `had`: token → how many updates it had then. `since`: from which moment on it is owed every update."""

    client: str
    desk_id: str
    partition: int
    since: int
    token: str
    updates: list[tuple[str, Event]] = field(default_factory=list)
    had: dict[str, int] = field(default_factory=dict)
    last: dict[str, Event] = field(default_factory=dict)
    got: set[tuple[str, Event]] = field(default_factory=set)

    def back_to(self, token: str) -> None:
        """What came after the token's place counts as not received: the client did not keep it."""
        del self.updates[self.had.get(token, len(self.updates)) :]
        self.got = set(self.updates)
        self.last = dict(self.updates)


class ClientBook:
    """`_owed`: (topic, partition, desk) → events that make updates, in order, with the moment of landing."""

    def __init__(self, facts: Facts, findings: Findings) -> None:
        self._facts, self._findings = facts, findings
        self._owed: dict[tuple[str, int, str], list[Event]] = {}
        self._landed: dict[tuple[str, int, int], Counted] = {}
        self._chains: dict[str, Chain] = {}
        self._outcomes: dict[tuple[int, str, str], set[str]] = {}
        self._unanswered: dict[tuple[str, bytes], str] = {}
        self._heard = 0

    def take(self, tp: TopicPartition, counted: Counted) -> None:
        """A record that counts."""
        self._landed[(tp.topic, tp.partition, counted.offset)] = counted
        for number, event in enumerate(counted.envelope.events):
            desk_id = None
            if tp.topic == RISK and (kind := event.risk.WhichOneof("kind")) in ASKED:
                asked = getattr(getattr(event.risk, kind), ASKED[kind])
                outcome = "REJECTED" if kind.endswith("_rejected") else "ACCEPTED"
                self._outcomes.setdefault((tp.partition, asked.desk_id, asked.cl_ord_id), set()).add(outcome)
                desk_id = asked.desk_id if kind in ANSWERS else None
            elif tp.topic == ROUTING and (kind := event.routing.WhichOneof("kind")) in (
                "parent_traded",
                "parent_changed",
                "trade_superseded",
                "trade_corrected",
            ):
                desk_id = getattr(event.routing, kind).order_id.partition("/")[0]
            if desk_id is not None:
                insort(self._owed.setdefault((tp.topic, tp.partition, desk_id), []), (counted.offset, number))

    def look(self) -> None:
        heard = self._facts.witness.heard()
        for told in heard[self._heard :]:
            asked = (told.client, told.request)
            match told.told:
                case Told.ACK:
                    self._unanswered.pop(asked, None)
                    self._acknowledged(told)
                case Told.SUBSCRIBED:
                    self._subscribed(told)
                case Told.UPDATES:
                    self._updated(told)
                case Told.REFUSED:
                    self._unanswered.pop(asked, None)
                case Told.UNKNOWN:
                    self._unanswered[asked] = told.cl_ord_id
        self._heard = len(heard)

    # --- commands

    def _acknowledged(self, told: ClientHeard) -> None:
        """The command is in the log at the offset named (−1: only an earlier one is known), under the client's own ClOrdID."""
        text = f"{told.client}: {told.cl_ord_id} at {told.offset} by {told.replica}"
        outcomes = self._outcomes.get((told.partition, told.desk_id, told.cl_ord_id), set())
        if told.state in ("ACCEPTED", "REJECTED") and told.state not in outcomes and not self._is_dead(told):
            self._findings.report(Kind.ANSWER_DIFFERS, f"{text}: {told.state}, risk says {sorted(outcomes)}")
        commands = self._facts.commands[told.partition]
        if told.offset < 0:
            if not told.already_received:
                self._findings.report(Kind.ANSWER_DIFFERS, f"{text}: no record")
            return
        command = commands[told.offset] if told.offset < len(commands) else None
        kind = command.WhichOneof("kind") if command is not None else None
        inner = getattr(command, kind) if kind is not None else None
        if inner is None or (inner.desk_id, inner.cl_ord_id) != (told.desk_id, told.cl_ord_id):
            self._findings.report(Kind.ANSWER_DIFFERS, f"{text}: the log has another command there")

    def _is_dead(self, told: ClientHeard) -> bool:
        """Whether a dead letter has the command: what nobody can decide counts as refused."""
        letters = (DeadLetter.FromString(r.value) for r in self._facts.witness.records(DEAD_LETTERS))
        return any(
            (letter.topic, letter.partition, letter.offset) == (ORDERS, told.partition, told.offset)
            for letter in letters
        )

    # --- updates

    def _subscribed(self, told: ClientHeard) -> None:
        chain = self._chains.get(told.client)
        if told.asked_token:
            if chain is None:
                self._findings.report(Kind.ANSWER_DIFFERS, f"{told.client} resumes a stream that it never had")
                return
            # A token that is not known came without updates: it stands for what the client has.
            chain.back_to(told.asked_token)
            chain.had[told.token] = len(chain.updates)
            return
        since = -1 if told.from_start else told.moment
        chain = Chain(told.client, told.desk_id, told.partition, since, told.token)
        chain.had[told.token] = 0
        self._chains[told.client] = chain

    def _updated(self, told: ClientHeard) -> None:
        chain = self._chains.get(told.client)
        if chain is None:
            self._findings.report(Kind.ANSWER_DIFFERS, f"{told.client} gets updates without a stream")
            return
        for raw in told.updates:
            update = OrderUpdate.FromString(raw)
            self._one(chain, update.topic, (update.offset, update.event_no))
        chain.had[told.token] = len(chain.updates)

    def _one(self, chain: Chain, topic: str, event: Event) -> None:
        text = f"{chain.client}: {topic}/{chain.partition}@{event[0]}#{event[1]}"
        owed = self._owed.get((topic, chain.partition, chain.desk_id), [])
        place = bisect_left(owed, event)
        if place >= len(owed) or owed[place] != event:
            self._findings.report(Kind.ANSWER_DIFFERS, f"{text}: no such update")
            return
        if (topic, event) in chain.got:
            self._findings.report(Kind.UPDATE_TWICE, text)
            return
        self._nothing_between(chain, topic, owed, place, text)
        self._rests_on(chain, topic, event, text)
        chain.updates.append((topic, event))
        chain.got.add((topic, event))
        chain.last[topic] = event

    def _nothing_between(self, chain: Chain, topic: str, owed: list[Event], place: int, text: str) -> None:
        """In order within a topic, and none left out since the one before."""
        before = chain.last.get(topic)
        if before is not None and before > owed[place]:
            self._findings.report(Kind.UPDATE_ORDER, f"{text} after @{before[0]}#{before[1]}")
            return
        left_out = owed[bisect_left(owed, before) + 1 if before is not None else 0 : place]
        missed = [e for e in left_out if self._is_owed(chain, topic, e)]
        if missed:
            self._findings.report(
                Kind.UPDATE_LOST, f"{text}, and {len(missed)} before it did not, from @{missed[0][0]}"
            )

    def _rests_on(self, chain: Chain, topic: str, event: Event, text: str) -> None:
        """Every answer of risk below what the router had read has been delivered."""
        if topic != ROUTING:
            return
        counted = self._landed[(topic, chain.partition, event[0])]
        owed = self._owed.get((RISK, chain.partition, chain.desk_id), [])
        place = bisect_left(owed, (counted.position(RISK), 0))
        if place and (RISK, owed[place - 1]) not in chain.got and self._is_owed(chain, RISK, owed[place - 1]):
            self._findings.report(Kind.UPDATE_ORDER, f"{text} before {RISK}@{owed[place - 1][0]}")

    def _is_owed(self, chain: Chain, topic: str, event: Event) -> bool:
        return self._landed[(topic, chain.partition, event[0])].moment > chain.since

    # --- at rest

    def rest(self) -> None:
        for (client, _), cl_ord_id in self._unanswered.items():
            self._findings.report(Kind.NOT_ANSWERED, f"{client}: {cl_ord_id}")
        for chain in self._chains.values():
            for topic in (RISK, ROUTING):
                for event in self._owed.get((topic, chain.partition, chain.desk_id), []):
                    if self._is_owed(chain, topic, event) and (topic, event) not in chain.got:
                        self._findings.report(
                            Kind.UPDATE_LOST, f"{chain.client}: {topic}/{chain.partition}@{event[0]}#{event[1]}"
                        )
