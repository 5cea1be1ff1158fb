"""GitHub as a fake, every request and answer held to GitHub's own description."""

import re
from typing import Any

from tests.forge import graphql, openapi
from tests.forge.routes import Call, Route, routed
from tests.forge.server import Answer
from tests.forge.world import Pull, RefusedError, Repo, World

ROOT = "/api"
PREFIX = f"{ROOT}/v3"
_NAME = r"/repos/([^/]+/[^/]+)"


def answer(world: World, method: str, path: str, query: dict[str, str], body: Any, origin: str) -> Answer:
    if path == "/graphql":
        return 200, graphql.answer(world, body), {}
    path = path.removeprefix("/v3")
    if found := re.fullmatch(
        r"/repositories/(\d+)", path
    ):  # where GitHub sends those who ask for an old name
        path = f"/repos/{world.repo(found[1]).name}"
    try:
        status, ours, headers = routed(ROUTES, world, method, path, query, body, origin)
        value = openapi.filled(method, path, status, ours)
    except RefusedError as error:
        status, headers = error.status, {}
        value = {
            "message": error.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": str(status),
        }
    world.violations += openapi.violations(method, path, query, body, status, value)
    request = {"X-GitHub-Request-Id": f"C0DE:{len(world.log):04X}"}
    return status, value, {**request, **headers}


def whoami(call: Call) -> Answer:
    scopes = {} if call.world.scopes is None else {"X-OAuth-Scopes": ", ".join(call.world.scopes)}
    return 200, {"login": "robot", "id": 1}, scopes


def list_repos(call: Call) -> Answer:
    owner = call.found[0] if call.found else "robot"
    repos = call.world.owned_by(owner)
    page, headers = call.page(repos, "per_page", call.origin + PREFIX)
    return 200, [_repo(call, repo) for repo in page], headers


