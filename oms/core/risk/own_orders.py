"""Checks of an order against what its own account or owner has: short sales marked and located, and own orders that it would meet."""

from oms.core.enums import LimitKind, LimitScope, Side
from oms.core.reasons import Reason
from oms.core.risk.exposure import worst_position
from oms.core.risk.judgement import PASSED, Ahead, CheckResult, Judgement, held_to
from oms.core.risk.levels import binds
from oms.core.risk.limits import added_qty, covers_ahead, qty_ahead


def short_sale_mark(j: Judgement) -> CheckResult:
    """A sale of more than is held, all open sales counted, is a short sale and says so (SEC Regulation SHO rule 200(g)).

    Values are what the account would hold at worst, before and after.
    """
    if not j.instrument.locate_required or j.order.side.sign > 0:
        return PASSED
    before, after = _sold_to(j)
    if after < 0 and j.order.side is not Side.SELL_SHORT:
        text = f"the account could hold {after} after it: a sale of more than is held is SELL_SHORT"
        return CheckResult(0, before, after, reason=Reason.SHORT_SALE_MARK, text=text)
    return CheckResult(0, before, after)


def short_sale_located(j: Judgement) -> CheckResult:
    """What the account would be short at worst, against what is located for it (rule 203(b)). Locates of now, tape time."""
    if not j.instrument.locate_required or j.order.side.sign > 0:
        return PASSED
    before, after = (max(0, -held) for held in _sold_to(j))
    locates = j.state.index().locates.get((j.order.account_id, j.order.instrument_id), ())
    located = sum(locate.qty for locate in locates if j.conditions.tape_ns < locate.expires_ns and locate.qty > 0)
    if after > located and after > before:
        text = f"the account could be short {after}, and {located} are located"
        return CheckResult(located, before, after, reason=Reason.LOCATE_MISSING, text=text)
    return CheckResult(located, before, after)


def _sold_to(j: Judgement) -> tuple[int, int]:
    """Of a sale: what the account would hold at worst, before and after."""
    o = j.order
    before = worst_position(j.state, LimitScope.ACCOUNT, o.account_id, o.instrument_id, o.side.sign)
    before -= qty_ahead(j)
    return before, before - added_qty(j)


def self_match(j: Judgement) -> CheckResult:
    """Open orders of the same owner on the other side that it could trade with. Where the order names whom its venue is to cancel
    (SelfMatchPreventionInstruction, FIX 2964), that is the venue's work: it passes.
    Orders of its own contingent list do not count: they stand for each other, not against. Those of a program do, each is for itself."""
    assert j.worst_price is not None
    sign, worst, rows = j.order.side.sign, j.worst_price, []
    for versioned in j.limits_of(LimitKind.SELF_MATCH):
        limit = versioned.limit
        if not binds(limit.kind, limit.scope):
            raise ValueError(f"a SELF_MATCH limit cannot bind a {limit.scope.name.lower()}")
        crossed = j.state.book().crossed(limit.scope, limit.scope_id, j.order.instrument_id, sign, worst)
        crossed += sum(
            covers_ahead(j, limit, other)
            for other in j.ahead
            if other.order.instrument_id == j.order.instrument_id
            and other.order.side.sign == -sign
            and not _stands_for(j, other)
            and sign * other.worst_px <= sign * worst
        )
        rows.append((versioned, crossed))
    versioned, crossed = min(rows, key=lambda row: row[0].limit.value - row[1])
    if j.order.instructions.smp is not None:
        return CheckResult(versioned.limit.value, crossed, crossed, versioned.version)
    return held_to(versioned, crossed, crossed, Reason.SELF_MATCH, "own orders crossed")


def _stands_for(j: Judgement, other: Ahead) -> bool:
    """Whether both are of one contingent list. A program is worked through in steps, and known until its last one."""
    list_id = j.order.list_id
    is_program = any(work.list_id == list_id for work in j.state.programs.values())
    return bool(list_id) and other.order.list_id == list_id and not is_program
