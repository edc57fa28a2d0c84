"""Amounts as the API has them: 128 bits in two halves."""

from oms.v1 import types_pb2


def int128(value: int) -> types_pb2.Int128:
    return types_pb2.Int128(hi=value >> 64, lo=value & 0xFFFFFFFFFFFFFFFF)
