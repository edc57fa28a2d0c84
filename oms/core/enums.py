"""The closed vocabularies of the system, named and meant as in FIX (tag numbers in the docstrings).

Numbers are ours (the wire's and the journal's); zero is never a value: a field that was not set is refused, not guessed.
A number, once released, keeps its meaning for ever: journals are read for years.
"""

from enum import IntEnum

from oms.core.token_changes import TokenChangeKind as TokenChangeKind


class Side(IntEnum):
    """FIX tag 54."""

    BUY = 1
    SELL = 2
    SELL_SHORT = 3

    @property
    def sign(self) -> int:
        """+1 where a fill adds to the position, −1 where it takes away."""
        return 1 if self is Side.BUY else -1


class OrdType(IntEnum):
    """FIX tag 40. A trailing stop is a STOP or STOP_LIMIT whose peg is PegPriceType.TRAILING_STOP."""

    MARKET = 1
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4
    MARKET_TO_LIMIT = 5
    """FIX K, market with leftover as limit: what is left rests at the price of the last fill."""
    PEGGED = 6


class TimeInForce(IntEnum):
    """FIX tag 59."""

    DAY = 1
    GTC = 2
    IOC = 3
    FOK = 4
    GTD = 5
    """Good till ExpireTime (126) or ExpireDate (432)."""
    AT_THE_OPENING = 6
    AT_THE_CLOSE = 7
    GOOD_FOR_TIME = 8
    """FIX A: for ExposureDuration (1629) after acceptance."""


class ExecInst(IntEnum):
    """FIX tag 18, those that we take."""

    PARTICIPATE_DONT_INITIATE = 1
    """FIX 6, post-only: refused or cancelled rather than taking liquidity."""
    ALL_OR_NONE = 2
    """FIX G: no partial execution, ever."""
    DO_NOT_INCREASE = 3
    """FIX E, reduce-only: passes only what decreases the position."""


class PegPriceType(IntEnum):
    """FIX tag 1094: what the price of a PEGGED order, or the stop price of a trailing stop, follows."""

    PRIMARY = 1
    """FIX 5: the best price on our own side."""
    MID = 2
    """FIX 2: the middle of best bid and best offer."""
    MARKET = 3
    """FIX 4: the best price on the other side."""
    TRAILING_STOP = 4
    """FIX 8: the stop price trails the last trade by the offset, and never moves back."""


class SelfMatchPrevention(IntEnum):
    """FIX tag 2964 SelfMatchPreventionInstruction: whom the venue cancels where both sides are of one owner."""

    CANCEL_AGGRESSIVE = 1
    CANCEL_PASSIVE = 2
    CANCEL_BOTH = 3


class ContingencyType(IntEnum):
    """FIX tag 1385: how the orders of a list depend on each other. An order list without contingency is a program (basket)."""

    ONE_CANCELS_THE_OTHER = 1
    ONE_TRIGGERS_THE_OTHER = 2
    ONE_UPDATES_THE_OTHER = 3
    """FIX 3: what one executes is taken off the others' quantity."""
    BRACKET = 4
    """One triggers the others, which update each other: an entry with its take-profit and its stop-loss (our own value)."""


class LegState(IntEnum):
    """Where an order of a contingent list stands with the others, while it is open (our own values; see `oms.core.routing.contingency`)."""

    HELD = 1
    """Not to be worked before the list's first order releases it."""
    ARMED = 2
    """Waits in the router for its price; nothing of it is at a venue."""
    DUE = 3
    """Its price was reached; the order that is at a venue has to leave first."""
    LIVE = 4
    """Worked like any order."""
    LEAVING = 5
    """Being taken off its venues, for an order that is due."""


class VenueFeature(IntEnum):
    """What a venue takes beyond plain market and limit orders (DAY, GTC, IOC, FOK); the rest is emulated before it."""

    STOP = 1
    """STOP and STOP_LIMIT."""
    TRAILING_STOP = 2
    MARKET_TO_LIMIT = 3
    PEGGED = 4
    ICEBERG = 5
    HIDDEN = 6
    MIN_QTY = 7
    ALL_OR_NONE = 8
    POST_ONLY = 9
    GOOD_TILL_DATE = 10
    """GTD and GOOD_FOR_TIME."""
    AUCTIONS = 11
    """AT_THE_OPENING and AT_THE_CLOSE."""
    SELF_MATCH_PREVENTION = 12


