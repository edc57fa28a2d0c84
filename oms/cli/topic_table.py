"""The topic table as the README shows it: lines of Markdown made from `oms.wire.topics`, never written by hand."""

from oms.wire.topics import TOPICS, Topic

START, END = "<!-- topics -->", "<!-- /topics -->"
"""The lines of the README between which the table stands."""


def topic_table() -> list[str]:
    """The table, a line per topic, in the order of the code."""
    head = [
        "| topic | kind | partitions by | written by | read by | audited | content |",
        "|---|---|---|---|---|---|---|",
    ]
    return head + [_line(topic) for topic in TOPICS]


def _line(topic: Topic) -> str:
    kind = f"{topic.kind.value}, compacted" if topic.compacted else topic.kind.value
    cells = (
        f"`{topic.name}`",
        kind,
        topic.partitioning.value,
        topic.writer,
        ", ".join(topic.readers),
        "yes" if topic.audited else "no",
        topic.content,
    )
    return f"| {' | '.join(cells)} |"


def table_in(text: str) -> list[str]:
    """The lines between the markers; ValueError where a marker is missing."""
    lines = text.splitlines()
    return [line for line in lines[lines.index(START) + 1 : lines.index(END)] if line]
