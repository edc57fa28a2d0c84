"""Refusals become records at once, then counts; a flood becomes a sample and a number, and no refusal is forgotten."""

import random

from oms.core.access import AccessRefused
from oms.core.reasons import Reason
from oms.gateway.access_record import RECORDS_PER_SECOND, WINDOW_NS, Refusal, RefusalCounter

SECOND = 1_000_000_000


def refusal(token_id: str = "12345678", method: str = "/m", reason: Reason = Reason.UNKNOWN_TOKEN) -> Refusal:
    return Refusal(method, "127.0.0.1", "", token_id, reason, "text")


def test_the_first_is_recorded_at_once_and_those_alike_are_counted() -> None:
    counter = RefusalCounter("gw")
    first = counter.tell(10, refusal())
    assert first is not None and (first.count, first.wall_ns, first.first_wall_ns) == (1, 10, 10)
    assert [counter.tell(20 + n, refusal()) for n in range(5)] == [None] * 5
    assert counter.due(500) == []
    (repeats,) = counter.due(10 + WINDOW_NS)
    assert (repeats.count, repeats.first_wall_ns, repeats.wall_ns) == (5, 20, 24)
    assert counter.due(10 + 3 * WINDOW_NS) == []
    again = counter.tell(11 + 4 * WINDOW_NS, refusal())
    assert again is not None and again.count == 1


def test_what_differs_is_recorded_apart() -> None:
    counter = RefusalCounter("gw")
    kinds = [
        refusal(),
        refusal(token_id="x"),
        refusal(method="/n"),
        refusal(reason=Reason.NO_TOKEN),
        Refusal("/m", "10.0.0.1", "", "12345678", Reason.UNKNOWN_TOKEN, "text"),
    ]
    assert all(counter.tell(1, kind) is not None for kind in kinds)
    assert counter.tell(1, Refusal("/m", "127.0.0.1", "", "12345678", Reason.UNKNOWN_TOKEN, "another text")) is None


def test_a_flood_of_tokens_is_a_sample_and_a_number() -> None:
    counter = RefusalCounter("gw")
    records = [r for n in range(10_000) if (r := counter.tell(SECOND + n, refusal(token_id=f"{n}")))]
    assert len(records) == RECORDS_PER_SECOND
    (rest,) = counter.due(2 * SECOND + 10_001)
    assert (rest.reason, rest.count) == (Reason.REFUSALS_UNLISTED, 10_000 - RECORDS_PER_SECOND)
    assert (rest.first_wall_ns, rest.wall_ns) == (SECOND + RECORDS_PER_SECOND, SECOND + 9_999)
    assert counter.tell(2 * SECOND + 10_002, refusal(token_id="after")) is not None


def test_what_is_counted_is_written_when_the_process_stops() -> None:
    counter = RefusalCounter("gw")
    for n in range(60):
        counter.tell(n, refusal(token_id=f"{n}"))
        counter.tell(n, refusal(token_id="0"))
    written = counter.due(100, everything=True)
    assert sum(r.count for r in written) == 120 - RECORDS_PER_SECOND
    assert counter.due(200, everything=True) == []


def test_no_refusal_is_forgotten_and_no_second_has_too_many_records() -> None:
    for seed in range(20):
        print("seed", seed)
        rng = random.Random(seed)
        counter, now, told = RefusalCounter("gw"), SECOND, 0
        written: list[tuple[int, AccessRefused]] = []
        for _ in range(3_000):
            now += rng.choice((0, 1_000, 1_000_000, 40_000_000))
            record = counter.tell(now, refusal(token_id=str(rng.randrange(rng.choice((3, 500))))))
            told += 1
            written += [(now, record)] if record else []
            if rng.random() < 0.1:
                written += [(now, r) for r in counter.due(now)]
        written += [(now, r) for r in counter.due(now, everything=True)]
        assert sum(r.count for _, r in written) == told
        for at, _ in written:
            within = sum(1 for when, _ in written if at <= when < at + WINDOW_NS)
            assert within <= 2 * (RECORDS_PER_SECOND + 1), "any second overlaps at most two of the counter's"
        assert all(r.first_wall_ns <= r.wall_ns for _, r in written)
