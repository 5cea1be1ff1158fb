"""Whatever ends or stops an update, a project is as it was or as it shall be, and the next command goes on."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.killing import POINTS
from tests.settled import files_of
from tests.worlds import Template, commit, git, mlscaffold, new, template

LARGE = "".join(f"{number:060}\n" for number in range(5000))


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", {"README.md": "one\n", "data.txt": "small\n"})


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    """A project whose update brings a file of 300 KB and is cached, so that only the project's disk matters."""
    project = new(made, tmp_path)
    made.change({"README.md": "two\n", "data.txt": LARGE})
    assert mlscaffold("update", "-p", project, "--dry-run").code == 0
    return project


def test_a_killed_update_is_finished_or_never_was(tmp_path: Path) -> None:
    """SIGKILL to the update and all its children, at every place that is named and at 100 random moments."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.killing", tmp_path, "100"], check=False, capture_output=True
    )
    assert ran.returncode == 0, ran.stderr.decode()
    seen = json.loads(ran.stdout)
    decided = POINTS.index("decided")
    for point in POINTS[:decided]:
        assert seen[f"{point}: old"] > 0
        assert f"{point}: new" not in seen
    for point in POINTS[decided:]:
        assert seen[f"{point}: new"] > 0
        assert f"{point}: old" not in seen
    assert seen.get("random: old", 0) + seen.get("random: new", 0) == 100


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("this user may not mount a disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_stops_an_update_before_it_changes_anything(project: Path, mounted: Path) -> None:
    here = shutil.copytree(project, mounted / "project", symlinks=True)
    room = os.statvfs(mounted).f_bavail * os.statvfs(mounted).f_frsize
    (mounted / "filler").write_bytes(b"x" * (room - 200_000))
    before = files_of(here)
    ran = mlscaffold("update", "-p", here)
    assert (ran.code, "No space left" in ran.err) == (3, True), ran.err
    assert files_of(here) == before
    assert git(here, "status", "--porcelain") == ""
    (mounted / "filler").unlink()
    assert mlscaffold("update", "-p", here, "--commit").code == 0
    assert (here / "data.txt").read_text() == LARGE


def test_a_limit_on_file_sizes_stops_an_update_before_it_changes_anything(project: Path) -> None:
    before = files_of(project)
    ran = subprocess.run(
        ["prlimit", "--fsize=50000", sys.executable, "-m", "mlscaffold", "update", "-p", project],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 3
    assert "cannot be written" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert files_of(project) == before
    assert git(project, "status", "--porcelain") == ""
    assert mlscaffold("update", "-p", project).code == 0


def test_a_read_only_disk_is_named_and_nothing_is_touched(project: Path, tmp_path: Path) -> None:
    before = files_of(project)
    bound = tmp_path / "bound"
    bound.mkdir()
    done = subprocess.run(["mount", "--bind", project, bound], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("this user may not mount a folder")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", bound], check=True)
        ran = mlscaffold("update", "-p", bound)
        assert (ran.code, "Read-only" in ran.err) == (3, True), ran.err
    finally:
        subprocess.run(["umount", "-l", bound], check=True)
    assert files_of(project) == before
    assert mlscaffold("check", "-p", project).code == 1


def test_of_two_updates_at_once_one_is_done_and_the_other_says_so(project: Path) -> None:
    command = [sys.executable, "-m", "mlscaffold", "update", "-p", str(project)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[1].decode() for process in both]
    assert sorted(process.returncode for process in both) == [0, 3], said
    assert any("not committed yet" in each for each in said)
    assert mlscaffold("update", "-p", project, "--continue").code == 0
    assert git(project, "status", "--porcelain") == ""
    assert mlscaffold("check", "-p", project).code == 0


def test_conflicts_are_finished_with_continue(project: Path) -> None:
    (project / "README.md").write_text("mine\n")
    commit(project)
    assert mlscaffold("update", "-p", project).code == 1
    left = mlscaffold("update", "-p", project, "--continue")
    assert (left.code, "README.md" in left.out) == (1, True)
    git(project, "add", "README.md")
    assert mlscaffold("update", "-p", project, "--continue").code == 1, "staged with its markers"
    (project / "README.md").write_text("both\n")
    git(project, "add", "README.md")
    assert mlscaffold("update", "-p", project, "--continue").code == 0
    assert git(project, "status", "--porcelain") == ""
    assert "Update from template" in git(project, "log", "-1", "--format=%s")
    assert "Nothing to do" in mlscaffold("update", "-p", project).out


def test_abort_brings_everything_back(made: Template, project: Path) -> None:
    made.change({"new/n.txt": "n\n"})
    (project / "README.md").write_text("mine\n")
    (project / "own.txt").write_text("untracked\n")
    git(project, "commit", "-qam", "mine")
    before = files_of(project)
    assert mlscaffold("update", "-p", project).code == 1
    assert mlscaffold("update", "-p", project, "--abort").code == 0
    assert files_of(project) == before
    assert git(project, "status", "--porcelain") == "?? own.txt\n"
    again = mlscaffold("update", "-p", project, "--abort")
    assert (again.code, "no update to undo" in again.err) == (2, True)


def test_a_crlf_checkout_gets_crlf_back(project: Path) -> None:
    """What `--abort` restores goes through the user's own git, line ends included."""
    git(project, "config", "core.autocrlf", "true")
    git(project, "rm", "-rq", "--cached", ".")
    git(project, "reset", "-q", "--hard")
    assert (project / "README.md").read_bytes() == b"one\r\n"
    assert mlscaffold("update", "-p", project).code == 0
    assert (project / "README.md").read_bytes() == b"two\r\n"
    assert git(project, "show", ":README.md") == "two\n"
    assert mlscaffold("update", "-p", project, "--abort").code == 0
    assert (project / "README.md").read_bytes() == b"one\r\n"
    assert git(project, "status", "--porcelain") == ""
