"""A TOML, YAML or JSON text as a tree of nodes that know where in the text they stand."""

from bisect import bisect_left
from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Atom:
    """What a scalar means: `kind` tells the string "1" from the number 1, `text` is what a reader sees."""

    kind: str
    text: str


Value: TypeAlias = Atom | AnyMapping[str, "Value"] | tuple["Value", ...]
"""What a node means, without layout: order counts in a list and does not in a mapping."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """One value that has no parts. `note` is the comment behind it on its line."""

    start: int
    end: int
    value: Atom
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One key of a mapping, or one item of a list (its key is then ""), from `start` to `end`.

    `pieces` are the places that speak of it where a format lets several do so (the sections of TOML).
    """

    key: str
    node: "Node"
    start: int
    end: int
    pieces: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """Keys and values. `flow` says that it is written in braces; `home` is the adapter's own note.

    implied: nothing but its entries speaks of it, as of `tool` where there is `[tool.ruff]` only.
    """

    start: int
    end: int
    entries: tuple[Entry, ...]
    flow: bool = True
    home: object = None
    implied: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A list. `flow` says that it is written in brackets."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    flow: bool = True
    home: object = None


Node: TypeAlias = Scalar | Mapping | Sequence


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was understood: its tree, and where its comments stand, in order."""

    text: str
    root: Node
    comments: tuple[tuple[int, int], ...] = ()

    def comments_in(self, start: int, end: int) -> list[str]:
        """Return the comments that a stretch of the text holds."""
        found = self.comments[bisect_left(self.comments, (start, 0)) : bisect_left(self.comments, (end, 0))]
        return [self.text[a:b].strip() for a, b in found]

    def has_comment_at(self, at: int) -> bool:
        """Say whether a comment begins at this place."""
        found = bisect_left(self.comments, (at, 0))
        return found < len(self.comments) and self.comments[found][0] == at


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is not used, why, and where (line 0: nowhere in particular)."""

    why: str
    line: int = 0

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}" if self.line else self.why


DEEPEST: Final = 64
"""Nesting beyond this is refused: no configuration file needs it, and it costs stack."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace one stretch of a text; an empty stretch is an insertion."""

    start: int
    end: int
    text: str


def splice(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with the edits made; the rest is kept as it is, byte for byte."""
    pieces, done = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [text[done : edit.start], edit.text]
        done = max(done, edit.end)
    return "".join([*pieces, text[done:]])


def meaning(node: Node) -> Value:
    """Return what the node means, free of layout."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {entry.key: meaning(entry.node) for entry in node.entries}
    return tuple(meaning(entry.node) for entry in node.entries)


def short(value: Value | None, width: int = 60) -> str:
    """Show a value on one short line; an absent one is the empty text."""
    text = "" if value is None else " ".join(_one_line(value).split())
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= width else text[: width - 1] + "…"


def _one_line(value: Value) -> str:
    if isinstance(value, Atom):
        return value.text
    if isinstance(value, tuple):
        return "[" + ", ".join(_one_line(item) for item in value) + "]"
    return "{" + ", ".join(f"{key}: {_one_line(item)}" for key, item in value.items()) + "}"
