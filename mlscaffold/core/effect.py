"""What a change of a template would do to one file of one repo."""

from typing import NamedTuple

from mlscaffold.core.outcome import Outcome, Standing

STATES = {
    "breaks": Standing.BREAKS,
    "conflict": Standing.CONFLICTS,
    "clean": Standing.CLEAN,
    "conflict already": Standing.NOTHING,
}
"""What can become of a file, worst first, and the state of a repo in which nothing worse happens.

A conflict that is there without the change as well is nobody's fault who makes the change.
"""


class Effect(NamedTuple):
    """One file: what would become of it (of STATES), and a few words more."""

    path: str
    what: str
    detail: str = ""


def state_of(effects: tuple[Effect, ...]) -> Standing:
    """Return the state of a repo, by the worst that would happen in it."""
    happening = {effect.what for effect in effects}
    return next((state for what, state in STATES.items() if what in happening), Standing.NOTHING)


class Previewed(NamedTuple):
    """One repo: what became of it, and of which files."""

    outcome: Outcome
    effects: tuple[Effect, ...]
