"""A project's files as a commit has them, read as git objects: nothing is checked out, and nothing of the project is run."""

import subprocess
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mlscaffold.core.errors import LackingError, MlscaffoldError
from mlscaffold.core.tree import EXECUTABLE, FILE, FOLDER, LINK, SUBMODULE, Entry, Tree
from mlscaffold.shells import git

MAX_BYTES = 64 << 20
"""A larger file is no file that a template and a project share."""
_NOWHERE = "0" * 40


class GitTree:
    """The files of one commit."""

    def __init__(
        self, root: Path, tree: Tree, blobs: "subprocess.Popen[bytes]", lean: Path | None = None
    ) -> None:
        """Take a tree and a `git cat-file --batch` that answers for its blobs; `root` is the project's name.

        lean: the repository, if it lacks contents that are to be had where it was fetched from.
        """
        self._root = root
        self._lean = lean
        self._blobs = blobs
        self._tree: dict[str, Entry] = {
            path: Entry(SUBMODULE, _NOWHERE) if entry.mode == SUBMODULE else entry
            for path, entry in tree.items()
        }
        self._folders: dict[str, set[str]] = {}
        for path in tree:
            while path:
                path, _, name = path.rpartition("/")  # noqa: PLW2901
                names = self._folders.setdefault(path, set())
                if name in names:
                    break
                names.add(name)

    @property
    def root(self) -> Path:
        """The project's name."""
        return self._root

    def read(self, path: str, limit: int | None = None) -> bytes | None:
        """Return the content of a file, or a link's target; None if there is neither.

        Raises MlscaffoldError if the file is larger than any that a template could mean, or not to be had.
        """
        entry = self._tree.get(path)
        if entry is None or entry.mode not in (FILE, EXECUTABLE, LINK):
            return None
        return self._content(path, entry.oid)[:limit]

    def _content(self, path: str, oid: str) -> bytes:
        into, out = self._blobs.stdin, self._blobs.stdout
        assert into is not None
        assert out is not None
        with suppress(BrokenPipeError):
            into.write(f"{oid}\n".encode())
            into.flush()
        header = out.readline().split()
        if self._lean is not None and header[1:] == [b"missing"]:
            raise LackingError((oid,))
        if len(header) != 3 or header[1] != b"blob":
            raise MlscaffoldError(f"{path} is not to be had: git has no such object.", "Run git fsck there.")
        size = int(header[2])
        if size > MAX_BYTES:
            self._blobs.kill()  # it would go on to write it all
            raise MlscaffoldError(
                f"{path} is larger than {MAX_BYTES >> 20} MiB.", "Such a file belongs into no template."
            )
        return out.read(size + 1)[:size]

    def bring(self, paths: Iterable[str]) -> None:
        """Raise LackingError for those contents that are not here, all at once."""
        if self._lean is None:
            return
        entries = (self._tree[path] for path in paths if path in self._tree)
        oids = list(dict.fromkeys(entry.oid for entry in entries if entry.mode in (FILE, EXECUTABLE, LINK)))
        if missing := git.missing(self._lean, oids):
            raise LackingError(missing)

    def entries(self, paths: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of those paths that exist."""
        found = {}
        for path in paths:
            entry = self._tree.get(path) or (Entry(FOLDER, _NOWHERE) if path in self._folders else None)
            if entry:
                found[path] = entry
        return found

    def names(self, path: str = "") -> list[str]:
        """Return the names in a folder, none if it is not one."""
        return list(self._folders.get(path, ()))

    def look(self, path: str) -> str | None:
        """Return what is there: "file", "folder" (with something in it), None."""
        return "folder" if path in self._folders else "file" if path in self._tree else None

    def below(self, folder: str) -> Iterator[str]:
        """Yield all files below a folder."""
        yield from (path for path in self._tree if path.startswith(f"{folder}/"))

    def twin(self, path: str) -> str | None:
        """Return what is there under the same name but for case: the path itself, or a folder it is in."""
        above = ""
        for name in path.split("/"):
            names = self._folders.get(above.rstrip("/"), set())
            if name not in names:
                found = next((other for other in sorted(names) if _folded(other) == _folded(name)), None)
                return None if found is None else f"{above}{found}"
            above = f"{above}{name}/"
        return None

    def tracked(self) -> Mapping[str, Entry]:
        """Return all files and links."""
        return {path: entry for path, entry in self._tree.items() if entry.mode != SUBMODULE}

    def matching(self, wanted: Callable[[str], bool], memory: Path) -> list[str]:  # noqa: ARG002
        """Return the files that are wanted."""
        return sorted(path for path in self.tracked() if wanted(path))

    def unresolved(self) -> tuple[str, ...]:
        """Return nothing: a commit holds no unfinished update."""
        return ()


@contextmanager
def tree_at(git_dir: Path, commit: str, root: Path, *, lean: bool = False) -> Iterator[GitTree]:
    """Yield the files of a commit.

    git_dir: a repository of our own that holds or sees the commit's objects; `lean`: but for some contents.
    """
    tree = git.read_tree(git_dir, commit)
    process = subprocess.Popen(
        git.command("cat-file", "--batch", git_dir=git_dir),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=git.environment(),
        cwd="/",
    )
    try:
        yield GitTree(root, tree, process, git_dir if lean else None)
    finally:
        process.kill()
        process.communicate()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
