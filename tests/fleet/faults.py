"""The long faults of a fleet, run by `make fleet-faults`: killed at every point, and fifty hostile repos of two hundred."""

from pathlib import Path

import pytest

from tests.attack.conftest import World
from tests.fleet.killed import POINTS, Seed
from tests.fleet.organisation import judged, organisation
from tests.worlds import Template


def test_fifty_hostile_repos_of_two_hundred(world: World, newer: Template) -> None:
    with organisation(world, newer, 150, 50) as made:
        judged(made, made.run("check"), {"behind", "diverged"})
        judged(made, made.run("update"), {"would be updated", "conflicts"})
        judged(made, made.run("check"), {"behind", "diverged"})
        assert made.forge.writes() == []


NEVER = {("disk", "stepping"), ("disk", "stepped"), ("disk", "fetched"), ("forge", "handed over")}
"""Places that are on the other way."""


@pytest.mark.parametrize("where", ["forge", "disk"])
@pytest.mark.parametrize("point", POINTS)
def test_run_that_is_killed_is_finished_by_the_next(tmp_path: Path, point: str, where: str) -> None:
    verb = "check" if point == "fetched" else "update"
    seed = Seed.made(tmp_path / "seed")
    with seed.copied(tmp_path / "undisturbed", where) as undisturbed:
        assert not undisturbed.run(verb)
        wanted = undisturbed.state()
    deaths = 0
    while True:
        with seed.copied(tmp_path / f"copy {deaths}", where) as killed:
            if not killed.run(verb, f"{point}:{deaths + 1}"):
                break
            deaths += 1
            assert not killed.run(verb)
            assert killed.state() == wanted
            killed.forge.log.clear()
            assert not killed.run(verb)
            assert killed.forge.writes() == []
            assert killed.state() == wanted
    assert bool(deaths) == ((where, point) not in NEVER)
