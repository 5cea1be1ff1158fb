"""What a check reads by hand, since asking for it costs milliseconds, is what git and platformdirs would say."""

import errno
import os
import sys
from pathlib import Path
from typing import Literal

import platformdirs
import pytest

from mlscaffold.shells import git as plumbing
from mlscaffold.shells.files import Folder
from mlscaffold.shells.heads import head
from mlscaffold.shells.settings import place
from tests.worlds import commit, git, write


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "change",
    [
        pytest.param([], id="a loose branch"),
        pytest.param(["pack-refs", "--all"], id="a packed branch"),
        pytest.param(["checkout", "-q", "-b", "feature/x"], id="a branch with a slash"),
        pytest.param(["checkout", "-q", "--detach"], id="detached"),
    ],
)
def test_head_is_what_git_says(repository: Path, change: list[str]) -> None:
    if change:
        git(repository, *change)
    assert head(plumbing.beneath(repository)) == git(repository, "rev-parse", "HEAD").strip()


def test_a_packed_branch_that_moved_is_where_it_moved_to(repository: Path) -> None:
    git(repository, "pack-refs", "--all")
    newest = commit(repository)
    assert head(repository / ".git") == newest


def test_what_only_git_can_read_is_left_to_git(repository: Path) -> None:
    git(repository, "worktree", "add", "-q", "--detach", str(repository / "tree"))
    assert head(plumbing.beneath(repository / "tree")) is None
    git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    git(repository, "symbolic-ref", "HEAD", "refs/heads/alias")
    assert head(repository / ".git") is None
    git(repository, "symbolic-ref", "HEAD", "refs/heads/unborn")
    assert head(repository / ".git") is None
    assert head(repository / "nowhere") is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs itself is asked")
@pytest.mark.parametrize("what", ["config", "cache", "state"])
@pytest.mark.parametrize("given", [None, "", "relative", "/somewhere", "/with space "])
def test_our_folders_are_where_platformdirs_has_them(
    monkeypatch: pytest.MonkeyPatch, what: Literal["config", "cache", "state"], given: str | None
) -> None:
    name = f"XDG_{what.upper()}_HOME"
    monkeypatch.delenv(name, raising=False)
    if given is not None:
        monkeypatch.setenv(name, given)
    assert place(what) == getattr(platformdirs, f"user_{what}_path")("mlscaffold")


def test_a_file_that_cannot_be_read_is_not_a_file_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.txt": "one\n", "d/b.txt": "one\n"})
    real = os.open

    def refuse(path: str, *args: int, **others: int) -> int:
        if path in ("a.txt", "d"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, *args, **others)

    monkeypatch.setattr(os, "open", refuse)
    for path in ("a.txt", "d/b.txt"):
        with pytest.raises(PermissionError):
            Folder(tmp_path).entries([path])
        with pytest.raises(PermissionError):
            Folder(tmp_path).read(path)
    assert Folder(tmp_path).entries(["none", "none/none", "a.txt" * 100]) == {}
