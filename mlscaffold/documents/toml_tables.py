"""From the sections of a TOML text to one tree of tables, each with the places that speak of it."""

from dataclasses import dataclass, field
from typing import TypeAlias

from mlscaffold.core.document import Entry, Mapping, Node, Sequence
from mlscaffold.documents import layout

Keys: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """The lines under one `[header]` (or above the first): where its header, its last value and its comments end."""

    path: Keys
    array: bool
    start: int
    header_end: int
    body_end: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """One `key = value` on lines of its own; `keys` are relative to its section."""

    section: Section
    keys: Keys
    start: int
    key_end: int
    end: int


Piece: TypeAlias = Section | Assignment


@dataclass(frozen=True, slots=True)
class Home:
    """Where a table is written: its path, its section and the dotted prefix in it (no section: only tables below it are)."""

    path: Keys
    section: Section | None
    prefix: Keys
    sections: tuple[Section, ...]


@dataclass(slots=True)
class Written:
    """A section while it is being read."""

    path: Keys
    array: bool
    start: int
    header_end: int
    lines: list[tuple[Keys, int, int, Node]] = field(default_factory=list)

    def body_end(self, text: str) -> int:
        return layout.line_end(text, self.lines[-1][3].end) if self.lines else self.header_end


@dataclass(slots=True)
class _Table:
    """A table while it is put together."""

    path: Keys
    section: Section | None = None
    prefix: Keys = ()
    children: "dict[str, _Child]" = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)

    def below(self, key: str, piece: Piece, section: Section | None = None, prefix: Keys = ()) -> "_Table":
        """Return the table of a key (of an array of tables the last), made if need be; the piece speaks of it."""
        child = self.children.setdefault(key, _Child(_Table((*self.path, key), section, prefix)))
        child.pieces.append(piece)
        table = child.node[-1] if isinstance(child.node, list) else child.node
        if not isinstance(table, _Table):
            raise TypeError(key)  # tomllib has refused such a text before
        table.pieces.append(piece)
        return table


@dataclass(slots=True)
class _Child:
    """A key while it is put together: its value, its table, or its array of tables."""

    node: "Node | _Table | list[_Table]"
    pieces: list[Piece] = field(default_factory=list)


def assemble(text: str, written: list[Written]) -> Mapping:
    """Build the tree that the sections of a text speak of."""
    top = _Table(())
    starts = [found.start for found in written[1:]] + [len(text)]
    for found, following in zip(written, starts, strict=True):
        body_end = found.body_end(text)
        end = _with_comments(text, body_end, following)
        section = Section(found.path, found.array, found.start, found.header_end, body_end, end)
        table = _opened(top, section) if found is not written[0] else top
        table.section = section
        for keys, start, key_end, node in found.lines:
            line = Assignment(section, keys, start, key_end, layout.line_end(text, node.end))
            holder = table
            for at, key in enumerate(keys[:-1]):
                holder = holder.below(key, line, section, keys[: at + 1])
            holder.children[keys[-1]] = _Child(node, [line])
    return _mapping(top)


def _opened(top: _Table, section: Section) -> _Table:
    """Return the table that a header opens."""
    table = top
    for key in section.path[:-1]:
        table = table.below(key, section)
    last = section.path[-1]
    if not section.array:
        return table.below(last, section)
    child = table.children.setdefault(last, _Child([]))
    child.pieces.append(section)
    item = _Table(section.path, pieces=[section])
    if isinstance(child.node, list):
        child.node.append(item)
    return item


def _with_comments(text: str, end: int, following: int) -> int:
    """Return the end of the comment lines directly below a section's last line, unless they lead on to the next header."""
    last = end
    while (start := last + 1) < following and text[start : layout.line_end(text, start)].lstrip().startswith(
        "#"
    ):
        last = layout.line_end(text, start)
    return (
        end
        if last + 1 + len(layout.indent(text, min(last + 1, len(text)))) >= following < len(text)
        else last
    )


def _mapping(table: _Table) -> Mapping:
    sections = tuple(piece for piece in table.pieces if isinstance(piece, Section))
    if not table.path:
        sections = tuple(
            dict.fromkeys(
                piece
                for child in table.children.values()
                for piece in child.pieces
                if isinstance(piece, Section)
            )
        )
    entries = tuple(_entry(key, child) for key, child in table.children.items())
    places = [place for entry in entries for place in (entry.start, entry.end)] + [
        at for piece in table.pieces for at in (piece.start, piece.end)
    ]
    home = Home(
        table.path, table.section, table.prefix, tuple(sorted(sections, key=lambda section: section.start))
    )
    implied = bool(table.path) and (table.section is None or bool(table.prefix))
    return Mapping(
        min(places, default=0), max(places, default=0), entries, flow=False, home=home, implied=implied
    )


def _entry(key: str, child: _Child) -> Entry:
    node: Node
    if isinstance(child.node, _Table):
        node = _mapping(child.node)
    elif isinstance(child.node, list):
        items = [(_mapping(item), item) for item in child.node]
        entries = tuple(
            Entry("", mapping, mapping.start, mapping.end, tuple(item.pieces)) for mapping, item in items
        )
        node = Sequence(entries[0].start, entries[-1].end, entries, flow=False)
    else:
        node = child.node
    start = min(piece.start for piece in child.pieces)
    return Entry(key, node, start, max(piece.end for piece in child.pieces), tuple(child.pieces))
