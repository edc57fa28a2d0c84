"""Every expected refusal, in numbered blocks per stage. The first failing check wins; a number keeps its meaning for ever.

1xx gateway, 2xx commands and duplicates in risk, 3xx risk limits and permissions, 4xx router, 5xx execution, 6xx venue.
FIX: tag 103 OrdRejReason and tag 102 CxlRejReason have too few values to act on; they are derived from these at the FIX edge.
"""

from enum import IntEnum


class Reason(IntEnum):
    # 1xx: the gateway refuses before anything is written
    INVALID_FIELD = 101
    UNKNOWN_DESK_AT_GATEWAY = 102
    BACK_PRESSURE = 103
    AUDIT_BEHIND_AT_GATEWAY = 104
    NO_TOKEN = 105
    UNKNOWN_TOKEN = 106
    REVOKED_TOKEN = 107
    PERSON_DISABLED = 108
    NOT_PERMITTED = 109
    IMPERSONATION = 110
    REFUSALS_UNLISTED = 111  # no refusal: stands for those too many to be recorded one by one
    UNKNOWN_COMP_ID = 112  # FIX: no session has these CompIDs
    WRONG_CERTIFICATE = 113  # FIX: the connection shows another certificate than the session's
    SESSION_NOT_PERMITTED = 114  # FIX: the session is disabled, or its person may not trade at its desk
    SESSION_TAKEN = 115  # FIX: the session is connected already
    OUTSIDE_SCHEDULE = 116  # FIX: the session is closed at this time

    # 2xx: risk, the command itself
    UNREADABLE_COMMAND = 201
    WRONG_PARTITION = 202
    GOOD_UNTIL_PASSED = 203
    TRADING_DATE_TOO_OLD = 204
    DUPLICATE_CL_ORD_ID = 205
    CANCELED_BEFORE_ARRIVAL = 206
    UNKNOWN_ORDER = 207
    ORDER_NOT_OPEN = 208
    REPLACE_UNSUPPORTED = 209
    TOO_LATE_TO_CANCEL = 210
    BROKEN_INVARIANT = 211  # decided on by nobody: the command is in oms.dead-letters
    ALREADY_PENDING = 260  # FIX CxlRejReason 3: a cancel or replace of the order is not settled yet
    LIST_INVALID = 290  # its orders do not make a list

    # 3xx: risk, permission and limits
    CONTROL_SILENT = 301
    AUDIT_BEHIND = 302
    HALTED = 303
    UNKNOWN_DESK = 304
    DESK_DISABLED = 305
    UNKNOWN_ACCOUNT = 306
    ACCOUNT_DISABLED = 307
    ACCOUNT_NOT_OF_DESK = 308
    UNKNOWN_INSTRUMENT = 309
    INSTRUMENT_DISABLED = 310
    UNKNOWN_VENUE = 311
    VENUE_DISABLED = 312
    NOT_LISTED_AT_VENUE = 313
    SESSION_CLOSED = 314
    QTY_NOT_POSITIVE = 315
    QTY_NOT_IN_LOTS = 316
    PRICE_MISSING = 317
    PRICE_NOT_POSITIVE = 318
    PRICE_NOT_IN_TICKS = 319
    UNSUPPORTED_COMBINATION = 320
    ALGORITHM_PARAMETERS = 321
    LIMIT_MISSING = 322
    ORDER_QTY_LIMIT = 323
    NO_MARKET_PRICE = 324
    MARKET_PRICE_STALE = 325
    PRICE_COLLAR = 326
    ORDER_NOTIONAL_LIMIT = 327
    OPEN_ORDERS_LIMIT = 328
    POSITION_LIMIT = 329
    EVALUATION_ERROR = 330
    UNKNOWN_CLIENT = 331
    CLIENT_DISABLED = 332
    COUNTERPARTY_STOPPED = 333
    NO_PERMISSION = 334
    RESTRICTED_INSTRUMENT = 335
    SETTLEMENT_CURRENCY = 336
    MESSAGE_RATE_LIMIT = 337
    DUPLICATE_TERMS = 338
    REPEATED_EXECUTIONS = 339
    FX_RATE_MISSING = 340
    FX_RATE_STALE = 341
    RISK_FACTORS_MISSING = 342
    RISK_FACTORS_STALE = 343
    MARKET_ORDER_LIMIT = 344
    WINDOW_COLLAR = 345
    SIGMA_COLLAR = 346
    SIGMA_SIZE = 347
    FAT_FINGER = 348
    SHORT_SALE_MARK = 349
    LOCATE_MISSING = 350
    ADV_CONCENTRATION = 351
    PORTFOLIO_CONCENTRATION = 352
    PARTICIPATION = 353
    GROSS_EXPOSURE_LIMIT = 354
    NET_EXPOSURE_LIMIT = 355
    CREDIT_LIMIT = 356
    CAPITAL_LIMIT = 357
    CASH_LIMIT = 358
    COUNTERPARTY_LIMIT = 359
    VALUE_AT_RISK_LIMIT = 360
    EXPECTED_SHORTFALL_LIMIT = 361
    STRESS_LIMIT = 362
    ORDER_TO_TRADE_LIMIT = 363
    DAY_LOSS_LIMIT = 364
    REALISED_LOSS_LIMIT = 365
    DRAWDOWN_LIMIT = 366
    SELF_MATCH = 367
    FEATURE_NOT_OFFERED = 380
    INCREASES_POSITION = 381
    TRADES_UNBOOKED = 388  # a trade of the desk could not be booked: its positions are not known
    ORDER_TO_TRADE_VOLUME_LIMIT = 389
    CREDIT_NOT_HELD = 390  # of a limit that spans partitions: more is asked for, and it may pass a moment later
    OPEN_ORDERS_NOT_HELD = 391  # as 390, of a limit on open orders
    POSITION_NOT_HELD = 392  # as 390, of a limit on the position in an instrument
    RISK_NOT_HELD = 393  # as 390, of a limit on value at risk, expected shortfall or stress
    LOSS_NOT_HELD = 394  # as 390, of a limit on losses: only what reduces a position passes until more is granted
    RATE_NOT_HELD = 395  # as 390, of a limit on messages a second

    # 4xx: router
    NO_VENUE_AVAILABLE = 401
    MANDATE_EXPIRED = 402
    HALTED_AT_ROUTER = 403
    BEYOND_MANDATE = 404
    NO_LIQUIDITY = 405
    END_TIME_REACHED = 406
    FOK_NOT_FILLABLE = 407
    VALIDITY_ENDED = 420
    BETWEEN_TRADING_DAYS = 421
    TRADE_TAKEN_BACK = 450  # a bust or correction took quantity from an order that was FILLED: it is not worked again
    CONTINGENT_EXECUTED = 490  # another order of its list executed what it stood for
    CONTINGENT_NOT_TRIGGERED = 491  # the order of its list that would have released it ended without
    WOULD_TAKE_LIQUIDITY = 480

    # 5xx: execution
    HALTED_AT_EXECUTION = 501
    GOOD_UNTIL_PASSED_AT_EXECUTION = 502
    WITHDRAWN_UNSENT = 503
    NEVER_REACHED_VENUE = 504
    OUTCOME_UNKNOWN = 505
    NO_VENUE_SESSION = 506
    ENDED_BY_HAND = 507
    WITHDRAWN_FROM_VENUE = 560  # a mass cancel took what is at the venue; a smart order goes on elsewhere

    # 6xx: the venue's own words
    VENUE_REJECTED = 601
    VENUE_CANCELED = 602
    VENUE_EXPIRED = 603
    VENUE_CANCEL_REJECTED = 604
    VENUE_REPLACE_REJECTED = 605
