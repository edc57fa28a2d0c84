"""The venue process's own append-only log: what it was sent, what it answered, what it needs to go on after `kill -9`.

It decides how a batch becomes bytes, and what state a directory of such bytes means. It knows neither orders nor protocol rules.

- A line is one batch (one turn of the process's loop), written before anything of the batch leaves: a batch happened as a whole or
  not at all. A torn last line is a batch of which nothing left; it is cut off. A damaged line before the last is a loud stop.
- A batch holds the messages received and sent, the executions with what was displayed, and the *new value* of all that it changed
  (numbers per session, orders, books, tape position, clock anchor): recovery keeps the last value of each and decides nothing.
- The log is segments `venue-000001.log`, …; each starts with a checkpoint, a batch that holds everything. Recovery reads the last
  segment only: at most `SEGMENT_BYTES` and one checkpoint, below 10 s. Old segments stay as evidence up to `segments_kept`.
- The kernel has the bytes when `append` returns, the disk perhaps not: the venue survives the death of its process, not of its
  machine.
- One process at a time: the directory is locked.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oms.core.matching import BookState, BookStates
from oms.venues.exchange import BookKey, Execution, OrderRow
from oms.venues.messages import Clock
from oms.venues.session_layer import SessionNumbers

SEGMENT_BYTES = 64 * 1024 * 1024
SEGMENTS_KEPT = 16  # about 1 GB
_dumps = json.JSONEncoder(separators=(",", ":")).encode


class VenueLogError(Exception):
    """The log cannot be used as asked; the text is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything one turn of the loop did. In a checkpoint: everything there is, `sent` holding the reports kept for a resend.

    What only faults do: `unsaid` (reports that were not sent), `faults` (what each did), `forgotten` (OrderIDs that are gone),
    `renumbered` (sessions whose numbers began anew before this batch's). `operator`: what an operator did; `suspended`: where trading is stopped, None: as before. `books` hold only what
    changed of their fills (`BookState.after`), but in a checkpoint.
    """

    wall_ns: int
    tape_ns: int
    received: tuple[tuple[str, bytes], ...] = ()
    sent: tuple[tuple[str, bytes], ...] = ()
    executions: tuple[Execution, ...] = ()
    sessions: tuple[tuple[str, int, int], ...] = ()
    orders: tuple[OrderRow, ...] = ()
    books: tuple[tuple[BookKey, BookState], ...] = ()
    anchor: Clock | None = None
    checkpoint_of: str = ""
    unsaid: tuple[tuple[str, bytes], ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    forgotten: tuple[str, ...] = ()
    renumbered: tuple[str, ...] = ()
    operator: tuple[dict[str, Any], ...] = ()
    suspended: tuple[BookKey, ...] | None = None

    def line(self) -> bytes:
        head: dict[str, Any] = {"WallNs": self.wall_ns, "TapeNs": self.tape_ns}
        if self.checkpoint_of:
            head["Checkpoint"] = self.checkpoint_of
        if self.anchor is not None:
            head["Clock"] = [self.anchor.anchor, self.anchor.wall_ns, self.anchor.tape_ns, self.anchor.speed_milli]
        if self.sessions:
            head["Sessions"] = self.sessions
        if self.orders:
            head["Orders"] = self.orders
        if self.books:
            head["Books"] = [[venue, symbol, state] for (venue, symbol), state in self.books]
        if self.suspended is not None:
            head["Suspended"] = self.suspended
        for field_name, did in (
            ("Forgotten", self.forgotten),
            ("Renumbered", self.renumbered),
            ("Faults", self.faults),
            ("Operator", self.operator),
        ):
            if did:
                head[field_name] = did
        if self.executions:
            head["Executions"] = [_execution(e) for e in self.executions]
        parts = [_dumps(head)[:-1].encode()]
        said = ((b',"Received":[', self.received), (b',"Unsaid":[', self.unsaid), (b',"Sent":[', self.sent))
        for name, lines in said:
            if lines:
                parts.append(
                    name + b",".join(b"[%b,%b]" % (_dumps(s).encode(), text.strip()) for s, text in lines) + b"]"
                )
        return b"".join(parts) + b"}\n"


def _execution(e: Execution) -> dict[str, Any]:
    return {
        "ExecID": e.exec_id, "OrderID": e.order_id, "ClOrdID": e.cl_ord_id, "SessionID": e.session_id, "Venue": e.venue,
        "Symbol": e.symbol, "Side": e.side.name, "LastPx": e.last_px, "LastQty": e.last_qty, "TimeNs": e.time_ns,
        "Liquidity": e.liquidity.name, "Displayed": [[venue, *top] for venue, top in e.displayed],
    }  # fmt: skip


@dataclass(slots=True)
class Recovered:
    """The last value of everything. `tape_ns` None: the log is new."""

    tape_ns: int | None = None
    anchor: Clock | None = None
    sessions: dict[str, SessionNumbers] = field(default_factory=dict)
    orders: dict[str, OrderRow] = field(default_factory=dict)
    suspended: set[BookKey] = field(default_factory=set)
    _books: dict[BookKey, BookStates] = field(default_factory=dict)

    @property
    def books(self) -> dict[BookKey, BookState]:
        return {key: states.whole() for key, states in self._books.items()}

    def fold(self, batch: dict[str, Any]) -> None:
        self.tape_ns = batch["TapeNs"]
        if "Clock" in batch:
            self.anchor = Clock(*batch["Clock"])
        if "Suspended" in batch:
            self.suspended = {(venue, symbol) for venue, symbol in batch["Suspended"]}
        for session_id in batch.get("Renumbered", ()):
            self.sessions[session_id].sent.clear()
        for session_id, next_in, next_out in batch.get("Sessions", ()):
            numbers = self.sessions.setdefault(session_id, SessionNumbers(session_id))
            numbers.next_in, numbers.next_out = next_in, next_out
        for row in batch.get("Orders", ()):
            order = OrderRow.read(row)
            self.orders[order.order_id] = order
        for order_id in batch.get("Forgotten", ()):
            self.orders.pop(order_id, None)
        for venue, symbol, row in batch.get("Books", ()):
            self._books.setdefault((venue, symbol), BookStates()).add(BookState.read(row))
        for session_id, message in batch.get("Sent", ()):
            self.sessions[session_id].keep(message["MsgSeqNum"], _dumps(message).encode() + b"\n")


def checkpoint(
    label: str,
    wall_ns: int,
    tape_ns: int,
    anchor: Clock | None,
    sessions: Iterable[SessionNumbers],
    orders: tuple[OrderRow, ...],
    books: Iterable[tuple[BookKey, BookState]],
    suspended: Iterable[BookKey] = (),
) -> Batch:
    """A batch that holds everything."""
    numbers = tuple(sessions)
    return Batch(
        wall_ns,
        tape_ns,
        sent=tuple((n.session_id, line) for n in numbers for _, line in n.sent),
        sessions=tuple((n.session_id, n.next_in, n.next_out) for n in numbers),
        orders=orders,
        books=tuple(books),
        anchor=anchor,
        checkpoint_of=label,
        suspended=tuple(sorted(suspended)),
    )


class VenueLog:
    """Open with `open`, which recovers; then `append` each batch before its effects, and `rotate` when `full`."""

    def __init__(
        self, directory: Path, label: str, segments_kept: int = SEGMENTS_KEPT, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        assert label and segments_kept >= 1
        self._directory = directory
        self._label = label
        self._kept = segments_kept
        self._segment_bytes = segment_bytes
        self._lock = -1
        self._fd = -1
        self._number = 0
        self._size = 0

    def open(self) -> Recovered:
        """Lock the directory, read the last segment, cut off a torn line. Raises `VenueLogError`."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise VenueLogError(f"another venue process uses {self._directory}: stop it first") from None
        try:
            return self._recover()
        except VenueLogError:
            self.close()
            raise

    def _recover(self) -> Recovered:
        recovered = Recovered()
        for path in reversed(segment_paths(self._directory)):
            batches, good = read_segment(path)
            if not batches:  # the process died while it began this segment: the one before is whole
                path.unlink()
                continue
            label = batches[0].get("Checkpoint")
            if label != self._label:
                raise VenueLogError(f"{path} belongs to the tape {label!r}, not {self._label!r}: use another directory")
            for batch in batches:
                recovered.fold(batch)
            os.truncate(path, good)
            self._number = segment_number(path)
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            self._size = good
            break
        return recovered

    @property
    def full(self) -> bool:
        """True as well before the first segment: a segment starts with a checkpoint."""
        return self._fd < 0 or self._size >= self._segment_bytes

    def append(self, batch: Batch) -> None:
        """Written when it returns. An OSError (disk full) must end the process: nothing of the batch may leave."""
        assert self._fd >= 0
        line = batch.line()
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        self._size += len(line)

    def rotate(self, everything: Batch) -> None:
        """Begin a segment with this checkpoint, and drop the oldest beyond `segments_kept`."""
        assert everything.checkpoint_of == self._label
        if self._fd >= 0:
            os.close(self._fd)
        self._number += 1
        path = self._directory / f"venue-{self._number:06d}.log"
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._size = 0
        self.append(everything)
        for old in segment_paths(self._directory)[: -self._kept]:
            old.unlink()
        self._size = 0  # what counts towards the next rotation is what follows the checkpoint

    def close(self) -> None:
        for fd in (self._fd, self._lock):
            if fd >= 0:
                os.close(fd)
        self._fd = self._lock = -1


def segment_paths(directory: Path) -> list[Path]:
    return sorted(directory.glob("venue-[0-9]*.log"))


def segment_number(path: Path) -> int:
    return int(path.stem.removeprefix("venue-"))


def read_segment(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The whole batches of a segment, and how many bytes they are."""
    batches: list[dict[str, Any]] = []
    good = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                break
            try:
                batches.append(json.loads(line))
            except ValueError as error:
                raise VenueLogError(
                    f"{path} line {number} is damaged ({error}): restore it or use another directory"
                ) from None
            good += len(line)
    return batches, good
