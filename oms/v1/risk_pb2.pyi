from oms.v1 import alerts_pb2 as _alerts_pb2
from oms.v1 import commands_pb2 as _commands_pb2
from oms.v1 import credit_pb2 as _credit_pb2
from oms.v1 import enums_pb2 as _enums_pb2
from oms.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EvidenceInput(_message.Message):
    __slots__ = ("kind", "entity_id", "version", "age_ns")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AGE_NS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    entity_id: str
    version: int
    age_ns: int
    def __init__(self, kind: _Optional[str] = ..., entity_id: _Optional[str] = ..., version: _Optional[int] = ..., age_ns: _Optional[int] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("reference_position", "control_position", "market_partition", "market_position", "reference_price", "reference_age_ns", "checks", "limit_versions", "thresholds", "before", "after", "wall_ns", "tape_ns", "inputs")
    REFERENCE_POSITION_FIELD_NUMBER: _ClassVar[int]
    CONTROL_POSITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_PARTITION_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_PRICE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_AGE_NS_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    TAPE_NS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    reference_position: int
    control_position: int
    market_partition: int
    market_position: int
    reference_price: int
    reference_age_ns: int
    checks: _containers.RepeatedScalarFieldContainer[int]
    limit_versions: _containers.RepeatedScalarFieldContainer[int]
    thresholds: _types_pb2.Int128Column
    before: _types_pb2.Int128Column
    after: _types_pb2.Int128Column
    wall_ns: int
    tape_ns: int
    inputs: _containers.RepeatedCompositeFieldContainer[EvidenceInput]
    def __init__(self, reference_position: _Optional[int] = ..., control_position: _Optional[int] = ..., market_partition: _Optional[int] = ..., market_position: _Optional[int] = ..., reference_price: _Optional[int] = ..., reference_age_ns: _Optional[int] = ..., checks: _Optional[_Iterable[int]] = ..., limit_versions: _Optional[_Iterable[int]] = ..., thresholds: _Optional[_Union[_types_pb2.Int128Column, _Mapping]] = ..., before: _Optional[_Union[_types_pb2.Int128Column, _Mapping]] = ..., after: _Optional[_Union[_types_pb2.Int128Column, _Mapping]] = ..., wall_ns: _Optional[int] = ..., tape_ns: _Optional[int] = ..., inputs: _Optional[_Iterable[_Union[EvidenceInput, _Mapping]]] = ...) -> None: ...

class Mandate(_message.Message):
    __slots__ = ("order_qty", "worst_price", "venues", "venue_max_qty", "algorithm", "expires_ns", "reduces_from")
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    WORST_PRICE_FIELD_NUMBER: _ClassVar[int]
    VENUES_FIELD_NUMBER: _ClassVar[int]
    VENUE_MAX_QTY_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_NS_FIELD_NUMBER: _ClassVar[int]
    REDUCES_FROM_FIELD_NUMBER: _ClassVar[int]
    order_qty: int
    worst_price: int
    venues: _containers.RepeatedScalarFieldContainer[str]
    venue_max_qty: _containers.RepeatedScalarFieldContainer[int]
    algorithm: _enums_pb2.Algorithm
    expires_ns: int
    reduces_from: int
    def __init__(self, order_qty: _Optional[int] = ..., worst_price: _Optional[int] = ..., venues: _Optional[_Iterable[str]] = ..., venue_max_qty: _Optional[_Iterable[int]] = ..., algorithm: _Optional[_Union[_enums_pb2.Algorithm, str]] = ..., expires_ns: _Optional[int] = ..., reduces_from: _Optional[int] = ...) -> None: ...

class OrderAccepted(_message.Message):
    __slots__ = ("order_id", "order", "mandate", "evidence", "value_px")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    VALUE_PX_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    order: _commands_pb2.NewOrder
    mandate: Mandate
    evidence: Evidence
    value_px: int
    def __init__(self, order_id: _Optional[str] = ..., order: _Optional[_Union[_commands_pb2.NewOrder, _Mapping]] = ..., mandate: _Optional[_Union[Mandate, _Mapping]] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., value_px: _Optional[int] = ...) -> None: ...

class OrderRejected(_message.Message):
    __slots__ = ("order_id", "order", "reason", "text", "evidence")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    order: _commands_pb2.NewOrder
    reason: _enums_pb2.Reason
    text: str
    evidence: Evidence
    def __init__(self, order_id: _Optional[str] = ..., order: _Optional[_Union[_commands_pb2.NewOrder, _Mapping]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ...) -> None: ...

class CancelAccepted(_message.Message):
    __slots__ = ("order_id", "cancel", "wall_ns")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cancel: _commands_pb2.CancelOrder
    wall_ns: int
    def __init__(self, order_id: _Optional[str] = ..., cancel: _Optional[_Union[_commands_pb2.CancelOrder, _Mapping]] = ..., wall_ns: _Optional[int] = ...) -> None: ...

class CancelRejected(_message.Message):
    __slots__ = ("order_id", "cancel", "reason", "text", "wall_ns")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cancel: _commands_pb2.CancelOrder
    reason: _enums_pb2.Reason
    text: str
    wall_ns: int
    def __init__(self, order_id: _Optional[str] = ..., cancel: _Optional[_Union[_commands_pb2.CancelOrder, _Mapping]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., wall_ns: _Optional[int] = ...) -> None: ...

class ReplaceAccepted(_message.Message):
    __slots__ = ("order_id", "replace", "mandate", "evidence", "value_px")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    MANDATE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    VALUE_PX_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    replace: _commands_pb2.ReplaceOrder
    mandate: Mandate
    evidence: Evidence
    value_px: int
    def __init__(self, order_id: _Optional[str] = ..., replace: _Optional[_Union[_commands_pb2.ReplaceOrder, _Mapping]] = ..., mandate: _Optional[_Union[Mandate, _Mapping]] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., value_px: _Optional[int] = ...) -> None: ...

class ReplaceRejected(_message.Message):
    __slots__ = ("order_id", "replace", "reason", "text", "evidence")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    replace: _commands_pb2.ReplaceOrder
    reason: _enums_pb2.Reason
    text: str
    evidence: Evidence
    def __init__(self, order_id: _Optional[str] = ..., replace: _Optional[_Union[_commands_pb2.ReplaceOrder, _Mapping]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ...) -> None: ...

class MassCancelStarted(_message.Message):
    __slots__ = ("mass_cancel", "control_offset", "scope", "scope_id", "matched", "filter")
    MASS_CANCEL_FIELD_NUMBER: _ClassVar[int]
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    mass_cancel: _commands_pb2.MassCancelOrders
    control_offset: int
    scope: _enums_pb2.HaltScope
    scope_id: str
    matched: int
    filter: _commands_pb2.OrderFilter
    def __init__(self, mass_cancel: _Optional[_Union[_commands_pb2.MassCancelOrders, _Mapping]] = ..., control_offset: _Optional[int] = ..., scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., matched: _Optional[int] = ..., filter: _Optional[_Union[_commands_pb2.OrderFilter, _Mapping]] = ...) -> None: ...

class MassCancelStep(_message.Message):
    __slots__ = ("started_seq", "order_ids", "remaining", "venue_id", "venue_ids")
    STARTED_SEQ_FIELD_NUMBER: _ClassVar[int]
    ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_IDS_FIELD_NUMBER: _ClassVar[int]
    started_seq: int
    order_ids: _containers.RepeatedScalarFieldContainer[str]
    remaining: int
    venue_id: str
    venue_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, started_seq: _Optional[int] = ..., order_ids: _Optional[_Iterable[str]] = ..., remaining: _Optional[int] = ..., venue_id: _Optional[str] = ..., venue_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ControlApplied(_message.Message):
    __slots__ = ("control_offset",)
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    def __init__(self, control_offset: _Optional[int] = ...) -> None: ...

class ReferenceApplied(_message.Message):
    __slots__ = ("kind", "entity_id", "version")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    kind: str
    entity_id: str
    version: int
    def __init__(self, kind: _Optional[str] = ..., entity_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ExposureMoved(_message.Message):
    __slots__ = ("order_id", "account_id", "instrument_id", "exec_id", "last_qty", "last_px", "signed_qty", "position_qty", "reserved_qty", "liquidity", "inferred")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    SIGNED_QTY_FIELD_NUMBER: _ClassVar[int]
    POSITION_QTY_FIELD_NUMBER: _ClassVar[int]
    RESERVED_QTY_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    INFERRED_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    account_id: str
    instrument_id: str
    exec_id: str
    last_qty: int
    last_px: int
    signed_qty: int
    position_qty: int
    reserved_qty: int
    liquidity: _enums_pb2.Liquidity
    inferred: bool
    def __init__(self, order_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[int] = ..., signed_qty: _Optional[int] = ..., position_qty: _Optional[int] = ..., reserved_qty: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., inferred: _Optional[bool] = ...) -> None: ...

class OrderClosed(_message.Message):
    __slots__ = ("order_id", "released_qty", "closed_date")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    RELEASED_QTY_FIELD_NUMBER: _ClassVar[int]
    CLOSED_DATE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    released_qty: int
    closed_date: int
    def __init__(self, order_id: _Optional[str] = ..., released_qty: _Optional[int] = ..., closed_date: _Optional[int] = ...) -> None: ...

class ReplaceSettled(_message.Message):
    __slots__ = ("order_id", "cl_ord_id", "applied", "order_qty")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    cl_ord_id: str
    applied: bool
    order_qty: int
    def __init__(self, order_id: _Optional[str] = ..., cl_ord_id: _Optional[str] = ..., applied: _Optional[bool] = ..., order_qty: _Optional[int] = ...) -> None: ...

class ExposureRepriced(_message.Message):
    __slots__ = ("order_id", "account_id", "instrument_id", "exec_id", "inferred_exec_id", "last_qty", "last_px", "inferred_px", "signed_qty", "liquidity")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    INFERRED_EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_QTY_FIELD_NUMBER: _ClassVar[int]
    LAST_PX_FIELD_NUMBER: _ClassVar[int]
    INFERRED_PX_FIELD_NUMBER: _ClassVar[int]
    SIGNED_QTY_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    account_id: str
    instrument_id: str
    exec_id: str
    inferred_exec_id: str
    last_qty: int
    last_px: int
    inferred_px: int
    signed_qty: int
    liquidity: _enums_pb2.Liquidity
    def __init__(self, order_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., inferred_exec_id: _Optional[str] = ..., last_qty: _Optional[int] = ..., last_px: _Optional[int] = ..., inferred_px: _Optional[int] = ..., signed_qty: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ...) -> None: ...

class ExposureCorrected(_message.Message):
    __slots__ = ("order_id", "account_id", "instrument_id", "exec_id", "exec_ref_id", "old_qty", "old_px", "new_qty", "new_px", "signed_qty", "position_qty", "reserved_qty", "liquidity", "text", "side")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_REF_ID_FIELD_NUMBER: _ClassVar[int]
    OLD_QTY_FIELD_NUMBER: _ClassVar[int]
    OLD_PX_FIELD_NUMBER: _ClassVar[int]
    NEW_QTY_FIELD_NUMBER: _ClassVar[int]
    NEW_PX_FIELD_NUMBER: _ClassVar[int]
    SIGNED_QTY_FIELD_NUMBER: _ClassVar[int]
    POSITION_QTY_FIELD_NUMBER: _ClassVar[int]
    RESERVED_QTY_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    account_id: str
    instrument_id: str
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    signed_qty: int
    position_qty: int
    reserved_qty: int
    liquidity: _enums_pb2.Liquidity
    text: str
    side: _enums_pb2.Side
    def __init__(self, order_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., exec_ref_id: _Optional[str] = ..., old_qty: _Optional[int] = ..., old_px: _Optional[int] = ..., new_qty: _Optional[int] = ..., new_px: _Optional[int] = ..., signed_qty: _Optional[int] = ..., position_qty: _Optional[int] = ..., reserved_qty: _Optional[int] = ..., liquidity: _Optional[_Union[_enums_pb2.Liquidity, str]] = ..., text: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ...) -> None: ...

class ListAccepted(_message.Message):
    __slots__ = ("list_id", "order_list")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_LIST_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    order_list: _commands_pb2.NewOrderList
    def __init__(self, list_id: _Optional[str] = ..., order_list: _Optional[_Union[_commands_pb2.NewOrderList, _Mapping]] = ...) -> None: ...

class ListRejected(_message.Message):
    __slots__ = ("list_id", "order_list", "order_cl_ord_id", "reason", "text", "evidence")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_LIST_FIELD_NUMBER: _ClassVar[int]
    ORDER_CL_ORD_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    order_list: _commands_pb2.NewOrderList
    order_cl_ord_id: str
    reason: _enums_pb2.Reason
    text: str
    evidence: Evidence
    def __init__(self, list_id: _Optional[str] = ..., order_list: _Optional[_Union[_commands_pb2.NewOrderList, _Mapping]] = ..., order_cl_ord_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ...) -> None: ...

class ListStep(_message.Message):
    __slots__ = ("started_seq", "list_id", "remaining")
    STARTED_SEQ_FIELD_NUMBER: _ClassVar[int]
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    started_seq: int
    list_id: str
    remaining: int
    def __init__(self, started_seq: _Optional[int] = ..., list_id: _Optional[str] = ..., remaining: _Optional[int] = ...) -> None: ...

class ListCancelAccepted(_message.Message):
    __slots__ = ("list_id", "cancel", "matched")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    cancel: _commands_pb2.CancelOrderList
    matched: int
    def __init__(self, list_id: _Optional[str] = ..., cancel: _Optional[_Union[_commands_pb2.CancelOrderList, _Mapping]] = ..., matched: _Optional[int] = ...) -> None: ...

class ListCancelRejected(_message.Message):
    __slots__ = ("list_id", "cancel", "reason", "text")
    LIST_ID_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    list_id: str
    cancel: _commands_pb2.CancelOrderList
    reason: _enums_pb2.Reason
    text: str
    def __init__(self, list_id: _Optional[str] = ..., cancel: _Optional[_Union[_commands_pb2.CancelOrderList, _Mapping]] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., text: _Optional[str] = ...) -> None: ...

class OrderReduced(_message.Message):
    __slots__ = ("order_id", "order_qty")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_QTY_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    order_qty: int
    def __init__(self, order_id: _Optional[str] = ..., order_qty: _Optional[int] = ...) -> None: ...

class RepeatsForgiven(_message.Message):
    __slots__ = ("strategy", "control_offset")
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    strategy: str
    control_offset: int
    def __init__(self, strategy: _Optional[str] = ..., control_offset: _Optional[int] = ...) -> None: ...

class HoldingMark(_message.Message):
    __slots__ = ("instrument_id", "price", "value_px")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VALUE_PX_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    price: int
    value_px: int
    def __init__(self, instrument_id: _Optional[str] = ..., price: _Optional[int] = ..., value_px: _Optional[int] = ...) -> None: ...

class LiquidationStarted(_message.Message):
    __slots__ = ("control_offset", "scope", "scope_id", "reason", "entered_by", "holdings")
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENTERED_BY_FIELD_NUMBER: _ClassVar[int]
    HOLDINGS_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    scope: _enums_pb2.HaltScope
    scope_id: str
    reason: str
    entered_by: str
    holdings: int
    def __init__(self, control_offset: _Optional[int] = ..., scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., entered_by: _Optional[str] = ..., holdings: _Optional[int] = ...) -> None: ...

class LiquidatedHolding(_message.Message):
    __slots__ = ("account_id", "instrument_id", "position_qty", "order_id", "reason", "next_ns", "market_position")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_QTY_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NEXT_NS_FIELD_NUMBER: _ClassVar[int]
    MARKET_POSITION_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    instrument_id: str
    position_qty: int
    order_id: str
    reason: _enums_pb2.Reason
    next_ns: int
    market_position: int
    def __init__(self, account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., position_qty: _Optional[int] = ..., order_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., next_ns: _Optional[int] = ..., market_position: _Optional[int] = ...) -> None: ...

class LiquidationStep(_message.Message):
    __slots__ = ("control_offset", "holdings", "remaining")
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    HOLDINGS_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    holdings: _containers.RepeatedCompositeFieldContainer[LiquidatedHolding]
    remaining: int
    def __init__(self, control_offset: _Optional[int] = ..., holdings: _Optional[_Iterable[_Union[LiquidatedHolding, _Mapping]]] = ..., remaining: _Optional[int] = ...) -> None: ...

class LiquidationDone(_message.Message):
    __slots__ = ("control_offset", "remaining", "lifted")
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    LIFTED_FIELD_NUMBER: _ClassVar[int]
    control_offset: int
    remaining: int
    lifted: bool
    def __init__(self, control_offset: _Optional[int] = ..., remaining: _Optional[int] = ..., lifted: _Optional[bool] = ...) -> None: ...

class HoldingsMarked(_message.Message):
    __slots__ = ("marks",)
    MARKS_FIELD_NUMBER: _ClassVar[int]
    marks: _containers.RepeatedCompositeFieldContainer[HoldingMark]
    def __init__(self, marks: _Optional[_Iterable[_Union[HoldingMark, _Mapping]]] = ...) -> None: ...

class HaltTriggerTripped(_message.Message):
    __slots__ = ("trigger_id", "trigger_version", "kind", "scope", "scope_id", "action", "cancel_open", "figure", "threshold", "inputs", "at_ns", "wall_ns", "control_position", "text")
    TRIGGER_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CANCEL_OPEN_FIELD_NUMBER: _ClassVar[int]
    FIGURE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_POSITION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    trigger_id: str
    trigger_version: int
    kind: _enums_pb2.HaltTriggerKind
    scope: _enums_pb2.HaltScope
    scope_id: str
    action: _enums_pb2.HaltAction
    cancel_open: bool
    figure: _types_pb2.Int128
    threshold: _types_pb2.Int128
    inputs: _containers.RepeatedCompositeFieldContainer[EvidenceInput]
    at_ns: int
    wall_ns: int
    control_position: int
    text: str
    def __init__(self, trigger_id: _Optional[str] = ..., trigger_version: _Optional[int] = ..., kind: _Optional[_Union[_enums_pb2.HaltTriggerKind, str]] = ..., scope: _Optional[_Union[_enums_pb2.HaltScope, str]] = ..., scope_id: _Optional[str] = ..., action: _Optional[_Union[_enums_pb2.HaltAction, str]] = ..., cancel_open: _Optional[bool] = ..., figure: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., threshold: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., inputs: _Optional[_Iterable[_Union[EvidenceInput, _Mapping]]] = ..., at_ns: _Optional[int] = ..., wall_ns: _Optional[int] = ..., control_position: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class HaltTriggerRearmed(_message.Message):
    __slots__ = ("trigger_id", "trigger_version", "control_offset", "figure", "grace_until_ns")
    TRIGGER_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    FIGURE_FIELD_NUMBER: _ClassVar[int]
    GRACE_UNTIL_NS_FIELD_NUMBER: _ClassVar[int]
    trigger_id: str
    trigger_version: int
    control_offset: int
    figure: _types_pb2.Int128
    grace_until_ns: int
    def __init__(self, trigger_id: _Optional[str] = ..., trigger_version: _Optional[int] = ..., control_offset: _Optional[int] = ..., figure: _Optional[_Union[_types_pb2.Int128, _Mapping]] = ..., grace_until_ns: _Optional[int] = ...) -> None: ...

class VenueSessionChanged(_message.Message):
    __slots__ = ("session_id", "venue_id", "is_up", "at_ns")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    IS_UP_FIELD_NUMBER: _ClassVar[int]
    AT_NS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    venue_id: str
    is_up: bool
    at_ns: int
    def __init__(self, session_id: _Optional[str] = ..., venue_id: _Optional[str] = ..., is_up: _Optional[bool] = ..., at_ns: _Optional[int] = ...) -> None: ...

class ChildRefused(_message.Message):
    __slots__ = ("order_id", "child_id", "reason", "wall_ns")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CHILD_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    child_id: str
    reason: _enums_pb2.Reason
    wall_ns: int
    def __init__(self, order_id: _Optional[str] = ..., child_id: _Optional[str] = ..., reason: _Optional[_Union[_enums_pb2.Reason, str]] = ..., wall_ns: _Optional[int] = ...) -> None: ...

class OrderRecalled(_message.Message):
    __slots__ = ("order_id", "desk_id", "account_id", "instrument_id", "side", "trader", "strategy", "venue_id", "closed_date", "text")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TRADER_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSED_DATE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    desk_id: str
    account_id: str
    instrument_id: str
    side: _enums_pb2.Side
    trader: str
    strategy: str
    venue_id: str
    closed_date: int
    text: str
    def __init__(self, order_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., account_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., side: _Optional[_Union[_enums_pb2.Side, str]] = ..., trader: _Optional[str] = ..., strategy: _Optional[str] = ..., venue_id: _Optional[str] = ..., closed_date: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class TradeUnbooked(_message.Message):
    __slots__ = ("order_id", "desk_id", "exec_id", "exec_ref_id", "old_qty", "old_px", "new_qty", "new_px", "text")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_ID_FIELD_NUMBER: _ClassVar[int]
    EXEC_REF_ID_FIELD_NUMBER: _ClassVar[int]
    OLD_QTY_FIELD_NUMBER: _ClassVar[int]
    OLD_PX_FIELD_NUMBER: _ClassVar[int]
    NEW_QTY_FIELD_NUMBER: _ClassVar[int]
    NEW_PX_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    desk_id: str
    exec_id: str
    exec_ref_id: str
    old_qty: int
    old_px: int
    new_qty: int
    new_px: int
    text: str
    def __init__(self, order_id: _Optional[str] = ..., desk_id: _Optional[str] = ..., exec_id: _Optional[str] = ..., exec_ref_id: _Optional[str] = ..., old_qty: _Optional[int] = ..., old_px: _Optional[int] = ..., new_qty: _Optional[int] = ..., new_px: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class UnbookedSettled(_message.Message):
    __slots__ = ("desk_id", "control_offset")
    DESK_ID_FIELD_NUMBER: _ClassVar[int]
    CONTROL_OFFSET_FIELD_NUMBER: _ClassVar[int]
    desk_id: str
    control_offset: int
    def __init__(self, desk_id: _Optional[str] = ..., control_offset: _Optional[int] = ...) -> None: ...

class RiskEvent(_message.Message):
    __slots__ = ("order_accepted", "order_rejected", "cancel_accepted", "cancel_rejected", "replace_accepted", "replace_rejected", "mass_cancel_started", "mass_cancel_step", "control_applied", "exposure_moved", "order_closed", "replace_settled", "exposure_repriced", "list_accepted", "list_rejected", "list_step", "list_cancel_accepted", "list_cancel_rejected", "order_reduced", "exposure_corrected", "repeats_forgiven", "holdings_marked", "halt_trigger_tripped", "halt_trigger_rearmed", "venue_session_changed", "child_refused", "liquidation_started", "liquidation_step", "liquidation_done", "order_recalled", "trade_unbooked", "unbooked_settled", "credit_wanted", "credit_taken", "recall_noted", "use_noted", "credit_released", "reference_applied", "alert_raised", "alert_cleared")
    ORDER_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    ORDER_REJECTED_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REJECTED_FIELD_NUMBER: _ClassVar[int]
    REPLACE_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REPLACE_REJECTED_FIELD_NUMBER: _ClassVar[int]
    MASS_CANCEL_STARTED_FIELD_NUMBER: _ClassVar[int]
    MASS_CANCEL_STEP_FIELD_NUMBER: _ClassVar[int]
    CONTROL_APPLIED_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_MOVED_FIELD_NUMBER: _ClassVar[int]
    ORDER_CLOSED_FIELD_NUMBER: _ClassVar[int]
    REPLACE_SETTLED_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_REPRICED_FIELD_NUMBER: _ClassVar[int]
    LIST_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    LIST_REJECTED_FIELD_NUMBER: _ClassVar[int]
    LIST_STEP_FIELD_NUMBER: _ClassVar[int]
    LIST_CANCEL_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    LIST_CANCEL_REJECTED_FIELD_NUMBER: _ClassVar[int]
    ORDER_REDUCED_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_CORRECTED_FIELD_NUMBER: _ClassVar[int]
    REPEATS_FORGIVEN_FIELD_NUMBER: _ClassVar[int]
    HOLDINGS_MARKED_FIELD_NUMBER: _ClassVar[int]
    HALT_TRIGGER_TRIPPED_FIELD_NUMBER: _ClassVar[int]
    HALT_TRIGGER_REARMED_FIELD_NUMBER: _ClassVar[int]
    VENUE_SESSION_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CHILD_REFUSED_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_STARTED_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_STEP_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_DONE_FIELD_NUMBER: _ClassVar[int]
    ORDER_RECALLED_FIELD_NUMBER: _ClassVar[int]
    TRADE_UNBOOKED_FIELD_NUMBER: _ClassVar[int]
    UNBOOKED_SETTLED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_WANTED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_TAKEN_FIELD_NUMBER: _ClassVar[int]
    RECALL_NOTED_FIELD_NUMBER: _ClassVar[int]
    USE_NOTED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_RELEASED_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_APPLIED_FIELD_NUMBER: _ClassVar[int]
    ALERT_RAISED_FIELD_NUMBER: _ClassVar[int]
    ALERT_CLEARED_FIELD_NUMBER: _ClassVar[int]
    order_accepted: OrderAccepted
    order_rejected: OrderRejected
    cancel_accepted: CancelAccepted
    cancel_rejected: CancelRejected
    replace_accepted: ReplaceAccepted
    replace_rejected: ReplaceRejected
    mass_cancel_started: MassCancelStarted
    mass_cancel_step: MassCancelStep
    control_applied: ControlApplied
    exposure_moved: ExposureMoved
    order_closed: OrderClosed
    replace_settled: ReplaceSettled
    exposure_repriced: ExposureRepriced
    list_accepted: ListAccepted
    list_rejected: ListRejected
    list_step: ListStep
    list_cancel_accepted: ListCancelAccepted
    list_cancel_rejected: ListCancelRejected
    order_reduced: OrderReduced
    exposure_corrected: ExposureCorrected
    repeats_forgiven: RepeatsForgiven
    holdings_marked: HoldingsMarked
    halt_trigger_tripped: HaltTriggerTripped
    halt_trigger_rearmed: HaltTriggerRearmed
    venue_session_changed: VenueSessionChanged
    child_refused: ChildRefused
    liquidation_started: LiquidationStarted
    liquidation_step: LiquidationStep
    liquidation_done: LiquidationDone
    order_recalled: OrderRecalled
    trade_unbooked: TradeUnbooked
    unbooked_settled: UnbookedSettled
    credit_wanted: _credit_pb2.CreditWanted
    credit_taken: _credit_pb2.CreditTaken
    recall_noted: _credit_pb2.RecallNoted
    use_noted: _credit_pb2.UseNoted
    credit_released: _credit_pb2.CreditReleased
    reference_applied: ReferenceApplied
    alert_raised: _alerts_pb2.AlertRaised
    alert_cleared: _alerts_pb2.AlertCleared
    def __init__(self, order_accepted: _Optional[_Union[OrderAccepted, _Mapping]] = ..., order_rejected: _Optional[_Union[OrderRejected, _Mapping]] = ..., cancel_accepted: _Optional[_Union[CancelAccepted, _Mapping]] = ..., cancel_rejected: _Optional[_Union[CancelRejected, _Mapping]] = ..., replace_accepted: _Optional[_Union[ReplaceAccepted, _Mapping]] = ..., replace_rejected: _Optional[_Union[ReplaceRejected, _Mapping]] = ..., mass_cancel_started: _Optional[_Union[MassCancelStarted, _Mapping]] = ..., mass_cancel_step: _Optional[_Union[MassCancelStep, _Mapping]] = ..., control_applied: _Optional[_Union[ControlApplied, _Mapping]] = ..., exposure_moved: _Optional[_Union[ExposureMoved, _Mapping]] = ..., order_closed: _Optional[_Union[OrderClosed, _Mapping]] = ..., replace_settled: _Optional[_Union[ReplaceSettled, _Mapping]] = ..., exposure_repriced: _Optional[_Union[ExposureRepriced, _Mapping]] = ..., list_accepted: _Optional[_Union[ListAccepted, _Mapping]] = ..., list_rejected: _Optional[_Union[ListRejected, _Mapping]] = ..., list_step: _Optional[_Union[ListStep, _Mapping]] = ..., list_cancel_accepted: _Optional[_Union[ListCancelAccepted, _Mapping]] = ..., list_cancel_rejected: _Optional[_Union[ListCancelRejected, _Mapping]] = ..., order_reduced: _Optional[_Union[OrderReduced, _Mapping]] = ..., exposure_corrected: _Optional[_Union[ExposureCorrected, _Mapping]] = ..., repeats_forgiven: _Optional[_Union[RepeatsForgiven, _Mapping]] = ..., holdings_marked: _Optional[_Union[HoldingsMarked, _Mapping]] = ..., halt_trigger_tripped: _Optional[_Union[HaltTriggerTripped, _Mapping]] = ..., halt_trigger_rearmed: _Optional[_Union[HaltTriggerRearmed, _Mapping]] = ..., venue_session_changed: _Optional[_Union[VenueSessionChanged, _Mapping]] = ..., child_refused: _Optional[_Union[ChildRefused, _Mapping]] = ..., liquidation_started: _Optional[_Union[LiquidationStarted, _Mapping]] = ..., liquidation_step: _Optional[_Union[LiquidationStep, _Mapping]] = ..., liquidation_done: _Optional[_Union[LiquidationDone, _Mapping]] = ..., order_recalled: _Optional[_Union[OrderRecalled, _Mapping]] = ..., trade_unbooked: _Optional[_Union[TradeUnbooked, _Mapping]] = ..., unbooked_settled: _Optional[_Union[UnbookedSettled, _Mapping]] = ..., credit_wanted: _Optional[_Union[_credit_pb2.CreditWanted, _Mapping]] = ..., credit_taken: _Optional[_Union[_credit_pb2.CreditTaken, _Mapping]] = ..., recall_noted: _Optional[_Union[_credit_pb2.RecallNoted, _Mapping]] = ..., use_noted: _Optional[_Union[_credit_pb2.UseNoted, _Mapping]] = ..., credit_released: _Optional[_Union[_credit_pb2.CreditReleased, _Mapping]] = ..., reference_applied: _Optional[_Union[ReferenceApplied, _Mapping]] = ..., alert_raised: _Optional[_Union[_alerts_pb2.AlertRaised, _Mapping]] = ..., alert_cleared: _Optional[_Union[_alerts_pb2.AlertCleared, _Mapping]] = ...) -> None: ...
