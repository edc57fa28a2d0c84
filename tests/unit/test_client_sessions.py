"""Clients over FIX against the whole path in memory: orders, amendments, cancels, status, lists, copies, by all three versions."""

from dataclasses import replace

import pytest
from client_path import VERSIONS, connected, fill, well_formed
from test_order_path import order

from oms.core.client_links import LinkFrame
from oms.core.enums import DropCopyScope
from oms.fix.codec import encode, parse
from oms.fix.fields import from_utc_ns
from oms.fix.message import Message
from oms.fix.session import Connection
from oms.testing.client_world import Client, ClientWorld, account, fix_session


@pytest.fixture(params=VERSIONS)
def pair(request: pytest.FixtureRequest) -> tuple[ClientWorld, Client]:
    world, (client,) = connected(fix_session(version=request.param))
    return world, client


def figures(message: Message) -> tuple[str, ...]:
    return tuple(message.text(tag) for tag in (38, 14, 151, 6))


def test_an_order_lives_and_dies(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    assert client.states("a1") == ["AA", "00"]
    client.cancel("c1", "a1")
    world.run(80)
    assert client.states("a1")[2:] == ["66", "44"]
    assert client.reports()[-1].text(11) == "c1" and client.reports()[-1].text(41) == "a1"
    assert figures(client.reports()[-1]) == ("100", "0", "0", "0")
    well_formed(client)


def test_fills_carry_figures(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    fill(world, 40)
    world.run(40)
    fill(world, 60)
    world.run(40)
    kinds = {"FIX.4.2": ["AA", "00", "11", "22"]}.get(client.terms.begin_string, ["AA", "00", "F1", "F2"])
    assert client.states("a1") == kinds
    partial, full = client.reports()[-2:]
    assert figures(partial) == ("100", "40", "60", "9.99") and partial.text(32) == "40" and partial.text(30) == "XALP"
    assert figures(full) == ("100", "100", "0", "9.99")
    assert len({m.text(17) for m in client.reports()}) == 4
    well_formed(client)


def test_a_replacement_carries_the_chain(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    fill(world, 40)
    world.run(40)
    client.replace("a2", "a1", 150, "9.98")
    world.run(100)
    pending, replaced = client.reports("a2")
    assert (pending.text(150) + pending.text(39), pending.text(41), pending.text(38)) == ("EE", "a1", "100")
    assert replaced.text(150) == "5" and replaced.text(39) == "1" and replaced.text(41) == "a1"
    assert figures(replaced) == ("150", "40", "110", "9.99") and replaced.text(44) == "9.98"
    client.cancel("c1", "a2")
    world.run(100)
    assert client.states("c1") == ["66", "44"]
    well_formed(client)


def test_what_makes_no_sense_is_refused_with_what_to_do(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99999")
    world.run(20)
    refused = client.last("8")
    assert refused.text(150) + refused.text(39) == "88" and "Price(44)=9.99999" in refused.text(58)
    assert refused.text(37) == "NONE"
    client.cancel("c1", "never")
    world.run(40)
    reject = client.last("9")
    assert (reject.text(37), reject.text(39), reject.text(102), reject.text(434)) == ("NONE", "8", "1", "1")
    client.new("a2", qty=20_000)
    world.run(40)
    assert client.last("8").text(39) == "8" and "ORDER_QTY_LIMIT" in client.last("8").text(58)
    assert client.last("8").text(103) == "3"
    well_formed(client)


def test_status_is_told_when_asked(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    client.send("H", (11, b"a1"), (55, b"ACME"), (54, b"1"))
    world.run(10)
    told = client.last("8")
    assert told.text(17) == "0" and told.text(39) == "0" and figures(told) == ("100", "0", "100", "0")
    if client.terms.begin_string == "FIX.4.2":
        assert (told.text(20), told.text(150)) == ("3", "0")
    else:
        assert told.text(150) == "I"
    client.send("H", (11, b"zz"), (55, b"ACME"), (54, b"1"))
    world.run(10)
    assert client.last("8").text(37) == "NONE" and client.last("8").text(39) == "8"
    well_formed(client)


def test_rule_28_a_duplicate_leaves_the_original_alone(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    client.new("a1", price="9.99")
    world.run(40)
    told = client.last("8")
    assert (told.text(150), told.text(39), told.text(103)) == ("8", "0", "6")
    assert told.text(37) == client.reports()[0].text(37)
    assert world.state.orders[told.text(37)].ord_status.name == "NEW"
    well_formed(client)


def test_rule_27_a_possible_resend_is_answered_with_the_status(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    client.new("a1", price="9.99", header=((97, b"Y"),))
    world.run(40)
    told = client.last("8")
    assert told.text(39) == "0" and told.text(17) == "0"
    client.new("a2", 100, "9.99", header=((97, b"Y"),))
    world.run(80)
    assert client.states("a2") == ["AA", "00"], "unseen: treated as new"
    well_formed(client)


def test_a_mass_cancel_reports_each(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    if client.terms.begin_string == "FIX.4.2":
        pytest.skip("FIX 4.2 has no mass cancel")
    for name in ("a1", "a2", "a3"):
        client.new(name, price="9.99")
    world.run(80)
    client.send("q", (11, b"m1"), (530, b"7"), client.stamp())
    world.run(100)
    report = client.last("r")
    assert (report.text(531), report.text(533), report.text(11)) == ("7", "3", "m1")
    assert [client.states(n)[-1] for n in ("a1", "a2", "a3")] == ["44"] * 3
    well_formed(client)


def test_mass_status_tells_what_is_open(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    if client.terms.begin_string == "FIX.4.2":
        pytest.skip("FIX 4.2 has no mass status")
    for name in ("a1", "a2"):
        client.new(name, price="9.99")
    world.run(80)
    before = len(client.reports())
    client.send("AF", (584, b"s1"), (585, b"7"))
    world.run(10)
    told = client.reports()[before:]
    assert [(m.text(584), m.text(911), m.text(912)) for m in told] == [("s1", "2", "N"), ("s1", "2", "Y")]
    well_formed(client)


def test_allocations_are_not_supported() -> None:
    world, (client,) = connected(fix_session())
    body = (
        (70, b"x"),
        (71, b"0"),
        (626, b"1"),
        (857, b"0"),
        (54, b"1"),
        (55, b"ACME"),
        (53, b"1"),
        (6, b"1"),
        (75, b"20250106"),
    )
    client.send("J", *body)
    world.run(10)
    assert client.last("j").text(380) == "3" and "not supported" in client.last("j").text(58)
    well_formed(client)


def test_an_order_list_is_told_as_a_list(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    orders: list = []
    for number, name in enumerate(("l1", "l2"), 1):
        body = client.new_body(name, 100, "9.99")
        order = dict(body)
        keep = [
            (11, order[11]),
            (67, b"%d" % number),
            (1, b"A1"),
            (55, b"ACME"),
            (54, b"1"),
            (38, b"100"),
            (40, b"2"),
            (44, b"9.99"),
            (59, b"1"),
        ]
        orders += keep
    client.send("E", (66, b"L1"), (394, b"3"), (68, b"2"), (73, b"2"), *orders)
    world.run(120)
    assert client.states("l1")[-1] == client.states("l2")[-1] == "00"
    assert client.last("N").text(66) == "L1"
    client.send("M", (66, b"L1"))
    world.run(10)
    assert (client.last("N").text(431), client.last("N").text(73)) == ("3", "2")
    client.send("K", (66, b"L1"), client.stamp())
    world.run(120)
    assert client.states("l1")[-1] == "44" and client.states("l2")[-1] == "44"
    client.send("M", (66, b"L1"))
    world.run(10)
    assert client.last("N").text(431) == "6"
    well_formed(client)


def test_market_data_by_snapshot_and_increment(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    wanted = (
        (262, b"md1"),
        (263, b"1"),
        (264, b"1"),
        (265, b"1"),
        (267, b"2"),
        (269, b"0"),
        (269, b"1"),
        (146, b"1"),
        (55, b"ACME"),
    )
    client.send("V", *wanted)
    world.run(10)
    snapshot = client.last("W")
    assert [v for t, v in snapshot.fields if t == 270] == [b"9.99", b"10"]
    world.p.quote("XBET", "ACME", (99_950, 70), (100_100, 500))
    world.run(60)
    change = client.last("X")
    assert [v for t, v in change.fields if t in (279, 269, 270, 271)] == [b"1", b"0", b"9.995", b"70"]
    client.send("V", (262, b"md1"), (263, b"2"), *wanted[2:])
    world.run(10)
    count = len(client.got)
    world.p.quote("XBET", "ACME", (99_960, 70), (100_100, 500))
    world.run(60)
    assert len(client.got) == count
    client.send("V", (262, b"md1"), (263, b"2"), *wanted[2:])
    world.run(10)
    assert (client.last("j").text(372), client.last("j").text(380)) == ("V", "1"), "unknown id"
    client.send("V", (262, b"md2"), *wanted[1:-1], (55, b"NONE"))
    world.run(10)
    assert client.last("Y").text(281) == "0"
    well_formed(client)


@pytest.mark.parametrize("scope", list(DropCopyScope))
def test_a_drop_copy_tells_what_it_covers(scope: DropCopyScope) -> None:
    copy = fix_session("copy", drop_copy=scope, client_id="c1")
    world, (client, copied) = connected(fix_session(), copy, more=(account("A1", "c1", "other"),))
    client.new("a1", price="9.99")
    world.run(80)
    covered = scope is not DropCopyScope.CLEARING_MEMBER
    assert copied.states("a1") == (["AA", "00"] if covered else [])
    assert all(m.text(797) == "Y" for m in copied.reports())
    copied.new("b1", price="9.99")
    world.run(20)
    assert copied.last("j").text(380) == "6" and not copied.states("b1")
    well_formed(copied)


def test_orders_from_elsewhere_are_known_by_their_ids() -> None:
    """One that came by gRPC can be asked for, and cancelled, at the same desk."""
    world, (client,) = connected(fix_session())
    world.p.command(order("g1", 100, price=99_900))
    world.run(80)
    assert not client.reports()
    client.send("H", (11, b"g1"), (55, b"ACME"), (54, b"1"))
    world.run(10)
    assert client.last("8").text(39) == "0"
    client.cancel("c1", "g1")
    world.run(80)
    assert client.states("c1") == ["66", "44"]


def test_a_bust_and_a_correction_name_their_execution(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    fill(world, 100)
    world.run(60)
    filled = client.last("8")
    venue, order = next((v, o) for v in world.p.venues.values() for o in v.distinct_orders())
    ((exec_id, _),) = order.fills
    corrected_id = venue.correct(order.cl_ord_ids[-1], exec_id, 60, 99_800)
    world.run(80)
    (corrected,) = [m for m in client.reports() if m.text(19)]
    assert corrected.text(19) == filled.text(17) and figures(corrected)[1:] == ("60", "40", "9.98")
    venue.bust(order.cl_ord_ids[-1], corrected_id)
    world.run(80)
    busted = [m for m in client.reports() if m.text(19)][-1]
    assert busted.text(19) == corrected.text(17) and busted.text(14) == "0"
    if client.terms.begin_string == "FIX.4.2":
        assert (corrected.text(20), busted.text(20)) == ("2", "1")
    else:
        assert (corrected.text(150), busted.text(150)) == ("G", "H")
    well_formed(client)


def again(client: Client, message: Message, orig_sending_time: bytes) -> None:
    """The client's message once more under its number, as after a resend request."""
    config = client.fix.config
    head = [(34, b"%d" % message.seq_num), (43, b"Y"), (49, config.sender_comp_id.encode())]
    head += [(52, from_utc_ns(client.world.now)), (56, config.target_comp_id.encode()), (122, orig_sending_time)]
    body = [f for f in message.fields if f[0] not in (34, 43, 49, 52, 56, 122)]
    frame = encode(config.begin_string, message.msg_type, [*head, *body])
    client.world.port.put(LinkFrame(client.terms.session_id, client.link, frame))


def test_rule_26_a_possible_duplicate_is_processed_once(pair: tuple[ClientWorld, Client]) -> None:
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    first = parse(client.fix.state.sent[2])
    before = len(client.heard)
    again(client, first, from_utc_ns(world.now - 10**9))
    world.run(40)
    assert len(client.heard) == before and len(world.state.orders) == 1, "the same number again: ignored"
    renamed = tuple((t, b"a2" if t == 11 else v) for t, v in first.fields if t != 34)
    fresh = Message("D", (*renamed, (34, b"3")))
    again(client, fresh, from_utc_ns(world.now - 10**9))
    world.run(80)
    assert client.states("a2") == ["AA", "00"], "a number that was not processed: processed"
    client.fix.state.next_out = 4
    again(client, Message("D", (*fresh.fields[:-1], (34, b"4"))), from_utc_ns(world.now + 3_600 * 10**9))
    world.run(40)
    reject = client.heard[before + 2]
    assert (reject.msg_type, reject.text(373)) == ("3", "10"), "OrigSendingTime after SendingTime"


def test_rule_29_what_is_stale_is_not_sent_again() -> None:
    """Reports come again with PossDup; quotes of then do not: their numbers are filled."""
    world, (client,) = connected(fix_session())
    wanted = ((264, b"1"), (265, b"1"), (267, b"1"), (269, b"0"), (146, b"1"), (55, b"ACME"))
    client.new("a1", price="9.99")
    client.send("V", (262, b"md"), (263, b"1"), *wanted)
    world.run(80)
    client.fix.state.next_in = 2  # as if nothing after the logon had come
    heard = len(client.heard)
    client.drop()
    world.run(10)
    client.connect()
    world.run(60)
    resent = [m for m in client.heard[heard:] if m.poss_dup]
    assert {m.msg_type for m in resent} == {"8", "4"} and all(m.get(122) for m in resent)
    fills = [m for m in resent if m.msg_type == "4"]
    assert fills and all(m.text(123) == "Y" for m in fills)
    assert client.fix.state.logged_on and not world.state.sessions["alpha-fix"].subscriptions


def test_a_resent_replace_and_cancel_are_answered_with_the_status(pair: tuple[ClientWorld, Client]) -> None:
    """Rules 27 and 28 for requests: with PossResend the status, without it a reject with reason 6."""
    world, client = pair
    client.new("a1", price="9.99")
    world.run(80)
    client.replace("a2", "a1", 150)
    world.run(100)
    client.replace("a2", "a1", 150, header=((97, b"Y"),))
    world.run(40)
    assert (client.last("8").text(17), client.last("8").text(38)) == ("0", "150")
    client.cancel("c1", "a2")
    world.run(100)
    client.cancel("c1", "a2")
    world.run(40)
    reject = client.last("9")
    assert reject.text(39) == "4" and reject.text(102) in ("6", "2") and "DUPLICATE" in reject.text(58)
    well_formed(client)


def test_a_client_is_held_to_the_audit_and_cancels_pass() -> None:
    world, (client,) = connected(fix_session())
    client.new("a1", price="9.99")
    world.run(80)
    world.p.audit_age_ns = None
    client.new("a2", price="9.99")
    client.cancel("c1", "a1")
    world.run(80)
    assert "AUDIT_BEHIND_AT_GATEWAY" in client.reports("a2")[-1].text(58)
    assert client.states("c1")[-1] == "44"


def test_a_session_sees_the_accounts_that_it_may_use() -> None:
    narrow = fix_session("narrow", accounts=("A2",))
    world, (client, other) = connected(fix_session(), narrow, more=(account("A2"),))
    client.new("a1", price="9.99")
    world.run(80)
    other.send("H", (11, b"a1"), (55, b"ACME"), (54, b"1"))
    other.cancel("c1", "a1")
    other.send("q", (11, b"m1"), (530, b"7"), other.stamp())
    other.new("b1", price="9.99")
    world.run(80)
    assert other.reports("a1")[0].text(37) == "NONE" and other.last("9").text(102) == "1"
    assert other.last("r").text(533) == "0", "only its own account"
    assert "the session may use A2" in other.reports("b1")[-1].text(58)
    assert client.states("a1") == ["AA", "00"]


def test_an_exec_id_is_unique_over_a_reset_of_the_numbers() -> None:
    world, (client,) = connected(fix_session())
    client.new("a1", price="9.99999")
    world.run(20)
    client.drop()
    world.run(10)
    client.fix = Connection(replace(client.fix.config, reset_on_logon=True))
    client.connect()
    world.run(20)
    client.new("a2", price="9.99999")
    world.run(20)
    first, second = (m for m in client.reports() if m.text(39) == "8")
    assert first.seq_num == second.seq_num == 2 and first.text(17) != second.text(17)


def test_twap_parameters_reach_the_router() -> None:
    world, (client,) = connected(fix_session())
    start, end = from_utc_ns(world.now), from_utc_ns(world.now + 60 * 10**9)
    text = b"StartTime=" + start + b";EndTime=" + end + b";Slices=6"
    client.new("a1", 60, "10.05", b"1", (847, b"1002"), (848, text))
    world.run(80)
    terms = world.state.find("alpha", "a1").order
    assert terms.algorithm.name == "TWAP" and terms.twap is not None
    assert (terms.twap.slices, terms.twap.end_ns - terms.twap.start_ns) == (6, 60 * 10**9)
    client.new("a2", 60, "10.05", b"1", (847, b"1002"))
    world.run(20)
    assert "TWAP needs StartTime and EndTime" in client.last("8").text(58)


@pytest.mark.parametrize("version", ["FIX.4.4", "FIX.5.0SP2"])
@pytest.mark.parametrize("names", [True, False])
def test_inv_594_who_names_789_is_answered_in_kind(version: str, names: bool) -> None:
    """INV-594: what either side missed comes without a ResendRequest where the Logon names 789, and is asked for where it does not."""
    world, (client,) = connected(fix_session(version=version))
    client.fix.config = replace(client.fix.config, next_expected=names)
    client.new("a1", price="9.99")
    world.run(80)
    client.drop()
    world.run(5)
    fill(world, 40)
    world.run(40)
    client.new("a2", price="9.98")
    before = len(client.heard)
    client.connect()
    world.run(80)
    heard = client.heard[before:]
    assert [bool(m.get(789)) for m in heard if m.msg_type == "A"] == [names]
    asked = [m for m in heard if m.msg_type == "2"] + [
        raw for raw in client.fix.state.sent.values() if parse(raw).msg_type == "2"
    ]
    assert names != bool(asked)
    assert [state[1] for state in client.states("a1")][-1] == "1" and client.states("a2")[-1][1] == "0"
    assert len({m.seq_num for m in client.reports()}) == len(client.reports()), "each once"
    well_formed(client)


def test_789_beyond_what_was_sent_is_refused() -> None:
    world, (client,) = connected(fix_session())
    client.drop()
    client.fix.config = replace(client.fix.config, next_expected=True)
    client.fix.state.next_in = 50
    client.connect()
    world.run(20)
    assert "NextExpectedMsgSeqNum (789) too high" in client.heard[-1].text(58) and not client.fix.state.logged_on


def test_a_quantity_that_is_none_is_told_by_its_own_reason(pair: tuple[ClientWorld, Client]) -> None:
    """OrdRejReason 13 (incorrect quantity) is there from 4.4 on; 4.2 has 0 for what it has no code for."""
    world, client = pair
    for number, qty in enumerate((b"0", b"-5", b"1.5")):
        body: list[tuple[int, bytes]] = [
            (11, b"q%d" % number),
            (1, b"A1"),
            (55, b"ACME"),
            (54, b"1"),
            client.stamp(),
            (38, qty),
        ]
        handled = () if client.terms.appl_ver_id else ((21, b"1"),)
        client.send("D", *body, (40, b"2"), (44, b"9.99"), (59, b"0"), *handled)
        world.run(20)
        refused = client.last("8")
        assert refused.text(39) == "8" and "OrderQty(38)" in refused.text(58)
        assert refused.text(103) == ("0" if client.terms.begin_string == "FIX.4.2" else "13")
