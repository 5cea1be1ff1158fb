"""What became of earlier runs, repo by repo: their pull requests looked at, or taken back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from mlscaffold.core.errors import ForgeStopError, MlscaffoldError, UsageError
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet.journal import Journal, Opened
from mlscaffold.fleet.remotes import branch_of
from mlscaffold.fleet.selection import Selected, unique


def followed(
    selected: Iterable[Selected],
    step: str,
    journal: Journal,
    each: Callable[[Selected, Outcome], Outcome],
    *,
    write: bool = False,
    of_run: str | None = None,
) -> Iterator[Outcome]:
    """Yield one outcome for each repo, by what earlier updates left in the journal.

    of_run: only pull requests that this run opened.

    Raises UsageError if there is no such run.
    """
    before, opened = journal.last("update"), journal.opened()
    if of_run is not None and of_run not in (known := journal.runs()):
        raise UsageError(
            f"The journal has no run {of_run!r} that updated anything.",
            f"It has {', '.join(known[-5:])}: mlscaffold fleet status --format json shows the run of each pull request."
            if known
            else "Name the journal that it wrote: --journal FILE.",
        )
    for repo in unique(selected):
        last = before.get(repo.name)
        if last is not None:
            url, run = opened.get(repo.name, Opened("", last.run))
            last = replace(last, run=run, url=url)
        if last is not None and of_run not in (None, last.run):
            why = f"its pull request is of run {last.run}"
            yield Outcome(repo.name, step, Standing.NOTHING, why, run=last.run)
            continue
        outcome = _one(repo, step, last, each)
        if write:
            journal.write(outcome, datetime.now(UTC).isoformat(timespec="seconds"))
        yield outcome


def _one(
    repo: Selected, step: str, before: Outcome | None, each: Callable[[Selected, Outcome], Outcome]
) -> Outcome:
    if repo.skip or repo.wrong:
        return Outcome(
            repo.name, step, Standing.SKIPPED if repo.skip else Standing.ERROR, repo.skip or repo.wrong
        )
    if before is None or not branch_of(before):
        return Outcome(repo.name, step, Standing.NOTHING, "no update of it is in the journal")
    try:
        return each(repo, before)
    except ForgeStopError:
        raise
    except MlscaffoldError as error:
        return Outcome(repo.name, step, Standing.ERROR, f"{error.what} {error.hint}".strip())
