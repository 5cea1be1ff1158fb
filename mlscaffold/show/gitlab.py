"""Reports as GitLab's code quality JSON: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

import json
from typing import TYPE_CHECKING

from mlscaffold.core.text import safe_json, safe_text
from mlscaffold.show.places import fingerprint, place, told

if TYPE_CHECKING:
    from mlscaffold.verbs.check import Report

_SEVERITIES = {"behind": "minor", "missing": "minor", "waiver": "minor", "style": "info"}


def report_gitlab(report: "Report") -> str:
    """Return a check as a list of issues; what is excused or allowed is left out, as GitLab has no word for it."""
    issues = [
        {
            "description": safe_text(told(finding)),
            "check_name": f"mlscaffold-{finding.word}",
            "fingerprint": fingerprint(report, finding),
            "severity": _SEVERITIES.get(finding.word, "major"),
            "location": {"path": safe_text(place(report, finding)), "lines": {"begin": finding.line}},
        }
        for finding in report.findings
        if finding.fault or finding.word == "style"
    ]
    return safe_json(json.dumps(issues, indent=2))
