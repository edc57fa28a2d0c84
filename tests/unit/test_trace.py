"""The trace of an order is what its records say: the arrows of the picture, parents, errors, and ids that anybody builds again."""

from dataclasses import replace

from trace_world import (
    ASKED,
    DATE,
    NOW,
    SPAN,
    TRACE,
    WHO,
    assert_well_formed,
    cancel,
    order,
    order_path,
    records_of,
    rows_of,
    spans_in,
)

from oms.core.commands import MassCancelOrders, NewOrderList
from oms.core.control import CancelScope
from oms.core.enums import HaltScope
from oms.testing.sim_venue import Script
from oms.wire import topics
from oms.wire.trace import AUDIT, VENUES, Kind, Place, edges_of, span_id_of, spans_of

OTHER_TRACE = "c" * 32


def test_the_edges_of_a_trace_are_the_arrows_of_the_picture() -> None:
    """INV-85."""
    path = order_path()
    path.command(order(path, "a1", trace_id=ASKED))
    path.run()
    spans = spans_in(path, "a1")
    assert_well_formed(spans)
    arrows = {arrow for of_topic in topics.ARROWS.values() for arrow in of_topic}
    assert edges_of(spans) == arrows | {("execution", VENUES)}
    assert {span.service for span in spans} == {"order-gateway", "risk", "router", "execution", AUDIT}
    assert {span.trace_id for span in spans} == {TRACE}


def test_the_root_hangs_under_the_client_and_a_venue_is_a_peer() -> None:
    path = order_path()
    path.command(order(path, "a1", trace_id=ASKED))
    path.run()
    spans = spans_in(path, "a1")
    root, *rest = spans
    assert (root.service, root.name, root.parent_id, root.kind) == ("order-gateway", "NewOrder", SPAN, Kind.SERVER)
    assert root.start_ns == NOW + 1_200_000_000 and not [span for span in rest if span.parent_id == SPAN]
    (trip,) = [span for span in spans if span.kind is Kind.CLIENT]
    assert trip.attributes["peer.service"] == trip.attributes["oms.venue.id"] == "XALP"
    answers = [span.name for span in spans if span.parent_id == trip.span_id]
    assert answers == ["ChildReport NEW", "ChildReport TRADE"]
    assert trip.end_ns - trip.start_ns == 20_000_000, "from the intent in the log to the first answer"
    (risk,) = [span for span in spans if span.name == "OrderAccepted"]
    assert risk.attributes["oms.source"] == "oms.orders/0@0"
    assert risk.attributes["messaging.destination.name"] == topics.RISK
    assert risk.span_id == span_id_of(Place(topics.RISK, 0, int(risk.attributes["messaging.kafka.offset"])))


def test_what_the_audit_wrote_is_its_span_under_each_record() -> None:
    path = order_path()
    path.command(order(path, "a1"))
    path.run()
    spans = spans_in(path, "a1")
    by_id = {span.span_id: span for span in spans}
    written = [span for span in spans if span.service == AUDIT]
    assert len(written) == len([s for s in spans if s.service != AUDIT and s.kind is not Kind.CLIENT])
    assert all(span.end_ns - by_id[span.parent_id].end_ns == 300_000_000 for span in written)


def test_a_refused_order_has_a_trace_with_the_reason_as_its_error() -> None:
    path = order_path()
    path.command(order(path, "fat", 10_001))
    path.run()
    spans = spans_in(path, "fat")
    assert_well_formed(spans)
    (refused,) = [span for span in spans if span.error]
    assert (refused.service, refused.name) == ("risk", "OrderRejected")
    assert refused.error.startswith("ORDER_QTY_LIMIT: ") and refused.attributes["oms.reason"] == "ORDER_QTY_LIMIT"


def test_a_venues_refusal_is_an_error_of_its_answer() -> None:
    path = order_path(Script(False, ()))
    path.command(order(path, "a1"))
    path.run()
    spans = spans_in(path, "a1")
    assert_well_formed(spans)
    refused = [(span.service, span.name) for span in spans if span.error]
    assert refused[0] == ("execution", "ChildReport REJECTED"), refused


def test_a_later_command_has_a_trace_of_its_own_that_names_the_orders() -> None:
    path = order_path(Script(True, ()), Script(True, ()))
    path.command(order(path, "a1", trace_id=ASKED))
    path.run()
    path.command(cancel(path, "c1", "a1", f"{OTHER_TRACE}-{SPAN}-01"))
    path.run()
    spans = spans_in(path, "a1")
    assert_well_formed(spans)
    (root,) = [span for span in spans if span.name == "CancelOrder"]
    first = spans[0]
    assert (root.trace_id, root.links) == (OTHER_TRACE, (first.key,))
    own = [(s.service, s.name) for s in spans if s.trace_id == OTHER_TRACE and s.service != AUDIT]
    assert ("execution", "Intent CANCEL") in own and ("execution", "ChildReport CANCELED") in own
    assert {span.trace_id for span in spans} == {TRACE, OTHER_TRACE}


