"""Checks of what an order asks beyond type, price and quantity: who can do it, and whether it may only reduce.

`venue_able` narrows the venues of the mandate to those that work the order natively, or that the router can stand in for
(`oms.core.emulation`). `only_reduces` (FIX ExecInst E) holds an order against the account's position and all its open orders of the same
direction, at worst: none of them, in whatever order they fill, may take it through zero. Orders that come later are judged by limits alone:
who wants them bound too, gives them the same instruction. A reduce-only halt asks the same of every order and amendment in its scope, so
that none of those accepted under it can increase the position, whatever fills when. An amendment is judged as the order that it makes:
one of an order that increases is refused even where it asks for less; that order can be cancelled.
"""

from oms.core.emulation import obstacle
from oms.core.enums import ExecInst, LimitScope
from oms.core.reasons import Reason
from oms.core.reference import Venue
from oms.core.risk.exposure import position_of, worst_position
from oms.core.risk.judgement import PASSED, CheckResult, Judgement, refused
from oms.core.risk.limits import added_qty, qty_ahead
from oms.core.risk.permissions import halt_text

_NAMED_MAX = 5
"""Venues that a refusal names: enough to choose from."""


def venue_able(j: Judgement) -> CheckResult:
    """From here on the mandate names only venues that can work the order, or for which the router can."""
    venues = j.state.reference.venues
    able = tuple(venue_id for venue_id in j.venues if not _obstacle(j, venues[venue_id]))
    if able:
        j.venues = able
        return PASSED
    why = _obstacle(j, venues[j.venues[0]])
    listing = j.state.index().listings.get(j.order.instrument_id, ())
    others = [v for v in listing if venues[v].enabled and not _obstacle(j, venues[v])][:_NAMED_MAX]
    advice = (
        f"send it to {' or '.join(others)}" if others else "no enabled venue of the instrument does: send it without"
    )
    return refused(Reason.FEATURE_NOT_OFFERED, f"{why}; {advice}")


def _obstacle(j: Judgement, venue: Venue) -> str:
    o = j.order
    return obstacle(o.side, o.ord_type, o.time_in_force, o.instructions, venue)


def only_reduces(j: Judgement) -> CheckResult:
    """Values are signed positions of the account: before, and at worst after. The threshold is flat.

    Asked of an order that says so, and of every order under a halt that lets through only what reduces.
    """
    o = j.order
    if ExecInst.DO_NOT_INCREASE not in o.instructions.exec_inst and not j.must_reduce:
        return PASSED
    sign = o.side.sign
    held = position_of(j.state, o.account_id, o.instrument_id)
    before = worst_position(j.state, LimitScope.ACCOUNT, o.account_id, o.instrument_id, sign)
    before += sign * qty_ahead(j)
    after = before + sign * added_qty(j)
    if sign * after > 0:
        possible = max(0, -sign * before)
        why = j.reducing_trip or "DO_NOT_INCREASE"
        if j.reducing_halt >= 0:
            why = halt_text(j.state.control, j.reducing_halt)
        text = f"{why}: position {held} could become {after} with the open orders: at most {possible} more reduce it"
        return CheckResult(0, held, after, reason=Reason.INCREASES_POSITION, text=text)
    return CheckResult(0, held, after)
