"""INV-377, INV-378: TLS of FIX connections, each failure refused with its reason at both ends; certificates handed up. Over loopback."""

import logging
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from oms.runtime.fix_inputs import Address, Cause, LinkLimits, Opened, PeerCertificate
from oms.runtime.fix_tls import ClientCertificates, ClientTls, RenewedContext, ServerTls, TlsError, TlsPipe
from tests.certificates import NAME, Certificates, make_certificates
from tests.fix_links_world import HERE, Owner, frame, owner, peer, read_to_end, server

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the test's certificates")

ANY = Address(HERE, 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def of_server(
    made: Certificates, pair: tuple[Path, Path], clients: ClientCertificates = ClientCertificates.NONE
) -> ServerTls:
    return ServerTls(*pair, made.ours.file, clients)


def of_client(made: Certificates, pair: tuple[Path, Path] | None = None, name: str = NAME) -> ClientTls:
    return ClientTls(name, made.ours.file, *(pair or (None, None)))


def talk(acceptor: Owner, initiator: Owner, link: int) -> Opened:
    """Both ways, more than a record of TLS; returns what the acceptor was told."""
    mine = next(t for t in initiator.opened() if t.link == link)
    assert mine.certificate is not None
    theirs = acceptor.opened()[-1]
    sent = [frame(n, b"t" * 30_000) for n in range(1, 6)]
    for one in sent:
        initiator.links.write(link, one)
        acceptor.links.write(theirs.link, one)
    assert acceptor.has(theirs.link, 5) == sent and initiator.has(link, 5) == sent
    initiator.links.close(link)
    initiator.ended(link, Cause.CLOSED)
    assert acceptor.ended(theirs.link, Cause.PEER_CLOSED) == "the peer closed the connection"
    return theirs


def test_both_are_verified_and_the_certificate_is_handed_up(made: Certificates) -> None:
    with owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY, of_server(made, made.server, ClientCertificates.REQUIRED))
        link = initiator.links.connect((Address(HERE, port),), of_client(made, made.client))
        shown = talk(acceptor, initiator, link).certificate
        der = ssl.PEM_cert_to_DER_cert(made.client[0].read_text())
        sha256 = subprocess.run(
            ["openssl", "dgst", "-sha256", "-r"], input=der, capture_output=True, check=True
        ).stdout.split()[0]
        names = ("URI:fix:CLIENT1", "DNS:desk-1.client.test")
        assert shown == PeerCertificate("CN=desk-1,O=Firm\\, Inc", "desk-1", names, sha256.decode())
        of_the_server = initiator.opened()[0].certificate
        assert of_the_server is not None and of_the_server.names == (f"DNS:{NAME}", f"IP Address:{HERE}")


@pytest.mark.parametrize("clients", ClientCertificates)
@pytest.mark.parametrize("shows", [True, False])
def test_client_certificates_as_configured(made: Certificates, clients: ClientCertificates, shows: bool) -> None:
    with owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY, of_server(made, made.server, clients))
        link = initiator.links.connect((Address(HERE, port),), of_client(made, made.client if shows else None))
        if clients is ClientCertificates.REQUIRED and not shows:
            initiator.ended(link, Cause.TLS)
            return
        told = talk(acceptor, initiator, link)
        assert (told.certificate is not None) == (shows and clients is not ClientCertificates.NONE)


def test_an_address_is_a_name_too(made: Certificates) -> None:
    with owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY, of_server(made, made.server))
        talk(acceptor, initiator, initiator.links.connect((Address(HERE, port),), of_client(made, name=HERE)))


REFUSED_SERVERS = [
    ("strange_server", NAME, "from an authority that we do not trust", "does not trust its authority"),
    ("expired", NAME, "the peer's certificate has expired", "it has expired"),
    ("early", NAME, "the peer's certificate is not valid yet", "its name or its dates"),
    ("other_name", NAME, f"certificate is not valid for '{NAME}'", "its name or its dates"),
    ("server", "127.0.0.2", "IP address mismatch, certificate is not valid for '127.0.0.2'", "its name or its dates"),
]


