"""What the documentation shows is what the program takes and says, and safe to paste."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from mlscaffold.core import waiver
from mlscaffold.core.finding import WORDS
from mlscaffold.core.policy import Kind, parse

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/check.md").read_text()
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
    page = (ROOT / "docs/fleet.md").read_text()
    promised = re.findall(r"^\| (P\d+) \|.*\| (.*) \|$", page, re.MULTILINE)
    assert [number for number, _ in promised] == [f"P{number}" for number in range(1, 13)]
    for _, tests in promised:
        for file, name in re.findall(r"`([^`]+)::([^`]+)`", tests):
            assert f"def {name}(" in (ROOT / file).read_text()


BY_NAME = re.compile(
    r"(?:\b(?:pip3?|pipx|uv|poetry|pdm|conda)[\w\"'/ -]*? (?:install|add|run|download)\b|\buvx\b)(?!.*--from)"
    r"[^|;&#]*?[ \"']mlscaffold(?! ?@)(?:\[|[=<>~!, \"'`]|$)"
)
"""A package of the index called mlscaffold is a stranger's."""


@pytest.mark.parametrize(
    ("line", "by_name"),
    [
        ("- run: pip install mlscaffold", True),
        ("python3 -m pip install -q 'mlscaffold[dev]>=0.1'", True),
        ('"$VENV/bin/pip" install --quiet mlscaffold==0.1', True),
        ("uv tool install mlscaffold", True),
        ("Run `pipx run mlscaffold` there.", True),
        ("uvx mlscaffold check", True),
        ("pip install git+https://github.com/mlscaffold/mlscaffold", False),
        ("pip install 'mlscaffold @ git+https://github.com/mlscaffold/mlscaffold'", False),
        ('uvx --from "git+$(ADDRESS)" mlscaffold check', False),
        ("pip install -e . && mlscaffold check", False),
    ],
)
def test_installing_by_name_is_told_from_installing_by_address(line: str, by_name: bool) -> None:
    assert bool(BY_NAME.search(line)) is by_name


def test_no_shipped_text_installs_by_name_what_a_stranger_has_on_the_index() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", ":!tests"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")[:-1]
    assert "README.md" in listed
    found = [
        f"{name}: {line}"
        for name in listed
        if (ROOT / name).is_file()
        for line in (ROOT / name).read_text("utf-8", "replace").splitlines()
        if "mlscaffold" in line and BY_NAME.search(line)
    ]
    assert found == []