class VenueBehaviour(IntEnum):
    """Ways in which a venue differs from the usual one (our own values)."""

    REPLACES_BY_NEW_ORDER = 1
    """A replace cancels the order and begins another under a new OrderID; each says the quantities of its own alone."""
    REOPENS_FILLED = 2
    """A replace with more quantity opens an order again that is filled."""
    ONE_REQUEST_AT_A_TIME = 3
    """A request is refused (CxlRejReason 3) while another about the order is pending."""
    TAKES_MASS_CANCEL = 400
    """An OrderMassCancelRequest (35=q, 530=7) ends every open order of its session, and of no other."""


class OrdStatus(IntEnum):
    """FIX tag 39: the state of the order after the event. `UNKNOWN` is ours: sent, and no proof of either outcome."""

    PENDING_NEW = 1
    NEW = 2
    PARTIALLY_FILLED = 3
    FILLED = 4
    CANCELED = 5
    REJECTED = 6
    EXPIRED = 7
    PENDING_CANCEL = 8
    PENDING_REPLACE = 9
    UNKNOWN = 10
    DONE_FOR_DAY = 11
    CALCULATED = 12
    STOPPED = 13
    """FIX 7: a quantity is guaranteed at a price, its executions are still to come."""
    SUSPENDED = 14

    @property
    def is_terminal(self) -> bool:
        return self in _TERMINAL


_TERMINAL = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED})


class ExecType(IntEnum):
    """FIX tag 150: why a report was sent; never derived from `OrdStatus`, nor the other way round."""

    NEW = 1
    TRADE = 2
    CANCELED = 3
    REPLACED = 4
    REJECTED = 5
    EXPIRED = 6
    PENDING_CANCEL = 7
    PENDING_REPLACE = 8
    ORDER_STATUS = 9
    PENDING_NEW = 10
    DONE_FOR_DAY = 11
    CALCULATED = 12
    STOPPED = 13
    SUSPENDED = 14
    RESTATED = 15
    TRADE_CORRECT = 16
    """FIX G: the execution named by ExecRefID (19) has other figures from here on."""
    TRADE_CANCEL = 17
    """FIX H, a bust: the execution named by ExecRefID (19) never was."""
    TRIGGERED = 18
    """FIX L: a stop was triggered, or a contingent order activated."""


class ExecRestatementReason(IntEnum):
    """FIX tag 378: why a report came that nobody asked for (RESTATED, or an unsolicited CANCELED). FIX's code is one less, OTHER is 99."""

    GT_CORPORATE_ACTION = 1
    GT_RENEWAL = 2
    """A new trading day of a GT order: its day quantities count anew."""
    VERBAL_CHANGE = 3
    REPRICING = 4
    BROKER_OPTION = 5
    PARTIAL_DECLINE = 6
    CANCEL_ON_TRADING_HALT = 7
    CANCEL_ON_SYSTEM_FAILURE = 8
    MARKET_OPTION = 9
    CANCELED_NOT_BEST = 10
    WAREHOUSE_RECAP = 11
    PEG_REFRESH = 12
    OTHER = 13


class Algorithm(IntEnum):
    """How a parent order is worked (FIX tag 847 TargetStrategy, our own values)."""

    DIRECT = 1
    BEST_PRICE = 2
    TWAP = 3


class HaltScope(IntEnum):
    """What a halt covers."""

    FIRM = 1
    DESK = 2
    ACCOUNT = 3
    INSTRUMENT = 4
    VENUE = 5
    TRADER = 6
    STRATEGY = 7
    CLIENT = 300
    COUNTERPARTY = 301


class HaltAction(IntEnum):
    """What a halt lets through (`oms.core.control`); the tighter first."""

    BLOCK_NEW = 300
    REDUCE_ONLY = 301


