"""What probes get from a service process."""

import json
import socket
import urllib.error
import urllib.request

import pytest

from oms.runtime.grpc_server import GrpcServer, Listening
from oms.runtime.health import serve_health


def get(port: int, path: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def page_of(port: int, path: str, accept: str = "") -> tuple[int, str, str]:
    """(code, content type, text)."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.status, answer.headers["Content-Type"], answer.read().decode()


def test_further_pages_and_metrics_stand_beside_the_flags() -> None:
    asked: list[str] = []

    def metrics(accept: str) -> tuple[str, bytes]:
        asked.append(accept)
        return "text/figures", b"a 1\n"

    server = serve_health(0, dict, {"/view": lambda: {"rows": 3}}, metrics)
    try:
        assert page_of(server.port, "/metrics", "text/any") == (200, "text/figures", "a 1\n")
        assert page_of(server.port, "/view") == (200, "application/json", '{"rows": 3}\n')
        assert get(server.port, "/other")[1] == {"error": "no such page; there are /healthz, /readyz, /view, /metrics"}
        assert asked == ["text/any"]
    finally:
        server.shutdown()


def test_each_page_has_its_flag() -> None:
    said: dict[str, object] = {"healthy": True, "ready": False, "lag": 7}
    server = serve_health(0, lambda: said)
    try:
        assert get(server.port, "/healthz") == (200, said)
        assert get(server.port, "/readyz") == (503, said)
        assert get(server.port, "/other")[0] == 404
        said["ready"] = True
        assert get(server.port, "/readyz?verbose") == (200, said)
    finally:
        server.shutdown()


async def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            serve_health(port, dict)
        with pytest.raises(OSError, match=f"port {port} is taken"):
            GrpcServer(Listening(port), (), lambda method, context: None)
