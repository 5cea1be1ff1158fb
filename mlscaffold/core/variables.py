"""A template's variables: what `cookiecutter.json` asks for, and what can be answered."""

import json
from dataclasses import dataclass
from typing import Any

_YES_OR_NO = {"y": "n", "n": "y", "yes": "no", "no": "yes", "Yes": "No", "No": "Yes"}


@dataclass(frozen=True, slots=True)
class Variable:
    """One question of a template.

    default: as cookiecutter.json has it, which may be a template itself.
    choices: what it can be, the default first; () for any text.
    """

    name: str
    default: Any
    choices: tuple[str, ...] = ()


def parse(content: bytes) -> dict[str, Variable]:
    """Return the public variables that take a text, a choice or yes and no, in their order; none if it is not read."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(document, dict):
        return {}
    public = {name: default for name, default in document.items() if not name.startswith("_")}
    return {
        name: Variable(name, default, _choices(default))
        for name, default in public.items()
        if not isinstance(default, dict)
    }


def _choices(default: Any) -> tuple[str, ...]:
    if isinstance(default, bool):
        return (str(default), str(not default))
    if isinstance(default, list):
        texts = tuple(str(choice) for choice in default)
        return () if any("{{" in text for text in texts) else texts
    if isinstance(default, str) and default in _YES_OR_NO:
        return (default, _YES_OR_NO[default])
    return ()
