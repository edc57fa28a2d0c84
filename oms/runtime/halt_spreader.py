"""Writes the halts of trips to `oms.control`: a task of every gateway (`oms.gateway.trips` says what is missing).

A replica waits a short random time before it writes, so that of several mostly one does; that the trip binds its own partition has not waited
for it. What was written counts once it is read back: an append without an answer is looked for, and made again where it is not there.
"""

import asyncio
import logging
import random

from oms.core.control import Halt
from oms.runtime.clock import Clock
from oms.runtime.gateway_append import LoopAppenders, OutcomeUnknown
from oms.runtime.gateway_feed import GatewayView
from oms.runtime.log import TopicPartition
from oms.wire import topics
from oms.wire.codec import encode_intake

_LOGGER = logging.getLogger(__name__)
_CONTROL = TopicPartition(topics.CONTROL, 0)

LOOK_S = 0.01
"""How often it is looked whether a trip is to be spread: well within the time in which a halt has to be everywhere."""

RANDOM_S = 0.02
"""A halt is written and read back within some milliseconds: of three replicas mostly one is the first by more than that."""

READ_BACK_S = 1.0
"""After an append: longer than a broker takes. What was not read back by then is written again; a second halt of a trip changes nothing."""


class HaltSpreader:
    """`run` until cancelled, in the gateway's event loop."""

    def __init__(self, view: GatewayView, appenders: LoopAppenders, clock: Clock) -> None:
        self._view, self._appenders, self._clock = view, appenders, clock
        self.written = 0

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if not self._view.ready or not any(self._due()):
                continue
            await asyncio.sleep(random.uniform(0.0, RANDOM_S))
            for halt in self._due():
                await self._spread(halt)

    def _due(self) -> list[Halt]:
        return list(self._view.trips.due(self._view.control, self._clock.now_ns()))

    async def _spread(self, halt: Halt) -> None:
        assert halt.trip is not None, "a person's halt is not spread"
        name = halt.trip.partition, halt.trip.offset
        if name in self._view.trips.spread:  # another replica's was read while the one before it was written
            return
        self.written += 1
        try:
            await self._appenders[_CONTROL].append(b"control", encode_intake(topics.CONTROL, halt))
        except OutcomeUnknown as unknown:
            _LOGGER.error("the halt of trigger %s may not be written: %s", halt.trip.trigger_id, unknown)
        deadline_ns = self._clock.now_ns() + int(READ_BACK_S * 1e9)
        while name not in self._view.trips.spread and self._clock.now_ns() < deadline_ns:
            await asyncio.sleep(LOOK_S)
