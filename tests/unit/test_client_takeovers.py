"""INV-390 to INV-392: processes that die at any point lose and repeat nothing of what a client said, or was told.

A schedule of a client's acts, with crashes and cuts of the connection in between, over the whole path in memory. Afterwards the client has
logged on again and everything is at rest. The seed is shown; a seed that found a bug becomes a case of its own.
"""

import os
import random
from collections import Counter

import pytest
from client_path import connected

from oms.core.commands import NewOrder
from oms.core.risk_events import OrderAccepted, OrderRejected
from oms.fix.session import MessageSent, MessageTaken
from oms.gateway.client_sessions import ClientSessionRules
from oms.gateway.client_sessions.terms import source_of
from oms.runtime.journal_fold import JournalFold
from oms.runtime.log import TopicPartition
from oms.testing.client_world import CANCELS, Client, ClientWorld, fix_session
from oms.testing.sim_log import Fate
from oms.wire import topics
from oms.wire.codec import decode_intake, decode_journal
from oms.wire.envelope import Envelope

SEEDS = [int(os.environ["OMS_SEED"])] if "OMS_SEED" in os.environ else list(range(40))
ACTS = 25


def play(seed: int) -> tuple[ClientWorld, Client, list[str]]:
    chance = random.Random(seed)
    terms = fix_session(cancels=CANCELS if chance.random() < 0.3 else (), resets_on_logon=False)
    world, (client,) = connected(terms)
    sent: list[str] = []
    for number in range(ACTS):
        act = chance.random()
        name = f"n{number}"
        if act < 0.45:
            client.new(name, chance.choice((10, 20)), chance.choice(("9.98", "9.99")))
            sent.append(name)
        elif act < 0.6 and sent:
            client.cancel(name, chance.choice(sent))
        elif act < 0.7 and sent:
            client.replace(name, chance.choice(sent), 30)
        elif act < 0.85:
            world.crash()
        elif act < 0.9:
            client.drop()
        elif act < 0.95:
            world.p.log.plan(
                TopicPartition(topics.CLIENT_SESSIONS, 0), chance.choice((Fate.LANDS_UNACKED, Fate.LANDS_TWICE))
            )
        world.run(chance.choice((0, 1, 1, 2, 3, 10)))
        if not client.link and chance.random() < 0.5:
            client.connect()
    for _ in range(40):
        if not client.fix.state.logged_on and not client.link:
            client.connect()
        world.run(20, 20_000_000)
    return world, client, sent


def valid_events(world: ClientWorld) -> list[object]:
    tp = TopicPartition(topics.CLIENT_SESSIONS, 0)
    fold, found = JournalFold(world.p.log, ClientSessionRules(), tp), []
    for record in world.p.log.reader({tp: 0}).poll(0.0, 1_000_000):
        if fold.apply(record).name == "VALID":
            envelope = decode_journal(record.value)
            assert isinstance(envelope, Envelope)
            found += list(envelope.events)
    assert fold.folded.hashes_compared or len(found) < 5
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_takeovers_lose_and_repeat_nothing(seed: int) -> None:
    print(f"seed {seed}: OMS_SEED={seed}")
    world, client, sent = play(seed)
    assert client.fix.state.logged_on, "the session continues with the right numbers"
    fix = [e.event for e in valid_events(world) if type(e).__name__ == "FixNoted"]
    taken = [e.seq_num for e in fix if isinstance(e, MessageTaken)]
    assert len(set(taken)) == len(taken), "INV-390: each message once"
    names = [e.message.text(11) for e in fix if isinstance(e, MessageTaken) and e.msg_type == "D"]
    assert names == sent, "INV-390: all of them, in order"
    numbers = [e.seq_num for e in fix if isinstance(e, MessageSent) and not e.resent]
    assert numbers == list(range(1, len(numbers) + 1)), "INV-391: numbers without holes, each once"

    decided: Counter[str] = Counter()
    for record in world.p.log.reader({TopicPartition(topics.RISK, 0): 0}).poll(0.0, 1_000_000):
        envelope = decode_journal(record.value)
        if isinstance(envelope, Envelope):
            for event in envelope.events:
                if isinstance(event, OrderAccepted | OrderRejected) and event.order.provenance.source == source_of(
                    "alpha-fix"
                ):
                    decided[event.order.cl_ord_id] += 1
    assert decided == Counter(sent), "INV-392: each command is decided once"
    commands = [
        decode_intake(topics.ORDERS, r.value)
        for r in world.p.log.reader({TopicPartition(topics.ORDERS, 0): 0}).poll(0.0, 1_000_000)
    ]
    assert {c.cl_ord_id for c in commands if isinstance(c, NewOrder)} == set(sent)
    assert not [r for r in world.state.requests.values() if not r.decided], "nothing waits for ever"

    told = Counter(m.text(17) for m in client.reports() if m.text(17) != "0")
    assert set(told.values()) <= {1}, "INV-391: no report twice"
    for name in sent:
        order = world.state.find("alpha", name)
        last = [m for m in client.reports() if m.text(37) == order.order_id][-1]
        assert last.text(14) == str(order.cum_qty) and last.text(39), name
