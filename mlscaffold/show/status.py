"""Where a project stands, on one screen."""

from typing import TYPE_CHECKING

from mlscaffold.core.span import count
from mlscaffold.show.terminal import lateness, say, summary

if TYPE_CHECKING:
    from mlscaffold.merging.planning import Update
    from mlscaffold.verbs.status import Status

MOST = 10


def show_status(status: "Status") -> None:
    """Print a project's template, version, age, waivers, and what an update would do."""
    report = status.report
    where = f", folder {status.directory}" if status.directory else ""
    say(f"template   {report.template}{where}")
    say(f"follows    {report.checkout or 'its default branch'}")
    say(f"recorded   {report.recorded[:7]}")
    same = "the same" if report.recorded == report.wanted else report.wanted[:7]
    say(
        f"wanted     {same}"
        + (f", {lateness(report.behind)}" if report.behind and report.behind.commits else "")
    )
    say(f"check      {summary(report)}")
    for word in dict.fromkeys(finding.word for finding in report.findings):
        paths = [finding.path for finding in report.findings if finding.word == word]
        more = f" and {len(paths) - MOST} more" if len(paths) > MOST else ""
        say(f"           {word}: {', '.join(paths[:MOST])}{more}")
    if report.skipped:
        more = f" and {len(report.skipped) - MOST} more" if len(report.skipped) > MOST else ""
        say(f"skipped    {', '.join(report.skipped[:MOST])}{more}")
    for waiver in status.waivers:
        until = f"until {waiver.until}" if waiver.until else "without end"
        say(f"waiver     {waiver.path} {until}: {waiver.reason}")
    say(f"update     {_planned(status.planned)}")
    for notice in report.notices:
        say(f"note: {notice}")


def _planned(update: "Update") -> str:
    if update.nothing:
        return "nothing to do"
    parts = [f"would change {count(len(update.changes), 'file')}"]
    parts.append(f"conflicts in {', '.join(update.conflicts)}" if update.conflicts else "without conflicts")
    if update.blocked:
        parts.append(f"something stands in the way at {', '.join(update.blocked)}")
    if update.unread:
        parts.append(f"not readable: {', '.join(update.unread)}")
    return "; ".join(parts)
