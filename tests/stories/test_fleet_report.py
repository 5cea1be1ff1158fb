"""`mlscaffold fleet report`: one page from what the runs before have kept, or one sentence why there is none."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlscaffold.core import kept
from mlscaffold.core.kept import Ended, Kept
from mlscaffold.core.outcome import Outcome, Standing
from tests.worlds import Ran, commit, git, mlscaffold, new, template, write

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def shown(page: Path) -> Any:
    [found] = DATA.findall(page.read_text())
    return json.loads(found)


def report(folder: Path, *args: str | Path) -> Ran:
    return mlscaffold("fleet", "report", *args, cwd=folder)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    whats = (Outcome("a", "check", Standing.IN_SYNC), Ended("check", 1))
    lines = [kept.document(Kept("1", "2026-01-01T00:00:00+00:00", what)) for what in whats]
    path = tmp_path / "journal.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_report_is_how_the_last_run_found_the_repos_and_a_point_for_each_run(tmp_path: Path) -> None:
    made = template(tmp_path / "template", {"README.md": "one\n", "a.py": "x = 1\n"})
    clones = tmp_path / "clones"
    shutil.copytree(new(made, tmp_path / "made"), clones / "a", symlinks=True)
    shutil.copytree(clones / "a", clones / "b", symlinks=True)
    check = ("fleet", "check", "--local", clones, "-j", "1")
    assert mlscaffold(*check).code == 0
    assert mlscaffold(*check).code == 0
    made.change({"README.md": "two\n"})
    shutil.rmtree(clones / "b")
    assert mlscaffold(*check).code == 1

    ran = report(tmp_path, "--local", clones)

    assert (ran.code, ran.out.startswith("Wrote report.html: 1 repo, 3 runs since 20")) == (0, True), ran
    found = shown(tmp_path / "report.html")
    states = [state for state, _ in found["states"]]
    [repo] = found["repos"]
    assert (repo["name"], states[repo["state"]], found["files"], repo["days"]) == (
        "a",
        "behind",
        ["README.md"],
        0,
    )
    counts = [{state: n for state, n in zip(states, point[1], strict=True) if n} for point in found["points"]]
    assert counts == [{"in sync": 2}, {"in sync": 2}, {"behind": 1}]


def test_branches_and_conflicts_in_clones_are_on_the_page_till_they_are_merged(tmp_path: Path) -> None:
    made = template(tmp_path / "template", {"README.md": "one\ntwo\nthree\n", "a.py": "x = 1\n"})
    clones = tmp_path / "clones"
    shutil.copytree(new(made, tmp_path / "made"), clones / "a", symlinks=True)
    for name in ("b", "c"):
        shutil.copytree(clones / "a", clones / name, symlinks=True)
    write(clones / "b", {"README.md": "one\ntwo\nIII\n"})
    write(clones / "c", {"a.py": None})
    for name in ("b", "c"):
        commit(clones / name)
    made.change({"README.md": "one\ntwo\nTHREE\n"})
    over = ("--local", clones, "-j", "1")

    def waiting() -> dict[str, tuple[str, str]]:
        assert mlscaffold("fleet", "check", *over).code == 1
        assert report(tmp_path, "--local", clones).code == 0
        found = shown(tmp_path / "report.html")
        states = [state for state, _ in found["states"]]
        pulls = {repo["name"]: repo["pull"] for repo in found["repos"] if "pull" in repo}
        return {name: (states[pull["state"]], pull["why"]) for name, pull in pulls.items()}

    assert waiting() == {}
    assert mlscaffold("fleet", "update", *over, "--apply").code == 1
    branch = git(clones / "a", "for-each-ref", "--format=%(refname:short)", "refs/heads/mlscaffold").strip()
    there = (f"git merge {branch}", ("conflicts", "README.md"))
    assert waiting() == {"a": ("updated", there[0]), "b": there[1], "c": ("updated", there[0])}
    assert mlscaffold("fleet", "update", *over, "--apply").code == 1
    assert waiting() == {"a": ("ready to merge", there[0]), "b": there[1], "c": ("ready to merge", there[0])}
    for name in ("a", "c"):
        git(clones / name, "merge", "-q", branch)
        git(clones / name, "branch", "-qD", branch)
    assert waiting() == {"b": ("conflicts", "README.md")}, "c lacks a file and has the update"


def test_lines_that_cannot_be_read_are_counted_and_told(journal: Path, tmp_path: Path) -> None:
    journal.write_bytes(b"\xff\n{}\n" + journal.read_bytes() + b'{"half')

    ran = report(tmp_path, "--journal", journal, "-o", "page.html")

    assert (ran.code, ran.out) == (
        0,
        "Wrote page.html: 1 repo, 1 run; 3 lines of the journal could not be read.\n",
    )
    assert shown(tmp_path / "page.html")["unread"] == 3


def test_run_that_was_cut_short_is_told_in_the_terminal_and_on_the_page(
    journal: Path, tmp_path: Path
) -> None:
    *lines, _ended = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines))

    ran = report(tmp_path, "--journal", journal, "-o", "page.html")

    assert ran.out.endswith("\nThe newest run did not come to its end: it told of 1 repo.\n")
    assert shown(tmp_path / "page.html")["cut"] == 1


def test_page_that_is_there_is_replaced_and_nothing_is_left_beside_it(journal: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "r.html").write_text("old")

    assert report(tmp_path, "--journal", journal, "-o", folder / "r.html").code == 0

    assert [path.name for path in folder.iterdir()] == ["r.html"]
    assert shown(folder / "r.html")["repos"][0]["name"] == "a"


def test_link_and_pipe_stay_what_they_are(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "page.html")
    os.mkfifo(tmp_path / "pipe")

    assert report(tmp_path, "--journal", journal, "-o", "link.html").code == 0
    with (
        (tmp_path / "piped.html").open("wb") as piped,
        subprocess.Popen(["cat", "pipe"], cwd=tmp_path, stdout=piped),
    ):
        assert report(tmp_path, "--journal", journal, "-o", "pipe").code == 0

    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "pipe").is_fifo()
    assert shown(tmp_path / "page.html")["repos"] == shown(tmp_path / "piped.html")["repos"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((), 2, "It is not said which repos are meant."),
        (("--local", "."), 3, "There is no journal of these repos yet."),
        (("--journal", "none.jsonl"), 2, "There is no journal none.jsonl."),
        (("--journal", "."), 2, "There is no journal ."),
        (("--journal", "empty.jsonl"), 3, "The journal empty.jsonl says nothing of any repo."),
        (("--journal", "journal.jsonl", "-o", "no/r.html"), 2, "There is no folder no."),
        (("--journal", "journal.jsonl", "-o", "folder"), 2, "folder is a folder."),
        (("--journal", "journal.jsonl", "-o", "file/r.html"), 2, "There is no folder file."),
        (("--journal", "journal.jsonl", "-o", ""), 2, "is a folder"),
        (("--journal", "journal.jsonl", "-o", "journal.jsonl"), 2, "journal.jsonl is the journal."),
    ],
)
@pytest.mark.usefixtures("journal")
def test_what_cannot_be_is_one_sentence(tmp_path: Path, args: tuple[str, ...], code: int, said: str) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.iterdir())

    ran = report(tmp_path, *args)

    assert (ran.code, said in ran.err, ran.out) == (code, True, ""), ran
    assert sorted(tmp_path.iterdir()) == before