def test_a_mass_cancel_is_the_cause_of_what_it_did_to_an_order() -> None:
    path = order_path(Script(True, ()), Script(True, ()))
    path.command(order(path, "a1"))
    path.command(order(path, "a2"))
    path.run()
    path.command(MassCancelOrders("alpha", DATE, "m1", "", "", path.clock.wall_ns, OTHER_TRACE, WHO))
    path.run()
    spans = spans_in(path, "a1")
    assert_well_formed(spans)
    names = [span.name for span in spans if span.trace_id == OTHER_TRACE and span.service != AUDIT]
    assert names[:3] == ["MassCancelOrders", "MassCancelStarted", "MassCancelStep"] and "Intent CANCEL" in names
    mentioned = {str(span.attributes.get("oms.child.id", "")) for span in spans}
    assert not [child for child in mentioned if "a2" in child], "another order's events are not in this one's trace"


def test_what_no_command_caused_hangs_under_the_order_with_its_cause() -> None:
    path = order_path(Script(True, ()), Script(True, ()))
    path.command(order(path, "a1", trace_id=ASKED))
    path.run()
    at = path.control(CancelScope(HaltScope.DESK, "alpha", "test", path.clock.wall_ns, WHO))
    path.run()
    spans = spans_in(path, "a1")
    assert_well_formed(spans)
    assert {span.trace_id for span in spans} == {TRACE}
    caused = [span for span in spans if span.attributes.get("oms.source") == f"oms.control/0@{at}"]
    by_id = {span.span_id: span for span in spans}
    assert caused and all(by_id[span.parent_id].service == span.service for span in caused), (
        "where it took the order up"
    )


def test_void_records_make_no_spans() -> None:
    path = order_path()
    path.command(order(path, "a1"))
    path.run()
    rows = rows_of(path)
    order_id = f"alpha/{DATE}/a1"
    whole = spans_of(order_id, records_of(rows, order_id))
    last = max((r for r in rows if r.topic == topics.RISK and order_id in r.order_ids), key=lambda r: r.offset)
    void = [row._replace(accepted=0) if row is last else row for row in rows]
    rest = spans_of(order_id, records_of(void, order_id))
    gone = {span.span_id for span in whole} - {span.span_id for span in rest}
    assert gone == {span_id_of(last.place), span_id_of(last.place, "written")}


def test_a_clock_that_is_behind_turns_no_span_around() -> None:
    """Risk's machine is a second slow: its span still begins when the command was in the log."""
    path = order_path()
    path.command(order(path, "a1"))
    path.run()
    order_id = f"alpha/{DATE}/a1"
    slow = {
        place: replace(r, wall_ns=r.wall_ns - 1_000_000_000, logged_ns=r.logged_ns - 1_000_000_000)
        if place.topic == topics.RISK
        else r
        for place, r in records_of(rows_of(path), order_id).items()
    }
    spans = spans_of(order_id, slow)
    assert_well_formed(spans)
    assert len({span.trace_id for span in spans}) == 1


def test_records_that_name_each_other_still_end() -> None:
    """No writer of ours makes them; a trace must end all the same."""
    path = order_path()
    path.command(order(path, "a1"))
    path.run()
    order_id = f"alpha/{DATE}/a1"
    records = records_of(rows_of(path), order_id)
    accepted = next(p for p in records if p.topic == topics.RISK)
    opened = next(p for p in records if p.topic == topics.ROUTING)
    records[accepted] = replace(records[accepted], source=opened)
    records[opened] = replace(records[opened], source=accepted)
    assert len(spans_of(order_id, records)) == len(spans_in(path, "a1"))


def test_a_trace_id_of_a_former_release_still_makes_a_trace() -> None:
    path = order_path()
    path.command(order(path, "a1", trace_id="0123456789abcdef"))
    path.run()
    once, again = spans_in(path, "a1"), spans_in(path, "a1")
    assert_well_formed(once)
    assert once == again and not once[0].parent_id, "the id is made of where the command is"


def test_nothing_makes_no_trace() -> None:
    assert spans_of("alpha/20250106/none", {}) == ()


def test_an_order_of_a_list_hangs_under_the_command_of_its_list() -> None:
    path = order_path()
    orders = tuple(replace(order(path, name), list_id=f"alpha/{DATE}/l1") for name in ("a1", "a2"))
    now = path.clock.wall_ns
    path.command(NewOrderList("alpha", DATE, "l1", None, orders, now + 10**15, now, ASKED, WHO))
    path.run()
    for name in ("a1", "a2"):
        spans = spans_in(path, name)
        assert_well_formed(spans)
        assert (spans[0].service, spans[0].name, spans[0].parent_id) == ("order-gateway", "NewOrderList", SPAN)
        assert {"router", "execution"} <= {span.service for span in spans}
