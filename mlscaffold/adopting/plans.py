"""What an adoption would do, path by path, how near the repo is, and what it needs of a person."""

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlscaffold.adopting.history import Version
from mlscaffold.adopting.nearness import score
from mlscaffold.adopting.search import Found, Ranked, Search
from mlscaffold.core import record as records
from mlscaffold.core.answers import Inferred
from mlscaffold.core.evolution import moved_packages
from mlscaffold.core.likeness import Text, weight
from mlscaffold.core.policy import Kind, Policy
from mlscaffold.core.tree import Entry, Tree
from mlscaffold.merging import planning
from mlscaffold.merging.planning import Update
from mlscaffold.project.gather import Project, compared
from mlscaffold.shells import gitlog
from mlscaffold.templates.renderings import Rendering
from mlscaffold.templates.store import Answer

MOVED = 0.6
AGES = 3
ALIKE = 0.9


@dataclass(frozen=True, slots=True)
class Step:
    """One path, and what becomes of it.

    what: "same", "kept", "updated", "merged", "added", "removed", "conflict", "moved", "missing", "blocked", "forbidden".
    """

    path: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a repo would be adopted.

    base: the template commit that it is from, None if none is near. wanted: the commit that it is brought to.
    recorded: the commit that the record names. closeness: how near the base is, 0 to 1, at `snapshot`.
    score: how near the repo is to what is wanted, 0 to 100. others: how near other templates' best versions are.
    movable: forbidden scripts and notebooks, and where --move would put them.
    """

    project: Project
    update: Update
    base: str | None
    wanted: str
    recorded: str
    closeness: float
    snapshot: str
    answers: tuple[Inferred, ...]
    steps: tuple[Step, ...]
    score: int
    movable: Mapping[str, str]
    notices: tuple[str, ...]
    others: Mapping[str, float]

    @property
    def undecided(self) -> tuple[Inferred, ...]:
        """The answers for which several values fit, and those that nothing shows and that have no default."""
        return tuple(answer for answer in self.answers if answer.rivals or answer.value in (None, ""))

    @property
    def unseen(self) -> tuple[Inferred, ...]:
        """The answers that nothing shows for certain."""
        left = {answer.variable for answer in self.undecided}
        return tuple(answer for answer in self.answers if not answer.sure and answer.variable not in left)


def make(
    search: Search, found: Found, checkout: str | None, notices: tuple[str, ...], others: Mapping[str, float]
) -> Plan:
    """Plan the adoption of a repo whose template, version and answers were found.

    Raises RenderError if the template does not render with them.
    """
    past, head = search.history, search.repository.head
    target = past.store.newest(checkout)
    inferred = _target_answers(search, found, target.commit)
    theirs, answers = search.render(target.commit, inferred)
    if found.rendering is not None and _left_to_update(search, found.rendering, theirs):
        notices = (
            *notices,
            "the template moves files since: the record names the commit that the repo is from, and mlscaffold update goes on from there",
        )
        target, theirs, answers = (
            Answer(found.version.commit, target.asked_at),
            found.rendering,
            found.answers,
        )
    search.load(theirs.tree)
    moved = dict(_moved(search, theirs.tree))
    base = {} if found.rendering is None else _with_ages(search, found, theirs.tree)
    project = _project(search, target, checkout, theirs, base, moved)
    planned = planning.plan(project._replace(policy=_gentle(project.policy)), "keep-ours")
    left = {*planned.conflicts, *planned.unlanded, *planned.blocked}
    if found.rendering is not None and left:
        project = _recording(project, found.version.commit, found.rendering.context)
    unwanted = project.policy.forbids()
    forbidden = sorted(path for path in head.places.paths if path not in theirs.tree and unwanted(path))
    steps = (*_steps(project, planned, moved), *(_forbidden(path, project.policy) for path in forbidden))
    return Plan(
        project=project,
        update=planned,
        base=found.version.commit if found.rendering is not None else None,
        wanted=target.commit,
        recorded=project.record.commit,
        closeness=found.closeness,
        snapshot=found.snapshot.name,
        answers=_told(answers, theirs.context),
        steps=tuple(sorted(steps, key=lambda step: step.path)),
        score=_score(search, theirs.tree, project.policy, len(forbidden)),
        movable=_movable(forbidden, search.repository.root),
        notices=(*notices, *project.notices, *_refused(inferred, answers)),
        others=others,
    )


def _left_to_update(search: Search, base: Rendering, theirs: Rendering) -> bool:
    """Return whether the way from the base on is more than a merge: packages that move, or the template's migrations."""
    ours = search.repository.head.tree
    return base.tree != theirs.tree and (
        bool(moved_packages(base.tree, theirs.tree, ours)) or "[[migrations]]" in (theirs.policy or "")
    )


