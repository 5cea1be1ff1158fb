"""Where a finding is, as a reader of the whole repository names it: from the folder that the command runs in."""

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from mlscaffold.core.finding import Finding
    from mlscaffold.verbs.check import Report


def place(report: "Report", finding: "Finding") -> str:
    """Return a path with the project's folder before it, if that was named as a folder inside the current one."""
    folder = os.path.normpath(report.project)
    if folder == "." or os.path.isabs(folder) or folder.startswith(".."):
        return finding.path
    return f"{folder}/{finding.path}"


def uri(path: str) -> str:
    """Return a path as a relative reference of a URI, undecodable bytes and all.

    https://datatracker.ietf.org/doc/html/rfc3986#section-4.2
    """
    quoted = quote(os.fsencode(path), safe="/")
    return f"./{quoted}" if ":" in quoted.split("/")[0] else quoted


def fingerprint(report: "Report", finding: "Finding") -> str:
    """Return what stays the same for a finding for as long as it is the same: not its line, its wording or a commit."""
    import hashlib

    same = "\0".join((place(report, finding), finding.word, str(finding.rule)))
    if finding.word == "waiver":
        same += f"\0{finding.detail}"
    return hashlib.sha256(same.encode("utf-8", "surrogateescape")).hexdigest()


def told(finding: "Finding") -> str:
    """Return what a finding says, in one sentence: what, why, what to do or what excuses it."""
    what = f"{finding.detail}; {finding.reason}" if finding.reason else finding.detail
    if finding.waiver:
        until = f" until {finding.waiver.until}" if finding.waiver.until else ""
        return f"{what}: excused{until}, {finding.waiver.reason}"
    if finding.days_left is not None:
        what += f" ({finding.days_left} days left)"
    return f"{what}: {finding.mend}" if finding.mend else what
