"""Names for places in a document: `tool.ruff.line-length`, `repos[repo=https://…].rev`, `select[*]`."""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list: the one whose `field` has this value, or (no field) that is this value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class EveryItem:
    """All items of a list."""


Segment: TypeAlias = str | Item | EveryItem
KeyPath: TypeAlias = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class BadKeyPath:
    """A text that names no place, and why."""

    text: str
    why: str


_BARE: Final = re.compile(r"[^\s.\[\]\"'=]+")
_QUOTED: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_SELECTOR: Final = re.compile(
    r"\[(?:(?P<every>\*)|(?P<field>[^\[\]=*\"']*)=(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<raw>[^\[\]\"']+)))\]"
)


def parse_key_path(text: str) -> KeyPath | BadKeyPath:
    """Read a key path; keys that hold dots or brackets are quoted."""
    segments: list[Segment] = []
    at, needs_key = 0, True
    while at < len(text):
        selector = _SELECTOR.match(text, at)
        key = (_QUOTED.match(text, at) or _BARE.match(text, at)) if needs_key else None
        if selector and (not needs_key or not segments):
            segments.append(_selected(selector))
            at, needs_key = selector.end(), False
        elif key:
            segments.append(key[0] if key.re is _BARE else key[1] if key[1] is not None else key[2])
            at, needs_key = key.end(), False
        elif text[at] == "." and not needs_key:
            at, needs_key = at + 1, True
        else:
            return BadKeyPath(text, f"“{text[at:]}” is neither a key, a dot nor a [selection]")
    return BadKeyPath(text, "a key is missing at the end") if needs_key else tuple(segments)


def _selected(selector: re.Match[str]) -> Segment:
    if selector["every"]:
        return EveryItem()
    value = next(
        part for part in (selector["double"], selector["single"], selector["raw"]) if part is not None
    )
    return Item(selector["field"], value)


def format_key_path(path: KeyPath) -> str:
    """Write a key path as `parse_key_path` reads it."""
    text = ""
    for segment in path:
        if isinstance(segment, str):
            text += ("." if text else "") + (segment if _BARE.fullmatch(segment) else _quoted(segment))
        elif isinstance(segment, Item):
            raw = re.fullmatch(r"[^\[\]\"']+", segment.value)
            text += f"[{segment.field}={segment.value if raw else _quoted(segment.value)}]"
        else:
            text += "[*]"
    return text


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text else f"'{text}'"


def last_key(path: KeyPath) -> str:
    """Return the last key of a path, whatever items are selected below it."""
    return next((segment for segment in reversed(path) if isinstance(segment, str)), "")
