"""Reads TOML into a tree with places: tomllib says what it means, this says where, and both must agree."""

import re
import tomllib
from datetime import date, datetime, time
from typing import Final

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
    Value,
    meaning,
)
from mlscaffold.documents import layout
from mlscaffold.documents.toml_tables import Keys, Written, assemble

_STRING: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:\'{0,2})|"(?:\\.|[^"\\])*"|\'[^\']*\'', re.DOTALL
)
_BARE: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:[^\s,\]}#]+|[^\s,\]}#]+")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]+|\"(?:\\.|[^\"\\])*\"|'[^']*'")
_DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_COMMENT: Final = re.compile(r"#[^\n]*")
_HEADER: Final = re.compile(r"\[\[?[ \t]*")
_EQUALS: Final = re.compile(r"[ \t]*=[ \t]*")
_LINE: Final = re.compile(r"at line (\d+)")

DOTTED: Final = "dotted"
"""The home of an inline table with dotted keys, which is not edited inside."""


def parse(text: str) -> Document | Unreadable:
    """Read a TOML text; where our places and tomllib's meaning disagree, the text is refused."""
    try:
        meant = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        why = re.sub(r" \(at .*\)", "", str(error))
        at = int(line[1]) if line else text.count("\n") + 1
        return Unreadable(f"it is no valid TOML: {why}", at)
    except RecursionError:
        return Unreadable(f"it is nested more than {DEEPEST} levels deep")
    reader = _Reader(text)
    try:
        root = assemble(text, reader.sections())
        expected = _value_of(meant, 0)
    except RecursionError:
        return Unreadable(f"it is nested more than {DEEPEST} levels deep")
    if meaning(root) != expected:
        return Unreadable("its tables are written in a way that is not taken apart here")
    return Document(text, root, tuple(reader.comments))


def _value_of(value: object, depth: int) -> Value:
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        return {key: _value_of(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_value_of(item, depth + 1) for item in value)
    return _atom_of(value)


def _atom_of(value: object) -> Atom:
    if isinstance(value, str):
        return Atom("str", value)
    if isinstance(value, bool):
        return Atom("bool", str(value).lower())
    if isinstance(value, date | datetime | time):
        return Atom("date", value.isoformat())
    return Atom(type(value).__name__, repr(value))


class _Reader:
    """Walks a text that tomllib has read, so that only places are left to find."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.comments: list[tuple[int, int]] = []

    def sections(self) -> list[Written]:
        raws = [Written((), array=False, start=0, header_end=0)]
        at = self._skip(0)
        while at < len(self.text):
            start = at
            if self.text[at] == "[":
                array = self.text.startswith("[[", at)
                keys, at = self._keys(self._behind(_HEADER, at))
                at = self.text.index("]", at) + 1 + array
                raws.append(Written(keys, array, start, layout.line_end(self.text, at)))
            else:
                keys, key_end = self._keys(at)
                node = self._value(self._behind(_EQUALS, key_end), 0)
                at = node.end
                raws[-1].lines.append((keys, start, key_end, self._noted(node)))
            at = self._skip(at)
        return raws

    def _behind(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self.text, at)
        return found.end() if found else at

    def _skip(self, at: int) -> int:
        """Go past white space and comments, and note the comments."""
        while True:
            at = self._behind(_BLANK, at)
            end = self._behind(_COMMENT, at)
            if end == at:
                return at
            self.comments.append((at, end))
            at = end

    def _noted(self, node: Node) -> Node:
        """Give a scalar the comment behind it."""
        if isinstance(node, Scalar):
            behind = self.text[node.end : layout.line_end(self.text, node.end)].strip()
            return Scalar(node.start, node.end, node.value, behind)
        return node

    def _keys(self, at: int) -> tuple[Keys, int]:
        keys: list[str] = []
        while found := _KEY.match(self.text, at):
            keys.append(
                found[0][1:-1]
                if found[0][0] == "'"
                else _unquoted(found[0])
                if found[0][0] == '"'
                else found[0]
            )
            at = found.end()
            dot = self._behind(_DOT, at)
            if dot == at:
                break
            at = dot
        return tuple(keys), at

    def _value(self, at: int, depth: int) -> Node:
        if depth > DEEPEST:
            raise RecursionError
        if self.text[at] == "[":
            return self._array(at, depth)
        if self.text[at] == "{":
            return self._inline(at, depth)
        found = _STRING.match(self.text, at) or _BARE.match(self.text, at)
        assert found is not None, "tomllib has read this text"
        return Scalar(at, found.end(), _atom(found[0]))

    def _array(self, start: int, depth: int) -> Sequence:
        entries: list[Entry] = []
        at = self._skip(start + 1)
        while self.text[at] != "]":
            node = self._value(at, depth + 1)
            entries.append(Entry("", node, at, node.end))
            at = self._skip(node.end)
            at = self._skip(at + 1) if self.text[at] == "," else at
        return Sequence(start, at + 1, tuple(entries))

    def _inline(self, start: int, depth: int) -> Mapping:
        found: list[tuple[Keys, Entry]] = []
        at = self._skip(start + 1)
        while self.text[at] != "}":
            keys, key_end = self._keys(at)
            node = self._value(self._behind(_EQUALS, key_end), depth + 1)
            found.append((keys, Entry(keys[-1], node, at, node.end)))
            at = self._skip(node.end)
            at = self._skip(at + 1) if self.text[at] == "," else at
        if all(len(keys) == 1 for keys, _ in found):
            return Mapping(start, at + 1, tuple(entry for _, entry in found))
        return _nested(start, at + 1, found)


def _nested(start: int, end: int, found: list[tuple[Keys, Entry]]) -> Mapping:
    """Build the tables that dotted keys in braces stand for."""
    entries: list[Entry] = []
    for key in dict.fromkeys(keys[0] for keys, _ in found):
        below = [(keys[1:], entry) for keys, entry in found if keys[0] == key]
        first, last = below[0][1], below[-1][1]
        node = _nested(first.start, last.end, below) if below[0][0] else first.node
        entries.append(Entry(key, node, first.start, last.end))
    return Mapping(start, end, tuple(entries), home=DOTTED)


def _unquoted(text: str) -> str:
    return text[1:-1] if "\\" not in text else str(tomllib.loads(f"v = {text}")["v"])


def _atom(text: str) -> Atom:
    if text[0] in "\"'" and not text.startswith(('"""', "'''")) and "\\" not in text:
        return Atom("str", text[1:-1])
    if text.isdecimal():
        return Atom("int", text)
    return _atom_of(tomllib.loads(f"v = {text}")["v"])
