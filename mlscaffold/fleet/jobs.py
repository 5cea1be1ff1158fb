"""From repos to jobs: those that have not changed are answered from the journal, the others are brought, some at a time."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from mlscaffold.core.errors import ForgeStopError, MlscaffoldError
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.record import Record
from mlscaffold.fleet.selection import Selected
from mlscaffold.fleet.work import Asked, Job
from mlscaffold.fleet.workers import Supply
from mlscaffold.project.gather import aim
from mlscaffold.shells import git


class Held(NamedTuple):
    """A commit of a repo, and a bare repository of our own that holds it or sees it."""

    git_dir: Path
    head: str


class Home(Protocol):
    """Where repos are: clones on disk, or a forge."""

    def head(self, selected: Selected) -> str:
        """Return the commit that a repo is at, "" before its first."""

    @property
    def at_once(self) -> int:
        """Of how many repos the heads are asked for in one request."""

    def heads(self, selected: Sequence[Selected]) -> Mapping[str, str]:
        """Return the commits that repos are at, as `head` would, by name; one that is not told is to be asked for alone."""

    @property
    def fetches(self) -> int:
        """How many repositories may be brought at the same time."""

    def repository(self, selected: Selected, head: str) -> "Held":
        """Return where a repo's newest commit is to be had: that one, or one that has come since."""

    @property
    def supply(self) -> Supply | None:
        """Brings contents that were left where a repo is; None where nothing is left."""

    def page(self, selected: Selected) -> str:
        """Return where a person reads the repo, "" if there is no such place."""

    def written(self) -> tuple[str, ...]:
        """Return what was written at a forge since this was last asked."""


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


class _Coming(NamedTuple):
    """A repo that is being brought."""

    name: str
    repository: Future[Held]


def jobs(
    selected: Iterable[Selected], home: Home, asked: Asked, before: Mapping[str, Outcome]
) -> Iterator[Job | Outcome]:
    """Yield a job for each repo, in their order, or its outcome where there is nothing to be done.

    Where no more repos are to be had, as of a forge that stopped answering, those that are being brought still come.
    """
    targets, key, lean = Targets(asked), asked.key(), home.supply is not None
    coming: deque[_Coming | Outcome] = deque()
    stopped: MlscaffoldError | None = None
    with ThreadPoolExecutor(home.fetches) as threads:  # each waits for one git at a time, and renders nothing
        try:
            for each, head in _with_heads(selected, home):
                found = _looked_at(each, head, home, asked, before.get(each.name), targets, key)
                if isinstance(found, str):
                    coming.append(_Coming(each.name, threads.submit(home.repository, each, found)))
                else:
                    coming.append(found)
                if len(coming) >= home.fetches:
                    yield _job(coming.popleft(), asked, lean)
        except MlscaffoldError as error:
            stopped = error
        while coming:
            yield _job(coming.popleft(), asked, lean)
    if stopped:
        raise stopped


def content(home: Home, selected: Selected, head: str, oid: str) -> bytes | None:
    """Return the content of one file of a repo, None if it is not to be had."""
    try:
        held = home.repository(selected, head)
        if home.supply is not None and (lacking := git.missing(held.git_dir, [oid])):
            home.supply(Job(selected.name, *held, Asked("cohorts")), lacking)
        return git.read_blobs(held.git_dir, [oid]).get(oid)
    except (MlscaffoldError, OSError):
        return None


def _job(each: _Coming | Outcome, asked: Asked, lean: bool) -> Job | Outcome:
    if isinstance(each, Outcome):
        return each
    try:
        return Job(each.name, *each.repository.result(), asked, lean=lean)
    except (MlscaffoldError, OSError) as error:
        return _failed(each.name, asked, error)


def _with_heads(selected: Iterable[Selected], home: Home) -> Iterator[tuple[Selected, str | None]]:
    """Yield each repo, and the commit that it is at where that was told with others."""
    for group in _groups(selected, home.at_once):
        wanted = [each for each in group if not (each.skip or each.wrong)]
        told = home.heads(wanted) if len(wanted) > 1 else {}
        for each in group:
            yield each, told.get(each.name)


def _groups(selected: Iterable[Selected], size: int) -> Iterator[list[Selected]]:
    """Yield repos some at a time; where their list ends with an error, those that it had first."""
    group: list[Selected] = []
    stopped: MlscaffoldError | None = None
    try:
        for each in selected:
            group.append(each)
            if len(group) == size:
                yield group
                group = []
    except MlscaffoldError as error:
        stopped = error
    if group:
        yield group
    if stopped:
        raise stopped


def _looked_at(
    selected: Selected,
    told: str | None,
    home: Home,
    asked: Asked,
    before: Outcome | None,
    targets: Targets,
    key: str,
) -> Outcome | str:
    """Return the commit that a repo is at, or its outcome."""
    if selected.skip:
        return Outcome(selected.name, asked.step, Standing.SKIPPED, selected.skip)
    if selected.wrong:
        return Outcome(selected.name, asked.step, Standing.ERROR, selected.wrong)
    try:
        head = home.head(selected) if told is None else told
    except ForgeStopError:
        raise
    except (MlscaffoldError, OSError) as error:
        return _failed(selected.name, asked, error)
    if not head:
        return Outcome(selected.name, asked.step, Standing.SKIPPED, "it has no commit yet")
    if (
        before is not None
        and (before.key, before.head) == (key, head)
        and targets.of(before) == before.target
    ):
        return replace(before, again=True)
    return head


def _failed(name: str, asked: Asked, error: MlscaffoldError | OSError) -> Outcome:
    if isinstance(error, OSError):
        return Outcome(name, asked.step, Standing.ERROR, f"It cannot be read: {error.strerror or error}.")
    return Outcome(name, asked.step, Standing.ERROR, f"{error.what} {error.hint}".strip())
