"""Which faults a chaos run plays: everything gets its turn, and the same seed gives the same."""

from collections import Counter

import pytest

from oms.testing.chaos.__main__ import SEED_DEFAULT
from oms.testing.chaos.faults import (
    BROKER,
    CLICKHOUSE,
    FIRST_S,
    KILL_CARDS,
    LAST_S,
    SERVICES,
    SNAPSHOTS,
    STAGES,
    VENUES,
    Card,
    Kind,
    cards_of_round,
    deck,
    planned,
    short_rounds,
)

SEED = 20_26
FULL = deck(True, SERVICES, True)
PLAIN = deck(False, (), False)


def first_words(cards: tuple[Card, ...], kind: Kind) -> set[str]:
    return {card.target.partition(" ")[0] for card in cards if card.kind is kind}


def test_a_deck_has_what_the_machine_can_play() -> None:
    everything = {*SERVICES, VENUES, BROKER}
    for cards in (FULL, PLAIN):
        assert first_words(cards, Kind.KILL) == everything | {CLICKHOUSE}
        assert first_words(cards, Kind.PAUSE) == everything
        assert first_words(cards, Kind.STOP) == {CLICKHOUSE}
    assert first_words(FULL, Kind.CUT) == first_words(FULL, Kind.SILENCE) == set(SERVICES)
    assert first_words(FULL, Kind.FILL) == {SNAPSHOTS}
    assert not {Kind.CUT, Kind.SILENCE, Kind.FILL} & {card.kind for card in PLAIN}
    assert {card.target for card in FULL} >= {f"{stage} {role}" for stage in STAGES for role in ("owner", "standby")}


@pytest.mark.parametrize("cards", [FULL, PLAIN], ids=["full", "plain"])
def test_every_card_is_played_once_before_one_comes_again(cards: tuple[Card, ...]) -> None:
    played: Counter[Card] = Counter()
    for number in range(len(cards)):
        played.update(cards_of_round(cards, SEED, number))
        if played.total() == len(cards):
            break
    assert played == Counter(cards)
    assert played[Card(Kind.KILL, "audit")] == KILL_CARDS


def test_no_service_meets_two_faults_in_a_round() -> None:
    for number in range(60):
        hand = [card.target.partition(" ")[0] for card in cards_of_round(FULL, SEED, number)]
        assert hand and len(set(hand)) == len(hand), (SEED, number)


def test_a_round_is_a_function_of_seed_and_number() -> None:
    """So a run can be gone on with, and a round repeated alone."""
    assert cards_of_round(FULL, SEED, 40) == cards_of_round(FULL, SEED, 40)
    assert [cards_of_round(FULL, SEED, n) for n in range(9)] != [cards_of_round(FULL, SEED + 1, n) for n in range(9)]
    hand = cards_of_round(FULL, SEED, 7)
    assert planned(hand, SEED, 7) == planned(hand, SEED, 7) != planned(hand, SEED, 8)


def test_faults_lie_within_the_flow_and_only_kills_of_services_undo_themselves() -> None:
    for number in range(60):
        faults = planned(cards_of_round(FULL, SEED, number), SEED, number)
        assert [fault.at_s for fault in faults] == sorted(fault.at_s for fault in faults)
        for fault in faults:
            assert FIRST_S <= fault.at_s <= LAST_S
            comes_back = fault.card.kind is Kind.KILL and fault.card.target not in (BROKER, CLICKHOUSE)
            assert (fault.for_s == 0) == comes_back, fault


@pytest.mark.parametrize("standbys", [True, False])
def test_the_two_minute_form_has_what_it_must(standbys: bool) -> None:
    cards = tuple(card for cards in short_rounds(standbys) for card in cards)
    assert first_words(cards, Kind.KILL) == {*SERVICES, VENUES}
    assert first_words(cards, Kind.PAUSE) and first_words(cards, Kind.PAUSE) <= set(STAGES)
    assert Card(Kind.STOP, CLICKHOUSE) in cards


def test_the_two_minute_form_sees_takeovers_of_paused_owners() -> None:
    faults = [f for n, cards in enumerate(short_rounds(True)) for f in planned(cards, SEED_DEFAULT, n)]
    assert sum(fault.awaits_takeover for fault in faults) == 2


def test_owners_are_paused_for_shorter_and_longer_than_a_takeover_takes() -> None:
    paused = [
        fault
        for number in range(200)
        for fault in planned(cards_of_round(FULL, SEED, number), SEED, number)
        if fault.card.kind is Kind.PAUSE and fault.card.target.endswith("owner")
    ]
    assert {fault.awaits_takeover for fault in paused} == {True, False}
