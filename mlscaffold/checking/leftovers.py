"""What an update left unfinished in some files, told from the files alone: for a commit hook, without a template."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mlscaffold.checking.findings import ENDINGS, landed
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
            beside = folder.read(path.removesuffix(ending)) if path.endswith(ending) else None
            if beside is not None:
                yield Leftover(path, 1, why + _resolved(folder.read(path) or b"", beside))
        if line := marked_line(folder.read(path) or b""):
            yield Leftover(path, line, "conflict markers")


def _resolved(rejected: bytes, content: bytes) -> str:
    there, count = landed(rejected, content)
    return ", all of which are in: delete it" if count and there == count else ""
