"""`mlscaffold fleet` over clones on disk: every repo in one named state, whatever the others are."""

import csv
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlscaffold.fleet import journal
from mlscaffold.fleet.clones import Clones, found_in
from mlscaffold.fleet.run import run
from mlscaffold.fleet.waves import Waves
from mlscaffold.fleet.work import Asked
from tests.servers import serving
from tests.terminals import at_terminal
from tests.worlds import VARIABLES, Ran, Template, commit, git, mlscaffold, new, template, write


@dataclass(frozen=True)
class Fleet:
    """A template, and clones of projects made from it."""

    template: Template
    folder: Path
    made: Path

    def add(self, *names: str) -> None:
        for name in names:
            shutil.copytree(self.made, self.folder / name, symlinks=True)

    def run(self, verb: str, *args: str | Path) -> Ran:
        return mlscaffold("fleet", verb, "--local", self.folder, "-j", "1", *args)

    def states(self, *args: str) -> dict[str, str]:
        return states(self.run("check", "--format", "json", *args))


def states(ran: Ran) -> dict[str, str]:
    return {repo["repo"]: repo["state"] for repo in ran.json["repos"]}


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    made = template(tmp_path / "template", {"README.md": "one\ntwo\nthree\n", "a.py": "x = 1\n"})
    project = new(made, tmp_path / "made")
    folder = tmp_path / "clones"
    folder.mkdir()
    return Fleet(made, folder, project)


