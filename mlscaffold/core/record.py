"""The project's record, `.cruft.json`: read with care, and written as cruft writes it."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mlscaffold.core.errors import RecordError

NAME = ".cruft.json"
MAX_BYTES = 1 << 20
_MARK = "\ufeff".encode()
COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Record(NamedTuple):
    """What a project says of its template.

    template: URL or path, as recorded.
    commit: the template commit whose rendering the project holds, 40 (or 64) hexadecimal digits.
    checkout: the branch or tag to follow, None for the template's default branch.
    directory: the template's folder within its repository, "" for its root.
    answers: every variable of the context, private ones (`_…`) included.
    skip: paths and top-level globs that cruft leaves alone.
    document: the whole file as read, its order and unknown keys kept.
    """

    template: str
    commit: str
    checkout: str | None
    directory: str
    answers: Mapping[str, Any]
    skip: tuple[str, ...]
    document: Mapping[str, Any]

    @property
    def public_answers(self) -> dict[str, Any]:
        """The answers a person gave; private variables always come from the template."""
        return {name: value for name, value in self.answers.items() if not name.startswith("_")}


def parse(content: bytes) -> Record:
    """Read a record.

    Raises RecordError, saying what is wrong, for anything cruft could not have written.
    """
    document = _document(content)
    context = document.get("context")
    answers = context.get("cookiecutter") if isinstance(context, dict) else None
    if not isinstance(answers, dict):
        raise _broken("it has no answers under context.cookiecutter")
    skip = document.get("skip") or []
    if not isinstance(skip, list) or not all(isinstance(entry, str) for entry in skip):
        raise _broken("its `skip` is not a list of paths")
    return Record(
        template=_template(document),
        commit=_commit(document),
        checkout=_optional_text(document, "checkout"),
        directory=folder(_optional_text(document, "directory") or ""),
        answers=answers,
        skip=tuple(skip),
        document=document,
    )


def advanced(content: bytes, *, commit: str, context: Mapping[str, Any], checkout: str | None) -> bytes:
    """Return a record that holds another template commit and its context; all else of it stays as it was."""
    document = _document(content)
    document["commit"] = commit
    if checkout is not None or "checkout" in document:
        document["checkout"] = checkout
    document["context"] = {**document["context"], "cookiecutter": dict(context)}
    return dump(document, like=content)


def moved(content: bytes, template: str) -> bytes:
    """Return a record that names another address of its template; all else of it stays as it was."""
    document = _document(content)
    document["template"] = template
    context = document.get("context")
    asked = context.get("cookiecutter") if isinstance(context, dict) else None
    if isinstance(asked, dict) and "_template" in asked:
        asked["_template"] = template
    return dump(document, like=content)


def dump(document: Mapping[str, Any], like: bytes = b"{\n  }\n") -> bytes:
    """Write a record as cruft does, in the dress of `like`: indentation, line ends, escapes, byte order mark, last line.

    https://github.com/cruft/cruft/blob/2.16.0/cruft/_commands/utils/cruft.py
    """
    indented = re.search(rb"\n([ \t]+)\S", like)
    indent = indented.group(1).decode() if indented else "  "
    escaped = like.isascii() and b"\\u" in like
    text = json.dumps(document, ensure_ascii=escaped, indent=indent, separators=(",", ": "))
    if re.search("[\ud800-\udfff]", text):  # half a character, which UTF-8 cannot hold
        text = json.dumps(document, indent=indent, separators=(",", ": "))
    if b"\r\n" in like:
        text = text.replace("\n", "\r\n")
    mark = _MARK if like.startswith(_MARK) else b""
    return mark + text.encode() + like[len(like.rstrip()) :]


def folder(directory: str) -> str:
    """Return a template's folder with `.` and doubled slashes taken out.

    Raises RecordError if it leaves the template (absolute, `..`, a backslash, control characters).
    """
    parts = [part for part in directory.split("/") if part not in ("", ".")]
    if directory.startswith("/") or ".." in parts or "\\" in directory or _CONTROL.search(directory):
        raise _broken(f"its `directory` {directory!r} is not a folder inside the template")
    return "/".join(parts)


def _document(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content.decode().removeprefix("\ufeff"), object_pairs_hook=_without_duplicates)
    except UnicodeDecodeError as error:
        raise _broken("it is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise _broken(f"it is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise _broken("it is not a JSON object")
    return document


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands in it twice")
    return document


def _template(document: Mapping[str, Any]) -> str:
    template = document.get("template")
    if not isinstance(template, str) or not template.strip():
        raise _broken("it names no `template`")
    if _CONTROL.search(template) or template.startswith("-"):
        raise _broken(f"its `template` {template!r} is no URL")
    return template


def _commit(document: Mapping[str, Any]) -> str:
    commit = document.get("commit")
    if not isinstance(commit, str) or not COMMIT.fullmatch(commit):
        raise _broken(f"its `commit` {commit!r} is no commit id")
    return commit


def _optional_text(document: Mapping[str, Any], key: str) -> str | None:
    value = document.get(key)
    if value is not None and not isinstance(value, str):
        raise _broken(f"its `{key}` is not text")
    if value is not None and _CONTROL.search(value):
        raise _broken(f"its `{key}` {value!r} holds control characters")
    return value


def _broken(why: str) -> RecordError:
    return RecordError(
        f"{NAME} cannot be used: {why}.",
        f"Restore it from the project's history: git log -- {NAME} names its commits, git checkout COMMIT -- {NAME} takes one's. "
        "Or remove it and record the template anew: mlscaffold adopt.",
    )
