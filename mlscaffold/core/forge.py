"""What a forge has, in one vocabulary for GitHub, GitLab and Gitea: repos, branches, pull requests, accounts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mlscaffold.core.errors import ForgeError, ForgeRefusedError
from mlscaffold.core.fields import Fields
from mlscaffold.core.readiness import Readiness
from mlscaffold.core.text import safe_text

_SEGMENT = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.+-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose token it is; `scopes` is None where the forge does not tell them."""

    login: str
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Repo:
    """One repo; `may_push` and `topics` are None where the forge does not tell them."""

    name: str
    default_branch: str
    clone_url: str
    archived: bool = False
    empty: bool = False
    mirror: bool = False
    fork: bool = False
    may_push: bool | None = None
    topics: frozenset[str] | None = None


class PullState(StrEnum):
    """Merged is not closed: closed is a no."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request (GitLab: merge request) from a branch of the repo itself, not of a fork."""

    number: int
    state: PullState
    base: str
    head: str
    title: str
    body: str
    url: str
    labels: frozenset[str] = frozenset()
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, and the e-mail address of who committed it (not of who wrote it: an amended commit keeps that)."""

    oid: str
    committer: str


@dataclass(frozen=True, slots=True)
class History:
    """The commits of a branch that the default branch lacks; `total` says how many there are, told or not."""

    commits: tuple[Commit, ...]
    total: int

    def all_by(self, committer: str) -> bool:
        """Return whether every one of them is known to be `committer`'s; unknown is no."""
        return self.total == len(self.commits) and all(c.committer == committer for c in self.commits)


class Owner(StrEnum):
    """What a list of repos is asked by."""

    ORG = "org"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Reply:
    """A definite answer: a success, or a refusal that no repetition would change. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    fields: Fields


class Transport(Protocol):
    """How a forge is spoken to; paths begin with `/` and lie below the API's own address."""

    def get(self, path: str, params: Mapping[str, str] = ...) -> Reply:
        """Ask, again where that may help."""

    def pages(self, path: str, params: Mapping[str, str] = ...) -> Iterator[Reply]:
        """Ask for a list, page after page."""

    def ask(self, path: str, question: Mapping[str, object]) -> Reply:
        """Ask what no address can say; `../` leads to what lies beside the API's own address."""

    def send(self, method: str, path: str, body: Mapping[str, object]) -> Reply:
        """Write, at the pace the forge allows; `../` as in `ask`."""

    def written(self) -> tuple[str, ...]:
        """Return the writes since this was last asked, each with the id that the forge gave its answer."""


class Forge(Protocol):
    """The operations a fleet needs. There is none that deletes a branch: see docs/decisions/0005-forges.md."""

    def whoami(self) -> Account:
        """Whose token is it, and what may it do?"""

    def written(self) -> tuple[str, ...]:
        """Return the writes since this was last asked, each with the id that the forge gave its answer."""

    def repos(self, owner: Owner, name: str) -> Iterator[Repo]:
        """List the repos of an organisation (or group), or of a user."""

    def repo(self, name: str) -> Repo | None:
        """Return a repo by its full name, None where there is none to be seen."""

    def head(self, repo: Repo, branch: str) -> str | None:
        """Return the commit a branch is at, None where there is no such branch."""

    @property
    def at_once(self) -> int:
        """Of how many repos the heads are told in one answer."""

    def heads(self, repos: Sequence[Repo]) -> Mapping[str, str]:
        """Return the commits that default branches are at, by repo; one that is not told for certain is to be asked for alone."""

    def history(self, repo: Repo, head: str) -> History:
        """Return what `head` has and the default branch lacks."""

    def pulls(self, repo: Repo, branch: str) -> tuple[PullRequest, ...]:
        """Return the pull requests, in every state, from the repo's own branch of that name."""

    def readiness(self, repo: Repo, pull: PullRequest) -> Readiness:
        """Return what keeps an open pull request from being merged: its checks, its reviews, a conflict."""

    def open_pull(self, repo: Repo, branch: str, title: str, body: str, *, draft: bool) -> None:
        """Open a pull request into the default branch."""

    def edit_pull(self, repo: Repo, number: int, title: str, body: str, *, draft: bool) -> None:
        """Give an open pull request its title and text, and the default branch as its base; make it a draft, or ready."""

    def close_pull(self, repo: Repo, number: int, body: str) -> None:
        """Close a pull request and give it its last text, in one write."""

    def request_reviews(self, repo: Repo, number: int, reviewers: tuple[str, ...]) -> None:
        """Ask these accounts for a review."""

    def add_labels(self, repo: Repo, number: int, labels: tuple[str, ...]) -> None:
        """Add labels, making those that the repo lacks."""


def repo_name(name: str) -> str:
    """Return a repo's full name as it is, or say that it cannot be one: it becomes part of paths and addresses."""
    parts = name.split("/")
    if len(parts) < 2 or not all(_SEGMENT.fullmatch(part) and set(part) != {"."} for part in parts):
        raise ForgeError(f"{name!r} is not the full name of a repo.", "Write it as owner/repo.")
    return name


def topics_of(repo: Fields) -> frozenset[str] | None:
    """Return a repo's topics, in lower case; None where the forge does not tell them, as an old Gitea does not."""
    if not isinstance(repo.value, dict) or "topics" not in repo.value:
        return None
    return frozenset(topic.text().lower() for topic in repo.each("topics"))


def commit_id(text: str) -> str:
    """Return a commit id as it is, or say that it is none."""
    if not _COMMIT.fullmatch(text):
        raise ForgeError(f"The forge named {text!r} as a commit, which is no commit id.")
    return text


def refusal(reply: Reply, doing: str) -> Reply:
    """Return a successful reply as it is; make any other the sentence that says what was refused."""
    if reply.status < 300:
        return reply
    said = safe_text(
        str(reply.fields.at("message").value or reply.fields.at("error").value or "no reason given")
    )
    raise ForgeRefusedError(
        f"The forge refused to {doing}: {said} (HTTP {reply.status}).", _needed(reply), status=reply.status
    )


def _needed(reply: Reply) -> str:
    """Say what the token lacks, as GitHub tells it of tokens of both kinds; it hides what one may not see as a 404."""
    permission = safe_text(reply.headers.get("x-accepted-github-permissions", ""))
    if permission and reply.status == 403:
        return f"The token needs the permission {permission}."
    wanted, given = (
        [scope.strip() for scope in safe_text(reply.headers.get(name, "")).split(",") if scope.strip()]
        for name in ("x-accepted-oauth-scopes", "x-oauth-scopes")
    )
    if reply.status not in {403, 404} or not wanted or not set(wanted).isdisjoint(given):
        return ""
    return f"The token needs the scope {' or '.join(wanted)}; it has {', '.join(given) or 'none'}."
