"""One client cut off from the broker: Toxiproxy as a child process, driven over its HTTP interface.

Decides where the program comes from (`go install` of one fixed version, once, kept under `build/`) and what "cut" and "silent" mean to
it. The proxy listens on loopback only; it ends when this process does. Where neither the program nor Go is there, `why_not` says so.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oms.local.broker import PROJECT
from oms.local.child import ComponentChild, ComponentError, start_child
from oms.local.ports import LOOPBACK, free_port

VERSION = "v2.5.0"
MODULE = f"github.com/Shopify/toxiproxy/v2/cmd/server@{VERSION}"
FOLDER = PROJECT / "build" / f"toxiproxy-{VERSION}"
INSTALL_TIMEOUT_S = 300.0  # 17 s with a good line
START_TIMEOUT_S = 10.0
CALL_TIMEOUT_S = 5.0
SILENT = "silent"
BOTH_WAYS = ("upstream", "downstream")


def why_not() -> str:
    """Why nothing can be cut off on this machine; empty where it can."""
    return "" if (FOLDER / "server").exists() or shutil.which("go") else "no Go: nothing to build Toxiproxy with"


def program() -> Path:
    """The program, built where it is not there yet. ComponentError with one line."""
    built = FOLDER / "server"
    if built.exists():
        return built
    go = shutil.which("go")
    if go is None:
        raise ComponentError(why_not())
    FOLDER.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "GOBIN": str(FOLDER)}
    try:
        answer = subprocess.run(
            [go, "install", MODULE],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise ComponentError(f"Toxiproxy was not built in {INSTALL_TIMEOUT_S:.0f} s: check the network") from None
    if answer.returncode != 0 or not built.exists():
        lines = (answer.stdout + answer.stderr).strip().splitlines()
        raise ComponentError(f"Toxiproxy could not be built: {lines[-1] if lines else 'no message'}")
    return built


@dataclass(slots=True)
class Proxy:
    """Made by `Proxy.start`. `lines` groups the proxies that are cut together: name → their names at the server."""

    child: ComponentChild
    port: int
    lines: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def start(cls, folder: Path) -> "Proxy":
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        child = start_child([str(program()), "-host", LOOPBACK, "-port", str(port)], folder / "toxiproxy.out")
        proxy = cls(child, port)
        deadline = time.monotonic() + START_TIMEOUT_S
        while child.poll() is None and time.monotonic() < deadline:
            try:
                proxy._call("GET", "/proxies", None)
            except (OSError, ValueError):
                time.sleep(0.05)
            else:
                return proxy
        child.kill()
        raise ComponentError(f"Toxiproxy did not start: see {folder / 'toxiproxy.out'}")

    def add(self, line: str, listen: int, upstream: int) -> None:
        """What reaches the port `listen` goes to the port `upstream`, until `line` is cut."""
        names = self.lines.setdefault(line, [])
        names.append(f"{line}-{len(names)}")
        listening, target = f"{LOOPBACK}:{listen}", f"{LOOPBACK}:{upstream}"
        self._call("POST", "/proxies", {"name": names[-1], "listen": listening, "upstream": target, "enabled": True})

    def cut(self, line: str) -> None:
        """Every connection is closed, and none is accepted."""
        for name in self.lines[line]:
            self._call("POST", f"/proxies/{name}", {"enabled": False})

    def silence(self, line: str) -> None:
        """Connections stay; bytes are swallowed in both directions."""
        for name in self.lines[line]:
            for stream in BOTH_WAYS:
                toxic = {
                    "name": f"{SILENT}-{stream}",
                    "type": "timeout",
                    "stream": stream,
                    "attributes": {"timeout": 0},
                }
                self._call("POST", f"/proxies/{name}/toxics", toxic)

    def heal(self, line: str) -> None:
        """As it was. Connections that were silenced are closed: what was swallowed does not come later."""
        for name in self.lines[line]:
            for toxic in self._call("GET", f"/proxies/{name}/toxics", None):
                self._call("DELETE", f"/proxies/{name}/toxics/{toxic['name']}", None)
            self._call("POST", f"/proxies/{name}", {"enabled": True})

    def stop(self) -> None:
        self.child.stop(1.0)

    def _call(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:
        """The answer. OSError (urllib's errors are) where there is none, or a refusal."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{LOOPBACK}:{self.port}{path}", data=data, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback: no proxy of the environment
        with opener.open(request, timeout=CALL_TIMEOUT_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None
