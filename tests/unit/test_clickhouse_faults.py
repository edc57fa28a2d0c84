"""What an answer of a ClickHouse that is being stopped means: unknown, and asked again; any other refusal stays one."""

from clickhouse_driver.errors import ServerException

from oms.runtime.clickhouse import ABORTED, ClickHouse, ClickHouseRefused, ClickHouseSettings, ClickHouseUnavailable

UNKNOWN_TABLE = 60


def test_a_server_that_is_being_stopped_is_unavailable() -> None:
    client = ClickHouse(ClickHouseSettings("clickhouse://u:p@127.0.0.1:1/oms"))
    stopping = client.as_error(ServerException("DB::Exception: Server shutdown is called.", ABORTED))
    assert isinstance(stopping, ClickHouseUnavailable) and "being stopped" in str(stopping)
    refused = client.as_error(ServerException("DB::Exception: no such table", UNKNOWN_TABLE))
    assert isinstance(refused, ClickHouseRefused) and refused.code == UNKNOWN_TABLE
