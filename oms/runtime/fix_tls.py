"""TLS of a FIX connection: contexts that verify, the bytes in and out of it without I/O, and each failure in one line.

- TLS 1.2 or newer. A client always verifies the server: chain, dates and name; there is no switch that leaves it out.
- A server verifies client certificates as `ClientCertificates` says. What the peer's certificate allows is the owner's to say.
- Certificates are read for each connection: renewed files serve the next one, and no process has to be restarted.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


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


@dataclass(frozen=True, slots=True)
class ClientTls:
    """`ca`: PEM file of the authorities of the server, None: the system's. `server_name`: what the server's certificate must be for.

    `certificate` and `key` (PEM files): shown where the server asks.
    """

    server_name: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class TlsError(Exception):
    """Files that cannot be used, or a handshake that failed: one line."""
