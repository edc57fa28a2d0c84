"""What the simulated venues answer to OrderMassCancelRequest (35=q): OrderMassCancelReport (35=r). Pure.

It does not know which orders there are (`oms.venues.exchange`).
"""

from collections.abc import Collection

from oms.venues import messages as m

BY_SECURITY, ALL = 1, 7
"""MassCancelRequestType (530), and MassCancelResponse (531) where it is done."""

REFUSED = 0
"""MassCancelResponse (531)."""

NOT_SUPPORTED, UNKNOWN_SECURITY = 0, 1
"""MassCancelRejectReason (532): one character in FIX 4.4, which has none for other reasons; the text tells."""

MASS_CANCELED = "canceled by a mass cancel"
"""Text (58) of what ends by it."""


def obstacle(request: m.OrderMassCancelRequest, symbols: Collection[str], holds: bool) -> tuple[int, str] | None:
    """Why the request is refused: MassCancelRejectReason (532) and words. `holds`: an order of it is where requests wait."""
    kind = request.mass_cancel_request_type
    if kind not in (BY_SECURITY, ALL):
        return NOT_SUPPORTED, f"MassCancelRequestType {kind}: only 1 (one instrument) and 7 (all)"
    if (kind == BY_SECURITY) is not bool(request.symbol):
        return NOT_SUPPORTED, "Symbol goes with MassCancelRequestType 1, and with no other"
    if request.symbol and request.symbol not in symbols:
        return UNKNOWN_SECURITY, f"no instrument {request.symbol} here"
    return (NOT_SUPPORTED, "requests wait here: cancel order by order") if holds else None


def accepted(request: m.OrderMassCancelRequest, orders: int, now_ns: int) -> m.OrderMassCancelReport:
    kind = request.mass_cancel_request_type
    return m.OrderMassCancelReport(
        0, request.cl_ord_id, request.cl_ord_id, kind, kind, None, orders, request.symbol, now_ns
    )


def refused(request: m.OrderMassCancelRequest, reason: int, text: str, now_ns: int) -> m.OrderMassCancelReport:
    kind = request.mass_cancel_request_type
    return m.OrderMassCancelReport(
        0, request.cl_ord_id, request.cl_ord_id, kind, REFUSED, reason, None, request.symbol, now_ns, text
    )
