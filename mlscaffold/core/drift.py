"""Where each path of a project stands between the template it has and the template it wants."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from mlscaffold.core.tree import Entry, Tree


class State(StrEnum):
    """What three entries of one path say about who moved."""

    IN_SYNC = "in sync"
    CONVERGED = "converged"
    BEHIND = "behind"
    MODIFIED = "modified"
    DIVERGED = "diverged"


class Drift(NamedTuple):
    """One path, its three entries (None where the tree has no such path), and what they say."""

    path: str
    state: State
    base: Entry | None
    ours: Entry | None
    theirs: Entry | None

    @property
    def missing(self) -> bool:
        """The template wants the path and the project deleted it."""
        return self.ours is None and self.theirs is not None and self.base is not None

    @property
    def added(self) -> bool:
        """The path is new in the template."""
        return self.base is None and self.theirs is not None

    @property
    def removed(self) -> bool:
        """The template no longer has the path."""
        return self.base is not None and self.theirs is None


def state_of(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> State:
    """Say who moved; absence (None) is a value like any other."""
    if ours == theirs:
        return State.IN_SYNC if ours == base else State.CONVERGED
    if ours == base:
        return State.BEHIND
    if theirs == base:
        return State.MODIFIED
    return State.DIVERGED


def classify(base: Tree, ours: Tree, theirs: Tree, paths: Iterable[str] | None = None) -> list[Drift]:
    """Compare three trees over `paths` (default: base and theirs together), sorted by path.

    A path in neither base nor theirs is the project's own and is not looked at unless it is named.
    """
    wanted = base.keys() | theirs.keys() if paths is None else paths
    return [
        Drift(
            path,
            state_of(base.get(path), ours.get(path), theirs.get(path)),
            base.get(path),
            ours.get(path),
            theirs.get(path),
        )
        for path in sorted(wanted)
    ]
