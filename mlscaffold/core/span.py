"""Spans of time as people write and read them: "30d", "4w", "41 days"."""

import re

_DAYS = {"d": 1, "w": 7, "": 1}
_WRITTEN = r"(\d{1,5})\s*([dw]?)"


def days(text: str) -> int | None:
    """Return how many days "30d" or "4w" are; None for anything else."""
    found = re.fullmatch(_WRITTEN, text.strip())
    return int(found[1]) * _DAYS[found[2]] if found else None


def count(number: int, thing: str) -> str:
    """Return "1 file", "2 files"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
