"""Makes the sample journals of a schema version: what this release wrote, kept so that every later release can be held to it.

    python tests/golden/make_journals.py            plays the schedule below and writes the journals of this schema version; only
                                                    before it is released: those of earlier versions are never made again
    python tests/golden/make_journals.py --states   leaves the journals, and adds the state hashes of a new state layout

A file holds one partition, a line per record: offset, broker timestamp in ms, the value in hex. `states.txt`: state layout version, topic,
hash of the state that the whole journal folds to.

The schedule reaches every kind of command, control record and entity, two owners, and records that the run rule voids. It uses no clock
and no chance: it gives the same bytes wherever it is run.
"""

import dataclasses
import sys
from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from oms.core.canonical import state_hash
from oms.core.client_links import LinkOpened
from oms.core.commands import (
    CancelOrder,
    CancelOrderList,
    MassCancelOrders,
    NewOrder,
    NewOrderList,
    Provenance,
    ReplaceOrder,
    TwapParameters,
    order_id_of,
)
from oms.core.control import (
    AlertAcknowledged,
    BreakResolution,
    CancelScope,
    ClockAnchor,
    Halt,
    HaltTrip,
    Liquidate,
    Resume,
)
from oms.core.credit.events import CreditAsked
from oms.core.credit.journaled import CreditEvent
from oms.core.credit.spans import credit_id_of
from oms.core.credit.stage import CreditRules, CreditState
from oms.core.enums import (
    Algorithm,
    ContingencyType,
    CounterpartyKind,
    DropCopyScope,
    ExecType,
    HaltAction,
    HaltScope,
    LimitKind,
    LimitScope,
    OrdStatus,
    OrdType,
    PegPriceType,
    ResolutionKind,
    Role,
    Side,
    TimeInForce,
    TimerKind,
    TradingListKind,
    VenueBehaviour,
)
from oms.core.governance import ChangeBasis
from oms.core.halt_triggers import HaltTrigger, HaltTriggerKind
from oms.core.instructions import Instructions, Peg
from oms.core.market import MarketView
from oms.core.money import AMOUNT_SCALE, Amount
from oms.core.reference import (
    Account,
    Calendar,
    Desk,
    Entity,
    Instrument,
    Interval,
    Limit,
    LimitApproval,
    LimitProposal,
    OpeningPosition,
    Person,
    ProposalWithdrawal,
    ReferenceChange,
    Venue,
    VenueSession,
)
from oms.core.risk_reference import (
    ChangeApproval,
    ChangeProposal,
    Client,
    Counterparty,
    FxRate,
    HolderFactors,
    InstrumentFactors,
    Locate,
    TradingList,
    TradingPermission,
)
from oms.core.session_hours import SessionHours, ZoneOffset
from oms.core.stage import Conditions, Input, TimerInput
from oms.core.venue_messages import CopyReceived, HeartbeatReceived, MessageRefused, VenueMessage
from oms.gateway.client_sessions import ClientSessionRules
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION, JournalFold
from oms.runtime.log import TopicPartition
from oms.testing.client_world import CANCELS, ClientWorld, fix_session
from oms.testing.pipeline import RULES, Pipeline
from oms.testing.sim_log import Fate, SimLog
from oms.testing.sim_venue import Script, SimVenue
from oms.wire import topics
from oms.wire.envelope import SCHEMA_VERSION
from oms.wire.topics import TOPICS

JOURNALS = Path(__file__).parent / "journals"
VERSION_1 = JOURNALS / "v1"
PRESENT = JOURNALS / f"v{SCHEMA_VERSION}"
KEPT = (
    topics.REFERENCE,
    topics.CONTROL,
    topics.ORDERS,
    topics.RISK,
    topics.ROUTING,
    topics.EXECUTION,
    topics.CLIENT_SESSIONS,
    topics.CREDIT,
)
STAGES: dict[str, Any] = {**RULES, topics.CLIENT_SESSIONS: ClientSessionRules, topics.CREDIT: CreditRules}

NOW = 1_736_175_600_000_000_000
DATE = 20250106
COPIES = "XALP-P0-COPY"
SECOND_NS = 1_000_000_000
WHO = Provenance("ann", "client-7", "grpc", "ann", "twap-desk")
ALL_OF_IT = (10**9,)
ALL_WEEK = SessionHours("mon-sun 00:00-00:00", "Europe/London", (ZoneOffset(0, 0), ZoneOffset(1_743_296_400, 3_600)))


