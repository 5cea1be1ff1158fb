"""A small fleet, each copy of it the same, whose run is killed at a place and run again."""

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlscaffold.shells import failpoint
from tests.forge.lab import new_server
from tests.forge.server import serving
from tests.forge.world import TOKEN
from tests.forge.world import World as Forge
from tests.worlds import Template, git, new, template

POINTS = ("answered", "acted", "written", "stepping", "stepped", "fetched", "handed over")
"""Every place in a fleet at which it can be killed; tests/killing.py has those of a single update."""


@dataclass(frozen=True)
class Seed:
    """What every copy is made from: one repo to be updated, one whose pull request is of an older version, one in sync."""

    folder: Path
    template: Template
    forge: Forge

    @classmethod
    def made(cls, folder: Path) -> "Seed":
        made = template(folder / "template", {"README.md": "one\n", "a.py": "x = 1\n"})
        project = new(made, folder / "made")
        forge = Forge(folder / "forge")
        for name in ("first", "refreshed"):
            _push(project, forge, name)
            shutil.copytree(project, folder / "clones" / name, symlinks=True)
        made.change({"README.md": "two\n"})
        seed = cls(folder, made, forge)
        with serving(new_server("github", forge)) as server:
            assert (
                _run(
                    ["update", "--publish", "--repo", "acme/refreshed", "--base-url", server.origin],
                    folder / "seed.jsonl",
                )
                == 0
            )
        assert (
            _run(
                ["update", "--apply", "--from", str(_list(folder, "clones/refreshed"))], folder / "seed.jsonl"
            )
            == 0
        )
        made.change({"README.md": "three\n", "new.txt": "new\n"})
        last = new(made, folder / "newest")
        _push(last, forge, "third")
        shutil.copytree(last, folder / "clones" / "third", symlinks=True)
        return seed

    @contextmanager
    def copied(self, folder: Path, where: str) -> Iterator["Killed"]:
        """Yield a copy, at a forge or on disk."""
        clones = shutil.copytree(self.folder / "clones", folder / "clones", symlinks=True)
        forge = Forge(folder / "forge")
        for repo in self.forge.repos:
            path = shutil.copytree(repo.path, folder / "forge" / f"{repo.name}.git")
            forge.repos.append(copy.deepcopy(repo))
            forge.repos[-1].path = path
        with serving(new_server("github", forge)) as server:
            chosen = (
                ["--org", "acme", "--base-url", server.origin]
                if where == "forge"
                else ["--local", str(clones)]
            )
            yield Killed(folder, forge, chosen)


@dataclass
class Killed:
    """One copy, and the command over it."""

    folder: Path
    forge: Forge
    chosen: list[str]

    def run(self, verb: str, place: str = "") -> bool:
        """Run to the end, or until killed at a place; return whether it was killed."""
        acting = ["--publish"] if verb == "update" else []
        code = _run([verb, *self.chosen, *acting], self.folder / "journal.jsonl", place)
        assert code in (-signal.SIGKILL, 0, 1), code
        return code == -signal.SIGKILL

    def state(self) -> object:
        """Return all that there is at the forge, in the clones, and what the journal says last of each repo."""
        refs = [
            git(path, "for-each-ref", "--format=%(refname) %(objectname)") for path in self._repositories()
        ]
        pulls = [[vars(pull) for pull in repo.pulls] for repo in self.forge.repos]
        files = {path: path.read_bytes() for path in sorted(self.folder.glob("clones/*/*")) if path.is_file()}
        told = {}
        for line in (self.folder / "journal.jsonl").read_bytes().splitlines():
            document = json.loads(line)
            if "repo" in document:
                told[document["repo"]] = (
                    document["state"].replace("ready to merge", "updated"),  # by the run before
                    document["commit"],
                    document["head"],
                    document["branch"],
                )
        return (
            refs,
            pulls,
            [(path.relative_to(self.folder), content) for path, content in files.items()],
            told,
        )

    def _repositories(self) -> list[Path]:
        return [*(repo.path for repo in self.forge.repos), *sorted(self.folder.glob("clones/*"))]


def _run(args: list[str], journal: Path, place: str = "") -> int:
    done = subprocess.run(
        [sys.executable, "-m", "mlscaffold", "fleet", *args, "-j", "1", "--journal", str(journal)],
        env={**os.environ, "GITHUB_TOKEN": TOKEN, **({failpoint.VARIABLE: place} if place else {})},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr
    return done.returncode


def _push(project: Path, forge: Forge, name: str) -> None:
    git(project, "push", "-q", str(forge.add(f"acme/{name}").path), "HEAD:refs/heads/main")


def _list(folder: Path, name: str) -> Path:
    (folder / "list").write_text(f"{name}\n")
    return folder / "list"
