"""Every pair of answers in some project, and each project's own check: `make template-test`, minutes instead of seconds."""

import json
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


@pytest.mark.parametrize(
    "answers", pairwise(choices()), ids=lambda answers: "-".join(value for _, value in answers)
)
def test_the_project_passes_its_own_check(answers: Answers, tmp_path: Path) -> None:
    project = render(tmp_path, **dict(answers))
    checked = run(project, "make", "check", "RUN=")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    if dict(answers)["project_kind"] == "service":
        trained = run(project, "python", "main.py", "train", "--config", "conf/train.toml")
        assert trained.returncode == 0, trained.stderr
