"""Reports as annotations on a GitHub workflow run: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""

from typing import TYPE_CHECKING

from mlscaffold.core.text import safe_text, workflow_message, workflow_value
from mlscaffold.show.places import place, told

if TYPE_CHECKING:
    from mlscaffold.core.finding import Finding
    from mlscaffold.verbs.check import Report

MOST = 50
"""GitHub shows ten annotations of a kind for a step; the rest are for those who read the log."""


def report_github(report: "Report") -> str:
    """Return a check as one workflow command for each fault, and for what ruff counted, then its summary as a plain line."""
    from mlscaffold.show.terminal import summary

    told_of = [finding for finding in report.findings if finding.fault or finding.word == "style"]
    shown = told_of[:MOST]
    lines = [_annotation(report, finding) for finding in shown]
    left = len(told_of) - len(shown)
    if left:
        lines.append(f"::notice title=mlscaffold::{left} more in the summary of this run")
    return "\n".join((*lines, safe_text(summary(report))))


def _annotation(report: "Report", finding: "Finding") -> str:
    values = {
        "file": workflow_value(safe_text(place(report, finding))),
        "line": str(finding.line),
        "title": workflow_value(f"mlscaffold: {finding.word}"),
    }
    listed = ",".join(f"{name}={value}" for name, value in values.items())
    level = "notice" if not finding.fault else "warning" if finding.word == "behind" else "error"
    return f"::{level} {listed}::{workflow_message(safe_text(told(finding)))}"
