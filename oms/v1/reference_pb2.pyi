from oms.v1 import commands_pb2 as _commands_pb2
from oms.v1 import enums_pb2 as _enums_pb2
from oms.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Interval(_message.Message):
    __slots__ = ("open_ns", "close_ns", "trading_date", "opening_auction_ns", "closing_auction_ns")
    OPEN_NS_FIELD_NUMBER: _ClassVar[int]
    CLOSE_NS_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    OPENING_AUCTION_NS_FIELD_NUMBER: _ClassVar[int]
    CLOSING_AUCTION_NS_FIELD_NUMBER: _ClassVar[int]
    open_ns: int
    close_ns: int
    trading_date: int
    opening_auction_ns: int
    closing_auction_ns: int
    def __init__(self, open_ns: _Optional[int] = ..., close_ns: _Optional[int] = ..., trading_date: _Optional[int] = ..., opening_auction_ns: _Optional[int] = ..., closing_auction_ns: _Optional[int] = ...) -> None: ...

class Calendar(_message.Message):
    __slots__ = ("calendar_id", "always_open", "intervals", "time_zone")
    CALENDAR_ID_FIELD_NUMBER: _ClassVar[int]
    ALWAYS_OPEN_FIELD_NUMBER: _ClassVar[int]
    INTERVALS_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    calendar_id: str
    always_open: bool
    intervals: _containers.RepeatedCompositeFieldContainer[Interval]
    time_zone: str
    def __init__(self, calendar_id: _Optional[str] = ..., always_open: _Optional[bool] = ..., intervals: _Optional[_Iterable[_Union[Interval, _Mapping]]] = ..., time_zone: _Optional[str] = ...) -> None: ...

class Instrument(_message.Message):
    __slots__ = ("instrument_id", "name", "currency", "price_scale", "qty_scale", "tick_size", "lot_size", "calendar_id", "enabled", "asset_class", "multiplier_ppm", "settlement_currency", "underlying_id", "locate_required", "base_currency")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRICE_SCALE_FIELD_NUMBER: _ClassVar[int]
    QTY_SCALE_FIELD_NUMBER: _ClassVar[int]
    TICK_SIZE_FIELD_NUMBER: _ClassVar[int]
    LOT_SIZE_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_ID_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    ASSET_CLASS_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_PPM_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATE_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    BASE_CURRENCY_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    name: str
    currency: str
    price_scale: int
    qty_scale: int
    tick_size: int
    lot_size: int
    calendar_id: str
    enabled: bool
    asset_class: _enums_pb2.AssetClass
    multiplier_ppm: int
    settlement_currency: str
    underlying_id: str
    locate_required: bool
    base_currency: str
    def __init__(self, instrument_id: _Optional[str] = ..., name: _Optional[str] = ..., currency: _Optional[str] = ..., price_scale: _Optional[int] = ..., qty_scale: _Optional[int] = ..., tick_size: _Optional[int] = ..., lot_size: _Optional[int] = ..., calendar_id: _Optional[str] = ..., enabled: _Optional[bool] = ..., asset_class: _Optional[_Union[_enums_pb2.AssetClass, str]] = ..., multiplier_ppm: _Optional[int] = ..., settlement_currency: _Optional[str] = ..., underlying_id: _Optional[str] = ..., locate_required: _Optional[bool] = ..., base_currency: _Optional[str] = ...) -> None: ...

class VenueSession(_message.Message):
    __slots__ = ("partition", "session_id", "drop_copy_id", "reset_ns")
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    DROP_COPY_ID_FIELD_NUMBER: _ClassVar[int]
    RESET_NS_FIELD_NUMBER: _ClassVar[int]
    partition: int
    session_id: str
    drop_copy_id: str
    reset_ns: int
    def __init__(self, partition: _Optional[int] = ..., session_id: _Optional[str] = ..., drop_copy_id: _Optional[str] = ..., reset_ns: _Optional[int] = ...) -> None: ...

