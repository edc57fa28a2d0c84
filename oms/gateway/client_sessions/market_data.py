"""Market data for a client: MarketDataRequest (V), answered with snapshots (W), incremental refreshes (X), or a reject (Y).

What is told is the gateway's market: of each instrument the best bid and offer over all venues (MarketDepth 1), or every venue's own quote
(0), and the last trade. An entry is named by its venue and kind, so that a change says which one it replaces. Changes are conflated: an
instrument is told at most every PACE_NS, as it stands then; what is told is in the journal, by the same numbers as all else.

These messages are never sent again: who missed one asks for a snapshot, and its number is gap-filled (rule 29: what is stale is not resent).
"""

from oms.core.client_session_events import MarketSubscribed, MarketTold, MarketUnsubscribed
from oms.core.enums import TimerKind
from oms.core.market import InstrumentMarket, MarketView
from oms.core.reference import FixSession, Instrument
from oms.core.stage import TimerInput
from oms.fix.fields import FieldError, from_scaled
from oms.fix.groups import groups
from oms.fix.message import Field, Message
from oms.fix.session import Phase
from oms.gateway.client_sessions import answers
from oms.gateway.client_sessions.draft import Draft, dictionary_of
from oms.gateway.client_sessions.state import (
    SUBSCRIPTIONS_MAX,
    ClientSession,
    ClientSessionsState,
    Subscription,
    Told,
)
from oms.gateway.client_sessions.terms import FIX_50SP2, version_of

PACE_NS = 100_000_000
"""Ten times a second is what a person sees and a slow strategy needs; whoever needs every quote reads the venues."""

INSTRUMENTS_MAX = 100
"""In one request: a snapshot of each is sent at once, in one record."""

TELLS_MAX = 100
"""Instruments told in one record."""

_BID, _OFFER, _TRADE = "0", "1", "2"
_KINDS = (_BID, _OFFER, _TRADE)

Entries = dict[str, tuple[int, int]]
"""MDEntryID (278), which begins with its kind → (price, quantity)."""

UNKNOWN_SYMBOL, DUPLICATE_ID, UNSUPPORTED_TYPE, UNSUPPORTED_DEPTH, UNSUPPORTED_ENTRY = b"0", b"1", b"4", b"5", b"8"
INSUFFICIENT_BANDWIDTH = b"2"
"""MDReqRejReason (281)."""


def requested(draft: Draft, terms: FixSession, message: Message) -> None:
    request_id, session = message.text(262), draft.session(terms.session_id)
    if len(request_id) > answers.REQUEST_ID_MAX:
        answers.business_reject(draft, terms, message, answers.OTHER, answers.too_long("MDReqID(262)"))
        return
    kind = message.text(263)
    if kind == "2":
        if request_id in session.subscriptions:
            draft.emit(MarketUnsubscribed(terms.session_id, request_id))
        else:
            text = f"MDReqID(262)={request_id}: no such request is in force"
            answers.business_reject(draft, terms, message, answers.UNKNOWN_ID, text)
        return
    refusal = _refusal(draft, terms, session, message)
    if refusal is not None:
        body = (
            (262, request_id.encode("latin-1", "replace")),
            (281, refusal[0]),
            (58, refusal[1].encode("latin-1", "replace")),
        )
        draft.send(terms, "Y", body, resendable=False)
        return
    dictionary = dictionary_of(terms)
    symbols = tuple(dict.fromkeys(g.text(55) for g in groups(message, 146, dictionary)))
    kinds = tuple(dict.fromkeys(g.text(269) for g in groups(message, 267, dictionary)))
    wanted = Subscription(symbols, kinds, message.integer(264) or 0, message.text(265, "0") == "1")
    if kind == "1":
        draft.emit(MarketSubscribed(terms.session_id, request_id, symbols, kinds, wanted.depth, wanted.incremental))
    for symbol in symbols:
        _snapshot(draft, terms, request_id, wanted, symbol, keeps=kind == "1")


def _refusal(draft: Draft, terms: FixSession, session: ClientSession, message: Message) -> tuple[bytes, str] | None:
    dictionary = dictionary_of(terms)
    try:
        symbols = [g.text(55) for g in groups(message, 146, dictionary)]
        kinds = [g.text(269) for g in groups(message, 267, dictionary)]
    except FieldError as error:
        return UNSUPPORTED_TYPE, str(error)
    unknown = [symbol for symbol in symbols if symbol not in draft.reference.instruments]
    if unknown or not symbols:
        return UNKNOWN_SYMBOL, f"Symbol(55)={', '.join(unknown[:5]) or 'nothing'}: there is no such instrument"
    if len(symbols) > INSTRUMENTS_MAX:
        return INSUFFICIENT_BANDWIDTH, f"NoRelatedSym(146)={len(symbols)}: takes {INSTRUMENTS_MAX} in one request"
    if message.text(262) in session.subscriptions:
        return DUPLICATE_ID, f"MDReqID(262)={message.text(262)} is in use: withdraw it first (263=2)"
    if len(session.subscriptions) >= SUBSCRIPTIONS_MAX:
        return INSUFFICIENT_BANDWIDTH, f"{SUBSCRIPTIONS_MAX} requests are in force: withdraw one"
    if message.text(263) not in ("0", "1"):
        return UNSUPPORTED_TYPE, f"SubscriptionRequestType(263)={message.text(263)}: takes 0, 1, 2"
    if message.text(264) not in ("0", "1"):
        return UNSUPPORTED_DEPTH, f"MarketDepth(264)={message.text(264)}: takes 1 (best prices), 0 (each venue)"
    wrong = [kind for kind in kinds if kind not in _KINDS]
    if wrong or not kinds:
        return UNSUPPORTED_ENTRY, f"MDEntryType(269)={', '.join(wrong) or 'nothing'}: takes {', '.join(_KINDS)}"
    return None


