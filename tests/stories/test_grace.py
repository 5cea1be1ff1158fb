"""How far a project is behind, in days and releases, and how long it may be."""

import time
from pathlib import Path

import pytest

from tests.worlds import Template, git, mlscaffold, new, template, write

DAY = 86400


@pytest.fixture
def made(tmp_path: Path) -> Template:
    made = template(tmp_path / "template", {"a.txt": "one\n", "b.txt": "one\n"})
    git(made.root, "tag", "1.2.0")
    return made


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    return new(made, tmp_path)


def change(
    monkeypatch: pytest.MonkeyPatch, made: Template, days_ago: float, text: str, tag: str = ""
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{int(time.time() - days_ago * DAY)} +0000")
    made.change({"a.txt": text})
    if tag:
        git(made.root, "tag", "-a", "-m", tag, tag)


def test_being_behind_is_told_in_releases_and_days(
    made: Template, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, days_ago in ((3, 41.5), (4, 20), (10, 3)):
        change(monkeypatch, made, days_ago, f"{number}\n", f"v1.{number}.0")
    ran = mlscaffold("check", "-p", project)
    assert ran.code == 1
    assert "1.2.0 → v1.10.0, 3 releases, 41 days behind" in ran.out
    behind = mlscaffold("check", "-p", project, "--format", "json").json["behind"]
    assert (behind["commits"], behind["days"], behind["releases"]) == (3, 41, 3)


def test_without_releases_it_is_told_in_commits(
    made: Template, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(made.root, "tag", "-d", "1.2.0")
    change(monkeypatch, made, 2.5, "two\n")
    made.change({"a.txt": "three\n"})
    assert ", 2 commits, 2 days behind" in mlscaffold("check", "-p", project).out


def test_within_grace_a_project_is_told_how_long_it_has_left(
    made: Template, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, made, 12.5, "two\n")
    change(monkeypatch, made, 1.5, "three\n")
    ran = mlscaffold("check", "-p", project, "--grace", "30d")
    assert ran.code == 0
    assert "Behind, within grace: 1 of 2 files" in ran.out
    assert "12 days behind, 18 days left" in ran.out
    ran = mlscaffold("check", "-p", project, "--grace", "1w")
    assert ran.code == 1
    assert "5 days over its grace" in ran.out


def test_grace_is_the_policys_to_give_and_excuses_nothing_but_being_behind(
    made: Template, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(made.root, {"policy.toml": "[check]\ngrace = '30d'\n"})
    change(monkeypatch, made, 3, "two\n")
    assert mlscaffold("check", "-p", project).code == 0
    (project / "b.txt").unlink()
    found = mlscaffold("check", "-p", project, "--format", "json").json["findings"]
    assert [(each["path"], each["fault"], each["days_left"]) for each in found] == [
        ("b.txt", True, None),
        ("a.txt", False, 27),
    ]


def test_a_channel_is_the_newest_release_or_the_newest_commit(
    made: Template, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, made, 3, "two\n", "1.3.0")
    released = git(made.root, "rev-parse", "HEAD").strip()
    change(monkeypatch, made, 2, "three\n", "1.4.0rc1")

    def wanted(*args: str) -> object:
        return mlscaffold("check", "-p", project, "--format", "json", *args).json["wanted"]

    assert wanted("--channel", "release") == released
    assert wanted("--channel", "head") == wanted() == git(made.root, "rev-parse", "HEAD").strip()


def test_the_recorded_checkout_is_followed_and_head_goes_past_it(made: Template, tmp_path: Path) -> None:
    project = new(made, tmp_path, "--checkout", "1.2.0")
    made.change({"a.txt": "two\n"})
    assert mlscaffold("check", "-p", project).code == 0
    assert mlscaffold("check", "-p", project, "--channel", "head").code == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--grace", "soon"], "is no span of time"),
        (["--channel", "head", "--checkout", "1.2.0"], "--checkout and --channel"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(project: Path, args: list[str], said: str) -> None:
    ran = mlscaffold("check", "-p", project, *args)
    assert (ran.code, said in ran.err) == (2, True)


def test_a_template_without_releases_has_no_release_channel(made: Template, project: Path) -> None:
    git(made.root, "tag", "-d", "1.2.0")
    ran = mlscaffold("check", "-p", project, "--channel", "release")
    assert ran.code == 2
    assert "no release" in ran.err


def test_grace_begins_with_the_first_change_that_changes_something_here(
    made: Template, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{int(time.time() - 145 * DAY)} +0000")
    made.change(beside={"README.md": "about the template itself\n"})
    change(monkeypatch, made, 2.5, "two\n")
    ran = mlscaffold("check", "-p", project, "--grace", "30d")
    assert (ran.code, "2 commits, 2 days behind, 28 days left" in ran.out) == (0, True), ran.out


def test_grace_begins_when_a_change_is_merged_into_the_branch_that_is_followed(
    made: Template, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(made.root, "checkout", "-q", "-b", "feature")
    change(monkeypatch, made, 145, "two\n")
    git(made.root, "checkout", "-q", "-")
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{int(time.time() - DAY)} +0000")
    git(made.root, "merge", "-q", "--no-ff", "-m", "merge", "feature")
    ran = mlscaffold("check", "-p", project, "--grace", "30d")
    assert (ran.code, "1 commit, 1 day behind, 29 days left" in ran.out) == (0, True), ran.out


def test_a_waiver_for_a_file_that_waits_is_used_within_grace_and_after_it(
    made: Template, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, made, 2, "two\n")
    write(project, {".mlscaffold.toml": "[[waiver]]\npath = 'a.txt'\nreason = 'later'\n"})
    assert mlscaffold("check", "-p", project, "--grace", "30d").code == 0
    assert mlscaffold("check", "-p", project, "--grace", "0d").code == 0


def test_a_project_that_is_ahead_of_the_newest_release_is_not_behind_it(
    made: Template, tmp_path: Path
) -> None:
    made.change({"a.txt": "two\n"})
    project = new(made, tmp_path)
    assert mlscaffold("check", "-p", project, "--channel", "release").code == 0
    made.change({"a.txt": "three\n"})
    git(made.root, "tag", "1.3.0")
    assert mlscaffold("check", "-p", project, "--channel", "release").code == 1
