"""What the tests of reconciliation share: execution's real rules, and a simulated venue that keeps trades back or says odd things."""

from dataclasses import replace

from oms.core.control import BreakResolution
from oms.core.enums import BreakCause, ExecType, OrdStatus, ResolutionKind
from oms.core.execution_events import BreakRaised, BreakResolved, ChildReport, ExecutionEvent
from oms.core.venue_messages import OpenOrdersListed, ReportReceived, VenueMessage
from oms.testing.execution_bench import NOBODY, SESSION_ID, ExecutionBench, child_new

CHILD, ORDER = "alpha/20250106/a1.1", "alpha/20250106/a1"
AT_VENUE = f"0:{CHILD}"


def at_venue(*, fills: tuple[tuple[int, int], ...] = (), untold: tuple[tuple[int, int], ...] = ()) -> ExecutionBench:
    """A child of 100 at 1000, with fills that were told and fills that were not (quantity, price)."""
    bench = ExecutionBench()
    bench.settle()
    bench.route(child_new(1))
    bench.settle()
    for qty, px in fills:
        execute(bench, qty, px)
        bench.hear()
    for qty, px in untold:
        execute(bench, qty, px, told=False)
    return bench


def execute(bench: ExecutionBench, qty: int, px: int, *, told: bool = True) -> None:
    """The venue executes at a price of its own; whether it says so is told or not."""
    bench.venue.withhold = True
    bench.venue.fill(AT_VENUE, qty)
    bench.venue.withhold = False
    bench.venue.withheld[-1] = replace(bench.venue.withheld[-1], last_px=px)
    if told:
        bench.venue.tell(bench.venue.withheld.pop())


def ask(bench: ExecutionBench) -> None:
    """A connection is lost: the logon after it asks about everything, for as long as the window is."""
    bench.venue.lose()
    bench.settle(rounds=90)


def tell(bench: ExecutionBench, body: ReportReceived | OpenOrdersListed) -> tuple[ExecutionEvent, ...]:
    number = bench.state.sessions[SESSION_ID].next_in
    return bench.feed(VenueMessage(SESSION_ID, number, False, body, "raw"))


def open_causes(bench: ExecutionBench) -> list[BreakCause]:
    return sorted(b.cause for b in bench.state.breaks.open.values())


def of(bench: ExecutionBench, kind: type[ExecutionEvent]) -> list[ExecutionEvent]:
    return [e for e in bench.events() if isinstance(e, kind)]


def decide_break(bench: ExecutionBench, kind: ResolutionKind, price: int | None = None) -> tuple[ExecutionEvent, ...]:
    """A person decides about the one open break."""
    (found,) = bench.state.breaks.open.values()
    return bench.control(BreakResolution(0, found.break_id, kind, price, "asked the venue", 0, NOBODY))


def status_of(bench: ExecutionBench, **changes: object) -> ReportReceived:
    """What the venue would answer now, with changes."""
    order = bench.venue.orders[AT_VENUE]
    told = ReportReceived(
        order.cl_ord_ids[-1], "", ExecType.ORDER_STATUS, order.status, "S", order.order_id, 0, 0,
        order.cum_qty, order.leaves, order.order_qty, order.price, None, 0, "",
    )  # fmt: skip
    return replace(told, **changes)  # type: ignore[arg-type]


def check_journal(bench: ExecutionBench) -> None:
    """REC-2, REC-6 and REC-10 over the whole journal."""
    cum: dict[str, int] = {}
    opened: set[tuple[BreakCause, str]] = set()
    for event in bench.events():
        if isinstance(event, ChildReport):
            assert event.cum_qty >= cum.get(event.child_id, 0), "REC-2"
            cum[event.child_id] = event.cum_qty
        elif isinstance(event, BreakRaised):
            opened.add((event.cause, event.subject))
        elif isinstance(event, BreakResolved):
            opened.remove((event.cause, event.subject))
    assert opened == set(bench.state.breaks.open), "REC-6"
    ids = [b.break_id for b in bench.state.breaks.open.values()]
    assert len(ids) == len(set(ids))
    assert bench.folded() == bench.state, "REC-10"


def with_break(cause: BreakCause) -> ExecutionBench:
    """A bench with exactly one open break, of this cause."""
    bench = at_venue(fills=((30, 990),), untold=((20, 980),) if cause is BreakCause.FILL_INFERRED else ())
    order = bench.venue.orders[AT_VENUE]
    match cause:
        case BreakCause.FILL_INFERRED:
            ask(bench)
        case BreakCause.FILLS_UNPRICED:
            bench.state.children[CHILD].price = None
            order.price = None
            execute(bench, 20, 980, told=False)
            ask(bench)
        case BreakCause.VENUE_CUM_BELOW:
            order.cum_qty = 20
            ask(bench)
        case BreakCause.OVERFILL:
            over = replace(
                status_of(bench), exec_type=ExecType.TRADE, exec_id="X", last_qty=90, last_px=990, cum_qty=120
            )
            tell(bench, replace(over, ord_status=OrdStatus.FILLED, leaves_qty=0))
        case BreakCause.TERMS_DIFFER:
            tell(bench, status_of(bench, order_qty=90))
        case BreakCause.LEAVES_DIFFER:
            tell(bench, status_of(bench, leaves_qty=1))
        case BreakCause.NOT_AT_VENUE:
            bench.venue.orders.clear()
            ask(bench)
        case BreakCause.NO_ANSWER:
            bench.venue.mute = True
            ask(bench)
        case BreakCause.UNKNOWN_ORDER:
            tell(bench, status_of(bench, cl_ord_id="f", venue_order_id="V8", ord_status=OrdStatus.NEW))
        case BreakCause.UNKNOWN_EXECUTION:
            tell(bench, status_of(bench, cl_ord_id="f", exec_type=ExecType.TRADE, exec_id="X8", last_qty=3))
        case BreakCause.OPEN_AFTER_END:
            bench.venue.end(AT_VENUE, OrdStatus.CANCELED)
            bench.hear()
            tell(bench, status_of(bench, ord_status=OrdStatus.NEW, leaves_qty=70))
        case BreakCause.TABLE_FULL:
            for number in range(1001):
                tell(bench, status_of(bench, cl_ord_id="f", venue_order_id=f"W{number}", ord_status=OrdStatus.NEW))
    return bench
