"""The code that Jinja makes of a template's texts, made once: for one rendering, and for all that are forks of one process.

A fork tells which texts it compiled, and the process that it came from compiles them itself, which runs nothing of
a template. So whatever a template's code does in a fork, no other fork meets it.
"""

import json
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any, TypeAlias

MOST_BYTES = 16 << 20
"""Of the texts that are kept, and of what one fork may tell; where it would be more, all are forgotten."""

Text: TypeAlias = tuple[str, str | None, str | None]
"""A source, the name that Jinja has for it, and its file: what its code depends on, beside the environment."""

_codes: dict[Text, CodeType] = {}
_made: list[Text] = []


def share(environment: Any) -> None:
    """Let a class of Jinja's environments, none of which has additions, take the code of a text that it compiled before."""
    anew = environment.compile

    def compile_once(env: Any, source: Any, name: Any = None, filename: Any = None, **others: Any) -> Any:
        if others or not isinstance(source, str):
            return anew(env, source, name, filename, **others)
        text = (source, name, filename)
        if text not in _codes:
            _codes[text] = anew(env, source, name, filename)
            _made.append(text)
        return _codes[text]

    environment.compile = compile_once


def tell(said: Path) -> None:
    """Write down which texts this process compiled."""
    if _made:
        said.write_text(json.dumps(_made))


def learn(said: Path, environment: Any) -> None:
    """Compile what a fork told of, so that no fork from now on has to; what is too much, or no template, is let be.

    environment: one of Jinja's, without additions.
    """
    with suppress(Exception):  # it saves time, and nothing depends on it
        if said.is_symlink() or said.stat().st_size > MOST_BYTES:
            return
        for source, name, filename in json.loads(said.read_bytes()):
            _codes[source, name, filename] = environment.compile(source, name, filename)
    if sum(len(source) for source, _, _ in _codes) > MOST_BYTES:
        _codes.clear()
