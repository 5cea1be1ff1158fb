"""What became of many repos: grouped by outcome for a person, one row each for programs and sheets."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.outcome import MEANING, Outcome, Standing, counted
from mlscaffold.core.overview import Overview
from mlscaffold.core.span import count
from mlscaffold.core.text import code_span, prose, safe_json, safe_text
from mlscaffold.show import write
from mlscaffold.show.advice import advice
from mlscaffold.show.rows import rows
from mlscaffold.show.screen import Screen, screen
from mlscaffold.show.terminal import say, show_error, tell

FleetFormat = Literal["terminal", "json", "csv", "markdown"]
FORMATS: tuple[str, ...] = get_args(FleetFormat)
_COLUMNS = (
    "repo",
    "state",
    "why",
    "template",
    "checkout",
    "recorded",
    "target",
    "head",
    "branch",
    "commit",
    "url",
    "run",
)


def show_fleet(
    outcomes: Sequence[Outcome], format_: FleetFormat, journal: Path, selection: str | None = None
) -> None:
    """Print a run in one format; selection: the options that choose its repos, for the commands that come next."""
    if format_ == "terminal":
        for line in _lines(outcomes, screen(sys.stdout)):
            say(line)
        tell(_summed(outcomes))
        say(f"Journal: {journal}")
        for line in advice(outcomes, selection) if selection is not None else ():
            tell(line)
        return
    sys.stdout.write(_text(outcomes, format_) + "\n")


def write_fleet(outcomes: Sequence[Outcome], outputs: Iterable[tuple[str, Path]]) -> None:
    """Write a run to files, each in its format."""
    for format_, path in outputs:
        write(path, _text(outcomes, format_) + "\n")


def _text(outcomes: Sequence[Outcome], format_: str) -> str:
    if format_ == "terminal":
        return "\n".join(map(safe_text, (*_lines(outcomes, Screen()), _summed(outcomes))))
    return {"json": _json, "csv": _csv, "markdown": _markdown}[format_](outcomes)


def show_plan(writes: int | None) -> None:
    """Say that nothing was done, and what doing it takes: so many writes to a forge, None where there is no forge."""
    from mlscaffold.core.pace import Pace

    takes = ""
    if writes:
        minutes = Pace().seconds_for(writes) / 60
        takes = f" It takes {count(writes, 'write')} to the forge, {minutes:.0f} minutes at the pace that it allows."
    tell(f"Nothing was done: {'--apply' if writes is None else '--publish'} does it.{takes}")


def show_interrupted(number: int, total: int | None, *, keeps: bool) -> None:
    """Say how far an interrupted run came, and where that is kept."""
    repos = count(number, "repo") if total is None else f"{number} of {count(total, 'repo')}"
    kept = "; what is done is in the journal: run the same command to go on" if keeps else ""
    show_error(MlscaffoldError(f"Interrupted after {repos}{kept}."))


def show_report(overview: Overview, output: Path) -> None:
    """Say what the page holds, and of what the journal held nothing can be told."""
    since = f" since {overview.points[0].at[:10]}" if len(overview.points) > 1 else ""
    said = f"{count(len(overview.repos), 'repo')}, {count(len(overview.points), 'run')}{since}"
    unread = f"; {count(overview.unread, 'line')} of the journal could not be read" if overview.unread else ""
    say(f"Wrote {output}: {said}{unread}.")
    if overview.cut_after is not None:
        say(f"The newest run did not come to its end: it told of {count(overview.cut_after, 'repo')}.")


def _lines(outcomes: Sequence[Outcome], on: Screen) -> Iterator[str]:
    for state, found in _groups(outcomes):
        yield f"{state}: {count(len(found), 'repo')}{_of_templates(state, found)}"
        named = [each for each in found if state is not Standing.IN_SYNC or each.why]
        yield from rows(((each.repo, _told(each)) for each in named), on, "csv")


def _of_templates(state: Standing, found: Sequence[Outcome]) -> str:
    """Say how many templates it is that are not trusted: each is a decision, however many repos it has."""
    many = state is Standing.UNTRUSTED and len(found) > 1
    return f" of {count(len({each.why for each in found}), 'template')}" if many else ""


def _summed(outcomes: Sequence[Outcome]) -> str:
    again = sum(outcome.again for outcome in outcomes)
    known = f", {again} answered from the journal" if again else ""
    return f"{count(len(outcomes), 'repo')}: {_summary(outcomes)}{known}"


def _told(outcome: Outcome) -> str:
    on = f"{outcome.branch} at {outcome.commit[:7]}" if outcome.branch and outcome.commit else ""
    said = ": ".join(filter(None, [on, outcome.why]))
    run = f"  run {outcome.run}" if outcome.run and outcome.step == "status" else ""
    return said + (f"  {outcome.url}" if outcome.url else "") + run


def _groups(outcomes: Iterable[Outcome]) -> list[tuple[Standing, list[Outcome]]]:
    groups: dict[Standing, list[Outcome]] = {state: [] for state in Standing}
    for outcome in outcomes:
        groups[outcome.state].append(outcome)
    return [(state, found) for state, found in groups.items() if found]


def _summary(outcomes: Sequence[Outcome]) -> str:
    pinned = sum(outcome.pinned for outcome in outcomes)
    said = ", ".join(f"{number} {state}" for state, number in counted(outcomes).items()) or "none"
    return f"{said}; {pinned} of them pinned to a commit" if pinned else said


def _json(outcomes: Sequence[Outcome]) -> str:
    document = {
        "schema": 1,
        "counts": {str(state): number for state, number in counted(outcomes).items()},
        "repos": [{**outcome.document(), "again": outcome.again} for outcome in outcomes],
    }
    return safe_json(json.dumps(document, indent=2))


def _csv(outcomes: Sequence[Outcome]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for outcome in outcomes:
        document = outcome.document()
        table.writerow([_cell(str(document[column] or "")) for column in _COLUMNS])
    return text.getvalue().rstrip("\n")


def _cell(text: str) -> str:
    """Return one line that a spreadsheet takes for text, and not for a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    shown = safe_text(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def _markdown(outcomes: Sequence[Outcome]) -> str:
    parts = [f"### mlscaffold fleet: {prose(_summary(outcomes))}"]
    for state, found in _groups(outcomes):
        rows = [f"| {code_span(each.repo)} | {prose(_told(each))} |" for each in found]
        parts.append(
            f"#### {state}: {count(len(found), 'repo')}\n\n{MEANING[state]}\n\n| Repo | Why |\n|---|---|\n"
            + "\n".join(rows)
        )
    return "\n\n".join(parts)
