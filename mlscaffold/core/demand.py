"""The keys of a document that are the template's, and those that it forbids: what to change in ours."""

from dataclasses import dataclass, field, replace

from mlscaffold.core import listed
from mlscaffold.core.document import Entry, Mapping, Node, Scalar, Sequence, Value, meaning
from mlscaffold.core.keyed import (
    NO_LIMITS,
    Change,
    Container,
    Delete,
    Insert,
    Join,
    Limits,
    Slot,
    as_entry,
    three_of_each,
)
from mlscaffold.core.keypath import EveryItem, Item, KeyPath, Segment, format_key_path, last_key

NOWHERE = "neither the project nor the template has it"


@dataclass(frozen=True, slots=True)
class Problem:
    """A demand that cannot be met as it is written, or a file that it cannot be made of (then with its line)."""

    path: str
    why: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Want:
    """One listed key path, and what of it is left to walk."""

    whole: KeyPath
    rest: KeyPath
    forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Demands:
    """What to change in ours; `prune` must be taken out of a copy of theirs first, if it names anything."""

    changes: tuple[Change, ...]
    prune: tuple[Delete, ...]
    differing: tuple[KeyPath, ...]
    problems: tuple[Problem, ...]
    expected: Value


def plan_settle(
    ours: Node,
    theirs: Node,
    keys: tuple[KeyPath, ...],
    forbidden: tuple[KeyPath, ...],
    limits: Limits = NO_LIMITS,
) -> Demands:
    """Plan to write theirs' values of the listed keys into ours, and to remove the forbidden ones."""
    wants = [Want(key, key) for key in keys] + [Want(key, key, forbidden=True) for key in forbidden]
    walk = _Walk(Join(limits))
    expected = walk.entry((), wants, as_entry(ours), as_entry(theirs), None)
    unmet = [want.whole for want in wants if not want.forbidden and want.whole not in walk.met]
    problems = walk.problems + [Problem(format_key_path(path), NOWHERE) for path in unmet]
    problems += [Problem(pending.path, pending.why) for pending in walk.join.pending]
    return Demands(
        tuple(sorted(walk.join.changes, key=lambda change: isinstance(change, Delete))),
        tuple(walk.prune),
        tuple(walk.differing),
        tuple(problems),
        meaning(ours) if expected is None else expected,
    )