@pytest.mark.parametrize(("pair", "name", "client_says", "server_says"), REFUSED_SERVERS)
def test_a_server_that_is_not_who_it_should_be_is_refused(
    made: Certificates, caplog: pytest.LogCaptureFixture, pair: str, name: str, client_says: str, server_says: str
) -> None:
    with caplog.at_level(logging.WARNING), owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY, of_server(made, getattr(made, pair)))
        link = initiator.links.connect((Address(HERE, port),), of_client(made, name=name))
        text = initiator.ended(link, Cause.TLS)
        assert client_says in text and len(initiator.of(link)) == 1, "never opened"
        acceptor.until(lambda: acceptor.links.refused() == {Cause.TLS: 1})
        assert acceptor.told == []
        lines = [r.getMessage() for r in caplog.records]
        assert f"FIX TLS failed: cannot connect: {text}" in lines
        assert any(
            f"to port {port} refused: the peer refuses our certificate" in ln and server_says in ln for ln in lines
        ), lines


REFUSED_CLIENTS = [
    (None, "the peer showed no client certificate", "the peer wants a client certificate, and we showed none"),
    ("strange_client", "from an authority that we do not trust", "it does not trust its authority"),
    ("expired_client", "the peer's certificate has expired", "it has expired"),
]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(("pair", "server_says", "client_says"), REFUSED_CLIENTS)
def test_a_client_without_a_good_certificate_is_refused(
    made: Certificates,
    caplog: pytest.LogCaptureFixture,
    pair: str | None,
    server_says: str,
    client_says: str,
    version: ssl.TLSVersion,
) -> None:
    """With TLS 1.3 the client is open first, and learns of it by its end; with 1.2 it never is. It may have written its Logon already."""
    with caplog.at_level(logging.WARNING), owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY, of_server(made, made.server, ClientCertificates.REQUIRED))
        client = of_client(made, getattr(made, pair) if pair else None)
        if version is ssl.TLSVersion.TLSv1_3:
            link = initiator.links.connect((Address(HERE, port),), client)
            initiator.opened()
            initiator.links.write(link, frame(1))
            assert client_says in initiator.ended(link, Cause.TLS)
        else:
            context = client.context()
            context.maximum_version = version
            with peer(port) as end:
                said = of_pipe(TlsPipe(context, NAME), end)
            assert client_says in said or "wants a client certificate" in said
        acceptor.until(lambda: acceptor.links.refused() == {Cause.TLS: 1})
        assert acceptor.told == []
        assert any(
            f"to port {port} refused: " in r.getMessage() and server_says in r.getMessage() for r in caplog.records
        )


def of_pipe(pipe: TlsPipe, end: socket.socket) -> str:
    """Shake hands over a bare socket and read on; what failed."""
    pipe.start()
    try:
        while True:
            end.sendall(pipe.outgoing())
            data = end.recv(65_536)
            if not data:
                return "closed"
            pipe.receive(data)
    except TlsError as error:
        return str(error)


def test_plaintext_to_a_port_with_tls_is_refused(made: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY, of_server(made, made.server))
        link = initiator.links.connect((Address(HERE, port),))
        initiator.opened()
        initiator.links.write(link, frame(1))
        assert initiator.ended(link, Cause.TLS) == "the peer speaks TLS, and none is configured here"
        acceptor.until(lambda: acceptor.links.refused() == {Cause.TLS: 1})
        assert acceptor.told == [] and initiator.frames(link) == []
        assert "refused: the peer does not speak TLS, and this port wants it" in caplog.text


def test_tls_to_a_port_without_it_is_refused(made: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY)
        link = initiator.links.connect((Address(HERE, port),), of_client(made))
        assert "the peer closed the connection during the TLS handshake" in initiator.ended(link, Cause.TLS)
        (opened,) = acceptor.opened()
        assert acceptor.ended(opened.link, Cause.TLS) == "the peer speaks TLS, and none is configured here"
        assert acceptor.frames(opened.link) == []


def test_a_server_that_answers_in_plaintext(made: Certificates) -> None:
    with owner() as initiator, server() as (listening, address):
        link = initiator.links.connect((address,), of_client(made))
        with listening.accept()[0] as end:
            end.sendall(frame(1))
            assert f"{address}: the peer does not speak TLS at that port" == initiator.ended(link, Cause.TLS)


