"""What is known here of a template's past, whoever looked at it before."""

import re
from collections.abc import Callable

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.outcome import Outcome
from mlscaffold.core.record import Record
from mlscaffold.project.gather import Wanted, open_store
from mlscaffold.shells import git, gitlog

_ID = re.compile("[0-9a-f]{40}")
"""A pull request's text is not only ours to write, and what it names goes to git."""


def leading(outcome: Outcome) -> Callable[[str], bool]:
    """Return what says of a commit whether it leads to the template commit that a repo was compared with.

    One that is not known here does not; nobody is asked.
    """

    def leads(commit: str) -> bool:
        if commit == outcome.target or not _ID.fullmatch(commit):
            return commit == outcome.target
        record = Record(outcome.template, outcome.recorded, outcome.checkout, outcome.directory, {}, (), {})
        try:
            history = open_store(record, Wanted()).history
            known = git.resolve(history, commit) is not None
            return known and gitlog.leads_to(history, commit, outcome.target)
        except MlscaffoldError:
            return False

    return leads
