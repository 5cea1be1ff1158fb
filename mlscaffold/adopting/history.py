"""A template's past as patterns: every state its files ever had, and how well each fits a snapshot of a repo."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch

from mlscaffold.adopting.repository import Repository, Snapshot
from mlscaffold.core import pattern
from mlscaffold.core.errors import RenderError
from mlscaffold.core.likeness import LARGEST, TRIVIAL_WEIGHT, Patterns, fit, patterns_of, present, weight
from mlscaffold.core.paths import PathPattern, path_pattern, stand_ins
from mlscaffold.core.tree import EXECUTABLE, FILE, Entry
from mlscaffold.core.trust import without_password
from mlscaffold.core.variables import Variable, parse
from mlscaffold.shells import git, gitlog
from mlscaffold.templates.store import Store

JSON = "cookiecutter.json"


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the template's folder, and the newest commit that has it.

    name: the folder that becomes the project. files: what is in it. asks: the blob of cookiecutter.json.
    age: 0 for the newest state.
    """

    commit: str
    name: str
    files: Mapping[str, Entry]
    asks: str
    age: int


@dataclass(frozen=True, slots=True)
class Match:
    """One file of the template and the file of the repo that it best fits.

    raw: its path in the template. path: the repo's. values: what the path says of variables.
    others: how well other paths fit that the template's could have become, and what those say.
    """

    raw: str
    oid: str
    path: str
    fit: float
    values: Mapping[str, str]
    others: tuple[tuple[float, Mapping[str, str]], ...] = ()


@dataclass(slots=True)
class History:
    """All versions of one template, newest first, and their files' patterns."""

    store: Store
    directory: str
    versions: list[Version]
    variables: dict[str, Variable]
    paths: dict[str, PathPattern]
    texts: dict[str, Patterns | None]
    _fits: dict[tuple[str, str], float] = field(default_factory=dict)
    _asked: dict[str, dict[str, Variable]] = field(default_factory=dict)

    def asked(self, version: Version) -> dict[str, Variable]:
        """Return what one version asks for."""
        return self._asked[version.asks]

    def patterns(self, oid: str) -> Patterns | None:
        """Return a file's patterns, None if it is binary or very large."""
        return self.texts.get(oid)

    def matches(self, repository: Repository, snapshot: Snapshot) -> dict[tuple[str, str], Match]:
        """Match every file that the template ever had with a snapshot, by its raw path and its blob."""
        places = {raw: list(snapshot.places.matches(found)) for raw, found in self.paths.items()}
        repository.load(snapshot.tree[path].oid for each in places.values() for path, _ in each)
        pairs = {(raw, entry.oid) for version in self.versions for raw, entry in version.files.items()}
        found: dict[tuple[str, str], Match] = {}
        for raw, oid in pairs:
            fits = [
                (self._fit(repository, oid, snapshot.tree[path].oid), path, values)
                for path, values in places.get(raw, ())
            ]
            if fits:
                fit, path, values = max(fits, key=lambda each: each[0])
                others = tuple((other, said) for other, where, said in fits if where != path)
                found[raw, oid] = Match(raw, oid, path, fit, values, others)
        return found

    def _fit(self, repository: Repository, oid: str, other: str) -> float:
        if oid == other:
            return 1.0
        if (oid, other) not in self._fits:
            patterns, text = self.patterns(oid), repository.text(other)
            self._fits[oid, other] = fit(patterns, text) if patterns is not None and text is not None else 0.0
        return self._fits[oid, other]

    def closeness(
        self, version: Version, matches: Mapping[tuple[str, str], Match], covered: Mapping[str, float]
    ) -> float:
        """Return how near a snapshot is to a version, 0 to 1.

        A file that only some answers bring is not missed where it is not; one of the repo's that another version
        has and this one has not counts against it (`covered`: those files and their weights).
        """
        got = total = 0.0
        left = dict(covered)
        for raw, entry in version.files.items():
            match = matches.get((raw, entry.oid))
            patterns = self.patterns(entry.oid)
            counts = patterns.weight if patterns is not None else TRIVIAL_WEIGHT
            if match is not None:
                got += counts * present(match.fit)
                total += counts
                left.pop(match.path, None)
            elif raw in self.paths and self.paths[raw].certain and not self.paths[raw].guards:
                total += counts
        total += sum(left.values())
        return got / total if total else 0.0


def covered(repository: Repository, snapshot: Snapshot, matches: Iterable[Match]) -> dict[str, float]:
    """Return the repo's files that some version of the template could have brought, and how much each counts."""
    found = {}
    for match in matches:
        if (match.fit >= 0.5 or not match.values) and match.path not in found:
            text = repository.text(snapshot.tree[match.path].oid)
            found[match.path] = weight(len(text.lines)) if text is not None else TRIVIAL_WEIGHT
    return found


