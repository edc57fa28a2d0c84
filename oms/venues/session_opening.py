"""A connection to a venue in the making: TCP, then TLS where it is wanted. Nothing here blocks: whoever polls drives it on.

The loop of an execution partition has all its sessions in one thread: a venue that does not answer must not hold up the others. A host that is
a name is asked of the resolver, which does block: where that is slow, give an address.
"""

import errno
import os
import select
import socket
import ssl
import time
from collections import deque
from dataclasses import dataclass

CONNECT_TIMEOUT_S = 1.0
"""Of each address: a venue that does not accept within this is not there."""

HANDSHAKE_TIMEOUT_S = 3.0
"""Some round trips and a signature, with room for a busy venue."""


@dataclass(frozen=True, slots=True)
class Tls:
    """A context that verifies, and the name that the venue's certificate must be for."""

    context: ssl.SSLContext
    server_name: str


class Opening:
    """`go_on` until there is a socket or an OSError. Raises OSError where the host has no address."""

    def __init__(self, host: str, port: int, tls: Tls | None, handshake_s: float = HANDSHAKE_TIMEOUT_S) -> None:
        self._tls, self._handshake_s = tls, handshake_s
        self._addresses = deque(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        self._begin()

    def fileno(self) -> int:
        return self._socket.fileno()

    def go_on(self) -> socket.socket | None:
        """The socket, ready for bytes; None: not yet. Raises OSError where no address can be had, or TLS fails."""
        try:
            return self._shake() if self._made else self._connect()
        except OSError:
            self.close()
            if self._made or not self._addresses:
                raise
        self._begin()
        return None

    def close(self) -> None:
        self._socket.close()

    def _begin(self) -> None:
        family, kind, protocol, _, address = self._addresses.popleft()
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._made = False
        self._until_s = time.monotonic() + CONNECT_TIMEOUT_S
        self._fault = self._socket.connect_ex(address)

    def _connect(self) -> socket.socket | None:
        if self._fault in (0, errno.EINPROGRESS):
            if not select.select((), (self._socket,), (), 0)[1]:
                self._require_time()
                return None
            self._fault = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if self._fault:
            raise OSError(self._fault, os.strerror(self._fault))
        self._made = True
        if self._tls is None:
            return self._socket
        self._until_s = time.monotonic() + self._handshake_s
        context, name = self._tls.context, self._tls.server_name
        self._socket = context.wrap_socket(self._socket, server_hostname=name, do_handshake_on_connect=False)
        return self._shake()

    def _shake(self) -> socket.socket | None:
        assert isinstance(self._socket, ssl.SSLSocket)
        try:
            self._socket.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            self._require_time()
            return None
        return self._socket

    def _require_time(self) -> None:
        if time.monotonic() > self._until_s:
            raise TimeoutError("no TLS handshake in time" if self._made else "timed out")
