"""The order in which a desk is told things, and that it is told each thing once: over any interleaving, from any token."""

from collections.abc import Iterator

import pytest
from gateway_world import accepted, exposure, new_order, opened, risk_record, routing_record, traded
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.core.run_rule import JOURNAL_START, NO_EPOCH, RunPosition
from oms.gateway.merge import CausalMerge, Entry, start_at
from oms.gateway.resume_token import ReadVector, ResumeToken, TokenError, decode_token, encode_token
from oms.gateway.update_ring import UpdateRing, entry_of
from oms.wire import topics
from oms.wire.envelope import Claim, Envelope

JOURNALS = {topics.RISK: JOURNAL_START, topics.ROUTING: JOURNAL_START}
CLAIM = Claim("p", 1)


def life_of(orders: int) -> dict[str, list[Claim | Envelope]]:
    """Orders of two desks, each accepted, opened and filled in two parts; a straggler of a replaced owner in each journal."""
    risk: list[Claim | Envelope] = [CLAIM]
    routing: list[Claim | Envelope] = [CLAIM]
    for number in range(orders):
        order = new_order(f"a{number}", desk_id=("alpha", "beta")[number % 2])
        risk.append(risk_record(0, len(risk), number, accepted(order)))
        routing.append(routing_record(0, len(routing), len(risk), opened(order)))
        routing.append(routing_record(0, len(routing), len(risk), traded(order, 60, 60, "x1")))
        routing.append(routing_record(0, len(routing), len(risk), traded(order, 40, 100, "x2")))
        risk.append(risk_record(0, len(risk), -1, exposure(order, 60, 60)))
    straggler = new_order("void")
    risk.append(risk_record(7, len(risk), orders, accepted(straggler)))
    routing.append(routing_record(7, len(routing), len(risk), traded(straggler, 1, 1)))
    return {topics.RISK: risk, topics.ROUTING: routing}


def interleaved(choices: list[bool], life: dict[str, list[Claim | Envelope]]) -> Iterator[tuple[str, int]]:
    """Every record of both journals, each journal in its order."""
    at = dict.fromkeys(life, 0)
    picks = iter(choices)
    while any(at[topic] < len(life[topic]) for topic in life):
        topic = topics.RISK if next(picks, False) else topics.ROUTING
        if at[topic] == len(life[topic]):
            topic = topics.ROUTING if topic == topics.RISK else topics.RISK
        yield topic, at[topic]
        at[topic] += 1


def merged(choices: list[bool], orders: int, merge: CausalMerge | None = None) -> list[tuple[Entry, ReadVector]]:
    life = life_of(orders)
    merge = merge or CausalMerge(0, JOURNALS)
    found: list[tuple[Entry, ReadVector]] = []
    for topic, offset in interleaved(choices, life):
        if offset >= merge.read_position(topic):
            merge.offer_journal(topic, offset, life[topic][offset])
            found += merge.deliver_each()
    assert merge.held == 0
    return found


def told(entries: list[tuple[Entry, ReadVector]], desk_id: str) -> list[tuple[str, int, str]]:
    """(topic, offset, what) of a desk's updates."""
    return [
        (update.topic, update.offset, f"{update.cl_ord_id} {update.ord_status}")
        for entry, vector in entries
        if (seen := entry_of(0, entry, vector)) is not None
        for update in seen.updates
        if update.desk_id == desk_id
    ]


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 6))
def test_no_fill_is_delivered_before_the_acceptance_it_rests_on(choices: list[bool], orders: int) -> None:
    known: set[str] = set()
    fills = 0
    for entry, vector in merged(choices, orders):
        seen = entry_of(0, entry, vector)
        for update in seen.updates if seen else ():
            if update.topic == topics.RISK:
                known.add(update.order_id)
            else:
                assert update.order_id in known
                fills += update.HasField("fill")
    assert fills == 2 * orders


