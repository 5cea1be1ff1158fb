"""The commands of `mlscaffold fleet`: one verb over many repos."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from mlscaffold.core.errors import MlscaffoldError, UsageError

if TYPE_CHECKING:
    from mlscaffold.core.outcome import Outcome
    from mlscaffold.fleet.clones import Clones
    from mlscaffold.fleet.journal import Journal
    from mlscaffold.fleet.remotes import Remotes
    from mlscaffold.fleet.selection import Selected
    from mlscaffold.project.gather import Wanted

fleet = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Check many repos at once, and bring them up to date.",
)

Local = Annotated[
    Path | None,
    typer.Option("--local", metavar="DIR", help="The clones in this folder, and in folders in it."),
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="The repos in this list: lines of text, or TOML with `skip` and `note`.",
    ),
]
Org = Annotated[
    list[str] | None, typer.Option("--org", help="All repos of an organisation; may be repeated.")
]
Group = Annotated[
    list[str] | None, typer.Option("--group", help="All repos of a GitLab group; may be repeated.")
]
User = Annotated[list[str] | None, typer.Option("--user", help="All repos of a user; may be repeated.")]
Topic = Annotated[list[str] | None, typer.Option("--topic", help="All repos with a topic; may be repeated.")]
RepoName = Annotated[
    list[str] | None,
    typer.Option("--repo", metavar="OWNER/REPO", help="One repo at the forge; may be repeated."),
]
Include = Annotated[
    str, typer.Option("--repo-include", metavar="RE", help="Only repos whose name this finds.")
]
Exclude = Annotated[str, typer.Option("--repo-exclude", metavar="RE", help="No repos whose name this finds.")]
SkipForks = Annotated[bool, typer.Option("--skip-forks", help="Leave forks out.")]
Platform = Annotated[
    Literal["github", "gitlab", "gitea"],
    typer.Option(
        "--platform",
        help="The forge's kind; its token is taken from GITHUB_TOKEN or GH_TOKEN, GITLAB_TOKEN, GITEA_TOKEN.",
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="The forge's address, if it is a company's own."),
]
Jobs = Annotated[
    int | None,
    typer.Option("-j", "--jobs", min=1, max=64, help="Worker processes; one for each CPU if not given."),
]
JournalFile = Annotated[
    Path | None, typer.Option("--journal", metavar="FILE", help="Where outcomes are kept from run to run.")
]
Checkout = Annotated[
    str | None,
    typer.Option("-c", "--checkout", metavar="REF", help="Branch, tag or commit of the templates."),
]
Channel = Annotated[
    Literal["release", "head"] | None,
    typer.Option("--channel", help="Compare with the newest release, or the newest commit."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Never ask the templates' repositories.")]
FleetFormat = Annotated[
    Literal["terminal", "json", "csv", "markdown"], typer.Option("--format", help="How to report.")
]


class Chosen(NamedTuple):
    """Which repos a command is over: on disk, or at a forge; `name` is what their journal is called by."""

    local: Path | None
    from_: Path | None
    org: list[str]
    user: list[str]
    topic: list[str]
    repo: list[str]
    include: str
    exclude: str
    skip_forks: bool
    platform: Literal["github", "gitlab", "gitea"]
    base_url: str | None

    @property
    def at_forge(self) -> bool:
        """Whether a forge is asked."""
        return bool(self.org or self.user or self.topic or self.repo or self.base_url)

    @property
    def name(self) -> str:
        """Return what this selection is, spelled the same each time."""
        places = [str(path.resolve()) if path else "" for path in (self.local, self.from_)]
        owners = [sorted(names) for names in (self.org, self.user, self.topic, self.repo)]
        return repr((places, owners, self.platform if self.at_forge else "", self.base_url))


def _chosen(
    local: Path | None,
    from_: Path | None,
    org: list[str] | None,
    group: list[str] | None,
    user: list[str] | None,
    topic: list[str] | None,
    repo: list[str] | None,
    include: str,
    exclude: str,
    skip_forks: bool,
    platform: Literal["github", "gitlab", "gitea"],
    base_url: str | None,
) -> Chosen:
    import re

    for pattern in (include, exclude):
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(
                f"{pattern!r} is no regular expression: {error}.", "Escape it, as in acme/old\\..*"
            ) from error
    found = Chosen(
        local, from_, [*(org or ()), *(group or ())], user or [], topic or [], repo or [],
        include, exclude, skip_forks, platform, base_url,
    )  # fmt: skip
    if local is not None and (from_ is not None or found.at_forge):
        raise UsageError(
            "--local is for clones on disk, and is not mixed with others.", "Give it alone, or leave it out."
        )
    if local is None and from_ is None and not found.at_forge:
        raise UsageError(
            "It is not said which repos are meant.",
            "Give --local DIR, --from FILE, or --org, --user, --group or --repo.",
        )
    return found


@contextmanager
def _opened(
    chosen: Chosen, journal: Path | None
) -> Iterator[tuple["Iterable[Selected]", "Clones | Remotes", "Journal", Path]]:
    """Open the journal of a selection, and yield the repos and where they are."""
    from uuid import uuid4

    from mlscaffold.core.tree import blob_id
    from mlscaffold.fleet import journal as journals
    from mlscaffold.shells import settings

    user = settings.load()
    path = (
        journal
        or user.state / "fleet" / f"{blob_id(chosen.name.encode('utf-8', 'surrogateescape'))[:16]}.jsonl"
    )
    selected, home = _repos(chosen, user.cache)
    with journals.opened(path, uuid4().hex[:12]) as opened:
        yield selected, home, opened, path


def _repos(chosen: Chosen, cache: Path) -> "tuple[Iterable[Selected], Clones | Remotes]":
    from mlscaffold.fleet import clones, selection

    named = selection.listed(chosen.from_) if chosen.from_ else []
    if chosen.local is not None:
        return list(clones.found_in(chosen.local)), clones.Clones(cache)
    if not chosen.at_forge:
        return named, clones.Clones(cache)
    return _at_forge(chosen, named, cache)


def _at_forge(chosen: Chosen, named: "list[Selected]", cache: Path) -> "tuple[Iterable[Selected], Remotes]":
    from itertools import chain

    from mlscaffold.core.forge import Owner
    from mlscaffold.fleet import forges
    from mlscaffold.fleet.remotes import Filter, Remotes
    from mlscaffold.fleet.selection import Selected

    forge, git_user, secret = forges.connect(chosen.platform, chosen.base_url)
    remotes = Remotes(forge, git_user, secret, cache)
    wanted = Filter(chosen.include, chosen.exclude, chosen.skip_forks)
    owners = [(Owner.ORG, name) for name in chosen.org] + [(Owner.USER, name) for name in chosen.user]
    owners += [(Owner.TOPIC, name) for name in chosen.topic]
    singles = [*named, *(Selected(name) for name in chosen.repo)]
    return chain(remotes.listed(owners, wanted), remotes.named(singles, wanted)), remotes


def _wanted(checkout: str | None, channel: Literal["release", "head"] | None, offline: bool) -> "Wanted":
    from mlscaffold.project.gather import Wanted

    if checkout is not None and channel is not None:
        raise UsageError("--checkout and --channel both say which commit is wanted.", "Give one of them.")
    return Wanted(None, checkout, False, offline, channel)


def _shown(
    outcomes: "Iterable[Outcome]",
    selected: object,
    format_: FleetFormat,
    path: Path,
    fail_on: Literal["faults", "never"] = "faults",
) -> int:
    """Show outcomes as they come and at the end; a forge that stops answering ends the run, and keeps what it has."""
    from mlscaffold import exits
    from mlscaffold.show import fleet as show
    from mlscaffold.show.terminal import show_error

    total = len(selected) if isinstance(selected, list) else None
    found: list[Outcome] = []
    stopped: MlscaffoldError | None = None
    try:
        for outcome in outcomes:
            found.append(outcome)
            show.show_progress(outcome, len(found), total)
    except MlscaffoldError as error:
        stopped = error
    finally:
        show.end_progress()
    if found or not stopped:
        show.show_fleet(found, format_, path)
    if stopped:
        show_error(stopped)
        return exits.of_error(stopped)
    return exits.of_fleet(found, fail_on)


@fleet.command()
def check(
    local: Local = None,
    from_: From = None,
    org: Org = None,
    group: Group = None,
    user: User = None,
    topic: Topic = None,
    repo: RepoName = None,
    include: Include = "",
    exclude: Exclude = "",
    skip_forks: SkipForks = False,
    platform: Platform = "github",
    base_url: BaseUrl = None,
    checkout: Checkout = None,
    channel: Channel = None,
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
) -> None:
    """Say of each repo where its last commit stands against its template; change nothing.

    A repo that has not changed, of a template that has not, is answered from the journal of the last run.
    What is not committed in a clone is not looked at; `mlscaffold check` looks at that.

    Exit code 0: none drifts, 1: some do, 3: some could not be answered; each is named with its reason.

    Example: mlscaffold fleet check --local ~/clones --format markdown
    """  # fmt: skip
    from mlscaffold.core.span import days
    from mlscaffold.fleet.run import run
    from mlscaffold.fleet.work import Asked

    long = None if grace is None else days(grace)
    if grace is not None and long is None:
        raise UsageError(f"{grace!r} is no span of time.", "Write it as 30d or 4w.")
    chosen = _chosen(
        local, from_, org, group, user, topic, repo, include, exclude, skip_forks, platform, base_url
    )
    asked = Asked("check", _wanted(checkout, channel, offline), grace_days=long)
    with _opened(chosen, journal) as (selected, home, kept, path):
        outcomes = run(selected, home, asked, kept, jobs or os.cpu_count() or 1)
        raise SystemExit(_shown(outcomes, selected, format_, path, fail_on))


@fleet.command()
def update(
    local: Local = None,
    from_: From = None,
    org: Org = None,
    group: Group = None,
    user: User = None,
    topic: Topic = None,
    repo: RepoName = None,
    include: Include = "",
    exclude: Exclude = "",
    skip_forks: SkipForks = False,
    platform: Platform = "github",
    base_url: BaseUrl = None,
    publish: Annotated[
        bool,
        typer.Option(
            "--publish",
            "--apply",
            help="Act: open or refresh pull requests; in clones on disk, make the branch.",
        ),
    ] = False,
    conflicts: Annotated[
        Literal["report", "draft"],
        typer.Option(
            help="Only name repos in which an update would conflict, or offer the rest of it as a draft."
        ),
    ] = "report",
    most: Annotated[
        int | None, typer.Option("--max", min=0, help="Act on no more repos than this in one run.")
    ] = None,
    canary: Annotated[
        int | None,
        typer.Option(min=0, help="Let no more than this many of our pull requests be open at a time."),
    ] = None,
    pause: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Wait between two repos that are acted on.")
    ] = 0,
    checkout: Checkout = None,
    channel: Channel = None,
    offline: Offline = False,
    jobs: Jobs = None,
    journal: JournalFile = None,
    format_: FleetFormat = "terminal",
) -> None:
    """Prepare an update of each repo as one commit on a branch of its own; say what would be done, or do it.

    At a forge: one pull request for each repo and template. In clones on disk: the branch alone, and neither the
    files that are there nor the branch that you are on is touched. The default branch is never moved, and a commit
    of a person on our branch is never overwritten.

    Exit code 0: well, 1: some are left to a person, 3: some could not be answered or were refused.

    Example: mlscaffold fleet update --org acme --publish --canary 3
    """  # fmt: skip
    from dataclasses import replace

    from mlscaffold.fleet.clones import Clones
    from mlscaffold.fleet.run import run
    from mlscaffold.fleet.waves import Waves
    from mlscaffold.fleet.work import Asked
    from mlscaffold.show.fleet import show_plan

    chosen = _chosen(
        local, from_, org, group, user, topic, repo, include, exclude, skip_forks, platform, base_url
    )
    style: Literal["markers", "keep-ours"] = "keep-ours" if conflicts == "draft" else "markers"
    asked = Asked("update", _wanted(checkout, channel, offline), conflicts=style)
    with _opened(chosen, journal) as (selected, home, kept, path):
        if not isinstance(home, Clones):
            asked = replace(asked, withheld=home.withheld(platform))
        waves = home.waves = Waves(most, canary, pause)
        waves.remember(kept.last("update"))
        act = home.act if publish else home.plan
        outcomes = run(
            selected, home, asked, kept if publish else kept.aside(), jobs or os.cpu_count() or 1, act
        )
        code = _shown(outcomes, selected, format_, path)
        if not publish and format_ == "terminal":
            show_plan(None if isinstance(home, Clones) else home.writes)
        raise SystemExit(code)


@fleet.command()
def status(
    org: Org = None,
    group: Group = None,
    user: User = None,
    topic: Topic = None,
    repo: RepoName = None,
    from_: From = None,
    include: Include = "",
    exclude: Exclude = "",
    skip_forks: SkipForks = False,
    platform: Platform = "github",
    base_url: BaseUrl = None,
    journal: JournalFile = None,
    format_: FleetFormat = "terminal",
) -> None:
    """Say how the pull requests stand that `fleet update --publish` opened for the same repos: open, merged, closed.

    Which those are is known from the journal. Whether their checks pass is not asked.

    Example: mlscaffold fleet status --org acme
    """  # fmt: skip
    from mlscaffold.fleet.follow import followed

    chosen = _chosen(
        None, from_, org, group, user, topic, repo, include, exclude, skip_forks, platform, base_url
    )
    with _opened(chosen, journal) as (selected, home, kept, path):
        remotes = _only_remotes(home)
        outcomes = followed(selected, "status", kept.last("update"), remotes.status)
        raise SystemExit(_shown(outcomes, selected, format_, path))


@fleet.command()
def close(
    org: Org = None,
    group: Group = None,
    user: User = None,
    topic: Topic = None,
    repo: RepoName = None,
    from_: From = None,
    include: Include = "",
    exclude: Exclude = "",
    skip_forks: SkipForks = False,
    platform: Platform = "github",
    base_url: BaseUrl = None,
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

    chosen = _chosen(
        None, from_, org, group, user, topic, repo, include, exclude, skip_forks, platform, base_url
    )
    with _opened(chosen, journal) as (selected, home, kept, path):
        remotes = _only_remotes(home)
        each = partial(remotes.close, dry=not publish)
        outcomes = followed(selected, "close", kept.last("update"), each, kept if publish else None)
        raise SystemExit(_shown(outcomes, selected, format_, path))


def _only_remotes(home: "Clones | Remotes") -> "Remotes":
    from mlscaffold.fleet.remotes import Remotes

    if not isinstance(home, Remotes):
        raise UsageError(
            "Pull requests are at a forge, and none is named.", "Give --org, --user, --group or --repo."
        )
    return home
