"""The oracle: looks after every step at what is new, and once more at rest at everything.

Order of a look: what landed is judged by the run rule and given to its stage's book in the order of landing; then what venues, clients and
the audit saw since, which may rest on it. A book that cannot go on reports and goes on.
"""

from collections.abc import Callable

from oms.runtime.log import TopicPartition
from oms.testing.simulation.oracle import alert_book
from oms.testing.simulation.oracle.audit_book import AuditBook
from oms.testing.simulation.oracle.client_book import ClientBook
from oms.testing.simulation.oracle.credit_book import CreditBook
from oms.testing.simulation.oracle.execution_book import ExecutionBook
from oms.testing.simulation.oracle.facts import CONTROL, CREDIT, EXECUTION, REFERENCE, RISK, ROUTING, Facts
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.life_book import LifeBook, Market
from oms.testing.simulation.oracle.list_book import ListBook
from oms.testing.simulation.oracle.reading import Reading
from oms.testing.simulation.oracle.risk_book import RiskBook
from oms.testing.simulation.oracle.router_book import RouterBook
from oms.testing.simulation.oracle.venue_book import (
    Positions,
    VenueBook,
    child_of,
    compare,
    not_overfilled,
    parent_of,
    router_held,
)
from oms.testing.simulation.witness import Violation, Witness

Book = RiskBook | RouterBook | ExecutionBook
_CREDIT = TopicPartition(CREDIT, 0)


