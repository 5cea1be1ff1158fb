"""Reports as SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

import json
from typing import TYPE_CHECKING, Any

from mlscaffold import __version__
from mlscaffold.core.finding import WORDS
from mlscaffold.core.text import safe_json, safe_text
from mlscaffold.show.places import fingerprint, place, told, uri

if TYPE_CHECKING:
    from mlscaffold.core.finding import Finding
    from mlscaffold.verbs.check import Report

_HELP = {
    "leftover": "Work the rejected hunks or both sides of the conflict into the file, then delete what was left behind.",
    "unreadable": "Mend the file: its rule asks for keys, which are only known of a file that can be read.",
    "forbidden": "Remove the path, or write a waiver with a reason into pyproject.toml or .mlscaffold.toml.",
    "waiver": "Change the waiver or take it out.",
    "diverged": "Run `mlscaffold update`: it merges the template's change into yours and says what is left to decide.",
    "missing": "Restore the file, or add it to `skip` in .cruft.json if the project does not want it.",
    "behind": "Run `mlscaffold update`.",
    "style": "Run `ruff check --fix` and `ruff format`.",
    "modified": "Under `merge` nothing needs to be done. Under another rule run `mlscaffold update`.",
}


def report_sarif(report: "Report") -> str:
    """Return a check as one SARIF run with a result per finding."""
    run = {
        "tool": {"driver": _driver()},
        "automationDetails": {"id": "mlscaffold/check/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, finding) for finding in report.findings],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": safe_text(notice)}} for notice in report.notices
                ],
            }
        ],
        "properties": {
            "template": report.template,
            "recorded": report.recorded,
            "wanted": report.wanted,
            "compared": report.compared,
            "skipped": list(map(safe_text, report.skipped)),
        },
    }
    document = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return safe_json(json.dumps(document, indent=2))


def _driver() -> dict[str, Any]:
    return {
        "name": "mlscaffold",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": "https://github.com/mlscaffold/mlscaffold",
        "rules": [
            {
                "id": word,
                "name": f"Template{word.capitalize()}",
                "shortDescription": {"text": meaning},
                "fullDescription": {"text": meaning},
                "help": {"text": _HELP[word], "markdown": _HELP[word]},
                "defaultConfiguration": {"level": "note" if word in ("modified", "style") else "error"},
            }
            for word, meaning in WORDS.items()
        ],
    }


def _result(report: "Report", finding: "Finding") -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.word,
        "ruleIndex": list(WORDS).index(finding.word),
        "level": "error" if finding.fault else "note",
        "message": {"text": safe_text(f"{finding.path}: {told(finding)}")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(place(report, finding)), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": finding.line},
                }
            }
        ],
        "partialFingerprints": {"mlscaffoldFinding/v1": fingerprint(report, finding)},
        "properties": {"rule": finding.rule},
    }
    if finding.waiver:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": safe_text(finding.waiver.reason)}
        ]
    return result
