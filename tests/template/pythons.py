"""A service and a library on each Python that they may choose, from an empty environment that uv makes: `make template-pythons`, minutes.

Needs uv and a package index. A Python that uv neither finds here nor can download is skipped by name.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.template.conftest import TEMPLATE, environment, render

VERSIONS = json.loads((TEMPLATE / "cookiecutter.json").read_text())["python_version"]


def uv(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the created README says, without the environment of these tests."""
    variables = {name: value for name, value in environment().items() if name != "VIRTUAL_ENV"}
    return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["service", "task-library"])
def test_the_readme_holds_on_each_python(version: str, kind: str, tmp_path: Path) -> None:
    if shutil.which("uv") is None:
        pytest.skip("there is no uv: pip install uv")
    project = render(tmp_path, python_version=version, project_kind=kind)
    if uv(project, "uv", "python", "find", version).returncode != 0:
        pytest.skip(f"uv finds no Python {version}")
    unlocked = uv(project, "uv", "sync", "--locked")  # what CI says as long as nobody committed a lock
    assert unlocked.returncode != 0
    assert "uv lock" in unlocked.stderr
    synced = uv(project, "uv", "sync")
    assert synced.returncode == 0, synced.stderr
    assert (project / "uv.lock").is_file()
    running = uv(project, "uv", "run", "python", "-V").stdout
    assert running.startswith(f"Python {version}.")
    assert uv(project, "uv", "sync", "--locked").returncode == 0
    checked = uv(project, "make", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "skipped" not in checked.stdout
