"""Risk's monitors: a figure that a fill, a correction or a mark took beyond its limit is said, once, soon, and by whoever owns the partition."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from risk_catalogue_world import FIRST_ID, SCOPE_IDS, fallen_from_a_gain, held_at_a_loss, mark, rich, sold_at_a_loss
from risk_world import ACCOUNT, DOLLAR, ENTITIES, NEW, NOW, POSITION, World, fill, opening

from oms.core.enums import AlertKind, ExecType, LimitKind, LimitScope, Liquidity, OrdStatus, Side, TimerKind
from oms.core.money import Amount
from oms.core.monitors.alerts import ALERTS_OPEN_MAX, AlertCleared, AlertRaised
from oms.core.reasons import Reason
from oms.core.reference import Limit, OpeningPosition
from oms.core.risk import RiskRules
from oms.core.risk.levels import SCOPES
from oms.core.risk.measures import KINDS
from oms.core.risk.watch_queue import LOOK_EVERY_NS, LOOK_FIGURES_MAX, SWEEP_EVERY_NS
from oms.core.risk.watching import LEAVERS_MAX, WATCHING
from oms.core.risk_events import ExposureMoved, HoldingsMarked, OrderAccepted, OrderRejected
from oms.core.risk_reference import FxRate
from oms.core.routing_events import TradeCorrected
from oms.core.stage import TimerInput
from oms.wire import topics
from oms.wire.codec import decode_journal, encode_envelope
from oms.wire.envelope import Envelope, Source

ORDER = replace(NEW, good_until_ns=NOW + 1_000 * LOOK_EVERY_NS)


def limit(
    kind: LimitKind,
    value: int,
    scope: LimitScope = LimitScope.DESK,
    scope_id: str | None = None,
    currency: str = "USD",
    instrument_id: str = "IBM",
) -> Limit:
    named = instrument_id if kind is LimitKind.POSITION_QTY else ""
    holder = SCOPE_IDS[scope] if scope_id is None else scope_id
    return Limit(f"{kind.name}.{scope.name}.{holder}.{named}", kind, scope, holder, named, currency, Amount(value))


def look(w: World, for_ns: int = LOOK_EVERY_NS) -> list[str]:
    """The next look and those that follow it for so long, as the loop takes them; what was said, in short."""
    said: list[str] = []
    start = w.conditions.wall_ns
    while w.conditions.wall_ns < start + for_ns or _waits(w):
        w.conditions = replace(w.conditions, wall_ns=w.conditions.wall_ns + LOOK_EVERY_NS)
        due = w.rules.due(w.state, NOW, w.conditions.wall_ns, w.market)
        if isinstance(due, TimerInput) and due.owner == WATCHING:
            said += [_short(event) for event in w.feed(due) if isinstance(event, AlertRaised | AlertCleared)]
    return said


def _waits(w: World) -> bool:
    queue = w.state.watch_queue
    return bool(queue.fresh or queue.rest or queue.leavers)


def _short(event: AlertRaised | AlertCleared) -> str:
    kind, scope, *_ = event.alert_id.split("/")
    return f"{'+' if isinstance(event, AlertRaised) else '-'}{kind} {scope}"


def late_fill(w: World, qty: int, exec_id: str = "late") -> None:
    """Of an order that the catalogue accepted, whatever limits came since."""
    w.route(fill(exec_id, qty, FIRST_ID))


def first_order(w: World, side: Side = Side.BUY) -> None:
    assert isinstance(w.ask(replace(ORDER, cl_ord_id="held", side=side, order_qty=100)), OrderAccepted)


# -- kinds and levels -------------------------------------------------------------------------------------------------------------


def fill_of_40(w: World) -> None:
    first_order(w)
    late_fill(w, 40)


@pytest.mark.parametrize(
    ("kind", "figure", "before"),
    [
        (LimitKind.POSITION_QTY, 40, fill_of_40),
        (LimitKind.DAY_LOSS, 100 * DOLLAR, held_at_a_loss),
        (LimitKind.REALISED_LOSS, 60 * DOLLAR, sold_at_a_loss),
        (LimitKind.DRAWDOWN, 100 * DOLLAR, fallen_from_a_gain),
    ],
)
@pytest.mark.parametrize("beyond_by", [-1, 0, 1])
def test_each_kind_just_inside_exactly_at_and_just_beyond(
    kind: LimitKind, figure: int, before: Callable[[World], None], beyond_by: int
) -> None:
    w = rich()
    before(w)
    w.load(limit(kind, figure - beyond_by))  # nobody was asked: it came after
    said = look(w)
    assert said == ([f"+{KINDS[kind].name} DESK"] if beyond_by > 0 else [])
    if said:
        (alert,) = w.state.alerts.open.values()
        assert (alert.kind, alert.value, alert.threshold) == (KINDS[kind], figure, figure - 1)
        assert alert.limit_version == w.state.reference.version("limit", limit(kind, 1).limit_id)
        assert look(w, SWEEP_EVERY_NS) == [], "it is said once"


def test_every_kind_that_is_watched_has_a_case_above() -> None:
    assert set(KINDS) == {
        LimitKind.POSITION_QTY,
        LimitKind.DAY_LOSS,
        LimitKind.REALISED_LOSS,
        LimitKind.DRAWDOWN,
    }


@pytest.mark.parametrize(
    ("kind", "scope"), [(kind, scope) for kind in KINDS for scope in sorted(SCOPES[kind])], ids=lambda e: e.name
)
def test_each_level_of_each_kind(kind: LimitKind, scope: LimitScope) -> None:
    """40 are held, bought at 100.00, marked at 99.00; of 60 more, sold at 99.00, a loss is realised; and there was nothing to gain."""
    w = rich()
    sold_at_a_loss(w)
    w.load(limit(kind, 1, scope))
    assert look(w) == [f"+{KINDS[kind].name} {scope.name}"]
    (alert,) = w.state.alerts.open.values()
    assert (alert.scope, alert.scope_id) == (scope, SCOPE_IDS[scope])
    figures = {
        LimitKind.POSITION_QTY: 40,
        LimitKind.DAY_LOSS: 100 * DOLLAR,
        LimitKind.REALISED_LOSS: 60 * DOLLAR,
        LimitKind.DRAWDOWN: 100 * DOLLAR,
    }
    assert alert.value == figures[kind]


def test_a_limit_that_counts_nothing_raises_nothing() -> None:
    """Of positions without an instrument, of a venue's positions, of somebody else's."""
    w = rich()
    sold_at_a_loss(w)
    w.load(
        replace(limit(LimitKind.POSITION_QTY, 1), instrument_id=""),
        limit(LimitKind.POSITION_QTY, 1, LimitScope.VENUE),
        limit(LimitKind.POSITION_QTY, 1, LimitScope.ACCOUNT, "A2"),
        limit(LimitKind.POSITION_QTY, 1, instrument_id="BAC"),
        replace(limit(LimitKind.DAY_LOSS, 1), only_order="another"),
    )
    assert look(w) == []


@pytest.mark.parametrize(("partition", "said"), [(1, ["+POSITION ACCOUNT"]), (2, [])])
def test_of_who_trades_in_another_partition_nothing_is_said_here(partition: int, said: list[str]) -> None:
    w = World(state=RiskRules().initial(partition))
    w.load(*ENTITIES, opening(ACCOUNT, "IBM", 5_000))
    assert look(w) == said


def test_a_loss_in_a_currency_without_a_rate_counts_as_beyond_and_a_rate_clears_it() -> None:
    w = rich()
    held_at_a_loss(w)
    w.load(limit(LimitKind.DAY_LOSS, 1_000 * DOLLAR, currency="EUR"))
    assert look(w) == ["+DAY_LOSS DESK"]
    (alert,) = w.state.alerts.open.values()
    assert alert.value is None and alert.text == "DAY_LOSS of alpha cannot be told: no rate of USD"
    w.load(FxRate("USD", 10**9, 0), FxRate("EUR", 1_100_000_000, NOW))
    assert look(w, 2 * SWEEP_EVERY_NS) == ["-DAY_LOSS DESK"]


# -- fills, corrections, marks ------------------------------------------------------------------------------------------------------


def test_a_late_fill_beyond_a_limit_is_said_blocks_new_use_and_can_be_left() -> None:
    w = rich()
    first_order(w)
    w.load(limit(LimitKind.POSITION_QTY, 60))
    said = []
    for n, qty in enumerate((50, 20, 30)):
        late_fill(w, qty, f"x{n}")
        said.append(look(w))
    assert said == [[], ["+POSITION DESK"], ["+POSITION DESK"]]  # 50, 70, and 100: worse by more than a tenth
    refused = w.ask(replace(ORDER, cl_ord_id="more", order_qty=10))
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.POSITION_LIMIT
    assert isinstance(w.ask(replace(ORDER, cl_ord_id="out", side=Side.SELL, order_qty=60)), OrderAccepted)
    w.route(fill("y", 60, "alpha/20250106/out"))
    assert look(w) == ["-POSITION DESK"]


def test_a_bust_that_takes_a_position_beyond_a_limit_is_said_and_blocks_new_use() -> None:
    """100 bought and 90 sold, the purchase is taken back: short by 90."""
    w = rich()
    first_order(w)
    late_fill(w, 100, "x")
    assert isinstance(w.ask(replace(ORDER, cl_ord_id="out", side=Side.SELL, order_qty=90)), OrderAccepted)
    w.route(fill("y", 90, "alpha/20250106/out"))
    w.load(limit(LimitKind.POSITION_QTY, 60))
    assert look(w) == []
    w.route(
        TradeCorrected(
            FIRST_ID, "held", f"{FIRST_ID}.1", "XV", ExecType.TRADE_CANCEL, "x2", "x", 100, 10_000, 0, 0, Liquidity.REMOVED, 0, 0,
            Amount(0), OrdStatus.NEW, NOW, "",
        )
    )  # fmt: skip
    assert look(w) == ["+POSITION DESK"]
    refused = w.ask(replace(ORDER, cl_ord_id="more", side=Side.SELL, order_qty=10))
    assert isinstance(refused, OrderRejected) and refused.reason is Reason.POSITION_LIMIT


def test_a_mark_alone_raises_and_clears() -> None:
    w = rich(limit(LimitKind.DAY_LOSS, 50 * DOLLAR))
    first_order(w)
    late_fill(w, 100)
    assert look(w) == []
    for price, said in ((9_960, []), (9_940, ["+DAY_LOSS DESK"]), (9_952, []), (9_970, ["-DAY_LOSS DESK"])):
        w.quote(price, price)
        mark(w)
        assert look(w) == said, price


def test_a_limit_that_is_changed_takes_its_alert_with_it() -> None:
    w = rich()
    fill_of_40(w)
    w.load(limit(LimitKind.POSITION_QTY, 30))
    assert look(w) == ["+POSITION DESK"]
    w.load(limit(LimitKind.POSITION_QTY, 20))
    assert sorted(look(w)) == ["+POSITION DESK", "-POSITION DESK"], "another version: another alert"
    w.load(limit(LimitKind.POSITION_QTY, 500))
    assert look(w) == ["-POSITION DESK"] and not w.state.alerts.open


def test_many_limits_that_end_at_once_take_their_alerts_with_them_in_bounded_records() -> None:
    w = rich()
    fill_of_40(w)
    (position,) = [limit(LimitKind.POSITION_QTY, 30)]
    ends = NOW + 3 * SWEEP_EVERY_NS
    count = LEAVERS_MAX + 200
    w.load(*(replace(position, limit_id=f"p{n}", expires_ns=ends) for n in range(count)))
    assert len(look(w)) == count
    before = len(w.journal)
    assert len(look(w, 4 * SWEEP_EVERY_NS)) == count and not w.state.alerts.open
    records = Counter(offset for offset, _ in w.journal[before:])
    assert max(records.values()) == LEAVERS_MAX and len(records) == 2


def test_what_found_no_room_is_told_once_there_is_some() -> None:
    w = rich()
    fill_of_40(w)
    look(w)
    w.load(limit(LimitKind.POSITION_QTY, 30))
    others = [
        AlertRaised(f"o{n}", AlertKind.TRADE_UNBOOKED, LimitScope.FIRM, "", "", None, Amount(0), -1, NOW, "")
        for n in range(ALERTS_OPEN_MAX)
    ]
    w.state.alerts.open |= {other.alert_id: other for other in others}
    assert look(w, 2 * SWEEP_EVERY_NS) == []
    del w.state.alerts.open["o0"]
    assert look(w, 2 * SWEEP_EVERY_NS) == ["+POSITION DESK"]


def test_a_limit_counts_while_it_is_in_force() -> None:
    w = rich()
    fill_of_40(w)
    begins, ends = NOW + SWEEP_EVERY_NS, NOW + 3 * SWEEP_EVERY_NS
    w.load(replace(limit(LimitKind.POSITION_QTY, 30), effective_ns=begins, expires_ns=ends))
    assert look(w) == []
    assert look(w, 2 * SWEEP_EVERY_NS) == ["+POSITION DESK"]
    assert look(w, 2 * SWEEP_EVERY_NS) == ["-POSITION DESK"]


# -- when, and by whom ----------------------------------------------------------------------------------------------------------


def test_between_two_looks_nothing_is_looked_at_and_a_clock_set_back_stops_none() -> None:
    w = rich()
    fill_of_40(w)
    w.load(limit(LimitKind.POSITION_QTY, 30))
    queue = w.state.watch_queue
    queue.looked_ns = NOW
    assert w.rules.due(w.state, NOW, NOW + LOOK_EVERY_NS - 1, w.market) is None and queue.looked_ns == NOW
    assert w.rules.due(w.state, NOW, NOW - 1, w.market) == TimerInput(WATCHING, TimerKind.TRIGGER, 0, NOW)


def test_what_is_due_is_due_until_it_is_decided() -> None:
    w = rich()
    fill_of_40(w)
    w.load(limit(LimitKind.POSITION_QTY, 30))
    for n in range(3):
        due = w.rules.due(w.state, NOW, NOW + n * LOOK_EVERY_NS, w.market)
        assert isinstance(due, TimerInput) and due.owner == WATCHING
    assert [_short(e) for e in w.feed(due) if isinstance(e, AlertRaised)] == ["+POSITION DESK"]
    assert w.rules.due(w.state, NOW, NOW + 3 * LOOK_EVERY_NS, w.market) is None


def test_a_look_is_bounded_and_what_moved_comes_first() -> None:
    w = rich(*(limit(LimitKind.POSITION_QTY, 10, LimitScope.TRADER, f"t{n}") for n in range(10 * LOOK_FIGURES_MAX)))
    first_order(w)
    w.load(limit(LimitKind.POSITION_QTY, 30))
    w.rules.due(w.state, NOW, NOW, w.market)
    assert len(w.state.watch_queue.rest) >= 9 * LOOK_FIGURES_MAX, "the sweep after the start has begun"
    late_fill(w, 40)
    w.conditions = replace(w.conditions, wall_ns=NOW + LOOK_EVERY_NS)
    due = w.rules.due(w.state, NOW, NOW + LOOK_EVERY_NS, w.market)
    assert due is not None and [_short(e) for e in w.feed(due) if isinstance(e, AlertRaised)] == ["+POSITION DESK"]
    assert len(w.state.watch_queue.next()) == LOOK_FIGURES_MAX


def taken_over(w: World) -> World:
    """The same journal and reference data, folded by a new owner."""
    other = World(conditions=w.conditions, market=w.market)
    other.state.reference, other.state.control = w.state.reference, w.state.control
    for offset, event in w.journal:
        RiskRules().evolve(other.state, event, offset)
    other.journal, other.offset = list(w.journal), w.offset
    assert other.state == w.state
    return other


def test_a_new_owner_says_what_the_old_one_did_not_come_to_and_nothing_twice() -> None:
    w = rich()
    first_order(w)
    w.load(limit(LimitKind.POSITION_QTY, 30))
    late_fill(w, 40)
    second = taken_over(w)
    assert look(second) == ["+POSITION DESK"]
    assert look(taken_over(second)) == []


# -- against a count over the journal ----------------------------------------------------------------------------------------------


class Counted:
    """Alerts as they must be, from the events of the journal alone. One account, one instrument, so that a result is cash and worth."""

    def __init__(self) -> None:
        self.open: set[str] = set()

    def figures(self, w: World) -> dict[LimitKind, int]:
        held = cash = price = 0
        for _, event in w.journal:
            if isinstance(event, ExposureMoved):
                held += event.signed_qty
                cash -= event.signed_qty * event.last_px
                price = event.last_px
            elif isinstance(event, HoldingsMarked):
                price = {m.instrument_id: m.price for m in event.marks}.get("IBM", price)
        return {LimitKind.POSITION_QTY: abs(held), LimitKind.DAY_LOSS: -(cash + held * price) * DOLLAR // 100}

    def look(self, w: World) -> set[str]:
        figures = self.figures(w)
        kept = set()
        for one in w.state.reference.limits.values():
            if one.kind not in figures or not one.limit_id.startswith(one.kind.name):
                continue
            name = f"{one.limit_id}/{w.state.reference.version('limit', one.limit_id)}"
            value = figures[one.kind]
            if value > one.value or (name in self.open and value * 100 > one.value * 95):
                kept.add(name)
        self.open = kept
        return kept


def _named(w: World) -> set[str]:
    """Open alerts as the count names them."""
    limits, reference = w.state.reference.limits, w.state.reference
    by_version = {reference.version("limit", limit_id): limit_id for limit_id in limits}
    assert len(by_version) == len(limits)
    return {f"{by_version[a.limit_version]}/{a.limit_version}" for a in w.state.alerts.open.values()}


@pytest.mark.parametrize("seed", range(25))
def test_alerts_are_those_of_a_count_over_the_journal(seed: int) -> None:
    """Orders that were accepted when nothing was limited fill late, prices move, limits are set, owners change."""
    rng, w, counted = random.Random(seed), rich(replace(POSITION, value=Amount(10**9))), Counted()
    scopes = [LimitScope.FIRM, LimitScope.DESK, LimitScope.ACCOUNT, LimitScope.CLIENT]
    orders = [
        w.ask(replace(ORDER, cl_ord_id=f"o{n}", side=rng.choice(list(Side)[:2]), order_qty=1_000)) for n in range(9)
    ]
    said = 0
    for step in range(60):
        roll = rng.random()
        if roll < 0.4:
            order = rng.choice(orders)
            assert isinstance(order, OrderAccepted)
            w.route(fill(f"x{step}", rng.randrange(10, 101, 10), order.order_id))
        elif roll < 0.7:
            price = rng.randrange(9_900, 10_101)
            w.quote(price, price)
            mark(w)
        elif rng.random() < 0.5:
            w.load(limit(LimitKind.POSITION_QTY, rng.randrange(20, 300), rng.choice(scopes)))
        else:
            w.load(limit(LimitKind.DAY_LOSS, rng.randrange(1, 200) * DOLLAR, rng.choice(scopes)))
        said += len(look(w, SWEEP_EVERY_NS))
        assert _named(w) == counted.look(w), f"step {step}"
        if rng.random() < 0.1:
            w = taken_over(w)
    assert said


def test_an_opening_position_alone_can_be_beyond() -> None:
    w = rich(limit(LimitKind.POSITION_QTY, 30))
    account = w.state.reference.accounts["A1"]
    w.load(replace(account, opening_positions=(OpeningPosition("IBM", -31),)))
    assert look(w) == ["+POSITION DESK"]


def test_what_no_amount_holds_is_told_once_and_can_be_written() -> None:
    w = rich()
    w.load(limit(LimitKind.DRAWDOWN, 10**20, LimitScope.FIRM), limit(LimitKind.DAY_LOSS, 10**20, LimitScope.ACCOUNT))
    first_order(w)
    w.route(replace(fill("absurd", 2**61, FIRST_ID), last_px=2**61))
    w.route(replace(fill("next", 1, FIRST_ID), last_px=10_000))
    assert "+DRAWDOWN FIRM" in look(w) and "+DAY_LOSS ACCOUNT" in [_short(a) for a in w.state.alerts.open.values()]
    said = tuple([event for _, event in w.journal if isinstance(event, AlertRaised)])
    read = decode_journal(
        encode_envelope(topics.RISK, Envelope(1, 1, (), Source("", 0, 0, "", "", 0), 0, 0, "", 3, b"", b"", said, 3))
    )
    assert isinstance(read, Envelope) and read.events == said
    w.route(replace(fill("worse", 2**60, FIRST_ID), last_px=2**61))
    w.route(replace(fill("last", 1, FIRST_ID), last_px=10_000))
    assert not [said for said in look(w, 1_000_000_000) if "POSITION" not in said], "the same amount is no worse"
