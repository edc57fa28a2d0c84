"""What is shown of settings: never a secret."""

from oms.runtime.settings import redacted

PASSWORD = "kafka-Secret-7d1c"


def test_what_is_shown_of_a_secret() -> None:
    assert redacted(PASSWORD, "OMS_KAFKA_SASL_PASSWORD") == redacted(PASSWORD, "sasl.password") == "***"
    assert redacted("/etc/ca.pem", "OMS_KAFKA_SSL_KEY_LOCATION") == "/etc/ca.pem"
    assert (
        redacted("clickhouse://u:p/w@h:9440/oms?secure=1&keypass=x")
        == "clickhouse://u:***@h:9440/oms?secure=1&keypass=***"
    )
    assert redacted("clickhouse://h:9000/oms") == "clickhouse://h:9000/oms"