class LimitKind(IntEnum):
    """What a limit bounds; the unit of its value is in the comment."""

    ORDER_QTY = 1  # quantity at the instrument's scale
    ORDER_NOTIONAL = 2  # amount (see `oms.core.money`)
    PRICE_COLLAR_BPS = 3  # basis points away from the reference price
    MARKET_DATA_AGE_NS = 4  # nanoseconds
    POSITION_QTY = 5  # quantity at the instrument's scale, absolute, open orders included
    OPEN_ORDERS = 6  # a count
    MESSAGE_RATE = 220  # new orders and amendments a second, and as many at once
    DUPLICATE_TERMS_NS = 221  # nanoseconds between two orders of the same terms
    REPEATED_EXECUTIONS = 222  # orders of one strategy until a person lets it go on
    FACTORS_AGE_NS = 223  # nanoseconds that risk factors may be old
    FX_RATE_AGE_NS = 224  # nanoseconds that an exchange rate may be old
    MARKET_ORDER_NOTIONAL = 225  # amount of one order without a price of its own
    WINDOW_COLLAR_BPS = 226  # basis points beyond the lowest and the highest price of the window
    COLLAR_SIGMAS_MILLI = 227  # thousandths of a day's standard deviation away from the reference price
    ORDER_SIGMA_AMOUNT = 228  # amount that one standard deviation of a day moves the order's value
    FAT_FINGER_Z_MILLI = 229  # thousandths of a standard deviation above the holder's mean order
    ADV_PPM = 230  # millionths of the average daily volume that the worst position may be
    PORTFOLIO_PPM = 231  # millionths of the portfolio's value that the worst position may be worth
    PARTICIPATION_PPM = 232  # millionths of the market's volume in the window that one order may be
    GROSS_EXPOSURE = 233  # amount: positions of both signs and all open orders
    NET_EXPOSURE = 234  # amount: what is held long less what is held short, one direction's open orders filled
    CREDIT = 235  # amount: bought less sold since the limit's holder began, one direction's open orders filled
    CAPITAL = 236  # amount: bought and sold on the trading date, and all open orders
    CASH = 237  # amount that cash may be overdrawn, every open buy filled
    COUNTERPARTY_EXPOSURE = 238  # amount: trades not settled, and all that is open there
    VALUE_AT_RISK = 239  # amount
    EXPECTED_SHORTFALL = 240  # amount
    STRESS_LOSS = 241  # amount, of the worst scenario
    ORDER_TO_TRADE_MILLI = 242  # thousandths: messages of the trading date for each trade, less one
    DAY_LOSS = 243  # amount lost on the trading date, realised or not
    REALISED_LOSS = 244  # amount lost on the trading date by what was closed
    DRAWDOWN = 245  # amount below the best result of the trading date
    SELF_MATCH = 246  # own orders that one may cross; 0 is the usual value
    ORDER_TO_TRADE_VOLUME_MILLI = 340  # thousandths: volume ordered on the trading date for what was traded, less one


class LimitScope(IntEnum):
    """Whom a limit binds. An order is held against every limit that covers it; the tightest fails first.

    An order is of every venue that its mandate may name, and of every counterparty of these.
    """

    FIRM = 1
    DESK = 2
    ACCOUNT = 3
    CLIENT = 220
    TRADER = 221
    STRATEGY = 222
    INSTRUMENT = 223
    VENUE = 224
    COUNTERPARTY = 225


class AssetClass(IntEnum):
    """FIX tag 1938, coarser: what an instrument is, which says how its value is counted."""

    EQUITY = 220
    ETF = 221
    FUTURE = 222
    FX_SPOT = 223
    OPTION = 224
    CRYPTO = 225
    BOND = 226


class TradingListKind(IntEnum):
    """What a list of instruments is for."""

    RESTRICTED = 220
    """Not to be traded."""
    WATCH = 221
    """Traded, and every order is marked in its evidence."""


class CounterpartyKind(IntEnum):
    """What a counterparty is to the firm."""

    BROKER = 220
    CLEARING_MEMBER = 221
    VENUE_OPERATOR = 222


class Role(IntEnum):
    """What a person may do."""

    TRADER = 1
    RISK_OFFICER = 2
    COMPLIANCE = 3
    ADMIN = 4


class Stage(IntEnum):
    """Which service journals; also the block of its reasons."""

    GATEWAY = 1
    RISK = 2
    ROUTER = 3
    EXECUTION = 4
    AUDIT = 5
    CLIENT_SESSIONS = 210
    CREDIT = 290


class IntentKind(IntEnum):
    """Which message an execution intent sends to a venue."""

    NEW = 1
    CANCEL = 2
    REPLACE = 3
    STATUS = 4


class BreakCause(IntEnum):
    """Why our own state and a venue's report differ: the cause class of a break (see `oms.core.reconciliation`)."""

    FILL_INFERRED = 1  # the venue's CumQty counts a fill whose trade never came: it was booked as inferred
    FILLS_UNPRICED = 2  # the same, and nothing says at what price: nothing was booked
    VENUE_CUM_BELOW = 3  # the venue counts less than the trades it told us
    OVERFILL = 4  # executed beyond the order's quantity
    TERMS_DIFFER = 5  # quantity or price of the order itself
    LEAVES_DIFFER = 6  # the venue's LeavesQty is not what quantity and fills leave
    NOT_AT_VENUE = 7  # the venue does not know an order that may have reached it
    NO_ANSWER = 8  # nobody says what became of an order
    UNKNOWN_ORDER = 9  # the venue has an order that is none of ours
    UNKNOWN_EXECUTION = 10  # the venue executed an order that is none of ours
    OPEN_AFTER_END = 11  # the venue still has an order that has ended for us
    TABLE_FULL = 12  # more differences than the table of breaks holds


