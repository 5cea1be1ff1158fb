"""What docs/check.md shows is what the program takes and says."""

import re
import tomllib
from pathlib import Path

from mlscaffold.core import waiver
from mlscaffold.core.finding import WORDS
from mlscaffold.core.policy import Kind, parse

PAGE = (Path(__file__).parents[1] / "docs/check.md").read_text()
POLICY, WAIVER = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_policy_that_is_shown_is_one() -> None:
    policy = parse(POLICY.encode())
    assert (policy.grace_days, policy.ruff, policy.rules[0].waivable) == (30, True, False)


def test_the_waiver_that_is_shown_is_one() -> None:
    table = tomllib.loads(WAIVER)["tool"]["mlscaffold"]["waiver"]
    found, broken = waiver.parse(WAIVER, "pyproject.toml", "tool.mlscaffold.waiver", table)
    assert [(each.path, each.until, each.line) for each in found] == [("setup.cfg", "2026-12-31", 1)]
    assert broken == []


def test_every_word_and_every_rule_is_explained_in_the_order_of_reports() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert rows == [*WORDS, *Kind]


def test_every_promise_of_a_fleet_names_tests_that_are_there() -> None:
    page = (Path(__file__).parents[1] / "docs/fleet.md").read_text()
    promised = re.findall(r"^\| (P\d+) \|.*\| (.*) \|$", page, re.MULTILINE)
    assert [number for number, _ in promised] == [f"P{number}" for number in range(1, 13)]
    for _, tests in promised:
        for file, name in re.findall(r"`([^`]+)::([^`]+)`", tests):
            assert f"def {name}(" in (Path(__file__).parents[1] / file).read_text()
