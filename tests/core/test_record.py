"""A record is read with care, and written back as it was but for what changed."""

import json
from typing import Any

import pytest

from mlscaffold.core.errors import RecordError
from mlscaffold.core.record import advanced, dump, parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NEXT = "f" * 40
CONTEXT = {"project_name": "Grüße", "licences": ["MIT", "BSD"], "_template": "x", "extra": {"a": None}}
DOCUMENT: dict[str, Any] = {
    "template": "https://github.com/acme/template",
    "commit": COMMIT,
    "checkout": None,
    "context": {"cookiecutter": CONTEXT},
    "directory": None,
    "skip": ["docs", "*.lock"],
    "of_another_tool": {"kept": [1, 2.5, True]},
}


def _like_cruft(**style: Any) -> bytes:
    style = {"ensure_ascii": False, "indent": 2, "separators": (",", ": "), **style}
    return f"{json.dumps(DOCUMENT, **style)}\n".encode()


STYLES = {
    "as cruft writes": _like_cruft(),
    "four spaces": _like_cruft(indent=4),
    "a tab": _like_cruft(indent="\t"),
    "escaped": _like_cruft(ensure_ascii=True),
    "no newline at the end": _like_cruft().rstrip(),
    "blank lines at the end": _like_cruft() + b"\n\n",
    "carriage returns": _like_cruft().replace(b"\n", b"\r\n"),
    "a byte order mark": b"\xef\xbb\xbf" + _like_cruft(),
    "all of them": b"\xef\xbb\xbf" + _like_cruft(indent=4).rstrip().replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("content", STYLES.values(), ids=STYLES.keys())
def test_a_record_is_written_back_byte_for_byte(content: bytes) -> None:
    record = parse(content)
    again = advanced(content, commit=record.commit, context=record.answers, checkout=record.checkout)
    assert again == content


@pytest.mark.parametrize("content", STYLES.values(), ids=STYLES.keys())
def test_an_update_changes_the_commit_and_no_other_byte(content: bytes) -> None:
    moved = advanced(content, commit=NEXT, context=CONTEXT, checkout=None)
    assert moved == content.replace(COMMIT.encode(), NEXT.encode())


def test_a_record_without_checkout_gets_none() -> None:
    content = dump({key: value for key, value in DOCUMENT.items() if key != "checkout"})
    assert b"checkout" not in advanced(content, commit=NEXT, context=CONTEXT, checkout=None)
    assert parse(advanced(content, commit=NEXT, context=CONTEXT, checkout="v2")).checkout == "v2"


def test_a_new_record_is_what_cruft_writes() -> None:
    assert dump(DOCUMENT) == _like_cruft()


def test_half_a_character_is_written_so_that_it_can_be_read_again() -> None:
    document = {**DOCUMENT, "context": {"cookiecutter": {"name": "\ud800"}}}
    assert parse(dump(document)).answers == {"name": "\ud800"}


def test_what_a_record_says() -> None:
    record = parse(_like_cruft())
    assert (record.template, record.commit) == (DOCUMENT["template"], COMMIT)
    assert (record.checkout, record.directory, record.skip) == (None, "", ("docs", "*.lock"))
    assert record.public_answers == {key: CONTEXT[key] for key in ("project_name", "licences", "extra")}


@pytest.mark.parametrize(
    ("directory", "folder"),
    [(None, ""), ("", ""), (".", ""), ("a", "a"), ("./a//b/", "a/b"), ("a..b", "a..b")],
)
def test_a_folder_inside_the_template(directory: str | None, folder: str) -> None:
    assert parse(_with(directory=directory)).directory == folder


def _with(**changes: Any) -> bytes:
    return dump({**DOCUMENT, **changes})


BROKEN = {
    "empty": (b"", "not JSON"),
    "no JSON": (b"{", "not JSON"),
    "conflict markers": (b"<<<<<<< ours\n{}\n", "not JSON"),
    "not UTF-8": (b'{"template": "\xff"}', "not UTF-8"),
    "UTF-16": ("{}".encode("utf-16"), "not UTF-8"),
    "a list": (b"[]", "not a JSON object"),
    "a text": (b'"x"', "not a JSON object"),
    "too deep": (b"[" * 100_000, "not JSON"),
    "a number without end": (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
    "a key twice": (b'{"commit": "a", "commit": "b"}', "'commit' stands in it twice"),
    "no context": (_with(context=None), "no answers under context.cookiecutter"),
    "a context that is a list": (_with(context=[]), "no answers under context.cookiecutter"),
    "answers that are a list": (_with(context={"cookiecutter": []}), "no answers"),
    "no template": (_with(template=None), "names no `template`"),
    "a blank template": (_with(template=" "), "names no `template`"),
    "a template that is a number": (_with(template=1), "names no `template`"),
    "a template that is an option": (_with(template="--upload-pack=id"), "is no URL"),
    "a template of two lines": (_with(template="https://x/y\n::error::z"), "is no URL"),
    "half a character in the template": (_with(template="https://x/\ud800"), "is no URL"),
    "no commit": (_with(commit=None), "is no commit id"),
    "a short commit": (_with(commit="0123456"), "is no commit id"),
    "a branch as commit": (_with(commit="main"), "is no commit id"),
    "an option as commit": (_with(commit="--pathspec-from-file=/etc/hostname"), "is no commit id"),
    "a commit and more": (_with(commit=COMMIT + "\n"), "is no commit id"),
    "a checkout that is a number": (_with(checkout=1), "`checkout` is not text"),
    "NUL in the checkout": (_with(checkout="main\0"), "`checkout` 'main\\x00' holds control"),
    "half a character in the checkout": (_with(checkout="\ud800"), "holds control"),
    "a directory that is a list": (_with(directory=[]), "`directory` is not text"),
    "an absolute directory": (_with(directory="/tmp/evil"), "not a folder inside the template"),
    "a directory that climbs": (_with(directory="a/../../evil"), "not a folder inside the template"),
    "a directory with a backslash": (_with(directory="..\\evil"), "not a folder inside the template"),
    "a directory of two lines": (_with(directory="a\nb"), "holds control characters"),
    "skip that is a text": (_with(skip="docs"), "`skip` is not a list of paths"),
    "skip with a number": (_with(skip=[1]), "`skip` is not a list of paths"),
}


@pytest.mark.parametrize(("content", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_record_is_refused_with_its_reason(content: bytes, why: str) -> None:
    with pytest.raises(RecordError) as caught:
        parse(content)
    assert why in caught.value.what
    assert "Restore it" in caught.value.hint
