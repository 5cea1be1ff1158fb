"""A run over chosen repos: their journal opened, their outcomes shown as they come."""

import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mlscaffold.cli.fleet.selecting import Chosen, refuse_without_forge
from mlscaffold.core.errors import MlscaffoldError, UsageError

if TYPE_CHECKING:
    from mlscaffold.core.outcome import Outcome
    from mlscaffold.fleet.clones import Clones
    from mlscaffold.fleet.journal import Journal
    from mlscaffold.fleet.remotes import Remotes
    from mlscaffold.fleet.selection import Selected

    Outcomes = Generator[Outcome, None, None]

Jobs = Annotated[
    int | None,
    typer.Option("-j", "--jobs", min=1, max=64, help="Worker processes; one for each CPU if not given."),
]
JournalFile = Annotated[
    Path | None, typer.Option("--journal", metavar="FILE", help="Where outcomes are kept from run to run.")
]
FleetFormat = Annotated[
    Literal["terminal", "json", "csv", "markdown"], typer.Option("--format", help="How to report.")
]


@contextmanager
def opened(
    chosen: Chosen, journal: Path | None
) -> Iterator[tuple["Iterable[Selected]", "Clones | Remotes", "Journal", Path]]:
    """Open the journal of a selection, and yield the repos and where they are."""
    from uuid import uuid4

    from mlscaffold.fleet import journal as journals
    from mlscaffold.shells import settings

    path = journal_of(chosen, journal)
    selected, home = repos(chosen, settings.load().cache)
    with journals.opened(path, uuid4().hex[:12]) as kept:
        yield selected, home, kept, path


def journal_of(chosen: Chosen | None, journal: Path | None) -> Path:
    """Return the journal that is named, or else that of a selection."""
    from mlscaffold.core.tree import blob_id
    from mlscaffold.shells import settings

    if journal is not None or chosen is None:
        return journal or Path()
    name = blob_id(chosen.name.encode("utf-8", "surrogateescape"))[:16]
    return settings.load().state / "fleet" / f"{name}.jsonl"


def repos(chosen: Chosen, cache: Path) -> "tuple[Iterable[Selected], Clones | Remotes]":
    """Return the repos that are meant, and where they are."""
    from mlscaffold.fleet import clones, selection

    if chosen.local:
        found = selection.together([list(clones.found_in(folder)) for folder in chosen.local])
        return list(chosen.part(found)), clones.Clones(cache)
    named = selection.together([selection.listed(path, at_forge=chosen.at_forge) for path in chosen.from_])
    if chosen.at_forge or selection.names_only(named):
        return _at_forge(chosen, named, cache)
    refuse_without_forge({"--skip-forks": chosen.skip_forks})
    return list(chosen.part(named)), clones.Clones(cache)


def _at_forge(chosen: Chosen, named: "list[Selected]", cache: Path) -> "tuple[Iterable[Selected], Remotes]":
    from itertools import chain

    from mlscaffold.core.forge import Owner
    from mlscaffold.fleet import forges
    from mlscaffold.fleet.listing import Filter
    from mlscaffold.fleet.remotes import Remotes
    from mlscaffold.fleet.selection import Selected
    from mlscaffold.shells import settings

    state = settings.load().state
    forge, git_user, secret = forges.connect(chosen.platform, chosen.base_url, state, chosen.shard)
    remotes = Remotes(forge, git_user, secret, cache)
    topics = frozenset(topic.lower() for topic in chosen.topic)
    wanted = Filter(chosen.skip_forks, topics)
    owners = [(Owner.ORG, name) for name in chosen.org] + [(Owner.USER, name) for name in chosen.user]
    singles = chosen.part([*named, *(Selected(name) for name in chosen.repo)])
    return chain(chosen.part(remotes.listed(owners, wanted)), remotes.named(singles, wanted)), remotes


def shown(
    outcomes: "Outcomes",
    selected: object,
    format_: FleetFormat,
    path: Path,
    fail_on: Literal["faults", "never"] = "faults",
    *,
    keeps: bool = True,
    selection: str | None = None,
    outputs: tuple[tuple[str, Path], ...] = (),
) -> int:
    """Show outcomes as they come and at the end; a forge that stops answering ends the run, and keeps what it has.

    keeps: whether they are in the journal, and not only what would be done.
    selection: the options that choose the repos, where it is to be said what comes next.
    outputs: other formats, and the files that they go to.
    """
    from mlscaffold import exits
    from mlscaffold.show import fleet as show
    from mlscaffold.show.terminal import show_error

    found: list[Outcome] = []
    stopped = watched(outcomes, selected, found.append, keeps=keeps)
    if found or not stopped:
        show.write_fleet(found, outputs)
        show.show_fleet(found, format_, path, selection)
    if stopped:
        show_error(stopped)
        return exits.of_error(stopped)
    return exits.of_fleet(found, fail_on)


def watched(
    outcomes: "Outcomes", selected: object, take: "Callable[[Outcome], None]", *, keeps: bool = False
) -> MlscaffoldError | None:
    """Take outcomes as they come, and tell who waits how far it is; return what ended the run before its end."""
    from mlscaffold.show.fleet import show_interrupted
    from mlscaffold.show.progress import progress

    total = len(selected) if isinstance(selected, list) else None
    number = 0
    try:
        with _ended_as_by_hand(), closing(outcomes), progress(total) as seen:
            for outcome in outcomes:
                take(outcome)
                seen(outcome)
                number += 1
    except MlscaffoldError as error:
        return error
    except KeyboardInterrupt:
        show_interrupted(number, total, keeps=keeps)
        raise
    return None


@contextmanager
def _ended_as_by_hand() -> Iterator[None]:
    """Let a run that is told to end, as by `kill` or the end of a job's time, do so as one that is interrupted."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def only_remotes(home: "Clones | Remotes") -> "Remotes":
    from mlscaffold.fleet.remotes import Remotes

    if not isinstance(home, Remotes):
        raise UsageError(
            "Pull requests are at a forge, and none is named.",
            "Give --org, --user, --group or --repo. Of clones on disk, in each:\n"
            "  git branch --list 'mlscaffold/update/*'   # what fleet update --apply made\n"
            "  git branch -D BRANCH                      # take it back",
        )
    return home
