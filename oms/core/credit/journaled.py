"""What the grantor journals: its own events, and its word that it has read a change of control, as every stage gives it."""

from oms.core.credit.events import GrantorEvent
from oms.core.risk_events import ControlApplied

CreditEvent = GrantorEvent | ControlApplied
