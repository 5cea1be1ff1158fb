"""A repo without a record, adopted by pull request where what it shows is clear; all others are named for a person."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial

from mlscaffold.adopting.carrying import message
from mlscaffold.adopting.history import JSON
from mlscaffold.adopting.plans import Plan
from mlscaffold.adopting.repository import at_commit
from mlscaffold.core import record as records
from mlscaffold.core.marker import Marker, template_id
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.place import Files
from mlscaffold.core.pull import Target
from mlscaffold.core.trust import without_password
from mlscaffold.core.variables import parse
from mlscaffold.fleet.prepare import rendered, stored, with_branch
from mlscaffold.fleet.words import HELD, adoption_text, adoption_title, listed
from mlscaffold.fleet.work import Answered, Job, outcome_of
from mlscaffold.shells import gitfetch
from mlscaffold.verbs.adopt import Unlike, past_of, plan_of

_past_of = lru_cache(maxsize=8)(past_of)
"""A template's past is read once by each worker, not once for each repo."""


def adopted(job: Job, files: Files) -> Answered:
    """Plan a repo's adoption, and store it as a commit in the repository of our own; a conflict keeps the project's side."""
    assert job.asked.adopt is not None, "adoption was asked for"
    past = partial(_past_of, since=job.asked.wanted.since)
    found = plan_of(at_commit(job.repository, job.head, files, job.origin), job.asked.adopt, past)
    if isinstance(found, Unlike):
        why = f"it does not look like {found.template}: {found.why}"
        return Answered(Outcome(job.name, job.asked.step, Standing.NO_RECORD, why, head=job.head))
    outcome = outcome_of(job, found.project, Standing.PERSON)
    if found.base is None:
        return Answered(replace(outcome, why=_like_none(found)))
    held = [each.path for each in found.update.changes if each.path.startswith(job.asked.withheld)]
    unclear = _unclear(found) or (f"{HELD}: {listed(held)}" if held else "")
    if unclear:
        return Answered(replace(outcome, why=f"{unclear}. In a clone of it: {_command(found)}"))
    update = replace(found.update, record=found.project.content)
    template = template_id(found.project.record.template, found.project.record.directory)
    commit = stored(job, found.project, update, message(found))
    marker = Marker(template, found.recorded, found.wanted, rendered(found.project), commit)
    target = Target(marker, adoption_title(found), adoption_text(found), reviewers=job.asked.reviewers)
    paths = [records.NAME, *(each.path for each in update.changes)]
    planned = replace(outcome, state=Standing.PLANNED, why=f"adopt: {listed(paths)}")
    return Answered(with_branch(planned, template, commit), target)


def _unclear(plan: Plan) -> str:
    """Return what keeps an adoption from going out without a person, "" if nothing does."""
    asked = _asked_then(plan)
    unsure = [answer.variable for answer in plan.undecided]
    unsure += [answer.variable for answer in plan.unseen if answer.variable in asked]
    if unsure:
        return f"nothing shows for certain: {listed(unsure)}"
    return "; ".join(_overruled(plan))


def _overruled(plan: Plan) -> Iterator[str]:
    """Yield the answers that were given for all repos and that this one shows to be others."""
    for answer in plan.answers:
        if answer.instead is not None:
            shown = f"{answer.instead.value} ({answer.instead.evidence[0]})"
            yield f"it shows {answer.variable} = {shown}, and --answer says {answer.value}"


def _like_none(plan: Plan) -> str:
    near = {without_password(plan.project.record.template): plan.closeness, **plan.others}
    said = ", ".join(f"{template} ({closeness:.0%})" for template, closeness in near.items())
    return f"like none of: {said}. If it is from another, name that: --template"


def _asked_then(plan: Plan) -> set[str]:
    """Return what the version asked that the repo is from: what is asked since takes its default, as in any update."""
    path = f"{plan.project.record.directory}/{JSON}".lstrip("/")
    content = gitfetch.file_at(plan.project.store.git_dir, plan.base or plan.recorded, path)
    return set(parse(content or b"{}"))


def _command(plan: Plan) -> str:
    record = plan.project.record
    where = f" --directory {shlex.quote(record.directory)}" if record.directory else ""
    return f"mlscaffold adopt -t {shlex.quote(without_password(record.template))}{where}"
