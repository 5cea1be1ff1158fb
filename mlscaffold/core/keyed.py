"""Three documents joined key by key: what to change in ours, what stays open, and what must come out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from mlscaffold.core import listed
from mlscaffold.core.document import Entry, Mapping, Node, Scalar, Sequence, Value, meaning, short
from mlscaffold.core.keypath import Item, KeyPath, Segment, format_key_path, last_key
from mlscaffold.core.pins import higher

Container: TypeAlias = Mapping | Sequence


@dataclass(frozen=True, slots=True)
class Pending:
    """A key that both sides changed: ours is kept, and the three values are told ("" where absent)."""

    path: str
    base: str
    ours: str
    theirs: str
    why: str


@dataclass(frozen=True, slots=True)
class PinChoice:
    """A version that both sides raised, which one was taken, and why."""

    path: str
    ours: str
    theirs: str
    chosen: str
    why: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an entry belongs: in which container of ours (and of theirs), between which neighbours in ours."""

    into: Container
    source: Container
    after: Entry | None = None
    before: Entry | None = None


@dataclass(frozen=True, slots=True)
class Replace:
    """Put theirs' value in the place of ours; `base` is what both came from, if anything."""

    path: KeyPath
    slot: Slot | None
    ours: Entry
    theirs: Entry
    base: Entry | None


@dataclass(frozen=True, slots=True)
class Insert:
    """Take an entry of theirs into ours."""

    path: KeyPath
    slot: Slot
    theirs: Entry


@dataclass(frozen=True, slots=True)
class Delete:
    """Take an entry out of ours."""

    path: KeyPath
    into: Container
    ours: Entry


Change: TypeAlias = Replace | Insert | Delete


@dataclass(frozen=True, slots=True)
class Plan:
    """What to change in ours, what is left open, and what the result must mean."""

    changes: tuple[Change, ...]
    pending: tuple[Pending, ...]
    pins: tuple[PinChoice, ...]
    expected: Value


@dataclass(frozen=True, slots=True)
class Three:
    """One key or item as the three sides have it (None: absent), and where in ours it belongs."""

    segment: Segment
    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    slot: Slot


@dataclass(frozen=True, slots=True)
class Limits:
    """What turned out not to be possible as an edit: `held` paths stay ours, `whole` lists are taken as one value."""

    held: frozenset[KeyPath] = frozenset()
    whole: frozenset[KeyPath] = frozenset()

    def after_all(self, stuck: Iterable[KeyPath]) -> "Limits | None":
        """Return what to try when some edits could not be made; None when nothing is left to try."""
        limits: Limits | None = self
        for path in stuck:
            limits = limits.after(path) if limits else None
        return limits

    def after(self, stuck: KeyPath) -> "Limits | None":
        """Return what to try when one edit could not be made."""
        if not stuck or stuck in self.held:
            return None
        if isinstance(stuck[-1], Item) and stuck[:-1] not in self.whole:
            return Limits(self.held, self.whole | {stuck[:-1]})
        return Limits(self.held | {stuck}, self.whole - {stuck})


NO_LIMITS = Limits()
BOTH_CHANGED = "both sides changed it"
WOULD_LOSE = "it cannot be changed here without losing something of yours"


def plan_merge(base: Node | None, ours: Node, theirs: Node, limits: Limits = NO_LIMITS) -> Plan:
    """Join three documents, within the limits of what can be edited."""
    join = Join(limits)
    expected = join.entry((), as_entry(base) if base else None, as_entry(ours), as_entry(theirs), None)
    assert expected is not None, "a document that is there in ours cannot be joined away"
    return Plan(tuple(join.changes), tuple(join.pending), tuple(join.pins), expected)


def as_entry(root: Node) -> Entry:
    """Return a document's root as an entry, so that one function joins both."""
    return Entry("", root, root.start, root.end)


def three_of_each(key: str, base: Node | None, into: Container, source: Container) -> list[Three] | None:
    """Set two containers side by side, in ours' order; None where items cannot be told apart or are moved about."""
    if isinstance(into, Sequence):
        matched = listed.match(
            key, base.entries if isinstance(base, Sequence) else (), into.entries, source.entries
        )
        if matched is None or matched.reordered() or matched.replaced_twice():
            return None
        was, mine, its = matched.base, matched.ours, matched.theirs
    else:
        was, mine, its = (_by_key(node) for node in (base, into, source))
    order = listed.arranged(mine, its, {name for name in its if name not in mine and name not in was})
    left = [name for name in its if name not in mine and name in was]
    segments = {name: _segment(into, name, mine.get(name) or its[name]) for name in (*order, *left)}
    slots = _slots(into, source, mine, order)
    return [
        Three(
            segments[name], was.get(name), mine.get(name), its.get(name), slots.get(name, Slot(into, source))
        )
        for name in (*order, *left)
    ]


