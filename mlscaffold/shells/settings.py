"""The user's own configuration and cache folders, in the places the system has for them."""

import os
import sys
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mlscaffold.core.errors import MlscaffoldError

APP = "mlscaffold"
TEMPLATE_VARIABLE = "MLSCAFFOLD_TEMPLATE"
TRUST_VARIABLE = "MLSCAFFOLD_TRUST"


_TEXT, _LIST, _TABLE = "an address", "a list of addresses", "a table of addresses"
_SHAPES = {"template": _TEXT, "templates": _LIST, "trust": _LIST, "alias": _TABLE}


class Settings(NamedTuple):
    """What the user (never a project) has decided.

    template: the template of `new` where none is named.
    templates: others that a repo may be from, for `adopt`.
    trust: addresses of templates that may run, `*` for one path segment.
    alias: recorded template addresses to the ones that are used in their place.
    cache: the folder for template stores. state: the folder for what is not to be lost.
    """

    template: str | None = None
    templates: tuple[str, ...] = ()
    trust: tuple[str, ...] = ()
    alias: Mapping[str, str] = {}
    cache: Path = Path()
    state: Path = Path()


class Trusted(NamedTuple):
    """An address that is trusted, `*` for one path segment; place: the file or variable that says so."""

    pattern: str
    place: str


_XDG = {"config": ".config", "cache": ".cache", "state": ".local/state"}


def place(what: Literal["config", "cache", "state"]) -> Path:
    """Return a folder of ours; on Linux by hand, since platformdirs takes 3 ms of the about 70 of a check.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if sys.platform == "linux":
        named = os.environ.get(f"XDG_{what.upper()}_HOME", "")
        return Path(named if os.path.isabs(named) else os.path.expanduser(f"~/{_XDG[what]}"), APP)
    import platformdirs

    found: Path = getattr(platformdirs, f"user_{what}_path")(APP)
    return found


def load() -> Settings:
    """Read config.toml, the trust list, and the environment's MLSCAFFOLD_TEMPLATE and MLSCAFFOLD_TRUST."""
    folder = place("config")
    document = _document(folder / "config.toml")
    return Settings(
        template=os.environ.get(TEMPLATE_VARIABLE) or document.get("template"),
        templates=tuple(document.get("templates", [])),
        trust=tuple(each.pattern for each in _trusted(document)),
        alias=document.get("alias", {}),
        cache=place("cache"),
        state=place("state"),
    )


def trusted() -> list[Trusted]:
    """Return all that is trusted, and where that is written down."""
    return _trusted(_document(place("config") / "config.toml"))


def _trusted(document: Mapping[str, Any]) -> list[Trusted]:
    folder = place("config")
    return [
        *(Trusted(each, str(folder / "trusted.txt")) for each in trust_list()),
        *(Trusted(each, str(folder / "config.toml")) for each in document.get("trust", [])),
        *(Trusted(each, TRUST_VARIABLE) for each in os.environ.get(TRUST_VARIABLE, "").split()),
    ]


def add_trust(url: str) -> Path:
    """Add an address to the trust list and return the list's path."""
    path = place("config") / "trusted.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = _text(path)
    end = "" if not listed or listed.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{end}{url}\n")
    return path


def trust_list() -> list[str]:
    """Return the addresses that are on the trust list."""
    return _lines(place("config") / "trusted.txt")


def remove_trust(urls: Container[str]) -> None:
    """Take addresses off the trust list; what else is written there stays."""
    path = place("config") / "trusted.txt"
    kept = [line for line in _text(path).splitlines(keepends=True) if line.strip() not in urls]
    path.write_text("".join(kept), "utf-8", "surrogateescape")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in _text(path).splitlines() if line.strip() and not line.startswith("#")]


def _document(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    import tomllib

    try:
        document = tomllib.loads(content.decode())
    except ValueError as error:
        raise MlscaffoldError(f"{path} cannot be read: {error}.", "Mend it or move it away.") from error
    for name, value in document.items():
        if name not in _SHAPES:
            raise MlscaffoldError(
                f"{path} has `{name}`, which means nothing.", f"What it may have: {', '.join(_SHAPES)}."
            )
        if not _is(value, wanted := _SHAPES[name]):
            raise MlscaffoldError(
                f"{path} cannot be used: `{name}` is not {wanted}.", "Mend it or move it away."
            )
    return document


def _is(value: object, wanted: str) -> bool:
    if wanted == _TEXT:
        return isinstance(value, str)
    values = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return isinstance(value, list if wanted == _LIST else dict) and all(
        isinstance(each, str) for each in values
    )
