"""Results to exit codes: 0 well, 1 the answer is no, 2 usage, 3 could not answer, 130 interrupted."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from mlscaffold.core.errors import UsageError

if TYPE_CHECKING:
    from mlscaffold.core.outcome import Outcome
    from mlscaffold.merging.planning import Update
    from mlscaffold.merging.unfinished import Ended
    from mlscaffold.verbs.check import Report

FailOn = Literal["faults", "edits", "never"]


def of_report(report: "Report", fail_on: FailOn = "faults") -> int:
    """1 if anything is there that the reader wants to fail on: faults, any difference at all (edits), or nothing."""
    failing = {"faults": report.faults, "edits": report.findings, "never": ()}[fail_on]
    return 1 if failing else 0


def of_update(update: "Update") -> int:
    """1 if something is left for a person to decide."""
    return 1 if update.unfinished else 0


def of_ended(ended: "Ended") -> int:
    """1 if something is left for a person to decide."""
    return 1 if ended.left else 0


def of_fleet(outcomes: "Iterable[Outcome]", fail_on: FailOn = "faults") -> int:
    """3 if some repo could not be answered, else 1 if the answer of some is no: drift, or something left to a person."""
    code = 0
    for outcome in outcomes:
        if outcome.unanswered:
            return 3
        if (outcome.no and fail_on != "never") or (fail_on == "edits" and outcome.words):
            code = 1
    return code


def of_error(error: BaseException) -> int:
    """2 if the command cannot mean what it says, 130 if it was interrupted, 3 for all else that keeps us from answering."""
    if isinstance(error, KeyboardInterrupt):
        return 130
    return 2 if isinstance(error, UsageError) else 3
