"""What a template's change would do to many repos, by outcome and by file: for its author, and for its pull request."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from mlscaffold.core.effect import STATES, Previewed
from mlscaffold.core.outcome import MEANING, Standing, counted
from mlscaffold.core.span import count
from mlscaffold.core.text import code_span, prose, safe_json
from mlscaffold.show.rows import rows
from mlscaffold.show.screen import Screen, screen
from mlscaffold.show.terminal import say, tell

MOST_FILES = 20
MOST_ROWS = (100, 30, 10, 0)
"""So many repos are named of each state, and so many files: the first number with which it is a comment."""
LONGEST = 65_000
"""A comment of GitHub holds 65,536 characters, and a workflow may add a line."""


def show_preview(
    found: Sequence[Previewed], before: str, after: str, format_: Literal["terminal", "json", "markdown"]
) -> None:
    """Print a preview in one format."""
    if format_ == "json":
        sys.stdout.write(_json(found, before, after) + "\n")
    elif format_ == "markdown":
        sys.stdout.write(_markdown(found, before, after) + "\n")
    else:
        for line in _lines(found, screen(sys.stdout)):
            say(line)
        for path, effects in _files(found)[:MOST_FILES]:
            tell(f"{path}: {_numbers(effects)}")
        tell(f"{_summary(found)}, against {before[:7]} (the change: {after[:7]})")


def _lines(found: Sequence[Previewed], on: Screen) -> Iterator[str]:
    for state, repos in _groups(found):
        yield f"{state}: {count(len(repos), 'repo')}"
        yield from rows(((each.outcome.repo, each.outcome.why) for each in repos), on, "json")


def _markdown(found: Sequence[Previewed], before: str, after: str) -> str:
    texts = (_comment(found, before, after, most) for most in MOST_ROWS)
    return next((text for text in texts if len(text) <= LONGEST), "")


def _comment(found: Sequence[Previewed], before: str, after: str, most: int) -> str:
    parts = [
        f"### mlscaffold preview: {prose(_summary(found))}",
        f"The template's change, `{before[:7]}` to `{after[:7]}`, beside an update without it. Nothing was changed.",
    ]
    files = _files(found)
    if files:
        heads = list(STATES)
        rows = [
            f"| {code_span(path)} | {' | '.join(str(effects[what] or '') for what in heads)} |"
            for path, effects in files[:most]
        ]
        head = f"| File | {' | '.join(heads)} |\n|---{'|---:' * len(heads)}|\n"
        parts.append("#### By file, in how many repos\n\n" + head + "\n".join(rows) + _more(files, most))
    for state, repos in _groups(found):
        rows = [f"| {code_span(each.outcome.repo)} | {prose(each.outcome.why)} |" for each in repos[:most]]
        parts.append(
            f"#### {state}: {count(len(repos), 'repo')}\n\n{MEANING[state]}\n\n| Repo | What |\n|---|---|\n"
            + "\n".join(rows)
            + _more(repos, most)
        )
    return "\n\n".join(parts)


def _json(found: Sequence[Previewed], before: str, after: str) -> str:
    repos = [
        {
            "repo": each.outcome.repo,
            "state": str(each.outcome.state),
            "why": each.outcome.why,
            "files": [effect._asdict() for effect in each.effects],
        }
        for each in found
    ]
    counts = {str(state): number for state, number in counted(each.outcome for each in found).items()}
    document = {"schema": 1, "before": before, "after": after, "counts": counts, "repos": repos}
    return safe_json(json.dumps(document, indent=2))


def _groups(found: Sequence[Previewed]) -> list[tuple[Standing, list[Previewed]]]:
    groups: dict[Standing, list[Previewed]] = {state: [] for state in Standing}
    for each in found:
        groups[each.outcome.state].append(each)
    return [(state, repos) for state, repos in groups.items() if repos]


def _files(found: Sequence[Previewed]) -> list[tuple[str, Counter[str]]]:
    """Return each file that the change touches, and in how many repos what becomes of it; the worst first."""
    files: dict[str, Counter[str]] = {}
    for each in found:
        for effect in each.effects:
            files.setdefault(effect.path, Counter())[effect.what] += 1
    return sorted(files.items(), key=lambda item: ([-item[1][what] for what in STATES], item[0]))


def _numbers(effects: Counter[str]) -> str:
    return ", ".join(f"{effects[what]} {what}" for what in STATES if effects[what])


def _summary(found: Sequence[Previewed]) -> str:
    counts = counted(each.outcome for each in found)
    told = ", ".join(f"{number} {state}" for state, number in counts.items()) or "none"
    return f"{count(len(found), 'repo')}: {told}"


def _more(rows: Sequence[object], most: int) -> str:
    return f"\n\n{len(rows) - most} more: `--format json` names all." if len(rows) > most else ""
