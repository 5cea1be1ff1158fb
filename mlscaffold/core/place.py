"""Where a project's files are, as far as they are looked at: a folder on disk, or the tree of a commit."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from mlscaffold.core.tree import Entry

if TYPE_CHECKING:
    from pathlib import Path


class Files(Protocol):
    """A project's files, of which nothing is run and no link is followed."""

    @property
    def root(self) -> "Path":
        """The project's folder; for one that is nowhere on disk, its name."""

    def read(self, path: str, limit: int | None = None) -> bytes | None:
        """Return the content of a regular file, or a link's target; None if there is neither."""

    def bring(self, paths: Iterable[str]) -> None:
        """Have the contents of these files at hand, all at once where they are elsewhere."""

    def entries(self, paths: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of those paths that exist."""

    def names(self, path: str = "") -> list[str]:
        """Return the names in a folder, none if it is not one."""

    def look(self, path: str) -> str | None:
        """Return what is there: "file", "folder" (with something in it), None."""

    def below(self, folder: str) -> Iterable[str]:
        """Return all files below a folder."""

    def twin(self, path: str) -> str | None:
        """Return what is there under the same name but for case: the path itself, or a folder it is in."""

    def tracked(self) -> Mapping[str, Entry]:
        """Return the files that git tracks."""

    def matching(self, wanted: Callable[[str], bool], memory: "Path") -> list[str]:
        """Return the files that are wanted: what git tracks; outside of git, what is there.

        memory: a file that may remember the listing.
        """

    def unresolved(self) -> tuple[str, ...] | None:
        """Return the paths that an unfinished update left in conflict; None if it was killed half-way."""
