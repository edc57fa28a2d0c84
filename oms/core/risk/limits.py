"""Checks of limits: size, price, notional, open orders, position.

Every limit that covers an order must hold (`ReferenceIndex.covering`); the evidence names the tightest. Five kinds must be there:
an order that no limit of such a kind covers is refused, for unknown means no.

Rounding is toward refusal: a buy's collar bound and a market buy's worst price are rounded down, a sale's up.
A position limit binds the direction of the order: a sale is not held against a long position that is over the limit already,
otherwise a desk could not leave it. Limits on positions bind this partition's accounts together; what adds up over partitions is held to
credit (`oms.core.risk.spanning`).
"""

from collections.abc import Iterator, Mapping

from oms.core.emulation import obstacle
from oms.core.enums import AssetClass, LimitKind, LimitScope
from oms.core.instructions import STOPS
from oms.core.market import reference_price as reference_price_of
from oms.core.money import INT64_MAX
from oms.core.reasons import Reason
from oms.core.reference import Limit
from oms.core.risk.exposure import position_of, worst_position
from oms.core.risk.judgement import Ahead, CheckResult, Judgement, held_to, named
from oms.core.risk.levels import CONVERTED, binds
from oms.core.risk.reference_index import VersionedLimit
from oms.core.risk.state import RiskState
from oms.core.risk.value import base_of, delta_part, value_of
from oms.core.risk_events import EvidenceInput

REQUIRED_KINDS = (
    LimitKind.ORDER_QTY,
    LimitKind.ORDER_NOTIONAL,
    LimitKind.PRICE_COLLAR_BPS,
    LimitKind.MARKET_DATA_AGE_NS,
    LimitKind.POSITION_QTY,
)

_BPS = 10_000


def limits_present(j: Judgement) -> CheckResult:
    missing = [kind for kind in REQUIRED_KINDS if kind not in j.limits]
    found = len(REQUIRED_KINDS) - len(missing)
    if missing:
        text = f"no {missing[0].name} limit covers the order"
        return CheckResult(len(REQUIRED_KINDS), found, found, reason=Reason.LIMIT_MISSING, text=text)
    return CheckResult(len(REQUIRED_KINDS), found, found)


def order_qty(j: Judgement) -> CheckResult:
    tightest = j.tightest(LimitKind.ORDER_QTY)
    before = 0 if j.replaced is None else j.replaced.terms.order_qty
    return held_to(tightest, before, j.order.order_qty, Reason.ORDER_QTY_LIMIT, "order quantity")


def market_price(j: Judgement) -> CheckResult:
    """From here on the reference price is known."""
    found = reference_price_of(j.market) if j.market is not None else None
    if found is None or found[0] <= 0:
        return CheckResult(reason=Reason.NO_MARKET_PRICE, text=f"{j.order.instrument_id} has no market price")
    price, time_ns = found
    age_ns = j.conditions.tape_ns - time_ns
    j.reference_price, j.reference_age_ns = price, max(-INT64_MAX, min(INT64_MAX, age_ns))
    return CheckResult(0, price, price)


def market_price_age(j: Judgement) -> CheckResult:
    """A price from further in the future than it may be old is a wrong clock, and as useless."""
    assert j.reference_age_ns is not None
    age, tightest = j.reference_age_ns, j.tightest(LimitKind.MARKET_DATA_AGE_NS)
    limit_ns = tightest.limit.value
    if not -limit_ns <= age <= limit_ns:
        text = f"market price is {age} ns old, {named(tightest)}"
        return CheckResult(limit_ns, age, age, tightest.version, Reason.MARKET_PRICE_STALE, text)
    return CheckResult(limit_ns, age, age, tightest.version)


