"""A repo that never had a record gets one: its template, its answers, its base, and what the template adds."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from mlscaffold.adopting import history, plans
from mlscaffold.adopting.history import History
from mlscaffold.adopting.plans import Plan
from mlscaffold.adopting.reading import facts
from mlscaffold.adopting.repository import Repository, opened
from mlscaffold.adopting.search import NEAR, Search
from mlscaffold.adopting.templates import Candidate, candidates
from mlscaffold.core import record as records
from mlscaffold.core import signs
from mlscaffold.core.errors import UsageError
from mlscaffold.core.likeness import code_suffix
from mlscaffold.core.trust import without_password
from mlscaffold.shells import settings as user
from mlscaffold.templates.sources import Source, refuse_password
from mlscaffold.templates.store import Store
from mlscaffold.verbs.new import trust_named


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asks of `adopt`.

    template: an address, None for whichever fits. directory: its folder within its repository.
    checkout: the branch or tag to follow. answers: variables that are answered already.
    """

    template: str | None = None
    directory: str | None = None
    checkout: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


Past: TypeAlias = Callable[[Source, str, str | None], History]


@dataclass(frozen=True, slots=True)
class Unlike:
    """A repo that is nothing like the template: no plan is made."""

    project: Path
    template: str
    why: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """What an adoption left: the commit of the record and the merge, and those of moving and of formatting.

    newly_trusted: whether the template is trusted from now on, so that `check` does not ask.
    """

    plan: Plan
    commit: str
    newly_trusted: bool
    moved: str | None = None
    formatted: str | None = None


def plan(root: Path, asked: Asked) -> Plan | Unlike:
    """Say how a repo would be adopted; nothing is written.

    Raises UsageError if it has a record already, MlscaffoldError if its past cannot be read.
    """
    if os.path.lexists(root / records.NAME):
        raise UsageError(f"{root} has a {records.NAME} already.", "mlscaffold check says where it stands.")
    with opened(root) as repository:
        return plan_of(repository, asked, past_of)


def plan_of(repository: Repository, asked: Asked, past: Past) -> Plan | Unlike:
    """Say how a repo that was opened would be adopted.

    past: reads a template's past.

    Raises MlscaffoldError if there is no template to compare it with, UsageError if an address of one holds a password.
    """
    notices = [*_limits(repository)]
    searches = list(_searches(repository, asked, notices, past))
    search, candidate = max(searches, key=lambda each: each[0].best)
    if search.best < NEAR and (why := _unlike(search, repository)):
        return Unlike(repository.root, without_password(candidate.source.url), why)
    found = search.run()
    others = {
        without_password(other.source.url): round(each.best, 2)
        for each, other in searches
        if other is not candidate
    }
    return plans.make(search, found, asked.checkout, tuple(notices), others)


def apply(planned: Plan, *, move: bool = False, format_: bool = False) -> Adopted:
    """Write the record and what merges cleanly, as one commit; then move, then format, where that is asked for.

    Raises UsageError if an answer is missing, MlscaffoldError, with nothing written, if the checkout is not clean.
    """
    from mlscaffold.adopting import carrying

    if planned.undecided:
        names = ", ".join(answer.variable for answer in planned.undecided)
        raise UsageError(
            f"No one answer fits: {names}.", "Choose with --answer NAME=VALUE; --plan shows what fits."
        )
    if format_:
        carrying.require_formatter(planned)
    commit = carrying.land(planned)
    newly_trusted = trust_named(planned.project.store.source)
    moved = carrying.move(planned) if move and planned.movable else None
    formatted = carrying.format_(planned) if format_ else None
    return Adopted(planned, commit, newly_trusted, moved, formatted)


def _searches(
    repository: Repository, asked: Asked, notices: list[str], past: Past
) -> Iterator[tuple[Search, Candidate]]:
    known = facts(repository)
    for candidate in candidates(repository, asked.template, asked.directory, notices):
        refuse_password(candidate.source.url)  # the record would name it
        found = past(candidate.source, candidate.directory, asked.checkout)
        strange = asked.answers.keys() - found.variables.keys()
        if strange:
            raise UsageError(
                f"The template does not ask for {min(strange)!r}.",
                f"It asks for {', '.join(found.variables)}.",
            )
        yield Search(found, repository, known, asked.answers), candidate


def past_of(source: Source, directory: str, checkout: str | None, since: float = 0.0) -> History:
    """Ask a template for its newest commits, and read its past; `since`: when a run began, which asks it once."""
    store = Store(source, user.load().cache)
    store.newest(checkout, since=since)
    store.fetch(since)
    return history.read(store, records.folder(directory), checkout)


def _limits(repository: Repository) -> Iterator[str]:
    for path in signs.unreadable(repository.files(repository.head, signs.READ)):
        yield f"{path} cannot be parsed, so nothing is taken from it"
    if repository.shallow:
        yield "the clone is shallow: its first commits are not here, so only later ones were compared (git fetch --unshallow brings them)"


def _unlike(search: Search, repository: Repository) -> str:
    """Say why a repo has nothing to do with a template: it has no file of the language that most of the template is in."""
    suffixes = code_suffix(path for version in search.history.versions[:1] for path in version.files)
    paths = repository.head.places.paths
    if suffixes and not any(path.endswith(suffixes) for path in paths):
        return f"it has no {suffixes[0]} files, and most of the template is that"
    return ""
