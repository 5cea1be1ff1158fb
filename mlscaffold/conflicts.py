"""What becomes of the files in which git leaves a conflict: merged by key where that is proved, or kept as they are here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from mlscaffold.core.tree import EXECUTABLE, FILE, Entry, blob_id
from mlscaffold.merging import Merge, Stages
from mlscaffold.shells import git

Conflicts = Literal["markers", "keep-ours"]
"""What to do with conflicts: mark them in the files, or leave the project's side and show what did not land."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Which conflicts are left of a merge, and how the others were settled.

    merge: the merge with the settled files in its tree.
    unlanded: with keep-ours, the files in which changes of the template did not land.
    patch: those changes; it applies to the files as they are left.
    """

    merge: Merge
    unlanded: tuple[str, ...] = ()
    patch: bytes = b""


def keep_ours(merge: Merge) -> Settlement:
    """Leave the project's side wherever both sides changed the same; everything else lands."""
    if not merge.conflicts:
        return Settlement(merge)
    tree, wanted, blobs = dict(merge.tree), {}, dict(merge.blobs)
    with git.scratch() as scratch:
        for path, stages in merge.conflicts.items():
            kept, offered = _two_sides(stages, merge.blobs)
            for entry, content in filter(None, (kept, offered)):
                blobs[entry.oid] = content
            tree.pop(path, None)
            if kept:
                tree[path] = kept[0]
            if offered:
                wanted[path] = offered[0]
        left = {path: tree[path] for path in merge.conflicts if path in tree}
        needed = {entry.oid: blobs[entry.oid] for side in (left, wanted) for entry in side.values()}
        patch = git.diff_trees(scratch, left, wanted, needed)
    settled = replace(merge, tree=tree, conflicts={}, blobs=blobs)
    return Settlement(settled, tuple(sorted(merge.conflicts)), patch)


def _two_sides(
    stages: Stages, blobs: Mapping[str, bytes]
) -> tuple[tuple[Entry, bytes] | None, tuple[Entry, bytes] | None]:
    """Return the file as it is left and as the template wants it, both with all that merges cleanly."""
    base, ours, theirs = (stages.get(stage) for stage in (1, 2, 3))
    text = [entry for entry in (base, ours, theirs) if entry and entry.mode in (FILE, EXECUTABLE)]
    if base and ours and theirs and len(text) == 3:
        three = [blobs[entry.oid] for entry in text]
        kept = git.merge_file(*three, favour="ours")
        offered = git.merge_file(*three, favour="theirs")
        if kept is not None and offered is not None:
            mode = theirs.mode if ours.mode == base.mode else ours.mode
            return (Entry(mode, blob_id(kept)), kept), (Entry(mode, blob_id(offered)), offered)
    return (
        (ours, blobs[ours.oid]) if ours else None,
        (theirs, blobs[theirs.oid]) if theirs else None,
    )
