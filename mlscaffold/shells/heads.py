"""The commit that a repository stands at, read from its files: a git process would be a twentieth of a check.

https://git-scm.com/docs/gitrepository-layout
"""

import re
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def head(git_dir: Path) -> str | None:
    """Return the commit of HEAD; None for a repository that says it in another way, which git can read."""
    said = _text(git_dir / "HEAD")
    name = said.removeprefix("ref: ")
    if name == said:
        return said if _COMMIT.fullmatch(said) else None
    if not name.startswith("refs/heads/") or ".." in name:
        return None
    commit = _text(git_dir / name) or _packed(_text(git_dir / "packed-refs"), name)
    return commit if _COMMIT.fullmatch(commit) else None


def _packed(listed: str, name: str) -> str:
    lines = (line.partition(" ") for line in listed.splitlines())
    return next((commit for commit, _, named in lines if named == name), "")


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        return ""
