"""What became of earlier runs, repo by repo: their pull requests looked at, or taken back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from mlscaffold.core.errors import ForgeStopError, MlscaffoldError
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet.journal import Journal
from mlscaffold.fleet.remotes import branch_of
from mlscaffold.fleet.selection import Selected, unique


def followed(
    selected: Iterable[Selected],
    step: str,
    before: Mapping[str, Outcome],
    each: Callable[[Selected, Outcome], Outcome],
    journal: Journal | None = None,
) -> Iterator[Outcome]:
    """Yield one outcome for each repo, by what earlier updates left in the journal."""
    for repo in unique(selected):
        outcome = _one(repo, step, before.get(repo.name), each)
        if journal is not None:
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