def limit(kind: LimitKind, value: int, instrument: str = "ACME", currency: str = "USD") -> Limit:
    return Limit(kind.name, kind, LimitScope.FIRM, "", instrument, currency, Amount(value))


def venue(venue_id: str, number: int, fee_ppm: int) -> Venue:
    sessions = (VenueSession(0, f"{venue_id}-P0"),)
    return Venue(venue_id, number, venue_id.title(), fee_ppm, 300_000, 1_000_000, ("ACME",), sessions, 10, True)


WORLD: tuple[Entity, ...] = (
    Calendar("always", True, ()),
    Calendar("day", False, (Interval(NOW - 3_600 * SECOND_NS, NOW + 3_600 * SECOND_NS, DATE),)),
    Instrument("ACME", "Acme", "USD", 4, 0, 100, 1, "day", True),
    venue("XALP", 0, 0),
    venue("XBET", 1, 25),
    Desk("alpha", "Alpha", 0, True),
    Account("A1", "alpha", "USD", (OpeningPosition("ACME", -50),), True),
    Person("ann", "Ann", (Role.TRADER, Role.RISK_OFFICER), ("alpha",), True),
    limit(LimitKind.ORDER_QTY, 10_000),
    limit(LimitKind.ORDER_NOTIONAL, 10_000_000 * 10**AMOUNT_SCALE),
    limit(LimitKind.PRICE_COLLAR_BPS, 500),
    limit(LimitKind.MARKET_DATA_AGE_NS, 10**15),
    limit(LimitKind.POSITION_QTY, 100_000),
    limit(LimitKind.OPEN_ORDERS, 1_000),
)


def order(p: Pipeline, cl_ord_id: str, qty: int, price: int | None, **changes: object) -> None:
    p.command(new_order(p, cl_ord_id, qty, price, **changes))


def new_order(p: Pipeline, cl_ord_id: str, qty: int, price: int | None, **changes: object) -> NewOrder:
    now = p.clock.wall_ns
    values: dict[str, object] = {
        "desk_id": "alpha",
        "trading_date": DATE,
        "cl_ord_id": cl_ord_id,
        "account_id": "A1",
        "instrument_id": "ACME",
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT if price is not None else OrdType.MARKET,
        "time_in_force": TimeInForce.DAY,
        "order_qty": qty,
        "price": price,
        "algorithm": Algorithm.BEST_PRICE,
        "venue_id": "",
        "twap": None,
        "good_until_ns": now + 10**15,
        "entered_ns": now,
        "trace_id": f"trace-{cl_ord_id}",
        "provenance": WHO,
    }
    return NewOrder(**{**values, **changes})  # type: ignore[arg-type]


def cancel(p: Pipeline, cl_ord_id: str, of: str) -> None:
    p.command(CancelOrder("alpha", DATE, cl_ord_id, DATE, of, p.clock.wall_ns, f"trace-{cl_ord_id}", WHO))


def replace(p: Pipeline, cl_ord_id: str, of: str, qty: int, price: int) -> None:
    now = p.clock.wall_ns
    p.command(ReplaceOrder("alpha", DATE, cl_ord_id, DATE, of, qty, price, None, now + 10**15, now, "", WHO))


def script(p: Pipeline, fills: tuple[int, ...], accept: bool = True) -> None:
    for sim in p.venues.values():
        sim.script = Script(accept, fills)


