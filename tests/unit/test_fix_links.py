"""INV-373 to INV-376: FIX connections over loopback. Frames whole and in order however they are split, causes told apart, bounded memory
with a peer that does not read or that floods, nobody blocked by another."""

import asyncio
import contextlib
import functools
import logging
import os
import random
import socket
import struct
import threading
import time
import tracemalloc

import pytest

from oms.fix.framing import Garbled
from oms.runtime.fix_inputs import Address, Cause, Closed, FramesArrived, LinkInput, LinkLimits, Opened
from oms.runtime.fix_links import FixLinks, LinksError
from oms.runtime.fix_transport import READ_BYTES, REFUSALS_LOGGED_MAX, FixTransport
from tests.fix_links_world import HERE, WAIT_S, Owner, frame, owner, peer, read_to_end, server

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else [1, 2, 3]
ANY = Address(HERE, 0)
SMALL = LinkLimits(
    frame_bytes_max=4_096,
    unprocessed_frames_max=50,
    unprocessed_bytes_max=64 * 1024,
    unread_bytes_max=256 * 1024,
    linger_s=0.3,
)


def reset(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_many_connections_with_split_bytes(seed: int) -> None:
    """60 peers, 40 messages each, cut anywhere and mixed: each link has its own, whole, in order; the answers come back the same way."""
    rng = random.Random(seed)
    with owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY)
        links = [initiator.links.connect((Address(HERE, port),)) for _ in range(60)]
        assert {o.link for o in initiator.opened(60)} == set(links)
        want = {link: [frame(n, b"%d of %d" % (n, link)) for n in range(1, 41)] for link in links}
        streams = {link: b"".join(frames) for link, frames in want.items()}
        while streams:
            link = rng.choice(list(streams))
            cut = rng.choice((1, 3, 50, 400))
            initiator.links.write(link, streams[link][:cut])
            streams[link] = streams[link][cut:]
            if not streams[link]:
                del streams[link]
        acceptor.until(lambda: sum(len(t.frames) for t in acceptor.told if isinstance(t, FramesArrived)) >= 60 * 40)
        came = [acceptor.frames(o.link) for o in acceptor.opened(60)]
        assert sorted(came, key=lambda f: str(f[0])) == sorted(want.values(), key=lambda f: str(f[0]))
        for opened in acceptor.opened(60):
            for one in acceptor.frames(opened.link):
                assert isinstance(one, bytes)
                acceptor.links.write(opened.link, one)
        for link in links:
            assert initiator.has(link, 40) == want[link]


def test_opened_says_who_it_is_and_where_it_came_to() -> None:
    with owner() as acceptor:
        port, other = acceptor.links.listen(ANY), acceptor.links.listen(ANY)
        with peer(other) as end:
            (opened,) = acceptor.opened()
            assert (opened.peer, opened.port, opened.certificate) == (Address(*end.getsockname()), other, None)
            assert port != other