def show_repo(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    return 200, {**_repo(call, repo), "clone_url": f"https://evil.invalid/{repo.name}.git"}, {}


def show_ref(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    if not repo.git("for-each-ref", "--count=1"):
        raise RefusedError(409, "Git Repository is empty.")
    oid = repo.head(call.found[1])
    if oid is None:
        raise RefusedError(404, "Not Found")
    url = "https://forge.invalid/"
    return (
        200,
        {"ref": f"refs/heads/{call.found[1]}", "object": {"type": "commit", "sha": oid, "url": url}},
        {},
    )


def compare(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    base, _, head = call.found[1].partition("...")
    commits = repo.commits(base, head)
    shown = [_commit(commit) for commit in commits][: int(call.query.get("per_page", "250"))]
    ends = {"base_commit": _commit(repo.tip(base)), "merge_base_commit": _commit(repo.tip(base))}
    counts = {"status": "ahead", "ahead_by": len(commits), "behind_by": 0, "total_commits": len(commits)}
    return 200, {**ends, **counts, "commits": shown}, {}


def list_pulls(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    owner, _, branch = call.query.get("head", "").partition(":")
    state = call.query.get("state", "open")
    found = [
        pull
        for pull in repo.pulls
        if (not branch or (pull.branch == branch and owner == repo.name.partition("/")[0]))
        and state in {"all", pull.state}
    ]
    page, headers = call.page(found, "per_page", call.origin + PREFIX)
    return 200, [_pull(call, repo, pull) for pull in page], headers


def show_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.pull(repo, int(call.found[1]))
    mergeable = None if pull.conflicts is None else not pull.conflicts
    return 200, {**_whole(_pull(call, repo, pull)), "mergeable": mergeable}, {}


def show_statuses(call: Call) -> Answer:
    """Answer for the checks whose names have a slash, as other services' statuses do; the rest are check runs."""
    repo = call.world.repo(call.found[0])
    words = {"passed": "success", "failed": "failure", "waiting": "pending"}
    found = [(n, w) for n, w in call.world.checks(repo, call.found[1]).items() if "/" in n]
    statuses = [{"id": 1, "context": name, "state": words[what]} for name, what in found]
    state = "success" if all(what == "passed" for _, what in found) else "pending"
    both = {"sha": call.found[1], "repository": _repo(call, repo)}
    return 200, {**both, "state": state, "total_count": len(found), "statuses": statuses}, {}


def show_runs(call: Call) -> Answer:
    found = call.world.checks(call.world.repo(call.found[0]), call.found[1])
    words = {
        "passed": ("completed", "success"),
        "failed": ("completed", "failure"),
        "waiting": ("queued", None),
    }
    runs = [
        {
            "id": 1,
            "name": name,
            "head_sha": call.found[1],
            "check_suite": {"id": 1},
            "status": words[what][0],
            "conclusion": words[what][1],
        }
        for name, what in found.items()
        if "/" not in name
    ]
    page, headers = call.page(runs, "per_page", call.origin + PREFIX)
    return 200, {"total_count": len(runs), "check_runs": page}, headers


def show_reviews(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.pull(repo, int(call.found[1]))
    words = {"changes": "CHANGES_REQUESTED", "comment": "COMMENTED"}
    reviews = [
        {"id": number, "user": {"login": who, "id": 2}, "state": words.get(what, what.upper()), "body": ""}
        for number, (who, what) in enumerate(pull.reviews, 1)
    ]
    page, headers = call.page(reviews, "per_page", call.origin + PREFIX)
    return 200, page, headers


def open_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    branch = call.body["head"]
    duplicate = RefusedError(
        422, f"A pull request already exists for {repo.name.partition('/')[0]}:{branch}."
    )
    body = call.body.get("body", "")
    pull = call.world.open_pull(
        repo, branch, call.body["base"], call.body["title"], body, duplicate=duplicate
    )
    pull.draft = call.body.get("draft", False)
    return 201, _whole(_pull(call, repo, pull)), {}


def edit_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.edit_pull(repo, call.world.pull(repo, int(call.found[1])), **call.body)
    return 200, _whole(_pull(call, repo, pull)), {}


def add_labels(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.pull(repo, int(call.found[1]))
    call.world.label(repo, pull, call.body["labels"])
    return 200, [_label(name) for name in pull.labels], {}


def ask_reviews(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.pull(repo, int(call.found[1]))
    call.world.ask_reviews(repo, pull, call.body["reviewers"])
    return 201, _pull(call, repo, pull), {}


def _repo(call: Call, repo: Repo) -> dict[str, Any]:
    owner, _, name = repo.name.partition("/")
    return {
        "id": repo.number,
        "name": name,
        "full_name": repo.name,
        "owner": {"login": owner, "id": 7},
        "default_branch": repo.default_branch,
        "archived": repo.archived,
        "disabled": False,
        "fork": repo.fork,
        "mirror_url": "https://elsewhere.invalid/x.git" if repo.mirror else None,
        "topics": repo.topics,
        "permissions": {"admin": False, "push": repo.may_push, "pull": True},
        "url": f"{call.origin}{PREFIX}/repos/{repo.name}",
    }


def _pull(call: Call, repo: Repo, pull: Pull) -> dict[str, Any]:
    head = Repo(99, "ada/fork", repo.path) if pull.fork else repo
    return {
        "id": 1000 + pull.number,
        "node_id": f"PR_{repo.number}_{pull.number}",
        "number": pull.number,
        "state": pull.state,
        "title": pull.title,
        "body": pull.body,
        "draft": pull.draft,
        "merged_at": "2026-01-02T00:00:00Z" if pull.merged else None,
        "user": {"login": "robot", "id": 1},
        "labels": [_label(name) for name in pull.labels],
        "requested_reviewers": [{"login": name, "id": 2} for name in pull.reviewers],
        "head": _end(call, head, pull.branch, pull.head),
        "base": _end(call, repo, pull.base, repo.head(pull.base) or ""),
        "html_url": f"{call.origin}/{repo.name}/pull/{pull.number}",
        "url": f"{call.origin}{PREFIX}/repos/{repo.name}/pulls/{pull.number}",
    }


def _whole(pull: dict[str, Any]) -> dict[str, Any]:
    return {**pull, "merged": pull["merged_at"] is not None}


def _end(call: Call, repo: Repo, branch: str, oid: str) -> dict[str, Any]:
    owner = repo.name.partition("/")[0]
    user = {"login": owner, "id": 7}
    return {"label": f"{owner}:{branch}", "ref": branch, "sha": oid, "user": user, "repo": _repo(call, repo)}


def _label(name: str) -> dict[str, Any]:
    return {"id": 1 + sum(map(ord, name)), "name": name, "color": "ededed"}


def _commit(commit: dict[str, str]) -> dict[str, Any]:
    author = {"name": commit["author"], "email": commit["author_email"], "date": commit["author_date"]}
    committer = {"name": commit["name"], "email": commit["email"], "date": commit["date"]}
    tree = {"sha": commit["tree"], "url": "https://forge.invalid/"}
    text = {"message": commit["message"], "author": author, "committer": committer, "tree": tree}
    return {"sha": commit["sha"], "commit": text, "author": {}, "committer": {}, "parents": []}


ROUTES: list[Route] = [
    ("GET", "/user", whoami),
    ("GET", "/user/repos", list_repos),
    ("GET", "/(?:orgs|users)/([^/]+)/repos", list_repos),
    ("GET", _NAME, show_repo),
    ("GET", f"{_NAME}/git/ref/heads/(.+)", show_ref),
    ("GET", f"{_NAME}/compare/(.+)", compare),
    ("GET", f"{_NAME}/pulls", list_pulls),
    ("POST", f"{_NAME}/pulls", open_pull),
    ("GET", rf"{_NAME}/pulls/(\d+)", show_pull),
    ("GET", rf"{_NAME}/pulls/(\d+)/reviews", show_reviews),
    ("GET", f"{_NAME}/commits/(.+)/status", show_statuses),
    ("GET", f"{_NAME}/commits/(.+)/check-runs", show_runs),
    ("PATCH", rf"{_NAME}/pulls/(\d+)", edit_pull),
    ("POST", rf"{_NAME}/issues/(\d+)/labels", add_labels),
    ("POST", rf"{_NAME}/pulls/(\d+)/requested_reviewers", ask_reviews),
]
