"""Lists as people mean them: which item of one list is which item of another, and where a new one goes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as AnySequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mlscaffold.core.document import Atom, Entry, Mapping, Scalar, Value, meaning, short
from mlscaffold.core.keypath import Item
from mlscaffold.core.pins import requirement, without_version

IDENTIFYING: Final = ("repo", "id", "name", "uses", "module")
"""The fields that say which item of a list of mappings one is, the first that is there."""

_DEPENDENCIES: Final = ("dependencies", "requires", "additional_dependencies", "dev-dependencies")

Id: TypeAlias = tuple[str, ...]
Items: TypeAlias = dict[Id, Entry]


@dataclass(frozen=True, slots=True)
class Matched:
    """The items of three lists, each under the id that it has in all of them, in the list's order."""

    base: Items
    ours: Items
    theirs: Items
    requirements: bool

    def reordered(self) -> bool:
        """Say whether theirs puts items that all three have in an order that is neither base's nor ours."""
        if self.requirements:
            return False
        common = self.base.keys() & self.ours.keys() & self.theirs.keys()
        base, ours, theirs = (
            [key for key in side if key in common] for side in (self.base, self.ours, self.theirs)
        )
        return theirs not in (base, ours)

    def replaced_twice(self) -> bool:
        """Say whether both sides put something else in the place of one item that neither has any more."""
        kept = self.base.keys() & self.ours.keys() & self.theirs.keys()
        gone = self.base.keys() - self.ours.keys() - self.theirs.keys()
        mine = self.ours.keys() - self.base.keys() - self.theirs.keys()
        its = self.theirs.keys() - self.base.keys() - self.ours.keys()
        return bool(
            _gaps(self.base, gone, kept) & _gaps(self.ours, mine, kept) & _gaps(self.theirs, its, kept)
        )


def _gaps(items: Items, wanted: Iterable[Id], kept: Iterable[Id]) -> set[Id]:
    """Return the kept items (or the list's start) behind which the wanted ones stand."""
    wanted, kept, gaps, last = set(wanted), set(kept), set(), Id()
    for key in items:
        last = key if key in kept else last
        if key in wanted:
            gaps.add(last)
    return gaps


def match(
    key: str, base: AnySequence[Entry], ours: AnySequence[Entry], theirs: AnySequence[Entry]
) -> Matched | None:
    """Match the items of three lists; None where an item cannot be told from another one."""
    sides = (base, ours, theirs)
    found = named(key, sides)
    if found is None:
        return None
    was, mine, its = found
    return Matched(was, mine, its, _requirements(key, sides))


def named(key: str, sides: AnySequence[AnySequence[Entry]]) -> list[Items] | None:
    """Give the items of several lists names that mean the same in all; None where two items would share one."""
    about = _requirements(key, sides)
    names = [[_id(entry, about) for entry in side] for side in sides]
    unclear = {name for side in names for name, count in Counter(side).items() if count > 1}
    numbered = {name for name in unclear if _same_in_turn(name, sides, names)}
    ids = [_ids(side, its, unclear, numbered) for side, its in zip(sides, names, strict=True)]
    return ids if all(len(found) == len(side) for found, side in zip(ids, sides, strict=True)) else None


def label(key: Id, entry: Entry) -> Item:
    """Return the key path's segment for an item."""
    if key[0] == "value":
        return Item("", short(meaning(entry.node), 200))
    if key[0] == "requirement":
        return Item("", "".join(key[1:]))
    return Item(key[0], " ".join(key[1:]))


def name(entry: Entry) -> Item:
    """Return the key path's segment for an item that is looked at by itself."""
    return label(_id(entry, about_requirements=False), entry)