class ZoneOffset(_message.Message):
    __slots__ = ("from_s", "offset_s")
    FROM_S_FIELD_NUMBER: _ClassVar[int]
    OFFSET_S_FIELD_NUMBER: _ClassVar[int]
    from_s: int
    offset_s: int
    def __init__(self, from_s: _Optional[int] = ..., offset_s: _Optional[int] = ...) -> None: ...

class SessionHours(_message.Message):
    __slots__ = ("hours", "time_zone", "offsets")
    HOURS_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    OFFSETS_FIELD_NUMBER: _ClassVar[int]
    hours: str
    time_zone: str
    offsets: _containers.RepeatedCompositeFieldContainer[ZoneOffset]
    def __init__(self, hours: _Optional[str] = ..., time_zone: _Optional[str] = ..., offsets: _Optional[_Iterable[_Union[ZoneOffset, _Mapping]]] = ...) -> None: ...

class MessageThrottle(_message.Message):
    __slots__ = ("messages", "window_ms", "reserve")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    RESERVE_FIELD_NUMBER: _ClassVar[int]
    messages: int
    window_ms: int
    reserve: int
    def __init__(self, messages: _Optional[int] = ..., window_ms: _Optional[int] = ..., reserve: _Optional[int] = ...) -> None: ...

class Venue(_message.Message):
    __slots__ = ("venue_id", "number", "name", "taker_fee_ppm", "taker_fee_per_unit_e8", "latency_ns", "instruments", "sessions", "heartbeat_s", "enabled", "features", "behaviours", "counterparties", "throttle", "hours", "resets_daily")
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TAKER_FEE_PPM_FIELD_NUMBER: _ClassVar[int]
    TAKER_FEE_PER_UNIT_E8_FIELD_NUMBER: _ClassVar[int]
    LATENCY_NS_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_S_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    BEHAVIOURS_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTIES_FIELD_NUMBER: _ClassVar[int]
    THROTTLE_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    RESETS_DAILY_FIELD_NUMBER: _ClassVar[int]
    venue_id: str
    number: int
    name: str
    taker_fee_ppm: int
    taker_fee_per_unit_e8: int
    latency_ns: int
    instruments: _containers.RepeatedScalarFieldContainer[str]
    sessions: _containers.RepeatedCompositeFieldContainer[VenueSession]
    heartbeat_s: int
    enabled: bool
    features: _containers.RepeatedScalarFieldContainer[_enums_pb2.VenueFeature]
    behaviours: _containers.RepeatedScalarFieldContainer[_enums_pb2.VenueBehaviour]
    counterparties: _containers.RepeatedScalarFieldContainer[str]
    throttle: MessageThrottle
    hours: SessionHours
    resets_daily: bool
    def __init__(self, venue_id: _Optional[str] = ..., number: _Optional[int] = ..., name: _Optional[str] = ..., taker_fee_ppm: _Optional[int] = ..., taker_fee_per_unit_e8: _Optional[int] = ..., latency_ns: _Optional[int] = ..., instruments: _Optional[_Iterable[str]] = ..., sessions: _Optional[_Iterable[_Union[VenueSession, _Mapping]]] = ..., heartbeat_s: _Optional[int] = ..., enabled: _Optional[bool] = ..., features: _Optional[_Iterable[_Union[_enums_pb2.VenueFeature, str]]] = ..., behaviours: _Optional[_Iterable[_Union[_enums_pb2.VenueBehaviour, str]]] = ..., counterparties: _Optional[_Iterable[str]] = ..., throttle: _Optional[_Union[MessageThrottle, _Mapping]] = ..., hours: _Optional[_Union[SessionHours, _Mapping]] = ..., resets_daily: _Optional[bool] = ...) -> None: ...

