"""The template's changes merged into a project, staged as `git merge --no-commit` would leave them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.core import record as records
from mlscaffold.core.errors import MlscaffoldError, TargetError
from mlscaffold.core.tree import FILE
from mlscaffold.merging import unfinished
from mlscaffold.merging.conflicts import Conflicts
from mlscaffold.merging.planning import Update, message, plan, refuse
from mlscaffold.project.gather import Project, Wanted, gather, open_store, read_record
from mlscaffold.shells import git

if TYPE_CHECKING:
    from mlscaffold.shells.checkout import Checkout
    from mlscaffold.shells.journal import Journal

TRIALS = 8
"""So many commits are tried before a template that does not render is given up."""


def update(
    root: Path,
    wanted: Wanted,
    *,
    dry_run: bool = False,
    commit: bool = False,
    conflicts: Conflicts = "markers",
    step: bool = False,
) -> Update:
    """Merge the template's changes into a project's checkout.

    step: where the whole way conflicts, go release by release only as far as it does not; at least to the next.

    Raises MlscaffoldError, with nothing changed, when the checkout is not clean or there is no answer.
    """
    if dry_run:
        return _chosen(root, wanted, conflicts, step=step)[1]
    records.parse(read_record(root))
    with unfinished.opened(root) as (checkout, journal), written_or_nothing():
        _refuse_uncommitted(checkout)
        if commit:
            unfinished.refuse_others(checkout)
        project, planned = _chosen(root, wanted, conflicts, step=step)
        if planned.nothing:
            return planned
        _refuse_untracked(checkout.untracked(_written(planned)))
        said = message(project)
        if planned.changes or planned.conflicts or planned.record:
            _apply(planned, said, checkout, journal)
        if commit and not planned.unfinished:
            return replace(planned, commit=unfinished.commit(checkout, said))
        return planned


def _chosen(root: Path, wanted: Wanted, conflicts: Conflicts, *, step: bool) -> tuple[Project, Update]:
    """Plan the update to where it can go: the wanted commit, or short of it."""
    try:
        project = gather(root, wanted)
    except TargetError as error:
        return _newest_that_renders(root, wanted, conflicts, error)
    refuse(project)
    planned = plan(project, conflicts)
    if not step or not (planned.conflicts or planned.unlanded):
        return project, planned
    best = None
    for commit in _releases(project):
        stepped = gather(root, wanted._replace(to=commit))
        refuse(stepped)
        there = stepped, replace(plan(stepped, conflicts), short_of=project.target.commit)
        conflicting = there[1].conflicts or there[1].unlanded
        best = best if best and conflicting else there
        if conflicting:
            break
    return best or (project, planned)


def _releases(project: Project) -> list[str]:
    """Return the tagged commits between the recorded and the wanted one, oldest first."""
    from mlscaffold.shells import gitlog

    store = project.store
    tagged = set(store.tags().values())
    way = gitlog.between(store.history, project.record.commit, project.target.commit)
    return [each.oid for each in reversed(way) if each.oid in tagged and each.oid != project.target.commit]


def _newest_that_renders(
    root: Path, wanted: Wanted, conflicts: Conflicts, error: TargetError
) -> tuple[Project, Update]:
    """Go to the newest commit before the wanted one that renders; raise the wanted one's error if there is none."""
    from mlscaffold.shells import gitlog

    record = records.parse(read_record(root))
    store = open_store(record, wanted)
    for each in gitlog.between(store.history, record.commit, error.commit)[1 : 1 + TRIALS]:
        try:
            project = gather(root, wanted._replace(to=each.oid))
        except TargetError:
            continue
        said = f"the template does not render at {error.commit[:7]}, so the update goes to {each.oid[:7]}: {error.what}"
        refuse(project)
        planned = plan(project, conflicts)
        return project, replace(planned, short_of=error.commit, notices=(*planned.notices, said))
    raise error


def land(root: Path, planned: Update, said: str) -> str:
    """Carry out what was planned, the record included, and commit it; return the commit's id.

    Raises MlscaffoldError, with nothing changed, when the checkout is not clean.
    """
    with unfinished.opened(root) as (checkout, journal):
        _refuse_uncommitted(checkout)
        unfinished.refuse_others(checkout)
        _refuse_untracked(checkout.untracked(_written(planned)))
        with written_or_nothing():
            _apply(planned, said, checkout, journal)
        return unfinished.commit(checkout, said)


def _written(planned: Update) -> list[str]:
    """Return every path that an update or its undoing writes."""
    return sorted({records.NAME, *(change.path for change in planned.changes), *planned.conflicts})


def _apply(planned: Update, said: str, checkout: "Checkout", journal: "Journal") -> None:
    """Stage files and index in the git directory, then let the journal put them in place."""
    from mlscaffold.shells.journal import Write, index_lines

    prefix = checkout.prefix
    writes = [
        Write(prefix + change.path, change.mode, change.content)
        for change in planned.changes
        if change.content is not None
    ]
    if planned.record is not None:
        writes.append(Write(prefix + records.NAME, FILE, planned.record))
    deletes = [prefix + change.path for change in planned.changes if change.content is None]
    conflicts = {prefix + path: stages for path, stages in planned.conflicts.items()}
    names = [write.path for write in writes]
    try:
        journal.begin()
        state = unfinished.State(checkout.head, (*names, *deletes, *conflicts), tuple(conflicts), said)
        journal.stage(writes, state.dump())
        oids = sorted({entry.oid for stages in conflicts.values() for entry in stages.values()})
        stored = dict(
            zip(oids, checkout.write_blobs([planned.blobs[oid] for oid in oids], journal.folder), strict=True)
        )
        stages: dict[str, dict[int, tuple[str, str]]] = {path: {} for path in deletes}
        for path, conflict in conflicts.items():
            stages[path] = {stage: (entry.mode, stored[entry.oid]) for stage, entry in conflict.items()}
        clean = [path for path in names if path not in stages]
        checkout.fill_index(journal.index, journal.new, clean, index_lines(stages))
        journal.hold_index()
        _refuse_uncommitted(checkout)
        journal.decide(names, deletes)
    except BaseException:
        if not journal.pending:
            journal.forget()
        raise
    journal.carry_out()


@contextmanager
def written_or_nothing() -> Iterator[None]:
    """Turn a full disk, a limit or missing rights into the sentence that says so."""
    try:
        yield
    except (OSError, git.GitError) as error:
        said = error.stderr.splitlines()[-1:] if isinstance(error, git.GitError) else [error.strerror]
        raise MlscaffoldError(
            f"The update cannot be written: {(said and said[0]) or error}.",
            "Make room or rights and run it again; nothing is lost.",
        ) from error


def _refuse_uncommitted(checkout: "Checkout") -> None:
    paths = checkout.uncommitted()
    if paths and unfinished.read(checkout) is not None:
        raise MlscaffoldError(
            "The last update is not committed yet.",
            "Finish it (mlscaffold update --continue) or undo it (mlscaffold update --abort) first.",
        )
    if paths:
        raise MlscaffoldError(
            f"There are uncommitted changes, which an update would mix with its own: {_listed(paths)}.",
            "Commit or stash them first.",
        )


def _refuse_untracked(paths: list[str]) -> None:
    if paths:
        raise MlscaffoldError(
            f"Files that git does not track stand where the update writes: {_listed(paths)}.",
            "Commit them or move them away first.",
        )


def _listed(paths: list[str], most: int = 10) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more
