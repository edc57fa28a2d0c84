"""Alerts from the fill to `oms.alerts`: risk, the audit and its store in one thread, through inserts that fail and auditors that come and go."""

import random
from dataclasses import replace

import pytest
from alerts_world import ALERTS, NOW, RISK, Firm

from oms.core.commands import Provenance
from oms.core.control import AlertAcknowledged
from oms.core.enums import AlertKind, LimitScope
from oms.core.money import Amount
from oms.core.monitors.alerts import Alert, AlertCleared, AlertRaised
from oms.gateway.alert_board import ACKNOWLEDGED_KEPT, CHANGES_KEPT, AlertBoard, desk_of
from oms.runtime.alert_forwarder import WAITING_MAX
from oms.runtime.clickhouse import ClickHouseUnavailable
from oms.runtime.log import LogUnavailable, TopicPartition
from oms.testing.sim_log import Fate
from oms.testing.simulation.audit import InsertFate, MemoryAuditStore
from oms.testing.simulation.faults import FaultCount
from oms.wire import topics
from oms.wire.codec import decode_journal
from oms.wire.envelope import AlertNotice, Claim

WITHIN_NS = 5_000_000_000
TURN_NS = 20_000_000


def store() -> MemoryAuditStore:
    return MemoryAuditStore(FaultCount())


def faulty(firm: Firm) -> MemoryAuditStore:
    assert isinstance(firm.store, MemoryAuditStore)
    return firm.store


def seen_once(notices: list[AlertNotice]) -> list[tuple[tuple[int, int], Alert]]:
    """What a reader makes of the topic that takes what follows the newest place."""
    found: list[tuple[tuple[int, int], Alert]] = []
    for notice in notices:
        if notice.follows(found[-1][0] if found else (-1, 0)):
            found.append((notice.place, notice.alert))
    return found


def test_an_alert_is_in_the_topic_well_within_five_seconds_of_its_fill() -> None:
    """By the clock that everything here goes by. The limit was lowered while the order rested: a venue's fill is not asked for."""
    firm = Firm(store(), ())
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
    firm = Firm(store())
    auditor = firm.auditor()
    auditor.step()
    firm.buy(60)
    firm.path.run(20)
    for value in (10, 100_000):
        firm.set_limit(value)
        firm.path.run(10)
    faulty(firm).fates.append(InsertFate.FAILS)
    with pytest.raises(ClickHouseUnavailable):
        while True:
            auditor.step()
    second = firm.auditor("second")
    second.step()
    assert len(firm.notices()) >= len(firm.journaled()) == 2
    assert seen_once(firm.notices()) == firm.journaled()
    assert second.prefixes()[RISK] == len(firm.path.log.known(RISK).records)


def beyond(firm: Firm) -> None:
    """60 are held, and then an alert is open."""
    firm.buy(60)
    firm.path.run(20)
    firm.set_limit(10)
    firm.path.run(10)


@pytest.mark.parametrize("fate", [Fate.LANDS_UNACKED, Fate.LOST])
def test_what_takes_no_alert_stops_no_audit(fate: Fate) -> None:
    """For an hour nothing of what is sent is acknowledged; then all is told, once and in order."""
    firm = Firm(store())
    auditor = firm.auditor()
    auditor.step()
    beyond(firm)
    for number in range(40):
        firm.path.log.plan(ALERTS, fate)
        firm.set_limit(100_000 if number % 2 else 10)
        firm.path.run(300)
        auditor.step()
        assert auditor.prefixes()[RISK] == firm.store.prefix(RISK).next_offset == len(firm.path.log.known(RISK).records)
    assert len(firm.journaled()) > 20
    firm.path.log.known(ALERTS).fates.clear()
    for _ in range(3):
        firm.path.run(100)
        auditor.step()
    assert seen_once(firm.notices()) == firm.journaled()


def test_what_was_written_and_not_told_is_read_back_after_a_crash() -> None:
    firm = Firm(store())
    auditor = firm.auditor()
    auditor.step()
    firm.path.log.plan(ALERTS, Fate.LOST)
    beyond(firm)
    auditor.step()
    assert firm.notices() == [] != firm.journaled() and firm.store.prefix(RISK).next_offset == auditor.prefixes()[RISK]
    again = firm.auditor("again")
    for _ in range(2):
        again.step()
    assert seen_once(firm.notices()) == firm.journaled()
    third = firm.auditor("third")
    told = len(firm.notices())
    third.step()
    assert len(firm.notices()) == told, "what the topic has is not told again"


def test_what_does_not_fit_into_memory_is_left_to_be_read_back() -> None:
    firm = Firm(store())
    auditor = firm.auditor()
    auditor.step()
    beyond(firm)
    auditor.step()
    forwarder, fresh = (
        auditor._alerts,
        AlertRaised("x", AlertKind.POSITION, LimitScope.FIRM, "", "", None, Amount(0), -1, NOW, ""),
    )
    journal = forwarder._journals[RISK]
    journal.waiting.extend(AlertNotice(*RISK, 10**9, n, NOW, fresh) for n in range(WAITING_MAX))
    forwarder.offer([AlertNotice(*RISK, 2 * 10**9, 0, NOW, fresh)])
    assert journal.behind and len(journal.waiting) == WAITING_MAX
    forwarder.offer([AlertNotice(*RISK, 2 * 10**9, 1, NOW, fresh)])
    assert len(journal.waiting) == WAITING_MAX


