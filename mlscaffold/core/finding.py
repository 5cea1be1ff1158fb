"""One path that is not as the template has it, and what to do about it."""

from typing import TYPE_CHECKING, NamedTuple

from mlscaffold.core.waiver import Waiver

if TYPE_CHECKING:
    from mlscaffold.core.release import Behind

WORDS = {
    "leftover": "An earlier update left rejected hunks, copies or conflict markers behind.",
    "unreadable": "The file cannot be read as what its rule needs it to be, so its keys are not known.",
    "forbidden": "The template says that this path must not exist.",
    "waiver": "A waiver in the project is expired, unused, not allowed, or not understood.",
    "diverged": "The project and the template both changed the file.",
    "missing": "The template has the file, and the project deleted it.",
    "behind": "The template changed the file, and the change is not in the project.",
    "style": "Files are not as the template's ruff configuration wants them.",
    "modified": "The project changed the file, and the template did not.",
}
"""Every word a finding can have, worst first, with its meaning."""
_ORDER = {word: place for place, word in enumerate(WORDS)}


class Finding(NamedTuple):
    """One path that is not as the template has it.

    word: one of WORDS.
    fault: whether its rule calls this drift, so that check fails.
    rule: the rule of the path, "-" if it is no rule's. detail: what happened, in a few words. mend: what to do about it.
    reason: why the template has the rule, in its own words.
    line: where in the file to look, 1 for the whole file.
    waiver: what excuses it. days_left: of its grace, None if it has none.
    """

    path: str
    word: str
    fault: bool
    rule: str
    detail: str
    mend: str
    reason: str = ""
    line: int = 1
    waiver: Waiver | None = None
    days_left: int | None = None


def worst_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings sorted: faults before the rest, then by word, then by path."""
    return tuple(sorted(findings, key=lambda each: (not each.fault, _ORDER[each.word], each.path, each.line)))


def waits(finding: Finding) -> bool:
    """Return whether a finding is a fault that `update` alone can mend."""
    return finding.fault and (
        finding.word == "behind" or (finding.word == "diverged" and finding.rule == "merge")
    )


def in_grace(finding: Finding, behind: "Behind | None") -> Finding:
    """Return a finding as no fault while the project may still be behind: only what `update` alone can mend."""
    if not waits(finding) or behind is None or not behind.grace_days or not behind.commits:
        return finding
    left = behind.days_left
    return finding._replace(fault=left < 0, days_left=left if left >= 0 else None)


def first_difference(ours: bytes, theirs: bytes) -> int:
    """Return the first line, counted from 1, in which two contents differ."""
    number = 1
    for number, (mine, its) in enumerate(zip(ours.splitlines(), theirs.splitlines(), strict=False), 1):
        if mine != its:
            return number
    return min(number + 1, max(1, len(ours.splitlines())))
