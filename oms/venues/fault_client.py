"""Speaks to a venue process about faults: one request, one answer, each on a connection of its own. For people and for test harnesses.

It decides nothing but how long to wait. A venue process that does not answer is `FaultsUnavailable`, a request that it refuses
`FaultRefused`; both texts say what to do.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oms.venues.fault_messages import FaultClear, FaultKind, FaultList, FaultReject, FaultRequest, Faults, FaultSet
from oms.venues.one_question import NoAnswer, ask


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
        try:
            answer = ask(self._host, self._port, request)
        except NoAnswer as error:
            raise FaultsUnavailable(str(error)) from None
        if isinstance(answer, FaultReject):
            raise FaultRefused(answer.text)
        if not isinstance(answer, Faults):
            raise FaultsUnavailable(f"what answers there is no venue process of this release: {type(answer).__name__}")
        return [_facts(json.loads(text)) for text in answer.faults]


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