def read(store: Store, directory: str, ref: str | None) -> History:
    """Read a template's past from its store, which has been fetched.

    ref: the branch, tag or commit whose past it is, None for the default branch and all tags.

    Raises RenderError if there never was a template in that folder.
    """
    names = (store.commit(ref),) if ref else ("refs/mlscaffold/head", "--tags")
    commits = gitlog.commits(store.git_dir, *names)
    at = gitlog.folders_at(store.git_dir, (commit.tree for commit in commits), directory)
    newest: dict[str, str] = {}
    for commit in commits:
        if commit.tree in at:
            newest.setdefault(at[commit.tree], commit.oid)
    trees = gitlog.read_trees(store.git_dir, newest)
    versions = [
        version
        for age, (tree, commit) in enumerate(newest.items())
        if (version := _version(commit, trees[tree], age)) is not None
    ]
    return _understood(store, directory, versions)


def at(store: Store, directory: str, commit: str) -> History:
    """Read one commit of a template as if it had no other past.

    Raises RenderError if there is no template in that folder.
    """
    (tree,) = gitlog.folders_at(store.git_dir, [f"{store.commit(commit)}^{{tree}}"], directory).values()
    version = _version(commit, gitlog.read_trees(store.git_dir, [tree])[tree], 0)
    return _understood(store, directory, [version] if version else [])


def _version(commit: str, tree: Mapping[str, Entry], age: int) -> Version | None:
    if JSON not in tree:
        return None
    tops = {path.partition("/")[0] for path in tree if "/" in path}
    name = next((top for top in sorted(tops) if "cookiecutter" in top and "{{" in top and "}}" in top), None)
    if name is None:
        return None
    start = f"{name}/"
    files = {
        path.removeprefix(start): entry
        for path, entry in tree.items()
        if path.startswith(start) and entry.mode in (FILE, EXECUTABLE)
    }
    return Version(commit, name, files, tree[JSON].oid, age)


def _understood(store: Store, directory: str, versions: list[Version]) -> History:
    """Read the patterns of all paths and files, each once, with the variables of all versions."""
    if not versions:
        where = f"the folder {directory!r}" if directory else "its root"
        raise RenderError(
            f"{without_password(store.source.url)} has no cookiecutter template in {where}.",
            "Name the template's folder with --directory.",
        )
    files = {entry.oid: raw for version in versions for raw, entry in version.files.items()}
    asks = {version.asks for version in versions}
    if not store.source.local:
        gitlog.fetch_blobs(store.git_dir, [*files, *asks])
    documents = git.read_blobs(store.git_dir, [version.asks for version in versions])
    asked = {oid: parse(content) for oid, content in documents.items()}
    variables = _together(asked[version.asks] for version in reversed(versions))
    raws = {raw for version in versions for raw in version.files}
    stands = stand_ins(raws, variables)
    copied = set(_copied(documents.values()))
    texts = {
        oid: _patterns(content, variables, stands, any(fnmatch(files[oid], each) for each in copied))
        for oid, content in git.read_blobs(store.git_dir, files).items()
    }
    paths = {raw: found for raw in raws if (found := path_pattern(raw, variables)) is not None}
    return History(store, directory, versions, variables, paths, texts, _asked=asked)


def _patterns(
    content: bytes, variables: Mapping[str, Variable], stands: Iterable[str], copied: bool
) -> Patterns | None:
    if len(content) > LARGEST or b"\0" in content[:8000]:
        return None
    text = content.decode("utf-8", "surrogateescape")
    return patterns_of(pattern.lines(text, variables, stands, copied=copied))


def _together(asked: Iterable[Mapping[str, Variable]]) -> dict[str, Variable]:
    """Put the variables of all versions together: the newest default, and every choice there ever was."""
    together: dict[str, Variable] = {}
    for variables in asked:
        for name, variable in variables.items():
            old = together.get(name, variable)
            choices = dict.fromkeys([*variable.choices, *old.choices]) if variable.choices else ()
            together[name] = Variable(name, variable.default, tuple(choices))
    return together


def _copied(documents: Iterable[bytes]) -> Iterator[str]:
    """Yield the patterns of files that cookiecutter copies without rendering them."""
    for content in documents:
        try:
            found = json.loads(content).get("_copy_without_render", [])
        except (ValueError, AttributeError):
            continue
        yield from (each for each in found if isinstance(each, str))
