"""What a process says about itself over HTTP: `/healthz` (it works) and `/readyz` (it does its job now), both as JSON.

A tiny server in a thread of its own, so that it answers however busy the process is; on the loopback address only. What it says comes
from a callable that must not block: `{"healthy": bool, "ready": bool, ...}`. 200 where the flag asked for is true, 503 otherwise.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_LOGGER = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 5.0
"""A client that sends nothing is dropped: it holds a thread."""

_FLAGS = {"/healthz": "healthy", "/readyz": "ready"}

Status = Callable[[], Mapping[str, object]]


class HealthServer:
    """Runs until `shutdown`. `port` is the one it got where 0 was asked for."""

    def __init__(self, port: int, status: Status) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(status))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True, name="health")
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def shutdown(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve_health(port: int, status: Status) -> HealthServer:
    """Start answering. OSError where the port is taken."""
    server = HealthServer(port, status)
    _LOGGER.info("health on http://127.0.0.1:%d/healthz and /readyz", server.port)
    return server


def _handler(status: Status) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_TIMEOUT_S

        def do_GET(self) -> None:
            flag = _FLAGS.get(self.path.partition("?")[0])
            if flag is None:
                self._answer(404, {"error": "no such page: /healthz or /readyz"})
                return
            said = status()
            self._answer(200 if said.get(flag) is True else 503, said)

        def _answer(self, code: int, body: Mapping[str, object]) -> None:
            content = json.dumps(body).encode() + b"\n"
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Probes every second would drown the log."""

    return Handler
