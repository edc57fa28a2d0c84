"""Which order a person means: by its id, a child's id, a ClOrdID with its desk, or what a venue calls it.

The gateway answers for ids and ClOrdIDs; a venue's order id and an execution's id are looked up in the audit (so they are known a
moment after the event). What fits several orders is refused with their ids, never guessed.
"""

import re

from oms.cli.audit_query import ask
from oms.cli.client import GatewayClient, NotFound
from oms.cli.instance import CliError, Instance, NotRunning, UsageError
from oms.core.dates import utc_date

HELP = "Order id (desk/date/ClOrdID), child id, ClOrdID (with --desk), or a venue's order or execution id."

_ORDER_ID = re.compile(r"[A-Za-z0-9._-]{1,64}/[0-9]{8}/[!-.0-9;-~]{1,64}")
_CHILD_NUMBER = re.compile(r"\.[0-9]+$")

_BY_VENUES_NAME = """
SELECT DISTINCT order_id FROM oms.events
WHERE topic = 'oms.execution' AND valid AND position(json, %(name)s) > 0
  AND (JSONExtractString(json, 'exec_id') = %(name)s OR JSONExtractString(json, 'venue_order_id') = %(name)s)
  AND (%(venue)s = '' OR JSONExtractString(json, 'venue_id') = %(venue)s)
UNION DISTINCT
SELECT DISTINCT order_id FROM oms.events
WHERE topic = 'oms.orders' AND event_type = 'NewOrder' AND position(json, %(name)s) > 0
  AND JSONExtractString(json, 'cl_ord_id') = %(name)s AND %(venue)s = ''
LIMIT 10
"""

Key = tuple[str, int, str]
"""(desk, trading date, ClOrdID)."""


def key_of(order_id: str) -> Key:
    desk_id, date, cl_ord_id = order_id.split("/")
    return desk_id, int(date), cl_ord_id


def find_order(instance: Instance, client: GatewayClient, name: str, desk_id: str) -> str:
    """The order's id. It need not be known to anybody: a cancel may come before its order.

    Raises `CliError` where nothing, or more than one order, has that name; `NotRunning` where the audit is needed and away.
    """
    if _ORDER_ID.fullmatch(name):
        return _of_child(client, name) if _CHILD_NUMBER.search(name) else name
    if "/" not in name and desk_id:
        date = utc_date(client.control_status().tape_ns)
        try:
            return str(client.order_named(desk_id, date, name).order_id)
        except NotFound:
            return f"{desk_id}/{date}/{name}"
    venue_id, _, bare = name.rpartition("/")
    if "/" in venue_id or not bare:
        raise UsageError(f"{name!r} is no id of an order: give desk/date/ClOrdID, or a ClOrdID with --desk")
    return _by_venue(instance, venue_id, bare)


def _of_child(client: GatewayClient, name: str) -> str:
    """`x.1` may be child 1 of order `x`, or an order whose ClOrdID ends so."""
    for candidate in (name, parent_of(name)):
        try:
            client.order(candidate)
        except NotFound:
            continue
        return candidate
    return name


def parent_of(name: str) -> str:
    """The order whose child that name could be; empty where it cannot be one."""
    return _CHILD_NUMBER.sub("", name) if _CHILD_NUMBER.search(name) else ""


def _by_venue(instance: Instance, venue_id: str, name: str) -> str:
    try:
        rows = ask(instance, _BY_VENUES_NAME, {"name": name, "venue": venue_id})
    except NotRunning as error:
        raise NotRunning(
            f"{name!r} must be looked up in the audit, unless --desk says whose ClOrdID it is: {error}"
        ) from None
    found = sorted({row[0] for row in rows})
    if len(found) == 1:
        return str(found[0])
    if found:
        raise CliError(f"{name!r} is the name of several orders: {', '.join(found)}; give one of these")
    raise CliError(
        f"nothing is called {name!r} (yet): give the whole id (desk/date/ClOrdID), or a ClOrdID with --desk; see `oms orders`"
    )
