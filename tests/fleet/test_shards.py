"""Shards: an organisation checked in parts, as the shipped files have it, is the organisation checked whole."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlscaffold.core.errors import UsageError
from mlscaffold.core.shard import Shard, parse
from tests.worlds import Ran, commit, git, mlscaffold, new, template, write

DOCS = Path(__file__).parents[2] / "docs/fleet"
WORKFLOW, JOBS = DOCS / "github-matrix.yml", DOCS / "kubernetes-job.yaml"
PREVIEW = DOCS / "github-preview.yml"
KILLED = (-9, 137)
"""What a shell makes of a command that was killed: it may have put it in its own place."""


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    """Twelve clones, each in one of four states."""
    made = template(tmp_path / "template", {"README.md": "one\n", "a.py": "x = 1\n"})
    project = new(made, tmp_path / "made")
    made.change({"README.md": "two\n"})
    folder = tmp_path / "clones"
    changes: list[dict[str, str | bytes | None]] = [
        {"a.py": None},
        {".cruft.json": None},
        {".cruft.json": "{"},
        {},
    ]
    for number in range(12):
        clone = shutil.copytree(project, folder / f"repo-{number:02}", symlinks=True)
        write(clone, changes[number % 4])
        commit(clone)
    return folder


def whole(ran: Ran) -> dict[str, Any]:
    """Return what was said of each repo, in whichever run."""
    return {repo["repo"]: {**repo, "again": False, "run": ""} for repo in ran.json["repos"]}


def shell(command: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a shipped command as its runner does, with our program in the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-ec", command],
        cwd=folder,
        env={**os.environ, "PATH": path, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def steps(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step and not step["run"].startswith("pip ")]


def github(clones: Path, folder: Path) -> Iterator[subprocess.CompletedProcess[str]]:
    """Run the commands of the workflow, its second shard killed the first time, and yield what the last one did."""
    flow = yaml.safe_load(WORKFLOW.read_text())
    given = {
        **flow["env"],
        "FLEET": f"--local {clones} -j 1",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    shards = [str(number) for number in flow["jobs"]["shard"]["strategy"]["matrix"]["shard"][:3]]
    [check] = steps(flow["jobs"]["shard"])
    for shard in shards:
        env = {**given, "SHARD": shard, "SHARDS": str(len(shards))}
        if shard == "2":
            killed = shell(check, folder, **env, MLSCAFFOLD_FAILPOINT="written:1")
            assert killed.returncode in KILLED, killed.stderr
            continue
        assert shell(check, folder, **env).returncode in (0, 3)
    [merge] = steps(flow["jobs"]["merge"])
    yield shell(merge, folder, **given)
    assert shell(check, folder, **given, SHARD="2", SHARDS="3").returncode in (0, 3)
    yield shell(merge, folder, **given)


def kubernetes(clones: Path, folder: Path) -> Iterator[subprocess.CompletedProcess[str]]:
    """Run the commands of the jobs likewise, each as Kubernetes numbers it."""
    _, shards, merge = (
        each["spec"].get("template", {}).get("spec") for each in yaml.safe_load_all(JOBS.read_text())
    )
    plain = [
        {each["name"]: each["value"] for each in job["containers"][0]["env"] if "value" in each}
        for job in (shards, merge)
    ]
    own = {"JOURNALS": str(folder), "HOME": os.environ["HOME"]}
    given = {**plain[0], **own, "FLEET": f"--local {clones} -j 1", "SHARDS": "3"}
    check, tell = (shlex.join(job["containers"][0]["command"]) for job in (shards, merge))
    killed = shell(check, folder, **given, JOB_COMPLETION_INDEX="1", MLSCAFFOLD_FAILPOINT="written:1")
    assert killed.returncode in KILLED, killed.stderr
    for index in "02":
        assert shell(check, folder, **given, JOB_COMPLETION_INDEX=index).returncode in (0, 3)
    yield shell(tell, folder, **{**plain[1], **own})
    assert shell(check, folder, **given, JOB_COMPLETION_INDEX="1").returncode in (0, 3)
    yield shell(tell, folder, **{**plain[1], **own})


@pytest.mark.parametrize("runner", [github, kubernetes])
def test_shipped_commands_tell_what_a_whole_run_tells(runner: Any, clones: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runner"
    folder.mkdir()
    before, after = runner(clones, folder)

    assert before.returncode == 3
    assert "shard 2/3 did not come to its end" in before.stderr
    assert after.returncode == 3, "four records are broken"
    assert after.stderr == ""
    parts = mlscaffold(
        "fleet", "merge", *folder.glob("shard-*.jsonl"), "-o", folder / "fleet.jsonl", "--format", "json"
    )
    undivided = mlscaffold(
        "fleet", "check", "--local", clones, "-j", "1", "--format", "json", "--journal", folder / "one"
    )
    assert whole(parts) == whole(undivided)
    assert list(whole(parts)) == sorted(each.name for each in clones.iterdir())
    assert parts.json["counts"] == undivided.json["counts"]


def test_merging_again_changes_nothing_and_a_missing_shard_is_said(clones: Path, tmp_path: Path) -> None:
    shards = [tmp_path / f"{number}.jsonl" for number in (1, 2)]
    for number, path in enumerate(shards, 1):
        mlscaffold(
            "fleet", "check", "--local", clones, "-j", "1", "--shard", f"{number}/2", "--journal", path
        )
    into = tmp_path / "all.jsonl"

    one = mlscaffold("fleet", "merge", shards[0], "-o", into)
    assert (one.code, "shard 2/2 is missing" in one.err) == (3, True)
    first = mlscaffold("fleet", "merge", *shards, "-o", into, "--format", "json")
    content = into.read_bytes()
    again = mlscaffold("fleet", "merge", into, shards[1], *shards, "-o", into, "--format", "json")

    assert (again.json, into.read_bytes()) == (first.json, content)
    newest = git(clones / "repo-00", "rev-parse", "HEAD~1").strip()
    git(clones / "repo-00", "reset", "-q", "--hard", newest)
    for number, path in enumerate(shards, 1):
        mlscaffold(
            "fleet", "check", "--local", clones, "-j", "1", "--shard", f"{number}/2", "--journal", path
        )
    later = mlscaffold("fleet", "merge", *shards, "-o", into, "--format", "json")
    assert whole(later)["repo-00"]["state"] == "behind"
    assert whole(later).keys() == whole(first).keys()
    assert {**whole(later), "repo-00": 0} == {**whole(first), "repo-00": 0}


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (None, 3, "cannot be read"),
        (b"no journal\n", 2, "is no journal"),
        (b"", 2, "None of these journals is of a shard"),
    ],
)
def test_what_is_no_journal_of_a_shard_is_said(
    tmp_path: Path, content: bytes | None, code: int, said: str
) -> None:
    if content is not None:
        (tmp_path / "x").write_bytes(content)

    ran = mlscaffold("fleet", "merge", tmp_path / "x", "-o", tmp_path / "y")

    assert (ran.code, said in ran.err, (tmp_path / "y").exists()) == (code, True, False), ran.err


def test_every_repo_is_in_one_shard_whoever_else_comes() -> None:
    names = [f"acme/repo-{number}" for number in range(1000)]
    shards = [Shard(number, 7) for number in range(1, 8)]
    assert all(sum(shard.has(name) for shard in shards) == 1 for name in names)
    sizes = [sum(map(shard.has, names)) for shard in shards]
    assert min(sizes) > 100
    assert Shard(3, 7).has("Acme/Repo-5") == Shard(3, 7).has("acme/repo-5")


@pytest.mark.parametrize(
    ("text", "environment", "shard"),
    [
        ("2/8", {}, Shard(2, 8)),
        ("8", {"JOB_COMPLETION_INDEX": "0"}, Shard(1, 8)),
        ("8", {"CI_NODE_INDEX": "8"}, Shard(8, 8)),
        ("auto", {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "3"}, Shard(2, 3)),
    ],
)
def test_shard_is_what_it_says_or_what_its_runner_says(
    text: str, environment: dict[str, str], shard: Shard
) -> None:
    assert parse(text, environment) == shard


@pytest.mark.parametrize("text", ["0/8", "9/8", "1/0", "a/b", "1/2/3", "", "-1/2", "8", "auto", "1/99999"])
def test_shard_that_is_none_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="part"):
        parse(text, {"CI_NODE_TOTAL": "0"} if text == "auto" else {})


def test_shipped_files_are_valid_and_without_findings() -> None:
    tools = Path(sys.executable).parent
    commands: list[list[Path | str]] = [
        [tools / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW, PREVIEW],
        [tools / "zizmor", "--offline", "--no-progress", WORKFLOW, PREVIEW],
        [tools / "kubernetes-validate", "--strict", JOBS],
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
