"""A project with PyTorch Lightning, made, checked, killed and resumed: `make template-lightning`, minutes, needs torch."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.template.conftest import environment, run

PREDICT = ("predict", "--config", "conf/predict.toml")
TRAIN = ("train", "--config", "conf/train.toml")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `mlscaffold new` makes of the template's newest commit."""
    folder = tmp_path_factory.mktemp("lightning")
    made = run(
        folder, "mlscaffold", "new", "-y", "-a", "model_stack=lightning", "ml-service", **alone(folder)
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "ml-service"


def alone(folder: Path) -> dict[str, str]:
    """Know nothing of the developer's own settings."""
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    places = {f"XDG_{what}_HOME": str(folder / what.lower()) for what in ("CACHE", "CONFIG")}
    return {**identity, **places, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def main(project: Path, workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the project's entry point; threads that wait for each other make a busy machine slow."""
    places = {"TASK_WORKSPACE_DIRECTORY": str(workspace), "OMP_NUM_THREADS": "1"}
    return run(project, "python", "main.py", *arguments, **places)


def test_a_fresh_project_passes_its_own_check_and_is_in_sync(project: Path) -> None:
    checked = run(project, "make", "check", "RUN=")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "skipped" not in checked.stdout
    assert run(project, "mypy", "main.py").returncode == 0
    drift = run(project, "mlscaffold", "check", **alone(project.parent))
    assert drift.returncode == 0, drift.stdout + drift.stderr


def test_a_training_killed_again_and_again_ends_with_the_same_bits(project: Path, tmp_path: Path) -> None:
    kills = [f": epoch {epoch} of" for epoch in (2, 5, 2, 4, 7, 1)]
    for line in kills:
        killed(project, tmp_path / "killed", line)
    resumed = main(project, tmp_path / "killed", *TRAIN)
    assert resumed.returncode == 0, resumed.stderr
    assert "goes on after epoch" in resumed.stderr
    whole = main(project, tmp_path / "whole", *TRAIN)
    assert whole.returncode == 0, whole.stderr
    assert resumed.stdout == whole.stdout
    results = {path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").glob("[fmv]*/*")}
    assert len(results) > 30
    for name in results:
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert not list(tmp_path.glob("*/checkpoints/*"))


def killed(project: Path, workspace: Path, line: str) -> None:
    """Train until a line is logged, then end the process as a machine that goes away does."""
    variables = {**environment(), "TASK_WORKSPACE_DIRECTORY": str(workspace), "OMP_NUM_THREADS": "1"}
    command = ["python", "main.py", *TRAIN]
    with subprocess.Popen(
        command, cwd=project, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        for said in running.stderr or ():
            if line in said:
                running.send_signal(signal.SIGKILL)
                break
    assert running.returncode == -signal.SIGKILL


def test_a_second_training_makes_nothing_and_the_model_is_served(project: Path, tmp_path: Path) -> None:
    first = main(project, tmp_path, "retrain", "--config", "conf/train_smoke.toml")
    assert first.returncode == 0, first.stderr
    assert main(project, tmp_path, "retrain", "--config", "conf/train_smoke.toml").returncode == 0
    records = [json.loads(path.read_text()) for path in sorted((tmp_path / "runs").iterdir())]
    assert len(records[0]["ran"]) > 10
    assert records[1]["ran"] == []
    predicted = main(project, tmp_path, *PREDICT)
    assert predicted.returncode == 0, predicted.stderr
    queue = tmp_path / "queue"
    queue.mkdir()
    row = {f"pixel_{line}_{column}": 0.0 for line in range(8) for column in range(8)}
    (queue / "one.json").write_text(json.dumps([row, row]))
    answered = main(project, tmp_path, *PREDICT, "--queue", str(queue))
    assert json.loads(answered.stdout) == {"done": 1, "failed": 0}
    one, other = json.loads((queue / "done" / "one.json").read_text())
    assert one == other
    assert one in range(10)
