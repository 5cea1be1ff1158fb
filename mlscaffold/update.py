"""The template's changes merged into a project, staged as `git merge --no-commit` would leave them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.core import record as records
from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.tree import FILE, Entry
from mlscaffold.gather import Project, Wanted, gather, read_record
from mlscaffold.merging import Merge, merge, settled_trees
from mlscaffold.shells import git
from mlscaffold.shells.files import Folder, locked

if TYPE_CHECKING:
    from mlscaffold.shells.checkout import Checkout
    from mlscaffold.shells.journal import Journal

OLDEST_GIT = (2, 38)


@dataclass(frozen=True, slots=True)
class Change:
    """One path that the update writes or deletes; `content` is None for a deletion.

    what: "added", "updated", "removed", or "merged" (both sides had changed it).
    """

    path: str
    what: str
    mode: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did, or would do.

    recorded, wanted: the template commits it leads from and to.
    changes: the paths that it writes or deletes, the record left out.
    conflicts: paths that hold conflict markers, or stay for a person to decide.
    blocked: paths at which something stands in the way; while there are any, the record does not advance.
    stays_deleted: paths that the template changed and the project deleted.
    record: the new record, None if it stays as it is.
    commit: the id of the commit that was made, None if none was asked for.
    """

    recorded: str
    wanted: str
    changes: tuple[Change, ...]
    conflicts: Mapping[str, Mapping[int, Entry]]
    blobs: Mapping[str, bytes]
    blocked: tuple[str, ...]
    stays_deleted: tuple[str, ...]
    record: bytes | None
    notices: tuple[str, ...] = ()
    commit: str | None = None

    @property
    def nothing(self) -> bool:
        """Return whether the project is where the template is."""
        return not (self.changes or self.conflicts or self.blocked or self.record)


def update(root: Path, wanted: Wanted, *, dry_run: bool = False, commit: bool = False) -> Update:
    """Merge the template's changes into a project's checkout.

    Raises MlscaffoldError, with nothing changed, when the checkout is not clean or there is no answer.
    """
    if git.version() < OLDEST_GIT:
        raise MlscaffoldError(
            f"git {'.'.join(map(str, git.version()))} cannot merge trees.",
            "Install git 2.38 or later; `check` works without.",
        )
    if dry_run:
        return plan(gather(root, wanted))
    from mlscaffold.shells.checkout import Checkout
    from mlscaffold.shells.journal import Journal

    records.parse(read_record(root))
    checkout = Checkout(root)
    journal = Journal(checkout.git_dir, checkout.root)
    with locked(checkout.git_dir / "mlscaffold.lock"):
        if journal.pending:
            journal.carry_out()
        _refuse_uncommitted(checkout.uncommitted())
        project = gather(root, wanted)
        planned = plan(project)
        if planned.nothing:
            return planned
        _refuse_untracked(checkout.untracked(change.path for change in planned.changes))
        _apply(planned, checkout, journal)
        if commit and not planned.conflicts and not planned.blocked:
            return replace(planned, commit=checkout.commit(message(project), ""))
        return planned


def land(root: Path, planned: Update, said: str) -> str:
    """Carry out what was planned, the record included, and commit it; return the commit's id.

    Raises MlscaffoldError, with nothing changed, when the checkout is not clean.
    """
    from mlscaffold.shells.checkout import Checkout
    from mlscaffold.shells.journal import Journal

    checkout = Checkout(root)
    journal = Journal(checkout.git_dir, checkout.root)
    with locked(checkout.git_dir / "mlscaffold.lock"):
        if journal.pending:
            journal.carry_out()
        _refuse_uncommitted(checkout.uncommitted())
        _refuse_untracked(checkout.untracked([records.NAME, *(change.path for change in planned.changes)]))
        _apply(planned, checkout, journal)
        return checkout.commit(said, "")


def plan(project: Project) -> Update:
    """Say what an update of a project would do."""
    merged = merge(project, settled_trees(project))
    folder = Folder(project.root)
    changes = tuple(_changes(project, merged))
    obstructed = tuple(
        change.path for change in changes if change.content is not None and folder.obstructed(change.path)
    )
    blocked = (*merged.blocked, *obstructed)
    return Update(
        recorded=project.record.commit,
        wanted=project.target.commit,
        changes=tuple(change for change in changes if change.path not in obstructed),
        conflicts={path: stages for path, stages in merged.conflicts.items() if path not in obstructed},
        blobs=merged.blobs,
        blocked=blocked,
        stays_deleted=merged.stays_deleted,
        record=None if blocked else _new_record(project),
        notices=project.notices,
    )


def message(project: Project) -> str:
    """Return the message of an update's commit."""
    name = project.store.source.url.rstrip("/").removesuffix(".git").rpartition("/")[2]
    return (
        f"Update from template {name} {project.record.commit[:7]}..{project.target.commit[:7]}\n\n"
        f"Template: {project.store.source.url}\n"
    )


def _changes(project: Project, merged: Merge) -> list[Change]:
    """Compare the merged tree with the project's files."""
    before, after = merged.settled.ours, merged.tree
    changes = []
    for path in sorted(merged.paths | after.keys()):
        old, new = before.get(path), after.get(path)
        if new is not None and new != old:
            edited = old is not None and project.base.get(path) != old
            what = "added" if old is None else "merged" if edited else "updated"
            changes.append(Change(path, what, new.mode, merged.blobs[new.oid]))
        elif new is None and old is not None:
            changes.append(Change(path, "removed", old.mode, None))
    return changes


def _new_record(project: Project) -> bytes | None:
    new = records.advanced(
        project.content, commit=project.target.commit, context=project.context, checkout=project.checkout
    )
    return None if project.record.commit == project.target.commit or new == project.content else new


def _apply(planned: Update, checkout: "Checkout", journal: "Journal") -> None:
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
    try:
        journal.stage(writes)
        oids = sorted({entry.oid for stages in planned.conflicts.values() for entry in stages.values()})
        stored = dict(
            zip(oids, checkout.write_blobs([planned.blobs[oid] for oid in oids], journal.folder), strict=True)
        )
        stages: dict[str, dict[int, tuple[str, str]]] = {path: {} for path in deletes}
        for path, conflict in planned.conflicts.items():
            stages[prefix + path] = {
                stage: (entry.mode, stored[entry.oid]) for stage, entry in conflict.items()
            }
        clean = [write.path for write in writes if write.path not in stages]
        checkout.fill_index(journal.index, journal.new, clean, index_lines(stages))
        journal.decide([write.path for write in writes], deletes)
    except BaseException:
        journal.forget()
        raise
    journal.carry_out()


def _refuse_uncommitted(paths: list[str]) -> None:
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
