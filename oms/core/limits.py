"""Limits as reference data, and how two people change them. What each kind counts is `oms.core.risk`'s matter."""

from dataclasses import dataclass

from oms.core.enums import LimitKind, LimitScope
from oms.core.money import Amount

HOUR_NS = 3_600 * 10**9
PROPOSAL_VALID_NS = 72 * HOUR_NS
"""How long a proposal that says nothing else may be approved: over a weekend. What was right when it was proposed need not be later."""

PROPOSAL_VALID_NS_MAX = 90 * 24 * HOUR_NS
"""As long as any proposal may say."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`scope_id` names whom it binds (empty for the firm). An empty instrument covers all instruments.

    `value` is in the unit of `kind`; quantities need an instrument, amounts a currency. It is in force from `effective_ns` on and before
    `expires_ns` (wall time; 0: at once, for ever), of `only_order` alone (an order's id; empty: of every order that it covers). Where it is
    not, the one that it replaced is. `removed`: from then on there is no such limit, and none that it replaced; `value` is the last one.
    """

    limit_id: str
    kind: LimitKind
    scope: LimitScope
    scope_id: str
    instrument_id: str
    currency: str
    value: Amount
    effective_ns: int = 0
    expires_ns: int = 0
    only_order: str = ""
    removed: bool = False

    @property
    def timed(self) -> bool:
        """Whether the one that it replaced can still be in force."""
        return bool(self.effective_ns or self.expires_ns or self.only_order)

    def active(self, wall_ns: int, order_id: str) -> bool:
        """Whether it is in force for an order at a moment."""
        if self.only_order and self.only_order != order_id:
            return False
        return self.effective_ns <= wall_ns and (not self.expires_ns or wall_ns < self.expires_ns)


@dataclass(frozen=True, slots=True)
class LimitProposal:
    """A limit as a person wants it, in the place of version `limit_version` (−1: it is new). It binds nobody until another approves it.

    `valid_until_ns`: wall time from which nobody approves it any more (FIX ValidUntilTime 62); 0, in records of before: for ever."""

    proposal_id: str
    limit: Limit
    limit_version: int
    valid_until_ns: int = 0


@dataclass(frozen=True, slots=True)
class LimitApproval:
    """A person approves version `proposal_version` of a proposal: void where the same person proposed it, where the proposal has changed, or
    where the limit has."""

    proposal_id: str
    proposal_version: int


@dataclass(frozen=True, slots=True)
class ProposalWithdrawal:
    """Who made version `proposal_version` of a proposal, of a limit or of what else takes two, takes it back: nobody approves it any more."""

    proposal_id: str
    proposal_version: int


@dataclass(frozen=True, slots=True)
class FormerLimit:
    """A limit that was replaced by one that is not always in force, and its version."""

    limit: Limit
    version: int
