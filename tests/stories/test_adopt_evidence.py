"""What a repo says of its template: files of earlier tools, badges, the history, and the user's own list of templates."""

import json
from pathlib import Path

import pytest

from tests.adopting.three import library, science
from tests.worlds import Template, commit, git, mlscaffold, new, template, write

FILES = {"README.md": "# {{cookiecutter.project_name}}\none\ntwo\n", "app.py": "a = 1\nb = 2\nc = 3\n"}


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", FILES)


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    """Return a project that shows nothing of its licence, without its record."""
    project = new(made, tmp_path)
    git(project, "rm", "-q", ".cruft.json")
    git(project, "commit", "-q", "--amend", "-m", "start")
    return project


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".cookiecutter.json", '{"licence": "Apache-2.0", "_template": "x"}'),
        (".cookiecutter.json", '{"cookiecutter": {"licence": "Apache-2.0"}}'),
        (".copier-answers.yml", "# Changes here\n_commit: v1\nlicence: 'Apache-2.0'\n"),
        (".nf-core.yml", "template:\n  licence: Apache-2.0\n"),
        (".cruft.json", '{"context": {"cookiecutter": {"licence": "Apache-2.0"}}}'),
    ],
)
def test_answers_of_earlier_tools_are_taken(made: Template, project: Path, name: str, content: str) -> None:
    write(project, {name: content})
    commit(project)
    if name == ".cruft.json":
        git(project, "commit", "-q", "--amend", "-m", "start")
        git(project, "rm", "-q", name)
        git(project, "commit", "-q", "-m", "no record any more")
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "--plan")
    assert "licence = Apache-2.0" in ran.out
    assert name in next(line for line in ran.out.splitlines() if "licence =" in line)


def test_a_template_that_a_file_names_is_taken_if_it_is_trusted(made: Template, project: Path) -> None:
    write(project, {".cookiecutter.json": json.dumps({"_template": str(made.root)})})
    commit(project)
    ran = mlscaffold("adopt", "-p", project, "--plan", env={"MLSCAFFOLD_TRUST": str(made.root)})
    assert f"note: .cookiecutter.json of its last commit names the template {made.root}" in ran.out
    assert f"is from {made.root} at" in ran.out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".copier-answers.yml", "_src_path: https://evil.example/template\n"),
        ("README.md", "# x\n[![made](https://evil.example/cookiecutter-x)](y)\n"),
    ],
)
def test_one_that_is_not_trusted_is_said_and_not_asked(
    made: Template, project: Path, name: str, content: str
) -> None:
    write(project, {name: content})
    commit(project)
    ran = mlscaffold("adopt", "-p", project, "--plan", env={"MLSCAFFOLD_TEMPLATE": str(made.root)})
    assert "evil.example" in ran.out
    assert "which is not trusted" in ran.out
    assert f"from {made.root}" in ran.out


def test_a_line_of_the_history_is_said(made: Template, project: Path) -> None:
    git(project, "commit", "-q", "--amend", "-m", "Create with cookiecutter gh:acme/service")
    ran = mlscaffold("adopt", "-p", project, "--plan", env={"MLSCAFFOLD_TEMPLATE": str(made.root)})
    assert "says 'Create with cookiecutter gh:acme/service'" in ran.out


def test_of_several_templates_the_one_that_fits_best_is_taken(
    made: Template, project: Path, tmp_path: Path, home: Path
) -> None:
    others = [str(library(tmp_path / "library", 2)), str(science(tmp_path / "science", 2))]
    config = home / ".config" / "mlscaffold" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f'template = "{others[0]}"\ntemplates = ["{others[1]}", "{made.root}"]\n')
    ran = mlscaffold("adopt", "-p", project, "--plan")
    assert f"is from {made.root} at" in ran.out
    assert f"({others[1]} is " in ran.out
