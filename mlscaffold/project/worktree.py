"""A project's files as they lie in its folder, and what git's index says of them."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from mlscaffold.core.leftover import JOURNAL, STATE
from mlscaffold.core.tree import Entry
from mlscaffold.shells.files import Folder, Place


class WorkTree(Folder, Place):
    """A project's folder."""

    def bring(self, paths: Iterable[str]) -> None:
        """Do nothing: what is in a folder is there."""

    def tracked(self) -> Mapping[str, Entry]:
        """Return the files that git tracks, as its index has them."""
        from mlscaffold.shells import index

        return index.read(self.root).tracked

    def matching(self, wanted: Callable[[str], bool], memory: Path) -> list[str]:
        """Return the files that are wanted: what git tracks; outside of git, what is there."""
        from mlscaffold.project.survey import matching

        return matching(self.root, wanted, memory)

    def unresolved(self) -> tuple[str, ...] | None:
        """Return the paths that an unfinished update left in conflict; None if it was killed half-way."""
        from mlscaffold.shells import index

        found = index.repository(self.root)
        if found is not None and (found[0] / JOURNAL).exists():
            return None
        if found is not None and (found[0] / STATE).exists():
            return index.read(self.root).unmerged
        return ()
