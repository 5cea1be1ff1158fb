"""Reports as JSON, for programs; `schema` is raised when a field changes its meaning."""

import json

from mlscaffold.check import Report

SCHEMA = 1


def report_json(report: Report) -> str:
    """Return a check as JSON text."""
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
        "findings": [
            {
                "path": finding.path,
                "state": finding.word,
                "fault": finding.fault,
                "rule": finding.rule,
                "detail": finding.detail,
                "mend": finding.mend,
                "reason": finding.reason,
                "line": finding.line,
                "waiver": finding.waiver and finding.waiver._asdict(),
            }
            for finding in report.findings
        ],
        "notices": list(report.notices),
    }
    return json.dumps(document, indent=2)
