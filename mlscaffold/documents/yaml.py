"""YAML as a tree with places, and the edits of its text: whole lines in blocks, items in brackets."""

import json
import re
from typing import Final

from mlscaffold.core.document import Document, Edit, Entry, Mapping, Node, Scalar, Sequence
from mlscaffold.core.keyed import Change, Container, Delete, Insert, Replace, Slot
from mlscaffold.documents import flow, layout
from mlscaffold.documents.yaml_reader import parse

__all__ = ["edits", "parse"]

_PLAIN_IN_FLOW: Final = re.compile(r"[^,\[\]{}#:&*!|>'\"%@`\n]+")
_SAFE_TEXT: Final = re.compile(r"[A-Za-z0-9_./@+~<>=-][\w ./@+~<>=:-]*", re.ASCII)


def edits(ours: Document, theirs: Document, change: Change) -> list[Edit] | None:
    """Return the edits of ours' text that make a change; None where it cannot be made by itself."""
    if isinstance(change, Delete):
        if change.into.flow:
            return flow.delete(ours, change.into, change.ours)
        return _delete(ours, change.into, change.ours)
    if isinstance(change, Insert):
        return _insert(ours, theirs, change.slot, change.theirs)
    return _replace(ours, theirs, change)


def _is_inline(document: Document, node: Node) -> bool:
    """Say whether a node stands in one line or in brackets, so that it can be put anywhere."""
    text = document.text[node.start : node.end]
    if isinstance(node, Scalar):
        return "\n" not in text and not text.startswith(("|", ">"))
    return node.flow


def _delete(document: Document, container: Container, entry: Entry) -> list[Edit]:
    text, at = document.text, container.entries.index(entry)
    if len(container.entries) == 1:
        return _emptied(document, container, entry)
    if not layout.alone(text, entry.start):  # it shares its line with the dash of an item
        return [Edit(entry.start, container.entries[at + 1].start, "")]
    start, end = layout.top(document, entry.start), layout.line_end(text, entry.end)
    if end == len(text):
        return [Edit(max(start - 1, 0), end, "")]
    blank_after = text[end : end + 2] == "\n\n" or not text[end:].strip()
    start -= layout.blank_lines_above(text, start) if blank_after else 0
    return [Edit(start, end + 1, "")]


def _emptied(document: Document, container: Container, entry: Entry) -> list[Edit]:
    """A block that loses its last entry becomes empty braces or brackets, so that it does not become null."""
    empty = "{}" if isinstance(container, Mapping) else "[]"
    before = document.text[: entry.start].rstrip()
    if before.endswith((":", "-")) and before and not document.comments_in(len(before), entry.start):
        return [Edit(len(before), entry.end, f" {empty}")]
    return [Edit(entry.start, entry.end, empty)]


def _insert(ours: Document, theirs: Document, slot: Slot, entry: Entry) -> list[Edit] | None:
    into = slot.into
    if into.flow and not into.entries and not slot.source.flow and _may_be_block(ours, into):
        return [_opened(ours, theirs, slot, entry)]
    if into.flow:
        fragment = flow.Fragment(_in_flow(theirs, entry))
        return flow.insert(ours, into, fragment, slot.after, slot.before, "")
    if not into.entries:  # an empty file
        end = len(ours.text.rstrip())
        return [Edit(end, len(ours.text), "\n" * bool(end) + _block(ours, theirs, slot, entry, "") + "\n")]
    margin = " " * layout.column(ours.text, into.entries[0].start)
    block = _block(ours, theirs, slot, entry, margin)
    if slot.after:
        place = layout.line_end(ours.text, slot.after.end)
        above = layout.blank_lines_above(theirs.text, layout.top(theirs, entry.start))
        blank = above if entry is not slot.source.entries[0] and not slot.source.flow else 0
        return [Edit(place, place, "\n" * (blank + 1) + margin + block)]
    first = into.entries[0].start
    if not layout.alone(ours.text, first):
        return [Edit(first, first, f"{block}\n{margin}")]
    place = layout.top(ours, first)
    return [Edit(place, place, f"{margin}{block}\n")]


def _may_be_block(document: Document, into: Container) -> bool:
    """Say whether empty brackets stand by themselves behind a key, a dash or nothing, and not in other brackets."""
    line = document.text[layout.line_start(document.text, into.start) : into.start]
    rest = document.text[into.end : layout.line_end(document.text, into.end)].strip()
    return not rest and (not line.strip() or (line.rstrip().endswith(":") and not set("{[") & set(line)))


def _opened(ours: Document, theirs: Document, slot: Slot, entry: Entry) -> Edit:
    """Write the first entry of an empty mapping or list as a block."""
    into = slot.into
    if layout.alone(ours.text, into.start):
        margin = " " * layout.column(ours.text, into.start)
        return Edit(into.start, into.end, _block(ours, theirs, slot, entry, margin))
    margin = layout.indent(ours.text, into.start).replace("-", " ") + (layout.step(ours) or "  ")
    start = len(ours.text[: into.start].rstrip())
    return Edit(start, into.end, f"\n{margin}{_block(ours, theirs, slot, entry, margin)}")


