"""The doubles of the simulation fail as they say they do, and count it where it happens."""

import pytest

from oms.core.enums import IntentKind, OrdStatus, SessionMessage
from oms.core.execution_events import Intent, SessionMessagePlanned
from oms.core.stage import SendEffect
from oms.core.venue_messages import LoggedOut, ReportReceived, VenueMessage
from oms.runtime.clickhouse import ClickHouseUnavailable
from oms.runtime.log import Ack, Failed, Record, TopicPartition
from oms.testing.execution_bench import SESSION_ID, VENUE_ID, child_new
from oms.testing.sim_log import Fate
from oms.testing.simulation.audit import InsertFate, MemoryAuditStore
from oms.testing.simulation.faults import Fault, FaultCount, Killed
from oms.testing.simulation.process_log import ProcessLog, Strike, WatchedLog, Weather
from oms.testing.simulation.venue import FaultyVenue, ReplyFate
from oms.wire import topics
from oms.wire.audit_rows import Prefix
from oms.wire.codec import encode_claim
from oms.wire.envelope import Claim

JOURNAL = TopicPartition(topics.RISK, 0)
CONTROL = TopicPartition(topics.CONTROL, 0)
NAME = "0:alpha/20250106/a1.1"


class World:
    """A log with weather, and a process of its own."""

    def __init__(self) -> None:
        self.moment = 0
        self.faults = FaultCount()
        self.weather = Weather(self.faults)
        self.log = WatchedLog({topics.RISK: 1, topics.CONTROL: 1}, 0, self._landed)
        self.process = ProcessLog(self.log, self.weather, JOURNAL)

    def _landed(self, record: Record) -> int:
        self.moment += 1
        return self.moment


def test_a_process_is_killed_before_an_append_or_before_its_ack() -> None:
    world = World()
    appender = world.process.appender(JOURNAL)
    world.process.doom.strike, world.process.doom.passes = Strike.BEFORE_APPEND, 1
    appender.append(None, b"one")
    with pytest.raises(Killed):
        appender.append(None, b"two")
    world.process.doom.strike = Strike.BEFORE_ACK
    with pytest.raises(Killed):
        appender.append(None, b"three")
    assert [record.value for record in world.log.kept[JOURNAL]] == [b"one", b"three"]
    assert world.log.moments[JOURNAL] == [1, 2]
    assert world.faults.by_name() == {"crash-before-append": 1, "crash-between-append-and-ack": 1}


def test_a_process_is_killed_with_the_ack_in_hand() -> None:
    world = World()
    appender = world.process.appender(JOURNAL)
    appender.append(None, b"one")
    world.process.doom.strike = Strike.BEFORE_EFFECT
    with pytest.raises(Killed):
        appender.poll(0.0)
    assert world.faults.counts[Fault.CRASH_BEFORE_EFFECT] == 1


def test_a_strike_in_recovery_hits_nobody_else() -> None:
    world = World()
    world.process.doom.strike = Strike.IN_RECOVERY
    world.process.ends([JOURNAL])
    world.process.recovering = lambda: True
    with pytest.raises(Killed):
        world.process.ends([JOURNAL])


def test_fates_are_counted_when_an_append_meets_them() -> None:
    world = World()
    world.weather.fates[JOURNAL].extend([Fate.LOST, Fate.LANDS, Fate.LANDS_TWICE])
    assert not world.faults.by_name()
    appender = world.process.appender(JOURNAL)
    for value in (b"one", b"two", b"three"):
        appender.append(None, value)
    outcomes = appender.poll(0.0)
    assert [type(outcome) for outcome in outcomes] == [Failed, Ack, Failed]
    assert [record.value for record in world.log.kept[JOURNAL]] == [b"two", b"three", b"three"]
    assert world.faults.by_name() == {"append-lost": 1, "middle-record-lost": 1, "failed-append-lands-twice": 1}


def test_nothing_new_is_seen_of_a_topic_that_stands_still() -> None:
    world = World()
    world.log.appender(CONTROL).append(None, b"news")
    world.weather.stalled[topics.CONTROL] = 5
    reader = world.process.reader({CONTROL: 0})
    assert reader.poll(0.0) == []
    world.weather.turn = 5
    assert [record.value for record in reader.poll(0.0)] == [b"news"]


def test_an_insert_may_fail_before_or_after_it_landed_and_a_token_counts_once() -> None:
    store = MemoryAuditStore(FaultCount())
    record = Record(*JOURNAL, 0, 5, None, encode_claim(Claim("someone", 1)))
    rows = Prefix(*JOURNAL).rows_of([record]).records
    store.fates.extend([InsertFate.FAILS, InsertFate.LANDS])
    for written in (0, 1):
        with pytest.raises(ClickHouseUnavailable):
            store.insert("records", rows, "token")
        assert len(store.tables["records"]) == written
    store.insert("records", rows, "token")
    assert len(store.tables["records"]) == 1
    prefix = store.prefix(JOURNAL)
    assert (prefix.next_offset, prefix.chain, prefix.run.epoch) == (1, rows[0].chain, 0)
    assert store.faults.by_name() == {"insert-fails-before": 1, "insert-fails-after-landing": 1}


