"""The code that Jinja makes of a template's texts, made once: for one rendering, and for all that are forks of one process.

A fork tells which texts it compiled, and the process that it came from compiles them itself, which runs nothing of
a template. So whatever a template's code does in a fork, no other fork meets it.
"""

import json
import marshal
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any, TypeAlias

MOST_BYTES = 16 << 20
"""Of what one fork may tell, and of the code that is kept; where it would be more, all is forgotten."""
LARGEST = 1 << 20
"""Code of more bytes is not kept: Jinja works constants out when it compiles, and `'a' * 10**8` is one."""

Text: TypeAlias = tuple[str, str | None, str | None]
"""A source, the name that Jinja has for it, and its file: what its code depends on, beside the environment."""

_codes: dict[Text, CodeType] = {}
_made: list[Text] = []
_sizes: dict[Text, int] = {}


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
    """Write down which texts this process compiled that others may meet: no path of its own, which has no Jinja in it."""
    common = [text for text in _made if text[2] is not None or "{" in text[0]]
    if common:
        said.write_text(json.dumps(common))


def told(said: Path) -> bytes:
    """Return what a fork told, b"" if that is too much, or nothing."""
    with suppress(OSError):
        if not said.is_symlink() and said.stat().st_size <= MOST_BYTES:
            return said.read_bytes()
    return b""


def learn(said: bytes, environment: Any) -> None:
    """Compile what a fork told of, so that no fork from now on has to; what is no template is let be.

    environment: one of Jinja's, without additions.
    """
    with suppress(Exception):  # it saves time, and nothing depends on it
        for source, name, filename in json.loads(said):
            code = environment.compile(source, name, filename)
            size = len(source) + len(marshal.dumps(code))
            if size <= LARGEST:
                _codes[source, name, filename], _sizes[source, name, filename] = code, size
    if sum(_sizes.values()) > MOST_BYTES:
        _codes.clear()
        _sizes.clear()
