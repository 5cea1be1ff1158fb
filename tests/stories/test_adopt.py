"""A repo without a record: its template, commit and answers are found, and it follows the template from then on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds import VARIABLES, Ran, Template, commit, git, mlscaffold, new, states, template, write

FILES = {
    "README.md": "# {{cookiecutter.project_name}}\n\none\ntwo\nthree\nfour\nfive\n",
    "pyproject.toml": '[project]\nname = "{{cookiecutter.project_slug}}"\nlicense = "{{cookiecutter.licence}}"\n',
    "src/app.py": "def run():\n    return 1\n\n\ndef stop():\n    return 2\n",
    "Makefile": "all:\n\techo all\n\ntest:\n\tpytest\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Template:
    made = template(tmp_path / "template", {"README.md": "# {{cookiecutter.project_name}}\n\nzero\n"})
    made.change(FILES)
    return made


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return forgotten(new(made, tmp_path, "-a", "licence=Apache-2.0"))


def forgotten(project: Path) -> Path:
    """Take a project's record out of its history."""
    git(project, "rm", "-q", ".cruft.json")
    git(project, "commit", "-q", "--amend", "-m", "start")
    return project


def record(project: Path) -> dict[str, object]:
    """Return what the record says of template, commit and answers."""
    document = json.loads((project / ".cruft.json").read_text())
    answers = document["context"]["cookiecutter"]
    return {"commit": document["commit"], **{name: answers[name] for name in VARIABLES}}


def cruft(project: Path, *args: str) -> Ran:
    """Run cruft itself."""
    done = subprocess.run(
        [sys.executable, "-m", "cruft", *args], cwd=project, capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_a_lost_record_is_found_again(made: Template, project: Path) -> None:
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert ran.code == 0, ran.err
    assert record(project) == {
        "commit": git(made.root, "rev-parse", "HEAD").strip(),
        "project_name": "Churn Model",
        "project_slug": "churn-model",
        "licence": "Apache-2.0",
    }
    assert git(project, "show", "--name-only", "--format=", "HEAD").split() == [".cruft.json"]
    assert git(project, "status", "--porcelain") == ""
    assert states(project) == {}


def test_what_the_template_changed_since_comes_with_the_record_in_one_commit(
    made: Template, project: Path
) -> None:
    write(project, {"README.md": (project / "README.md").read_text().replace("one", "ONE")})
    commit(project)
    made.change({"README.md": FILES["README.md"].replace("five", "FIVE"), "NEW.md": "new\n"})
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert ran.code == 0, ran.err
    assert (project / "README.md").read_text() == "# Churn Model\n\nONE\ntwo\nthree\nfour\nFIVE\n"
    changed = git(project, "show", "--name-only", "--format=", "HEAD").split()
    assert changed == [".cruft.json", "NEW.md", "README.md"]
    assert states(project) == {"README.md": "modified"}


def test_cruft_itself_checks_and_updates_an_adopted_repo(made: Template, project: Path) -> None:
    assert mlscaffold("adopt", "-p", project, "-t", made.root, "-y").code == 0
    assert cruft(project, "check").code == 0
    made.change({"Makefile": "all:\n\techo all\n\ntest:\n\tpytest -q\n"})
    assert cruft(project, "check").code == 1
    assert cruft(project, "update", "-y").code == 0
    assert "pytest -q" in (project / "Makefile").read_text()
    assert states(project) == {}


def test_a_conflict_stays_as_it_is_and_is_offered_again(made: Template, project: Path) -> None:
    base = git(made.root, "rev-parse", "HEAD").strip()
    mine = (project / "Makefile").read_text().replace("echo all", "echo mine")
    write(project, {"Makefile": mine})
    commit(project)
    made.change({"Makefile": FILES["Makefile"].replace("echo all", "echo theirs"), "NEW.md": "new\n"})
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert ran.code == 0, ran.err
    assert (project / "Makefile").read_text() == mine
    assert (project / "NEW.md").read_text() == "new\n"
    assert record(project)["commit"] == base
    assert states(project) == {"Makefile": "diverged"}


def test_a_plan_writes_nothing_and_shows_where_answers_come_from(made: Template, project: Path) -> None:
    before = git(project, "rev-parse", "HEAD")
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "--plan")
    assert ran.code == 0, ran.out
    assert "project_slug = churn-model" in ran.out
    assert "pyproject.toml" in ran.out
    assert "score: 100 of 100" in ran.out
    assert (git(project, "rev-parse", "HEAD"), git(project, "status", "--porcelain")) == (before, "")


def test_without_a_terminal_nothing_is_written_until_it_is_said(made: Template, project: Path) -> None:
    ran = mlscaffold("adopt", "-p", project, "-t", made.root)
    assert (ran.code, git(project, "status", "--porcelain")) == (1, "")
    assert "Nothing was written" in ran.out


def test_a_file_of_another_age_gets_its_own_base(made: Template, project: Path) -> None:
    newer = FILES["src/app.py"].replace("return 2", "return 3")
    made.change({"src/app.py": newer})
    made.change({"src/app.py": newer.replace("return 1", "return 4")})
    write(project, {"src/app.py": newer})
    commit(project, "take app.py by hand")
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert ran.code == 0, ran.err
    assert states(project) == {}


def test_what_stands_elsewhere_is_said_and_not_added_again(made: Template, project: Path) -> None:
    (project / "app").mkdir()
    git(project, "mv", "src/app.py", "app/app.py")
    git(project, "commit", "-q", "-m", "move")
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert "src/app.py  (stands at app/app.py here)" in ran.out
    assert not (project / "src" / "app.py").exists()


def test_what_does_not_conflict_lands_beside_what_does(made: Template, project: Path) -> None:
    text = FILES["README.md"].replace("{{cookiecutter.project_name}}", "Churn Model")
    write(project, {"README.md": text.replace("one", "ONE")})
    commit(project)
    made.change({"README.md": FILES["README.md"].replace("one", "eins").replace("five", "FIVE")})
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert ran.code == 0, ran.err
    assert (project / "README.md").read_text() == text.replace("one", "ONE").replace("five", "FIVE")
    assert states(project) == {"README.md": "diverged"}
    assert cruft(project, "check").code == 1
    assert cruft(project, "update", "-y").code == 0


def test_a_package_that_the_template_moved_is_left_to_update(tmp_path: Path) -> None:
    files = {f"src/old/{name}.py": FILES["src/app.py"] + f"{name} = 1\n" for name in "abc"}
    made = template(tmp_path / "template", {**files, "src/old/__init__.py": ""})
    project = forgotten(new(made, tmp_path))
    base = git(made.root, "rev-parse", "HEAD").strip()
    git(made.root / "{{cookiecutter.project_slug}}", "mv", "src/old", "src/new")
    made.change({})
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert ran.code == 0, ran.err
    assert "mlscaffold update goes on from there" in ran.out
    assert record(project)["commit"] == base
    assert (project / "src" / "old" / "a.py").exists()


def test_a_question_without_default_and_answer_is_never_left_blank(tmp_path: Path) -> None:
    made = template(tmp_path / "template", FILES)
    project = forgotten(new(made, tmp_path))
    made.change(variables={**VARIABLES, "owner": ""})
    ran = mlscaffold("adopt", "-p", project, "-t", made.root, "-y")
    assert (ran.code, git(project, "status", "--porcelain")) == (2, "")
    assert "owner" in ran.err
    assert mlscaffold("adopt", "-p", project, "-t", made.root, "-y", "-a", "owner=us").code == 0