@given(st.lists(st.booleans(), max_size=60), st.lists(st.booleans(), max_size=60), st.data())
@settings(max_examples=200)
def test_a_resume_from_any_token_gives_exactly_the_rest(
    first: list[bool], second: list[bool], data: st.DataObject
) -> None:
    orders = 4
    before = merged(first, orders)
    cut = data.draw(st.integers(0, len(before)))
    vector = before[cut - 1][1] if cut else CausalMerge(0, JOURNALS).vector()
    token = decode_token(encode_token(ResumeToken("alpha", 0, vector)))
    after = merged(
        second, orders, CausalMerge(0, {topics.RISK: token.vector.risk, topics.ROUTING: token.vector.routing})
    )
    assert sorted(told(before[:cut], "alpha") + told(after, "alpha")) == sorted(told(before, "alpha"))
    assert told(before, "alpha")


@given(st.lists(st.booleans(), max_size=60), st.data())
@settings(max_examples=200)
def test_the_ring_gives_the_rest_of_any_vector_it_serves(choices: list[bool], data: st.DataObject) -> None:
    ring = UpdateRing(CausalMerge(0, JOURNALS).vector(), capacity=data.draw(st.integers(1, 30)))
    entries = merged(choices, 5)
    for entry, vector in entries:
        ring.add(entry_of(0, entry, vector), vector)
    cut = data.draw(st.integers(0, len(entries)))
    vector = entries[cut - 1][1] if cut else CausalMerge(0, JOURNALS).vector()
    if not ring.serves(vector):
        return
    frame = ring.frame("beta", vector, ring.start_index())
    assert frame is not None
    assert [(u.topic, u.offset) for u in frame.updates] == [(t, o) for t, o, _ in told(entries[cut:], "beta")]
    assert frame.vector == ring.end == entries[-1][1]


def test_a_stream_that_falls_out_of_the_ring_is_told_so() -> None:
    ring = UpdateRing(CausalMerge(0, JOURNALS).vector(), capacity=2)
    for entry, vector in merged([], 3):
        ring.add(entry_of(0, entry, vector), vector)
    assert ring.frame("alpha", ring.end, 0) is None


def test_void_records_say_nothing() -> None:
    assert not [what for _, _, what in told(merged([], 2), "alpha") if what.startswith("void")]


def test_a_command_is_delivered_before_its_decision() -> None:
    merge = CausalMerge(0, {topics.ORDERS: start_at(0), **JOURNALS})
    order = new_order("a1")
    merge.offer_journal(topics.RISK, 0, CLAIM)
    merge.offer_journal(topics.RISK, 1, risk_record(0, 1, 0, accepted(order)))
    assert [entry.content for entry, _ in merge.deliver_each()] == [None]
    merge.offer_command(0, order)
    assert [entry.topic for entry, _ in merge.deliver_each()] == [topics.ORDERS, topics.RISK]


def test_after_a_trim_a_run_is_judged_from_its_first_record_on_plan() -> None:
    merge = CausalMerge(0, {topics.RISK: start_at(5), topics.ROUTING: start_at(0)})
    merge.offer_journal(topics.RISK, 5, risk_record(2, 3, 0, accepted(new_order("a1"))))
    merge.offer_journal(topics.RISK, 6, risk_record(1, 5, 1, accepted(new_order("a2"))))
    contents = [entry.content is not None for entry, _ in merge.deliver_each()]
    assert contents == [True, False]


positions = st.integers(0, 2**40).flatmap(
    lambda offset: st.builds(RunPosition, st.just(offset), st.integers(NO_EPOCH, max(offset - 1, 0)), st.booleans())
)


@given(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True), st.integers(0, 99), positions, positions)
def test_tokens_round_trip(desk_id: str, partition: int, risk: RunPosition, routing: RunPosition) -> None:
    token = ResumeToken(desk_id, partition, ReadVector(risk, routing))
    assert decode_token(encode_token(token)) == token


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader_of_tokens(text: str) -> None:
    with pytest.raises(TokenError):
        decode_token(text)


@given(st.integers(0, 200), st.sampled_from("Aaz09-_"))
def test_a_changed_token_is_refused(place: int, letter: str) -> None:
    text = encode_token(ResumeToken("alpha", 3, ReadVector(RunPosition(12, 4, True), RunPosition(90, 4, False))))
    place %= len(text.rstrip("=")) - 1
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        with pytest.raises(TokenError):
            decode_token(changed)
