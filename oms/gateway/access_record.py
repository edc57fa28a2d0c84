"""Which refused calls become records of their own, which are counted. Pure: the time is given, records are returned.

The first refusal of its kind (method, token, reason, caller's host) is recorded at once. Those alike within the next second become one
record with their count; so on as long as they come. At most `RECORDS_PER_SECOND` records of all kinds a second: what is beyond is one
more record with the count of all that was left out, so that no flood fills the log, and none is forgotten.

Invariant: the counts of all records sum up to the refusals told. Does not know who is refused, nor how a record is written.
"""

from dataclasses import dataclass

from oms.core.access import AccessRefused
from oms.core.reasons import Reason

WINDOW_NS = 1_000_000_000
RECORDS_PER_SECOND = 50
"""A person who tries something is in it whole; a flood is in it as a sample and a number."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused call."""

    method: str
    peer: str
    person_id: str
    token_id: str
    reason: Reason
    text: str


@dataclass(slots=True)
class _Repeats:
    """Refusals alike since `since_ns`, when the latest record of them was made."""

    first: Refusal
    since_ns: int
    count: int = 0
    first_ns: int = 0
    last_ns: int = 0


_Key = tuple[str, str, Reason, str]


class RefusalCounter:
    """Told of every refusal, asked now and then (several times a second) for the records that are due."""

    def __init__(self, process_id: str) -> None:
        self._process_id = process_id
        self._known: dict[_Key, _Repeats] = {}
        self._second_ns = 0
        self._recorded = 0
        self._unlisted = 0
        self._unlisted_ns = (0, 0)

    def tell(self, now_ns: int, refusal: Refusal) -> AccessRefused | None:
        """The record to write at once; None where it is counted for later."""
        repeats = self._known.get(_key(refusal))
        if repeats is not None:
            repeats.first_ns = repeats.first_ns if repeats.count else now_ns
            repeats.count, repeats.last_ns = repeats.count + 1, now_ns
            return None
        if not self._room(now_ns):
            self._leave_out(1, now_ns, now_ns)
            return None
        self._known[_key(refusal)] = _Repeats(refusal, now_ns)
        return self._record(refusal, 1, now_ns, now_ns)

    def due(self, now_ns: int, everything: bool = False) -> list[AccessRefused]:
        """The records whose second is over; `everything`: all that is counted, because the process stops."""
        found: list[AccessRefused] = []
        for key, repeats in list(self._known.items()):
            if not everything and now_ns - repeats.since_ns < WINDOW_NS:
                continue
            if repeats.count and self._room(now_ns):
                found.append(self._record(repeats.first, repeats.count, repeats.first_ns, repeats.last_ns))
                repeats.since_ns, repeats.count = now_ns, 0
                continue
            if repeats.count:
                self._leave_out(repeats.count, repeats.first_ns, repeats.last_ns)
            del self._known[key]
        if self._unlisted and (everything or now_ns - self._second_ns >= WINDOW_NS):
            nobody = Refusal("", "", "", "", Reason.REFUSALS_UNLISTED, "more than are listed one by one")
            found.append(self._record(nobody, self._unlisted, *self._unlisted_ns))
            self._unlisted = 0
        return found

    def _room(self, now_ns: int) -> bool:
        if now_ns - self._second_ns >= WINDOW_NS and not self._unlisted:
            self._second_ns, self._recorded = now_ns, 0
        if self._recorded >= RECORDS_PER_SECOND:
            return False
        self._recorded += 1
        return True

    def _leave_out(self, count: int, first_ns: int, last_ns: int) -> None:
        earliest, latest = self._unlisted_ns if self._unlisted else (first_ns, last_ns)
        self._unlisted_ns = (min(earliest, first_ns), max(latest, last_ns))
        self._unlisted += count

    def _record(self, refusal: Refusal, count: int, first_ns: int, last_ns: int) -> AccessRefused:
        return AccessRefused(
            last_ns,
            refusal.method,
            refusal.peer,
            refusal.person_id,
            refusal.token_id,
            refusal.reason,
            refusal.text,
            count,
            first_ns,
            self._process_id,
        )


def _key(refusal: Refusal) -> _Key:
    return refusal.method, refusal.token_id, refusal.reason, refusal.peer
