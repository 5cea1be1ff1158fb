"""Text from a repo made safe to show: what it says, and never what it does to a terminal or a CI log."""

import re

_COMMANDS = re.compile(r"(?<=:)(?=:)|(?<=#)(?=#\[|#vso\[)", re.IGNORECASE)
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def safe_text(text: str) -> str:
    """Return one line in which every character that does not print as itself is spelled out.

    Those are control, bidirectional, zero-width, private and undecodable ones. Workflow commands of CI
    systems (`::error::`, `##[group]`, `##vso[…]`) are broken by spaces, since runners obey them wherever
    they stand in a line.
    """
    printable = text if text.isprintable() else "".join(map(_spelled, text))
    if "::" not in printable and "##" not in printable:
        return printable
    return _COMMANDS.sub(" ", printable)


def safe_lines(text: str) -> str:
    """Return several lines, each as `safe_text` gives it; tabs stay."""
    return "\n".join("\t".join(safe_text(cell) for cell in line.split("\t")) for line in text.split("\n"))


def _spelled(char: str) -> str:
    code = ord(char)
    if char.isprintable():
        return char
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return _SHORT.get(char) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
