"""The shipped workflow that comments on a template's pull request: its commands, run as its runner runs them."""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fleet.test_shards import PREVIEW, shell
from tests.worlds import Template, commit, git, new, template, write

GH = """#!/bin/sh
printf '%s\\n' "$*" > "$GH_SAID"
while [ "$1" != --body-file ]; do shift; done
cp "$2" "$GH_BODY"
"""
"""Stands in for GitHub's own client: keeps what it was called with, and the comment."""


@dataclass(frozen=True)
class Job:
    """What the job left: whether it passed, the call of `gh`, and the comment."""

    passed: bool
    said: str
    comment: str


@pytest.fixture
def flow() -> Any:
    return yaml.safe_load(PREVIEW.read_text())


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    """A template on a branch of its own name, one clone of a project of it, and a pull request that changes README.md."""
    made = template(tmp_path / "template", {"README.md": "one\ntwo\nthree\n"})
    git(made.root, "branch", "-q", "-m", "trunk")
    folder = tmp_path / "clones"
    shutil.copytree(new(made, tmp_path / "made"), folder / "plain", symlinks=True)
    git(made.root, "checkout", "-q", "-b", "change")
    made.change({"README.md": "one\ntwo\nTHREE\n"})
    git(made.root, "checkout", "-q", "trunk")
    Template(made.root).change({"later.txt": "published meanwhile\n"})
    git(made.root, "checkout", "-q", "--detach")
    git(made.root, "merge", "-q", "--no-edit", "change")
    git(made.root, "update-ref", "refs/pull/7/merge", "HEAD")
    git(made.root, "checkout", "-q", "trunk")
    return folder


def checked_out(origin: Path, folder: Path) -> Path:
    """Check a pull request out as actions/checkout does with `fetch-depth: 0`: no `origin/HEAD`, no branch."""
    git(folder.parent, "init", "-q", str(folder))
    git(folder, "remote", "add", "origin", str(origin))
    merge = "refs/remotes/pull/7/merge"
    heads = "+refs/heads/*:refs/remotes/origin/*"
    git(folder, "fetch", "-q", "--no-tags", "origin", heads, f"+refs/pull/7/merge:{merge}")
    git(folder, "checkout", "-q", "--force", merge)
    return folder


def run(flow: Any, clones: Path, fleet: str) -> Job:
    """Run the job's commands in their order, each with its own environment, till one fails."""
    runner = clones.parent / "runner"
    (runner / "bin").mkdir(parents=True)
    (runner / "bin/gh").write_text(GH)
    (runner / "bin/gh").chmod(0o755)
    work = checked_out(clones.parent / "template", runner / "work")
    said, body, output = runner / "said", runner / "body", runner / "output"
    given = {
        **flow["env"],
        "FLEET": fleet,
        "RUNNER_TEMP": str(runner),
        "GITHUB_OUTPUT": str(output),
        "GH_SAID": str(said),
        "GH_BODY": str(body),
        "PATH": os.pathsep.join([str(runner / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    known = {"github.base_ref": "trunk", "github.event.pull_request.number": "7"}
    passed = True
    for step in flow["jobs"]["preview"]["steps"]:
        if "run" not in step or step["run"].startswith("pip "):
            continue
        env = {
            name: filled(value, known) for name, value in step.get("env", {}).items() if "TOKEN" not in name
        }
        done = shell(step["run"], work, **given, **env)
        if output.exists():
            lines = (line.partition("=") for line in output.read_text().splitlines())
            known |= {f"steps.{step.get('id')}.outputs.{name}": value for name, _, value in lines}
        passed = done.returncode == 0
        if not passed:
            break
    return Job(passed, said.read_text(), body.read_text())


def filled(text: str, known: dict[str, str]) -> str:
    """Put in what GitHub puts in for `${{ … }}`."""
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known.get(found[1], found[1]), text)


def add(clones: Path, name: str, files: dict[str, str | bytes | None]) -> None:
    write(shutil.copytree(clones / "plain", clones / name, symlinks=True), files)
    commit(clones / name)


def test_change_that_applies_is_told_in_one_comment(flow: Any, clones: Path) -> None:
    job = run(flow, clones, f"--local {clones} -j 1")

    assert job.passed
    assert re.fullmatch(r"pr comment 7 --edit-last --create-if-none --body-file \S+\n", job.said)
    assert job.comment.startswith("### mlscaffold preview: 1 repo: 1 applies cleanly\n")
    assert "later.txt" not in job.comment, "what the branch already has is no part of the change"


def test_change_that_conflicts_somewhere_is_told_and_passes(flow: Any, clones: Path) -> None:
    add(clones, "edited", {"README.md": "one\ntwo\nIII\n"})

    job = run(flow, clones, f"--local {clones} -j 1")

    assert job.passed
    assert "| `edited` | README.md: conflict |" in job.comment
    assert "Not every repo" not in job.comment


def test_repo_with_a_broken_record_is_told_and_all_others_too(flow: Any, clones: Path) -> None:
    add(clones, "broken", {".cruft.json": "{"})

    job = run(flow, clones, f"--local {clones} -j 1")

    assert job.passed, "no change of the template is to blame for it"
    assert "1 error, 1 applies cleanly" in job.comment
    assert "**Not every repo could be answered**" in job.comment


def test_no_answer_at_all_is_told_and_fails(flow: Any, clones: Path) -> None:
    job = run(flow, clones, f"--local {clones}-that-are-nowhere")

    assert (job.passed, job.comment.startswith("### mlscaffold preview: no answer\n")) == (False, True)


def test_job_is_for_no_fork_and_what_it_runs_is_pinned(flow: Any) -> None:
    """safety.md, D13: beside tokens nothing runs that somebody else may choose or move."""
    [job] = flow["jobs"].values()
    used = [step for step in job["steps"] if "uses" in step]
    tokens = [[name for name in step.get("env", {}) if "TOKEN" in name] for step in job["steps"]]

    assert flow[True] == "pull_request", "YAML 1.1 takes `on` for true"
    assert job["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert (flow["permissions"], job["permissions"]) == ({}, {"contents": "read", "pull-requests": "write"})
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]) for step in used)
    assert [step["with"]["persist-credentials"] for step in used] == [False]
    assert all(len(each) <= 1 for each in tokens), "no step has both"
    assert not any("${{" in step.get("run", "") for step in job["steps"]), "what is typed is no command"
