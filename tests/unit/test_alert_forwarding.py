"""Alerts from the fill to `oms.alerts`: risk, the audit and its store in one thread, through inserts that fail and auditors that come and go."""

import random
from dataclasses import replace

import pytest
from risk_world import NEW

from oms.core.commands import Provenance
from oms.core.enums import AlertKind, LimitKind, LimitScope, Side
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.monitors.alerts import Alert, AlertCleared, AlertRaised
from oms.core.reference import Account, Calendar, Desk, Instrument, Limit, ReferenceChange, Venue, VenueSession
from oms.core.run_rule import JOURNAL_START, Validity, advance
from oms.gateway.alert_board import CHANGES_KEPT, AlertBoard, desk_of
from oms.runtime.auditor import Auditor, AuditSettings, audited_partitions
from oms.runtime.clickhouse import ClickHouseUnavailable
from oms.runtime.log import LogUnavailable, TopicPartition
from oms.testing.pipeline import Pipeline
from oms.testing.sim_log import Fate
from oms.testing.sim_venue import Script, SimVenue
from oms.testing.simulation.audit import InsertFate, MemoryAuditStore
from oms.testing.simulation.faults import FaultCount
from oms.wire import topics
from oms.wire.codec import decode_intake, decode_journal
from oms.wire.envelope import AlertNotice, Claim

WHO = Provenance("ann", "", "test", "ann", "")
NOW = 1_736_175_600_000_000_000
ALERTS, RISK = TopicPartition(topics.ALERTS, 0), TopicPartition(topics.RISK, 0)
WITHIN_NS = 5_000_000_000
TURN_NS = 20_000_000


def limit(kind: LimitKind, value: int, instrument: str = "ACME", currency: str = "USD") -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", instrument, currency, Amount(value))


class Firm:
    """A partition of the order path, and auditors beside it. The position limit is set as the tests like."""

    def __init__(self, fills: tuple[int, ...] = (10**9,)) -> None:
        self.path = Pipeline([SimVenue("XALP-P0", Script(True, fills))], NOW)
        self.store = MemoryAuditStore(FaultCount())
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


def seen_once(notices: list[AlertNotice]) -> list[tuple[tuple[int, int], Alert]]:
    """What a reader makes of the topic that skips what is not behind the newest place."""
    found: list[tuple[tuple[int, int], Alert]] = []
    for notice in notices:
        if not found or notice.place > found[-1][0]:
            found.append((notice.place, notice.alert))
    return found


def test_an_alert_is_in_the_topic_well_within_five_seconds_of_its_fill() -> None:
    """By the clock that everything here goes by. The limit was lowered while the order rested: a venue's fill is not asked for."""
    firm = Firm(fills=())
    auditor = firm.auditor()
    firm.buy(60)
    firm.path.run(20)
    firm.set_limit(10)
    firm.path.run(20)
    auditor.step()
    assert firm.notices() == []
    (venue,) = firm.path.venues.values()
    (cl_ord_id,) = venue.orders
    venue.fill(cl_ord_id, 60)
    filled_ns = firm.path.clock.wall_ns
    while not firm.notices():
        assert firm.path.clock.wall_ns - filled_ns < WITHIN_NS, "no alert"
        firm.path.run(1)
        auditor.step()
    (notice,) = firm.notices()
    assert isinstance(notice.alert, AlertRaised) and (notice.alert.kind, notice.alert.value) == (AlertKind.POSITION, 60)
    assert (notice.topic, notice.partition) == RISK
    assert filled_ns <= notice.wall_ns <= firm.path.clock.wall_ns <= filled_ns + 10 * TURN_NS


def test_a_batch_that_was_not_written_is_told_again_and_a_reader_sees_each_alert_once() -> None:
    firm = Firm()
    auditor = firm.auditor()
    auditor.step()
    firm.buy(60)
    firm.path.run(20)
    for value in (10, 100_000):
        firm.set_limit(value)
        firm.path.run(10)
    firm.store.fates.append(InsertFate.FAILS)
    with pytest.raises(ClickHouseUnavailable):
        while True:
            auditor.step()
    second = firm.auditor("second")
    second.step()
    assert len(firm.notices()) >= len(firm.journaled()) == 2
    assert seen_once(firm.notices()) == firm.journaled()
    assert second.prefixes()[RISK] == len(firm.path.log.known(RISK).records)


def test_nothing_is_written_before_its_alerts_are_known_to_be_told() -> None:
    firm = Firm()
    auditor = firm.auditor()
    firm.buy(60)
    firm.path.run(20)
    auditor.step()
    firm.set_limit(10)
    firm.path.run(10)
    before = auditor.prefixes()[RISK]
    firm.path.log.plan(ALERTS, Fate.LANDS_UNACKED)
    with pytest.raises(LogUnavailable):
        auditor.step()
    assert auditor.prefixes()[RISK] == before or firm.store.prefix(RISK).next_offset == before
    again = firm.auditor("again")
    again.step()
    assert seen_once(firm.notices()) == firm.journaled() != []


