"""The project that the default answers give works from its first minute."""

import json
from pathlib import Path

from tests.template.conftest import render, run


def test_a_fresh_service_passes_its_own_check(service: Path) -> None:
    checked = run(service, "make", "check", "RUN=")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " passed" in checked.stdout
    assert "skipped" not in checked.stdout


def test_the_entry_point_is_typed(service: Path) -> None:
    checked = run(service, "mypy", "main.py")
    assert checked.returncode == 0, checked.stdout


def test_a_second_training_makes_nothing_anew(service: Path, tmp_path: Path) -> None:
    command = ("python", "main.py", "train", "--config", "conf/train.toml")
    first, second = (run(service, *command, TASK_WORKSPACE_DIRECTORY=str(tmp_path)) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["metrics"]["auc"] > 0.98
    assert second.stdout == first.stdout
    records = [json.loads(path.read_text()) for path in sorted((tmp_path / "runs").iterdir())]
    assert len(records[0]["ran"]) == 23
    assert records[1]["ran"] == []


def test_rendering_twice_gives_the_same_bytes(service: Path, tmp_path: Path) -> None:
    again = render(tmp_path)
    names = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert len(names) > 20
    for name in names:
        assert (again / name).read_bytes() == (service / name).read_bytes(), name
