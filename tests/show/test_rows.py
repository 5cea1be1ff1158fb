"""A fleet's run on a screen: broken between words and never in a command; in a pipe one repo is one line."""

import re

import pytest

from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.show.advice import advice
from mlscaffold.show.rows import rows
from mlscaffold.show.screen import Screen, cells

TRUST = "The template https://e.com/a is not trusted. If you trust it: mlscaffold trust https://e.com/a"


@pytest.mark.parametrize("width", [20, 40, 80])
def test_text_is_broken_between_words_and_goes_on_below_its_indent(width: int) -> None:
    text = "  one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    lines = Screen(width).folded(text, 6)
    assert " ".join(line.strip() for line in lines) == text.strip()
    assert max(map(cells, lines)) <= width
    assert [len(line) - len(line.lstrip()) for line in lines] == [2, *[6] * (len(lines) - 1)]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (TRUST, "mlscaffold trust https://e.com/a"),
        (
            "It took longer than 300 seconds. Look at it alone: mlscaffold check -p here.",
            "mlscaffold check -p here.",
        ),
        ("Remove it and record it anew (mlscaffold adopt -t x) and so on", "(mlscaffold adopt -t x)"),
        ("It says: git branch -D mlscaffold/update/x; then it goes on", "git branch -D mlscaffold/update/x;"),
        ("mlscaffold/update/x at 1234567: git merge mlscaffold/update/x", "git merge mlscaffold/update/x"),
    ],
)
def test_command_that_is_to_be_pasted_stays_on_one_line(text: str, command: str) -> None:
    for width in range(len(command) + 4, 100):
        assert any(command in line for line in Screen(width).folded(text, 4)), width


def test_what_has_no_place_to_be_broken_at_is_left_to_the_terminal() -> None:
    assert Screen(10).folded("a/long/path/that/goes/on and on", 2) == ["a/long/path/that/goes/on", "  and on"]
    assert Screen(10).folded("", 2) == [""]


def test_file_gets_one_line_for_each_repo() -> None:
    told = [(f"acme/{number}", TRUST) for number in range(25)]
    assert list(rows(told, Screen(), "csv")) == [
        *(f"  acme/{number}  {TRUST}" for number in range(20)),
        "  and 5 more: --format csv names all",
    ]


def test_terminal_gets_one_line_for_each_reason() -> None:
    told = [(f"acme/{number}", f"README.md behind {number % 2}") for number in range(14)]
    assert list(rows([*told, ("alone", "")], Screen(80), "csv")) == [
        "  acme/0, acme/2, acme/4, acme/6, acme/8 and 2 more  README.md behind 0",
        "  acme/1, acme/3, acme/5, acme/7, acme/9 and 2 more  README.md behind 1",
        "  alone",
    ]


def test_repos_of_reasons_that_are_too_many_are_counted() -> None:
    told = [(f"{number}", f"{number // 2}") for number in range(50)]
    assert list(rows(told, Screen(80), "csv"))[-1] == "  and 10 more: --format csv names all"


def test_what_a_repo_says_cannot_leave_its_line() -> None:
    [line] = rows([("a\x1b[31m\nb", "c\n::error::d")], Screen(80), "csv")
    assert re.fullmatch(r"  a\\x1b\[31m\\nb  c\\n: :error: :d", line)


def told(step: str, *found: tuple[Standing, str]) -> list[str]:
    outcomes = [Outcome("x", step, state, why) for state, why in found]
    return list(advice(outcomes, "--org acme"))


def test_check_says_what_fits_what_was_found() -> None:
    behind, bare, own = (Standing.BEHIND, ""), (Standing.NO_RECORD, ""), (Standing.DRIFTED, "")
    update = "mlscaffold fleet update --org acme"
    assert told("check", (Standing.IN_SYNC, "")) == []
    assert told("check", behind, behind) == [f"Next, for the 2 behind: {update}"]
    assert told("check", bare) == [f"Next, for the 1 without a record: {update} --adopt"]
    assert told("check", behind, bare, own) == [
        f"Next, for the 1 behind and the 1 without a record: {update} --adopt",
        "Next, in a clone of each of the 1 diverged or drifted: mlscaffold update, or mlscaffold diff to see it",
    ]
