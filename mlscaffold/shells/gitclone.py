"""A commit of ours in a clone on disk: its objects and its branch are written as files, and no git runs there.

So nothing of the clone's configuration is in force, no hook runs, and no reflog is written. Every folder on the way is opened
from the one above it, and none through a link, so that nothing outside the clone can be meant.

https://git-scm.com/docs/gitrepository-layout
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.shells.failpoint import passing
from mlscaffold.shells.git import GitError, git, scratch

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class NotTakenError(MlscaffoldError):
    """A clone's git folder has something in the place of what is to be written, or it changed meanwhile."""


def hand_over(
    store: Path, commit: str, base: str, git_dir: Path, ref: str, old: str, now: Callable[[], str]
) -> None:
    """Give a commit of ours to a clone's git folder, and move a branch of it there, if it is at `old` ("": not there).

    now: tells where the branch is, while git's own lock keeps every git from moving it.

    Raises NotTakenError if the branch has moved meanwhile, or something keeps it from being written.
    """
    with scratch() as ours:
        git("unpack-objects", "-q", git_dir=ours, stdin=_packed(store, commit, base))
        paths = sorted(ours.glob("objects/??/*"))
        for path in paths:
            _put(git_dir, f"objects/{path.parent.name}", path.name, path.read_bytes())
    for place in {"objects", *(f"objects/{path.parent.name}" for path in paths)}:
        with _folder(git_dir, place) as folder:
            os.fsync(folder)  # a branch must not outlive what it names
    passing("handed over")
    _move(git_dir, ref, commit, old, now)


def holds(git_dir: Path, commit: str, base: str) -> bool:
    """Return whether all that a commit of ours adds can be read in a clone's git folder, as is not so of files that a power cut emptied."""
    with scratch(git_dir) as ours:
        try:
            _packed(ours, commit, base)
        except GitError:
            return False
    return True


def _packed(store: Path, commit: str, base: str) -> bytes:
    told = f"{commit}\n^{base}\n".encode()
    return git("pack-objects", "--revs", "--stdout", "-q", git_dir=store, stdin=told)


def _put(git_dir: Path, place: str, name: str, content: bytes) -> None:
    with _folder(git_dir, place) as folder:
        _write(folder, name, content, 0o444, beside=f"tmp_obj_{secrets.token_hex(8)}")


def _move(git_dir: Path, ref: str, commit: str, old: str, now: Callable[[], str]) -> None:
    def unmoved() -> None:
        if now() != old:
            raise NotTakenError("Its branch has moved meanwhile.", "Run it again.")

    place, _, name = ref.rpartition("/")
    with _folder(git_dir, place) as folder:
        _write(folder, name, f"{commit}\n".encode(), 0o666, beside=f"{name}.lock", sure=unmoved)


def _write(
    folder: int, name: str, content: bytes, mode: int, beside: str, sure: Callable[[], None] = lambda: None
) -> None:
    """Write a file beside its place and put it there once it is on the disk; `sure` may still stop it."""
    try:
        file = os.open(beside, _NEW, mode, dir_fd=folder)
    except FileExistsError as error:
        raise NotTakenError(
            f"Its {beside} is there: another git is at work in it, or was killed.", "Remove it if none is."
        ) from error
    try:
        with open(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(file)
        sure()
        os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside, dir_fd=folder)
        raise


@contextmanager
def _folder(git_dir: Path, place: str) -> Iterator[int]:
    """Open a folder in a git folder, made where it lacks, and say what keeps it from being written."""
    with ExitStack() as closing:
        try:
            opened = os.open(git_dir, _FOLDER)
            closing.callback(os.close, opened)
            for name in place.split("/"):
                opened = _entered(opened, name)
                closing.callback(os.close, opened)
            yield opened
        except OSError as error:
            linked = error.errno in (errno.ELOOP, errno.ENOTDIR)
            why = f"{error.filename} is a link, or no folder" if linked else error.strerror
            raise NotTakenError(f"Its .git/{place} cannot be written: {why}.") from error


def _entered(above: int, name: str) -> int:
    with suppress(FileNotFoundError):
        return os.open(name, _FOLDER, dir_fd=above)
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=above)
    made = os.open(name, _FOLDER, dir_fd=above)
    os.fchmod(made, stat.S_IMODE(os.fstat(above).st_mode))  # others may write it where they share the clone
    return made
