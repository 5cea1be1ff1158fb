"""Reports as annotations on a GitHub workflow run: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""

from typing import TYPE_CHECKING

from mlscaffold.core.text import safe_text, workflow_message, workflow_value
from mlscaffold.show.places import place, told

if TYPE_CHECKING:
    from mlscaffold.core.finding import Finding
    from mlscaffold.verbs.check import Report

MOST = 10
"""GitHub shows ten annotations of a kind for a step: https://docs.github.com/actions/reference/limits."""
LONGEST = 4096
"""Characters of a message; GitHub takes 64 KiB of bytes."""


def report_github(report: "Report") -> str:
    """Return a check as workflow commands, at most ten of a kind, the other findings as plain lines, and its summary.

    Told are the faults, and what ruff counted.
    """
    from mlscaffold.show.terminal import summary

    told_of = [finding for finding in report.findings if finding.fault or finding.word == "style"]
    shown: dict[str, list[Finding]] = {}
    rest: list[Finding] = []
    for finding in told_of:
        kind = shown.setdefault(_level(finding), [])
        (kind if len(kind) < MOST else rest).append(finding)
    lines = [_annotation(report, finding) for kind in shown.values() for finding in kind]
    lines += [safe_text(f"{place(report, finding)}:{finding.line}: {told(finding)}") for finding in rest]
    return "\n".join((*lines, safe_text(summary(report))))


def _level(finding: "Finding") -> str:
    return "notice" if not finding.fault else "warning" if finding.word == "behind" else "error"


def _annotation(report: "Report", finding: "Finding") -> str:
    values = {
        "file": workflow_value(safe_text(place(report, finding))),
        "line": str(finding.line),
        "title": workflow_value(f"mlscaffold: {finding.word}"),
    }
    listed = ",".join(f"{name}={value}" for name, value in values.items())
    return f"::{_level(finding)} {listed}::{workflow_message(safe_text(told(finding))[:LONGEST])}"
