"""Templates and projects for tests: real git repositories in temporary folders, and the command line run on them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = "{{cookiecutter.project_slug}}"
VARIABLES = {
    "project_name": "Churn Model",
    "project_slug": "{{ cookiecutter.project_name.lower().replace(' ', '-') }}",
    "licence": ["MIT", "Apache-2.0"],
}


def git(folder: Path, *args: str, check: bool = True) -> str:
    """Run git in a folder and return what it printed."""
    done = subprocess.run(["git", *args], cwd=folder, check=check, capture_output=True)
    return os.fsdecode(done.stdout)


def write(folder: Path, files: Mapping[str, str | bytes | None]) -> None:
    """Write files below a folder; None deletes one."""
    for path, content in files.items():
        target = folder / path
        if content is None:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


def commit(folder: Path, message: str = "change") -> str:
    """Commit everything in a repository and return the commit's id."""
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD").strip()


@dataclass(frozen=True)
class Template:
    """A cookiecutter template in a repository of its own."""

    root: Path

    def change(
        self,
        files: Mapping[str, str | bytes | None] | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        beside: Mapping[str, str | bytes | None] | None = None,
    ) -> str:
        """Commit changes of the project's files (`files`), of cookiecutter.json, and of files beside it."""
        if variables is not None:
            write(self.root, {"cookiecutter.json": json.dumps(variables, indent=2)})
        write(self.root / PROJECT, files or {})
        write(self.root, beside or {})
        return commit(self.root)


def template(folder: Path, files: Mapping[str, str | bytes | None], **others: Any) -> Template:
    """Make a template with these files of the project."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    made = Template(folder)
    made.change(files, **{"variables": VARIABLES, **others})
    return made


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def mlscaffold(
    *args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = ""
) -> Ran:
    """Run the command line in a process of its own, as a user would; a traceback fails the test."""
    done = subprocess.run(
        [sys.executable, "-m", "mlscaffold", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
        input=stdin.encode(),
        capture_output=True,
        check=False,
    )
    ran = Ran(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))
    assert "Traceback" not in ran.err, ran.err
    return ran


def new(made: Template, folder: Path, *args: str) -> Path:
    """Create a project from a template with `mlscaffold new`."""
    ran = mlscaffold("new", "-t", made.root, "-y", "-o", folder, *args)
    assert ran.code == 0, ran.err
    return folder / "churn-model"


def states(project: Path, *args: str) -> dict[str, str]:
    """Return what `check` says of each path that is not in sync."""
    ran = mlscaffold("check", "-p", project, "--format", "json", *args)
    assert ran.code in (0, 1), ran.err
    return {finding["path"]: finding["state"] for finding in ran.json["findings"]}
