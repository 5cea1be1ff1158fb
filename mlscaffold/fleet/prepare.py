"""One repo's update, prepared as a commit on top of its own, and as the pull request that asks for it."""

from collections.abc import Iterator
from dataclasses import replace

from mlscaffold.core import record as records
from mlscaffold.core.marker import Marker, branch_name, template_id
from mlscaffold.core.outcome import Outcome, Standing
from mlscaffold.core.pull import Target
from mlscaffold.core.pull_text import Section, body_text, code, title_line
from mlscaffold.core.tree import FILE, blob_id
from mlscaffold.core.trust import without_password
from mlscaffold.fleet.work import Answered, Job, outcome_of
from mlscaffold.merging.planning import Update, message, plan, refuse
from mlscaffold.project.gather import Project
from mlscaffold.shells import git, gitimport, gitlog

COMMIT_REF = "refs/heads/mlscaffold-prepared"
MOST_COMMITS = 100
_HELD = "the token may not change workflows (it lacks the scope workflow, or the permission workflows)"


def prepared(job: Job, project: Project) -> Answered:
    """Merge the template's changes, and store them as a commit in the repository of our own."""
    refuse(project)
    planned = plan(project, job.asked.conflicts)
    if planned.conflicts or planned.blocked or planned.unread:
        paths = sorted({*planned.conflicts, *planned.blocked, *planned.unread})
        return Answered(outcome_of(job, project, Standing.CONFLICTS, _listed(paths)))
    held = [change.path for change in planned.changes if change.path.startswith(job.asked.withheld)]
    planned = _without(planned, held)
    if held and not planned.changes:
        return Answered(outcome_of(job, project, Standing.PERSON, f"{_HELD}: {_listed(held)}"))
    if not planned.changes:
        why = f"kept as they are: {_listed(list(planned.unlanded))}" if planned.unlanded else ""
        state = Standing.CONFLICTS if planned.unlanded else Standing.NOTHING
        return Answered(outcome_of(job, project, state, why))
    template = template_id(project.record.template, project.record.directory)
    commit = _commit(job, project, planned)
    marker = Marker(template, planned.recorded, planned.wanted, _rendered(project), commit)
    target = Target(
        marker,
        _title(project),
        _text(project, planned, held),
        reviewers=job.asked.reviewers,
        draft=bool(planned.unlanded),
    )
    outcome = outcome_of(job, project, Standing.PLANNED, _listed([change.path for change in planned.changes]))
    return Answered(_with_branch(outcome, template, commit), target)


def _without(planned: Update, held: list[str]) -> Update:
    """Leave some paths out; the record then stays where it is, so that they are offered again."""
    if not held:
        return planned
    changes = tuple(change for change in planned.changes if change.path not in held)
    return replace(planned, changes=changes, record=None)


def _with_branch(outcome: Outcome, template: str, commit: str) -> Outcome:
    return replace(outcome, branch=branch_name(template), commit=commit)


def _commit(job: Job, project: Project, planned: Update) -> str:
    """Store the update: the same inputs, the same commit, whenever and wherever it is made."""
    changes: dict[str, tuple[str, bytes] | None] = {
        change.path: None if change.content is None else (change.mode, change.content)
        for change in planned.changes
    }
    if planned.record is not None:
        changes[records.NAME] = (FILE, planned.record)
    at = gitlog.newest(project.store.history, planned.wanted, 1)[0].at
    return gitimport.write_update(job.repository, COMMIT_REF, job.head, at, message(project), changes)


def _rendered(project: Project) -> str:
    """Return an id of what the template wants here, whatever the project made of it."""
    return blob_id(repr(sorted(project.theirs.items())).encode("utf-8", "surrogateescape"))


def _name(project: Project) -> str:
    url = without_password(project.record.template)
    return project.record.directory or url.rstrip("/").removesuffix(".git").rpartition("/")[2]


def _version(project: Project, commit: str) -> str:
    from mlscaffold.core.release import newest_release

    named = [tag for tag, each in project.store.tags().items() if each == commit]
    return newest_release(named) or commit[:7]


def _title(project: Project) -> str:
    return title_line(f"Update from template {_name(project)} to {_version(project, project.target.commit)}")


def _text(project: Project, planned: Update, held: list[str]) -> str:
    old, new = (_version(project, commit) for commit in (planned.recorded, planned.wanted))
    lead = (
        f"This brings the changes of the template {code(_name(project))} between {code(old)} and {code(new)}.\n\n"
        "Merge it, or close it: what is closed is not offered again until the template moves on. A commit that is "
        "not ours on this branch is never overwritten. Made by `mlscaffold fleet update`."
    )
    sections = [
        Section("What changed in the template", "\n".join(_changelog(project, planned))),
        Section("What changes here", "\n".join(f"{each.what:<8} {each.path}" for each in planned.changes)),
        Section("Merged by key", "\n".join(_by_key(planned))),
        Section("Did not land, and is left to you", planned.patch.decode("utf-8", "replace")),
        Section(f"Not in here: {_HELD}", "\n".join(held)),
        Section("Stays deleted here", "\n".join(planned.stays_deleted)),
        Section("Notes", "\n".join(planned.notices)),
    ]
    return body_text(lead, sections)


def _changelog(project: Project, planned: Update) -> Iterator[str]:
    try:
        commits = gitlog.between(
            project.store.history, planned.recorded, planned.wanted, project.record.directory
        )
    except git.GitError:
        return
    for each in commits[:MOST_COMMITS]:
        yield f"{each.oid[:7]} {each.subject}"
    if len(commits) > MOST_COMMITS:
        yield f"and {len(commits) - MOST_COMMITS} more"


def _by_key(planned: Update) -> Iterator[str]:
    for path, keys in planned.by_key.items():
        for pending in keys.pending:
            yield f"{path}: {pending.path}: both changed it; {pending.ours or 'none'} stays, the template has {pending.theirs or 'none'}"
        for pin in keys.pins:
            yield f"{path}: {pin.path}: {pin.chosen} (yours {pin.ours}, the template's {pin.theirs})"
        if not keys.pending and not keys.pins:
            yield f"{path}: both changed it, and no key of it in two ways"


def _listed(paths: list[str], most: int = 5) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more
