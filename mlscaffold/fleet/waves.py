"""How many repos a run may act on, and how many of our pull requests may be open at a time."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mlscaffold.core.outcome import Outcome, Standing


@dataclass(slots=True)
class Waves:
    """The limits of a run, and how far it has used them.

    most: repos to act on in this run. canary: our pull requests that may be open, those of earlier runs too.
    pause: seconds between two repos that are acted on. was_open: the repos whose pull request was open last time.
    """

    most: int | None = None
    canary: int | None = None
    pause: float = 0.0
    was_open: set[str] = field(default_factory=set)
    sleep: Callable[[float], None] = time.sleep
    acted: int = 0
    opened: int = 0

    def remember(self, before: Mapping[str, Outcome]) -> None:
        """Take note of the pull requests that earlier runs left open."""
        self.was_open = {name for name, outcome in before.items() if outcome.state is Standing.PULL_OPEN}

    def may_act(self, name: str) -> bool:
        """Return whether one more repo may be acted on; an open pull request may always be brought up to date."""
        if self.most is not None and self.acted >= self.most:
            return False
        if self.canary is None or name in self.was_open:
            return True
        return self.opened + len(self.was_open) < self.canary

    def acts(self) -> None:
        """Count a repo that is acted on, after the pause since the last."""
        if self.acted and self.pause:
            self.sleep(self.pause)
        self.acted += 1

    def saw(self, outcome: Outcome) -> None:
        """Count a pull request that is open now."""
        self.was_open.discard(outcome.repo)
        self.opened += outcome.state is Standing.PULL_OPEN
