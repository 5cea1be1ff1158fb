"""What was planned put into a checkout, index and record included, together or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlscaffold.core import record as records
from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.tree import FILE
from mlscaffold.merging import unfinished
from mlscaffold.merging.planning import Update
from mlscaffold.shells import git

if TYPE_CHECKING:
    from mlscaffold.shells.checkout import Checkout
    from mlscaffold.shells.journal import Journal


def land(root: Path, planned: Update, said: str) -> str:
    """Carry out what was planned, the record included, and commit it; return the commit's id.

    Raises MlscaffoldError, with nothing changed, when the checkout is not clean.
    """
    with unfinished.opened(root) as (checkout, journal):
        refuse_uncommitted(checkout)
        unfinished.refuse_others(checkout)
        refuse_untracked(checkout, planned)
        refuse_overlooked(checkout, planned)
        with written_or_nothing():
            apply(planned, said, checkout, journal)
        return unfinished.commit(checkout, said)


def refuse_overlooked(checkout: "Checkout", planned: Update) -> None:
    """Raise MlscaffoldError if git does not look at a file that the template changed, so that nobody can tell what it holds."""
    paths = {
        *(change.path for change in planned.changes),
        *planned.conflicts,
        *planned.unlanded,
        *planned.stays_deleted,
    }
    overlooked = checkout.overlooked(paths)
    if overlooked:
        raise MlscaffoldError(
            f"Git was told not to look at files that the template changed: {_listed(overlooked)}.",
            "Check them out (git sparse-checkout disable; git update-index --no-skip-worktree, --no-assume-unchanged) first.",
        )


def apply(planned: Update, said: str, checkout: "Checkout", journal: "Journal") -> None:
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
        refuse_uncommitted(checkout)
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


def refuse_uncommitted(checkout: "Checkout") -> None:
    """Raise MlscaffoldError if the project has changes that are not committed, an update's own among them."""
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


def refuse_untracked(checkout: "Checkout", planned: Update) -> None:
    """Raise MlscaffoldError if an untracked file stands where an update, or its undoing, writes."""
    written = {records.NAME, *(change.path for change in planned.changes), *planned.conflicts}
    paths = checkout.untracked(sorted(written))
    if paths:
        raise MlscaffoldError(
            f"Files that git does not track stand where the update writes: {_listed(paths)}.",
            "Commit them or move them away first.",
        )


def _listed(paths: list[str], most: int = 10) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more