# -- what has changed -------------------------------------------------------------------------------------------------------


def due(state: ClientSessionsState, wall_ns: int, market: MarketView) -> TimerInput | None:
    """A session with a subscription whose market has moved since it was told, and not too short a time ago."""
    for session in state.sessions.values():
        if session.subscriptions and session.fix.phase is Phase.ACTIVE:
            for subscription in session.subscriptions.values():
                if any(_is_due(subscription, symbol, wall_ns, market) for symbol in subscription.instruments):
                    return TimerInput(session.session_id, TimerKind.MARKET_DATA, session.fix.next_out, wall_ns)
    return None


def _is_due(subscription: Subscription, symbol: str, wall_ns: int, market: MarketView) -> bool:
    told = subscription.told.get(symbol)
    found = market.instrument(symbol)
    if found is None or (told is not None and told.told_ns + PACE_NS > wall_ns):
        return False
    return told is None or found.position > told.market_position


def tell(draft: Draft, terms: FixSession, session: ClientSession) -> None:
    """Everything that is due, at most TELLS_MAX. What has moved without a change for this subscriber is noted and not told."""
    left = TELLS_MAX
    for request_id, subscription in tuple(session.subscriptions.items()):
        for symbol in subscription.instruments:
            if left and _is_due(subscription, symbol, draft.now_ns, draft.market):
                left -= 1
                _tell_change(draft, terms, request_id, subscription, symbol)


def _tell_change(draft: Draft, terms: FixSession, request_id: str, wanted: Subscription, symbol: str) -> None:
    told = wanted.told.get(symbol) or Told()
    entries = entries_of(draft.market.instrument(symbol), wanted)
    if entries == told.entries:
        _note(draft, terms, request_id, symbol, entries)
    elif not wanted.incremental:
        _snapshot(draft, terms, request_id, wanted, symbol, keeps=True)
    else:
        instrument = draft.reference.instruments[symbol]
        changes = _changes(told.entries, entries)
        body: list[Field] = [(262, request_id.encode("latin-1", "replace")), (268, b"%d" % len(changes))]
        for action, name, value in changes:
            body += [(279, action), (269, name[:1].encode()), (278, name.encode()), (55, symbol.encode())]
            if value is not None:
                body += _value(instrument, value)
        draft.send(terms, "X", tuple(body), resendable=False)
        _note(draft, terms, request_id, symbol, entries)


_NEW, _CHANGE, _DELETE = b"0", b"1", b"2"
"""MDUpdateAction (279)."""


def _changes(before: Entries, after: Entries) -> list[tuple[bytes, str, tuple[int, int] | None]]:
    found: list[tuple[bytes, str, tuple[int, int] | None]] = [
        (_DELETE, name, None) for name in before if name not in after
    ]
    for name, value in after.items():
        if before.get(name) != value:
            found.append((_CHANGE if name in before else _NEW, name, value))
    return found


def _snapshot(draft: Draft, terms: FixSession, request_id: str, wanted: Subscription, symbol: str, keeps: bool) -> None:
    instrument, market = draft.reference.instruments[symbol], draft.market.instrument(symbol)
    entries = entries_of(market, wanted)
    body: list[Field] = [
        (262, request_id.encode("latin-1", "replace")),
        (55, symbol.encode()),
        (268, b"%d" % len(entries)),
    ]
    for name, value in entries.items():
        body.append((269, name[:1].encode()))
        if version_of(terms) == FIX_50SP2:
            body.append((278, name.encode()))  # before, MDEntryID is in incremental refreshes only
        body += _value(instrument, value)
    draft.send(terms, "W", tuple(body), resendable=False)
    if keeps:
        _note(draft, terms, request_id, symbol, entries)


def _value(instrument: Instrument, value: tuple[int, int]) -> list[Field]:
    return [(270, from_scaled(value[0], instrument.price_scale)), (271, from_scaled(value[1], instrument.qty_scale))]


def _note(draft: Draft, terms: FixSession, request_id: str, symbol: str, entries: Entries) -> None:
    market = draft.market.instrument(symbol)
    draft.emit(
        MarketTold(
            terms.session_id,
            request_id,
            symbol,
            tuple(entries),
            tuple(price for price, _ in entries.values()),
            tuple(qty for _, qty in entries.values()),
            market.position if market is not None else -1,
            draft.now_ns,
        )
    )


def entries_of(market: InstrumentMarket | None, wanted: Subscription) -> Entries:
    """The entries that the subscriber asked for, best first on each side."""
    if market is None:
        return {}
    found: Entries = {}
    bids = [(q.quote.bid_px, q.quote.bid_qty, q.venue_id) for q in market.quotes if q.quote.bid_qty > 0]
    offers = [(q.quote.ask_px, q.quote.ask_qty, q.venue_id) for q in market.quotes if q.quote.ask_qty > 0]
    bids.sort(key=lambda quote: -quote[0])
    offers.sort(key=lambda quote: quote[0])
    for kind, side in ((_BID, bids), (_OFFER, offers)):
        if kind not in wanted.entry_types or not side:
            continue
        if wanted.depth == 1:
            best = side[0][0]
            found[kind] = best, sum(qty for price, qty, _ in side if price == best)
        else:
            found |= {f"{kind}.{venue_id}": (price, qty) for price, qty, venue_id in side}
    if _TRADE in wanted.entry_types and market.last_trade is not None:
        found[_TRADE] = market.last_trade.price, market.last_trade.qty
    return found
