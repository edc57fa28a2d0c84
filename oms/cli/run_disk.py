"""The bound of a data directory: beyond it new orders are halted, with what to do in the reason. Cancels pass, as in every halt."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oms.cli.client import GatewayClient, admin_messages
from oms.cli.instance import CliError
from oms.cli.terms import requester
from oms.core.enums import HaltScope

CHECK_S = 10.0


@dataclass(slots=True)
class DiskBound:
    """`limit_bytes` over everything below `folder`."""

    folder: Path
    limit_bytes: int
    halted: bool = False
    _checked_s: float = 0.0

    def watch(self, client: GatewayClient, say: Callable[[str], None]) -> None:
        """Measure now and then; halt the firm when the bound is passed, and again where it is resumed without room."""
        if time.monotonic() - self._checked_s < CHECK_S:
            return
        self._checked_s = time.monotonic()
        used = used_bytes(self.folder)
        if used <= self.limit_bytes:
            return
        reason = (
            f"the data directory has {used / 1e9:.1f} GB, its bound is {self.limit_bytes / 1e9:g} GB: "
            "start again with a larger --disk-gb and `oms resume firm`, or `oms reset`"
        )
        request = admin_messages.HaltRequest(scope=HaltScope.FIRM, reason=reason, requester=requester())
        try:
            if self.halted and any(h.scope == HaltScope.FIRM for h in client.control_status().halts):
                return
            client.halt(request)
        except CliError as error:
            say(f"{reason}; the halt was not taken: {error}")
            return
        self.halted = True
        say(f"new orders are halted: {reason}")


def used_bytes(folder: Path) -> int:
    """What the files below a folder take on the disk; files and folders that vanish meanwhile do not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total
