"""Reports by the dictionary of each version: a counterparty that validates must not refuse what it is told of its orders."""

import pytest
from client_path import VERSIONS, connected, well_formed
from test_client_reports import ACME, NOW, OWN, order_of, rows_in

from oms.core.enums import ExecRestatementReason, ExecType, Liquidity, OrdStatus
from oms.fix import dictionary
from oms.gateway.client_sessions.reports import Report, execution_report
from oms.testing.client_world import account, fix_session


@pytest.mark.parametrize("version", VERSIONS)
def test_reports_of_an_order_to_a_venue_are_well_formed(version: str) -> None:
    world, (client,) = connected(fix_session(version=version))
    client.new("a1", 100, "9.99", b"1", (100, b"XALP"))
    world.run(80)
    assert client.states("a1") == ["AA", "00"]
    well_formed(client)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("exec_type", [t for t in ExecType if t is not ExecType.TRADE])
@pytest.mark.parametrize("restatement", [None, *ExecRestatementReason])
def test_every_kind_of_report_has_a_code_of_its_version(
    version: str, exec_type: ExecType, restatement: ExecRestatementReason | None
) -> None:
    spoken = dictionary.load(version)
    order = order_of(next(row for _, row in rows_in(OWN[0])), True)
    report = Report(exec_type, OrdStatus.NEW, "R0.1.0", NOW, restatement=restatement)
    body = execution_report(order, ACME, report, version)
    for tag, value in body:
        field = spoken.fields[tag]
        assert field.open or not field.values or value in field.values, (tag, value)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("liquidity", Liquidity)
def test_a_fill_of_any_liquidity_is_told(version: str, liquidity: Liquidity) -> None:
    spoken = dictionary.load(version)
    order = order_of(next(row for _, row in rows_in(OWN[0])), True)
    report = Report(
        ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, "R0.1.0", NOW, last_qty=1, last_px=1, liquidity=liquidity
    )
    told = [value for tag, value in execution_report(order, ACME, report, version) if tag == 851]
    known = [b"%d" % liquidity] if 851 in spoken.fields and b"%d" % liquidity in spoken.fields[851].values else []
    assert told == known


@pytest.mark.parametrize("version", ["FIX.4.4", "FIX.5.0SP2"])
def test_a_session_of_several_accounts_cancels_all_of_one(version: str) -> None:
    world, (client,) = connected(fix_session(version=version, accounts=("A1", "A2")), more=(account("A2"),))
    client.new("a1", price="9.99")
    world.run(80)
    client.send("q", (11, b"m1"), (530, b"7"), client.stamp(), (1, b"A1"))
    world.run(100)
    assert client.last("r").text(531) == "7" and client.states("a1")[-1] == "44"