class Desk(_message.Message):
    __slots__ = ("desk_id", "name", "partition", "enabled")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    name: str
    partition: int
    enabled: bool
    def __init__(self, desk_id: _Optional[str] = ..., name: _Optional[str] = ..., partition: _Optional[int] = ..., enabled: _Optional[bool] = ...) -> None: ...

class OpeningPosition(_message.Message):
    __slots__ = ("instrument_id", "qty", "avg_price")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    AVG_PRICE_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    qty: int
    avg_price: int
    def __init__(self, instrument_id: _Optional[str] = ..., qty: _Optional[int] = ..., avg_price: _Optional[int] = ...) -> None: ...

class CashBalance(_message.Message):
    __slots__ = ("currency", "amount")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    currency: str
    amount: _types_pb2.Int128
    def __init__(self, currency: _Optional[str] = ..., amount: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ...) -> None: ...

class Account(_message.Message):
    __slots__ = ("account_id", "desk_id", "currency", "opening_positions", "enabled", "client_id", "clearing_member_id", "cash", "settlement_currencies")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    OPENING_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    CLEARING_MEMBER_ID_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_CURRENCIES_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    desk_id: str
    currency: str
    opening_positions: _containers.RepeatedCompositeFieldContainer[OpeningPosition]
    enabled: bool
    client_id: str
    clearing_member_id: str
    cash: _containers.RepeatedCompositeFieldContainer[CashBalance]
    settlement_currencies: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, account_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., currency: _Optional[str] = ..., opening_positions: _Optional[_Iterable[_Union[OpeningPosition, _Mapping]]] = ..., enabled: _Optional[bool] = ..., client_id: _Optional[str] = ..., clearing_member_id: _Optional[str] = ..., cash: _Optional[_Iterable[_Union[CashBalance, _Mapping]]] = ..., settlement_currencies: _Optional[_Iterable[str]] = ...) -> None: ...

class Person(_message.Message):
    __slots__ = ("person_id", "name", "roles", "desks", "enabled")
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    DESKS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    person_id: str
    name: str
    roles: _containers.RepeatedScalarFieldContainer[_enums_pb2.Role]
    desks: _containers.RepeatedScalarFieldContainer[str]
    enabled: bool
    def __init__(self, person_id: _Optional[str] = ..., name: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[_enums_pb2.Role, str]]] = ..., desks: _Optional[_Iterable[str]] = ..., enabled: _Optional[bool] = ...) -> None: ...

class Limit(_message.Message):
    __slots__ = ("limit_id", "kind", "scope", "scope_id", "instrument_id", "currency", "value", "effective_ns", "expires_ns", "only_order", "removed")
    LIMIT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_NS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_NS_FIELD_NUMBER: _ClassVar[int]
    ONLY_ORDER_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    limit_id: str
    kind: _enums_pb2.LimitKind
    scope: _enums_pb2.LimitScope
    scope_id: str
    instrument_id: str
    currency: str
    value: _types_pb2.Int128
    effective_ns: int
    expires_ns: int
    only_order: str
    removed: bool
    def __init__(self, limit_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.LimitKind, str]] = ..., scope: _Optional[_Union[_enums_pb2.LimitScope, str]] = ..., scope_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., currency: _Optional[str] = ..., value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., effective_ns: _Optional[int] = ..., expires_ns: _Optional[int] = ..., only_order: _Optional[str] = ..., removed: _Optional[bool] = ...) -> None: ...

class LimitProposal(_message.Message):
    __slots__ = ("proposal_id", "limit", "limit_version", "valid_until_ns")
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_VERSION_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    limit: Limit
    limit_version: int
    valid_until_ns: int
    def __init__(self, proposal_id: _Optional[str] = ..., limit: _Optional[_Union[Limit, _Mapping]] = ..., limit_version: _Optional[int] = ..., valid_until_ns: _Optional[int] = ...) -> None: ...

