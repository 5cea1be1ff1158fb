"""Each file of a created project has one owner, and what the standard replaces is forbidden."""

import re
from pathlib import Path

import pytest

from mlscaffold.core.policy import Kind, Policy, parse
from tests.template.conftest import TEMPLATE, render

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


@pytest.mark.parametrize("answers", [{}, {"project_kind": "task-library", "project_name": "Shared tasks"}])
def test_the_documents_name_each_file_and_its_owner(
    policy: Policy, tmp_path: Path, answers: dict[str, str]
) -> None:
    project = render(tmp_path, **answers)
    text = DOCUMENT.read_text()
    service, library = text.split("`project_kind=task-library`")
    owners = dict(re.findall(r"^\| `([^`]+)` \| (\w+) \|", text if answers else service, re.MULTILINE))
    files = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    if answers:
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
