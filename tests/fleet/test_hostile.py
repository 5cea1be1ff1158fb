"""What a commit may hold that no checkout would: one named state for each, and nothing run, followed or written."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet.answering import answer
from mlscaffold.fleet.work import Asked, Job
from tests.worlds import Template, commit, git, new, template, write


@pytest.fixture
def made(tmp_path: Path) -> Template:
    return template(tmp_path / "template", {"README.md": "one\ntwo\nthree\n", "src/a.py": "x = 1\n"})


@pytest.fixture
def project(made: Template, tmp_path: Path) -> Path:
    folder = new(made, tmp_path / "made")
    made.change({"README.md": "one\ntwo\nTHREE\n"})
    return folder


def looked_at(project: Path, step: str = "check") -> Outcome:
    head = git(project, "rev-parse", "HEAD").strip()
    return answer(
        Job("acme/odd", project / ".git", head, Asked("update" if step == "update" else "check"))
    ).outcome


def with_entries(project: Path, *entries: str) -> None:
    """Commit the tree with more entries at its top, in the form that `git mktree` takes."""
    names = {entry.partition("\t")[2] for entry in entries}
    kept = [
        line for line in git(project, "ls-tree", "HEAD").splitlines() if line.partition("\t")[2] not in names
    ]
    tree = subprocess.run(
        ["git", "mktree"],
        cwd=project,
        input="\n".join([*kept, *entries]) + "\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    oid = git(project, "commit-tree", tree, "-p", "HEAD", "-m", "odd").strip()
    git(project, "update-ref", "HEAD", oid)


def blob(project: Path, content: bytes) -> str:
    done = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=project, input=content, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def linked(project: Path) -> None:
    with_entries(project, f"120000 blob {blob(project, b'/etc/passwd')}\t.cruft.json")


def folder(project: Path) -> None:
    with_entries(project, f"040000 tree {git(project, 'rev-parse', 'HEAD:src').strip()}\t.cruft.json")


def submodule(project: Path) -> None:
    with_entries(project, f"160000 commit {'1' * 40}\t.cruft.json")


def large(project: Path) -> None:
    with_entries(project, f"100644 blob {blob(project, b' ' * (2 << 20))}\t.cruft.json")


def gone(project: Path) -> None:
    oid = git(project, "rev-parse", "HEAD:.cruft.json").strip()
    (project / ".git" / "objects" / oid[:2] / oid[2:]).unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (linked, ".cruft.json is no file"),
        (folder, ".cruft.json is no file"),
        (submodule, ".cruft.json is no file"),
        (large, "larger than 1 MiB"),
        (gone, "git has no such object"),
    ],
    ids=["link", "folder", "submodule", "large", "gone"],
)
def test_record_that_is_none_is_an_error(project: Path, spoil: Callable[[Path], None], said: str) -> None:
    spoil(project)

    found = looked_at(project)

    assert found.state is Standing.ERROR
    assert said in found.why


def test_file_that_unpacks_to_more_than_anybody_wrote_is_an_error(project: Path) -> None:
    with_entries(project, f"100644 blob {blob(project, bytes(65 << 20))}\tREADME.md")

    found = looked_at(project)

    assert (found.state, "README.md is larger than 64 MiB" in found.why) == (Standing.ERROR, True), found


def test_link_in_a_files_place_is_a_change_and_is_not_followed(project: Path) -> None:
    with_entries(project, f"120000 blob {blob(project, b'/etc/passwd')}\tREADME.md")

    assert looked_at(project).state is Standing.DIVERGED
    assert looked_at(project, "update").state is Standing.CONFLICTS


@pytest.mark.parametrize("name", ["..", ".git", "a\\b", "-rf"])
def test_name_that_no_checkout_would_write_hurts_nobody(project: Path, tmp_path: Path, name: str) -> None:
    with_entries(project, f"040000 tree {git(project, 'rev-parse', 'HEAD:src').strip()}\t{name}")
    before = {path for path in tmp_path.rglob("*") if ".git" not in path.parts}

    assert looked_at(project).state is Standing.BEHIND
    assert looked_at(project, "update").state in (Standing.PLANNED, Standing.ERROR)
    assert {path for path in tmp_path.rglob("*") if ".git" not in path.parts} == before


def test_missing_commit_is_an_error(project: Path) -> None:
    found = answer(Job("acme/odd", project / ".git", "1" * 40, Asked("check"))).outcome

    assert found.state is Standing.ERROR


def test_check_of_a_commit_says_what_check_says_of_its_folder(project: Path) -> None:
    write(project, {"src/a.py": None, "README.md.rej": "rejected\n"})
    commit(project)

    found = looked_at(project)

    assert (found.state, dict(found.words)) == (Standing.DRIFTED, {"leftover": 1, "missing": 1, "behind": 1})
