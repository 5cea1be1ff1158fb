"""TOML as a tree with places, and the edits of its text: lines in sections, whole sections, items in brackets."""

from collections.abc import Iterable

from mlscaffold.core.document import Document, Edit, Entry, Mapping, Node, Scalar, splice
from mlscaffold.core.keyed import Change, Container, Delete, Insert, Replace, Slot
from mlscaffold.documents import flow, layout
from mlscaffold.documents.toml_reader import DOTTED, parse
from mlscaffold.documents.toml_tables import Assignment, Home, Section
from mlscaffold.documents.toml_text import dotted, inline, is_value, reindented, styled

__all__ = ["edits", "parse"]


def edits(ours: Document, theirs: Document, change: Change) -> list[Edit] | None:
    """Return the edits of ours' text that make a change; None where it cannot be made by itself."""
    if isinstance(change, Delete):
        return _delete(ours, change.into, change.ours)
    if isinstance(change, Insert):
        return _insert(ours, theirs, change.slot, change.theirs)
    return _replace(ours, theirs, change)


def _home(container: Container) -> Home | None:
    return container.home if isinstance(container.home, Home) else None


def _delete(document: Document, into: Container, entry: Entry) -> list[Edit] | None:
    if into.flow:
        return None if into.home == DOTTED else flow.delete(document, into, entry)
    home = _home(into)
    if home is None and len(into.entries) == 1:
        return None  # an array of tables cannot be empty
    stretches = _joined(
        _stretch(document, piece) for piece in entry.pieces if isinstance(piece, Section | Assignment)
    )
    if stretches and stretches[-1][1] == len(document.text):
        above = document.text[: stretches[-1][0]].rstrip()
        stretches[-1] = (len(above) + (bool(above) and document.text.endswith("\n")), len(document.text))
    found = [Edit(start, end, "") for start, end in stretches]
    if home and home.path and len(into.entries) == 1 and (home.section is None or home.prefix):
        header = f"{dotted(home.prefix)} = {{}}\n" if home.prefix else f"[{dotted(home.path)}]\n"
        found[0] = Edit(found[0].start, found[0].end, header)
    return found


def _stretch(document: Document, piece: Section | Assignment) -> tuple[int, int]:
    """Return the lines of a piece, with the comments above it and the empty lines that it would leave behind."""
    text, start, end = document.text, layout.top(document, piece.start), piece.end
    blank = len(text[end:]) - len(text[end:].lstrip("\n"))
    if not text[end:].strip():
        return max(len(text[:start].rstrip()), 0) + bool(text[:start].strip()) * (text[-1:] == "\n"), len(
            text
        )
    if isinstance(piece, Section) or (blank > 1 and layout.blank_lines_above(text, start) > 0):
        return start, end + blank
    return start, end + 1


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _insert(ours: Document, theirs: Document, slot: Slot, entry: Entry) -> list[Edit] | None:
    if slot.into.flow:
        return _insert_in_brackets(ours, theirs, slot, entry)
    sections = [piece for piece in entry.pieces if isinstance(piece, Section)]
    home = _home(slot.into)
    if home is None:
        return _insert_sections(ours, theirs, slot, sections) if sections else None
    lines = _lines(ours, theirs, slot, home, entry)
    if lines is None:
        return None
    return [
        *(_insert_lines(ours, theirs, slot, home, entry, lines) if lines else ()),
        *(_insert_sections(ours, theirs, slot, sections, entry) if sections else ()),
    ]


