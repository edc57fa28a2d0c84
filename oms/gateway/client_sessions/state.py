"""What the client-sessions stage knows of one partition: plain data, changed by `evolve` alone, in snapshots and state hashes.

Invariants:
- a request stays until risk has decided it (a new order, a mass cancel, a list), or its outcome is known (a cancel, a replace);
- a ClOrdID is found as long as its order is here: open orders always, of the ended ones the latest ENDED_ORDERS_KEPT;
- a session that is no more in the reference data keeps its numbers: it may come back.
"""

from dataclasses import dataclass, field

from oms.core.commands import Command, NewOrder
from oms.core.control import Control
from oms.core.enums import ExecType, OrdStatus
from oms.core.instructions import PLAIN, Instructions
from oms.core.reference import Reference
from oms.fix.cancel_on_disconnect import DisconnectState
from oms.fix.session import SessionState

ENDED_ORDERS_KEPT = 10_000
"""Per partition: some hours of a busy desk, for status requests and duplicates. Older ClOrdIDs are risk's to judge."""

REQUESTS_MAX = 2_000
"""Commands of one session without a decision; beyond it new ones are refused (BusinessRejectReason 4) until risk answers. Cancels pass."""

SPENT_KEPT = 20_000
"""Per partition: ClOrdIDs of cancels, replaces and mass cancels that are over, so that a repeat is answered here."""

SUBSCRIPTIONS_MAX = 20
"""Market data requests of one session; each may name so many instruments."""

Key = tuple[str, int, str]
"""(desk, trading date, ClOrdID)."""


@dataclass(slots=True)
class ClientOrder:
    """An order and its present figures. `order`: its first command. `cl_ord_id` is the accepted one, `cl_ord_ids` the chain of all.

    `told`: something happened to it that was told; before that it was only received.
    """

    order_id: str
    session_id: str
    order: NewOrder
    cl_ord_id: str
    cl_ord_ids: list[str]
    order_qty: int
    price: int | None
    instructions: Instructions = PLAIN
    ord_status: OrdStatus = OrdStatus.PENDING_NEW
    exec_type: ExecType = ExecType.PENDING_NEW
    cum_qty: int = 0
    leaves_qty: int = 0
    notional: int = 0
    day_order_qty: int = 0
    day_cum_qty: int = 0
    day_notional: int = 0
    told: bool = False

    @property
    def desk_id(self) -> str:
        return self.order.desk_id


@dataclass(slots=True)
class Request:
    """A command on its way. `decided`: risk has accepted it, the router has it."""

    session_id: str
    msg_seq_num: int
    command: Command
    decided: bool = False


@dataclass(slots=True)
class Told:
    """What a subscriber was last told of an instrument: entries by MDEntryID as (price, quantity)."""

    entries: dict[str, tuple[int, int]] = field(default_factory=dict)
    market_position: int = -1
    told_ns: int = 0


@dataclass(slots=True)
class Subscription:
    instruments: tuple[str, ...]
    entry_types: tuple[str, ...]
    depth: int
    incremental: bool
    told: dict[str, Told] = field(default_factory=dict)


@dataclass(slots=True)
class ClientSession:
    """A session. `link_id` 0: not connected. `disconnect`: what rule 38 says of it (`oms.fix.cancel_on_disconnect`).

    `disconnects` counts its ends, so that each cancel has an id. `day_ns`: when the day began
    with which its numbers began. `since_ns`: its first logon ever (0: none yet); what happened before is not told unasked. `reset_ns`: the
    latest of a person's requests for a reset that was done.
    """

    session_id: str
    fix: SessionState
    link_id: int = 0
    peer: str = ""
    disconnect: DisconnectState = field(default_factory=DisconnectState)
    disconnects: int = 0
    day_ns: int = 0
    since_ns: int = 0
    reset_ns: int = 0
    subscriptions: dict[str, Subscription] = field(default_factory=dict)


@dataclass(slots=True)
class ClientSessionsState:
    """`ids`: the order that a (desk, ClOrdID) names now. `ended`: ids of ended orders, oldest first.

    `spent`: keys of requests that are over, which no other may have; the latest SPENT_KEPT.
    """

    partition: int
    reference: Reference = field(default_factory=Reference)
    control: Control = field(default_factory=Control)
    sessions: dict[str, ClientSession] = field(default_factory=dict)
    orders: dict[str, ClientOrder] = field(default_factory=dict)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)
    requests: dict[Key, Request] = field(default_factory=dict)
    spent: dict[Key, None] = field(default_factory=dict)

    def find(self, desk_id: str, cl_ord_id: str) -> ClientOrder | None:
        return self.orders.get(self.ids.get((desk_id, cl_ord_id), ""))
