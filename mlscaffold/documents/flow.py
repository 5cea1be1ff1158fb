"""Edits inside brackets and braces, which TOML, YAML and JSON share: items between commas."""

from dataclasses import dataclass, field

from mlscaffold.core.document import Document, Edit, Entry, Mapping, Sequence
from mlscaffold.documents import layout

Container = Mapping | Sequence


@dataclass(frozen=True, slots=True)
class Fragment:
    """The text of an entry to take in, the comment lines above it, and the comment behind it."""

    text: str
    lead: list[str] = field(default_factory=list)
    note: str = ""


def opening(document: Document, container: Container) -> int:
    """Return where the bracket stands; a YAML anchor or tag may come before it."""
    bracket = "{" if isinstance(container, Mapping) else "["
    if document.text[container.start : container.start + 1] not in (bracket, "&"):
        return -1
    return document.text.find(bracket, container.start, container.end)


def insert(
    document: Document,
    container: Container,
    fragment: Fragment,
    after: Entry | None,
    before: Entry | None,
    unit: str,
) -> list[Edit] | None:
    """Put an entry behind `after`, else before `before`, as its neighbours are put; None where there is no bracket."""
    start = opening(document, container)
    if start < 0:
        return None
    if not container.entries:
        return _insert_first(document, container, fragment, start, unit)
    first = container.entries[0]
    if "\n" not in document.text[start : first.start]:
        if after:
            return [Edit(after.end, after.end, f", {fragment.text}")]
        return [Edit(first.start, first.start, f"{fragment.text}, ")] if before else None
    inner = layout.indent(document.text, first.start)
    if after is None:
        place = layout.line_end(document.text, start)
        return [Edit(place, place, _lines(fragment, inner, comma=True))]
    return _insert_line(document, container, fragment, after, inner)


def _lines(fragment: Fragment, inner: str, *, comma: bool) -> str:
    note = f"  {fragment.note}" if fragment.note else ""
    return "".join(f"\n{inner}{line}" for line in [*fragment.lead, fragment.text + "," * comma + note])


def _insert_line(
    document: Document, container: Container, fragment: Fragment, after: Entry, inner: str
) -> list[Edit]:
    text, comma = document.text, comma_behind(document, container, after)
    if comma is None:
        place = layout.line_end(text, after.end)
        if place >= container.end - 1:  # the closing bracket stands on this line
            return [Edit(after.end, after.end, "," + _lines(fragment, inner, comma=False))]
        return [Edit(after.end, after.end, ","), Edit(place, place, _lines(fragment, inner, comma=False))]
    place = layout.line_end(text, comma)
    rest = text[comma + 1 : place].strip()
    if rest and not rest.startswith("#"):
        return [Edit(comma + 1, comma + 1, f" {fragment.text},")]
    return [Edit(place, place, _lines(fragment, inner, comma=True))]


def _insert_first(
    document: Document, container: Container, fragment: Fragment, start: int, unit: str
) -> list[Edit]:
    text, close = document.text, container.end - 1
    if "\n" not in text[start:close] and not unit:
        return [Edit(start + 1, close, fragment.text)]
    outer = layout.indent(text, start)
    kept = text[start + 1 : close].rstrip()
    lines = _lines(fragment, outer + (unit or "    "), comma=False)
    return [Edit(start + 1 + len(kept), close, f"{lines}\n{outer}")]


def comma_behind(document: Document, container: Container, entry: Entry) -> int | None:
    """Return where the comma behind an entry stands, past white space and comments; None if there is none."""
    at, skip = entry.end, dict(document.comments)
    while at < container.end:
        if document.text[at] == ",":
            return at
        if at in skip:
            at = skip[at]
        elif not document.text[at].isspace():
            return None
        else:
            at += 1
    return None


def delete(document: Document, container: Container, entry: Entry) -> list[Edit] | None:
    """Take an entry out, with its comma, and with its lines where it has them to itself."""
    text, start = document.text, opening(document, container)
    if start < 0:
        return None
    if len(container.entries) == 1:
        return [Edit(start + 1, container.end - 1, "")]
    at = container.entries.index(entry)
    comma = comma_behind(document, container, entry)
    behind = text[
        entry.end if comma is None else comma + 1 : layout.line_end(text, comma or entry.end)
    ].strip()
    if layout.alone(text, entry.start) and (not behind or behind.startswith("#")):
        edits = [Edit(layout.top(document, entry.start), layout.line_end(text, comma or entry.end) + 1, "")]
        last_comma = (
            comma_behind(document, container, container.entries[at - 1]) if comma is None and at else None
        )
        if last_comma is not None:
            edits.append(Edit(last_comma, last_comma + 1, ""))
        return edits
    if at + 1 < len(container.entries):
        return [Edit(entry.start, container.entries[at + 1].start, "")]
    return [Edit(container.entries[at - 1].end, entry.end, "")]
