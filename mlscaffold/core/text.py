"""Text from a repo made safe to show: what it says, and never what it does to a terminal or a CI log."""

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]|\n|\t"
)
_COMMANDS = re.compile(r"::|##\[|##vso\[", re.IGNORECASE)


def safe_text(text: str) -> str:
    """Return one line in which every control, bidirectional, zero-width or undecodable character is spelled out.

    Workflow commands of CI systems (`::error::`, `##[group]`, `##vso[…]`) are broken by a zero-width-free
    space, since runners obey them wherever they stand in a line.
    """
    if text.isprintable() and ":" not in text and "#" not in text:
        return text
    return _COMMANDS.sub(lambda match: " ".join(match.group()), _UNSAFE.sub(_spelled, text))


def safe_lines(text: str) -> str:
    """Return several lines, each as `safe_text` gives it; tabs stay."""
    return "\n".join("\t".join(safe_text(cell) for cell in line.split("\t")) for line in text.split("\n"))


def _spelled(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return {10: "\\n", 9: "\\t", 13: "\\r"}.get(code) or (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    )
