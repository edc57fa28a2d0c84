"""The run rule: which records of a journal count, and on which acks its owner may act.

A journal partition is owned by whoever appended the latest claim; the epoch of that ownership IS the claim's offset.
Every record carries its owner's epoch and its place in the run after the claim (run seq, from 1). A record counts only
as part of the unbroken run after its claim:

    offset         7       8          9          10         11       12
    record         claim   (7, 1)     (7, 2)     (4, 3)     (7, 4)   claim
    counts         –       valid      valid      void       void     –

The straggler of epoch 4 at offset 10 voids itself and everything after it up to the next claim: what owner 7 decided
at run seq 4 rested on its own run seq 3, which is not there.

Invariants:
- validity is a function of the log up to the record: what is valid once is valid for ever, for every reader;
- the valid records of one epoch have run seq 1, 2, 3 … without a gap, at offsets epoch + run seq;
- an owner that acts only on acks that are on plan (`ack_on_plan`), after all earlier ones were, acts only on valid
  records. That needs no lock, no lease and no clock.

Owner, standby, gateway, audit and recovery all use this one function. It does not know what a record says, nor who
claimed, nor whether the claimant is alive.
"""

from dataclasses import dataclass
from enum import IntEnum

NO_EPOCH = -1
"""No claim seen yet: whatever comes before the first claim is void."""


class Validity(IntEnum):
    CLAIM = 1
    VALID = 2
    VOID = 3


@dataclass(frozen=True, slots=True)
class RunPosition:
    """A read position of a journal: everything needed to judge the record at `next_offset`.

    `epoch` is the offset of the last claim seen (`NO_EPOCH`: none); `unbroken` says whether its run still holds.
    """

    next_offset: int
    epoch: int
    unbroken: bool


JOURNAL_START = RunPosition(next_offset=0, epoch=NO_EPOCH, unbroken=False)


def advance(position: RunPosition, offset: int, claim: bool, epoch: int, run_seq: int) -> tuple[RunPosition, Validity]:
    """Judge the record at `offset` and move past it; `epoch` and `run_seq` are what the record carries.

    Both are ignored for a claim, which starts a run of its own. Records must be given without a gap.
    """
    assert offset == position.next_offset, f"read position {position} was given the record at {offset}"
    if claim:
        return RunPosition(offset + 1, offset, True), Validity.CLAIM
    valid = position.unbroken and epoch == position.epoch and ack_on_plan(epoch, run_seq, offset)
    return RunPosition(offset + 1, position.epoch, valid), Validity.VALID if valid else Validity.VOID


def ack_on_plan(epoch: int, run_seq: int, offset: int) -> bool:
    """The owner's fence: did the record land where the run wants it?

    The owner acts on an ack only where this holds and held for every earlier run seq of its epoch; any other outcome
    ends its ownership. On plan alone proves nothing: another's record may sit in the place of a lost earlier one.
    """
    return run_seq >= 1 and epoch >= 0 and offset == epoch + run_seq