@dataclass(slots=True)
class _Walk:
    """One walk over two documents, all demands at once."""

    join: Join
    met: set[KeyPath] = field(default_factory=set)
    prune: list[Delete] = field(default_factory=list)
    differing: list[KeyPath] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def entry(
        self, path: KeyPath, wants: list[Want], ours: Entry | None, theirs: Entry | None, slot: Slot | None
    ) -> Value | None:
        """Meet the demands on one entry; None means absent, before and after."""
        here = [want for want in wants if not want.rest]
        self.met |= {want.whole for want in here}
        if any(want.forbidden for want in here):
            return self._remove(path, ours, slot)
        if here and theirs:
            known = len(self.join.changes)
            value = self.join.entry(path, ours, ours, theirs, slot)
            self.differing += [change.path for change in self.join.changes[known:]]
            return value
        further = [want for want in wants if want.rest]
        if ours is None:
            return self._part(path, further, theirs, slot)
        into, source = ours.node, theirs.node if theirs else None
        if source is not None and type(source) is not type(into):
            self._of_another_kind(path, further, theirs)
            source = None
        if not further or isinstance(into, Scalar):
            return meaning(into)
        known = len(self.join.changes)
        value = self._container(path, further, into, source)
        implied = isinstance(into, Mapping) and into.implied and path not in self.join.limits.held
        if value or not implied or slot is None:
            return value
        del self.join.changes[known:]  # with its last entry goes a table that is written nowhere else
        self.join.changes.append(Delete(path, slot.into, ours))
        return None

    def _container(self, path: KeyPath, wants: list[Want], into: Container, source: Node | None) -> Value:
        other = source if source is not None and not isinstance(source, Scalar) else replace(into, entries=())
        entries = three_of_each(last_key(path), into, into, other)
        if entries is None and isinstance(into, Sequence):
            self.met |= {want.whole for want in wants}
            self.problems.append(Problem(format_key_path(path), "its items cannot be told apart"))
            return meaning(into)
        values = []
        for three in entries or ():
            below = advance(wants, three.segment, three.ours, three.theirs)
            if below:
                value = self.entry((*path, three.segment), below, three.ours, three.theirs, three.slot)
            else:
                value = meaning(three.ours.node) if three.ours else None
            values.append((three.segment, value))
        if isinstance(into, Mapping):
            return {str(segment): value for segment, value in values if value is not None}
        return tuple(value for _, value in values if value is not None)

    def _remove(self, path: KeyPath, ours: Entry | None, slot: Slot | None) -> Value | None:
        if ours and slot and path not in self.join.limits.held:
            self.join.changes.append(Delete(path, slot.into, ours))
            self.differing.append(path)
            return None
        if ours:
            self.problems.append(Problem(format_key_path(path), "it cannot be removed here by itself"))
        return meaning(ours.node) if ours else None

    def _of_another_kind(self, path: KeyPath, wants: list[Want], theirs: Entry | None) -> None:
        asked = [want for want in wants if not want.forbidden and theirs and self._reaches(want, theirs)]
        self.met |= {want.whole for want in asked}
        why = f"the project's {format_key_path(path)} is of another kind than the template's"
        self.problems += [Problem(format_key_path(want.whole), why) for want in asked]

    def _reaches(self, want: Want, theirs: Entry) -> bool:
        nodes = [theirs]
        for segment in want.rest:
            nodes = [
                child
                for node in nodes
                if not isinstance(node.node, Scalar)
                for child in node.node.entries
                if _is(segment, child)
            ]
        return bool(nodes)

    def _part(
        self, path: KeyPath, wants: list[Want], theirs: Entry | None, slot: Slot | None
    ) -> Value | None:
        """Take from an entry that only theirs has what is asked for, and nothing else."""
        wants = [want for want in wants if not want.forbidden]
        if theirs is None:
            return None
        part = self._kept(path, wants, theirs, self.prune)
        if part is None or slot is None:
            return None
        if path in self.join.limits.held:
            self.problems.append(Problem(format_key_path(path), "it cannot be written here by itself"))
            return None
        self.join.changes.append(Insert(path, slot, theirs))
        return part

    def _kept(self, path: KeyPath, wants: list[Want], theirs: Entry, prune: list[Delete]) -> Value | None:
        """Return what of theirs is asked for; the rest goes to `prune`. An item of a list is taken only as a whole."""
        if any(not want.rest for want in wants):
            self.met |= {want.whole for want in wants if not want.rest}
            self.differing.append(path)
            return meaning(theirs.node)
        if isinstance(theirs.node, Scalar) or not wants:
            return None
        dropped: list[Delete] = []
        kept: list[tuple[str, Value]] = []
        for child in theirs.node.entries:
            below = [replace(want, rest=want.rest[1:]) for want in wants if _is(want.rest[0], child)]
            if isinstance(theirs.node, Sequence):
                below = [want for want in below if not want.rest]
            where = (*path, child.key if isinstance(theirs.node, Mapping) else listed.name(child))
            value = self._kept(where, below, child, dropped)
            if value is None:
                dropped.append(Delete(where, theirs.node, child))
            else:
                kept.append((child.key, value))
        if not kept:
            return None
        prune += dropped
        return dict(kept) if isinstance(theirs.node, Mapping) else tuple(value for _, value in kept)


def advance(wants: list[Want], segment: Segment, ours: Entry | None, theirs: Entry | None) -> list[Want]:
    """Return the demands that go on below one entry; below a list's item that ours lacks, none do."""
    entries = [entry for entry in (ours, theirs) if entry]
    below = [
        replace(want, rest=want.rest[1:])
        for want in wants
        if any(_is(want.rest[0], entry) for entry in entries)
    ]
    if ours is None and not isinstance(segment, str):
        return [want for want in below if not want.rest]
    return below


def _is(segment: Segment, entry: Entry) -> bool:
    if isinstance(segment, Item):
        return listed.selects(segment, entry)
    return isinstance(segment, EveryItem) or segment == entry.key
