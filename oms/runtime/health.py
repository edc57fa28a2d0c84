"""What a process says about itself over HTTP: `/healthz` (it works) and `/readyz` (it does its job now), both as JSON.

A tiny server in a thread of its own, so that it answers however busy the process is; on the loopback address only. What it says comes
from a callable that must not block: `{"healthy": bool, "ready": bool, ...}`. 200 where the flag asked for is true, 503 otherwise.
`/metrics` and further pages are callables too; this file does not know what they show.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_LOGGER = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 5.0
"""A client that sends nothing is dropped: it holds a thread."""

METRICS_PATH = "/metrics"
_FLAGS = {"/healthz": "healthy", "/readyz": "ready"}

Status = Callable[[], Mapping[str, object]]

Pages = Mapping[str, Status]
"""Further pages by path, as JSON."""

Metrics = Callable[[str], tuple[str, bytes]]
"""Given the request's Accept header: the content type and the body of `/metrics`."""


class HealthServer:
    """Runs until `shutdown`. `port` is the one it got where 0 was asked for."""

    def __init__(self, port: int, status: Status, pages: Pages, metrics: Metrics | None) -> None:
        self.paths = (*_FLAGS, *pages, *((METRICS_PATH,) if metrics else ()))
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self.paths, status, pages, metrics))
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


def serve_health(port: int, status: Status, pages: Pages | None = None, metrics: Metrics | None = None) -> HealthServer:
    """Start answering. OSError where the port is taken."""
    server = HealthServer(port, status, pages or {}, metrics)
    _LOGGER.info("health on http://127.0.0.1:%d: %s", server.port, ", ".join(server.paths))
    return server


def _handler(
    paths: tuple[str, ...], status: Status, pages: Pages, metrics: Metrics | None
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = REQUEST_TIMEOUT_S

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path in _FLAGS:
                said = status()
                self._json(200 if said.get(_FLAGS[path]) is True else 503, said)
            elif path in pages:
                self._json(200, pages[path]())
            elif path == METRICS_PATH and metrics is not None:
                self._answer(200, *metrics(self.headers.get("Accept", "")))
            else:
                self._json(404, {"error": f"no such page; there are {', '.join(paths)}"})

        def _json(self, code: int, body: Mapping[str, object]) -> None:
            self._answer(code, "application/json", json.dumps(body).encode() + b"\n")

        def _answer(self, code: int, content_type: str, content: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Probes every second would drown the log."""

    return Handler
