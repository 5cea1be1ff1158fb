"""One step over many repos: those that have not changed are answered from the journal, all others by workers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from mlscaffold.core.errors import ForgeStopError, MlscaffoldError
from mlscaffold.core.kept import Ended
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.record import Record
from mlscaffold.fleet.journal import Journal
from mlscaffold.fleet.selection import Selected, unique
from mlscaffold.fleet.work import Answered, Asked, Job
from mlscaffold.fleet.workers import answers
from mlscaffold.project.gather import aim


class Home(Protocol):
    """Where repos are: clones on disk, or a forge."""

    def head(self, selected: Selected) -> str:
        """Return the commit that a repo is at, "" before its first."""

    def repository(self, selected: Selected, head: str) -> Path:
        """Return a bare repository of our own that holds or sees that commit."""

    def page(self, selected: Selected) -> str:
        """Return where a person reads the repo, "" if there is no such place."""


Act = Callable[[Selected, Answered], Outcome]
"""Carries an update out, or says what that would come to."""


@dataclass(slots=True)
class Targets:
    """Which commit a template is wanted at: asked once for each template and branch of a run."""

    asked: Asked
    known: dict[tuple[str, str, str | None], str] = field(default_factory=dict)

    def of(self, before: Outcome) -> str:
        """Return the commit that an outcome's repo would be compared with now, "" if that is not known."""
        named = (before.template, before.directory, before.checkout)
        if named not in self.known:
            record = Record(before.template, before.recorded, before.checkout, before.directory, {}, (), {})
            try:
                self.known[named] = aim(record, self.asked.wanted)[1].commit
            except MlscaffoldError:
                self.known[named] = ""
        return self.known[named]


def run(
    selected: Iterable[Selected],
    home: Home,
    asked: Asked,
    journal: Journal,
    workers: int,
    act: Act | None = None,
) -> Iterator[Outcome]:
    """Yield one outcome for each repo, in their order; each is in the journal before it is yielded."""
    named: dict[str, Selected] = {}
    before = journal.last(asked.step)
    gone, count = dict.fromkeys(before), 0

    def remembered() -> Iterator[Selected]:
        for each in unique(selected):
            named[each.name] = each
            gone.pop(each.name, None)
            yield each

    for found in answers(_jobs(remembered(), home, asked, before), workers):
        one = named.pop(found.outcome.repo, None)
        outcome = found.outcome if act is None or one is None else _acted(act, one, found)
        if not outcome.again:
            outcome = outcome if one is None else replace(outcome, page=home.page(one))
            outcome = replace(outcome, run=journal.run)
            journal.write(outcome, _now())
        count += 1
        yield outcome
    journal.write(Ended(asked.step, count, tuple(gone)), _now())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _acted(act: Act, selected: Selected, found: Answered) -> Outcome:
    try:
        return act(selected, found)
    except ForgeStopError:
        raise
    except MlscaffoldError as error:
        return replace(found.outcome, state=Standing.ERROR, why=f"{error.what} {error.hint}".strip())


def _jobs(
    selected: Iterable[Selected], home: Home, asked: Asked, before: Mapping[str, Outcome]
) -> Iterator[Job | Outcome]:
    targets = Targets(asked)
    key = asked.key()
    for each in selected:
        try:
            yield _job(each, home, asked, before.get(each.name), targets, key)
        except ForgeStopError:
            raise
        except MlscaffoldError as error:
            yield Outcome(each.name, asked.step, Standing.ERROR, f"{error.what} {error.hint}".strip())
        except OSError as error:
            yield Outcome(
                each.name, asked.step, Standing.ERROR, f"It cannot be read: {error.strerror or error}."
            )


def _job(
    selected: Selected, home: Home, asked: Asked, before: Outcome | None, targets: Targets, key: str
) -> Job | Outcome:
    if selected.skip:
        return Outcome(selected.name, asked.step, Standing.SKIPPED, selected.skip)
    if selected.wrong:
        return Outcome(selected.name, asked.step, Standing.ERROR, selected.wrong)
    head = home.head(selected)
    if not head:
        return Outcome(selected.name, asked.step, Standing.SKIPPED, "it has no commit yet")
    if (
        before is not None
        and (before.key, before.head) == (key, head)
        and targets.of(before) == before.target
    ):
        return replace(before, again=True)
    return Job(selected.name, home.repository(selected, head), head, asked)
