"""What a project with a record shows of its template: answers to new questions, and where in a rewritten history it belongs."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from mlscaffold.adopting import history
from mlscaffold.adopting.reading import facts
from mlscaffold.adopting.repository import opened
from mlscaffold.adopting.search import Found, Ranked, Search
from mlscaffold.core.answers import Inferred
from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.record import Record
from mlscaffold.project.gather import Project
from mlscaffold.templates.store import Store


def shown(project: Project, names: Iterable[str], given: Mapping[str, object]) -> dict[str, Inferred]:
    """Return those of a template's variables whose answer the project's last commit shows for certain."""
    directory = project.record.directory
    try:
        with opened(project.root) as repository:
            past = history.at(project.store, directory, project.target.commit)
            search = Search(past, repository, facts(repository), given)
            seen = search.answers(Ranked(past.versions[0], repository.head, 0.0))
    except MlscaffoldError:
        return {}  # no commit to look at, or a template that cannot be read as patterns
    return {name: seen[name] for name in names if name in seen and seen[name].sure and seen[name].value}


def place_in_history(root: Path, store: Store, record: Record) -> Found | None:
    """Return the commit of a template's history that a project is nearest to, with its recorded answers.

    None if it is near none.
    """
    store.newest(record.checkout)
    store.fetch()
    with opened(root) as repository:
        past = history.read(store, record.directory, record.checkout)
        found = Search(past, repository, facts(repository), record.public_answers).run()
    return found if found.rendering is not None else None
