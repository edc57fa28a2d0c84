"""Who stands behind the versions of what binds or allows trading, from the records alone: set, proposed, approved, when and why.

Stages do not need it to decide, so it is no part of their state. Bounded: of records older than that the audit tells.
"""

from dataclasses import dataclass, field

from oms.core.governance import ChangeBasis
from oms.core.reference import LimitApproval, ReferenceChange, entity_key
from oms.core.risk_reference import FLOWING, GOVERNED_KINDS, PROPOSAL_KINDS, ChangeApproval

AUTHORS_KEPT = 100_000
"""Versions: a hundred bytes each, and years of changes made by people."""

_KINDS = (GOVERNED_KINDS - FLOWING) | PROPOSAL_KINDS


@dataclass(frozen=True, slots=True)
class Author:
    """`entered_ns`: by the gateway's clock. `proposal_version`: of what an approval approved, else −1."""

    entered_by: str
    entered_ns: int
    reason: str
    bootstrap: bool
    proposal_version: int = -1


@dataclass(slots=True)
class Authors:
    """By version, which is an offset in `oms.reference`."""

    by_version: dict[int, Author] = field(default_factory=dict)

    def note(self, offset: int, change: ReferenceChange) -> None:
        """A change that came into force."""
        if entity_key(change.entity)[0] not in _KINDS:
            return
        entity = change.entity
        self.by_version[offset] = Author(
            change.provenance.entered_by,
            change.entered_ns,
            change.reason,
            change.basis in (ChangeBasis.BOOTSTRAP, ChangeBasis.BOOTSTRAP_ENDS),
            entity.proposal_version if isinstance(entity, LimitApproval | ChangeApproval) else -1,
        )
        while len(self.by_version) > AUTHORS_KEPT:
            del self.by_version[next(iter(self.by_version))]

    def of(self, version: int) -> Author | None:
        return self.by_version.get(version)

    def proposer(self, version: int) -> str:
        """Who proposed what another approved as this version; empty where nobody did."""
        author = self.by_version.get(version)
        proposal = self.by_version.get(author.proposal_version) if author is not None else None
        return proposal.entered_by if proposal is not None else ""
