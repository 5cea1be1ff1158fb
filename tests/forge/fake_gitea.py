"""Gitea as a fake; pyforgejo, made from Forgejo's own description, reads it in the tests."""

from typing import Any

from tests.forge.routes import Call, Route, routed
from tests.forge.server import Answer
from tests.forge.world import Pull, RefusedError, Repo, World

PREFIX = "/api/v1"
ROOT = PREFIX
_NAME = r"/repos/([^/]+/[^/]+)"


def answer(world: World, method: str, path: str, query: dict[str, str], body: Any, origin: str) -> Answer:
    return routed(ROUTES, world, method, path, query, body, origin)


def whoami(_: Call) -> Answer:
    return 200, {"id": 1, "login": "robot"}, {}


def list_repos(call: Call) -> Answer:
    page, headers = call.page(call.world.owned_by(call.found[0]), "limit", call.origin + PREFIX)
    return 200, [_repo(repo) for repo in page], headers


def show_repo(call: Call) -> Answer:
    return 200, _repo(call.world.repo(call.found[0])), {}


def show_branch(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    oid = repo.head(call.found[1])
    if oid is None:
        raise RefusedError(404, "branch does not exist")
    return 200, {"name": call.found[1], "commit": {"id": oid}}, {}


def compare(call: Call) -> Answer:
    base, _, head = call.found[1].partition("...")
    commits = call.world.repo(call.found[0]).commits(base, head)
    shown = [
        {"sha": c["sha"], "commit": {"committer": {"name": c["name"], "email": c["email"]}}} for c in commits
    ]
    return 200, {"total_commits": len(shown), "commits": shown}, {}


def list_pulls(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    state = call.query.get("state", "open")
    page, headers = call.page(
        [p for p in repo.pulls if state in {"all", p.state}], "limit", call.origin + PREFIX
    )
    return 200, [_pull(call, repo, pull) for pull in page], headers


def show_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.pull(repo, int(call.found[1]))
    mergeable = pull.conflicts is False and not pull.title.startswith("WIP:")
    return 200, {**_pull(call, repo, pull), "mergeable": mergeable}, {}


def show_statuses(call: Call) -> Answer:
    words = {"passed": "success", "failed": "failure", "waiting": "pending"}
    found = call.world.checks(call.world.repo(call.found[0]), call.found[1])
    statuses = [
        {"id": number, "context": name, "status": words[what]}
        for number, (name, what) in enumerate(found.items(), 1)
    ]
    state = "success" if set(found.values()) <= {"passed"} else "pending"
    return 200, {"sha": call.found[1], "state": state, "total_count": len(found), "statuses": statuses}, {}


def show_reviews(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    words = {
        "approved": "APPROVED",
        "changes": "REQUEST_CHANGES",
        "comment": "COMMENT",
        "dismissed": "REQUEST_CHANGES",
    }
    reviews = [
        {
            "id": number,
            "user": {"id": 2, "login": who},
            "state": words[what],
            "dismissed": what == "dismissed",
        }
        for number, (who, what) in enumerate(call.world.pull(repo, int(call.found[1])).reviews, 1)
    ]
    page, headers = call.page(reviews, "limit", call.origin + PREFIX)
    return 200, page, headers


def open_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    body = call.body
    duplicate = RefusedError(409, "pull request already exists for these targets")
    pull = call.world.open_pull(
        repo, body["head"], body["base"], body["title"], body.get("body", ""), duplicate=duplicate
    )
    return 201, _pull(call, repo, pull), {}


def edit_pull(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.edit_pull(repo, call.world.pull(repo, int(call.found[1])), **call.body)
    return 201, _pull(call, repo, pull), {}


def list_labels(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    page, headers = call.page(_labels(repo, repo.labels), "limit", call.origin + PREFIX)
    return 200, page, headers


def make_label(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    repo.labels.append(call.body["name"])
    return 201, _labels(repo, [call.body["name"]])[0], {}


def add_labels(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    pull = call.world.pull(repo, int(call.found[1]))
    call.world.label(repo, pull, [repo.labels[number - 1] for number in call.body["labels"]])
    return 200, _labels(repo, pull.labels), {}


def ask_reviews(call: Call) -> Answer:
    repo = call.world.repo(call.found[0])
    call.world.ask_reviews(repo, call.world.pull(repo, int(call.found[1])), call.body["reviewers"])
    return 201, [], {}


def _labels(repo: Repo, names: list[str]) -> list[dict[str, Any]]:
    return [{"id": 1 + repo.labels.index(name), "name": name, "color": "ededed"} for name in names]


def _repo(repo: Repo) -> dict[str, Any]:
    owner, _, name = repo.name.partition("/")
    return {
        "id": repo.number,
        "name": name,
        "full_name": repo.name,
        "owner": {"id": 7, "login": owner},
        "default_branch": repo.default_branch,
        "archived": repo.archived,
        "empty": repo.empty,
        "mirror": repo.mirror,
        "fork": repo.fork,
        "topics": repo.topics,
        "clone_url": f"https://evil.invalid/{repo.name}.git",
        "permissions": {"admin": False, "push": repo.may_push, "pull": True},
    }


def _pull(call: Call, repo: Repo, pull: Pull) -> dict[str, Any]:
    there = repo.head(pull.branch) is not None
    return {
        "id": 1000 + pull.number,
        "number": pull.number,
        "state": pull.state,
        "merged": pull.merged,
        "title": pull.title,
        "body": pull.body,
        "labels": _labels(repo, pull.labels),
        "head": {
            "label": pull.branch,
            "ref": pull.branch if there else f"refs/pull/{pull.number}/head",
            "sha": pull.head,
            "repo_id": 99 if pull.fork else repo.number,
        },
        "base": {"label": pull.base, "ref": pull.base, "sha": repo.head(pull.base), "repo_id": repo.number},
        "html_url": f"{call.origin}/{repo.name}/pulls/{pull.number}",
    }


ROUTES: list[Route] = [
    ("GET", "/user", whoami),
    ("GET", "/(?:orgs|users)/([^/]+)/repos", list_repos),
    ("GET", _NAME, show_repo),
    ("GET", f"{_NAME}/branches/(.+)", show_branch),
    ("GET", f"{_NAME}/compare/(.+)", compare),
    ("GET", f"{_NAME}/pulls", list_pulls),
    ("POST", f"{_NAME}/pulls", open_pull),
    ("GET", rf"{_NAME}/pulls/(\d+)", show_pull),
    ("GET", rf"{_NAME}/pulls/(\d+)/reviews", show_reviews),
    ("GET", f"{_NAME}/commits/(.+)/status", show_statuses),
    ("PATCH", rf"{_NAME}/pulls/(\d+)", edit_pull),
    ("GET", f"{_NAME}/labels", list_labels),
    ("POST", f"{_NAME}/labels", make_label),
    ("POST", rf"{_NAME}/issues/(\d+)/labels", add_labels),
    ("POST", rf"{_NAME}/pulls/(\d+)/requested_reviewers", ask_reviews),
]
