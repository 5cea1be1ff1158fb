"""Reads YAML into a tree with places: PyYAML says what is where, and this is the only file that imports it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from mlscaffold.core.document import (
    DEEPEST,
    Atom,
    Document,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unreadable,
    meaning,
    short,
)

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL: Final = re.compile(r"~|null|Null|NULL|")
_NOT_TEXT: Final = re.compile(
    r"true|True|TRUE|false|False|FALSE|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    r"|[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[0-9][0-9_]*)|[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
)
_COMMENT: Final = re.compile(r"(?:(?<=[ \t\n])|^)#[^\n]*", re.MULTILINE)
_UNFOLDED: Final = 1 << 20


class _RefusedError(Exception):
    """The text is YAML that is not taken."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.found = Unreadable(why, line)


def parse(text: str) -> Document | Unreadable:
    """Read a YAML text of one document; twice the same key, keys that are no scalars and deep nesting are refused."""
    try:
        return _Reader(text, iter(yaml.parse(text, Loader=_LOADER))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Unreadable(
            f"it is no valid YAML: {error.problem or error.context}", mark.line + 1 if mark else 0
        )
    except yaml.YAMLError as error:
        return Unreadable(f"it is no valid YAML: {' '.join(str(error).split())}")
    except _RefusedError as refused:
        return refused.found


@dataclass(slots=True)
class _Reader:
    """Builds nodes from events; an anchor's node is kept for its aliases."""

    text: str
    events: Iterator[Any]
    anchors: dict[str, Node] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)
    weight: int = 0

    def document(self) -> Document | Unreadable:
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            return Document(
                self.text, Mapping(len(self.text), len(self.text), (), flow=False), self._comments()
            )
        root = self.node(next(self.events), 0)
        next(self.events)
        if not isinstance(next(self.events), yaml.StreamEndEvent):
            return Unreadable("it holds several YAML documents")
        comments = self._comments()
        return Document(self.text, _noted(root, self.text, comments), comments)

    def node(self, event: Any, depth: int) -> Node:
        if depth > DEEPEST:
            raise _RefusedError(f"it is nested more than {DEEPEST} levels deep", event.start_mark.line + 1)
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, start, end)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            self.spans.append((start, end))
            node = Scalar(start, _real_end(self.text, event, start, end), _atom(event))
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(event, start, depth)
        else:
            node = self._sequence(event, start, depth)
        if event.tag and not isinstance(node, Scalar):  # what a tagged container means is its tag's business
            node = Scalar(node.start, node.end, Atom(event.tag, self.text[node.start : node.end]))
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, start: int, end: int) -> Node:
        """Return what the anchor names, at the alias's own place; it is written and replaced as one word."""
        self.spans.append((start, end))
        named = self.anchors.get(event.anchor)
        if named is None:
            raise _RefusedError(f"*{event.anchor} names no anchor before it", event.start_mark.line + 1)
        if isinstance(named, Scalar):
            return Scalar(start, end, named.value)
        text = short(meaning(named), _UNFOLDED)
        self.weight += len(text)
        if self.weight > _UNFOLDED:
            raise _RefusedError("its aliases unfold to more than a megabyte", event.start_mark.line + 1)
        return Scalar(start, end, Atom("alias", text))

    def _mapping(self, event: Any, start: int, depth: int) -> Mapping:
        entries: list[Entry] = []
        seen: set[str] = set()
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            start_of_key, end_of_key, line = _span(key)
            if not isinstance(key, yaml.ScalarEvent) or self._is_marked(start_of_key):
                raise _RefusedError("a key is not a plain word", line)
            if key.value in seen:
                raise _RefusedError(f"the key “{key.value}” comes twice", line)
            seen.add(key.value)
            self.spans.append((start_of_key, end_of_key))
            behind = self._past(end_of_key, ":", line)
            node = _put(self.node(next(self.events), depth + 1), behind)
            entries.append(Entry(key.value, node, start_of_key, max(node.end, behind), (behind,)))
        end = _span(key)[1] if event.flow_style else max(entries[-1].end, start)
        return Mapping(start, end, tuple(entries), flow=bool(event.flow_style))

    def _sequence(self, event: Any, start: int, depth: int) -> Sequence:
        entries: list[Entry] = []
        at = event.start_mark.index
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            if event.flow_style:
                node = self.node(item, depth + 1)
                entries.append(Entry("", node, node.start, node.end, (node.start,)))
                continue
            behind = self._past(at, "-", _span(item)[2])
            node = _put(self.node(item, depth + 1), behind)
            at = max(node.end, behind)
            entries.append(Entry("", node, behind - 1, at, (behind,)))
        end = _span(item)[1] if event.flow_style else at
        return Sequence(start, end, tuple(entries), flow=bool(event.flow_style))

    def _is_marked(self, at: int) -> bool:
        """Say whether a key is written behind a `?`."""
        while at and self.text[at - 1] == " ":
            at -= 1
        return self.text[at - 1 : at] == "?"

    def _past(self, at: int, sign: str, line: int) -> int:
        """Return the place behind the next `:` or `-`, past white space, comments, an anchor and a tag."""
        while at < len(self.text):
            if self.text[at] == sign:
                return at + 1
            if self.text[at] == "#":
                at = self.text.find("\n", at)
            elif self.text[at] in "&!" and sign == "-":
                at += len(self.text[at:].split(None, 1)[0])
            elif not self.text[at].isspace():
                break
            else:
                at += 1
        raise _RefusedError(f"no “{sign}” is where one should be", line)

    def _comments(self) -> tuple[tuple[int, int], ...]:
        """Find comments in the gaps between scalars; elsewhere a # is content."""
        comments, at = [], 0
        for start, end in [*sorted(self.spans), (len(self.text), len(self.text))]:
            comments += [found.span() for found in _COMMENT.finditer(self.text, at, start)]
            at = max(at, end)
        return tuple(comments)


