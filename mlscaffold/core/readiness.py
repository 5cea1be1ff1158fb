"""How an open pull request stands, in one vocabulary for all forges: its checks, its reviews, and whether it merges."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class CheckState(StrEnum):
    """What became of one check of a commit."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"


class Check(NamedTuple):
    """One check, by the name that the forge shows."""

    name: str
    state: CheckState


class Opinion(StrEnum):
    """What somebody's review comes to."""

    APPROVED = "approved"
    CHANGES = "asked for changes"
    NONE = "said nothing that counts"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What keeps a pull request from being merged.

    checks: None where the token may not see them. approved_by, changes_asked_by: accounts, by their last word.
    conflicts: with the branch that it goes into; None where the forge does not know, or not yet.
    """

    checks: tuple[Check, ...] | None = ()
    approved_by: tuple[str, ...] = ()
    changes_asked_by: tuple[str, ...] = ()
    conflicts: bool | None = None

    def named(self, state: CheckState) -> list[str]:
        """Return the names of the checks in one state."""
        return sorted({check.name for check in self.checks or () if check.state is state})

    @property
    def failing(self) -> bool:
        """Whether a person has to do something besides merging."""
        return bool(self.named(CheckState.FAILED) or self.changes_asked_by or self.conflicts)

    @property
    def waiting(self) -> bool:
        """Whether checks are still under way."""
        return bool(self.named(CheckState.WAITING))

    def counts(self) -> dict[str, int]:
        """Return how many there are of what a program would count."""
        counted = {
            "checks failed": len(self.named(CheckState.FAILED)),
            "checks waiting": len(self.named(CheckState.WAITING)),
            "checks passed": len(self.named(CheckState.PASSED)),
            "approvals": len(self.approved_by),
            "changes asked for": len(self.changes_asked_by),
            "conflicts": int(bool(self.conflicts)),
        }
        return {what: count for what, count in counted.items() if count}

    def said(self, base: str) -> str:
        """Return it as a person reads it; `base` is the branch that it goes into."""
        failed, waiting = self.named(CheckState.FAILED), self.named(CheckState.WAITING)
        parts = [
            f"conflicts with {base}" if self.conflicts else "",
            f"failing: {_listed(failed)}" if failed else "",
            f"waiting: {_listed(waiting)}" if waiting else "",
            self._well(),
            f"{_listed(self.changes_asked_by)} asked for changes" if self.changes_asked_by else "",
            f"approved by {_listed(self.approved_by)}" if self.approved_by else "",
        ]
        return "; ".join(filter(None, parts))

    def _well(self) -> str:
        if self.checks is None:
            return "this token may not see its checks"
        if not self.checks:
            return "no checks"
        return "" if self.failing or self.waiting else "all checks pass"


def last_words(reviews: Iterable[tuple[str, Opinion]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who approves and who asks for changes, each by their last review that counts; oldest reviews first."""
    last = dict(reviews)
    approved, asked = (
        tuple(sorted(who for who, opinion in last.items() if opinion is wanted))
        for wanted in (Opinion.APPROVED, Opinion.CHANGES)
    )
    return approved, asked


def _listed(names: Iterable[str], most: int = 5) -> str:
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
