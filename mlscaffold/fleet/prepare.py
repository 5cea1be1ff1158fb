"""One repo's update, prepared as a commit on top of its own, and as the pull request that asks for it."""

from collections import Counter
from dataclasses import replace

from mlscaffold.core import record as records
from mlscaffold.core.marker import Marker, branch_name, template_id
from mlscaffold.core.outcome import KEPT, LEFT_OUT, MOST_FILES, Outcome, Standing
from mlscaffold.core.pull import Target
from mlscaffold.core.text import safe_text
from mlscaffold.core.tree import FILE, blob_id
from mlscaffold.fleet.words import HELD, listed, update_text, update_title
from mlscaffold.fleet.work import Answered, Job, outcome_of
from mlscaffold.merging.planning import Update, message, plan, refuse
from mlscaffold.project.gather import Project
from mlscaffold.shells import gitimport, gitlog


def prepared(job: Job, project: Project) -> Answered:
    """Merge the template's changes, and store them as a commit in the repository of our own."""
    refuse(project)
    planned = plan(project, job.asked.conflicts)
    if planned.conflicts or planned.blocked or planned.unread:
        paths = sorted({*planned.conflicts, *planned.blocked, *planned.unread})
        return Answered(outcome_of(job, project, Standing.CONFLICTS, listed(paths)))
    held = [change.path for change in planned.changes if change.path.startswith(job.asked.withheld)]
    planned = _without(planned, held)
    if held and not planned.changes:
        return Answered(outcome_of(job, project, Standing.PERSON, f"{HELD}: {listed(held)}"))
    if not planned.changes:
        state = Standing.CONFLICTS if planned.unlanded else Standing.NOTHING
        return Answered(_with_rest(outcome_of(job, project, state), planned))
    template = template_id(project.record.template, project.record.directory)
    commit = stored(job, project, planned, message(project) + _left_out(planned))
    marker = Marker(template, planned.recorded, planned.wanted, rendered(project), commit)
    target = Target(
        marker,
        update_title(project),
        update_text(project, planned, held),
        reviewers=job.asked.reviewers,
        draft=bool(planned.unlanded),
    )
    outcome = outcome_of(job, project, Standing.PLANNED, listed([change.path for change in planned.changes]))
    return Answered(with_branch(_with_rest(outcome, planned), template, commit), target)


def _with_rest(outcome: Outcome, planned: Update) -> Outcome:
    """Return an outcome that tells the files whose changes in the template an update does not bring."""
    rest = {**dict.fromkeys(planned.unlanded, KEPT), **dict.fromkeys(planned.stays_deleted, LEFT_OUT)}
    return replace(outcome, words=Counter(rest.values()), files=dict([*rest.items()][:MOST_FILES]))


def _left_out(planned: Update) -> str:
    """Return what the commit's message says of files that kept the project's side, "" where there are none."""
    paths = "".join(f"  {safe_text(path)}\n" for path in planned.unlanded)
    return f"\nNot in here, since both sides changed them:\n{paths}" if paths else ""


def _without(planned: Update, held: list[str]) -> Update:
    """Leave some paths out; the record then stays where it is, so that they are offered again."""
    if not held:
        return planned
    changes = tuple(change for change in planned.changes if change.path not in held)
    return replace(planned, changes=changes, record=None)


def with_branch(outcome: Outcome, template: str, commit: str) -> Outcome:
    """Return an outcome that tells the branch and the commit that an update is on."""
    return replace(outcome, branch=branch_name(template), commit=commit)


def stored(job: Job, project: Project, planned: Update, said: str) -> str:
    """Store the update: the same inputs, the same commit, whenever and wherever it is made."""
    changes: dict[str, tuple[str, bytes] | None] = {
        change.path: None if change.content is None else (change.mode, change.content)
        for change in planned.changes
    }
    if planned.record is not None:
        changes[records.NAME] = (FILE, planned.record)
    at = gitlog.newest(project.store.history, planned.wanted, 1)[0].at
    return gitimport.write_update(job.repository, None, job.head, at, said, changes)


def rendered(project: Project) -> str:
    """Return an id of what the template wants here, whatever the project made of it."""
    return blob_id(repr(sorted(project.theirs.items())).encode("utf-8", "surrogateescape"))
