from oms.v1 import enums_pb2 as _enums_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Provenance(_message.Message):
    __slots__ = ("entered_by", "on_behalf_of", "source", "trader", "strategy")
    ENTERED_BY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    entered_by: str
    on_behalf_of: str
    source: str
    trader: str
    strategy: str
    def __init__(self, entered_by: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., source: _Optional[str] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ...) -> None: ...

class TwapParameters(_message.Message):
    __slots__ = ("start_ns", "end_ns", "slices")
    START_NS_FIELD_NUMBER: _ClassVar[int]
    END_NS_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    start_ns: int
    end_ns: int
    slices: int
    def __init__(self, start_ns: _Optional[int] = ..., end_ns: _Optional[int] = ..., slices: _Optional[int] = ...) -> None: ...

class Peg(_message.Message):
    __slots__ = ("price_type", "offset")
    PRICE_TYPE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    price_type: _enums_pb2.PegPriceType
    offset: int
    def __init__(self, price_type: _Optional[_Union[_enums_pb2.PegPriceType, str]] = ..., offset: _Optional[int] = ...) -> None: ...

class Instructions(_message.Message):
    __slots__ = ("stop_px", "display_qty", "min_qty", "exec_inst", "peg", "expire_ns", "expire_date", "good_for_ns", "smp", "smp_id")
    STOP_PX_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_QTY_FIELD_NUMBER: _ClassVar[int]
    MIN_QTY_FIELD_NUMBER: _ClassVar[int]
    EXEC_INST_FIELD_NUMBER: _ClassVar[int]
    PEG_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_NS_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_DATE_FIELD_NUMBER: _ClassVar[int]
    GOOD_FOR_NS_FIELD_NUMBER: _ClassVar[int]
    SMP_FIELD_NUMBER: _ClassVar[int]
    SMP_ID_FIELD_NUMBER: _ClassVar[int]
    stop_px: int
    display_qty: int
    min_qty: int
    exec_inst: _containers.RepeatedScalarFieldContainer[_enums_pb2.ExecInst]
    peg: Peg
    expire_ns: int
    expire_date: int
    good_for_ns: int
    smp: _enums_pb2.SelfMatchPrevention
    smp_id: str
    def __init__(self, stop_px: _Optional[int] = ..., display_qty: _Optional[int] = ..., min_qty: _Optional[int] = ..., exec_inst: _Optional[_Iterable[_Union[_enums_pb2.ExecInst, str]]] = ..., peg: _Optional[_Union[Peg, _Mapping]] = ..., expire_ns: _Optional[int] = ..., expire_date: _Optional[int] = ..., good_for_ns: _Optional[int] = ..., smp: _Optional[_Union[_enums_pb2.SelfMatchPrevention, str]] = ..., smp_id: _Optional[str] = ...) -> None: ...

class NewOrder(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "account_id", "instrument_id", "side", "ord_type", "time_in_force", "order_qty", "price", "algorithm", "venue_id", "twap", "good_until_ns", "entered_ns", "trace_id", "provenance", "instructions", "list_id")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    ORD_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    TWAP_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    ord_type: _enums_pb2.OrdType
    time_in_force: _enums_pb2.TimeInForce
    order_qty: int
    price: int
    algorithm: _enums_pb2.Algorithm
    venue_id: str
    twap: TwapParameters
    good_until_ns: int
    entered_ns: int
    trace_id: str
    provenance: Provenance
    instructions: Instructions
    list_id: str
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., ord_type: _Optional[_Union[_enums_pb2.OrdType, str]] = ..., time_in_force: _Optional[_Union[_enums_pb2.TimeInForce, str]] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., algorithm: _Optional[_Union[_enums_pb2.Algorithm, str]] = ..., venue_id: _Optional[str] = ..., twap: _Optional[_Union[TwapParameters, _Mapping]] = ..., good_until_ns: _Optional[int] = ..., entered_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., instructions: _Optional[_Union[Instructions, _Mapping]] = ..., list_id: _Optional[str] = ...) -> None: ...

class CancelOrder(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "orig_trading_date", "orig_cl_ord_id", "entered_ns", "trace_id", "provenance")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    entered_ns: int
    trace_id: str
    provenance: Provenance
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., orig_trading_date: _Optional[int] = ..., orig_cl_ord_id: _Optional[str] = ..., entered_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ...) -> None: ...