def test_what_a_lost_owner_wrote_is_no_alert() -> None:
    """A void record of risk is told to nobody: what it says was never so."""
    firm = Firm(store())
    auditor = firm.auditor()
    firm.buy(60)
    firm.path.run(20)
    firm.set_limit(10)
    firm.path.run(1)  # the limit is read, and said to be; what is written next is the alert
    firm.path.log.plan(RISK, Fate.LANDS_TWICE)
    firm.path.run(200)
    auditor.step()
    auditor.step()
    assert seen_once(firm.notices()) == firm.journaled() != []
    stored = [decode_journal(r.value) for r in firm.path.log.known(RISK).records]
    everything = [e for v in stored if not isinstance(v, Claim) for e in v.events if isinstance(e, AlertRaised)]
    assert len(everything) > len([a for _, a in firm.journaled() if isinstance(a, AlertRaised)])


@pytest.mark.parametrize("seed", range(8))
def test_whatever_fails_and_whoever_audits_the_board_shows_what_risk_has_open(seed: int) -> None:
    rng, firm = random.Random(seed), Firm(store())
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
            faulty(firm).fates.append(rng.choice(list(InsertFate)))
        firm.path.run(rng.randrange(1, 20))
        number = rng.randrange(2)
        try:
            auditors[number].step()
        except (ClickHouseUnavailable, LogUnavailable):
            auditors[number] = firm.auditor(f"{seed}-{rng.random()}")
    faulty(firm).fates.clear()
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
    firm = Firm(store())
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


def seen(alert_id: str, offset: int, who: str = "rita", topic: str = topics.RISK) -> AlertAcknowledged:
    return AlertAcknowledged(alert_id, topic, 0, offset, "hedged", NOW, Provenance(who, "", "test", "", ""))


def test_an_alert_that_a_person_has_seen_is_open_and_to_be_seen_anew_when_it_is_worse() -> None:
    board = AlertBoard()
    board.take(notice(5, raised("x")))
    at = board.next_change
    assert board.acknowledge(seen("x", 5)) and not board.acknowledge(seen("x", 5, "rolf")), "the first who has seen it"
    (change,) = board.since(at) or []
    said = board.open[topics.RISK, 0, "x"].acknowledged
    assert change.acknowledged == said and said is not None and said.provenance.entered_by == "rita"
    board.take(notice(9, raised("x", 5)))
    assert board.open[topics.RISK, 0, "x"].acknowledged is None
    assert not board.acknowledge(seen("x", 5)) and board.acknowledge(seen("x", 9, "rolf"))
    board.take(notice(11, AlertCleared("x", NOW)))
    board.take(notice(12, raised("x")))
    assert board.open[topics.RISK, 0, "x"].acknowledged is None, "another time"


def test_that_somebody_has_seen_an_alert_changes_nothing_that_is_decided() -> None:
    """No stage writes a record for it, and all go on."""
    firm = Firm(store())
    firm.path.run(20)
    journals = (topics.RISK, topics.ROUTING, topics.EXECUTION)
    before = [len(firm.path.log.known(TopicPartition(topic, 0)).records) for topic in journals]
    firm.path.control(seen("x", 5))
    firm.path.run(20)
    assert [len(firm.path.log.known(TopicPartition(topic, 0)).records) for topic in journals] == before
    beyond(firm)
    assert firm.journaled()


def test_it_is_the_same_whichever_topic_is_read_first() -> None:
    board = AlertBoard()
    assert board.acknowledge(seen("x", 5)) and board.acknowledge(seen("y", 3, topic=topics.EXECUTION))
    board.take(notice(5, raised("x")))
    board.take(notice(7, raised("y")))
    assert board.open[topics.RISK, 0, "x"].acknowledged == seen("x", 5)
    assert board.open[topics.RISK, 0, "y"].acknowledged is None, "of another journal"
    board.take(notice(8, AlertCleared("x", NOW)))
    assert board.acknowledge(seen("x", 5)) and board.take(notice(9, raised("x")))
    assert board.open[topics.RISK, 0, "x"].acknowledged is None, "what was seen was over by then"


def test_what_was_seen_and_is_not_open_is_bounded() -> None:
    board = AlertBoard()
    for n in range(ACKNOWLEDGED_KEPT + 5):
        board.acknowledge(seen(f"{n}", 1))
    assert len(board._acknowledged) == ACKNOWLEDGED_KEPT and (topics.RISK, 0, "4") not in board._acknowledged


def test_an_alert_of_an_account_goes_with_it_to_its_new_desk() -> None:
    board = AlertBoard()
    board.take(notice(5, raised("x", scope=LimitScope.ACCOUNT, scope_id="A1")))
    board.take(notice(6, raised("y", scope=LimitScope.ACCOUNT, scope_id="A2")))
    board.take(notice(7, raised("z", scope_id="A1")))
    at = board.next_change
    board.moved("A1", "alpha", "alpha")
    assert board.next_change == at
    board.moved("A1", "alpha", "beta")
    (change,) = board.since(at) or []
    assert (change.raised.alert_id, change.left, change.cleared) == ("x", "alpha", False)
    assert board.open[topics.RISK, 0, "x"].left is None
    board.take(notice(9, AlertCleared("x", NOW)))
    (cleared,) = board.since(at + 1) or []
    assert cleared.cleared and cleared.left is None


def test_what_comes_after_one_that_was_lost_is_taken_when_it_comes_again() -> None:
    board = AlertBoard()
    first, second, third = (
        replace(notice(n, raised(f"{n}")), after_offset=after, after_index=0) for n, after in ((5, -1), (7, 5), (9, 7))
    )
    assert board.take(first) and not board.take(third), "the one before it was lost"
    assert not board.take(first) and board.take(second) and board.take(third)
    assert len(board.open) == 3
