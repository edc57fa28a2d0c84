"""The acceptance cards: what each asks of a venue, and how it is shown. One table, which docs/venue-acceptance.md is written from.

A number, once given, stays with its card. A card that needs what the venue does not offer, or a venue that cannot be driven so, is not
shown: "not offered" is neither passed nor failed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from oms.core.enums import VenueBehaviour, VenueFeature
from oms.venues.acceptance import event_cards as e
from oms.venues.acceptance import order_cards as o
from oms.venues.acceptance import request_cards as r
from oms.venues.acceptance.adapter import Adapter, AdapterError, Drive, Offer
from oms.venues.acceptance.bench import Bench, Failed

F, B, D = VenueFeature, VenueBehaviour, Drive
Needs = VenueFeature | VenueBehaviour | Drive


@dataclass(frozen=True, slots=True)
class Card:
    """`rules`: of FIX's order state changes, as the comments of the card's code say them. `unless`: behaviours under which another card
    asks for something else."""

    number: int
    title: str
    run: Callable[[Bench], None]
    needs: tuple[Needs, ...] = ()
    unless: tuple[VenueBehaviour, ...] = ()

    @property
    def name(self) -> str:
        return f"VA-{self.number:02}"


CARDS = (
    # orders
    Card(1, "A limit order rests, is filled in part and then wholly; quantities add up and each ExecID is new", o.limit),
    Card(2, "A market order takes what is there, at its price", o.market),
    Card(3, "IOC: what is not filled at once is CANCELED, not REJECTED", o.immediate_or_cancel),
    Card(4, "FOK: filled whole, or CANCELED with nothing filled", o.fill_or_kill),
    Card(5, "GTC is accepted, reported by a status request, and cancelled", o.good_till_cancel),
    Card(6, "A stop order waits, is TRIGGERED by a trade at its price, and trades", o.stop, (F.STOP,)),
    Card(7, "A stop-limit order is TRIGGERED and then waits at its limit", o.stop_limit, (F.STOP,)),
    Card(8, "A trailing stop follows the last trade (RESTATED), and never back", o.trailing_stop, (F.STOP, F.TRAILING_STOP)),
    Card(9, "Market-to-limit: what is left rests at the last fill's price, which a report says", o.market_to_limit, (F.MARKET_TO_LIMIT,)),
    Card(10, "A pegged order follows the best price of its side (RESTATED)", o.pegged, (F.PEGGED,)),
    Card(11, "An iceberg shows a part; each further part queues behind what is shown", o.iceberg, (F.ICEBERG,)),
    Card(12, "A hidden order trades after all that is shown at its price", o.hidden, (F.HIDDEN,)),
    Card(13, "MinQty binds the first execution and no later one", o.minimum_quantity, (F.MIN_QTY,)),
    Card(14, "All-or-none is never executed in part", o.all_or_none, (F.ALL_OR_NONE,)),
    Card(15, "Post-only never takes: it is refused or cancelled, else it rests", o.post_only, (F.POST_ONLY,)),
    Card(16, "GOOD_FOR_TIME ends by itself: EXPIRED", o.good_for_time, (F.GOOD_TILL_DATE, D.TIME)),
    Card(17, "Opening auction: one price, and an opening-only order's rest expires", o.opening_auction, (F.AUCTIONS, D.AUCTION, D.DAY)),
    Card(18, "Closing auction: a market-on-close order waits for it and trades in it", o.closing_auction, (F.AUCTIONS, D.AUCTION, D.DAY)),
    Card(19, "Self-match prevention: the aggressive order is cancelled", o.cancel_aggressive, (F.SELF_MATCH_PREVENTION,)),
    Card(20, "Self-match prevention: the passive order is cancelled", o.cancel_passive, (F.SELF_MATCH_PREVENTION,)),
    Card(21, "Self-match prevention: both are cancelled", o.cancel_both, (F.SELF_MATCH_PREVENTION,)),
    Card(22, "Self-match prevention: a partly filled aggressor's rest is cancelled, not rested", o.self_match_remainder, (F.SELF_MATCH_PREVENTION,)),
    # rejections
    Card(30, "An unknown symbol is rejected (OrdRejReason 1)", r.unknown_symbol),
    Card(31, "A quantity that cannot be is rejected (OrdRejReason 13)", r.bad_quantity),
    Card(32, "A price that cannot be is rejected", r.bad_price),
    Card(33, "What the venue does not offer is rejected as such (OrdRejReason 11), each", r.not_offered),
    Card(34, "A ClOrdID used twice: REJECTED with the original's state, which is not touched", r.duplicate),
    Card(35, "PossResend: seen before, the present state; unseen, a new order", r.possible_resend),
    Card(36, "A market order with a price, or a limit order without, is rejected", r.plain_types),
    # cancels and replaces
    Card(40, "A cancel ends the order under the request's ClOrdID", r.cancel),
    Card(41, "A cancel of a partly filled order keeps CumQty, LeavesQty 0", r.cancel_of_partly_filled),
    Card(42, "A cancel of an unknown order: CxlRejReason 1, OrderID NONE, OrdStatus REJECTED", r.cancel_unknown),
    Card(43, "A cancel of a filled order is too late", r.cancel_too_late),
    Card(44, "A replace states the total quantity; fills before it count", r.replace_total, unless=(B.REPLACES_BY_NEW_ORDER,)),
    Card(45, "A replace to no more than is executed fills the order", r.replace_to_executed, unless=(B.REPLACES_BY_NEW_ORDER,)),
    Card(46, "What a replace does not restate is gone", r.replace_unrestated, (F.ICEBERG,), (B.REPLACES_BY_NEW_ORDER,)),
    Card(47, "A replace of an unknown order: CxlRejReason 1", r.replace_unknown),
    Card(48, "Replaces one after the other: each names the one before", r.replace_chain, unless=(B.REPLACES_BY_NEW_ORDER,)),
    Card(49, "After a refused replace the order is as before", r.terms_after_replace_refused, unless=(B.REPLACES_BY_NEW_ORDER,)),
    Card(50, "More quantity opens a filled order again", r.replace_filled, (B.REOPENS_FILLED,)),
    Card(51, "A replace begins another order, with what is left, under a new OrderID", r.replace_by_new, (B.REPLACES_BY_NEW_ORDER,)),
    Card(52, "A mass cancel ends every open order of the session, and of no other", r.mass_cancel, (B.TAKES_MASS_CANCEL,)),
    Card(53, "A mass cancel of an instrument ends what is open in it; of an unknown one it is refused", r.mass_cancel_by_symbol, (B.TAKES_MASS_CANCEL,)),
    # races
    Card(55, "Cancel crosses the last fill: PENDING_CANCEL stays, then too late, then FILLED", r.cancel_fill_race, (D.HOLD,)),
    Card(56, "Cancel crosses a fill: the fill counts, the rest is cancelled", r.cancel_partial_race, (D.HOLD,)),
    Card(57, "Replace crosses a fill: it is of the order as it was", r.replace_fill_race, (D.HOLD,), (B.REPLACES_BY_NEW_ORDER,)),
    Card(58, "Replace crosses the last fill: too late, or open again", r.replace_filled_race, (D.HOLD,)),
    Card(59, "Cancel while a replace is pending: refused (CxlRejReason 3), or both are carried out", r.cancel_over_replace, (D.HOLD,), (B.REPLACES_BY_NEW_ORDER,)),
    # sessions
    Card(65, "Reconnect with open orders: what happened meanwhile is told once", e.reconnect),
    Card(66, "Reconnect with a request pending: its outcome is told", e.reconnect_during_request, (D.HOLD,)),
    Card(67, "The venue restarts with open orders: they are there, with their fills", e.venue_restart, (D.RESTART,)),
    Card(68, "A gap in our numbers is asked for, filled, and over", e.gap),
    Card(69, "A report that comes twice is marked PossDup and has the same ExecID", e.duplicate_report, (D.DUPLICATE,)),
    Card(70, "Mass status: every open order once, the last one marked", e.mass_status),
    Card(71, "The status of an unknown order: OrderID NONE", e.status_unknown),
    # what the venue does unasked
    Card(75, "An unsolicited cancel says why", e.unsolicited_cancel, (D.CANCEL,)),
    Card(76, "A restatement changes the quantity and is no fill", e.restated, (D.RESTATE,)),
    Card(77, "A bust names its execution; CumQty and LeavesQty are recomputed", e.bust, (D.BUST,)),
    Card(78, "A bust opens a filled order again", e.bust_of_filled, (D.BUST,)),
    Card(79, "A bust after a cancel moves CumQty and opens nothing", e.bust_after_cancel, (D.BUST,)),
    Card(80, "A bust holds across a later replace", e.bust_after_replace, (D.BUST,), (B.REPLACES_BY_NEW_ORDER,)),
    Card(81, "A correction, a correction of it, and its bust refer each to the one before", e.correct, (D.CORRECT, D.BUST)),
    Card(82, "Suspended: nothing trades, cancels pass; resumed, it goes on", e.suspended, (D.SUSPEND,)),
    Card(83, "The day ends: DAY orders expire", e.day_ends, (D.DAY,)),
    Card(84, "GTC over days: done for the day, then restated with a new day's quantities", e.good_till_cancel_over_days, (D.DAY,)),
)  # fmt: skip


class Verdict(Enum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_OFFERED = "not offered"


@dataclass(frozen=True, slots=True)
class Result:
    """`why`: of a failure; or what the venue does not offer."""

    card: Card
    verdict: Verdict
    why: str = ""


def run_cards(adapter: Adapter, cards: Iterable[Card], run: str) -> Iterator[Result]:
    """`run` makes the ClOrdIDs of this run new to the venue. A failure of one card leaves the others alone."""
    for card in cards:
        why = missing(card, adapter.offer)
        if why:
            yield Result(card, Verdict.NOT_OFFERED, why)
            continue
        bench = Bench(adapter, card.name, run)
        try:
            with bench.tidy():
                card.run(bench)
        except (Failed, AdapterError) as error:
            yield Result(card, Verdict.FAILED, str(error))
        else:
            yield Result(card, Verdict.PASSED)


def missing(card: Card, offer: Offer) -> str:
    """What a card needs and the venue does not have; empty where it has all."""
    lacking = [_word(need) for need in card.needs if not _has(offer, need)]
    other = [_word(b) for b in card.unless if b in offer.behaviours]
    return ", ".join([*lacking, *(f"it {word}" for word in other)])


def _has(offer: Offer, need: Needs) -> bool:
    match need:
        case VenueFeature():
            return need in offer.features
        case VenueBehaviour():
            return need in offer.behaviours
        case Drive():
            return need in offer.drives


def _word(need: Needs) -> str:
    return need.value if isinstance(need, Drive) else need.name
