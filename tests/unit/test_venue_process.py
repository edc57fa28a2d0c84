"""The venue process over real sockets: sessions, market data, the tape's clock, `kill -9`. Run as a script it is the child."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from oms.core.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from oms.feeds.tape import ReplayTape, TapeEvent, TapeInstrument, TapeQuote, TapeTrade, TapeVenue
from oms.venues import messages as m
from oms.venues.evidence import read_evidence
from oms.venues.session_client import Disconnected, FeedClient, LineConnection, SessionTransport
from oms.venues.session_layer import DuplicateLogon
from oms.venues.tape_clock import TapeClock
from oms.venues.tape_player import TapePlayer
from oms.venues.venue_process import VenueProcess, VenueSettings, serve
from oms.venues.venue_terms import VenueTerms

T0 = 1_381_240_800_000_000_000  # 2013-10-08 14:00 UTC
S = 1_000_000_000
PATIENCE_S = 5.0


def tape(events: list[TapeEvent], length_s: int = 1000) -> ReplayTape:
    return ReplayTape(
        label="scripted",
        start_ns=T0,
        end_ns=T0 + length_s * S,
        listed_instruments=(TapeInstrument("ACME", "USD", 2, 0, 1, 1),),
        listed_venues=(TapeVenue("XALP", "Alpha", True), TapeVenue("XBET", "Beta", True)),
        stream=lambda _from_ns: iter(events),
    )


def standard_events() -> list[TapeEvent]:
    """Quotes at the start; from second 10 on a print of 100 at the bid each second."""
    return [
        TapeQuote(T0, "XALP", "ACME", 99, 500, 101, 300),
        TapeQuote(T0, "XBET", "ACME", 98, 700, 102, 900),
        *(TapeTrade(T0 + n * S, "XALP", "ACME", 99, 100, f"t{n}", False) for n in range(10, 30)),
    ]


class Peer:
    """Lines to messages, and waiting for them."""

    def __init__(self, connection: LineConnection) -> None:
        self.connection = connection
        self.inbox: list[m.Message] = []
        self.ended = False

    def pump(self) -> None:
        for item in self.connection.poll():
            if isinstance(item, Disconnected):
                self.ended = True
            else:
                self.inbox.append(m.decode(item))

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; got {self.inbox}"
            await asyncio.sleep(0.002)
            self.pump()

    async def next(self, kind: type[Any]) -> Any:
        """The next message of a kind; what came before it is dropped."""
        await self.until(lambda: any(isinstance(x, kind) for x in self.inbox))
        at = next(i for i, x in enumerate(self.inbox) if isinstance(x, kind))
        found = self.inbox[at]
        del self.inbox[: at + 1]
        return found

    async def end(self) -> None:
        await self.until(lambda: self.ended)


class Trader(Peer):
    """A session whose next outgoing number is `number`."""

    def __init__(self, port: int, number: int = 1, expected: int = 1, session: str = "E1") -> None:
        logon = m.Logon(number, session, expected, 5)
        super().__init__(SessionTransport.connect("127.0.0.1", port, m.encode(logon)))
        self.number = number + 1

    def send(self, message: m.SessionMessage) -> None:
        self.connection.send(m.encode(message, self.number))
        self.number += 1

    def buy(self, name: str, qty: int = 100, price: int = 99, tif: TimeInForce = TimeInForce.DAY) -> None:
        self.send(m.NewOrderSingle(1, name, "XALP", "ACME", Side.BUY, OrdType.LIMIT, tif, qty, price))


def feed(port: int, trades_from_ns: int = 0, venues: tuple[str, ...] = ("XALP", "XBET")) -> Peer:
    return Peer(FeedClient.connect("127.0.0.1", port, m.encode(m.FeedLogon(venues, trades_from_ns))))


def set_clock(peer: Peer, anchor: int, tape_s: float, speed_milli: int = 0) -> None:
    peer.connection.send(m.encode(m.Clock(anchor, time.time_ns(), T0 + int(tape_s * S), speed_milli)))


@asynccontextmanager
async def venue(directory: Path, events: list[TapeEvent] | None = None, **settings: Any) -> AsyncIterator[VenueProcess]:
    process = VenueProcess(
        tape(standard_events() if events is None else events), VenueSettings(0, directory, **settings)
    )
    await process.start()
    running = asyncio.create_task(process.run())
    try:
        yield process
    finally:
        process.stop()
        await running


@asynccontextmanager
async def venue_at(directory: Path, tape_s: float, **settings: Any) -> AsyncIterator[tuple[VenueProcess, Peer]]:
    """The tape stands at `tape_s` seconds, its quotes seen by a feed."""
    async with venue(directory, **settings) as process:
        watcher = feed(process.port)
        set_clock(watcher, 1, tape_s)
        await watcher.next(m.Quote)
        yield process, watcher


async def test_logon_order_fill_and_logout(tmp_path: Path):
    async with venue_at(tmp_path, 1) as (process, _):
        trader = Trader(process.port)
        assert await trader.next(m.Logon) == m.Logon(1, "E1", 2, 5)
        trader.buy("A", 400, 101, TimeInForce.IOC)
        reports = [await trader.next(m.ExecutionReport) for _ in range(3)]
        assert [r.exec_type for r in reports] == [ExecType.NEW, ExecType.TRADE, ExecType.CANCELED]
        assert [r.msg_seq_num for r in reports] == [2, 3, 4]
        assert (reports[1].last_px, reports[1].last_qty, reports[1].transact_time) == (101, 300, T0 + S)
        trader.send(m.Logout(1))
        await trader.end()
        assert isinstance(trader.inbox[-1], m.Logout)


async def test_what_was_sent_while_nobody_listened_is_resent(tmp_path: Path):
    async with venue_at(tmp_path, 1) as (process, watcher):
        trader = Trader(process.port)
        trader.buy("A", 100, 100)
        assert (await trader.next(m.ExecutionReport)).msg_seq_num == 2
        trader.connection.close()
        set_clock(watcher, 2, 12)
        await watcher.next(m.Trade)
        back = Trader(process.port, number=3, expected=3)
        confirmed = await back.next(m.Logon)
        assert (confirmed.msg_seq_num, confirmed.next_expected_msg_seq_num) == (4, 4)
        fill = await back.next(m.ExecutionReport)
        assert (fill.msg_seq_num, fill.poss_dup_flag, fill.exec_type) == (3, True, ExecType.TRADE)
        filled = await back.next(m.SequenceReset)
        assert (filled.msg_seq_num, filled.new_seq_no) == (4, 5)


async def test_numbers_that_did_not_arrive_are_gap_filled_before_anything_else(tmp_path: Path):
    async with venue_at(tmp_path, 1) as (process, _):
        trader = Trader(process.port)
        await trader.next(m.Logon)
        trader.connection.close()
        back = Trader(process.port, number=5, expected=2)
        assert (await back.next(m.Logon)).next_expected_msg_seq_num == 2
        back.buy("TOO-EARLY")
        back.connection.send(m.encode(m.SequenceReset(2, True, 7)))
        back.send(m.OrderStatusRequest(0, "TOO-EARLY"))
        status = await back.next(m.ExecutionReport)
        assert (status.order_id, status.ord_status) == ("NONE", OrdStatus.REJECTED)


async def test_a_number_below_the_expected_one_is_refused(tmp_path: Path):
    async with venue_at(tmp_path, 1) as (process, _):
        trader = Trader(process.port)
        await trader.next(m.Logon)
        stranger = Trader(process.port, number=1)
        refusal = await stranger.next(m.Logout)
        assert (refusal.msg_seq_num, refusal.next_expected_msg_seq_num) == (0, 2)
        await stranger.end()
        trader.number = 1
        trader.buy("A")
        assert "too low" in (await trader.next(m.Logout)).text
        await trader.end()


async def test_a_duplicate_order_is_refused_on_the_wire(tmp_path: Path):
    async with venue_at(tmp_path, 1) as (process, _):
        trader = Trader(process.port)
        trader.buy("A")
        trader.buy("A")
        assert (await trader.next(m.ExecutionReport)).exec_type is ExecType.NEW
        refused = await trader.next(m.ExecutionReport)
        assert (refused.exec_type, refused.ord_status) == (ExecType.REJECTED, OrdStatus.NEW)


async def test_a_second_logon_replaces_the_first_connection(tmp_path: Path):
    """Nothing more is read from the old one, though it was sent before the new logon was confirmed."""
    async with venue_at(tmp_path, 1, terms={"XALP": VenueTerms(latency_ns=S // 5)}) as (process, _):
        old = Trader(process.port)
        await old.next(m.Logon)
        old.buy("LOST")  # arrives, but has not had its effect when the new logon comes
        await asyncio.sleep(0.05)
        new = Trader(process.port, number=3, expected=2)
        confirmed = await new.next(m.Logon)
        assert confirmed.next_expected_msg_seq_num == 2  # the order's number did not arrive
        await old.end()
        new.connection.send(m.encode(m.SequenceReset(2, True, 4)))
        new.send(m.OrderStatusRequest(0, "LOST"))
        assert (await new.next(m.ExecutionReport)).order_id == "NONE"


async def test_or_the_second_logon_is_refused(tmp_path: Path):
    async with venue_at(tmp_path, 1, on_duplicate_logon=DuplicateLogon.REFUSE) as (process, _):
        first = Trader(process.port)
        await first.next(m.Logon)
        second = Trader(process.port, number=2)
        assert (await second.next(m.Logout)).text == "the session is connected"
        await second.end()
        first.buy("A")
        assert (await first.next(m.ExecutionReport)).exec_type is ExecType.NEW


async def test_latency_delays_the_effect_and_keeps_the_order(tmp_path: Path):
    async with venue_at(tmp_path, 1, terms={"XALP": VenueTerms(latency_ns=S // 20)}) as (process, _):
        trader = Trader(process.port)
        await trader.next(m.Logon)
        began = time.monotonic()
        trader.buy("A")
        trader.send(m.OrderStatusRequest(0, "A"))  # no order yet, so no latency of its own: it still comes second
        first, second = await trader.next(m.ExecutionReport), await trader.next(m.ExecutionReport)
        assert time.monotonic() - began >= 0.05
        assert (first.exec_type, second.exec_type, second.ord_status) == (
            ExecType.NEW,
            ExecType.ORDER_STATUS,
            OrdStatus.NEW,
        )


async def test_heartbeats_and_test_requests(tmp_path: Path):
    async with venue(tmp_path) as process:
        logon = m.Logon(1, "E1", 1, 1)
        trader = Peer(SessionTransport.connect("127.0.0.1", process.port, m.encode(logon)))
        await trader.next(m.Heartbeat)
        await trader.next(m.TestRequest)
        assert "two heartbeat intervals" in (await trader.next(m.Logout)).text
        await trader.end()


async def test_bad_lines(tmp_path: Path):
    async with venue(tmp_path) as process:
        trader = Trader(process.port)
        trader.connection.send(b'{"MsgType":"NewOrderSingle","MsgSeqNum":2,"Side":"LEFT"}')
        assert (await trader.next(m.Reject)).ref_seq_num == 2
        trader.connection.send(b"what?")
        await trader.end()
        nobody = Peer(LineConnection.connect("127.0.0.1", process.port, b"x" * 200_000))
        await nobody.end()
        wrong_feed = feed(process.port, venues=("XNON",))
        assert "XNON" in (await wrong_feed.next(m.FeedReject)).text
        await wrong_feed.end()


async def test_a_feed_gets_the_snapshot_then_changes_less_what_was_taken(tmp_path: Path):
    async with venue_at(tmp_path, 1) as (process, _):
        watcher = feed(process.port)
        quotes = [await watcher.next(m.Quote), await watcher.next(m.Quote)]
        assert [(q.venue, q.bid_size, q.offer_size) for q in quotes] == [("XALP", 500, 300), ("XBET", 700, 900)]
        Trader(process.port).buy("A", 120, 101)
        taken = await watcher.next(m.Quote)
        assert (taken.venue, taken.offer_px, taken.offer_size) == ("XALP", 101, 180)


async def test_the_tape_stands_without_an_anchor_runs_with_one_and_never_goes_back(tmp_path: Path):
    async with venue(tmp_path) as process:
        watcher = feed(process.port)
        status = await watcher.next(m.ClockStatus)
        assert (status.anchor, status.tape_ns) == (-1, T0 - 1)
        set_clock(watcher, 5, 0, speed_milli=100_000)
        trades = [await watcher.next(m.Trade) for _ in range(3)]
        assert [t.trade_id for t in trades] == ["t10", "t11", "t12"]
        set_clock(watcher, 4, 900)  # an older anchor
        set_clock(watcher, 6, 1)  # a newer one that wants it back: it waits
        await watcher.next(m.ClockStatus)
        status = await watcher.next(m.ClockStatus)
        assert status.anchor == 6
        assert T0 + 12 * S <= status.tape_ns < T0 + 800 * S
        set_clock(watcher, 7, 2000)
        while not status.tape_end:
            status = await watcher.next(m.ClockStatus)
        assert status.tape_ns == T0 + 1000 * S - 1


async def test_a_feed_that_comes_back_gets_every_print_it_missed(tmp_path: Path):
    async with venue_at(tmp_path, 15) as (process, first):
        set_clock(first, 2, 20)
        while (await first.next(m.Trade)).trade_id != "t20":
            pass
        late = feed(process.port, trades_from_ns=T0 + 14 * S)
        seen = [(await late.next(m.Trade)).trade_id for _ in range(7)]
        assert seen == [f"t{n}" for n in range(14, 21)]
        set_clock(first, 3, 22)
        assert [(await late.next(m.Trade)).trade_id for _ in range(2)] == ["t21", "t22"]


async def test_a_feed_that_does_not_read_gets_the_last_quotes_and_every_print(tmp_path: Path):
    count = 60_000
    events: list[TapeEvent] = []
    for n in range(1, count):
        events.append(TapeQuote(T0 + n * 1000, "XALP", "ACME", 99, n, 101, n))
        if n % 100 == 0:
            events.append(TapeTrade(T0 + n * 1000, "XALP", "ACME", 99, 1, f"t{n}", False))
    async with venue(tmp_path, events) as process:
        sleepy, driver = feed(process.port), feed(process.port, venues=("XBET",))
        await sleepy.next(m.ClockStatus)
        set_clock(driver, 1, 900)
        status = await driver.next(m.ClockStatus)
        while status.tape_ns < T0 + 900 * S:
            status = await driver.next(m.ClockStatus)
        await sleepy.until(lambda: bool(_quotes(sleepy)) and _quotes(sleepy)[-1].bid_size == count - 1)
        assert len(_quotes(sleepy)) < count - 1
        assert [t.trade_id for t in sleepy.inbox if isinstance(t, m.Trade)] == [f"t{n}" for n in range(100, count, 100)]


def _quotes(peer: Peer) -> list[m.Quote]:
    return [x for x in peer.inbox if isinstance(x, m.Quote)]


# The clock and the player alone


def test_the_clock_scales_wall_time_from_its_highest_anchor():
    clock = TapeClock()
    assert clock.wanted_ns(5) is None
    assert clock.accept(m.Clock(3, 1000, 50, 60_000))
    assert clock.wanted_ns(1010) == 50 + 600
    assert clock.wanted_ns(900) == 50
    assert not clock.accept(m.Clock(3, 0, 99, 0))
    assert clock.accept(m.Clock(4, 1000, 700, 0))
    assert clock.wanted_ns(10**9) == 700


def test_the_player_never_tears_a_moment_and_goes_on_behind_its_position():
    events: list[TapeEvent] = [TapeTrade(T0 + n // 7, "XALP", "ACME", 99, 1, str(n), False) for n in range(5_000)]
    played: list[str] = []
    position = T0 - 1
    for _ in range(4):
        player = TapePlayer(tape(events), position)
        deadline = time.monotonic() + PATIENCE_S
        while player.position_ns < position + 170 and time.monotonic() < deadline:
            played += [e.trade_id for e in player.play(position + 200, 50) if isinstance(e, TapeTrade)]
        position = player.position_ns
        player.close()
    assert played == [str(n) for n in range(len(played))]
    assert len(played) % 7 == 0 or len(played) == len(events)


# A real process


def child_main(directory: str) -> None:
    settings = VenueSettings(0, Path(directory))
    asyncio.run(serve(tape(standard_events()), settings, lambda port, _: print(port, flush=True)))


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], int]]]:
    children: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], int]:
        child = subprocess.Popen([sys.executable, __file__, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert child.stdout is not None
        return child, int(child.stdout.readline())

    yield start
    for child in children:
        child.kill()
        child.communicate()


async def test_kill_9_with_resting_orders_and_everything_is_there_again(tmp_path: Path, spawn: Any):
    child, port = spawn()
    watcher, trader = feed(port), Trader(port)
    set_clock(watcher, 1, 1)
    await watcher.next(m.Quote)
    trader.buy("TAKER", 120, 101)
    trader.buy("JOINER", 300, 99)  # 500 ahead
    for _ in range(3):
        last = await trader.next(m.ExecutionReport)
    set_clock(watcher, 2, 12)  # prints of 300 at 99: 200 are still ahead
    while (await watcher.next(m.Trade)).trade_id != "t12":
        pass
    child.send_signal(signal.SIGKILL)
    child.wait()
    await trader.end()

    child, port = spawn()
    back = Trader(port, number=trader.number, expected=last.msg_seq_num + 1)
    confirmed = await back.next(m.Logon)
    assert (confirmed.msg_seq_num, confirmed.next_expected_msg_seq_num) == (5, back.number)
    back.send(m.OrderMassStatusRequest(0, "m1"))
    status = await back.next(m.ExecutionReport)
    assert (status.cl_ord_id, status.leaves_qty, status.last_rpt_requested) == ("JOINER", 300, True)
    back.buy("TAKER")
    refused = await back.next(m.ExecutionReport)
    assert (refused.exec_type, refused.ord_status, refused.cum_qty) == (ExecType.REJECTED, OrdStatus.FILLED, 120)
    watcher = feed(port)
    quote = await watcher.next(m.Quote)
    while quote.venue != "XALP":
        quote = await watcher.next(m.Quote)
    assert quote.offer_size == 180  # what was taken stays taken
    set_clock(watcher, 3, 16)  # 400 more: 200 ahead, then 200 of ours
    fills = [await back.next(m.ExecutionReport) for _ in range(2)]
    assert [(f.cl_ord_id, f.last_qty, f.transact_time) for f in fills] == [
        ("JOINER", 100, T0 + 15 * S),
        ("JOINER", 100, T0 + 16 * S),
    ]
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    assert child.wait(5) == 0
    assert time.monotonic() - began < 2
    facts = read_evidence(tmp_path)
    assert facts.by_cl_ord_id["E1", "JOINER"].cum == 200
    assert facts.by_cl_ord_id["E1", "TAKER"].status == "FILLED"


async def test_kill_9_under_fire_every_report_seen_is_in_the_log_and_numbers_go_on(tmp_path: Path, spawn: Any):
    number = 1
    seen: dict[str, m.ExecutionReport] = {}
    for round_number in range(3):
        child, port = spawn()
        trader = Trader(port, number=number, expected=1)
        confirmed = await trader.next(m.Logon)
        if confirmed.next_expected_msg_seq_num <= number:
            trader.connection.send(m.encode(m.SequenceReset(confirmed.next_expected_msg_seq_num, True, number + 1)))
        for n in range(300):
            trader.buy(f"R{round_number}-{n}", 10, 90)
        await trader.until(lambda peer=trader: len(peer.inbox) > 50)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        await trader.end()
        number = trader.number
        for message in trader.inbox:
            if isinstance(message, m.ExecutionReport):
                same = seen.setdefault(message.cl_ord_id, message)
                assert same.msg_seq_num == message.msg_seq_num  # also when it came again after a restart
    facts = read_evidence(tmp_path)
    assert seen
    assert all(facts.by_cl_ord_id["E1", name].status == "NEW" for name in seen)


if __name__ == "__main__":
    child_main(sys.argv[1])
