"""Repos that differ from their template in the same way: a change that the template should perhaps take."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from mlscaffold.core.hunks import Hunk


class Origin(NamedTuple):
    """Where a file comes from.

    git_dir, commit: the template's store, and the commit in it. source: its path there, "" if that is not known.
    template: the template as a person knows it. id: the same however that is spelt.
    folder: the template's folder that becomes a project, "" if that is not known.
    """

    git_dir: str
    commit: str
    source: str
    template: str = ""
    id: str = ""
    folder: str = ""


class Difference(NamedTuple):
    """One way in which a repo differs from its template.

    path: the file in the repo. what: "edited", "deleted", or "added". hunk: the edit. oid: the content that was added.
    """

    path: str
    what: str
    origin: Origin
    hunk: Hunk | None = None
    oid: str = ""

    @property
    def key(self) -> bytes:
        """Return what is the same in all repos that differ in this way; what stands around an edit may differ."""
        edit = (self.hunk.old, self.hunk.new) if self.hunk else ()
        said = (self.origin.id, self.what, self.origin.source or self.path, self.oid, edit)
        return hashlib.sha256(repr(said).encode("utf-8", "surrogateescape")).digest()[:16]


class Cohort(NamedTuple):
    """Some repos, and the same differences of one file in each of them; `shown` is the repo whose they are here."""

    repos: tuple[str, ...]
    differences: tuple[Difference, ...]
    shown: str

    @property
    def first(self) -> Difference:
        """Return one that stands for all: they are of one file."""
        return self.differences[0]


@dataclass(slots=True)
class Gathering:
    """Differences as they come, repo by repo. One that only one repo has is kept as 16 bytes."""

    least: int
    repos: list[str] = field(default_factory=list)
    _having: dict[bytes, list[int]] = field(default_factory=dict)
    _shown: dict[bytes, tuple[str, Difference]] = field(default_factory=dict)

    def take(self, repo: str, differences: Iterable[Difference]) -> None:
        """Take the differences of one repo."""
        number = len(self.repos)
        self.repos.append(repo)
        for difference in differences:
            key = difference.key
            having = self._having.setdefault(key, [])
            if number not in having[-1:]:
                having.append(number)
            if len(having) >= min(2, self.least):
                self._shown.setdefault(key, (repo, difference))

    def cohorts(self) -> list[Cohort]:
        """Return those that enough repos have, the most first; what the same repos have of one file is put together."""
        together: dict[tuple[str, tuple[int, ...]], list[Difference]] = {}
        shown: dict[tuple[int, ...], str] = {}
        for key, (repo, difference) in self._shown.items():
            having = tuple(self._having[key])
            if len(having) >= self.least:
                file = f"{difference.what} {difference.origin.source or difference.path}"
                together.setdefault((file, having), []).append(difference)
                shown[having] = repo  # the same one for all that the same repos have
        found = [
            Cohort(tuple(self.repos[number] for number in having), tuple(differences), shown[having])
            for (_, having), differences in together.items()
        ]
        return sorted(found, key=lambda each: (-len(each.repos), each.first.path))
