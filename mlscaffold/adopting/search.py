"""Which commit of a template a repo is from, with which answers: patterns choose a few, rendering those decides."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mlscaffold.adopting.history import History, Match, Version, covered
from mlscaffold.adopting.reading import read_answers
from mlscaffold.adopting.repository import Repository, Snapshot
from mlscaffold.core.answers import Inferred
from mlscaffold.core.errors import RenderError
from mlscaffold.core.likeness import LARGEST, TRIVIAL_WEIGHT, Text, alike, present, text_of, weight
from mlscaffold.core.signs import Facts
from mlscaffold.core.tree import EXECUTABLE, FILE, Tree
from mlscaffold.shells import git
from mlscaffold.templates.renderings import Rendering

NEAR = 0.5
"""A repo that is not half as the template is was not made from it, or has left it: it gets an empty base."""
RENDERED = 4
WITHIN = 0.02
CERTAIN = 0.8
TRIALS = 8
AT_ONCE = 2
EXACT = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gives.

    version: the template's version that fits best. rendering: that with the answers, None if nothing is near:
    the base is empty then.
    answers: each variable's, in the template's order. closeness: 0 to 1. snapshot: the state of the repo that it was.
    """

    history: History
    version: Version
    rendering: Rendering | None
    answers: Mapping[str, Inferred]
    closeness: float
    snapshot: Snapshot

    @property
    def public_answers(self) -> dict[str, Any]:
        """The answers to render with; what nothing shows takes the template's default."""
        return answered(self.answers)


def answered(answers: Mapping[str, Inferred]) -> dict[str, Any]:
    """Return the values that something shows."""
    return {name: answer.value for name, answer in answers.items() if answer.value is not None}


