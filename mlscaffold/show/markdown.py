"""Reports as Markdown that fits a pull request comment or the summary of a workflow run."""

from typing import TYPE_CHECKING

from mlscaffold.core.text import code_span, prose
from mlscaffold.show.places import place

if TYPE_CHECKING:
    from mlscaffold.core.finding import Finding
    from mlscaffold.verbs.check import Report

MOST = 200
"""A comment holds 65,536 characters, and a reader much less."""


def report_markdown(report: "Report") -> str:
    """Return a check as a heading, a table of faults, and what is excused or allowed folded away."""
    from mlscaffold.show.terminal import summary

    rest = [finding for finding in report.findings if not finding.fault]
    parts = [f"### mlscaffold: {'drift' if report.faults else 'in sync'}", prose(summary(report))]
    if report.faults:
        parts.append(_table(report, report.faults))
    if rest:
        parts.append(
            f"<details><summary>{len(rest)} excused or allowed</summary>\n\n{_table(report, rest)}\n\n</details>"
        )
    parts += [f"> {prose(notice)}" for notice in report.notices]
    return "\n\n".join(parts)


def _table(report: "Report", findings: "list[Finding] | tuple[Finding, ...]") -> str:
    rows = ["| State | File | Rule | What | What to do |", "|---|---|---|---|---|"]
    rows += [_row(report, finding) for finding in findings[:MOST]]
    more = len(findings) - MOST
    return "\n".join(rows) + (f"\n\n{more} more are in the other formats." if more > 0 else "")


def _row(report: "Report", finding: "Finding") -> str:
    what = f"{finding.detail}; {finding.reason}" if finding.reason else finding.detail
    todo = code_span(finding.mend) if finding.mend else ""
    if finding.waiver:
        until = f" until {finding.waiver.until}" if finding.waiver.until else ""
        todo = prose(f"excused{until}: {finding.waiver.reason}")
    path = code_span(place(report, finding))
    return f"| {finding.word} | {path} | {finding.rule} | {prose(what)} | {todo} |"
