"""What every project promises about its runs, whatever its tasks are."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from package_name import run
from package_name.config import ConfigError, load_config
from package_name.settings import PredictSettings, TrainSettings

ROOT = Path(__file__).parents[1]
TRAIN = str(ROOT / "conf" / "train.toml")


def files(workspace: Path) -> dict[str, int]:
    """Say when each result was written; run records are new at every run."""
    found = (path for path in workspace.rglob("*") if path.is_file() and path.parent.name != "runs")
    return {str(path): path.stat().st_mtime_ns for path in found}


def records(workspace: Path) -> list[dict[str, list[str]]]:
    """Read the run records in their order."""
    return [json.loads(path.read_text()) for path in sorted((workspace / "runs").iterdir())]


def main(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run main.py as its users do."""
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


def test_a_second_run_makes_nothing_and_a_changed_parameter_only_what_depends_on_it(workspace: Path) -> None:
    metrics = run.train(TRAIN)
    before = files(workspace)
    assert run.train(TRAIN) == metrics
    assert files(workspace) == before
    first, second = records(workspace)
    assert "DownloadData" in {name.partition("_")[0] for name in first["ran"]}
    assert second["ran"] == []

    name = next(iter(load_config(TRAIN, TrainSettings).models))
    run.train(TRAIN, [f"models.{name}.weight=0.5"])
    third = records(workspace)[-1]
    assert {ran.partition("_")[0] for ran in third["ran"]} == {"Evaluate"}


def test_two_workspaces_give_the_same_metrics(tmp_path: Path) -> None:
    outputs = []
    for place in ("one", "two"):
        result = main("train", "--config", TRAIN, TASK_WORKSPACE_DIRECTORY=str(tmp_path / place))
        assert result.returncode == 0, result.stderr
        outputs.append(result.stdout)
    assert outputs[0] == outputs[1]


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
        ("folds=many", "folds is 'many', but must be a whole number."),
        ("data.dataset=breast_cancr", "Did you mean breast_cancer?"),
        ("seed.x=1", "seed is a value, not a table."),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_exit_code_2(override: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(TRAIN, TrainSettings, [override])
    assert sentence in str(caught.value)


def test_exit_codes(tmp_path: Path) -> None:
    missing = main("train", "--config", "conf/trian.toml")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    copied = tmp_path / "train.toml"
    shutil.copy(TRAIN, copied)
    with copied.open("a") as file:
        file.write('[require]\ncommit = "0123456789"\n')
    other = main("train", "--config", str(copied))
    assert other.returncode == 3
    assert "requires commit 0123456789" in other.stderr
    failed = main("train", "--config", TRAIN, "--set", 'features.columns=["nothing"]')
    assert failed.returncode == 40
    assert "MakeFeature" in failed.stderr
