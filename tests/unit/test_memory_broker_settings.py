"""What services on the broker in memory are told, as they understand it."""

from oms.local.memory_broker import CLIENT_SETTINGS, PROGRESS_MS, service_environment
from oms.runtime.auditor import AuditSettings
from oms.runtime.kafka_config import ANSWER_MS, DELIVERY_TIMEOUT_MS
from oms.runtime.settings import read_settings

SERVER = {"KAFKA_BOOTSTRAP_SERVERS": "none:0"}


def test_services_wait_for_a_slow_answer_and_the_audit_says_less() -> None:
    told = read_settings({**SERVER, **service_environment()})
    assert told.kafka.extra == dict(CLIENT_SETTINGS) and not told.kafka.by_kafka
    assert ANSWER_MS < int(told.kafka.extra["socket.timeout.ms"]) == DELIVERY_TIMEOUT_MS
    assert told.audit_progress_s == PROGRESS_MS / 1_000 and not told.audit_trims


def test_on_kafka_nothing_of_it_holds() -> None:
    told = read_settings(SERVER)
    assert told.kafka.by_kafka and not told.kafka.extra and told.audit_trims
    assert told.audit_progress_s == AuditSettings("a").progress_interval_s < PROGRESS_MS / 1_000