class LimitApproval(_message.Message):
    __slots__ = ("proposal_id", "proposal_version")
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_VERSION_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    proposal_version: int
    def __init__(self, proposal_id: _Optional[str] = ..., proposal_version: _Optional[int] = ...) -> None: ...

class Governed(_message.Message):
    __slots__ = ("counterparty", "trading_list", "trading_permission", "locate", "fx_rate", "instrument_factors", "holder_factors", "halt_trigger")
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    TRADING_LIST_FIELD_NUMBER: _ClassVar[int]
    TRADING_PERMISSION_FIELD_NUMBER: _ClassVar[int]
    LOCATE_FIELD_NUMBER: _ClassVar[int]
    FX_RATE_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FACTORS_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FACTORS_FIELD_NUMBER: _ClassVar[int]
    HALT_TRIGGER_FIELD_NUMBER: _ClassVar[int]
    counterparty: Counterparty
    trading_list: TradingList
    trading_permission: TradingPermission
    locate: Locate
    fx_rate: FxRate
    instrument_factors: InstrumentFactors
    holder_factors: HolderFactors
    halt_trigger: HaltTrigger
    def __init__(self, counterparty: _Optional[_Union[Counterparty, _Mapping]] = ..., trading_list: _Optional[_Union[TradingList, _Mapping]] = ..., trading_permission: _Optional[_Union[TradingPermission, _Mapping]] = ..., locate: _Optional[_Union[Locate, _Mapping]] = ..., fx_rate: _Optional[_Union[FxRate, _Mapping]] = ..., instrument_factors: _Optional[_Union[InstrumentFactors, _Mapping]] = ..., holder_factors: _Optional[_Union[HolderFactors, _Mapping]] = ..., halt_trigger: _Optional[_Union[HaltTrigger, _Mapping]] = ...) -> None: ...

class ChangeProposal(_message.Message):
    __slots__ = ("proposal_id", "entity", "replaces_version", "valid_until_ns")
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    REPLACES_VERSION_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    entity: Governed
    replaces_version: int
    valid_until_ns: int
    def __init__(self, proposal_id: _Optional[str] = ..., entity: _Optional[_Union[Governed, _Mapping]] = ..., replaces_version: _Optional[int] = ..., valid_until_ns: _Optional[int] = ...) -> None: ...

class ProposalWithdrawal(_message.Message):
    __slots__ = ("proposal_id", "proposal_version")
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_VERSION_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    proposal_version: int
    def __init__(self, proposal_id: _Optional[str] = ..., proposal_version: _Optional[int] = ...) -> None: ...

class ChangeApproval(_message.Message):
    __slots__ = ("proposal_id", "proposal_version")
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_VERSION_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    proposal_version: int
    def __init__(self, proposal_id: _Optional[str] = ..., proposal_version: _Optional[int] = ...) -> None: ...

class Client(_message.Message):
    __slots__ = ("client_id", "name", "enabled")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    name: str
    enabled: bool
    def __init__(self, client_id: _Optional[str] = ..., name: _Optional[str] = ..., enabled: _Optional[bool] = ...) -> None: ...

class Counterparty(_message.Message):
    __slots__ = ("counterparty_id", "name", "kind", "settlement_days", "enabled", "calendar_id")
    COUNTERPARTY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_DAYS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_ID_FIELD_NUMBER: _ClassVar[int]
    counterparty_id: str
    name: str
    kind: _enums_pb2.CounterpartyKind
    settlement_days: int
    enabled: bool
    calendar_id: str
    def __init__(self, counterparty_id: _Optional[str] = ..., name: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.CounterpartyKind, str]] = ..., settlement_days: _Optional[int] = ..., enabled: _Optional[bool] = ..., calendar_id: _Optional[str] = ...) -> None: ...

