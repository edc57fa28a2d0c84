"""INV-459: TLS between execution's FIX port and the venue process: who is not whom it should be is refused, and both ends say why."""

import asyncio
import logging
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from venue_world import SESSION, SIMULATED, tape

from oms.core.enums import SessionMessage
from oms.core.execution.state import ExecutionState
from oms.core.execution_events import SessionMessagePlanned
from oms.core.reference import Venue, VenueSession
from oms.core.stage import SendEffect
from oms.core.venue_messages import Disconnected, LogonConfirmed, SessionInput, VenueMessage
from oms.runtime.fix_tls import ServerTls
from oms.venues.fix_port import FixPort
from oms.venues.fix_rules import TlsRules
from oms.venues.venue_process import VenueProcess, VenueSettings
from tests.certificates import HERE, NAME, Certificates, make_certificates

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the test's certificates")

PATIENCE_S = 10.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@contextmanager
def venue(folder: Path, made: Certificates, pair: tuple[Path, Path], clear: bool = False) -> Iterator[VenueProcess]:
    """The venue process in a thread of its own, as it is one of its own."""
    tls = None if clear else ServerTls(*pair, made.ours.file)
    settings = VenueSettings(0, folder, fix_port=0, rules={"XALP": SIMULATED}, fix_tls=tls)
    loop, process = asyncio.new_event_loop(), VenueProcess(tape(), settings)
    loop.run_until_complete(process.start())
    thread = threading.Thread(target=lambda: loop.run_until_complete(process.run()))
    thread.start()
    try:
        yield process
    finally:
        loop.call_soon_threadsafe(process.stop)
        thread.join(PATIENCE_S)
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


def log_on(process: VenueProcess, tls: TlsRules | None) -> SessionInput:
    """What execution hears of its logon."""
    state = ExecutionState(0)
    session = VenueSession(0, SESSION)
    state.reference.venues["XALP"] = Venue("XALP", 0, "Alpha", 0, 0, 0, ("ACME",), (session,), 30, True)
    assert process.fix_port is not None
    port = FixPort(HERE, process.fix_port, 0, lambda: state, {"XALP": replace(SIMULATED, tls=tls)})
    planned = SessionMessagePlanned(SESSION, "XALP", SessionMessage.LOGON, 1, 1, 0, 0, "", time.time_ns())
    port.perform(SendEffect(planned, None))
    deadline = time.monotonic() + PATIENCE_S
    while not (heard := port.poll()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.005)
    port.close()
    return heard[0]


def ours(made: Certificates, pair: tuple[Path, Path] | None, name: str = NAME) -> TlsRules:
    return TlsRules(made.ours.file, *(pair or (None, None)), name)


def test_inv_459_both_verified_the_session_is_up(tmp_path: Path, made: Certificates) -> None:
    with venue(tmp_path, made, made.server) as process:
        heard = log_on(process, ours(made, made.client))
        assert isinstance(heard, VenueMessage) and heard.body == LogonConfirmed(2)


REFUSED_VENUES = [
    ("strange_server", NAME, "from an authority that we do not trust", "does not trust its authority"),
    ("expired", NAME, "the peer's certificate has expired", "it has expired"),
    ("other_name", NAME, f"certificate is not valid for '{NAME}'", "its name or its dates"),
]


@pytest.mark.parametrize(("pair", "name", "we_say", "venue_says"), REFUSED_VENUES, ids=[r[0] for r in REFUSED_VENUES])
def test_inv_459_a_venue_that_is_not_who_it_should_be_is_refused(
    tmp_path: Path,
    made: Certificates,
    caplog: pytest.LogCaptureFixture,
    pair: str,
    name: str,
    we_say: str,
    venue_says: str,
) -> None:
    """Not a byte of FIX leaves; the reason is in the journal, as that of the session's end, and in the venue's log."""
    with caplog.at_level(logging.WARNING), venue(tmp_path, made, getattr(made, pair)) as process:
        heard = log_on(process, ours(made, made.client, name))
        assert isinstance(heard, Disconnected) and "cannot connect" in heard.text and we_say in heard.text
        wait_for_log(caplog, venue_says)
        assert process.sessions.sessions() == ()


REFUSED_CLIENTS = [
    (None, "the peer showed no client certificate", "the peer wants a client certificate, and we showed none"),
    ("strange_client", "from an authority that we do not trust", "it does not trust its authority"),
    ("expired_client", "the peer's certificate has expired", "it has expired"),
]


@pytest.mark.parametrize(("pair", "venue_says", "we_say"), REFUSED_CLIENTS, ids=[str(r[0]) for r in REFUSED_CLIENTS])
def test_inv_459_a_client_without_a_good_certificate_is_refused(
    tmp_path: Path, made: Certificates, caplog: pytest.LogCaptureFixture, pair: str | None, venue_says: str, we_say: str
) -> None:
    """With TLS 1.3 our end is open first, and hears of it by its end; the venue takes no logon."""
    with caplog.at_level(logging.WARNING), venue(tmp_path, made, made.server) as process:
        heard = log_on(process, ours(made, getattr(made, pair) if pair else None))
        assert isinstance(heard, Disconnected) and we_say in heard.text, heard
        wait_for_log(caplog, venue_says)
        assert process.sessions.sessions() == ()


def test_inv_459_tls_and_none_do_not_meet(tmp_path: Path, made: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), venue(tmp_path / "tls", made, made.server) as process:
        assert isinstance(log_on(process, None), Disconnected)
        wait_for_log(caplog, "the peer does not speak TLS, and this port wants it")
        assert process.sessions.sessions() == ()
    with venue(tmp_path / "clear", made, made.server, clear=True) as process:
        assert isinstance(log_on(process, ours(made, made.client)), Disconnected)
        assert process.sessions.sessions() == ()


def wait_for_log(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """The venue's line, with the peer's address."""
    deadline = time.monotonic() + PATIENCE_S
    while not any("a connection to the FIX port" in r.getMessage() and words in r.getMessage() for r in caplog.records):
        assert time.monotonic() < deadline, caplog.text
        time.sleep(0.005)
