"""A template as its author has it on disk, committed or not, as a commit in a repository of our own."""

from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.errors import UsageError
from mlscaffold.core.tree import blob_id
from mlscaffold.core.trust import address, without_password
from mlscaffold.shells import git, gitfetch, gitimport, gitlog
from mlscaffold.shells.checkout import Checkout
from mlscaffold.shells.files import Folder

_HEAD = "refs/heads/mlscaffold-preview"
_PUBLISHED = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master")


class Working(NamedTuple):
    """A change of a template.

    location: a repository of our own that has both states. names: the template's addresses, as records may name it.
    before: the commit without the change. after: the commit with it.
    """

    location: str
    names: tuple[str, ...]
    before: str
    after: str

    def is_of(self, template: str, commit: str) -> bool:
        """Return whether a record is of this template: by its address, or by a commit that is in the history here."""
        return (
            _same(template) in map(_same, self.names) or git.resolve(Path(self.location), commit) is not None
        )


def working(folder: Path, against: str | None, cache: Path) -> Working:
    """Take a template's working copy as it lies there; nothing is written to it.

    against: the commit without the change; where the copy left its origin's default branch if not given.

    Raises UsageError if that is not known, or there is nothing to compare.
    """
    if not folder.is_dir():
        raise UsageError(
            f"There is no folder {folder}.", "Name the template's working copy: --template PATH."
        )
    top = Checkout(folder).root
    copy = Checkout(top)
    if not copy.head:
        raise UsageError(f"{top} has no commit yet.", "Commit the template once.")
    common = _common(top)
    if gitlog.shallow(common):
        raise UsageError(
            f"{top} is a shallow clone, so the commits that projects were made from are not in it.",
            "Fetch them: git fetch --unshallow; in a workflow, fetch-depth: 0.",
        )
    git_dir = cache / "previews" / blob_id(str(top).encode("utf-8", "surrogateescape")) / "git"
    git.init_bare(git_dir, [common])
    (git_dir / "HEAD").write_text(f"ref: {_HEAD}\n")
    gitfetch.take_refs(git_dir, top, _HEAD, copy.head)
    after = _with_changes(copy, git_dir)
    before = _before(copy, git_dir, against, after)
    if before == after:
        raise UsageError(
            f"{top} has no change against {before[:12]}.", "Change something, or name another: --against REF."
        )
    origin = git.origin(top)
    return Working(str(git_dir), (str(top), *([origin] if origin else [])), before, after)


def _common(top: Path) -> Path:
    out = git.git(
        "rev-parse", "--path-format=absolute", "--git-common-dir", env={"GIT_DIR": str(top / ".git")}
    )
    return Path(out.decode("utf-8", "surrogateescape").rstrip("\n"))


def _with_changes(copy: Checkout, git_dir: Path) -> str:
    """Return the last commit, or one on top of it that has what is not committed."""
    paths = sorted({*copy.uncommitted(), *copy.unlisted()})
    if not paths:
        return copy.head
    files = Folder(copy.root)
    entries = files.entries(paths)
    changes: dict[str, tuple[str, bytes] | None] = {}
    for path in paths:
        content = files.read(path) if path in entries else None
        changes[path] = None if content is None else (entries[path].mode, content)
    at = gitlog.newest(git_dir, copy.head, 1)[0].at
    return gitimport.write_update(git_dir, _HEAD, copy.head, at, "What is not committed", changes)


def _before(copy: Checkout, git_dir: Path, against: str | None, after: str) -> str:
    if against is not None:
        found = git.resolve_in(copy.root, against)
        if found is None:
            raise UsageError(f"{copy.root} has no branch, tag or commit {against!r}.", "Correct --against.")
        return found
    published = next(filter(None, (git.resolve_in(copy.root, ref) for ref in _PUBLISHED)), None)
    left = gitlog.merge_base(git_dir, published, after) if published else None
    if left is not None:
        return left
    if after != copy.head:
        return copy.head
    raise UsageError(
        f"{copy.root} has no origin, so it is not known what is published.",
        "Say which commit lacks the change: --against REF.",
    )


def _same(url: str) -> object:
    shown = without_password(url)
    return address(shown) or shown.removesuffix("/")