def test_what_a_lost_owner_wrote_is_no_alert() -> None:
    """A void record of risk is told to nobody: what it says was never so."""
    firm = Firm()
    auditor = firm.auditor()
    firm.buy(60)
    firm.path.run(20)
    firm.path.log.plan(RISK, Fate.LANDS_TWICE)
    firm.set_limit(10)
    firm.path.run(200)
    auditor.step()
    auditor.step()
    assert seen_once(firm.notices()) == firm.journaled() != []
    stored = [decode_journal(r.value) for r in firm.path.log.known(RISK).records]
    everything = [e for v in stored if not isinstance(v, Claim) for e in v.events if isinstance(e, AlertRaised)]
    assert len(everything) > len([a for _, a in firm.journaled() if isinstance(a, AlertRaised)])


@pytest.mark.parametrize("seed", range(8))
def test_whatever_fails_and_whoever_audits_the_board_shows_what_risk_has_open(seed: int) -> None:
    rng, firm = random.Random(seed), Firm()
    auditors = [firm.auditor("a"), firm.auditor("b")]
    for _ in range(25):
        roll = rng.random()
        if roll < 0.3:
            firm.buy(rng.randrange(10, 100))
        elif roll < 0.6:
            firm.set_limit(rng.choice((5, 50, 200, 1_000, 100_000)))
        elif roll < 0.7:
            firm.path.crash(topics.RISK)
        elif roll < 0.85:
            firm.store.fates.append(rng.choice(list(InsertFate)))
        firm.path.run(rng.randrange(1, 20))
        number = rng.randrange(2)
        try:
            auditors[number].step()
        except (ClickHouseUnavailable, LogUnavailable):
            auditors[number] = firm.auditor(f"{seed}-{rng.random()}")
    firm.store.fates.clear()
    firm.path.run(200)
    last = firm.auditor("last")
    for _ in range(3):
        last.step()
    assert seen_once(firm.notices()) == firm.journaled()
    board = AlertBoard()
    for notice in firm.notices():
        board.take(notice)
    state = firm.path.loops[topics.RISK].state
    assert {key[2]: shown.raised for key, shown in board.open.items()} == state.alerts.open


# -- the board ------------------------------------------------------------------------------------------------------------------


def raised(alert_id: str, value: int = 2, scope: LimitScope = LimitScope.DESK, scope_id: str = "alpha") -> AlertRaised:
    return AlertRaised(alert_id, AlertKind.POSITION, scope, scope_id, "ACME", Amount(value), Amount(1), 7, NOW, "t")


def notice(offset: int, alert: Alert, topic: str = topics.RISK, index: int = 0, partition: int = 0) -> AlertNotice:
    return AlertNotice(topic, partition, offset, index, NOW + offset, alert)


def test_the_board_takes_each_place_once_and_keeps_journals_apart() -> None:
    board = AlertBoard()
    assert board.take(notice(5, raised("x"))) and not board.take(notice(5, raised("x"), index=0))
    assert board.take(notice(5, raised("y"), index=1)) and not board.take(notice(4, AlertCleared("x", NOW)))
    assert board.take(notice(5, raised("x"), topics.EXECUTION)) and board.take(notice(5, raised("x"), partition=1))
    assert len(board.open) == 4
    assert board.take(notice(9, raised("x", 5))) and not board.take(notice(10, AlertCleared("nobody's", NOW)))
    shown = board.open[topics.RISK, 0, "x"]
    assert (shown.raised_ns, shown.wall_ns, shown.raised.value) == (NOW + 5, NOW + 9, 5)
    assert board.take(notice(11, AlertCleared("x", NOW)))
    assert (topics.RISK, 0, "x") not in board.open and (topics.RISK, 1, "x") in board.open


def test_whoever_is_not_too_far_behind_is_told_the_changes() -> None:
    board = AlertBoard()
    for n in range(CHANGES_KEPT):
        board.take(notice(n, raised(f"{n % 3}", n)))
    assert board.since(board.next_change) == []
    changes = board.since(0)
    assert changes is not None and [c.offset for c in changes] == list(range(CHANGES_KEPT))
    board.take(notice(CHANGES_KEPT, AlertCleared("1", NOW)))
    assert board.since(0) is None
    (change,) = board.since(CHANGES_KEPT) or []
    assert change.cleared and change.raised.alert_id == "1"


def test_an_alert_is_of_the_desk_whose_figure_it_is() -> None:
    firm = Firm()
    reference = firm.path.loops[topics.RISK].state.reference
    cases = {
        (LimitScope.DESK, "beta"): "beta",
        (LimitScope.ACCOUNT, "A1"): "alpha",
        (LimitScope.ACCOUNT, "unknown"): "",
        (LimitScope.FIRM, ""): "",
        (LimitScope.CLIENT, "C1"): "",
    }
    for (scope, scope_id), desk_id in cases.items():
        assert desk_of(raised("x", 1, scope, scope_id), reference) == desk_id
