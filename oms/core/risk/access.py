"""Checks of who may trade what, with whom: the client, the trader's permissions, lists of instruments, the stop-list of counterparties.

Each narrows what may be done: a smart order is cut down to the venues that are left, and refused where none is.
"""

from dataclasses import replace

from oms.core.commands import order_id_of
from oms.core.enums import Algorithm
from oms.core.reasons import Reason
from oms.core.risk.judgement import PASSED, CheckResult, Judgement, refused
from oms.core.risk.reference_index import in_force, with_others
from oms.core.risk_reference import TradingPermission


def client_enabled(j: Judgement) -> CheckResult:
    """Where no client is registered, a client is a name and nothing more."""
    clients = j.state.reference.clients
    client_id = j.state.reference.accounts[j.order.account_id].client_id
    if not client_id or not clients:
        return PASSED
    client = clients.get(client_id)
    if client is None:
        return refused(Reason.UNKNOWN_CLIENT, f"client {client_id!r} of account {j.order.account_id} is not known")
    if not client.enabled:
        return refused(Reason.CLIENT_DISABLED, f"client {client_id} is disabled")
    return PASSED


def trading_permitted(j: Judgement) -> CheckResult:
    """The evidence's value is the number of the trader's permissions. Where nobody has any, everybody may.

    Everybody whom the order is held against needs one: naming another trader, or amending another's order, permits nothing. A machine that
    enters orders is in no reference data, and no trader.
    """
    permissions, people = j.state.index().permissions, j.state.reference.people
    if not permissions:
        return PASSED
    first, named = PASSED, {who.trader for who in j.people}
    for number, trader in enumerate([name for name in j.traders if name in named or name in people]):
        result = _permitted(j, trader, permissions.get(trader, ()))
        if result.reason is not None:
            return result
        first = first if number else result
    return first


def _permitted(j: Judgement, trader: str, mine: tuple[TradingPermission, ...]) -> CheckResult:
    """From here on the mandate names only venues that the trader's permissions reach."""
    allowed = [permission for permission in mine if _allows(j, permission)]
    reachable = {venue_id for permission in allowed for venue_id in permission.venues or j.venues}
    venues = tuple(venue_id for venue_id in j.venues if venue_id in reachable)
    if not venues:
        o = j.order
        what = f"{o.instrument_id} by {o.ord_type.name} {o.algorithm.name} {o.venue_id}".rstrip()
        text = f"none of the {len(mine)} permissions of trader {trader!r} allows {what}"
        return CheckResult(1, len(mine), 0, reason=Reason.NO_PERMISSION, text=text)
    j.venues = venues
    return CheckResult(1, len(mine), len(allowed))


def _allows(j: Judgement, permission: TradingPermission) -> bool:
    o, asset_class = j.order, j.instrument.asset_class
    return (
        (not permission.instruments or o.instrument_id in permission.instruments)
        and (not permission.asset_classes or asset_class in permission.asset_classes)
        and (not permission.ord_types or o.ord_type in permission.ord_types)
        and (not permission.algorithms or o.algorithm in permission.algorithms)
        and (o.algorithm is not Algorithm.DIRECT or not permission.venues or o.venue_id in permission.venues)
    )


def not_restricted(j: Judgement) -> CheckResult:
    """The evidence's value is 1 where the instrument is watched: that refuses nothing, and can be found."""
    o, index = j.order, j.state.index()
    if any(not desks or o.desk_id in desks for desks in index.restricted.get(o.instrument_id, ())):
        text = f"{o.instrument_id} is on a restricted list of desk {o.desk_id}"
        return refused(Reason.RESTRICTED_INSTRUMENT, text)
    watched = any(not desks or o.desk_id in desks for desks in index.watched.get(o.instrument_id, ()))
    return CheckResult(0, int(watched), int(watched))


def counterparty_open(j: Judgement) -> CheckResult:
    """A counterparty that is not known is stopped. From here on the limits that bind the order now are known."""
    venues, known = j.state.reference.venues, j.state.reference.counterparties
    stopped: dict[str, str] = {}
    for venue_id in j.venues:
        for name in venues[venue_id].counterparties:
            if name not in known or not known[name].enabled:
                stopped[venue_id] = name
    if stopped:
        j.venues = tuple(venue_id for venue_id in j.venues if venue_id not in stopped)
        if not j.venues:
            names = ", ".join(sorted(set(stopped.values())))
            return refused(Reason.COUNTERPARTY_STOPPED, f"counterparty {names} is not known or on the stop-list")
    index, o = j.state.index(), j.order
    j.limits = index.covering(o, j.instrument, j.venues)
    if j.amender is not None:
        by_amender = index.covering(replace(o, provenance=j.amender), j.instrument, j.venues)
        j.limits = with_others(j.limits, by_amender)
    if index.timed:
        order_id = order_id_of(o.desk_id, o.trading_date, o.cl_ord_id)
        j.limits = in_force(j.limits, j.conditions.wall_ns, order_id)
    return PASSED


def settlement_currency(j: Judgement) -> CheckResult:
    account, instrument = j.state.reference.accounts[j.order.account_id], j.instrument
    pair = (instrument.base_currency,) if instrument.base_currency else ()
    for currency in (instrument.settlement_currency or instrument.currency, *pair):
        if account.settlement_currencies and currency not in account.settlement_currencies:
            text = f"account {account.account_id} does not settle in {currency}"
            return refused(Reason.SETTLEMENT_CURRENCY, text)
    return PASSED
