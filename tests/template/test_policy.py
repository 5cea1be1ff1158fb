"""Each file of a created project has one owner, and what the standard replaces is forbidden."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from mlscaffold.core.policy import Kind, Policy, parse
from tests.template.conftest import TEMPLATE, render, run

DOCUMENT = TEMPLATE.parent / "docs" / "created-project.md"
OWNERS = {
    "frame": {Kind.EXACT},
    "team": {Kind.ONCE},
    "shared": {Kind.KEYS, Kind.LINES},
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The rules of the built-in template."""
    return parse((TEMPLATE / "policy.toml").read_bytes())


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        ("service", {}),
        ("lightning", {"model_stack": "lightning"}),
        ("library", {"project_kind": "task-library", "project_name": "Shared tasks"}),
    ],
)
def test_the_documents_name_each_file_and_its_owner(
    policy: Policy, tmp_path: Path, kind: str, answers: dict[str, str]
) -> None:
    project = render(tmp_path, **answers)
    text = DOCUMENT.read_text()
    tables = text.partition("## What the talks")[0]
    service, networks, library = re.split("`model_stack=lightning`|`project_kind=task-library`", tables)
    described = {"service": service, "lightning": service + networks, "library": text}
    owners = dict(re.findall(r"^\| `([^`]+)` \| (\w+) \|", described[kind], re.MULTILINE))
    files = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    if kind == "library":
        own = {path for path in files if f"`{path}`" in library}
        assert own == set(re.findall(r"^\| `([^`]+)`", library, re.MULTILINE))
        files = {path.replace("shared_tasks", "ml_service") if path not in own else path for path in files}
        assert files <= set(owners)
    else:
        assert files == set(owners)
    for path in files:
        assert policy.rule_for(path).kind in OWNERS[owners[path]], path


@pytest.mark.parametrize(
    ("path", "forbidden"),
    [
        ("setup.cfg", True),
        ("setup.py", True),
        (".flake8", True),
        ("src/ml_service/ruff.toml", True),
        ("sub/.ruff.toml", True),
        ("03_model_train_delivered_final_v2.py", True),
        ("train_final.py", True),
        ("model_v2.py", True),
        ("analysis.ipynb", True),
        ("src/ml_service/analysis.ipynb", True),
        ("notebooks/analysis.ipynb", False),
        ("ruff.toml", False),
        ("main.py", False),
        ("src/ml_service/tasks/train_final.py", False),
        ("src/ml_service/version.py", False),
        ("tests/data/01_case.py", False),
    ],
)
def test_what_the_standard_replaces_is_forbidden(policy: Policy, path: str, forbidden: bool) -> None:
    assert policy.forbids()(path) is forbidden


def test_tools_are_not_set_up_in_pyproject(policy: Policy) -> None:
    assert {"tool.ruff", "tool.pytest", "tool.mypy"} <= set(policy.rule_for("pyproject.toml").forbidden)


def test_the_files_that_answer_the_talks_are_there(service: Path, tmp_path: Path) -> None:
    library = render(tmp_path, project_kind="task-library", project_name="Shared tasks")
    networks = render(tmp_path, project_name="Networks", package_name="ml_service", model_stack="lightning")
    table = DOCUMENT.read_text().partition("## What the talks")[2]
    named = re.findall(r"`([\w./-]+\.(?:py|toml|yaml|yml|md)|Dockerfile)`", table)
    assert len(named) > 20
    assert [
        name for name in named if not any((made / name).is_file() for made in (service, networks, library))
    ] == []


IDENTITY = {
    f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
OWN = {
    "conf/train.toml": "# Ours.\n",
    "src/{package}/tasks/own.py": "",
    "notebooks/look.ipynb": "{}",
    ".gitignore": "data/\n",
}
FORBIDDEN = [
    ".flake8",
    "03_train_delivered_v2.py",
    "look.ipynb",
    "setup.cfg",
    "src/{package}/ruff.toml",
    "train_final.py",
]


@pytest.mark.parametrize("kind", ["service", "task-library"])
def test_a_check_lets_the_team_work_and_names_what_strays(tmp_path: Path, kind: str) -> None:
    template = tmp_path / "template"
    shutil.copytree(TEMPLATE, template, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    quiet = IDENTITY | {"GIT_CONFIG_GLOBAL": os.devnull, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for command in (["init", "-q"], ["add", "-Af", "."], ["commit", "-qm", "First"]):
        assert run(template, "git", *command, **quiet).returncode == 0
    answers = ["-y", "--answer", f"project_kind={kind}"]
    made = run(tmp_path, "mlscaffold", "new", "--template", str(template), *answers, "thing", **quiet)
    assert made.returncode == 0, made.stdout + made.stderr
    project = tmp_path / "thing"

    def write(names: dict[str, str]) -> None:
        """Append to files of the project, or make them, and tell git."""
        for name, text in names.items():
            path = project / name.format(package="thing")
            path.parent.mkdir(exist_ok=True)
            path.write_text((path.read_text() if path.exists() else "") + text)
        run(project, "git", "add", "-A")

    write({name: text for name, text in OWN.items() if kind == "service" or not name.startswith("conf")})
    well = run(project, "mlscaffold", "check", **quiet)
    assert well.returncode == 0, well.stdout + well.stderr

    write(dict.fromkeys(FORBIDDEN, ""))
    write({"pyproject.toml": "\n[tool.ruff]\nline-length = 90\n", "src/{package}/base.py": "# Ours.\n"})
    strayed = run(project, "mlscaffold", "check", "--format", "json", **quiet)
    assert strayed.returncode == 1, strayed.stderr
    found = {one["path"]: one["state"] for one in json.loads(strayed.stdout)["findings"] if one["fault"]}
    forbidden = {name.format(package="thing"): "forbidden" for name in FORBIDDEN}
    assert found == forbidden | {"pyproject.toml": "modified", "src/thing/base.py": "modified"}
