"""A project's base and theirs in the dress (line ends, byte order mark, newline at the end) of its own files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mlscaffold.core.dress import as_worn_here, variants
from mlscaffold.core.policy import Kind, Policy
from mlscaffold.core.tree import EXECUTABLE, FILE, Entry, Tree, blob_id

Read = Callable[[Iterable[str]], Mapping[str, bytes]]
"""Paths, or blob ids, to contents by blob id."""


@dataclass(frozen=True, slots=True)
class Dressed:
    """Base and theirs with some files dressed as the project's are, and the contents that this made, by id."""

    base: Tree
    theirs: Tree
    blobs: Mapping[str, bytes]


def dress(base: Tree, ours: Tree, theirs: Tree, policy: Policy, read_ours: Read, read_blobs: Read) -> Dressed:
    """Dress the template's versions of files that the project changed; those under the rule `exact` stay as they are."""
    changed = [path for path, entry in ours.items() if _to_look_at(base.get(path), entry, theirs.get(path))]
    changed = [path for path in changed if policy.rule_for(path).kind is not Kind.EXACT]
    if not changed:
        return Dressed(base, theirs, {})
    mine = read_ours(changed)
    new_base, new_theirs, both = dict(base), dict(theirs), []
    blobs: dict[str, bytes] = {}
    for path in changed:
        old, new = base.get(path), theirs.get(path)
        ids = {blob_id(each) for each in variants(mine[ours[path].oid])}
        if old is None or new is None or new.oid != old.oid:
            both.append(path)
        elif old.oid in ids:
            for side, entry in ((new_base, old), (new_theirs, new)):
                side[path] = Entry(entry.mode, ours[path].oid)
            blobs[ours[path].oid] = mine[ours[path].oid]
    sides = ((base, new_base), (theirs, new_theirs))
    kept = read_blobs(side[path].oid for path in both for side, _ in sides if path in side)
    for path in both:
        worn = as_worn_here(_content(base, path, kept), mine[ours[path].oid], _content(theirs, path, kept))
        for (_, side), content in zip(sides, worn, strict=True):
            if content is not None and (oid := blob_id(content)) != side[path].oid:
                side[path] = Entry(side[path].mode, oid)
                blobs[oid] = content
    return Dressed(new_base, new_theirs, blobs)


def _to_look_at(old: Entry | None, mine: Entry, new: Entry | None) -> bool:
    """Return whether all that are there are regular files, and the project's is neither of the template's two."""
    there = [entry for entry in (old, mine, new) if entry is not None]
    regular = all(entry.mode in (FILE, EXECUTABLE) for entry in there)
    return regular and mine.oid not in {entry.oid for entry in (old, new) if entry is not None}


def _content(side: Tree, path: str, kept: Mapping[str, bytes]) -> bytes | None:
    return kept[side[path].oid] if path in side else None
