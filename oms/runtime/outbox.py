"""Effects of records that are in flight: they leave in the order of the records, each once its record is acknowledged on plan.

A cancel may withdraw a NEW that has not left: the record of the withdrawal carries a gap fill for the NEW's number. The gap fill then
takes the NEW's place in the order, and everything behind that place waits for the withdrawal's own ack: a number is used once, numbers
leave in order, and no byte says what no acknowledged record says.

Knows no log and no socket. Dropped as a whole with its run; what had not left then is for the next owner's logon to settle.
"""

from collections import deque
from dataclasses import dataclass

from oms.core.enums import IntentKind, SessionMessage
from oms.core.execution_events import Intent, SessionMessagePlanned
from oms.core.stage import AnyEffect, SendEffect

Number = tuple[str, int]
"""(session, message number)"""


@dataclass(slots=True)
class _Place:
    """`run_seq`: the record whose ack lets the effect leave."""

    run_seq: int
    effect: AnyEffect


class Outbox:
    """Used by one loop, within one run."""

    def __init__(self) -> None:
        self._places: deque[_Place] = deque()
        self._news: dict[Number, _Place] = {}

    def add(self, run_seq: int, effects: tuple[AnyEffect, ...]) -> tuple[AnyEffect, ...]:
        """Take the effects of a record just appended; returns those that may leave at once: none."""
        for effect in effects:
            number = _filled(effect)
            place = self._news.pop(number, None) if number is not None else None
            if place is not None:
                place.run_seq, place.effect = run_seq, effect
                continue
            place = _Place(run_seq, effect)
            self._places.append(place)
            if (new := _number_of_new(effect)) is not None:
                self._news[new] = place
        return ()

    def release(self, run_seq: int) -> list[AnyEffect]:
        """What may leave now that everything up to `run_seq` is acknowledged, in order."""
        free: list[AnyEffect] = []
        while self._places and self._places[0].run_seq <= run_seq:
            effect = self._places.popleft().effect
            if (new := _number_of_new(effect)) is not None:
                self._news.pop(new, None)
            free.append(effect)
        return free

    def unsent(self) -> frozenset[Number]:
        """The numbers of NEWs that have certainly not left."""
        return frozenset(self._news)

    def __len__(self) -> int:
        return len(self._places)


def _number_of_new(effect: AnyEffect) -> Number | None:
    if isinstance(effect, SendEffect) and isinstance(effect.message, Intent) and effect.message.kind is IntentKind.NEW:
        return effect.message.session_id, effect.message.msg_seq_num
    return None


def _filled(effect: AnyEffect) -> Number | None:
    """The number that a gap fill of exactly one number stands for."""
    message = effect.message if isinstance(effect, SendEffect) else None
    if not isinstance(message, SessionMessagePlanned) or message.message is not SessionMessage.GAP_FILL:
        return None
    return (message.session_id, message.msg_seq_num) if message.new_seq_no == message.msg_seq_num + 1 else None
