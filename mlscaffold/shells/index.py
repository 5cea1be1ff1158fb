"""What git tracks in a project, read from its index file, so that git is not run under its configuration.

https://git-scm.com/docs/index-format
"""

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.tree import EXECUTABLE, FILE, LINK, Entry

_LONGEST = 0xFFF
_EXTENDED = 0x4000
_FIXED = struct.Struct(">24xI12x20sH")
_MODES = {0o100644: FILE, 0o100755: EXECUTABLE, 0o120000: LINK}


def tracked(root: Path, paths: Iterable[str]) -> set[str] | None:
    """Return those of a project's paths that git tracks; None where it cannot be told: no git, or an index of version 4."""
    found = repository(root)
    if found is None:
        return None
    git_dir, prefix = found
    contents = [content for path in _index_files(git_dir) if (content := _content(path))]
    if any(content[4:8] == b"\0\0\0\4" for content in contents):
        return None
    return {path for path in paths if any(_has(content, os.fsencode(prefix + path)) for content in contents)}


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
    return [git_dir / "index", *git_dir.glob("sharedindex.*")]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _has(index: bytes, path: bytes) -> bool:
    """Return whether an entry of this path is there: its flags, which hold its length, its path, and a zero byte."""
    at = index.find(path + b"\0")
    while at > 0:
        if _length(index, at) == min(len(path), _LONGEST):
            return True
        at = index.find(path + b"\0", at + 1)
    return False


def _length(index: bytes, at: int) -> int:
    """Return the length that the flags before an entry's path tell; flags that are extended stand two bytes further left."""
    flags = int.from_bytes(index[at - 2 : at], "big")
    further = int.from_bytes(index[at - 4 : at - 2], "big")
    if further & _EXTENDED and not flags & 0x1FFF:
        return further & _LONGEST
    return flags & _LONGEST


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
        for content in filter(None, map(_content, _index_files(git_dir))):
            for path, stage, mode, oid in _entries(content):
                name = os.fsdecode(path[len(below) :])
                if stage and path.startswith(below):
                    unmerged[name] = None
                elif mode in _MODES and path.startswith(below):
                    entries[name] = Entry(_MODES[mode], oid)
    except (ValueError, struct.error):
        return Index({}, ())
    return Index(entries, tuple(unmerged))


def _entries(content: bytes) -> Iterator[tuple[bytes, int, int, str]]:
    magic, version, count = struct.unpack_from(">4sII", content)
    if magic != b"DIRC" or version not in (2, 3, 4):
        raise ValueError
    at, path = 12, b""
    for _ in range(count):
        start = at
        mode, oid, flags = _FIXED.unpack_from(content, at)
        at += _FIXED.size + (2 if flags & 0x4000 else 0)
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
