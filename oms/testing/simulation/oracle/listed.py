"""Lists at risk: a contingent one is accepted whole or not at all, the orders of a program are judged in turn, a bounded number in a record.

What the single orders of a list may be is judged like that of any order. A program whose cancel was accepted gets no order accepted after.
"""

from dataclasses import dataclass, field

from oms.testing.simulation.oracle.journal import Counted
from oms.testing.simulation.oracle.kinds import Findings, Kind
from oms.v1.commands_pb2 import NewOrder
from oms.v1.envelope_pb2 import JournalEvent
from oms.v1.risk_pb2 import ListStep

STEP_ORDERS_MAX = 50
"""As the design says: a record is bounded."""

JUDGED = ("order_accepted", "order_rejected")


def is_listed(events: list[JournalEvent]) -> bool:
    """Whether the orders in a record are those of a list or a liquidation, not of commands of their own."""
    return any(e.risk.WhichOneof("kind") in ("list_accepted", "list_step", "liquidation_step") for e in events)


def liquidating(events: list[JournalEvent]) -> list[NewOrder]:
    """The orders that the system desk made in a record, whatever was decided about them."""
    if not any(e.risk.WhichOneof("kind") == "liquidation_step" for e in events):
        return []
    return [
        getattr(e.risk, kind).order
        for e in events
        if (kind := e.risk.WhichOneof("kind")) in ("order_accepted", "order_rejected")
    ]


@dataclass(slots=True)
class Program:
    list_id: str
    waiting: list[NewOrder]
    cancelled: bool = False


@dataclass(slots=True)
class Listed:
    """One partition. `programs`: offset of the acceptance in `oms.risk` → what waits to be judged."""

    findings: Findings
    programs: dict[int, Program] = field(default_factory=dict)

    def take(self, counted: Counted) -> list[NewOrder]:
        """A record of risk; the orders of lists that it judged."""
        events = [e.risk for e in counted.envelope.events]
        judged = [getattr(e, kind).order for e in events if (kind := e.WhichOneof("kind") or "") in JUDGED]
        refused = [e.order_rejected.order for e in events if e.WhichOneof("kind") == "order_rejected"]
        for event in events:
            match event.WhichOneof("kind"):
                case "list_accepted":
                    asked = event.list_accepted.order_list
                    wanted = list(asked.orders) if asked.HasField("contingency") else []
                    if judged != wanted or refused:
                        self._report(counted, f"{event.list_accepted.list_id}: {len(judged)} of {len(wanted)} orders")
                    if not asked.HasField("contingency"):
                        self.programs[counted.offset] = Program(event.list_accepted.list_id, list(asked.orders))
                    return judged
                case "list_step":
                    self._stepped(counted, event.list_step, judged, refused)
                    return judged
                case "list_cancel_accepted":
                    for program in self.programs.values():
                        if program.list_id == event.list_cancel_accepted.list_id:
                            program.cancelled = True
        return []

    def _stepped(self, counted: Counted, step: ListStep, judged: list[NewOrder], refused: list[NewOrder]) -> None:
        program = self.programs.get(step.started_seq)
        if program is None or not 0 < len(judged) <= STEP_ORDERS_MAX or program.waiting[: len(judged)] != judged:
            self._report(counted, f"a step of {step.list_id} with {len(judged)} orders")
            return
        del program.waiting[: len(judged)]
        if step.remaining != len(program.waiting):
            self._report(
                counted, f"{step.remaining} orders of {step.list_id} remain, it says; {len(program.waiting)} do"
            )
        if program.cancelled and len(refused) != len(judged):
            self.findings.report(Kind.ACCEPTED_AFTER_CANCEL, f"{counted.place}: an order of {step.list_id}")

    def _report(self, counted: Counted, text: str) -> None:
        self.findings.report(Kind.LIST_DIFFERS, f"{counted.place}: {text}")

    def rest(self) -> None:
        for program in self.programs.values():
            if program.waiting:
                self.findings.report(Kind.NOT_DECIDED, f"{len(program.waiting)} orders of {program.list_id}")
