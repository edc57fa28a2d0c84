"""Held orders of lists and the market (until triggers)."""

from oms.core.routing.draft import Draft
from oms.core.routing.state import Parent


def ensure_watched(draft: Draft, leg: Parent) -> None:
    pass


def unwatch(draft: Draft, leg: Parent) -> None:
    pass
