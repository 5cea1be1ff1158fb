"""What every project promises about its runs, whatever its tasks are."""

import hashlib
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from gokart.utils import flatten
from luigi.task_register import Register

from package_name import pipeline, run
from package_name.commit import Code, Require, WrongCodeError, running_code
from package_name.config import ConfigError, load_config
from package_name.run import walk
from package_name.settings import PredictSettings, TrainSettings

ROOT = Path(__file__).parents[1]
TRAIN = str(ROOT / "conf" / "train_smoke.toml")


def files(workspace: Path) -> dict[str, int]:
    """Say when each result was written; run records are new at every run."""
    found = (path for path in workspace.rglob("*") if path.is_file() and path.parent.name != "runs")
    return {str(path): path.stat().st_mtime_ns for path in found}


def records(workspace: Path) -> list[dict[str, Any]]:
    """Read the run records in their order."""
    return [json.loads(path.read_text()) for path in sorted((workspace / "runs").iterdir())]


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start main.py as its users do."""
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    variables = {**os.environ, **environment}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables)


def test_a_second_run_makes_nothing(workspace: Path) -> None:
    metrics = run.train(TRAIN)
    before = files(workspace)
    assert run.train(TRAIN) == metrics
    assert files(workspace) == before
    first, second = records(workspace)
    assert len(first["ran"]) == len(set(first["ran"])) > 1
    assert (second["ran"], len(second["reused"])) == ([], 1)


def test_two_workspaces_give_the_same_metrics(tmp_path: Path) -> None:
    other = start("train", "--config", TRAIN, TASK_WORKSPACE_DIRECTORY=str(tmp_path / "other"))
    metrics = run.train(TRAIN)
    said, errors = other.communicate()
    assert other.returncode == 0, errors
    assert json.loads(said) == metrics


def test_every_configuration_loads() -> None:
    kinds = {"train": TrainSettings, "predict": PredictSettings}
    for path in sorted((ROOT / "conf").glob("*.toml")):
        load_config(path, kinds[path.stem.partition("_")[0]])


def test_the_tree_says_what_is_done() -> None:
    assert "PENDING" in run.tree(TRAIN)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("sed=1", "there is no setting sed. Did you mean seed?"),
        ("seed=many", "seed is 'many', but must be a whole number."),
        ("seed=1.5", "seed is 1.5, but must be a whole number."),
        ("seed.x=1", "seed is a value, not a table."),
        ("data=1", "data is 1, but must be a table."),
        ("data.source=elsewhere:Nothing", "source is 'elsewhere:Nothing', but must name a class of TrainingData"),
        ("require.commit=abc", "commit is 'abc', but must have 7 digits or more."),
        ("seed", "write it as table.key=value."),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_exit_code_2(override: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(TRAIN, TrainSettings, [override])
    assert sentence in str(caught.value)


def test_exit_codes(tmp_path: Path) -> None:
    copied = tmp_path / "train.toml"
    copied.write_text(f'{Path(TRAIN).read_text()}[require]\ncommit = "0123456789"\n')
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "runs").touch()
    started = {
        "missing": start("train", "--config", "conf/trian.toml"),
        "other code": start("train", "--config", str(copied)),
        "unwritable": start("train", "--config", TRAIN, TASK_WORKSPACE_DIRECTORY=str(copied)),
        "unrecorded": start("train", "--config", TRAIN, TASK_WORKSPACE_DIRECTORY=str(tmp_path / "full")),
    }
    said = {name: process.communicate()[1] for name, process in started.items()}
    codes = {name: process.returncode for name, process in started.items()}
    assert codes == {"missing": 2, "other code": 3, "unwritable": 2, "unrecorded": 40}
    assert (said["missing"].count("\n"), said["unwritable"].count("\n")) == (1, 1)
    assert "requires commit 0123456789" in said["other code"]
    assert "Traceback" not in said["unrecorded"]


def test_a_killed_run_goes_on_where_it_stopped(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start("train", "--config", TRAIN) as running:
        for line in running.stderr or ():
            if line.rstrip().endswith(" made"):
                running.kill()
                break
    assert running.returncode == -9
    results = {path: stamp for path, stamp in files(workspace).items() if "-luigi-tmp-" not in path}
    kept = {path: stamp for path, stamp in results.items() if "/log/" not in path}  # a task that starts anew logs anew
    assert kept
    metrics = run.train(TRAIN)
    assert kept.items() <= files(workspace).items()
    monkeypatch.setenv("TASK_WORKSPACE_DIRECTORY", str(tmp_path / "fresh"))
    Register.clear_instance_cache()
    assert run.train(TRAIN) == metrics


def test_a_damaged_result_is_named_set_aside_and_made_again(workspace: Path) -> None:
    metrics = run.train(TRAIN)
    damaged = min(workspace.glob("*/*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    last = walk(pipeline.training(load_config(TRAIN, TrainSettings)))
    family = next(repr(task).partition("_")[0] for task in last if reads(task, damaged))
    with pytest.raises(run.TaskFailedError, match=f"{damaged.name} could not be read") as caught:
        run.train(TRAIN, rerun=family)
    assert "Traceback" not in str(caught.value)
    assert run.train(TRAIN) == metrics


def reads(task: Any, path: Path) -> bool:
    """Say whether a task reads a file."""
    return any(Path(target.path()) == path for target in flatten(task.input()))


def test_a_run_of_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q", cwd=tmp_path)
    assert running_code(tmp_path) == Code(None, dirty=False)
    (tmp_path / "code.py").write_text("x = 1\n")
    git("add", ".", cwd=tmp_path)
    git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "First", cwd=tmp_path)
    commit = git("rev-parse", "HEAD", cwd=tmp_path).strip()
    assert running_code(tmp_path) == Code(commit, dirty=False)
    Require(commit=commit[:10], clean=True).check(running_code(tmp_path))
    (tmp_path / "code.py").write_text("x = 2\n")
    with pytest.raises(WrongCodeError, match="commit them"):
        Require(clean=True).check(running_code(tmp_path))
    with pytest.raises(WrongCodeError, match="requires commit 0123456"):
        Require(commit="0123456").check(running_code(tmp_path))
    monkeypatch.setenv("GIT_COMMIT", "abc1234")
    assert running_code(tmp_path / "image") == Code("abc1234", dirty=False)


def git(*arguments: str, cwd: Path) -> str:
    """Run git without the configuration of whoever runs the tests."""
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True, env=os.environ | quiet).stdout


def test_the_record_says_what_ran(workspace: Path) -> None:
    run.train(TRAIN, ["seed=7"])
    [record] = records(workspace)
    assert record["config"]["seed"] == 7
    assert record["config_sha256"] == hashlib.sha256(json.dumps(record["config"], sort_keys=True).encode()).hexdigest()
    assert record["versions"]["gokart"] == metadata.version("gokart")
    assert record["task"] in record["ran"]
    assert record["metrics"] == json.loads(next(workspace.glob("models/training_*.json")).read_text())
    lock = ROOT / "uv.lock"
    assert record["lock_sha256"] == (hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else None)
    assert record["seconds"] > 0
