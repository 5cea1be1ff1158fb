"""The terminal's report: readable at 80 columns, one line for a finding in a pipe, colours only where they are wanted."""

import re
from pathlib import Path

import pytest

from mlscaffold.show.screen import Screen, cells, filled
from tests.terminals import at_terminal
from tests.worlds import mlscaffold, new, template, write

LONG = "src/churn/pipelines/retraining/with_a_long_name/and_another_folder/train.py"
ODD = "données/été.txt"
WIDE = "模型/训练.txt"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {"a.txt": "one\n", LONG: "one\n", ODD: "one\n", WIDE: "one\n"}
    made = template(tmp_path / "template", files)
    project = new(made, tmp_path)
    made.change(dict.fromkeys(files, "two\n"))
    write(project, {LONG: "mine\n"})
    return project


def shown(project: Path, **env: str) -> str:
    return at_terminal("check", "-p", project, env={"COLUMNS": "80", **env}).out


def test_at_80_columns_no_line_of_a_finding_is_longer_but_for_a_path_or_a_command(project: Path) -> None:
    lines = [re.sub(r"\x1b\[\d+m", "", line) for line in shown(project).splitlines()[:-1]]
    assert [line for line in lines if cells(line) > 80 and LONG not in line] == []
    at = next(number for number, line in enumerate(lines) if LONG in line)
    assert lines[at] == f"diverged   {LONG}  merge"
    assert lines[at + 1] == f"{'':11}changed on both sides, with conflicts"


def test_columns_stand_below_each_other_whatever_the_script_of_a_name(project: Path) -> None:
    lines = [re.sub(r"\x1b\[\d+m", "", line) for line in shown(project).splitlines()]
    starts = {cells(line.partition("merge")[0]) for line in lines if line.startswith("behind")}
    assert len(starts) == 1


def test_in_a_pipe_a_finding_is_one_line_without_colours(project: Path) -> None:
    out = mlscaffold("check", "-p", project, env={"COLUMNS": "80"}).out
    assert "\x1b" not in out
    assert re.search(rf"(?m)^diverged   {LONG}  merge   changed on both sides, with conflicts$", out)


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_a_terminal_is_coloured_unless_somebody_says_no(
    project: Path, env: dict[str, str], coloured: bool
) -> None:
    assert ("\x1b[33mbehind" in shown(project, **env)) is coloured


def test_colours_may_be_forced_into_a_pipe(project: Path) -> None:
    assert "\x1b[33mbehind" in mlscaffold("check", "-p", project, env={"FORCE_COLOR": "1"}).out


@pytest.mark.parametrize(
    ("text", "wide"), [("abc", 3), ("été", 3), ("e\u0301te\u0301", 3), ("模型", 4), ("", 0)]
)
def test_a_text_takes_as_many_cells_as_a_terminal_gives_it(text: str, wide: int) -> None:
    assert cells(text) == wide
    assert cells(filled(text, 9)) == 9


def test_a_file_has_no_width() -> None:
    assert Screen().holds("x" * 10_000)
    assert not Screen(80).holds("x" * 81)
