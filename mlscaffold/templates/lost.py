"""Updates that an earlier tool lost: files that are as an older template commit has them, though the record is newer."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from mlscaffold.core import pattern
from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.likeness import fit, patterns_of, text_of
from mlscaffold.core.record import Record
from mlscaffold.core.sources import sources_of
from mlscaffold.core.tree import EXECUTABLE, FILE, Tree
from mlscaffold.shells import git, gitlog
from mlscaffold.shells.gitlog import Dated
from mlscaffold.templates.store import Store

OLDER_RENDERINGS = 20
"""How many template commits before the recorded one are rendered, at half a second each, and then kept."""
LIKELY_RENDERINGS = 5
OLDER_VERSIONS = 50
"""How many older versions of a template's file are compared, as patterns, with the project's."""

SOURCES = 3
WHOLE = 1 - 1e-9

Read = Callable[[Iterable[str]], Mapping[str, bytes]]
"""A project's paths to contents by blob id."""


def lost_updates(store: Store, record: Record, base: Tree, ours: Tree) -> Mapping[str, Dated]:
    """Return the files that are as an older template commit has them, and that commit; renders the newest of them all."""
    left = _strayed(base, ours)
    older = gitlog.older(store.history, record.commit, record.directory, OLDER_RENDERINGS) if left else []
    return _as_rendered(store, record, older, ours, left)


def likely_lost(store: Store, record: Record, base: Tree, ours: Tree, read: Read) -> Mapping[str, Dated]:
    """Do as `lost_updates` does, but render only commits whose own text could have become a file as it is.

    A file that the template's hooks make is not found by this.
    """
    left = _strayed(base, ours)
    if not left:
        return {}
    try:
        template = git.read_tree(store.history, record.commit)
        likely = {
            commit.oid: commit
            for path in sorted(left)
            for commit in _likely(store, record, sources_of(template, record.directory, path), read([path]))
        }
    except git.GitError:
        return {}  # the recorded commit is gone
    newest_first = sorted(likely.values(), key=lambda commit: -commit.at)
    return _as_rendered(store, record, newest_first[:LIKELY_RENDERINGS], ours, left)


def _strayed(base: Tree, ours: Tree) -> set[str]:
    regular = (FILE, EXECUTABLE)
    return {
        path for path, entry in ours.items() if path in base and base[path] != entry and entry.mode in regular
    }


def _as_rendered(
    store: Store, record: Record, commits: Iterable[Dated], ours: Tree, left: set[str]
) -> Mapping[str, Dated]:
    found: dict[str, Dated] = {}
    for commit in commits:
        if not left:
            break
        try:
            tree = store.rendering(commit.oid, record.directory, record.public_answers).tree
        except MlscaffoldError:
            continue  # a commit that does not render made no project
        found.update({path: commit for path in left if tree.get(path) == ours[path]})
        left -= found.keys()
    return found


def _likely(
    store: Store, record: Record, sources: list[str], content_here: Mapping[str, bytes]
) -> Iterator[Dated]:
    """Yield the older commits at which a file's own source in the template could have become what it is here."""
    (here,) = content_here.values()
    mine = text_of(here)
    for source in sources[:SOURCES] if mine is not None else []:
        older = gitlog.versions(store.history, record.commit, OLDER_VERSIONS, source)[1:]
        contents = _contents(store, [oid for _, oid in older])
        for commit, oid in older:
            content = contents.get(oid)
            if content is None or text_of(content) is None or mine is None:
                continue
            patterns = patterns_of(pattern.lines(content.decode("utf-8", "surrogateescape"), {}))
            if fit(patterns, mine) > WHOLE:
                yield commit


def _contents(store: Store, wanted: list[str]) -> dict[str, bytes]:
    if store.history == store.git_dir and not store.offline and wanted:
        gitlog.fetch_blobs(store.git_dir, wanted)
    return git.read_blobs(store.history, wanted)
