"""What a changed template asks of a project's answers and paths: renamed variables, withdrawn choices, moved files."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from mlscaffold.core.tree import Tree


class Migration(NamedTuple):
    """One `[[migrations]]` of a policy: what a version of the template moves and deletes in every project."""

    version: str
    rename: Mapping[str, str]
    delete: tuple[str, ...]


def carried(
    answers: Mapping[str, Any],
    variables: Mapping[str, Any],
    renamed: Mapping[str, str],
    replaced: Mapping[str, Mapping[str, str]],
) -> tuple[dict[str, Any], list[str]]:
    """Return a project's answers as a template's variables are now, and what is to be said of it.

    variables: raw, as cookiecutter.json has them. renamed: old name to new. replaced: name to old choice to new.
    """
    now, said = dict(answers), []
    for old, new in renamed.items():
        if old in now and old not in variables and new in variables and new not in now:
            now[new] = now.pop(old)
            said.append(f"the variable {old!r} is called {new!r} now; its answer went along")
    for name, answer in now.items():
        choices = variables.get(name)
        if not isinstance(choices, list) or not isinstance(answer, str) or _offered(answer, choices):
            continue
        other = replaced.get(name, {}).get(answer)
        if other in choices:
            now[name] = other
            said.append(f"{name}: {answer!r} is no longer offered; the template replaces it by {other!r}")
        else:
            offered = ", ".join(map(str, choices))
            said.append(f"{name}: {answer!r} is no longer offered ({offered}); it is kept")
    return now, said


def _offered(answer: str, choices: list[Any]) -> bool:
    """Return whether an answer is one of the choices; those that are Jinja are not known here."""
    return answer in map(str, choices) or any(
        "{{" in str(choice) or "{%" in str(choice) for choice in choices
    )


def unanswered(old: Mapping[str, Any], new: Mapping[str, Any], answers: Iterable[str]) -> tuple[str, ...]:
    """Return the variables that are new, that nobody answered, and that have no default: "" says nothing."""
    return tuple(name for name in asked_anew(old, new, answers) if new[name] in ("", None))


def moved_packages(base: Tree, theirs: Tree, ours: Tree) -> list[tuple[str, str]]:
    """Return top-level packages that theirs has in another place than base, and that the project has: from, to."""
    before, after = _packages(base), _packages(theirs)
    gone = sorted(folder for folder in before - after if any(path.startswith(f"{folder}/") for path in ours))
    come = sorted(after - before)
    return [(old, _nearest(old, come)) for old in gone] if come else []


def _nearest(old: str, come: list[str]) -> str:
    return next((new for new in come if new.rpartition("/")[2] == old.rpartition("/")[2]), come[0])


def _packages(tree: Tree) -> set[str]:
    folders = {path.removesuffix("/__init__.py") for path in tree if path.endswith("/__init__.py")}
    return {
        folder
        for folder in folders
        if folder.rpartition("/")[0] in ("", "src") and folder not in ("src", "tests", "test", "docs")
    }


def blamed(old: Mapping[str, Any], new: Mapping[str, Any], folder: str) -> list[str]:
    """Return the variables to answer where a package moved to a folder: those that became its name, or new ones it is made of."""
    name = folder.rpartition("/")[2]
    became = [key for key, value in new.items() if value == name and old.get(key) != value]
    public = [key for key in became if not key.startswith("_")]
    return public or (asked_anew(old, new, ()) if became else [])


def asked_anew(old: Mapping[str, Any], new: Mapping[str, Any], answers: Iterable[str]) -> list[str]:
    """Return the public variables that are new and that nobody answered."""
    known = {*old, *answers}
    return [name for name in new if not name.startswith("_") and name not in known]


def due(migrations: Iterable[Migration], passed: Iterable[str]) -> list[Migration]:
    """Return the migrations of the versions that an update passes; `1.2.0` is the tag `1.2.0` or `v1.2.0`."""
    names = {name.removeprefix("v") for name in passed}
    return [migration for migration in migrations if migration.version.removeprefix("v") in names]


def target_of(path: str, rename: Mapping[str, str]) -> str:
    """Return where a rename of the path, or of a folder that it is in, puts it."""
    for old, new in rename.items():
        if path == old:
            return new
        if path.startswith(f"{old}/"):
            return f"{new}/{path.removeprefix(f'{old}/')}"
    return path
