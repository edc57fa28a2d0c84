"""Why something was refused or ended, in words: a reason's meaning, and a check's figures in units of people.

The journal records a refusal's text with integers as they were judged. For people the sentence is made again from the figures of the
failing check, so that 5000000000 of a coin with eight decimals reads 50.
"""

import re

from oms.cli.units import Scales, in_unit
from oms.core.reasons import Reason
from oms.core.risk.checks import CHECK_NAMES

REASON_WORDS: dict[Reason, str] = {
    Reason.INVALID_FIELD: "a field is malformed; the text names it",
    Reason.UNKNOWN_DESK_AT_GATEWAY: "the desk is not in the reference data",
    Reason.BACK_PRESSURE: "too much at once: send it again with the same id",
    Reason.AUDIT_BEHIND_AT_GATEWAY: "the audit is too far behind; new orders wait until it has caught up",
    Reason.NO_TOKEN: "no token came with the call",
    Reason.UNKNOWN_TOKEN: "the token is not known",
    Reason.REVOKED_TOKEN: "the token was revoked",
    Reason.PERSON_DISABLED: "the person is disabled in the reference data",
    Reason.NOT_PERMITTED: "the person's roles or desks do not allow it",
    Reason.IMPERSONATION: "the request names another person than its token",
    Reason.REFUSALS_UNLISTED: "refusals too many to be recorded one by one",
    Reason.UNKNOWN_COMP_ID: "no FIX session has these CompIDs",
    Reason.WRONG_CERTIFICATE: "the FIX connection shows another certificate than the session's",
    Reason.SESSION_NOT_PERMITTED: "the FIX session is disabled, or its person may not trade there",
    Reason.SESSION_TAKEN: "the FIX session is connected already",
    Reason.OUTSIDE_SCHEDULE: "the FIX session is closed at this time",
    Reason.UNREADABLE_COMMAND: "it could not be read: see `oms dead-letters`",
    Reason.WRONG_PARTITION: "the command lies in another desk's partition",
    Reason.GOOD_UNTIL_PASSED: "it came too late: its good-until time had passed",
    Reason.TRADING_DATE_TOO_OLD: "its trading date is too old",
    Reason.DUPLICATE_CL_ORD_ID: "that ClOrdID was used before: choose a new one",
    Reason.CANCELED_BEFORE_ARRIVAL: "its cancel arrived first",
    Reason.UNKNOWN_ORDER: "there is no such order",
    Reason.ORDER_NOT_OPEN: "the order is not open any more",
    Reason.REPLACE_UNSUPPORTED: "such an order cannot be replaced: cancel it and send a new one",
    Reason.TOO_LATE_TO_CANCEL: "too late: the order had ended",
    Reason.ALREADY_PENDING: "a cancel or replacement of the order is not settled yet: ask again after it",
    Reason.BROKEN_INVARIANT: "it was put aside: see `oms dead-letters`",
    Reason.LIST_INVALID: "its orders do not make a list of that kind",
    Reason.CONTROL_SILENT: "nothing was heard of control for too long: see `oms status`",
    Reason.AUDIT_BEHIND: "the audit was too far behind: see `oms status`",
    Reason.HALTED: "a halt is in force that covers the order: `oms status` lists it, `oms resume` lifts it",
    Reason.UNKNOWN_DESK: "the desk is not in the reference data",
    Reason.DESK_DISABLED: "the desk is disabled",
    Reason.UNKNOWN_ACCOUNT: "the account is not in the reference data",
    Reason.ACCOUNT_DISABLED: "the account is disabled",
    Reason.ACCOUNT_NOT_OF_DESK: "the account belongs to another desk",
    Reason.UNKNOWN_INSTRUMENT: "the instrument is not in the reference data",
    Reason.INSTRUMENT_DISABLED: "the instrument is disabled",
    Reason.UNKNOWN_VENUE: "the venue is not in the reference data",
    Reason.VENUE_DISABLED: "the venue is disabled",
    Reason.NOT_LISTED_AT_VENUE: "the venue does not trade the instrument",
    Reason.SESSION_CLOSED: "the market is closed",
    Reason.QTY_NOT_POSITIVE: "the quantity must be above zero",
    Reason.QTY_NOT_IN_LOTS: "the quantity must be a multiple of the lot",
    Reason.PRICE_MISSING: "a limit order needs a price",
    Reason.PRICE_NOT_POSITIVE: "the price must be above zero",
    Reason.PRICE_NOT_IN_TICKS: "the price must be a multiple of the tick",
    Reason.UNSUPPORTED_COMBINATION: "order type, time in force and algorithm do not go together",
    Reason.ALGORITHM_PARAMETERS: "the algorithm's parameters are not possible",
    Reason.LIMIT_MISSING: "no limit of a kind that must be there covers the order: unknown means no",
    Reason.ORDER_QTY_LIMIT: "the quantity is larger than one order may have",
    Reason.NO_MARKET_PRICE: "there is no market price to judge it by",
    Reason.MARKET_PRICE_STALE: "the market price is too old to judge it by",
    Reason.PRICE_COLLAR: "the price is too far from the market",
    Reason.ORDER_NOTIONAL_LIMIT: "the order is worth more than one order may be",
    Reason.OPEN_ORDERS_LIMIT: "too many orders are open",
    Reason.POSITION_LIMIT: "with all open orders filled the position would be too large",
    Reason.EVALUATION_ERROR: "a check could not be evaluated: reference data is at fault",
    Reason.FEATURE_NOT_OFFERED: "no permitted venue offers it, nor can the router in its place: the text says who does",
    Reason.INCREASES_POSITION: "it may only decrease the position, and with the open orders it could do more",
    Reason.NO_VENUE_AVAILABLE: "no venue could take it",
    Reason.MANDATE_EXPIRED: "its mandate had expired",
    Reason.HALTED_AT_ROUTER: "a halt reached the router before it was placed",
    Reason.BEYOND_MANDATE: "it would have gone beyond what risk allowed",
    Reason.NO_LIQUIDITY: "nothing was there to trade with",
    Reason.END_TIME_REACHED: "its end time was reached",
    Reason.FOK_NOT_FILLABLE: "it could not be filled as a whole at once",
    Reason.VALIDITY_ENDED: "the time it was good for is over",
    Reason.BETWEEN_TRADING_DAYS: "its market is closed until the next trading day",
    Reason.CONTINGENT_EXECUTED: "another order of its list was executed in its place",
    Reason.CONTINGENT_NOT_TRIGGERED: "the order of its list that would have released it ended without",
    Reason.TRADE_TAKEN_BACK: "the venue took back a trade of the filled order; what is missing is not worked again",
    Reason.WOULD_TAKE_LIQUIDITY: "it may only add liquidity, and at every venue it would have taken",
    Reason.HALTED_AT_EXECUTION: "a halt reached execution before it was sent",
    Reason.GOOD_UNTIL_PASSED_AT_EXECUTION: "its good-until time had passed before it was sent",
    Reason.WITHDRAWN_UNSENT: "it was cancelled before it was sent",
    Reason.NEVER_REACHED_VENUE: "it never reached the venue (both sides agree)",
    Reason.OUTCOME_UNKNOWN: "its outcome at the venue is not known",
    Reason.NO_VENUE_SESSION: "there is no session with the venue",
    Reason.ENDED_BY_HAND: "a person closed a break: the order is not at the venue",
    Reason.WITHDRAWN_FROM_VENUE: "a mass cancel took it off its venue",
    Reason.VENUE_REJECTED: "the venue rejected it",
    Reason.VENUE_CANCELED: "the venue cancelled it",
    Reason.VENUE_EXPIRED: "it expired at the venue",
    Reason.VENUE_CANCEL_REJECTED: "the venue refused the cancel",
    Reason.VENUE_REPLACE_REJECTED: "the venue refused the replacement",
}

