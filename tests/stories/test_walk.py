"""The main job, from the command line to the last byte: new, check, diff, update."""

from pathlib import Path

import pytest

from tests.worlds import Template, commit, git, mlscaffold, new, states, template, write

FILES = {
    "README.md": "# {{cookiecutter.project_name}}\none\ntwo\nthree\nfour\n",
    "src/app.py": "x = 1\n",
    "Makefile": "all:\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", FILES)


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path)


def test_a_new_project_is_one_commit_and_in_sync(project: Path) -> None:
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "rev-list", "--count", "HEAD").strip() == "1"
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, ran.out.count("\n")) == (0, 1)
    assert ran.out.startswith("In sync: 3 files")


def test_check_names_each_way_to_stray(made: Template, project: Path) -> None:
    made.change({"Makefile": "all: test\n", "NEW.md": "new\n", "README.md": FILES["README.md"] + "five\n"})
    write(
        project,
        {"README.md": "# Churn\none\ntwo\nthree\nfour\n", "src/app.py": None, "src/app.py.rej": "@@\n"},
    )
    assert states(project) == {
        "src/app.py.rej": "leftover",
        "README.md": "diverged",
        "src/app.py": "missing",
        "Makefile": "behind",
        "NEW.md": "behind",
    }


def test_a_template_commit_that_renders_the_same_is_no_drift(made: Template, project: Path) -> None:
    made.change(beside={"README.md": "about the template\n"})
    assert mlscaffold("check", "-p", project).code == 0


def test_a_clean_update_is_staged_and_leaves_the_project_in_sync(made: Template, project: Path) -> None:
    write(project, {"README.md": "# Churn\none\ntwo\nthree\nfour\n"})
    commit(project)
    made.change({"README.md": FILES["README.md"] + "five\n", "NEW.md": "new\n", "Makefile": None})
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 0, ran.err
    assert git(project, "status", "--porcelain").split("\n")[:-1] == [
        "M  .cruft.json",
        "D  Makefile",
        "A  NEW.md",
        "M  README.md",
    ]
    assert (project / "README.md").read_text() == "# Churn\none\ntwo\nthree\nfour\nfive\n"
    assert states(project) == {"README.md": "modified"}


def test_an_update_with_conflicts_says_so_and_stages_them_for_the_usual_tools(
    made: Template, project: Path
) -> None:
    write(project, {"README.md": "# Churn Model\nONE\ntwo\nthree\nfour\n"})
    commit(project)
    made.change(
        {"README.md": "# {{cookiecutter.project_name}}\neins\ntwo\nthree\nfour\n", "Makefile": "all: test\n"}
    )
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 1
    assert "Not done yet" in ran.out
    assert "<<<<<<< project\nONE\n=======\neins\n>>>>>>> template\n" in (project / "README.md").read_text()
    assert [line.split("\t")[1] for line in git(project, "ls-files", "-u").splitlines()] == ["README.md"] * 3
    assert git(project, "diff", "--staged", "--name-only", "--diff-filter=M").split() == [
        ".cruft.json",
        "Makefile",
    ]
    assert states(project)["README.md"] == "leftover"


def test_diff_is_a_patch_that_git_takes_back(project: Path) -> None:
    write(project, {"README.md": "mine\n", "src/app.py": None})
    commit(project)
    ran = mlscaffold("diff", "-p", project)
    (project.parent / "patch").write_text(ran.out)
    git(project, "apply", "../patch")
    assert states(project) == {}


def test_a_dry_run_changes_nothing(made: Template, project: Path) -> None:
    made.change({"Makefile": "all: test\n"})
    ran = mlscaffold("update", "-p", project, "--dry-run")
    assert (ran.code, git(project, "status", "--porcelain")) == (0, "")
    assert "Would update" in ran.out


def test_an_uncommitted_edit_is_named_and_nothing_is_touched(made: Template, project: Path) -> None:
    made.change({"Makefile": "all: test\n"})
    write(project, {"README.md": "mine\n"})
    ran = mlscaffold("update", "-p", project)
    assert ran.code == 3
    assert "README.md" in ran.err
    assert (project / "Makefile").read_text() == "all:\n"
