"""What desks asked for and what they were told: a gateway client that keeps a record of every command for the history checker.

One command is one key (kind, desk, trading date, ClOrdID), however often it is repeated. It is OK from the first answer on; REFUSED where
the gateway refused it and no attempt's fate is unknown; UNKNOWN otherwise.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oms.cli.client import CALL_TIMEOUT_S, GatewayClient, GatewayRefused
from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    Command,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    ReplaceOrder,
)
from oms.testing.history import Append, Outcome
from oms.wire import topics

NEW, CANCEL, REPLACE, MASS_CANCEL = "new", "cancel", "replace", "mass cancel"


def key_of(kind: str, desk_id: str, trading_date: int, cl_ord_id: str) -> str:
    return f"{kind} {desk_id}/{trading_date}/{cl_ord_id}"


def key_of_command(command: Command) -> str:
    """The key of a record of `oms.orders`."""
    match command:
        case NewOrder():
            kind = NEW
        case CancelOrder():
            kind = CANCEL
        case ReplaceOrder():
            kind = REPLACE
        case MassCancelOrders():
            kind = MASS_CANCEL
        case NewOrderList() | CancelOrderList():
            raise AssertionError("the desks of chaos send no lists")
    return key_of(kind, command.desk_id, command.trading_date, command.cl_ord_id)


@dataclass(slots=True)
class Asked:
    """One command over all its attempts. Times are of the monotonic clock, nanoseconds."""

    key: str
    desk_id: str
    began_ns: int
    attempts: int = 0
    unknown: int = 0
    refused: bool = False
    ended_ns: int | None = None
    partition: int = -1
    offset: int = -1


class RecordingClient(GatewayClient):
    """Safe for several threads. `taken` gives the record so far."""

    def __init__(self, address: str, *arguments: Any) -> None:
        super().__init__(address, *arguments)
        self._asked: dict[str, Asked] = {}
        self._partition_of: dict[str, int] = {}  # of a desk; every answer names it
        self._guard = threading.Lock()

    def submit(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._recorded(NEW, request, lambda: super(RecordingClient, self).submit(request, timeout_s))

    def cancel(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._recorded(CANCEL, request, lambda: super(RecordingClient, self).cancel(request, timeout_s))

    def replace(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._recorded(REPLACE, request, lambda: super(RecordingClient, self).replace(request, timeout_s))

    def mass_cancel(self, request: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        return self._recorded(
            MASS_CANCEL, request, lambda: super(RecordingClient, self).mass_cancel(request, timeout_s)
        )

    def commands(self) -> dict[str, bool]:
        """Key → whether its desk was told that it is written."""
        with self._guard:
            return {key: asked.ended_ns is not None for key, asked in self._asked.items()}

    def appends(self) -> list[Append]:
        """Every command as an append to `oms.orders`; those of a desk that was never answered are left out, their place is unknown."""
        with self._guard:
            return [
                _append(asked, self._partition_of[asked.desk_id])
                for asked in self._asked.values()
                if asked.desk_id in self._partition_of
            ]

    def _recorded(self, kind: str, request: Any, call: Callable[[], Any]) -> Any:
        key = key_of(kind, request.desk_id, request.trading_date, request.cl_ord_id)
        with self._guard:
            asked = self._asked.setdefault(key, Asked(key, request.desk_id, time.monotonic_ns()))
            asked.attempts += 1
        try:
            answer = call()
        except GatewayRefused:
            asked.refused = True
            raise
        except BaseException:
            asked.unknown += 1
            raise
        with self._guard:
            self._partition_of[request.desk_id] = int(answer.status.partition)
            if asked.ended_ns is None:
                asked.ended_ns, asked.offset = time.monotonic_ns(), int(answer.status.offset)
        return answer


def _append(asked: Asked, partition: int) -> Append:
    place, now_ns = (topics.ORDERS, partition), time.monotonic_ns()
    if asked.ended_ns is not None:
        offset = asked.offset if asked.offset >= 0 else None
        return Append(
            place, asked.key, Outcome.OK, offset, asked.began_ns, asked.ended_ns, asked.attempts, asked.unknown
        )
    refused = asked.refused and not asked.unknown
    outcome = Outcome.REFUSED if refused else Outcome.UNKNOWN
    return Append(place, asked.key, outcome, None, asked.began_ns, now_ns, asked.attempts, asked.unknown)
