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
    """Say how the pull requests stand that `fleet update --publish` opened for the same repos: open, merged, closed.

    Which those are is known from the journal. Whether their checks pass is not asked.

    Example: mlscaffold fleet status --org acme
    """  # fmt: skip
    from mlscaffold.fleet.follow import followed

    with opened(chosen, journal) as (selected, home, kept, path):
        remotes = only_remotes(home)
        outcomes = followed(selected, "status", kept.last("update"), remotes.status, kept)
        raise SystemExit(shown(outcomes, selected, format_, path))


@over_repos
def close(
    chosen: Chosen,
    publish: Annotated[
        bool, typer.Option("--publish", help="Act; without it, say what would be done.")
    ] = False,
    journal: JournalFile = None,
    format_: FleetFormat = "terminal",
) -> None:
    """Take back what `fleet update --publish` did: close our pull requests and delete our branches.

    Where a person has committed to the branch, or rewritten the pull request, both stay.

    Example: mlscaffold fleet close --org acme --publish
    """  # fmt: skip
    from functools import partial

    from mlscaffold.fleet.follow import followed

    with opened(chosen, journal) as (selected, home, kept, path):
        remotes = only_remotes(home)
        each = partial(remotes.close, dry=not publish)
        outcomes = followed(selected, "close", kept.last("update"), each, kept if publish else None)
        raise SystemExit(shown(outcomes, selected, format_, path))
