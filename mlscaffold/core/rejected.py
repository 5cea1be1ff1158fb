"""The hunks of a `.rej` file, and which of them are in the file that once refused them."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_HEAD = re.compile(r"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
TELLING = 4
"""A line with fewer characters stands in most files, and proves nothing."""


class Hunk(NamedTuple):
    """One hunk: each line with what it begins with: a space (both sides have it), `-` or `+`."""

    lines: tuple[str, ...]

    def side(self, gone: str) -> list[str]:
        """Return the lines of one side; `gone` marks those that only the other has."""
        return [line[1:] for line in self.lines if not line.startswith(gone)]

    def core(self) -> "Hunk":
        """Return the hunk without the lines around its changes, which a project may have edited."""
        changed = [at for at, line in enumerate(self.lines) if not line.startswith(" ")]
        return Hunk(self.lines[changed[0] : changed[-1] + 1]) if changed else Hunk(())


def hunks(text: str) -> list[Hunk] | None:
    """Read the hunks of a `.rej` file; None if it is not one."""
    found: list[Hunk] = []
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in lines:
        head = _HEAD.match(line)
        if head:
            hunk = Hunk(tuple(_body(lines, *(int(count) if count else 1 for count in head.groups()))))
            if not hunk.core().lines:
                return None
            found.append(hunk)
    return found or None


def _body(lines: Iterator[str], old: int, new: int) -> Iterator[str]:
    while old > 0 or new > 0:
        line = next(lines, None)
        if line is None:
            return
        if line.startswith("\\"):
            continue
        old -= not line.startswith("+")
        new -= not line.startswith("-")
        yield line or " "


def is_in(hunk: Hunk, text: str) -> bool:
    """Return whether a file holds what a hunk was to bring, as far as its lines can tell; in doubt it does not."""
    lines = text.replace("\r\n", "\n").split("\n")
    core = hunk.core()
    telling = any(len(line.strip()) >= TELLING for line in core.side("-"))
    return _came(hunk, lines) or (telling and _came(core, lines))


def _came(hunk: Hunk, lines: Sequence[str]) -> bool:
    """Return whether the new side stands there, and the old one only as a part of it."""
    old, new = hunk.side("+"), hunk.side("-")
    return _stands(new, lines) and (not _stands(old, lines) or _stands(old, new))


def _stands(wanted: Sequence[str], lines: Sequence[str]) -> bool:
    """Return whether lines stand in a text one after the other."""
    count = len(wanted)
    return any(list(lines[at : at + count]) == list(wanted) for at in range(len(lines) - count + 1))
