"""A user with secrets, a trusted template, a project that somebody else wrote, and proof that nothing was harmed."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers import GitServer, serving
from tests.worlds import Ran, Template, commit, git, mlscaffold, template, write

TOKEN = "ghp_canary0123456789"
SECRET = "canary-of-the-home-folder"
VARIABLES = {
    "project_slug": "churn",
    "module": "app",
    "description": "A service.",
    "size": "1",
    "licence": ["MIT", "BSD"],
    "extra": {"key": "value"},
    "_private": "of the template",
}
FILES = {
    "README.md": "# {{cookiecutter.description}}\n{{cookiecutter._private}}\none\ntwo\nthree\n",
    "src/{{cookiecutter.module}}/io.py": "x = 1\n",
    "extra.txt": "{% for k, v in cookiecutter.extra.items() %}{{k}}={{v}}\n{% endfor %}",
}
RENDERED = {
    "README.md": "# A service.\nof the template\none\ntwo\nthree\n",
    "src/app/io.py": "x = 1\n",
    "extra.txt": "key=value\n",
}
PROJECT = "{{cookiecutter.project_slug}}"


@dataclass(frozen=True)
class World:
    """One user's machine.

    marker: a file that only the attacker's code would make. outside: a folder that nobody may touch.
    """

    root: Path
    home: Path
    template: Template
    commit: str
    project: Path
    marker: Path
    outside: Path
    attacker: GitServer

    @property
    def payload(self) -> str:
        """A shell command that betrays itself."""
        return f"touch {self.marker}"

    def record(self, answers: Mapping[str, Any] | None = None, **fields: Any) -> None:
        """Write the project's record, true but for what is given."""
        document = {
            "template": str(self.template.root),
            "commit": self.commit,
            "checkout": None,
            "context": {"cookiecutter": {**VARIABLES, **(answers or {})}},
            "directory": None,
            **fields,
        }
        (self.project / ".cruft.json").write_text(json.dumps(document))

    def settle(self) -> None:
        """Commit the project as it is, so that only its content can keep an update from running."""
        if not (self.project / ".git").exists():
            git(self.project, "init", "-q", "-b", "main")
        commit(self.project)

    def run(self, *args: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ran:
        """Run a command in the project as the user, who has a token in the environment."""
        ran = mlscaffold(*args, cwd=cwd or self.project, env={"GITHUB_TOKEN": TOKEN, **(env or {})})
        assert TOKEN not in ran.out + ran.err
        assert SECRET not in ran.out + ran.err
        return ran

    def trust(self, *addresses: str | Path) -> None:
        """Trust addresses, as the user."""
        path = self.home / ".config/mlscaffold/trusted.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.writelines(f"{address}\n" for address in addresses)

    def harm(self) -> list[str]:
        """Return what an attack achieved, in words; empty if nothing."""
        harm = [] if not self.marker.exists() else ["its code ran"]
        if _fingerprint(self.outside) != _fingerprint_of(_OUTSIDE):
            harm.append("it wrote outside of the project")
        kept = {".netrc": SECRET, ".gitconfig": (self.home / ".gitconfig").read_text()}
        found = {path.name: path.read_text() for path in self.home.iterdir() if path.is_file()}
        if found != kept or {path.name for path in self.home.iterdir()} - {
            *kept,
            ".config",
            ".cache",
            ".gnupg",
            ".local",
        }:
            harm.append("it wrote to the home folder")
        places = [self.home / ".config", self.home / ".cache", self.home / ".local", self.project]
        for path in (path for place in places for path in place.rglob("*")):
            if path.is_file() and not path.is_symlink():
                assert TOKEN.encode() not in path.read_bytes(), path
        if self.attacker.requests:
            harm.append(f"it had a call: {self.attacker.requests}")
        return harm


_OUTSIDE = {"secret.txt": SECRET, "folder/file.txt": "not yours\n"}


def _fingerprint_of(files: Mapping[str, str]) -> dict[str, str]:
    return {path: hashlib.sha256(content.encode()).hexdigest() for path, content in files.items()}


def _fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def shared_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Template, str]:
    """A template that no test changes."""
    for who in ("AUTHOR", "COMMITTER"):
        os.environ.setdefault(f"GIT_{who}_NAME", "A Tester")
        os.environ.setdefault(f"GIT_{who}_EMAIL", "tester@example.com")
    made = template(tmp_path_factory.mktemp("attack") / "template", FILES, variables=VARIABLES)
    return made, git(made.root, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="session")
def attacker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    """The attacker's server, which is never to be called."""
    with serving(tmp_path_factory.mktemp("attacker")) as server:
        yield server


@pytest.fixture
def world(
    tmp_path: Path, home: Path, shared_template: tuple[Template, str], attacker: GitServer
) -> Iterator[World]:
    """A machine; whatever the test did there, nobody is harmed."""
    attacker.requests.clear()
    made, recorded = shared_template
    project, outside = tmp_path / "project", tmp_path / "outside"
    write(project, RENDERED)
    write(outside, _OUTSIDE)
    write(home, {".netrc": SECRET, ".gitconfig": "[user]\n\tname = A User\n\temail = user@example.com\n"})
    world = World(tmp_path, home, made, recorded, project, tmp_path / "marker", outside, attacker)
    world.trust(made.root)
    world.record()
    yield world
    assert world.harm() == []


@pytest.fixture
def newer(world: World, tmp_path: Path) -> Template:
    """The template, with every file changed after the project's commit."""
    git(tmp_path, "clone", "-q", str(world.template.root), "newer")
    made = Template(tmp_path / "newer")
    made.change({path: f"{content}changed\n" for path, content in FILES.items()})
    world.trust(made.root)
    world.record(template=str(made.root))
    return made