def _target_answers(search: Search, found: Found, commit: str) -> dict[str, Inferred]:
    """Return the answers to what the wanted commit asks: those of the base, and what the repo shows of new questions."""
    version = _version_of(search, commit)
    if found.rendering is None or version is found.version:
        return dict(found.answers)
    seen = search.answers(Ranked(version, found.snapshot, found.closeness))
    context = found.rendering.context
    answers: dict[str, Inferred] = {}
    for name, answer in seen.items():
        known = found.answers.get(name, answer)
        if known.value is None and name in context and not answer.sure:
            known = Inferred(name, context[name], 0.0)
        answers[name] = known if known.value is not None else answer
    return answers


def _version_of(search: Search, commit: str) -> Version:
    """Return the version that a commit has, the newest if it is none of them."""
    past = search.history
    by_commit = {version.commit: version for version in past.versions}
    if commit in by_commit:
        return by_commit[commit]
    git_dir = past.store.git_dir
    wanted = gitlog.folders_at(git_dir, [f"{commit}^{{tree}}"], past.directory).values()
    trees = gitlog.folders_at(git_dir, [f"{each}^{{tree}}" for each in by_commit], past.directory)
    same = [each for each, tree in zip(by_commit, trees.values(), strict=False) if tree in wanted]
    return by_commit[same[0]] if same else past.versions[0]


def _project(
    search: Search,
    target: Answer,
    checkout: str | None,
    theirs: Rendering,
    base: Tree,
    moved: Collection[str],
) -> Project:
    """Put the three trees together as `gather` does for a repo with a record; what stands elsewhere is left out."""
    store = search.history.store
    document = {
        "template": store.source.url,
        "commit": target.commit,
        "checkout": checkout,
        "context": {"cookiecutter": dict(theirs.context)},
        "directory": search.history.directory or None,
    }
    content = records.dump(document)
    project = compared(search.repository.place, content, store, target, checkout, base, theirs)
    base_tree, their_tree = (
        {path: entry for path, entry in tree.items() if path not in moved}
        for tree in (project.base, project.theirs)
    )
    return project._replace(base=base_tree, theirs=their_tree)


def _recording(project: Project, commit: str, context: Mapping[str, Any]) -> Project:
    """Return the project with a record that names another commit: changes that landed merge to themselves later."""
    content = records.advanced(project.content, commit=commit, context=context, checkout=project.checkout)
    return project._replace(content=content, record=records.parse(content))


def _gentle(policy: Policy) -> Policy:
    """Return a policy under which nothing that is the user's is overwritten: `check` says what the rules still ask for."""
    return Policy(
        tuple(
            rule._replace(kind=Kind.MERGE, keys=(), forbidden=())
            if rule.kind in (Kind.EXACT, Kind.KEYS)
            else rule
            for rule in policy.rules
        )
    )


def _with_ages(search: Search, found: Found, theirs: Tree) -> dict[str, Entry]:
    """Return the base, in which a file that is of another age in the repo is of that age."""
    assert found.rendering is not None
    base, head = dict(found.rendering.tree), search.repository.head
    stray = {
        path
        for path, entry in base.items()
        if path in head.tree and head.tree[path].oid not in (entry.oid, theirs.get(path, entry).oid)
    }
    for version in _other_ages(search, found, stray):
        rendering, _ = search.render(version.commit, found.answers)
        for path in stray:
            entry = rendering.tree.get(path)
            if entry is not None and entry.oid == head.tree[path].oid:
                base[path] = entry
    return base


