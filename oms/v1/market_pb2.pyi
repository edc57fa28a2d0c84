from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Quote(_message.Message):
    __slots__ = ("time_ns", "bid_px", "bid_qty", "ask_px", "ask_qty")
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    BID_PX_FIELD_NUMBER: _ClassVar[int]
    BID_QTY_FIELD_NUMBER: _ClassVar[int]
    ASK_PX_FIELD_NUMBER: _ClassVar[int]
    ASK_QTY_FIELD_NUMBER: _ClassVar[int]
    time_ns: int
    bid_px: int
    bid_qty: int
    ask_px: int
    ask_qty: int
    def __init__(self, time_ns: _Optional[int] = ..., bid_px: _Optional[int] = ..., bid_qty: _Optional[int] = ..., ask_px: _Optional[int] = ..., ask_qty: _Optional[int] = ...) -> None: ...

class Trade(_message.Message):
    __slots__ = ("time_ns", "price", "qty", "trade_id", "suspicious")
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QTY_FIELD_NUMBER: _ClassVar[int]
    TRADE_ID_FIELD_NUMBER: _ClassVar[int]
    SUSPICIOUS_FIELD_NUMBER: _ClassVar[int]
    time_ns: int
    price: int
    qty: int
    trade_id: str
    suspicious: bool
    def __init__(self, time_ns: _Optional[int] = ..., price: _Optional[int] = ..., qty: _Optional[int] = ..., trade_id: _Optional[str] = ..., suspicious: _Optional[bool] = ...) -> None: ...

class MarketRecord(_message.Message):
    __slots__ = ("venue_id", "instrument_id", "feed_epoch", "quotes", "trades")
    VENUE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    FEED_EPOCH_FIELD_NUMBER: _ClassVar[int]
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    venue_id: str
    instrument_id: str
    feed_epoch: int
    quotes: _containers.RepeatedCompositeFieldContainer[Quote]
    trades: _containers.RepeatedCompositeFieldContainer[Trade]
    def __init__(self, venue_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., feed_epoch: _Optional[int] = ..., quotes: _Optional[_Iterable[_Union[Quote, _Mapping]]] = ..., trades: _Optional[_Iterable[_Union[Trade, _Mapping]]] = ...) -> None: ...
