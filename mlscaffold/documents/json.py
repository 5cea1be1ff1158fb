"""JSON as a tree with places, and the edits of its text; comments are not expected."""

import json
import re
from dataclasses import dataclass
from typing import Final

from mlscaffold.core.document import (
    DEEPEST,
    Atom,
    Document,
    Edit,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unreadable,
)
from mlscaffold.core.keyed import Change, Delete, Insert
from mlscaffold.documents import flow, layout

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_BARE: Final = re.compile(r"[^\s,\]}]+")


class _RefusedError(Exception):
    """The text is JSON that is not taken."""


def parse(text: str) -> Document | Unreadable:
    """Read a JSON text; a key that comes twice, deep nesting and numbers that are none are refused."""
    try:
        json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        return Document(text, _Reader(text).value(_skip(text, 0), 0))
    except json.JSONDecodeError as error:
        return Unreadable(f"it is no valid JSON: {error.msg}", error.lineno)
    except _RefusedError as error:
        return Unreadable(str(error))
    except RecursionError:
        return Unreadable(f"it is nested more than {DEEPEST} levels deep")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RefusedError(f"the key “{next(key for key in keys if keys.count(key) > 1)}” comes twice")
    return found


def _no_number(text: str) -> object:
    raise _RefusedError(f"{text} is no JSON")


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


@dataclass(slots=True)
class _Reader:
    """Walks a text that is known to be valid."""

    text: str

    def value(self, at: int, depth: int) -> Node:
        if depth > DEEPEST:
            raise _RefusedError(f"it is nested more than {DEEPEST} levels deep")
        if self.text[at] == "{":
            entries, end = self._entries(at, "}", depth)
            return Mapping(at, end, entries)
        if self.text[at] == "[":
            entries, end = self._entries(at, "]", depth)
            return Sequence(at, end, entries)
        found = _STRING.match(self.text, at) or _BARE.match(self.text, at)
        assert found is not None, "json.loads has read this text"
        return Scalar(at, found.end(), _atom(found[0]))

    def _entries(self, at: int, closing: str, depth: int) -> tuple[tuple[Entry, ...], int]:
        entries: list[Entry] = []
        at = _skip(self.text, at + 1)
        while self.text[at] != closing:
            start, key = at, ""
            if closing == "}" and (name := _STRING.match(self.text, at)):
                key = json.loads(name[0])
                at = _skip(self.text, _skip(self.text, name.end()) + 1)
            node = self.value(at, depth + 1)
            entries.append(Entry(key, node, start, node.end))
            at = _skip(self.text, node.end)
            at = _skip(self.text, at + 1) if self.text[at] == "," else at
        return tuple(entries), at + 1


def _atom(text: str) -> Atom:
    if text.startswith('"'):
        return Atom("str", json.loads(text))
    return Atom("bool" if text in ("true", "false") else "null" if text == "null" else "number", text)


def edits(ours: Document, theirs: Document, change: Change) -> list[Edit] | None:
    """Return the edits of ours' text that make a change."""
    if isinstance(change, Delete):
        return flow.delete(ours, change.into, change.ours)
    if isinstance(change, Insert):
        slot = change.slot
        inner = slot.into.entries[0].start if slot.into.entries else slot.into.start
        now = layout.indent(ours.text, inner) + ("" if slot.into.entries else layout.step(ours))
        fragment = flow.Fragment(_moved(ours, theirs, change.theirs, now))
        unit = layout.step(ours) if "\n" in theirs.text[slot.source.start : slot.source.end] else ""
        return flow.insert(ours, slot.into, fragment, slot.after, slot.before, unit)
    node, wanted = change.ours.node, change.theirs.node
    value = Entry("", wanted, wanted.start, wanted.end)
    return [Edit(node.start, node.end, _moved(ours, theirs, value, layout.indent(ours.text, node.start)))]


def _moved(ours: Document, theirs: Document, entry: Entry, now: str) -> str:
    """Return an entry's text of theirs in ours' indentation and way of writing letters beyond ASCII."""
    text = theirs.text[entry.start : entry.end]
    text = layout.reindent(
        text, layout.indent(theirs.text, entry.start), now, (layout.step(theirs), layout.step(ours))
    )
    if not ours.text.isascii():
        return _STRING.sub(lambda found: _rewritten(found[0], ascii_only=False), text)
    return (
        _STRING.sub(lambda found: _rewritten(found[0], ascii_only=True), text) if r"\u" in ours.text else text
    )


def _rewritten(literal: str, *, ascii_only: bool) -> str:
    value = json.loads(literal)
    if value.isascii():
        return literal
    written = json.dumps(value, ensure_ascii=ascii_only)
    return literal if any("\ud800" <= letter <= "\udfff" for letter in value) else written
