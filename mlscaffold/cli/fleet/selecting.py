"""Which repos a command of `mlscaffold fleet` is over: the options that say so, and what they choose."""

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Literal, NamedTuple, ParamSpec

import typer

from mlscaffold.core.errors import UsageError
from mlscaffold.core.shard import Shard, parse

if TYPE_CHECKING:
    from mlscaffold.fleet.selection import Selected

Local = Annotated[
    list[Path] | None,
    typer.Option(
        "--local", metavar="DIR", help="The clones in this folder, and in folders in it; may be repeated."
    ),
]
From = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="The repos in this list: lines of text, or TOML with `skip` and `note`; may be repeated.",
    ),
]
Org = Annotated[
    list[str] | None, typer.Option("--org", help="All repos of an organisation; may be repeated.")
]
Group = Annotated[
    list[str] | None, typer.Option("--group", help="All repos of a GitLab group; may be repeated.")
]
User = Annotated[list[str] | None, typer.Option("--user", help="All repos of a user; may be repeated.")]
Topic = Annotated[
    list[str] | None,
    typer.Option(
        "--topic", help="Of those only repos with this topic, or with one of several; may be repeated."
    ),
]
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
    Literal["github", "gitlab", "gitea"] | None,
    typer.Option(
        "--platform",
        help="The forge's kind, github if not said; its token is taken from GITHUB_TOKEN or GH_TOKEN, GITLAB_TOKEN, GITEA_TOKEN.",
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="The forge's address, if it is a company's own."),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Only the repos of one part of N; N alone takes I from JOB_COMPLETION_INDEX or CI_NODE_INDEX, and "
        "`auto` both from CI_NODE_INDEX and CI_NODE_TOTAL.",
    ),
]

P = ParamSpec("P")


class Chosen(NamedTuple):
    """Which repos a command is over: on disk, or at a forge; `name` is what their journal is called by."""

    local: list[Path]
    from_: list[Path]
    org: list[str]
    user: list[str]
    topic: list[str]
    repo: list[str]
    include: str
    exclude: str
    skip_forks: bool
    platform: Literal["github", "gitlab", "gitea"]
    base_url: str | None
    shard: Shard | None = None
    at_forge: bool = False
    """Whether a forge is asked, as the options say it; a list may have names that only a forge knows."""

    @property
    def name(self) -> str:
        """Return what this selection is, spelled the same each time."""
        places = [
            os.pathsep.join(sorted(str(path.resolve()) for path in paths))
            for paths in (self.local, self.from_)
        ]
        owners = [sorted(names) for names in (self.org, self.user, (), self.repo)]
        part = () if self.shard is None else (str(self.shard),)
        # a list of GitHub's names has one journal, whether --platform says so or not
        kind = self.platform if any(owners) or self.base_url or self.platform != "github" else ""
        return repr((places, owners, kind, self.base_url, *part))

    def part(self, selected: "Iterable[Selected]") -> "Iterator[Selected]":
        """Yield those of the repos that are in the part that is asked for, skipped where their names are left out."""
        from mlscaffold.fleet.selection import left_out

        here = (each for each in selected if self.shard is None or self.shard.has(each.name))
        return (left_out(each, self.include, self.exclude) for each in here)


def over_repos(command: Callable[Concatenate[Chosen, P], None]) -> Callable[..., None]:
    """Give a command the options that choose repos, in the place of its first argument.

    Typer reads a command's options from its signature, and each command of the fleet has these thirteen.
    """
    return _given(command, chosen)


def over_repos_or_none(command: Callable[Concatenate[Chosen | None, P], None]) -> Callable[..., None]:
    """Give a command the same options, and None where none of them is given."""
    return _given(command, lambda **which: chosen(**which) if any(map(which.get, _CHOOSING)) else None)


_CHOOSING = ("local", "from_", "org", "group", "user", "repo")
"""The options that name repos; the others leave some of them out, or say where they are."""


def _given(command: Callable[..., None], choose: Callable[..., Chosen | None]) -> Callable[..., None]:
    choosing = inspect.signature(chosen).parameters
    _, *others = inspect.signature(command).parameters.values()

    @wraps(command)
    def asked(*args: Any, **given: Any) -> None:
        which = {name: given.pop(name) for name in choosing}
        command(choose(**which), *args, **given)

    required = [each for each in others if each.default is each.empty]
    parameters = [*required, *choosing.values(), *(each for each in others if each not in required)]
    asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    asked.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return asked


def chosen(
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
    platform: Platform = None,
    base_url: BaseUrl = None,
    shard: ShardOption = None,
) -> Chosen:
    """Return what the options choose; raise UsageError if they cannot be meant together."""
    for pattern in (include, exclude):
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(
                f"{pattern!r} is no regular expression: {error}.", "Escape it, as in acme/old\\..*"
            ) from error
    asked = bool(org or group or user or repo)
    if local:
        if from_ or asked:
            raise UsageError(
                "--local is for clones on disk, and is not mixed with others.",
                "Give it alone, or leave it out.",
            )
        refuse_without_forge({"--skip-forks": skip_forks, "--platform": platform, "--base-url": base_url})
    found = Chosen(
        local or [], from_ or [], [*(org or ()), *(group or ())], user or [], topic or [], repo or [],
        include, exclude, skip_forks, platform or "github", base_url,
        None if shard is None else parse(shard, os.environ), asked or bool(platform or base_url),
    )  # fmt: skip
    if found.topic and not (found.org or found.user):
        raise UsageError(
            "--topic chooses among the repos of an owner, and none is named.",
            "Give --org, --user or --group too.",
        )
    if not (local or from_ or asked):
        raise UsageError(
            "It is not said which repos are meant.",
            "Give --local DIR, --from FILE, or --org, --user, --group or --repo.",
        )
    return found


def refuse_without_forge(given: Mapping[str, object]) -> None:
    """Raise UsageError if an option is given that says nothing of clones on disk."""
    for option in filter(given.get, given):
        raise UsageError(
            f"{option} is for repos at a forge, and these are clones on disk.",
            "Leave it out, or name the repos at the forge: --org, --user, --group or --repo.",
        )
