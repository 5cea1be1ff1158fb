"""Which of a project's files some patterns name: what git tracks; outside of git, what is there.

git is not run: its index is read, and what was found is remembered in the user's cache for as long as the index
stays the same file.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from mlscaffold.shells import index

_SETTLED_NS = 2_000_000_000
"""An index that was written this shortly before it was read may have been written again within its clock's tick."""
_NOT_THE_PROJECTS = {".git", "node_modules", "__pycache__"}
_MARKS = {"pyvenv.cfg", "CACHEDIR.TAG", ".git"}
"""Where git does not say what is the project's: a folder that holds one of these is an environment, a cache or a repository."""


def matching(root: Path, wanted: Callable[[str], bool], memory: Path) -> list[str]:
    """Return the paths below a project that are wanted and there; links are not followed, nor repositories in it looked into.

    memory: the file that remembers them. It must be another one for another project or other wishes.
    """
    stamp = index.stamp(root)
    found = None if stamp is None else _remembered(memory, stamp)
    if found is None:
        now = time.time_ns()
        tracked = None if stamp is None else index.names(root)
        if tracked is None:
            return sorted(filter(wanted, _walked(root)))
        found = sorted(filter(wanted, tracked))
        _remember(memory, now, stamp, found)
    return [path for path in found if os.path.lexists(os.path.join(root, path))]


def _walked(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        inside = os.path.relpath(folder, root)
        if inside != "." and _MARKS & {*folders, *names}:
            folders.clear()
            continue
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = [name for name in folders if name not in _NOT_THE_PROJECTS]
        yield from (name if inside == "." else f"{inside}/{name}" for name in (*names, *links))


def _remembered(memory: Path, stamp: list[list[int]]) -> list[str] | None:
    try:
        document = json.loads(memory.read_bytes())
        settled = max(changed for changed, *_ in stamp) < document["at"] - _SETTLED_NS
        return list(document["names"]) if settled and document["stamp"] == stamp else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(memory: Path, at: int, stamp: list[list[int]] | None, names: list[str]) -> None:
    """Write down what was found; a cache that cannot be written costs time, and no answer."""
    with suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        beside = memory.with_name(f"{memory.name}.{os.getpid()}")
        beside.write_text(json.dumps({"at": at, "stamp": stamp, "names": names}))
        beside.replace(memory)