class ResolutionKind(IntEnum):
    """How a break was closed. CAUSE_GONE is the system's own; the others are a person's decision."""

    CAUSE_GONE = 1
    ACCEPT_VENUE = 2
    KEEP_OURS = 3
    NOTED = 4
    CANCEL_AT_VENUE = 5


class SessionMessage(IntEnum):
    """Messages about no order of ours that use up a message number like any other (FIX tag 35)."""

    LOGON = 1
    HEARTBEAT = 2
    TEST_REQUEST = 3
    RESEND_REQUEST = 4
    GAP_FILL = 5
    LOGOUT = 6
    LIST_ORDERS = 7  # OrderMassStatusRequest (35=AF): which orders of this session are open
    DONT_KNOW_TRADE = 200
    MASS_CANCEL = 400  # OrderMassCancelRequest (35=q, 530=7): every open order of this session is to end


class Liquidity(IntEnum):
    """FIX tag 851 LastLiquidityInd."""

    ADDED = 1
    REMOVED = 2
    AUCTION = 4


class TriggerKind(IntEnum):
    """What an order that is armed in the router waits for (our own values)."""

    STOP = 1
    """The last trade reaches the stop price."""
    TRAILING_STOP = 2
    """As STOP; and the stop price follows the market."""
    PEG = 3
    """The price that a pegged order follows has moved."""
    DISPLAYED = 4
    """A venue displays the size that is needed within the limit: of a hidden order a lot, of MinQty and all-or-none at least that much."""
    RESUME = 5
    """Nothing but the end of a halt."""


class TriggerBasis(IntEnum):
    """By what of the market a condition was met."""

    LAST_TRADE = 1
    BEST_QUOTE = 2
    """The best price on the other side: of a stop, where there was no trade for a while."""
    NO_HALT = 3
    VENUE = 4
    """The venue itself said so: it works the stop natively."""


class TimerKind(IntEnum):
    """What a journaled timer is for."""

    SLICE = 1
    END = 2
    EXPIRE = 3
    STATUS = 4
    HEARTBEAT = 5
    LOGON = 6
    LIST = 7
    TRIGGER = 8
    """A market condition is met: a stop price is reached, or a peg has to follow."""
    DAY_CHANGE = 9
    """A session of the order's calendar opened or closed."""
    FIX_SESSION = 210
    """A client's FIX session has something due: a heartbeat, a test request, the end of its schedule."""
    CANCEL_ON_DISCONNECT = 211
    """The grace window of a client session that is gone is over."""
    TRADES = 270
    """What venues and we say of an execution is not alike, for too long; or is alike again."""
    MASS_CANCEL = 400  # a venue has not answered one
    RESET = 401  # a person asked for new numbers of a venue session, or its day has begun
    SESSION_HOURS = 440  # those of a venue session have ended
    MARKET_DATA = 212
    """A subscriber of market data is told what has changed."""
    CREDIT = 290
    """A limit that spans partitions: it has changed, credit of it is to be asked for, or what is not used is to be released."""


class DisconnectCause(IntEnum):
    """How a client session ended (our own values): what is cancelled then is said for each (`oms.core.reference.CancelOnDisconnect`)."""

    LOGOUT = 1
    """Logout messages were exchanged, or the client sent one."""
    SOCKET_DROP = 2
    HEARTBEAT_LOSS = 3
    """It did not answer a TestRequest."""
    PROCESS_DEATH = 4
    """The process that held the connection is gone, or has lost the partition: what the client did meanwhile is not known."""


class DropCopyScope(IntEnum):
    """Whose orders a drop copy session is told of."""

    CLIENT = 1
    """Orders of its accounts; those of a clearing member are what it clears."""
    DESK = 2
    CLEARING_MEMBER = 3


class AlertKind(IntEnum):
    """What a post-trade monitor found (`oms.core.monitors`)."""

    POSITION = 260
    DAY_LOSS = 261
    REALISED_LOSS = 262
    DRAWDOWN = 263
    TRADE_UNKNOWN_HERE = 264
    """The venue says a trade of ours that we do not have."""
    TRADE_NOT_CONFIRMED = 265
    """We have a trade that the venue does not say."""
    TRADE_DIFFERS = 266
    HALT_TRIGGER = 310
    TRADE_UNBOOKED = 340
    """The router told of a trade that risk cannot book: positions are not what they should be."""
    ORDER_TO_TRADE = 435
    ORDER_TO_TRADE_VOLUME = 436
