"""What the template makes of answers, good and bad."""

import subprocess
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException

from tests.template.conftest import (
    BIN,
    TEMPLATE,
    answers_as_they_are,
    render,
    run,
)


def test_nothing_of_the_template_is_left_in_a_project(tmp_path: Path) -> None:
    service = render(tmp_path)
    for path in service.rglob("*"):
        assert "package_name" not in path.name
        assert path.name != "options"
        if path.is_file() and path.suffix in {".py", ".toml", ".md", ".yml", ".yaml", ".sh", ".ini", ".cfg"}:
            text = path.read_text()
            assert "package_name" not in text, path
            assert "cookiecutter" not in text, path
    assert not [path for path in service.rglob("*") if path.is_dir() and not any(path.iterdir())]


@pytest.mark.parametrize("name", ["x", "n23456789_123456789_123456789"])
def test_lint_and_format_hold_for_the_shortest_and_the_longest_package_name(
    tmp_path: Path, name: str
) -> None:
    project = render(tmp_path, package_name=name)
    linted = run(project, "make", "lint", "RUN=")
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("answer", "value", "sentence"),
    [
        ("package_name", "9lives", "package_name: use a Python name"),
        ("package_name", "class", "package_name: use a Python name"),
        ("package_name", "json", "package_name: json would hide another module"),
        ("project_slug", "Upper", "project_slug: use 1 to 50"),
        ("description", 'a "quoted" word', "description: write one line"),
        ("author", "  ", "author: write one line"),
        ("ci", "jenkins", "ci: choose one of github, gitlab, circleci, none"),
    ],
)
def test_an_answer_that_cannot_work_is_refused_with_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], answer: str, value: str, sentence: str
) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    with pytest.raises(FailedHookException):
        answers_as_they_are(folder, **{answer: value})
    assert sentence in capfd.readouterr().err
    assert not list(folder.iterdir())


def test_a_hook_is_valid_python_whatever_an_answer_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "mark"
    attack = f"'''+open({str(mark)!r}, 'w').close()+'''"
    render(tmp_path, author=attack)
    with pytest.raises(FailedHookException):
        render(tmp_path, description=f'""" + open({str(mark)!r}, "w") + """', project_name="Other")
    assert "SyntaxError" not in capfd.readouterr().err
    assert not mark.exists()


def test_the_template_folder_itself_is_linted() -> None:
    standard = TEMPLATE / "{{cookiecutter.project_slug}}" / "ruff.toml"
    common = ["--config", str(standard), "--config", 'lint.isort.known-first-party=["package_name"]']
    common += ["--exclude", "pyproject.toml", str(TEMPLATE)]
    for command in (
        ["check", "--no-cache", "--extend-ignore", "INP001"],
        ["format", "--no-cache", "--check"],
    ):
        done = subprocess.run(
            [str(BIN / "ruff"), *command, *common], capture_output=True, text=True, check=False, cwd=TEMPLATE
        )
        assert done.returncode == 0, done.stdout + done.stderr