def _insert_in_brackets(ours: Document, theirs: Document, slot: Slot, entry: Entry) -> list[Edit] | None:
    if slot.into.home == DOTTED:
        return None
    if isinstance(slot.into, Mapping):
        value = inline(theirs, entry.node)
        return flow.insert(
            ours, slot.into, flow.Fragment(f"{dotted((entry.key,))} = {value}"), slot.after, slot.before, ""
        )
    source, into = slot.source, slot.into
    if not source.flow:
        return flow.insert(ours, into, flow.Fragment(inline(theirs, entry.node)), slot.after, slot.before, "")
    many_lines = "\n" in theirs.text[source.start : source.end]
    lead = layout.lead(theirs, entry.start, ours) if layout.alone(theirs.text, entry.start) else []
    near = into.entries[0].start if into.entries else into.start
    text = reindented(theirs, entry.node, layout.indent(ours.text, near))
    fragment = flow.Fragment(text, lead, _behind(theirs, source, entry))
    return flow.insert(
        ours, into, fragment, slot.after, slot.before, (layout.step(theirs) or "    ") if many_lines else ""
    )


def _behind(document: Document, source: Container, entry: Entry) -> str:
    """Return the comment behind an item of a list."""
    comma = flow.comma_behind(document, source, entry)
    at = entry.end if comma is None else comma + 1
    behind = document.text[at : layout.line_end(document.text, at)].strip()
    return behind if behind.startswith("#") else ""


def _lines(ours: Document, theirs: Document, slot: Slot, home: Home, entry: Entry) -> list[str] | None:
    """Return the lines that give a key its value, as they stand in theirs, under the names that ours needs."""
    if slot.source.flow:
        if slot.source.home == DOTTED:
            return None
        return [f"{dotted((*home.prefix, entry.key))} = {theirs.text[entry.node.start : entry.node.end]}"]
    was = _home(slot.source)
    lines: list[str] = []
    for piece in entry.pieces:
        if isinstance(piece, Assignment) and was:
            keys = (*home.prefix, *piece.keys[len(was.prefix) :])
            key = theirs.text[piece.start : piece.key_end] if keys == piece.keys else dotted(keys)
            lines += [*layout.lead(theirs, piece.start, ours), key + theirs.text[piece.key_end : piece.end]]
    return lines


def _insert_lines(
    ours: Document, theirs: Document, slot: Slot, home: Home, entry: Entry, lines: list[str]
) -> list[Edit]:
    if home.section is None:
        place = layout.top(ours, home.sections[0].start)
        return [Edit(place, place, "\n".join([f"[{dotted(home.path)}]", *lines, "", ""]))]
    before, after = _neighbours(slot, entry)
    for near in before:
        if found := [
            piece for piece in near.pieces if isinstance(piece, Assignment) and piece.section is home.section
        ]:
            margin = layout.indent(ours.text, found[-1].start)
            blank = _blank_above(theirs, entry)
            return [
                Edit(
                    found[-1].end,
                    found[-1].end,
                    "\n" * blank + "".join(f"\n{margin}{line}" for line in lines),
                )
            ]
    for near in after:
        if found := [
            piece for piece in near.pieces if isinstance(piece, Assignment) and piece.section is home.section
        ]:
            margin, place = layout.indent(ours.text, found[0].start), layout.top(ours, found[0].start)
            return [Edit(place, place, "".join(f"{margin}{line}\n" for line in lines))]
    return _insert_at_end(ours, home.section, "\n".join(lines))


def _insert_at_end(ours: Document, section: Section, text: str) -> list[Edit]:
    if section.path or section.body_end:
        return [Edit(section.body_end, section.body_end, f"\n{text}")]
    sections = (
        ours.root.home.sections if isinstance(ours.root, Mapping) and isinstance(ours.root.home, Home) else ()
    )
    if sections:
        place = layout.top(ours, sections[0].start)
        return [Edit(place, place, f"{text}\n\n")]
    end = len(ours.text.rstrip())
    return [Edit(end, len(ours.text), "\n" * bool(end) + text + "\n")]


def _blank_above(theirs: Document, entry: Entry) -> int:
    first = next((piece.start for piece in entry.pieces if isinstance(piece, Assignment)), None)
    return 0 if first is None else layout.blank_lines_above(theirs.text, layout.top(theirs, first))