class Oracle:
    """A `Judge` of one world."""

    def __init__(self, witness: Witness) -> None:
        self.findings = Findings()
        self.violations: list[Violation] = self.findings.violations
        self.facts = Facts(witness, self.findings)
        self._witness = witness
        partitions = range(witness.partitions)
        self.risk = {p: RiskBook(p, self.facts, self.findings) for p in partitions}
        self.router = {p: RouterBook(p, self.facts, self.findings) for p in partitions}
        self.execution = {p: ExecutionBook(p, self.facts, self.findings) for p in partitions}
        self.market = Market(self.facts)
        self.lives = {p: LifeBook(p, self.facts, self.router[p], self.market, self.findings) for p in partitions}
        self.lists = {p: ListBook(p, self.facts, self.router[p], self.findings) for p in partitions}
        self._books: dict[TopicPartition, Book] = {}
        for p in partitions:
            self._books[TopicPartition(RISK, p)] = self.risk[p]
            self._books[TopicPartition(ROUTING, p)] = self.router[p]
            self._books[TopicPartition(EXECUTION, p)] = self.execution[p]
        self.credit = CreditBook(self.risk, self.facts, self.findings)
        for book in self.risk.values():
            book.alerts.allowed = self.credit.allowed
        self._readings = {tp: Reading(tp, self.facts, self.findings, self._must(tp)) for tp in (*self._books, _CREDIT)}
        self._applied: dict[TopicPartition, set[int]] = {tp: set() for tp in self._readings}
        self._versions: dict[TopicPartition, set[int]] = {tp: set() for tp in self._books}
        self.venues = [
            VenueBook(account, self.execution[account.partition], self.findings) for account in witness.venues()
        ]
        self.audit = AuditBook(self.facts, self.findings)
        self.clients = ClientBook(self.facts, self.findings)
        self._checked = self._fallen = 0

    def observe(self) -> None:
        self.findings.step = self._witness.step
        new = self.facts.advance()
        for tp, counted in new:
            self._readings[tp].take(counted)
            self._controls(tp, counted)
            if tp in self._books:
                self._books[tp].take(counted)
            self.credit.take(tp, counted)
            if tp.topic == ROUTING:
                self.lives[tp.partition].take(counted)
                self.lists[tp.partition].take(counted)
            if tp in self._books:
                self.clients.take(tp, counted)
        for venue in self.venues:
            venue.look()
        if new:
            self._sums(new)
            self._shown()
        self.clients.look()
        self.audit.look()
        self._states()

    def finish(self) -> None:
        self.observe()
        lost = {child_id for venue in self.venues for child_id in venue.lost()}
        excused = {parent_of(child_id) for child_id in lost}
        for p, risk in self.risk.items():
            risk.rest(excused)
            risk.trips_at_rest()
            self.router[p].rest(set(risk.orders.by_id), excused)
            self.execution[p].rest(lost)
        for venue in self.venues:
            for fill in venue.unbooked():
                self.findings.report(Kind.FILL_LOST, fill)
        self._positions()
        self._quantities(lost)
        self._applied_at_rest()
        alert_book.told(self.facts, self.findings)
        self.audit.rest()
        self.clients.rest()

    # --- parts

    def _must(self, tp: TopicPartition) -> Callable[[TopicPartition, int], bool]:
        """What must leave a record in a journal; of risk the grantor's word too."""
        if tp == _CREDIT:
            return self.credit.grantor_must
        book, partition = self._books[tp], tp.partition

        def must(source: TopicPartition, offset: int) -> bool:
            return self.credit.holder_must(partition, offset) if source == _CREDIT else book.must(source, offset)

        return must

    def _controls(self, tp: TopicPartition, counted: Counted) -> None:
        """A change of control is acknowledged once, by the record that was decided from it."""
        for event in counted.envelope.events:
            stage = getattr(event, event.WhichOneof("kind") or "")
            if stage.WhichOneof("kind") == "reference_applied":
                self._acknowledged(tp, counted, stage.reference_applied.version)
            if stage.WhichOneof("kind") != "control_applied":
                continue
            offset, source = stage.control_applied.control_offset, counted.envelope.source
            if offset in self._applied[tp] or (source.topic, source.offset) != (CONTROL, offset):
                self.findings.report(Kind.INPUT_TWICE, f"{counted.place} applies {CONTROL}@{offset}")
            self._applied[tp].add(offset)

    def _acknowledged(self, tp: TopicPartition, counted: Counted, version: int) -> None:
        """A version of reference data is acknowledged once by a partition, by the record that was decided from it."""
        source = counted.envelope.source
        if version in self._versions[tp] or (source.topic, source.offset) != (REFERENCE, version):
            self.findings.report(Kind.INPUT_TWICE, f"{counted.place} acknowledges {REFERENCE}@{version}")
        self._versions[tp].add(version)

    def _applied_at_rest(self) -> None:
        control = self.facts.control
        for tp, applied in self._applied.items():
            if tp == _CREDIT and not self.facts.journals[tp].counted:
                continue  # a history of one partition, in which nobody grants
            for offset in range(len(control.records)):
                if control.must_be_applied(offset) and offset not in applied:
                    self.findings.report(
                        Kind.INPUT_SKIPPED, f"{tp.topic}/{tp.partition} never applied {CONTROL}@{offset}"
                    )

    def _sums(self, new: list[tuple[TopicPartition, Counted]]) -> None:
        """Only where the router wrote something, which is where more can have been executed than ordered."""
        partitions = {tp.partition for tp, _ in new if tp.topic == ROUTING}
        if not partitions:
            return
        excused = {order_id for venue in self.venues for order_id in venue.overfilled()}
        for p in partitions:
            not_overfilled(self.router[p], excused, self.findings)
            self.lists[p].judge(excused)

    def _shown(self) -> None:
        for p, book in self.lives.items():
            children = self.execution[p].children
            orders = [o for venue in self.venues if venue.account.partition == p for o in venue.account.orders()]
            book.shown(o for o in orders if (c := children.get(child_of(o.cl_ord_ids[0]))) is not None and not c.ended)

    def _quantities(self, lost: set[str]) -> None:
        """Of every order: what venues executed and let stand is what each stage has, and what the gateway shows."""
        executed: dict[str, int] = {}
        for venue in self.venues:
            for child_id, qty in venue.standing().items():
                executed[parent_of(child_id)] = executed.get(parent_of(child_id), 0) + qty
        excused = {parent_of(child_id) for child_id in lost}
        shown: dict[str, set[int]] = {}
        for order in self._witness.shown_orders():
            shown.setdefault(order.order_id, set()).add(order.cum_qty)
        for p, router in self.router.items():
            held = self.execution[p].standing()
            for order_id, parent in router.parents.items():
                of = {
                    "venues": {executed.get(order_id, 0)},
                    "execution": {held.get(order_id, 0)},
                    "router": {parent.cum_qty},
                    "risk": {self.risk[p].orders.by_id[order_id].cum_qty},
                    "gateway": shown.get(order_id, {parent.cum_qty}),
                }
                if len(set().union(*of.values())) > 1 and order_id not in excused:
                    self.findings.report(Kind.QUANTITY_DIFFERS, f"{order_id}: {of}")

    def _positions(self) -> None:
        compare(
            {
                "venues": _summed([venue.held() for venue in self.venues]),
                "router": _summed([router_held(book) for book in self.router.values()]),
                "risk": _summed([book.orders.held() for book in self.risk.values()]),
                "audit": _summed([self.audit.held()]),
            },
            self.findings,
        )

    def _states(self) -> None:
        checks, fallen = self._witness.state_checks(), self._witness.fallen()
        for check in checks[self._checked :]:
            if check.state_hash != check.fresh_hash:
                tp = check.journal
                text = f"{tp.topic}/{tp.partition} of {check.process_id}, {check.what}, up to {check.next_offset}"
                self.findings.report(Kind.STATE_DIFFERS, text)
        for fall in fallen[self._fallen :]:
            if not fall.expected:
                self.findings.report(
                    Kind.STAGE_DIED, f"{fall.name}/{fall.partition} {fall.process_id}: {fall.text[-500:]}"
                )
        self._checked, self._fallen = len(checks), len(fallen)


def _summed(parts: list[Positions]) -> Positions:
    held: Positions = {}
    for part in parts:
        for key, qty in part.items():
            held[key] = held.get(key, 0) + qty
    return held
