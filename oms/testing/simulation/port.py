"""Execution's port to venues in memory: one per process, with its own connections. A replaced process keeps writing to dead ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from oms.core.enums import SessionMessage
from oms.core.execution_events import SessionMessagePlanned
from oms.core.stage import DisconnectEffect, Effect
from oms.core.venue_messages import Disconnected, SessionInput
from oms.testing.simulation.process_log import ProcessLog, Strike
from oms.testing.simulation.venue import NOT_CONNECTED, FaultyVenue

HEARD_MAX = 64
"""Messages taken from one session in a turn: what is left waits, as bytes in a socket's buffer do."""


@dataclass(slots=True)
class VenuePort:
    """`venues`: session id → venue. Takes only what has arrived; when venues read is the world's to say."""

    venues: dict[str, FaultyVenue]
    process_id: str
    log: ProcessLog
    connections: dict[str, int] = field(default_factory=dict)
    ended: list[SessionInput] = field(default_factory=list)

    def restart(self) -> None:
        for session_id, connection in self.connections.items():
            venue = self.venues[session_id]
            if venue.connection == connection:
                venue.writer_died()  # closed at our end; what was written before may still be read
        self.connections.clear()
        self.ended = [Disconnected(session_id, "a new ownership begins") for session_id in self.venues]

    def poll(self) -> Sequence[SessionInput]:
        inputs, self.ended = self.ended, []
        for session_id, connection in list(self.connections.items()):
            venue = self.venues[session_id]
            if connection != venue.connection:
                del self.connections[session_id]
                inputs.append(Disconnected(session_id, "another connection replaced this one"))
                continue
            for _ in range(HEARD_MAX):
                heard = venue.deliver()
                if heard is None:
                    break
                if isinstance(heard, Disconnected):
                    inputs.append(heard)
                    del self.connections[session_id]
                    break
                inputs.append(venue.road.tell(heard) if venue.road is not None else heard)
        return inputs

    def await_answer(self, timeout_s: float) -> bool:
        return False  # nothing waits in memory

    def perform(self, effect: Effect) -> None:
        self.log.strike(Strike.BEFORE_EFFECT)
        if isinstance(effect, DisconnectEffect):
            connection = self.connections.pop(effect.session_id, None)
            venue = self.venues[effect.session_id]
            if connection is not None and connection == venue.connection:
                venue.lose()
                venue.outbound.clear()  # closed on purpose: nobody tells us
            return
        message = effect.message
        session_id = message.session_id
        venue = self.venues[session_id]
        if isinstance(message, SessionMessagePlanned) and message.message is SessionMessage.LOGON:
            connection = venue.open()
            if connection == NOT_CONNECTED:
                self.ended.append(Disconnected(session_id, "connection refused"))
                return
            self.connections[session_id] = connection
        if session_id in self.connections:
            if venue.road is not None:
                venue.road.ask(effect)
            venue.send(self.connections[session_id], self.process_id, effect)
