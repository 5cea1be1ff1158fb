"""What an update of a project would do, before anything is touched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mlscaffold.core import record as records
from mlscaffold.core.errors import NeedsInputError, PackageMovesError
from mlscaffold.core.tree import FILE, Entry
from mlscaffold.core.trust import without_password
from mlscaffold.merging.conflicts import ByKey, Conflicts, settle
from mlscaffold.merging.excusing import excusing
from mlscaffold.merging.merge import Merge, Stages, merge
from mlscaffold.merging.migrating import Migrated, migrate
from mlscaffold.merging.settling import settled_trees
from mlscaffold.project.gather import Project


@dataclass(frozen=True, slots=True)
class Change:
    """One path that the update writes or deletes; `content` is None for a deletion.

    what: "added", "updated", "removed", "merged" (both sides had changed it), or "moved" (by a migration).
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
    renamed: the template's path to the project's, for files that changes were carried to.
    by_key: files in which git left a conflict, and that were merged by key; with pending keys they are conflicts still.
    unlanded: files that kept the project's side of a conflict (`--conflicts keep-ours`); the record stays where it is.
    hookless: whether the template has hooks that were left out; the record stays, since what they change did not land.
    unread: files under the rule `keys` that could not be read, and why; the record stays where it is.
    short_of: the commit that was asked for, where the update goes to an earlier one.
    patch: what did not land in those.
    record: the new record, None if it stays as it is. follows: the address that it names in the place of another, "" for none.
    commit: the id of the commit that was made, None if none was asked for.
    """

    recorded: str
    wanted: str
    changes: tuple[Change, ...] = ()
    conflicts: Mapping[str, Stages] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    blocked: tuple[str, ...] = ()
    stays_deleted: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    by_key: Mapping[str, ByKey] = field(default_factory=dict)
    unlanded: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    hookless: bool = False
    short_of: str | None = None
    patch: bytes = b""
    record: bytes | None = None
    follows: str = ""
    notices: tuple[str, ...] = ()
    commit: str | None = None

    @property
    def nothing(self) -> bool:
        """Return whether the project is where the template is."""
        return not (
            self.changes
            or self.conflicts
            or self.blocked
            or self.unlanded
            or self.unread
            or self.record
            or (self.hookless and self.recorded != self.wanted)
        )

    @property
    def unfinished(self) -> bool:
        """Return whether something is left for a person to decide."""
        return bool(
            self.conflicts
            or self.blocked
            or self.unlanded
            or self.unread
            or self.short_of
            or (self.hookless and self.recorded != self.wanted)
        )


def plan(project: Project, conflicts: Conflicts = "markers") -> Update:
    """Say what an update of a project would do."""
    migrated = migrate(project)
    project = excusing(migrated.project)
    trees = settled_trees(project)
    settled = settle(merge(project, trees), conflicts)
    merged = settled.merge
    unread = {path: keyed.unreadable for path, keyed in trees.keyed.items() if keyed.unreadable}
    return Update(
        recorded=project.record.commit,
        wanted=project.target.commit,
        changes=tuple(_with_moves(_changes(project, merged), migrated)),
        conflicts=merged.conflicts,
        blobs=merged.blobs,
        blocked=merged.blocked,
        stays_deleted=merged.stays_deleted,
        renamed=merged.renamed,
        by_key=settled.by_key,
        unlanded=settled.unlanded,
        unread=unread,
        hookless=project.hookless,
        patch=settled.patch,
        record=None
        if merged.blocked or settled.unlanded or unread or project.hookless
        else _new_record(project),
        notices=(*project.notices, *_lost(project), *migrated.notices),
    )


def _lost(project: Project) -> Iterator[str]:
    for path, commit in project.lost.items():
        yield f"{path} was as template commit {commit.oid[:7]} has it, older than the record: an earlier tool lost its update"


def refuse(project: Project) -> None:
    """Stop before anything that a person has to decide first.

    Raises NeedsInputError for a variable without an answer, PackageMovesError for a package that would move.
    """
    from mlscaffold.core.evolution import blamed, moved_packages, target_of

    if project.needs:
        raise NeedsInputError(project.needs)
    for old, new in moved_packages(project.base, project.theirs, project.ours):
        declared = {old: new for each in project.policy.migrations for old, new in each.rename.items()}
        if target_of(old, declared) == new:
            continue
        names = blamed(project.before, project.context, new)
        became = " and ".join(f"{name} became {project.context[name]!r}" for name in names)
        why = f", since {became}" if names else ""
        keep = old.rpartition("/")[2]
        raise PackageMovesError(
            f"The template would move your package {old} to {new}{why}.",
            (
                f"Keep its name: mlscaffold update --answer {names[0]}={keep}"
                if names
                else "Move it yourself first (git mv)"
            )
            + ", or the template says so in its policy ([[migrations]]).",
        )


def _with_moves(changes: list[Change], migrated: Migrated) -> list[Change]:
    """Add what the migrations do to what the merge does."""
    written = {change.path: change for change in changes}
    blobs, ours = migrated.project.blobs, migrated.project.ours
    for old, new in migrated.moved.items():
        if new not in written:
            written[new] = Change(new, "moved", ours[new].mode, blobs[ours[new].oid])
        elif written[new].content is None:
            del written[new]
        if old not in written:
            written[old] = Change(old, "removed", ours[new].mode, None)
    for path in migrated.deleted:
        written.setdefault(path, Change(path, "removed", FILE, None))
    return [written[path] for path in sorted(written)]


def message(project: Project) -> str:
    """Return the message of an update's commit."""
    url = without_password(project.store.source.url)
    name = url.rstrip("/").removesuffix(".git").rpartition("/")[2]
    way = f"{project.record.commit[:7]}..{project.target.commit[:7]}"
    return f"Update from template {name} {way}\n\nTemplate: {url}\n"


def _changes(project: Project, merged: Merge) -> list[Change]:
    """Compare the merged tree with the project's files."""
    changes = []
    for path in sorted(merged.paths | merged.tree.keys()):
        old, new = merged.ours.get(path), merged.tree.get(path)
        if new is not None and new != old:
            changes.append(Change(path, _word(project, path, old), new.mode, merged.blobs[new.oid]))
        elif new is None and old is not None:
            changes.append(Change(path, "removed", old.mode, None))
    return changes


def _word(project: Project, path: str, old: Entry | None) -> str:
    if old is None:
        return "added"
    return "merged" if project.base.get(path) != old else "updated"


def _new_record(project: Project) -> bytes | None:
    new = records.advanced(
        project.content, commit=project.target.commit, context=project.context, checkout=project.checkout
    )
    recorded = records.parse(project.content).commit
    same = recorded == project.target.commit and project.before in ({}, project.context)
    return None if same or new == project.content else new
