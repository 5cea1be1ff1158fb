"""One screen on a project: its template, how old it is, what is excused, and what an update would do."""

from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.waiver import Waiver
from mlscaffold.merging.planning import Update, plan
from mlscaffold.project.gather import Wanted, gather
from mlscaffold.verbs.check import Report, judged


class Status(NamedTuple):
    """Where a project stands.

    report: what `check` says. directory: the template's folder in its repository.
    waivers: what the project is excused from. planned: what `update` would do.
    """

    report: Report
    directory: str
    waivers: tuple[Waiver, ...]
    planned: Update


def status(root: Path, wanted: Wanted) -> Status:
    """Say where a project stands; changes nothing.

    Raises MlscaffoldError when there is no answer.
    """
    project = gather(root, wanted)
    report = judged(project, lines=False)
    return Status(report, project.record.directory, project.declared.waivers, plan(project))
