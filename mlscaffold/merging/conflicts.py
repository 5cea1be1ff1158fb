"""What becomes of the files in which git leaves a conflict: merged by key where that is proved, or kept as they are here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from mlscaffold.core.tree import EXECUTABLE, FILE, Entry, blob_id
from mlscaffold.merging.merge import Merge, Stages
from mlscaffold.shells import git, gitmerge

if TYPE_CHECKING:
    from mlscaffold.core.keyed import Pending, PinChoice

Conflicts = Literal["markers", "keep-ours"]
"""What to do with conflicts: mark them in the files, or leave the project's side and show what did not land."""


class ByKey(NamedTuple):
    """A file that was merged by key, since git left a conflict in it.

    pending: the keys that both sides changed; the file keeps the project's values.
    pins: the versions that both sides raised, of which the higher was taken.
    """

    pending: "tuple[Pending, ...]"
    pins: "tuple[PinChoice, ...]"


@dataclass(frozen=True, slots=True)
class Settlement:
    """Which conflicts are left of a merge, and how the others were settled.

    merge: the merge with the settled files in its tree.
    by_key: the files that were merged by key; one with pending keys is a conflict still.
    unlanded: with keep-ours, the files in which changes of the template did not land.
    patch: those changes; it applies to the files as they are left.
    """

    merge: Merge
    by_key: Mapping[str, ByKey]
    unlanded: tuple[str, ...] = ()
    patch: bytes = b""


def settle(merge: Merge, conflicts: Conflicts) -> Settlement:
    """Merge files in which git left a conflict by key, and do as the user wants with those that are left."""
    settled = _merged_by_key(merge)
    return _kept_ours(settled) if conflicts == "keep-ours" else settled


def _merged_by_key(merge: Merge) -> Settlement:
    tree, blobs, left, by_key = dict(merge.tree), dict(merge.blobs), dict(merge.conflicts), {}
    for path, stages in merge.conflicts.items():
        found = _by_key(path, stages, merge.blobs)
        if found is None:
            continue
        content, by_key[path] = found
        tree[path] = Entry(_mode(stages), blob_id(content))
        blobs[tree[path].oid] = content
        if not by_key[path].pending:
            del left[path]
    return Settlement(replace(merge, tree=tree, blobs=blobs, conflicts=left), by_key)


def _by_key(path: str, stages: Stages, blobs: Mapping[str, bytes]) -> tuple[bytes, ByKey] | None:
    """Merge one file by key; None where it has no keys, or its merge is not proved: git's conflict stands."""
    from mlscaffold.documents.formats import format_of

    known = format_of(path)
    regular = all(entry.mode in (FILE, EXECUTABLE) for entry in stages.values())
    if known is None or not regular or not {2, 3} <= stages.keys():
        return None
    from mlscaffold.documents import keyed

    base, ours, theirs = (blobs[stages[stage].oid] if stage in stages else None for stage in (1, 2, 3))
    assert ours is not None, "stage 2 is there"
    assert theirs is not None, "stage 3 is there"
    done = keyed.merge(base, ours, theirs, known)
    return None if isinstance(done, keyed.NotMerged) else (done.merged, ByKey(done.pending, done.pins))


def _mode(stages: Stages) -> str:
    """Return the mode that the side gave a file that changed it."""
    base, ours, theirs = (stages.get(stage) for stage in (1, 2, 3))
    assert ours is not None, "stage 2 is there"
    assert theirs is not None, "stage 3 is there"
    return theirs.mode if base is not None and ours.mode == base.mode else ours.mode


def _kept_ours(settled: Settlement) -> Settlement:
    """Leave the project's side wherever both sides changed the same; everything else lands."""
    merge = settled.merge
    if not merge.conflicts:
        return settled
    tree, wanted, blobs = dict(merge.tree), {}, dict(merge.blobs)
    with git.scratch() as scratch:
        for path, stages in merge.conflicts.items():
            if path in settled.by_key:
                continue  # its file holds the project's values already
            here, offered = _two_sides(stages, merge.blobs)
            for entry, content in filter(None, (here, offered)):
                blobs[entry.oid] = content
            tree.pop(path, None)
            if here:
                tree[path] = here[0]
            if offered:
                wanted[path] = offered[0]
        left = {path: tree[path] for path in merge.conflicts.keys() - settled.by_key.keys() if path in tree}
        needed = {entry.oid: blobs[entry.oid] for side in (left, wanted) for entry in side.values()}
        patch = gitmerge.diff_trees(scratch, left, wanted, needed)
    kept = replace(merge, tree=tree, conflicts={}, blobs=blobs)
    return Settlement(kept, settled.by_key, tuple(sorted(merge.conflicts)), patch)


def _two_sides(
    stages: Stages, blobs: Mapping[str, bytes]
) -> tuple[tuple[Entry, bytes] | None, tuple[Entry, bytes] | None]:
    """Return the file as it is left and as the template wants it, both with all that merges cleanly."""
    base, ours, theirs = (stages.get(stage) for stage in (1, 2, 3))
    text = [entry for entry in (base, ours, theirs) if entry and entry.mode in (FILE, EXECUTABLE)]
    if base and ours and theirs and len(text) == 3:
        three = [blobs[entry.oid] for entry in text]
        kept = gitmerge.merge_file(*three, favour="ours")
        offered = gitmerge.merge_file(*three, favour="theirs")
        if kept is not None and offered is not None:
            mode = _mode(stages)
            return (Entry(mode, blob_id(kept)), kept), (Entry(mode, blob_id(offered)), offered)
    return (
        (ours, blobs[ours.oid]) if ours else None,
        (theirs, blobs[theirs.oid]) if theirs else None,
    )
