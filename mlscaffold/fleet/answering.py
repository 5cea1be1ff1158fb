"""What a worker process does with one repo, step by step: there is an answer, whatever a repo holds."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from mlscaffold.core import record as records
from mlscaffold.core.errors import (
    LackingError,
    MlscaffoldError,
    NeedsInputError,
    NoRecordError,
    PackageMovesError,
    RecordError,
    UntrustedTemplateError,
)
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.place import Files
from mlscaffold.core.tree import FOLDER, LINK, SUBMODULE
from mlscaffold.fleet.checked import checked
from mlscaffold.fleet.work import ALWAYS, Answered, Job
from mlscaffold.project.gather import gathered
from mlscaffold.shells.gittree import tree_at


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
            return checked(job, project)
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