def price_collar(j: Judgement) -> CheckResult:
    """The threshold is the bound as a price. From here on the worst price is known.

    The collar lies around the price at which the order would begin to trade: the market's, or a stop's where that is worse.
    """
    assert j.reference_price is not None
    tightest = j.tightest(LimitKind.PRICE_COLLAR_BPS)
    sign, tick, anchor = j.order.side.sign, j.instrument.tick_size, _anchor(j, j.reference_price)
    # −(−a // b) rounds up: with the sign on both sides one formula rounds a buy's bound down and a sale's up.
    bound = sign * (sign * anchor * (_BPS + sign * tightest.limit.value) // _BPS)
    worst = j.order.price
    if worst is None:
        worst = sign * (sign * bound // tick) * tick
        worst = max(worst, tick) if sign < 0 else worst
    if abs(bound) > INT64_MAX:
        raise OverflowError("collar bound")
    if sign * worst > sign * bound or worst <= 0:
        text = f"price {worst} is beyond {bound}, {tightest.limit.value} bps from {anchor}, {named(tightest)}"
        return CheckResult(bound, anchor, worst, tightest.version, Reason.PRICE_COLLAR, text)
    j.worst_price = worst
    return CheckResult(bound, anchor, worst, tightest.version)


def _anchor(j: Judgement, reference: int) -> int:
    """A stop through the market is met at once and trades at the market's price; one that trails is nowhere worse than where it begins."""
    i, sign = j.order.instructions, j.order.side.sign
    if j.order.ord_type not in STOPS:
        return reference
    stop = i.stop_px
    if stop is None:
        assert i.peg is not None, "a stop without a price trails"
        stop = max(j.instrument.tick_size, reference + sign * i.peg.offset)
    return max(stop, reference) if sign > 0 else min(stop, reference)


def order_notional(j: Judgement) -> CheckResult:
    """At the worst price; a sale at the market's where that is higher, since that is what it will be worth. From here on it is known what
    the order counts as exposure."""
    assert j.worst_price is not None and j.reference_price is not None
    price = j.worst_price if j.order.side.sign > 0 else max(j.worst_price, j.reference_price)
    j.notional = value_of(j.instrument, price, j.order.order_qty)
    j.value_px = price
    result = held_to(j.tightest(LimitKind.ORDER_NOTIONAL), 0, j.notional, Reason.ORDER_NOTIONAL_LIMIT, "notional")
    if result.reason is None:
        _count_exposure(j)
    return result


def _count_exposure(j: Judgement) -> None:
    """What the order adds to what is open: until a replacement is settled the larger of both terms counts."""
    instrument, replaced = j.instrument, j.replaced
    if instrument.asset_class is AssetClass.OPTION and not j.limits.keys().isdisjoint(CONVERTED):
        # Never less than the premium: a put far in the money is worth more than its delta's part.
        signed = delta_price(j)
        j.value_px, j.delta_sign = max(j.value_px, abs(signed)), 1 if signed > 0 else -1
    if j.value_px > INT64_MAX:
        raise OverflowError("price of exposure")
    j.added_base = base_of(instrument, added_qty(j))
    if replaced is None:
        j.added_value = value_of(instrument, j.value_px, j.order.order_qty)
        return
    qty = max(0, max(j.order.order_qty, replaced.terms.order_qty) - replaced.cum_qty)
    booked = value_of(instrument, replaced.value_price, replaced.reserved_qty)
    j.added_value = max(0, value_of(instrument, max(j.value_px, replaced.value_price), qty) - booked)


def delta_price(j: Judgement) -> int:
    """Of an option, see `delta_part`; both of its inputs are fresh. ValueError where the underlying's price is not known or too old: then its
    exposure is not known either (`risk_factors` has seen to the delta)."""
    option = j.instrument
    underlying = j.state.reference.instruments[option.underlying_id]
    factors = j.state.reference.instrument_factors[option.instrument_id]
    found = reference_price_of(j.underlying) if j.underlying is not None else None
    if found is None or found[0] <= 0:
        raise ValueError(f"underlying {option.underlying_id} has no market price")
    age_ns = max(-INT64_MAX, min(INT64_MAX, j.conditions.tape_ns - found[1]))
    assert j.underlying is not None
    j.inputs.append(EvidenceInput("market_price", option.underlying_id, j.underlying.position, age_ns))
    if abs(age_ns) > j.tightest(LimitKind.MARKET_DATA_AGE_NS).limit.value:
        raise ValueError(f"the underlying's price is {age_ns} ns old")
    return delta_part(option, underlying, found[0], factors.delta_ppm)


def open_orders(j: Judgement) -> CheckResult:
    """The one kind of this file that may be absent. A replacement adds no order, but where it may go to venues that the order might not."""
    rows = [(versioned, *open_figures(j, versioned.limit)) for versioned in j.limits_of(LimitKind.OPEN_ORDERS)]
    if not rows:
        return CheckResult()
    tightest, before, after = min(rows, key=lambda row: row[0].limit.value - row[2])
    if after == before:
        return CheckResult(tightest.limit.value, before, after, tightest.version)
    return held_to(tightest, before, after, Reason.OPEN_ORDERS_LIMIT, "open orders")


def open_figures(j: Judgement, limit: Limit) -> tuple[int, int]:
    """Open orders that the limit counts, without the order and with it."""
    before = _open_before(j, limit, j.state.book().counts)
    return before, before + (1 if j.replaced is None or comes_under(j, limit) else 0)


def _open_before(j: Judgement, limit: Limit, counts: Mapping[tuple[LimitScope, str, str], int]) -> int:
    """Open orders that the limit counts, those ahead in the same record included."""
    before = counts.get((limit.scope, limit.scope_id, limit.instrument_id), 0)
    return before + sum(
        limit.instrument_id in ("", ahead.order.instrument_id) and covers_ahead(j, limit, ahead) for ahead in j.ahead
    )


def position(j: Judgement) -> CheckResult:
    """With every open order of this direction filled, this one included; signed. The scope's position, not only the account's. An amendment
    that adds nothing passes beyond the limit too."""
    sign = j.order.side.sign
    tightest, before, after = min(_positions(j), key=lambda row: row[0].limit.value - sign * row[2])
    if abs(after) > INT64_MAX:
        raise OverflowError("position")
    value = tightest.limit.value
    if sign * after > value and after != before:
        text = f"position could become {after}, {named(tightest)}"
        return CheckResult(value, before, after, tightest.version, Reason.POSITION_LIMIT, text)
    return CheckResult(value, before, after, tightest.version)


def position_beyond(
    state: RiskState, desk_id: str, account_id: str, instrument_id: str, moved: Mapping[tuple[str, str], int]
) -> str:
    """The first position limit that what is held, in either direction, is beyond; "" where there is none. No check: what is so is booked.

    `moved`: by (account, instrument), what the state does not have yet.
    """
    index = state.index()
    for scope, scope_id in index.owners(account_id, desk_id):
        for versioned in index.limits.get((scope, scope_id, instrument_id), ()):
            limit = versioned.limit
            if limit.kind is not LimitKind.POSITION_QTY:
                continue
            accounts = index.accounts.get((scope, scope_id), ())
            held = sum(position_of(state, a, instrument_id) + moved.get((a, instrument_id), 0) for a in accounts)
            if abs(held) > limit.value:
                return f"position is {held}, {named(versioned)}"
    return ""


def comes_under(j: Judgement, limit: Limit) -> bool:
    """Whether a replacement brings an open order under the limit of a venue or a counterparty: it may go to venues where it might not before, as
    it asks for less that these cannot do, or as they were opened since. Then all that is open of it is new there."""
    if j.replaced is None or limit.scope not in (LimitScope.VENUE, LimitScope.COUNTERPARTY):
        return False
    o, venues, holder = j.order, j.state.reference.venues, (limit.scope, limit.scope_id)
    able = [v for v in j.venues if not obstacle(o.side, o.ord_type, o.time_in_force, o.instructions, venues[v])]
    if not able:
        return False  # it is refused for that
    index, before = j.state.index(), j.replaced
    return (
        holder in index.holders(o, tuple(able)).everyone
        and holder not in index.holders(before.terms, before.venues).everyone
    )


def added_qty(j: Judgement) -> int:
    """What the order adds to all that is reserved. Until the router settles a replacement, either terms may fill: the larger counts."""
    order, replaced = j.order, j.replaced
    if replaced is None:
        return order.order_qty
    return max(0, max(order.order_qty, replaced.terms.order_qty) - replaced.cum_qty - replaced.reserved_qty)


def qty_ahead(j: Judgement) -> int:
    """What orders ahead in the same record add to what is open of the order's account, instrument and direction."""
    o = j.order
    wanted = (o.account_id, o.instrument_id, o.side.sign)
    return sum(
        other.order.order_qty
        for other in j.ahead
        if (other.order.account_id, other.order.instrument_id, other.order.side.sign) == wanted
    )


def _positions(j: Judgement) -> Iterator[tuple[VersionedLimit, int, int]]:
    """(limit, worst position before, with this order)."""
    sign, added = j.order.side.sign, added_qty(j)
    for versioned in j.limits_of(LimitKind.POSITION_QTY):
        before = worst_with_ahead(j, versioned.limit, sign)
        yield versioned, before, before + sign * added


def worst_with_ahead(j: Judgement, limit: Limit, sign: int) -> int:
    """Whom the limit binds: signed position with all that is open of one direction filled, what is ahead in the record included."""
    if not binds(limit.kind, limit.scope):
        raise ValueError(f"a {limit.kind.name} limit cannot bind a {limit.scope.name.lower()}")
    instrument_id = j.order.instrument_id
    before = worst_position(j.state, limit.scope, limit.scope_id, instrument_id, sign)
    return before + sign * sum(
        ahead.order.order_qty
        for ahead in j.ahead
        if ahead.order.side.sign == sign
        and ahead.order.instrument_id == instrument_id
        and covers_ahead(j, limit, ahead)
    )


def covers_ahead(j: Judgement, limit: Limit, ahead: Ahead) -> bool:
    """Whether the limit binds whoever holds an order that is ahead."""
    return (limit.scope, limit.scope_id) in j.state.index().holders(ahead.order, ahead.venues).everyone
