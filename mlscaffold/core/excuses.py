"""Findings that a project is excused from, and the excuses that do not hold."""

from collections.abc import Iterable
from datetime import date

from mlscaffold.core.finding import Finding
from mlscaffold.core.globs import gitignore
from mlscaffold.core.policy import Policy
from mlscaffold.core.waiver import Broken, Waiver


def excused(findings: list[Finding], waivers: list[Waiver], policy: Policy, today: date) -> list[Finding]:
    """Return the findings, those excused that a waiver names, and a finding for each waiver that does not hold."""
    used: set[Waiver] = set()
    refused: dict[Waiver, str] = {}
    result = []
    for finding in findings:
        named = [waiver for waiver in waivers if gitignore(waiver.path)(finding.path)]
        if not finding.fault or not named or finding.rule == "-":
            result.append(finding)
            continue
        used.update(named)
        longest = max(named, key=lambda waiver: waiver.until or "9999")
        if not policy.rule_for(finding.path).waivable:
            why = f"the template lets nobody be excused from `{finding.rule}` for {finding.path}"
            refused.update(dict.fromkeys(named, why))
            result.append(finding)
        elif _over(longest, today):
            result.append(finding)
        else:
            result.append(finding._replace(fault=False, waiver=longest))
    return result + [
        _faulty(waiver.file, waiver.line, why)
        for waiver in waivers
        if (why := _does_not_hold(waiver, waiver in used, refused.get(waiver, ""), today))
    ]


def holding(
    waivers: Iterable[Waiver], policy: Policy, paths: Iterable[str], today: date
) -> dict[str, Waiver]:
    """Return the paths whose rule a waiver holds against today, and that waiver."""
    valid = [waiver for waiver in waivers if not _over(waiver, today)]
    return {
        path: named
        for path in paths
        if policy.rule_for(path).waivable
        and (named := next((waiver for waiver in valid if gitignore(waiver.path)(path)), None))
    }


def faults(broken: list[Broken]) -> list[Finding]:
    """Return a finding for each waiver that cannot be understood."""
    return [_faulty(each.file, each.line, each.why) for each in broken]


def _does_not_hold(waiver: Waiver, used: bool, refused: str, today: date) -> str:
    if _over(waiver, today):
        return f"the waiver for {waiver.path} ended on {waiver.until}"
    return refused if used else f"the waiver for {waiver.path} excuses nothing"


def _faulty(file: str, line: int, why: str) -> Finding:
    return Finding(
        file, "waiver", True, "-", why, f"change it or take it out: {file}, line {line}", line=line
    )


def _over(waiver: Waiver, today: date) -> bool:
    return bool(waiver.until) and waiver.until < today.isoformat()
