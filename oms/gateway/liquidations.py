"""How far liquidations have come in one partition: a fold of risk's events, the last LIQUIDATIONS_KEPT of them.

It knows the holdings that a step has named; how many there are, a step says. Positions are those of the last step that named them. What
began before the gateway's first record of the partition is not known.
"""

from dataclasses import dataclass, field

from oms.core.liquidation_events import LiquidatedHolding, LiquidationDone, LiquidationStarted, LiquidationStep
from oms.gateway.merge import Entry
from oms.wire.envelope import Envelope

LIQUIDATIONS_KEPT = 100
"""Nobody asks for a hundred of them in a day."""


@dataclass(slots=True)
class Liquidation:
    """`tried`: by (account, instrument) what is not known to be flat; `remaining` counts those that no step has named too."""

    started: LiquidationStarted
    remaining: int
    orders: int = 0
    refused: int = 0
    tried: dict[tuple[str, str], LiquidatedHolding] = field(default_factory=dict)
    finished: bool = False
    lifted: bool = False


class Liquidations:
    def __init__(self) -> None:
        self._by_offset: dict[int, Liquidation] = {}

    def shown(self, control_offset: int) -> list[Liquidation]:
        """Those that go on, and the one asked about."""
        return [found for offset, found in self._by_offset.items() if not found.finished or offset == control_offset]

    def fold(self, entry: Entry) -> None:
        if isinstance(entry.content, Envelope):
            for event in entry.content.events:
                self.take(event)

    def take(self, event: object) -> None:
        if isinstance(event, LiquidationStarted):
            self._by_offset[event.control_offset] = Liquidation(event, event.holdings)
            if len(self._by_offset) > LIQUIDATIONS_KEPT:
                del self._by_offset[next(iter(self._by_offset))]
        elif isinstance(event, LiquidationStep | LiquidationDone):
            known = self._by_offset.get(event.control_offset)
            if known is not None:
                known.remaining = event.remaining
                if isinstance(event, LiquidationStep):
                    _stepped(known, event)
                else:
                    known.finished, known.lifted = True, event.lifted


def _stepped(known: Liquidation, step: LiquidationStep) -> None:
    for holding in step.holdings:
        key = (holding.account_id, holding.instrument_id)
        if not holding.order_id:
            known.tried.pop(key, None)
            continue
        known.tried[key] = holding
        known.orders += 1
        known.refused += holding.reason is not None
