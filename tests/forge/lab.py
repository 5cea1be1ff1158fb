"""A fake forge with one repo in it, our client for it, and a store of commits to push."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlscaffold.core.forge import Forge
from mlscaffold.core.forge import Repo as SeenRepo
from mlscaffold.core.marker import Marker
from mlscaffold.core.pace import Pace
from mlscaffold.core.pull import Own, Push, Rest, Target
from mlscaffold.core.secret import Secret, git_credentials
from mlscaffold.publish import publish
from mlscaffold.shells import gitea, github, gitlab
from mlscaffold.shells.http import Bounds, Http
from tests.forge import fake_gitea, fake_github, fake_gitlab
from tests.forge.server import ForgeServer
from tests.forge.world import TOKEN, Repo, World

PLATFORMS = ("github", "gitlab", "gitea")
ROBOT = "robot@mlscaffold.invalid"
github_only = pytest.mark.parametrize("lab", ["github"], indirect=True)
"""For what is the same on every forge."""

OWN = Own("tpl-1234abcd", ROBOT)
UNHURRIED = Pace(windows=((1, 0.0),))
"""No pause between writes: the pace has tests of its own."""


@dataclass
class Store:
    """Bare git repo in which commits are made, each the same whenever it is made."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def git(self, *args: str, data: str | None = None, who: str = ROBOT) -> str:
        name = who.partition("@")[0]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": who,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": who,
            "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        }
        done = subprocess.run(
            ["git", "--git-dir", self.path, *args],
            input=data,
            env=environment | self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip()

    def commit(self, content: str, *parents: str, who: str = ROBOT) -> str:
        blob = self.git("hash-object", "-w", "--stdin", data=content)
        tree = self.git("mktree", data=f"100644 blob {blob}\tREADME.md\n")
        lineage = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", tree, *lineage, "-m", f"Change to {content[:20]}", who=who)

    def put(self, repo: Repo, branch: str, commit: str | None) -> None:
        """Move a branch of a fake's repo behind the forge's back, as another client's push does."""
        self.git("push", "-q", "--force", str(repo.path), f"{commit or ''}:refs/heads/{branch}")


@dataclass
class Lab:
    platform: str
    world: World
    server: ForgeServer
    store: Store
    secret: Secret
    http: Http
    forge: Forge
    repo: Repo
    main: str
    slept: list[float]
    others: list[Http] = field(default_factory=list)

    def client(self, **options: object) -> Forge:
        """Return another client of ours for the same forge."""
        http, forge = client(self.platform, self.server.origin, self.secret, self.slept, **options)
        self.others.append(http)
        return forge

    def close(self) -> None:
        for http in (self.http, *self.others):
            http.close()

    def seen(self) -> SeenRepo:
        found = self.forge.repo(self.repo.name)
        assert found is not None
        return found

    def push(self, repo: SeenRepo, branch: str, step: Push) -> str:
        """Push as the fleet's git will: one branch, from where it was seen, with the token in the environment."""
        user = {"github": github, "gitlab": gitlab, "gitea": gitea}[self.platform].GIT_USER
        self.store.environment = git_credentials(repo.clone_url, user, self.secret)
        ref = f"refs/heads/{branch}"
        try:
            lease = f"--force-with-lease={ref}:{step.old or ''}"
            return self.store.git("push", "--porcelain", lease, repo.clone_url, f"{step.new or ''}:{ref}")
        except subprocess.CalledProcessError as error:
            return str(error.stderr)
        finally:
            self.store.environment = {}

    def publish(
        self, target: Target | None, push: Callable[[SeenRepo, str, Push], str] | None = None
    ) -> Rest:
        return publish(self.forge, push or self.push, self.seen(), OWN, target, sleep=self.slept.append)

    def target(self, version: str = "v2", **changes: object) -> Target:
        """Return the update to a version of the template, on top of the default branch as it is."""
        commit = self.store.commit(f"made from {version}", self.repo.head("main") or "")
        marker = Marker(OWN.template, "0" * 40, f"{version:0>40}", f"tree of {version}", commit)
        return Target(marker, f"Update to {version}", f"What {version} brings.", **changes)  # type: ignore[arg-type]

    def state(self) -> object:
        """Return all that the forge holds of the repo."""
        refs = self.repo.git("for-each-ref", "--format=%(refname) %(objectname)")
        return refs, [vars(pull).copy() for pull in self.repo.pulls], sorted(self.repo.labels)


def new_server(platform: str, world: World) -> ForgeServer:
    fake = {"github": fake_github, "gitlab": fake_gitlab, "gitea": fake_gitea}[platform]
    return ForgeServer(world, fake.ROOT, fake.answer)


def client(
    platform: str, origin: str, secret: Secret, slept: list[float], **options: object
) -> tuple[Http, Forge]:
    """Return our client; its clock is moved by its own sleeping alone."""
    shell = {"github": github, "gitlab": gitlab, "gitea": gitea}[platform]
    settings = {
        "pace": UNHURRIED,
        "bounds": Bounds(size=2**20, silence=60.0),
        "clock": lambda: sum(slept),
        **options,
    }
    http = Http(shell.api_address(origin), shell.headers(secret), secret, sleep=slept.append, **settings)  # type: ignore[arg-type]
    forges: dict[str, Callable[[str, Http], Forge]] = {
        "github": github.GitHub,
        "gitlab": gitlab.GitLab,
        "gitea": gitea.Gitea,
    }
    return http, forges[platform](origin, http)


def new_lab(platform: str, world: World, server: ForgeServer, store: Store) -> Lab:
    secret = Secret(TOKEN)
    slept: list[float] = []
    http, forge = client(platform, server.origin, secret, slept)
    repo = world.add("acme/ranker")
    main = store.commit("one")
    store.put(repo, "main", main)
    return Lab(platform, world, server, store, secret, http, forge, repo, main, slept)
