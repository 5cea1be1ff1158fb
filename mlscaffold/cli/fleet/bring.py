"""`fleet check` and `fleet update`: one verb over many repos."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mlscaffold.cli.fleet.running import FleetFormat, Jobs, JournalFile, opened, shown
from mlscaffold.cli.fleet.selecting import Chosen, over_repos, refuse_without_forge
from mlscaffold.cli.fleet.typed import typed
from mlscaffold.cli.options import (
    ChannelOption,
    Checkout,
    Offline,
    Outputs,
    parse_answers,
    parse_days,
    parse_outputs,
    what_is_wanted,
)
from mlscaffold.core.errors import UsageError

if TYPE_CHECKING:
    from mlscaffold.verbs.adopt import Asked as Adoption


@over_repos
def check(
    chosen: Chosen,
    checkout: Checkout = None,
    channel: ChannelOption = None,
    grace: Annotated[
        str | None,
        typer.Option(metavar="30d", help="How long being behind is no fault, in the policies' place."),
    ] = None,
    fail_on: Annotated[
        Literal["faults", "never"], typer.Option(help="What gives exit code 1: drift in some repo, nothing.")
    ] = "faults",
    offline: Offline = False,
    jobs: Jobs = None,
    journal: JournalFile = None,
    format_: FleetFormat = "terminal",
    output: Outputs = None,
) -> None:
    """Say of each repo where its last commit stands against its template; change nothing.

    A repo that has not changed, of a template that has not, is answered from the journal of the last run.
    What is not committed in a clone is not looked at; `mlscaffold check` looks at that.

    Exit code 0: none drifts, 1: some do, 3: some could not be answered; each is named with its reason.

    Example: mlscaffold fleet check --local ~/clones --format markdown
    """  # fmt: skip
    from mlscaffold.fleet.run import run
    from mlscaffold.fleet.work import Asked
    from mlscaffold.show.fleet import FORMATS

    wanted = what_is_wanted(None, checkout, False, offline, channel)
    outputs = parse_outputs(output, FORMATS)
    asked = Asked("check", wanted, grace_days=parse_days(grace))
    with opened(chosen, journal) as (selected, home, kept, path):
        outcomes = run(selected, home, asked, kept, jobs or os.cpu_count() or 1, shard=chosen.shard)
        again = typed(chosen, journal)
        raise SystemExit(shown(outcomes, selected, format_, path, fail_on, selection=again, outputs=outputs))


@over_repos
def update(
    chosen: Chosen,
    publish: Annotated[
        bool,
        typer.Option(
            "--publish",
            "--apply",
            help="Act: open or refresh pull requests; in clones on disk, make the branch.",
        ),
    ] = False,
    planned: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Do what this plan says and nothing else: the --format json of a run without --publish.",
        ),
    ] = None,
    conflicts: Annotated[
        Literal["report", "draft"],
        typer.Option(
            help="Only name repos in which an update would conflict, or offer the rest of it as a draft."
        ),
    ] = "report",
    reviewer: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Ask this account, or org/team, for a review; may be repeated."),
    ] = None,
    adopt: Annotated[
        bool,
        typer.Option(
            "--adopt", help="Also repos without a record: one is added where their files show its answers."
        ),
    ] = False,
    template: Annotated[
        str | None,
        typer.Option(
            "-t",
            "--template",
            metavar="URL|PATH",
            help="With --adopt: the template that they are from; else those of your configuration.",
        ),
    ] = None,
    directory: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="With --adopt: the template's folder within its repository."),
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(
            "-a",
            "--answer",
            metavar="KEY=VALUE",
            help="With --adopt: answer one variable for all; may be repeated.",
        ),
    ] = None,
    most: Annotated[
        int | None, typer.Option("--max", min=0, help="Act on no more repos than this in one run.")
    ] = None,
    canary: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Let no more than this many of our updates be open at a time, in the repos of this run.",
        ),
    ] = None,
    pause: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Wait between two repos that are acted on.")
    ] = 0,
    checkout: Checkout = None,
    channel: ChannelOption = None,
    offline: Offline = False,
    jobs: Jobs = None,
    journal: JournalFile = None,
    format_: FleetFormat = "terminal",
) -> None:
    """Prepare an update of each repo as one commit on a branch of its own; say what would be done, or do it.

    At a forge: one pull request for each repo and template. In clones on disk: the branch alone, and neither the
    files that are there nor the branch that you are on is touched. The default branch is never moved, and a commit
    of a person on our branch is never overwritten.

    With --adopt, a repo without a record gets one by the same way, where its files show for certain which template
    and which answers it is from; any other is named, with the command for a person.

    Exit code 0: well, 1: some are left to a person, 3: some could not be answered or were refused.

    Example: mlscaffold fleet update --org acme --publish --canary 3
    """  # fmt: skip
    from dataclasses import replace

    from mlscaffold.fleet import planned as plans
    from mlscaffold.fleet.clones import Clones
    from mlscaffold.fleet.run import run
    from mlscaffold.fleet.waves import Waves
    from mlscaffold.fleet.work import Asked
    from mlscaffold.show.fleet import show_plan

    style: Literal["markers", "keep-ours"] = "keep-ours" if conflicts == "draft" else "markers"
    asked = Asked(
        "update",
        what_is_wanted(None, checkout, False, offline, channel),
        conflicts=style,
        reviewers=tuple(reviewer or ()),
        adopt=_adoption(template, directory, checkout, answer) if adopt else None,
    )
    given = {"--template": template, "--directory": directory, "--answer": answer}
    if not adopt and (first := next((name for name, value in given.items() if value), None)):
        raise UsageError(f"{first} is for repos without a record.", "Give --adopt too, or leave it out.")
    plan = plans.read(planned) if planned else None
    with opened(chosen, journal) as (selected, home, kept, path):
        if isinstance(home, Clones):
            refuse_without_forge({"--reviewer": reviewer})
        else:
            asked = replace(asked, withheld=home.withheld(chosen.platform))
        ours = {name: pulls[-1] for name, pulls in kept.ours().items()}
        home.waves = Waves(most, canary, pause, plan, before=ours)
        act = home.act if publish else home.plan
        writing = kept if publish else kept.aside()
        outcomes = run(selected, home, asked, writing, jobs or os.cpu_count() or 1, act, chosen.shard)
        code = shown(outcomes, selected, format_, path, keeps=publish, selection=typed(chosen, journal))
        if not publish and format_ == "terminal":
            show_plan(None if isinstance(home, Clones) else home.writes)
        if publish and template is not None:
            _trust(template)
        raise SystemExit(code)


def _adoption(
    template: str | None, directory: str | None, checkout: str | None, answers: list[str] | None
) -> "Adoption":
    from mlscaffold.templates.sources import refuse_password
    from mlscaffold.verbs.adopt import Asked as Adoption

    refuse_password(template or "")
    return Adoption(template, directory, checkout, parse_answers(answers, None, None))


def _trust(template: str) -> None:
    """Trust the template that was typed, as `adopt` does, so that a check of what was adopted does not ask."""
    from mlscaffold.shells import settings
    from mlscaffold.templates.sources import locate
    from mlscaffold.verbs.new import trust_named

    trust_named(locate(template, settings.load()))
