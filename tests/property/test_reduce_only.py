"""Under a reduce-only halt no history of orders, amendments, cancels and fills that were accepted makes a position larger."""

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from risk_world import ACCOUNT, CANCEL, DATE, NEW, NOW, REPLACE, WHO, World, changed, fill, opening, settled, world

from oms.core.control import Halt
from oms.core.enums import HaltAction, HaltScope, OrdStatus, Side
from oms.core.risk.exposure import position_of
from oms.core.risk_events import CancelAccepted, CancelRejected, OrderAccepted, ReplaceAccepted

LOT = 10


@dataclass(frozen=True, slots=True)
class Act:
    """`which`: the order meant, counted round what is open; `lots`: of a new order, an amendment or a fill."""

    kind: str
    which: int
    lots: int
    side: Side


ACTS = st.builds(
    Act,
    st.sampled_from(("new", "new", "amend", "settle", "refuse", "fill", "fill", "cancel", "end")),
    st.integers(0, 5),
    st.integers(1, 12),
    st.sampled_from(Side),
)


def _act(w: World, act: Act, number: int) -> None:
    open_ids = list(w.state.open_orders)
    if act.kind == "new":
        w.ask(replace(NEW, cl_ord_id=f"n{number}", side=act.side, order_qty=act.lots * LOT))
        return
    if not open_ids:
        return
    order_id = open_ids[act.which % len(open_ids)]
    order = w.state.open_orders[order_id]
    date, cl_ord_id = order.cl_ord_ids[0]
    most = max(order.terms.order_qty, order.pending.order_qty if order.pending is not None else 0) - order.cum_qty
    if act.kind == "amend":
        amended = replace(REPLACE, orig_cl_ord_id=cl_ord_id, orig_trading_date=date)
        w.ask(replace(amended, cl_ord_id=f"r{number}", order_qty=act.lots * LOT, trading_date=DATE))
    elif act.kind in ("settle", "refuse") and order.pending is not None:
        applied = act.kind == "settle"
        qty = max(order.pending.order_qty, order.cum_qty) if applied else order.terms.order_qty
        w.route(settled(applied, qty, order.pending.cl_ord_id, order_id))
    elif act.kind == "fill" and most > 0:
        w.route(fill(f"e{number}", min(act.lots * LOT, most), order_id))
    elif act.kind == "cancel":
        answer = w.ask(replace(CANCEL, cl_ord_id=f"c{number}", orig_cl_ord_id=cl_ord_id, orig_trading_date=date))
        assert isinstance(answer, CancelAccepted), "cancels are never refused"
    elif act.kind == "end":
        w.route(changed(OrdStatus.CANCELED, order_id))


@settings(deadline=None, max_examples=200)
@given(st.integers(-30, 30), st.lists(ACTS, max_size=40))
def test_inv_482_no_accepted_history_makes_a_position_larger(lots_held: int, acts: list[Act]) -> None:
    w = world(opening(ACCOUNT, "IBM", lots_held * LOT))
    w.control(Halt(HaltScope.ACCOUNT, "A1", False, "test", NOW, WHO, HaltAction.REDUCE_ONLY))
    held = position_of(w.state, "A1", "IBM")
    for number, act in enumerate(acts):
        _act(w, act, number)
        now = position_of(w.state, "A1", "IBM")
        assert abs(now) <= abs(held) and now * held >= 0, f"{held} became {now}"
        held = now
    assert not any(isinstance(event, CancelRejected) for _, event in w.journal)


def test_inv_482_the_history_accepts_and_fills_things() -> None:
    """The property above is about something: reducing orders and amendments are accepted, and fill."""
    w = world(opening(ACCOUNT, "IBM", 100))
    w.control(Halt(HaltScope.ACCOUNT, "A1", False, "test", NOW, WHO, HaltAction.REDUCE_ONLY))
    for number, act in enumerate((
        Act("new", 0, 4, Side.SELL), Act("amend", 0, 6, Side.SELL), Act("settle", 0, 1, Side.SELL), Act("fill", 0, 6, Side.SELL),
    )):  # fmt: skip
        _act(w, act, number)
    accepted = [type(event) for _, event in w.journal if isinstance(event, OrderAccepted | ReplaceAccepted)]
    assert accepted == [OrderAccepted, ReplaceAccepted]
    assert position_of(w.state, "A1", "IBM") == 40
