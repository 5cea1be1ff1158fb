"""The journals of a run's shards, made one, and the run told as if it had been whole."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlscaffold.core import kept
from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.kept import Begun, Ended, Kept
from mlscaffold.core.outcome import Outcome
from mlscaffold.fleet.journal import lines


@dataclass(frozen=True, slots=True)
class Whole:
    """What the newest runs of all shards came to: one outcome for each repo, by name, and what is lacking."""

    outcomes: tuple[Outcome, ...]
    lacking: tuple[str, ...]


@dataclass(slots=True)
class _Part:
    """What the runs of one shard came to: the newest began at this time, and each repo's last outcome was then."""

    began: str
    ended: bool
    found: dict[str, tuple[str, Outcome]]


def merged(journals: Sequence[Path], into: Path) -> Whole:
    """Write the lines of all journals into one, run after run, each line once, and tell the run they are parts of.

    Merging the same again, or what was merged already, changes nothing.

    Raises UsageError if one of them is no journal, or none is of a shard.
    """
    runs = _runs(journals)
    whole = _whole(runs)
    _write(into, (kept.document(line) for run in runs for line in run))
    return whole


def _runs(journals: Iterable[Path]) -> list[list[Kept]]:
    """Return the lines of each run, in the order in which the runs began; a journal only grows, so the longest counts."""
    runs: dict[str, list[Kept]] = {}
    for path in journals:
        here: dict[str, list[Kept]] = {}
        read = 0
        for read, line in enumerate(lines(path), 1):  # noqa: B007 - counted to know whether there is any
            if line is not None:
                here.setdefault(line.run, []).append(line)
        if read and not here:
            raise UsageError(f"{path} is no journal of `mlscaffold fleet`.", "Name the shards' journals.")
        for run, found in here.items():
            runs[run] = max(runs.get(run, []), found, key=len)
    return sorted(runs.values(), key=lambda run: (run[0].at, run[0].run))


def _whole(runs: Sequence[Sequence[Kept]]) -> Whole:
    begun = [(run, line.what) for run in runs for line in run if isinstance(line.what, Begun)]
    if not begun:
        raise UsageError(
            "None of these journals is of a shard.", "Give them the runs of --shard 1/8, 2/8 and so on."
        )
    _, last = begun[-1]
    count = last.shard.rpartition("/")[2]
    parts: dict[str, _Part] = {}
    for run, begin in begun:
        if begin.step == last.step and begin.shard.rpartition("/")[2] == count:
            _take(parts, begin, run)
    names = [f"{number}/{count}" for number in range(1, int(count) + 1)] if count.isdecimal() else []
    found: dict[str, tuple[str, Outcome]] = {}
    for part in parts.values():
        for repo, told in part.found.items():
            found[repo] = max(found.get(repo, told), told, key=lambda each: each[0])
    lacking = (_lack(name, parts.get(name)) for name in names)
    return Whole(tuple(found[repo][1] for repo in sorted(found)), tuple(filter(None, lacking)))


def _take(parts: dict[str, _Part], begin: Begun, run: Sequence[Kept]) -> None:
    """Add what a run of a shard came to, to what was known of that shard's repos."""
    part = parts.setdefault(begin.shard, _Part("", False, {}))
    part.began, part.ended = run[0].at, False
    for line in run:
        if isinstance(line.what, Outcome) and line.what.step == begin.step:
            part.found[line.what.repo] = line.at, line.what
        elif isinstance(line.what, Ended) and line.what.step == begin.step:
            part.ended = True
            for repo in line.what.gone:
                part.found.pop(repo, None)


def _lack(name: str, part: _Part | None) -> str:
    if part is None:
        return f"shard {name} is missing"
    return "" if part.ended else f"shard {name} did not come to its end: run it again, with its journal"


def _write(path: Path, documents: Iterable[dict[str, object]]) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            for document in documents:
                file.write(json.dumps(document, sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise MlscaffoldError(
            f"{path} cannot be written: {error.strerror}.", "Name another: --output FILE."
        ) from error