# --- the venue


def logon(number: int) -> SendEffect:
    return SendEffect(SessionMessagePlanned(SESSION_ID, VENUE_ID, SessionMessage.LOGON, number, 1, 0, 0, "", 0), None)


def new(number: int) -> SendEffect:
    child = child_new(1)
    intent = Intent(child.order_id, child.child_id, IntentKind.NEW, SESSION_ID, number, NAME, "", 0, 100, 1000, 0)
    return SendEffect(intent, child)


def venue() -> FaultyVenue:
    made = FaultyVenue(SESSION_ID, venue_id=VENUE_ID, owner=lambda: "one")
    connection = made.open()
    made.send(connection, "one", logon(1))
    made.read()
    made.outbound.clear()
    return made


def reports(of: FaultyVenue) -> list[int]:
    """Numbers of the reports that arrive."""
    heard = []
    while (message := of.deliver()) is not None:
        if isinstance(message, VenueMessage) and isinstance(message.body, ReportReceived):
            heard.append(message.msg_seq_num)
    return heard


@pytest.mark.parametrize(
    ("fate", "numbers"),
    [(ReplyFate.LOST, [3]), (ReplyFate.TWICE, [2, 2, 3]), (ReplyFate.NEVER, [2])],
)
def test_replies_are_lost_doubled_or_never_made(fate: ReplyFate, numbers: list[int]) -> None:
    of = venue()
    of.reply_fates.append(fate)
    of.send(of.connection, "one", new(2))
    of.read()
    of.fill(NAME, 10)
    assert reports(of) == numbers
    assert [fill.qty for fill in of.account().fills()] == [10]


def test_an_execution_is_always_numbered() -> None:
    of = venue()
    of.send(of.connection, "one", new(2))
    of.read()
    of.reply_fates.append(ReplyFate.NEVER)
    of.fill(NAME, 10)
    assert reports(of) == [2], "the report of the fill is lost, and will be asked for by its number"
    assert of.next_out == 4


def test_two_replies_change_places() -> None:
    of = venue()
    of.send(of.connection, "one", new(2))
    of.read()
    of.reply_fates.append(ReplyFate.SWAPPED)
    of.fill(NAME, 10)
    assert reports(of) == [3, 2]


def test_bytes_of_a_dead_owner_are_read_until_the_next_logon() -> None:
    of = venue()
    of.send(of.connection, "one", new(2))
    of.writer_died()
    connection = of.open()
    of.send(connection, "two", logon(3))
    of.read_old(1)
    assert NAME in of.orders, "read over the old connection"
    assert of.faults.counts[Fault.IN_FLIGHT] == 1
    of.read()
    heard = [message.body for message in of.outbound if isinstance(message, VenueMessage)]
    assert [type(body).__name__ for body in heard] == ["LogonConfirmed", "GapFilled", "ReportReceived"]
    assert [(read.kind, read.connection, read.carried_out) for read in of.account().read()] == [
        ("LOGON", 1, True),
        ("NEW", 1, True),
        ("LOGON", 2, True),
    ]


def test_bytes_of_a_dead_owner_are_gone_after_the_next_logon() -> None:
    of = venue()
    of.send(of.connection, "one", new(2))
    of.send(of.open(), "two", logon(3))
    of.read()
    of.read_old(1)
    assert NAME not in of.orders


def test_logons_are_refused_and_a_venue_that_is_away_cannot_be_reached() -> None:
    of = venue()
    of.logons_refused = 1
    of.send(of.open(), "two", logon(2))
    of.read()
    assert isinstance(of.outbound[0], VenueMessage) and isinstance(of.outbound[0].body, LoggedOut)
    of.restart()
    assert of.open() == -1
    of.away = False
    assert of.open() > 0


def test_what_a_venue_forgot_is_said_to_be_forgotten() -> None:
    of = venue()
    of.send(of.connection, "one", new(2))
    of.read()
    of.forget(NAME)
    (order,) = of.account().orders()
    assert (order.forgotten, order.open, order.status) == (True, False, OrdStatus.NEW.name)
    assert [said.what for said in of.account().said()] == ["FORGOT"]


def test_a_replaced_owners_bytes_are_counted() -> None:
    of = venue()
    of.send(of.connection, "a zombie", new(2))
    of.read()
    assert of.faults.counts[Fault.ZOMBIE_BYTES] == 1
