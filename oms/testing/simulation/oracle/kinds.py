"""What can be wrong, as a closed list, and the place where findings are gathered.

A kind says which promise is broken, never how: the text names the records. The same finding is kept once.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from oms.testing.simulation.witness import Violation

FINDINGS_MAX = 200
"""Of one world: what follows the first break repeats it, and a sweep must not fill the memory with one bad seed."""


class Kind(StrEnum):
    """The blocks: journals and read positions; risk; credit; router; the life of orders; lists; execution and venues; at rest; audit; clients."""

    UNREADABLE = "a journal record cannot be read"
    CHAIN_BROKEN = "a record does not name the valid one before it"
    POSITION_MISJUDGED = "a read position names another epoch or run than the log has"
    POSITION_BACK = "a read position went back"
    POSITION_AHEAD = "a read position is beyond the end of what it reads"
    INPUT_TWICE = "one input was decided twice"
    INPUT_SKIPPED = "an input that must leave a record was passed over"
    INPUT_NOT_VALID = "decided from a record that does not count"
    TIMER_EARLY = "a timer fired before the inputs were read to the ends after the claim"
    BLIND_DECISION = "decided before control and reference were read to the ends after the claim"
    STATE_DIFFERS = "the state differs from the journal folded from zero"
    STAGE_DIED = "a stage died of an assertion"

    DECISION_DIFFERS = "a decision is not about the command it names"
    RETRY_DECIDED = "the same command was decided again"
    ACCEPTED_TWICE = "an order was accepted twice"
    ACCEPTED_AFTER_CANCEL = "accepted after its cancel had come first"
    ACCEPTED_UNDER_HALT = "accepted under a halt"
    TRIP_DIFFERS = "a trigger of halts tripped, or was armed again, where it should not"
    TRIP_NOT_SPREAD = "a trip that no halt tells the other partitions"
    ACCEPTED_IN_SILENCE = "accepted while control was silent"
    ACCEPTED_UNAUDITED = "accepted while the audit was behind its limit"
    ACCEPTED_LATE = "accepted after its good-until"
    EVIDENCE_MISSING = "a decision does not name the limits or the market it was judged with"
    LIMIT_EXCEEDED = "accepted beyond a limit in force"
    EXPOSURE_DIFFERS = "exposure is not what all valid events sum to"
    ALERT_WRONG = "an alert says what is not so, or is open where nothing is wrong"
    ALERT_MISSING = "more is held than a limit allows, and no alert is open"
    RELEASED_EARLY = "a reservation was released without the router's word"

    CREDIT_BEYOND_LIMIT = "more credit is granted than the limit allows"
    CREDIT_OF_NO_LIMIT = "the grantor goes by another limit than reference data has"
    CREDIT_RETURNED_UNFOUNDED = "credit is free that its holder has not released"
    CREDIT_UNFOUNDED = "a holder takes or releases credit that it does not have"
    CREDIT_OUT_OF_ORDER = "a step of credit was passed over, or done twice"
    CREDIT_EXCEEDED = "more of a limit over partitions is used than is held"

    FILL_TWICE = "a fill was booked twice"
    FILL_UNFOUNDED = "a fill that the source does not have"
    PARENT_TWICE = "an order was opened twice"
    PARENT_UNFOUNDED = "an order was opened without that acceptance"
    BEYOND_MANDATE = "a child is beyond its mandate"
    INCREASED_UNDER_HALT = (
        "accepted under a halt that lets through what reduces, and may increase, or says not what it knew"
    )
    SENT_UNDER_HALT = "something that creates or increases left under an applied halt"
    CHILD_AFTER_END = "a child of an order that ends or has ended"
    CHILD_UNFOUNDED = "a child or message that nothing upstream asked for"
    CHILD_TWICE = "a child was taken up twice"
    CLOSED_UNFOUNDED = "a child was closed, which the source does not say"
    ENDED_EARLY = "an order ended while a child was open"
    REOPENED = "an order changed after its end"
    TIMER_UNKNOWN = "a timer fired that was not set or not due"
    OVERFILLED = "more was executed than was ordered, and not by the venue's fault"

    STOP_EARLY = "a stop worked before the market had reached its price"
    SHOWN_TOO_MUCH = "venues show more of an order than it may show"
    EXPIRED_EARLY = "an order ended by its validity before that ended"
    LIVES_TOO_LONG = "something was placed for an order after its validity"
    DAY_DIFFERS = "the day's quantities of an order are not what its fills sum to"
    NOT_THE_TOTAL = "a replacement asks something else than the total quantity"

    LEGS_TOGETHER = "two orders of a list that stand for each other are at venues"
    LEG_EARLY = "an order of a list was placed before what releases it"
    LEG_GOES_ON = "an order of a list goes on after another's execution or end had ended it"
    LIST_OVERFILLED = "orders of a list executed more between them than it allows, and not by the venue's fault"
    LIST_NOT_DONE = "a list is done and has an open order, or has none and is not done"
    LIST_DIFFERS = "a list was taken for something else than what was sent"

    NEW_TWICE = "an order was sent twice"
    CANCEL_TWICE = "an order was cancelled again before its cancel could have an answer"
    NUMBER_TWICE = "a message number was used twice"
    NOT_NAMED = "a venue read a message that no valid record names"
    OTHER_TERMS = "a venue was asked something else than the router ordered"
    BEFORE_RECORD = "a venue read a message before its record was written"
    BEFORE_LOGON = "something was sent or resolved before the new owner's logon was confirmed"
    SENT_LATE = "sent after its good-until"
    NEVER_REACHED_UNPROVEN = "held never to have reached the venue without both proofs"
    END_UNFOUNDED = "ended, which it is not at the venue"

    NOT_DECIDED = "a command that a client was told is written has no decision"
    NOT_ENDED = "an order is open or unknown at rest"
    RESERVED_AT_REST = "something is reserved at rest"
    FILL_LOST = "a venue's fill is not booked"
    QUANTITY_DIFFERS = "what of an order is executed differs between venue, execution, router, risk and gateway"
    POSITIONS_DIFFER = "positions differ between venue, router, risk and audit"

    ROW_TWICE = "a record is in the audit twice"
    ROW_MISSING = "a record is not in the audit"
    ROW_DIFFERS = "a row is not what the log says"
    ALERT_LOST = "oms.alerts does not tell what the journals hold"
    PROGRESS_UNFOUNDED = "the audit says that more is written than is"

    NOT_ANSWERED = "a client's command has no answer at rest"
    ANSWER_DIFFERS = "a client was told what is not so"
    UPDATE_TWICE = "an update came twice"
    UPDATE_LOST = "an update did not come"
    UPDATE_ORDER = "an update came before what it rests on"


@dataclass(slots=True)
class Findings:
    """`step` is set by the judge before each look."""

    violations: list[Violation] = field(default_factory=list)
    step: int = 0
    _known: set[tuple[str, str]] = field(default_factory=set)

    def report(self, kind: Kind, text: str) -> None:
        key = (kind.name, text)
        if key not in self._known and len(self._known) < FINDINGS_MAX:
            self._known.add(key)
            self.violations.append(Violation(kind.name, f"{kind.value}: {text}", self.step))
