"""Reports as a person reads them on a terminal, 80 columns wide or more."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mlscaffold.core.span import count
from mlscaffold.core.text import safe_lines, safe_text
from mlscaffold.show.screen import Screen, cells, filled, screen

if TYPE_CHECKING:
    from mlscaffold.core.errors import MlscaffoldError, UntrustedTemplateError
    from mlscaffold.core.finding import Finding
    from mlscaffold.core.release import Behind
    from mlscaffold.templates.sources import Removed
    from mlscaffold.verbs.check import Report
    from mlscaffold.verbs.new import Created
    from mlscaffold.verbs.policy import Policies

_COLOURS = {
    "leftover": "red", "unreadable": "red", "forbidden": "red", "waiver": "red", "diverged": "red", "missing": "red", "behind": "yellow", "style": "yellow", "modified": "cyan"
}  # fmt: skip
_WORD, _WIDEST = 11, 40
"""The columns of the word and, at most, of the path; a longer path pushes what is behind it to the right."""


def say(line: str = "") -> None:
    """Print one line of text that may come from anywhere."""
    sys.stdout.write(safe_text(line) + "\n")


def tell(line: str, hang: int = 2) -> None:
    """Print a line of text that may come from anywhere; a terminal that is too narrow gets it in several."""
    for part in screen(sys.stdout).folded(safe_text(line), hang):
        sys.stdout.write(part + "\n")


def show_error(error: "MlscaffoldError") -> None:
    """Print what is wrong and what to do about it."""
    sys.stderr.write(f"mlscaffold: {safe_text(error.what)}\n")
    if error.hint:
        sys.stderr.write(safe_lines(error.hint) + "\n")


def ask_trust(error: "UntrustedTemplateError") -> bool:
    """Ask on the terminal whether a template shall be trusted; anything but yes is no."""
    sys.stderr.write(f"{safe_text(error.what)}\nTrust it from now on? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def show_report(report: "Report") -> None:
    """Print a check: one line when all is well, else a line for each finding, worst first."""
    for line in _lines(report, screen(sys.stdout)):
        sys.stdout.write(line + "\n")
    for line in _last_lines(report):
        say(line)


def report_terminal(report: "Report") -> str:
    """Return a check as plain text, in which a finding is one line."""
    return "\n".join((*_lines(report, Screen()), *map(safe_text, _last_lines(report))))


def _last_lines(report: "Report") -> list[str]:
    return [*(f"note: {notice}" for notice in report.notices), summary(report)]


def summary(report: "Report") -> str:
    """Say in one line where the project stands."""
    age = _age(report.asked_seconds)
    at = f"{report.template} at {report.wanted[:7]}{age}"
    late = f", {lateness(report.behind)}" if report.behind and report.behind.commits else ""
    faults = len(report.faults)
    waived = sum(finding.waiver is not None for finding in report.findings)
    allowed = sum(
        finding.word == "modified" and not finding.fault and not finding.waiver for finding in report.findings
    )
    edits = f"; {count(allowed, 'file')} edited here, as the rules allow" if allowed else ""
    edits += f"; {waived} excused" if waived else ""
    edits += f"; {len(report.skipped)} skipped" if report.skipped else ""
    if faults:
        return f"Drift: {count(faults, 'finding')}, {count(report.compared, 'file')} compared against {at}{late}{edits}"
    waits = sum(finding.days_left is not None for finding in report.findings)
    if waits:
        return f"Behind, within grace: {waits} of {count(report.compared, 'file')} against {at}{late}{edits}"
    if not report.compared:
        return f"Nothing was compared against {at}{edits}"
    return f"In sync: {count(report.compared, 'file')} against {at}{edits}"


def lateness(behind: "Behind") -> str:
    """Say "1.2.0 → 1.5.0, 3 releases, 41 days behind, 12 days left"; in commits for a template without releases."""
    parts = [count(behind.commits, "commit")]
    if behind.releases:
        came = f"{behind.recorded} → {behind.wanted}" if behind.recorded else behind.wanted
        parts = [came, count(behind.releases, "release")]
    parts.append(f"{count(behind.days, 'day')} behind")
    if behind.grace_days:
        left = behind.days_left
        parts.append(f"{count(left, 'day')} left" if left >= 0 else f"{count(-left, 'day')} over its grace")
    return ", ".join(parts)


def _age(seconds: float) -> str:
    return f" (asked {_duration(seconds)} ago)" if seconds >= 1 else ""


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return count(int(seconds // size), unit)
    return count(int(seconds), "second")


def _lines(report: "Report", on: Screen) -> Iterator[str]:
    """Group findings by word and by what mends them, so that thirty files that wait for one update are thirty lines.

    What happened stands on a line of its own where a narrow screen would break the line.
    """
    wide = min(_WIDEST, max((cells(safe_text(finding.path)) for finding in report.findings), default=0))
    for (word, mend), findings in _groups(report).items():
        for finding in findings:
            path, what = filled(safe_text(finding.path), wide), _what(finding)
            start = on.painted(f"{word:<{_WORD}}", _style(finding)) + path + "  "
            if on.holds(f"{'':{_WORD}}{path}  {finding.rule:<6}  {what}"):
                yield start + on.painted(f"{finding.rule:<6}", "dim") + f"  {what}"
            else:
                yield start + on.painted(finding.rule, "dim")
                yield f"{'':{_WORD}}{what}"
        if mend:
            yield f"{'':{_WORD}}" + on.painted(f"→ {safe_text(mend)}", "bold")


def _style(finding: "Finding") -> str:
    return _COLOURS[finding.word] if finding.fault else "dim"


def _groups(report: "Report") -> "dict[tuple[str, str], list[Finding]]":
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.word, finding.mend), []).append(finding)
    return groups


def _what(finding: "Finding") -> str:
    from mlscaffold.show.places import told

    return safe_text(told(finding._replace(mend="", reason="")))


def show_created(created: "Created") -> None:
    """Print what was made, and what to do next."""
    from shlex import quote

    say(f"Created {created.folder} from {created.template} at {created.commit[:7]}.")
    _about_template(created)
    say(f"Next: cd {quote(str(created.folder))} && mlscaffold check")


def show_linked(created: "Created") -> None:
    """Print what was recorded."""
    say(f"Linked {created.folder} to {created.template} at {created.commit[:7]}.")
    _about_template(created)
    say("Where it stands: mlscaffold check")


def _about_template(created: "Created") -> None:
    if created.only_here:
        say(
            "warning: the record names a template on this machine, which nobody else can reach. "
            "Once it is published: mlscaffold update --template URL"
        )
    if created.newly_trusted:
        say(f"Trusted from now on: {created.template}")


def show_trusted(urls: Iterable[str]) -> None:
    """Print what is trusted now."""
    for url in urls:
        say(f"Trusted from now on: {url}")


def show_untrusted(removed: "Iterable[Removed]") -> None:
    """Print what is trusted no longer, or still is, and by what."""
    for url, still in removed:
        if still is None:
            say(f"Trusted no longer: {url}")
        else:
            say(f"Off the list, and trusted still: {url}, by {still.pattern} in {still.place}")


def show_trust_list(urls: Iterable[str]) -> None:
    """Print all that is trusted, an address a line."""
    for url in dict.fromkeys(urls):
        say(url)


def show_policy(table: "Policies") -> None:
    """Print each path of a template with its rule, then the rules that decide nothing."""
    wide = max((len(safe_text(ruled.path)) for ruled in table.paths), default=0)
    for ruled in table.paths:
        rule = ruled.rule
        where = f"{table.file}:{rule.line}" if rule.line else "no rule names it"
        why = f"{rule.reason} ({where})" if rule.reason else where
        say(f"{ruled.path:<{wide}}  {rule.kind:<6}  {why}")
    for rule in table.idle:
        say(
            f"note: {table.file}:{rule.line}: the rule `{rule.kind}` for {', '.join(rule.paths)} decides about no path"
        )
    for ruled, why in table.unmet:
        say(f"wrong: {table.file}:{ruled.rule.line}: {ruled.path}: {why}")
    if not table.file:
        say("note: the template has no policy.toml, so every path is merged")
    say(
        f"{count(len(table.paths), 'file')} of {table.template} at {table.commit[:7]}, rendered with its defaults"
    )