def test_garbled_pieces_are_told_among_the_frames() -> None:
    with owner() as acceptor, peer(acceptor.links.listen(ANY)) as end:
        end.sendall(frame(1) + b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01" + frame(2))
        first, bad, last = acceptor.has(acceptor.opened()[0].link, 3)
        assert (first, last) == (frame(1), frame(2)) and isinstance(bad, Garbled)


# Causes


def test_the_peer_closes_after_a_message_or_within_one() -> None:
    with owner() as acceptor:
        port = acceptor.links.listen(ANY)
        cut = frame(1) + frame(2)[:9]
        for count, (data, text) in enumerate(((frame(1), "the connection"), (cut, "9 bytes into a message")), 1):
            with peer(port) as end:
                end.sendall(data)
            link = acceptor.opened(count)[-1].link
            assert acceptor.ended(link, Cause.PEER_CLOSED).endswith(text)
            assert acceptor.frames(link) == [frame(1)]


def test_a_reset_is_not_a_close() -> None:
    with owner() as acceptor, peer(acceptor.links.listen(ANY)) as end:
        (opened,) = acceptor.opened()
        reset(end)
        acceptor.ended(opened.link, Cause.RESET)


def test_a_connection_without_a_whole_first_frame_is_cut() -> None:
    with owner(LinkLimits(logon_s=0.3)) as acceptor:
        port = acceptor.links.listen(ANY)
        with peer(port) as silent, peer(port) as slow, peer(port) as good, peer(port) as garbler:
            good.sendall(frame(1))
            slow.sendall(frame(1)[:-1])
            garbler.sendall(b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01")
            by_port = {o.peer.port: o.link for o in acceptor.opened(4)}
            for end in (silent, slow, garbler):
                assert "within 0.3 s" in acceptor.ended(by_port[end.getsockname()[1]], Cause.NO_LOGON)
                assert read_to_end(end) == b""
            good.sendall(frame(2))
            assert acceptor.has(by_port[good.getsockname()[1]], 2) == [frame(1), frame(2)]


def test_nobody_answers() -> None:
    """A refused connection, and one that hangs: a full backlog takes no more. The next address has its turn."""
    with socket.socket() as unused, socket.create_server((HERE, 0), backlog=0) as full, owner() as initiator:
        unused.bind((HERE, 0))
        refused, hangs = Address(HERE, unused.getsockname()[1]), Address(HERE, full.getsockname()[1])
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex((HERE, hangs.port))
        link = initiator.links.connect((refused, hangs), timeout_s=0.3)
        text = initiator.ended(link, Cause.UNREACHABLE)
        assert text == f"{refused}: Connection refused; {hangs}: no connection within 0.3 s"
        with server() as (_, good):
            link = initiator.links.connect((refused, hangs, good), timeout_s=0.3)
            initiator.until(lambda: isinstance(initiator.told[-1], Opened))
            assert initiator.told[-1] == Opened(link, good, None, 0)
        for filler in fillers:
            filler.close()


def test_a_name_that_nobody_has() -> None:
    with owner() as initiator:
        link = initiator.links.connect((Address("no-such-host.invalid", 1),), timeout_s=5)
        assert "no-such-host.invalid:1: " in initiator.ended(link, Cause.UNREACHABLE)


def test_a_flood_of_garbage_is_cut_and_a_garbled_message_is_not() -> None:
    bad = b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01"
    with owner(LinkLimits(garbled_in_a_row_max=20)) as acceptor:
        port = acceptor.links.listen(ANY)
        with peer(port) as noisy, peer(port) as flood:
            by_port = {o.peer.port: o.link for o in acceptor.opened(2)}
            noisy.sendall((bad * 20 + frame(1)) * 3)
            assert len(acceptor.has(by_port[noisy.getsockname()[1]], 63)) == 63
            flood.sendall(bad * 30)
            assert "garbled messages in a row" in acceptor.ended(by_port[flood.getsockname()[1]], Cause.GARBAGE)
            noisy.sendall(frame(2))
            assert acceptor.has(by_port[noisy.getsockname()[1]], 64)[-1] == frame(2)


def test_random_bytes_without_end_are_cut() -> None:
    rng = random.Random(5)
    limits = LinkLimits(frame_bytes_max=4_096, garbled_in_a_row_max=10**6, garbled_bytes_max=256 * 1024)
    with owner(limits) as acceptor, peer(acceptor.links.listen(ANY)) as end:
        (opened,) = acceptor.opened()
        sent = 0
        with pytest.raises(OSError):
            while sent < 64 * 1024 * 1024:
                end.sendall(rng.randbytes(4_096))
                sent += 4_096
                acceptor.look()
        assert "bytes), the last: " in acceptor.ended(opened.link, Cause.GARBAGE)
        told = sum(t.size for t in acceptor.told if isinstance(t, FramesArrived))
        assert told <= limits.garbled_bytes_max + READ_BYTES + limits.frame_bytes_max


def test_more_connections_than_allowed_are_refused(caplog: pytest.LogCaptureFixture) -> None:
    with owner() as acceptor:
        port = acceptor.links.listen(ANY, connections_max=2)
        with peer(port) as first, peer(port) as second:
            acceptor.opened(2)
            with caplog.at_level(logging.WARNING), peer(port) as third:
                assert read_to_end(third) == b""
                acceptor.until(lambda: acceptor.links.refused() == {Cause.TOO_MANY: 1})
            assert f"FIX too many connections: connection from {HERE}:" in caplog.text
            first.close()
            acceptor.until(lambda: isinstance(acceptor.told[-1], Closed))
            with peer(port) as fourth:
                fourth.sendall(frame(4))
                assert acceptor.has(acceptor.opened(3)[-1].link, 1) == [frame(4)]
            second.close()


def test_whoever_knocks_without_end_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with owner() as acceptor, caplog.at_level(logging.WARNING):
        port = acceptor.links.listen(ANY, connections_max=0)
        for _ in range(REFUSALS_LOGGED_MAX + 40):
            with peer(port) as end:
                assert read_to_end(end) == b""
        acceptor.until(lambda: acceptor.links.refused() == {Cause.TOO_MANY: REFUSALS_LOGGED_MAX + 40})
        assert len(caplog.records) == REFUSALS_LOGGED_MAX


async def test_an_owner_that_is_behind_gets_no_new_connection() -> None:
    told: list[LinkInput] = []
    behind: list[bool] = []
    transport = FixTransport(told.append, may_accept=lambda: not behind)
    port = await transport.listen(ANY)

    def knock() -> None:
        with peer(port) as end, contextlib.suppress(OSError):  # a refusal is a reset
            end.sendall(frame(1))
            end.shutdown(socket.SHUT_WR)
            assert read_to_end(end) == b""

    async def opened(count: int) -> None:
        await asyncio.to_thread(knock)
        while sum(isinstance(t, Closed) for t in told) + transport.refused[Cause.TOO_MANY] < count:
            await asyncio.sleep(0.005)

    await opened(1)
    behind.append(True)
    await opened(2)
    behind.clear()
    await opened(3)
    assert sum(isinstance(t, Opened) for t in told) == 2
    assert transport.refused == {Cause.TOO_MANY: 1}
    await transport.stop()


# Closing


def test_close_after_flush_brings_every_byte_though_the_peer_keeps_sending() -> None:
    """A close with unread input would send a reset, which throws away what the peer has not read: the Logout."""
    with owner() as acceptor, peer(acceptor.links.listen(ANY)) as end:
        (opened,) = acceptor.opened()
        end.sendall(b"".join(frame(n) for n in range(200)))
        sent = b"".join(frame(n, b"x" * 1_000) for n in range(500))
        acceptor.links.write(opened.link, sent)
        acceptor.links.close(opened.link)
        end.sendall(b"".join(frame(n) for n in range(200)))
        assert read_to_end(end) == sent
        end.close()
        acceptor.ended(opened.link, Cause.CLOSED)


def test_close_lingers_no_longer_than_it_says() -> None:
    with owner(SMALL) as acceptor, peer(acceptor.links.listen(ANY)) as end:
        (opened,) = acceptor.opened()
        acceptor.links.close(opened.link)
        began_s = time.monotonic()
        acceptor.ended(opened.link, Cause.CLOSED)  # the peer never closes its end
        assert 0.2 < time.monotonic() - began_s < WAIT_S / 2
        assert end.recv(1) == b""


def test_after_close_no_frame_comes_and_no_byte_leaves() -> None:
    with owner() as acceptor, peer(acceptor.links.listen(ANY)) as end:
        (opened,) = acceptor.opened()
        end.sendall(frame(1))
        acceptor.waits_unpolled()
        acceptor.links.close(opened.link, after_flush=False)
        acceptor.links.write(opened.link, frame(2))
        assert read_to_end(end) == b""
        acceptor.ended(opened.link, Cause.CLOSED)
        assert acceptor.frames(opened.link) == []
        acceptor.links.write(opened.link, frame(3))
        acceptor.links.close(opened.link)
        assert acceptor.links.poll() == []


def test_a_new_ownership_ends_every_connection_and_goes_on_listening() -> None:
    with owner() as acceptor:
        port = acceptor.links.listen(ANY)
        with peer(port) as known, peer(port) as unpolled:
            known.sendall(frame(1))
            link = acceptor.opened()[0].link
            unpolled.sendall(frame(1))
            acceptor.waits_unpolled()
            acceptor.links.close_all()
            for end in (known, unpolled):
                read_to_end(end)
            acceptor.until(lambda: sum(isinstance(t, Closed) for t in acceptor.told) == 2)
            assert acceptor.closed(link).cause is Cause.CLOSED
            before = len(acceptor.told)
            with peer(port) as fresh:
                fresh.sendall(frame(7))
                acceptor.until(lambda: any(isinstance(t, FramesArrived) for t in acceptor.told[before:]))


def test_closing_while_it_connects() -> None:
    with owner() as initiator, server() as (_, address):
        links = [initiator.links.connect((address,)) for _ in range(20)]
        for link in links[::2]:
            initiator.links.close(link, after_flush=link % 3 == 0)
        for link in links[::2]:
            initiator.ended(link, Cause.CLOSED)
            assert len(initiator.of(link)) == 1, "an owner that has let go hears of the end only"
        initiator.links.close_all()
        for link in links[1::2]:
            initiator.ended(link, Cause.CLOSED)


def test_stop_leaves_no_thread_no_socket_and_brings_what_was_written() -> None:
    before = threading.active_count()
    links = FixLinks("stopped")
    port = links.listen(ANY)
    with peer(port) as end:
        links.wait(WAIT_S)
        (opened,) = links.poll()
        links.write(opened.link, frame(1))
        end.settimeout(WAIT_S)
        reader = threading.Thread(target=lambda: got.append(read_to_end(end)))
        got: list[bytes] = []
        reader.start()
        time.sleep(0.05)
        end.shutdown(socket.SHUT_WR)
        links.stop()
        reader.join(WAIT_S)
        assert got == [frame(1)]
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError), peer(port):
        pass
    links.stop()
    links.write(opened.link, frame(2))


def test_a_port_that_is_taken_or_given_back() -> None:
    with owner() as acceptor:
        port = acceptor.links.listen(ANY)
        with pytest.raises(OSError, match="in use"):
            acceptor.links.listen(Address(HERE, port))
        with peer(port) as end:
            (opened,) = acceptor.opened()
            acceptor.links.stop_listening(port)
            assert acceptor.links.listen(Address(HERE, port)) == port, "again, at once"
            end.sendall(frame(1))
            assert acceptor.has(opened.link, 1) == [frame(1)], "connections stay"


# Back-pressure


def test_reading_pauses_while_the_owner_does_not_poll() -> None:
    """The flood stays with its sender; another link is served meanwhile; afterwards every frame comes, in order."""
    with owner(SMALL) as acceptor:
        port = acceptor.links.listen(ANY)
        with peer(port) as flood, peer(port) as other:
            by_port = {o.peer.port: o.link for o in acceptor.opened(2)}
            flood.setblocking(False)
            sent, stalled_s, count = b"", time.monotonic(), 0
            while time.monotonic() - stalled_s < 0.5:  # no byte is taken any more
                try:
                    chunk = b"".join(frame(count + n, b"y" * 500) for n in range(100))
                    done = flood.send(chunk)
                except BlockingIOError:
                    time.sleep(0.01)
                    continue
                sent, count, stalled_s = sent + chunk[:done], count + 100, time.monotonic()
                if done < len(chunk):
                    flood.setblocking(True)
                    threading.Thread(target=flood.sendall, args=(chunk[done:],), daemon=True).start()
                    sent += chunk[done:]
                    time.sleep(0.6)
            waiting = list(acceptor.links._inputs)
            held = sum(t.size for t in waiting if isinstance(t, FramesArrived))
            assert 0 < held <= SMALL.unprocessed_bytes_max + READ_BYTES
            other.sendall(frame(1))
            other_link = by_port[other.getsockname()[1]]
            assert acceptor.links._transport.connections[by_port[flood.getsockname()[1]]].window.paused
            acceptor.until(lambda: acceptor.frames(other_link))
            acceptor.until(
                lambda: (
                    sum(len(bytes(f)) for f in acceptor.frames(by_port[flood.getsockname()[1]]) if isinstance(f, bytes))
                    == len(sent)
                )
            )
            assert (
                b"".join(bytes(f) for f in acceptor.frames(by_port[flood.getsockname()[1]]) if isinstance(f, bytes))
                == sent
            )


def test_an_owner_that_hands_frames_on_pauses_the_link_that_floods_and_no_other() -> None:
    """It polls all the time and says later what is processed."""
    links = FixLinks("front", SMALL, polled_is_processed=False)
    front = Owner(links)
    try:
        port = links.listen(ANY)
        with peer(port) as flood, peer(port) as other:
            by_port = {o.peer.port: o.link for o in front.opened(2)}
            flooding, quiet = (by_port[end.getsockname()[1]] for end in (flood, other))
            want = [frame(n, b"f" * 1_000) for n in range(2_000)]
            sender = threading.Thread(target=flood.sendall, args=(b"".join(want),), daemon=True)
            sender.start()
            front.until(lambda: links._transport.connections[flooding].window.paused)
            for n in range(300):
                other.sendall(frame(n))
                front.until(lambda count=n + 1: len(front.frames(quiet)) == count)  # type: ignore[misc]
                links.processed(quiet, 1, len(frame(n)))
            held = front.frames(flooding)
            assert SMALL.unprocessed_frames_max < len(held) < 200
            assert all(isinstance(f, bytes) for f in held)
            done = 0
            while done < len(want):
                came = front.has(flooding, done + 1)[done:]
                links.processed(flooding, len(came), sum(len(f) for f in came if isinstance(f, bytes)))
                done += len(came)
            assert front.frames(flooding) == want
            sender.join(WAIT_S)
    finally:
        links.stop()


def test_a_peer_that_does_not_read_is_cut_and_memory_stays_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    """200 MB are written to it; the others trade on. What the process held for it at most is shown."""
    limits = LinkLimits(unread_bytes_max=1024 * 1024)
    with owner(limits) as acceptor:
        port = acceptor.links.listen(ANY)
        with peer(port, receive_buffer=4_096) as deaf, peer(port) as good:
            by_port = {o.peer.port: o.link for o in acceptor.opened(2)}
            deaf_link, good_link = by_port[deaf.getsockname()[1]], by_port[good.getsockname()[1]]
            tracemalloc.start()
            try:
                base = tracemalloc.get_traced_memory()[0]
                for number in range(4_000):
                    acceptor.links.write(deaf_link, frame(number, b"z" * 50_000))
                    if number % 10 == 0:
                        acceptor.links.write(good_link, frame(number))
                        assert good.recv(65_536), "the good one is served"
                held = tracemalloc.get_traced_memory()[1] - base
            finally:
                tracemalloc.stop()
            text = acceptor.ended(deaf_link, Cause.TOO_SLOW)
            assert "bytes unread" in text
            assert limits.unread_bytes_max / 2 < held < 4 * limits.unread_bytes_max
            with capsys.disabled():
                print(f"\nwritten to a peer that does not read: 200 MB; held for it at most: {held / 1e6:.1f} MB")
            good.sendall(frame(1))
            assert acceptor.has(good_link, 1) == [frame(1)]


def test_one_turn_of_the_owner_is_bounded() -> None:
    with owner() as acceptor, peer(acceptor.links.listen(ANY)) as end:
        (opened,) = acceptor.opened()
        for n in range(600):
            end.sendall(frame(n))
            time.sleep(0) if n % 50 else time.sleep(0.01)
        end.close()
        acceptor.until(lambda: len(acceptor.frames(opened.link)) > 0)
        while acceptor.links.wait(0.5):
            polled = acceptor.links.poll(frames_max=10)
            sizes = [len(t.frames) for t in polled if isinstance(t, FramesArrived)]
            assert sum(sizes[:-1]) < 10
            acceptor.told += polled
        assert acceptor.frames(opened.link) == [frame(n) for n in range(600)]
        acceptor.ended(opened.link, Cause.PEER_CLOSED)


def test_a_bug_in_the_thread_is_raised_by_poll() -> None:
    links = FixLinks("broken")
    try:
        links._loop.call_soon_threadsafe(lambda: 1 // 0)
        assert links.wait(WAIT_S)
        with pytest.raises(LinksError, match="ZeroDivisionError"):
            links.poll()
    finally:
        links.stop()


def idle(links: FixLinks) -> bool:
    t = links._transport
    return not (links._links or t.connections or t._living or t._attempts)


@pytest.mark.parametrize("seed", SEEDS)
def test_coming_and_going_at_random_leaves_nothing(seed: int) -> None:
    """Connects, closes of both kinds from both ends, writes, cuts, while others do the same: each link is told as it should be, and forgotten."""
    rng = random.Random(seed)
    with owner(SMALL) as acceptor, owner(SMALL) as initiator:
        port = acceptor.links.listen(ANY)
        links: list[int] = []
        for step in range(600):
            links = links[-30:]
            match rng.randrange(8):
                case 0 | 1:
                    addresses = (Address(HERE, 1), Address(HERE, port))[rng.randrange(2) :]
                    links.append(initiator.links.connect(addresses, timeout_s=WAIT_S))
                case 2 | 3 if links:
                    initiator.links.write(rng.choice(links), frame(step, b"c" * rng.choice((1, 3_000))))
                case 4 if links:
                    initiator.links.close(rng.choice(links), after_flush=rng.random() < 0.7)
                case 5 if theirs := [t.link for t in acceptor.told[-50:] if isinstance(t, Opened)]:
                    acceptor.links.write(rng.choice(theirs), frame(step, b"s" * rng.choice((1, 3_000))))
                    if rng.random() < 0.3:
                        acceptor.links.close(rng.choice(theirs), after_flush=rng.random() < 0.7)
                case 6 if rng.random() < 0.1:
                    rng.choice((acceptor, initiator)).links.close_all()
                case _:
                    rng.choice((acceptor, initiator)).look()
                    time.sleep(rng.choice((0, 0, 0.002)))
        initiator.links.close_all()
        for side in (initiator, acceptor):
            side.until(functools.partial(idle, side.links))
            side.look()
        everyone = {t.link for t in initiator.told}
        for side, link in [(initiator, n) for n in everyone] + [(acceptor, t.link) for t in acceptor.told]:
            kinds = [type(t) for t in side.of(link)]
            assert kinds.count(Closed) == 1 and kinds[-1] is Closed
            assert kinds.count(Opened) == (kinds[0] is Opened) and set(kinds[1:-1]) <= {FramesArrived}
            assert not any(isinstance(f, Garbled) for f in side.frames(link))


# An owner in the same loop


async def test_an_asyncio_owner_gives_credit_back() -> None:
    told: list[LinkInput] = []
    transport = FixTransport(told.append, SMALL)
    port = await transport.listen(ANY)
    link = transport.connect((Address(HERE, port),))
    while len([t for t in told if isinstance(t, Opened)]) < 2:
        await asyncio.sleep(0.005)
    accepted = next(t.link for t in told if isinstance(t, Opened) and t.port == port)
    for n in range(500):
        transport.write(link, frame(n, b"w" * 500))
    await asyncio.sleep(0.2)
    arrived = [t for t in told if isinstance(t, FramesArrived)]
    first = sum(len(t.frames) for t in arrived)
    assert SMALL.unprocessed_frames_max < first < 500
    done = 0
    while done < 500:
        for t in [t for t in told if isinstance(t, FramesArrived)]:
            told.remove(t)
            assert t.frames == [frame(done + n, b"w" * 500) for n in range(len(t.frames))]
            for one in t.frames:
                assert isinstance(one, bytes)
                transport.processed(accepted, 1, len(one))
            done += len(t.frames)
        await asyncio.sleep(0.005)
    await transport.stop()
    assert [t.cause for t in told if isinstance(t, Closed) and t.link == link] in ([Cause.CLOSED], [Cause.PEER_CLOSED])
    assert sum(isinstance(t, Closed) for t in told) == 2
