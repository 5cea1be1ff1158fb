"""What happened in a project's template: how far the project is behind, and what changed a file."""

from collections.abc import Iterable

from mlscaffold.core.release import Behind, behind, releases
from mlscaffold.core.sources import sources_of
from mlscaffold.project.gather import Project
from mlscaffold.shells import git, gitlog
from mlscaffold.shells.gitlog import Dated


def how_far_behind(project: Project, waiting: Iterable[str], now: float, grace_days: int) -> Behind | None:
    """Say how far a project is behind its template; None if it is not, or if a commit is gone so that it is not known.

    waiting: the paths that wait for an update. The days count from the oldest commit that changed one of them: those
    before it changed nothing here, and nobody had a reason to update.
    """
    repository, memory = project.store.history, project.store.memory
    old, new, folder = project.record.commit, project.target.commit, project.record.directory
    if old == new:
        return None
    paths = sorted(waiting)
    key = ("behind", old, new, folder, *paths)
    try:
        if key not in memory:
            released = bool(releases(gitlog.tags(repository)))
            memory[key] = (
                [commit.at for commit in gitlog.between(repository, old, new, folder)],
                [commit.at for commit in _waited_for(project, paths)],
                *(gitlog.tags(repository, commit) if released else {} for commit in (old, new)),
            )
        lacking, waited, before, after = memory[key]
        return behind(lacking, waited, before, after, now, grace_days)
    except git.GitError:
        return None


def _waited_for(project: Project, waiting: Iterable[str]) -> list[Dated]:
    """Return the commits that changed what some paths are made from; none if one of the paths cannot be told from names."""
    old, new, directory = project.record.commit, project.target.commit, project.record.directory
    paths = list(waiting)
    tree = git.read_tree(project.store.history, new) if paths else {}
    sources = [sources_of(tree, directory, path) for path in paths]
    if not all(sources):
        return []
    return (
        gitlog.between(project.store.history, old, new, *(each for some in sources for each in some))
        if sources
        else []
    )


def changes_of(project: Project, path: str, most: int = 5) -> list[Dated]:
    """Return the template commits that changed what a path is made from: those that the project lacks, else the newest."""
    repository, directory = project.store.history, project.record.directory
    new = project.target.commit
    try:
        sources = sources_of(git.read_tree(repository, new), directory, path)
        if not sources:
            return []
        lacking = gitlog.between(repository, project.record.commit, new, *sources)
        return lacking[:most] or gitlog.newest(repository, new, most, *sources)
    except git.GitError:
        return []