_LIMIT_NAMED = re.compile(r"\blimit (?P<limit>\S+) is ")

_SENTENCES = {
    "order_qty": "order quantity would be {value}, limit {limit} is {bound}",
    "order_notional": "notional would be {value}, limit {limit} is {bound}",
    "open_orders": "open orders would be {value}, limit {limit} is {bound}",
    "position": "position could become {value}, limit {limit} is {bound}",
    "price_collar": "price {value} is beyond {bound}, as far from the market as limit {limit} allows",
    "market_price_age": "market price is {value} old, limit {limit} is {bound}",
}

_BY_REASON = {
    Reason.QTY_NOT_IN_LOTS: "quantity {value} is no multiple of the lot {bound}",
    Reason.QTY_NOT_POSITIVE: "quantity {value} is not positive",
    Reason.PRICE_NOT_IN_TICKS: "price {value} is no multiple of the tick {bound}",
    Reason.PRICE_NOT_POSITIVE: "price {value} is not positive",
    Reason.INCREASES_POSITION: "it may only decrease the position, and with the open orders that could become {value}",
}


def reason_words(name: str) -> str:
    """What a reason means, by its name; empty for none, and for one of a later release."""
    return REASON_WORDS.get(Reason[name], "") if name in Reason.__members__ else ""


def limit_named(text: str) -> str:
    """The limit that a refusal's recorded text names, empty where it names none."""
    match = _LIMIT_NAMED.search(text)
    return match["limit"] if match else ""


def refusal_text(reason: str, text: str, check: int, bound: int, value: int, scales: Scales) -> str:
    """The sentence for people; the recorded text where the check has no figures."""
    name, unit = CHECK_NAMES.get(check, ("", ""))
    sentence = _BY_REASON.get(Reason[reason]) if reason in Reason.__members__ else None
    limit = limit_named(text)
    if sentence is None and limit:
        sentence = _SENTENCES.get(name)
    if sentence is None:
        return text
    return sentence.format(value=in_unit(value, unit, scales), bound=in_unit(bound, unit, scales), limit=limit)
