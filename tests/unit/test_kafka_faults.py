"""What a broker's or client's error means to whoever asked: wait and ask again, or stop."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from oms.runtime.kafka import as_log_error
from oms.runtime.log import LogUnavailable, OffsetOutOfRange

ELECTION = [
    KafkaError._NOENT,
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError.OFFSET_NOT_AVAILABLE,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.BROKER_NOT_AVAILABLE,
    KafkaError.NETWORK_EXCEPTION,
]
"""All seen, or documented as retriable, while a leader is killed and another elected."""


@pytest.mark.parametrize("code", ELECTION, ids=lambda code: KafkaError(code).name())
def test_what_a_leader_election_answers_may_be_asked_again(code: int) -> None:
    assert isinstance(as_log_error(KafkaException(KafkaError(code))), LogUnavailable)


@pytest.mark.parametrize("code", [KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.UNKNOWN_TOPIC_OR_PART])
def test_what_asking_again_does_not_change_stops(code: int) -> None:
    assert not isinstance(as_log_error(KafkaException(KafkaError(code))), LogUnavailable)
    assert isinstance(as_log_error(KafkaException(KafkaError(KafkaError.OFFSET_OUT_OF_RANGE))), OffsetOutOfRange)