def _block(ours: Document, theirs: Document, slot: Slot, entry: Entry, margin: str) -> str:
    """Return the lines of an entry of theirs, comments above and behind it included, moved to a margin."""
    if slot.source.flow:
        return ("- " if isinstance(slot.source, Sequence) else "") + _in_flow(theirs, entry)
    start, dash, end = entry.start, "", layout.line_end(theirs.text, entry.end)
    gap = _behind_dash(ours, slot.into)
    if gap and _behind_dash(theirs, slot.source, entry):
        start, dash = entry.node.start, "-" + gap
    text = theirs.text[start:end].rstrip(" ")
    was, now = " " * layout.column(theirs.text, start), margin + " " * len(dash)
    lead = layout.lead(theirs, entry.start, ours) if layout.alone(theirs.text, entry.start) else []
    return f"\n{margin}".join([*lead, dash + layout.reindent(text, was, now)])


def _behind_dash(document: Document, container: Container, entry: Entry | None = None) -> str:
    """Return the spaces between an item's dash and what it holds; none where that is not on the same line."""
    if isinstance(container, Mapping) or container.flow or not container.entries:
        return ""
    item = entry or container.entries[0]
    gap = document.text[item.start + 1 : item.node.start]
    return gap if gap and not gap.strip(" ") else ""


def _in_flow(document: Document, entry: Entry) -> str:
    """Write an entry as it may stand between commas."""
    value = _flow_text(document, entry.node)
    key = document.text[entry.start : _behind_sign(entry)].strip()
    return f"{key} {value}" if key.endswith(":") else value


def _behind_sign(entry: Entry) -> int:
    """Return where the value's part of an entry begins, right behind its `:` or `-`."""
    return next((piece for piece in entry.pieces if isinstance(piece, int)), entry.node.start)


def _flow_text(document: Document, node: Node) -> str:
    text = document.text[node.start : node.end]
    if isinstance(node, Scalar):
        if _is_inline(document, node) and (text[:1] in "\"'*" or _PLAIN_IN_FLOW.fullmatch(text)):
            return text
        return json.dumps(node.value.text, ensure_ascii=False) if node.value.kind == "str" else text or "null"
    if node.flow and "\n" not in text:
        return text
    inner = ", ".join(_in_flow(document, entry) for entry in node.entries)
    return f"{{{inner}}}" if isinstance(node, Mapping) else f"[{inner}]"


def _replace(ours: Document, theirs: Document, change: Replace) -> list[Edit] | None:
    node, wanted = change.ours.node, change.theirs.node
    if _is_inline(ours, node) and (_is_inline(theirs, wanted) or (change.slot and change.slot.into.flow)):
        text = _styled(ours, theirs, node, wanted, in_flow=bool(change.slot and change.slot.into.flow))
        space = (
            " " if node.start and not ours.text[node.start - 1].isspace() and node.start == node.end else ""
        )
        return [Edit(node.start, node.end, space + text), *layout.note(ours, change)]
    if change.slot is None:
        return [Edit(node.start, node.end, theirs.text[wanted.start : wanted.end])]
    return _replace_block(ours, theirs, change, change.slot)


def _replace_block(ours: Document, theirs: Document, change: Replace, slot: Slot) -> list[Edit] | None:
    """Put all that stands behind theirs' `key:` or `-` behind ours."""
    if slot.into.flow:
        return None
    mine, its = _behind_sign(change.ours), _behind_sign(change.theirs)
    end = change.ours.end
    if isinstance(change.ours.node, Scalar) and change.ours.node.note:
        end = layout.line_end(ours.text, end)
    if slot.source.flow:
        return [Edit(mine, end, " " + _flow_text(theirs, change.theirs.node))]
    was, now = (
        " " * layout.column(document.text, entry.start)
        for document, entry in ((theirs, change.theirs), (ours, change.ours))
    )
    text = theirs.text[its : layout.line_end(theirs.text, change.theirs.end)].rstrip(" ")
    return [Edit(mine, end, layout.reindent(text, was, now))]


def _styled(ours: Document, theirs: Document, node: Node, wanted: Node, *, in_flow: bool) -> str:
    """Write theirs' value in the quotes that ours has, where that is the same value."""
    text = _flow_text(theirs, wanted) if in_flow else theirs.text[wanted.start : wanted.end]
    if (
        not isinstance(wanted, Scalar)
        or wanted.value.kind != "str"
        or not _SAFE_TEXT.fullmatch(wanted.value.text)
    ):
        return text
    quote = ours.text[node.start : node.start + 1]
    if quote in ("'", '"') and text[:1] in ("'", '"'):
        return f"{quote}{wanted.value.text}{quote}"
    return text
