"""`WatchAlerts`: the alerts that are open, and what becomes of them, to whoever may see them.

A subscriber that is slow costs no memory: it is told from the board's own list of changes, or everything anew where it fell out of that.
Its rights are asked for again with every answer.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace

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

    def sees(desk_id: str) -> bool:
        wanted = desk_id == request.desk_id if request.desk_id else True
        return wanted and (caller.sees_all_alerts or bool(desk_id and caller.sees(desk_id)))

    seen: list[Shown] = []
    for shown in told:
        if sees(desk_of(shown.raised, reference)):
            seen.append(shown)
        elif shown.left is not None and sees(shown.left):
            seen.append(replace(shown, cleared=True))  # over for whoever sees the desk that it left
    answers = []
    parts = _parts(seen) if seen or not whole else [[]]
    for number, part in enumerate(parts):
        answer = api.WatchAlertsResponse(whole=whole and not number, more=whole and number + 1 < len(parts))
        answer.cleared.extend(cleared_alert(shown) for shown in part if shown.cleared)
        answer.raised.extend(open_alert(shown, reference) for shown in part if not shown.cleared)
        answers.append(answer)
    return answers


def _parts(seen: Iterable[Shown]) -> list[list[Shown]]:
    """What one answer says each: of one alert one word, for raised and cleared are told apart from each other and not in order."""
    parts: list[list[Shown]] = []
    named: set[tuple[str, int, str]] = set()
    for shown in seen:
        if not parts or shown.key in named or len(parts[-1]) == ALERTS_PER_ANSWER:
            parts.append([])
            named = set()
        parts[-1].append(shown)
        named.add(shown.key)
    return parts