def _other_ages(search: Search, found: Found, stray: set[str]) -> Iterator[Version]:
    """Yield the few versions that stray files fit better than the base."""
    matches = search.matches(search.repository.head)
    fits: dict[str, dict[int, float]] = {}
    for version in search.history.versions:
        for raw, entry in version.files.items():
            match = matches.get((raw, entry.oid))
            if match is not None and match.path in stray:
                fits.setdefault(match.path, {})[version.age] = match.fit
    better = Counter[int]()
    for by_age in fits.values():
        age, fit = max(by_age.items(), key=lambda item: (round(item[1], 9), -item[0]))
        if fit > max(ALIKE, by_age.get(found.version.age, 0.0)):
            better[age] += 1
    ages = {version.age: version for version in search.history.versions}
    yield from (ages[age] for age, _ in better.most_common(AGES))


def _moved(search: Search, theirs: Tree) -> Iterator[tuple[str, str]]:
    """Yield files of the template that stand somewhere else in the repo."""
    head = search.repository.head
    by_name: dict[str, list[str]] = {}
    for path in sorted(head.places.paths - theirs.keys()):
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
    for path, entry in theirs.items():
        text = search.text(entry.oid)
        for other in by_name.get(path.rpartition("/")[2], []) if path not in head.tree else []:
            if (
                text is not None
                and weight(len(text.lines)) == 1
                and search.alike(entry.oid, head, other) >= MOVED
            ):
                yield path, other
                break


def _steps(project: Project, planned: Update, moved: Mapping[str, str]) -> Iterator[Step]:
    done = {change.path: change.what for change in planned.changes}
    kept = {*planned.conflicts, *planned.unlanded}
    for path in project.paths:
        ours, theirs = project.ours.get(path), project.theirs.get(path)
        if path in kept:
            yield Step(path, "conflict", f"differs here and stays: mlscaffold diff {path} shows how")
        elif path in planned.blocked:
            yield Step(path, "blocked", "something else stands in its place")
        elif path in done:
            yield Step(path, done[path])
        elif theirs is not None and ours is None:
            yield Step(path, "missing", "deleted here, and stays so")
        elif ours is not None:
            yield Step(path, "same" if ours == theirs else "kept")
    for path, other in moved.items():
        yield Step(path, "moved", f"stands at {other} here")


def _forbidden(path: str, policy: Policy) -> Step:
    return Step(path, "forbidden", policy.rule_for(path).reason or "the template's layout has no such file")


def _movable(forbidden: list[str], root: Path) -> dict[str, str]:
    """Return where --move puts scripts and notebooks; what stands there already, tracked or not, is not overwritten."""
    places: dict[str, str] = {}
    for path in forbidden:
        name = path.rpartition("/")[2]
        folder = {".ipynb": "notebooks", ".py": "scripts"}.get(Path(name).suffix)
        place = f"{folder}/{name}"
        if folder and name != "setup.py" and place not in places and not os.path.lexists(root / place):
            places[place] = path
    return {path: place for place, path in places.items()}


def _refused(inferred: Mapping[str, Inferred], answers: Mapping[str, Inferred]) -> Iterator[str]:
    """Say which answers the template would not take."""
    names = [
        name for name, each in inferred.items() if each.value is not None and answers[name].value is None
    ]
    if names:
        said = ", ".join(f"{name} = {inferred[name].value}" for name in names)
        yield f"the template does not render with all that the repo shows, so its defaults stand for: {said}"


def _told(answers: Mapping[str, Inferred], context: Mapping[str, Any]) -> tuple[Inferred, ...]:
    """Fill in the template's defaults, which count as seen nowhere."""
    return tuple(
        answer if answer.value is not None else Inferred(name, context.get(name), 0.0)
        for name, answer in answers.items()
    )


def _score(search: Search, theirs: Tree, policy: Policy, forbidden: int) -> int:
    head = search.repository.head
    search.repository.load(head.tree[path].oid for path in theirs if path in head.tree)
    mine = {entry.oid for entry in head.tree.values()}

    def text(entry: Entry) -> Text | None:
        return search.repository.text(entry.oid) if entry.oid in mine else search.text(entry.oid)

    return score(theirs, head.tree, policy, forbidden, text)