class TradingList(_message.Message):
    __slots__ = ("list_id", "kind", "instruments", "desks", "enabled")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    DESKS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    kind: _enums_pb2.TradingListKind
    instruments: _containers.RepeatedScalarFieldContainer[str]
    desks: _containers.RepeatedScalarFieldContainer[str]
    enabled: bool
    def __init__(self, list_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.TradingListKind, str]] = ..., instruments: _Optional[_Iterable[str]] = ..., desks: _Optional[_Iterable[str]] = ..., enabled: _Optional[bool] = ...) -> None: ...

class TradingPermission(_message.Message):
    __slots__ = ("permission_id", "trader", "instruments", "asset_classes", "venues", "ord_types", "algorithms", "enabled")
    PERMISSION_ID_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    ASSET_CLASSES_FIELD_NUMBER: _ClassVar[int]
    VENUES_FIELD_NUMBER: _ClassVar[int]
    ORD_TYPES_FIELD_NUMBER: _ClassVar[int]
    ALGORITHMS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    permission_id: str
    trader: str
    instruments: _containers.RepeatedScalarFieldContainer[str]
    asset_classes: _containers.RepeatedScalarFieldContainer[_enums_pb2.AssetClass]
    venues: _containers.RepeatedScalarFieldContainer[str]
    ord_types: _containers.RepeatedScalarFieldContainer[_enums_pb2.OrdType]
    algorithms: _containers.RepeatedScalarFieldContainer[_enums_pb2.Algorithm]
    enabled: bool
    def __init__(self, permission_id: _Optional[str] = ..., trader: _Optional[str] = ..., instruments: _Optional[_Iterable[str]] = ..., asset_classes: _Optional[_Iterable[_Union[_enums_pb2.AssetClass, str]]] = ..., venues: _Optional[_Iterable[str]] = ..., ord_types: _Optional[_Iterable[_Union[_enums_pb2.OrdType, str]]] = ..., algorithms: _Optional[_Iterable[_Union[_enums_pb2.Algorithm, str]]] = ..., enabled: _Optional[bool] = ...) -> None: ...

class Locate(_message.Message):
    __slots__ = ("locate_id", "account_id", "instrument_id", "qty", "expires_ns")
    LOCATE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_NS_FIELD_NUMBER: _ClassVar[int]
    locate_id: str
    account_id: str
    instrument_id: str
    qty: int
    expires_ns: int
    def __init__(self, locate_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., qty: _Optional[int] = ..., expires_ns: _Optional[int] = ...) -> None: ...

class FxRate(_message.Message):
    __slots__ = ("currency", "rate_e9", "as_of_ns")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    RATE_E9_FIELD_NUMBER: _ClassVar[int]
    AS_OF_NS_FIELD_NUMBER: _ClassVar[int]
    currency: str
    rate_e9: int
    as_of_ns: int
    def __init__(self, currency: _Optional[str] = ..., rate_e9: _Optional[int] = ..., as_of_ns: _Optional[int] = ...) -> None: ...

class InstrumentFactors(_message.Message):
    __slots__ = ("instrument_id", "model", "as_of_ns", "volatility_ppm", "adv_qty", "window_volume_qty", "window_low_px", "window_high_px", "delta_ppm", "var_ppm", "es_ppm", "stress_ppm")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    AS_OF_NS_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_PPM_FIELD_NUMBER: _ClassVar[int]
    ADV_QTY_FIELD_NUMBER: _ClassVar[int]
    WINDOW_VOLUME_QTY_FIELD_NUMBER: _ClassVar[int]
    WINDOW_LOW_PX_FIELD_NUMBER: _ClassVar[int]
    WINDOW_HIGH_PX_FIELD_NUMBER: _ClassVar[int]
    DELTA_PPM_FIELD_NUMBER: _ClassVar[int]
    VAR_PPM_FIELD_NUMBER: _ClassVar[int]
    ES_PPM_FIELD_NUMBER: _ClassVar[int]
    STRESS_PPM_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    model: str
    as_of_ns: int
    volatility_ppm: int
    adv_qty: int
    window_volume_qty: int
    window_low_px: int
    window_high_px: int
    delta_ppm: int
    var_ppm: int
    es_ppm: int
    stress_ppm: int
    def __init__(self, instrument_id: _Optional[str] = ..., model: _Optional[str] = ..., as_of_ns: _Optional[int] = ..., volatility_ppm: _Optional[int] = ..., adv_qty: _Optional[int] = ..., window_volume_qty: _Optional[int] = ..., window_low_px: _Optional[int] = ..., window_high_px: _Optional[int] = ..., delta_ppm: _Optional[int] = ..., var_ppm: _Optional[int] = ..., es_ppm: _Optional[int] = ..., stress_ppm: _Optional[int] = ...) -> None: ...

