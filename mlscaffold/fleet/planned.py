"""A plan that was looked at before it is carried out: the JSON that a run without --publish printed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from mlscaffold.core.errors import UsageError
from mlscaffold.core.outcome import Outcome, Standing

ACTS = (Standing.PLANNED, Standing.WITHDRAWING)
"""The states of a plan in which something is to be done."""


class Planned(NamedTuple):
    """What a plan says of one repo: its state, and the commit that its branch would be at."""

    state: str
    commit: str


Plan = Mapping[str, Planned]
"""By repo."""


def read(path: Path) -> Plan:
    """Return the plan in a file.

    Raises UsageError if it holds none.
    """
    try:
        repos = json.loads(path.read_bytes())["repos"]
        found = {each["repo"]: Planned(each["state"], each["commit"]) for each in repos}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Name the file of a plan.") from error
    except (ValueError, RecursionError, LookupError, TypeError):
        raise UsageError(
            f"{path} is no plan.",
            "Make one without --publish: mlscaffold fleet update … --format json > plan.json",
        ) from None
    return found


def strays(plan: Plan, now: Outcome) -> str:
    """Return why a repo is not acted on as the plan says, "" if it is: the same commit, on top of the same one."""
    was = plan.get(now.repo, Planned("", ""))
    if was.state not in ACTS:
        return "the plan does nothing here"
    same = was == Planned(now.state, now.commit)
    return "" if same else "the repo, its template or the forge has changed since the plan was made"
