"""Tells a venue process what an operator wants of it: one act, one answer. It decides nothing."""

from oms.venues.one_question import NoAnswer, ask
from oms.venues.operator_messages import OperatorAct, OperatorDone, OperatorReject, OperatorRequest


class ActRefused(Exception):
    """The venue process says why; nothing was changed."""


class OperatorClient:
    """Of the venue process at `host`:`port`. Calls raise `ActRefused` and `NoAnswer`."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    def act(
        self,
        act: OperatorAct,
        venue: str,
        *,
        symbol: str = "",
        exec_id: str = "",
        order: str = "",
        qty: int = 0,
        px: int = 0,
    ) -> tuple[str, ...]:
        """What it did, a line each. Quantities and prices at the instrument's scales."""
        answer = ask(self._host, self._port, OperatorRequest(act, 1, venue, symbol, exec_id, order, qty, px))
        if isinstance(answer, OperatorReject):
            raise ActRefused(answer.text)
        if not isinstance(answer, OperatorDone):
            raise NoAnswer(f"what answers there is no venue process of this release: {type(answer).__name__}")
        return answer.did

    def scales(self, venue: str) -> dict[str, tuple[int, int]]:
        """Of the venue's instruments: (price scale, quantity scale) by symbol."""
        found = (line.split(" ") for line in self.act(OperatorAct.SCALES, venue))
        return {symbol: (int(price), int(qty)) for symbol, price, qty in found}
