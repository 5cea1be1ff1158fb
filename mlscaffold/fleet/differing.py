"""How one repo differs from its template by its own doing, each difference told so that it is found again in others."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from mlscaffold.core.cohort import Difference, Origin
from mlscaffold.core.hunks import hunks, lines
from mlscaffold.core.marker import template_id
from mlscaffold.core.outcome import Standing
from mlscaffold.core.policy import Kind
from mlscaffold.core.record import NAME
from mlscaffold.core.tree import EXECUTABLE, FILE, Entry, blob_id
from mlscaffold.core.trust import without_password
from mlscaffold.fleet.work import Answered, Job, outcome_of
from mlscaffold.project.gather import Project
from mlscaffold.shells import git
from mlscaffold.shells.gittree import GitTree

_VARIABLE = re.compile(r"\{\{-?\s*cookiecutter\.(\w+)\s*-?\}\}")
_OWN = {Kind.ONCE, Kind.ABSENT}
"""Rules under which a file is the project's affair."""
_NOTHING = blob_id(b"")


def differing(job: Job, project: Project, files: GitTree) -> Answered:
    """Say how a repo differs from the template commit that it records; what the template has meanwhile is no difference."""
    found = tuple(_differences(project, files))
    state = Standing.EDITED if found else Standing.IN_SYNC
    return Answered(outcome_of(job, project, state), differences=found)


def _differences(project: Project, files: GitTree) -> Iterator[Difference]:
    store, commit = project.store.git_dir, project.target.commit
    sources = _sources(store, commit, project.record.directory, _texts(project.context))
    nowhere = _origin(project, sources)
    places = {path: nowhere._replace(source=source) for path, source in sources.items()}
    for path in sorted(project.base.keys() & project.theirs.keys()):
        ours, origin = project.ours.get(path), places.get(path, nowhere)
        if ours in (project.base[path], project.theirs[path]) or project.policy.rule_for(path).kind in _OWN:
            continue
        if ours is None:
            yield Difference(path, "deleted", origin)
        elif ours.mode in (FILE, EXECUTABLE):
            yield from _edits(project, files, path, origin)
    yield from _added(project, files, nowhere)


def _origin(project: Project, sources: Mapping[str, str]) -> Origin:
    """Return where a repo's files come from, but for their paths there."""
    record = project.record
    name = without_password(record.template)
    above = _above(record.directory)
    inside = next((source.removeprefix(above).partition("/")[0] for source in sources.values()), "")
    return Origin(
        str(project.store.git_dir),
        project.target.commit,
        "",
        f"{name} {record.directory}".rstrip(),
        template_id(record.template, record.directory),
        f"{above}{inside}" if inside else "",
    )


def _above(directory: str) -> str:
    return f"{directory.strip('/')}/" if directory.strip("/") else ""


def _edits(project: Project, files: GitTree, path: str, origin: Origin) -> Iterator[Difference]:
    mine = lines(files.read(path) or b"")
    was, wanted = (lines(_content(project, side[path])) for side in (project.base, project.theirs))
    if mine is None or was is None or wanted is None:
        return
    landed = {(hunk.old, hunk.new) for hunk in hunks(was, wanted)} if was != wanted else set()
    for hunk in hunks(was, mine):
        if not hunk.blank and (hunk.old, hunk.new) not in landed:
            yield Difference(path, "edited", origin, hunk)


def _content(project: Project, entry: Entry) -> bytes:
    if entry.oid in project.blobs:
        return project.blobs[entry.oid]
    return git.read_blobs(project.store.git_dir, [entry.oid]).get(entry.oid, b"")


def _added(project: Project, files: GitTree, nowhere: Origin) -> Iterator[Difference]:
    """Yield the files that the template lacks, of the kind that a template brings: at the top, or in a folder like .github."""
    for path, entry in sorted(files.tracked().items()):
        top, _, rest = path.partition("/")
        known = path == NAME or path in project.base or path in project.theirs
        told = entry.mode in (FILE, EXECUTABLE) and entry.oid != _NOTHING
        if told and not known and (not rest or top.startswith(".")):
            yield Difference(path, "added", nowhere, oid=entry.oid)


def _texts(context: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in context.items() if isinstance(value, str))


@lru_cache(maxsize=256)
def _sources(
    git_dir: Path, commit: str, directory: str, answers: tuple[tuple[str, str], ...]
) -> dict[str, str]:
    """Return the template's path of each rendered path, for names in which nothing but plain variables stands."""
    values = dict(answers)
    try:
        tree = git.read_tree(git_dir, commit)
    except git.GitError:
        return {}
    above = _above(directory)
    found = {}
    for path in tree:
        folder, _, rest = path.removeprefix(above).partition("/")
        if not path.startswith(above) or "cookiecutter" not in folder or "{{" not in folder or not rest:
            continue
        rendered = _VARIABLE.sub(lambda name: values.get(name[1], name[0]), rest)
        if "{{" not in rendered and "{%" not in rendered:
            found[rendered] = path
    return found
