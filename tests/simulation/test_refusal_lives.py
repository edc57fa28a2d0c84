"""Every reason that a limit gives is given in some life of the simulation."""

from oms.core.enums import LimitKind
from oms.core.reasons import Reason
from oms.testing.simulation.refusal_lives import KINDS_OF, RefusalLife, arranged_for, missing_after_lives
from oms.testing.simulation.sweep import LIMIT_REASONS


def test_inv_529_every_reason_that_a_limit_gives_is_met_in_a_life() -> None:
    assert set(LIMIT_REASONS) < KINDS_OF.keys()
    assert {kind for kinds in KINDS_OF.values() for kind in kinds} == set(LimitKind)
    missing, lives = missing_after_lives()
    assert not missing, f"never refused for {sorted(reason.name for reason in missing)} in {lives} lives"


def test_a_life_is_tight_in_what_is_missing_alone() -> None:
    reason = Reason.REALISED_LOSS_LIMIT
    life = RefusalLife(3, arranged_for({reason}))
    life.run()
    refused = {name for name in life.events if name.startswith("refused-")}
    assert not refused & {f"refused-{other.name.lower()}" for other in KINDS_OF if other is not reason}