def _span(event: Any) -> tuple[int, int, int]:
    """Return where an event begins and ends, and its line."""
    return event.start_mark.index, event.end_mark.index, event.start_mark.line + 1


def _put(node: Node, behind: int) -> Node:
    """Put a value that is not written right behind its sign; the readers differ in where they see it."""
    return Scalar(behind, behind, node.value) if isinstance(node, Scalar) and node.start == node.end else node


def _real_end(text: str, event: Any, start: int, end: int) -> int:
    """Return where a scalar's text ends; a block scalar's trailing blank lines are layout, unless it keeps them."""
    if event.style not in ("|", ">"):
        return end
    header = text[start : text.find("\n", start)]
    if "+" in header:
        return end - 1 if text[end - 1 : end] == "\n" else end
    return start + len(text[start:end].rstrip())


def _atom(event: Any) -> Atom:
    if event.tag and event.tag != "!":
        return Atom(event.tag, event.value)
    if event.style or event.tag == "!":
        return Atom("str", event.value)
    if _NULL.fullmatch(event.value):
        return Atom("null", "null")
    return Atom("plain" if _NOT_TEXT.fullmatch(event.value) else "str", event.value)


def _noted(node: Node, text: str, comments: tuple[tuple[int, int], ...]) -> Node:
    """Give each scalar the comment behind it on its line."""
    ends = {}
    for start, end in comments:
        ends[start] = text[start:end].rstrip()
    return _with_notes(node, text, ends)


def _with_notes(node: Node, text: str, notes: dict[int, str]) -> Node:
    if isinstance(node, Scalar):
        at = node.end
        while text[at : at + 1] in (" ", "\t"):
            at += 1
        return Scalar(node.start, node.end, node.value, notes.get(at, ""))
    entries = tuple(
        Entry(entry.key, _with_notes(entry.node, text, notes), entry.start, entry.end, entry.pieces)
        for entry in node.entries
    )
    return type(node)(node.start, node.end, entries, node.flow, node.home)