def _dropped(answer: Inferred) -> Inferred:
    return Inferred(answer.variable, None, 0.0)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A version, the snapshot that it fits best, and how well."""

    version: Version
    snapshot: Snapshot
    closeness: float


@dataclass(slots=True)
class Search:
    """One search of one template for one repo."""

    history: History
    repository: Repository
    facts: Facts
    given: Mapping[str, Any]
    _matches: dict[str, dict[tuple[str, str], Match]] = field(default_factory=dict)
    _covered: dict[str, dict[str, float]] = field(default_factory=dict)
    _texts: dict[str, Text | None] = field(default_factory=dict)
    _order: list[Ranked] = field(default_factory=list)

    @property
    def ranked(self) -> list[Ranked]:
        """All versions, the one that fits best first."""
        if not self._order:
            self._order = self._ranked()
        return self._order

    @property
    def best(self) -> float:
        """How near the repo is to the version that fits best, by their patterns."""
        return self.ranked[0].closeness

    def run(self) -> Found:
        """Find the version and the answers.

        Raises RenderError if the one that fits best does not render.
        """
        ranked = self.ranked
        best = ranked[0]
        answers = self.answers(best)
        if best.closeness < NEAR:
            newest = self.history.versions[0]
            last = Ranked(newest, self.repository.head, best.closeness)
            return Found(self.history, newest, None, self.answers(last), best.closeness, best.snapshot)
        first = self._rendered(best, answers)
        if first.closeness < EXACT:
            others = [each for each in ranked[1:] if each.closeness > best.closeness - WITHIN]
            tried = [first, *self._each(others[: RENDERED - 1])]
            first = min(tried, key=lambda found: (-round(found.closeness, 9), found.version.age))
        return self._with_choices(first) if first.closeness < EXACT else first

    def _ranked(self) -> list[Ranked]:
        """Order all versions by their patterns' fit, the newest first where it is the same."""
        fits: dict[int, Ranked] = {}
        for snapshot in self.repository.snapshots:
            matches = self.history.matches(self.repository, snapshot)
            self._matches[snapshot.name] = matches
            self._covered[snapshot.name] = covered(self.repository, snapshot, matches.values())
            for version in self.history.versions:
                fit = self.history.closeness(version, matches, self._covered[snapshot.name])
                if version.age not in fits or fit > fits[version.age].closeness:
                    fits[version.age] = Ranked(version, snapshot, fit)
        return sorted(fits.values(), key=lambda each: (-round(each.closeness, 9), each.version.age))

    def answers(self, ranked: Ranked) -> dict[str, Inferred]:
        """Infer the answers that a version asks for from the snapshot that it fits."""
        name = ranked.snapshot.name
        if name not in self._matches:
            self._matches[name] = self.history.matches(self.repository, ranked.snapshot)
        matches = self._matches[name]
        return read_answers(
            self.history, ranked.version, self.repository, ranked.snapshot, matches, self.facts, self.given
        )

    def _each(self, ranked: Iterable[Ranked]) -> Iterator[Found]:
        """Render several versions; one that does not render is no candidate."""

        def attempt(each: Ranked) -> Found | None:
            try:
                return self._rendered(each, self.answers(each))
            except RenderError:
                return None

        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from filter(None, pool.map(attempt, ranked))

    def _rendered(self, ranked: Ranked, answers: Mapping[str, Inferred]) -> Found:
        rendering, accepted = self.render(ranked.version.commit, answers)
        closeness = self._closeness(rendering.tree, ranked.snapshot)
        return Found(self.history, ranked.version, rendering, accepted, closeness, ranked.snapshot)

    def render(
        self, commit: str, answers: Mapping[str, Inferred]
    ) -> tuple[Rendering, Mapping[str, Inferred]]:
        """Render a commit with what was inferred, or without the weaker of it where the template refuses that.

        Returns the rendering and the answers that it was made with.

        Raises RenderError if it does not render with what was given either.
        """
        for least in (0.0, CERTAIN):
            some = {
                name: each if each.confidence >= least else _dropped(each) for name, each in answers.items()
            }
            try:
                return self._render(commit, some), some
            except RenderError:
                continue
        given = {name: each if each.confidence == 1 else _dropped(each) for name, each in answers.items()}
        return self._render(commit, given), given

    def _render(self, commit: str, answers: Mapping[str, Inferred]) -> Rendering:
        return self.history.store.rendering(commit, self.history.directory, answered(answers))

    def _with_choices(self, found: Found) -> Found:
        """Try the other choices of what nothing shows, each by itself, and take those that bring the repo nearer."""
        variables = self.history.asked(found.version)
        trials = [
            Inferred(name, choice, 0.6, (f"the rendering with {choice}",))
            for name, answer in found.answers.items()
            if not answer.sure
            for choice in variables[name].choices
            if choice != str(answer.value if answer.value is not None else variables[name].choices[0])
        ][:TRIALS]
        ranked = Ranked(found.version, found.snapshot, found.closeness)

        def attempt(trial: Inferred) -> float:
            try:
                return self._rendered(ranked, {**found.answers, trial.variable: trial}).closeness
            except RenderError:
                return 0.0

        with ThreadPoolExecutor(AT_ONCE) as pool:
            closeness = list(pool.map(attempt, trials))
        better: dict[str, tuple[float, Inferred]] = {}
        for near, trial in zip(closeness, trials, strict=True):
            if near > better.get(trial.variable, (found.closeness + 1e-6,))[0]:
                better[trial.variable] = near, trial
        if not better:
            return found
        chosen = {name: trial for name, (_, trial) in better.items()}
        together = self._rendered(ranked, {**found.answers, **chosen})
        return together if together.closeness > found.closeness else found

    def matches(self, snapshot: Snapshot) -> Mapping[tuple[str, str], Match]:
        """Return how the template's files match a snapshot's."""
        return self._matches[snapshot.name]

    def _closeness(self, tree: Tree, snapshot: Snapshot) -> float:
        """Return how near a snapshot is to a rendering, 0 to 1."""
        self._load(tree, snapshot)
        got = total = 0.0
        for path, entry in tree.items():
            if entry.mode not in (FILE, EXECUTABLE) or path == ".cruft.json":
                continue
            text = self._texts[entry.oid]
            counts = weight(len(text.lines)) if text is not None else TRIVIAL_WEIGHT
            got += counts * present(self.alike(entry.oid, snapshot, path)) if path in snapshot.tree else 0.0
            total += counts
        left = self._covered[snapshot.name]
        total += sum(counts for path, counts in left.items() if path not in tree)
        return got / total if total else 0.0

    def alike(self, oid: str, snapshot: Snapshot, path: str) -> float:
        """Return how alike a rendered file (which has been loaded) and the repo's at a path are; 1 for the very same."""
        mine = snapshot.tree.get(path)
        if mine is None:
            return 0.0
        if mine.oid == oid:
            return 1.0
        text, other = self._texts[oid], self.repository.text(mine.oid)
        return 0.99 * alike(text, other) if text is not None and other is not None else 0.0

    def text(self, oid: str) -> Text | None:
        """Return the lines of a rendered file that has been loaded."""
        return self._texts.get(oid)

    def _load(self, tree: Tree, snapshot: Snapshot) -> None:
        self.load(tree)
        self.repository.load(snapshot.tree[path].oid for path in tree if path in snapshot.tree)

    def load(self, tree: Tree) -> None:
        """Read the lines of a rendering's files."""
        wanted = {entry.oid for entry in tree.values()} - self._texts.keys()
        for oid, content in git.read_blobs(self.history.store.git_dir, sorted(wanted)).items():
            self._texts[oid] = text_of(content) if len(content) <= LARGEST else None