class FactorPosition(_message.Message):
    __slots__ = ("instrument_id", "qty")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    qty: int
    def __init__(self, instrument_id: _Optional[str] = ..., qty: _Optional[int] = ...) -> None: ...

class HolderFactors(_message.Message):
    __slots__ = ("factors_id", "scope", "scope_id", "currency", "model", "as_of_ns", "var", "es", "stress_loss", "marginal_ppm", "portfolio_value", "order_mean", "order_std", "order_count", "positions")
    FACTORS_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    AS_OF_NS_FIELD_NUMBER: _ClassVar[int]
    VAR_FIELD_NUMBER: _ClassVar[int]
    ES_FIELD_NUMBER: _ClassVar[int]
    STRESS_LOSS_FIELD_NUMBER: _ClassVar[int]
    MARGINAL_PPM_FIELD_NUMBER: _ClassVar[int]
    PORTFOLIO_VALUE_FIELD_NUMBER: _ClassVar[int]
    ORDER_MEAN_FIELD_NUMBER: _ClassVar[int]
    ORDER_STD_FIELD_NUMBER: _ClassVar[int]
    ORDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    factors_id: str
    scope: _enums_pb2.LimitScope
    scope_id: str
    currency: str
    model: str
    as_of_ns: int
    var: _types_pb2.Int128
    es: _types_pb2.Int128
    stress_loss: _types_pb2.Int128
    marginal_ppm: int
    portfolio_value: _types_pb2.Int128
    order_mean: _types_pb2.Int128
    order_std: _types_pb2.Int128
    order_count: int
    positions: _containers.RepeatedCompositeFieldContainer[FactorPosition]
    def __init__(self, factors_id: _Optional[str] = ..., scope: _Optional[_Union[_enums_pb2.LimitScope, str]] = ..., scope_id: _Optional[str] = ..., currency: _Optional[str] = ..., model: _Optional[str] = ..., as_of_ns: _Optional[int] = ..., var: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., es: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., stress_loss: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., marginal_ppm: _Optional[int] = ..., portfolio_value: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., order_mean: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., order_std: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., order_count: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[FactorPosition, _Mapping]]] = ...) -> None: ...

class CancelOnDisconnect(_message.Message):
    __slots__ = ("cause", "grace_ns")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    GRACE_NS_FIELD_NUMBER: _ClassVar[int]
    cause: _enums_pb2.DisconnectCause
    grace_ns: int
    def __init__(self, cause: _Optional[_Union[_enums_pb2.DisconnectCause, str]] = ..., grace_ns: _Optional[int] = ...) -> None: ...

