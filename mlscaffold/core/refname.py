"""What a branch, a tag or a commit is called in full."""

import re

_NO_NAME = re.compile(r"[~^:?*\[\\\s\0]|\.\.|@\{|^-|^$")
"""https://git-scm.com/docs/git-check-ref-format"""
_ID = re.compile("[0-9a-fA-F]{4,64}")


def spellings(name: str) -> tuple[str, ...]:
    """Return the full names that a name may stand for, in the order of `git checkout`: a branch before a tag, then an id.

    Nothing for an expression (`HEAD~1`): written into a record it would mean another commit every day.
    `origin/NAME`, which is what a branch is called in the clone that cruft makes, is that branch.
    """
    if _NO_NAME.search(name):
        return ()
    full = (f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}")
    branch = (f"refs/heads/{name.removeprefix('origin/')}",) if name.startswith("origin/") else ()
    itself = (name,) if name.startswith("refs/") or _ID.fullmatch(name) else ()
    return (*full, *branch, *itself)


def is_commit(name: str | None, commit: str) -> bool:
    """Return whether a name is the beginning of the id of the commit that it names: what it names then never changes."""
    return bool(name and _ID.fullmatch(name)) and commit.startswith(str(name).lower())
