"""The places in which two texts differ, each by itself, so that the same edit is found again in another file."""

from collections.abc import Sequence
from difflib import SequenceMatcher, unified_diff
from typing import NamedTuple

AROUND = 3
MOST_LINES = 5_000
"""Larger texts are not told apart line by line: nobody takes an edit of them for a template."""


class Hunk(NamedTuple):
    """One place: what stood there, what stands there now, the lines around it, and the line (from 1) it begins at."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]
    at: int

    @property
    def blank(self) -> bool:
        """Whether only empty lines came or went."""
        return not any(line.strip() for line in (*self.old, *self.new))


def hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Return the places in which two texts, as lines, differ."""
    found = []
    for tag, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            above, below = old[max(0, start - AROUND) : start], old[end : end + AROUND]
            found.append(
                Hunk(tuple(old[start:end]), tuple(new[begin:stop]), tuple(above), tuple(below), start + 1)
            )
    return found


def lines(content: bytes) -> list[str] | None:
    """Return a text's lines without their ends, None for what is no text, or too much of it."""
    if b"\0" in content[:8000] or content.count(b"\n") > MOST_LINES:
        return None
    return content.decode("utf-8", "surrogateescape").splitlines()


def place(found: Hunk, text: Sequence[str]) -> int | None:
    """Return where (from 0) in another text the hunk's old lines stand, with those around them; None if that is not one place."""
    for around in (AROUND, 1):
        above = found.above[len(found.above) - min(around, len(found.above)) :]
        wanted = [*above, *found.old, *found.below[:around]]
        if not wanted:
            continue
        last = len(text) - len(wanted) + 1
        places = [at for at in range(last) if list(text[at : at + len(wanted)]) == wanted]
        if len(places) == 1:
            return places[0] + len(above)
        if places:
            return None
    return None


def edited(text: Sequence[str], found: Sequence[Hunk]) -> list[str] | None:
    """Return a text in which the hunks' edits are made; None if one of them has no one place there."""
    places = [(place(each, text), each) for each in found]
    result = list(text)
    for at, each in sorted(places, key=lambda pair: -1 if pair[0] is None else pair[0], reverse=True):
        if at is None:
            return None
        result[at : at + len(each.old)] = each.new
    return result


def patch(path: str, old: Sequence[str], new: Sequence[str]) -> str:
    """Return the difference of two texts as a patch that `git apply` takes."""
    body = list(unified_diff(list(old), list(new), f"a/{path}", f"b/{path}", lineterm=""))
    return "\n".join([f"diff --git a/{path} b/{path}", *body])


def loose_patch(path: str, found: Sequence[Hunk]) -> str:
    """Return hunks as a patch of a file that is not here: the lines around them are all that is known of it."""
    parts, moved = [f"--- a/{path}", f"+++ b/{path}"], 0
    for each in sorted(found, key=lambda hunk: hunk.at):
        around = len(each.above) + len(each.below)
        first = each.at - len(each.above)
        parts.append(f"@@ -{first},{around + len(each.old)} +{first + moved},{around + len(each.new)} @@")
        parts += [f" {line}" for line in each.above]
        parts += [f"-{line}" for line in each.old] + [f"+{line}" for line in each.new]
        parts += [f" {line}" for line in each.below]
        moved += len(each.new) - len(each.old)
    return "\n".join(parts)
