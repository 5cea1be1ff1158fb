"""What adopt does not take: one clear sentence, and nothing is written."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adopting.legacy import NUMBERED
from tests.adopting.three import library
from tests.worlds import VARIABLES, Ran, Template, commit, git, mlscaffold, new, template, write

PACKAGE = {
    "README.md": "# {{cookiecutter.project_name}}\n",
    "pyproject.toml": '[project]\nname = "{{cookiecutter.project_slug}}"\n',
    "src/{{cookiecutter.package}}/__init__.py": "",
    "src/{{cookiecutter.package}}/run.py": "def run():\n    return 1\n\n\ndef stop():\n    return 2\n",
    "src/{{cookiecutter.package}}/load.py": "def load():\n    return 3\n\n\ndef save():\n    return 4\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Template:
    asked = {**VARIABLES, "package": "{{ cookiecutter.project_slug.replace('-', '_') }}"}
    return template(tmp_path / "template", PACKAGE, variables=asked)


def repo(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    write(folder, files)
    commit(folder)
    return folder


def state(root: Path) -> dict[str, str]:
    """Return every file of a folder, the git directory's included, by its content."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def refused(root: Path, made: Path, *args: str) -> Ran:
    """Adopt, and see that nothing at all changed."""
    before = state(root)
    ran = mlscaffold("adopt", "-p", root, "-t", made, "-y", *args)
    assert state(root) == before
    assert ran.code != 0
    return ran


def test_no_git_repository(made: Template, tmp_path: Path) -> None:
    write(tmp_path / "plain", {"a.py": "x = 1\n"})
    ran = refused(tmp_path / "plain", made.root)
    assert ran.code == 3
    assert "is not in a git repository" in ran.err


def test_no_commit(made: Template, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "-q")
    ran = refused(tmp_path / "empty", made.root)
    assert (ran.code, "has no commit yet" in ran.err) == (3, True)


def test_a_record_is_there_already(made: Template, tmp_path: Path) -> None:
    ran = refused(new(made, tmp_path), made.root)
    assert ran.code == 2
    assert "mlscaffold check" in ran.err


def test_uncommitted_changes(made: Template, tmp_path: Path) -> None:
    root = repo(
        tmp_path / "churn",
        {"src/churn/run.py": PACKAGE["src/{{cookiecutter.package}}/run.py"], "a.txt": "a\n"},
    )
    write(root, {"a.txt": "b\n"})
    ran = refused(root, made.root)
    assert (ran.code, "a.txt" in ran.err) == (3, True)


def test_a_repo_of_another_language(tmp_path: Path) -> None:
    root = repo(
        tmp_path / "server",
        {"main.go": "package main\n", "README.md": "# server\n", "go.mod": "module server\n"},
    )
    ran = refused(root, library(tmp_path / "template", 1))
    assert ran.code == 1
    assert "does not look like the template" in ran.out


def test_two_packages_that_fit_alike(made: Template, tmp_path: Path) -> None:
    files = {
        path.replace("{{cookiecutter.package}}", name): content
        for name in ("churn", "uplift")
        for path, content in PACKAGE.items()
        if path.startswith("src/")
    }
    root = repo(tmp_path / "churn-model", files)
    ran = refused(root, made.root)
    assert ran.code == 2
    assert "No one answer fits: package" in ran.err
    assert "package could be" in ran.out
    assert mlscaffold("adopt", "-p", root, "-t", made.root, "-y", "-a", "package=uplift").code == 0
    assert "uplift" in (root / ".cruft.json").read_text()


def test_an_answer_that_the_template_does_not_ask_for(made: Template, tmp_path: Path) -> None:
    root = repo(tmp_path / "churn", {"a.py": "x = 1\n"})
    ran = refused(root, made.root, "-a", "colour=blue")
    assert (ran.code, "does not ask for 'colour'" in ran.err) == (2, True)


def test_no_template_in_the_repository_that_is_named(tmp_path: Path) -> None:
    root = repo(tmp_path / "churn", {"a.py": "x = 1\n"})
    ran = refused(root, repo(tmp_path / "other", {"README.md": "# no template\n"}))
    assert (ran.code, "no cookiecutter template" in ran.err) == (3, True)


def unparsable(root: Path) -> None:
    write(root, {"setup.py": "setup(name=\n", "pyproject.toml": "[project\n", "setup.cfg": "name\n"})


