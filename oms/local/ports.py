"""Which loopback ports are free.

Decides nothing: a port that was free a moment ago may be taken now, so a component that cannot bind still says so itself.
Numbers handed out are remembered, so that one process never gives the same one to two components it is about to start.
"""

import errno
import socket

LOOPBACK = "127.0.0.1"
ATTEMPTS_MAX = (
    100  # the kernel cycles through some 28,000 ports; a hundred repeats in a row mean that something else is wrong
)

_handed_out: set[int] = set()


def free_port() -> int:
    """A TCP port on the loopback address that nobody listened on just now and that was not handed out before."""
    for _ in range(ATTEMPTS_MAX):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in _handed_out:
            _handed_out.add(port)
            return port
    raise OSError(errno.EADDRNOTAVAIL, f"no free port on {LOOPBACK} after {ATTEMPTS_MAX} attempts")


def port_in_use(port: int) -> bool:
    """True where a server could not bind `port` on the loopback address (connections in TIME_WAIT do not count)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as fault:
            if fault.errno in (errno.EADDRINUSE, errno.EACCES):
                return True
            raise
    return False
