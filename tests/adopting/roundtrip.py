"""Projects created, edited, and stripped of their record; then what adopt finds of them, held against what was true."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mlscaffold.adopting import history
from mlscaffold.adopting.reading import facts
from mlscaffold.adopting.repository import opened
from mlscaffold.adopting.search import Search
from mlscaffold.core.tree import Tree
from mlscaffold.core.variables import Variable
from mlscaffold.shells import git as plumbing
from mlscaffold.shells import settings
from mlscaffold.templates.renderings import Rendering
from mlscaffold.templates.sources import locate
from mlscaffold.templates.store import Store
from tests.worlds import commit, git, write

Edits = Literal["none", "later", "squashed", "heavy"]
"""No edits; 30 % of the files edited in later commits; the same with a history of one commit; so with every file edited."""
SHARE = 0.3


@dataclass(frozen=True)
class Case:
    """One project: the template commit and the answers it is made with, and how it is edited."""

    template: Path
    commit: str
    answers: Mapping[str, str]
    edits: Edits


@dataclass(frozen=True)
class Outcome:
    """What was found: whether the base is right, and of the answers that the repo shows which are."""

    case: Case
    base: bool
    found: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def store_of(template: Path) -> Store:
    """Return a template's store, fetched."""
    found = settings.load()
    store = Store(locate(str(template), found), found.cache)
    store.fetch()
    return store


def run(case: Case, folder: Path) -> Outcome:
    """Make the project in a folder and look for its template."""
    store = store_of(case.template)
    true = store.rendering(case.commit, "", dict(case.answers))
    project = folder / str(true.context.get("project_slug") or true.context["repo_name"])
    make(project, store, true, case.edits)
    with opened(project) as repository:
        past = history.read(store, "", None)
        found = Search(past, repository, facts(repository), {}).run()
    same = store.rendering(found.version.commit, "", answers_of(true)).tree == true.tree
    newest = store.rendering(past.versions[0].commit, "", answers_of(true))
    shown = list(_shown(store, past.versions[0].commit, newest, past.variables))
    given = {**(found.rendering.context if found.rendering else {}), **found.public_answers}
    right = tuple(name for name in shown if str(given.get(name)) == str(true.context.get(name)))
    wrong = tuple(name for name in shown if name not in right)
    return Outcome(case, same and found.rendering is not None, found.version.commit, right, wrong)


def answers_of(rendering: Rendering) -> dict[str, Any]:
    """Return all public answers of a rendering."""
    return {name: value for name, value in rendering.context.items() if not name.startswith("_")}


def make(project: Path, store: Store, true: Rendering, edits: Edits) -> None:
    """Write a rendering into a repository, edited as the case says."""
    contents = plumbing.read_blobs(store.git_dir, [entry.oid for entry in true.tree.values()])
    project.mkdir(parents=True)
    git(project, "init", "-q", "-b", "main")
    write(project, {path: contents[entry.oid] for path, entry in true.tree.items()})
    if edits in ("none", "later"):
        commit(project, "start")
    if edits != "none":
        chance = random.Random(" ".join(entry.oid for entry in true.tree.values()))
        share = 1.0 if edits == "heavy" else SHARE
        for path in chance.sample(sorted(true.tree), round(share * len(true.tree))):
            write(project, {path: _edited(contents[true.tree[path].oid], chance)})
        write(project, {"own/work.py": "x = 1\n", "notes.md": "notes\n"})
        commit(project, "work")


def _edited(content: bytes, chance: random.Random) -> bytes:
    """Change a line, take one out, or add some."""
    lines = content.split(b"\n")
    for _ in range(3):
        at = chance.randrange(len(lines))
        what = chance.choice(("change", "remove", "add"))
        lines[at : at + 1] = {
            "change": [lines[at] + b"  # edited"],
            "remove": [],
            "add": [lines[at], b"added = %d" % chance.randrange(99)],
        }[what] or [b"x"]
    return b"\n".join(lines)


def _shown(store: Store, wanted: str, true: Rendering, variables: Mapping[str, Variable]) -> Iterator[str]:
    """Yield the answers that the project shows: with another value, and all others the same, it would be another one."""
    answers = answers_of(true)
    for name, value in answers.items():
        if name in variables:
            others = [choice for choice in variables[name].choices if choice != str(value)] or [f"{value}x"]
            if any(_differs(store, wanted, {**answers, name: other}, true.tree) for other in others):
                yield name


def _differs(store: Store, wanted: str, answers: Mapping[str, Any], tree: Tree) -> bool:
    from mlscaffold.core.errors import RenderError

    try:
        return store.rendering(wanted, "", answers).tree != tree
    except RenderError:
        return True
