"""What earlier releases wrote is read by this one, and folds to the same state. See make_journals.py for what the samples hold."""

import typing
from pathlib import Path

import pytest
from make_journals import JOURNALS, KEPT, PRESENT, fold, play, read_journals

from oms.core.canonical import state_hash
from oms.core.client_session_events import ClientEvent
from oms.core.commands import Command
from oms.core.control import ControlHeartbeat, ControlRecord
from oms.core.credit.journaled import CreditEvent
from oms.core.execution_events import ExecutionEvent
from oms.core.reference import Entity, ReferenceChange
from oms.core.risk_events import RiskEvent
from oms.core.routing_events import RoutingEvent
from oms.runtime.journal_fold import STATE_LAYOUT_VERSION
from oms.runtime.log import TopicPartition
from oms.testing.pipeline import RULES
from oms.testing.sim_log import SimLog
from oms.wire import topics
from oms.wire.codec import decode_intake, decode_journal
from oms.wire.envelope import Claim, Envelope

VERSIONS = sorted(JOURNALS.glob("v*"))
EVENTS = {
    topics.RISK: RiskEvent,
    topics.ROUTING: RoutingEvent,
    topics.EXECUTION: ExecutionEvent,
    topics.CLIENT_SESSIONS: ClientEvent,
    topics.CREDIT: CreditEvent,
}
INTAKES = {topics.ORDERS: Command, topics.CONTROL: ControlRecord, topics.REFERENCE: Entity}


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def samples(request: pytest.FixtureRequest) -> Path:
    return request.param


def stored_states(folder: Path) -> dict[str, str]:
    """Topic → state hash under the layout of today."""
    lines = [line.split() for line in (folder / "states.txt").read_text(encoding="ascii").splitlines()]
    return {topic: digest for layout, topic, digest in lines if int(layout) == STATE_LAYOUT_VERSION}


def kinds_in(log: SimLog, topic: str) -> set[type]:
    records = log.known(TopicPartition(topic, 0)).records
    if topic not in EVENTS:
        values = [decode_intake(topic, r.value) for r in records]
        return {type(v.entity if isinstance(v, ReferenceChange) else v) for v in values}
    envelopes = [e for e in (decode_journal(r.value) for r in records) if isinstance(e, Envelope)]
    return {type(event) for envelope in envelopes for event in envelope.events}


def test_stored_journals_fold_to_the_states_stored_beside_them(samples: Path) -> None:
    stored = stored_states(samples)
    assert stored, f"no hashes for state layout {STATE_LAYOUT_VERSION}: run tests/golden/make_journals.py --states"
    log = read_journals(samples)
    for topic in RULES:
        folded = fold(log, topic).folded
        assert folded.records > 0
        assert state_hash(folded.state, STATE_LAYOUT_VERSION).hex() == stored[topic], topic


def test_the_samples_hold_a_lost_owner_and_a_void_record(samples: Path) -> None:
    log = read_journals(samples)
    assert any(fold(log, topic).folded.void for topic in RULES)
    for topic in RULES:
        claims = [r for r in log.known(TopicPartition(topic, 0)).records if isinstance(decode_journal(r.value), Claim)]
        assert len(claims) == 2, topic


def test_the_samples_of_the_present_version_hold_every_kind_of_record() -> None:
    log = read_journals(PRESENT)
    for topic, union in {**EVENTS, **INTAKES}.items():
        missing = set(typing.get_args(union)) - kinds_in(log, topic)
        assert not missing, f"{topic}: no sample of {sorted(cls.__name__ for cls in missing)}"


def test_the_schedule_gives_the_same_bytes_every_time() -> None:
    first, second = play().log, play().log
    for topic in KEPT:
        tp = TopicPartition(topic, 0)
        assert first.known(tp).records == second.known(tp).records, topic
    assert ControlHeartbeat in kinds_in(first, topics.CONTROL)
