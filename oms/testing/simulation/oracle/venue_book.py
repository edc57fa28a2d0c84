"""What the venues say of themselves, held against execution's journal, and the positions of everyone held against each other.

- Whatever a venue reads is named by a valid record written before; a number is read once, a NEW is carried out once.
- A child that execution holds never to have reached a venue has not, and does not later.
- A fill in the journal is one that the venue booked, before; an end is one that the venue knows.
- At rest every fill is booked by execution, router and risk, and so are positions.
A venue that lost an order knows nothing more of it: that order may stay unknown, and its fills are those that were booked before.
"""

from collections.abc import Iterable

from oms.testing.simulation.oracle.execution_book import ExecutionBook, Named
from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.testing.simulation.oracle.risk_book import TERMINAL
from oms.testing.simulation.oracle.router_book import RouterBook
from oms.testing.simulation.witness import VenueAccount, VenueFill, VenueOrder, VenueRead
from oms.v1.enums_pb2 import EXEC_TYPE_TRADE, SIDE_BUY
from oms.v1.execution_pb2 import ChildReport, FillCorrected

INFERRED = "inferred:"

Positions = dict[tuple[str, str], int]


def child_of(cl_ord_id: str) -> str:
    """The child that a first ClOrdID at a venue names: what follows the partition."""
    return cl_ord_id.partition(":")[2]


def parent_of(child_id: str) -> str:
    return child_id.rpartition(".")[0]


