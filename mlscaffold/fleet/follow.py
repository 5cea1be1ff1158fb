"""What became of earlier runs, repo by repo: their pull requests looked at, or taken back."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from mlscaffold.core.errors import ForgeStopError, MlscaffoldError, UsageError
from mlscaffold.core.outcome import Outcome, Standing, branch_of
from mlscaffold.fleet.jobs import Home
from mlscaffold.fleet.journal import Journal
from mlscaffold.fleet.run import cut_short
from mlscaffold.fleet.selection import Selected, unique

UNKNOWN = "not known here: no update of it is in this journal"
_OVER = (Standing.PULL_MERGED, Standing.PULL_CLOSED, Standing.NOTHING)
"""Of a repo's pull requests of several templates, those in which nothing is left to be seen."""
_WORST_FIRST = list(Standing)


def followed(
    selected: Iterable[Selected],
    step: str,
    home: Home,
    journal: Journal,
    each: Callable[[Selected, Outcome], Outcome],
    *,
    write: bool = False,
    of_run: str | None = None,
) -> Generator[Outcome, None, None]:
    """Yield one outcome for each repo, by what earlier updates left in the journal.

    of_run: only pull requests that this run opened.

    Raises UsageError if there is no such run.
    """
    ours = journal.ours()
    if of_run is not None and of_run not in (known := journal.runs()):
        raise UsageError(
            f"The journal has no run {of_run!r} that updated anything.",
            f"It has {', '.join(known[-5:])}: mlscaffold fleet status --format json shows the run of each pull request."
            if known
            else "Name the journal that it wrote: --journal FILE.",
        )

    def keep(outcome: Outcome) -> Outcome:
        if write:
            journal.write(outcome, datetime.now(UTC).isoformat(timespec="seconds"))
        return outcome

    for repo in unique(selected):
        pulls = ours.get(repo.name, [])
        try:
            outcome = _one(repo, step, pulls, each, of_run)
        except BaseException as error:
            if requests := home.written():
                yield keep(cut_short(replace(pulls[-1], step=step), error, requests))
            raise
        yield keep(replace(outcome, requests=home.written()))


def _one(
    repo: Selected,
    step: str,
    pulls: Sequence[Outcome],
    each: Callable[[Selected, Outcome], Outcome],
    of_run: str | None,
) -> Outcome:
    """Return what becomes of a repo's pull requests."""
    if repo.skip or repo.wrong:
        return Outcome(
            repo.name, step, Standing.SKIPPED if repo.skip else Standing.ERROR, repo.skip or repo.wrong
        )
    if not pulls:
        return Outcome(repo.name, step, Standing.SKIPPED, UNKNOWN)
    wanted = [pull for pull in pulls if of_run in (None, pull.run)]
    if not wanted:
        run = pulls[-1].run
        return Outcome(repo.name, step, Standing.SKIPPED, f"its pull request is of run {run}", run=run)
    return _as_one([_tried(repo, step, pull, each) for pull in reversed(wanted)])


def _tried(repo: Selected, step: str, pull: Outcome, each: Callable[[Selected, Outcome], Outcome]) -> Outcome:
    try:
        return each(repo, pull)
    except ForgeStopError:
        raise
    except MlscaffoldError as error:
        return replace(pull, step=step, state=Standing.ERROR, why=f"{error.what} {error.hint}".strip())


def _as_one(found: Sequence[Outcome]) -> Outcome:
    """Return the outcome that asks most of a person, which tells the others too, but for those that are over."""
    worst, *others = sorted(found, key=lambda outcome: _WORST_FIRST.index(outcome.state))
    told = [
        f"{other.state}: {other.url or branch_of(other)}{f' ({other.why})' if other.why else ''}"
        for other in others
        if other.state not in _OVER
    ]
    return replace(worst, why="; ".join([*filter(None, [worst.why]), *told]))
