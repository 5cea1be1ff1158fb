"""`fleet preview`: what a template's author wants to know of the repos made from it."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from mlscaffold.cli.fleet.running import Jobs, repos, watched
from mlscaffold.cli.fleet.selecting import Chosen, over_repos


@over_repos
def preview(
    chosen: Chosen,
    template: Annotated[
        Path,
        typer.Option(
            "-t", "--template", metavar="PATH", help="The template's working copy, with the change in it."
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="The template without the change; if not given, where the copy left its origin's default branch.",
        ),
    ] = None,
    jobs: Jobs = None,
    format_: Annotated[
        Literal["terminal", "json", "markdown"], typer.Option("--format", help="How to report.")
    ] = "terminal",
) -> None:
    """Say what a change of a template would do to the repos made from it, before it is published; change nothing.

    The change is all that the working copy has, committed or not, and what is published lacks. Of each repo: it
    applies cleanly, conflicts, would leave a TOML, YAML or JSON file that cannot be read any more, changes nothing, or
    does not render. A conflict that an update would meet without the change too is not held against it.

    Exit code 0: it applies everywhere, 1: somewhere it does not, 3: some repos could not be answered.

    Example: mlscaffold fleet preview --template . --org acme --format markdown
    """  # fmt: skip
    from mlscaffold import exits
    from mlscaffold.core.effect import Previewed
    from mlscaffold.core.outcome import Outcome
    from mlscaffold.fleet import journal
    from mlscaffold.fleet.run import run
    from mlscaffold.fleet.selection import Selected
    from mlscaffold.fleet.work import Answered, Asked
    from mlscaffold.fleet.working import working
    from mlscaffold.shells import settings
    from mlscaffold.show.preview import show_preview
    from mlscaffold.show.terminal import show_error

    cache = settings.load().cache
    change = working(template, against, cache)
    selected, home = repos(chosen, cache)
    found: list[Previewed] = []

    def keep(_selected: Selected, answered: Answered) -> Outcome:
        found.append(Previewed(answered.outcome, answered.effects))
        return answered.outcome

    asked = Asked("preview", working=change)
    outcomes = run(selected, home, asked, journal.none(), jobs or os.cpu_count() or 1, keep)
    stopped = watched(outcomes, selected, lambda _outcome: None)
    if found or not stopped:
        show_preview(found, change.before, change.after, format_)
    if stopped:
        show_error(stopped)
        raise SystemExit(exits.of_error(stopped))
    raise SystemExit(exits.of_fleet(each.outcome for each in found))
