from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_BUY: _ClassVar[Side]
    SIDE_SELL: _ClassVar[Side]
    SIDE_SELL_SHORT: _ClassVar[Side]

class OrdType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORD_TYPE_UNSPECIFIED: _ClassVar[OrdType]
    ORD_TYPE_MARKET: _ClassVar[OrdType]
    ORD_TYPE_LIMIT: _ClassVar[OrdType]
    ORD_TYPE_STOP: _ClassVar[OrdType]
    ORD_TYPE_STOP_LIMIT: _ClassVar[OrdType]
    ORD_TYPE_MARKET_TO_LIMIT: _ClassVar[OrdType]
    ORD_TYPE_PEGGED: _ClassVar[OrdType]

class TimeInForce(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_IN_FORCE_UNSPECIFIED: _ClassVar[TimeInForce]
    TIME_IN_FORCE_DAY: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_IOC: _ClassVar[TimeInForce]
    TIME_IN_FORCE_FOK: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GTD: _ClassVar[TimeInForce]
    TIME_IN_FORCE_AT_THE_OPENING: _ClassVar[TimeInForce]
    TIME_IN_FORCE_AT_THE_CLOSE: _ClassVar[TimeInForce]
    TIME_IN_FORCE_GOOD_FOR_TIME: _ClassVar[TimeInForce]

class OrdStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORD_STATUS_UNSPECIFIED: _ClassVar[OrdStatus]
    ORD_STATUS_PENDING_NEW: _ClassVar[OrdStatus]
    ORD_STATUS_NEW: _ClassVar[OrdStatus]
    ORD_STATUS_PARTIALLY_FILLED: _ClassVar[OrdStatus]
    ORD_STATUS_FILLED: _ClassVar[OrdStatus]
    ORD_STATUS_CANCELED: _ClassVar[OrdStatus]
    ORD_STATUS_REJECTED: _ClassVar[OrdStatus]
    ORD_STATUS_EXPIRED: _ClassVar[OrdStatus]
    ORD_STATUS_PENDING_CANCEL: _ClassVar[OrdStatus]
    ORD_STATUS_PENDING_REPLACE: _ClassVar[OrdStatus]
    ORD_STATUS_UNKNOWN: _ClassVar[OrdStatus]
    ORD_STATUS_DONE_FOR_DAY: _ClassVar[OrdStatus]
    ORD_STATUS_CALCULATED: _ClassVar[OrdStatus]
    ORD_STATUS_STOPPED: _ClassVar[OrdStatus]
    ORD_STATUS_SUSPENDED: _ClassVar[OrdStatus]

class ExecType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXEC_TYPE_UNSPECIFIED: _ClassVar[ExecType]
    EXEC_TYPE_NEW: _ClassVar[ExecType]
    EXEC_TYPE_TRADE: _ClassVar[ExecType]
    EXEC_TYPE_CANCELED: _ClassVar[ExecType]
    EXEC_TYPE_REPLACED: _ClassVar[ExecType]
    EXEC_TYPE_REJECTED: _ClassVar[ExecType]
    EXEC_TYPE_EXPIRED: _ClassVar[ExecType]
    EXEC_TYPE_PENDING_CANCEL: _ClassVar[ExecType]
    EXEC_TYPE_PENDING_REPLACE: _ClassVar[ExecType]
    EXEC_TYPE_ORDER_STATUS: _ClassVar[ExecType]
    EXEC_TYPE_PENDING_NEW: _ClassVar[ExecType]
    EXEC_TYPE_DONE_FOR_DAY: _ClassVar[ExecType]
    EXEC_TYPE_CALCULATED: _ClassVar[ExecType]
    EXEC_TYPE_STOPPED: _ClassVar[ExecType]
    EXEC_TYPE_SUSPENDED: _ClassVar[ExecType]
    EXEC_TYPE_RESTATED: _ClassVar[ExecType]
    EXEC_TYPE_TRADE_CORRECT: _ClassVar[ExecType]
    EXEC_TYPE_TRADE_CANCEL: _ClassVar[ExecType]
    EXEC_TYPE_TRIGGERED: _ClassVar[ExecType]

class Algorithm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALGORITHM_UNSPECIFIED: _ClassVar[Algorithm]
    ALGORITHM_DIRECT: _ClassVar[Algorithm]
    ALGORITHM_BEST_PRICE: _ClassVar[Algorithm]
    ALGORITHM_TWAP: _ClassVar[Algorithm]

class HaltScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HALT_SCOPE_UNSPECIFIED: _ClassVar[HaltScope]
    HALT_SCOPE_FIRM: _ClassVar[HaltScope]
    HALT_SCOPE_DESK: _ClassVar[HaltScope]
    HALT_SCOPE_ACCOUNT: _ClassVar[HaltScope]
    HALT_SCOPE_INSTRUMENT: _ClassVar[HaltScope]
    HALT_SCOPE_VENUE: _ClassVar[HaltScope]
    HALT_SCOPE_TRADER: _ClassVar[HaltScope]
    HALT_SCOPE_STRATEGY: _ClassVar[HaltScope]
    HALT_SCOPE_CLIENT: _ClassVar[HaltScope]
    HALT_SCOPE_COUNTERPARTY: _ClassVar[HaltScope]

class HaltTriggerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HALT_TRIGGER_KIND_UNSPECIFIED: _ClassVar[HaltTriggerKind]
    HALT_TRIGGER_KIND_DAY_LOSS: _ClassVar[HaltTriggerKind]
    HALT_TRIGGER_KIND_MESSAGE_RATE: _ClassVar[HaltTriggerKind]
    HALT_TRIGGER_KIND_REJECT_RATIO: _ClassVar[HaltTriggerKind]
    HALT_TRIGGER_KIND_STALE_MARKET: _ClassVar[HaltTriggerKind]
    HALT_TRIGGER_KIND_VENUE_LOST: _ClassVar[HaltTriggerKind]
    HALT_TRIGGER_KIND_AUDIT_LAG: _ClassVar[HaltTriggerKind]

class HaltAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HALT_ACTION_UNSPECIFIED: _ClassVar[HaltAction]
    HALT_ACTION_BLOCK_NEW: _ClassVar[HaltAction]
    HALT_ACTION_REDUCE_ONLY: _ClassVar[HaltAction]

class LimitKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_KIND_UNSPECIFIED: _ClassVar[LimitKind]
    LIMIT_KIND_ORDER_QTY: _ClassVar[LimitKind]
    LIMIT_KIND_ORDER_NOTIONAL: _ClassVar[LimitKind]
    LIMIT_KIND_PRICE_COLLAR_BPS: _ClassVar[LimitKind]
    LIMIT_KIND_MARKET_DATA_AGE_NS: _ClassVar[LimitKind]
    LIMIT_KIND_POSITION_QTY: _ClassVar[LimitKind]
    LIMIT_KIND_OPEN_ORDERS: _ClassVar[LimitKind]
    LIMIT_KIND_MESSAGE_RATE: _ClassVar[LimitKind]
    LIMIT_KIND_DUPLICATE_TERMS_NS: _ClassVar[LimitKind]
    LIMIT_KIND_REPEATED_EXECUTIONS: _ClassVar[LimitKind]
    LIMIT_KIND_FACTORS_AGE_NS: _ClassVar[LimitKind]
    LIMIT_KIND_FX_RATE_AGE_NS: _ClassVar[LimitKind]
    LIMIT_KIND_MARKET_ORDER_NOTIONAL: _ClassVar[LimitKind]
    LIMIT_KIND_WINDOW_COLLAR_BPS: _ClassVar[LimitKind]
    LIMIT_KIND_COLLAR_SIGMAS_MILLI: _ClassVar[LimitKind]
    LIMIT_KIND_ORDER_SIGMA_AMOUNT: _ClassVar[LimitKind]
    LIMIT_KIND_FAT_FINGER_Z_MILLI: _ClassVar[LimitKind]
    LIMIT_KIND_ADV_PPM: _ClassVar[LimitKind]
    LIMIT_KIND_PORTFOLIO_PPM: _ClassVar[LimitKind]
    LIMIT_KIND_PARTICIPATION_PPM: _ClassVar[LimitKind]
    LIMIT_KIND_GROSS_EXPOSURE: _ClassVar[LimitKind]
    LIMIT_KIND_NET_EXPOSURE: _ClassVar[LimitKind]
    LIMIT_KIND_CREDIT: _ClassVar[LimitKind]
    LIMIT_KIND_CAPITAL: _ClassVar[LimitKind]
    LIMIT_KIND_CASH: _ClassVar[LimitKind]
    LIMIT_KIND_COUNTERPARTY_EXPOSURE: _ClassVar[LimitKind]
    LIMIT_KIND_VALUE_AT_RISK: _ClassVar[LimitKind]
    LIMIT_KIND_EXPECTED_SHORTFALL: _ClassVar[LimitKind]
    LIMIT_KIND_STRESS_LOSS: _ClassVar[LimitKind]
    LIMIT_KIND_ORDER_TO_TRADE_MILLI: _ClassVar[LimitKind]
    LIMIT_KIND_DAY_LOSS: _ClassVar[LimitKind]
    LIMIT_KIND_REALISED_LOSS: _ClassVar[LimitKind]
    LIMIT_KIND_DRAWDOWN: _ClassVar[LimitKind]
    LIMIT_KIND_SELF_MATCH: _ClassVar[LimitKind]
    LIMIT_KIND_ORDER_TO_TRADE_VOLUME_MILLI: _ClassVar[LimitKind]

class LimitScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_SCOPE_UNSPECIFIED: _ClassVar[LimitScope]
    LIMIT_SCOPE_FIRM: _ClassVar[LimitScope]
    LIMIT_SCOPE_DESK: _ClassVar[LimitScope]
    LIMIT_SCOPE_ACCOUNT: _ClassVar[LimitScope]
    LIMIT_SCOPE_CLIENT: _ClassVar[LimitScope]
    LIMIT_SCOPE_TRADER: _ClassVar[LimitScope]
    LIMIT_SCOPE_STRATEGY: _ClassVar[LimitScope]
    LIMIT_SCOPE_INSTRUMENT: _ClassVar[LimitScope]
    LIMIT_SCOPE_VENUE: _ClassVar[LimitScope]
    LIMIT_SCOPE_COUNTERPARTY: _ClassVar[LimitScope]

class AssetClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSET_CLASS_UNSPECIFIED: _ClassVar[AssetClass]
    ASSET_CLASS_EQUITY: _ClassVar[AssetClass]
    ASSET_CLASS_ETF: _ClassVar[AssetClass]
    ASSET_CLASS_FUTURE: _ClassVar[AssetClass]
    ASSET_CLASS_FX_SPOT: _ClassVar[AssetClass]
    ASSET_CLASS_OPTION: _ClassVar[AssetClass]
    ASSET_CLASS_CRYPTO: _ClassVar[AssetClass]
    ASSET_CLASS_BOND: _ClassVar[AssetClass]

class TradingListKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADING_LIST_KIND_UNSPECIFIED: _ClassVar[TradingListKind]
    TRADING_LIST_KIND_RESTRICTED: _ClassVar[TradingListKind]
    TRADING_LIST_KIND_WATCH: _ClassVar[TradingListKind]

class CounterpartyKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COUNTERPARTY_KIND_UNSPECIFIED: _ClassVar[CounterpartyKind]
    COUNTERPARTY_KIND_BROKER: _ClassVar[CounterpartyKind]
    COUNTERPARTY_KIND_CLEARING_MEMBER: _ClassVar[CounterpartyKind]
    COUNTERPARTY_KIND_VENUE_OPERATOR: _ClassVar[CounterpartyKind]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_TRADER: _ClassVar[Role]
    ROLE_RISK_OFFICER: _ClassVar[Role]
    ROLE_COMPLIANCE: _ClassVar[Role]
    ROLE_ADMIN: _ClassVar[Role]

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_GATEWAY: _ClassVar[Stage]
    STAGE_RISK: _ClassVar[Stage]
    STAGE_ROUTER: _ClassVar[Stage]
    STAGE_EXECUTION: _ClassVar[Stage]
    STAGE_AUDIT: _ClassVar[Stage]
    STAGE_CLIENT_SESSIONS: _ClassVar[Stage]
    STAGE_CREDIT: _ClassVar[Stage]

class IntentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTENT_KIND_UNSPECIFIED: _ClassVar[IntentKind]
    INTENT_KIND_NEW: _ClassVar[IntentKind]
    INTENT_KIND_CANCEL: _ClassVar[IntentKind]
    INTENT_KIND_REPLACE: _ClassVar[IntentKind]
    INTENT_KIND_STATUS: _ClassVar[IntentKind]

class SessionMessage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_MESSAGE_UNSPECIFIED: _ClassVar[SessionMessage]
    SESSION_MESSAGE_LOGON: _ClassVar[SessionMessage]
    SESSION_MESSAGE_HEARTBEAT: _ClassVar[SessionMessage]
    SESSION_MESSAGE_TEST_REQUEST: _ClassVar[SessionMessage]
    SESSION_MESSAGE_RESEND_REQUEST: _ClassVar[SessionMessage]
    SESSION_MESSAGE_GAP_FILL: _ClassVar[SessionMessage]
    SESSION_MESSAGE_LOGOUT: _ClassVar[SessionMessage]
    SESSION_MESSAGE_LIST_ORDERS: _ClassVar[SessionMessage]
    SESSION_MESSAGE_DONT_KNOW_TRADE: _ClassVar[SessionMessage]
    SESSION_MESSAGE_MASS_CANCEL: _ClassVar[SessionMessage]

class MassCancelOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MASS_CANCEL_OUTCOME_UNSPECIFIED: _ClassVar[MassCancelOutcome]
    MASS_CANCEL_OUTCOME_ACCEPTED: _ClassVar[MassCancelOutcome]
    MASS_CANCEL_OUTCOME_REFUSED: _ClassVar[MassCancelOutcome]
    MASS_CANCEL_OUTCOME_UNANSWERED: _ClassVar[MassCancelOutcome]

class Liquidity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIQUIDITY_UNSPECIFIED: _ClassVar[Liquidity]
    LIQUIDITY_ADDED: _ClassVar[Liquidity]
    LIQUIDITY_REMOVED: _ClassVar[Liquidity]
    LIQUIDITY_AUCTION: _ClassVar[Liquidity]

class CxlRejReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CXL_REJ_REASON_UNSPECIFIED: _ClassVar[CxlRejReason]
    CXL_REJ_REASON_UNKNOWN_ORDER: _ClassVar[CxlRejReason]
    CXL_REJ_REASON_BROKER_OPTION: _ClassVar[CxlRejReason]
    CXL_REJ_REASON_ALREADY_PENDING: _ClassVar[CxlRejReason]
    CXL_REJ_REASON_DUPLICATE_CL_ORD_ID: _ClassVar[CxlRejReason]
    CXL_REJ_REASON_INVALID_PRICE_INCREMENT: _ClassVar[CxlRejReason]
    CXL_REJ_REASON_OTHER: _ClassVar[CxlRejReason]
    CXL_REJ_REASON_TOO_LATE_TO_CANCEL: _ClassVar[CxlRejReason]

class TriggerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRIGGER_KIND_UNSPECIFIED: _ClassVar[TriggerKind]
    TRIGGER_KIND_STOP: _ClassVar[TriggerKind]
    TRIGGER_KIND_TRAILING_STOP: _ClassVar[TriggerKind]
    TRIGGER_KIND_PEG: _ClassVar[TriggerKind]
    TRIGGER_KIND_DISPLAYED: _ClassVar[TriggerKind]
    TRIGGER_KIND_RESUME: _ClassVar[TriggerKind]

class TriggerBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRIGGER_BASIS_UNSPECIFIED: _ClassVar[TriggerBasis]
    TRIGGER_BASIS_LAST_TRADE: _ClassVar[TriggerBasis]
    TRIGGER_BASIS_BEST_QUOTE: _ClassVar[TriggerBasis]
    TRIGGER_BASIS_NO_HALT: _ClassVar[TriggerBasis]
    TRIGGER_BASIS_VENUE: _ClassVar[TriggerBasis]

class TimerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIMER_KIND_UNSPECIFIED: _ClassVar[TimerKind]
    TIMER_KIND_SLICE: _ClassVar[TimerKind]
    TIMER_KIND_END: _ClassVar[TimerKind]
    TIMER_KIND_EXPIRE: _ClassVar[TimerKind]
    TIMER_KIND_STATUS: _ClassVar[TimerKind]
    TIMER_KIND_HEARTBEAT: _ClassVar[TimerKind]
    TIMER_KIND_LOGON: _ClassVar[TimerKind]
    TIMER_KIND_LIST: _ClassVar[TimerKind]
    TIMER_KIND_TRIGGER: _ClassVar[TimerKind]
    TIMER_KIND_DAY_CHANGE: _ClassVar[TimerKind]
    TIMER_KIND_FIX_SESSION: _ClassVar[TimerKind]
    TIMER_KIND_CANCEL_ON_DISCONNECT: _ClassVar[TimerKind]
    TIMER_KIND_MARKET_DATA: _ClassVar[TimerKind]
    TIMER_KIND_CREDIT: _ClassVar[TimerKind]
    TIMER_KIND_TRADES: _ClassVar[TimerKind]
    TIMER_KIND_MASS_CANCEL: _ClassVar[TimerKind]
    TIMER_KIND_RESET: _ClassVar[TimerKind]
    TIMER_KIND_SESSION_HOURS: _ClassVar[TimerKind]

class TokenChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOKEN_CHANGE_KIND_UNSPECIFIED: _ClassVar[TokenChangeKind]
    TOKEN_CHANGE_KIND_LOADED: _ClassVar[TokenChangeKind]
    TOKEN_CHANGE_KIND_ADDED: _ClassVar[TokenChangeKind]
    TOKEN_CHANGE_KIND_REVOKED: _ClassVar[TokenChangeKind]
    TOKEN_CHANGE_KIND_ROLES: _ClassVar[TokenChangeKind]

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_INVALID_FIELD: _ClassVar[Reason]
    REASON_UNKNOWN_DESK_AT_GATEWAY: _ClassVar[Reason]
    REASON_BACK_PRESSURE: _ClassVar[Reason]
    REASON_AUDIT_BEHIND_AT_GATEWAY: _ClassVar[Reason]
    REASON_NO_TOKEN: _ClassVar[Reason]
    REASON_UNKNOWN_TOKEN: _ClassVar[Reason]
    REASON_REVOKED_TOKEN: _ClassVar[Reason]
    REASON_PERSON_DISABLED: _ClassVar[Reason]
    REASON_NOT_PERMITTED: _ClassVar[Reason]
    REASON_IMPERSONATION: _ClassVar[Reason]
    REASON_REFUSALS_UNLISTED: _ClassVar[Reason]
    REASON_UNKNOWN_COMP_ID: _ClassVar[Reason]
    REASON_WRONG_CERTIFICATE: _ClassVar[Reason]
    REASON_SESSION_NOT_PERMITTED: _ClassVar[Reason]
    REASON_SESSION_TAKEN: _ClassVar[Reason]
    REASON_OUTSIDE_SCHEDULE: _ClassVar[Reason]
    REASON_UNREADABLE_COMMAND: _ClassVar[Reason]
    REASON_WRONG_PARTITION: _ClassVar[Reason]
    REASON_GOOD_UNTIL_PASSED: _ClassVar[Reason]
    REASON_TRADING_DATE_TOO_OLD: _ClassVar[Reason]
    REASON_DUPLICATE_CL_ORD_ID: _ClassVar[Reason]
    REASON_CANCELED_BEFORE_ARRIVAL: _ClassVar[Reason]
    REASON_UNKNOWN_ORDER: _ClassVar[Reason]
    REASON_ORDER_NOT_OPEN: _ClassVar[Reason]
    REASON_REPLACE_UNSUPPORTED: _ClassVar[Reason]
    REASON_TOO_LATE_TO_CANCEL: _ClassVar[Reason]
    REASON_BROKEN_INVARIANT: _ClassVar[Reason]
    REASON_LIST_INVALID: _ClassVar[Reason]
    REASON_ALREADY_PENDING: _ClassVar[Reason]
    REASON_CONTROL_SILENT: _ClassVar[Reason]
    REASON_AUDIT_BEHIND: _ClassVar[Reason]
    REASON_HALTED: _ClassVar[Reason]
    REASON_UNKNOWN_DESK: _ClassVar[Reason]
    REASON_DESK_DISABLED: _ClassVar[Reason]
    REASON_UNKNOWN_ACCOUNT: _ClassVar[Reason]
    REASON_ACCOUNT_DISABLED: _ClassVar[Reason]
    REASON_ACCOUNT_NOT_OF_DESK: _ClassVar[Reason]
    REASON_UNKNOWN_INSTRUMENT: _ClassVar[Reason]
    REASON_INSTRUMENT_DISABLED: _ClassVar[Reason]
    REASON_UNKNOWN_VENUE: _ClassVar[Reason]
    REASON_VENUE_DISABLED: _ClassVar[Reason]
    REASON_NOT_LISTED_AT_VENUE: _ClassVar[Reason]
    REASON_SESSION_CLOSED: _ClassVar[Reason]
    REASON_QTY_NOT_POSITIVE: _ClassVar[Reason]
    REASON_QTY_NOT_IN_LOTS: _ClassVar[Reason]
    REASON_PRICE_MISSING: _ClassVar[Reason]
    REASON_PRICE_NOT_POSITIVE: _ClassVar[Reason]
    REASON_PRICE_NOT_IN_TICKS: _ClassVar[Reason]
    REASON_UNSUPPORTED_COMBINATION: _ClassVar[Reason]
    REASON_ALGORITHM_PARAMETERS: _ClassVar[Reason]
    REASON_LIMIT_MISSING: _ClassVar[Reason]
    REASON_ORDER_QTY_LIMIT: _ClassVar[Reason]
    REASON_NO_MARKET_PRICE: _ClassVar[Reason]
    REASON_MARKET_PRICE_STALE: _ClassVar[Reason]
    REASON_PRICE_COLLAR: _ClassVar[Reason]
    REASON_ORDER_NOTIONAL_LIMIT: _ClassVar[Reason]
    REASON_OPEN_ORDERS_LIMIT: _ClassVar[Reason]
    REASON_POSITION_LIMIT: _ClassVar[Reason]
    REASON_EVALUATION_ERROR: _ClassVar[Reason]
    REASON_UNKNOWN_CLIENT: _ClassVar[Reason]
    REASON_CLIENT_DISABLED: _ClassVar[Reason]
    REASON_COUNTERPARTY_STOPPED: _ClassVar[Reason]
    REASON_NO_PERMISSION: _ClassVar[Reason]
    REASON_RESTRICTED_INSTRUMENT: _ClassVar[Reason]
    REASON_SETTLEMENT_CURRENCY: _ClassVar[Reason]
    REASON_MESSAGE_RATE_LIMIT: _ClassVar[Reason]
    REASON_DUPLICATE_TERMS: _ClassVar[Reason]
    REASON_REPEATED_EXECUTIONS: _ClassVar[Reason]
    REASON_FX_RATE_MISSING: _ClassVar[Reason]
    REASON_FX_RATE_STALE: _ClassVar[Reason]
    REASON_RISK_FACTORS_MISSING: _ClassVar[Reason]
    REASON_RISK_FACTORS_STALE: _ClassVar[Reason]
    REASON_MARKET_ORDER_LIMIT: _ClassVar[Reason]
    REASON_WINDOW_COLLAR: _ClassVar[Reason]
    REASON_SIGMA_COLLAR: _ClassVar[Reason]
    REASON_SIGMA_SIZE: _ClassVar[Reason]
    REASON_FAT_FINGER: _ClassVar[Reason]
    REASON_SHORT_SALE_MARK: _ClassVar[Reason]
    REASON_LOCATE_MISSING: _ClassVar[Reason]
    REASON_ADV_CONCENTRATION: _ClassVar[Reason]
    REASON_PORTFOLIO_CONCENTRATION: _ClassVar[Reason]
    REASON_PARTICIPATION: _ClassVar[Reason]
    REASON_GROSS_EXPOSURE_LIMIT: _ClassVar[Reason]
    REASON_NET_EXPOSURE_LIMIT: _ClassVar[Reason]
    REASON_CREDIT_LIMIT: _ClassVar[Reason]
    REASON_CAPITAL_LIMIT: _ClassVar[Reason]
    REASON_CASH_LIMIT: _ClassVar[Reason]
    REASON_COUNTERPARTY_LIMIT: _ClassVar[Reason]
    REASON_VALUE_AT_RISK_LIMIT: _ClassVar[Reason]
    REASON_EXPECTED_SHORTFALL_LIMIT: _ClassVar[Reason]
    REASON_STRESS_LIMIT: _ClassVar[Reason]
    REASON_ORDER_TO_TRADE_LIMIT: _ClassVar[Reason]
    REASON_DAY_LOSS_LIMIT: _ClassVar[Reason]
    REASON_REALISED_LOSS_LIMIT: _ClassVar[Reason]
    REASON_DRAWDOWN_LIMIT: _ClassVar[Reason]
    REASON_SELF_MATCH: _ClassVar[Reason]
    REASON_FEATURE_NOT_OFFERED: _ClassVar[Reason]
    REASON_INCREASES_POSITION: _ClassVar[Reason]
    REASON_TRADES_UNBOOKED: _ClassVar[Reason]
    REASON_ORDER_TO_TRADE_VOLUME_LIMIT: _ClassVar[Reason]
    REASON_CREDIT_NOT_HELD: _ClassVar[Reason]
    REASON_OPEN_ORDERS_NOT_HELD: _ClassVar[Reason]
    REASON_POSITION_NOT_HELD: _ClassVar[Reason]
    REASON_RISK_NOT_HELD: _ClassVar[Reason]
    REASON_LOSS_NOT_HELD: _ClassVar[Reason]
    REASON_RATE_NOT_HELD: _ClassVar[Reason]
    REASON_NO_VENUE_AVAILABLE: _ClassVar[Reason]
    REASON_MANDATE_EXPIRED: _ClassVar[Reason]
    REASON_HALTED_AT_ROUTER: _ClassVar[Reason]
    REASON_BEYOND_MANDATE: _ClassVar[Reason]
    REASON_NO_LIQUIDITY: _ClassVar[Reason]
    REASON_END_TIME_REACHED: _ClassVar[Reason]
    REASON_FOK_NOT_FILLABLE: _ClassVar[Reason]
    REASON_VALIDITY_ENDED: _ClassVar[Reason]
    REASON_BETWEEN_TRADING_DAYS: _ClassVar[Reason]
    REASON_CONTINGENT_EXECUTED: _ClassVar[Reason]
    REASON_CONTINGENT_NOT_TRIGGERED: _ClassVar[Reason]
    REASON_TRADE_TAKEN_BACK: _ClassVar[Reason]
    REASON_WOULD_TAKE_LIQUIDITY: _ClassVar[Reason]
    REASON_HALTED_AT_EXECUTION: _ClassVar[Reason]
    REASON_GOOD_UNTIL_PASSED_AT_EXECUTION: _ClassVar[Reason]
    REASON_WITHDRAWN_UNSENT: _ClassVar[Reason]
    REASON_NEVER_REACHED_VENUE: _ClassVar[Reason]
    REASON_OUTCOME_UNKNOWN: _ClassVar[Reason]
    REASON_NO_VENUE_SESSION: _ClassVar[Reason]
    REASON_ENDED_BY_HAND: _ClassVar[Reason]
    REASON_WITHDRAWN_FROM_VENUE: _ClassVar[Reason]
    REASON_VENUE_REJECTED: _ClassVar[Reason]
    REASON_VENUE_CANCELED: _ClassVar[Reason]
    REASON_VENUE_EXPIRED: _ClassVar[Reason]
    REASON_VENUE_CANCEL_REJECTED: _ClassVar[Reason]
    REASON_VENUE_REPLACE_REJECTED: _ClassVar[Reason]

class BreakCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAK_CAUSE_UNSPECIFIED: _ClassVar[BreakCause]
    BREAK_CAUSE_FILL_INFERRED: _ClassVar[BreakCause]
    BREAK_CAUSE_FILLS_UNPRICED: _ClassVar[BreakCause]
    BREAK_CAUSE_VENUE_CUM_BELOW: _ClassVar[BreakCause]
    BREAK_CAUSE_OVERFILL: _ClassVar[BreakCause]
    BREAK_CAUSE_TERMS_DIFFER: _ClassVar[BreakCause]
    BREAK_CAUSE_LEAVES_DIFFER: _ClassVar[BreakCause]
    BREAK_CAUSE_NOT_AT_VENUE: _ClassVar[BreakCause]
    BREAK_CAUSE_NO_ANSWER: _ClassVar[BreakCause]
    BREAK_CAUSE_UNKNOWN_ORDER: _ClassVar[BreakCause]
    BREAK_CAUSE_UNKNOWN_EXECUTION: _ClassVar[BreakCause]
    BREAK_CAUSE_OPEN_AFTER_END: _ClassVar[BreakCause]
    BREAK_CAUSE_TABLE_FULL: _ClassVar[BreakCause]

class ResolutionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESOLUTION_KIND_UNSPECIFIED: _ClassVar[ResolutionKind]
    RESOLUTION_KIND_CAUSE_GONE: _ClassVar[ResolutionKind]
    RESOLUTION_KIND_ACCEPT_VENUE: _ClassVar[ResolutionKind]
    RESOLUTION_KIND_KEEP_OURS: _ClassVar[ResolutionKind]
    RESOLUTION_KIND_NOTED: _ClassVar[ResolutionKind]
    RESOLUTION_KIND_CANCEL_AT_VENUE: _ClassVar[ResolutionKind]

class ExecInst(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXEC_INST_UNSPECIFIED: _ClassVar[ExecInst]
    EXEC_INST_PARTICIPATE_DONT_INITIATE: _ClassVar[ExecInst]
    EXEC_INST_ALL_OR_NONE: _ClassVar[ExecInst]
    EXEC_INST_DO_NOT_INCREASE: _ClassVar[ExecInst]

class PegPriceType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PEG_PRICE_TYPE_UNSPECIFIED: _ClassVar[PegPriceType]
    PEG_PRICE_TYPE_PRIMARY: _ClassVar[PegPriceType]
    PEG_PRICE_TYPE_MID: _ClassVar[PegPriceType]
    PEG_PRICE_TYPE_MARKET: _ClassVar[PegPriceType]
    PEG_PRICE_TYPE_TRAILING_STOP: _ClassVar[PegPriceType]

class SelfMatchPrevention(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SELF_MATCH_PREVENTION_UNSPECIFIED: _ClassVar[SelfMatchPrevention]
    SELF_MATCH_PREVENTION_CANCEL_AGGRESSIVE: _ClassVar[SelfMatchPrevention]
    SELF_MATCH_PREVENTION_CANCEL_PASSIVE: _ClassVar[SelfMatchPrevention]
    SELF_MATCH_PREVENTION_CANCEL_BOTH: _ClassVar[SelfMatchPrevention]

class ContingencyType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTINGENCY_TYPE_UNSPECIFIED: _ClassVar[ContingencyType]
    CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER: _ClassVar[ContingencyType]
    CONTINGENCY_TYPE_ONE_TRIGGERS_THE_OTHER: _ClassVar[ContingencyType]
    CONTINGENCY_TYPE_ONE_UPDATES_THE_OTHER: _ClassVar[ContingencyType]
    CONTINGENCY_TYPE_BRACKET: _ClassVar[ContingencyType]

class LegState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEG_STATE_UNSPECIFIED: _ClassVar[LegState]
    LEG_STATE_HELD: _ClassVar[LegState]
    LEG_STATE_ARMED: _ClassVar[LegState]
    LEG_STATE_DUE: _ClassVar[LegState]
    LEG_STATE_LIVE: _ClassVar[LegState]
    LEG_STATE_LEAVING: _ClassVar[LegState]

class VenueFeature(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VENUE_FEATURE_UNSPECIFIED: _ClassVar[VenueFeature]
    VENUE_FEATURE_STOP: _ClassVar[VenueFeature]
    VENUE_FEATURE_TRAILING_STOP: _ClassVar[VenueFeature]
    VENUE_FEATURE_MARKET_TO_LIMIT: _ClassVar[VenueFeature]
    VENUE_FEATURE_PEGGED: _ClassVar[VenueFeature]
    VENUE_FEATURE_ICEBERG: _ClassVar[VenueFeature]
    VENUE_FEATURE_HIDDEN: _ClassVar[VenueFeature]
    VENUE_FEATURE_MIN_QTY: _ClassVar[VenueFeature]
    VENUE_FEATURE_ALL_OR_NONE: _ClassVar[VenueFeature]
    VENUE_FEATURE_POST_ONLY: _ClassVar[VenueFeature]
    VENUE_FEATURE_GOOD_TILL_DATE: _ClassVar[VenueFeature]
    VENUE_FEATURE_AUCTIONS: _ClassVar[VenueFeature]
    VENUE_FEATURE_SELF_MATCH_PREVENTION: _ClassVar[VenueFeature]

class VenueBehaviour(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VENUE_BEHAVIOUR_UNSPECIFIED: _ClassVar[VenueBehaviour]
    VENUE_BEHAVIOUR_REPLACES_BY_NEW_ORDER: _ClassVar[VenueBehaviour]
    VENUE_BEHAVIOUR_REOPENS_FILLED: _ClassVar[VenueBehaviour]
    VENUE_BEHAVIOUR_ONE_REQUEST_AT_A_TIME: _ClassVar[VenueBehaviour]
    VENUE_BEHAVIOUR_TAKES_MASS_CANCEL: _ClassVar[VenueBehaviour]

class ExecRestatementReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXEC_RESTATEMENT_REASON_UNSPECIFIED: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_GT_CORPORATE_ACTION: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_GT_RENEWAL: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_VERBAL_CHANGE: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_REPRICING: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_BROKER_OPTION: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_PARTIAL_DECLINE: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_CANCEL_ON_TRADING_HALT: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_CANCEL_ON_SYSTEM_FAILURE: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_MARKET_OPTION: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_CANCELED_NOT_BEST: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_WAREHOUSE_RECAP: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_PEG_REFRESH: _ClassVar[ExecRestatementReason]
    EXEC_RESTATEMENT_REASON_OTHER: _ClassVar[ExecRestatementReason]

class DisconnectCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISCONNECT_CAUSE_UNSPECIFIED: _ClassVar[DisconnectCause]
    DISCONNECT_CAUSE_LOGOUT: _ClassVar[DisconnectCause]
    DISCONNECT_CAUSE_SOCKET_DROP: _ClassVar[DisconnectCause]
    DISCONNECT_CAUSE_HEARTBEAT_LOSS: _ClassVar[DisconnectCause]
    DISCONNECT_CAUSE_PROCESS_DEATH: _ClassVar[DisconnectCause]

class DropCopyScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DROP_COPY_SCOPE_UNSPECIFIED: _ClassVar[DropCopyScope]
    DROP_COPY_SCOPE_CLIENT: _ClassVar[DropCopyScope]
    DROP_COPY_SCOPE_DESK: _ClassVar[DropCopyScope]
    DROP_COPY_SCOPE_CLEARING_MEMBER: _ClassVar[DropCopyScope]

class AlertKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALERT_KIND_UNSPECIFIED: _ClassVar[AlertKind]
    ALERT_KIND_POSITION: _ClassVar[AlertKind]
    ALERT_KIND_DAY_LOSS: _ClassVar[AlertKind]
    ALERT_KIND_REALISED_LOSS: _ClassVar[AlertKind]
    ALERT_KIND_DRAWDOWN: _ClassVar[AlertKind]
    ALERT_KIND_TRADE_UNKNOWN_HERE: _ClassVar[AlertKind]
    ALERT_KIND_TRADE_NOT_CONFIRMED: _ClassVar[AlertKind]
    ALERT_KIND_TRADE_DIFFERS: _ClassVar[AlertKind]
    ALERT_KIND_HALT_TRIGGER: _ClassVar[AlertKind]
    ALERT_KIND_TRADE_UNBOOKED: _ClassVar[AlertKind]
    ALERT_KIND_ORDER_TO_TRADE: _ClassVar[AlertKind]
    ALERT_KIND_ORDER_TO_TRADE_VOLUME: _ClassVar[AlertKind]

class ChangeBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_BASIS_UNSPECIFIED: _ClassVar[ChangeBasis]
    CHANGE_BASIS_BOOTSTRAP: _ClassVar[ChangeBasis]
    CHANGE_BASIS_BOOTSTRAP_ENDS: _ClassVar[ChangeBasis]
    CHANGE_BASIS_PERSON: _ClassVar[ChangeBasis]
    CHANGE_BASIS_SERVICE: _ClassVar[ChangeBasis]
SIDE_UNSPECIFIED: Side
SIDE_BUY: Side
SIDE_SELL: Side
SIDE_SELL_SHORT: Side
ORD_TYPE_UNSPECIFIED: OrdType
ORD_TYPE_MARKET: OrdType
ORD_TYPE_LIMIT: OrdType
ORD_TYPE_STOP: OrdType
ORD_TYPE_STOP_LIMIT: OrdType
ORD_TYPE_MARKET_TO_LIMIT: OrdType
ORD_TYPE_PEGGED: OrdType
TIME_IN_FORCE_UNSPECIFIED: TimeInForce
TIME_IN_FORCE_DAY: TimeInForce
TIME_IN_FORCE_GTC: TimeInForce
TIME_IN_FORCE_IOC: TimeInForce
TIME_IN_FORCE_FOK: TimeInForce
TIME_IN_FORCE_GTD: TimeInForce
TIME_IN_FORCE_AT_THE_OPENING: TimeInForce
TIME_IN_FORCE_AT_THE_CLOSE: TimeInForce
TIME_IN_FORCE_GOOD_FOR_TIME: TimeInForce
ORD_STATUS_UNSPECIFIED: OrdStatus
ORD_STATUS_PENDING_NEW: OrdStatus
ORD_STATUS_NEW: OrdStatus
ORD_STATUS_PARTIALLY_FILLED: OrdStatus
ORD_STATUS_FILLED: OrdStatus
ORD_STATUS_CANCELED: OrdStatus
ORD_STATUS_REJECTED: OrdStatus
ORD_STATUS_EXPIRED: OrdStatus
ORD_STATUS_PENDING_CANCEL: OrdStatus
ORD_STATUS_PENDING_REPLACE: OrdStatus
ORD_STATUS_UNKNOWN: OrdStatus
ORD_STATUS_DONE_FOR_DAY: OrdStatus
ORD_STATUS_CALCULATED: OrdStatus
ORD_STATUS_STOPPED: OrdStatus
ORD_STATUS_SUSPENDED: OrdStatus
EXEC_TYPE_UNSPECIFIED: ExecType
EXEC_TYPE_NEW: ExecType
EXEC_TYPE_TRADE: ExecType
EXEC_TYPE_CANCELED: ExecType
EXEC_TYPE_REPLACED: ExecType
EXEC_TYPE_REJECTED: ExecType
EXEC_TYPE_EXPIRED: ExecType
EXEC_TYPE_PENDING_CANCEL: ExecType
EXEC_TYPE_PENDING_REPLACE: ExecType
EXEC_TYPE_ORDER_STATUS: ExecType
EXEC_TYPE_PENDING_NEW: ExecType
EXEC_TYPE_DONE_FOR_DAY: ExecType
EXEC_TYPE_CALCULATED: ExecType
EXEC_TYPE_STOPPED: ExecType
EXEC_TYPE_SUSPENDED: ExecType
EXEC_TYPE_RESTATED: ExecType
EXEC_TYPE_TRADE_CORRECT: ExecType
EXEC_TYPE_TRADE_CANCEL: ExecType
EXEC_TYPE_TRIGGERED: ExecType
ALGORITHM_UNSPECIFIED: Algorithm
ALGORITHM_DIRECT: Algorithm
ALGORITHM_BEST_PRICE: Algorithm
ALGORITHM_TWAP: Algorithm
HALT_SCOPE_UNSPECIFIED: HaltScope
HALT_SCOPE_FIRM: HaltScope
HALT_SCOPE_DESK: HaltScope
HALT_SCOPE_ACCOUNT: HaltScope
HALT_SCOPE_INSTRUMENT: HaltScope
HALT_SCOPE_VENUE: HaltScope
HALT_SCOPE_TRADER: HaltScope
HALT_SCOPE_STRATEGY: HaltScope
HALT_SCOPE_CLIENT: HaltScope
HALT_SCOPE_COUNTERPARTY: HaltScope
HALT_TRIGGER_KIND_UNSPECIFIED: HaltTriggerKind
HALT_TRIGGER_KIND_DAY_LOSS: HaltTriggerKind
HALT_TRIGGER_KIND_MESSAGE_RATE: HaltTriggerKind
HALT_TRIGGER_KIND_REJECT_RATIO: HaltTriggerKind
HALT_TRIGGER_KIND_STALE_MARKET: HaltTriggerKind
HALT_TRIGGER_KIND_VENUE_LOST: HaltTriggerKind
HALT_TRIGGER_KIND_AUDIT_LAG: HaltTriggerKind
HALT_ACTION_UNSPECIFIED: HaltAction
HALT_ACTION_BLOCK_NEW: HaltAction
HALT_ACTION_REDUCE_ONLY: HaltAction
LIMIT_KIND_UNSPECIFIED: LimitKind
LIMIT_KIND_ORDER_QTY: LimitKind
LIMIT_KIND_ORDER_NOTIONAL: LimitKind
LIMIT_KIND_PRICE_COLLAR_BPS: LimitKind
LIMIT_KIND_MARKET_DATA_AGE_NS: LimitKind
LIMIT_KIND_POSITION_QTY: LimitKind
LIMIT_KIND_OPEN_ORDERS: LimitKind
LIMIT_KIND_MESSAGE_RATE: LimitKind
LIMIT_KIND_DUPLICATE_TERMS_NS: LimitKind
LIMIT_KIND_REPEATED_EXECUTIONS: LimitKind
LIMIT_KIND_FACTORS_AGE_NS: LimitKind
LIMIT_KIND_FX_RATE_AGE_NS: LimitKind
LIMIT_KIND_MARKET_ORDER_NOTIONAL: LimitKind
LIMIT_KIND_WINDOW_COLLAR_BPS: LimitKind
LIMIT_KIND_COLLAR_SIGMAS_MILLI: LimitKind
LIMIT_KIND_ORDER_SIGMA_AMOUNT: LimitKind
LIMIT_KIND_FAT_FINGER_Z_MILLI: LimitKind
LIMIT_KIND_ADV_PPM: LimitKind
LIMIT_KIND_PORTFOLIO_PPM: LimitKind
LIMIT_KIND_PARTICIPATION_PPM: LimitKind
LIMIT_KIND_GROSS_EXPOSURE: LimitKind
LIMIT_KIND_NET_EXPOSURE: LimitKind
LIMIT_KIND_CREDIT: LimitKind
LIMIT_KIND_CAPITAL: LimitKind
LIMIT_KIND_CASH: LimitKind
LIMIT_KIND_COUNTERPARTY_EXPOSURE: LimitKind
LIMIT_KIND_VALUE_AT_RISK: LimitKind
LIMIT_KIND_EXPECTED_SHORTFALL: LimitKind
LIMIT_KIND_STRESS_LOSS: LimitKind
LIMIT_KIND_ORDER_TO_TRADE_MILLI: LimitKind
LIMIT_KIND_DAY_LOSS: LimitKind
LIMIT_KIND_REALISED_LOSS: LimitKind
LIMIT_KIND_DRAWDOWN: LimitKind
LIMIT_KIND_SELF_MATCH: LimitKind
LIMIT_KIND_ORDER_TO_TRADE_VOLUME_MILLI: LimitKind
LIMIT_SCOPE_UNSPECIFIED: LimitScope
LIMIT_SCOPE_FIRM: LimitScope
LIMIT_SCOPE_DESK: LimitScope
LIMIT_SCOPE_ACCOUNT: LimitScope
LIMIT_SCOPE_CLIENT: LimitScope
LIMIT_SCOPE_TRADER: LimitScope
LIMIT_SCOPE_STRATEGY: LimitScope
LIMIT_SCOPE_INSTRUMENT: LimitScope
LIMIT_SCOPE_VENUE: LimitScope
LIMIT_SCOPE_COUNTERPARTY: LimitScope
ASSET_CLASS_UNSPECIFIED: AssetClass
ASSET_CLASS_EQUITY: AssetClass
ASSET_CLASS_ETF: AssetClass
ASSET_CLASS_FUTURE: AssetClass
ASSET_CLASS_FX_SPOT: AssetClass
ASSET_CLASS_OPTION: AssetClass
ASSET_CLASS_CRYPTO: AssetClass
ASSET_CLASS_BOND: AssetClass
TRADING_LIST_KIND_UNSPECIFIED: TradingListKind
TRADING_LIST_KIND_RESTRICTED: TradingListKind
TRADING_LIST_KIND_WATCH: TradingListKind
COUNTERPARTY_KIND_UNSPECIFIED: CounterpartyKind
COUNTERPARTY_KIND_BROKER: CounterpartyKind
COUNTERPARTY_KIND_CLEARING_MEMBER: CounterpartyKind
COUNTERPARTY_KIND_VENUE_OPERATOR: CounterpartyKind
ROLE_UNSPECIFIED: Role
ROLE_TRADER: Role
ROLE_RISK_OFFICER: Role
ROLE_COMPLIANCE: Role
ROLE_ADMIN: Role
STAGE_UNSPECIFIED: Stage
STAGE_GATEWAY: Stage
STAGE_RISK: Stage
STAGE_ROUTER: Stage
STAGE_EXECUTION: Stage
STAGE_AUDIT: Stage
STAGE_CLIENT_SESSIONS: Stage
STAGE_CREDIT: Stage
INTENT_KIND_UNSPECIFIED: IntentKind
INTENT_KIND_NEW: IntentKind
INTENT_KIND_CANCEL: IntentKind
INTENT_KIND_REPLACE: IntentKind
INTENT_KIND_STATUS: IntentKind
SESSION_MESSAGE_UNSPECIFIED: SessionMessage
SESSION_MESSAGE_LOGON: SessionMessage
SESSION_MESSAGE_HEARTBEAT: SessionMessage
SESSION_MESSAGE_TEST_REQUEST: SessionMessage
SESSION_MESSAGE_RESEND_REQUEST: SessionMessage
SESSION_MESSAGE_GAP_FILL: SessionMessage
SESSION_MESSAGE_LOGOUT: SessionMessage
SESSION_MESSAGE_LIST_ORDERS: SessionMessage
SESSION_MESSAGE_DONT_KNOW_TRADE: SessionMessage
SESSION_MESSAGE_MASS_CANCEL: SessionMessage
MASS_CANCEL_OUTCOME_UNSPECIFIED: MassCancelOutcome
MASS_CANCEL_OUTCOME_ACCEPTED: MassCancelOutcome
MASS_CANCEL_OUTCOME_REFUSED: MassCancelOutcome
MASS_CANCEL_OUTCOME_UNANSWERED: MassCancelOutcome
LIQUIDITY_UNSPECIFIED: Liquidity
LIQUIDITY_ADDED: Liquidity
LIQUIDITY_REMOVED: Liquidity
LIQUIDITY_AUCTION: Liquidity
CXL_REJ_REASON_UNSPECIFIED: CxlRejReason
CXL_REJ_REASON_UNKNOWN_ORDER: CxlRejReason
CXL_REJ_REASON_BROKER_OPTION: CxlRejReason
CXL_REJ_REASON_ALREADY_PENDING: CxlRejReason
CXL_REJ_REASON_DUPLICATE_CL_ORD_ID: CxlRejReason
CXL_REJ_REASON_INVALID_PRICE_INCREMENT: CxlRejReason
CXL_REJ_REASON_OTHER: CxlRejReason
CXL_REJ_REASON_TOO_LATE_TO_CANCEL: CxlRejReason
TRIGGER_KIND_UNSPECIFIED: TriggerKind
TRIGGER_KIND_STOP: TriggerKind
TRIGGER_KIND_TRAILING_STOP: TriggerKind
TRIGGER_KIND_PEG: TriggerKind
TRIGGER_KIND_DISPLAYED: TriggerKind
TRIGGER_KIND_RESUME: TriggerKind
TRIGGER_BASIS_UNSPECIFIED: TriggerBasis
TRIGGER_BASIS_LAST_TRADE: TriggerBasis
TRIGGER_BASIS_BEST_QUOTE: TriggerBasis
TRIGGER_BASIS_NO_HALT: TriggerBasis
TRIGGER_BASIS_VENUE: TriggerBasis
TIMER_KIND_UNSPECIFIED: TimerKind
TIMER_KIND_SLICE: TimerKind
TIMER_KIND_END: TimerKind
TIMER_KIND_EXPIRE: TimerKind
TIMER_KIND_STATUS: TimerKind
TIMER_KIND_HEARTBEAT: TimerKind
TIMER_KIND_LOGON: TimerKind
TIMER_KIND_LIST: TimerKind
TIMER_KIND_TRIGGER: TimerKind
TIMER_KIND_DAY_CHANGE: TimerKind
TIMER_KIND_FIX_SESSION: TimerKind
TIMER_KIND_CANCEL_ON_DISCONNECT: TimerKind
TIMER_KIND_MARKET_DATA: TimerKind
TIMER_KIND_CREDIT: TimerKind
TIMER_KIND_TRADES: TimerKind
TIMER_KIND_MASS_CANCEL: TimerKind
TIMER_KIND_RESET: TimerKind
TIMER_KIND_SESSION_HOURS: TimerKind
TOKEN_CHANGE_KIND_UNSPECIFIED: TokenChangeKind
TOKEN_CHANGE_KIND_LOADED: TokenChangeKind
TOKEN_CHANGE_KIND_ADDED: TokenChangeKind
TOKEN_CHANGE_KIND_REVOKED: TokenChangeKind
TOKEN_CHANGE_KIND_ROLES: TokenChangeKind
REASON_UNSPECIFIED: Reason
REASON_INVALID_FIELD: Reason
REASON_UNKNOWN_DESK_AT_GATEWAY: Reason
REASON_BACK_PRESSURE: Reason
REASON_AUDIT_BEHIND_AT_GATEWAY: Reason
REASON_NO_TOKEN: Reason
REASON_UNKNOWN_TOKEN: Reason
REASON_REVOKED_TOKEN: Reason
REASON_PERSON_DISABLED: Reason
REASON_NOT_PERMITTED: Reason
REASON_IMPERSONATION: Reason
REASON_REFUSALS_UNLISTED: Reason
REASON_UNKNOWN_COMP_ID: Reason
REASON_WRONG_CERTIFICATE: Reason
REASON_SESSION_NOT_PERMITTED: Reason
REASON_SESSION_TAKEN: Reason
REASON_OUTSIDE_SCHEDULE: Reason
REASON_UNREADABLE_COMMAND: Reason
REASON_WRONG_PARTITION: Reason
REASON_GOOD_UNTIL_PASSED: Reason
REASON_TRADING_DATE_TOO_OLD: Reason
REASON_DUPLICATE_CL_ORD_ID: Reason
REASON_CANCELED_BEFORE_ARRIVAL: Reason
REASON_UNKNOWN_ORDER: Reason
REASON_ORDER_NOT_OPEN: Reason
REASON_REPLACE_UNSUPPORTED: Reason
REASON_TOO_LATE_TO_CANCEL: Reason
REASON_BROKEN_INVARIANT: Reason
REASON_LIST_INVALID: Reason
REASON_ALREADY_PENDING: Reason
REASON_CONTROL_SILENT: Reason
REASON_AUDIT_BEHIND: Reason
REASON_HALTED: Reason
REASON_UNKNOWN_DESK: Reason
REASON_DESK_DISABLED: Reason
REASON_UNKNOWN_ACCOUNT: Reason
REASON_ACCOUNT_DISABLED: Reason
REASON_ACCOUNT_NOT_OF_DESK: Reason
REASON_UNKNOWN_INSTRUMENT: Reason
REASON_INSTRUMENT_DISABLED: Reason
REASON_UNKNOWN_VENUE: Reason
REASON_VENUE_DISABLED: Reason
REASON_NOT_LISTED_AT_VENUE: Reason
REASON_SESSION_CLOSED: Reason
REASON_QTY_NOT_POSITIVE: Reason
REASON_QTY_NOT_IN_LOTS: Reason
REASON_PRICE_MISSING: Reason
REASON_PRICE_NOT_POSITIVE: Reason
REASON_PRICE_NOT_IN_TICKS: Reason
REASON_UNSUPPORTED_COMBINATION: Reason
REASON_ALGORITHM_PARAMETERS: Reason
REASON_LIMIT_MISSING: Reason
REASON_ORDER_QTY_LIMIT: Reason
REASON_NO_MARKET_PRICE: Reason
REASON_MARKET_PRICE_STALE: Reason
REASON_PRICE_COLLAR: Reason
REASON_ORDER_NOTIONAL_LIMIT: Reason
REASON_OPEN_ORDERS_LIMIT: Reason
REASON_POSITION_LIMIT: Reason
REASON_EVALUATION_ERROR: Reason
REASON_UNKNOWN_CLIENT: Reason
REASON_CLIENT_DISABLED: Reason
REASON_COUNTERPARTY_STOPPED: Reason
REASON_NO_PERMISSION: Reason
REASON_RESTRICTED_INSTRUMENT: Reason
REASON_SETTLEMENT_CURRENCY: Reason
REASON_MESSAGE_RATE_LIMIT: Reason
REASON_DUPLICATE_TERMS: Reason
REASON_REPEATED_EXECUTIONS: Reason
REASON_FX_RATE_MISSING: Reason
REASON_FX_RATE_STALE: Reason
REASON_RISK_FACTORS_MISSING: Reason
REASON_RISK_FACTORS_STALE: Reason
REASON_MARKET_ORDER_LIMIT: Reason
REASON_WINDOW_COLLAR: Reason
REASON_SIGMA_COLLAR: Reason
REASON_SIGMA_SIZE: Reason
REASON_FAT_FINGER: Reason
REASON_SHORT_SALE_MARK: Reason
REASON_LOCATE_MISSING: Reason
REASON_ADV_CONCENTRATION: Reason
REASON_PORTFOLIO_CONCENTRATION: Reason
REASON_PARTICIPATION: Reason
REASON_GROSS_EXPOSURE_LIMIT: Reason
REASON_NET_EXPOSURE_LIMIT: Reason
REASON_CREDIT_LIMIT: Reason
REASON_CAPITAL_LIMIT: Reason
REASON_CASH_LIMIT: Reason
REASON_COUNTERPARTY_LIMIT: Reason
REASON_VALUE_AT_RISK_LIMIT: Reason
REASON_EXPECTED_SHORTFALL_LIMIT: Reason
REASON_STRESS_LIMIT: Reason
REASON_ORDER_TO_TRADE_LIMIT: Reason
REASON_DAY_LOSS_LIMIT: Reason
REASON_REALISED_LOSS_LIMIT: Reason
REASON_DRAWDOWN_LIMIT: Reason
REASON_SELF_MATCH: Reason
REASON_FEATURE_NOT_OFFERED: Reason
REASON_INCREASES_POSITION: Reason
REASON_TRADES_UNBOOKED: Reason
REASON_ORDER_TO_TRADE_VOLUME_LIMIT: Reason
REASON_CREDIT_NOT_HELD: Reason
REASON_OPEN_ORDERS_NOT_HELD: Reason
REASON_POSITION_NOT_HELD: Reason
REASON_RISK_NOT_HELD: Reason
REASON_LOSS_NOT_HELD: Reason
REASON_RATE_NOT_HELD: Reason
REASON_NO_VENUE_AVAILABLE: Reason
REASON_MANDATE_EXPIRED: Reason
REASON_HALTED_AT_ROUTER: Reason
REASON_BEYOND_MANDATE: Reason
REASON_NO_LIQUIDITY: Reason
REASON_END_TIME_REACHED: Reason
REASON_FOK_NOT_FILLABLE: Reason
REASON_VALIDITY_ENDED: Reason
REASON_BETWEEN_TRADING_DAYS: Reason
REASON_CONTINGENT_EXECUTED: Reason
REASON_CONTINGENT_NOT_TRIGGERED: Reason
REASON_TRADE_TAKEN_BACK: Reason
REASON_WOULD_TAKE_LIQUIDITY: Reason
REASON_HALTED_AT_EXECUTION: Reason
REASON_GOOD_UNTIL_PASSED_AT_EXECUTION: Reason
REASON_WITHDRAWN_UNSENT: Reason
REASON_NEVER_REACHED_VENUE: Reason
REASON_OUTCOME_UNKNOWN: Reason
REASON_NO_VENUE_SESSION: Reason
REASON_ENDED_BY_HAND: Reason
REASON_WITHDRAWN_FROM_VENUE: Reason
REASON_VENUE_REJECTED: Reason
REASON_VENUE_CANCELED: Reason
REASON_VENUE_EXPIRED: Reason
REASON_VENUE_CANCEL_REJECTED: Reason
REASON_VENUE_REPLACE_REJECTED: Reason
BREAK_CAUSE_UNSPECIFIED: BreakCause
BREAK_CAUSE_FILL_INFERRED: BreakCause
BREAK_CAUSE_FILLS_UNPRICED: BreakCause
BREAK_CAUSE_VENUE_CUM_BELOW: BreakCause
BREAK_CAUSE_OVERFILL: BreakCause
BREAK_CAUSE_TERMS_DIFFER: BreakCause
BREAK_CAUSE_LEAVES_DIFFER: BreakCause
BREAK_CAUSE_NOT_AT_VENUE: BreakCause
BREAK_CAUSE_NO_ANSWER: BreakCause
BREAK_CAUSE_UNKNOWN_ORDER: BreakCause
BREAK_CAUSE_UNKNOWN_EXECUTION: BreakCause
BREAK_CAUSE_OPEN_AFTER_END: BreakCause
BREAK_CAUSE_TABLE_FULL: BreakCause
RESOLUTION_KIND_UNSPECIFIED: ResolutionKind
RESOLUTION_KIND_CAUSE_GONE: ResolutionKind
RESOLUTION_KIND_ACCEPT_VENUE: ResolutionKind
RESOLUTION_KIND_KEEP_OURS: ResolutionKind
RESOLUTION_KIND_NOTED: ResolutionKind
RESOLUTION_KIND_CANCEL_AT_VENUE: ResolutionKind
EXEC_INST_UNSPECIFIED: ExecInst
EXEC_INST_PARTICIPATE_DONT_INITIATE: ExecInst
EXEC_INST_ALL_OR_NONE: ExecInst
EXEC_INST_DO_NOT_INCREASE: ExecInst
PEG_PRICE_TYPE_UNSPECIFIED: PegPriceType
PEG_PRICE_TYPE_PRIMARY: PegPriceType
PEG_PRICE_TYPE_MID: PegPriceType
PEG_PRICE_TYPE_MARKET: PegPriceType
PEG_PRICE_TYPE_TRAILING_STOP: PegPriceType
SELF_MATCH_PREVENTION_UNSPECIFIED: SelfMatchPrevention
SELF_MATCH_PREVENTION_CANCEL_AGGRESSIVE: SelfMatchPrevention
SELF_MATCH_PREVENTION_CANCEL_PASSIVE: SelfMatchPrevention
SELF_MATCH_PREVENTION_CANCEL_BOTH: SelfMatchPrevention
CONTINGENCY_TYPE_UNSPECIFIED: ContingencyType
CONTINGENCY_TYPE_ONE_CANCELS_THE_OTHER: ContingencyType
CONTINGENCY_TYPE_ONE_TRIGGERS_THE_OTHER: ContingencyType
CONTINGENCY_TYPE_ONE_UPDATES_THE_OTHER: ContingencyType
CONTINGENCY_TYPE_BRACKET: ContingencyType
LEG_STATE_UNSPECIFIED: LegState
LEG_STATE_HELD: LegState
LEG_STATE_ARMED: LegState
LEG_STATE_DUE: LegState
LEG_STATE_LIVE: LegState
LEG_STATE_LEAVING: LegState
VENUE_FEATURE_UNSPECIFIED: VenueFeature
VENUE_FEATURE_STOP: VenueFeature
VENUE_FEATURE_TRAILING_STOP: VenueFeature
VENUE_FEATURE_MARKET_TO_LIMIT: VenueFeature
VENUE_FEATURE_PEGGED: VenueFeature
VENUE_FEATURE_ICEBERG: VenueFeature
VENUE_FEATURE_HIDDEN: VenueFeature
VENUE_FEATURE_MIN_QTY: VenueFeature
VENUE_FEATURE_ALL_OR_NONE: VenueFeature
VENUE_FEATURE_POST_ONLY: VenueFeature
VENUE_FEATURE_GOOD_TILL_DATE: VenueFeature
VENUE_FEATURE_AUCTIONS: VenueFeature
VENUE_FEATURE_SELF_MATCH_PREVENTION: VenueFeature
VENUE_BEHAVIOUR_UNSPECIFIED: VenueBehaviour
VENUE_BEHAVIOUR_REPLACES_BY_NEW_ORDER: VenueBehaviour
VENUE_BEHAVIOUR_REOPENS_FILLED: VenueBehaviour
VENUE_BEHAVIOUR_ONE_REQUEST_AT_A_TIME: VenueBehaviour
VENUE_BEHAVIOUR_TAKES_MASS_CANCEL: VenueBehaviour
EXEC_RESTATEMENT_REASON_UNSPECIFIED: ExecRestatementReason
EXEC_RESTATEMENT_REASON_GT_CORPORATE_ACTION: ExecRestatementReason
EXEC_RESTATEMENT_REASON_GT_RENEWAL: ExecRestatementReason
EXEC_RESTATEMENT_REASON_VERBAL_CHANGE: ExecRestatementReason
EXEC_RESTATEMENT_REASON_REPRICING: ExecRestatementReason
EXEC_RESTATEMENT_REASON_BROKER_OPTION: ExecRestatementReason
EXEC_RESTATEMENT_REASON_PARTIAL_DECLINE: ExecRestatementReason
EXEC_RESTATEMENT_REASON_CANCEL_ON_TRADING_HALT: ExecRestatementReason
EXEC_RESTATEMENT_REASON_CANCEL_ON_SYSTEM_FAILURE: ExecRestatementReason
EXEC_RESTATEMENT_REASON_MARKET_OPTION: ExecRestatementReason
EXEC_RESTATEMENT_REASON_CANCELED_NOT_BEST: ExecRestatementReason
EXEC_RESTATEMENT_REASON_WAREHOUSE_RECAP: ExecRestatementReason
EXEC_RESTATEMENT_REASON_PEG_REFRESH: ExecRestatementReason
EXEC_RESTATEMENT_REASON_OTHER: ExecRestatementReason
DISCONNECT_CAUSE_UNSPECIFIED: DisconnectCause
DISCONNECT_CAUSE_LOGOUT: DisconnectCause
DISCONNECT_CAUSE_SOCKET_DROP: DisconnectCause
DISCONNECT_CAUSE_HEARTBEAT_LOSS: DisconnectCause
DISCONNECT_CAUSE_PROCESS_DEATH: DisconnectCause
DROP_COPY_SCOPE_UNSPECIFIED: DropCopyScope
DROP_COPY_SCOPE_CLIENT: DropCopyScope
DROP_COPY_SCOPE_DESK: DropCopyScope
DROP_COPY_SCOPE_CLEARING_MEMBER: DropCopyScope
ALERT_KIND_UNSPECIFIED: AlertKind
ALERT_KIND_POSITION: AlertKind
ALERT_KIND_DAY_LOSS: AlertKind
ALERT_KIND_REALISED_LOSS: AlertKind
ALERT_KIND_DRAWDOWN: AlertKind
ALERT_KIND_TRADE_UNKNOWN_HERE: AlertKind
ALERT_KIND_TRADE_NOT_CONFIRMED: AlertKind
ALERT_KIND_TRADE_DIFFERS: AlertKind
ALERT_KIND_HALT_TRIGGER: AlertKind
ALERT_KIND_TRADE_UNBOOKED: AlertKind
ALERT_KIND_ORDER_TO_TRADE: AlertKind
ALERT_KIND_ORDER_TO_TRADE_VOLUME: AlertKind
CHANGE_BASIS_UNSPECIFIED: ChangeBasis
CHANGE_BASIS_BOOTSTRAP: ChangeBasis
CHANGE_BASIS_BOOTSTRAP_ENDS: ChangeBasis
CHANGE_BASIS_PERSON: ChangeBasis
CHANGE_BASIS_SERVICE: ChangeBasis