def test_an_old_version_is_refused(made: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    old = of_client(made).context()
    with pytest.warns(DeprecationWarning):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with caplog.at_level(logging.WARNING), owner() as acceptor:
        port = acceptor.links.listen(ANY, of_server(made, made.server))
        with peer(port) as end:
            assert "the peer has no version of TLS in common with us" in of_pipe(TlsPipe(old, NAME), end)
        acceptor.until(lambda: acceptor.links.refused() == {Cause.TLS: 1})
        assert "refused: the peer offers no TLS as new as 1.2" in caplog.text


def test_a_handshake_that_stands_still_is_cut_in_time(made: Certificates) -> None:
    """As an acceptor by the logon deadline, as an initiator by the timeout: then the next address has its turn."""
    with owner(LinkLimits(logon_s=0.3)) as acceptor, owner() as initiator, server() as (_, silent):
        port = acceptor.links.listen(ANY, of_server(made, made.server))
        with peer(port) as end:
            end.sendall(b"\x16\x03\x01")
            assert read_to_end(end) == b""
            acceptor.until(lambda: acceptor.links.refused() == {Cause.NO_LOGON: 1})
        link = initiator.links.connect((silent, Address(HERE, port)), of_client(made), timeout_s=1)
        talk(acceptor, initiator, link)


def test_slow_peers_are_bounded_under_tls_too(made: Certificates) -> None:
    with owner(LinkLimits(unread_bytes_max=256 * 1024)) as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY, of_server(made, made.server))
        link = initiator.links.connect((Address(HERE, port),), of_client(made))
        (mine,), (theirs,) = initiator.opened(), acceptor.opened()
        assert mine.link == link
        for n in range(2_000):  # 20 MB, and the initiator's owner does not poll
            acceptor.links.write(theirs.link, frame(n, b"s" * 10_000))
        acceptor.ended(theirs.link, Cause.TOO_SLOW)
        waiting = sum(getattr(t, "size", 0) for t in tuple(initiator.links._inputs))
        assert waiting < 2 * LinkLimits().unprocessed_bytes_max


def test_renewed_files_serve_the_next_connection(
    made: Certificates, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pair = tmp_path / "server.pem", tmp_path / "server.key"

    def put(source: tuple[Path, Path]) -> None:
        for target, one in zip(pair, source, strict=True):
            fresh = target.with_suffix(".new")
            fresh.write_bytes(one.read_bytes())
            fresh.replace(target)

    put(made.expired)
    with owner() as acceptor, owner() as initiator:
        port = acceptor.links.listen(ANY, of_server(made, pair))

        def connect() -> int:
            return initiator.links.connect((Address(HERE, port),), of_client(made))

        initiator.ended(connect(), Cause.TLS)
        put(made.server)
        talk(acceptor, initiator, connect())
        pair[0].write_text("no certificate")
        with caplog.at_level(logging.ERROR):
            link = connect()
            initiator.until(lambda: any(isinstance(t, Opened) and t.link == link for t in initiator.told))
        assert "the certificates read before stay in use" in caplog.text and str(pair[0]) in caplog.text


def test_files_that_cannot_be_used_are_named_in_one_line(made: Certificates, tmp_path: Path) -> None:
    nothing, words, locked = tmp_path / "nothing.pem", tmp_path / "words.pem", tmp_path / "locked.key"
    words.write_text("no certificate")
    certificate, key = made.server
    made.ours.openssl("ec", "-in", str(key), "-aes128", "-passout", "pass:secret", "-out", str(locked))
    cases: list[tuple[ServerTls | ClientTls, str]] = [
        (ServerTls(nothing, key, made.ours.file), f"cannot read {nothing}: No such file or directory"),
        (ServerTls(certificate, nothing, made.ours.file), f"cannot read {nothing}: No such file or directory"),
        (ServerTls(words, key, made.ours.file), f"{words} and {key} are not a certificate and its key in PEM"),
        (ServerTls(certificate, made.client[1], made.ours.file), "do not belong together"),
        (ServerTls(certificate, locked, made.ours.file), f"the key {locked} is encrypted"),
        (ServerTls(certificate, key), "cannot be verified without the file of their authorities"),
        (ServerTls(certificate, key, words), f"{words} holds no certificate in PEM"),
        (ClientTls(NAME, words), f"{words} holds no certificate in PEM"),
        (ClientTls(NAME, made.ours.file, certificate), "needs both its file and the file of its key"),
        (ClientTls("", made.ours.file), "'' is no name"),
    ]
    for tls, text in cases:
        with pytest.raises(TlsError) as found:
            tls.context()
        assert text in str(found.value) and "\n" not in str(found.value)
    with pytest.raises(TlsError):
        RenewedContext(ServerTls(nothing, key, made.ours.file))
    with owner() as links:
        with pytest.raises(TlsError, match="cannot read"):
            links.links.listen(ANY, ServerTls(nothing, key, made.ours.file))
        assert "cannot read" in links.ended(links.links.connect((ANY,), ClientTls(NAME, nothing)), Cause.TLS)
