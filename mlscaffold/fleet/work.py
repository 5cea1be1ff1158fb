"""What a worker process does with one repo: its commit compared with its template, or an update of it prepared."""

import hashlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mlscaffold import __version__
from mlscaffold.core import record as records
from mlscaffold.core.cohort import Difference
from mlscaffold.core.effect import Effect
from mlscaffold.core.errors import (
    LackingError,
    MlscaffoldError,
    NeedsInputError,
    NoRecordError,
    PackageMovesError,
    RecordError,
    UntrustedTemplateError,
)
from mlscaffold.core.finding import Finding
from mlscaffold.core.outcome import MOST_FILES, Excuse, Outcome, Standing
from mlscaffold.core.place import Files
from mlscaffold.core.pull import Target
from mlscaffold.core.tree import FOLDER, LINK, SUBMODULE
from mlscaffold.core.trust import without_password
from mlscaffold.fleet.working import Working
from mlscaffold.merging.conflicts import Conflicts
from mlscaffold.project.declared import OWN, PYPROJECT
from mlscaffold.project.gather import Project, Wanted, gathered
from mlscaffold.shells.gittree import tree_at
from mlscaffold.templates.store import renderer
from mlscaffold.verbs.check import Report, judged

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


def answer(job: Job) -> Answered:
    """Do a job. Whatever a repo holds, there is an answer: what cannot be answered says why."""

    def ended(state: Standing, why: str) -> Answered:
        return Answered(Outcome(job.name, job.asked.step, state, why, head=job.head))

    try:
        with _within(job.seconds):
            return _answer(job)
    except LackingError as error:
        return ended(Standing.ERROR, error.what)._replace(lacks=error.oids)
    except NoRecordError:
        return ended(Standing.NO_RECORD, "")
    except UntrustedTemplateError as error:
        return ended(Standing.UNTRUSTED, f"{error.what} {error.hint}".strip())
    except (NeedsInputError, PackageMovesError) as error:
        return ended(Standing.PERSON, f"{error.what} {error.hint}")
    except MlscaffoldError as error:
        return ended(Standing.ERROR, f"{error.what} {error.hint}".strip())
    except Exception as error:  # noqa: BLE001 - one repo's surprise is no other repo's
        return ended(Standing.ERROR, f"{type(error).__name__}: {error}")


def _answer(job: Job) -> Answered:
    with tree_at(job.repository, job.head, Path(job.name), lean=job.lean) as files:
        if job.asked.adopt is not None and records.NAME not in files.entries([records.NAME]):
            from mlscaffold.fleet.adoption import adopted

            files.bring(files.tracked())  # what a repo is from may be shown by any of its files
            return adopted(job, files)
        files.bring(ALWAYS)
        content = _record(files)
        if job.asked.step == "preview":
            from mlscaffold.fleet.preview import previewed

            return previewed(job, files, content)
        project = gathered(files, content, job.asked.wanted)
        if job.asked.step == "check":
            report = judged(project, lines=False, grace_days=job.asked.grace_days)
            return Answered(_checked(job, project, report))
        if job.asked.step == "cohorts":
            from mlscaffold.fleet.differing import differing

            return differing(job, project, files)
        from mlscaffold.fleet.prepare import prepared

        return prepared(job, project)


def _record(files: Files) -> bytes:
    entry = files.entries([records.NAME]).get(records.NAME)
    if entry is None:
        raise NoRecordError(f"There is no {records.NAME}.")
    if entry.mode in (LINK, FOLDER, SUBMODULE):
        raise RecordError(f"{records.NAME} is no file.", "Put the record itself there.")
    content = files.read(records.NAME, records.MAX_BYTES + 1) or b""
    if len(content) > records.MAX_BYTES:
        raise RecordError(f"{records.NAME} is larger than 1 MiB.", "A record holds an address and answers.")
    return content


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


def _checked(job: Job, project: Project, report: Report) -> Outcome:
    told = _told(report)
    words: dict[str, int] = {}
    for finding in told:
        words[finding.word] = words.get(finding.word, 0) + 1
    waits = not report.faults and bool(words)
    plain = project.record.template == without_password(project.record.template)
    lasts = all(finding.days_left is None for finding in told)  # grace ends at any moment of a day
    return replace(
        outcome_of(job, project, _state(words), _why(report)),
        words=words,
        waits=waits,
        files=dict([(finding.path, finding.word) for finding in told][:MOST_FILES]),
        compared=report.compared,
        days=report.behind.days if report.behind and report.behind.commits else None,
        waivers=tuple(Excuse(each.path, each.until, each.reason) for each in project.declared.waivers),
        key=job.asked.key() if plain and lasts else "",
    )


def _state(words: dict[str, int]) -> Standing:
    if "diverged" in words:
        return Standing.DIVERGED
    if words.keys() - {"behind"}:
        return Standing.DRIFTED
    return Standing.BEHIND if words else Standing.IN_SYNC


def _told(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.fault or finding.days_left is not None]


def _why(report: Report) -> str:
    """Name the first files that are not as they should be."""
    told = _told(report)
    named = [f"{finding.path} {finding.word}" for finding in told[:3]]
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    waits = [finding.days_left for finding in told if finding.days_left is not None]
    left = f"; {min(waits)} days of grace left" if waits and not report.faults else ""
    return f"{', '.join(named)}{more}{left}"


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    """Stop what takes too long; only in the main thread of a worker, where signals arrive."""

    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise MlscaffoldError(
            f"It took longer than {seconds} seconds.", "Look at it alone: mlscaffold check."
        )

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
