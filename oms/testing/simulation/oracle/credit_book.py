"""Credit over partitions: what the grantor wrote in `oms.credit` and the holders in `oms.risk`, held against each other and against limits.

- what is granted in all is at most the limit that the grantor went by when it granted, and that is the limit of reference data;
- what is granted falls by a release of the holder that counts, and that names the same amount; by nothing else;
- a holder takes each grant that counts once, in order; it releases no more than it holds; so all of them hold no more than is granted;
- after every acceptance what is used of a limit on open orders is within what its partition holds, and over all partitions within the highest
  value that the limit ever had;
- after every acceptance that makes a position worse it is within what its partition holds, with all that is open of a direction filled; and the
  firm's own, over all partitions, within the highest value of the limit, where no late fill took a partition beyond what it holds.

- what a partition notes of another's loss is what that said; and no order that does not reduce is accepted where what is lost is beyond what its
  partition holds, or with what all others said beyond the limit.

- after every acceptance the messages that its partition accepted in the last second, by the clock of its own decisions, are within what it holds of
  a limit on messages a second; so over all partitions they are within the limit.

Limits of the world that span partitions are those of the firm on open orders and positions, and in some lives on losses and messages; a world of one partition has none.
"""

from collections.abc import Mapping

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle.authority import Known
from oms.testing.simulation.oracle.facts import CREDIT, REFERENCE, RISK, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.risk_book import RiskBook
from oms.v1.commands_pb2 import NewOrder
from oms.v1.credit_pb2 import CreditGranted, CreditLimitSet, CreditReleased, CreditReturned, CreditTaken, UseNoted
from oms.v1.enums_pb2 import (
    LIMIT_KIND_MESSAGE_RATE,
    LIMIT_KIND_OPEN_ORDERS,
    LIMIT_KIND_POSITION_QTY,
    LIMIT_SCOPE_FIRM,
    SIDE_BUY,
)
from oms.v1.reference_pb2 import Limit
from oms.v1.types_pb2 import Int128

Line = tuple[str, int]
"""(credit id, partition)."""

ADDS = frozenset({"order_accepted"})
MESSAGES = frozenset({"order_accepted", "replace_accepted"})
DECISIONS = MESSAGES | {"order_rejected", "replace_rejected"}
SECOND_NS = 1_000_000_000
LOSSES_HELD = 174
"""The number of the check of losses over partitions."""


def number(value: Int128) -> int:
    return (value.hi << 64) + value.lo


