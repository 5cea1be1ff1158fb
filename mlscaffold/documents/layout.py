"""Lines, columns and indentation of a text: where an entry's lines begin and end."""

import re

from mlscaffold.core.document import Document, Edit, Scalar
from mlscaffold.core.keyed import Replace
from mlscaffold.core.pins import is_version_note


def line_start(text: str, at: int) -> int:
    """Return where the line that holds this place begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Return where that line ends, before its line break."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def column(text: str, at: int) -> int:
    """Return how far into its line a place is."""
    return at - line_start(text, at)


def indent(text: str, at: int) -> str:
    """Return the white space that the line of this place begins with."""
    start = line_start(text, at)
    return text[
        start : start
        + len(text[start : line_end(text, at)])
        - len(text[start : line_end(text, at)].lstrip(" \t"))
    ]


def alone(text: str, at: int) -> bool:
    """Say whether nothing stands before this place on its line."""
    return not text[line_start(text, at) : at].strip()


def top(document: Document, at: int) -> int:
    """Return where the comment lines directly above a line begin (those as far in as it), else its own start."""
    text, start = document.text, line_start(document.text, at)
    while start and alone(text, at):
        above = line_start(text, start - 1)
        if (
            not document.has_comment_at(above + column(text, at))
            or text[above : above + column(text, at)].strip()
        ):
            break
        start = above
    return start


def blank_lines_above(text: str, start: int) -> int:
    """Count the empty lines directly above a line that starts here."""
    before = text[:start]
    return len(re.findall("\n", before[len(before.rstrip()) :])) - 1 if before.strip() else 0


def lead(source: Document, at: int, known: Document) -> list[str]:
    """Return the comment lines above a line of theirs that ours does not have yet."""
    have = {known.text[start:end].strip() for start, end in known.comments}
    lines = source.text[top(source, at) : line_start(source.text, at)].splitlines()
    return [line.strip() for line in lines if line.strip() not in have]


def reindent(fragment: str, was: str, now: str, steps: tuple[str, str] = ("", "")) -> str:
    """Move the later lines of a fragment from one indentation to another; `steps` are the units of both."""
    first, *others = fragment.split("\n")
    unit, wanted = steps
    lines = [first]
    for line in others:
        bare = line.lstrip(" \t")
        inner = line[: len(line) - len(bare)].removeprefix(was)
        if unit and wanted and inner == unit * (len(inner) // len(unit)):
            inner = wanted * (len(inner) // len(unit))
        lines.append(now + inner + bare if bare else "")
    return "\n".join(lines)


def step(document: Document) -> str:
    """Return what one level of indentation is in this text, as its first indented line has it."""
    found = re.search(r"^([ \t]+)\S", document.text, re.MULTILINE)
    return found[1] if found else ""


def note(ours: Document, change: Replace) -> list[Edit]:
    """Let the comment that names a pin's version go with the pin."""
    node, wanted = change.ours.node, change.theirs.node
    base = change.base.node if change.base else None
    if (
        not isinstance(node, Scalar)
        or not isinstance(wanted, Scalar)
        or (change.slot and change.slot.into.flow)
    ):
        return []
    versions = is_version_note(wanted.note) and (is_version_note(node.note) or not node.note)
    same_as_base = isinstance(base, Scalar) and base.note == node.note and bool(wanted.note)
    if node.note == wanted.note or not (versions or same_as_base):
        return []
    if not node.note:
        return (
            [Edit(node.end, node.end, f"  {wanted.note}")]
            if line_end(ours.text, node.end) == node.end
            else []
        )
    start = ours.text.index("#", node.end)
    return [Edit(start, start + len(node.note), wanted.note)]
