"""What the world shows to whoever judges it: facts from outside, as bytes and plain values; never what a stage thinks of itself.

A judge gets a `Witness` and looks after every step. All facts have a `moment`: one counter over everything that can be seen from outside
(a record lands, a venue reads a message, a client is told something), so that any two of them have an order. Lists only grow; a judge
keeps its own place in them.

Does not know what is right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from oms.runtime.log import Record, TopicPartition


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be. `kind` is a short name, the same for every seed; `step` is where it was seen."""

    kind: str
    text: str
    step: int


@dataclass(frozen=True, slots=True)
class VenueRead:
    """A message that a venue took off a connection, in the order of reading.

    `kind`: NEW, CANCEL, REPLACE, STATUS, or a session message by its FIX name (LOGON, HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, GAP_FILL,
    LOGOUT); `new_seq_no` only of a GAP_FILL. `carried_out`: false where the session layer refused it (a number already used, a gap, no logon). `side` and `ord_type` have
    FIX values and are 0 where the kind has none; `price` is None where there is none. `process_id`: who wrote the bytes.
    """

    moment: int
    step: int
    wall_ns: int
    session_id: str
    connection: int
    process_id: str
    msg_seq_num: int
    kind: str
    carried_out: bool
    cl_ord_id: str = ""
    orig_cl_ord_id: str = ""
    order_id: str = ""
    child_id: str = ""
    account_id: str = ""
    instrument_id: str = ""
    side: int = 0
    ord_type: int = 0
    time_in_force: int = 0
    order_qty: int = 0
    price: int | None = None
    new_seq_no: int = 0
    asked: tuple[int | None, int | None, int, tuple[int, ...]] = (None, None, 0, ())
    """Of a NEW: stop price, display quantity, minimum quantity, ExecInst."""


@dataclass(frozen=True, slots=True)
class VenueFill:
    """An execution, as the venue booked it. `cl_ord_id` is the first of the order's chain. `excess`: beyond what was ordered.

    With `ref` it is a correction of the execution so named, whose figures it gives from then on; of a bust they are 0.
    """

    moment: int
    step: int
    exec_id: str
    cl_ord_id: str
    qty: int
    price: int
    excess: bool = False
    ref: str = ""