class FixSession(_message.Message):
    __slots__ = ("session_id", "comp_id", "our_comp_id", "begin_string", "appl_ver_id", "desk_id", "client_id", "accounts", "person_id", "certificate_subject", "calendar_id", "open_s", "close_s", "resets_daily", "resets_on_logon", "heartbeat_s_min", "heartbeat_s_max", "cancels", "drop_copy", "enabled", "reset_ns", "hours")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    COMP_ID_FIELD_NUMBER: _ClassVar[int]
    OUR_COMP_ID_FIELD_NUMBER: _ClassVar[int]
    BEGIN_STRING_FIELD_NUMBER: _ClassVar[int]
    APPL_VER_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_ID_FIELD_NUMBER: _ClassVar[int]
    OPEN_S_FIELD_NUMBER: _ClassVar[int]
    CLOSE_S_FIELD_NUMBER: _ClassVar[int]
    RESETS_DAILY_FIELD_NUMBER: _ClassVar[int]
    RESETS_ON_LOGON_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_S_MIN_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_S_MAX_FIELD_NUMBER: _ClassVar[int]
    CANCELS_FIELD_NUMBER: _ClassVar[int]
    DROP_COPY_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    RESET_NS_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    comp_id: str
    our_comp_id: str
    begin_string: str
    appl_ver_id: str
    desk_id: str
    client_id: str
    accounts: _containers.RepeatedScalarFieldContainer[str]
    person_id: str
    certificate_subject: str
    calendar_id: str
    open_s: int
    close_s: int
    resets_daily: bool
    resets_on_logon: bool
    heartbeat_s_min: int
    heartbeat_s_max: int
    cancels: _containers.RepeatedCompositeFieldContainer[CancelOnDisconnect]
    drop_copy: _enums_pb2.DropCopyScope
    enabled: bool
    reset_ns: int
    hours: SessionHours
    def __init__(self, session_id: _Optional[str] = ..., comp_id: _Optional[str] = ..., our_comp_id: _Optional[str] = ..., begin_string: _Optional[str] = ..., appl_ver_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., client_id: _Optional[str] = ..., accounts: _Optional[_Iterable[str]] = ..., person_id: _Optional[str] = ..., certificate_subject: _Optional[str] = ..., calendar_id: _Optional[str] = ..., open_s: _Optional[int] = ..., close_s: _Optional[int] = ..., resets_daily: _Optional[bool] = ..., resets_on_logon: _Optional[bool] = ..., heartbeat_s_min: _Optional[int] = ..., heartbeat_s_max: _Optional[int] = ..., cancels: _Optional[_Iterable[_Union[CancelOnDisconnect, _Mapping]]] = ..., drop_copy: _Optional[_Union[_enums_pb2.DropCopyScope, str]] = ..., enabled: _Optional[bool] = ..., reset_ns: _Optional[int] = ..., hours: _Optional[_Union[SessionHours, _Mapping]] = ...) -> None: ...

class HaltTrigger(_message.Message):
    __slots__ = ("trigger_id", "kind", "scope", "scope_id", "currency", "threshold", "window_ns", "count_min", "action", "cancel_open", "grace_ns", "enabled")
    TRIGGER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    WINDOW_NS_FIELD_NUMBER: _ClassVar[int]
    COUNT_MIN_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CANCEL_OPEN_FIELD_NUMBER: _ClassVar[int]
    GRACE_NS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    trigger_id: str
    kind: _enums_pb2.HaltTriggerKind
    scope: _enums_pb2.HaltScope
    scope_id: str
    currency: str
    threshold: _types_pb2.Int128
    window_ns: int
    count_min: int
    action: _enums_pb2.HaltAction
    cancel_open: bool
    grace_ns: int
    enabled: bool
    def __init__(self, trigger_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.HaltTriggerKind, str]] = ..., scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., currency: _Optional[str] = ..., threshold: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., window_ns: _Optional[int] = ..., count_min: _Optional[int] = ..., action: _Optional[_Union[_enums_pb2.HaltAction, str]] = ..., cancel_open: _Optional[bool] = ..., grace_ns: _Optional[int] = ..., enabled: _Optional[bool] = ...) -> None: ...

