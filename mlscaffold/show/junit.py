"""Reports as JUnit XML, which most CI systems show as tests: one for each finding, or one that passes."""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from mlscaffold.core.text import safe_text
from mlscaffold.show.places import place, told

if TYPE_CHECKING:
    from mlscaffold.core.finding import Finding
    from mlscaffold.verbs.check import Report


def report_junit(report: "Report") -> str:
    """Return a check as one test suite: faults fail, what is excused is skipped, what is allowed passes."""
    from mlscaffold.show.terminal import summary

    counts = {
        "tests": str(max(1, len(report.findings))),
        "failures": str(len(report.faults)),
        "errors": "0",
    }
    suites = ET.Element("testsuites", {"name": "mlscaffold", **counts})
    skipped = sum(finding.waiver is not None for finding in report.findings)
    suite = ET.SubElement(
        suites, "testsuite", {"name": "mlscaffold check", **counts, "skipped": str(skipped)}
    )
    for finding in report.findings:
        _case(report, suite, finding)
    if not report.findings:
        ET.SubElement(suite, "testcase", {"classname": "mlscaffold", "name": "in sync with the template"})
    ET.SubElement(suite, "system-out").text = safe_text(summary(report))
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, "unicode")


def _case(report: "Report", suite: ET.Element, finding: "Finding") -> None:
    path, what = safe_text(place(report, finding)), safe_text(told(finding))
    case = ET.SubElement(suite, "testcase", {"classname": f"mlscaffold.{finding.word}", "name": path})
    if finding.fault:
        failure = ET.SubElement(case, "failure", {"type": finding.word, "message": what})
        failure.text = f"{path}:{finding.line}: {what}"
    elif finding.waiver:
        ET.SubElement(case, "skipped").text = what
    else:
        ET.SubElement(case, "system-out").text = what
