"""One step over many repos: each is answered, acted upon, and written down before the next."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

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
) -> Generator[Outcome, None, None]:
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

    def keep(outcome: Outcome, one: Selected) -> Outcome:
        outcome = replace(_told(outcome, one, home), run=journal.run)
        journal.write(outcome, _now())
        return outcome

    if shard is not None:
        journal.write(Begun(asked.step, str(shard)), _now())
    put_off = _PutOff(asked)
    given = put_off.without(jobs(remembered(), home, asked, before))
    with _told_if_cut_short(put_off, keep), closing(_in_turn(given, named, put_off, workers, home)) as turns:
        for one, found in turns:
            passing("answered")
            try:
                outcome = found.outcome if act is None or one is None else put_off.acted(act, one, found)
            except BaseException as error:
                if one is not None and (requests := put_off.requests_of(one, home.written())):
                    yield keep(cut_short(found.outcome, error, requests), one)
                raise
            if outcome is None:
                put_off.tried(one, found.outcome, home.written())
                continue
            passing("acted")
            if not outcome.again and one is not None:  # one that is named twice is kept once
                requests = put_off.requests_of(one, home.written())
                outcome = keep(replace(outcome, requests=requests), one)
                passing("written")
            seen.add(outcome.repo)
            yield outcome
    journal.write(Ended(asked.step, len(seen), tuple(gone)), _now())


def cut_short(outcome: Outcome, error: BaseException, requests: tuple[str, ...]) -> Outcome:
    """Return the outcome of the repo in the middle of which a run ends: what was written of it at the forge is told."""
    why = f"{error.what} {error.hint}".strip() if isinstance(error, MlscaffoldError) else "The run was ended."
    return replace(outcome, state=Standing.ERROR, why=why, requests=requests)


@contextmanager
def _told_if_cut_short(put_off: "_PutOff", keep: Callable[[Outcome, Selected], Outcome]) -> Iterator[None]:
    """Keep what was written of repos that were put off, where the run ends before it comes back to them."""
    try:
        yield
    except BaseException as error:
        for one, outcome in put_off.written.values():
            keep(cut_short(outcome, error, outcome.requests), one)
        raise


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _told(outcome: Outcome, selected: Selected, home: Home) -> Outcome:
    """Add where a person reads the repo, and what the list of repos says of it."""
    note = f"({selected.note})" if selected.note else ""
    why = "; ".join(filter(None, [outcome.why, rest_of(outcome)]))
    return replace(outcome, page=home.page(selected), why=" ".join(filter(None, [why, note])))


@dataclass(slots=True)
class _PutOff:
    """The repos that are looked at again when all others are done.

    late: those whose turn hangs on what became of the others. redo: those whose update is prepared once more, without
    folders that the token may not change, which is known from the first push on that the forge does not take.
    refused: whether it did so in this run. known: the repos of which an update was prepared without them.
    written: what was written of those at a forge before they were put off.
    """

    asked: Asked
    late: list[tuple[Selected, Answered]] = field(default_factory=list)
    redo: dict[str, Selected] = field(default_factory=dict)
    refused: bool = False
    known: set[str] = field(default_factory=set)
    written: dict[str, tuple[Selected, Outcome]] = field(default_factory=dict)

    def without(self, given: Iterable[Job | Outcome]) -> Iterator[Job | Outcome]:
        """Let the jobs that are given out from now on leave those folders out."""
        for job in given:
            if self.refused and isinstance(job, Job):
                self.known.add(job.name)
                yield replace(job, asked=self.asked)
            else:
                yield job

    def acted(self, act: Act, selected: Selected, found: Answered) -> Outcome | None:
        """Carry an update out; None: it is put off."""
        known = selected.name in self.known
        if self.refused and not known and found.outcome.state is Standing.PLANNED:
            return self._again(selected)
        try:
            outcome = act(selected, found)
        except WithheldError as error:
            if known and error.remembered:  # and it was prepared so already
                return self.acted(act, selected, found)
            if known:
                return replace(found.outcome, state=Standing.REFUSED, why=error.what)
            self.refused = self.refused or not error.remembered
            self.asked = replace(self.asked, withheld=tuple({*self.asked.withheld, *error.folders}))
            return self._again(selected)
        except ForgeStopError:
            raise
        except MlscaffoldError as error:
            return replace(found.outcome, state=Standing.ERROR, why=f"{error.what} {error.hint}".strip())
        except OSError as error:  # of a file in a clone, say; the other repos go on
            return replace(
                found.outcome, state=Standing.ERROR, why=f"It cannot be read: {error.strerror or error}."
            )
        if outcome is None:
            self.late.append((selected, found))
        return outcome

    def tried(self, one: Selected | None, outcome: Outcome, requests: tuple[str, ...]) -> None:
        """Remember what was written of a repo before it was put off."""
        if one is not None and (every := self.requests_of(one, requests)):
            self.written[one.name] = one, replace(outcome, requests=every)

    def requests_of(self, one: Selected, requests: tuple[str, ...]) -> tuple[str, ...]:
        """Return all that was written of a repo, and forget it."""
        _, before = self.written.pop(one.name, (one, None))
        return (*(before.requests if before else ()), *requests)

    def _again(self, selected: Selected) -> Outcome | None:
        self.redo[selected.name] = selected
        self.known.add(selected.name)
        return None

    def taken(self) -> Iterator[tuple[Selected, Answered]]:
        """Yield those that are late, and forget them."""
        while self.late:
            yield self.late.pop(0)


def _in_turn(
    given: Iterable[Job | Outcome], named: dict[str, Selected], put_off: _PutOff, workers: int, home: Home
) -> Generator[tuple[Selected | None, Answered], None, None]:
    """Yield each repo's answer, and at the end those of the repos that were put off once more."""
    with closing(answers(given, workers, home.supply)) as first:
        for found in first:
            yield named.pop(found.outcome.repo, None), found
    yield from put_off.taken()
    if put_off.redo:
        again = jobs(put_off.redo.values(), home, put_off.asked, {})
        with closing(answers(again, workers, home.supply)) as second:
            for found in second:
                yield put_off.redo[found.outcome.repo], found
    yield from put_off.taken()
