"""A new project from a template, with its record and its first commit."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

from mlscaffold.core import record as records
from mlscaffold.core.errors import MlscaffoldError, UsageError
from mlscaffold.core.trust import address, trusted, without_password
from mlscaffold.shells import child, gitfetch
from mlscaffold.shells import settings as user
from mlscaffold.templates import builtin
from mlscaffold.templates.sources import Source, locate, refuse_password
from mlscaffold.templates.store import Store

_NAMED = ("project_name", "project_slug", "repo_name", "name")
"""The variable that a project's NAME answers: the first of these that the template asks for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asks of `new` or `link`.

    template: an address, None for the user's default or the built-in one.
    answers: variables that are answered already; no_input: take the defaults of all others.
    """

    template: str | None = None
    checkout: str | None = None
    directory: str | None = None
    answers: Mapping[str, Any] | None = None
    no_input: bool = False
    config_file: Path | None = None
    default_config: bool = False


@dataclass(frozen=True, slots=True)
class Created:
    """A new project: its folder, the template it is from, and whether that is newly trusted or only on this machine."""

    folder: Path
    template: str
    commit: str
    newly_trusted: bool
    only_here: bool


def new(
    asked: Asked,
    name: str | None,
    output_dir: Path,
    *,
    overwrite: bool = False,
    skip: tuple[str, ...] = (),
    git_init: bool = True,
) -> Created:
    """Create a project below `output_dir` through `cruft.create`, and make its first commit.

    name: answers the template's project_name (or project_slug, repo_name, name).

    Raises UsageError for an answer that the template cannot take, MlscaffoldError if there is no project then.
    """
    source, directory, store, commit = template_of(asked)
    answers = checked_answers(store, commit, directory, asked.answers or {}, name)
    arguments = {
        "output_dir": str(output_dir.absolute()),
        "overwrite_if_exists": overwrite,
        "skip": list(skip) or None,
    }
    before = _folders(output_dir) if overwrite else {}
    folder = Path(call_cruft("create", asked, source, store, commit, directory, answers, arguments))
    if folder not in before:
        _drop_repositories(folder)
    if git_init and not before.get(folder):
        from mlscaffold.shells.repository import first_commit

        first_commit(folder, f"Create from template {without_password(source.url)} at {commit[:7]}")
    return Created(
        folder,
        without_password(source.url),
        commit,
        trust_named(source),
        address(source.url) is None or source.url.startswith("/"),
    )


def _folders(folder: Path) -> dict[Path, bool]:
    """Return the folders in one, to which a project may be added, and whether each is a repository."""
    return {path: (path / ".git").exists() for path in folder.absolute().glob("*/")}


def _drop_repositories(folder: Path) -> None:
    """Take out every `.git` that the template's hooks left: its configuration and hooks would run at the next git command."""
    for where, folders, names in os.walk(folder):
        left = Path(where, ".git")
        if ".git" in folders and not left.is_symlink():
            rmtree(left)
            folders.remove(".git")
        elif ".git" in (*folders, *names):
            left.unlink()


def template_of(asked: Asked) -> tuple[Source, str | None, Store, str]:
    """Return the template that is asked for, its folder, its store, and the commit that is wanted."""
    settings = user.load()
    named = asked.template or settings.template
    source = locate(named, settings) if named else builtin.source()
    refuse_password(source.url)
    store = Store(source, settings.cache)
    answer = store.newest(asked.checkout, refresh=True)
    directory = asked.directory if named else builtin.DIRECTORY
    return source, directory, store, store.commit(answer.commit)


