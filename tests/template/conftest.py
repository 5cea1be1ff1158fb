"""Created projects, each rendered once, and a way to run commands in them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cookiecutter.generate import generate_files
from cookiecutter.main import cookiecutter

TEMPLATE = Path(__file__).parents[2] / "template"
PROJECT = TEMPLATE / "{{cookiecutter.project_slug}}"
BIN = Path(sys.executable).parent

os.environ["LUIGI_CONFIG_PATH"] = str(PROJECT / "luigi.cfg")  # luigi reads it when it is imported


def render(folder: Path, **answers: str) -> Path:
    """Create a project, asking nothing and reading no configuration of the developer's."""
    config = folder / "cookiecutter.yaml"
    config.write_text("default_context: {}\n")
    made = cookiecutter(
        str(TEMPLATE),
        no_input=True,
        extra_context=answers,
        output_dir=str(folder),
        config_file=str(config),
        accept_hooks=True,
    )
    return Path(made)


def environment() -> dict[str, str]:
    """Give the variables of this process without those of pytest and git, and its tools first on the path."""
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GIT_"))
    }
    worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
    cache = (
        TEMPLATE.parent / ".mypy_cache" / "created" / worker
    )  # types of pandas are read once, not once per project
    return {**variables, "PATH": f"{BIN}{os.pathsep}{variables['PATH']}", "MYPY_CACHE_DIR": str(cache)}


def run(project: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a project, with the tools of this interpreter."""
    return subprocess.run(
        command, cwd=project, env={**environment(), **variables}, capture_output=True, text=True, check=False
    )


def answers_as_they_are(folder: Path, **answers: str) -> None:
    """Render answers that cookiecutter itself would not let through, as a recorded answer may be."""
    context = json.loads((TEMPLATE / "cookiecutter.json").read_text())
    values = {name: value[0] if isinstance(value, list) else value for name, value in context.items()}
    plain = {"project_slug": "ml-service", "package_name": "ml_service"}
    generate_files(
        str(TEMPLATE), {"cookiecutter": {**values, **plain, **answers}}, str(folder), accept_hooks=True
    )


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that the default answers give; tests read it and run it, but do not edit it."""
    return render(tmp_path_factory.mktemp("service"))
