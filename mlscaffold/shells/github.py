"""GitHub, and GitHub Enterprise Server, through its REST API (https://docs.github.com/en/rest), and its GraphQL for what REST cannot."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from mlscaffold.core.errors import ForgeError, ForgeRefusedError, ForgeStopError
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
from mlscaffold.core.text import safe_text

PUBLIC: Final = "https://github.com"
GIT_USER: Final = "x-access-token"
"""The user name under which git's HTTP takes a token."""

_GRAPHQL: Final = "../graphql"
"""Beside REST: https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql"""
_PER_PAGE: Final = {"per_page": "100"}
_STATUSES: Final = {"success": CheckState.PASSED, "pending": CheckState.WAITING}
_PASSED: Final = {"success", "neutral", "skipped"}
_OPINIONS: Final = {
    "APPROVED": Opinion.APPROVED,
    "CHANGES_REQUESTED": Opinion.CHANGES,
    "DISMISSED": Opinion.NONE,
}


def api_address(base: str) -> str:
    """Return where the API of the GitHub at this address is."""
    return "https://api.github.com" if base.rstrip("/") == PUBLIC else f"{base.rstrip('/')}/api/v3"


def headers(secret: Secret) -> dict[str, str]:
    """Return what every request carries."""
    return {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {secret.reveal()}",
        "X-GitHub-Api-Version": "2022-11-28",
    }


