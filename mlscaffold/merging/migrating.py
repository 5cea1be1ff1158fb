"""A template's migrations carried out on a project's three trees: its files and the user's own move together."""

from typing import NamedTuple

from mlscaffold.core.evolution import Migration, due, target_of
from mlscaffold.core.tree import FOLDER, SUBMODULE, Entry
from mlscaffold.project.gather import Project, read_files
from mlscaffold.shells import gitlog


class Migrated(NamedTuple):
    """A project as it is after the migrations that an update passes.

    moved: old path to new. deleted: paths that a migration takes away. notices: what could not be moved.
    """

    project: Project
    moved: dict[str, str]
    deleted: tuple[str, ...]
    notices: tuple[str, ...]


def migrate(project: Project) -> Migrated:
    """Move a project's files, the user's own too, as the migrations between its two template versions say."""
    migrations = _passed(project) if project.policy.migrations else []
    if not migrations:
        return Migrated(project, {}, (), ())
    rename = {old: new for migration in migrations for old, new in migration.rename.items()}
    tracked = project.files.entries({*project.files.tracked(), *project.ours})
    files = {path: entry for path, entry in tracked.items() if entry.mode not in (FOLDER, SUBMODULE)}
    moved = {path: target_of(path, rename) for path in files if target_of(path, rename) != path}
    place = project.files
    stuck = {
        path
        for path, to in moved.items()
        if (place.look(to) is not None and to not in moved) or place.twin(to)
    }
    moved = {path: to for path, to in moved.items() if path not in stuck}
    gone = {path for migration in migrations for path in migration.delete}
    deleted = sorted(
        path for path in files if path not in moved and target_of(path, dict.fromkeys(gone, "")) != path
    )
    contents = read_files(project.files, {path: files[path] for path in moved})
    ours = {path: entry for path, entry in project.ours.items() if path not in moved and path not in deleted}
    ours |= {to: files[path] for path, to in moved.items()}
    base: dict[str, Entry] = {
        moved.get(path, path): entry for path, entry in project.base.items() if path not in deleted
    }
    return Migrated(
        project._replace(base=base, ours=ours, blobs={**project.blobs, **contents}),
        moved,
        tuple(deleted),
        tuple(
            f"{path} was to become {target_of(path, rename)}, where something else is"
            for path in sorted(stuck)
        ),
    )


def _passed(project: Project) -> list[Migration]:
    """Return the migrations of the releases that lie between the recorded and the wanted commit."""
    store, new = project.store, project.target.commit
    old = store.standing(project.record.commit)
    versions = {name for each in project.policy.migrations for name in (each.version, f"v{each.version}")}
    passed = [
        tag
        for tag, commit in store.tags().items()
        if tag in versions
        and gitlog.leads_to(store.history, commit, new)
        and not gitlog.leads_to(store.history, commit, old)
    ]
    return due(project.policy.migrations, passed)
