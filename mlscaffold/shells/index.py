"""Which paths git tracks in a project, read from its index file, so that git is not run under its configuration.

https://git-scm.com/docs/index-format
"""

import os
from collections.abc import Iterable
from pathlib import Path

_LONGEST = 0xFFF
_EXTENDED = 0x4000


def tracked(root: Path, paths: Iterable[str]) -> set[str] | None:
    """Return those of a project's paths that git tracks; None where it cannot be told: no git, or an index of version 4."""
    found = _repository(root)
    if found is None:
        return None
    git_dir, prefix = found
    contents = [content for path in _index_files(git_dir) if (content := _content(path))]
    if any(content[4:8] == b"\0\0\0\4" for content in contents):
        return None
    return {path for path in paths if any(_has(content, os.fsencode(prefix + path)) for content in contents)}


def _repository(root: Path) -> tuple[Path, str] | None:
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