def selects(item: Item, entry: Entry) -> bool:
    """Say whether a selection means this item of a list."""
    if isinstance(entry.node, Mapping):
        fields = [field for field in entry.node.entries if field.key == item.field]
        return any(item.value in (_named_by(field), _text(field)) for field in fields)
    if item.field or not isinstance(entry.node, Scalar):
        return False
    if _text(entry) == item.value:
        return True
    asked, wanted = requirement(_text(entry)), requirement(item.value)
    if not asked or not wanted or wanted.asked:
        return False
    return asked.name == wanted.name and wanted.marker in ("", asked.marker)


def _text(entry: Entry) -> str:
    return entry.node.value.text if isinstance(entry.node, Scalar) else ""


def _named_by(field: Entry) -> str:
    return without_version(_text(field)) if field.key == "uses" else _text(field)


def _id(entry: Entry, about_requirements: bool) -> Id:
    if isinstance(entry.node, Mapping):
        fields = {field.key: field for field in entry.node.entries if isinstance(field.node, Scalar)}
        name = next((name for name in IDENTIFYING if name in fields), None)
        if name:
            return (name, _named_by(fields[name]))
    if (
        isinstance(entry.node, Scalar)
        and about_requirements
        and (asked := requirement(entry.node.value.text))
    ):
        return ("requirement", asked.name, asked.marker)
    return _value_id(entry)


def _value_id(entry: Entry) -> Id:
    return ("value", repr(_sorted(meaning(entry.node))))


def _sorted(value: Value) -> object:
    if isinstance(value, Atom):
        return value
    if isinstance(value, tuple):
        return tuple(map(_sorted, value))
    return {key: _sorted(value[key]) for key in sorted(value)}


def _requirements(key: str, sides: Iterable[AnySequence[Entry]]) -> bool:
    """Say whether these are requirements: all read as such, and the key or a version gives it away."""
    entries = [entry for side in sides for entry in side]
    texts = [entry.node.value for entry in entries if isinstance(entry.node, Scalar)]
    read = [requirement(atom.text) if atom.kind == "str" else None for atom in texts]
    if not entries or len(texts) < len(entries) or not all(read):
        return False
    return key in _DEPENDENCIES or any(asked and (asked.asked or asked.marker) for asked in read)


def _same_in_turn(name: Id, sides: Iterable[AnySequence[Entry]], named: Iterable[list[Id]]) -> bool:
    """Say whether each side has as many of this name, and of the nth ones never all three differ."""
    found = [
        [entry for entry, its in zip(side, names, strict=True) if its == name]
        for side, names in zip(sides, named, strict=True)
    ]
    if name[0] == "value" or len({len(side) for side in found}) > 1:
        return False
    return all(len({_value_id(entry) for entry in nth}) < 3 for nth in zip(*found, strict=True))


def _ids(side: AnySequence[Entry], names: list[Id], unclear: set[Id], numbered: set[Id]) -> Items:
    ids: Items = {}
    seen: Counter[Id] = Counter()
    for entry, name in zip(side, names, strict=True):
        seen[name] += 1
        if name in numbered:
            ids[*name, f"#{seen[name]}"] = entry
        else:
            ids[_value_id(entry) if name in unclear else name] = entry
    return ids


def arranged(ours: Iterable[Id], theirs: Iterable[Id], fresh: set[Id]) -> list[Id]:
    """Return ours, and each fresh name of theirs behind the neighbour that it has there."""
    mine, wanted = list(ours), list(theirs)
    known, last = set(mine), None
    behind: dict[Id | None, Id] = {}
    for key in wanted:
        if key in fresh:
            behind[last] = key
        last = key if key in fresh or key in known else last
    first = next((key for key in wanted if key in known), None)
    order: list[Id] = []
    for key in mine:
        order += [*(_chain(behind, None) if key == first else ()), key, *_chain(behind, key)]
    return order if first is not None else [*order, *_chain(behind, None)]


def _chain(behind: dict[Id | None, Id], key: Id | None) -> Iterator[Id]:
    """Walk from a name over the fresh ones that follow it."""
    while (following := behind.get(key)) is not None:
        yield following
        key = following
