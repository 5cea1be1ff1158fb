"""What became of one repo in a run over many: exactly one named state, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """Every state that a repo can end in, the one that asks most of a person first."""

    ERROR = "error"
    UNTRUSTED = "untrusted"
    CONFLICTS = "conflicts"
    DIVERGED = "diverged"
    DRIFTED = "drifted"
    BEHIND = "behind"
    PERSON = "left to a person"
    REFUSED = "refused"
    PLANNED = "would be updated"
    WAITS = "waits for a later wave"
    PULL_OPEN = "pull request open"
    PULL_MERGED = "pull request merged"
    PULL_CLOSED = "pull request closed"
    CLOSED = "withdrawn"
    UPDATED = "updated"
    NO_RECORD = "no record"
    SKIPPED = "skipped"
    NOTHING = "nothing to do"
    IN_SYNC = "in sync"


MEANING = {
    Standing.ERROR: "There is no answer, and why.",
    Standing.UNTRUSTED: "Its template is none that the user trusts to run.",
    Standing.CONFLICTS: "An update would leave conflicts, which a person has to decide.",
    Standing.DIVERGED: "Project and template both changed a file, and the template's change is not in.",
    Standing.DRIFTED: "It is not as the template's rules want it, and not for being behind alone.",
    Standing.BEHIND: "The template moved on.",
    Standing.PERSON: "Somebody else's commits or words are on our branch or pull request, or somebody said no.",
    Standing.REFUSED: "The forge, or git, did not take it.",
    Standing.PLANNED: "A run that acts would update it.",
    Standing.WAITS: "It would be updated, and not in this wave.",
    Standing.PULL_OPEN: "Our pull request is open.",
    Standing.PULL_MERGED: "Our last pull request was merged.",
    Standing.PULL_CLOSED: "Our last pull request was closed without merging.",
    Standing.CLOSED: "Our pull request was closed and our branch deleted by us.",
    Standing.UPDATED: "The update is on our branch.",
    Standing.NO_RECORD: "It has no `.cruft.json`.",
    Standing.SKIPPED: "It was not looked at, and why.",
    Standing.NOTHING: "An update would change nothing.",
    Standing.IN_SYNC: "Nothing that the rules call drift.",
}

_UNANSWERED = {Standing.ERROR, Standing.UNTRUSTED, Standing.REFUSED}
_WELL = {
    Standing.IN_SYNC, Standing.NOTHING, Standing.SKIPPED, Standing.NO_RECORD, Standing.UPDATED, Standing.PULL_OPEN,
    Standing.PULL_MERGED, Standing.CLOSED, Standing.PLANNED, Standing.WAITS, Standing.PULL_CLOSED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """One repo, one step of a run.

    why: in a sentence, "" where the state says it all. words: how many findings there are of each kind.
    waits: whether what is behind is still within grace, and so no fault.
    head: the commit that was looked at. template, directory, checkout: as recorded. recorded, target: template commits.
    branch, commit: what an update is on. url: where a person reads on.
    key: what the answer depends on besides head and target; "" for an answer that must not be given again.
    again: whether this is the answer of an earlier run, which still holds.
    """

    repo: str
    step: str
    state: Standing
    why: str = ""
    words: Mapping[str, int] = field(default_factory=dict)
    waits: bool = False
    head: str = ""
    template: str = ""
    directory: str = ""
    checkout: str | None = None
    recorded: str = ""
    target: str = ""
    branch: str = ""
    commit: str = ""
    url: str = ""
    key: str = ""
    again: bool = field(default=False, compare=False)

    @property
    def unanswered(self) -> bool:
        """Return whether the run could not do with it what was asked."""
        return self.state in _UNANSWERED

    @property
    def no(self) -> bool:
        """Return whether the answer is no: drift, or something left for a person."""
        return not self.unanswered and self.state not in _WELL and not self.waits

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {**asdict(self), "state": str(self.state), "words": dict(self.words)}


def parse(document: Mapping[str, Any]) -> Outcome | None:
    """Return an outcome that was written down; None for what is none, or is of another version."""
    wanted = {each.name for each in fields(Outcome)}
    try:
        known = {name: document[name] for name in wanted}
        outcome = Outcome(**{**known, "state": Standing(known["state"]), "words": dict(known["words"])})
    except (KeyError, TypeError, ValueError):
        return None
    texts = (outcome.repo, outcome.step, outcome.head, outcome.target, outcome.key, outcome.template)
    return outcome if all(isinstance(text, str) for text in texts) else None


def counted(outcomes: Iterable[Outcome]) -> dict[Standing, int]:
    """Return how many repos are in each state, worst first, and no state that none is in."""
    counts = Counter(outcome.state for outcome in outcomes)
    return {state: counts[state] for state in Standing if counts[state]}
