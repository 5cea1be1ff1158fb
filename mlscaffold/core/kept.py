"""A line of the fleet's journal: what became of one repo, or that a run began or came to its end."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mlscaffold.core import outcome as outcomes
from mlscaffold.core.outcome import Outcome


class Begun(NamedTuple):
    """A run that is over one part of the repos, `2/8`, or over all of them: ""."""

    step: str
    shard: str


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
    what: Outcome | Begun | Ended


def document(kept: Kept) -> dict[str, Any]:
    """Return a line as JSON has it."""
    said = {"schema": 1, "run": kept.run, "at": kept.at}
    match kept.what:
        case Outcome():
            return {**kept.what.document(), **said}
        case Begun():
            return {**said, "begun": kept.what._asdict()}
        case Ended():
            return {**said, "ended": kept.what._asdict()}


def parse(found: Mapping[str, Any]) -> Kept | None:
    """Return a line that was written down; None for what is none of ours, or is of another version."""
    run, at = found.get("run"), found.get("at")
    if "begun" in found:
        what: Outcome | Begun | Ended | None = _begun(found["begun"])
    else:
        what = _ended(found["ended"]) if "ended" in found else outcomes.parse(found)
    return Kept(run, at, what) if what and isinstance(run, str) and isinstance(at, str) else None


def _begun(found: object) -> Begun | None:
    try:
        begun = Begun(**found)  # type: ignore[arg-type]  # what it is not, is a TypeError
    except TypeError:
        return None
    return begun if isinstance(begun.step, str) and isinstance(begun.shard, str) else None


def _ended(found: object) -> Ended | None:
    try:
        ended = Ended(**found)  # type: ignore[arg-type]  # what it is not, is a TypeError
        sound = isinstance(ended.step, str) and type(ended.repos) is int and isinstance(ended.gone, list)
        return ended._replace(gone=tuple(map(str, ended.gone))) if sound else None
    except TypeError:
        return None
