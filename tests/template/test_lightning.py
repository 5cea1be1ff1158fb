"""What can be said of a project with PyTorch Lightning without installing torch; `make template-lightning` runs one."""

import tomllib
from pathlib import Path

import pytest

from tests.template.conftest import render, run


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh service that trains networks."""
    return render(tmp_path_factory.mktemp("lightning"), model_stack="lightning")


def test_every_python_file_compiles_and_the_dockerfile_has_no_findings(project: Path) -> None:
    compiled = run(project, "python", "-m", "compileall", "-q", "main.py", "src", "tests")
    assert compiled.returncode == 0, compiled.stdout
    checked = run(project, "make", "dockerfile", "RUN=")
    assert (checked.returncode, checked.stdout) == (0, "hadolint Dockerfile\n")


@pytest.mark.parametrize("name", ["x", "n23456789_123456789_123456789"])
def test_lint_and_format_hold_for_the_shortest_and_the_longest_package_name(
    tmp_path: Path, name: str
) -> None:
    linted = run(render(tmp_path, model_stack="lightning", package_name=name), "make", "lint", "RUN=")
    assert linted.returncode == 0, linted.stdout


def test_the_tree_of_tasks_needs_no_torch(project: Path) -> None:
    tree = run(project, "python", "main.py", "tree", "--config", "conf/train.toml")
    assert tree.returncode == 0, tree.stderr
    assert "TrainModel" in tree.stdout


def test_a_setting_that_no_training_could_use_is_a_sentence(project: Path) -> None:
    command = ("python", "main.py", "tree", "--config", "conf/train.toml", "--set")
    unknown = run(project, *command, "models.dense.epoch=3")
    assert unknown.returncode == 2
    assert "there is no setting models.dense.epoch. Did you mean epochs?" in unknown.stderr
    none = run(project, *command, "models.dense.epochs=0")
    assert (none.returncode, "models.dense: epochs is 0, but must be 1 or more." in none.stderr) == (2, True)


def test_the_image_asks_for_a_torch_that_the_project_knows(project: Path) -> None:
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    groups, uv = settings["dependency-groups"], settings["tool"]["uv"]
    torches = {source["group"]: source["index"] for source in uv["sources"]["torch"]}
    assert [{"group": name} for name in torches] == uv["conflicts"][0]
    assert all(groups[name] == ["torch"] for name in torches)
    assert set(torches.values()) == {index["name"] for index in uv["index"] if index["explicit"]}
    text = (project / "Dockerfile").read_text()
    assert "ARG TORCH=cpu\n" in text
    assert '--no-default-groups --group "${TORCH}"' in text
    assert "cpu" in uv["default-groups"]


def test_deployment_and_pipeline_do_not_depend_on_what_models_are_made_with(
    project: Path, service: Path
) -> None:
    places = [*(service / "deploy").rglob("*.yaml"), service / ".github" / "workflows" / "ci.yml"]
    for path in places:
        assert (project / path.relative_to(service)).read_bytes() == path.read_bytes()


def test_a_library_has_no_models(tmp_path: Path) -> None:
    library = render(tmp_path, model_stack="lightning", project_kind="task-library")
    assert not [
        path for path in library.rglob("*") if path.name in {"fitting.py", "models.py", "networks.py"}
    ]
    assert "torch" not in (library / "pyproject.toml").read_text()
