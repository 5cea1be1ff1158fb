"""What is written to: how wide it is, whether it shows colours, and how many of its cells a text takes."""

import os
import re
from typing import NamedTuple, TextIO

_PIECE = r"\(?(?:mlscaffold|git) [a-z-]+(?: [^\s;,()]+)*?(?=[;,)]|\.(?: |$)| \(|$)\S*|\S+"
"""A word, or a command up to the next mark: somebody pastes it, so no line ends in it."""
_CODES = {"red": "31", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}


class Screen(NamedTuple):
    """Where lines go.

    width: cells in a line; None for a file or a pipe, where a line is never broken. colours: whether it shows them.
    """

    width: int | None = None
    colours: bool = False

    def painted(self, text: str, style: str) -> str:
        """Return a text in one of the styles red, yellow, cyan, bold, dim."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.colours and text else text

    def holds(self, text: str) -> bool:
        """Return whether a text fits on one line."""
        return self.width is None or cells(text) <= self.width

    def folded(self, text: str, hang: int) -> list[str]:
        """Return a text as lines that fit, broken between words; all but the first begin with so many spaces.

        What has no place to be broken at, a path or a command, is left to the terminal.
        """
        if self.holds(text):
            return [text]
        first, *rest = re.findall(_PIECE, text)
        lines = [" " * (len(text) - len(text.lstrip(" "))) + first]
        for piece in rest:
            if self.holds(f"{lines[-1]} {piece}"):
                lines[-1] += f" {piece}"
            else:
                lines.append(" " * hang + piece)
        return lines


def screen(stream: TextIO) -> Screen:
    """Return what a stream leads to: https://no-color.org, https://force-color.org."""
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    colours = (terminal or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR")
    return Screen(_width(stream) if stream.isatty() else None, colours)


def _width(stream: TextIO) -> int:
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def cells(text: str) -> int:
    """Return how many cells a text takes: none for an accent that is a character of its own, two for one of East Asia."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def filled(text: str, width: int) -> str:
    """Return a text with spaces behind it, so that it takes so many cells."""
    return text + " " * (width - cells(text))
