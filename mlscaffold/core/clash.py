"""What of three trees git is not asked to merge: other things in the way, deleted folders, and changes of type."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from mlscaffold.core.globs import parents
from mlscaffold.core.tree import EXECUTABLE, FILE, FOLDER, SUBMODULE, Entry, Tree


class Place(Protocol):
    """The project's folder, as far as it is looked at."""

    def look(self, path: str, /) -> str | None:
        """Return what is there: "file", "folder" (with something in it), None."""

    def below(self, folder: str, /) -> Iterable[str]:
        """Return all files below a folder."""

    def twin(self, path: str, /) -> str | None:
        """Return what is there under the same name but for case: the path itself, or a folder it is in."""


@dataclass(frozen=True, slots=True)
class Clashes:
    """Paths that the template changed and that are kept out of the merge.

    blocked: a folder, a submodule or somebody's file stands where the template has a file or a folder.
    left_out: new in a folder that the project deleted.
    retyped: a file on one side and a link on the other, both new.
    """

    blocked: tuple[str, ...]
    left_out: tuple[str, ...]
    retyped: tuple[str, ...]


def clashes(moved: Iterable[str], base: Tree, ours: Tree, theirs: Tree, place: Place) -> Clashes:
    """Sort out the paths among `moved` (those whose base and theirs differ) that no merge can settle."""
    blocked, left_out, retyped = [], [], []
    removed = {path for path in moved if path not in theirs}
    leaves = {path for path in removed if ours.get(path) == base.get(path)}
    folders = {folder for path in base for folder in parents(path)}
    for path in moved:
        if path not in theirs:
            continue
        if _blocked(path, ours.get(path), leaves, place) or (
            path not in ours and _twin(path, removed, place)
        ):
            blocked.append(path)
        elif path not in base and path not in ours and _folder_deleted(path, folders, place):
            left_out.append(path)
        elif _retyped(base.get(path), ours.get(path), theirs[path]):
            retyped.append(path)
    return Clashes(tuple(blocked), tuple(left_out), tuple(retyped))


def _blocked(path: str, mine: Entry | None, leaves: set[str], place: Place) -> bool:
    """Return whether something stands in the way that the template's own removals do not take away."""
    if mine is not None and mine.mode == SUBMODULE:
        return True
    if mine is not None and mine.mode == FOLDER:
        return any(inner not in leaves for inner in place.below(path))
    if mine is not None:
        return False
    return any(place.look(folder) == "file" and folder not in leaves for folder in parents(path))


def _twin(path: str, removed: set[str], place: Place) -> bool:
    """Return whether something is there whose name differs in case only, and stays."""
    twin = place.twin(path)
    return twin is not None and any(inner not in removed for inner in (list(place.below(twin)) or [twin]))


def _folder_deleted(path: str, folders: set[str], place: Place) -> bool:
    return any(folder in folders and place.look(folder) is None for folder in parents(path))


def _retyped(old: Entry | None, mine: Entry | None, new: Entry) -> bool:
    if mine is None or mine in (old, new) or mine.mode in (FOLDER, SUBMODULE):
        return False
    return (mine.mode in (FILE, EXECUTABLE)) != (new.mode in (FILE, EXECUTABLE))
