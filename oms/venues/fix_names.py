"""ClOrdIDs for venues that take only short ones, or few characters: a digest of ours, found back by what the partition knows.

A digest is a function of our name, so another process makes the same; what it stands for is looked for among the children and their
requests, and kept. It decides no name that fits the venue as it is.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator

from oms.core.commands import venue_cl_ord_id
from oms.core.execution.state import ExecutionState
from oms.venues.fix_rules import RulesOfEngagement

KEPT_MAX = 200_000
"""Names kept: the children that are remembered after their end, with their requests, many times over."""

REQUESTS_OF_ENDED = 20
"""Requests that a child which has ended may have had: its state does not count them any more."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def digest(cl_ord_id: str, length: int, characters: str = "") -> str:
    """`length` characters that stand for the name: digits and capitals, or digits alone where the venue takes no letters.

    >>> digest("0:alpha/20250106/a1.1", 16)
    '0RY0YWUOE9JEL4NF'
    """
    digits = _DIGITS if not characters or "A" in characters else _DIGITS[:10]
    value = int.from_bytes(hashlib.sha256(cl_ord_id.encode()).digest())
    out = []
    for _ in range(length):
        value, digit = divmod(value, len(digits))
        out.append(digits[digit])
    return "".join(out)


class ShortNames:
    """Of one partition."""

    def __init__(self, partition: int, state: Callable[[], ExecutionState]) -> None:
        self._partition, self._state = partition, state
        self._kept: OrderedDict[str, str] = OrderedDict()

    def short(self, rules: RulesOfEngagement, name: str) -> str:
        if rules.fits(name):
            return name
        made = digest(name, rules.cl_ord_id_max, rules.cl_ord_id_characters)
        self._keep(made, name)
        return made

    def long(self, rules: RulesOfEngagement, name: str) -> str:
        """Ours for the venue's; the venue's where it stands for none of ours."""
        if name in self._kept or len(name) != rules.cl_ord_id_max or name.startswith(f"{self._partition}:"):
            return self._kept.get(name, name)
        for ours in self._names():
            if not rules.fits(ours):
                self._keep(digest(ours, rules.cl_ord_id_max, rules.cl_ord_id_characters), ours)
        self._keep(name, self._kept.get(name, name))  # looked for once
        return self._kept[name]

    def _keep(self, made: str, name: str) -> None:
        self._kept[made] = name
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)

    def _names(self) -> Iterator[str]:
        state = self._state()
        requests = {child_id: child.next_request for child_id, child in state.children.items()}
        requests |= dict.fromkeys(state.closed, REQUESTS_OF_ENDED)
        for child_id, count in requests.items():
            for request in range(count + 1):
                yield venue_cl_ord_id(self._partition, child_id, request)