class GitHub:
    """The operations of `core.forge.Forge`, in GitHub's words."""

    def __init__(self, base: str, http: Transport) -> None:
        self._base = base.rstrip("/")
        self._http = http

    def whoami(self) -> Account:
        """Whose token is it? The token of a workflow or an app may not ask, and has no scopes."""
        reply = self._http.get("/user")
        if reply.status == 403:
            return Account("")
        scopes = refusal(reply, "say whose token this is").headers.get("x-oauth-scopes")
        told = (
            None
            if scopes is None
            else frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())
        )
        return Account(reply.fields.text("login"), told)

    def written(self) -> tuple[str, ...]:
        """Return the writes since this was last asked, each with the id that the forge gave its answer."""
        return self._http.written()

    def repos(self, owner: Owner, name: str) -> Iterator[Repo]:
        """List the repos of an organisation, or of a user."""
        path = f"/orgs/{quote(name, safe='')}/repos"
        if owner is Owner.USER:  # only the list of one's own has the private ones
            path = (
                "/user/repos"
                if self.whoami().login.lower() == name.lower()
                else f"/users/{quote(name, safe='')}/repos"
            )
        own = {"affiliation": "owner"} if path == "/user/repos" else {}
        for reply in self._http.pages(path, {**_PER_PAGE, **own}):
            yield from map(self._repo, refusal(reply, f"list the repos of {name}").fields.each())

    def repo(self, name: str) -> Repo | None:
        """Return a repo by its full name, None where there is none to be seen."""
        reply = self._http.get(f"/repos/{repo_name(name)}")
        return None if reply.status == 404 else self._repo(refusal(reply, f"show {name}").fields)

    def head(self, repo: Repo, branch: str) -> str | None:
        """Return the commit a branch is at, None where there is no such branch (409: nor any commit)."""
        reply = self._http.get(f"/repos/{repo.name}/git/ref/heads/{quote(branch)}")
        if reply.status in {404, 409}:
            return None
        return commit_id(refusal(reply, f"show a branch of {repo.name}").fields.text("object", "sha"))

    at_once = 100

    def heads(self, repos: Sequence[Repo]) -> Mapping[str, str]:
        """Return the commits that default branches are at, as far as GraphQL tells them.

        https://docs.github.com/en/graphql/reference/queries#repository
        """
        asked = {f"r{number}": repo for number, repo in enumerate(repos)}
        try:
            reply = self._http.ask(
                _GRAPHQL, {"query": f"query {{ {' '.join(map(_head_of, asked, repos))} }}"}
            )
        except ForgeStopError:
            raise
        except ForgeError:  # REST says what is the matter, repo by repo
            return {}
        told = {repo.name: reply.fields.at("data", alias) for alias, repo in asked.items()}
        found = {repo.name: _told_head(told[repo.name], repo.default_branch) for repo in repos}
        return {name: head for name, head in found.items() if head is not None}

    def history(self, repo: Repo, head: str) -> History:
        """Return what `head` has and the default branch lacks."""
        reply = self._http.get(f"/repos/{repo.name}/compare/{quote(repo.default_branch)}...{head}", _PER_PAGE)
        found = refusal(reply, f"compare branches of {repo.name}").fields
        commits = tuple(
            Commit(commit.text("sha"), commit.text("commit", "committer", "email", default=""))
            for commit in found.each("commits")
        )
        return History(commits, found.number("total_commits"))

    def pulls(self, repo: Repo, branch: str) -> tuple[PullRequest, ...]:
        """Return the pull requests, in every state, from the repo's own branch of that name."""
        owner = repo.name.partition("/")[0]
        params = {"state": "all", "head": f"{owner}:{branch}", **_PER_PAGE}
        return tuple(
            _pull(pull)
            for reply in self._http.pages(f"/repos/{repo.name}/pulls", params)
            for pull in refusal(reply, f"list pull requests of {repo.name}").fields.each()
            if pull.text("head", "ref") == branch and _is_own(pull, repo)
        )

    def readiness(self, repo: Repo, pull: PullRequest) -> Readiness:
        """Return what keeps an open pull request from being merged: checks of both kinds, reviews, a conflict."""
        fields = refusal(
            self._http.get(f"/repos/{repo.name}/pulls/{pull.number}"), f"show a pull request of {repo.name}"
        ).fields
        mergeable = fields.at("mergeable").value
        return Readiness(
            self._checks(repo, commit_id(fields.text("head", "sha"))),
            *last_words(self._reviews(repo, pull.number)),
            conflicts=None if mergeable is None else mergeable is False,
        )

    def open_pull(self, repo: Repo, branch: str, title: str, body: str, *, draft: bool) -> None:
        """Open a pull request into the default branch."""
        wanted = {"head": branch, "base": repo.default_branch, "title": title, "body": body, "draft": draft}
        self._write("POST", repo, "/pulls", wanted)

    def edit_pull(self, repo: Repo, number: int, title: str, body: str, *, draft: bool) -> None:
        """Give an open pull request its title and text, and the default branch as its base."""
        self._redraft(repo, number, draft)  # first: the marker in the text says that all is done
        self._write(
            "PATCH", repo, f"/pulls/{number}", {"title": title, "body": body, "base": repo.default_branch}
        )

    def _redraft(self, repo: Repo, number: int, draft: bool) -> None:
        """Make a pull request a draft, or ready, if it is not: only GraphQL can.

        https://docs.github.com/en/graphql/reference/mutations#convertpullrequesttodraft
        """
        reply = self._http.get(f"/repos/{repo.name}/pulls/{number}")
        pull = refusal(reply, f"show a pull request of {repo.name}").fields
        if pull.flag("draft") == draft:
            return
        verb = "convertPullRequestToDraft" if draft else "markPullRequestReadyForReview"
        what = f"mutation {{ {verb}(input: {{pullRequestId: {json.dumps(pull.text('node_id'))}}}) {{ pullRequest {{ isDraft }} }} }}"
        reply = self._http.send("POST", _GRAPHQL, {"query": what})
        told = refusal(reply, f"change a pull request of {repo.name}").fields
        if told.at("data", verb, "pullRequest", "isDraft").value is not draft:
            said = safe_text(next((each.text("message") for each in told.each("errors")), "no reason given"))
            raise ForgeRefusedError(
                f"The forge refused to make a pull request of {repo.name} {'a draft' if draft else 'ready'}: {said}",
                status=reply.status,
            )

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
        """Add labels; GitHub makes those that the repo lacks."""
        self._write("POST", repo, f"/issues/{number}/labels", {"labels": list(labels)})

    def _checks(self, repo: Repo, head: str) -> tuple[Check, ...] | None:
        """Return the statuses and the check runs of a commit; None where the token may see neither."""
        at = f"/repos/{repo.name}/commits/{head}"
        found: list[Check] = []
        hidden = 0
        for path, key, read in (("status", "statuses", _status), ("check-runs", "check_runs", _run)):
            for reply in self._http.pages(f"{at}/{path}", _PER_PAGE):
                if reply.status in {403, 404}:  # a token of the fine-grained kind may lack either permission
                    hidden += 1
                    break
                found += map(read, refusal(reply, f"show the checks of {repo.name}").fields.each(key))
        return None if hidden == 2 else tuple(found)

    def _reviews(self, repo: Repo, number: int) -> Iterator[tuple[str, Opinion]]:
        for reply in self._http.pages(f"/repos/{repo.name}/pulls/{number}/reviews", _PER_PAGE):
            for review in refusal(reply, f"show the reviews of {repo.name}").fields.each():
                state = review.text("state")
                if state in _OPINIONS:
                    yield review.text("user", "login", default="a deleted account"), _OPINIONS[state]

    def _write(self, method: str, repo: Repo, path: str, body: dict[str, object]) -> Reply:
        reply = self._http.send(method, f"/repos/{repo.name}{path}", body)
        return refusal(reply, f"change a pull request of {repo.name}")

    def _repo(self, fields: Fields) -> Repo:
        name = repo_name(fields.text("full_name"))
        return Repo(
            name=name,
            default_branch=fields.text("default_branch", default=""),
            clone_url=f"{self._base}/{name}.git",
            archived=fields.flag("archived") or fields.flag("disabled"),
            mirror=bool(fields.text("mirror_url", default="")),
            fork=fields.flag("fork"),
            may_push=fields.flag("permissions", "push") if fields.at("permissions").value else None,
            topics=topics_of(fields),
        )


