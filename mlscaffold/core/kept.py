"""A line of the fleet's journal: what became of one repo, or that a run came to its end."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mlscaffold.core import outcome as outcomes
from mlscaffold.core.outcome import Outcome


class Ended(NamedTuple):
    """A run that looked at every repo it was asked for.

    repos: how many those were. gone: the repos of earlier runs that were not among them.
    """

    step: str
    repos: int
    gone: tuple[str, ...] = ()


class Kept(NamedTuple):
    """One line, the run that wrote it, and when."""

    run: str
    at: str
    what: Outcome | Ended


def document(kept: Kept) -> dict[str, Any]:
    """Return a line as JSON has it."""
    what = kept.what.document() if isinstance(kept.what, Outcome) else {"ended": kept.what._asdict()}
    return {**what, "schema": 1, "run": kept.run, "at": kept.at}


def parse(found: Mapping[str, Any]) -> Kept | None:
    """Return a line that was written down; None for what is none of ours, or is of another version."""
    run, at = found.get("run"), found.get("at")
    what = _ended(found["ended"]) if "ended" in found else outcomes.parse(found)
    return Kept(run, at, what) if what and isinstance(run, str) and isinstance(at, str) else None


def _ended(found: object) -> Ended | None:
    try:
        ended = Ended(**found)  # type: ignore[arg-type]  # what it is not, is a TypeError
        sound = isinstance(ended.step, str) and type(ended.repos) is int and isinstance(ended.gone, list)
        return ended._replace(gone=tuple(map(str, ended.gone))) if sound else None
    except TypeError:
        return None
