"""A project's files, read without following links and without asking git, which could run the project's code."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlscaffold.core.tree import EXECUTABLE, FILE, FOLDER, LINK, SUBMODULE, Entry, blob_id

_FOLDER = Entry(FOLDER, "0" * 40)
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG}
"""Errors that say that there is no such file. Any other (no right to read it, a broken disk) is no answer."""


class Folder:
    """A folder whose files are opened one component at a time, so that no link on the way is followed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str, limit: int | None = None) -> bytes | None:
        """Return the content of a regular file, or a link's target; None if there is neither.

        limit: read no more bytes than this.
        """
        parent, _, name = path.rpartition("/")
        directory = self._open(parent)
        if directory is None:
            return None
        try:
            return _content(directory, name, limit)
        finally:
            os.close(directory)

    def entries(self, paths: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of those paths that exist."""
        found: dict[str, Entry] = {}
        opened: tuple[str, int | None] | None = None
        try:
            for path in sorted(paths, key=lambda path: path.rpartition("/")[0]):
                parent, _, name = path.rpartition("/")
                if opened is None or opened[0] != parent:
                    _close(opened)
                    opened = parent, self._open(parent)
                if opened[1] is not None and (entry := _entry(opened[1], name)):
                    found[path] = entry
        finally:
            _close(opened)
        return found

    def names(self, path: str = "") -> list[str]:
        """Return the names in a folder, none if it is not one."""
        directory = self._open(path)
        if directory is None:
            return []
        try:
            return os.listdir(directory)
        finally:
            os.close(directory)

    def _open(self, path: str) -> int | None:
        """Open a folder below the root, None if it is not there or a link stands on the way."""
        directory = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        for name in filter(None, path.split("/")):
            above = directory
            try:
                directory = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
            except OSError as error:
                _unless_absent(error, path)
                return None
            finally:
                os.close(above)
        return directory


class Place:
    """What stands where in a folder, without opening any file."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def look(self, path: str) -> str | None:
        """Return what is there: "file", "folder" (with something in it), None."""
        there = self.root / path
        if there.is_dir() and not there.is_symlink():
            return "folder" if any(self.below(path)) else None
        return "file" if os.path.lexists(there) else None

    def below(self, folder: str) -> Iterator[str]:
        """Yield all files and links below a folder."""
        for where, folders, names in os.walk(self.root / folder):
            links = [name for name in folders if os.path.islink(os.path.join(where, name))]
            for name in (*names, *links):
                yield os.path.relpath(os.path.join(where, name), self.root)

    def twin(self, path: str) -> str | None:
        """Return what is there under the same name but for case: the path itself, or a folder it is in."""
        above = ""
        for name in path.split("/"):
            names = Folder(self.root).names(above)
            if name not in names:
                found = next((other for other in names if _folded(other) == _folded(name)), None)
                return None if found is None else f"{above}{found}"
            above = f"{above}{name}/"
        return None


def _folded(name: str) -> str:
    """Return a name as file systems compare it that do not tell case apart, or how an accent is written."""
    import unicodedata  # only where a file is new

    return unicodedata.normalize("NFC", name).casefold()


def walk(folder: Path) -> Iterator[tuple[str, Entry, bytes]]:
    """Yield path, entry and content of every file and link below a folder; anything called `.git` is left out."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name.lower() != ".git")
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        for name in sorted([*names, *links]):
            path = os.path.relpath(os.path.join(where, name), folder)
            content = Folder(folder).read(path)
            if content is None or name.lower() == ".git":
                continue
            mode = _mode(os.lstat(os.path.join(where, name)))
            yield path, Entry(mode, blob_id(content)), content


def link_out_of(folder: Path) -> str | None:
    """Return a link below a folder that leads out of it, absolute or by `..`, None if there is none."""
    home = os.path.realpath(folder) + os.sep
    for where, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = os.path.join(where, name)
            if os.path.islink(path) and not f"{os.path.realpath(path)}{os.sep}".startswith(home):
                return os.path.relpath(path, folder)
    return None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that the system takes back when the process ends, however it ends.

    path: a folder that exists, of which nothing changes, or a file, which is made.
    """
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _mode(status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return LINK
    return EXECUTABLE if status.st_mode & stat.S_IXUSR else FILE


def _close(opened: tuple[str, int | None] | None) -> None:
    if opened is not None and opened[1] is not None:
        os.close(opened[1])


def _entry(directory: int, name: str) -> Entry | None:
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except OSError as error:
        _unless_absent(error, name)
        return None
    if stat.S_ISDIR(status.st_mode):
        return Entry(SUBMODULE, "0" * 40) if _is_repository(directory, name) else _FOLDER
    content = _content(directory, name)
    return None if content is None else Entry(_mode(status), blob_id(content))


def _is_repository(directory: int, name: str) -> bool:
    with suppress(OSError):
        os.stat(f"{name}/.git", dir_fd=directory, follow_symlinks=False)
        return True
    return False


def _content(directory: int, name: str, limit: int | None = None) -> bytes | None:
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return _target(directory, name)
        _unless_absent(error, name)
        return None
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        return None
    with open(file, "rb", buffering=0) as stream:
        return stream.readall() if limit is None else stream.read(limit)


def _target(directory: int, name: str) -> bytes | None:
    try:
        return os.fsencode(os.readlink(name, dir_fd=directory))
    except OSError as error:
        _unless_absent(error, name)
        return None


def _unless_absent(error: OSError, path: str) -> None:
    """Raise an error under its path, unless it says that nothing is there."""
    if error.errno not in _ABSENT:
        error.filename = path
        raise error
