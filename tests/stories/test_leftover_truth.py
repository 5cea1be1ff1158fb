"""What earlier updates left behind is told as it is: hunks that came in since, files that only have another name."""

from pathlib import Path

import pytest

from tests.worlds import Template, commit, git, mlscaffold, new, states, template, write

BUILD = "".join(f"step {number}: run\n" for number in range(12))
REJECTED = (
    "diff a/a.txt b/a.txt\t(rejected hunks)\n@@ -1,2 +1,2 @@\n one\n-second line\n+zweite Zeile\n"
    "@@ -8,2 +8,2 @@\n eight\n-ninth line\n+neunte Zeile\n"
)


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(
        tmp_path / "template", {"build.yaml": BUILD, "a.txt": "one\nsecond line\neight\nninth line\n"}
    )


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path)


def test_rejected_hunks_are_told_as_resolved_when_they_are_in(project: Path) -> None:
    write(project, {"a.txt.rej": REJECTED})
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, "rejected hunks of an earlier update" in ran.out) == (1, True)
    write(project, {"a.txt": "one\nzweite Zeile\neight\nninth line\n"})
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, "1 of 2 are in a.txt now" in ran.out) == (1, True), ran.out
    write(project, {"a.txt": "one\nzweite Zeile\neight\nneunte Zeile\n"})
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, "all of which are in a.txt now" in ran.out) == (0, True), ran.out
    assert "all of which are in: delete it" in mlscaffold("leftovers", "a.txt.rej", cwd=project).out


def test_a_renamed_file_is_not_missing(made: Template, project: Path) -> None:
    git(project, "mv", "build.yaml", "build.yml")
    write(project, {"build.yml": BUILD.replace("step 3: run", "step 3: walk")})
    commit(project)
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, "renamed here to build.yml" in ran.out) == (0, True), ran.out
    made.change({"build.yaml": BUILD.replace("step 9: run", "step 9: fly")})
    ran = mlscaffold("check", "-p", project)
    assert (ran.code, "the template's changes are not in it yet" in ran.out) == (1, True), ran.out
    assert mlscaffold("update", "-p", project, "--commit").code == 0
    assert "step 9: fly" in (project / "build.yml").read_text()
    assert states(project) == {"build.yaml": "modified"}


def test_an_empty_file_of_ones_own_is_no_rename_of_an_empty_one(tmp_path: Path) -> None:
    made = template(tmp_path / "template", {"pkg/__init__.py": "", "a.txt": "one\n"})
    project = new(made, tmp_path)
    write(project, {"pkg/__init__.py": None, "own/__init__.py": ""})
    commit(project)
    assert states(project) == {"pkg/__init__.py": "missing"}
