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
    Reason.UNKNOWN_CLIENT: "the client of the account is not in the reference data",
    Reason.CLIENT_DISABLED: "the client of the account is disabled",
    Reason.COUNTERPARTY_STOPPED: "whom it would be traded with is on the stop-list, or is not known",
    Reason.NO_PERMISSION: "no permission of the trader allows it",
    Reason.RESTRICTED_INSTRUMENT: "the desk may not trade the instrument: it is on a restricted list",
    Reason.SETTLEMENT_CURRENCY: "the account does not settle in the instrument's currency",
    Reason.MESSAGE_RATE_LIMIT: "too many orders and amendments in a second: send it again in a moment",
    Reason.DUPLICATE_TERMS: "an order of the same terms was accepted a moment ago",
    Reason.REPEATED_EXECUTIONS: "the strategy has executed as often as it may: `oms resume strategy:NAME` lets it go on",
    Reason.FX_RATE_MISSING: "a currency of what the holder has open or holds has no exchange rate",
    Reason.FX_RATE_STALE: "an exchange rate is too old to judge it by",
    Reason.RISK_FACTORS_MISSING: "the models have not said what a limit needs: see `oms reference list instrument_factors`",
    Reason.RISK_FACTORS_STALE: "what the models said is too old to judge it by",
    Reason.MARKET_ORDER_LIMIT: "without a price of its own it is worth more than such an order may be",
    Reason.WINDOW_COLLAR: "the price is too far from what was traded lately",
    Reason.SIGMA_COLLAR: "the price is too far from the market for how much the instrument moves",
    Reason.SIGMA_SIZE: "the order is too large for how much the instrument moves",
    Reason.FAT_FINGER: "the order is far larger than usual",
    Reason.SHORT_SALE_MARK: "it sells more than is held: mark it as a short sale",
    Reason.LOCATE_MISSING: "not enough is located to be sold short",
    Reason.ADV_CONCENTRATION: "the position would be too large for what is traded in a day",
    Reason.PORTFOLIO_CONCENTRATION: "too much of the portfolio would be in one instrument",
    Reason.PARTICIPATION: "the order is too large for what the market trades",
    Reason.GROSS_EXPOSURE_LIMIT: "with all open orders filled the gross exposure would be too large",
    Reason.NET_EXPOSURE_LIMIT: "with all open orders filled the net exposure would be too large",
    Reason.CREDIT_LIMIT: "the credit would be used up",
    Reason.CAPITAL_LIMIT: "the capital of the day would be used up",
    Reason.CASH_LIMIT: "there is not enough cash",
    Reason.COUNTERPARTY_LIMIT: "too much would be unsettled with one counterparty",
    Reason.VALUE_AT_RISK_LIMIT: "the value at risk would be too large",
    Reason.EXPECTED_SHORTFALL_LIMIT: "the expected shortfall would be too large",
    Reason.STRESS_LIMIT: "the loss in the worst scenario would be too large",
    Reason.ORDER_TO_TRADE_LIMIT: "too many messages for what was traded",
    Reason.ORDER_TO_TRADE_VOLUME_LIMIT: "too much volume ordered for what was traded",
    Reason.DAY_LOSS_LIMIT: "too much was lost today: only what reduces a position passes",
    Reason.REALISED_LOSS_LIMIT: "too much of a loss was realised today: only what reduces a position passes",
    Reason.DRAWDOWN_LIMIT: "the result is too far below the best of the day: only what reduces a position passes",
    Reason.SELF_MATCH: "it could trade with an order of its own owner",
    Reason.FEATURE_NOT_OFFERED: "no permitted venue offers it, nor can the router in its place: the text says who does",
    Reason.INCREASES_POSITION: "it may only decrease the position, and with the open orders it could do more",
    Reason.TRADES_UNBOOKED: "a trade could not be booked, so that positions are unknown, until a person resumes",
    Reason.CREDIT_NOT_HELD: "its partition holds too little of a limit over partitions; more is asked for: send it again",
    Reason.OPEN_ORDERS_NOT_HELD: "its partition may open no more orders yet; more is asked for: send it again in a moment",
    Reason.POSITION_NOT_HELD: "its partition may not hold that much of the instrument yet; more is asked for: send it again",
    Reason.RISK_NOT_HELD: "its partition holds too little of a risk limit over partitions; more is asked for: send it again",
    Reason.LOSS_NOT_HELD: "too much of a limit is lost, here or in all partitions: only what reduces a position passes",
    Reason.RATE_NOT_HELD: "its partition may send no more messages this second; more is asked for: send it again in a moment",
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