def branches(clone: Path) -> dict[str, str]:
    lines = git(clone, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
    return dict(line.split() for line in lines)


def our_branch(clone: Path) -> str:
    return next(name for name in branches(clone) if name.startswith("mlscaffold/"))


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder, those of git too."""
    return {
        os.path.join(where, name): Path(where, name).read_bytes()
        for where, _, names in os.walk(folder)
        for name in names
    }


def mixed(fleet: Fleet) -> None:
    """Make one clone for each state, the hostile ones included."""
    fleet.add("a-behind", "b-diverged", "c-legacy", "d-drifted", "e-broken", "g-stranger", "h-pulled")
    clones = fleet.folder
    write(clones / "b-diverged", {"README.md": "one\ntwo\nIII\n"})
    write(clones / "c-legacy", {".cruft.json": None})
    write(clones / "d-drifted", {"a.py": None})
    write(clones / "e-broken", {".cruft.json": "{"})
    record = json.loads((clones / "g-stranger" / ".cruft.json").read_text())
    write(
        clones / "g-stranger", {".cruft.json": json.dumps({**record, "template": "https://evil.invalid/t/t"})}
    )
    for name in ("b-diverged", "c-legacy", "d-drifted", "e-broken", "g-stranger"):
        commit(clones / name)
    git(clones, "init", "-q", "f-empty")
    git(clones, "init", "-q", "--bare", "i-bare.git")
    (clones / "j-link").symlink_to(clones / "a-behind")
    (clones / "k-odd" / ".git").mkdir(parents=True)
    os.mkfifo(clones / "k-odd" / ".git" / "HEAD")
    fleet.add("l-elsewhere")
    (clones / "l-elsewhere" / ".git").rename(fleet.made.parent / "stolen.git")
    (clones / "l-elsewhere" / ".git").symlink_to(fleet.made.parent / "stolen.git")
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    assert mlscaffold("update", "-p", clones / "h-pulled", "--commit").code == 0


MIXED = {
    "a-behind": "behind",
    "b-diverged": "diverged",
    "c-legacy": "no record",
    "d-drifted": "drifted",
    "e-broken": "error",
    "f-empty": "skipped",
    "g-stranger": "untrusted",
    "h-pulled": "in sync",
    "i-bare.git": "skipped",
    "j-link": "skipped",
    "k-odd": "error",
    "l-elsewhere": "error",
}


def test_every_repo_ends_in_one_named_state_and_the_counts_add_up(fleet: Fleet) -> None:
    mixed(fleet)

    ran = fleet.run("check", "--format", "json")

    assert states(ran) == MIXED
    assert sum(ran.json["counts"].values()) == len(MIXED)
    assert ran.code == 3, "some could not be answered"
    unsaid = [repo["repo"] for repo in ran.json["repos"] if not repo["why"]]
    assert unsaid == ["c-legacy", "h-pulled"], "all others say why"


def test_command_that_comes_next_chooses_the_same_repos_and_is_only_said_to_a_person(
    fleet: Fleet, tmp_path: Path
) -> None:
    fleet.add("a", "b")
    write(fleet.folder / "b", {".cruft.json": None})
    commit(fleet.folder / "b")
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    journal = tmp_path / "a journal"

    ran = fleet.run("check", "--repo-exclude", "", "--journal", journal)

    [said] = [line for line in ran.out.splitlines() if line.startswith("Next")]
    start, _, command = said.partition(": ")
    assert start == "Next, for the 1 behind and the 1 without a record"
    words = shlex.split(command)
    assert words == [
        *("mlscaffold", "fleet", "update", "--local", str(fleet.folder), "--journal", str(journal), "--adopt")
    ]
    assert states(mlscaffold(*words[1:], "--format", "json"))["a"] == "would be updated"
    for format_ in ("json", "csv", "markdown"):
        assert "Next" not in fleet.run("check", "--format", format_).out


def test_check_reports_to_files_too(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add("a", "b")
    places = {format_: tmp_path / f"out.{format_}" for format_ in ("json", "csv", "markdown", "terminal")}
    outputs = [word for format_, path in places.items() for word in ("--output", f"{format_}={path}")]

    ran = fleet.run("check", *outputs)

    assert ran.code == 0
    assert json.loads(places["json"].read_text())["counts"] == {"in sync": 2}
    for format_ in ("csv", "markdown"):
        assert places[format_].read_text() == fleet.run("check", "--format", format_).out
    assert places["terminal"].read_text() == "".join(ran.out.splitlines(keepends=True)[:2])
    refused = fleet.run("check", "--output", "sarif=x")
    assert (refused.code, "FORMAT is terminal, json, csv, markdown." in refused.err) == (2, True)


@pytest.mark.parametrize("verb", ["status", "close"])
def test_who_asks_for_pull_requests_of_clones_is_told_how_to_see_and_take_back_branches(
    fleet: Fleet, verb: str
) -> None:
    fleet.add("a")
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    fleet.run("update", "--apply")

    ran = mlscaffold("fleet", verb, "--local", fleet.folder)

    assert ran.code == 2
    see, take_back = (
        shlex.split(line, comments=True) for line in ran.err.splitlines() if "git branch" in line
    )
    branch = our_branch(fleet.folder / "a")
    assert git(fleet.folder / "a", *see[1:]).split() == [branch]
    git(fleet.folder / "a", *(branch if word == "BRANCH" else word for word in take_back[1:]))
    assert branch not in branches(fleet.folder / "a")
    assert "for repos at a forge" in mlscaffold("fleet", verb, "--help").out


def test_update_says_what_a_person_can_do_where_it_did_nothing(fleet: Fleet) -> None:
    fleet.add("checked-out", "committed-to", "conflicting")
    write(fleet.folder / "conflicting", {"README.md": "one\ntwo\nIII\n"})
    commit(fleet.folder / "conflicting")
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    fleet.run("update", "--apply")
    branch = our_branch(fleet.folder / "checked-out")
    git(fleet.folder / "checked-out", "checkout", "-q", "-B", branch)
    git(fleet.folder / "committed-to", "checkout", "-q", branch)
    commit(fleet.folder / "committed-to")
    git(fleet.folder / "committed-to", "checkout", "-q", "-")

    out = fleet.run("update", "--apply").out

    assert "Next, in a clone of each that conflicts: mlscaffold update\n" in out
    assert "Where our branch is checked out: git switch - there, then run this again.\n" in out
    assert (
        "Where somebody has committed to our branch: merge it or delete it there, then run this again.\n"
        in out
    )


def test_terminal_says_a_reason_once_and_a_pipe_one_line_for_each_repo(fleet: Fleet) -> None:
    names = [f"repo-{number}" for number in range(8)]
    fleet.add(*names)
    record = json.loads((fleet.made / ".cruft.json").read_text())
    for number, name in enumerate(names):
        url = f"https://example.invalid/of/{'a-template' if number % 2 else 'another-template'}"
        write(fleet.folder / name, {".cruft.json": json.dumps({**record, "template": url})})
        commit(fleet.folder / name)

    check = ("fleet", "check", "--local", fleet.folder, "-j", "1")
    screen, piped = at_terminal(*check, env={"COLUMNS": "80"}).out, mlscaffold(*check).out

    assert "untrusted: 8 repos of 2 templates\n  repo-0, repo-2, repo-4, repo-6\n" in screen
    assert screen.count("\n      mlscaffold trust https://example.invalid/of/a-template\n") == 1
    assert [line.split("  ")[1] for line in piped.splitlines() if line.startswith("  repo-")] == names


def test_check_changes_nothing_in_any_clone(fleet: Fleet) -> None:
    fleet.add("a", "b")
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    before = everything(fleet.folder)

    fleet.run("check")
    fleet.run("update")

    assert everything(fleet.folder) == before


def test_second_run_answers_what_has_not_changed_from_the_journal(fleet: Fleet) -> None:
    fleet.add("a", "b")
    fleet.run("check")
    write(fleet.folder / "b", {"a.py": None})
    commit(fleet.folder / "b")

    ran = fleet.run("check", "--format", "json")

    assert {repo["repo"]: repo["again"] for repo in ran.json["repos"]} == {"a": True, "b": False}
    assert states(ran) == {"a": "in sync", "b": "drifted"}


def test_what_the_template_changed_is_not_answered_from_the_journal(fleet: Fleet) -> None:
    fleet.add("a")
    assert fleet.states() == {"a": "in sync"}
    fleet.template.change({"README.md": "new\n"})

    assert fleet.states() == {"a": "behind"}


def test_journal_that_was_cut_short_is_gone_on_with(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add("a", "b")
    journal = tmp_path / "journal.jsonl"
    fleet.run("check", "--journal", journal)
    first, second, _ended = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first + second[:-20])

    ran = fleet.run("check", "--journal", journal, "--format", "json")

    assert {repo["repo"]: repo["again"] for repo in ran.json["repos"]} == {"a": True, "b": False}
    last = [line for line in journal.read_text().splitlines() if '"repo": "b"' in line][-1]
    assert json.loads(last)["state"] == "in sync"


def test_of_many_repos_with_the_same_answers_one_renders(fleet: Fleet, tmp_path: Path) -> None:
    count = tmp_path / "count"
    hook = f"from pathlib import Path\nopen({str(count)!r}, 'a').write('x')\n"
    fleet.template.change(beside={"hooks/pre_gen_project.py": hook})
    fleet.add("a", "b", "c", "d")

    ran = mlscaffold("fleet", "check", "--local", fleet.folder, "-j", "2")

    assert ran.code == 0, ran.out
    assert count.read_text() == "x"


def test_update_without_apply_says_what_it_would_do_and_apply_makes_that_very_commit(fleet: Fleet) -> None:
    fleet.add("a", "b")
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    said = fleet.run("update", "--format", "json")
    planned = {repo["repo"]: repo["commit"] for repo in said.json["repos"]}
    assert states(said) == {"a": "would be updated", "b": "would be updated"}

    done = fleet.run("update", "--apply", "--format", "json")

    assert states(done) == {"a": "updated", "b": "updated"}
    for name, oid in planned.items():
        clone = fleet.folder / name
        assert branches(clone)[our_branch(clone)] == oid


def test_update_is_one_commit_on_a_branch_and_touches_neither_files_nor_the_branch_one_is_on(
    fleet: Fleet,
) -> None:
    fleet.add("a")
    clone = fleet.folder / "a"
    write(clone, {"README.md": "mine, uncommitted\n", "own.txt": "untracked\n"})
    on = branches(clone)
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})

    assert fleet.run("update", "--apply").code == 0

    assert {name: branches(clone)[name] for name in on} == on
    assert (clone / "README.md").read_text() == "mine, uncommitted\n"
    assert git(clone, "status", "--porcelain") == " M README.md\n?? own.txt\n"
    assert git(clone, "rev-list", "--count", f"HEAD..{our_branch(clone)}").strip() == "1"
    assert git(clone, "show", f"{our_branch(clone)}:README.md") == "one\ntwo\nTHREE\n"
    git(clone, "fsck", "--strict")
    git(clone, "checkout", "-q", "-f", our_branch(clone))
    assert fleet.states() == {"a": "in sync"}


def test_second_update_does_nothing_and_the_next_template_version_moves_the_branch(fleet: Fleet) -> None:
    fleet.add("a")
    clone = fleet.folder / "a"
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    fleet.run("update", "--apply")
    before = everything(clone)

    ran = fleet.run("update", "--apply", "--format", "json")

    assert states(ran) == {"a": "ready to merge"}
    assert ran.json["repos"][0]["why"] == f"git merge {our_branch(clone)}"
    assert states(fleet.run("update", "--max", "0", "--format", "json")) == {"a": "ready to merge"}
    assert everything(clone) == before
    fleet.template.change({"README.md": "one\ntwo\n3\n"})
    assert fleet.run("update", "--apply").code == 0
    assert git(clone, "show", f"{our_branch(clone)}:README.md") == "one\ntwo\n3\n"


@pytest.mark.parametrize("on_it", [True, False], ids=["checked out", "committed to"])
def test_branch_that_a_person_works_on_stays_as_it_is(fleet: Fleet, on_it: bool) -> None:
    fleet.add("a")
    clone = fleet.folder / "a"
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    fleet.run("update", "--apply")
    branch, main = our_branch(clone), git(clone, "branch", "--show-current").strip()
    git(clone, "checkout", "-q", branch)
    write(clone, {"own.txt": "by hand\n"})
    commit(clone)
    git(clone, "checkout", "-q", main)
    if on_it:
        git(clone, "branch", "-q", "-f", branch, main)
        git(clone, "checkout", "-q", branch)
    at = branches(clone)[branch]
    fleet.template.change({"README.md": "one\ntwo\n3\n"})

    ran = fleet.run("update", "--apply", "--format", "json")

    assert states(ran) == {"a": "left to a person"}
    assert (ran.code, branches(clone)[branch]) == (1, at)


@pytest.mark.parametrize("email", ["", "mlscaffold@localhost.example"])
def test_commit_by_anybody_but_us_is_a_persons(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    fleet.add("a")
    clone = fleet.folder / "a"
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    fleet.run("update", "--apply")
    tip = git(clone, "rev-parse", our_branch(clone)).strip()
    with monkeypatch.context() as person:
        person.setenv("GIT_COMMITTER_EMAIL", email)
        mine = git(clone, "commit-tree", "-p", tip, "-m", "by hand", f"{tip}^{{tree}}").strip()
    git(clone, "branch", "-f", our_branch(clone), mine)
    fleet.template.change({"README.md": "one\ntwo\n3\n"})

    ran = fleet.run("update", "--apply", "--format", "json")

    assert states(ran) == {"a": "left to a person"}
    assert branches(clone)[our_branch(clone)] == mine


@pytest.mark.parametrize("what", ["commit", "checkout"])
def test_branch_that_a_person_takes_up_during_the_pause_stays_as_it_is(
    fleet: Fleet, tmp_path: Path, what: str
) -> None:
    fleet.add("a", "b")
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
    fleet.run("update", "--apply")
    b, branch = fleet.folder / "b", our_branch(fleet.folder / "b")
    fleet.template.change({"README.md": "one\ntwo\n3\n"})

    def person(_seconds: float) -> None:
        main = git(b, "branch", "--show-current").strip()
        git(b, "checkout", "-q", branch)
        if what == "commit":
            write(b, {"own.txt": "by hand\n"})
            commit(b)
            git(b, "checkout", "-q", main)
        seen.append(branches(b)[branch])

    seen: list[str] = []
    home = Clones(tmp_path / "cache")
    home.waves = Waves(pause=1, sleep=person)
    found = list(run(found_in(fleet.folder), home, Asked("update"), journal.none(), 1, home.act))

    assert [str(each.state) for each in found] == ["updated", "left to a person"]
    assert [branches(b)[branch]] == seen


def test_conflicting_repo_is_named_and_the_others_are_updated(fleet: Fleet) -> None:
    fleet.add("a", "b")
    write(fleet.folder / "a", {"README.md": "one\ntwo\nIII\n"})
    commit(fleet.folder / "a")
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})

    ran = fleet.run("update", "--apply", "--format", "json")

    assert states(ran) == {"a": "conflicts", "b": "updated"}
    assert ran.code == 1
    assert [name for name in branches(fleet.folder / "a") if "mlscaffold" in name] == []


def test_draft_names_what_it_leaves_out_and_is_not_the_whole_update(fleet: Fleet) -> None:
    fleet.add("a")
    clone = fleet.folder / "a"
    write(clone, {"README.md": "one\ntwo\nIII\n"})
    commit(clone)
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n", "new.txt": "new\n"})
    draft = ("update", "--conflicts", "draft", "--format", "json")

    planned, done, again = fleet.run(*draft), fleet.run(*draft, "--apply"), fleet.run(*draft, "--apply")

    assert planned.json["repos"][0]["why"] == "new.txt; kept as they are: README.md"
    assert (states(done), done.code) == ({"a": "partly updated"}, 1)
    assert (states(again), again.code) == ({"a": "partly updated"}, 1)
    branch = our_branch(clone)
    assert again.json["repos"][0]["why"] == f"git merge {branch}; kept as they are: README.md"
    assert git(clone, "show", f"{branch}:new.txt") == "new\n"
    said = git(clone, "log", "-1", "--format=%B", branch)
    assert "Not in here, since both sides changed them:\n  README.md\n" in said


def test_variable_without_an_answer_is_left_to_a_person(fleet: Fleet) -> None:
    fleet.add("a")
    fleet.template.change({"README.md": "new\n"}, variables={**VARIABLES, "owner": ""})

    ran = fleet.run("update", "--apply", "--format", "json")

    assert states(ran) == {"a": "left to a person"}
    assert "owner" in ran.json["repos"][0]["why"]


def test_being_behind_within_grace_is_no_fault(fleet: Fleet) -> None:
    fleet.add("a")
    fleet.template.change({"README.md": "new\n"})

    ran = fleet.run("check", "--grace", "30d", "--format", "json")

    assert (states(ran), ran.code) == ({"a": "behind"}, 0)
    assert fleet.run("check").code == 1, "and what was answered under other rules is not answered again"


def test_folder_that_is_a_clone_is_the_one_repo(fleet: Fleet) -> None:
    fleet.add("a")

    ran = mlscaffold("fleet", "check", "--local", fleet.folder / "a", "--format", "json")

    assert states(ran) == {"a": "in sync"}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_run_that_is_ended_half_way_keeps_what_it_has_and_the_next_one_finishes_it(
    fleet: Fleet, tmp_path: Path, how: signal.Signals
) -> None:
    reached, released = tmp_path / "reached", tmp_path / "released"
    hook = (
        "import os\n"
        f"if '{{{{cookiecutter.project_name}}}}' == 'Slow' and os.path.exists({str(reached)!r}):\n"
        f"    open({str(reached)!r}, 'w').close()\n    open({str(released)!r}).read()\n"
    )
    fleet.add("a")
    new(
        fleet.template, tmp_path / "slow", "-a", "project_name=Slow", "-a", "project_slug=churn-model"
    ).rename(fleet.folder / "b")
    fleet.template.change({"README.md": "new\n"}, beside={"hooks/pre_gen_project.py": hook})
    for fifo in (reached, released):
        os.mkfifo(fifo)
    at_a_terminal = (  # a run in the background would not be interrupted at all
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from mlscaffold.cli import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", at_a_terminal, "fleet", "check", "--local", str(fleet.folder), "-j", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    reached.read_bytes()  # the first is answered, and the second is being rendered

    process.send_signal(how)
    if how is not signal.SIGKILL:
        released.write_text("go on\n")  # a run that is killed takes its renderings along
    err = process.communicate()[1]
    reached.unlink()

    assert process.returncode == (-how if how is signal.SIGKILL else 130)
    if how is not signal.SIGKILL:
        said = (
            "Interrupted after 1 of 2 repos; what is done is in the journal: run the same command to go on."
        )
        assert err.decode() == f"mlscaffold: {said}\n"
    ran = fleet.run("check", "--format", "json")
    assert [(repo["repo"], repo["state"], repo["again"]) for repo in ran.json["repos"]] == [
        ("a", "behind", True),
        ("b", "behind", False),
    ]


def test_max_takes_the_first_and_the_next_run_the_next(fleet: Fleet) -> None:
    fleet.add("a", "b", "c")
    fleet.template.change({"README.md": "new\n"})

    planned = fleet.run("update", "--max", "1", "--format", "json")
    first = fleet.run("update", "--apply", "--max", "1", "--format", "json")
    second = fleet.run("update", "--apply", "--max", "1", "--format", "json")

    assert planned.json["counts"] == {"would be updated": 1, "waits for a later wave": 2}
    assert states(first) == {"a": "updated", "b": "waits for a later wave", "c": "waits for a later wave"}
    assert states(second) == {"a": "ready to merge", "b": "updated", "c": "waits for a later wave"}


def test_canary_waits_until_the_first_branches_are_merged(fleet: Fleet) -> None:
    fleet.add("a", "b")
    fleet.template.change({"README.md": "new\n"})
    canary = ("update", "--apply", "--canary", "1", "--format", "json")

    first, again = fleet.run(*canary), fleet.run(*canary)
    git(fleet.folder / "a", "merge", "-q", our_branch(fleet.folder / "a"))
    merged = fleet.run(*canary)

    assert states(first) == {"a": "updated", "b": "waits for a later wave"}
    assert states(again) == {"a": "ready to merge", "b": "waits for a later wave"}
    assert states(merged) == {"a": "nothing to do", "b": "updated"}
    fleet.template.change({"README.md": "newer\n"})
    assert states(fleet.run(*canary)) == {"a": "waits for a later wave", "b": "updated"}


@pytest.mark.parametrize("beside", ["BRANCH/x/y", "mlscaffold"])
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "loose"])
def test_branch_whose_name_git_could_not_have_beside_another_is_left_to_a_person(
    fleet: Fleet, beside: str, packed: bool
) -> None:
    fleet.add("a")
    clone = fleet.folder / "a"
    fleet.template.change({"README.md": "new\n"})
    branch = fleet.run("update", "--format", "json").json["repos"][0]["branch"]
    git(clone, "branch", beside.replace("BRANCH", branch))
    if packed:
        git(clone, "pack-refs", "--all")
    before = branches(clone)

    ran = fleet.run("update", "--apply", "--format", "json")

    assert states(ran) == {"a": "left to a person"}
    [why] = [repo["why"] for repo in ran.json["repos"]]
    assert why.startswith(f"its branch {beside.replace('BRANCH', branch).removesuffix('/y')}")
    assert why.endswith(f" is in the way of {branch}")
    assert branches(clone) == before


@pytest.mark.parametrize("kind", ["commit", "blob"])
@pytest.mark.parametrize("left", [b"", b"\0" * 40], ids=["empty", "zeros"])
def test_update_whose_files_a_power_cut_emptied_is_handed_over_again(
    fleet: Fleet, kind: str, left: bytes
) -> None:
    fleet.add("a", "b")
    clone = fleet.folder / "a"
    fleet.template.change({"README.md": "new\n"})
    fleet.run("update", "--apply")
    oid = git(clone, "rev-parse", f"{our_branch(clone)}{':README.md' if kind == 'blob' else ''}").strip()
    lost = clone / ".git" / "objects" / oid[:2] / oid[2:]
    lost.unlink()
    lost.write_bytes(left)

    planned = fleet.run("update", "--format", "json")
    done = fleet.run("update", "--apply", "--format", "json")

    assert states(planned) == {"a": "would be updated", "b": "ready to merge"}
    assert states(done) == {"a": "updated", "b": "ready to merge"}
    git(clone, "fsck", "--strict")


def test_all_of_an_update_is_on_the_disk_before_its_branch_names_it(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.add("a")
    fleet.template.change({"README.md": "new\n"})
    clone = fleet.folder / "a"
    synced: set[int] = set()
    placed: list[str] = []
    sync, replace = os.fsync, os.replace

    def synced_now(file: int) -> None:
        sync(file)
        synced.add(os.fstat(file).st_ino)

    def replaced(source: str, name: str, **folders: Any) -> None:
        if folders:
            assert os.stat(source, dir_fd=folders["src_dir_fd"]).st_ino in synced
            placed.append(name)
            if source == f"{name}.lock":
                of = [next((clone / ".git/objects").glob(f"??/{each}")) for each in placed[:-1]]
                assert {place.stat().st_ino for path in of for place in path.parents[:2]} <= synced
        replace(source, name, **folders)

    monkeypatch.setattr(os, "fsync", synced_now)
    monkeypatch.setattr(os, "replace", replaced)
    home = Clones(tmp_path / "cache")
    found = list(run(found_in(fleet.folder), home, Asked("update"), journal.none(), 1, home.act))

    assert [str(each.state) for each in found] == ["updated"]
    assert len(placed) > 3


def test_branch_that_is_a_symbolic_reference_is_told_as_one(fleet: Fleet) -> None:
    fleet.add("a")
    clone = fleet.folder / "a"
    fleet.template.change({"README.md": "new\n"})
    branch = fleet.run("update", "--format", "json").json["repos"][0]["branch"]
    on = git(clone, "symbolic-ref", "HEAD").strip()
    git(clone, "symbolic-ref", f"refs/heads/{branch}", on)
    before = branches(clone)

    ran = fleet.run("update", "--apply", "--format", "json")

    said = "is a symbolic reference, which is not followed."
    [why] = [repo["why"] for repo in ran.json["repos"]]
    assert why.startswith(f"Its refs/heads/{branch} {said}")
    assert branches(clone) == before


def test_branch_in_a_clone_that_cannot_be_read_any_more_is_counted(fleet: Fleet) -> None:
    fleet.add("a", "b")
    fleet.template.change({"README.md": "new\n"})
    canary = ("update", "--apply", "--canary", "2", "--format", "json")
    fleet.run(*canary)
    fleet.add("c", "d")
    write(fleet.folder / "a", {".cruft.json": "{"})
    commit(fleet.folder / "a")
    git_dir = fleet.folder / "b" / ".git"
    git_dir.rename(git_dir.with_name("git"))
    git_dir.symlink_to("git")

    ran = fleet.run(*canary)

    assert states(ran) == {"a": "error", "b": "error", "c": "updated", "d": "waits for a later wave"}
    why = {repo["repo"]: repo["why"] for repo in ran.json["repos"]}
    assert "leads elsewhere" in why["b"]


@pytest.mark.parametrize("limit", ["--max", "--canary"])
def test_clone_that_cannot_be_updated_holds_back_no_other(fleet: Fleet, limit: str) -> None:
    fleet.add("a", "b", "c")
    fleet.template.change({"README.md": "new\n"})
    branch = fleet.run("update", "--format", "json").json["repos"][0]["branch"]
    write(fleet.folder / "a", {f".git/refs/heads/{branch}.lock": ""})

    ran = fleet.run("update", "--apply", limit, "1", "--format", "json")

    assert states(ran) == {"a": "refused", "b": "updated", "c": "waits for a later wave"}


def test_branch_that_a_person_takes_up_during_the_pause_is_counted_once_it_is_there(
    fleet: Fleet, tmp_path: Path
) -> None:
    fleet.add("a", "b", "c")
    fleet.template.change({"README.md": "new\n"})
    branch = fleet.run("update", "--format", "json").json["repos"][0]["branch"]

    def person(_seconds: float) -> None:
        if not seen:
            seen.append(git(fleet.folder / "b", "checkout", "-q", "-b", branch))
            git(fleet.folder / "b", "commit", "-q", "--allow-empty", "-m", "by hand")

    seen: list[str] = []
    home = Clones(tmp_path / "cache")
    home.waves = Waves(canary=2, pause=1, sleep=person)
    found = list(run(found_in(fleet.folder), home, Asked("update"), journal.none(), 1, home.act))

    assert [str(each.state) for each in found] == ["updated", "left to a person", "waits for a later wave"]


def test_clone_runs_nothing_of_its_own(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add("a")
    git_dir, marker = fleet.folder / "a" / ".git", tmp_path / "marker"
    hooks = tmp_path / "hooks"
    for folder in (git_dir / "hooks", hooks):
        folder.mkdir(exist_ok=True)
        for name in ("reference-transaction", "post-commit", "pre-commit", "post-update", "pre-receive"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
            (folder / name).chmod(0o755)
    with (git_dir / "config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = touch {marker}\n\thooksPath = {hooks}\n\tsshCommand = touch {marker}\n"
            f'[extensions]\n\tpartialClone = evil\n[remote "evil"]\n\turl = {fleet.made}\n\tuploadpack = touch {marker};\n'
            f'[filter "x"]\n\tclean = touch {marker}\n[uploadpack]\n\tpackObjectsHook = touch {marker}\n'
        )
    fleet.template.change({"README.md": "new\n"})

    assert states(fleet.run("update", "--apply", "--format", "json")) == {"a": "updated"}
    fleet.run("check")

    assert not marker.exists()


def test_formats_name_every_repo(fleet: Fleet) -> None:
    fleet.add("=cmd()", "b")
    fleet.template.change({"README.md": "new\n"})

    table = list(csv.DictReader(io.StringIO(fleet.run("check", "--format", "csv").out)))
    text = fleet.run("check", "--format", "markdown").out

    assert [row["repo"] for row in table] == ["'=cmd()", "b"], "no formula for a spreadsheet"
    assert {row["state"] for row in table} == {"behind"}
    assert "#### behind: 2 repos" in text
    assert "| `b` | README.md behind |" in text


def test_list_says_what_is_skipped_and_what_is_wrong_with_it(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add("churn", "ranker", "old")
    listed = tmp_path / "fleet.toml"
    entries: Iterable[dict[str, Any]] = (
        {"path": "clones/churn"},
        {"path": "clones/churn", "note": "again"},
        {"path": "clones/rankr"},
        {"path": "clones/old", "skip": "frozen until the audit", "note": "ask ada"},
    )
    listed.write_text(
        "".join("[[repo]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in e.items()) for e in entries)
    )

    ran = mlscaffold("fleet", "check", "--from", listed, "--format", "json")

    told = [(repo["repo"], repo["state"], repo["why"]) for repo in ran.json["repos"]]
    assert told == [
        ("clones/churn", "in sync", ""),
        ("clones/churn", "skipped", "named twice"),
        ("clones/rankr", "error", f"there is no folder {tmp_path}/clones/rankr; did you mean clones/ranker?"),
        ("clones/old", "skipped", "frozen until the audit (ask ada)"),
    ]
    assert ran.code == 3


@pytest.mark.parametrize("way", ["--local", "--from"])
def test_clones_whose_names_are_left_out_are_named_and_stay_as_they_are(fleet: Fleet, way: str) -> None:
    fleet.add("a", "b", "c")
    fleet.template.change({"README.md": "new\n"})
    before = everything(fleet.folder / "b"), everything(fleet.folder / "c")
    listed = fleet.folder / "fleet.txt"
    listed.write_text("a\nb\nc\n")

    chosen = ("--repo-include", "^[ab]$", "--repo-exclude", "b")
    where = fleet.folder if way == "--local" else listed
    ran = mlscaffold("fleet", "update", way, where, "-j", "1", "--apply", *chosen, "--format", "json")

    assert {
        repo["repo"]: (repo["state"], repo["why"]) for repo in ran.json["repos"] if repo["repo"] != "a"
    } == {
        "b": ("skipped", "matched by --repo-exclude"),
        "c": ("skipped", "not matched by --repo-include"),
    }
    assert states(ran)["a"] == "updated"
    assert (everything(fleet.folder / "b"), everything(fleet.folder / "c")) == before


def test_reviewers_are_asked_for_at_a_forge_only(fleet: Fleet) -> None:
    fleet.add("a")

    ran = fleet.run("update", "--reviewer", "ada")

    assert (ran.code, "--reviewer is for repos at a forge" in ran.err) == (2, True), ran.err


def test_what_is_no_clone_of_its_own_is_told_alike_of_a_folder_and_of_a_list(
    fleet: Fleet, tmp_path: Path
) -> None:
    fleet.add("a")
    clone = fleet.folder / "a"
    git(fleet.folder, "clone", "-q", "--bare", "a", "bare.git")
    git(clone, "worktree", "add", "-q", "-b", "aside", "../tree")
    git(fleet.folder / "bare.git", "worktree", "add", "-q", "-b", "aside", "../worktrees/tree")
    git(fleet.folder, "init", "-q", "whole")
    git(
        fleet.folder / "whole",
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        str(clone),
        "part/one",
    )
    (fleet.folder / "part").symlink_to(fleet.folder / "whole/part/one")
    names = ["a", "bare.git", "part", "tree", "worktrees/tree", "whole/part/one"]
    listed = tmp_path / "fleet.txt"
    listed.write_text("".join(f"clones/{name}\n" for name in names) + "clones/whole/part\n")

    ran = mlscaffold("fleet", "check", "--from", listed, "-j", "1", "--format", "json")

    told = {repo["repo"].removeprefix("clones/"): (repo["state"], repo["why"]) for repo in ran.json["repos"]}
    assert told == {
        "a": ("in sync", ""),
        "bare.git": ("skipped", "a bare repository: its files are read in a clone"),
        "part": ("skipped", "a link, which is not followed"),
        "tree": ("skipped", "a work tree of a"),
        "worktrees/tree": ("skipped", "a work tree of bare.git"),
        "whole/part/one": ("skipped", "a submodule of whole"),
        "whole/part": ("error", "it is no clone: there is no .git in it"),
    }
    whole = fleet.run("check", "--format", "json")
    part = mlscaffold(
        "fleet", "check", "--local", fleet.folder / "whole/part/one", "-j", "1", "--format", "json"
    )
    for repo in (*whole.json["repos"], *part.json["repos"]):
        name = repo["repo"].replace("one", "whole/part/one")
        assert name == "whole" or told[name] == (repo["state"], repo["why"])
    assert whole.json["counts"] == {"in sync": 1, "skipped": 5}
    assert whole.code == 0


def test_git_file_that_cannot_be_read_is_one_error(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    (fleet.folder / "a").mkdir()
    (fleet.folder / "a" / ".git").write_text("gitdir: elsewhere\n")

    def refused(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("mlscaffold.fleet.selection.Folder.read", refused)

    assert [(each.name, each.skip) for each in found_in(fleet.folder)] == [("a", "")]


def test_bare_repository_is_told_as_one(fleet: Fleet) -> None:
    git(fleet.folder, "init", "-q", "--bare", "bare.git")

    ran = mlscaffold("fleet", "check", "--local", fleet.folder / "bare.git", "--format", "json")

    assert states(ran) == {"bare.git": "skipped"}


def test_odd_line_of_a_list_is_one_error_and_the_others_go_on(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add("a")
    (fleet.folder / "round").symlink_to("round")
    odd = {
        "~nosuchuser/x": "there is no home of that user",
        "a\0b": "it has a character that no path has",
        "a" * 300: "it cannot be looked at: File name too long",
        "clones/round": f"there is no folder {tmp_path}/clones/round",
        "https://github.com/acme/ranker": "write acme/ranker",
        "git@git.acme.com:acme/deep/ranker.git": "write acme/deep/ranker",
    }
    text, document = tmp_path / "fleet.txt", tmp_path / "fleet.toml"
    text.write_text("".join(f"{line}\n" for line in (*odd, "clones/a")))
    document.write_text("".join(f"[[repo]]\npath = {json.dumps(line)}\n" for line in (*odd, "clones/a")))

    for listed in (text, document):
        ran = mlscaffold("fleet", "check", "--from", listed, "-j", "1", "--format", "json")

        assert (ran.code, ran.err) == (3, "")
        *wrong, last = ran.json["repos"]
        assert (last["repo"], last["state"]) == ("clones/a", "in sync")
        assert [each["state"] for each in wrong] == ["error"] * len(odd)
        assert all(why in each["why"] for each, why in zip(wrong, odd.values(), strict=True)), wrong


def test_clone_has_one_name_however_a_list_spells_it(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add("a", "b")
    (tmp_path / "aside").mkdir()
    (fleet.folder / "link").symlink_to(tmp_path / "aside")
    shutil.copytree(fleet.made, tmp_path / "b", symlinks=True)
    listed = fleet.folder / "fleet.txt"
    spelled = ("a", "./a", "../clones/a", str(fleet.folder / "a"))
    listed.write_text("\n".join((*spelled, "../b", "b", "link/../b")))

    ran = mlscaffold("fleet", "check", "--from", listed, "-j", "1", "--format", "json")

    assert [(repo["repo"], repo["why"]) for repo in ran.json["repos"]] == [
        ("a", ""),
        *[("a", "named twice")] * 3,
        ("../b", ""),
        ("b", ""),
        ("link/../b", "named twice"),
    ]
    shards = [tmp_path / f"{number}.jsonl" for number in (1, 2, 3)]
    for number, path in enumerate(shards, 1):
        mlscaffold("fleet", "check", "--from", listed, "-j", "1", "--shard", f"{number}/3", "--journal", path)
    merged = mlscaffold("fleet", "merge", *shards, "-o", tmp_path / "all.jsonl", "--format", "json")
    assert {"a", "b", "../b"} <= states(merged).keys() <= {"a", "b", "../b", "link/../b"}


@pytest.mark.parametrize("way", ["--local", "--from"])
def test_several_folders_and_lists_are_taken_together(fleet: Fleet, tmp_path: Path, way: str) -> None:
    fleet.add("a")
    for name in ("a", "b"):
        shutil.copytree(fleet.made, tmp_path / "more" / name, symlinks=True)
    for folder in (fleet.folder, tmp_path / "more"):
        (folder / "fleet.txt").write_text("".join(f"{each.name}\n" for each in sorted(folder.iterdir())))
    args = [(way, f"{name}/fleet.txt" if way == "--from" else name) for name in ("clones", "more")]

    ran = mlscaffold("fleet", "check", *sum(args, ()), "-j", "1", "--format", "json", cwd=tmp_path)

    assert states(ran) == {"clones/a": "in sync", "more/a": "in sync", "more/b": "in sync"}
    again = mlscaffold("fleet", "check", *sum(args[::-1], ()), "-j", "1", "--format", "json", cwd=tmp_path)
    assert all(repo["again"] for repo in again.json["repos"]), "it has the same journal"


def test_list_of_clones_and_of_names_looks_at_the_clones(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add("a")
    listed = tmp_path / "fleet.txt"
    listed.write_text("clones/a\nacme/ranker\n")

    ran = mlscaffold("fleet", "check", "--from", listed, "-j", "1", "--format", "json")

    assert states(ran) == {"clones/a": "in sync", "acme/ranker": "error"}
    assert "no forge is named" in ran.json["repos"][1]["why"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "It is not said which repos are meant."),
        (("--local", "nowhere"), "There is no folder nowhere."),
        (("--local", "."), "There is no clone in ."),
        (("--from", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("--from", "empty.txt"), "empty.txt names no repo."),
        (("--from", "typo.toml"), "has the unknown key 'skp'"),
        (("--from", "broken.toml"), "broken.toml is not TOML"),
        (("--local", ".", "--org", "acme"), "--local is for clones on disk"),
        (("--base-url", "https://git.acme.com"), "It is not said which repos are meant."),
        (("--org", "acme", "--base-url", "git.acme.com:8765"), "'git.acme.com:8765' is not the address"),
        (
            ("--org", "acme", "--base-url", "http://git.acme.com"),
            "'http://git.acme.com' would show the token",
        ),
        (("--platform", "gitlab"), "It is not said which repos are meant."),
        (("--local", ".", "--skip-forks"), "--skip-forks is for repos at a forge"),
        (("--local", ".", "--platform", "github"), "--platform is for repos at a forge"),
        (("--local", ".", "--base-url", "https://git.acme.com"), "--base-url is for repos at a forge"),
        (("--from", "folders.txt", "--skip-forks"), "--skip-forks is for repos at a forge"),
        (("--from", "names.txt"), "There is no token for https://github.com."),
        (("--from", "folders.txt", "--platform", "github"), "There is no token for https://github.com."),
        (("--org", "acme", "--repo-include", "("), "is no regular expression"),
        (("--topic", "ml"), "--topic chooses among the repos of an owner"),
        (("--local", ".", "--topic", "ml"), "--topic chooses among the repos of an owner"),
        (("--repo", "acme/x", "--topic", "ml"), "--topic chooses among the repos of an owner"),
        (("--org", "acme"), "There is no token for https://github.com."),
        (("--org", "acme", "--platform", "gitea"), "it is not said which is meant"),
        (("--local", ".", "--grace", "soon"), "is no span of time"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], said: str
) -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    write(
        tmp_path,
        {
            "empty.txt": "# none\n",
            "names.txt": "acme/ranker\n",
            "folders.txt": "../clones/a\n",
            "typo.toml": '[[repo]]\npath = "a"\nskp = "x"\n',
            "broken.toml": "[[",
        },
    )

    ran = mlscaffold("fleet", "check", *args, cwd=tmp_path)

    assert ran.code == 2
    assert said in ran.err


def test_what_waits_within_grace_is_looked_at_anew_in_every_run(fleet: Fleet) -> None:
    """Grace ends at some moment of a day, and an answer from the journal would outlast it."""
    fleet.add("a", "b")
    fleet.template.change({"README.md": "new\n"})
    write(fleet.folder / "b", {"README.md": "new\n"})
    commit(fleet.folder / "b")
    fleet.run("check", "--grace", "30d")

    again = fleet.run("check", "--grace", "30d", "--format", "json").json["repos"]

    assert {each["repo"]: each["state"] for each in again} == {"a": "behind", "b": "in sync"}
    assert "1 answered from the journal" in fleet.run("check", "--grace", "30d").out


def test_each_run_asks_a_template_once_however_new_its_last_answer_is(fleet: Fleet, tmp_path: Path) -> None:
    bare = tmp_path / "served" / "t.git"
    git(tmp_path, "clone", "-q", "--bare", str(fleet.template.root), str(bare))
    with serving(tmp_path / "served") as server:
        made = mlscaffold("new", "-t", server.address(bare), "-y", "-o", tmp_path / "of-server")
        assert made.code == 0, made.err
        for name in ("a", "b", "c", "d"):
            shutil.copytree(tmp_path / "of-server" / "churn-model", fleet.folder / name)
        assert set(fleet.states("-j", "2").values()) == {"in sync"}
        fleet.template.change({"README.md": "one\ntwo\nTHREE\n"})
        git(fleet.template.root, "push", "-q", str(bare), "HEAD:refs/heads/main")

        assert set(fleet.states("-j", "2", "--offline").values()) == {"in sync"}
        assert set(fleet.states("-j", "2").values()) == {"behind"}

        server.requests.clear()
        assert set(fleet.states("-j", "2", "--journal", str(tmp_path / "new")).values()) == {"behind"}
        assert sum("/info/refs" in request for request in server.requests) == 1


def test_update_says_what_it_leaves_to_a_person_and_what_it_leaves_out(fleet: Fleet) -> None:
    fleet.add("conflicting", "deleted", "whole")
    write(fleet.folder / "conflicting", {"README.md": "one\ntwo\nIII\n"})
    write(fleet.folder / "deleted", {"a.py": None})
    for name in ("conflicting", "deleted"):
        commit(fleet.folder / name)
    fleet.template.change({"README.md": "one\ntwo\nTHREE\n", "a.py": "x = 2\n"})

    planned = fleet.run("update", "--conflicts", "draft", "--format", "json")
    acted = fleet.run("update", "--conflicts", "draft", "--apply", "--format", "json")

    for ran in (planned, acted):
        why = {repo["repo"]: repo["why"] for repo in ran.json["repos"]}
        assert ran.code == 1, "a person has to merge README.md of the first"
        assert why["conflicting"].endswith("; kept as they are: README.md")
        assert why["deleted"].endswith("; left out, deleted here: a.py")
        assert ";" not in why["whole"]
    shutil.rmtree(fleet.folder / "conflicting")
    assert fleet.run("update", "--conflicts", "draft").code == 0


def test_template_that_is_not_reached_is_asked_once_in_a_run(fleet: Fleet, tmp_path: Path) -> None:
    fleet.add("a", "b", "c", "d")
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served") as server:
        address = server.address(tmp_path / "served/gone.git")
        for name in ("a", "b", "c", "d"):
            record = json.loads((fleet.folder / name / ".cruft.json").read_text())
            write(fleet.folder / name, {".cruft.json": json.dumps({**record, "template": address})})
            commit(fleet.folder / name)
        assert mlscaffold("trust", address).code == 0

        for verb in ("check", "update"):
            server.requests.clear()
            ran = fleet.run(verb, "-j", "2", "--format", "json")
            assert states(ran) == dict.fromkeys("abcd", "error")
            assert all("cannot be reached" in repo["why"] for repo in ran.json["repos"])
            assert len(server.requests) == 1
