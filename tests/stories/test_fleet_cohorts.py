"""`mlscaffold fleet cohorts`: what many repos changed in the same way is offered to the template as a patch."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import PROJECT, Ran, Template, commit, git, mlscaffold, template, write

CODE = "".join(f"line {number}\n" for number in range(20))
README = "# {{cookiecutter.project_name}}\none\ntwo\nthree\n"


@pytest.fixture
def made(tmp_path: Path) -> Template:
    files = {"README.md": README, "src/{{cookiecutter.project_slug}}/io.py": CODE, "old.cfg": "x = 1\n"}
    return template(tmp_path / "template", files)


@pytest.fixture
def clones(made: Template, tmp_path: Path) -> Path:
    """Three projects whose names differ, edited in ways that two or three of them share."""
    folder = tmp_path / "clones"
    for name in ("alpha", "beta", "gamma"):
        ran = mlscaffold(
            "new", "-t", made.root, "-y", "-o", tmp_path / "made", "-a", f"project_name={name.title()}"
        )
        assert ran.code == 0, ran.err
        shutil.copytree(tmp_path / "made" / name, folder / name, symlinks=True)
        here = folder / name
        edit = CODE.replace("line 4\n", "line four\n")
        write(here, {f"src/{name}/io.py": edit if name == "gamma" else f"{edit}end of {{{{ it }}}}\n"})
        if name != "gamma":
            write(here, {"old.cfg": None, ".github/dependabot.yml": "version: 2\n", "own.txt": f"{name}\n"})
            write(here, {"README.md": (here / "README.md").read_text().replace("one\n", "ONE\n")})
        commit(here)
    return folder


def cohorts(clones: Path, *args: str) -> Ran:
    return mlscaffold("fleet", "cohorts", "--local", clones, "-j", "1", *args)


def found(ran: Ran) -> dict[tuple[str, str], dict[str, Any]]:
    assert ran.code == 0, ran.err
    return {(each["what"], each["path"]): each for each in ran.json["cohorts"]}


def test_shared_edits_are_patches_of_the_template_the_most_common_first(clones: Path, made: Template) -> None:
    ran = cohorts(clones, "--format", "json")

    shared = ran.json["cohorts"]
    source = f"{PROJECT}/src/{PROJECT}/io.py"
    assert (shared[0]["source"], shared[0]["repos"], shared[0]["why_rendered"]) == (
        *(source, ["alpha", "beta", "gamma"], ""),
    )
    (made.root / "change.patch").write_text(shared[0]["patch"] + "\n")
    git(made.root, "apply", "change.patch")
    assert (made.root / source).read_text() == CODE.replace("line 4\n", "line four\n")
    assert {
        (what, path): each["repos"] for (what, path), each in found(ran).items() if len(each["repos"]) == 2
    } == {
        ("edited", "src/beta/io.py"): ["alpha", "beta"],
        ("edited", "README.md"): ["alpha", "beta"],
        ("deleted", "old.cfg"): ["alpha", "beta"],
        ("added", ".github/dependabot.yml"): ["alpha", "beta"],
    }


def test_edit_beside_jinja_is_of_the_rendered_file_and_says_so(clones: Path) -> None:
    shared = found(cohorts(clones, "--format", "json"))

    assert "+ONE" in shared["edited", "README.md"]["patch"]
    assert shared["edited", "README.md"]["why_rendered"] == (
        f"{PROJECT}/README.md has Jinja there, or other lines than the rendered file"
    )
    assert shared["edited", "src/beta/io.py"]["why_rendered"] == (
        "what was added would be taken for Jinja in the template"
    )


def test_what_too_few_have_is_left_out(clones: Path) -> None:
    assert len(cohorts(clones, "--format", "json", "--least", "3").json["cohorts"]) == 1
    assert cohorts(clones, "--format", "json", "--least", "4").json["cohorts"] == []


def test_what_the_template_took_meanwhile_is_no_difference(clones: Path, made: Template) -> None:
    made.change({"src/{{cookiecutter.project_slug}}/io.py": CODE.replace("line 4\n", "line four\n")})

    ran = cohorts(clones, "--format", "json")

    assert all(len(each["repos"]) == 2 for each in ran.json["cohorts"])


def test_repo_that_cannot_be_answered_is_named_in_markdown(clones: Path) -> None:
    write(clones / "gamma", {".cruft.json": "{"})
    commit(clones / "gamma")

    ran = cohorts(clones, "--format", "markdown")

    assert ran.code == 3
    assert "error: gamma" in ran.out
    assert "#### 2 repos deleted" in ran.out


def test_added_file_is_a_patch_that_puts_it_where_projects_get_it_from(clones: Path, made: Template) -> None:
    added = found(cohorts(clones, "--format", "json"))["added", ".github/dependabot.yml"]

    assert added["why_rendered"] == ""
    (made.root / "change.patch").write_text(added["patch"] + "\n")
    git(made.root, "apply", "change.patch")
    assert (made.root / PROJECT / ".github/dependabot.yml").read_text() == "version: 2\n"


def test_added_file_that_the_template_would_take_for_jinja_says_so(clones: Path) -> None:
    for name in ("alpha", "beta"):
        write(clones / name, {".github/dependabot.yml": "key: ${{ secrets.KEY }}\n"})
        commit(clones / name)

    added = found(cohorts(clones, "--format", "json"))["added", ".github/dependabot.yml"]

    assert added["why_rendered"] == "what was added would be taken for Jinja in the template"


def test_same_edit_in_repos_of_two_templates_is_told_of_each_by_its_name(
    clones: Path, made: Template, tmp_path: Path
) -> None:
    other = template(tmp_path / "other", {"README.md": README, "old.cfg": "x = 1\n"})
    for name in ("delta", "epsilon"):
        ran = mlscaffold("new", "-t", other.root, "-y", "-o", clones, "-a", f"project_name={name.title()}")
        assert ran.code == 0, ran.err
        write(clones / name, {"old.cfg": None})
        commit(clones / name)

    shared = cohorts(clones, "--format", "json").json["cohorts"]

    assert [(each["template"], each["repos"]) for each in shared if each["what"] == "deleted"] == [
        (str(made.root), ["alpha", "beta"]),
        (str(other.root), ["delta", "epsilon"]),
    ]
    out = cohorts(clones).out
    assert f"2 repos deleted {PROJECT}/old.cfg of {other.root}: delta, epsilon\n" in out
    assert f"2 repos added .github/dependabot.yml, which is not in {made.root}: alpha, beta\n" in out
