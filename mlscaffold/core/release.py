"""Releases of a template: its version tags, put in order."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){1,3})")


class Behind(NamedTuple):
    """How far a project is behind its template.

    commits: template commits that it does not have, and that changed the template's folder.
    oldest_at: when the oldest that changed something here reached the branch, in seconds since 1970; 0 if there is none.
    days: how long ago that was.
    recorded, wanted: the newest release in what is recorded and in what is wanted, "" if there is none.
    releases: how many releases lie between.
    grace_days: how long a project may be behind. days_left: how much of that is left, negative if it is over.
    """

    commits: int
    oldest_at: int
    days: int
    recorded: str
    wanted: str
    releases: int
    grace_days: int = 0

    @property
    def days_left(self) -> int:
        return self.grace_days - self.days


def version(tag: str) -> tuple[int, ...] | None:
    """Return the numbers of a version tag (`1.2.0`, `v1.2`), None for any other tag, pre-releases too."""
    found = _VERSION.fullmatch(tag)
    return tuple(map(int, found[1].split("."))) if found else None


def releases(tags: Iterable[str]) -> list[str]:
    """Return the version tags, newest first."""
    known = [(numbers, tag) for tag in tags if (numbers := version(tag)) is not None]
    return [tag for _, tag in sorted(known, reverse=True)]


def newest_release(tags: Iterable[str]) -> str:
    """Return the newest version tag, "" if there is none."""
    return next(iter(releases(tags)), "")


def behind(
    dates: list[int],
    waited: list[int],
    recorded: Mapping[str, str],
    wanted: Mapping[str, str],
    now: float,
    grace_days: int,
) -> Behind:
    """Say how far behind a project is.

    dates: of the commits that it lacks. waited: of those that it has a reason to take; none if that is not known.
    recorded, wanted: tags that its two commits lead to.
    """
    oldest = min(waited or dates, default=0)
    return Behind(
        commits=len(dates),
        oldest_at=oldest,
        days=max(0, int((now - oldest) // 86400)) if oldest else 0,
        recorded=newest_release(recorded),
        wanted=newest_release(wanted),
        releases=len(releases(wanted.keys() - recorded.keys())),
        grace_days=grace_days,
    )
