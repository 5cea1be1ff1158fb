"""How a project's files differ from the template's, as a patch that would make them the template's (as cruft's does)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mlscaffold.core.errors import UsageError
from mlscaffold.core.tree import FOLDER, SUBMODULE
from mlscaffold.project.gather import Project, Wanted, gather
from mlscaffold.shells import git, gitmerge

Against = Literal["base", "latest"]


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch in git's format that leads from the project's files to the template's; empty if they are the same."""

    content: bytes


def diff(root: Path, wanted: Wanted, *, against: Against = "latest", paths: tuple[str, ...] = ()) -> Patch:
    """Compare a project's files with the template as it is wanted (latest) or as it is recorded (base).

    paths: files and folders of the project to look at, all if empty.

    Raises UsageError for a path that the template does not have.
    """
    project = gather(root, wanted)
    tree = project.theirs if against == "latest" else project.base
    chosen = _chosen(project, paths)
    new = {path: tree[path] for path in chosen if path in tree}
    old = {
        path: project.ours[path]
        for path in chosen
        if path in project.ours and project.ours[path].mode not in (FOLDER, SUBMODULE)
    }
    if old == new:
        return Patch(b"")
    known = {entry.oid for side in (project.base, project.theirs) for entry in side.values()}
    foreign = (path for path, entry in old.items() if entry.oid not in known)
    contents = {**project.blobs, **project.read(foreign)}
    with git.scratch(project.store.git_dir) as scratch:
        return Patch(gitmerge.diff_trees(scratch, old, new, contents))


def _chosen(project: Project, paths: tuple[str, ...]) -> list[str]:
    if not paths:
        return project.paths
    wanted = [path.strip("/").removeprefix("./") for path in paths]
    for path in wanted:
        if not any(_below(known, path) for known in project.paths):
            raise UsageError(
                f"{path} is no path of the template.", "mlscaffold check lists the paths that differ."
            )
    return [known for known in project.paths if any(_below(known, path) for path in wanted)]


def _below(path: str, folder: str) -> bool:
    return folder in ("", ".") or path == folder or path.startswith(f"{folder}/")