def _by_key(node: Node | None) -> listed.Items:
    return {(entry.key,): entry for entry in node.entries} if isinstance(node, Mapping) else {}


def _segment(into: Container, name: listed.Id, entry: Entry) -> Segment:
    return name[0] if isinstance(into, Mapping) else listed.label(name, entry)


def _slots(
    into: Container, source: Container, mine: dict[listed.Id, Entry], order: list[listed.Id]
) -> dict[listed.Id, Slot]:
    """Return for each name of the order the neighbours that ours has."""
    after: dict[listed.Id, Entry | None] = {}
    before: dict[listed.Id, Entry | None] = {}
    for names, found in ((order, after), (order[::-1], before)):
        last = None
        for name in names:
            found[name] = last
            last = mine.get(name, last)
    return {name: Slot(into, source, after[name], before[name]) for name in order}


def _means(entry: Entry | None) -> Value | None:
    return None if entry is None else meaning(entry.node)


@dataclass(slots=True)
class Join:
    """One walk over three documents; it collects what it finds and returns what must come out."""

    limits: Limits
    changes: list[Change] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    pins: list[PinChoice] = field(default_factory=list)

    def entry(
        self, path: KeyPath, base: Entry | None, ours: Entry | None, theirs: Entry | None, slot: Slot | None
    ) -> Value | None:
        """Join one entry; None means absent, before and after."""
        was, mine, its = _means(base), _means(ours), _means(theirs)
        if its in (mine, was):
            return mine
        if path in self.limits.held:
            return self._leave(path, base, ours, theirs, WOULD_LOSE)
        if ours and theirs and not (mine == was and path in self.limits.whole):
            joined = self._container(path, base, ours, theirs)
            if joined is not None:
                return joined
        if mine == was:
            return self._take(path, base, ours, theirs, slot)
        pin = self._pin(path, base, ours, theirs)
        if pin is None:
            return self._leave(path, base, ours, theirs, BOTH_CHANGED)
        return self._take(path, base, ours, theirs, slot) if pin else mine

    def _container(self, path: KeyPath, base: Entry | None, ours: Entry, theirs: Entry) -> Value | None:
        """Join two mappings or two lists by their entries; None where that cannot be done or says too little."""
        into, source, was = ours.node, theirs.node, base.node if base else None
        if isinstance(into, Scalar) or isinstance(source, Scalar) or type(into) is not type(source):
            return None
        entries = three_of_each(last_key(path), was, into, source)
        if entries is None:
            return None
        walk = Join(self.limits)
        values = [
            (
                three.segment,
                walk.entry((*path, three.segment), three.base, three.ours, three.theirs, three.slot),
            )
            for three in entries
        ]
        joined: Value = tuple(value for _, value in values if value is not None)
        if isinstance(into, Mapping):
            joined = {str(segment): value for segment, value in values if value is not None}
        elif _means(base) == _means(ours) and joined != _means(theirs) and not walk.pending:
            return None  # theirs put its items in another order: that is a change of the whole list
        self.changes += walk.changes
        self.pending += walk.pending
        self.pins += walk.pins
        return joined

    def _take(
        self, path: KeyPath, base: Entry | None, ours: Entry | None, theirs: Entry | None, slot: Slot | None
    ) -> Value | None:
        if ours and theirs:
            self.changes.append(Replace(path, slot, ours, theirs, base))
        elif slot and theirs:
            self.changes.append(Insert(path, slot, theirs))
        elif slot and ours:
            self.changes.append(Delete(path, slot.into, ours))
        return _means(theirs)

    def _pin(
        self, path: KeyPath, base: Entry | None, ours: Entry | None, theirs: Entry | None
    ) -> bool | None:
        """Say whether theirs is the higher of two pins that both sides raised; None where it is no such thing."""
        if not (base and ours and theirs):
            return None
        was, mine, its = base.node, ours.node, theirs.node
        if not (isinstance(was, Scalar) and isinstance(mine, Scalar) and isinstance(its, Scalar)):
            return None
        take = higher(last_key(path), was, mine, its)
        if take is not None:
            texts = [f"{node.value.text} {node.note}".rstrip() for node in (was, mine, its)]
            why = f"both sides raised it from {texts[0]}, and this is the higher"
            self.pins.append(
                PinChoice(format_key_path(path), texts[1], texts[2], texts[2 if take else 1], why)
            )
        return take

    def _leave(
        self, path: KeyPath, base: Entry | None, ours: Entry | None, theirs: Entry | None, why: str
    ) -> Value | None:
        was, mine, its = (short(_means(entry)) for entry in (base, ours, theirs))
        self.pending.append(Pending(format_key_path(path), was, mine, its, why))
        return _means(ours)
