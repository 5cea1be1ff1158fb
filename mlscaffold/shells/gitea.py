"""Gitea and Forgejo through the REST API they share (https://docs.gitea.com/api)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from mlscaffold.core.fields import Fields
from mlscaffold.core.forge import (
    Account,
    Commit,
    History,
    Owner,
    PullRequest,
    PullState,
    Reply,
    Repo,
    Transport,
    commit_id,
    refusal,
    repo_name,
    topics_of,
)
from mlscaffold.core.readiness import Check, CheckState, Opinion, Readiness, last_words
from mlscaffold.core.secret import Secret

GIT_USER: Final = "oauth2"
"""The user name under which git's HTTP takes a token."""

_PER_PAGE: Final = {"limit": "50"}
_LABEL_COLOR: Final = "#0366d6"
_STATUSES: Final = {
    "success": CheckState.PASSED,
    "warning": CheckState.PASSED,
    "skipped": CheckState.PASSED,
    "pending": CheckState.WAITING,
}
_OPINIONS: Final = {"APPROVED": Opinion.APPROVED, "REQUEST_CHANGES": Opinion.CHANGES}


def api_address(base: str) -> str:
    """Return where the API of the Gitea at this address is."""
    return f"{base.rstrip('/')}/api/v1"


def headers(secret: Secret) -> dict[str, str]:
    """Return what every request carries."""
    return {"Accept": "application/json", "Authorization": f"token {secret.reveal()}"}


