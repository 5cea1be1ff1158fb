"""Which of a project's files some patterns name: found by listing every folder, and again by the folders that changed.

A folder's time of change moves when a name is added to it or taken from it, so a listing that is remembered
in the user's cache holds for as long as that time stays the same.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_SETTLED_NS = 2_000_000_000
"""A folder that changed this shortly before it was listed may have changed again within its clock's tick."""
_NOT_THE_PROJECTS = {".git", "node_modules", "__pycache__"}
_MARKS = {"pyvenv.cfg", "CACHEDIR.TAG", ".git"}
"""A folder that holds one of these is an environment, a cache or another repository."""


class _Listed(NamedTuple):
    """One folder as it was listed: when it had changed last, the folders in it, the wanted names in it."""

    changed_ns: int
    folders: list[str]
    names: list[str]


def matching(root: Path, wanted: Callable[[str], bool], memory: Path) -> list[str]:
    """Return the paths below a project that are wanted; links are not followed, nor other repositories looked into.

    memory: the file that remembers the listing. It must be another one for another project or other wishes.
    """
    at, remembered = _remembered(memory)
    now, listed, found = time.time_ns(), {}, []
    pending = [""]
    while pending:
        path = pending.pop()
        folder = _listing(root, path, wanted, remembered.get(path), at)
        if folder is None:
            continue
        listed[path] = folder
        inside = f"{path}/" if path else ""
        pending += [inside + name for name in folder.folders]
        found += [inside + name for name in folder.names]
    if listed != remembered:
        _remember(memory, now, listed)
    return sorted(found)


def _listing(
    root: Path, path: str, wanted: Callable[[str], bool], before: _Listed | None, at: int
) -> _Listed | None:
    where = os.path.join(root, path)
    try:
        changed = os.lstat(where).st_mtime_ns
        if before is not None and before.changed_ns == changed and changed < at - _SETTLED_NS:
            return before
        with os.scandir(where) as entries:
            files, folders = _told_apart(entries)
    except OSError:
        return None
    if path and _MARKS & {*files, *folders}:
        return _Listed(changed, [], [])
    inside = f"{path}/" if path else ""
    return _Listed(
        changed,
        [name for name in folders if name not in _NOT_THE_PROJECTS],
        [name for name in files if wanted(inside + name)],
    )


def _told_apart(entries: Iterator[os.DirEntry[str]]) -> tuple[list[str], list[str]]:
    files: list[str] = []
    folders: list[str] = []
    for entry in entries:
        (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
    return files, folders


def _remembered(memory: Path) -> tuple[int, dict[str, _Listed]]:
    try:
        document = json.loads(memory.read_bytes())
        return int(document["at"]), {path: _Listed(*each) for path, each in document["folders"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0, {}


def _remember(memory: Path, at: int, listed: dict[str, _Listed]) -> None:
    """Write the listing down; a cache that cannot be written costs time, and no answer."""
    with suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        beside = memory.with_name(f"{memory.name}.{os.getpid()}")
        beside.write_text(json.dumps({"at": at, "folders": listed}))
        beside.replace(memory)
