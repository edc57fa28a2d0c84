"""Small histories by hand: a `Witness` that says what a test wrote into it, right unless the test says otherwise.

One desk, one account, one venue. A method writes one record as the stage would; what it is given instead of the defaults is what is wrong.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.protobuf.message import Message

from oms.core.record_chain import audit_chain, record_hash
from oms.runtime.log import Record, TopicPartition
from oms.testing.simulation.witness import (
    ClientHeard,
    Fallen,
    OwnerSeen,
    ShownOrder,
    StateCheck,
    Told,
    VenueFill,
    VenueOrder,
    VenueRead,
    VenueSaid,
)
from oms.v1 import commands_pb2 as commands
from oms.v1 import control_pb2 as control
from oms.v1 import enums_pb2 as enums
from oms.v1 import envelope_pb2 as wire
from oms.v1 import execution_pb2 as execution
from oms.v1 import gateway_pb2 as gateway
from oms.v1 import grantor_pb2
from oms.v1 import market_pb2 as market
from oms.v1 import operations_pb2 as operations
from oms.v1 import reference_pb2 as reference
from oms.v1 import risk_pb2 as risk
from oms.v1 import routing_pb2 as routing

NOW = 1_736_175_600_000_000_000
LATER = NOW + 3_600_000_000_000
SECOND_NS = 1_000_000_000
M = TypeVar("M", bound=Message)
REFERENCE, CONTROL, ORDERS = "oms.reference", "oms.control", "oms.orders"
RISK, ROUTING, EXECUTION = "oms.risk", "oms.routing", "oms.execution"
PROGRESS, MARKET, CREDIT = "oms.audit-progress", "oms.market", "oms.credit"
INPUTS = {RISK: (ORDERS, ROUTING, CREDIT), ROUTING: (RISK, EXECUTION), EXECUTION: (ROUTING,), CREDIT: (RISK,)}
FIELD = {RISK: "risk", ROUTING: "routing", EXECUTION: "execution", CREDIT: "credit"}
VOID, CLAIM, VALID, INTAKE = 3, 1, 2, 4
LIMITS = {
    enums.LIMIT_KIND_ORDER_QTY: 1_000,
    enums.LIMIT_KIND_ORDER_NOTIONAL: 10**9 * 10**12,
    enums.LIMIT_KIND_PRICE_COLLAR_BPS: 500,
    enums.LIMIT_KIND_MARKET_DATA_AGE_NS: SECOND_NS,
    enums.LIMIT_KIND_POSITION_QTY: 2_000,
    enums.LIMIT_KIND_OPEN_ORDERS: 5,
}
FIRST = len(LIMITS)
"""Risk's records before its first decision, beside the claim: it acknowledges each limit."""
SESSION, VENUE, PRICE = "XALP-P0", "XALP", 100_000
ORDER_ID, CHILD_ID = "alpha/20250106/o1", "alpha/20250106/o1.1"


def tp(topic: str) -> TopicPartition:
    return TopicPartition(topic, 0)


@dataclass(slots=True)
class Account:
    """The venue's own account."""

    session_id: str = SESSION
    venue_id: str = VENUE
    partition: int = 0
    reads: list[VenueRead] = field(default_factory=list)
    booked: list[VenueFill] = field(default_factory=list)
    answers: list[VenueSaid] = field(default_factory=list)
    books: dict[str, VenueOrder] = field(default_factory=dict)

    def read(self) -> Sequence[VenueRead]:
        return self.reads

    def fills(self) -> Sequence[VenueFill]:
        return self.booked

    def said(self) -> Sequence[VenueSaid]:
        return self.answers

    def orders(self) -> Sequence[VenueOrder]:
        return list(self.books.values())


