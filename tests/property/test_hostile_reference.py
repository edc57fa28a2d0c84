"""Unknown, stale, huge and negative figures in every field of orders, reference data, rates, factors and markets: refused or accepted within what
is there, never an exception that stops the partition, and every event fits the journal."""

from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from risk_catalogue_world import CASES, CLEARER, CLIENT, EUROS, FACTORS, OWNED, holder_factors, limit_of, mark, rich
from risk_world import CALENDAR, CANCEL, DESK, IBM, NEW, NOW, REPLACE, WHO, XV, YV, World, changed, fill
from test_book import same_sums, written

from oms.core.commands import NewOrder, TwapParameters
from oms.core.enums import (
    Algorithm,
    AssetClass,
    CounterpartyKind,
    ExecInst,
    LimitKind,
    LimitScope,
    OrdStatus,
    OrdType,
    PegPriceType,
    SelfMatchPrevention,
    Side,
    TimeInForce,
    TradingListKind,
)
from oms.core.instructions import Instructions, Peg
from oms.core.money import Amount
from oms.core.reference import (
    Account,
    Calendar,
    CashBalance,
    Entity,
    Instrument,
    Interval,
    Limit,
    OpeningPosition,
    Venue,
)
from oms.core.risk.book import Book
from oms.core.risk.checks import CHECK_NAMES, CHECKS
from oms.core.risk.levels import HOLDER_FACTORS, INSTRUMENT_FACTORS
from oms.core.risk_events import OrderAccepted, OrderRejected, ReplaceAccepted, ReplaceRejected
from oms.core.risk_reference import (
    Counterparty,
    FxRate,
    HolderFactors,
    InstrumentFactors,
    Locate,
    TradingList,
    TradingPermission,
)
from oms.core.session_hours import SessionHours, ZoneOffset

_INT = st.one_of(
    st.sampled_from([-(2**63), -1, 0, 1, 10, 10_000, NOW, 2**63 - 1]),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-9, 20_000),
)
_BIG = st.one_of(st.sampled_from([-(2**127), -1, 0, 2**127 - 1]), st.integers(-(2**127), 2**127 - 1)).map(Amount)
_CURRENCY = st.sampled_from(["USD", "EUR", "GBP", ""])
_INSTRUMENT = st.sampled_from(["IBM", "IBM", "BAC", "nothing", ""])
_WHO = st.sampled_from(["eve", "s1", "nobody", ""])

_instruments = st.builds(
    Instrument,
    st.sampled_from(["IBM", "BAC"]),
    st.just("n"),
    _CURRENCY,
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(1, 2**63 - 1),
    st.integers(1, 2**63 - 1),
    st.sampled_from(["nyse", "nowhere"]),
    st.booleans(),
    st.one_of(st.none(), st.sampled_from(AssetClass)),
    _INT,
    _CURRENCY,
    _INSTRUMENT,
    st.booleans(),
    _CURRENCY,
)
_counterparties = st.builds(
    Counterparty,
    st.just("CL"),
    st.just("n"),
    st.sampled_from(CounterpartyKind),
    _INT,
    st.booleans(),
    st.sampled_from(["", "nyse", "nowhere"]),
)
_calendars = st.builds(
    lambda always, dates: Calendar(
        "nyse", always, tuple(Interval(NOW - 5 + n, NOW + 10**9, d) for n, d in enumerate(dates))
    ),
    st.booleans(),
    st.lists(_INT, max_size=2),
)
_accounts = st.builds(
    lambda qty, cash, currency, settles: replace(
        OWNED,
        opening_positions=(OpeningPosition("IBM", qty), OpeningPosition("nothing", qty)),
        cash=(CashBalance(currency, cash),),
        settlement_currencies=settles,
    ),
    _INT,
    _BIG,
    _CURRENCY,
    st.sampled_from([(), ("USD",), ("EUR", "USD")]),
)
_venues = st.builds(
    lambda instruments, counterparties, enabled, hours: replace(
        XV, instruments=instruments, counterparties=counterparties, enabled=enabled, hours=hours
    ),
    st.sampled_from([("IBM", "BAC"), ("BAC",), ()]),
    st.sampled_from([("CL",), ("nobody",), ()]),
    st.booleans(),
    st.none()
    | st.builds(
        SessionHours,
        st.sampled_from(["00:00-00:00", "mon-fri 07:00-21:00", "sometimes", ""]),
        st.just("X"),
        st.lists(st.builds(ZoneOffset, _INT, _INT), max_size=3).map(tuple),
    ),
)
_others = st.one_of(
    st.builds(Locate, st.just("l"), st.just("A1"), _INSTRUMENT, _INT, _INT),
    st.builds(
        TradingList, st.just("t"), st.sampled_from(TradingListKind), st.just(("IBM",)), st.just(()), st.booleans()
    ),
    st.builds(
        TradingPermission,
        st.just("p"),
        _WHO,
        st.just(()),
        st.just(()),
        st.just(()),
        st.just(()),
        st.just(()),
        st.booleans(),
    ),
    st.builds(FxRate, _CURRENCY, _INT, _INT),
    st.builds(InstrumentFactors, _INSTRUMENT, st.just("m"), *[_INT] * 10),
    st.builds(
        lambda scope, currency, times, amounts, counts: replace(
            holder_factors(scope),
            currency=currency,
            as_of_ns=times,
            var=amounts[0],
            es=amounts[1],
            stress_loss=amounts[2],
            portfolio_value=amounts[3],
            order_mean=amounts[4],
            order_std=amounts[5],
            marginal_ppm=counts,
        ),
        st.sampled_from([LimitScope.FIRM, LimitScope.DESK, LimitScope.ACCOUNT]),
        _CURRENCY,
        _INT,
        st.tuples(*[_BIG] * 6),
        _INT,
    ),
)
_limits = st.builds(
    lambda n, kind, scope, value, currency, times, only, removed: Limit(
        f"l{n}",
        kind,
        scope,
        {LimitScope.FIRM: "", LimitScope.DESK: "alpha", LimitScope.ACCOUNT: "A1"}.get(scope, "CL"),
        "",
        currency,
        value,
        *times,
        only,
        removed,
    ),
    st.integers(0, 30),
    st.sampled_from(LimitKind),
    st.sampled_from([LimitScope.FIRM, LimitScope.DESK, LimitScope.ACCOUNT, LimitScope.COUNTERPARTY]),
    st.one_of(_BIG, st.just(Amount(10**30))),
    _CURRENCY,
    st.tuples(_INT, _INT),
    st.sampled_from(["", "", "alpha/20250106/a0"]),
    st.sampled_from([False, False, False, True]),
)
_entities = st.one_of(_instruments, _counterparties, _calendars, _accounts, _venues, _others, _others, _limits, _limits)

