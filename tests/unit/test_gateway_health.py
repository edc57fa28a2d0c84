"""What probes get from a service process."""

import json
import socket
import urllib.error
import urllib.request

import pytest

from oms.runtime.grpc_server import GrpcServer
from oms.runtime.health import serve_health


def get(port: int, path: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


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
            GrpcServer(port, ())