def fills_and_refusals(p: Pipeline) -> None:
    order(p, "a1", 100, 100_100)
    order(p, "a2", 10_001, 100_100)
    order(p, "a1", 50, 100_100)
    order(p, "a3", 60, None, time_in_force=TimeInForce.IOC)
    order(p, "a4", 30, 100_200, algorithm=Algorithm.DIRECT, venue_id="XBET", time_in_force=TimeInForce.FOK)
    order(p, "a5", 40, 99_900, side=Side.SELL_SHORT, time_in_force=TimeInForce.GTC)
    p.run()
    cancel(p, "c0", "nobody")
    replace(p, "r0", "a1", 200, 100_100)
    script(p, (), accept=False)
    order(p, "a6", 10, 100_100, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run()


def resting(p: Pipeline) -> None:
    """Partial fills, replacements, cancels one by one, by desk and by scope."""
    script(p, (7,))
    for number in range(1, 6):
        order(p, f"b{number}", 20, 99_800)
    p.run()
    replace(p, "b1r", "b1", 30, 99_700)
    cancel(p, "b2c", "b2")
    p.run()
    p.command(MassCancelOrders("alpha", DATE, "m1", "A1", "ACME", p.clock.wall_ns, "", WHO))
    p.run()
    order(p, "b6", 20, 99_800)
    p.run()
    p.control(CancelScope(HaltScope.VENUE, "XALP", "venue test", p.clock.wall_ns, WHO))
    p.control(CancelScope(HaltScope.DESK, "alpha", "desk test", p.clock.wall_ns, WHO))
    p.run()


def algorithms_and_halts(p: Pipeline) -> None:
    script(p, ALL_OF_IT)
    now = p.clock.wall_ns
    twap = TwapParameters(now, now + 8 * SECOND_NS, 4)
    order(p, "t1", 40, 100_100, algorithm=Algorithm.TWAP, twap=twap)
    p.run(100)
    p.control(Halt(HaltScope.DESK, "alpha", False, "a look", p.clock.wall_ns, WHO))
    order(p, "t2", 10, 100_100)
    p.run(150)
    p.control(Resume(HaltScope.DESK, "alpha", "looked", p.clock.wall_ns, WHO))
    p.run(250)


def doubts(p: Pipeline) -> None:
    """Owners that are lost, acks that do not come, a venue that hangs, is cut off, and says what nobody asked for."""
    order(p, "d1", 25, 100_100)
    p.run(3)
    p.crash(topics.EXECUTION)
    p.run(200)
    for topic, fate in ((topics.RISK, Fate.LANDS_TWICE), (topics.ROUTING, Fate.LANDS_UNACKED)):
        p.log.plan(TopicPartition(topic, 0), fate)
        order(p, f"d-{topic}", 15, 100_100)
        p.run(200)
    script(p, ())
    for sim in p.venues.values():
        sim.mute = True
    order(p, "d2", 12, 99_900)
    p.run(300)
    cancel(p, "d2c", "d2")
    p.run(100)
    for sim in p.venues.values():
        sim.lose()
        sim.mute = False
    p.run(300)
    order(p, "d3", 12, 99_900)
    p.run(100)
    for sim in p.venues.values():
        sim.lose()
    cancel(p, "d3c", "d3")
    p.run(300)
    order(p, "d4", 12, 99_900)
    p.run(100)
    alpha = p.venues["XALP-P0"]
    for cl_ord_id in list(alpha.orders):
        alpha.end(cl_ord_id, OrdStatus.CANCELED)
    odd = VenueMessage("XALP-P0", alpha.next_out + 3, False, HeartbeatReceived(), "out of order")
    alpha.outbound.append(odd)
    p.run(60)


def differences(p: Pipeline) -> None:
    """A venue that executes and does not say so, then does; one that speaks of what is not ours; persons who decide."""
    script(p, ())
    order(p, "e1", 30, 100_100, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run(60)
    alpha = p.venues["XALP-P0"]
    cl_ord_id = list(alpha.orders)[-1]
    alpha.withhold = True
    alpha.fill(cl_ord_id, 12)
    alpha.withhold = False
    alpha.lose()
    p.run(60, SECOND_NS)
    for report in alpha.withheld:
        alpha.tell(changed(report, last_px=report.last_px - 100))
        alpha.tell(changed(report, cl_ord_id="none of ours", exec_id="X1"))
        ended = changed(report, exec_type=ExecType.CANCELED, ord_status=OrdStatus.CANCELED)
        alpha.tell(changed(ended, cl_ord_id="nobody's", venue_order_id="V0"))
    p.run(60)
    now = p.clock.wall_ns
    p.control(BreakResolution(0, "B0-1", ResolutionKind.NOTED, None, "not open any more", now, WHO))
    for broken in list(fold(p.log, topics.EXECUTION).folded.state.breaks.open.values()):
        p.control(BreakResolution(0, broken.break_id, ResolutionKind.NOTED, None, "the venue's mistake", now, WHO))
    p.run(60)


def refused_cancel(p: Pipeline) -> None:
    """The venue cannot take a cancel; the router asks again."""
    order(p, "f1", 30, 99_800, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run(60)
    alpha = p.venues["XALP-P0"]
    alpha.mute = True
    cancel(p, "f1c", "f1")
    p.run(10)
    alpha.mute = False
    alpha.tell(MessageRefused(alpha.expected - 1, "not now"))
    p.run(60)


def refused_for_good(p: Pipeline) -> None:
    """Every cancel of an order is refused: it goes on, and is cancelled by a later one."""
    alpha = p.venues["XALP-P0"]
    order(p, "f2", 30, 99_800, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run(60)
    alpha.refuse_cancels = True
    cancel(p, "f2c", "f2")
    p.run(60)
    alpha.refuse_cancels = False
    cancel(p, "f2d", "f2")
    p.run(60)


def taken_back(p: Pipeline) -> None:
    """A venue corrects a trade of a filled order, and then cancels it; and one of an order that rests."""
    script(p, ())
    for name in ("g1", "g2"):
        order(p, name, 30, 99_800, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run(60)
    alpha = p.venues["XALP-P0"]
    first, second = list(alpha.orders)[-2:]
    for cl_ord_id, qty in ((first, 30), (second, 12)):
        alpha.fill(cl_ord_id, qty)
        (exec_id,) = alpha.orders[cl_ord_id].standing
        alpha.bust(cl_ord_id, alpha.correct(cl_ord_id, exec_id, qty - 1, 99_700))
    p.run(60)


def waiting(p: Pipeline) -> None:
    """Orders that the router works in the place of a venue: a stop that trails and is met, a peg that follows."""
    trails = Instructions(peg=Peg(PegPriceType.TRAILING_STOP, 1_000))
    stop = {"ord_type": OrdType.STOP, "instructions": trails, "algorithm": Algorithm.DIRECT, "venue_id": "XBET"}
    follows = Instructions(peg=Peg(PegPriceType.PRIMARY, -100))
    p.trade("XBET", "ACME", 100_000, 5)
    order(p, "h1", 20, None, side=Side.SELL, **stop)
    order(p, "h2", 30, None, ord_type=OrdType.PEGGED, instructions=follows)
    p.run(60)
    p.trade("XBET", "ACME", 100_400, 5)
    p.quote("XALP", "ACME", (100_000, 500), (100_200, 60))
    p.run(60)
    p.trade("XBET", "ACME", 99_400, 5)
    p.run(60)
    cancel(p, "h2c", "h2")
    p.run(60)


def over_the_close(p: Pipeline) -> None:
    """An early close and a next day become known; one order ends with its day, one is done for it, restated, and goes on."""
    script(p, ())
    order(p, "i1", 20, 99_800, time_in_force=TimeInForce.GTC)
    order(p, "i2", 20, 99_800)
    p.run(60)
    close_ns = p.clock.wall_ns + 5 * SECOND_NS
    today = Interval(NOW - 3_600 * SECOND_NS, close_ns, DATE, 0, close_ns - SECOND_NS)
    tomorrow = Interval(close_ns + 10 * SECOND_NS, close_ns + 20 * SECOND_NS, DATE + 1)
    early = Calendar("day", False, (today, tomorrow), "America/New_York")
    version = WORLD.index(next(e for e in WORLD if isinstance(e, Calendar) and e.calendar_id == "day"))
    p.reference(ReferenceChange(early, version, p.clock.wall_ns, "early close", WHO))
    p.run(100, SECOND_NS // 10)
    script(p, (5,))
    p.run(100, SECOND_NS // 10)


def lists(p: Pipeline) -> None:
    """Two orders that update each other, of which one executes a part before their list is cancelled; a program; lists that are refused."""
    script(p, ())
    resting = {"side": Side.SELL, "algorithm": Algorithm.DIRECT, "venue_id": "XALP"}
    stop = {**resting, "ord_type": OrdType.STOP, "instructions": Instructions(stop_px=98_000)}
    ouo = ContingencyType.ONE_UPDATES_THE_OTHER
    send_list(p, "k1", ouo, new_order(p, "j1", 40, 102_000, **resting), new_order(p, "j2", 40, None, **stop))
    p.run(60)
    alpha = p.venues["XALP-P0"]
    alpha.fill(list(alpha.orders)[-1], 12)
    p.run(60)
    cancel_list(p, "k2", "k1")
    send_list(p, "k3", None, new_order(p, "j3", 10, 99_000), new_order(p, "j4", 0, 99_000))
    send_list(p, "k4", ouo, new_order(p, "j5", 10, 99_000), new_order(p, "j6", 0, 99_000))
    cancel_list(p, "k5", "k0")
    p.run(60)


def risk_factors(p: Pipeline) -> None:
    """Reference data of risk alone; an order that is judged by what models say; a strategy that a person lets go on."""
    now = p.clock.wall_ns
    factors = InstrumentFactors("ACME", "sample-1", now, es_ppm=30_000, volatility_ppm=15_000)
    holder = HolderFactors("firm", LimitScope.FIRM, "", "USD", "sample-1", now, es=Amount(10**12), marginal_ppm=40_000)
    known: tuple[Entity, ...] = (
        Client("client-7", "Client seven", True),
        Counterparty("clear", "Clearing member", CounterpartyKind.CLEARING_MEMBER, 2, True),
        TradingList("watched", TradingListKind.WATCH, ("ACME",), (), True),
        TradingPermission("ann", "ann", ("ACME",), (), (), (), (), False),
        Locate("locate-1", "A1", "ACME", 500, now + 10**15),
        FxRate("USD", 10**9, 0),
        *(factors, holder),
        Limit("shortfall", LimitKind.EXPECTED_SHORTFALL, LimitScope.FIRM, "", "", "USD", Amount(10**18)),
        Limit("factors", LimitKind.FACTORS_AGE_NS, LimitScope.FIRM, "", "", "", Amount(10**15)),
    )
    p.entities(known, WHO)
    p.run(20)
    version = fold(p.log, topics.RISK).folded.state.reference.version("limit", "shortfall")
    half = Limit("shortfall", LimitKind.EXPECTED_SHORTFALL, LimitScope.FIRM, "", "", "USD", Amount(10**17))
    p.entities([LimitProposal("half", half, version)], WHO)
    p.run(20)
    version = fold(p.log, topics.RISK).folded.state.reference.version("limit_proposal", "half")
    p.entities([LimitApproval("half", version)], dataclasses.replace(WHO, entered_by="rolf"))
    p.run(20)
    rolf, present = dataclasses.replace(WHO, entered_by="rolf"), fold(p.log, topics.RISK).folded.state.reference
    lapses = p.clock.wall_ns + 10**15
    gone = dataclasses.replace(half, removed=True)
    p.entities([LimitProposal("none", gone, present.version("limit", "shortfall"), lapses)], WHO)
    p.entities([LimitProposal("other", gone, present.version("limit", "shortfall"))], WHO)
    p.run(20)
    present = fold(p.log, topics.RISK).folded.state.reference
    p.entities([ProposalWithdrawal("other", present.version("limit_proposal", "other"))], WHO)
    p.entities([LimitApproval("none", present.version("limit_proposal", "none"))], rolf)
    p.control(AlertAcknowledged("DAY_LOSS/FIRM//USD/1", topics.RISK, 0, 7, "it was looked at", p.clock.wall_ns, rolf))
    p.run(20)
    order(p, "l1", 10, 99_000)
    p.run()
    p.control(Resume(HaltScope.STRATEGY, WHO.strategy, "its repeats were looked at", p.clock.wall_ns, WHO))
    p.run()


def automatic_halts(p: Pipeline) -> None:
    """A trigger that a venue's refusal trips, its halt as a gateway spreads it, and the resume."""
    action = HaltAction.REDUCE_ONLY
    rejects = HaltTrigger(
        "rejects",
        HaltTriggerKind.REJECT_RATIO,
        HaltScope.DESK,
        "alpha",
        "",
        Amount(0),
        10**10,
        1,
        action,
        True,
        10**9,
        True,
    )
    p.entities([rejects], WHO)
    script(p, (), accept=False)
    p.run(20)
    order(p, "refused1", 10, 99_900, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run(80)
    offset, trip = next(iter((t.offset, t) for t in fold(p.log, topics.RISK).folded.state.trips.values()))
    spread = HaltTrip("rejects", trip.version, p.partition, offset, trip.control_position)
    who = Provenance("risk", "rejects", "halt_trigger", "", "")
    p.control(Halt(HaltScope.DESK, "alpha", True, trip.text, p.clock.wall_ns, who, action, spread))
    p.run()
    p.control(Resume(HaltScope.DESK, "alpha", "the venue was asked", p.clock.wall_ns, WHO))
    p.run()
    version = fold(p.log, topics.RISK).folded.state.reference.version("halt_trigger", "rejects")
    disabled = dataclasses.replace(rejects, enabled=False)
    p.reference(ReferenceChange(disabled, version, p.clock.wall_ns, "what follows is refused on purpose", WHO))
    p.run(21)
    script(p, ALL_OF_IT)


def liquidation(p: Pipeline) -> None:
    """What an account holds is worked down to nothing; a sale that reduces is taken under the halt, and one that is too much is not."""
    script(p, ALL_OF_IT)
    p.quote("XALP", "ACME", (99_900, 5_000), (100_000, 60))
    reduce_only = HaltAction.REDUCE_ONLY
    p.control(Halt(HaltScope.ACCOUNT, "A1", True, "a look", p.clock.wall_ns, WHO, reduce_only))
    p.run(60)
    order(p, "v1", 1, 99_900, side=Side.SELL)
    order(p, "v2", 10_000, 99_900, side=Side.SELL)
    p.run(60)
    p.control(Liquidate(HaltScope.ACCOUNT, "A1", "a loss", p.clock.wall_ns, WHO))
    p.run(400)
    p.control(Resume(HaltScope.ACCOUNT, "A1", "it is flat", p.clock.wall_ns, WHO))
    p.run(60)


def beyond(p: Pipeline) -> None:
    """A position that a limit finds too large, and another limit does not."""
    for value in (1, 100_000):
        set_to = limit(LimitKind.POSITION_QTY, value)
        version = fold(p.log, topics.RISK).folded.state.reference.version("limit", set_to.limit_id)
        p.reference(ReferenceChange(set_to, version, p.clock.wall_ns, "a try", WHO))
        p.run(20)


def forgotten(p: Pipeline) -> None:
    """Trades of orders that are over for five trading dates: of one that risk alone has forgotten, and of one that the router has as well."""
    script(p, ())
    version = fold(p.log, topics.RISK).folded.state.reference.version("calendar", "day")
    p.reference(ReferenceChange(Calendar("day", True, ()), version, p.clock.wall_ns, "no more nights", WHO))
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.run(60)
    for name in ("z1", "z2"):
        order(p, name, 30, 99_800, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run(60)
    alpha = p.venues["XALP-P0"]
    first, second = list(alpha.orders)[-2:]
    trades = {}
    for cl_ord_id in (first, second):
        alpha.fill(cl_ord_id, 30)
        (trades[cl_ord_id],) = alpha.orders[cl_ord_id].standing
    p.run(
        61
    )  # risk's reader begins with another topic at every turn: from here on orders come before what the router says
    alpha.bust(first, trades[first])
    for topic in (topics.EXECUTION, topics.ROUTING):  # both have it, risk not yet
        for _ in range(5):
            p.loops[topic].turn(0.0)
    for later in range(1, 8):
        order(p, f"y{later}", 10, 99_000, trading_date=DATE + later)
    p.run(60)
    alpha.bust(second, trades[second])
    p.run(60)
    p.control(Resume(HaltScope.DESK, "alpha", "booked by hand", p.clock.wall_ns, WHO))
    p.run(60)


def by_two(p: Pipeline) -> None:
    """What raises what may be traded, set by two people. The last of all: from the first record that names its basis on one person sets no limit."""
    now, rolf = p.clock.wall_ns, dataclasses.replace(WHO, entered_by="rolf")
    proposal = ChangeProposal("more", Locate("locate-2", "A1", "ACME", 700, now + 10**15), -1)
    version = p.reference(ReferenceChange(proposal, -1, now, "for a sale", WHO, ChangeBasis.PERSON))
    p.reference(ReferenceChange(ChangeApproval("more", version), -1, now, "located", rolf, ChangeBasis.PERSON))
    p.run(20)


def send_list(p: Pipeline, name: str, contingency: ContingencyType | None, *orders: NewOrder) -> None:
    mine = tuple(dataclasses.replace(o, list_id=order_id_of("alpha", DATE, name)) for o in orders)
    now = p.clock.wall_ns
    p.command(NewOrderList("alpha", DATE, name, contingency, mine, now + 10**15, now, f"trace-{name}", WHO))


def cancel_list(p: Pipeline, name: str, of: str) -> None:
    p.command(CancelOrderList("alpha", DATE, name, DATE, of, p.clock.wall_ns, f"trace-{name}", WHO))


def over_fix(p: Pipeline) -> None:
    """Clients by FIX: orders, a refusal, market data, a second connection, a takeover in the middle, orders cancelled after a disconnect,
    a reset of the numbers."""
    script(p, ())
    terms = fix_session(cancels=CANCELS, resets_daily=True)
    copy = fix_session("copy", drop_copy=DropCopyScope.DESK)
    world = ClientWorld(p, (terms, copy), WHO)
    world.run(20)
    client, copied = world.client(terms), world.client(copy)
    client.connect()
    copied.connect()
    world.run(20)
    client.new("q1", 20, "9.98")
    client.new("q2", 20, "9.98001")
    wanted = ((264, b"1"), (265, b"1"), (267, b"2"), (269, b"0"), (269, b"1"), (146, b"1"), (55, b"ACME"))
    client.send("V", (262, b"md"), (263, b"1"), *wanted)
    world.run(60)
    p.quote("XBET", "ACME", (99_750, 70), (100_100, 500))
    client.replace("q3", "q1", 30, "9.97")
    world.run(60)
    client.send("V", (262, b"md"), (263, b"2"), *wanted)
    client.cancel("q4", "q3")
    world.port.put(LinkOpened(terms.session_id, 99, "10.0.0.9:1"))
    p.control(Halt(HaltScope.TRADER, "nobody", False, "a look", p.clock.wall_ns, WHO))
    world.run(60)
    client.new("q5", 20, "9.98")
    world.run(1)
    world.crash()
    world.run(100)
    client.connect()
    world.run(60)
    client.drop()
    world.run(60, SECOND_NS // 5)
    version = world.state.reference.version("fix_session", terms.session_id)
    asked = dataclasses.replace(terms, reset_ns=p.clock.wall_ns, hours=ALL_WEEK)
    p.reference(ReferenceChange(asked, version, p.clock.wall_ns, "their store is lost", WHO))
    world.run(20)


LOSS = Limit("client.loss", LimitKind.DAY_LOSS, LimitScope.CLIENT, "C9", "", "USD", Amount(10**15))


class ForAnother(CreditRules):
    """A grantor that has read what a partition without a journal here has lost."""

    def due(self, state: CreditState, tape_ns: int, wall_ns: int, market: MarketView) -> TimerInput | None:
        known = state.granting.limits.get(credit_id_of(LOSS))
        if known is not None and 0 in known.lines and 1 not in known.lines:
            return TimerInput(credit_id_of(LOSS), TimerKind.CREDIT, -1, wall_ns)
        return super().due(state, tape_ns, wall_ns, market)

    def decide(
        self, state: CreditState, stage_input: Input, conditions: Conditions, market: MarketView
    ) -> tuple[CreditEvent, ...]:
        if isinstance(stage_input, TimerInput) and stage_input.number == -1:
            return (CreditAsked(stage_input.owner, 1, 1, Amount(0), Amount(10**13)),)
        return super().decide(state, stage_input, conditions, market)


def over_partitions(p: Pipeline) -> None:
    """A client's accounts lie in two partitions, of which the other never speaks; once it has none there, credit of its limit is granted, used, and
    recalled when the limit is lowered."""
    limit_id = "client.credit"
    elsewhere = Account("Z1", "zeta", "USD", (), True, client_id="C9")
    credit = Limit(limit_id, LimitKind.CAPITAL, LimitScope.CLIENT, "C9", "", "USD", Amount(10**18))
    p.entities((Desk("zeta", "Zeta", 1, True), elsewhere, Account("A9", "alpha", "USD", (), True, client_id="C9")), WHO)
    offset = p.reference(ReferenceChange(credit, -1, p.clock.wall_ns, "by credit", WHO))
    p.reference(ReferenceChange(LOSS, -1, p.clock.wall_ns, "by credit", WHO))
    usual, p.rules = p.rules, {**p.rules, topics.CREDIT: ForAnother}
    p.start(topics.CREDIT)
    p.run()
    p.rules = usual
    p.crash(topics.CREDIT)
    last = next(
        r.offset for r in reversed(p.log.known(TopicPartition(topics.REFERENCE, 0)).records) if b"Z1" in r.value
    )
    p.reference(ReferenceChange(dataclasses.replace(elsewhere, client_id=""), last, p.clock.wall_ns, "moved", WHO))
    p.run()
    order(p, "g1", 10, 100_000, account_id="A9")
    p.run()
    p.crash(topics.CREDIT)
    order(p, "g2", 10, 100_000, account_id="A9")
    p.run()
    lower = dataclasses.replace(credit, value=Amount(10**12))
    p.reference(ReferenceChange(lower, offset, p.clock.wall_ns, "lowered", WHO))
    p.control(Halt(HaltScope.TRADER, "nobody", False, "a look", p.clock.wall_ns, WHO))
    p.run(200)


def change_venue(p: Pipeline, venue_id: str, reason: str, **changes: object) -> None:
    reference = fold(p.log, topics.RISK).folded.state.reference
    venue = dataclasses.replace(reference.venues[venue_id], **changes)
    p.reference(ReferenceChange(venue, reference.version("venue", venue_id), p.clock.wall_ns, reason, WHO))


def together_and_anew(p: Pipeline) -> None:
    """Orders end by one mass cancel. A session's numbers begin anew, and another's do not: an order on it has had no outcome for long."""
    script(p, ())
    change_venue(p, "XALP", "it takes mass cancels", behaviours=(VenueBehaviour.TAKES_MASS_CANCEL,))
    p.run(60)
    for name in ("mc1", "mc2"):
        order(p, name, 10, 99_900, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run(60)
    p.control(CancelScope(HaltScope.VENUE, "XALP", "", p.clock.wall_ns, WHO))
    p.run(60)
    for venue_id, copies in (("XALP", COPIES), ("XBET", "")):
        asked = VenueSession(0, f"{venue_id}-P0", copies, p.clock.wall_ns)
        change_venue(p, venue_id, "it begins a new week at 1", sessions=(asked,))
    p.run(100)


def told_twice(p: Pipeline) -> None:
    """A venue begins to give a drop copy: of a trade as it was, of one that there never was, and of its end."""
    script(p, (10,))
    alpha, copies = p.venues["XALP-P0"], p.venues[COPIES]
    alpha.copies = copies
    change_venue(p, "XALP", "a drop copy", sessions=(VenueSession(0, "XALP-P0", COPIES),), hours=ALL_WEEK)
    p.run(60)
    order(p, "n1", 10, 100_100, algorithm=Algorithm.DIRECT, venue_id="XALP")
    p.run(60)
    (copy,) = [m.body for m in copies.sent.values() if isinstance(m.body, CopyReceived)]
    copies.tell(dataclasses.replace(copy, exec_id="X2"))
    p.run(250)
    copies.tell(dataclasses.replace(copy, exec_type=ExecType.TRADE_CANCEL, exec_id="X3", exec_ref_id="X2"))
    p.run(60)


def play() -> Pipeline:
    names = ("XALP-P0", "XBET-P0", COPIES)
    p = Pipeline([SimVenue(name, Script(True, ALL_OF_IT)) for name in names], NOW)
    p.entities(WORLD, WHO)
    p.control(ClockAnchor(NOW, NOW, 1_000, "as the wall"))
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.quote("XBET", "ACME", (99_900, 500), (100_100, 500))
    p.run()
    fills_and_refusals(p)
    resting(p)
    algorithms_and_halts(p)
    liquidation(p)
    doubts(p)
    differences(p)
    refused_cancel(p)
    refused_for_good(p)
    taken_back(p)
    waiting(p)
    told_twice(p)
    together_and_anew(p)
    automatic_halts(p)
    over_the_close(p)
    lists(p)
    over_fix(p)
    beyond(p)
    risk_factors(p)
    forgotten(p)
    over_partitions(p)
    by_two(p)
    return p


def write_journals(log: SimLog, folder: Path) -> None:
    for topic in KEPT:
        records = log.known(TopicPartition(topic, 0)).records
        lines = [f"{r.offset} {r.timestamp_ms} {r.value.hex()}\n" for r in records]
        (folder / f"{topic}.txt").write_text("".join(lines), encoding="ascii")


def read_journals(folder: Path) -> SimLog:
    """The sample journals as a log in memory."""
    log = SimLog({topic.name: 1 for topic in TOPICS})
    for topic in KEPT:
        appender = log.appender(TopicPartition(topic, 0))
        file = folder / f"{topic}.txt"
        for line in file.read_text(encoding="ascii").splitlines() if file.exists() else ():
            offset, timestamp_ms, value = line.split(" ")
            log.now_ms = int(timestamp_ms)
            token = appender.append(None, bytes.fromhex(value))
            assert token == int(offset) + 1, f"{topic}: {offset} is not the next offset"
    return log


def fold(log: SimLog, topic: str) -> JournalFold[Any, Any]:
    """The journal folded to its end."""
    folded: JournalFold[Any, Any] = JournalFold(log, STAGES[topic](), TopicPartition(topic, 0))
    for record in log.known(TopicPartition(topic, 0)).records:
        folded.apply(record)
    return folded


def state_lines(log: SimLog) -> Iterator[str]:
    for topic in STAGES:
        if topic in (topics.CLIENT_SESSIONS, topics.CREDIT) and not log.known(TopicPartition(topic, 0)).records:
            continue  # of a release without it
        digest = state_hash(fold(log, topic).folded.state, STATE_LAYOUT_VERSION)
        yield f"{STATE_LAYOUT_VERSION} {topic} {digest.hex()}\n"


def main(arguments: list[str]) -> None:
    if arguments == ["--states"]:
        for folder in sorted(JOURNALS.glob("v*")):
            states = folder / "states.txt"
            before = [x for x in states.read_text().splitlines(True) if not x.startswith(f"{STATE_LAYOUT_VERSION} ")]
            states.write_text("".join([*before, *state_lines(read_journals(folder))]), encoding="ascii")
    elif arguments:
        sys.exit(__doc__)
    else:
        PRESENT.mkdir(parents=True, exist_ok=True)
        write_journals(play().log, PRESENT)
        (PRESENT / "states.txt").write_text("".join(state_lines(read_journals(PRESENT))), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