_instructions = st.builds(
    Instructions,
    stop_px=st.one_of(st.none(), _INT),
    display_qty=st.one_of(st.none(), _INT),
    min_qty=_INT,
    exec_inst=st.lists(st.sampled_from(ExecInst), max_size=2).map(tuple),
    peg=st.one_of(st.none(), st.builds(Peg, st.sampled_from(PegPriceType), _INT)),
    expire_ns=_INT,
    expire_date=_INT,
    good_for_ns=_INT,
    smp=st.one_of(st.none(), st.sampled_from(SelfMatchPrevention)),
)
_orders = st.builds(
    lambda account, instrument, side, kind, tif, qty, price, algorithm, venue, twap, who, asked: replace(
        NEW,
        account_id=account,
        instrument_id=instrument,
        side=side,
        ord_type=kind,
        time_in_force=tif,
        order_qty=qty,
        price=price,
        algorithm=algorithm,
        venue_id=venue,
        twap=twap,
        provenance=replace(WHO, trader=who, strategy=who),
        instructions=asked,
    ),
    st.sampled_from(["A1", "A1", "A2", "nobody", ""]),
    _INSTRUMENT,
    st.sampled_from(Side),
    st.sampled_from(OrdType),
    st.sampled_from(TimeInForce),
    st.one_of(_INT, st.sampled_from([10, 100])),
    st.one_of(st.none(), _INT, st.sampled_from([10_000])),
    st.sampled_from(Algorithm),
    st.sampled_from(["", "XV", "YV", "nowhere"]),
    st.one_of(st.none(), st.builds(TwapParameters, _INT, _INT, _INT)),
    _WHO,
    st.one_of(st.just(Instructions()), _instructions),
)
_plain = st.builds(
    lambda side, qty, price, kind: replace(NEW, side=side, order_qty=qty, price=price, ord_type=kind),
    st.sampled_from(Side),
    st.sampled_from([10, 100, 1_000]),
    st.sampled_from([10_000, 10_005]),
    st.just(OrdType.LIMIT),
)


