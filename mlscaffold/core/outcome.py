"""What became of one repo in a run over many: exactly one named state, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, NamedTuple

from mlscaffold.core.marker import branch_name, template_id
from mlscaffold.core.refname import is_commit


class Standing(StrEnum):
    """Every state that a repo can end in, the one that asks most of a person first."""

    ERROR = "error"
    UNTRUSTED = "untrusted"
    FAILS = "does not render"
    BREAKS = "would break parsing"
    CONFLICTS = "conflicts"
    PARTLY = "partly updated"
    DIVERGED = "diverged"
    DRIFTED = "drifted"
    BEHIND = "behind"
    PERSON = "left to a person"
    REFUSED = "refused"
    CLEAN = "applies cleanly"
    PLANNED = "would be updated"
    WITHDRAWING = "would be withdrawn"
    WAITS = "waits for a later wave"
    PULL_FAILING = "pull request failing"
    PULL_RUNNING = "pull request waiting"
    PULL_OPEN = "pull request open"
    PULL_MERGED = "pull request merged"
    PULL_CLOSED = "pull request closed"
    CLOSED = "withdrawn"
    READY = "ready to merge"
    UPDATED = "updated"
    NO_RECORD = "no record"
    OTHER = "another template"
    SKIPPED = "skipped"
    NOTHING = "nothing to do"
    EDITED = "edited"
    IN_SYNC = "in sync"


MEANING = {
    Standing.ERROR: "There is no answer, and why.",
    Standing.UNTRUSTED: "Its template is none that the user trusts to run.",
    Standing.FAILS: "The template does not render with its answers any more.",
    Standing.BREAKS: "A TOML, YAML or JSON file that can be read now could not be read after the merge.",
    Standing.CONFLICTS: "An update would leave conflicts, which a person has to decide.",
    Standing.PARTLY: "The update is on our branch but for files that both sides changed, which a person has to decide.",
    Standing.DIVERGED: "Project and template both changed a file, and the template's change is not in.",
    Standing.DRIFTED: "It is not as the template's rules want it, and not for being behind alone.",
    Standing.BEHIND: "The template moved on.",
    Standing.PERSON: "Only a person can say: an answer that nothing shows, somebody's commits or words on our branch, a no.",
    Standing.REFUSED: "The forge, or git, did not take it.",
    Standing.CLEAN: "The change goes in without a conflict.",
    Standing.PLANNED: "A run that acts would update it.",
    Standing.WITHDRAWING: "A run that acts would close our pull request, and delete our branch; or the branch alone, where it is merged.",
    Standing.WAITS: "It would be updated, and not in this wave.",
    Standing.PULL_FAILING: "Our pull request is open; a check fails, a reviewer asks for changes, or it conflicts.",
    Standing.PULL_RUNNING: "Our pull request is open, and checks of it are under way.",
    Standing.PULL_OPEN: "Our pull request is open.",
    Standing.PULL_MERGED: "Our last pull request was merged.",
    Standing.PULL_CLOSED: "Our last pull request was closed without merging.",
    Standing.CLOSED: "Our pull request was closed and our branch deleted by us.",
    Standing.READY: "The update is on our branch, as an earlier run left it.",
    Standing.UPDATED: "The update is on our branch now.",
    Standing.NO_RECORD: "It has no `.cruft.json`.",
    Standing.OTHER: "It was made from another template.",
    Standing.SKIPPED: "It was not looked at, and why.",
    Standing.NOTHING: "An update would change nothing.",
    Standing.EDITED: "It made something of its own of the template's files.",
    Standing.IN_SYNC: "Nothing that the rules call drift.",
}

_UNANSWERED = {Standing.ERROR, Standing.UNTRUSTED, Standing.REFUSED}
_WELL = {
    Standing.IN_SYNC, Standing.NOTHING, Standing.SKIPPED, Standing.NO_RECORD, Standing.UPDATED, Standing.READY, Standing.PULL_OPEN,
    Standing.CLEAN, Standing.OTHER, Standing.EDITED, Standing.PULL_RUNNING, Standing.PULL_MERGED, Standing.CLOSED, Standing.PLANNED, Standing.WITHDRAWING,
    Standing.WAITS, Standing.PULL_CLOSED,
}  # fmt: skip


KEPT, LEFT_OUT = "kept", "left out"
"""Of files that the template changed and an update does not: both sides changed them, or they were deleted here."""
MOST_FILES = 100
"""So many files are kept by name of each repo, the worst first; `words` counts all."""


class Excuse(NamedTuple):
    """A waiver that a repo has written down: until is a day as `2026-12-31`, "" for no end."""

    path: str
    until: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One repo, one step of a run.

    why: in a sentence, "" where the state says it all. words: how many findings there are of each kind.
    files: the word of each file that is not as the rules want it, or that an update leaves as it is, MOST_FILES of them. compared: how many were looked at.
    days: how long the oldest template commit that is lacking has been there, None if that is not known or none is.
    waivers: what the repo is excused from.
    waits: whether what is behind is still within grace, and so no fault.
    head: the commit that was looked at. template, directory, checkout: as recorded. recorded, target: template commits.
    branch, commit: what an update is on. url: where a person reads on. page: where a person reads the repo itself.
    requests: what was asked of a forge in writing, each with its answer's id, which the forge knows it by.
    key: what the answer depends on besides head and target; "" for an answer that must not be given again.
    run: the run whose answer it is, as its journal calls it; of a pull request, the run that opened it.
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
    run: str = field(default="", compare=False)
    again: bool = field(default=False, compare=False)
    files: Mapping[str, str] = field(default_factory=dict)
    compared: int = 0
    days: int | None = None
    waivers: tuple[Excuse, ...] = ()
    page: str = ""
    requests: tuple[str, ...] = ()

    @property
    def unanswered(self) -> bool:
        """Return whether the run could not do with it what was asked."""
        return self.state in _UNANSWERED

    @property
    def no(self) -> bool:
        """Return whether the answer is no: drift, or something left for a person."""
        unlanded = self.step == "update" and KEPT in self.words
        return not self.unanswered and (self.state not in _WELL or unlanded) and not self.waits

    @property
    def pinned(self) -> bool:
        """Return whether its record follows a commit, so that no change of its template reaches it."""
        return isinstance(self.checkout, str) and is_commit(self.checkout, self.target)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            **asdict(self),
            "state": str(self.state),
            "words": dict(self.words),
            "files": dict(self.files),
            "waivers": [each._asdict() for each in self.waivers],
        }


_SINCE_THE_REPORT = {"files", "compared", "days", "waivers", "page", "requests"}
"""Fields that a line of an older version lacks."""
_WANTED = {each.name for each in fields(Outcome)}


def parse(document: Mapping[str, Any]) -> Outcome | None:
    """Return an outcome that was written down; None for what is none, or is of another version."""
    try:
        known = {
            name: document[name] for name in _WANTED if name in document or name not in _SINCE_THE_REPORT
        }
        waivers = tuple(Excuse(**each) for each in known.get("waivers", ()))
        state, words, files = Standing(known["state"]), dict(known["words"]), dict(known.get("files", {}))
        values = {"state": state, "words": words, "files": files, "waivers": waivers}
        outcome = Outcome(**{**known, **values, "requests": tuple(known.get("requests", ()))})
    except (KeyError, TypeError, ValueError):
        return None
    return outcome if _is_sound(outcome) else None


def _is_sound(outcome: Outcome) -> bool:
    texts = [
        *(outcome.repo, outcome.step, outcome.head, outcome.target, outcome.key, outcome.template),
        *(outcome.run, outcome.why, outcome.url, outcome.page, outcome.directory, outcome.recorded),
        *(text for pair in outcome.files.items() for text in pair),
        *(text for waiver in outcome.waivers for text in waiver),
        *outcome.words,
        *outcome.requests,
    ]
    numbers = [outcome.compared, 0 if outcome.days is None else outcome.days, *outcome.words.values()]
    return all(isinstance(text, str) for text in texts) and all(type(number) is int for number in numbers)


def counted(outcomes: Iterable[Outcome]) -> dict[Standing, int]:
    """Return how many repos are in each state, worst first, and no state that none is in."""
    counts = Counter(outcome.state for outcome in outcomes)
    return {state: counts[state] for state in Standing if counts[state]}


def branch_of(outcome: Outcome) -> str:
    """Return the branch of a repo's updates, "" if its template is not known."""
    return branch_name(template_id(outcome.template, outcome.directory)) if outcome.template else ""
