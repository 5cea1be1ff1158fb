"""The project that the default answers give works from its first minute."""

import json
import re
import runpy
import shutil
from pathlib import Path

import pytest

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


def test_every_command_of_the_readme_is_there(service: Path) -> None:
    readme = (service / "README.md").read_text()
    parser = runpy.run_path(str(service / "main.py"))["parser"]()
    commands = re.findall(r"(?m)^uv run python main.py (.+?)(?: +#.*)?$", readme)
    assert {parser.parse_args(command.split()).verb for command in commands} == {
        "train",
        "evaluate",
        "predict",
        "retrain",
        "tree",
    }
    verbs = set(re.findall(r"(?:^|`)make ([a-z0-9-]+)", readme, re.MULTILINE))
    assert {"check", "image", "k8s-train", "k8s-predict"} <= verbs
    known = run(service, "make", "-n", "RUN=", *sorted(verbs))
    assert known.returncode == 0, known.stderr


def test_every_path_of_the_readme_is_there(service: Path) -> None:
    named = set(re.findall(r"`([\w./]+\.(?:py|toml|yaml)|[\w/]+/)`", (service / "README.md").read_text()))
    made_later = {"notebooks/", "resources/", "resources/runs/"}
    assert [name for name in named - made_later if not list(service.rglob(name.rstrip("/")))] == []


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("https://github.com/acme/template", "git+https://github.com/acme/template"),
        ("git@github.com:acme/template.git", "git+ssh://git@github.com/acme/template.git"),
        ("ssh://git@host:22/template", "git+ssh://git@host:22/template"),
        ("/srv/template", "git+file:///srv/template"),
    ],
)
def test_the_drift_check_installs_the_tool_from_the_recorded_template(
    service: Path, tmp_path: Path, template: str, address: str
) -> None:
    (tmp_path / ".cruft.json").write_text(json.dumps({"template": template}))
    (tmp_path / "Makefile").write_text((service / "Makefile").read_text())
    said = run(tmp_path, "make", "-n", "drift", "RUN=uv run").stdout
    assert said == f'MLSCAFFOLD_TRUST="{template}" uvx --from "{address}" mlscaffold check --grace 30d\n'


def test_a_machine_without_uv_is_told_where_to_get_it(service: Path, tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make
    linted = run(service, make, "lint", PATH=str(tmp_path))
    assert linted.returncode == 2
    assert "There is no uv here: pip install uv" in linted.stderr
    assert run(service, make, "-n", "image", PATH=str(tmp_path)).returncode == 0
