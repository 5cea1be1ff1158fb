"""What happened in a template between the commit that a project records and the one it is compared with."""

from mlscaffold.core.release import Behind, behind
from mlscaffold.gather import Project
from mlscaffold.shells import git, gitlog


def how_far_behind(project: Project, now: float, grace_days: int) -> Behind | None:
    """Say how far a project is behind its template; None if that is not known, as of a commit that is gone."""
    repository = project.store.history
    old, new = project.record.commit, project.target.commit
    try:
        lacking = gitlog.between(repository, old, new, project.record.directory)
        return behind(
            [commit.at for commit in lacking],
            gitlog.tags(repository, old),
            gitlog.tags(repository, new),
            now,
            grace_days,
        )
    except git.GitError:
        return None
