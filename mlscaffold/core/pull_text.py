"""Titles and texts of pull requests, made so that what a template or a project wrote stays text.

In a thousand repos at once a changelog's `@someone`, `closes #1` or `/merge` would mail, close and merge.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlscaffold.core.text import printable

LONGEST_BODY = 60_000
"""GitHub takes 65,536 characters; the rest is for the marker."""

LONGEST_TITLE = 120

_BREAK = "\u200b"  # a space of no width: what follows it is no longer read as a reference

# What a forge acts on, up to the place where it is broken.
_ACTIVE = re.compile(
    r"""(?ix)
      @(?=\w)                                                                       # a mention
    | [#!](?=\d)                                                                    # an issue, a merge request
    | \bGH-(?=\d) | (?-i:\b[A-Z][A-Z0-9]+-(?=\d))                                   # GH-1, and a tracker's KEY-1
    | /(?:issues|pulls?|merge_requests|work_items|epics|discussions)/(?=\d)         # the same as an address
    | (?m:^)[^\S\n]*/(?=[a-z])                                                      # GitLab's quick actions
    | \[(?=[^\]\n]*\b(?:ci|actions)\b)                                              # [skip ci] in a squashed title
    | <(?=!--)                                                                      # a marker that is not ours
    """
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of ours over text that is not ours."""

    title: str
    text: str


def inert(text: str) -> str:
    """Return the text so that no forge acts on it: same to the eye, no mention, reference or command left."""
    return _ACTIVE.sub(lambda found: found[0] + _BREAK, _shown(text))


def fenced(text: str) -> str:
    """Return the text as a code block, in a fence longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}text\n{inert(text).rstrip()}\n{fence}"


def code(text: str) -> str:
    """Return one line of the text as code inside a sentence."""
    line = inert(" ".join(text.split()))
    ticks = "`" * (1 + _longest_run(line))
    padding = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{ticks}{padding}{line}{padding}{ticks}"


def title_line(text: str) -> str:
    """Return the text as a title: one line, inert, not too long."""
    line = " ".join(text.split())
    short = line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
    return inert(short)


def body_text(lead: str, sections: Sequence[Section], room: int = LONGEST_BODY) -> str:
    """Return our own `lead` and the sections that are not empty, each cut to its share of the room."""
    parts = [lead]
    room -= len(lead)
    told = [section for section in sections if section.text.strip()]
    for left, section in zip(range(len(told), 0, -1), told, strict=True):
        part = f"## {section.title}\n\n{_cut(section.text, room // left - len(section.title) - 10)}"
        parts.append(part)
        room -= len(part) + 2
    return "\n\n".join(parts)


def _cut(text: str, room: int) -> str:
    """Return the text fenced, with as many of its first lines as fit."""
    whole = fenced(text)
    if len(whole) <= room:
        return whole
    lines = text.splitlines()
    low, high = 0, len(lines)
    while low < high:  # the most lines that fit
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(_first(lines, middle)) <= room else (low, middle - 1)
    return _first(lines, low)


def _first(lines: list[str], count: int) -> str:
    return f"{fenced(chr(10).join(lines[:count]))}\n\n{len(lines) - count} more lines are not shown."


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _shown(text: str) -> str:
    """Return the text with what would be hidden in it spelled out; line ends and tabs stay."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)
