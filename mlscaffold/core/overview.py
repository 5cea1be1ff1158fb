"""How an organisation stands, and how it came to: the lines of a fleet's journal, read in their order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mlscaffold.core.kept import Begun, Ended, Kept
from mlscaffold.core.outcome import Outcome, Standing


class Seen(NamedTuple):
    """A repo as it was last looked at, and when; `pull` is what became of its update, None if it never had one."""

    outcome: Outcome
    at: str
    pull: "Pull | None" = None


class Pull(NamedTuple):
    """Our newest update of a repo: how it stood when it was last looked at, and when it was first seen.

    At a forge that is a pull request; in a clone it is a branch. One that only a person can make is neither.
    """

    outcome: Outcome
    at: str
    since: str


class Point(NamedTuple):
    """The whole organisation after one run: repos by state, and files that are not as the rules want them."""

    at: str
    counts: Mapping[Standing, int]
    files: int


@dataclass(frozen=True, slots=True)
class Overview:
    """An organisation.

    step: what the states are of, "check" if anything was checked. at: when the last run was, "" if there was none.
    points: one for each run of that step. unread: how many lines of the journal say nothing.
    cut_after: of how many repos the newest run told that did not come to its end, None if it did.
    """

    step: str
    at: str
    repos: tuple[Seen, ...]
    points: tuple[Point, ...]
    unread: int
    cut_after: int | None = None


def overview(lines: Iterable[Kept | None]) -> Overview:
    """Read a journal, None being a line that says nothing."""
    steps = {step: _Step() for step in ("check", "update")}
    pulls: dict[str, Pull] = {}
    unread = 0
    run, cut_after = "", None
    for kept in lines:
        if kept is None:
            unread += 1
            continue
        if kept.what.step in steps:
            told = (cut_after or 0 if kept.run == run else 0) + isinstance(kept.what, Outcome)
            run, cut_after = kept.run, None if isinstance(kept.what, Ended) else told
            steps[kept.what.step].take(kept)
        if isinstance(kept.what, Outcome) and kept.what.step != "check":
            _follow(pulls, kept.what, kept.at)
        elif isinstance(kept.what, Outcome):
            _come_in(pulls, kept.what)
    step = "check" if steps["check"].repos else "update"
    found = steps[step]
    repos = tuple(seen._replace(pull=pulls.get(name)) for name, seen in found.all_repos())
    return Overview(step, found.at, repos, found.all_points(), unread, cut_after)


@dataclass(slots=True)
class _Step:
    """One step as it went from run to run: what is known of each repo now, and the sums of it."""

    repos: dict[str, Seen] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    at: str = ""
    _met_all: str = ""
    _run: str = ""
    _of_run: set[str] = field(default_factory=set)
    _counts: Counter[Standing] = field(default_factory=Counter)
    _files: int = 0

    def take(self, kept: Kept) -> None:
        if isinstance(kept.what, Begun):
            return
        if kept.run != self._run:
            self._end_run()
            self._run = kept.run
        self.at = kept.at
        if isinstance(kept.what, Ended):
            for name in kept.what.gone:
                self._forget(name)
            if kept.what.repos >= len(self.repos):  # fewer, where a run is over a share of them
                self._met_all = kept.at
        elif isinstance(kept.what, Outcome) and (
            kept.what.repo not in self._of_run or kept.what.state is not Standing.SKIPPED
        ):
            # A repo that was named twice in a run is skipped the second time, and that is not how it stands.
            self._of_run.add(kept.what.repo)
            self._forget(kept.what.repo)
            self._learn(kept.what, kept.at)

    def all_repos(self) -> list[tuple[str, Seen]]:
        """Return every repo by name; one that the last whole run answered from the journal was looked at by it."""
        met = ((name, seen._replace(at=max(seen.at, self._met_all))) for name, seen in self.repos.items())
        return sorted(met)

    def all_points(self) -> tuple[Point, ...]:
        self._end_run()
        return tuple(self.points)

    def _end_run(self) -> None:
        if self._run:
            self.points.append(
                Point(
                    self.at, {state: number for state, number in self._counts.items() if number}, self._files
                )
            )
        self._run = ""
        self._of_run.clear()

    def _learn(self, outcome: Outcome, at: str) -> None:
        self.repos[outcome.repo] = Seen(outcome, at)
        self._counts[outcome.state] += 1
        self._files += sum(outcome.words.values())

    def _forget(self, name: str) -> None:
        seen = self.repos.pop(name, None)
        if seen is not None:
            self._counts[seen.outcome.state] -= 1
            self._files -= sum(seen.outcome.words.values())


_OF_PULLS = {
    Standing.PULL_OPEN, Standing.PULL_FAILING, Standing.PULL_RUNNING, Standing.PULL_MERGED, Standing.PULL_CLOSED,
    Standing.CLOSED,
}  # fmt: skip


_ON_A_BRANCH = {Standing.UPDATED, Standing.READY}
"""That an update is on our branch in a clone, as of this run or of an earlier one: the same branch."""
_WITHOUT_A_PULL = {*_ON_A_BRANCH, Standing.PARTLY, Standing.CONFLICTS, Standing.PERSON}
"""What an update that acted leaves to a person beside pull requests: a branch in a clone, or nothing but the reason."""


def _follow(pulls: dict[str, Pull], outcome: Outcome, at: str) -> None:
    """Take note of an update; what says nothing of one, as an error, leaves it as it was."""
    before = pulls.get(outcome.repo)
    if outcome.state is Standing.NOTHING:
        pulls.pop(outcome.repo, None)
        return
    of_pull = outcome.state in _OF_PULLS or (outcome.state is Standing.PERSON and outcome.url)
    if not of_pull and (outcome.state not in _WITHOUT_A_PULL or (before is not None and _is_open(before))):
        return
    same = before is not None and _which(before.outcome) == _which(outcome)
    pulls[outcome.repo] = Pull(outcome, at, before.since if same and before else at)


def _which(outcome: Outcome) -> tuple[str, ...]:
    """Return what is the same as long as it is the same pull request, the same branch, or the same reason."""
    if outcome.url:
        return (outcome.url,)
    return ("", Standing.UPDATED if outcome.state in _ON_A_BRANCH else outcome.state, outcome.branch)


def _is_open(pull: Pull) -> bool:
    """Return whether there is a pull request that waits, whatever else an update may meet."""
    ended = {Standing.PULL_MERGED, Standing.PULL_CLOSED, Standing.CLOSED}
    return bool(pull.outcome.url) and pull.outcome.state not in ended


def _come_in(pulls: dict[str, Pull], checked: Outcome) -> None:
    """Forget what waited in a clone that has it since, whatever else is the matter; a forge says of its pull requests itself."""
    pull = pulls.get(checked.repo)
    if pull is None or pull.outcome.url:
        return
    moved = checked.recorded not in ("", pull.outcome.recorded)
    arrived = moved and checked.recorded in (pull.outcome.target, checked.target)
    if arrived or checked.state is Standing.IN_SYNC:
        del pulls[checked.repo]
