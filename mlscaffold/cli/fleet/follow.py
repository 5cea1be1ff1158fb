"""`fleet status` and `fleet close`: what became of the pull requests, and taking them back."""

from typing import Annotated

import typer

from mlscaffold.cli.fleet.running import FleetFormat, JournalFile, only_remotes, opened, shown
from mlscaffold.cli.fleet.selecting import Chosen, over_repos


@over_repos
def status(
    chosen: Chosen,
    journal: JournalFile = None,
    format_: FleetFormat = "terminal",
) -> None:
    """Say how the pull requests stand that an update opened.

    Open (and then: which checks fail or are waited for, who approves, who asks for changes, whether it conflicts),
    merged or closed. Which pull requests those are, and the run that opened each, is known from the journal.

    This is for repos at a forge: in a clone on disk, git branch --list 'mlscaffold/update/*' shows what waits.

    Exit code 0: none is failing, 1: some are, 3: some could not be answered.

    Example: mlscaffold fleet status --org acme
    """  # fmt: skip
    from mlscaffold.fleet.follow import followed

    with opened(chosen, journal) as (selected, home, kept, path):
        remotes = only_remotes(home)
        outcomes = followed(selected, "status", remotes, kept, remotes.status, write=True)
        raise SystemExit(shown(outcomes, selected, format_, path))


@over_repos
def close(
    chosen: Chosen,
    publish: Annotated[
        bool, typer.Option("--publish", help="Act; without it, say what would be done.")
    ] = False,
    run: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Only pull requests that this run opened; `fleet status` shows the ids."
        ),
    ] = None,
    journal: JournalFile = None,
    format_: FleetFormat = "terminal",
) -> None:
    """Close our pull requests, and delete our branches.

    So what `fleet update --publish` did is taken back. Where a person has committed to the branch, or rewritten the pull request, both stay.
    A pull request that a later run brought up to date is still of the run that opened it.

    This is for repos at a forge: in a clone on disk, git branch -D takes a branch back.

    Example: mlscaffold fleet close --org acme --publish
    """  # fmt: skip
    from functools import partial

    from mlscaffold.fleet.follow import followed
    from mlscaffold.show.fleet import show_plan

    with opened(chosen, journal) as (selected, home, kept, path):
        remotes = only_remotes(home)
        each = partial(remotes.close, dry=not publish)
        outcomes = followed(selected, "close", remotes, kept, each, write=publish, of_run=run)
        code = shown(outcomes, selected, format_, path, keeps=publish)
        if not publish and format_ == "terminal":
            show_plan(remotes.writes)
        raise SystemExit(code)
