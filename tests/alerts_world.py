"""A partition of the order path with a position limit that tests set as they like, auditors beside it, and what they told."""

from dataclasses import replace

from risk_world import NEW

from oms.core.commands import Provenance
from oms.core.enums import LimitKind, LimitScope, Side
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.monitors.alerts import Alert, AlertCleared, AlertRaised
from oms.core.reference import Account, Calendar, Desk, Instrument, Limit, ReferenceChange, Venue, VenueSession
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.runtime.audit_store import AuditStore
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.codec import decode_intake, decode_journal
from oms.wire.envelope import AlertNotice, Claim

WHO = Provenance("ann", "", "test", "ann", "")
NOW = 1_736_175_600_000_000_000
ALERTS, RISK = TopicPartition(topics.ALERTS, 0), TopicPartition(topics.RISK, 0)


def limit(kind: LimitKind, value: int, instrument: str = "ACME", currency: str = "USD") -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", instrument, currency, Amount(value))


class Firm:
    """`store`: of its auditors."""

    def __init__(self, store: AuditStore, fills: tuple[int, ...] = (10**9,)) -> None:
        self.path = Pipeline([SimVenue("XALP-P0", Script(True, fills))], NOW)
        self.store = store
        self.path.entities(
            (
                Calendar("always", True, ()),
                Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "always", True),
                Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), (VenueSession(0, "XALP-P0"),), 10, True),
                Desk("alpha", "Alpha", 0, True),
                Account("A1", "alpha", "USD", (), True),
                limit(LimitKind.ORDER_QTY, 10_000),
                limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
                limit(LimitKind.PRICE_COLLAR_BPS, 500),
                limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
            ),
            WHO,
        )
        self._limit_version = -1
        self.set_limit(100_000)
        self.path.quote("XALP", "ACME", (99_900, 5_000), (100_000, 5_000))
        self.path.run()
        self._orders = 0

    def auditor(self, name: str = "first") -> Auditor:
        clock = self.path.clock
        made = Auditor(
            self.path.log,
            self.store,
            audited_partitions(1),
            AuditSettings(name, 0.0, 1.5, trims=False),
            clock.now_ns,
            monotonic=lambda: clock.now_ns() / 1e9,
        )
        made.recover()
        return made

    def buy(self, qty: int) -> None:
        self._orders += 1
        terms = {
            "cl_ord_id": f"o{self._orders}", "account_id": "A1", "instrument_id": "ACME", "trading_date": 20250106, "side": Side.BUY,
            "price": 100_100, "order_qty": qty, "good_until_ns": NOW + 10**15,
        }  # fmt: skip
        self.path.command(replace(NEW, **terms))  # type: ignore[arg-type]

    def set_limit(self, value: int) -> None:
        change = limit(LimitKind.POSITION_QTY, value)
        now = self.path.clock.wall_ns
        self._limit_version = self.path.reference(ReferenceChange(change, self._limit_version, now, "a try", WHO))

    def notices(self) -> list[AlertNotice]:
        return [decode_intake(topics.ALERTS, record.value) for record in self.path.log.known(ALERTS).records]

    def journaled(self) -> list[tuple[tuple[int, int], Alert]]:
        """Alerts of the valid records of `oms.risk`, by place."""
        position, found = JOURNAL_START, []
        for record in self.path.log.known(RISK).records:
            value = decode_journal(record.value)
            claim = isinstance(value, Claim)
            epoch, run_seq = (-1, 0) if isinstance(value, Claim) else (value.epoch, value.run_seq)
            position, verdict = advance(position, record.offset, claim, epoch, run_seq)
            if verdict is Validity.VALID and not isinstance(value, Claim):
                for index, event in enumerate(value.events):
                    if isinstance(event, AlertRaised | AlertCleared):
                        found.append(((record.offset, index), event))
        return found