class ReferenceChange(_message.Message):
    __slots__ = ("entity", "replaces_version", "entered_ns", "reason", "provenance", "basis")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    REPLACES_VERSION_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    entity: Entity
    replaces_version: int
    entered_ns: int
    reason: str
    provenance: _commands_pb2.Provenance
    basis: _enums_pb2.ChangeBasis
    def __init__(self, entity: _Optional[_Union[Entity, _Mapping]] = ..., replaces_version: _Optional[int] = ..., entered_ns: _Optional[int] = ..., reason: _Optional[str] = ..., provenance: _Optional[_Union[_commands_pb2.Provenance, _Mapping]] = ..., basis: _Optional[_Union[_enums_pb2.ChangeBasis, str]] = ...) -> None: ...

class Entity(_message.Message):
    __slots__ = ("calendar", "instrument", "venue", "desk", "account", "person", "limit", "fix_session", "client", "counterparty", "trading_list", "trading_permission", "locate", "fx_rate", "limit_proposal", "limit_approval", "instrument_factors", "holder_factors", "halt_trigger", "change_proposal", "change_approval", "proposal_withdrawal")
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    DESK_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    FIX_SESSION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    TRADING_LIST_FIELD_NUMBER: _ClassVar[int]
    TRADING_PERMISSION_FIELD_NUMBER: _ClassVar[int]
    LOCATE_FIELD_NUMBER: _ClassVar[int]
    FX_RATE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    LIMIT_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FACTORS_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FACTORS_FIELD_NUMBER: _ClassVar[int]
    HALT_TRIGGER_FIELD_NUMBER: _ClassVar[int]
    CHANGE_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    CHANGE_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_WITHDRAWAL_FIELD_NUMBER: _ClassVar[int]
    calendar: Calendar
    instrument: Instrument
    venue: Venue
    desk: Desk
    account: Account
    person: Person
    limit: Limit
    fix_session: FixSession
    client: Client
    counterparty: Counterparty
    trading_list: TradingList
    trading_permission: TradingPermission
    locate: Locate
    fx_rate: FxRate
    limit_proposal: LimitProposal
    limit_approval: LimitApproval
    instrument_factors: InstrumentFactors
    holder_factors: HolderFactors
    halt_trigger: HaltTrigger
    change_proposal: ChangeProposal
    change_approval: ChangeApproval
    proposal_withdrawal: ProposalWithdrawal
    def __init__(self, calendar: _Optional[_Union[Calendar, _Mapping]] = ..., instrument: _Optional[_Union[Instrument, _Mapping]] = ..., venue: _Optional[_Union[Venue, _Mapping]] = ..., desk: _Optional[_Union[Desk, _Mapping]] = ..., account: _Optional[_Union[Account, _Mapping]] = ..., person: _Optional[_Union[Person, _Mapping]] = ..., limit: _Optional[_Union[Limit, _Mapping]] = ..., fix_session: _Optional[_Union[FixSession, _Mapping]] = ..., client: _Optional[_Union[Client, _Mapping]] = ..., counterparty: _Optional[_Union[Counterparty, _Mapping]] = ..., trading_list: _Optional[_Union[TradingList, _Mapping]] = ..., trading_permission: _Optional[_Union[TradingPermission, _Mapping]] = ..., locate: _Optional[_Union[Locate, _Mapping]] = ..., fx_rate: _Optional[_Union[FxRate, _Mapping]] = ..., limit_proposal: _Optional[_Union[LimitProposal, _Mapping]] = ..., limit_approval: _Optional[_Union[LimitApproval, _Mapping]] = ..., instrument_factors: _Optional[_Union[InstrumentFactors, _Mapping]] = ..., holder_factors: _Optional[_Union[HolderFactors, _Mapping]] = ..., halt_trigger: _Optional[_Union[HaltTrigger, _Mapping]] = ..., change_proposal: _Optional[_Union[ChangeProposal, _Mapping]] = ..., change_approval: _Optional[_Union[ChangeApproval, _Mapping]] = ..., proposal_withdrawal: _Optional[_Union[ProposalWithdrawal, _Mapping]] = ...) -> None: ...
