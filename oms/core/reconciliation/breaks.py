"""The table of breaks: one open break per (cause, subject), from the difference to its resolution. REC-4, REC-6, REC-11.

    nothing ──difference seen──► open ──other figures──► open, raised again
                                  │ cause gone            → closed by the system
                                  │ a person's decision   → closed; the same figures raise no new one

What a person may decide about a cause is the table `ACCEPTED`. Nothing un-fills, so ACCEPT_VENUE is not there where the venue counts less.
It does not know what a resolution does to an order.
"""

from dataclasses import dataclass, field

from oms.core.enums import BreakCause, ResolutionKind
from oms.core.execution_events import BreakRaised, BreakResolved, ExecutionSuspended

BREAKS_MAX = 1_000
"""Open breaks of one partition. People close them one by one: at a thousand something larger is wrong, and one break says so."""

SUSPENSE_MAX = 1_000
"""Reports in suspense of one partition, as many as there can be breaks about them; older ones are in the journal."""

DECIDED_MAX = 1_000
"""Differences remembered as decided, so that they are not raised again; the oldest is forgotten, and raised again if it still is there."""

Key = tuple[BreakCause, str]
"""(cause, subject)"""

Figures = tuple[str, str, int, int, int | None, int | None]
"""What makes two differences the same: venue order id, ExecID, quantities and prices of both sides."""

_C, _K = BreakCause, ResolutionKind

ACCEPTED: dict[BreakCause, frozenset[ResolutionKind]] = {
    _C.FILL_INFERRED: frozenset({_K.ACCEPT_VENUE, _K.NOTED}),
    _C.FILLS_UNPRICED: frozenset({_K.ACCEPT_VENUE}),
    _C.VENUE_CUM_BELOW: frozenset({_K.KEEP_OURS, _K.NOTED}),
    _C.OVERFILL: frozenset({_K.ACCEPT_VENUE, _K.NOTED}),
    _C.TERMS_DIFFER: frozenset({_K.KEEP_OURS, _K.NOTED}),
    _C.LEAVES_DIFFER: frozenset({_K.KEEP_OURS, _K.NOTED}),
    _C.NOT_AT_VENUE: frozenset({_K.ACCEPT_VENUE}),
    _C.NO_ANSWER: frozenset({_K.ACCEPT_VENUE}),
    _C.UNKNOWN_ORDER: frozenset({_K.CANCEL_AT_VENUE, _K.NOTED}),
    _C.UNKNOWN_EXECUTION: frozenset({_K.KEEP_OURS, _K.NOTED}),
    _C.OPEN_AFTER_END: frozenset({_K.CANCEL_AT_VENUE, _K.NOTED}),
    _C.TABLE_FULL: frozenset({_K.NOTED}),
}
"""Cause → the decisions a person may take. FILLS_UNPRICED needs a price with it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between our state and a report, before it has a number. Fields as in `BreakRaised`."""

    cause: BreakCause
    subject: str
    order_id: str = ""
    child_id: str = ""
    cl_ord_id: str = ""
    venue_order_id: str = ""
    exec_id: str = ""
    our_qty: int = 0
    venue_qty: int = 0
    our_px: int | None = None
    venue_px: int | None = None
    text: str = ""

    @property
    def key(self) -> Key:
        return self.cause, self.subject

    @property
    def figures(self) -> Figures:
        return self.venue_order_id, self.exec_id, self.our_qty, self.venue_qty, self.our_px, self.venue_px


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person closed: the figures, and the number of the break, which says which is the oldest."""

    number: int
    figures: Figures


@dataclass(slots=True)
class BreakTable:
    """Part of execution's state. `decided`: what a person closed, by key. `next_number` names the next break."""

    open: dict[Key, BreakRaised] = field(default_factory=dict)
    decided: dict[Key, Decided] = field(default_factory=dict)
    suspense: dict[str, ExecutionSuspended] = field(default_factory=dict)
    next_number: int = 1


def figures_of(raised: BreakRaised) -> Figures:
    return (
        raised.venue_order_id,
        raised.exec_id,
        raised.our_qty,
        raised.venue_qty,
        raised.our_px,
        raised.venue_px,
    )


def break_id_of(partition: int, number: int) -> str:
    """The name a person types.

    >>> break_id_of(3, 17)
    'B3-17'
    """
    return f"B{partition}-{number}"


def number_of(break_id: str) -> int:
    """The number in a break's name, which counts within its partition.

    >>> number_of("B3-17")
    17
    """
    return int(break_id.rpartition("-")[2])


def accepts(cause: BreakCause, kind: ResolutionKind) -> bool:
    return kind in ACCEPTED[cause]


def raised(table: BreakTable, event: BreakRaised) -> None:
    key = event.cause, event.subject
    if key not in table.open:
        table.next_number += 1
    table.open[key] = event
    table.decided.pop(key, None)


def resolved(table: BreakTable, event: BreakResolved) -> None:
    closed = table.open.pop((event.cause, event.subject))
    table.suspense.pop(event.subject, None)
    if event.kind is not ResolutionKind.CAUSE_GONE:
        table.decided[(event.cause, event.subject)] = Decided(number_of(event.break_id), figures_of(closed))
        if len(table.decided) > DECIDED_MAX:
            del table.decided[min(table.decided, key=lambda key: table.decided[key].number)]


def suspended(table: BreakTable, event: ExecutionSuspended) -> None:
    table.suspense[event.subject] = event
    if len(table.suspense) > SUSPENSE_MAX:
        del table.suspense[min(table.suspense, key=lambda s: (table.suspense[s].at_ns, s))]