def _head_of(alias: str, repo: Repo) -> str:
    """Return the part of a query that asks for one repo; a name is quoted as GraphQL quotes, which is as JSON does."""
    owner, _, name = repo.name.partition("/")
    which = f"owner: {json.dumps(owner)}, name: {json.dumps(name)}, followRenames: false"
    return f"{alias}: repository({which}) {{ defaultBranchRef {{ name target {{ oid }} }} }}"


def _told_head(told: Fields, branch: str) -> str | None:
    """Return a head, None where it is not told for certain: null is what a repo without a commit has, and one that may not be read."""
    ref = told.at("defaultBranchRef")
    try:
        return commit_id(ref.text("target", "oid")) if ref.text("name") == branch else None
    except ForgeError:
        return None


def _status(fields: Fields) -> Check:
    return Check(fields.text("context"), _STATUSES.get(fields.text("state"), CheckState.FAILED))


def _run(fields: Fields) -> Check:
    """Read a check run; one that nobody finished is waiting, whatever it waits for."""
    conclusion = fields.text("conclusion", default="")
    if not conclusion:
        return Check(fields.text("name"), CheckState.WAITING)
    return Check(fields.text("name"), CheckState.PASSED if conclusion in _PASSED else CheckState.FAILED)


def _is_own(pull: Fields, repo: Repo) -> bool:
    """Return whether the branch is the repo's own; a fork of the same owner may have one of that name too."""
    return pull.text("head", "repo", "full_name", default="").lower() == repo.name.lower()


def _pull(fields: Fields) -> PullRequest:
    merged = fields.text("merged_at", default="")
    return PullRequest(
        number=fields.number("number"),
        state=PullState.MERGED if merged else PullState(fields.text("state")),
        base=fields.text("base", "ref"),
        head=fields.text("head", "sha"),
        title=fields.text("title"),
        body=fields.text("body", default=""),
        url=fields.text("html_url"),
        labels=frozenset(label.text("name") for label in fields.each("labels")),
        draft=fields.flag("draft"),
    )
