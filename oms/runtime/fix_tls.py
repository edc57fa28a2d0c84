"""TLS of a FIX connection: contexts that verify, the bytes in and out of it without I/O, and each failure in one line.

- TLS 1.2 or newer. A client always verifies the server: chain, dates and name; there is no switch that leaves it out.
- A server verifies client certificates as `ClientCertificates` says. What the peer's certificate allows is the owner's to say.
- Certificates are read again once their files have changed: renewed ones serve the next connection, and nothing is restarted.
- A handshake that fails leaves its alert among the bytes to send, so that both ends know why. (With TLS 1.3 a client is done before the
  server has seen its certificate: the refusal then ends a connection that was open for the client.)

Why not asyncio's own TLS: it drops the alert, and a server there never learns why a handshake failed.
"""

import contextlib
import hashlib
import logging
import ssl
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from oms.runtime.fix_inputs import PeerCertificate

_LOGGER = logging.getLogger(__name__)

_ALERT, _HANDSHAKE = 0x15, 0x16  # the first byte of a TLS record (RFC 8446, 5.1); a FIX message begins with "8"
_SPEAK_TLS = bytes(
    (_ALERT, 3, 1, 0, 2, 2, 70)
)  # fatal protocol_version: what a peer that speaks no TLS is told, in case it looks
_READ_BYTES = 64 * 1024


class TlsError(Exception):
    """Files that cannot be used, or a handshake that failed: one line."""


class ClientCertificates(Enum):
    REQUIRED = "required"
    OPTIONAL = "optional"  # one that is shown must be good
    NONE = "none"  # not asked for


@dataclass(frozen=True, slots=True)
class ServerTls:
    """PEM files: the server's certificate chain and its key; `client_ca`: the authorities that client certificates must be from."""

    certificate: Path
    key: Path
    client_ca: Path | None = None
    clients: ClientCertificates = ClientCertificates.REQUIRED

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.certificate, self.key, *((self.client_ca,) if self.client_ca else ()))

    def context(self) -> ssl.SSLContext:
        """TlsError where the files cannot be used."""
        context = _strict(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        context.num_tickets = 0  # a session that is resumed would not show its certificate again
        _load_certificate(context, self.certificate, self.key)
        if self.clients is not ClientCertificates.NONE:
            if self.client_ca is None:
                raise TlsError("client certificates cannot be verified without the file of their authorities")
            _load_authorities(context, self.client_ca)
            required = self.clients is ClientCertificates.REQUIRED
            context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
        return context


@dataclass(frozen=True, slots=True)
class ClientTls:
    """`ca`: PEM file of the authorities of the server, None: the system's. `server_name`: what the server's certificate must be for.

    `certificate` and `key` (PEM files): shown where the server asks.
    """

    server_name: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """TlsError where the files cannot be used."""
        if not self.server_name or self.server_name.startswith("."):
            raise TlsError(f"{self.server_name!r} is no name that a server's certificate could be for")
        context = _strict(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))  # verifies chain and name
        context.hostname_checks_common_name = False  # RFC 9525: the name is in SubjectAltName, or it is not there
        if self.ca is not None:
            _load_authorities(context, self.ca)
        else:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        if self.certificate is not None and self.key is not None:
            _load_certificate(context, self.certificate, self.key)
        elif self.certificate is not None or self.key is not None:
            raise TlsError("a client certificate needs both its file and the file of its key")
        return context


