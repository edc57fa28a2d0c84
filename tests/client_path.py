"""Clients that are logged on by FIX, and the whole path in memory behind them."""

from path_world import NOW, WHO, WORLD

from oms.core.reference import Entity, FixSession, entity_key
from oms.fix import dictionary
from oms.fix.validation import rejection
from oms.testing.client_world import BEGIN, Client, ClientWorld
from oms.testing.pipeline import Pipeline
from oms.testing.sim_venue import Script, SimVenue

VERSIONS = tuple(BEGIN)


def path(more: tuple[Entity, ...] = (), now_ns: int = NOW) -> Pipeline:
    p = Pipeline([SimVenue("XALP-P0", Script(True, ())), SimVenue("XBET-P0", Script(True, ()))], now_ns)
    replaced = {entity_key(entity) for entity in more}
    p.entities((*(e for e in WORLD if entity_key(e) not in replaced), *more), WHO)
    p.quote("XALP", "ACME", (99_900, 500), (100_000, 60))
    p.quote("XBET", "ACME", (99_800, 500), (100_100, 500))
    p.run()
    return p


def connected(*sessions: FixSession, more: tuple[Entity, ...] = ()) -> tuple[ClientWorld, list[Client]]:
    world = ClientWorld(path(more), sessions, WHO)
    world.run(10)
    clients = [world.client(terms) for terms in sessions]
    for client in clients:
        client.connect()
    world.run(20)
    assert all(client.fix.state.logged_on for client in clients), [m.raw for c in clients for m in c.heard]
    return world, clients


def fill(world: ClientWorld, qty: int) -> None:
    """Executions of what rests, at the first venue that has it."""
    fill_at(world.p, qty)


def fill_at(p: Pipeline, qty: int) -> None:
    for venue in p.venues.values():
        for resting in venue.distinct_orders():
            if resting.leaves:
                venue.fill(resting.cl_ord_ids[-1], qty)
                return
    raise AssertionError("nothing rests")


def well_formed(client: Client) -> None:
    """Everything that the client got keeps the rules of its version."""
    spoken = dictionary.load("FIX.5.0SP2" if client.terms.appl_ver_id else client.terms.begin_string)
    for message in client.heard:
        assert rejection(message, spoken) is None, (rejection(message, spoken), message.raw)
