"""A merge by key is believed only if this finds nothing: laws that hold whatever way the merge went."""

from collections.abc import Iterator
from dataclasses import dataclass

from mlscaffold.core import listed
from mlscaffold.core.document import Entry, Mapping, Node, Scalar, Value, meaning
from mlscaffold.core.keyed import as_entry
from mlscaffold.core.keypath import KeyPath, format_key_path, last_key


@dataclass(frozen=True, slots=True)
class _Four:
    """One entry as the three sides and the result have it."""

    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    merged: Entry | None

    def values(self) -> tuple[Value | None, ...]:
        return tuple(
            meaning(entry.node) if entry else None
            for entry in (self.base, self.ours, self.theirs, self.merged)
        )

    def parts(self) -> tuple[Node | None, Node, Node, Node] | None:
        """Return the nodes if the three that count are containers of one kind."""
        if not (self.ours and self.theirs and self.merged) or isinstance(self.ours.node, Scalar):
            return None
        nodes = (self.ours.node, self.theirs.node, self.merged.node)
        return (
            (self.base.node if self.base else None, *nodes)
            if len({type(node) for node in nodes}) == 1
            else None
        )


def broken_laws(base: Node | None, ours: Node, theirs: Node, merged: Node, pending: set[str]) -> list[str]:
    """Return what is wrong with a merge, path by path; a pending path must be ours.

    What one side changed is in; what both have is there; nothing comes from nowhere; nothing comes twice.
    """
    entries = _Four(as_entry(base) if base else None, as_entry(ours), as_entry(theirs), as_entry(merged))
    return list(_broken((), entries, pending))


def _broken(path: KeyPath, four: _Four, pending: set[str]) -> Iterator[str]:
    was, mine, its, got = four.values()
    name = format_key_path(path)
    if name in pending or mine == its or its == was:
        if got != mine:
            yield f"{name}: ours is not kept"
        return
    parts = four.parts()
    if parts is None:
        if got not in (mine, its):
            yield f"{name}: it has neither side's value"
        elif mine == was and got != its and not any(text.startswith(name) for text in pending):
            yield f"{name}: the template's change is not in"
        return
    yield from _broken_below(path, parts, pending)


def _broken_below(
    path: KeyPath, parts: tuple[Node | None, Node, Node, Node], pending: set[str]
) -> Iterator[str]:
    sides = [() if isinstance(node, Scalar) or node is None else node.entries for node in parts]
    sides[0] = sides[0] if type(parts[0]) is type(parts[1]) else ()
    if isinstance(parts[1], Mapping):
        found: list[listed.Items] = [{(entry.key,): entry for entry in side} for side in sides]
    else:
        named = listed.named(last_key(path), sides)
        if named is None:
            if meaning(parts[3]) not in (meaning(parts[1]), meaning(parts[2])):
                yield f"{format_key_path(path)}: an item comes twice"
            return
        found = named
    for key in dict.fromkeys(key for side in found for key in side):
        four = _Four(*(side.get(key) for side in found))
        entry = four.merged or four.ours or four.theirs or four.base
        if entry:
            segment = key[0] if isinstance(parts[1], Mapping) else listed.label(key, entry)
            yield from _broken((*path, segment), four, pending)
