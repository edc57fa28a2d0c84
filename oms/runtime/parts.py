"""What a loop is put together from. The defaults are what ships, everywhere; there is no setting that changes one.

Each part is a rule that a schedule exists against its absence. So that tests can show it, the constructor takes them one by one: a
planted bug is another part, never a switch in the code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from oms.core.record_chain import record_hash
from oms.core.run_rule import advance
from oms.core.stage import PortInput
from oms.runtime.journal_fold import Folded, Judge
from oms.runtime.log import Ack, Failed, Log, TopicPartition
from oms.runtime.outbox import Outbox
from oms.runtime.own_journal import OwnJournal
from oms.runtime.run import InFlight, Run, problem_of


def inputs_are_read(run: Run[Any]) -> bool:
    """No timer before all inputs are read to the ends taken after the claim: a slice would be worked for an order already cancelled."""
    return run.caught_up


@dataclass(frozen=True, slots=True)
class Parts:
    """`advance` judges journal records (in the fold, in inputs, in the own journal). `problem_of` is the owner's fence.

    `outbox` says when effects leave; `timers_may_fire` when a run's timers begin. `record_hash` chains an owner's records, `own_journal` is
    how it watches them.
    """

    advance: Judge = advance
    problem_of: Callable[[Ack | Failed, InFlight, int], str] = problem_of
    outbox: Callable[[], Outbox] = Outbox
    timers_may_fire: Callable[[Run[Any]], bool] = inputs_are_read
    record_hash: Callable[[bytes], bytes] = record_hash
    own_journal: Callable[[Log, TopicPartition, int, Judge], OwnJournal] = OwnJournal


PARTS = Parts()


class Port(Protocol):
    """Where effects go and session inputs come from. Execution and clients' sessions have one; risk and router have none."""

    def poll(self) -> Sequence[PortInput]: ...

    def perform(self, effect: Any) -> None:
        """Called only after the ack of the record that journaled it. Effects are those of the port's own stage."""
        ...

    def await_answer(self, timeout_s: float) -> bool:
        """Where a venue was just asked something: wait for its answer; whether it waited."""
        ...

    def restart(self) -> None:
        """A new ownership begins: drop every connection; each session reports itself disconnected."""
        ...


class Snapshots(Protocol):
    """Where folded states are kept, as a loop sees it. Neither method raises for a fault of the store: a snapshot only saves time."""

    def load(self, tp: TopicPartition) -> Folded[Any] | None:
        """The newest usable state of a journal partition, to be folded on; None where there is none."""
        ...

    def keep(self, tp: TopicPartition, folded: Folded[Any]) -> None:
        """Keep the state; written only by who folds, never from an owner's live state."""
        ...
