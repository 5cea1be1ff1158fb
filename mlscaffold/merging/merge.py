"""The merge of a project's three trees under the template's rules: what an update would leave."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from mlscaffold.core.clash import Clashes, clashes
from mlscaffold.core.overlay import Settled
from mlscaffold.core.policy import Kind
from mlscaffold.core.tree import FOLDER, SUBMODULE, Entry, Tree
from mlscaffold.project.gather import Project, read_files
from mlscaffold.project.renames import candidates
from mlscaffold.shells import git
from mlscaffold.shells.gitmerge import Merged, merge_trees, renames

Stages = Mapping[int, Entry]
"""A conflict's entries at git's stages 1 (base), 2 (ours), 3 (theirs)."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge leaves of the paths that the template changed.

    ours: what of the project took part, renamed files included.
    tree: the result; a conflicting file holds markers there.
    conflicts: path to its stages.
    blobs: the contents that the result and the conflicts need, by id.
    paths: those that were merged.
    blocked: paths at which something stands in the way. They are left out of the merge.
    stays_deleted: paths that the template changed and the project deleted, or new ones in a folder that it deleted.
    renamed: the template's path to the project's, for files that changes were carried to.
    """

    ours: Tree = field(default_factory=dict)
    tree: Tree = field(default_factory=dict)
    conflicts: Mapping[str, Stages] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    paths: frozenset[str] = frozenset()
    blocked: tuple[str, ...] = ()
    stays_deleted: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


def merge(project: Project, settled: Settled) -> Merge:
    """Merge the paths whose settled base and theirs differ; all others are the project's as they are."""
    moved = [path for path in project.paths if settled.base.get(path) != settled.theirs.get(path)]
    if not moved:
        return Merge()
    found = _clashes(project, settled, moved)
    retyped = {path: settled.ours[path] for path in found.retyped}
    settled_paths = sorted({*moved} - {*found.blocked, *found.left_out, *retyped})
    paths = [path for path in settled_paths if project.policy.rule_for(path).kind is Kind.MERGE]
    given = {*settled_paths} - {
        *paths
    }  # their rules have decided: no merge, and no rename that git sees, changes that
    base, ours, theirs = (
        {path: side[path] for path in paths if path in side and side[path].mode != FOLDER}
        for side in (settled.base, settled.ours, settled.theirs)
    )
    gone = {path: base[path] for path in paths if path in base and path in theirs and path not in ours}
    others = candidates(project.files, gone, {*project.base, *project.theirs})
    contents = _contents(project, settled, {**ours, **retyped}, others)
    ours |= others
    one_sided = all(ours.get(path) == base.get(path) for path in paths)
    with nullcontext(project.store.git_dir) if one_sided else git.scratch(project.store.git_dir) as store:
        # Where the project changed none of these paths, theirs is the merge: that spares three git processes, 25 ms of 110.
        merged = Merged(theirs, ()) if one_sided else merge_trees(store, base, ours, theirs, contents)
        renamed = renames(store, "base", "project") if others else {}
        conflicts = {conflict.path: conflict.stages for conflict in merged.conflicts}
        conflicts |= {path: _stages(settled, path) for path in retyped}
        wanted = {entry.oid for path, entry in merged.tree.items() if ours.get(path) != entry}
        wanted |= {settled.theirs[path].oid for path in given if path in settled.theirs}
        wanted |= {entry.oid for stages in conflicts.values() for entry in stages.values()}
        blobs = {**git.read_blobs(store, sorted(wanted - contents.keys())), **contents}
    deleted = {path for path, stages in conflicts.items() if stages.keys() == {1, 3}}
    odd = conflicts.keys() - {*ours, *theirs, *base, *retyped}  # `path~template`: git found no place for it
    tree = {path: entry for path, entry in merged.tree.items() if path not in deleted | odd} | retyped
    tree |= {path: settled.theirs[path] for path in given if path in settled.theirs}
    ours |= {path: settled.ours[path] for path in given if path in settled.ours}
    return Merge(
        ours={**ours, **retyped},
        tree=tree,
        conflicts={path: stages for path, stages in conflicts.items() if path not in deleted | odd},
        blobs=blobs,
        paths=frozenset({*settled_paths, *retyped}),
        blocked=tuple(sorted({*found.blocked, *odd})),
        stays_deleted=tuple(sorted({*deleted, *found.left_out})),
        renamed={
            old: new for old, new in renamed.items() if old in gone and tree.get(new) != others.get(new)
        },
    )


def _clashes(project: Project, settled: Settled, moved: list[str]) -> Clashes:
    found = clashes(moved, settled.base, settled.ours, settled.theirs, project.files)
    forced = {path for path in found.left_out if project.policy.rule_for(path).kind is Kind.EXACT}
    return Clashes(found.blocked, tuple(path for path in found.left_out if path not in forced), found.retyped)


def _contents(project: Project, settled: Settled, ours: Tree, others: Tree) -> dict[str, bytes]:
    """Return the contents that git needs and that are not in the template's store."""
    stored = {entry.oid for side in (project.base, project.theirs) for entry in side.values()}
    stored -= project.blobs.keys()
    own = {
        path: entry
        for path, entry in ours.items()
        if entry.oid not in stored | project.blobs.keys() and entry.mode not in (FOLDER, SUBMODULE)
    }
    return {**project.blobs, **settled.blobs, **read_files(project.files, {**own, **others})}


def _stages(settled: Settled, path: str) -> dict[int, Entry]:
    sides = (settled.base, settled.ours, settled.theirs)
    return {stage: side[path] for stage, side in enumerate(sides, 1) if path in side}