class CreditBook:
    """`granted`, `held`: by line. `values`: credit id → every value that the grantor went by."""

    def __init__(self, risk: Mapping[int, RiskBook], facts: Facts, findings: Findings) -> None:
        self._risk, self._facts, self._findings = risk, facts, findings
        self.values: dict[str, list[int]] = {}
        self.granted: dict[Line, int] = {}
        self.held: dict[Line, int] = {}
        self._grants: dict[tuple[str, int, int], int] = {}
        self._releases: dict[tuple[str, int, int], int] = {}
        self._said_use: dict[Line, set[int]] = {}
        self._others: dict[Line, dict[int, int]] = {}
        self._read_seq: dict[Line, int] = {}
        self._told_seq: dict[tuple[str, int, str], int] = {}
        self._sent: dict[int, list[tuple[int, str]]] = {}
        """Partition → (wall time, instrument) of the messages that it accepted in the last second."""

    # --- what must leave a record

    def holder_must(self, partition: int, offset: int) -> bool:
        """A grant or recall to this partition that it has not read yet."""
        for event in self._facts.journals[TopicPartition(CREDIT, 0)].counted[offset].envelope.events:
            kind = event.credit.WhichOneof("kind") or ""
            if kind in ("credit_granted", "credit_recalled"):
                said = getattr(event.credit, kind)
                line = (said.limit_id, partition)
                if said.partition == partition and said.seq > self._read_seq.get(line, 0):
                    return True
        return False

    def grantor_must(self, tp: TopicPartition, offset: int) -> bool:
        for event in self._facts.journals[tp].counted[offset].envelope.events:
            match event.risk.WhichOneof("kind"):
                case "credit_wanted":
                    wanted = event.risk.credit_wanted
                    known = self._told_seq.get((wanted.limit_id, wanted.partition, "want"), 0)
                    if wanted.want_seq > known:
                        return True
                case "credit_released":
                    released = event.risk.credit_released
                    known = self._told_seq.get((released.limit_id, released.partition, "release"), 0)
                    if released.release_seq > known:
                        return True
        return False

    # --- records

    def take(self, tp: TopicPartition, counted: Counted) -> None:
        """Of `oms.risk` after its own book has taken it."""
        if tp.topic == CREDIT:
            for event in counted.envelope.events:
                self._granting(counted, event.credit.WhichOneof("kind") or "", event.credit)
        elif tp.topic == RISK:
            for event in counted.envelope.events:
                self._holding(tp.partition, counted, event.risk.WhichOneof("kind") or "", event.risk)
            self._rates(tp.partition, counted)
            if any(event.risk.WhichOneof("kind") in ADDS for event in counted.envelope.events):
                self._used(tp.partition, counted)
                self._lost(tp.partition, counted)

    def _granting(self, counted: Counted, kind: str, event: object) -> None:
        said = getattr(event, kind)
        match kind:
            case "credit_limit_set":
                self._limit_set(counted, said)
            case "credit_granted":
                self._grant(counted, said)
            case "credit_recalled":
                self._next_seq(counted, said.limit_id, said.partition, said.seq)
            case "credit_returned":
                self._return(counted, said)
            case "credit_asked":
                self._said_use.setdefault((said.limit_id, said.partition), set()).add(number(said.in_use))
                self._told_seq[said.limit_id, said.partition, "want"] = said.want_seq

    def _limit_set(self, counted: Counted, said: CreditLimitSet) -> None:
        value = number(said.value)
        self.values.setdefault(said.limit_id, []).append(value)
        known = self._facts.reference.at(counted.position(REFERENCE))
        limit = known.entities[("limit", said.limit_id.partition("/")[0])].limit
        if number(limit.value) != value:
            text = f"{counted.place} goes by {value} of {said.limit_id}, which is {number(limit.value)}"
            self._findings.report(Kind.CREDIT_OF_NO_LIMIT, text)
        over = max(0, self._granted(said.limit_id) - value)
        if number(said.over_by) != over:
            text = f"{counted.place} says over by {number(said.over_by)}, and {over} is granted beyond it"
            self._findings.report(Kind.CREDIT_OF_NO_LIMIT, text)

    def _granted(self, credit_id: str) -> int:
        return sum(amount for (name, _), amount in self.granted.items() if name == credit_id)

    def _grant(self, counted: Counted, said: CreditGranted) -> None:
        line, amount = (said.limit_id, said.partition), number(said.amount)
        self._next_seq(counted, said.limit_id, said.partition, said.seq)
        self.granted[line] = self.granted.get(line, 0) + amount
        self._grants[said.limit_id, said.partition, said.seq] = amount
        total, value = self._granted(said.limit_id), self.values.get(said.limit_id, [0])[-1]
        if total > value:
            text = f"{counted.place} grants {amount} of {said.limit_id} to {said.partition}: {total} of {value}"
            self._findings.report(Kind.CREDIT_BEYOND_LIMIT, text)

    def _next_seq(self, counted: Counted, credit_id: str, partition: int, seq: int) -> None:
        key = (credit_id, partition, "seq")
        if seq != self._told_seq.get(key, 0) + 1:
            self._findings.report(Kind.CREDIT_OUT_OF_ORDER, f"{counted.place} numbers {seq} to {partition}")
        self._told_seq[key] = seq

    def _return(self, counted: Counted, said: CreditReturned) -> None:
        key = (said.limit_id, said.partition, said.release_seq)
        if self._releases.pop(key, None) != number(said.amount):
            text = f"{counted.place} takes {number(said.amount)} of {said.limit_id} back from {said.partition}, which has released none"
            self._findings.report(Kind.CREDIT_RETURNED_UNFOUNDED, text)
        line = (said.limit_id, said.partition)
        self._said_use.setdefault(line, set()).add(number(said.in_use))
        self.granted[line] = self.granted.get(line, 0) - number(said.amount)
        self._told_seq[said.limit_id, said.partition, "release"] = said.release_seq

    def _holding(self, partition: int, counted: Counted, kind: str, event: object) -> None:
        match kind:
            case "credit_taken":
                self._taken(partition, counted, event.credit_taken)  # type: ignore[attr-defined]
            case "recall_noted":
                self._read(partition, counted, event.recall_noted)  # type: ignore[attr-defined]
            case "credit_released":
                self._released(partition, counted, event.credit_released)  # type: ignore[attr-defined]
            case "use_noted":
                self._noted(partition, counted, event.use_noted)  # type: ignore[attr-defined]

    def _noted(self, partition: int, counted: Counted, said: UseNoted) -> None:
        used = number(said.in_use)
        if used not in self._said_use.get((said.limit_id, said.partition), set()) or said.partition == partition:
            text = f"{counted.place} notes that {said.partition} uses {used} of {said.limit_id}, which was not said"
            self._findings.report(Kind.CREDIT_UNFOUNDED, text)
        self._others.setdefault((said.limit_id, partition), {})[said.partition] = used

    def _read(self, partition: int, counted: Counted, said: CreditTaken) -> None:
        line = (said.limit_id, partition)
        if said.seq != self._read_seq.get(line, 0) + 1:
            self._findings.report(Kind.CREDIT_OUT_OF_ORDER, f"{counted.place} reads {said.seq} of {said.limit_id}")
        self._read_seq[line] = said.seq

    def _taken(self, partition: int, counted: Counted, said: CreditTaken) -> None:
        self._read(partition, counted, said)
        line = (said.limit_id, partition)
        if self._grants.pop((said.limit_id, partition, said.seq), None) != number(said.amount):
            text = f"{counted.place} takes {number(said.amount)} of {said.limit_id}, which was not granted"
            self._findings.report(Kind.CREDIT_UNFOUNDED, text)
        self.held[line] = self.held.get(line, 0) + number(said.amount)

    def _released(self, partition: int, counted: Counted, said: CreditReleased) -> None:
        line, amount = (said.limit_id, partition), number(said.amount)
        self.held[line] = self.held.get(line, 0) - amount
        self._releases[said.limit_id, partition, said.release_seq] = amount
        if self.held[line] < 0 or amount <= 0:
            text = f"{counted.place} releases {amount} of {said.limit_id}, and holds {self.held[line] + amount}"
            self._findings.report(Kind.CREDIT_UNFOUNDED, text)

    # --- use

    def _used(self, partition: int, counted: Counted) -> None:
        known = self._facts.reference.at(counted.position(REFERENCE))
        if len({entity.desk.partition for (kind, _), entity in known.entities.items() if kind == "desk"}) < 2:
            return
        accepted = [e.risk.order_accepted.order for e in counted.envelope.events if e.risk.HasField("order_accepted")]
        instruments = {order.instrument_id for order in accepted}
        for (kind, _), entity in known.entities.items():
            limit = entity.limit
            if kind != "limit" or limit.scope != LIMIT_SCOPE_FIRM or limit.instrument_id not in instruments:
                continue
            if limit.kind == LIMIT_KIND_OPEN_ORDERS:
                self._within(partition, counted, known, limit)
            elif limit.kind == LIMIT_KIND_POSITION_QTY:
                added = [order for order in accepted if order.instrument_id == limit.instrument_id]
                self._position_within(partition, counted, known, limit, added)

    def allowed(self, partition: int, limit: Limit) -> int:
        """What a partition may hold of a limit on positions: all of it, or where it was ever granted some, what it holds."""
        credit_id = self._id_of(limit)
        if (credit_id, partition) not in self._read_seq:
            return number(limit.value)
        return min(number(limit.value), self.held.get((credit_id, partition), 0))

    def _id_of(self, limit: Limit) -> str:
        return next((name for name in self.values if name.partition("/")[0] == limit.limit_id), "")

    def _position_within(
        self, partition: int, counted: Counted, known: Known, limit: Limit, added: list[NewOrder]
    ) -> None:
        worst = {p: [self._worst(p, known, limit, sign) for sign in (1, -1)] for p in self._risk}
        buys, sells = worst[partition]
        before = [buys - sum(o.order_qty for o in added if o.side == SIDE_BUY)]
        before.append(sells - sum(o.order_qty for o in added if o.side != SIDE_BUY))
        if max(buys, sells) <= max(before):
            return
        credit_id = self._id_of(limit)
        held = {p: self.held.get((credit_id, p), 0) for p in self._risk}
        if max(buys, sells) > held[partition]:
            text = f"{counted.place} makes {max(buys, sells)} of {limit.limit_id}, and holds {held[partition]}"
            self._findings.report(Kind.CREDIT_EXCEEDED, text)
        highest = max(self.values.get(credit_id, [0]))
        firm = max(sum(w[0] for w in worst.values()), sum(w[1] for w in worst.values()))
        if firm > highest and all(max(w) <= held[p] for p, w in worst.items()):
            text = f"after {counted.place} the firm's position could be {firm}, and {limit.limit_id} was never above {highest}"
            self._findings.report(Kind.CREDIT_EXCEEDED, text)

    def _lost(self, partition: int, counted: Counted) -> None:
        """Of an order that does not reduce: what its decision says is lost is within what is held here, and with what the other partitions said
        they lost within the limit."""
        known = self._facts.reference.at(counted.position(REFERENCE))
        by_version = {version: key[1] for key, version in known.versions.items() if key[0] == "limit"}
        for accepted in (e.risk.order_accepted for e in counted.envelope.events if e.risk.HasField("order_accepted")):
            order, evidence = accepted.order, accepted.evidence
            sign = 1 if order.side == SIDE_BUY else -1
            worst = self._risk[partition].orders.worst(known, order.account_id, order.instrument_id, sign)
            if LOSSES_HELD not in evidence.checks or sign * worst <= 0:
                continue
            at = list(evidence.checks).index(LOSSES_HELD)
            limit_id = by_version.get(evidence.limit_versions[at], "")
            credit_id = next((name for name in self.values if name.partition("/")[0] == limit_id), "")
            if not credit_id:
                continue
            lost = (evidence.after.hi[at] << 64) + evidence.after.lo[at]
            others = sum(self._others.get((credit_id, partition), {}).values())
            held, value = (
                self.held.get((credit_id, partition), 0),
                number(known.entities["limit", limit_id].limit.value),
            )
            if lost > held or (others and lost + others > value):
                text = (
                    f"{counted.place} adds with {lost} lost of {limit_id} here, {held} held and {others} lost elsewhere"
                )
                self._findings.report(Kind.CREDIT_EXCEEDED, text)

    def _rates(self, partition: int, counted: Counted) -> None:
        """What was counted later than a decision, by a clock that was set back then, counts as of that decision."""
        known = self._facts.reference.at(counted.position(REFERENCE))
        sent, before = self._sent.setdefault(partition, []), 0
        for event in counted.envelope.events:
            kind = event.risk.WhichOneof("kind") or ""
            if kind not in DECISIONS:
                continue
            said = getattr(event.risk, kind)
            wall_ns = said.evidence.wall_ns or counted.envelope.wall_time_ns
            sent[:] = [(min(at, wall_ns), name) for at, name in sent if at > wall_ns - SECOND_NS]
            if kind in MESSAGES:
                orders = self._risk[partition].orders.by_id
                terms = said.order if kind == "order_accepted" else orders[said.order_id].terms
                sent.append((wall_ns, terms.instrument_id))
                before += 1
        if before and len({e.desk.partition for (kind, _), e in known.entities.items() if kind == "desk"}) > 1:
            self._rates_within(partition, counted, known, sent)

    def _rates_within(self, partition: int, counted: Counted, known: Known, sent: list[tuple[int, str]]) -> None:
        for (kind, _), entity in known.entities.items():
            limit = entity.limit
            if kind != "limit" or (limit.scope, limit.kind) != (LIMIT_SCOPE_FIRM, LIMIT_KIND_MESSAGE_RATE):
                continue
            used = sum(not limit.instrument_id or limit.instrument_id == name for _, name in sent)
            held = self.held.get((self._id_of(limit), partition), 0)
            if used > held:
                text = f"{counted.place} makes {used} messages in a second of {limit.limit_id}, and holds {held}"
                self._findings.report(Kind.CREDIT_EXCEEDED, text)

    def _worst(self, partition: int, known: Known, limit: Limit, sign: int) -> int:
        """Of the firm's accounts in a partition, by way of this direction, with all that is open of it filled."""
        orders, accounts = self._risk[partition].orders, known.accounts_in(limit, partition)
        return sum(sign * orders.worst(known, account.account_id, limit.instrument_id, sign) for account in accounts)

    def _within(self, partition: int, counted: Counted, known: Known, limit: Limit) -> None:
        credit_id = self._id_of(limit)
        used = {p: self._open(p, known, limit) for p in self._risk}
        held = self.held.get((credit_id, partition), 0)
        if used[partition] > held:
            text = f"{counted.place} uses {used[partition]} of {limit.limit_id}, and holds {held}"
            self._findings.report(Kind.CREDIT_EXCEEDED, text)
        highest = max(self.values.get(credit_id, [0]))
        if sum(used.values()) > highest:
            text = f"after {counted.place} {used} is used of {limit.limit_id}, which was never above {highest}"
            self._findings.report(Kind.CREDIT_EXCEEDED, text)

    def _open(self, partition: int, known: Known, limit: Limit) -> int:
        accounts = {account.account_id for account in known.accounts_in(limit, partition)}
        return self._risk[partition].orders.count_open(accounts, limit.instrument_id)