@dataclass(frozen=True, slots=True)
class VenueSaid:
    """An answer to a status request, or that the venue lost an order. `what`: KNOWN, UNKNOWN or FORGOT; `cl_ord_id` the order's."""

    moment: int
    step: int
    what: str
    cl_ord_id: str


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as the venue has it now. `status` is the FIX name. `forgotten`: the venue lost it and says that it does not know it.

    `overfilled`: the venue itself executed more than was ordered. `shown_qty`: what anybody can see of it in the book.
    """

    venue_order_id: str
    cl_ord_ids: tuple[str, ...]
    account_id: str
    instrument_id: str
    side: int
    order_qty: int
    price: int | None
    status: str
    cum_qty: int
    open: bool
    forgotten: bool
    overfilled: bool
    shown_qty: int = 0


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """An order as a gateway replica shows it now."""

    replica: str
    order_id: str
    cum_qty: int


class VenueAccount(Protocol):
    """What one session of a venue knows for itself."""

    @property
    def session_id(self) -> str: ...
    @property
    def venue_id(self) -> str: ...
    @property
    def partition(self) -> int:
        """The partition of execution that talks over this session."""
        ...

    def read(self) -> Sequence[VenueRead]: ...
    def fills(self) -> Sequence[VenueFill]: ...
    def said(self) -> Sequence[VenueSaid]: ...
    def orders(self) -> Sequence[VenueOrder]: ...


class Told(Enum):
    """What a client can be told."""

    ACK = "ack"
    """The command is written at `offset`; `state` and `reason` are its status as the replica knew it."""
    REFUSED = "refused"
    """Not taken, nothing written; `reason` and `text` say why."""
    UNKNOWN = "unknown"
    """No outcome is known (an append failed, the replica died, the deadline passed): the client may send the same again."""
    SUBSCRIBED = "subscribed"
    """A stream begins; `token` is its place. `asked_token` is what the client came with (empty: from now on, or from the start)."""
    UPDATES = "updates"
    """Some order updates, and the token behind them."""


@dataclass(frozen=True, slots=True)
class ClientHeard:
    """One answer. `request` are the bytes of what it answers (empty for updates); `request_type` the name of the message."""

    moment: int
    step: int
    wall_ns: int
    client: str
    desk_id: str
    partition: int
    replica: str
    told: Told
    request_type: str = ""
    request: bytes = b""
    cl_ord_id: str = ""
    offset: int = -1
    already_received: bool = False
    state: str = ""
    order_id: str = ""
    reason: str = ""
    text: str = ""
    token: str = ""
    asked_token: str = ""
    from_start: bool = False
    updates: tuple[bytes, ...] = ()
    """Serialized `oms.v1.OrderUpdate`s."""


@dataclass(frozen=True, slots=True)
class StateCheck:
    """An owner's state beside a fold of its journal from zero, both up to `next_offset` and to the same reference and control positions.

    Made of a part of the recoveries (`what`: RECOVERED; with a snapshot: FROM_SNAPSHOT), before the owner decided anything, and of every
    owner at rest (AT_REST).
    """

    moment: int
    step: int
    journal: TopicPartition
    process_id: str
    what: str
    next_offset: int
    state_hash: bytes
    fresh_hash: bytes


@dataclass(frozen=True, slots=True)
class Fallen:
    """A process ended by itself: an assertion, a broken journal, an exception. Deaths that were injected are not among them.

    `name` is the service; `text` the traceback. `expected`: a log that did not answer; the process is started again.
    """

    moment: int
    step: int
    name: str
    partition: int
    process_id: str
    expected: bool
    text: str


class OwnerSeen(Protocol):
    """A process that holds itself for the owner of a journal partition; several may at once."""

    @property
    def journal(self) -> TopicPartition: ...
    @property
    def process_id(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def caught_up(self) -> bool: ...
    @property
    def in_flight(self) -> int:
        """Records appended and not yet answered."""
        ...

    @property
    def next_offset(self) -> int:
        """Where its next record should land: its state is the fold of the journal below."""
        ...

    @property
    def positions(self) -> Mapping[TopicPartition, int]:
        """The next offset that it will read of each input."""
        ...

    def state_hash(self) -> bytes:
        """Costs a walk over the state."""
        ...


class Witness(Protocol):
    """The world from outside."""

    @property
    def seed(self) -> int: ...
    @property
    def step(self) -> int: ...
    @property
    def moment(self) -> int: ...
    @property
    def wall_ns(self) -> int:
        """True time; processes' clocks may differ from it."""
        ...

    @property
    def at_rest(self) -> bool:
        """Faults are over, everything was cancelled and had time: from here on nothing may be open or unknown."""
        ...

    @property
    def partitions(self) -> int:
        """Of the desk-keyed topics."""
        ...

    @property
    def control_limit_ns(self) -> int:
        """How old control's newest record may be for an owner that takes what raises exposure."""
        ...

    @property
    def audit_limit_ns(self) -> int: ...

    def topics(self) -> Sequence[TopicPartition]: ...
    def records(self, tp: TopicPartition) -> Sequence[Record]:
        """Every record that ever landed, in offset order; trimming does not take any from here."""
        ...

    def landed(self, tp: TopicPartition) -> Sequence[int]:
        """The moment at which the record at each offset landed."""
        ...

    def venues(self) -> Sequence[VenueAccount]: ...
    def shown_orders(self) -> Sequence[ShownOrder]:
        """What every gateway replica shows now."""
        ...

    def heard(self) -> Sequence[ClientHeard]: ...
    def audit_tables(self) -> Mapping[str, Sequence[tuple[Any, ...]]]:
        """The rows of the audit's tables, in the order of their inserts; columns as in `oms.wire.audit_rows`."""
        ...

    def owners(self) -> Sequence[OwnerSeen]: ...
    def state_checks(self) -> Sequence[StateCheck]: ...
    def fallen(self) -> Sequence[Fallen]: ...


class Judge(Protocol):
    """Made with a witness. Both methods may raise nothing: what is wrong goes into `violations`."""

    @property
    def violations(self) -> Sequence[Violation]: ...

    def observe(self) -> None:
        """After every step."""
        ...

    def finish(self) -> None:
        """Once, at rest."""
        ...
