"""One repo's check: what its report says, as the outcome of a run."""

from dataclasses import replace

from mlscaffold.core.finding import Finding
from mlscaffold.core.outcome import MOST_FILES, Excuse, Standing
from mlscaffold.core.trust import without_password
from mlscaffold.fleet.work import Answered, Job, outcome_of
from mlscaffold.project.gather import Project
from mlscaffold.verbs.check import Report, judged


def checked(job: Job, project: Project) -> Answered:
    """Compare a repo with its template."""
    report = judged(project, lines=False, grace_days=job.asked.grace_days)
    told = _told(report)
    words: dict[str, int] = {}
    for finding in told:
        words[finding.word] = words.get(finding.word, 0) + 1
    waits = not report.faults and bool(words)
    plain = project.record.template == without_password(project.record.template)
    lasts = all(finding.days_left is None for finding in told)  # grace ends at any moment of a day
    outcome = replace(
        outcome_of(job, project, _state(words), _why(report)),
        words=words,
        waits=waits,
        files=dict([(finding.path, finding.word) for finding in told][:MOST_FILES]),
        compared=report.compared,
        days=report.behind.days if report.behind and report.behind.commits else None,
        waivers=tuple(Excuse(each.path, each.until, each.reason) for each in project.declared.waivers),
        key=job.asked.key() if plain and lasts else "",
    )
    return Answered(outcome)


def _state(words: dict[str, int]) -> Standing:
    if "diverged" in words:
        return Standing.DIVERGED
    if words.keys() - {"behind"}:
        return Standing.DRIFTED
    return Standing.BEHIND if words else Standing.IN_SYNC


def _told(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.fault or finding.days_left is not None]


def _why(report: Report) -> str:
    """Name the first files that are not as they should be."""
    told = _told(report)
    named = [f"{finding.path} {finding.word}" for finding in told[:3]]
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    waits = [finding.days_left for finding in told if finding.days_left is not None]
    left = f"; {min(waits)} days of grace left" if waits and not report.faults else ""
    return f"{', '.join(named)}{more}{left}"
