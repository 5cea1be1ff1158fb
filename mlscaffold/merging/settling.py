"""The template's rules applied to a project's three trees: what a check compares, and what an update merges."""

from mlscaffold.core.overlay import Keyed, Settled, settle
from mlscaffold.core.policy import Rule
from mlscaffold.core.tree import Entry
from mlscaffold.project.gather import Project
from mlscaffold.shells import git


def settled_trees(project: Project) -> Settled:
    """Apply the template's rules to the project's three trees."""
    store = project.store.git_dir
    folder = {entry.oid: path for path, entry in project.ours.items()}

    def read(entry: Entry) -> bytes:
        if entry.oid in project.blobs:
            return project.blobs[entry.oid]
        path = folder.get(entry.oid)
        if path is not None:
            return project.read([path])[entry.oid]
        return git.read_blobs(store, [entry.oid], whole=True)[entry.oid]

    return settle(project.base, project.ours, project.theirs, project.policy, project.paths, read, _by_key)


def _by_key(path: str, ours: bytes, theirs: bytes, rule: Rule) -> Keyed:
    from mlscaffold.merging.demanding import (
        settle_keys,
    )  # 15 ms, and most checks meet no such file that differs

    return settle_keys(path, ours, theirs, rule)
