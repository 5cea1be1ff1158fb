"""`fleet preview` and `fleet cohorts`: what a template's author wants to know of the repos made from it."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from mlscaffold.cli.fleet.running import Jobs, repos, watched
from mlscaffold.cli.fleet.selecting import Chosen, over_repos
from mlscaffold.cli.options import ChannelOption, Checkout, Offline, what_is_wanted

AuthorFormat = Annotated[
    Literal["terminal", "json", "markdown"], typer.Option("--format", help="How to report.")
]


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
    format_: AuthorFormat = "terminal",
) -> None:
    """Say what a template's change would do, before it is published.

    Nothing is changed anywhere. The change is all that the working copy has, committed or not, and what is published lacks. Of each repo: it
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


@over_repos
def cohorts(
    chosen: Chosen,
    least: Annotated[
        int, typer.Option(metavar="N", min=1, help="Only what so many repos have in common.")
    ] = 2,
    checkout: Checkout = None,
    channel: ChannelOption = None,
    offline: Offline = False,
    jobs: Jobs = None,
    format_: AuthorFormat = "terminal",
) -> None:
    """Name what many repos changed in the same way.

    Those are changes that the template should perhaps take. Each edit is told by itself, as a patch of the template's own file; where that has Jinja in the place, as a patch
    of the rendered file. Also files that repos deleted, and files that they added at the top or in folders like .github.

    Exit code 0: well, 3: some repos could not be answered, and what is told is of the others.

    Example: mlscaffold fleet cohorts --org acme --least 5
    """  # fmt: skip
    from mlscaffold import exits
    from mlscaffold.core.cohort import Gathering
    from mlscaffold.core.outcome import Outcome
    from mlscaffold.fleet import journal
    from mlscaffold.fleet.jobs import content
    from mlscaffold.fleet.run import run
    from mlscaffold.fleet.selection import Selected
    from mlscaffold.fleet.sources import mapped
    from mlscaffold.fleet.work import Answered, Asked
    from mlscaffold.shells import settings
    from mlscaffold.show.cohorts import Told, show_cohorts
    from mlscaffold.show.terminal import show_error

    selected, home = repos(chosen, settings.load().cache)
    gathering, found = Gathering(least), list[Outcome]()
    places: dict[str, tuple[Selected, str]] = {}

    def keep(one: Selected, answered: Answered) -> Outcome:
        if answered.differences:
            gathering.take(one.name, answered.differences)
            places[one.name] = one, answered.outcome.head
        return answered.outcome

    asked = Asked("cohorts", what_is_wanted(None, checkout, False, offline, channel))
    outcomes = run(selected, home, asked, journal.none(), jobs or os.cpu_count() or 1, keep)
    stopped = watched(outcomes, selected, found.append)
    told = []
    for cohort in gathering.cohorts():
        added = content(home, *places[cohort.shown], cohort.first.oid) if cohort.first.oid else None
        change = mapped(cohort, added)
        told.append(Told(cohort, change.patch, change.why_rendered))
    if found or not stopped:
        show_cohorts(told, found, least, format_)
    if stopped:
        show_error(stopped)
        raise SystemExit(exits.of_error(stopped))
    raise SystemExit(exits.of_fleet(found, "never"))
