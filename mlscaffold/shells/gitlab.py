"""GitLab, gitlab.com or self-managed, through its REST API (https://docs.gitlab.com/api/rest)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from mlscaffold.core.errors import ForgeError, ForgeRefusedError
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
from mlscaffold.core.readiness import Check, CheckState, Readiness
from mlscaffold.core.secret import Secret

PUBLIC: Final = "https://gitlab.com"
GIT_USER: Final = "oauth2"
"""The user name under which git's HTTP takes a token."""

_PER_PAGE: Final = {"per_page": "100"}
_DEVELOPER: Final = 30
_PIPELINES: Final = {
    "success": CheckState.PASSED,
    "skipped": CheckState.PASSED,
    "failed": CheckState.FAILED,
    "canceled": CheckState.FAILED,
}
"""What has become of a pipeline; in every other state it waits for something."""
_STATES: Final = {
    "opened": PullState.OPEN,
    "locked": PullState.OPEN,
    "closed": PullState.CLOSED,
    "merged": PullState.MERGED,
}


def api_address(base: str) -> str:
    """Return where the API of the GitLab at this address is."""
    return f"{base.rstrip('/')}/api/v4"


def headers(secret: Secret) -> dict[str, str]:
    """Return what every request carries: access tokens of all kinds, and OAuth's, come as a bearer's."""
    return {"Accept": "application/json", "Authorization": f"Bearer {secret.reveal()}"}


class GitLab:
    """The operations of `core.forge.Forge`, in GitLab's words."""

    def __init__(self, base: str, http: Transport) -> None:
        self._base = base.rstrip("/")
        self._http = http

    def whoami(self) -> Account:
        """Whose token is it? Its scopes are told for access tokens, not for OAuth's."""
        login = refusal(self._http.get("/user"), "say whose token this is").fields.text("username")
        token = self._http.get("/personal_access_tokens/self")
        told = (
            frozenset(scope.text() for scope in token.fields.each("scopes")) if token.status == 200 else None
        )
        return Account(login, told)

    def written(self) -> tuple[str, ...]:
        """Return the writes since this was last asked, each with the id that the forge gave its answer."""
        return self._http.written()

    def repos(self, owner: Owner, name: str) -> Iterator[Repo]:
        """List the projects of a group and its subgroups, or of a user."""
        path, params = {
            Owner.ORG: (
                f"/groups/{quote(name, safe='')}/projects",
                {"include_subgroups": "true", "with_shared": "false"},
            ),
            Owner.USER: (f"/users/{quote(name, safe='')}/projects", {}),
        }[owner]
        for reply in self._http.pages(path, {**_PER_PAGE, **params, "order_by": "id", "sort": "asc"}):
            yield from map(self._repo, refusal(reply, f"list the repos of {name}").fields.each())

    def repo(self, name: str) -> Repo | None:
        """Return a project by its full path, None where there is none to be seen."""
        reply = self._http.get(_project(repo_name(name)))
        return None if reply.status == 404 else self._repo(refusal(reply, f"show {name}").fields)

    def head(self, repo: Repo, branch: str) -> str | None:
        """Return the commit a branch is at, None where there is no such branch."""
        reply = self._http.get(f"{_project(repo.name)}/repository/branches/{quote(branch, safe='')}")
        if reply.status == 404:
            return None
        return commit_id(refusal(reply, f"show a branch of {repo.name}").fields.text("commit", "id"))

    at_once = 1

    def heads(self, repos: Sequence[Repo]) -> Mapping[str, str]:  # noqa: ARG002 - what a forge is asked
        """Return nothing: each head is asked for alone."""
        return {}

    def history(self, repo: Repo, head: str) -> History:
        """Return what `head` has and the default branch lacks."""
        ends = {"from": repo.default_branch, "to": head}
        reply = self._http.get(f"{_project(repo.name)}/repository/compare", ends)
        found = refusal(reply, f"compare branches of {repo.name}").fields
        commits = tuple(
            Commit(commit.text("id"), commit.text("committer_email", default=""))
            for commit in found.each("commits")
        )
        return History(commits, len(commits))

    def pulls(self, repo: Repo, branch: str) -> tuple[PullRequest, ...]:
        """Return the merge requests, in every state, from the project's own branch of that name."""
        params = {"source_branch": branch, "state": "all", "scope": "all", **_PER_PAGE}
        return tuple(
            _pull(pull)
            for reply in self._http.pages(f"{_project(repo.name)}/merge_requests", params)
            for pull in refusal(reply, f"list merge requests of {repo.name}").fields.each()
            if pull.text("source_branch") == branch
            and pull.number("source_project_id") == pull.number("target_project_id")
        )

    def readiness(self, repo: Repo, pull: PullRequest) -> Readiness:
        """Return what keeps an open merge request from being merged: its head pipeline, approvals, a conflict."""
        at = f"{_project(repo.name)}/merge_requests/{pull.number}"
        fields = refusal(self._http.get(at), f"show a merge request of {repo.name}").fields
        approvals = self._http.get(f"{at}/approvals")
        approved = approvals.fields.each("approved_by") if approvals.status == 200 else ()
        asked = fields.text("detailed_merge_status", default="") == "requested_changes"
        unknown = fields.text("detailed_merge_status", default="") in {"checking", "unchecked", "preparing"}
        return Readiness(
            _pipeline(fields.at("head_pipeline")),
            approved_by=tuple(sorted(each.text("user", "username") for each in approved)),
            changes_asked_by=("a reviewer",) if asked else (),
            conflicts=None if unknown else fields.flag("has_conflicts"),
        )

    def open_pull(self, repo: Repo, branch: str, title: str, body: str, *, draft: bool) -> None:
        """Open a merge request into the default branch."""
        wanted: dict[str, object] = {"source_branch": branch, "target_branch": repo.default_branch}
        self._write("POST", repo, "", {**wanted, "title": _title(title, draft), "description": body})

    def edit_pull(self, repo: Repo, number: int, title: str, body: str, *, draft: bool) -> None:
        """Give an open merge request its title and text, and the default branch as its target."""
        wanted: dict[str, object] = {
            "title": _title(title, draft),
            "description": body,
            "target_branch": repo.default_branch,
        }
        self._write("PUT", repo, f"/{number}", wanted)

    def close_pull(self, repo: Repo, number: int, body: str) -> None:
        """Close a merge request and give it its last text, in one write."""
        self._write("PUT", repo, f"/{number}", {"state_event": "close", "description": body})

    def request_reviews(self, repo: Repo, number: int, reviewers: tuple[str, ...]) -> None:
        """Ask these accounts for a review."""
        self._write("PUT", repo, f"/{number}", {"reviewer_ids": [self._account(name) for name in reviewers]})

    def add_labels(self, repo: Repo, number: int, labels: tuple[str, ...]) -> None:
        """Add labels; GitLab makes those that the project lacks."""
        self._write("PUT", repo, f"/{number}", {"add_labels": ",".join(labels)})

    def _account(self, name: str) -> int:
        reply = refusal(self._http.get("/users", {"username": name}), f"show the account {name}")
        for account in reply.fields.each():
            return account.number("id")
        raise ForgeRefusedError(
            f"There is no account {name} to ask for a review.", "Correct --reviewer.", status=reply.status
        )

    def _write(self, method: str, repo: Repo, path: str, body: dict[str, object]) -> Reply:
        reply = self._http.send(method, f"{_project(repo.name)}/merge_requests{path}", body)
        return refusal(reply, f"change a merge request of {repo.name}")

    def _repo(self, fields: Fields) -> Repo:
        name = repo_name(fields.text("path_with_namespace"))
        return Repo(
            name=name,
            default_branch=fields.text("default_branch", default=""),
            clone_url=f"{self._base}/{name}.git",
            archived=fields.flag("archived"),
            empty=fields.flag("empty_repo"),
            mirror=fields.flag("mirror"),
            fork=fields.at("forked_from_project").value is not None,
            may_push=_may_push(fields.at("permissions")),
            topics=topics_of(fields),
        )


