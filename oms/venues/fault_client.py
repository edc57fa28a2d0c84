"""Speaks to a venue process about faults: one request, one answer, each on a connection of its own. For people and for test harnesses.

It decides nothing but how long to wait. A venue process that does not answer is `FaultsUnavailable`, a request that it refuses
`FaultRefused`; both texts say what to do.
"""

import json
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oms.venues import messages as m
from oms.venues.fault_messages import FaultClear, FaultKind, FaultList, FaultReject, FaultRequest, Faults, FaultSet
from oms.venues.session_client import Disconnected, LineConnection

ANSWER_S = 5.0
"""A venue process answers within one turn; one that does not within this hangs, or is none."""


class FaultsUnavailable(Exception):
    """Nothing answers there."""


class FaultRefused(Exception):
    """The venue process says why."""


@dataclass(frozen=True, slots=True)
class FaultFacts:
    """A fault as the venue process describes it. `left` 0: no bound; `left_ms` 0: until cleared; `struck`: how often it did."""

    number: int
    session_id: str
    kind: str
    left: int
    left_ms: int
    delay_ms: int
    cl_ord_id: str
    struck: int


class FaultClient:
    """Of the venue process at `host`:`port`."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    def set(
        self, kind: FaultKind, session_id: str = "", *, count: int = 0, ms: int = 0, cl_ord_id: str = ""
    ) -> FaultFacts:
        """Switch a fault on, for a session or (empty) all. What happens at once has happened when this returns."""
        (fault,) = self._ask(FaultSet(kind, session_id, count, ms, cl_ord_id))
        return fault

    def clear(self, session_id: str | None = None) -> Sequence[FaultFacts]:
        """Switch off the faults that were set for a session ("": for all at once; None: every fault). Returns them."""
        return self._ask(FaultClear(session_id is None, session_id or ""))

    def listed(self) -> Sequence[FaultFacts]:
        return self._ask(FaultList(1))

    def _ask(self, request: FaultRequest) -> Sequence[FaultFacts]:
        connection = LineConnection.connect(self._host, self._port, m.encode(request))
        deadline = time.monotonic() + ANSWER_S
        try:
            while (wait_s := deadline - time.monotonic()) > 0:
                for item in connection.poll():
                    if isinstance(item, Disconnected):
                        raise FaultsUnavailable(f"the venue process at {self._host}:{self._port}: {item.text}")
                    return _answer(item)
                if connection.connected:
                    select.select([connection], [], [], wait_s)
            raise FaultsUnavailable(f"no answer from the venue process at {self._host}:{self._port} for {ANSWER_S:g} s")
        finally:
            connection.close()


def _answer(line: bytes) -> Sequence[FaultFacts]:
    try:
        message = m.decode(line)
    except m.MessageError as error:
        raise FaultsUnavailable(f"what answers there is no venue process of this release: {error}") from None
    if isinstance(message, FaultReject):
        raise FaultRefused(message.text)
    if not isinstance(message, Faults):
        raise FaultsUnavailable(f"what answers there is no venue process of this release: {type(message).__name__}")
    return [_facts(json.loads(text)) for text in message.faults]


def _facts(told: dict[str, Any]) -> FaultFacts:
    return FaultFacts(
        told["Fault"],
        told["SessionID"],
        told["Kind"],
        told["Left"],
        told["LeftMs"],
        told["Ms"],
        told["ClOrdID"],
        told["Struck"],
    )
