"""Path patterns as the two formats that we read mean them: gitignore's and cruft's `skip`."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

Matcher = Callable[[str], bool]
_NOTHING = "(?!)"
"""A regular expression that nothing matches, in the place of brackets that mean nothing, as in fnmatch."""


@lru_cache(maxsize=1024)
def gitignore(*patterns: str) -> Matcher:
    """Return whether a path is named by one of some gitignore-style patterns, itself or through a parent folder.

    A pattern without a slash (but for one at its end) matches at any depth, one with a slash from the
    root; `*` and `?` stay within a folder, `**` does not. https://git-scm.com/docs/gitignore
    """
    if not patterns:
        return lambda _path: False
    regex = re.compile("|".join(map(_ignored, patterns)), re.DOTALL)
    return lambda path: regex.fullmatch(path) is not None


def _ignored(pattern: str) -> str:
    bare = pattern.strip("/")
    anchored = "/" in bare or pattern.startswith("/")
    below = "/.+" if pattern.endswith("/") else "(?:/.+)?"
    return f"(?:{_translated(bare if anchored else f'**/{bare}')}){below}"


def is_pattern(pattern: str) -> bool:
    """Return whether a pattern can match anything: brackets such as `[z-a]` cannot."""
    return _NOTHING not in _ignored(pattern)


def cruft_skip(entries: Iterable[str]) -> Matcher:
    """Return whether cruft would leave a path out: `skip` of `.cruft.json` and of `[tool.cruft]`.

    An entry without `*` is one path, and all below it; one with `*` is `pathlib.Path.glob` from the
    root, so that `*.lock` is the top level only. Here an entry is only ever a filter: one that would
    leave the project (absolute, `..`) names nothing.
    https://github.com/cruft/cruft/blob/2.16.0/cruft/_commands/utils/generate.py
    """
    exact: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for entry in entries:
        parts = [part for part in entry.split("/") if part not in ("", ".")]
        if entry.startswith("/") or ".." in parts or not parts:
            continue
        if "*" in entry:
            patterns.append(
                _compiled("/".join(parts[:-1] if parts[-1] == "**" and len(parts) > 1 else parts))
            )
        else:
            exact.add("/".join(parts))

    def skipped(path: str) -> bool:
        return any(
            part in exact or any(pattern.fullmatch(part) for pattern in patterns)
            for part in (path, *parents(path))
        )

    return skipped if exact or patterns else lambda _path: False


def parents(path: str) -> Iterable[str]:
    """Yield the folders a path is in, innermost first: `a/b/c` gives `a/b`, `a`."""
    while (cut := path.rfind("/")) > 0:
        path = path[:cut]
        yield path


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_translated(pattern), re.DOTALL)


def _translated(pattern: str) -> str:
    """Translate a slash-separated glob: `**` is any number of folders, and nothing else crosses a slash."""
    regex = ""
    parts = pattern.split("/")
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            regex += "(?:[^/]+/)*[^/]+" if last else "(?:[^/]+/)*"
        else:
            regex += _segment(part) + ("" if last else "/")
    return regex


def _segment(glob: str) -> str:
    regex, index = "", 0
    while index < len(glob):
        char = glob[index]
        closing = glob.find("]", index + 2) if char == "[" else -1
        if char == "*":
            regex += "[^/]*"
        elif char == "?":
            regex += "[^/]"
        elif closing > 0:
            regex += _letters(glob[index + 1 : closing])
            index = closing
        elif char == "\\" and index + 1 < len(glob):
            index += 1
            regex += re.escape(glob[index])
        else:
            regex += re.escape(char)
        index += 1
    return regex


def _letters(inside: str) -> str:
    """Translate what stands between brackets; `[`, `&`, `~` and `|` are to mean themselves, now and in later Pythons."""
    escaped = re.sub(r"[\\\[&~|]", r"\\\g<0>", inside)
    regex = f"[^/{escaped[1:]}]" if inside[0] in "!^" else f"[{escaped}]"
    try:
        re.compile(regex)
    except re.error:
        return _NOTHING
    return regex
