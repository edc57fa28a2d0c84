"""The table of topics is one table: what services read and write, what the README shows, and what the code says are the same."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import services.execution.app
import services.order_gateway.fix
import services.risk.app
import services.router.app
from oms.cli.topic_table import END, START, table_in, topic_table
from oms.runtime.auditor import PLANS, audited_partitions
from oms.runtime.gateway_feed import read_partitions
from oms.runtime.lifecycle import StageService
from oms.wire import topics
from oms.wire.topics import BY_NAME, JOURNAL_OF_STAGE, TOPICS, Kind, Partitioning

ROOT = Path(__file__).parents[2]
STAGES = [services.risk.app.SERVICE, services.router.app.SERVICE, services.execution.app.SERVICE]
ANY = "any"
WRITER_OF_FILE = {
    "oms/runtime/dead_letters.py": ANY,
    "oms/runtime/presence.py": ANY,
    "oms/local/supervisor.py": ANY,
    "oms/runtime/auditor.py": "audit",
    "oms/runtime/alert_forwarder.py": "audit",
    "oms/runtime/gateway_commands.py": "order-gateway",
    "oms/runtime/gateway_admin.py": "order-gateway",
    "oms/runtime/gateway_auth.py": "order-gateway",
    "oms/runtime/halt_spreader.py": "order-gateway",
    "oms/venues/feed_publisher.py": "execution",
    "oms/venues/wire_tap.py": "execution",
    "oms/runtime/fix_commands.py": "order-gateway",
    "oms/runtime/fix_front.py": "order-gateway",
    "oms/runtime/factor_publisher.py": "risk",
}
"""Which service a file that writes an intake, or what is encoded like one, runs in. A new one is added here and, as the writer, in the table of topics."""


def readers_in_table(service: str) -> set[str]:
    return {t.name for t in TOPICS if service in t.readers}


def stage_reads(service: StageService) -> set[str]:
    """What the declaration says, and what every stage reads: heartbeats tell a follower that the owner is silent."""
    reads = {topics.REFERENCE, topics.CONTROL, topics.HEARTBEATS, service.journal, *service.inputs}
    if service.reads_market:
        reads.add(topics.MARKET)
    if service.reads_audit:
        reads.add(topics.AUDIT_PROGRESS)
    return reads


def names_in(path: Path) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}


def intakes_written(path: Path) -> Iterator[str]:
    """Topics named in calls of `encode_intake`, which is the only way to a record of an intake."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "encode_intake":
            topic = node.args[0]
            assert isinstance(topic, ast.Attribute), f"{path}: name the topic in the call: encode_intake(topics.X, …)"
            yield getattr(topics, topic.attr)


def test_the_readme_shows_the_table() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert START in text and END in text, "README.md: the markers of the topic table are missing"
    assert table_in(text) == topic_table(), "README.md: paste what oms.cli.topic_table.topic_table() gives"


def test_names_are_unique_and_every_topic_has_a_reader() -> None:
    assert len(BY_NAME) == len(TOPICS)
    for topic in TOPICS:
        assert topic.name.startswith("oms.") and topic.readers, topic.name
        assert len(set(topic.readers)) == len(topic.readers), topic.name


@pytest.mark.parametrize("service", STAGES, ids=lambda s: s.name)
def test_a_stage_reads_what_the_table_says(service: StageService) -> None:
    assert stage_reads(service) == readers_in_table(service.name)


@pytest.mark.parametrize("service", STAGES, ids=lambda s: s.name)
def test_a_stage_owns_the_journal_that_the_table_says(service: StageService) -> None:
    journals = {t.name for t in TOPICS if t.kind is Kind.JOURNAL and t.writer == service.name}
    assert journals == service.journals and service.journal == JOURNAL_OF_STAGE[service.name]


def test_the_gateway_reads_what_the_table_says() -> None:
    reads = {tp.topic for tp in read_partitions(1)}
    if "MarketFollower" in names_in(ROOT / "oms" / "runtime" / "gateway.py"):
        reads.add(topics.MARKET)
    fix = services.order_gateway.fix.SERVICE  # its second process
    assert reads | stage_reads(fix) == readers_in_table("order-gateway")
    assert {t.name for t in TOPICS if t.kind is Kind.JOURNAL and t.writer == "order-gateway"} == {fix.journal}


def test_the_audit_reads_what_is_audited_and_its_plans() -> None:
    audited = {tp.topic for tp in audited_partitions(1)}
    assert audited == {t.name for t in TOPICS if t.audited}
    assert audited | {PLANS.topic} == readers_in_table("audit")


def test_the_view_reads_and_writes_what_the_table_says() -> None:
    tree = ast.parse((ROOT / "oms" / "runtime" / "views.py").read_text("utf-8"))
    named = {
        getattr(topics, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "topics"
    }
    views = {t.name for t in TOPICS if t.writer == "views"}
    assert all(BY_NAME[name].kind is Kind.VIEW for name in views)
    assert named == readers_in_table("views") and views < named


def test_every_partition_of_an_audited_topic_is_audited() -> None:
    found = audited_partitions(3)
    for topic in TOPICS:
        mine = [tp.partition for tp in found if tp.topic == topic.name]
        assert mine == (list(range(topic.partitions(3))) if topic.audited else []), topic.name


def test_intakes_are_written_by_whom_the_table_says() -> None:
    written: dict[str, set[str]] = {}
    for path in sorted((ROOT / "oms").rglob("*.py")) + sorted((ROOT / "services").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("oms/testing/", "oms/wire/", "oms/v1/")):
            continue
        for topic in intakes_written(path):
            assert name in WRITER_OF_FILE, f"{name} writes {topic}: say in this test which service it belongs to"
            written.setdefault(topic, set()).add(WRITER_OF_FILE[name])
    ours = [t for t in TOPICS if t.kind is Kind.INTAKE or t.name == topics.ALERTS]
    assert written == {t.name: set(t.writer.split(", ")) for t in ours}


def test_desk_keyed_topics_have_equally_many_partitions() -> None:
    for topic in TOPICS:
        assert topic.partitions(7) == (1 if topic.partitioning is Partitioning.SINGLE else 7), topic.name


def test_the_arrows_are_the_tables() -> None:
    """INV-85. From a writer to whoever acts on what it wrote about an order: journals what follows from it, or audits it."""
    acting = {"audit", *JOURNAL_OF_STAGE}
    assert set(topics.ARROWS) == set(topics.ORDER_PATH)
    for topic, arrows in topics.ARROWS.items():
        row = BY_NAME[topic]
        assert set(arrows) == {(row.writer, reader) for reader in acting & set(row.readers) - {row.writer}}, topic


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md"])
def test_the_picture_names_every_arrow(document: str) -> None:
    """By its services and its topic; which end is which, the table says."""
    text = (ROOT / document).read_text("utf-8")
    picture = next(block for block in text.split("```") if "order-gateway" in block and "oms.routing" in block)
    for topic, arrows in topics.ARROWS.items():
        assert topic in picture, f"{document}: the picture lacks {topic}"
        for writer, reader in arrows:
            assert writer in picture and reader in picture, f"{document}: the picture lacks {writer} or {reader}"