def _title(title: str, draft: bool) -> str:
    """Return a title that makes a draft, or none: https://docs.gitlab.com/user/project/merge_requests/drafts"""
    return f"Draft: {title}" if draft else title


def _project(name: str) -> str:
    return f"/projects/{quote(name, safe='')}"


def _may_push(permissions: Fields) -> bool | None:
    """Return whether the higher of the two access levels suffices; a list leaves them out, an owner has none."""
    levels = [permissions.at(kind, "access_level").value for kind in ("project_access", "group_access")]
    known = [level for level in levels if isinstance(level, int)]
    return max(known) >= _DEVELOPER if known else None


def _pipeline(fields: Fields) -> tuple[Check, ...]:
    if fields.value is None:
        return ()
    return (Check("pipeline", _PIPELINES.get(fields.text("status"), CheckState.WAITING)),)


def _pull(fields: Fields) -> PullRequest:
    state = fields.text("state")
    if state not in _STATES:
        raise ForgeError(
            f"{fields.source}: a merge request is {state!r}, which is none of {', '.join(_STATES)}."
        )
    return PullRequest(
        number=fields.number("iid"),
        state=_STATES[state],
        base=fields.text("target_branch"),
        head=fields.text("sha", default=""),
        title=fields.text("title"),
        body=fields.text("description", default=""),
        url=fields.text("web_url"),
        labels=frozenset(label.text() for label in fields.each("labels")),
        draft=fields.flag("draft"),
    )
