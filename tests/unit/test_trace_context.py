"""What clients may say about a trace, and what of it is kept."""

import pytest

from oms.wire.trace_context import (
    TraceContext,
    from_field,
    from_metadata,
    parse_traceparent,
    read_stored,
    stored,
)

TRACE, SPAN, NEW = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "e" * 32


@pytest.mark.parametrize(
    ("text", "context"),
    [
        (f"00-{TRACE}-{SPAN}-01", TraceContext(TRACE, SPAN)),
        (f"00-{TRACE}-{SPAN}-03", TraceContext(TRACE, SPAN)),
        (f"00-{TRACE}-{SPAN}-00", TraceContext(TRACE, "")),
        (f"00-{TRACE}-{SPAN}-02", TraceContext(TRACE, "")),
        (f"cc-{TRACE}-{SPAN}-01", TraceContext(TRACE, SPAN)),
        (f"cc-{TRACE}-{SPAN}-01-what-will-be", TraceContext(TRACE, SPAN)),
        (f"cc-{TRACE}-{SPAN}-01.what", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}-01-", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE[:-1]}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}-1", None),
        (f"00-{TRACE}-{SPAN}-01\n", None),
        (f"0{chr(0x0660)}-{TRACE}-{SPAN}-01", None),
        ("", None),
    ],
)
def test_a_traceparent_is_read_as_w3c_says(text: str, context: TraceContext | None) -> None:
    assert parse_traceparent(text) == context


@pytest.mark.parametrize("context", [TraceContext(TRACE, ""), TraceContext(TRACE, SPAN)])
def test_what_is_stored_is_read_back(context: TraceContext) -> None:
    assert read_stored(stored(context)) == context
    assert len(stored(context)) <= 64, "the contract's bound"


@pytest.mark.parametrize("text", ["", "0123456789abcdef", "trace-a1", f"{TRACE}-{SPAN}-00", f"{TRACE}\n"])
def test_a_trace_id_of_another_form_says_nothing(text: str) -> None:
    assert read_stored(text) is None


def test_the_metadata_of_a_call_names_its_trace() -> None:
    sampled, unsampled = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"
    assert from_metadata((("user-agent", "x"), ("traceparent", sampled)), NEW) == TraceContext(TRACE, SPAN)
    assert from_metadata((("traceparent", unsampled), ("tracestate", "a=b")), NEW) == TraceContext(TRACE, "")


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("traceparent", "rubbish"),),
        (("traceparent", f"00-{TRACE}-{SPAN}-01"), ("traceparent", f"00-{TRACE}-{SPAN}-01")),
        (("traceparent", f"00-{TRACE}-{SPAN}-01".encode()),),
        (("tracestate", "a=b"),),
    ],
)
def test_without_a_good_traceparent_a_new_trace_begins(metadata: tuple[tuple[str, str | bytes], ...]) -> None:
    assert from_metadata(metadata, NEW) == TraceContext(NEW, "")


def test_a_field_takes_a_trace_id_or_a_traceparent() -> None:
    assert from_field(TRACE) == TraceContext(TRACE, "")
    assert from_field(f"00-{TRACE}-{SPAN}-01") == TraceContext(TRACE, SPAN)
    for refused in ("0" * 32, TRACE.upper(), f"{TRACE}-{SPAN}-01", "mine"):
        assert from_field(refused) is None, refused