class History:
    """`positions[journal][topic]`: how far its owner has read; a record reads on to what it is decided from."""

    seed = step = 0
    at_rest = True
    partitions = 1
    wall_ns = NOW
    control_limit_ns, audit_limit_ns = 4 * SECOND_NS, 15 * SECOND_NS

    def __init__(self) -> None:
        self.moment = 0
        self.log: dict[TopicPartition, list[Record]] = defaultdict(list)
        self.moments: dict[TopicPartition, list[int]] = defaultdict(list)
        self.verdicts: dict[TopicPartition, list[int]] = defaultdict(list)
        self.runs: dict[str, list[tuple[int, bool]]] = {topic: [(-1, False)] for topic in INPUTS}
        self.positions: dict[str, dict[str, int]] = {topic: {} for topic in INPUTS}
        self.last_hash: dict[str, bytes] = defaultdict(bytes)
        self.venue = Account()
        self.told: list[ClientHeard] = []
        self.rows: list[tuple[Any, ...]] = []
        self.checks: list[StateCheck] = []
        self.falls: list[Fallen] = []
        self.shown: list[ShownOrder] = []
        self._chain: dict[TopicPartition, bytes] = {}
        self._set_up()

    def _set_up(self) -> None:
        who = commands.Provenance(entered_by="ann")
        for entity in (
            reference.Entity(instrument=reference.Instrument(instrument_id="ACME", currency="USD", price_scale=4)),
            reference.Entity(desk=reference.Desk(desk_id="alpha", partition=0, enabled=True)),
            reference.Entity(account=reference.Account(account_id="A1", desk_id="alpha", enabled=True)),
        ):
            self.put(REFERENCE, reference.ReferenceChange(entity=entity, replaces_version=-1, provenance=who))
        self.limits = {kind: self.limit(kind, value) for kind, value in LIMITS.items()}
        self.heartbeat()
        self.audit_says(NOW)
        for journal in INPUTS:
            self.claim(journal)
        for kind, version in self.limits.items():
            self.acknowledged(f"limit-{kind}", version)
        self.write(EXECUTION, self.message(enums.SESSION_MESSAGE_LOGON, 1), timer="logon:XALP-P0:1", read={ROUTING: 1})
        self.reads("LOGON", 1)
        self.write(EXECUTION, self.up(2), session=1)

    def limit(self, kind: Any, value: int, replaces: int = -1, silent: bool = False) -> int:
        limit = reference.Limit(
            limit_id=f"limit-{kind}", kind=kind, scope=enums.LIMIT_SCOPE_FIRM, instrument_id="ACME", currency="USD"
        )
        limit.value.hi, limit.value.lo = value >> 64, value & (2**64 - 1)
        change = reference.ReferenceChange(entity=reference.Entity(limit=limit), replaces_version=replaces)
        offset = self.put(REFERENCE, change)
        if self.log[tp(RISK)] and not silent:
            self.acknowledged(limit.limit_id, offset)
        return offset

    def acknowledged(self, limit_id: str, version: int) -> int:
        """Risk judges by it from here on."""
        event = risk.ReferenceApplied(kind="limit", entity_id=limit_id, version=version)
        return self.write(RISK, event, source=(REFERENCE, version))

    def calendar(self, close_ns: int, trading_date: int = 20250106) -> None:
        """ACME trades one day, from now to then."""
        day = reference.Interval(open_ns=NOW - SECOND_NS, close_ns=close_ns, trading_date=trading_date)
        calendar = reference.Calendar(calendar_id="XALP-days", intervals=[day])
        instrument = reference.Instrument(instrument_id="ACME", currency="USD", price_scale=4, calendar_id="XALP-days")
        for entity, replaces in (
            (reference.Entity(calendar=calendar), -1),
            (reference.Entity(instrument=instrument), 0),
        ):
            self.put(REFERENCE, reference.ReferenceChange(entity=entity, replaces_version=replaces))

    # --- the log

    def now(self) -> int:
        self.moment += 1
        return self.moment

    def put(self, topic: str, value: Message | bytes, verdict: int = INTAKE) -> int:
        raw = value if isinstance(value, bytes) else value.SerializeToString(deterministic=True)
        records = self.log[tp(topic)]
        records.append(Record(topic, 0, len(records), NOW // 1_000_000, b"key", raw))
        self.moments[tp(topic)].append(self.now())
        self.verdicts[tp(topic)].append(verdict)
        return len(records) - 1

    def claim(self, journal: str) -> int:
        record = wire.JournalRecord(claim=wire.Claim(process_id="p", min_reader_version=1))
        offset = self.put(journal, record, CLAIM)
        self._after_claim = {**getattr(self, "_after_claim", {})}
        self._after_claim[journal] = record_hash(self.last_hash[journal] + self.log[tp(journal)][offset].value)
        self.runs[journal].append((offset, True))
        return offset

    def write(
        self,
        journal: str,
        *events: Message,
        source: tuple[str, int] | None = None,
        timer: str = "",
        session: int = 0,
        read: Mapping[str, int] | None = None,
        run: tuple[int, bool] | None = None,
        previous: bytes | None = None,
        wall_ns: int = NOW,
        epoch: int | None = None,
    ) -> int:
        """A record. `read` and `run`: read positions, and the judgement in them, other than is right. `epoch`: a record of an old owner."""
        at = self.positions[journal]
        for topic in (REFERENCE, CONTROL):
            at[topic] = len(self.log[tp(topic)])
        if source is not None and source[0] in (*INPUTS[journal], REFERENCE, CONTROL):
            at[source[0]] = source[1] + 1
        at.update(read or {})
        offset = len(self.log[tp(journal)])
        own = self.runs[journal][-1][0] if epoch is None else epoch
        first = offset == own + 1
        envelope = wire.Envelope(
            epoch=own,
            run_seq=offset - own,
            source=wire.Source(offset=-1, timer=timer),
            event_time_ns=wall_ns,
            wall_time_ns=wall_ns,
            previous_hash=(self._after_claim[journal] if first else self.last_hash[journal])
            if previous is None
            else previous,
        )
        if source is not None:
            envelope.source.topic, envelope.source.offset = source
        if session:
            envelope.source.session_id, envelope.source.msg_seq_num = SESSION, session
        for topic in (REFERENCE, CONTROL, *INPUTS[journal]):
            envelope.positions.append(self._position(topic, at.get(topic, 0), run))
        for event in events:
            _, name = _event(event)
            getattr(getattr(envelope.events.add(), FIELD[journal]), name).CopyFrom(event)
        counts = epoch is None and self.runs[journal][-1][1]
        self.put(journal, wire.JournalRecord(envelope=envelope), VALID if counts else VOID)
        self.runs[journal].append((self.runs[journal][-1][0], counts))
        if counts:
            self.last_hash[journal] = record_hash(self.log[tp(journal)][offset].value)
        return offset

    def _position(self, topic: str, reached: int, run: tuple[int, bool] | None) -> wire.ReadPosition:
        known = self.runs[topic][reached] if topic in self.runs and reached < len(self.runs[topic]) else (-1, False)
        epoch, unbroken = run if run is not None and topic in self.runs else known
        return wire.ReadPosition(topic=topic, next_offset=reached, epoch=epoch, unbroken=unbroken)

    def audit_says(self, wall_ns: int, prefix: int = 0) -> None:
        """The audit had everything at a time."""
        for at in self.topics():
            if at.topic != PROGRESS:
                said = operations.AuditProgress(topic=at.topic, prefix=prefix, caught_up_wall_ns=wall_ns)
                self.put(PROGRESS, said)

    # --- commands and control

    def heartbeat(self) -> int:
        return self.put(
            CONTROL, control.ControlRecord(control_heartbeat=control.ControlHeartbeat(replica="g", wall_ns=NOW))
        )

    def halt(self, action: enums.HaltAction = enums.HALT_ACTION_BLOCK_NEW) -> int:
        firm = control.Halt(scope=enums.HALT_SCOPE_FIRM, entered_ns=NOW, action=action)
        return self.put(CONTROL, control.ControlRecord(halt=firm))

    def applied(self, journal: str, offset: int) -> int:
        return self.write(journal, risk.ControlApplied(control_offset=offset), source=(CONTROL, offset))

    def new_order(self, name: str = "o1", qty: int = 100, good_until_ns: int = LATER, **more: Any) -> commands.NewOrder:
        order = commands.NewOrder(
            desk_id="alpha", trading_date=20250106, cl_ord_id=name, account_id="A1", instrument_id="ACME",
            side=enums.SIDE_BUY, ord_type=enums.ORD_TYPE_LIMIT, time_in_force=enums.TIME_IN_FORCE_DAY, order_qty=qty,
            price=PRICE, algorithm=enums.ALGORITHM_DIRECT, venue_id=VENUE, good_until_ns=good_until_ns,
        )  # fmt: skip
        return _with(order, more)

    def order(self, name: str = "o1", qty: int = 100, good_until_ns: int = LATER, **more: Any) -> int:
        return self.put(ORDERS, commands.Command(new_order=self.new_order(name, qty, good_until_ns, **more)))

    def replace(self, qty: int) -> int:
        asked = commands.ReplaceOrder(
            desk_id="alpha", trading_date=20250106, cl_ord_id="r1", orig_trading_date=20250106, orig_cl_ord_id="o1",
            order_qty=qty, price=PRICE, good_until_ns=LATER,
        )  # fmt: skip
        return self.put(ORDERS, commands.Command(replace_order=asked))

    def command(self, offset: int) -> commands.NewOrder:
        return commands.Command.FromString(self.log[tp(ORDERS)][offset].value).new_order

    # --- risk

    def evidence(self, named: bool = True) -> risk.Evidence:
        versions = list(self.limits.values()) if named else []
        evidence = risk.Evidence(
            reference_position=len(self.log[tp(REFERENCE)]), control_position=len(self.log[tp(CONTROL)]),
            market_position=1, reference_price=PRICE, reference_age_ns=0,
            checks=range(1, len(versions) + 1), limit_versions=versions,
        )  # fmt: skip
        for column in (evidence.thresholds, evidence.before, evidence.after):
            column.hi.extend([0] * len(versions))
            column.lo.extend([0] * len(versions))
        return evidence

    def accept(
        self, offset: int = 0, named: bool = True, qty: int | None = None, reduces_from: int = 0, **how: Any
    ) -> int:
        order = self.command(offset)
        if qty is not None:
            order.order_qty = qty
        mandate = risk.Mandate(
            order_qty=order.order_qty, worst_price=PRICE, venues=[VENUE], venue_max_qty=[order.order_qty],
            algorithm=order.algorithm, reduces_from=reduces_from,
        )  # fmt: skip
        accepted = risk.OrderAccepted(
            order_id=f"alpha/20250106/{order.cl_ord_id}", order=order, mandate=mandate, evidence=self.evidence(named)
        )
        return self.write(RISK, accepted, **{"source": (ORDERS, offset), **how})

    def accept_replace(self, offset: int) -> int:
        asked = commands.Command.FromString(self.log[tp(ORDERS)][offset].value).replace_order
        mandate = risk.Mandate(
            order_qty=asked.order_qty, worst_price=PRICE, venues=[VENUE], venue_max_qty=[asked.order_qty],
            algorithm=enums.ALGORITHM_DIRECT,
        )  # fmt: skip
        accepted = risk.ReplaceAccepted(order_id=ORDER_ID, replace=asked, mandate=mandate, evidence=self.evidence())
        return self.write(RISK, accepted, source=(ORDERS, offset))

    def moved(self, source: int, qty: int = 100, position: int = 100, reserved: int = 0, *more: Message) -> int:
        moved = risk.ExposureMoved(
            order_id=ORDER_ID, account_id="A1", instrument_id="ACME", exec_id=f"{VENUE}/E1", last_qty=qty, last_px=PRICE,
            signed_qty=qty, position_qty=position, reserved_qty=reserved,
        )  # fmt: skip
        return self.write(RISK, moved, *more, source=(ROUTING, source))

    # --- router

    def opened(self, decision: int, qty: int = 100, **more: Any) -> routing.ParentOpened:
        opened = routing.ParentOpened(
            order_id=ORDER_ID, desk_id="alpha", account_id="A1", instrument_id="ACME", cl_ord_id="o1",
            side=enums.SIDE_BUY, order_qty=qty, price=PRICE, venue_id=VENUE, worst_price=PRICE, venues=[VENUE],
            venue_max_qty=[qty], decision_offset=decision,
        )  # fmt: skip
        return _with(opened, more)

    def child(
        self, decision: int, qty: int = 100, number: int = 1, price: int = PRICE, **more: Any
    ) -> routing.ChildNew:
        child = routing.ChildNew(
            order_id=ORDER_ID, child_id=f"{ORDER_ID}.{number}", decision_offset=decision, desk_id="alpha",
            account_id="A1", instrument_id="ACME", venue_id=VENUE, side=enums.SIDE_BUY, ord_type=enums.ORD_TYPE_LIMIT,
            time_in_force=enums.TIME_IN_FORCE_DAY, order_qty=qty, price=price, good_until_ns=LATER,
        )  # fmt: skip
        return _with(child, more)

    def changed(self, status: Any, exec_type: Any = enums.EXEC_TYPE_NEW, **more: Any) -> routing.ParentChanged:
        changed = routing.ParentChanged(
            order_id=ORDER_ID, cl_ord_id="o1", ord_status=status, exec_type=exec_type, order_qty=100
        )
        return _with(changed, more)

    def open(self, decision: int, *more: Message, opened: routing.ParentOpened | None = None) -> int:
        events = more or (self.changed(enums.ORD_STATUS_NEW), self.child(decision))
        return self.write(ROUTING, opened or self.opened(decision), *events, source=(RISK, decision))

    def replace_started(self, decision: int, qty: int) -> routing.ParentReplaceStarted:
        return routing.ParentReplaceStarted(
            order_id=ORDER_ID, cl_ord_id="r1", order_qty=qty, price=PRICE, worst_price=PRICE, venues=[VENUE],
            venue_max_qty=[qty], good_until_ns=LATER, decision_offset=decision, accepted_ns=NOW,
        )  # fmt: skip

    def child_replace(self, qty: int) -> routing.ChildReplace:
        return routing.ChildReplace(
            order_id=ORDER_ID, child_id=CHILD_ID, request=1, order_qty=qty, price=PRICE, good_until_ns=LATER
        )

    def traded(
        self, qty: int = 100, status: Any = enums.ORD_STATUS_FILLED, cum: int | None = None, **more: Any
    ) -> routing.ParentTraded:
        traded = routing.ParentTraded(
            order_id=ORDER_ID, cl_ord_id="o1", child_id=CHILD_ID, venue_id=VENUE, exec_id="E1", last_qty=qty,
            last_px=PRICE, cum_qty=qty if cum is None else cum, ord_status=status,
        )  # fmt: skip
        return _with(traded, more)

    def closed(self, status: Any = enums.ORD_STATUS_FILLED) -> routing.ChildClosed:
        return routing.ChildClosed(order_id=ORDER_ID, child_id=CHILD_ID, ord_status=status)

    # --- execution and the venue

    def message(self, kind: Any, number: int, new_seq_no: int = 0) -> execution.SessionMessagePlanned:
        return execution.SessionMessagePlanned(
            session_id=SESSION, venue_id=VENUE, message=kind, msg_seq_num=number, new_seq_no=new_seq_no
        )

    def up(self, arrived_below: int) -> execution.SessionUp:
        return execution.SessionUp(session_id=SESSION, venue_id=VENUE, arrived_below=arrived_below)

    def taken(self, child: routing.ChildNew | None = None) -> execution.ChildTaken:
        new = child if child is not None else self.child(FIRST + 1)
        names = [f.name for f in execution.ChildTaken.DESCRIPTOR.fields if f.name in new.DESCRIPTOR.fields_by_name]
        values = {name: getattr(new, name) for name in names}
        return execution.ChildTaken(session_id=SESSION, **values)

    def intent(self, kind: Any = enums.INTENT_KIND_NEW, number: int = 2, request: int = 0) -> execution.Intent:
        suffix = f":{request}" if request else ""
        new = kind == enums.INTENT_KIND_NEW
        return execution.Intent(
            order_id=ORDER_ID, child_id=CHILD_ID, kind=kind, session_id=SESSION, msg_seq_num=number,
            cl_ord_id=f"0:{CHILD_ID}{suffix}", orig_cl_ord_id="" if new else f"0:{CHILD_ID}",
            order_qty=100 if new else 0, price=PRICE if new else None,
        )  # fmt: skip

    def report(self, exec_type: Any, status: Any, qty: int = 0, exec_id: str = "E1") -> execution.ChildReport:
        return execution.ChildReport(
            order_id=ORDER_ID, child_id=CHILD_ID, venue_id=VENUE, exec_type=exec_type, ord_status=status,
            exec_id=exec_id, last_qty=qty, last_px=PRICE if qty else 0, cum_qty=qty, order_qty=100,
        )  # fmt: skip

    def filled(self, qty: int = 100) -> execution.ChildReport:
        status = enums.ORD_STATUS_FILLED if qty >= 100 else enums.ORD_STATUS_PARTIALLY_FILLED
        return self.report(enums.EXEC_TYPE_TRADE, status, qty)

    def unsent(self, reason: Any = enums.REASON_NEVER_REACHED_VENUE) -> execution.ChildUnsent:
        return execution.ChildUnsent(order_id=ORDER_ID, child_id=CHILD_ID, reason=reason)

    def take(self, source: int, *events: Message) -> int:
        return self.write(EXECUTION, *(events or (self.taken(), self.intent())), source=(ROUTING, source))

    def reads(
        self, kind: str, number: int, cl_ord_id: str = "", moment: int | None = None, qty: int = 100, **what: Any
    ) -> None:
        at = self.now() if moment is None else moment
        qty = qty if kind == "NEW" else 0
        read = VenueRead(at, 0, NOW, SESSION, 1, "p", number, kind, True, cl_ord_id, order_qty=qty, **what)
        self.venue.reads.append(read)

    def venue_takes(self, qty: int = 100) -> None:
        """The venue reads the NEW and has the order."""
        self.reads("NEW", 2, f"0:{CHILD_ID}")
        self.books(qty, is_open=True)

    def books(self, qty: int, is_open: bool, cum_qty: int = 0, forgotten: bool = False, shown_qty: int = 0) -> None:
        status = "NEW" if is_open else "FILLED"
        names = (f"0:{CHILD_ID}",)
        self.venue.books[CHILD_ID] = VenueOrder(
            "V1", names, "A1", "ACME", 1, qty, PRICE, status, cum_qty, is_open, forgotten, False, shown_qty
        )

    def venue_fills(self, qty: int = 100) -> None:
        self.venue.booked.append(VenueFill(self.now(), 0, "E1", f"0:{CHILD_ID}", qty, PRICE))
        self.books(100, is_open=qty < 100, cum_qty=qty)

    def trades(self, price: int) -> int:
        """What the market data say: somebody else's trade."""
        trade = market.Trade(trade_id="T1", price=price, qty=10)
        return self.put(MARKET, market.MarketRecord(venue_id=VENUE, instrument_id="ACME", trades=[trade]))

    # --- clients and the audit

    def hear(self, told: Told, **what: Any) -> None:
        self.told.append(ClientHeard(self.now(), 0, NOW, "ann", "alpha", 0, "g", told, **what))

    def updates(self, *places: tuple[str, int, int]) -> None:
        """`places`: topic, offset, number of the event in its record."""
        raw = [gateway.OrderUpdate(topic=t, offset=o, event_no=n).SerializeToString() for t, o, n in places]
        self.hear(Told.UPDATES, token=f"t{self.moment}", updates=tuple(raw))

    def subscribe(self, asked: str = "") -> None:
        self.hear(Told.SUBSCRIBED, token=f"t{self.moment}", asked_token=asked, from_start=not asked)

    def audit(self) -> None:
        """A row for everything that has none yet."""
        have = {(row[0], row[1], row[2]) for row in self.rows}
        for at, records in self.log.items():
            for r in records:
                if r.topic != PROGRESS and (r.topic, r.partition, r.offset) not in have:
                    self.rows.append(self.row(at, r))

    def row(self, at: TopicPartition, r: Record) -> tuple[Any, ...]:
        before = self._chain.get(at, bytes(32))
        chain = audit_chain(before, r.topic, r.partition, r.offset, r.timestamp_ms, r.key, r.headers, r.value)
        self._chain[at] = chain
        verdict = self.verdicts[at][r.offset]
        return (r.topic, r.partition, r.offset, r.timestamp_ms, r.key, r.headers, r.value, verdict, chain)

    # --- as the witness shows it

    def topics(self) -> Sequence[TopicPartition]:
        return [tp(topic) for topic in (REFERENCE, CONTROL, MARKET, ORDERS, *INPUTS, PROGRESS)]

    def records(self, at: TopicPartition) -> Sequence[Record]:
        return self.log[at]

    def landed(self, at: TopicPartition) -> Sequence[int]:
        return self.moments[at]

    def venues(self) -> Sequence[Account]:
        return [self.venue]

    def shown_orders(self) -> Sequence[ShownOrder]:
        return self.shown

    def heard(self) -> Sequence[ClientHeard]:
        return self.told

    def audit_tables(self) -> Mapping[str, Sequence[tuple[Any, ...]]]:
        return {"records": self.rows}

    def owners(self) -> Sequence[OwnerSeen]:
        return []

    def state_checks(self) -> Sequence[StateCheck]:
        return self.checks

    def fallen(self) -> Sequence[Fallen]:
        return self.falls


_EVENTS = {
    RISK: risk.RiskEvent,
    ROUTING: routing.RoutingEvent,
    EXECUTION: execution.ExecutionEvent,
    CREDIT: grantor_pb2.CreditEvent,
}


def _event(event: Message) -> tuple[str, str]:
    """(topic, field of the union) of an event."""
    for topic, union in _EVENTS.items():
        for kind in union.DESCRIPTOR.fields:
            if kind.message_type is event.DESCRIPTOR:
                return topic, kind.name
    raise TypeError(f"{type(event).__name__} is no event")


def _with(message: M, more: Mapping[str, Any]) -> M:
    """With some fields other than the usual ones."""
    message.MergeFrom(type(message)(**more))
    return message
