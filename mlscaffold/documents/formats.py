"""Which format a file has, and the one module that knows it; imported only when such a file is met."""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, Protocol

from mlscaffold.core.document import Document, Edit, Unreadable
from mlscaffold.core.keyed import Change


class Format(StrEnum):
    """A format whose keys can be told apart."""

    TOML = "toml"
    YAML = "yaml"
    JSON = "json"


class Adapter(Protocol):
    """What each format's module offers."""

    def parse(self, text: str, /) -> Document | Unreadable:
        """Read a text."""

    def edits(self, ours: Document, theirs: Document, change: Change, /) -> list[Edit] | None:
        """Return the edits of ours' text that make a change; None where it cannot be made by itself."""


_SUFFIXES: Final = {".toml": Format.TOML, ".yaml": Format.YAML, ".yml": Format.YAML, ".json": Format.JSON}
_NAMES: Final = {"Pipfile": Format.TOML, "uv.lock": None, "CITATION.cff": Format.YAML}


def format_of(path: str) -> Format | None:
    """Return the format of a path, by its name; None where its keys mean nothing to us."""
    name = PurePosixPath(path)
    return _NAMES.get(name.name, _SUFFIXES.get(name.suffix.lower()))


def adapter_of(kind: Format) -> Adapter:
    """Return the module for a format."""
    if kind is Format.TOML:
        from mlscaffold.documents import toml

        return toml
    if kind is Format.YAML:
        from mlscaffold.documents import yaml

        return yaml
    from mlscaffold.documents import json

    return json
