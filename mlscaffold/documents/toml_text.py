"""TOML texts of keys and values, as they are written into another place."""

import re
from typing import Final

from mlscaffold.core.document import Document, Mapping, Node, Scalar
from mlscaffold.documents import layout
from mlscaffold.documents.toml_tables import Keys

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SAFE_TEXT: Final = re.compile(r"[^\"'\\\x00-\x1f\x7f]*")


def is_value(node: Node) -> bool:
    """Say whether a node is a value behind an equals sign, and no table with lines of its own."""
    return isinstance(node, Scalar) or node.flow


def inline(document: Document, node: Node) -> str:
    """Write a value as it may stand in braces, tables too."""
    if is_value(node) or isinstance(node, Scalar):
        return document.text[node.start : node.end]
    inner = [inline(document, entry.node) for entry in node.entries]
    if not isinstance(node, Mapping):
        return f"[{', '.join(inner)}]"
    pairs = (f"{_key(entry.key)} = {value}" for entry, value in zip(node.entries, inner, strict=True))
    return f"{{{', '.join(pairs)}}}"


def styled(ours: Document, node: Node, wanted: Node) -> str:
    """Return theirs' text in the quotes that ours has; nothing where it would not be the same."""
    quote = ours.text[node.start : node.start + 1]
    single = not ours.text.startswith(quote * 3, node.start) or node.end - node.start == 2
    if not isinstance(wanted, Scalar) or wanted.value.kind != "str" or quote not in ("'", '"') or not single:
        return ""
    return f"{quote}{wanted.value.text}{quote}" if _SAFE_TEXT.fullmatch(wanted.value.text) else ""


def reindented(theirs: Document, node: Node, now: str) -> str:
    """Return a value's text with its later lines moved, unless a line break may be part of a string."""
    text = theirs.text[node.start : node.end]
    if '"""' in text or "'''" in text:
        return text
    return layout.reindent(text, layout.indent(theirs.text, node.start), now)


def dotted(keys: Keys) -> str:
    """Write keys as TOML needs them."""
    return ".".join(_key(key) for key in keys)


def _key(key: str) -> str:
    if _BARE.fullmatch(key):
        return key
    escaped = "".join(_escaped(letter) for letter in key)
    return f'"{escaped}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter >= " " and letter != "\x7f" else f"\\u{ord(letter):04x}"
