"""Every folder of `tests/cases` is one merge, from three trees to the files that `update` leaves."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mlscaffold.core import record as records
from mlscaffold.merging.planning import Update
from mlscaffold.project.gather import Wanted
from mlscaffold.verbs.check import check
from mlscaffold.verbs.update import update
from tests.settled import THEIRS, files_of, given, project
from tests.worlds import commit, git

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())


def state(done: Update) -> str:
    if done.nothing:
        return "nothing"
    if done.blocked:
        return "blocked"
    if done.unlanded:
        return "kept"
    return "conflicts" if done.conflicts else "updated"


def found(done: Update) -> dict[str, Any]:
    """What an update said, in the words of expected.toml."""
    return {
        "state": state(done),
        "conflicts": sorted(done.conflicts),
        "blocked": sorted(done.blocked),
        "left_out": sorted(done.stays_deleted),
        "unlanded": sorted(done.unlanded),
        "renamed": dict(done.renamed),
        "by_key": sorted(done.by_key),
        "pending": sorted(
            f"{path}: {key.path}" for path, said in done.by_key.items() for key in said.pending
        ),
        "pins": sorted(
            f"{path}: {pin.path} = {pin.chosen}" for path, said in done.by_key.items() for pin in said.pins
        ),
    }


@pytest.fixture
def case(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[Path, dict[str, Any]]:
    """Lay a case out: a committed project, and a template that renders as it says."""
    folder = CASES / request.param
    policy = folder / "policy.toml"
    given(
        monkeypatch,
        tmp_path / "cache",
        files_of(folder / "base"),
        files_of(folder / "theirs"),
        policy.read_text() if policy.exists() else None,
    )
    expected = tomllib.loads((folder / "expected.toml").read_text())
    root = project(tmp_path / "project", files_of(folder / "ours"))
    for inner in expected.get("run", {}).get("repositories", []):
        git(root, "rm", "-rq", "--cached", inner)
        git(root / inner, "init", "-q", "-b", "main")
        commit(root / inner)
        commit(root)
    return root, expected


@pytest.mark.parametrize("case", NAMES, indirect=True)
def test_case(case: tuple[Path, dict[str, Any]], request: pytest.FixtureRequest) -> None:
    root, expected = case
    if "before" in expected:
        assert states(root) == expected["before"]
    done = update(root, Wanted(), conflicts=expected.get("run", {}).get("conflicts", "markers"))
    lists = ("conflicts", "blocked", "left_out", "unlanded", "by_key", "pending", "pins")
    nothing: dict[str, Any] = {**{key: [] for key in lists}, "renamed": {}}
    assert found(done) == {**nothing, **{key: expected[key] for key in {"state", *nothing} & expected.keys()}}
    assert files_of(root) == files_of(CASES / request.node.callspec.params["case"] / "merged")
    if "after" in expected:
        assert states(root) == expected["after"]
    advanced = records.parse((root / ".cruft.json").read_bytes()).commit == THEIRS
    assert advanced == (expected["state"] in ("updated", "conflicts"))
    if expected["state"] == "updated":
        assert git(root, "diff", "--name-only") == ""
        commit(root)
        assert update(root, Wanted()).nothing


def states(root: Path) -> dict[str, str]:
    return {finding.path: finding.word for finding in check(root, Wanted()).findings}


def test_there_are_enough_cases() -> None:
    assert len(NAMES) >= 60


def test_every_file_of_a_case_is_known() -> None:
    known = {"base", "ours", "theirs", "merged", "policy.toml", "expected.toml"}
    assert [path for name in NAMES for path in (CASES / name).iterdir() if path.name not in known] == []
