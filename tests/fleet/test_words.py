"""What a pull request tells its reviewer, and that nothing in it acts on the forge it is shown by."""

import shutil
from pathlib import Path

import pytest

from mlscaffold.fleet.answering import answer
from mlscaffold.fleet.work import Asked, Job
from mlscaffold.verbs.adopt import Asked as Adoption
from tests.worlds import Template, commit, git, new, template, write

POLICY = '[[rule]]\npath = "old.cfg"\nrule = "absent"\nreason = "setup.cfg has it"\n'
SETTINGS = "[tool]\nname = 'x'\nlevel = 1\n"


@pytest.fixture
def made(tmp_path: Path) -> Template:
    files = {"README.md": "# {{cookiecutter.project_name}}\none\ntwo\nthree\n", "settings.toml": SETTINGS}
    beside = {"CHANGELOG.md": "# Changes\n\n## 1.0.0\n\nThe first.\n"}
    return template(tmp_path / "template", files, beside=beside)


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path / "made")


def moved(made: Template) -> None:
    """Let the template move on by a release whose commits speak of issues and people."""
    files = {"README.md": "# {{cookiecutter.project_name}}\none\ntwo\nTHREE\n", "new.txt": "new\n"}
    log = "# Changes\n\n## 1.1.0\n\nThree is larger, thanks @ada; closes #7.\n\n## 1.0.0\n\nThe first.\n"
    write(made.root, {"{{cookiecutter.project_slug}}/" + path: text for path, text in files.items()})
    write(made.root, {"CHANGELOG.md": log})
    commit(made.root, "Three is larger: fixes #1, acme/x#2 and GH-3 for @ada [skip ci]")
    git(made.root, "tag", "v1.1.0")


def body(project: Path, asked: Asked) -> str:
    head = git(project, "rev-parse", "HEAD").strip()
    found = answer(Job("acme/churn-model", project / ".git", head, asked))
    assert found.target is not None, found.outcome
    return found.target.title + "\n" + found.target.text


def test_update_tells_its_versions_the_changelog_and_the_paths(project: Path, made: Template) -> None:
    moved(made)

    said = body(project, Asked("update"))

    assert said.startswith("Update from template template to v1.1.0\n")
    assert "## What changed in the template\n\n```text\nv1.1.0:\n  " in said
    assert "## From the template's changelog\n\n```text\n## 1.1.0\n\nThree is larger" in said
    assert "The first." not in said
    assert "## What changes here\n\n```text\nupdated  README.md\nadded    new.txt\n```" in said


def test_nothing_that_a_template_wrote_closes_an_issue_or_calls_anybody(
    project: Path, made: Template
) -> None:
    moved(made)

    said = body(project, Asked("update"))

    assert not any(text in said for text in ("#1", "#2", "#7", "GH-3", "@ada", "[skip ci]"))
    assert "Three is larger: fixes" in said, "the words themselves stay"


def test_what_needs_a_person_comes_before_what_does_not(project: Path, made: Template) -> None:
    write(project, {"settings.toml": SETTINGS.replace("level = 1", "level = 2")})
    commit(project)
    made.change({"settings.toml": SETTINGS.replace("level = 1", "level = 3"), "new.txt": "new\n"})

    said = body(project, Asked("update", conflicts="keep-ours"))

    assert "settings.toml: tool.level: yours is 2 and stays, the template has 3" in said
    assert said.index("Needs you") < said.index("What changed in the template")


def test_what_check_finds_besides_is_told_and_what_the_update_mends_is_not(
    project: Path, made: Template
) -> None:
    made.change({}, beside={"policy.toml": POLICY})
    write(project, {"old.cfg": "x\n"})
    commit(project)
    moved(made)

    said = body(project, Asked("update"))

    assert "## What check finds besides, and this does not mend\n\n```text\nold.cfg: forbidden" in said
    assert "README.md: " not in said.partition("What check finds besides")[2]


def test_adoption_tells_the_answers_and_where_they_were_seen(project: Path, made: Template) -> None:
    shutil.rmtree(project / ".git")
    git(project, "init", "-q")
    write(project, {".cruft.json": None})
    commit(project)
    answers = {"licence": "MIT", "project_slug": "churn-model"}

    said = body(project, Asked("update", adopt=Adoption(str(made.root), answers=answers)))

    assert said.startswith("Adopt template template at ")
    assert "project_name = Churn Model  (README.md)" in said
    assert "## What changes here" not in said, "nothing but the record"
