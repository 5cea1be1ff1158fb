"""Renderings as they are kept: one file of JSON each, beside the blobs that it names."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.policy import Policy, PolicyError, from_plain, parse
from mlscaffold.core.tree import Entry, Tree
from mlscaffold.shells import files

_UNSTEADY = rb"\{%[-+]?\s*now\b|\{\{[^}]*\b(?:random_ascii_string|uuid4|now)\s*\("


class Rendering(NamedTuple):
    """A template commit rendered with a project's answers.

    tree: its files; their blobs are in the store.
    context: the context it was made with, private variables and defaults included.
    policy: the template's policy.toml at that commit, None if it has none. rules: what it says, None if that cannot be read.
    notes: what happened to the answers that was not asked for.
    """

    tree: Tree
    context: Mapping[str, Any]
    policy: str | None
    notes: tuple[str, ...] = ()
    rules: Policy | None = None


def unsteady(template: Path) -> tuple[str, ...]:
    """Say which of a template's files come out differently each time: with the time of day, or with random values.

    A default in cookiecutter.json is no such place: it is answered once, and recorded.
    """
    names = sorted(
        path
        for path, _, content in files.walk(template)
        if "{{" in path and re.search(_UNSTEADY, content) is not None
    )
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    if not names:
        return ()
    what = "has dates or random values in it, so that no two renderings are the same, and a difference there may be nobody's"
    return (f"the template's {', '.join(names[:3])}{more} {what}",)


def read_text(path: Path) -> str | None:
    """Return a file's text with every byte of it, None if there is no such file."""
    return path.read_text("utf-8", "surrogateescape") if path.is_file() else None


def rules_of(policy: str | None) -> Policy | None:
    """Read a policy; a broken one is told by whoever needs its rules."""
    if policy is None:
        return None
    try:
        return parse(policy.encode("utf-8", "surrogateescape"))
    except PolicyError:
        return None


def read(path: Path, made_of: list[Any]) -> Rendering | None:
    """Return a kept rendering; one that cannot be read, or is of something else, is as good as none."""
    try:
        document = json.loads(path.read_bytes())
        if document["made_of"] != made_of:
            return None
        tree = {name: Entry(*entry) for name, entry in document["tree"].items()}
        rules = None if document["rules"] is None else from_plain(document["rules"])
        return Rendering(tree, document["context"], document["policy"], tuple(document["notes"]), rules)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(path: Path, made_of: list[Any], rendering: Rendering) -> None:
    """Keep a rendering, with all that it was made of."""
    document = {
        "made_of": made_of,
        "tree": dict(rendering.tree),
        "context": rendering.context,
        "policy": rendering.policy,
        "notes": rendering.notes,
        "rules": rendering.rules,
    }
    replace(path, json.dumps(document))


def replace(path: Path, text: str) -> None:
    """Write a file of the cache, whole or not at all.

    Raises MlscaffoldError if it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        beside.write_text(text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise MlscaffoldError(
            f"The cache cannot be written: {error}.", f"Make room or rights at {path.parent}."
        ) from error
