"""What a template's default branch has beyond one commit."""

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.shells import gitlog
from mlscaffold.templates.store import Store


def branch_beyond(
    store: Store, directory: str, commit: str, *, offline: bool, since: float
) -> tuple[str, int]:
    """Return the default branch, and how many commits of a folder it has beyond a commit; "" and 0 where that is not known."""
    try:
        newest = store.newest(None, offline=offline, since=since).commit
        names = gitlog.branches_at(store.history, newest)
        lacking = len(gitlog.between(store.history, commit, newest, directory))
    except MlscaffoldError:
        return "", 0
    return next((name for name in ("main", "master", *names) if name in names), ""), lacking
