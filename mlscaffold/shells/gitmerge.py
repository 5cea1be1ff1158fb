"""git's own merge and comparison of trees, in a scratch repository."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.tree import Entry, Tree
from mlscaffold.shells.git import GitError, git, read_tree
from mlscaffold.shells.gitimport import blob, commit, run, write_commit

OLDEST = (2, 38)
"""The first git whose merge-tree writes a tree."""


def version() -> tuple[int, int]:
    """Return git's version as (major, minor)."""
    found = re.search(rb"(\d+)\.(\d+)", git("version"))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def require_merge() -> None:
    """Raise MlscaffoldError if this git is too old to merge trees."""
    found = version()
    if found < OLDEST:
        raise MlscaffoldError(
            f"git {found[0]}.{found[1]} cannot merge trees.",
            "Install git 2.38 or later. Without, all works as long as nothing changed on both sides.",
        )


class Conflict(NamedTuple):
    """One path that git could not merge: its entries at stages 1 (base), 2 (ours), 3 (theirs)."""

    path: str
    stages: Mapping[int, Entry]


class Merged(NamedTuple):
    """What a merge gives: a tree, in which conflicting files hold markers, and the conflicts."""

    tree: Mapping[str, Entry]
    conflicts: tuple[Conflict, ...]


def merge_trees(git_dir: Path, base: Tree, ours: Tree, theirs: Tree, contents: Mapping[str, bytes]) -> Merged:
    """Merge three trees with git's own merge, without index or work tree; sides are named project and template.

    git_dir: a scratch repository, whose refs `base`, `project` and `template` this writes.
    https://git-scm.com/docs/git-merge-tree
    """

    def stream() -> Iterator[bytes]:
        for content in dict.fromkeys(contents.values()):
            yield blob(content)
        yield from commit("refs/heads/base", base)
        yield from commit("refs/heads/project", ours, "refs/heads/base")
        yield from commit("refs/heads/template", theirs, "refs/heads/base")

    run(git_dir, stream())
    try:
        out = git(
            "-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", "-z", "--no-messages", "project", "template",
            git_dir=git_dir, allow=(0, 1),
        )  # fmt: skip
    except GitError:
        require_merge()
        raise
    tree, *unmerged = out.split(b"\0")
    stages: dict[str, dict[int, Entry]] = {}
    for line in filter(None, unmerged):
        meta, path = line.split(b"\t", 1)
        mode, oid, stage = meta.decode().split(" ")
        stages.setdefault(os.fsdecode(path), {})[int(stage)] = Entry(mode, oid)
    return Merged(
        read_tree(git_dir, tree.decode()), tuple(Conflict(path, each) for path, each in stages.items())
    )


def merge_file(base: bytes, ours: bytes, theirs: bytes, *, favour: str) -> bytes | None:
    """Merge three texts, with one side's lines ("ours" or "theirs") wherever both changed the same; None if one is no text.

    https://git-scm.com/docs/git-merge-file
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="mlscaffold-") as folder:
        paths = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for path, content in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(content)
        try:
            return git("merge-file", "-p", f"--{favour}", *map(str, paths))
        except GitError:
            return None


def renames(git_dir: Path, old: str, new: str) -> dict[str, str]:
    """Return which paths of one commit have another name in the other."""
    out = git(
        "diff-tree",
        "-r",
        "-z",
        "--find-renames",
        "--no-rename-empty",
        "--diff-filter=R",
        old,
        new,
        git_dir=git_dir,
    )
    parts = out.split(b"\0")[:-1]
    return {os.fsdecode(parts[at + 1]): os.fsdecode(parts[at + 2]) for at in range(0, len(parts), 3)}


def diff_trees(git_dir: Path, old: Tree, new: Tree, contents: Mapping[str, bytes]) -> bytes:
    """Return the difference of two trees as a patch in git's format that `git apply` takes."""
    write_commit(git_dir, "refs/heads/old", old, contents)
    write_commit(git_dir, "refs/heads/new", new)
    return git(
        "diff-tree", "-r", "-p", "--binary", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-color",
        "refs/heads/old", "refs/heads/new", git_dir=git_dir,
    )  # fmt: skip
