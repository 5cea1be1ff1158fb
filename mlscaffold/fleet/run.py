"""One step over many repos: each is answered, acted upon, and written down before the next."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from mlscaffold.core.errors import ForgeStopError, MlscaffoldError, WithheldError
from mlscaffold.core.kept import Begun, Ended
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.shard import Shard
from mlscaffold.fleet.jobs import Home, jobs
from mlscaffold.fleet.journal import Journal
from mlscaffold.fleet.selection import Selected, unique
from mlscaffold.fleet.words import rest_of
from mlscaffold.fleet.work import Answered, Asked, Job
from mlscaffold.fleet.workers import answers
from mlscaffold.shells.failpoint import passing

Act = Callable[[Selected, Answered], Outcome | None]
"""Carries an update out, or says what that would come to; None asks to be called again when all others are done."""


def run(
    selected: Iterable[Selected],
    home: Home,
    asked: Asked,
    journal: Journal,
    workers: int,
    act: Act | None = None,
    shard: Shard | None = None,
) -> Iterator[Outcome]:
    """Yield one outcome for each repo, in their order; each is in the journal before it is yielded.

    shard: the part of the repos that this run is over, which `selected` holds already.
    """
    # Each template is asked once, now: a run of hours compares all repos with one state of it.
    asked = replace(asked, wanted=asked.wanted._replace(since=time.time()))
    named: dict[str, Selected] = {}
    before = journal.last(asked.step)
    gone = {name: None for name in before if shard is None or shard.has(name)}
    seen: set[str] = set()

    def remembered() -> Iterator[Selected]:
        for each in unique(selected):
            named.setdefault(each.name, each)  # what is named twice is as it was named first
            gone.pop(each.name, None)
            yield each

    if shard is not None:
        journal.write(Begun(asked.step, str(shard)), _now())
    redo: list[Job] = []
    late: list[Answered] = []
    first = answers(jobs(remembered(), home, asked, before), workers, home.supply)
    for found in chain(first, _taken(late), _redone(redo, workers, home), _taken(late)):
        one = named.pop(found.outcome.repo, None)
        passing("answered")
        try:
            outcome = found.outcome if act is None or one is None else _acted(act, one, found)
        except WithheldError as error:
            if one is not None and all(job.name != one.name for job in redo):
                named[one.name] = one
                redo.append(_job_without(home, asked, one, found.outcome.head, error.folders))
                continue
            outcome = replace(found.outcome, state=Standing.REFUSED, why=error.what)
        passing("acted")
        if outcome is None:
            assert one is not None, "only a repo that is named is acted on"
            named[one.name] = one
            late.append(found)
            continue
        if not outcome.again and outcome.repo not in seen:  # one that is named twice is kept once
            outcome = outcome if one is None else _told(outcome, one, home)
            outcome = replace(outcome, run=journal.run)
            journal.write(outcome, _now())
            passing("written")
        seen.add(outcome.repo)
        yield outcome
    journal.write(Ended(asked.step, len(seen), tuple(gone)), _now())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _told(outcome: Outcome, selected: Selected, home: Home) -> Outcome:
    """Add where a person reads the repo, and what the list of repos says of it."""
    note = f"({selected.note})" if selected.note else ""
    why = "; ".join(filter(None, [outcome.why, rest_of(outcome)]))
    return replace(outcome, page=home.page(selected), why=" ".join(filter(None, [why, note])))


def _taken(late: list[Answered]) -> Iterator[Answered]:
    """Yield, when all others are done, those whose turn hangs on what became of the others."""
    while late:
        yield late.pop(0)


def _redone(redo: list[Job], workers: int, home: Home) -> Iterator[Answered]:
    """Yield, when all others are done, what becomes of the updates of which the forge did not take a part."""
    if redo:
        yield from answers(redo, workers, home.supply)


def _job_without(home: Home, asked: Asked, selected: Selected, head: str, folders: tuple[str, ...]) -> Job:
    held = home.repository(selected, head)
    without = replace(asked, withheld=(*asked.withheld, *folders))
    return Job(selected.name, *held, without, lean=home.supply is not None)


def _acted(act: Act, selected: Selected, found: Answered) -> Outcome | None:
    try:
        return act(selected, found)
    except (ForgeStopError, WithheldError):
        raise
    except MlscaffoldError as error:
        return replace(found.outcome, state=Standing.ERROR, why=f"{error.what} {error.hint}".strip())
