"""A person lets the numbers of a client's session begin anew: once for each time that it is asked, and never under a connection."""

from dataclasses import replace

from client_path import connected
from path_world import WHO

from oms.cli.reference_load import Change, changes
from oms.core.reference import FixSession, ReferenceChange, entity_key
from oms.fix.session import Connection
from oms.gateway.client_sessions.terms import session_errors
from oms.testing.client_world import Client, ClientWorld, fix_session

TERMS = fix_session(resets_on_logon=False)


def asked(world: ClientWorld, terms: FixSession = TERMS) -> FixSession:
    """The terms once a person has asked, at this moment."""
    changed = replace(terms, reset_ns=world.now)
    written(world, changed)
    return changed


def written(world: ClientWorld, terms: FixSession) -> None:
    version = world.state.reference.version("fix_session", terms.session_id)
    world.p.reference(ReferenceChange(terms, version, world.now, "their store is lost", WHO))
    world.run(20)


def anew(client: Client) -> None:
    """The client has lost its numbers too."""
    client.fix = Connection(client.fix.config)


def numbers(world: ClientWorld) -> tuple[int, int]:
    fix = world.state.sessions[TERMS.session_id].fix
    return fix.next_in, fix.next_out


def test_inv_462_numbers_begin_anew_at_once_where_nobody_is_connected() -> None:
    world, (client,) = connected(TERMS)
    client.new("a1", price="9.99")
    world.run(80)
    client.drop()
    world.run(20)
    anew(client)
    client.connect()
    world.run(20)
    assert not client.fix.state.logged_on, "our numbers are what they were: a reset takes two"
    asked(world)
    assert numbers(world) == (1, 1)
    anew(client)
    client.connect()
    world.run(20)
    assert client.fix.state.logged_on
    client.new("a2", price="9.99")
    world.run(80)
    assert client.states("a2") == ["AA", "00"]


def test_inv_462_under_a_connection_it_waits_for_the_next() -> None:
    world, (client,) = connected(TERMS)
    asked(world)
    assert numbers(world) != (1, 1)
    client.new("a1", price="9.99")
    world.run(80)
    assert client.states("a1") == ["AA", "00"] and client.fix.state.logged_on, "nothing happens to who is connected"
    client.drop()
    world.run(20)
    anew(client)
    client.connect()
    world.run(20)
    assert client.fix.state.logged_on and client.fix.state.next_in == 2


def test_inv_462_it_is_done_once_by_whichever_process() -> None:
    world, (client,) = connected(TERMS)
    client.drop()
    world.run(20)
    terms = asked(world)
    anew(client)
    client.connect()
    world.run(20)
    client.new("a1", price="9.99")
    world.run(80)
    before = numbers(world)
    world.crash()
    world.run(20)
    written(world, replace(terms, heartbeat_s_max=50))
    assert numbers(world) == before
    client.connect()
    world.run(40)
    assert client.fix.state.logged_on and client.fix.state.next_in > 2


def test_one_that_never_connected_begins_at_one_anyway() -> None:
    world, (client,) = connected(TERMS)
    other = fix_session("other", resets_on_logon=False)
    asked(world, other)
    late = world.client(other)
    late.connect()
    world.run(20)
    assert late.fix.state.logged_on and client.fix.state.logged_on


def test_a_file_does_not_take_back_what_a_person_asked() -> None:
    now = replace(TERMS, reset_ns=7)
    in_force = {entity_key(TERMS): (now, 3)}
    assert changes((TERMS,), in_force) == []
    wanted = replace(TERMS, heartbeat_s_max=50)
    assert changes((wanted,), in_force) == [Change(replace(wanted, reset_ns=7), 3)]


def test_a_time_before_1970_is_none() -> None:
    world, _ = connected(TERMS)
    assert [e.field for e in session_errors(replace(TERMS, reset_ns=-1), world.state.reference)] == ["reset_ns"]
