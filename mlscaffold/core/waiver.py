"""What a project is excused from, by whom it is written down: path, reason, and until when."""

from typing import Any, NamedTuple


class Waiver(NamedTuple):
    """One excuse.

    path: a gitignore-style pattern. reason: why, in the project's words.
    until: the last day on which it holds, as `2026-12-31`; "" for no end.
    file, line: where it is written.
    """

    path: str
    reason: str
    until: str
    file: str
    line: int


class Broken(NamedTuple):
    """A waiver that cannot be understood, and so excuses nothing."""

    why: str
    file: str
    line: int


_KNOWN = ("path", "reason", "until")


def parse(text: str, file: str, header: str, tables: Any) -> tuple[list[Waiver], list[Broken]]:
    """Read the waivers of a project.

    text: the whole file, for its lines. header: the name of their tables. tables: what TOML made of them.
    """
    from mlscaffold.core.places import key_line, table_lines

    lines = table_lines(text, header)
    if not isinstance(tables, list):
        return [], [Broken(f"waivers are written as [[{header}]] tables", file, 1)]
    if len(lines) != len(tables):
        lines = [1] * len(tables)
    waivers, broken = [], []
    for table, line in zip(tables, lines, strict=True):
        found = _waiver(table, file, line)
        if isinstance(found, Waiver):
            waivers.append(found)
        else:
            key, why = found
            broken.append(Broken(why, file, key_line(text, key, line)))
    return waivers, broken


def _waiver(table: Any, file: str, line: int) -> Waiver | tuple[str, str]:
    from mlscaffold.core.globs import is_pattern

    if not isinstance(table, dict):
        return "", "a waiver is a table"
    for key in table:
        if key not in _KNOWN:
            return key, f"unknown key {key!r}; a waiver has {', '.join(_KNOWN)}"
    path, reason, until = (table.get(key) for key in _KNOWN)
    if not isinstance(path, str) or not path.strip("/ "):
        return "path", "a waiver needs `path`"
    if not is_pattern(path):
        return "path", f"the pattern {path!r} is none: nothing is between its brackets"
    if not isinstance(reason, str) or not reason.strip():
        return "reason", f"the waiver for {path} gives no `reason`"
    last = _day(until)
    if last is None:
        return "until", f"the waiver for {path} has `until` {until!r}, which is no date like 2026-12-31"
    return Waiver(path, reason.strip(), last, file, line)


def _day(until: Any) -> str | None:
    """Return a day as `2026-12-31`, "" for none; None for what is no day."""
    from datetime import date, datetime

    if until is None:
        return ""
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            return None
    if isinstance(until, datetime):
        until = until.date()
    return until.isoformat() if isinstance(until, date) else None