def _neighbours(slot: Slot, entry: Entry) -> tuple[list[Entry], list[Entry]]:
    """Return ours' entries of the keys that stand before and behind a key in theirs, the nearest first."""
    mine = {found.key: found for found in slot.into.entries}
    at = next((place for place, found in enumerate(slot.source.entries) if found is entry), 0)
    before = [mine[found.key] for found in reversed(slot.source.entries[:at]) if found.key in mine]
    return before, [mine[found.key] for found in slot.source.entries[at + 1 :] if found.key in mine]


def _insert_sections(
    ours: Document, theirs: Document, slot: Slot, sections: list[Section], entry: Entry | None = None
) -> list[Edit]:
    """Put whole sections next to those of the neighbours (of an array of tables: the items at both sides)."""
    blocks = [
        "\n".join([*layout.lead(theirs, section.start, ours), theirs.text[section.start : section.end]])
        for section in sections
    ]
    text = "\n\n".join(blocks)
    before, after = (
        _neighbours(slot, entry)
        if entry
        else ([slot.after] * bool(slot.after), [slot.before] * bool(slot.before))
    )
    for near in before:
        if near and (ends := [piece.end for piece in near.pieces if isinstance(piece, Section)]):
            return [Edit(max(ends), max(ends), f"\n\n{text}")]
    for near in after:
        if near and (starts := [piece.start for piece in near.pieces if isinstance(piece, Section)]):
            place = layout.top(ours, min(starts))
            return [Edit(place, place, f"{text}\n\n")]
    home = _home(slot.into)
    if home and home.sections:
        place = max(section.end for section in home.sections)
        return [Edit(place, place, f"\n\n{text}")]
    end = len(ours.text.rstrip())
    return [Edit(end, len(ours.text), "\n\n" * bool(end) + text + "\n")]


def _replace(ours: Document, theirs: Document, change: Replace) -> list[Edit] | None:
    node, wanted = change.ours.node, change.theirs.node
    if is_value(node) and is_value(wanted):
        text = styled(ours, node, wanted) or reindented(theirs, wanted, layout.indent(ours.text, node.start))
        return [Edit(node.start, node.end, text), *layout.note(ours, change)]
    if change.slot is None:
        return None
    if change.slot.into.flow:
        return [Edit(node.start, node.end, inline(theirs, wanted))]
    return _in_two_steps(ours, theirs, change, change.slot)


def _in_two_steps(ours: Document, theirs: Document, change: Replace, slot: Slot) -> list[Edit] | None:
    """Take an entry out, look again, and put theirs in: a table in the place of a value, or the other way round."""
    taken, way = _delete(ours, slot.into, change.ours), _way(ours.root, slot.into)
    without = parse(splice(ours.text, taken)) if taken else None
    if not isinstance(without, Document) or way is None:
        return None
    into: Node = without.root
    for step in way:
        if isinstance(into, Scalar):
            return None
        into = next(entry.node for at, entry in enumerate(into.entries) if step in (entry.key, at))
    if isinstance(into, Scalar):
        return None
    put = _insert(without, theirs, Slot(into, slot.source), change.theirs)
    return [_difference(ours.text, splice(without.text, put))] if put else None


def _way(node: Node, wanted: Container) -> tuple[str | int, ...] | None:
    """Return the keys and places that lead from a node to a container below it."""
    if node is wanted or isinstance(node, Scalar):
        return () if node is wanted else None
    for at, entry in enumerate(node.entries):
        below = _way(entry.node, wanted)
        if below is not None:
            return (entry.key if isinstance(node, Mapping) else at, *below)
    return None


def _difference(text: str, wanted: str) -> Edit:
    """Return the one edit that leads from a text to another."""
    start = _shared(text, wanted)
    end = _shared(text[start:][::-1], wanted[start:][::-1])
    return Edit(start, len(text) - end, wanted[start : len(wanted) - end])


def _shared(text: str, other: str) -> int:
    """Return how many letters two texts have in common from their start."""
    pairs = enumerate(zip(text, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(text), len(other)))