def _strict(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _load_certificate(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    def encrypted() -> str:
        raise TlsError(f"the key {key} is encrypted: nobody is there to type its password")

    for path in (certificate, key):
        _readable(path)
    try:
        context.load_cert_chain(certificate, key, password=encrypted)
    except ssl.SSLError as error:
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        fault = "do not belong together" if mismatch else f"are not a certificate and its key in PEM ({_words(error)})"
        raise TlsError(f"{certificate} and {key} {fault}") from None


def _load_authorities(context: ssl.SSLContext, path: Path) -> None:
    _readable(path)
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise TlsError(f"{path} holds no certificate in PEM ({_words(error)})") from None


def _readable(path: Path) -> None:
    """OpenSSL's own error does not name the file."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise TlsError(f"cannot read {path}: {error.strerror}") from None


@dataclass(slots=True)
class RenewedContext:
    """A server's context, made again once a file of it has changed. Files that cannot be used leave the old one in use, and a line in the log."""

    tls: ServerTls
    _context: ssl.SSLContext = field(init=False)
    _seen: tuple[Any, ...] = field(init=False)

    def __post_init__(self) -> None:
        """TlsError where the files cannot be used: whoever begins to listen hears of it."""
        self._seen = self._stamps()
        self._context = self.tls.context()

    def get(self) -> ssl.SSLContext:
        stamps = self._stamps()
        if stamps != self._seen:
            self._seen = stamps
            try:
                self._context = self.tls.context()
            except TlsError as error:
                _LOGGER.error("the certificates read before stay in use: %s", error)
        return self._context

    def _stamps(self) -> tuple[Any, ...]:
        return tuple(_stamp(path) for path in self.tls.files)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None  # being replaced: its context fails and the old one stays
    return found.st_mtime_ns, found.st_size, found.st_ino


class TlsPipe:
    """One TLS connection without I/O: give it what came, send what `outgoing` returns after every call, TlsError included."""

    def __init__(self, context: ssl.SSLContext, server_name: str | None = None) -> None:
        """`server_name`: of a client, what the server's certificate must be for; None: this is the server."""
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=server_name is None, server_hostname=server_name)
        self._is_server = server_name is None
        self._began = False
        self._refusal = b""
        self.established = False

    def start(self) -> None:
        """A client's first bytes are then to be sent; a server waits for them."""
        if not self._is_server:
            self._go_on()

    def receive(self, data: bytes) -> bytes:
        """What the peer sent inside, b"" where nothing is whole yet. TlsError: the connection is to be ended."""
        if not self._began:
            self._began = True
            self._first_byte(data[0])
        self._in.write(data)
        if not self.established:
            self._go_on()
        if not self.established:
            return b""
        out = []
        try:
            while piece := self._tls.read(_READ_BYTES):
                out.append(piece)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            pass  # the peer's close_notify; the end of the connection follows
        except ssl.SSLError as error:
            raise TlsError(failure(error)) from None
        return b"".join(out)

    def send(self, data: bytes) -> None:
        assert self.established, "nothing is sent before the handshake is done"
        self._tls.write(data)

    def end(self) -> None:
        """Say that nothing more comes (close_notify), if there is somebody to say it to."""
        if self.established:
            with contextlib.suppress(ssl.SSLError):  # the peer's own close_notify is not waited for
                self._tls.unwrap()

    def outgoing(self) -> bytes:
        refusal, self._refusal = self._refusal, b""
        return refusal or self._out.read()

    def certificate(self) -> PeerCertificate | None:
        """The peer's, verified; None where it showed none."""
        found = self._tls.getpeercert()
        der = self._tls.getpeercert(binary_form=True)
        return _certificate(found, der) if found and der else None

    def _first_byte(self, first: int) -> None:
        if self._is_server and first != _HANDSHAKE:
            self._refusal = _SPEAK_TLS
            raise TlsError("the peer does not speak TLS, and this port wants it")
        if not self._is_server and first not in (_HANDSHAKE, _ALERT):
            raise TlsError("the peer does not speak TLS at that port")

    def _go_on(self) -> None:
        try:
            self._tls.do_handshake()
            self.established = True
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            raise TlsError(failure(error)) from None


def speaks_tls(first_bytes: bytes) -> bool:
    """Whether what came first on a connection without TLS is a record of TLS."""
    return first_bytes[:1] in (bytes((_HANDSHAKE,)), bytes((_ALERT,)))


# Failures, in words

_OF_A_CERTIFICATE = {
    9: "the peer's certificate is not valid yet",
    10: "the peer's certificate has expired",
    18: "the peer's certificate is its own authority, and we do not trust it",
    19: "the peer's certificate is from an authority that we do not trust",
    20: "the peer's certificate is from an authority that we do not trust",
    21: "the peer's certificate is from an authority that we do not trust",
    23: "the peer's certificate was revoked",
    26: "the peer's certificate is for another purpose",
}
"""By OpenSSL's X509_V_ERR_…"""

_OF_A_HANDSHAKE = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the peer showed no client certificate",
    "WRONG_VERSION_NUMBER": "the peer does not speak TLS",
    "UNSUPPORTED_PROTOCOL": "the peer offers no TLS as new as 1.2",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the peer has no version of TLS in common with us, who want 1.2 or newer",
    "NO_SHARED_CIPHER": "the peer has no cipher in common with us",
    "TLSV1_ALERT_UNKNOWN_CA": "the peer refuses our certificate: it does not trust its authority",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the peer refuses our certificate: it has expired",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the peer refuses our certificate: its name or its dates",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the peer refuses our certificate",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "the peer refuses our certificate: it was revoked",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "the peer refuses our certificate: it is for another purpose",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the peer wants a client certificate, and we showed none",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the peer refuses the handshake: it wants a client certificate, or has no cipher in common with us",
}
"""By OpenSSL's reason; …_ALERT_…: what the peer told us."""


def failure(error: ssl.SSLError) -> str:
    """A failure of TLS in one line, from the view of the end that it happened to."""
    if isinstance(error, ssl.SSLCertVerificationError):
        # of a wrong name OpenSSL says which was wanted
        return _OF_A_CERTIFICATE.get(error.verify_code) or f"the peer's certificate: {error.verify_message}"
    return _OF_A_HANDSHAKE.get(error.reason or "") or _words(error)


def _words(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()


# The peer's certificate

_SHORT: dict[str, str] = {
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "domainComponent": "DC",
    "userId": "UID",
}
"""Of RFC 4514, section 3."""


def _certificate(found: dict[str, Any], der: bytes) -> PeerCertificate:
    pairs = [pair for relative in found.get("subject", ()) for pair in relative]
    common = [value for name, value in pairs if name == "commonName"]
    return PeerCertificate(
        ",".join(f"{_SHORT.get(name, name)}={_escaped(value)}" for name, value in reversed(pairs)),
        common[-1] if common else "",
        tuple(f"{kind}:{value}" for kind, value in found.get("subjectAltName", ())),
        hashlib.sha256(der).hexdigest(),
    )


def _escaped(value: str) -> str:
    return "".join(f"\\{c}" if c in ',+"\\<>;=' else c for c in value)
