"""What an update must not take from anybody: staged or untracked work, conflicts that are left, rights, another git's lock."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.merging import unfinished
from mlscaffold.project.gather import Wanted
from mlscaffold.shells.checkout import Checkout
from mlscaffold.verbs.update import update
from tests.settled import files_of, given, project
from tests.worlds import commit, git, mlscaffold, new, template, write

BASE = {"a.txt": ("100644", b"one\n"), "run.sh": ("100755", b"#!/bin/sh\n")}
THEIRS = {
    "a.txt": ("100644", b"two\n"),
    "run.sh": ("100755", b"#!/bin/sh\ntrue\n"),
    "n.txt": ("100644", b"n\n"),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which an update changes two files and adds one."""
    given(monkeypatch, tmp_path / "cache", BASE, THEIRS)
    return project(tmp_path / "project", BASE)


def before_it_is_decided(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen while an update has everything ready beside the checkout."""
    fill = Checkout.fill_index

    def filling(*args: object, **others: object) -> None:
        fill(*args, **others)  # type: ignore[arg-type]
        happens()

    monkeypatch.setattr(Checkout, "fill_index", filling)


def test_what_another_command_stages_meanwhile_is_not_lost(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, {"own.txt": "own\n"})
    before_it_is_decided(monkeypatch, lambda: git(root, "add", "own.txt"))
    before = files_of(root)
    with pytest.raises(MlscaffoldError, match="staged something while"):
        update(root, Wanted())
    assert files_of(root) == before
    assert git(root, "status", "--porcelain") == "A  own.txt\n"


def test_what_somebody_writes_meanwhile_is_not_lost(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before_it_is_decided(monkeypatch, lambda: write(root, {"a.txt": "typed just now\n"}))
    with pytest.raises(MlscaffoldError, match="uncommitted changes"):
        update(root, Wanted())
    assert (root / "a.txt").read_text() == "typed just now\n"
    assert not (root / "n.txt").exists()


def test_a_git_that_is_at_work_stops_an_update_before_it_changes_anything(root: Path) -> None:
    lock = root / ".git/index.lock"
    lock.write_bytes(b"")
    before = files_of(root)
    with pytest.raises(MlscaffoldError, match="Another git is at work"):
        update(root, Wanted())
    assert files_of(root) == before
    assert lock.exists(), "it is the other one's"
    lock.unlink()
    assert update(root, Wanted()).changes


def test_nobody_stages_while_files_are_moved_into_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, {"own.txt": "own\n"})
    refused = list[str]()

    def staging(*_: Path) -> None:
        done = subprocess.run(
            ["git", "add", "own.txt"], cwd=root, check=False, capture_output=True, text=True
        )
        refused.append(done.stderr)

    monkeypatch.setattr("mlscaffold.shells.journal._dress_as", staging)
    update(root, Wanted())
    assert len(refused) == 4
    assert all("index.lock" in said for said in refused), refused
    assert git(root, "status", "--porcelain", "--", "own.txt") == "?? own.txt\n"
    assert git(root, "add", "own.txt") == "", "the lock is gone"


def test_conflict_markers_that_are_staged_are_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, tmp_path / "cache", BASE, THEIRS)
    root = project(tmp_path / "project", {**BASE, "a.txt": ("100644", b"mine\n")})
    update(root, Wanted())
    git(root, "add", "-A")
    write(root, {"a.txt": "both\n"})
    assert unfinished.finish(root).left == ("a.txt",)
    git(root, "add", "a.txt")
    assert unfinished.finish(root).what == "committed"
    assert git(root, "show", "HEAD:a.txt") == "both\n"


@pytest.mark.parametrize("name", ["cfg.json", "w.bin"])
def test_an_untracked_file_that_an_update_conflicts_with_survives_abort(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = {**BASE, "cfg.json": ("100644", b'{"k": 2}\n'), "w.bin": ("100644", b"\0theirs")}
    given(monkeypatch, tmp_path / "cache", BASE, {**BASE, name: theirs[name]})
    root = project(tmp_path / "project", BASE)
    mine = b'{"k": 1}\n' if name == "cfg.json" else b"\0mine"
    write(root, {name: mine})
    with pytest.raises(MlscaffoldError, match=f"git does not track.*{name}"):
        update(root, Wanted())
    with pytest.raises(MlscaffoldError, match="no update to undo"):
        unfinished.undo(root)
    assert (root / name).read_bytes() == mine


def test_whom_a_file_is_open_to_stays_as_it_is(root: Path) -> None:
    (root / "a.txt").chmod(0o600)
    (root / "run.sh").chmod(0o700)
    old = os.umask(0o027)
    try:
        update(root, Wanted())
    finally:
        os.umask(old)
    assert stat.S_IMODE((root / "a.txt").stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "n.txt").stat().st_mode) == 0o640


def test_a_commit_takes_in_nothing_from_outside_of_the_project(tmp_path: Path) -> None:
    made = template(tmp_path / "template", {"a.txt": "one\n"})
    repository = tmp_path / "repository"
    project = new(made, repository)
    git(project, "init", "-q")  # what `new` made is not a repository of its own here
    (project / ".git").rename(tmp_path / "gone")
    git(repository, "init", "-q")
    write(repository, {"other.txt": "one\n"})
    commit(repository)
    made.change({"a.txt": "two\n"})
    write(repository, {"other.txt": "not done yet\n"})
    git(repository, "add", "other.txt")
    ran = mlscaffold("update", "-p", project, "--commit")
    assert (ran.code, "other.txt" in ran.err) == (3, True)
    assert (project / "a.txt").read_text() == "one\n"
    assert mlscaffold("update", "-p", project).code == 0
    ran = mlscaffold("update", "-p", project, "--continue")
    assert (ran.code, "other.txt" in ran.err) == (3, True)
    git(repository, "restore", "--staged", "other.txt")
    assert mlscaffold("update", "-p", project, "--continue").code == 0
    assert git(repository, "show", "--format=", "--name-only", "HEAD").split() == [
        "churn-model/.cruft.json",
        "churn-model/a.txt",
    ]


def test_a_commit_that_git_refuses_says_that_the_update_is_staged(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(root, "config", "user.useConfigOnly", "true")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{who}_NAME")
        monkeypatch.delenv(f"GIT_{who}_EMAIL")
    with pytest.raises(MlscaffoldError) as refused:
        update(root, Wanted(), commit=True)
    assert "git commit failed" in refused.value.what
    assert "The update is staged, and not committed" in (refused.value.hint or "")
    git(root, "config", "user.name", "A")
    git(root, "config", "user.email", "a@example.com")
    assert unfinished.finish(root).what == "committed"


@pytest.mark.parametrize("ending", ["--abort", "--continue", "--commit"])
def test_a_killed_update_is_not_finished_over_what_was_done_since(ending: str, tmp_path: Path) -> None:
    made = template(tmp_path / "template", {"a.txt": "one\n", "b.txt": "one\n"})
    project = new(made, tmp_path)
    made.change({"a.txt": "two\n", "b.txt": "two\n"})
    mlscaffold("update", "-p", project, env={"MLSCAFFOLD_FAILPOINT": "moved:1"})
    assert (project / "a.txt").read_text() == "two\n", "the first of two files is in place"
    write(project, {"b.txt": "my new work\n", "c.py": "c = 1\n"})
    ran = mlscaffold("update", "-p", project, ending)
    assert (ran.code, "b.txt" in ran.err) == (3, True), ran.err
    (project / ".git/index.lock").unlink()
    commit(project)
    ran = mlscaffold("update", "-p", project, ending)
    assert (ran.code, "what is staged" in ran.err) == (3, True), ran.err
    assert (project / "b.txt").read_text() == "my new work\n"
    assert git(project, "status", "--porcelain") == ""
    shutil.rmtree(project / ".git/mlscaffold-update")
    assert mlscaffold("update", "-p", project).code == 1
    assert (project / "c.py").exists()


def test_a_repository_that_an_update_cannot_write_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    given(monkeypatch, tmp_path / "cache", BASE, THEIRS)
    root = project(tmp_path / "project", BASE)
    with pytest.raises(MlscaffoldError, match="names its objects by sha256"):
        update(root, Wanted())


def test_a_folder_with_a_line_end_in_its_name_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, tmp_path / "cache", BASE, THEIRS)
    root = project(tmp_path / "two\nlines", BASE)
    with pytest.raises(MlscaffoldError, match="line end"):
        update(root, Wanted())


def test_keys_that_cannot_be_read_are_no_update_that_landed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, theirs = (
        {"k.toml": ("100644", b"a = 1\n")},
        {"k.toml": ("100644", b"a = 3\n"), "n": ("100644", b"n\n")},
    )
    policy = '[[rule]]\npath = "k.toml"\nrule = "keys"\nkeys = ["a"]\n'
    given(monkeypatch, tmp_path / "cache", base, theirs, policy)
    root = project(tmp_path / "project", {"k.toml": ("100644", b"a = [\n")})
    done = update(root, Wanted())
    assert [*done.unread] == ["k.toml"]
    assert done.unfinished
    assert done.record is None
    assert (root / "k.toml").read_bytes() == b"a = [\n"
    assert (root / "n").exists(), "all else lands"


def test_a_new_exact_file_is_no_rename_of_one_that_was_deleted_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ("100644", b"".join(b"rule %d\n" % number for number in range(10)))
    policy = '[[rule]]\npath = "ruff.toml"\nrule = "exact"\n'
    given(monkeypatch, tmp_path / "cache", {**BASE, "lint.toml": text}, {**BASE, "ruff.toml": text}, policy)
    root = project(tmp_path / "project", BASE)
    done = update(root, Wanted(), commit=True)
    assert (root / "ruff.toml").read_bytes() == text[1]
    assert not done.stays_deleted


@pytest.mark.parametrize("told", ["--skip-worktree", "--assume-unchanged"])
def test_a_file_that_git_overlooks_is_not_updated_behind_its_back(told: str, root: Path) -> None:
    git(root, "update-index", told, "a.txt")
    write(root, {"a.txt": "mine alone\n"})
    assert git(root, "status", "--porcelain") == "", "git does not show it"
    with pytest.raises(MlscaffoldError, match=r"not to look at.*a\.txt"):
        update(root, Wanted())
    assert (root / "a.txt").read_text() == "mine alone\n"


def test_a_file_that_is_not_checked_out_is_not_taken_for_a_deleted_one(root: Path) -> None:
    git(root, "sparse-checkout", "set", "--no-cone", "/*", "!a.txt")
    assert not (root / "a.txt").exists()
    with pytest.raises(MlscaffoldError, match=r"not to look at.*a\.txt"):
        update(root, Wanted())
    git(root, "sparse-checkout", "disable")
    assert update(root, Wanted()).record is not None
