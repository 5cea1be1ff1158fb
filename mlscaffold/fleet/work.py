"""What is asked of each repo of a run, what a worker is given of it, and what it answers."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from mlscaffold import __version__
from mlscaffold.core import record as records
from mlscaffold.core.cohort import Difference
from mlscaffold.core.effect import Effect
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.pull import Target
from mlscaffold.core.trust import without_password
from mlscaffold.fleet.working import Working
from mlscaffold.merging.conflicts import Conflicts
from mlscaffold.project.declared import OWN, PYPROJECT
from mlscaffold.project.gather import Project, Wanted
from mlscaffold.templates.store import renderer

if TYPE_CHECKING:
    from mlscaffold.verbs.adopt import Asked as Adoption

ALWAYS = (records.NAME, PYPROJECT, OWN)
"""The files that are read of every repo, whatever its template."""
SECONDS = 300
"""What one repo may take; a template's rendering has a limit of its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every repo of a run.

    withheld: folders in which an update changes nothing. working: the change of a template, for a preview of it.
    reviewers: who is asked to look at a pull request.
    adopt: what is asked of an update of a repo without a record; None leaves it alone.
    """

    step: Literal["check", "update", "preview", "cohorts"]
    wanted: Wanted = field(default_factory=Wanted)
    grace_days: int | None = None
    conflicts: Conflicts = "markers"
    withheld: tuple[str, ...] = ()
    working: Working | None = None
    reviewers: tuple[str, ...] = ()
    adopt: "Adoption | None" = None

    def key(self) -> str:
        """Return what an answer depends on, besides the repo's commit and the template's: waivers end with the day."""
        day = datetime.now(UTC).date()
        wanted = self.wanted._replace(since=0.0)
        asked = (__version__, *renderer(), day, self.step, wanted, self.grace_days)
        return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Job:
    """One repo to be worked on.

    repository: a bare repository of our own that holds or sees its objects. head: the commit to look at.
    lean: whether contents were left where the repository is from.
    """

    name: str
    repository: Path
    head: str
    asked: Asked
    seconds: int = SECONDS
    lean: bool = False

    @property
    def origin(self) -> str | None:
        """The repo's full name at its forge; None for a clone on disk, whose folders are called anything."""
        return self.name if self.lean else None


class Answered(NamedTuple):
    """What became of a job.

    target: the pull request that an update should be. effects: what a preview found. differences: what the repo
    made of the template's files. lacks: the contents that have to be brought before there is an answer.
    """

    outcome: Outcome
    target: Target | None = None
    effects: tuple[Effect, ...] = ()
    differences: tuple[Difference, ...] = ()
    lacks: tuple[str, ...] = ()


def outcome_of(job: Job, project: Project, state: Standing, why: str = "") -> Outcome:
    """Return an outcome that tells what the repo records and what it was compared with."""
    record = project.record
    return Outcome(
        job.name,
        job.asked.step,
        state,
        why,
        head=job.head,
        template=without_password(record.template),
        directory=record.directory,
        checkout=record.checkout,
        recorded=record.commit,
        target=project.target.commit,
    )
