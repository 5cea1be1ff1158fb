"""What git fast-import is told: blobs, commits, and an update on top of one.

https://git-scm.com/docs/git-fast-import
"""

import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.tree import FOLDER, Tree, blob_id
from mlscaffold.shells.git import COMMITTER, GitError, LostFilesError, git

FEW = 100
"""From so many objects on git makes a pack of them (`fetch.unpackLimit`)."""
_NONE = "refs/mlscaffold/none"
"""A name while a commit is told, which is reset before it would be written as a reference."""


def run(git_dir: Path, told: Iterable[bytes]) -> bytes:
    """Tell git what to import, and return what it answers.

    Raises LostFilesError if that names a blob which is not there, GitError if it fails otherwise.
    """
    try:
        return git(
            "fast-import", "--quiet", "--done", "--force", git_dir=git_dir, stdin=chain(told, (b"done\n",))
        )
    except GitError as error:
        if "Blob not found" in error.stderr:
            raise LostFilesError from error
        raise


def write_blobs(git_dir: Path, contents: Iterable[bytes]) -> None:
    """Store contents as blobs: a few as files of their own, written here, more as a pack, in one process."""
    every = iter(contents)
    first = list(islice(every, FEW))
    if len(first) < FEW:
        for content in first:
            _write_loose(git_dir / "objects", content)
        return
    run(git_dir, map(blob, chain(first, every)))


def _write_loose(objects: Path, content: bytes) -> None:
    """Store a blob as git does: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""
    oid = blob_id(content)
    folder, path = f"{objects}/{oid[:2]}", f"{objects}/{oid[:2]}/{oid[2:]}"
    if os.path.exists(path) and os.path.getsize(path):
        return
    beside = f"{folder}/tmp_obj_{oid[2:]}.{os.getpid()}"
    try:
        with suppress(FileExistsError):
            os.mkdir(folder)
        with open(beside, "wb", opener=_read_only) as file:
            file.write(zlib.compress(b"blob %d\0%b" % (len(content), content), 1))
        os.replace(beside, path)
    except OSError as error:
        Path(beside).unlink(missing_ok=True)
        raise MlscaffoldError(
            f"The cache cannot be written: {error.strerror}.", f"Make room or rights at {objects}."
        ) from error


def _read_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o444)


def write_commit(
    git_dir: Path,
    ref: str,
    tree: Tree,
    contents: Mapping[str, bytes] | None = None,
    parent: str | None = None,
) -> None:
    """Store a tree as a commit under a ref; `contents` gives the blobs that are not there yet, by id.

    The same tree, contents and parent give the same commit. A folder in a file's place is no entry that
    git knows, and is left out.
    """

    def stream() -> Iterator[bytes]:
        for content in dict.fromkeys((contents or {}).values()):
            yield blob(content)
        yield from commit(ref, tree, parent)

    run(git_dir, stream())


def write_update(
    git_dir: Path,
    ref: str | None,
    parent: str,
    at: int,
    message: str,
    changes: Mapping[str, tuple[str, bytes] | None],
) -> str:
    """Store a commit on top of another in which some paths change, and return its id; None deletes a path.

    ref: is moved to it; without one, nothing that another process could move at the same time is written.
    changes: path to mode and content. at: seconds since 1970. The same arguments give the same commit.
    """

    def stream() -> Iterator[bytes]:
        who = f"mlscaffold <{COMMITTER}> {at} +0000"
        text = message.encode("utf-8", "surrogateescape")
        yield (
            f"commit {ref or _NONE}\nmark :1\nauthor {who}\ncommitter {who}\ndata {len(text)}\n".encode()
            + text
        )
        yield f"\nfrom {parent}\n".encode()
        for path, change in changes.items():
            if change is None:
                yield b"D %b\n" % _quoted(path)
        for path, change in changes.items():
            if change is not None:
                mode, content = change
                yield b"M %b inline %b\ndata %d\n%b\n" % (mode.encode(), _quoted(path), len(content), content)
        yield b"get-mark :1\n"
        if ref is None:
            yield f"reset {_NONE}\nfrom {'0' * 40}\n\n".encode()

    return run(git_dir, stream()).decode().strip()


def commit(ref: str, tree: Tree, parent: str | None = None) -> Iterator[bytes]:
    """Yield what says a commit of ours that has exactly this tree; its date is always the same."""
    yield f"commit {ref}\ncommitter mlscaffold <mlscaffold@localhost> 0 +0000\ndata 0\n".encode()
    if parent is not None:
        yield f"from {parent}\ndeleteall\n".encode()
    for path, entry in tree.items():
        if entry.mode != FOLDER:
            yield b"M %s %s %s\n" % (entry.mode.encode(), entry.oid.encode(), _quoted(path))


def blob(content: bytes) -> bytes:
    """Return what says a blob."""
    return b"blob\ndata %d\n%b\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    escaped = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