@settings(max_examples=400, deadline=None, print_blob=True)
@given(
    st.lists(st.one_of(_plain, _plain, _orders), min_size=1, max_size=4),
    st.lists(_entities, max_size=5),
    st.lists(_entities, max_size=3),
    st.one_of(st.just(NOW), st.integers(-1, 2**62)),
    st.lists(st.tuples(_INT, _INT), min_size=1, max_size=3),
)
def test_inv_528_no_figure_anywhere_stops_the_partition_or_slips_through(
    orders: list[NewOrder], before: list[Entity], later: list[Entity], tape_ns: int, figures: list[tuple[int, int]]
) -> None:
    w = rich(*before)
    for number, order in enumerate(orders):
        event = w.ask(replace(order, cl_ord_id=f"a{number}"))
        assert isinstance(event, OrderAccepted | OrderRejected)
        written(event)
        if isinstance(event, OrderAccepted):
            _within(w, event)
            for place, (qty, px) in enumerate(figures):
                traded = replace(fill(f"x{place}", qty, event.order_id), last_px=px)
                for booked in w.route(traded):
                    written(booked)
        if number == 0:
            w.load(*later)
            w.conditions = replace(w.conditions, tape_ns=tape_ns)
    for bid, ask in figures:
        w.quote(bid, ask, tape_ns)
        mark(w)
    asked = replace(REPLACE, orig_cl_ord_id="a0", order_qty=orders[-1].order_qty, price=orders[-1].price)
    replaced = w.ask(asked)
    assert isinstance(replaced, ReplaceAccepted | ReplaceRejected)
    written(replaced)
    w.ask(replace(CANCEL, orig_cl_ord_id="a0"))
    for event in w.route(changed(OrdStatus.CANCELED, "alpha/20250106/a0")):
        written(event)
    for _, event in w.journal:
        written(event)
    same_sums(w.state.book(), Book.of(w.state))


@settings(max_examples=200, deadline=None, print_blob=True)
@given(
    st.sampled_from(sorted((HOLDER_FACTORS | INSTRUMENT_FACTORS) - {LimitKind.FAT_FINGER_Z_MILLI})),
    st.one_of(st.integers(0, 10**6), st.integers(0, 10**18)),
    st.tuples(*[_BIG] * 4),
    st.tuples(*[_INT] * 8),
)
def test_inv_587_no_figure_of_a_model_makes_room(
    kind: LimitKind, value: int, amounts: tuple[Amount, ...], counts: tuple[int, ...]
) -> None:
    """What an order makes of a limit is never less than nothing, whatever a model says; only what is usual may be more than the order."""
    holder = replace(
        holder_factors(LimitScope.FIRM),
        var=amounts[0],
        es=amounts[1],
        stress_loss=amounts[2],
        portfolio_value=amounts[3],
        marginal_ppm=counts[0],
    )
    names = ("volatility_ppm", "adv_qty", "window_volume_qty", "window_low_px", "window_high_px", "var_ppm", "es_ppm")
    instrument = replace(FACTORS, **dict(zip(names, counts[1:], strict=True)), stress_ppm=counts[1])
    w = rich(limit_of(kind, LimitScope.FIRM, value), holder, instrument)
    event = w.ask(NEW)
    assert isinstance(event, OrderAccepted | OrderRejected)
    if isinstance(event, OrderAccepted):
        asked = next(check.number for check in CHECKS if check.kinds == {kind})
        place = event.evidence.checks.index(asked)
        assert 0 <= event.evidence.before[place] <= event.evidence.after[place] or "collar" in CHECK_NAMES[asked][0]
        assert event.evidence.after[place] >= 0


def _within(w: World, event: OrderAccepted) -> None:
    """What no reference data can make right."""
    order, reference = event.order, w.state.reference
    instrument = reference.instruments[order.instrument_id]
    assert order.order_qty > 0 and order.order_qty % instrument.lot_size == 0
    assert instrument.enabled and reference.calendars[instrument.calendar_id].is_open(w.conditions.tape_ns)
    assert order.price is None or (order.price > 0 and order.price % instrument.tick_size == 0)
    assert event.mandate.worst_price > 0 and event.evidence.reference_price and event.evidence.reference_price > 0
    assert all(venue_id in reference.venues and reference.venues[venue_id].enabled for venue_id in event.mandate.venues)
    assert all(version < reference.position for version in event.evidence.limit_versions)


def test_every_field_that_a_decision_reads_is_tried() -> None:
    """The strategies above build whole entities and orders: a new field of one of these is missed here, and has to be added there."""
    tried = {
        Instrument: 15, Counterparty: 6, Account: 9, Venue: 16, Locate: 5, TradingList: 5, TradingPermission: 8, FxRate: 3,
        InstrumentFactors: 12, HolderFactors: 15, Limit: 11, Calendar: 4, NewOrder: 19, Instructions: 10,
    }  # fmt: skip
    assert {kind: len(fields(kind)) for kind in tried} == tried
    assert len(CASES) + 4 >= len({kind for check in CHECKS for kind in check.kinds})
    assert (CALENDAR.calendar_id, DESK.desk_id, IBM.instrument_id, YV.venue_id) == ("nyse", "alpha", "IBM", "YV")
    assert CLEARER.counterparty_id == "CL" and CLIENT.client_id == OWNED.client_id and EUROS.currency == "EUR"
    assert FACTORS.instrument_id == "IBM" and limit_of(CASES[0].kind, LimitScope.FIRM, 1).value == 1
