"""How many repos a run may act on, and how many of our updates may be open at a time."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.fleet.planned import ACTS, Plan, strays


@dataclass(slots=True)
class Waves:
    """The limits of a run, and how far it has used them.

    most: repos to act on. canary: updates that may be open, in the repos of this run: pull requests, or branches that are
    not merged, as they are found now. pause: seconds between two repos that are acted on.
    plan: what was planned, and nothing else is done; None where nothing was.
    before: what earlier runs found, for repos that do not say which template they are of.
    acted, open, late: the repos of which that is known.
    """

    most: int | None = None
    canary: int | None = None
    pause: float = 0.0
    plan: Plan | None = None
    sleep: Callable[[float], None] = time.sleep
    before: Mapping[str, Outcome] = field(default_factory=dict)
    acted: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)

    def judged(self, planned: Outcome, *, opens: bool, is_open: bool) -> Outcome | None:
        """Return what this run does with a repo; None says that it depends on those that are not looked at yet.

        opens: whether acting on it opens one more update. is_open: whether one is open there already.
        """
        name = planned.repo
        if is_open:
            self.open.add(name)
        if planned.state not in ACTS:
            return planned
        if self.plan is not None and (why := strays(self.plan, planned)):
            return replace(planned, state=Standing.PERSON, why=why)
        if opens and self.canary is not None and name not in self.late:
            self.late.add(name)
            return None
        if why := self._over(name, opens):
            return replace(planned, state=Standing.WAITS, why=why)
        self.acted.add(name)
        if opens:
            self.open.add(name)
        return planned

    def _over(self, name: str, opens: bool) -> str:
        """Return which limit one more repo would be over, "" for none."""
        if self.most is not None and len(self.acted - {name}) >= self.most:
            return f"--max {self.most}"
        if opens and self.canary is not None and len(self.open - {name}) >= self.canary:
            return f"--canary {self.canary}"
        return ""

    def undone(self, name: str, *, is_open: bool) -> None:
        """Let the turn of a repo that this run could do nothing for go to another.

        is_open: whether an update is open there all the same.
        """
        self.acted.discard(name)
        if not is_open:
            self.open.discard(name)

    def wait(self) -> None:
        """Pause, unless this is the first repo that is acted on."""
        if self.pause and len(self.acted) > 1:
            self.sleep(self.pause)
