"""Where a project's own files may be a template's file under another name."""

from pathlib import PurePosixPath

from mlscaffold.core.place import Files
from mlscaffold.core.tree import Entry, Tree

MOST = 400
"""So many of the project's files are looked at, the likeliest first: git compares each with each."""


def candidates(files: Files, gone: Tree, known: set[str]) -> dict[str, Entry]:
    """Return tracked files of a project that may be one of the `gone` ones, renamed.

    gone: the template's files that the project no longer has, as they were.
    known: the template's paths, which are nobody else under another name.
    """
    if not gone:
        return {}
    tracked = {path: entry for path, entry in files.tracked().items() if path not in known}
    contents = {entry.oid for entry in gone.values()}
    names = {PurePosixPath(path).name for path in gone}
    stems = {PurePosixPath(path).stem for path in gone}
    endings = {PurePosixPath(path).suffix for path in gone}

    def likeness(path: str) -> int:
        pure = PurePosixPath(path)
        if tracked[path].oid in contents:
            return 0
        if pure.name in names:
            return 1
        return 2 if pure.stem in stems else 3 if pure.suffix in endings else 4

    likely = sorted((path for path in tracked if likeness(path) < 4), key=lambda path: (likeness(path), path))
    return files.entries(likely[:MOST])
