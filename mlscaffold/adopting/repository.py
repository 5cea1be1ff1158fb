"""A repo as `adopt` sees it: its last and its first commits, read as git objects and never checked out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.likeness import LARGEST, Text, text_of
from mlscaffold.core.paths import Places
from mlscaffold.core.place import Files
from mlscaffold.core.tree import EXECUTABLE, FILE, Tree
from mlscaffold.project.worktree import WorkTree
from mlscaffold.shells import git, gitlog
from mlscaffold.shells.gitlog import Commit

FIRST = 6
"""How many of a repo's first commits are looked at: some begin with a README of the forge's."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The project's files at one commit."""

    name: str
    tree: Tree
    places: Places


@dataclass(slots=True)
class Repository:
    """A project's past.

    root: its folder. objects: a repository of our own that sees its objects.
    prefix: the project's folder in the repository, "" for its root. shallow: whether its first commits are not here.
    place: where its files are.
    snapshots: its last commit, then its first ones.
    """

    root: Path
    objects: Path
    prefix: str
    commits: list[Commit]
    shallow: bool
    origin: str | None
    place: Files
    snapshots: tuple[Snapshot, ...] = ()
    _texts: dict[str, Text | None] = field(default_factory=dict)

    @property
    def head(self) -> Snapshot:
        """Its last commit."""
        return self.snapshots[0]

    def load(self, oids: Iterable[str]) -> None:
        """Read files' lines ahead, many at once."""
        wanted = sorted(set(oids) - self._texts.keys())
        sizes = gitlog.sizes(self.objects, wanted)
        small = [oid for oid in wanted if sizes.get(oid, LARGEST + 1) <= LARGEST]
        self._texts.update(dict.fromkeys(wanted))
        for start in range(0, len(small), 200):
            contents = git.read_blobs(self.objects, small[start : start + 200])
            self._texts.update((oid, text_of(content)) for oid, content in contents.items())

    def text(self, oid: str) -> Text | None:
        """Return a file's lines, None if it is binary or very large."""
        if oid not in self._texts:
            self.load([oid])
        return self._texts[oid]

    def files(self, snapshot: Snapshot, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of those of the named files that a snapshot has."""
        entries = {
            name: snapshot.tree[name]
            for name in names
            if name in snapshot.tree and snapshot.tree[name].mode in (FILE, EXECUTABLE)
        }
        sizes = gitlog.sizes(self.objects, [entry.oid for entry in entries.values()])
        small = {
            name: entry.oid for name, entry in entries.items() if sizes.get(entry.oid, LARGEST) < LARGEST
        }
        contents = git.read_blobs(self.objects, small.values())
        return {name: contents[oid] for name, oid in small.items() if oid in contents}

    def main_author(self) -> tuple[str, str]:
        """Return the name and address of whoever made most commits."""
        counted = Counter((commit.author, commit.email) for commit in self.commits)
        return counted.most_common(1)[0][0]


@contextmanager
def opened(root: Path) -> Iterator[Repository]:
    """Open the repository that a project lies in.

    Raises MlscaffoldError if there is none, or it has no commit.
    """
    top = _top(root.resolve())
    prefix = "" if top == root.resolve() else str(root.resolve().relative_to(top))
    head = git.resolve_in(top, "HEAD")
    if head is None:
        raise MlscaffoldError(
            f"{root} has no commit yet, so nothing of its past can be compared.",
            "Commit what is there: git add -A && git commit -m 'Start'.",
        )
    with gitlog.objects_of(top) as objects:
        commits = gitlog.commits(objects, head)
        origin = git.origin(top)
        repository = Repository(
            root, objects, prefix, commits, gitlog.shallow(objects), origin, WorkTree(root)
        )
        _look(repository)
        yield repository


def at_commit(objects: Path, head: str, files: Files, origin: str | None) -> Repository:
    """Open a repo of which there is no checkout: the files of a commit, in a repository of our own.

    Raises MlscaffoldError if there is nothing in it.
    """
    commits = gitlog.commits(objects, head)
    repository = Repository(files.root, objects, "", commits, gitlog.shallow(objects), origin, files)
    _look(repository)
    return repository


def _look(repository: Repository) -> None:
    repository.snapshots = tuple(_snapshots(repository))
    if not repository.snapshots:
        raise MlscaffoldError(
            f"The last commit has nothing in {repository.prefix or repository.root}.",
            "Commit the project first.",
        )


def _top(root: Path) -> Path:
    """Return the nearest folder above that has a `.git`."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            return folder
    raise MlscaffoldError(
        f"{root} is not in a git repository, so nothing of its past can be compared.",
        "Make it one: git init && git add -A && git commit -m 'Start'.",
    )


def _snapshots(repository: Repository) -> Iterator[Snapshot]:
    """Yield the last commit's files and the first commits', each different state of them once."""
    commits = repository.commits
    chosen = [commits[0], *reversed(commits[-FIRST:])]
    at = gitlog.folders_at(repository.objects, [commit.tree for commit in chosen], repository.prefix)
    trees = gitlog.read_trees(repository.objects, at.values())
    seen: set[str] = set()
    for commit in chosen:
        oid = at.get(commit.tree)
        if oid is not None and oid not in seen:
            seen.add(oid)
            files = {path: entry for path, entry in trees[oid].items() if entry.mode in (FILE, EXECUTABLE)}
            name = "its last commit" if commit is commits[0] else f"commit {commit.oid[:7]}"
            yield Snapshot(name, trees[oid], Places(frozenset(files)))
