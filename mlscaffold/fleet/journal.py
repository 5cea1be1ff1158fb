"""What became of every repo in every run: one line of JSON each, written for good before the next is begun.

A run that came to its end adds a line that says so, since a repo that is answered from the journal adds none.
"""

import fcntl
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from mlscaffold.core import kept
from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.kept import Begun, Ended, Kept
from mlscaffold.core.outcome import Outcome, Standing, branch_of


class Journal:
    """An open journal, of which this run is the only writer."""

    def __init__(self, file: BinaryIO, run: str) -> None:
        self._file = file
        self.run = run

    def write(self, what: Outcome | Begun | Ended, at: str) -> None:
        """Add an outcome, or that the run began, or that all of them are there; it is on the disk when this returns."""
        document = kept.document(Kept(self.run, at, what))
        self._file.write(json.dumps(document, sort_keys=True).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def aside(self) -> "Journal":
        """Return a journal that remembers the same and writes nothing: for a plan, which is no outcome."""
        return _Aside(self._file, "")

    def last(self, step: str) -> dict[str, Outcome]:
        """Return the last outcome of each repo; a line that was cut short, or is none of ours, is passed over."""
        return {outcome.repo: outcome for outcome in self._outcomes() if outcome.step == step}

    def ours(self) -> dict[str, list[Outcome]]:
        """Return what is known of each repo's pull requests of ours: one for each template it was updated from, the newest last.

        What says nothing of them, as that a later run left the repo out or met an error, leaves them as they were.
        url, run: the last pull request, and the run that first told of it. state: the last that says something of it.
        """
        found: dict[str, dict[str, Outcome]] = {}
        for outcome in self._outcomes():
            if outcome.step == "update" and (branch := branch_of(outcome)):
                of_repo = found.setdefault(outcome.repo, {})
                of_repo[branch] = _since(of_repo.pop(branch, None), outcome)
        return {repo: list(of_repo.values()) for repo, of_repo in found.items()}

    def runs(self) -> list[str]:
        """Return the runs of which something is written, oldest first."""
        return list(dict.fromkeys(outcome.run for outcome in self._outcomes() if outcome.step == "update"))

    def _outcomes(self) -> Iterator[Outcome]:
        self._file.seek(0)
        for line in self._file:
            what = _what(line)
            if isinstance(what, Outcome):
                yield what
        self._file.seek(0, os.SEEK_END)


_TELLING = (Standing.PULL_OPEN, Standing.PERSON, Standing.NOTHING, Standing.CLOSED)
"""What an update may come to that says whether a pull request is open."""


def _since(before: Outcome | None, outcome: Outcome) -> Outcome:
    """Return an outcome with what was known before of the same pull request."""
    if before is None:
        return outcome
    if outcome.state not in _TELLING:
        outcome = replace(outcome, state=before.state)
    if outcome.url in ("", before.url) and before.url:
        outcome = replace(outcome, url=before.url, run=before.run)
    return outcome


class _Aside(Journal):
    def write(self, what: Outcome | Begun | Ended, at: str) -> None:
        """Write nothing."""


def none() -> Journal:
    """Return a journal that remembers nothing and writes nothing: for a run whose answers are of this moment alone."""
    return _Aside(io.BytesIO(), "")


@contextmanager
def opened(path: Path, run: str) -> Iterator[Journal]:
    """Open a journal, and keep every other run from it.

    Raises MlscaffoldError if it cannot be written, or another run is writing it, and UsageError if it is another file.
    """
    try:
        if path.exists() and not path.is_file():
            raise UsageError(
                f"The journal {path} is no file, and the next run reads what this one writes.",
                "Name a file, or leave --journal out: each selection has a journal of its own.",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise MlscaffoldError(
            f"The journal {path} cannot be written: {error.strerror}.", "Name another: --journal FILE."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MlscaffoldError(
                f"Another run is writing the journal {path}.", "Wait for it, or name another: --journal FILE."
            ) from None
        _refuse_what_is_none(path, file)
        _end_line(file)
        yield Journal(file, run)


def _refuse_what_is_none(path: Path, file: BinaryIO) -> None:
    """Raise UsageError for a file with lines of which none is a journal's: something else would be written into."""
    file.seek(0)
    foreign = False
    for line in file:
        if _read(line) is not None:
            return
        foreign = foreign or not _is_cut(line)
    if foreign:
        raise UsageError(
            f"{path} is no journal of `mlscaffold fleet`, and stays as it is.",
            "Name another file, or one that is not there yet: --journal FILE.",
        )


def _is_cut(line: bytes) -> bool:
    """Return whether a line may be the beginning of a journal's, which is all that a run left that was killed then."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return line.startswith(b'{"')
    return False


def _end_line(file: BinaryIO) -> None:
    """End a line that a killed run left without its end, so that the next one stands alone."""
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(size - 1)
        if file.read(1) != b"\n":
            file.write(b"\n")


def lines(path: Path) -> Iterator[Kept | None]:
    """Yield every line of a journal, None for one that was cut short or is none of ours; a run may be writing it.

    Raises MlscaffoldError if it cannot be read.
    """
    try:
        if path.is_char_device():
            raise UsageError(f"{path} is a device, and no journal.", "Name a file: --journal FILE.")
        with path.open("rb") as file:
            for line in file:
                yield _read(line)
    except OSError as error:
        raise MlscaffoldError(
            f"The journal {path} cannot be read: {error.strerror}.", "Name another: --journal FILE."
        ) from error


def _what(line: bytes) -> Outcome | Begun | Ended | None:
    found = _read(line)
    return found.what if found else None


def _read(line: bytes) -> Kept | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return kept.parse(document) if isinstance(document, dict) else None
