"""A run over an organisation with hostile repos in it: ten of forty here; `make fleet-faults` has fifty of two hundred."""

from tests.attack.conftest import World
from tests.fleet.organisation import judged, organisation
from tests.worlds import Template


def test_hostile_repos_are_named_and_all_others_finish_right(world: World, newer: Template) -> None:
    with organisation(world, newer, 30, 10) as made:
        judged(made, made.run("check"), {"behind", "diverged"})
