"""What a forge holds, and its rules: accounts, bare repos on disk, pull requests, labels, and the faults to come."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = "tok-0123456789abcdefghij"


class RefusedError(Exception):
    """The forge says no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class Pull:
    number: int
    branch: str
    base: str
    title: str
    body: str
    head: str
    draft: bool = False
    state: str = "open"
    merged: bool = False
    fork: bool = False
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)
    """Each check's name, and whether it passed, failed, or is waiting."""
    reviews: list[tuple[str, str]] = field(default_factory=list)
    """Who said in what order: approved, changes, comment, dismissed."""
    conflicts: bool | None = False


@dataclass
class Repo:
    number: int
    name: str
    path: Path
    default_branch: str = "main"
    archived: bool = False
    mirror: bool = False
    fork: bool = False
    may_push: bool = True
    topics: list[str] = field(default_factory=list)
    pulls: list[Pull] = field(default_factory=list)
    labels: list[str] = field(default_factory=lambda: ["bug"])

    @property
    def empty(self) -> bool:
        return self.head(self.default_branch) is None

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", "--git-dir", self.path, *args], check=True, capture_output=True, text=True, timeout=30
        )
        return done.stdout.strip()

    def head(self, branch: str) -> str | None:
        heads = self.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", f"refs/heads/{branch}")
        return dict(line.split() for line in heads.splitlines()).get(branch)

    def commits(self, base: str, head: str) -> list[dict[str, str]]:
        """Return what `head` has and `base` lacks, oldest first."""
        return self.log("--reverse", f"{base}..{head}")

    def tip(self, branch: str) -> dict[str, str]:
        return self.log("-1", branch)[0]

    def log(self, *which: str) -> list[dict[str, str]]:
        keys = ("sha", "tree", "message", "author", "author_email", "author_date", "name", "email", "date")
        lines = self.git("log", "-z", "--format=%H%n%T%n%s%n%an%n%ae%n%aI%n%cn%n%ce%n%cI", *which, "--")
        return [dict(zip(keys, entry.split("\n"), strict=True)) for entry in lines.split("\0") if entry]


@dataclass
class Fault:
    """What goes wrong with `times` requests in whose `METHOD path` the pattern is found: after `skip`, one in `every`."""

    on: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    lose_reply: bool = False
    cut_after: int | None = None
    stall: bool = False
    endless: bytes = b""
    skip: int = 0
    every: int = 1
    times: int = 1


class World:
    """One forge's state. `deny` holds tokens that no longer count."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repos: list[Repo] = []
        self.tokens = {TOKEN: "robot"}
        self.scopes: list[str] | None = ["repo", "workflow"]
        self.accounts = ["robot", "ada", "grace"]
        self.groups = ["acme"]
        self.faults: list[Fault] = []
        self.log: list[str] = []
        self.seen_headers: list[dict[str, str]] = []
        self.violations: list[str] = []
        self.per_page = 100
        self.before_receive: Callable[[], None] | None = None

    def add(self, name: str, **flags: Any) -> Repo:
        path = self.root / f"{name}.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True, timeout=30)
        repo = Repo(len(self.repos) + 1, name, path, **flags)
        repo.git("config", "http.receivepack", "true")
        self.repos.append(repo)
        return repo

    def protect(self, repo: Repo, branch: str) -> None:
        hook = repo.path / "hooks" / "pre-receive"
        hook.write_text(
            f'#!/bin/sh\nwhile read old new ref; do [ "$ref" = "refs/heads/{branch}" ] && '
            'echo "error: GH006: Protected branch update failed" && exit 1; done; exit 0\n'
        )
        hook.chmod(0o755)

    def refuse_workflows(self, repo: Repo) -> None:
        """Take no push that changes a workflow, as GitHub does of a token without that permission."""
        hook = repo.path / "hooks" / "pre-receive"
        hook.write_text(
            "#!/bin/sh\nwhile read old new ref; do git diff --name-only main $new | grep -q ^.github/workflows/ && "
            "echo 'refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` "
            "without `workflow` scope' && exit 1; done; exit 0\n"
        )
        hook.chmod(0o755)

    def writes(self) -> list[str]:
        """Return the requests that changed something, or tried to."""
        reads = re.compile(r"GET |POST \S*(?:git-upload-pack|/graphql)$")
        return [line for line in self.log if not reads.match(line)]

    def fault_for(self, line: str) -> Fault | None:
        for fault in self.faults:
            if not fault.times or not re.search(fault.on, line):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            fault.skip = fault.every - 1
            return fault
        return None

    def repo(self, name: str) -> Repo:
        for repo in self.repos:
            if name.lower() in {repo.name.lower(), str(repo.number)}:  # the number as GitLab has it
                self._follow_branches(repo)
                return repo
        raise RefusedError(404, "Not Found")

    def owned_by(self, owner: str) -> list[Repo]:
        if owner not in self.groups and owner not in self.accounts:
            raise RefusedError(404, "Not Found")
        return [repo for repo in self.repos if repo.name.startswith(f"{owner}/")]

    def pull(self, repo: Repo, number: int) -> Pull:
        for pull in repo.pulls:
            if pull.number == number:
                return pull
        raise RefusedError(404, "Not Found")

    def checks(self, repo: Repo, commit: str) -> dict[str, str]:
        return {
            name: what for pull in repo.pulls if pull.head == commit for name, what in pull.checks.items()
        }

    def open_pull(
        self, repo: Repo, branch: str, base: str, title: str, body: str, *, duplicate: RefusedError
    ) -> Pull:
        self._writable(repo)
        head = repo.head(branch)
        if head is None or repo.head(base) is None:
            raise RefusedError(422, "Validation Failed: head invalid")
        if any(
            p.branch == branch and p.base == base and p.state == "open" and not p.fork for p in repo.pulls
        ):
            raise duplicate
        if not repo.commits(base, head):
            raise RefusedError(422, f"No commits between {base} and {branch}")
        pull = Pull(len(repo.pulls) + 1, branch, base, title, body, head)
        repo.pulls.append(pull)
        return pull

    def edit_pull(self, repo: Repo, pull: Pull, **changes: Any) -> Pull:
        self._writable(repo)
        for name, value in changes.items():
            setattr(pull, name, value)
        return pull

    def ask_reviews(self, repo: Repo, pull: Pull, reviewers: list[str]) -> None:
        self._writable(repo)
        if not set(reviewers) <= set(self.accounts):
            raise RefusedError(422, "Reviews may only be requested from collaborators.")
        pull.reviewers += [name for name in reviewers if name not in pull.reviewers]

    def label(self, repo: Repo, pull: Pull, labels: list[str]) -> None:
        self._writable(repo)
        repo.labels += [name for name in labels if name not in repo.labels]
        pull.labels += [name for name in labels if name not in pull.labels]

    def _writable(self, repo: Repo) -> None:
        if repo.archived:
            raise RefusedError(403, "Repository was archived so is read-only.")
        if not repo.may_push:
            raise RefusedError(403, "Resource not accessible by personal access token")

    def _follow_branches(self, repo: Repo) -> None:
        """Let open pull requests follow their branches, and close those whose branch is gone, as forges do."""
        for pull in repo.pulls:
            if pull.state == "open" and not pull.fork:
                head = repo.head(pull.branch)
                pull.head = head or pull.head
                pull.state = "open" if head else "closed"
