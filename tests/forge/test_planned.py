"""A plan that somebody has looked at is carried out as it stands: what has changed since is left to a person."""

import json
from pathlib import Path

import pytest

from tests.forge.lab import github_only
from tests.forge.test_fleet import Fleet, command, fleet, moved
from tests.forge.world import TOKEN
from tests.worlds import commit, write

__all__ = ["fleet"]
pytestmark = github_only


def plan(fleet: Fleet, path: Path) -> None:
    ran = command(fleet, "update", "--org", "acme", "--format", "json", token=TOKEN)
    path.write_text(ran[1])
    assert fleet.lab.world.writes() == []


def carried_out(fleet: Fleet, path: Path) -> tuple[int, dict[str, str]]:
    ran = command(
        fleet, "update", "--org", "acme", "--publish", "--planned", str(path), "--format", "json", token=TOKEN
    )
    return ran[0], {repo["repo"]: repo["state"] for repo in json.loads(ran[1])["repos"]}


def test_plan_is_carried_out_to_the_commit_and_once(fleet: Fleet, tmp_path: Path) -> None:
    moved(fleet)
    plan(fleet, tmp_path / "plan.json")

    assert carried_out(fleet, tmp_path / "plan.json") == (0, {"acme/ranker": "pull request open"})

    [planned] = json.loads((tmp_path / "plan.json").read_text())["repos"]
    assert [pull.head for pull in fleet.lab.repo.pulls] == [planned["commit"]]
    fleet.lab.world.log.clear()
    assert carried_out(fleet, tmp_path / "plan.json") == (0, {"acme/ranker": "pull request open"})
    assert fleet.lab.world.writes() == []


def test_what_has_changed_since_is_left_to_a_person_and_the_rest_is_done(
    fleet: Fleet, tmp_path: Path
) -> None:
    fleet.add("acme/second")
    moved(fleet)
    plan(fleet, tmp_path / "plan.json")
    fleet.add("acme/third")
    write(fleet.made, {"own.py": "x = 1\n"})
    commit(fleet.made)
    fleet.push(fleet.lab.repo)

    code, states = carried_out(fleet, tmp_path / "plan.json")

    assert states == {
        "acme/ranker": "left to a person",
        "acme/second": "pull request open",
        "acme/third": "left to a person",
    }
    assert (code, fleet.lab.repo.pulls) == (1, [])


def test_template_that_moves_on_makes_a_plan_old(fleet: Fleet, tmp_path: Path) -> None:
    moved(fleet)
    plan(fleet, tmp_path / "plan.json")
    moved(fleet, "DREI")

    assert carried_out(fleet, tmp_path / "plan.json") == (1, {"acme/ranker": "left to a person"})
    assert fleet.lab.world.writes() == []


@pytest.mark.parametrize("content", [None, "", "[]", '{"repos": 7}', '{"repos": [{"repo": "acme/x"}]}'])
def test_file_that_is_no_plan_is_refused(fleet: Fleet, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "plan.json").write_text(content)

    ran = command(
        fleet, "update", "--org", "acme", "--publish", "--planned", str(tmp_path / "plan.json"), token=TOKEN
    )

    assert ran[0] == 2, ran
    assert "plan.json" in ran[2]
    assert fleet.lab.world.log == []
