"""A first repository with a first commit, through GitPython."""

from pathlib import Path

from git import GitCommandError, Repo

from mlscaffold.core.errors import MlscaffoldError

_NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "mlscaffold"), ("EMAIL", "mlscaffold@localhost"))
}


def first_commit(folder: Path, message: str) -> None:
    """Make a folder a repository with one commit of all that is in it, as the user where git knows who that is."""
    try:
        repo = Repo.init(folder, initial_branch="main")
        repo.git.execute(["git", "add", "--all"])
        who = {} if _knows_user(repo) else _NOBODY
        repo.git.execute(["git", "commit", "--quiet", "--no-verify", "--message", message], env=who)
    except GitCommandError as error:
        raise MlscaffoldError(
            f"The project is in {folder}, and its first commit failed: {_said(error)}",
            "Commit it yourself: git add --all && git commit.",
        ) from error


def _knows_user(repo: Repo) -> bool:
    try:
        return bool(repo.git.execute(["git", "var", "GIT_AUTHOR_IDENT"]))
    except GitCommandError:
        return False


def _said(error: GitCommandError) -> str:
    lines = [line for line in str(error.stderr).splitlines() if line.strip()]
    return lines[0].strip().removeprefix("stderr: ").strip("'\" ") if lines else f"exit code {error.status}"
