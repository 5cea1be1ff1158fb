"""Repos that differ from their template in the same way, the most first, with the change that the template could take."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from mlscaffold.core.cohort import Cohort
from mlscaffold.core.outcome import Outcome, counted
from mlscaffold.core.pull_text import fenced
from mlscaffold.core.span import count
from mlscaffold.core.text import code_span, prose, safe_json, safe_lines
from mlscaffold.show.terminal import tell

MOST_REPOS = 20
_OF = {"edited": " of", "deleted": " of", "added": ", which is not in"}


class Told(NamedTuple):
    """A cohort, its change, and why that is of the rendered file, "" if it is of the template's."""

    cohort: Cohort
    patch: str
    why_rendered: str


def show_cohorts(
    found: Sequence[Told],
    outcomes: Sequence[Outcome],
    least: int,
    format_: Literal["terminal", "json", "markdown"],
) -> None:
    """Print cohorts in one format."""
    if format_ == "json":
        sys.stdout.write(_json(found, outcomes) + "\n")
    elif format_ == "markdown":
        sys.stdout.write(_markdown(found, outcomes, least) + "\n")
    else:
        for told in found:
            tell(f"{_title(told.cohort)}: {_repos(told.cohort)}")
            if told.why_rendered:
                tell(f"  Not a patch of the template as it is: {told.why_rendered}.")
            sys.stdout.write(safe_lines(told.patch) + "\n\n")
        for line in _rest(found, outcomes, least):
            tell(line)


def _title(cohort: Cohort) -> str:
    first = cohort.first
    of = f"{_OF[first.what]} {first.origin.template}"
    return f"{count(len(cohort.repos), 'repo')} {first.what} {first.origin.source or first.path}{of}"


def _repos(cohort: Cohort) -> str:
    more = len(cohort.repos) - MOST_REPOS
    return ", ".join(cohort.repos[:MOST_REPOS]) + (f" and {more} more" if more > 0 else "")


def _rest(found: Sequence[Told], outcomes: Sequence[Outcome], least: int) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.unanswered:
            yield f"{outcome.state}: {outcome.repo}  {outcome.why}"
    told = ", ".join(f"{number} {state}" for state, number in counted(outcomes).items()) or "none"
    what = count(len(found), "difference") if found else "no difference"
    yield f"{count(len(outcomes), 'repo')}: {told}; {what} that {least} or more have"


def _markdown(found: Sequence[Told], outcomes: Sequence[Outcome], least: int) -> str:
    parts = ["### mlscaffold cohorts: what repos made of their template in the same way"]
    for told in found:
        names = ", ".join(map(code_span, told.cohort.repos[:MOST_REPOS]))
        more = len(told.cohort.repos) - MOST_REPOS
        said = (
            f"\n\nNot a patch of the template as it is: {prose(told.why_rendered)}."
            if told.why_rendered
            else ""
        )
        first = told.cohort.first
        of = f"{_OF[first.what]} {code_span(first.origin.template)}"
        title = f"{count(len(told.cohort.repos), 'repo')} {first.what} {code_span(first.origin.source or first.path)}{of}"
        parts.append(
            f"#### {title}\n\n{names}{f' and {more} more' if more > 0 else ''}{said}\n\n{fenced(told.patch)}"
        )
    return "\n\n".join([*parts, *map(prose, _rest(found, outcomes, least))])


def _json(found: Sequence[Told], outcomes: Sequence[Outcome]) -> str:
    document = {
        "schema": 1,
        "cohorts": [
            {
                "what": told.cohort.first.what,
                "path": told.cohort.first.path,
                "source": told.cohort.first.origin.source,
                "template": told.cohort.first.origin.template,
                "repos": list(told.cohort.repos),
                "shown": told.cohort.shown,
                "patch": told.patch,
                "why_rendered": told.why_rendered,
            }
            for told in found
        ],
        "counts": {str(state): number for state, number in counted(outcomes).items()},
        "unanswered": [
            {"repo": each.repo, "state": str(each.state), "why": each.why}
            for each in outcomes
            if each.unanswered
        ],
    }
    return safe_json(json.dumps(document, indent=2))
