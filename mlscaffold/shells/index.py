"""What git tracks in a project, read from its index file, so that git is not run under its configuration.

https://git-scm.com/docs/index-format
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.tree import EXECUTABLE, FILE, LINK, Entry

_EXTENDED = 0x4000
_FIXED, _FIXED_SHA256 = struct.Struct(">24xI12x20sH"), struct.Struct(">24xI12x32sH")
_MODES = {0o100644: FILE, 0o100755: EXECUTABLE, 0o120000: LINK}


def stamp(root: Path) -> list[list[int]] | None:
    """Return what tells one state of a project's index from another; None outside of git, or where it cannot be told.

    Time of change in ns, size in bytes and inode of each of its files.
    """
    found = repository(root)
    if found is None:
        return None
    try:
        looks = [path.stat() for path in _index_files(found[0])]
    except OSError:
        return None
    return [[look.st_mtime_ns, look.st_size, look.st_ino] for look in looks]


def names(root: Path) -> list[str] | None:
    """Return the files and links of a project that git tracks; None where that cannot be told."""
    found = repository(root)
    if found is None:
        return None
    below = os.fsencode(found[1])
    try:
        return [
            os.fsdecode(path[len(below) :])
            for path, _, mode, _ in _all_entries(found[0])
            if mode in _MODES and path.startswith(below)
        ]
    except (OSError, ValueError, struct.error):
        return None


def repository(root: Path) -> tuple[Path, str] | None:
    """Return the git directory a folder belongs to, and the folder's place in the work tree with a slash behind it."""
    folder = Path(os.path.realpath(root))
    for top in (folder, *folder.parents):
        git = top / ".git"
        if git.is_dir():
            return git, _place(folder, top)
        if git.is_file():
            pointer = os.fsdecode((_content(git) or b"").partition(b"gitdir:")[2].strip())
            return (top / pointer, _place(folder, top)) if pointer else None
    return None


def _place(folder: Path, top: Path) -> str:
    inside = os.path.relpath(folder, top)
    return "" if inside == "." else f"{inside}/"


def _index_files(git_dir: Path) -> list[Path]:
    return [path for path in (git_dir / "index", *git_dir.glob("sharedindex.*")) if path.exists()]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


class Index(NamedTuple):
    """What git tracks of one project, paths relative to it.

    tracked: files and links. unmerged: paths with a conflict.
    """

    tracked: dict[str, Entry]
    unmerged: tuple[str, ...]


def read(root: Path) -> Index:
    """Return what git tracks of a project; nothing where there is no repository, or an index of a kind we do not read."""
    found = repository(root)
    if found is None:
        return Index({}, ())
    git_dir, prefix = found
    below = os.fsencode(prefix)
    entries: dict[str, Entry] = {}
    unmerged: dict[str, None] = {}
    try:
        for path, stage, mode, oid in _all_entries(git_dir):
            name = os.fsdecode(path[len(below) :])
            if stage and path.startswith(below):
                unmerged[name] = None
            elif mode in _MODES and path.startswith(below):
                entries[name] = Entry(_MODES[mode], oid)
    except (OSError, ValueError, struct.error):
        return Index({}, ())
    return Index(entries, tuple(unmerged))


def _all_entries(git_dir: Path) -> Iterator[tuple[bytes, int, int, str]]:
    """Yield path, stage, mode and id of every entry.

    Raises OSError, ValueError or struct.error for an index that is none.
    """
    common = git_dir / os.fsdecode((_content(git_dir / "commondir") or b".").strip())  # of a linked work tree
    fixed = _FIXED_SHA256 if b"sha256" in (_content(common / "config") or b"").lower() else _FIXED
    for path in _index_files(git_dir):
        yield from _entries(path.read_bytes(), fixed)


def _entries(content: bytes, fixed: struct.Struct) -> Iterator[tuple[bytes, int, int, str]]:
    magic, version, count = struct.unpack_from(">4sII", content)
    if magic != b"DIRC" or version not in (2, 3, 4):
        raise ValueError
    at, path = 12, b""
    for _ in range(count):
        start = at
        mode, oid, flags = fixed.unpack_from(content, at)
        at += fixed.size + (2 if flags & _EXTENDED else 0)
        if version == 4:
            strip, at = _varint(content, at)
            path = path[: len(path) - strip]
        else:
            path = b""
        end = content.index(b"\0", at)
        path += content[at:end]
        at = end + 1 if version == 4 else start + (end - start) // 8 * 8 + 8
        yield path, flags >> 12 & 3, mode, oid.hex()


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Read git's offset encoding, in which each continued byte adds one."""
    value = content[at] & 0x7F
    while content[at] & 0x80:
        at += 1
        value = (value + 1) << 7 | content[at] & 0x7F
    return value, at + 1
