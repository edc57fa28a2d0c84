"""`WatchAlerts`: the alerts that are open, and what becomes of them, to whoever may see them.

A subscriber that is slow costs no memory: it is told from the board's own list of changes, or everything anew where it fell out of that.
Its rights are asked for again with every answer.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from oms.gateway.alert_board import Shown, cleared_alert, desk_of, open_alert
from oms.gateway.identity import Right
from oms.gateway.refusal import Code, Refused
from oms.runtime.gateway_auth import CallAccess
from oms.runtime.gateway_stream import IDLE_S, Streams
from oms.v1 import gateway_pb2 as api

ALERTS_PER_ANSWER = 500
"""Some hundred kB; what is open beyond that comes in further answers."""


async def alerts(
    streams: Streams, request: api.WatchAlertsRequest, access: CallAccess
) -> AsyncGenerator[api.WatchAlertsResponse]:
    """The answers. Refused for a desk that the caller may not see."""
    view, woken = streams.view, asyncio.Event()
    view.alert_listeners.add(woken)
    change = -1
    try:
        while True:
            woken.clear()
            if streams.stopping:
                raise Refused(Code.UNAVAILABLE, "the gateway stops: ask again")
            _require(request, access)
            changes = view.alerts.since(change) if change >= 0 else None
            change = view.alerts.next_change
            told = view.alerts.open.values() if changes is None else changes
            for answer in _answers(streams, request, access, told, changes is None):
                yield answer
            if change != view.alerts.next_change:
                continue
            try:
                async with asyncio.timeout(IDLE_S):
                    await woken.wait()
            except TimeoutError:
                yield api.WatchAlertsResponse()
    finally:
        view.alert_listeners.discard(woken)


def _require(request: api.WatchAlertsRequest, access: CallAccess) -> None:
    access.require(Right.READ)
    if request.desk_id and not access.caller().sees_all_alerts:
        access.desk(Right.READ, request.desk_id)


def _answers(
    streams: Streams, request: api.WatchAlertsRequest, access: CallAccess, told: Iterable[Shown], whole: bool
) -> list[api.WatchAlertsResponse]:
    """One answer says everything, or only the first of several is `whole`; none where there is nothing to say."""
    reference, caller = streams.view.reference, access.caller()
    seen = []
    for shown in told:
        desk_id = desk_of(shown.raised, reference)
        wanted = desk_id == request.desk_id if request.desk_id else True
        if wanted and (caller.sees_all_alerts or (desk_id and caller.sees(desk_id))):
            seen.append(shown)
    answers = []
    for first in range(0, max(len(seen), int(whole)), ALERTS_PER_ANSWER):
        answer = api.WatchAlertsResponse(whole=whole and not first, more=first + ALERTS_PER_ANSWER < len(seen))
        for shown in seen[first : first + ALERTS_PER_ANSWER]:
            if shown.cleared:
                answer.cleared.append(cleared_alert(shown))
            else:
                answer.raised.append(open_alert(shown, reference))
        answers.append(answer)
    return answers
