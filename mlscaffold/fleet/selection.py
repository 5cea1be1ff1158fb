"""Which repos a run is over: named in a list, which may say of each that it is to be skipped, and why."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlscaffold.core.errors import UsageError
from mlscaffold.shells.files import Folder

MAX_BYTES = 8 << 20
_KEYS = ("path", "name", "skip", "note")
_ADDRESS = re.compile(r"(?:\w[\w+.-]*://[^/]*/|[\w.-]+@[\w.-]+:)/*(.+?)(?:\.git)?/*")
_GIT_FILE = re.compile(
    r"gitdir: (?:(?P<clone>.*)/\.git/(?P<kind>worktrees|modules)/.|(?P<bare>.*)/worktrees/[^/]+\n?$)"
)


@dataclass(frozen=True, slots=True)
class Selected:
    """One repo that was asked for.

    name: how it is called in all that is shown. folder: its clone on disk, None for a repo at a forge.
    skip: why it is not looked at. wrong: why it cannot be. note: what the list says of it.
    """

    name: str
    folder: Path | None = None
    skip: str = ""
    wrong: str = ""
    note: str = ""


def listed(path: Path, *, at_forge: bool = False) -> list[Selected]:
    """Read a list of repos: TOML if it is called `.toml`, else a text with a path or a full name on each line.

    A path is relative to the list. An `owner/name` that is no folder beside the list is a repo at a forge, and every
    one is if it is said that the list is of a forge's repos.

    Raises UsageError for a list that cannot be meant.
    """
    try:
        content = path.read_bytes()[: MAX_BYTES + 1]
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text.", "Write one repo on each line.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Name a list: --from FILE.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{path} is larger than {MAX_BYTES >> 20} MiB.", "Is it the list of repos?")
    entries = _from_toml(path, text) if path.suffix == ".toml" else _from_lines(text)
    found = [_placed(path.parent, entry, at_forge=at_forge) for entry in entries]
    if not found:
        raise UsageError(f"{path} names no repo.", "Write one on each line, or one [[repo]] for each.")
    return found


def at(one: Selected) -> Selected | None:
    """Return what is asked for with why its folder is skipped, if it is, None if there is no repository in it."""
    folder = one.folder or Path()
    if folder.is_symlink():
        return replace(one, skip="a link, which is not followed")
    if os.path.lexists(folder / ".git"):
        return replace(one, skip=_whose(folder))
    if os.path.isfile(folder / "HEAD") and os.path.isdir(folder / "objects"):
        return replace(one, skip="a bare repository: its files are read in a clone")
    return None


def together(parts: Sequence[Sequence[Selected]]) -> list[Selected]:
    """Return the repos of several folders or lists as one; clones in them are then called by their whole paths."""
    found = [each for part in parts for each in part]
    if len(parts) < 2:
        return found
    return [replace(each, name=os.path.normpath(each.folder)) if each.folder else each for each in found]


def names_only(selected: Iterable[Selected]) -> bool:
    """Return whether repos are named as only a forge knows them, and none of them by its folder."""
    there = [each for each in selected if not each.wrong]
    return bool(there) and all(each.folder is None for each in there)


def left_out(selected: Selected, include: str, exclude: str) -> Selected:
    """Return a repo as it is, or as skipped where `include` does not find its name, or `exclude` does."""
    if selected.skip:
        return selected
    if include and not re.search(include, selected.name):
        return replace(selected, skip="not matched by --repo-include")
    if exclude and re.search(exclude, selected.name):
        return replace(selected, skip="matched by --repo-exclude")
    return selected


def unique(selected: Iterable[Selected]) -> Iterator[Selected]:
    """Yield every repo once to be looked at; the next of the same name, or in the same place, is skipped."""
    seen: set[str] = set()
    for each in selected:
        known = {each.name.lower()} if each.folder is None else {os.path.realpath(each.folder)}
        twice = bool(known & seen) and not each.skip
        seen |= known
        yield replace(each, skip="named twice") if twice else each


def _from_lines(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        entry, _, note = line.partition(" #")
        if entry.strip() and not entry.lstrip().startswith("#"):
            yield {"path": entry.strip(), "note": note.strip()}


def _from_toml(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}.", "Write one [[repo]] for each repo.") from error
    for key in document.keys() - {"repo"}:
        raise UsageError(f"{path} has the unknown key {key!r}.", "A list has one [[repo]] for each repo.")
    repos = document.get("repo", [])
    if not isinstance(repos, list) or not all(isinstance(repo, dict) for repo in repos):
        raise UsageError(f"{path}: `repo` is no list of tables.", "Write [[repo]], with both brackets twice.")
    for number, repo in enumerate(repos, 1):
        _check(path, number, repo)
    return repos


def _check(path: Path, number: int, repo: dict[str, Any]) -> None:
    where = f"{path}, [[repo]] number {number}"
    for key, value in repo.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            meant = f"Did you mean {near[0]}?" if near else f"There is {', '.join(_KEYS)}."
            raise UsageError(f"{where} has the unknown key {key!r}.", meant)
        if not isinstance(value, str) or not value.strip():
            raise UsageError(
                f"{where}: {key} is no text.", 'Write it as key = "text"; a skip gives its reason.'
            )
    if ("path" in repo) == ("name" in repo):
        raise UsageError(
            f"{where} needs a path or a name.", 'Write path = "clones/churn" or name = "acme/churn".'
        )


def _placed(beside: Path, entry: dict[str, Any], *, at_forge: bool) -> Selected:
    said = {"skip": entry.get("skip", ""), "note": entry.get("note", "")}
    if "name" in entry:
        return Selected(entry["name"], **said)
    path = entry["path"]
    if address := _ADDRESS.fullmatch(path):
        meant = f"it is an address, and a list has names and folders: write {address[1]}"
        return Selected(path, wrong=meant, **said)
    named = "/" in path and not path.startswith((".", "/", "~"))
    if named and (at_forge or not os.path.isdir(beside / path.split("/")[0])):
        return Selected(path, **said)
    try:
        return _on_disk(beside, path, said)
    except RuntimeError:
        wrong = "there is no home of that user"
    except ValueError:
        wrong = "it has a character that no path has"
    except OSError as error:
        wrong = f"it cannot be looked at: {error.strerror}"
    return Selected(path, wrong=wrong, **said)


def _on_disk(beside: Path, path: str, said: dict[str, str]) -> Selected:
    folder = beside / Path(path).expanduser()
    one = Selected(_spelled(beside, folder, path), folder, **said)
    if one.skip:
        return one
    if folder.is_dir():
        return at(one) or replace(one, wrong="it is no clone: there is no .git in it")
    names = [each.name for each in folder.parent.iterdir()] if folder.parent.is_dir() else []
    near = difflib.get_close_matches(folder.name, names, 1)
    meant = f"; did you mean {Path(path).with_name(near[0])}?" if near else ""
    return replace(one, wrong=f"there is no folder {folder}{meant}")


def _spelled(beside: Path, folder: Path, path: str) -> str:
    """Return a clone's name, its path from the list: the same whether that says `a`, `./a` or `../clones/a`."""
    name = os.path.relpath(folder, beside)
    if name.startswith("..") and path.startswith(("/", "~")):
        return os.path.normpath(path)
    same = os.path.realpath(beside / name) == os.path.realpath(folder)  # not so where `..` follows a link
    return name if same else path


def _whose(folder: Path) -> str:
    """Return whose a folder is in which `.git` is a file, "" where it is none: nothing that it names is looked at."""
    if not os.path.isfile(folder / ".git") or os.path.islink(folder / ".git"):
        return ""
    try:
        found = _GIT_FILE.match(os.fsdecode(Folder(folder).read(".git", 4096) or b""))
    except OSError:  # it may not be read: an error when its commit is asked for, and of this repo alone
        return ""
    if found is None:
        return ""
    kind = "a submodule" if found["kind"] == "modules" else "a work tree"
    return f"{kind} of {os.path.basename(os.path.normpath(folder / (found['clone'] or found['bare'])))}"