class VenueBook:
    """One session. `fills` and `carried`: by child id."""

    def __init__(self, account: VenueAccount, execution: ExecutionBook, findings: Findings) -> None:
        self.account, self._execution, self._findings = account, execution, findings
        self.fills: dict[str, VenueFill] = {}
        self.forgotten: set[str] = set()
        self._read = self._booked = self._said = self._reports = self._corrected = self._unsent = 0
        self._numbers: set[int] = set()
        self._carried: dict[str, VenueRead] = {}
        self._held_unsent: dict[str, str] = {}
        self._answered_unknown: set[str] = set()

    def look(self) -> None:
        for read in self.account.read()[self._read :]:
            self._reads(read)
        self._read = len(self.account.read())
        for fill in self.account.fills()[self._booked :]:
            self.fills[fill.exec_id] = fill
        self._booked = len(self.account.fills())
        for said in self.account.said()[self._said :]:
            if said.what == "FORGOT":
                self.forgotten.add(child_of(said.cl_ord_id))
            elif said.what == "UNKNOWN":
                self._answered_unknown.add(child_of(said.cl_ord_id))
        self._said = len(self.account.said())
        self._unsent_children()
        self._ends_and_fills()

    # --- what it read

    def _reads(self, read: VenueRead) -> None:
        session_id, number = read.session_id, read.msg_seq_num
        text = f"{session_id} number {number}, {read.kind} {read.cl_ord_id} of {read.process_id}"
        if read.kind == "GAP_FILL":
            named = self._execution.gap_fills.get((session_id, number))
        else:
            named = self._execution.named.get((session_id, number))
            if number in self._numbers:
                self._findings.report(Kind.NUMBER_TWICE, f"{text} is read twice")
            self._numbers.add(number)
        self._is_named(read, named, text)
        if read.kind == "NEW" and read.carried_out:
            self._carries_out(read, text)

    def _is_named(self, read: VenueRead, named: Named | None, text: str) -> None:
        if named is None or (named.kind, named.cl_ord_id) != (read.kind, read.cl_ord_id):
            self._findings.report(Kind.NOT_NAMED, text)
        elif named.moment > read.moment:
            self._findings.report(Kind.BEFORE_RECORD, f"{text}, written at {named.place}")

    def _carries_out(self, read: VenueRead, text: str) -> None:
        child_id = child_of(read.cl_ord_id)
        if child_id in self._carried:
            self._findings.report(Kind.NEW_TWICE, f"{text}, first as number {self._carried[child_id].msg_seq_num}")
        self._carried.setdefault(child_id, read)
        child = self._execution.children.get(child_id)
        if child is not None:
            i = child.taken.instructions
            stop = i.stop_px if i.HasField("stop_px") else None
            display = i.display_qty if i.HasField("display_qty") else None
            ordered = (stop, display, i.min_qty, tuple(i.exec_inst))
            if (read.order_qty, read.asked) != (child.taken.order_qty, ordered):
                was = f"{read.order_qty} {read.asked}, ordered {child.taken.order_qty} {ordered}"
                self._findings.report(Kind.OTHER_TERMS, f"{text}: {was}")
        if child_id in self._held_unsent:
            self._findings.report(
                Kind.NEVER_REACHED_UNPROVEN, f"{text} is carried out after {self._held_unsent[child_id]}"
            )

    def _unsent_children(self) -> None:
        for unsent in self._execution.unsent[self._unsent :]:
            if unsent.session_id != self.account.session_id:
                continue
            child_id = unsent.child_id
            self._held_unsent[child_id] = unsent.place
            if child_id in self._carried:
                text = f"{unsent.place}: {child_id}, number {self._carried[child_id].msg_seq_num} was carried out"
                self._findings.report(Kind.NEVER_REACHED_UNPROVEN, text)
            if unsent.never_reached and child_id not in self._answered_unknown:
                self._findings.report(
                    Kind.NEVER_REACHED_UNPROVEN,
                    f"{unsent.place}: the venue never said that it does not know {child_id}",
                )
        self._unsent = len(self._execution.unsent)

    # --- what execution says of it

    def _ends_and_fills(self) -> None:
        self._corrections()
        new = self._execution.reports[self._reports :]
        self._reports = len(self._execution.reports)
        mine = [
            (c, r) for c, r in new if self._execution.children[r.child_id].taken.session_id == self.account.session_id
        ]
        if not mine:
            return
        orders = {child_of(order.cl_ord_ids[0]): order for order in self.account.orders()}
        for counted, report in mine:
            if report.exec_type == EXEC_TYPE_TRADE:
                self._is_booked(counted, report)
            elif report.ord_status in TERMINAL:
                self._has_ended(counted, report, orders.get(report.child_id))

    def _is_booked(self, counted: Counted, report: ChildReport) -> None:
        if report.inferred:
            self._is_inferable(counted, report)
            return
        fill = self.fills.get(report.exec_id)
        told = (report.child_id, report.last_qty, report.last_px)
        if fill is not None and fill.qty > report.last_qty:  # the rest took the place of an inferred one
            told = (report.child_id, fill.qty, report.last_px)
        booked = (child_of(fill.cl_ord_id), fill.qty, fill.price) if fill is not None else None
        if fill is None or booked != told or fill.moment > counted.moment:
            self._findings.report(
                Kind.FILL_UNFOUNDED, f"{counted.place}: {report.exec_id} as {told}, the venue has {booked}"
            )

    def _is_inferable(self, counted: Counted, report: ChildReport) -> None:
        """No trade was told, but the venue has executed so much by then."""
        ended = {fill.ref for fill in self.fills.values() if fill.moment <= counted.moment}
        has = [
            f for f in self.fills.values() if child_of(f.cl_ord_id) == report.child_id and f.moment <= counted.moment
        ]
        most = max(sum(f.qty for f in has if f.exec_id not in ended), sum(f.qty for f in has if not f.ref))
        if report.cum_qty > most:
            text = f"{counted.place}: {report.child_id} is inferred to have {report.cum_qty}, the venue has {most}"
            self._findings.report(Kind.FILL_UNFOUNDED, text)

    def _corrections(self) -> None:
        new = self._execution.corrections[self._corrected :]
        self._corrected = len(self._execution.corrections)
        for counted, event in new:
            if self._execution.children[event.child_id].taken.session_id != self.account.session_id:
                continue
            if event.exec_ref_id.startswith(INFERRED):
                self._is_taken_back(counted, event)
                continue
            fill = self.fills.get(event.exec_id)
            told = (event.child_id, event.exec_ref_id, event.new_qty, event.new_px)
            made = (child_of(fill.cl_ord_id), fill.ref, fill.qty, fill.price) if fill is not None else None
            if fill is None or made != told or fill.moment > counted.moment:
                text = f"{counted.place}: {event.exec_id} as {told}, the venue has {made}"
                self._findings.report(Kind.FILL_UNFOUNDED, text)

    def _is_taken_back(self, counted: Counted, event: FillCorrected) -> None:
        """What was inferred gives way to a bust or correction of a trade that had not been told."""
        made = self.fills.get(event.exec_id.partition(">")[0])
        if made is None or not made.ref or child_of(made.cl_ord_id) != event.child_id or made.moment > counted.moment:
            self._findings.report(Kind.FILL_UNFOUNDED, f"{counted.place}: {event.exec_id} takes back what was inferred")

    def _has_ended(self, counted: Counted, report: ChildReport, order: VenueOrder | None) -> None:
        if order is not None and order.open and not order.forgotten:
            text = f"{counted.place}: {report.child_id}, status {report.ord_status}, is {order.status} at {self.account.session_id}"
            self._findings.report(Kind.END_UNFOUNDED, text)

    # --- sums

    def lost(self) -> set[str]:
        """Children that it forgot, or took off the connection and never had: their end can never be proven."""
        has = {child_of(order.cl_ord_ids[0]) for order in self.account.orders()}
        return self.forgotten | (self._carried.keys() - has)

    def held(self) -> Positions:
        """What its fills moved, as corrections and busts leave them, by (account, instrument)."""
        orders = {order.cl_ord_ids[0]: order for order in self.account.orders()}
        held: Positions = {}
        ended = {fill.ref for fill in self.fills.values()}
        for fill in self.fills.values():
            if fill.exec_id in ended:
                continue
            order = orders[fill.cl_ord_id]
            key = (order.account_id, order.instrument_id)
            held[key] = held.get(key, 0) + (fill.qty if order.side == SIDE_BUY else -fill.qty)
        return held

    def standing(self) -> dict[str, int]:
        """By child: what it executed, as corrections and busts leave it."""
        ended = {fill.ref for fill in self.fills.values()}
        found: dict[str, int] = {}
        for fill in self.fills.values():
            if fill.exec_id not in ended:
                child_id = child_of(fill.cl_ord_id)
                found[child_id] = found.get(child_id, 0) + fill.qty
        return found

    def overfilled(self) -> set[str]:
        """Orders of which this venue executed more than was asked of it, or lost track."""
        found = {
            parent_of(child_of(order.cl_ord_ids[0]))
            for order in self.account.orders()
            if order.overfilled or order.forgotten
        }
        return found | {parent_of(child_of(fill.cl_ord_id)) for fill in self.fills.values() if fill.excess}

    def unbooked(self) -> Iterable[str]:
        """Fills that execution has not booked. A late one of a lost order is nobody's to tell."""
        for fill in self.fills.values():
            child_id = child_of(fill.cl_ord_id)
            child = self._execution.children.get(child_id)
            if (child is None or fill.exec_id not in child.fills) and child_id not in self.forgotten:
                yield f"{self.account.session_id} {fill.exec_id} of {child_id}"


def not_overfilled(router: RouterBook, excused: set[str], findings: Findings) -> None:
    """Σ fills ≤ ordered quantity, unless a venue did it: also one that executes again what it took back, when that was placed again."""
    for order_id, parent in router.parents.items():
        if parent.cum_qty > parent.most + parent.taken_back and order_id not in excused:
            text = f"{order_id}: {parent.cum_qty} of {parent.most}, {parent.taken_back} taken back"
            findings.report(Kind.OVERFILLED, text)


def router_held(router: RouterBook) -> Positions:
    held: Positions = {}
    for parent in router.parents.values():
        key = (parent.opened.account_id, parent.opened.instrument_id)
        held[key] = held.get(key, 0) + parent.sign * parent.cum_qty
    return held


def compare(sums: dict[str, Positions], findings: Findings) -> None:
    """Everyone holds the same."""
    keys = sorted({key for held in sums.values() for key in held})
    for key in keys:
        of = {name: held.get(key, 0) for name, held in sums.items()}
        if len(set(of.values())) > 1:
            findings.report(Kind.POSITIONS_DIFFER, f"{'/'.join(key)}: {of}")