class ReplaceOrder(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "orig_trading_date", "orig_cl_ord_id", "order_qty", "price", "twap", "good_until_ns", "entered_ns", "trace_id", "provenance", "instructions")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    TWAP_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    order_qty: int
    price: int
    twap: TwapParameters
    good_until_ns: int
    entered_ns: int
    trace_id: str
    provenance: Provenance
    instructions: Instructions
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., orig_trading_date: _Optional[int] = ..., orig_cl_ord_id: _Optional[str] = ..., order_qty: _Optional[int] = ..., price: _Optional[int] = ..., twap: _Optional[_Union[TwapParameters, _Mapping]] = ..., good_until_ns: _Optional[int] = ..., entered_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., instructions: _Optional[_Union[Instructions, _Mapping]] = ...) -> None: ...

class OrderFilter(_message.Message):
    __slots__ = ("desk_id", "account_id", "instrument_id", "side", "trader", "strategy", "venue_id", "source", "client_id", "counterparty_id")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_ID_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    trader: str
    strategy: str
    venue_id: str
    source: str
    client_id: str
    counterparty_id: str
    def __init__(self, desk_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ..., venue_id: _Optional[str] = ..., source: _Optional[str] = ..., client_id: _Optional[str] = ..., counterparty_id: _Optional[str] = ...) -> None: ...

class MassCancelOrders(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "account_id", "instrument_id", "entered_ns", "trace_id", "provenance", "side", "trader", "strategy", "venue_id", "source")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    account_id: str
    instrument_id: str
    entered_ns: int
    trace_id: str
    provenance: Provenance
    side: _enums_pb2.Side
    trader: str
    strategy: str
    venue_id: str
    source: str
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., entered_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ..., venue_id: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class NewOrderList(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "contingency", "orders", "good_until_ns", "entered_ns", "trace_id", "provenance")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    CONTINGENCY_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    GOOD_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    contingency: _enums_pb2.ContingencyType
    orders: _containers.RepeatedCompositeFieldContainer[NewOrder]
    good_until_ns: int
    entered_ns: int
    trace_id: str
    provenance: Provenance
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., contingency: _Optional[_Union[_enums_pb2.ContingencyType, str]] = ..., orders: _Optional[_Iterable[_Union[NewOrder, _Mapping]]] = ..., good_until_ns: _Optional[int] = ..., entered_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ...) -> None: ...

class CancelOrderList(_message.Message):
    __slots__ = ("desk_id", "trading_date", "cl_ord_id", "orig_trading_date", "orig_cl_ord_id", "entered_ns", "trace_id", "provenance")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ORIG_TRADING_DATE_FIELD_NUMBER: _ClassVar[int]
    ORIG_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    ENTERED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    trading_date: int
    cl_ord_id: str
    orig_trading_date: int
    orig_cl_ord_id: str
    entered_ns: int
    trace_id: str
    provenance: Provenance
    def __init__(self, desk_id: _Optional[str] = ..., trading_date: _Optional[int] = ..., cl_ord_id: _Optional[str] = ..., orig_trading_date: _Optional[int] = ..., orig_cl_ord_id: _Optional[str] = ..., entered_ns: _Optional[int] = ..., trace_id: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("new_order", "cancel_order", "replace_order", "mass_cancel_orders", "new_order_list", "cancel_order_list")
    NEW_ORDER_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDER_FIELD_NUMBER: _ClassVar[int]
    REPLACE_ORDER_FIELD_NUMBER: _ClassVar[int]
    MASS_CANCEL_ORDERS_FIELD_NUMBER: _ClassVar[int]
    NEW_ORDER_LIST_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ORDER_LIST_FIELD_NUMBER: _ClassVar[int]
    new_order: NewOrder
    cancel_order: CancelOrder
    replace_order: ReplaceOrder
    mass_cancel_orders: MassCancelOrders
    new_order_list: NewOrderList
    cancel_order_list: CancelOrderList
    def __init__(self, new_order: _Optional[_Union[NewOrder, _Mapping]] = ..., cancel_order: _Optional[_Union[CancelOrder, _Mapping]] = ..., replace_order: _Optional[_Union[ReplaceOrder, _Mapping]] = ..., mass_cancel_orders: _Optional[_Union[MassCancelOrders, _Mapping]] = ..., new_order_list: _Optional[_Union[NewOrderList, _Mapping]] = ..., cancel_order_list: _Optional[_Union[CancelOrderList, _Mapping]] = ...) -> None: ...
