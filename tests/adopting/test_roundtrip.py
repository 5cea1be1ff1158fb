"""A cheap share of `make bench-adopt`: bases and answers of projects whose record was taken away are found again."""

from pathlib import Path

import pytest

from tests.adopting.roundtrip import Case, Edits, run
from tests.adopting.three import ANSWERS, TEMPLATES
from tests.worlds import git

COMMITS = 5


@pytest.mark.parametrize(
    ("name", "answers", "age", "edits"),
    [
        ("own", 0, 2, "none"),
        ("own", 1, 3, "squashed"),
        ("library", 0, 1, "none"),
        ("library", 1, 4, "later"),
        ("library", 2, 2, "squashed"),
        ("science", 0, 3, "none"),
        ("science", 1, 1, "squashed"),
    ],
)
def test_base_and_answers_are_found(tmp_path: Path, name: str, answers: int, age: int, edits: Edits) -> None:
    template = TEMPLATES[name](tmp_path / "template", COMMITS)
    commit = git(template, "rev-list", "HEAD").split()[age]
    outcome = run(Case(template, commit, ANSWERS[name][answers], edits), tmp_path / "projects")
    assert outcome.base, f"{commit} was taken for {outcome.found}"
    assert outcome.right
    assert outcome.wrong == ()
