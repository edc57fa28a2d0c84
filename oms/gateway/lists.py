"""Lists of orders as the gateway knows them: what was asked, what risk said, and the orders it became (FIX ListStatus).

A part of the blotter's fold: it is told what concerns a list. Invariants: a list acknowledged to a client is found once the fold has
passed its command; an order of it is found here as long as the list is, even where the blotter itself has forgotten it.
Memory: lists with open or unjudged orders stay; of the others the latest, so that all lists together hold about LISTED_ORDERS_KEPT orders.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from oms.core.commands import NewOrder, NewOrderList, order_id_of
from oms.core.enums import OrdStatus
from oms.core.reasons import Reason

LISTED_ORDERS_KEPT = 20_000
"""Per partition, over all lists: as many as the blotter keeps of ended orders."""

PLACES = 512
"""Places within one record of `oms.orders`, for the order in which orders are listed: more than a list has orders."""


class ListOrderStatus(IntEnum):
    """The numbers of the API's enumeration of the same name (FIX 431)."""

    RECEIVED_FOR_EXECUTION = 1
    EXECUTING = 2
    CANCELLING = 3
    ALL_DONE = 4
    REJECT = 5


class ListedState(Protocol):
    """What a list has to know of an order (`oms.gateway.blotter.OrderState`)."""

    @property
    def ord_status(self) -> OrdStatus: ...


@dataclass(slots=True)
class ListState:
    """`orders`: by ClOrdID, those that risk accepted, or refused for themselves. `refused`: why, of those with a ClOrdID in use elsewhere."""

    list_id: str
    command: NewOrderList
    orders_offset: int
    decision_offset: int = -1
    reason: Reason | None = None
    text: str = ""
    order_cl_ord_id: str = ""
    cancelling: bool = False
    orders: dict[str, ListedState] = field(default_factory=dict)
    refused: dict[str, tuple[Reason, str]] = field(default_factory=dict)

    @property
    def status(self) -> ListOrderStatus:
        if self.reason is not None:
            return ListOrderStatus.REJECT
        judged = len(self.orders) + len(self.refused)
        if self.decision_offset < 0 or judged < len(self.command.orders):
            return ListOrderStatus.RECEIVED_FOR_EXECUTION
        if all(order.ord_status.is_terminal for order in self.orders.values()):
            return ListOrderStatus.ALL_DONE
        return ListOrderStatus.CANCELLING if self.cancelling else ListOrderStatus.EXECUTING

    @property
    def is_over(self) -> bool:
        return self.status in (ListOrderStatus.REJECT, ListOrderStatus.ALL_DONE)

    def index_of(self, cl_ord_id: str) -> int:
        return next(i for i, order in enumerate(self.command.orders) if order.cl_ord_id == cl_ord_id)


@dataclass(slots=True)
class Lists:
    """The lists of one partition, oldest first."""

    states: dict[str, ListState] = field(default_factory=dict)
    undecided: dict[int, str] = field(default_factory=dict)
    """By the offset of the command: received, and risk has not said anything yet."""
    held_orders: int = 0

    def received(self, offset: int, command: NewOrderList) -> None:
        list_id = _id_of(command)
        if list_id not in self.states:
            self._keep(ListState(list_id, command, offset))
            self.undecided[offset] = list_id

    def accepted(self, source: int, offset: int, command: NewOrderList) -> None:
        self._decided(source, offset, command)

    def rejected(
        self, source: int, offset: int, command: NewOrderList, cl_ord_id: str, reason: Reason, text: str
    ) -> None:
        """A refused second use of a ListID leaves the first as it is."""
        known = self.states.get(_id_of(command))
        if known is not None and known.decision_offset >= 0:
            return
        state = self._decided(source, offset, command)
        state.reason, state.text, state.order_cl_ord_id = reason, text, cl_ord_id

    def dead(self, offset: int, reason: Reason, text: str) -> None:
        """The command was put aside: that is its list's end, where it was the first under its ListID."""
        list_id = self.undecided.pop(offset, "")
        if list_id:
            state = self.states[list_id]
            state.reason, state.text = reason, text

    def judged_below(self, below: int) -> None:
        """Risk has passed these commands: a list that it said nothing about repeats one that is not kept any more."""
        while self.undecided and (first := next(iter(self.undecided))) < below:
            self._drop(self.undecided.pop(first))

    def of(self, order: NewOrder) -> ListState | None:
        return self.states.get(order.list_id)

    def _decided(self, source: int, offset: int, command: NewOrderList) -> ListState:
        self.undecided.pop(source, None)
        list_id = _id_of(command)
        state = self.states.get(list_id)
        if state is None or (state.command is not command and state.decision_offset < 0):
            # trimmed away, or what stood here first ended as a dead letter
            self._drop(list_id)
            state = ListState(list_id, command, source)
            self._keep(state)
        state.decision_offset, state.reason, state.text = offset, None, ""
        return state

    def _keep(self, state: ListState) -> None:
        self.states[state.list_id] = state
        self.held_orders += len(state.command.orders)
        if self.held_orders <= LISTED_ORDERS_KEPT:
            return
        for list_id in [known for known, s in self.states.items() if s.is_over]:
            self._drop(list_id)
            if (
                self.held_orders <= LISTED_ORDERS_KEPT * 9 // 10
            ):  # a look over all lists is not for every list that comes
                return

    def _drop(self, list_id: str) -> None:
        state = self.states.pop(list_id, None)
        if state is not None:
            self.held_orders -= len(state.command.orders)


def _id_of(command: NewOrderList) -> str:
    return order_id_of(command.desk_id, command.trading_date, command.cl_ord_id)
