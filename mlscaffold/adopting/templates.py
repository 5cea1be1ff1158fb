"""Which templates a repo could be from: the one that is named, the one that its own files name, or those of the user."""

from dataclasses import dataclass

from mlscaffold.adopting.repository import Repository
from mlscaffold.core import signs
from mlscaffold.core.errors import UnreachableTemplateError
from mlscaffold.core.trust import address, trusted, without_password
from mlscaffold.shells import settings as user
from mlscaffold.shells.settings import Settings
from mlscaffold.templates import builtin
from mlscaffold.templates.sources import Source, locate


@dataclass(frozen=True, slots=True)
class Candidate:
    """A template, its folder within its repository, and why it is one."""

    source: Source
    directory: str
    why: str


def candidates(
    repository: Repository, named: str | None, directory: str | None, notices: list[str]
) -> list[Candidate]:
    """Return the templates to compare a repo with, most likely first.

    Raises UnreachableTemplateError if there is none.
    """
    settings = user.load()
    if named is not None:
        return [Candidate(locate(named, settings), directory or "", "named")]
    found = _evident(repository, settings, notices)
    if found is not None:
        return [found]
    of_user = [each for each in (settings.template, *settings.templates) if each]
    chosen = [Candidate(locate(each, settings), directory or "", "of your configuration") for each in of_user]
    try:
        chosen.append(Candidate(builtin.source(), builtin.DIRECTORY, "mlscaffold's own"))
    except UnreachableTemplateError:
        if not chosen:
            raise
    return list({candidate.source.url: candidate for candidate in chosen}.values())


def _evident(repository: Repository, settings: Settings, notices: list[str]) -> Candidate | None:
    """Return the template that a file of the repo names, if the user trusts it; a notice if not."""
    for snapshot in repository.snapshots:
        files = repository.files(snapshot, (*signs.EVIDENCE, "README.md"))
        seen = signs.template_address(files)
        if seen is None:
            continue
        url, where, directory = seen
        source = locate(url, settings) if address(url) is not None or url in settings.alias else None
        shown = without_password(url)
        if source is not None and trusted(source.location, settings.trust):
            notices.append(f"{where} of {snapshot.name} names the template {shown}")
            return Candidate(source, directory, f"named by {where}")
        notices.append(
            f"{where} of {snapshot.name} names the template {shown}, which is not trusted: if it is right, give it with --template"
        )
        return None
    said = [commit for commit in repository.commits[-3:] if "cookiecutter" in commit.subject.lower()]
    if said:
        notices.append(f"commit {said[-1].oid[:7]} says {said[-1].subject!r}")
    return None
