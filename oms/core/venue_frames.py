"""FIX frames of venue sessions as they were on the wire: the records of `oms.venue-wire`. For the audit; nothing is decided on them.

What a frame meant is in the journal of execution, before it was sent and as it was processed. Here are its bytes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VenueFrame:
    """`sent`: by us. `order_id`: of our order that it is about; empty where it is about none that has our name. `at_ns`: wall time.

    `raw`: the whole frame, but for passwords (554, 925), which are `***`.
    """

    session_id: str
    venue_id: str
    sent: bool
    order_id: str
    raw: bytes
    at_ns: int


@dataclass(frozen=True, slots=True)
class VenueFrames:
    """Frames of one partition's sessions, in the order of the wire. `wall_ns`: when the record was made."""

    wall_ns: int
    frames: tuple[VenueFrame, ...]
