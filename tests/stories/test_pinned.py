"""A record that follows a commit, as `cruft create -c COMMIT` leaves it: nothing reaches it, and every verb says so."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.worlds import Template, git, mlscaffold, new, template, write


@dataclass(frozen=True)
class Pinned:
    """A template that went on by two commits, and a project whose record follows the first one."""

    template: Template
    project: Path
    at: str


@pytest.fixture
def pinned(tmp_path: Path) -> Pinned:
    made = template(tmp_path / "template", {"README.md": "one\ntwo\nthree\n"})
    at = git(made.root, "rev-parse", "--short=7", "HEAD").strip()
    project = new(made, tmp_path / "clones", "-c", at)
    for text in ("III", "3"):
        made.change({"README.md": f"one\ntwo\n{text}\n"})
    return Pinned(made, project, at)


@pytest.mark.parametrize("verb", [["check"], ["update"], ["update", "--dry-run"], ["status"]])
def test_every_verb_says_that_nothing_reaches_it_and_how_to_follow_the_branch(
    pinned: Pinned, verb: list[str]
) -> None:
    ran = mlscaffold(*verb, "-p", pinned.project)

    said = (
        f"pinned to commit {pinned.at}, 2 commits behind main: mlscaffold update -c main follows the branch"
    )
    assert (ran.code, said in ran.out) == (0, True), ran


def test_project_that_was_told_to_follow_the_branch_is_pinned_no_more(pinned: Pinned) -> None:
    updated = mlscaffold("update", "-p", pinned.project, "-c", "main", "--commit")
    assert (updated.code, "pinned" in updated.out) == (0, False), updated

    checked = mlscaffold("check", "-p", pinned.project)

    assert (checked.code, "pinned" in checked.out) == (0, False), checked


def test_branch_or_tag_that_is_followed_is_no_pin(pinned: Pinned, tmp_path: Path) -> None:
    git(pinned.template.root, "tag", "v1", pinned.at)
    tagged = new(pinned.template, tmp_path / "tagged", "-c", "v1")

    assert "pinned" not in mlscaffold("check", "-p", tagged).out


def test_fleet_names_and_counts_it(pinned: Pinned, tmp_path: Path) -> None:
    shutil.copytree(new(pinned.template, tmp_path / "other"), tmp_path / "clones" / "follows")
    said = f"churn-model  pinned to commit {pinned.at}: nothing new reaches it"

    for verb, counts in (("check", "2 in sync"), ("update", "2 nothing to do")):
        ran = mlscaffold("fleet", verb, "--local", tmp_path / "clones", "-j", "1")
        assert (ran.code, said in ran.out) == (0, True), ran
        assert f"2 repos: {counts}; 1 of them pinned to a commit" in ran.out


def test_preview_does_not_say_that_the_change_arrives(pinned: Pinned) -> None:
    write(pinned.template.root / "{{cookiecutter.project_slug}}", {"README.md": "one\ntwo\nthird\n"})

    ran = mlscaffold(
        *(
            "fleet",
            "preview",
            "--template",
            pinned.template.root,
            "--local",
            pinned.project.parent,
            "-j",
            "1",
        ),
        *("--format", "json"),
    )

    [repo] = ran.json["repos"]
    assert (repo["state"], repo["why"]) == (
        "nothing to do",
        f"pinned to commit {pinned.at}: the change does not reach it",
    )
