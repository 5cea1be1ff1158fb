"""Reports as JSON, for programs: docs/report.schema.json; `schema` is raised when a field changes its meaning."""

import json
from typing import TYPE_CHECKING, Any

from mlscaffold.core.text import safe_json

if TYPE_CHECKING:
    from mlscaffold.core.finding import Finding
    from mlscaffold.verbs.check import Report

SCHEMA = 1


def report_json(report: "Report") -> str:
    """Return a check as JSON text; paths and all else are exact, not made fit to be shown."""
    document = {
        "schema": SCHEMA,
        "project": str(report.project),
        "template": report.template,
        "recorded": report.recorded,
        "wanted": report.wanted,
        "checkout": report.checkout,
        "asked_seconds": round(report.asked_seconds),
        "compared": report.compared,
        "drift": bool(report.faults),
        "behind": report.behind and {**report.behind._asdict(), "days_left": report.behind.days_left},
        "findings": [_finding(finding) for finding in report.findings],
        "skipped": list(report.skipped),
        "notices": list(report.notices),
    }
    return safe_json(json.dumps(document, indent=2))


def _finding(finding: "Finding") -> dict[str, Any]:
    return {
        "path": finding.path,
        "state": finding.word,
        "fault": finding.fault,
        "rule": finding.rule,
        "detail": finding.detail,
        "mend": finding.mend,
        "reason": finding.reason,
        "line": finding.line,
        "days_left": finding.days_left,
        "waiver": finding.waiver and finding.waiver._asdict(),
    }