class Gitea:
    """The operations of `core.forge.Forge`, in Gitea's words."""

    def __init__(self, base: str, http: Transport) -> None:
        self._base = base.rstrip("/")
        self._http = http

    def whoami(self) -> Account:
        """Whose token is it? Gitea does not tell a token's scopes."""
        return Account(refusal(self._http.get("/user"), "say whose token this is").fields.text("login"))

    def written(self) -> tuple[str, ...]:
        """Return the writes since this was last asked, each with the id that the forge gave its answer."""
        return self._http.written()

    def repos(self, owner: Owner, name: str) -> Iterator[Repo]:
        """List the repos of an organisation, or of a user."""
        kind = {Owner.ORG: "orgs", Owner.USER: "users"}[owner]
        for reply in self._http.pages(f"/{kind}/{quote(name, safe='')}/repos", _PER_PAGE):
            yield from map(self._repo, refusal(reply, f"list the repos of {name}").fields.each())

    def repo(self, name: str) -> Repo | None:
        """Return a repo by its full name, None where there is none to be seen."""
        reply = self._http.get(f"/repos/{repo_name(name)}")
        return None if reply.status == 404 else self._repo(refusal(reply, f"show {name}").fields)

    def head(self, repo: Repo, branch: str) -> str | None:
        """Return the commit a branch is at, None where there is no such branch."""
        reply = self._http.get(f"/repos/{repo.name}/branches/{quote(branch)}")
        if reply.status == 404:
            return None
        return commit_id(refusal(reply, f"show a branch of {repo.name}").fields.text("commit", "id"))

    at_once = 1

    def heads(self, repos: Sequence[Repo]) -> Mapping[str, str]:  # noqa: ARG002 - what a forge is asked
        """Return nothing: each head is asked for alone."""
        return {}

    def history(self, repo: Repo, head: str) -> History:
        """Return what `head` has and the default branch lacks."""
        ends = f"{quote(repo.default_branch)}...{head}"
        reply = self._http.get(f"/repos/{repo.name}/compare/{ends}")
        found = refusal(reply, f"compare branches of {repo.name}").fields
        commits = tuple(
            Commit(commit.text("sha"), commit.text("commit", "committer", "email", default=""))
            for commit in found.each("commits")
        )
        return History(commits, found.number("total_commits"))

    def pulls(self, repo: Repo, branch: str) -> tuple[PullRequest, ...]:
        """Return the pull requests, in every state, from the repo's own branch of that name.

        Gitea cannot be asked by branch. `label` keeps the branch's name when the branch is gone, `ref` does not.
        """
        params = {"state": "all", "sort": "recentupdate", **_PER_PAGE}
        return tuple(
            _pull(pull)
            for reply in self._http.pages(f"/repos/{repo.name}/pulls", params)
            for pull in refusal(reply, f"list pull requests of {repo.name}").fields.each()
            if pull.text("head", "label", default="") == branch
            and pull.number("head", "repo_id") == pull.number("base", "repo_id")
        )

    def readiness(self, repo: Repo, pull: PullRequest) -> Readiness:
        """Return what keeps an open pull request from being merged: statuses of its commit, reviews, a conflict.

        Gitea says of a draft, too, that it cannot be merged; whether that is a conflict is then not known.
        """
        fields = refusal(
            self._http.get(f"/repos/{repo.name}/pulls/{pull.number}"), f"show a pull request of {repo.name}"
        ).fields
        statuses = refusal(
            self._http.get(f"/repos/{repo.name}/commits/{commit_id(fields.text('head', 'sha'))}/status"),
            f"show the checks of {repo.name}",
        ).fields
        return Readiness(
            tuple(map(_check, statuses.each("statuses"))),
            *last_words(self._reviews(repo, pull.number)),
            conflicts=None if pull.draft else not fields.flag("mergeable"),
        )

    def open_pull(self, repo: Repo, branch: str, title: str, body: str, *, draft: bool) -> None:
        """Open a pull request into the default branch."""
        wanted: dict[str, object] = {"head": branch, "base": repo.default_branch, "body": body}
        self._write("POST", repo, "/pulls", {**wanted, "title": _title(title, draft)})

    def edit_pull(self, repo: Repo, number: int, title: str, body: str, *, draft: bool) -> None:
        """Give an open pull request its title and text, and the default branch as its base."""
        wanted: dict[str, object] = {"title": _title(title, draft), "body": body, "base": repo.default_branch}
        self._write("PATCH", repo, f"/pulls/{number}", wanted)

    def close_pull(self, repo: Repo, number: int, body: str) -> None:
        """Close a pull request and give it its last text, in one write."""
        self._write("PATCH", repo, f"/pulls/{number}", {"state": "closed", "body": body})

    def request_reviews(self, repo: Repo, number: int, reviewers: tuple[str, ...]) -> None:
        """Ask these accounts for a review; `org/team` is a team."""
        people = [name for name in reviewers if "/" not in name]
        teams = [name.partition("/")[2] for name in reviewers if "/" in name]
        self._write(
            "POST",
            repo,
            f"/pulls/{number}/requested_reviewers",
            {"reviewers": people, "team_reviewers": teams},
        )

    def add_labels(self, repo: Repo, number: int, labels: tuple[str, ...]) -> None:
        """Add labels, which Gitea knows by number, making those that the repo lacks."""
        known = {
            label.text("name"): label.number("id")
            for reply in self._http.pages(f"/repos/{repo.name}/labels", _PER_PAGE)
            for label in refusal(reply, f"list labels of {repo.name}").fields.each()
        }
        for name in labels:
            if name not in known:
                made = self._write("POST", repo, "/labels", {"name": name, "color": _LABEL_COLOR})
                known[name] = made.fields.number("id")
        self._write("POST", repo, f"/issues/{number}/labels", {"labels": [known[name] for name in labels]})

    def _reviews(self, repo: Repo, number: int) -> Iterator[tuple[str, Opinion]]:
        for reply in self._http.pages(f"/repos/{repo.name}/pulls/{number}/reviews", _PER_PAGE):
            for review in refusal(reply, f"show the reviews of {repo.name}").fields.each():
                state, who = review.text("state"), review.text("user", "login", default="a deleted account")
                if review.flag("dismissed"):
                    yield who, Opinion.NONE
                elif state in _OPINIONS:
                    yield who, _OPINIONS[state]

    def _write(self, method: str, repo: Repo, path: str, body: dict[str, object]) -> Reply:
        reply = self._http.send(method, f"/repos/{repo.name}{path}", body)
        return refusal(reply, f"change a pull request of {repo.name}")

    def _repo(self, fields: Fields) -> Repo:
        name = repo_name(fields.text("full_name"))
        return Repo(
            name=name,
            default_branch=fields.text("default_branch", default=""),
            clone_url=f"{self._base}/{name}.git",
            archived=fields.flag("archived"),
            empty=fields.flag("empty"),
            mirror=fields.flag("mirror"),
            fork=fields.flag("fork"),
            may_push=fields.flag("permissions", "push") if fields.at("permissions").value else None,
            topics=topics_of(fields),
        )


def _title(title: str, draft: bool) -> str:
    """Return a title that makes a draft, or none: https://docs.gitea.com/usage/pull-request"""
    return f"WIP: {title}" if draft else title


def _check(fields: Fields) -> Check:
    return Check(fields.text("context"), _STATUSES.get(fields.text("status"), CheckState.FAILED))


def _pull(fields: Fields) -> PullRequest:
    state = PullState.CLOSED if fields.text("state") == "closed" else PullState.OPEN
    title = fields.text("title")
    return PullRequest(
        number=fields.number("number"),
        state=PullState.MERGED if fields.flag("merged") else state,
        base=fields.text("base", "ref"),
        head=fields.text("head", "sha", default=""),
        title=title,
        body=fields.text("body", default=""),
        url=fields.text("html_url"),
        labels=frozenset(label.text("name") for label in fields.each("labels")),
        draft=title.startswith(("WIP:", "[WIP]")),
    )
