"""How near many repos are to their template, without touching any: where to begin."""

from dataclasses import dataclass
from pathlib import Path

from mlscaffold.adopting.nearness import score
from mlscaffold.adopting.repository import opened
from mlscaffold.core import record as records
from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.likeness import Text, text_of
from mlscaffold.core.tree import FOLDER, SUBMODULE, Entry
from mlscaffold.core.trust import without_password
from mlscaffold.project.gather import Project, Wanted, gather
from mlscaffold.shells import git
from mlscaffold.verbs import adopt


@dataclass(frozen=True, slots=True)
class Scored:
    """One repo's score, None if it has none, and why in a few words. `error`: whether there was no answer."""

    repo: Path
    score: int | None
    said: str
    error: bool = False


def scored(repos: tuple[Path, ...], asked: adopt.Asked) -> list[Scored]:
    """Score repos, the nearest first; one that cannot be scored says why, and the others go on."""
    found = [_one(repo, asked) for repo in repos]
    return sorted(found, key=lambda each: (each.score is None, -(each.score or 0), str(each.repo)))


def _one(repo: Path, asked: adopt.Asked) -> Scored:
    try:
        if (repo / records.NAME).is_file():
            project = gather(repo, Wanted(asked.template, asked.checkout))
            said = f"has a record of {without_password(project.record.template)}"
            return Scored(repo, _recorded(project), f"{said}: mlscaffold check")
        plan = adopt.plan(repo, asked)
    except MlscaffoldError as error:
        return Scored(repo, None, f"{error.what} {error.hint}".strip(), error=True)
    if isinstance(plan, adopt.Unlike):
        return Scored(repo, None, f"does not look like {plan.template}: {plan.why}")
    template = without_password(plan.project.record.template)
    origin = f"made from {template} at {plan.base[:7]}" if plan.base else f"not made from {template}"
    conflicts = sum(step.what == "conflict" for step in plan.steps)
    added = sum(step.what == "added" for step in plan.steps)
    return Scored(repo, plan.score, f"{origin}; adopt adds {added}, leaves {conflicts} to decide")


def _recorded(project: Project) -> int:
    """Score a repo that has a record, by the same measure."""
    wanted = git.read_blobs(
        project.store.git_dir, {entry.oid for entry in project.theirs.values()}, whole=True
    )
    files = [path for path, entry in project.ours.items() if entry.mode not in (FOLDER, SUBMODULE)]
    contents = {**project.read(files), **wanted}

    def text(entry: Entry) -> Text | None:
        return text_of(contents[entry.oid])

    with opened(project.root) as repository:
        forbids = project.policy.forbids()
        forbidden = sum(forbids(path) for path in repository.head.places.paths if path not in project.theirs)
    return score(project.theirs, project.ours, project.policy, forbidden, text)
