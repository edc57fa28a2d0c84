"""The commands of a section of a Markdown document, each with the answer that the document shows.

A command is an indented line that begins with `$ `; a backslash at its end goes on in the next line. What follows, up to the next command
or the next text that is not indented, is its answer.
"""

from dataclasses import dataclass

INDENT = "    "
PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Step:
    command: str
    answer: str


def steps_in(document: str, heading: str) -> list[Step]:
    """ValueError where there is no such section, or it has no command."""
    steps: list[Step] = []
    command: list[str] = []
    answer: list[str] = []

    def end() -> None:
        if command:
            steps.append(Step("\n".join(command), "\n".join(answer).strip("\n")))
        command.clear()
        answer.clear()

    for line in _section(document, heading):
        if not line.startswith(INDENT):
            if line.strip():
                end()
            elif command:
                answer.append("")
            continue
        text = line.removeprefix(INDENT)
        if text.startswith(PROMPT):
            end()
            command.append(text.removeprefix(PROMPT))
        elif command and command[-1].endswith("\\") and not answer:
            command.append(text)
        elif command:
            answer.append(text)
    end()
    if not steps:
        raise ValueError(f"no command below the heading {heading!r}")
    return steps


def _section(document: str, heading: str) -> list[str]:
    lines = document.splitlines()
    wanted = f"## {heading}"
    if wanted not in lines:
        return []
    begin = lines.index(wanted) + 1
    ends = [n for n in range(begin, len(lines)) if lines[n].startswith("## ")]
    return lines[begin : ends[0] if ends else len(lines)]
