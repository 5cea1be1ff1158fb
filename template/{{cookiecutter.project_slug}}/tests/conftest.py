"""Every test has its own workspace and forgets the tasks of the test before it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("LUIGI_CONFIG_PATH", str(Path(__file__).parents[1] / "luigi.cfg"))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads that wait for each other make a busy machine slow

from luigi.task_register import Register


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep results in a temporary folder; luigi would otherwise give back the instances of earlier tests."""
    place = tmp_path / "resources"
    monkeypatch.setenv("TASK_WORKSPACE_DIRECTORY", str(place))
    Register.clear_instance_cache()
    yield place
    Register.clear_instance_cache()