def checked_answers(
    store: Store, commit: str, directory: str | None, answers: Mapping[str, Any], name: str | None
) -> dict[str, Any]:
    """Hold answers against the template's variables.

    Raises UsageError for one that it does not ask for, or a choice that it does not offer.
    """
    content = gitfetch.file_at(
        store.git_dir, commit, "/".join(filter(None, (directory, "cookiecutter.json")))
    )
    if content is None:
        raise store.no_template(commit, directory or "")
    where = f"The cookiecutter.json of {without_password(store.source.url)} cannot be read"
    try:
        variables = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise MlscaffoldError(f"{where}: {error}.", "Mend the template.") from error
    if not isinstance(variables, dict):
        raise MlscaffoldError(f"{where}: it is not a JSON object.", "Mend the template.")
    public = [key for key in variables if not key.startswith("_")]
    given = dict(answers)
    if name is not None:
        given.setdefault(
            next((key for key in _NAMED if key in public), public[0] if public else "name"), name
        )
    for key, value in given.items():
        if key not in public:
            raise UsageError(f"The template does not ask for {key!r}.", f"It asks for {', '.join(public)}.")
        offered = variables[key]
        if isinstance(offered, list) and not any("{{" in str(choice) for choice in offered):
            meant = [choice for choice in offered if str(choice) == str(value)]
            if not meant:
                raise UsageError(
                    f"{key} cannot be {value!r}.", f"The template offers {', '.join(map(str, offered))}."
                )
            given[key] = meant[0]
    return given


def call_cruft(
    verb: str,
    asked: Asked,
    source: Source,
    store: Store,
    commit: str,
    directory: str | None,
    answers: Mapping[str, Any],
    arguments: Mapping[str, Any],
) -> str:
    """Call cruft in the child, on a copy of the one commit that stands where git would look for the address."""
    with TemporaryDirectory(prefix="mlscaffold-") as work:
        store.check_out(commit, directory or "", Path(work, "files"))
        copy = Path(work, "template.git")
        gitfetch.shallow_copy(store.git_dir, commit, asked.checkout or "wanted", copy)
        making = Path(work, "making")
        job = {
            "verb": verb,
            "making": str(making),
            "arguments": {
                "template_git_url": source.url,
                "checkout": asked.checkout,
                "directory": directory,
                "no_input": asked.no_input,
                "extra_context": dict(answers) or None,
                "config_file": _config_file(asked),
                "default_config": asked.default_config,
                **arguments,
            },
        }
        env = {
            "GIT_CONFIG_COUNT": "2",
            **_setting(0, f"url.{copy}.insteadOf", source.url),
            **_setting(1, "safe.directory", "*"),
        }
        with _whole_or_gone(making):
            made = child.run("mlscaffold.shells.cruft", job, Path(work), env=env, asking=not asked.no_input)
        if "exists" in made:
            raise UsageError(
                f"The folder {made['exists']} exists already.",
                "Choose another name, or write into it: --overwrite-if-exists.",
            )
        return str(made["folder"])


@contextmanager
def _whole_or_gone(making: Path) -> Iterator[None]:
    """Remove the project that was begun, which `making` names, if it does not come to its end."""
    try:
        yield
    except BaseException:
        if making.exists():
            rmtree(making.read_text(), ignore_errors=True)
        raise


def _setting(number: int, key: str, value: str) -> dict[str, str]:
    return {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}


def _config_file(asked: Asked) -> str | None:
    """Return the user's cookiecutter configuration, which the child's own home would hide."""
    named = asked.config_file or Path(
        os.environ.get("COOKIECUTTER_CONFIG") or Path.home() / ".cookiecutterrc"
    )
    return str(named.absolute()) if asked.config_file or named.is_file() else None


def trust_named(source: Source) -> bool:
    """Trust what the user named, so that `check` of the new project does not ask again; return whether that is new."""
    settings = user.load()
    if source.builtin or trusted(source.location, settings.trust) or address(source.location) is None:
        return False
    user.add_trust(source.location)
    return True


def link(asked: Asked, project: Path) -> Created:
    """Record which template a project is from, through `cruft.link`; its files stay as they are.

    Raises UsageError if it has a record already.
    """
    if not project.is_dir():
        raise UsageError(f"{project} is no folder.", "Name the project: --project-dir.")
    if os.path.lexists(project / records.NAME):
        raise UsageError(
            f"{project} has a {records.NAME} already.",
            f"mlscaffold check says where it stands. To record another template, remove it first: git rm {records.NAME}",
        )
    source, directory, store, commit = template_of(asked)
    answers = checked_answers(store, commit, directory, asked.answers or {}, None)
    call_cruft(
        "link", asked, source, store, commit, directory, answers, {"project_dir": str(project.absolute())}
    )
    return Created(
        project, without_password(source.url), commit, trust_named(source), source.url.startswith("/")
    )