def latin(root: Path) -> None:
    write(root, {"README.md": "# Ren\xe9\n".encode("latin-1"), os.fsdecode(b"caf\xe9.py"): "x = 1\n"})


def nested(root: Path) -> None:
    write(
        root,
        {"setup.py": "(" * 5000, "pyproject.toml": "a = " + "[" * 50_000, ".cookiecutter.json": "[" * 90_000},
    )


def links(root: Path) -> None:
    (root / "README.md").symlink_to("/etc/hostname")
    (root / "src").symlink_to("/etc")


@pytest.mark.parametrize("spoil", [unparsable, latin, nested, links])
def test_files_that_cannot_be_read_say_nothing_and_stop_nothing(
    made: Template, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    root = repo(tmp_path / "churn", {"a.py": "x = 1\n"})
    spoil(root)
    commit(root)
    ran = mlscaffold("adopt", "-p", root, "-t", made.root, "--plan")
    assert ran.code == 1, ran.err
    assert "project_slug = churn" in ran.out
    if spoil is unparsable:
        assert "note: setup.py cannot be parsed" in ran.out


def test_one_commit_of_a_shallow_clone_is_compared_and_said_to_be_all(made: Template, tmp_path: Path) -> None:
    project = new(made, tmp_path)
    git(project, "rm", "-q", ".cruft.json")
    git(project, "commit", "-q", "-m", "lose the record")
    clone = tmp_path / "churn-model-clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{project}", str(clone))
    ran = mlscaffold("adopt", "-p", clone, "-t", made.root, "-y")
    assert ran.code == 0, ran.err
    assert "the clone is shallow" in ran.out
    assert mlscaffold("check", "-p", clone).code == 0


def test_one_project_of_a_monorepo(made: Template, tmp_path: Path) -> None:
    single = new(made, tmp_path)
    root = repo(tmp_path / "mono", {"README.md": "# mono\n", "services/other/app.py": "x = 1\n"})
    (root / "services" / "churn-model").mkdir()
    files = [path for path in git(single, "ls-files").split() if path != ".cruft.json"]
    write(root / "services" / "churn-model", {path: (single / path).read_text() for path in files})
    commit(root)
    ran = mlscaffold("adopt", "-p", root / "services" / "churn-model", "-t", made.root, "-y")
    assert ran.code == 0, ran.err
    assert git(root, "show", "--name-only", "--format=", "HEAD").split() == [
        "services/churn-model/.cruft.json"
    ]
    assert mlscaffold("check", "-p", root / "services" / "churn-model").code == 0


def test_nothing_of_the_repo_is_run(made: Template, tmp_path: Path) -> None:
    root, marker = repo(tmp_path / "churn", dict(NUMBERED.files)), tmp_path / "ran"
    bad = f"open({str(marker)!r}, 'w').close()\n"
    write(
        root,
        {
            "setup.py": bad,
            "conftest.py": bad,
            "sitecustomize.py": bad,
            "json.py": bad,
            "src/churn/__init__.py": bad,
        },
    )
    write(
        root, {".gitattributes": "* filter=bad diff=bad\n", "README.md": "# {{ cookiecutter.__class__ }}\n"}
    )
    commit(root)
    for name in (
        "filter.bad.clean",
        "filter.bad.smudge",
        "diff.bad.command",
        "core.fsmonitor",
        "core.sshCommand",
    ):
        git(root, "config", name, f"touch {marker}; cat")
    git(root, "config", "core.hooksPath", str(root / "hooks"))
    write(root, {"hooks/post-commit": f"#!/bin/sh\ntouch {marker}\n"})
    (root / "hooks/post-commit").chmod(0o755)
    ran = mlscaffold("adopt", "-p", root, "-t", made.root, "--plan")
    assert ran.code in (0, 1), ran.err
    assert not marker.exists()


@pytest.mark.parametrize("value", ["../../outside", "/etc", "a/../../b", "{{ 7 * 7 }}"])
def test_an_answer_in_a_file_of_the_repo_is_data(made: Template, tmp_path: Path, value: str) -> None:
    root = repo(tmp_path / "churn", {"a.py": "x = 1\n", ".cookiecutter.json": f'{{"package": "{value}"}}'})
    ran = mlscaffold("adopt", "-p", root, "-t", made.root, "-y")
    assert ran.code in (0, 3), ran.err
    assert not (tmp_path / "outside").exists()
    assert "src/49/run.py" not in git(root, "ls-files").split()
