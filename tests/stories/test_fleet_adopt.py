"""`mlscaffold fleet update --adopt`: repos without a record get one where they show it, and nothing of theirs is lost."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import serving
from tests.worlds import Ran, Template, commit, git, mlscaffold, new, template, write

FILES: dict[str, str | bytes | None] = {
    "README.md": "# {{cookiecutter.project_name}}\n\n{{cookiecutter.project_slug}}\ntwo\nthree\nfour\nfive\n",
    "LICENCE": "{{cookiecutter.licence}} for {{cookiecutter.project_name}}\n",
    "src/model.py": "".join(f"step_{number} = {number}\n" for number in range(12)),
}


@dataclass(frozen=True)
class Legacy:
    """A template, and clones of projects that were made from it and lost their record."""

    template: Template
    clones: Path
    made: Path

    def clone(self, name: str, files: dict[str, str | bytes | None] | None = None) -> Path:
        shutil.copytree(self.made, self.clones / name, ignore=shutil.ignore_patterns(".git"))
        git(self.clones / name, "init", "-q", "-b", "main")
        write(self.clones / name, {".cruft.json": None, **(files or {})})
        commit(self.clones / name)
        return self.clones / name

    def update(self, *args: str) -> Ran:
        return mlscaffold(
            "fleet",
            "update",
            "--local",
            self.clones,
            "-j",
            "1",
            "--adopt",
            "--template",
            self.template.root,
            *args,
        )


@pytest.fixture
def legacy(tmp_path: Path) -> Legacy:
    made = template(tmp_path / "template", FILES)
    clones = tmp_path / "clones"
    clones.mkdir()
    return Legacy(made, clones, new(made, tmp_path / "made"))


def branch(clone: Path) -> str:
    names = git(clone, "for-each-ref", "--format=%(refname:short)", "refs/heads/mlscaffold").split()
    assert len(names) == 1, names
    return names[0]


def test_repo_that_shows_its_answers_is_adopted_on_a_branch_of_its_own(legacy: Legacy) -> None:
    edit = str(FILES["src/model.py"]).replace("step_3 = 3", "step_3 = 33")
    clone = legacy.clone("churn-model", {"src/model.py": edit, "own.py": "mine\n"})
    legacy.template.change({"README.md": str(FILES["README.md"]).replace("five", "FIVE"), "new.py": "new\n"})
    head = git(clone, "rev-parse", "HEAD")

    ran = legacy.update("--apply", "--format", "json")

    assert (ran.code, ran.json["counts"]) == (0, {"updated": 1})
    assert git(clone, "rev-parse", "HEAD") == head
    assert git(clone, "status", "--porcelain") == ""
    changed = git(clone, "diff", "--name-status", "HEAD", branch(clone)).split("\n")
    assert changed == ["A\t.cruft.json", "M\tREADME.md", "A\tnew.py", ""]
    git(clone, "merge", "-q", branch(clone))
    record = json.loads((clone / ".cruft.json").read_text())
    assert record["context"]["cookiecutter"]["project_name"] == "Churn Model"
    checked = mlscaffold("check", "-p", clone)
    assert checked.code == 0, checked.out


def test_second_run_makes_the_same_commit_and_a_dry_run_none(legacy: Legacy) -> None:
    clone = legacy.clone("churn-model")
    planned = legacy.update("--format", "json")
    assert git(clone, "for-each-ref", "refs/heads/mlscaffold") == ""

    first, second = (legacy.update("--apply", "--format", "json") for _ in range(2))

    assert [each.json["repos"][0]["commit"] for each in (planned, first, second)] == [
        planned.json["repos"][0]["commit"]
    ] * 3
    assert second.json["counts"] == {"ready to merge": 1}


def test_repo_that_leaves_an_answer_open_is_left_to_a_person_with_the_command(legacy: Legacy) -> None:
    legacy.clone("churn-model", {"LICENCE": None})

    ran = legacy.update("--apply", "--format", "json")

    [repo] = ran.json["repos"]
    assert (ran.code, repo["state"]) == (1, "left to a person")
    assert "nothing shows for certain: licence" in repo["why"]
    assert f"mlscaffold adopt -t {legacy.template.root}" in repo["why"]
    assert git(legacy.clones / "churn-model", "for-each-ref", "refs/heads/mlscaffold") == ""


def test_repo_that_was_never_made_from_the_template_is_left_alone(legacy: Legacy) -> None:
    other = legacy.clones / "other"
    git(legacy.clones, "init", "-q", "other")
    write(other, {"main.go": "package main\n", "README.md": "# Other\n"})
    commit(other)

    ran = legacy.update("--apply", "--format", "json")

    [repo] = ran.json["repos"]
    assert (ran.code, repo["state"]) == (0, "no record")
    assert "it does not look like" in repo["why"]


def test_without_the_option_a_repo_without_a_record_stays_without(legacy: Legacy) -> None:
    legacy.clone("churn-model")

    ran = mlscaffold("fleet", "update", "--local", legacy.clones, "-j", "1", "--format", "json")

    assert ran.json["counts"] == {"no record": 1}


def test_template_without_adopt_means_nothing_and_says_so(legacy: Legacy) -> None:
    legacy.clone("churn-model")

    ran = mlscaffold("fleet", "update", "--local", legacy.clones, "--template", legacy.template.root)

    assert (ran.code, "Give --adopt too" in ran.err) == (2, True), ran


def test_shallow_clone_is_adopted_by_what_is_there_of_it(legacy: Legacy, tmp_path: Path) -> None:
    clone = legacy.clone("churn-model")
    commit(clone, "another")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{clone}", "shallow")
    shutil.rmtree(clone)
    shutil.move(tmp_path / "shallow", clone)

    ran = legacy.update("--apply", "--format", "json")

    assert (ran.code, ran.json["counts"]) == (0, {"updated": 1})


def test_folders_that_clones_lie_in_say_nothing_about_who_owns_them(tmp_path: Path) -> None:
    asked = {"project_slug": "churn", "owner": "acme"}
    made = template(tmp_path / "template", {"README.md": "one\ntwo\nthree\nfour\n"}, variables=asked)
    new_project = mlscaffold("new", "-t", made.root, "-y", "-o", tmp_path / "made")
    assert new_project.code == 0, new_project.err
    legacy = Legacy(made, tmp_path / "clones" / "2024", tmp_path / "made" / "churn")
    legacy.clones.mkdir(parents=True)
    legacy.clone("churn")

    ran = mlscaffold(
        *("fleet", "update", "--local", tmp_path / "clones", "-j", "1", "--adopt", "-t", made.root),
        *("--format", "json"),
    )

    [repo] = ran.json["repos"]
    assert (repo["repo"], repo["state"]) == ("2024/churn", "left to a person")
    assert "nothing shows for certain: " in repo["why"]
    assert "owner" in repo["why"]


def test_template_in_a_folder_of_its_repository_is_named_with_directory(
    legacy: Legacy, tmp_path: Path
) -> None:
    legacy.clone("churn-model")
    shutil.copytree(legacy.template.root, tmp_path / "all" / "service", ignore=shutil.ignore_patterns(".git"))
    git(tmp_path / "all", "init", "-q", "-b", "main")
    commit(tmp_path / "all")

    ran = mlscaffold(
        *("fleet", "update", "--local", legacy.clones, "-j", "1", "--apply", "--format", "json"),
        *("--adopt", "-t", tmp_path / "all", "--directory", "service"),
    )

    assert (ran.code, ran.json["counts"]) == (0, {"updated": 1})
    clone = legacy.clones / "churn-model"
    assert json.loads(git(clone, "show", f"{branch(clone)}:.cruft.json"))["directory"] == "service"


def test_repo_that_is_like_none_of_the_templates_is_told_no_command_for_one(
    legacy: Legacy, tmp_path: Path
) -> None:
    legacy.clone("churn-model")
    other = template(tmp_path / "other", {"src/other.py": "".join(f"other_{n} = {n}\n" for n in range(20))})

    ran = mlscaffold(
        *("fleet", "update", "--local", legacy.clones, "-j", "1", "--format", "json"),
        *("--adopt", "-t", other.root),
    )

    [repo] = ran.json["repos"]
    assert repo["state"] == "left to a person"
    assert repo["why"].startswith(f"like none of: {other.root} (")
    assert "mlscaffold adopt" not in repo["why"]


def test_answer_for_all_does_not_overrule_what_a_repo_shows(legacy: Legacy) -> None:
    legacy.clone("churn-model")
    legacy.clone("open/churn-model", {"LICENCE": None})

    ran = legacy.update("--answer", "licence=Apache-2.0", "--format", "json")

    found = {repo["repo"]: repo for repo in ran.json["repos"]}
    assert ran.code == 1
    assert found["churn-model"]["state"] == "left to a person"
    said = "it shows licence = MIT (LICENCE), and --answer says Apache-2.0"
    assert said in found["churn-model"]["why"]
    assert found["open/churn-model"]["state"] == "would be updated"


def test_template_of_an_adoption_that_is_not_reached_is_asked_once_in_a_run(
    legacy: Legacy, tmp_path: Path
) -> None:
    for name in "abc":
        legacy.clone(name)
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served") as server:
        address = server.address(tmp_path / "served/gone.git")
        ran = legacy.update("--template", address, "--format", "json")
        assert [repo["state"] for repo in ran.json["repos"]] == ["error"] * 3
        assert len(server.requests) == 1
