"""What an update left unfinished in some files, told from the files alone: for a commit hook, without a template."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mlscaffold.checking.findings import ENDINGS
from mlscaffold.core.leftover import marked_line
from mlscaffold.shells.files import Folder


class Leftover(NamedTuple):
    """One file that must not be committed as it is: in which line, and why."""

    path: str
    line: int
    why: str


def leftovers(root: Path, paths: Iterable[str]) -> Iterator[Leftover]:
    """Say which of some files are rejected hunks or copies beside the file they belong to, or hold conflict markers."""
    folder = Folder(root)
    for path in paths:
        for ending, why in ENDINGS.items():
            if path.endswith(ending) and folder.read(path.removesuffix(ending), 1) is not None:
                yield Leftover(path, 1, why)
        if line := marked_line(folder.read(path) or b""):
            yield Leftover(path, line, "conflict markers")
