"""The merge of a project's three trees under the template's rules: what an update would leave."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlscaffold.core.overlay import Keyed, Settled, settle
from mlscaffold.core.policy import Rule
from mlscaffold.core.tree import FOLDER, SUBMODULE, Entry, Tree
from mlscaffold.gather import Project
from mlscaffold.shells import git


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge leaves of the paths that the template changed.

    settled: the three trees that were merged.
    tree: the result; a conflicting file holds markers there.
    conflicts: path to the entries at git's stages 1 (base), 2 (ours), 3 (theirs).
    blobs: the contents that the result and the conflicts need, by id.
    paths: those that were merged.
    blocked: paths at which the template has a file, which it changed, and the project a folder or a submodule.
    stays_deleted: paths that the template changed and the project deleted. Both are left out of the merge.
    """

    settled: Settled
    tree: Tree
    conflicts: Mapping[str, Mapping[int, Entry]]
    blobs: Mapping[str, bytes]
    paths: frozenset[str]
    blocked: tuple[str, ...]
    stays_deleted: tuple[str, ...]


def settled_trees(project: Project) -> Settled:
    """Apply the template's rules to the project's three trees."""
    store = project.store.git_dir
    folder = {entry.oid: path for path, entry in project.ours.items()}

    def read(entry: Entry) -> bytes:
        path = folder.get(entry.oid)
        if path is not None:
            return project.read([path])[entry.oid]
        return git.read_blobs(store, [entry.oid])[entry.oid]

    return settle(
        project.base, project.ours, project.theirs, project.policy, project.paths, read, _settle_keys
    )


def merge(project: Project, settled: Settled) -> Merge:
    """Merge the paths whose settled base and theirs differ; all others are the project's as they are."""
    moved = [path for path in project.paths if settled.base.get(path) != settled.theirs.get(path)]
    blocked = [
        path for path in moved if path in settled.ours and settled.ours[path].mode in (FOLDER, SUBMODULE)
    ]
    deleted = [
        path for path in moved if path in settled.base and path in settled.theirs and path not in settled.ours
    ]
    moved = sorted(set(moved) - {*blocked, *deleted})
    base, ours, theirs = (
        {path: side[path] for path in moved if path in side}
        for side in (settled.base, settled.ours, settled.theirs)
    )
    known = {entry.oid for side in (project.base, project.theirs) for entry in side.values()}
    foreign = [path for path, entry in ours.items() if entry.oid not in known]
    contents = {**project.read(foreign), **settled.blobs}
    with git.scratch(project.store.git_dir) as scratch:
        merged = git.merge_trees(scratch, base, ours, theirs, contents)
        wanted = {entry.oid for path, entry in merged.tree.items() if ours.get(path) != entry}
        conflicts = {conflict.path: conflict.stages for conflict in merged.conflicts}
        wanted |= {entry.oid for stages in conflicts.values() for entry in stages.values()}
        return Merge(
            settled,
            merged.tree,
            conflicts,
            git.read_blobs(scratch, sorted(wanted)),
            frozenset(moved),
            tuple(blocked),
            tuple(deleted),
        )


def _settle_keys(path: str, ours: bytes, theirs: bytes, rule: Rule) -> Keyed:
    raise NotImplementedError
