"""GitLab as a fake; python-gitlab, which is not ours, reads it in the tests."""

from typing import Any

from tests.forge.routes import Call, Route, routed
from tests.forge.server import Answer
from tests.forge.world import Pull, RefusedError, Repo, World

PREFIX = "/api/v4"
ROOT = PREFIX
_NAME = r"/projects/([^/]+)"


def answer(world: World, method: str, path: str, query: dict[str, str], body: Any, origin: str) -> Answer:
    return routed(ROUTES, world, method, path, query, body, origin)


def whoami(_: Call) -> Answer:
    return 200, {"id": 1, "username": "robot"}, {}


def token(call: Call) -> Answer:
    if call.world.scopes is None:
        raise RefusedError(404, "404 Not Found")
    return 200, {"id": 5, "scopes": call.world.scopes, "active": True}, {}


def accounts(call: Call) -> Answer:
    names = call.world.accounts
    return 200, [{"id": 1 + names.index(n), "username": n} for n in names if n == call.query["username"]], {}


def list_repos(call: Call) -> Answer:
    page, headers = call.page(call.world.owned_by(call.found[0]), "per_page", call.origin + PREFIX)
    return 200, [_repo(repo) for repo in page], headers


def show_repo(call: Call) -> Answer:
    return 200, _repo(call.world.repo(call.found[0])), {}


def show_branch(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    oid = repo.head(call.found[1])
    if oid is None:
        raise RefusedError(404, "404 Branch Not Found")
    return 200, {"name": call.found[1], "commit": {"id": oid}, "protected": False}, {}


def compare(call: Call) -> Answer:
    commits = call.world.repo(call.found[0]).commits(call.query["from"], call.query["to"])
    shown = [
        {"id": c["sha"], "author_email": c["author_email"], "committer_email": c["email"]} for c in commits
    ]
    return 200, {"commits": shown, "diffs": [], "compare_same_ref": False}, {}


def list_pulls(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    branch, state = call.query.get("source_branch"), call.query.get("state", "all")
    found = [p for p in repo.pulls if branch in {None, p.branch} and state in {"all", _state(p)}]
    page, headers = call.page(found, "per_page", call.origin + PREFIX)
    return 200, [_pull(call, repo, pull) for pull in page], headers


def show_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.pull(repo, int(call.found[1]))
    asked = any(what == "changes" for _, what in pull.reviews)
    merge = "checking" if pull.conflicts is None else "requested_changes" if asked else "mergeable"
    more = {"has_conflicts": bool(pull.conflicts), "detailed_merge_status": merge}
    return 200, {**_pull(call, repo, pull), **more, "head_pipeline": _pipeline(pull)}, {}


def show_approvals(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    said = [who for who, what in call.world.pull(repo, int(call.found[1])).reviews if what == "approved"]
    users = [{"user": {"id": 1 + call.world.accounts.index(who), "username": who}} for who in said]
    return 200, {"iid": int(call.found[1]), "approved": bool(users), "approved_by": users}, {}


def open_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    body = call.body
    duplicate = RefusedError(409, "Another open merge request already exists for this source branch: !1")
    pull = call.world.open_pull(
        repo,
        body["source_branch"],
        body["target_branch"],
        body["title"],
        body.get("description", ""),
        duplicate=duplicate,
    )
    return 201, _pull(call, repo, pull), {}


def edit_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.pull(repo, int(call.found[1]))
    names = {"title": "title", "description": "body", "target_branch": "base"}
    changes = {ours: call.body[theirs] for theirs, ours in names.items() if theirs in call.body}
    if call.body.get("state_event") == "close":
        changes["state"] = "closed"
    call.world.edit_pull(repo, pull, **changes)
    if "add_labels" in call.body:
        call.world.label(repo, pull, call.body["add_labels"].split(","))
    if "reviewer_ids" in call.body:
        call.world.ask_reviews(
            repo, pull, [call.world.accounts[number - 1] for number in call.body["reviewer_ids"]]
        )
    return 200, _pull(call, repo, pull), {}


def _repo(repo: Repo) -> dict[str, Any]:
    level = 30 if repo.may_push else 20
    return {
        "id": repo.number,
        "path_with_namespace": repo.name,
        "default_branch": None if repo.empty else repo.default_branch,
        "archived": repo.archived,
        "empty_repo": repo.empty,
        "mirror": repo.mirror,
        "topics": repo.topics,
        "http_url_to_repo": f"https://evil.invalid/{repo.name}.git",
        "permissions": {"project_access": None, "group_access": {"access_level": level}},
        **({"forked_from_project": {"id": 77}} if repo.fork else {}),
    }


def _state(pull: Pull) -> str:
    return "merged" if pull.merged else "opened" if pull.state == "open" else "closed"


def _pipeline(pull: Pull) -> dict[str, Any] | None:
    """One pipeline has all the checks; GitLab tells what became of it as a whole."""
    found = set(pull.checks.values())
    status = "failed" if "failed" in found else "running" if "waiting" in found else "success"
    return {"id": 9, "status": status, "sha": pull.head} if found else None


def _pull(call: Call, repo: Repo, pull: Pull) -> dict[str, Any]:
    return {
        "id": 1000 + pull.number,
        "iid": pull.number,
        "project_id": repo.number,
        "state": _state(pull),
        "title": pull.title,
        "description": pull.body,
        "draft": pull.title.startswith("Draft: "),
        "source_branch": pull.branch,
        "target_branch": pull.base,
        "source_project_id": 99 if pull.fork else repo.number,
        "target_project_id": repo.number,
        "sha": pull.head,
        "labels": pull.labels,
        "reviewers": [
            {"id": 1 + call.world.accounts.index(name), "username": name} for name in pull.reviewers
        ],
        "web_url": f"{call.origin}/{repo.name}/-/merge_requests/{pull.number}",
    }


ROUTES: list[Route] = [
    ("GET", "/user", whoami),
    ("GET", "/users", accounts),
    ("GET", "/personal_access_tokens/self", token),
    ("GET", "/(?:groups|users)/([^/]+)/projects", list_repos),
    ("GET", _NAME, show_repo),
    ("GET", f"{_NAME}/repository/branches/([^/]+)", show_branch),
    ("GET", f"{_NAME}/repository/compare", compare),
    ("GET", f"{_NAME}/merge_requests", list_pulls),
    ("POST", f"{_NAME}/merge_requests", open_pull),
    ("GET", rf"{_NAME}/merge_requests/(\d+)", show_pull),
    ("GET", rf"{_NAME}/merge_requests/(\d+)/approvals", show_approvals),
    ("PUT", rf"{_NAME}/merge_requests/(\d+)", edit_pull),
]
