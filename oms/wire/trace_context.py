"""Which trace a command belongs to, and whether its client asked for it: what a `trace_id` field says, on the edge and in the log.

Source: W3C Trace Context, level 1 (`traceparent`). In the log a `trace_id` is

    <32 hex>                    the trace; nobody asked for it
    <32 hex>-<16 hex>-01        the trace, the client's span under which it hangs, and that the client asked (sampled)

`tracestate` is not kept: nothing of ours reads it. Pure; whoever needs a new trace hands in its id.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

TRACEPARENT_KEY = "traceparent"
"""In the metadata of a gRPC call."""

FIELD_TAKES = "must be empty, a trace id (32 lower-case hex digits, not all 0), or a W3C traceparent"

Metadata = Sequence[tuple[str, str | bytes]]
"""Of a gRPC call, as the server sees it: keys in lower case."""

_SAMPLED = 0x01
_TRACE = re.compile(r"[0-9a-f]{32}")
_STORED = re.compile(r"([0-9a-f]{32})(?:-([0-9a-f]{16})-01)?")
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII | re.DOTALL)


class TraceContext(NamedTuple):
    """`parent_id` is the client's span, empty where the client did not ask for the trace."""

    trace_id: str
    parent_id: str

    @property
    def asked(self) -> bool:
        return bool(self.parent_id)


def stored(context: TraceContext) -> str:
    """The `trace_id` that commands and envelopes carry; at most 52 bytes.

    >>> stored(TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"))
    '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    """
    return f"{context.trace_id}-{context.parent_id}-01" if context.parent_id else context.trace_id


def read_stored(trace_id: str) -> TraceContext | None:
    """What a `trace_id` in the log says; None where it says nothing (empty, or written before it had this form)."""
    found = _STORED.fullmatch(trace_id)
    return TraceContext(found[1], found[2] or "") if found is not None else None


def parse_traceparent(text: str) -> TraceContext | None:
    """A `traceparent`; None where it is malformed. An unsampled one keeps its trace and asks for nothing.

    A version above 00 is read as far as 00 goes, as W3C asks; ff is no version, and 00 has nothing after its flags.

    >>> parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").asked
    True
    >>> parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
    TraceContext(trace_id='0af7651916cd43dd8448eb211c80319c', parent_id='')
    >>> parse_traceparent("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") is None
    True
    """
    found = _TRACEPARENT.fullmatch(text)
    if found is None:
        return None
    version, trace_id, parent_id, flags, rest = found.groups()
    if version == "ff" or (version == "00" and rest) or not int(trace_id, 16) or not int(parent_id, 16):
        return None
    return TraceContext(trace_id, parent_id if int(flags, 16) & _SAMPLED else "")


def from_field(text: str) -> TraceContext | None:
    """What a client may write into a request's `trace_id`; None where it is neither a trace id nor a traceparent."""
    if _TRACE.fullmatch(text):
        return TraceContext(text, "") if int(text, 16) else None
    return parse_traceparent(text)


def from_metadata(metadata: Metadata, new_trace_id: str) -> TraceContext:
    """The trace of a call: the one its `traceparent` names, else a new one. Malformed, or there twice: as if it were not there."""
    named = [value for key, value in metadata if key == TRACEPARENT_KEY]
    context = parse_traceparent(named[0].strip()) if len(named) == 1 and isinstance(named[0], str) else None
    return context or TraceContext(new_trace_id, "")
