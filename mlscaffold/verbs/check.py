"""Where a project stands against its template, file by file; changes nothing."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlscaffold.checking.findings import compared, forbidden, leftovers, unresolved
from mlscaffold.core.drift import State, classify
from mlscaffold.core.finding import Finding, in_grace, waits, worst_first
from mlscaffold.core.trust import without_password
from mlscaffold.project.gather import Project, Wanted, gather

if TYPE_CHECKING:
    from mlscaffold.core.release import Behind


class Report(NamedTuple):
    """What a check found.

    project: its folder. template: the template's address, without a password.
    recorded, wanted: template commits. checkout: the branch or tag that is followed, None for the default.
    asked_seconds: how old the answer is that says which commit is wanted, in seconds; 0 for a template on this machine.
    compared: how many paths were compared. findings: those that are not in sync, worst first.
    notices: what a reader should know and no path shows.
    behind: how far it is behind; None if it is in sync, or if that is not known.
    skipped: the template's paths that the project's `skip` leaves out.
    """

    project: Path
    template: str
    recorded: str
    wanted: str
    checkout: str | None
    asked_seconds: float
    compared: int
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]
    behind: "Behind | None" = None
    skipped: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that make check fail."""
        return tuple(finding for finding in self.findings if finding.fault)


def check(
    root: Path, wanted: Wanted, *, lines: bool = True, grace_days: int | None = None, ruff: bool = False
) -> Report:
    """Compare a project with its template.

    lines: also find the line of each finding, for formats that point there.
    grace_days: how long the project may be behind, in the policy's place.
    ruff: also run the template's ruff configuration over the project.

    Raises MlscaffoldError when there is no answer.
    """
    return judged(gather(root, wanted), lines=lines, grace_days=grace_days, ruff=ruff)


def judged(
    project: Project, *, lines: bool = True, grace_days: int | None = None, ruff: bool = False
) -> Report:
    """Say where a project stands, as `check` does."""
    drifts = classify(project.base, project.ours, project.theirs)
    moved = [drift for drift in drifts if drift.state is not State.IN_SYNC]
    strayed, meaningless = compared(project, moved, lines=lines)
    found = {finding.path: finding for finding in strayed}
    found |= {
        finding.path: finding
        for finding in (*unresolved(project), *leftovers(project, moved), *forbidden(project))
    }
    excused = _excused(project, [*found.values(), *(_style(project) if ruff else [])])
    behind = _behind(project, excused, grace_days) if found else None
    age = 0.0 if project.store.source.local else max(0.0, time.time() - project.target.asked_at)
    return Report(
        project=project.root,
        template=without_password(project.store.source.named or project.record.template),
        recorded=project.record.commit,
        wanted=project.target.commit,
        checkout=project.checkout,
        asked_seconds=age,
        compared=len(drifts),
        findings=worst_first([in_grace(finding, behind) for finding in excused]),
        notices=(*project.notices, *meaningless),
        behind=behind,
        skipped=project.left_out,
    )


def _behind(project: Project, findings: list[Finding], grace_days: int | None) -> "Behind | None":
    from mlscaffold.project.history import how_far_behind

    waiting = [finding.path for finding in findings if waits(finding)]
    grace = project.policy.grace_days if grace_days is None else grace_days
    return how_far_behind(project, waiting, time.time(), grace)


def _style(project: Project) -> list[Finding]:
    from mlscaffold.checking.style import style

    found = style(project)
    return [found] if found else []


def _excused(project: Project, findings: list[Finding]) -> list[Finding]:
    said = project.declared
    if not said.waivers and not said.broken:
        return findings
    from datetime import UTC, datetime

    from mlscaffold.core.excuses import excused, faults

    today = datetime.now(UTC).date()
    return excused(findings, list(said.waivers), project.policy, today) + faults(list(said.broken))
